#include <corosim/runtime/executor.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include <corosim/runtime/timeout.hpp>

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

// CPython 3.14 `base_events.py`, shutdown_default_executor. There a thread joins the executor's; here the calls are
// counted, so that it works for every executor.
Coro<void> EventLoop::shutdown_default_executor(std::optional<Duration> limit) {
  executor_shut_down_ = true;
  if (executor_calls_ == 0) co_return;
  const Future<void> idle = create_future<void>();
  when_executor_is_idle_.push_back([idle] {
    if (!idle.done()) idle.set_result();
  });
  try {
    const auto wait_until_idle = [&idle](Timeout&) -> Coro<void> { co_await idle; };
    co_await timeout(limit, wait_until_idle);
  } catch (const TimeoutError&) {
    call_exception_handler({fmt::format("The executor did not finish its calls within {} seconds",
                                        std::chrono::duration<double>(*limit).count()),
                            nullptr, Site()});
  }
}

void EventLoop::executor_call_ended() {
  COROSIM_ASSERT(executor_calls_ > 0);
  if (--executor_calls_ > 0) return;
  for (const auto& tell : std::exchange(when_executor_is_idle_, {})) tell();
}

}  // namespace corosim
