#include <corosim/runtime/shield.hpp>

namespace corosim::detail {

namespace {

void copy_outcome(FutureState& inner, FutureState& outer, void (*copy_value)(FutureState&, FutureState&)) {
  touch_read(outer.id(), "shield");
  if (outer.cancelled()) return;
  if (inner.cancelled()) {
    outer.cancel({});
  } else if (std::exception_ptr error = inner.exception()) {
    outer.set_exception(std::move(error));
  } else {
    outer.require_pending();
    copy_value(inner, outer);
    outer.mark_finished();
  }
}

// What happens to an exception that nobody waits for any more.
void report_exception(FutureState& inner) {
  if (inner.cancelled()) return;
  if (std::exception_ptr error = inner.exception()) {
    inner.loop().call_exception_handler({"exception in shielded future", error, inner.made_at()});
  }
}

}  // namespace

void shield_future(FutureState& inner, FutureState& outer, void (*copy_value)(FutureState&, FutureState&)) {
  outer.set_shields();
  const DoneCallback inner_done = add_done_callback<AnyFuture>(
      inner,
      [copy_value, keep = Ref<FutureState>(&outer)](const AnyFuture& ended) {
        copy_outcome(*ended.state(), *keep, copy_value);
      },
      copy_context(), outer.made_at());
  add_done_callback<AnyFuture>(
      outer,
      [inner_done, keep = AnyFuture(Ref<FutureState>(&inner))](const AnyFuture&) {
        if (keep.done()) return;
        keep.remove_done_callback(inner_done);
        FutureState& shielded = *keep.state();
        if (shielded.reports_when_shielded()) return;
        shielded.set_reports_when_shielded();
        keep.add_done_callback([](const AnyFuture& ended) { report_exception(*ended.state()); });
      },
      copy_context(), outer.made_at());
}

}  // namespace corosim::detail
