#include <corosim/runtime/line.hpp>

#include <corosim/runtime/assert.hpp>
#include <corosim/runtime/errors.hpp>
#include <corosim/runtime/event_loop.hpp>
#include <corosim/runtime/task_state.hpp>

namespace corosim::detail {

namespace {

std::string make_label(std::string_view what, std::string_view name) {
  return name.empty() ? std::string(what) : fmt::format("{} \"{}\"", what, name);
}

}  // namespace

Line::Line(ObjectId owner, std::string_view what, std::string_view name, WakeOrder order)
    : label_(make_label(what, name)), lane_(mix_name(owner)), order_(order) {
  if (access_log == nullptr || !access_log->detailed()) return;
  access_log->name(owner, make_label(what.substr(0, what.find('.')), name));  // a queue has two lines
}

Line::~Line() = default;

void Line::bind_to(EventLoop& loop) {
  if (!loop_) loop_ = Ref(&loop);
  if (loop_.get() != &loop) throw RuntimeError(fmt::format("{} is bound to a different event loop", label_));
}

void Line::wake_head() {
  if (QueuedWaiter* const head = waiters_.first()) head->wake(lane());
}

std::size_t Line::wake(std::size_t count) {
  std::size_t woken = 0;
  for (QueuedWaiter* waiter = waiters_.first(); waiter != nullptr && woken < count; waiter = waiters_.next(*waiter)) {
    if (waiter->wake(lane())) ++woken;
  }
  return woken;
}

bool Line::wake_and_drop_next() {
  while (QueuedWaiter* const head = waiters_.first()) {
    head->unlink();
    if (head->wake(lane())) return true;
  }
  return false;
}

bool Line::all_cancelled() const {
  for (const QueuedWaiter* waiter = waiters_.first(); waiter != nullptr; waiter = waiters_.next(*waiter)) {
    if (waiter->status() != Waiter::Status::kCancelled) return false;
  }
  return true;
}

void LineWaiter::suspend(FrameBase& frame) {
  line_.bind_to(frame.task->loop());
  line_.join(*this);
  park(frame);
}

bool LineWaiter::leave() {
  COROSIM_ASSERT(finished());
  unlink();
  return status_ == Status::kCancelled || task_->interrupted_by_cancellation();
}

}  // namespace corosim::detail
