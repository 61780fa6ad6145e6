// Faults that asyncio.TaskGroup has had with the cancellations that it requests itself.
#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

#include "asyncio_programs.hpp"

namespace corosim::kernels {

using namespace std::chrono_literals;

namespace {

enum class Fault {
  kUncancelsOnlyForACancelledBody,  // cpython#95289; in 3.11's betas
  kForgetsRequestsFromOutside,      // cpython#116720; until 3.12
};

/// asyncio.TaskGroup as it was, without what these programs do not need.
template <Fault kFaultOfGroup>
class FaultyTaskGroup {
 public:
  void enter() { parent_ = *current_task(); }
  void create_task(Coro<void> coro) {
    const Task<> task = corosim::create_task(std::move(coro));
    detail::touch_write(id_, "TaskGroup.create_task");
    tasks_.push_back(task);
    task.add_done_callback([this](const AnyFuture& ended) { task_done(ended); });
  }
  Coro<void> exit(std::exception_ptr error) {
    detail::touch_write(id_, "TaskGroup.exit");
    const bool body_cancelled = error && holds<CancelledError>(error);
    std::exception_ptr cancellation = body_cancelled ? error : nullptr;
    // The fault in both: what is requested after this is never taken back. The earlier one: nor is what the body has
    // caught.
    const bool takes_back = kFaultOfGroup == Fault::kForgetsRequestsFromOutside || body_cancelled;
    if (takes_back && parent_cancel_requested_ && parent_.uncancel() == 0) cancellation = nullptr;
    if (error && !aborting_) abort();
    while (!tasks_.empty()) {
      if (!all_done_) all_done_ = get_running_loop().create_future<void>();
      try {
        co_await all_done_;
      } catch (const CancelledError&) {
        if (!aborting_) {
          cancellation = std::current_exception();
          abort();
        }
      }
      all_done_ = Future<>();
    }
    if (cancellation && errors_.empty()) std::rethrow_exception(cancellation);
    if (error && !body_cancelled) errors_.push_back(error);
    if (!errors_.empty()) {  // the later fault: a request from outside is not made anew, and ends here
      std::rethrow_exception(make_exception_group("unhandled errors in a TaskGroup", std::move(errors_)));
    }
  }

 private:
  void abort() {
    detail::touch_write(id_, "TaskGroup.abort");
    aborting_ = true;
    for (const Task<>& task : std::vector<Task<>>(tasks_)) {
      if (!task.done()) task.cancel();
    }
  }
  void task_done(const AnyFuture& task) {
    detail::touch_write(id_, "TaskGroup.task_done");
    std::erase_if(tasks_, [&](const Task<>& each) { return each == task; });
    if (all_done_ && tasks_.empty() && !all_done_.done()) all_done_.set_result();
    if (task.cancelled()) return;
    const std::exception_ptr error = task.exception();
    if (!error) return;
    errors_.push_back(error);
    if (!aborting_ && !parent_cancel_requested_) {
      abort();
      parent_cancel_requested_ = true;
      parent_.cancel();
    }
  }

  AnyTask parent_;
  std::vector<Task<>> tasks_;  // not done, in order of creation
  std::vector<std::exception_ptr> errors_;
  Future<> all_done_;
  bool aborting_ = false;
  bool parent_cancel_requested_ = false;
  detail::ObjectId id_ = detail::new_object_id();
};

// task_group() of corosim, for any Group.
template <class Group, class Body>
Coro<void> in_group(Body body) {
  Group group;
  group.enter();
  std::exception_ptr error;
  try {
    co_await body(group);
  } catch (...) {
    error = std::current_exception();
  }
  co_await group.exit(error);
  if (error) std::rethrow_exception(error);
}

Coro<void> fails_after(int pad) {
  co_await pads(pad);
  throw RuntimeError("a task of the group failed");
}

// The body catches the cancellation that its group requests; a group that has ended must leave no request behind.
template <class Group>
Coro<void> catches_cancellation(int pad) {
  try {
    const auto body = [pad](Group& group) -> Coro<void> {
      group.create_task(fails_after(2));
      co_await pads(pad);
      try {
        co_await pads(pad);
      } catch (const CancelledError&) {
      }
    };
    co_await in_group<Group>(body);
  } catch (const ExceptionGroup&) {
  }
  check(current_task()->cancelling() == 0, "the group's request for cancellation is left over");
}

}  // namespace

void group_uncancels(Scene& scene, int variant, int) {
  constexpr int kPad = 6;
  scene.spawn(variant == kFault ? catches_cancellation<FaultyTaskGroup<Fault::kUncancelsOnlyForACancelledBody>>(kPad)
                                : catches_cancellation<TaskGroup>(kPad));
}

// A group within a group, and a task of each fails. What the outer group requests must reach its body, though the inner
// group ends in an exception that is handled.

namespace {

template <class Group>
Coro<void> nests_groups(Event& never, int outer_pad, int inner_pad) {
  try {
    const auto outer_body = [&](Group& outer) -> Coro<void> {
      outer.create_task(fails_after(outer_pad));
      try {
        const auto inner_body = [&](Group& inner) -> Coro<void> {
          inner.create_task(fails_after(inner_pad));
          co_return;
        };
        co_await in_group<Group>(inner_body);
      } catch (const ExceptionGroup&) {
      }
      co_await never.wait();
    };
    co_await in_group<Group>(outer_body);
  } catch (const ExceptionGroup&) {
  }
}

}  // namespace

void groups_nested(Scene& scene, int variant, int) {
  constexpr int kOuterPad = 8;
  constexpr int kInnerPad = 2;
  auto& never = scene.make<Event>("never");
  scene.spawn(variant == kFault
                  ? nests_groups<FaultyTaskGroup<Fault::kForgetsRequestsFromOutside>>(never, kOuterPad, kInnerPad)
                  : nests_groups<TaskGroup>(never, kOuterPad, kInnerPad));
}

}  // namespace corosim::kernels
