#pragma once

#include <functional>
#include <memory>
#include <source_location>
#include <utility>
#include <vector>

#include <corosim/corosim.hpp>

namespace corosim::kernels {

/// What one run of a kernel consists of: the state that its tasks share, the tasks, and the check at their end. Lives
/// in the frame of the run's main coroutine, which is destroyed after the frames of all tasks, whichever way the run
/// ends.
class Scene {
 public:
  Scene() = default;
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  /// An object that lives as long as the run.
  template <class T, class... Args>
  T& make(Args&&... args) {
    auto object = std::make_shared<T>(std::forward<Args>(args)...);
    T& made = *object;
    objects_.push_back(std::move(object));
    return made;
  }
  /// A task that the run waits for.
  Task<> spawn(Coro<void> coro, std::source_location where = std::source_location::current()) {
    return tasks_.emplace_back(create_task(std::move(coro), TaskOptions(), where));
  }
  /// `check` is called when no task can go on any more.
  void check_at_end(std::function<void()> check) { check_ = std::move(check); }

  void run_check() const {
    if (check_) check_();
  }
  const std::vector<Task<>>& tasks() const { return tasks_; }

 private:
  std::vector<std::shared_ptr<void>> objects_;
  std::vector<Task<>> tasks_;
  std::function<void()> check_;
};

/// Puts the tasks of a kernel on the scene. What the two numbers mean is the kernel's.
using Build = void (*)(Scene& scene, int first, int second);

/// The program of a kernel: builds the scene; then, when nothing can run any more, makes the final check and waits for
/// the tasks that are left, which makes a deadlock of tasks that are stuck. It has no part in any decision: the clock
/// goes on only when nothing is ready.
Coro<void> play(Build build, int first, int second);

/// Fails the run unless `holds`.
inline void check(bool holds, const char* what, std::source_location where = std::source_location::current()) {
  if (!holds) fail(what, where);
}

/// Gives way `count` times.
Coro<void> pads(int count);

}  // namespace corosim::kernels
