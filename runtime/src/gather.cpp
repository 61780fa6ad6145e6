#include <corosim/runtime/gather.hpp>

#include <algorithm>

namespace corosim::detail {

EventLoop& loop_of(const Children& children) {
  if (children.empty()) return get_running_loop();
  EventLoop& loop = children.front()->loop();
  for (const auto& child : children) {
    if (&child->loop() != &loop) throw ValueError("gather: the futures belong to different loops");
  }
  return loop;
}

void GatherBase::watch(FutureState& outer) {
  // A child may stand in the list more than once; it is registered once, where it first stands.
  Children distinct;
  for (const auto& child : children_) {
    if (!child->marked()) distinct.push_back(child);
    child->set_marked(true);
    touch_read(child->id(), "gather");
  }
  for (const auto& child : distinct) child->set_marked(false);
  unfinished_ = distinct.size();
  if (distinct.empty()) {
    collect();
    return;
  }
  Children done;
  for (const auto& child : distinct) {
    if (child->done()) {
      done.push_back(child);
      continue;
    }
    // The callback keeps the outer future alive, as CPython's closure does.
    add_done_callback<AnyFuture>(
        *child, [this, keep = Ref<FutureState>(&outer)](const AnyFuture& ended) { child_done(*keep, *ended.state()); },
        copy_context(), outer.made_at());
  }
  for (const auto& child : done) child_done(outer, *child);
}

// CPython 3.14 `tasks.py`, gather's _done_callback.
void GatherBase::child_done(FutureState& outer, FutureState& child) {
  touch_write(outer.id(), "gather");
  --unfinished_;
  if (outer.done()) {
    child.mark_retrieved();
    return;
  }
  if (!return_exceptions_) {
    if (child.cancelled()) {
      outer.set_exception(child.make_cancelled_error());
      return;
    }
    if (std::exception_ptr error = child.exception()) {
      outer.set_exception(std::move(error));
      return;
    }
  }
  if (unfinished_ > 0) return;
  if (cancel_requested_) {
    // Being cancelled wins over the results, whatever return_exceptions says (cpython#76865).
    for (const auto& each : children_) each->mark_retrieved();
    outer.set_exception(children_.back()->make_cancelled_error());
  } else {
    collect();
  }
}

}  // namespace corosim::detail
