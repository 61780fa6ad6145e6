#include <corosim/runtime/executor.hpp>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace corosim {

namespace {

class ThreadPool final : public Executor {
 public:
  explicit ThreadPool(std::size_t workers) : most_(workers) {}
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      jobs_.clear();
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  void execute(EventLoop& loop, std::function<void()> job, std::function<void()> done) override {
    const std::lock_guard lock(mutex_);
    jobs_.push_back({&loop, std::move(job), std::move(done)});
    if (idle_ == 0 && threads_.size() < most_) threads_.emplace_back([this] { work(); });
    changed_.notify_one();
  }

 private:
  struct Job {
    EventLoop* loop;
    std::function<void()> run;
    std::function<void()> done;
  };

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      ++idle_;
      changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      --idle_;
      if (stopping_) return;
      Job job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job.run();
      try {
        job.loop->call_soon_threadsafe(std::move(job.done));
      } catch (const RuntimeError&) {
        // The loop was closed meanwhile: nobody waits for the result.
      }
      job = Job();
      lock.lock();
    }
  }

  std::size_t most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_:
  std::deque<Job> jobs_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace

std::unique_ptr<Executor> make_thread_pool(std::size_t workers) { return std::make_unique<ThreadPool>(workers); }

}  // namespace corosim
