#include <corosim/runtime/future_state.hpp>

#include <vector>

#include <corosim/runtime/event_loop.hpp>
#include <corosim/runtime/future.hpp>

namespace corosim::detail {

FutureState::FutureState(EventLoop& loop, Site made_at) : loop_(loop), origin_(new_object_id()), made_at_(made_at) {
  loop_.retain();
}

FutureState::~FutureState() {
  while (DoneNode* node = done_nodes_.first()) node->abandon();
  if (has_unretrieved()) report_unretrieved();
  loop_.release();
}

void FutureState::report_unretrieved() {
  log_exception_ = false;
  loop_.call_exception_handler(
      {is_task_ ? "Task exception was never retrieved" : "Future exception was never retrieved", error_, made_at_});
}

// A request on its way along the futures that pass it on. CPython recurses here; a chain of a hundred thousand tasks
// must not overflow the stack.
class FutureState::CancelWalk {
 public:
  CancelWalk(FutureState& first, const CancelMessage& message) : message_(message) {
    path_.reserve(kUsualDepth);
    enter(first);
  }
  CancelWalk(const CancelWalk&) = delete;
  CancelWalk& operator=(const CancelWalk&) = delete;
  ~CancelWalk() {
    for (const Step& step : path_) step.future->passing_cancel_on_ = false;
  }

  /// Whether the request reached a future that was pending.
  bool run() {
    while (true) {
      Step& step = path_.back();
      if (FutureState* const target = step.future->cancel_target(step.next++)) {
        pass_on_to(*target);
        continue;
      }
      const bool reached = step.future->end_cancel(message_, step.reached);
      step.future->passing_cancel_on_ = false;
      path_.pop_back();
      if (path_.empty()) return reached;
      path_.back().reached |= reached;
    }
  }

 private:
  struct Step {
    FutureState* future;
    std::size_t next = 0;  // the index of its next target
    bool reached = false;
  };
  static constexpr std::size_t kUsualDepth = 8;

  void enter(FutureState& future) {
    future.passing_cancel_on_ = true;
    path_.push_back(Step{&future});
  }
  void pass_on_to(FutureState& target) {
    if (target.passing_cancel_on_) throw RecursionError("cancel: tasks await each other in a cycle");
    if (target.begin_cancel()) enter(target);
  }

  const CancelMessage& message_;
  std::vector<Step> path_;  // each a target of the one before
};

bool FutureState::cancel(const CancelMessage& message) {
  if (!begin_cancel()) return false;
  if (cancel_target(0) == nullptr) return end_cancel(message, false);
  return CancelWalk(*this, message).run();
}

bool FutureState::begin_cancel() {
  touch_read(id(), "Future.cancel");
  log_exception_ = false;
  return !done();
}

bool FutureState::end_cancel(const CancelMessage& message, bool) { return mark_cancelled(message); }

bool FutureState::mark_cancelled(const CancelMessage& message) {
  log_exception_ = false;
  touch(id(), done() ? Access::kRead : Access::kWrite, "Future.cancel");
  if (done()) return false;
  status_ = FutureStatus::kCancelled;
  set_cancel_message(message);
  schedule_done_nodes();
  return true;
}

void FutureState::set_exception(std::exception_ptr exception) {
  require_pending();
  exception_is_cancellation_ = holds<CancelledError>(exception);
  error_ = std::move(exception);
  log_exception_ = true;
  mark_finished();
}

void FutureState::require_pending() const {
  touch_read(id(), "Future.done");
  if (status_ == FutureStatus::kPending) return;
  throw InvalidStateError(fmt::format("invalid state: the {} made at {} is already {}", is_task_ ? "task" : "future",
                                      made_at_.text(), cancelled() ? "cancelled" : "finished"));
}

std::exception_ptr FutureState::error_of_result() {
  touch_read(id(), "Future.result");
  if (cancelled()) return make_cancelled_error();
  if (!done()) throw InvalidStateError("Result is not ready.");
  log_exception_ = false;
  return error_;
}

std::exception_ptr FutureState::exception() {
  touch_read(id(), "Future.exception");
  if (cancelled()) std::rethrow_exception(make_cancelled_error());
  if (!done()) throw InvalidStateError("Exception is not set.");
  log_exception_ = false;
  return error_;
}

std::exception_ptr FutureState::make_cancelled_error() {
  if (cancelled() && error_) return std::exchange(error_, nullptr);
  return std::make_exception_ptr(CancelledError(cancel_message()));
}

}  // namespace corosim::detail

namespace corosim {

std::size_t AnyFuture::remove_done_callback(const DoneCallback& callback) const {
  detail::touch_write(state_->id(), "Future.remove_done_callback");
  if (callback.node_ == nullptr || !callback.node_->linked()) return 0;
  callback.node_->abandon();
  return 1;
}

}  // namespace corosim
