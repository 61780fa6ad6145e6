#include <condition_variable>
#include <mutex>

#include <corosim/runtime/seams.hpp>

namespace corosim {

namespace {

class RealClock final : public Clock {
 public:
  TimePoint now() const override {
    return TimePoint(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
  }
  bool wait(std::optional<TimePoint> deadline) override {
    std::unique_lock lock(mutex_);
    const auto interrupted = [this] { return interrupted_; };
    if (deadline) {
      wake_.wait_until(lock, std::chrono::steady_clock::time_point(deadline->time_since_epoch()), interrupted);
    } else {
      wake_.wait(lock, interrupted);
    }
    interrupted_ = false;
    return true;
  }
  void interrupt() override {
    {
      const std::lock_guard lock(mutex_);
      interrupted_ = true;
    }
    wake_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool interrupted_ = false;
};

}  // namespace

std::unique_ptr<Clock> make_real_clock() { return std::make_unique<RealClock>(); }

}  // namespace corosim
