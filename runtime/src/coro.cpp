#include <corosim/runtime/coro.hpp>

#include <cxxabi.h>
#include <typeinfo>

#include <corosim/runtime/event_loop.hpp>

namespace corosim::detail {

void CompletionBase::unhandled_exception() noexcept {
  const std::type_info* type = abi::__cxa_current_exception_type();
  ended_in_cancellation = type != nullptr && *type == typeid(CancelledError);
  exception_ = std::current_exception();
}

void report_never_awaited(const FrameBase& frame) noexcept {
  if (destroying_loop) return;
  const ExceptionContext context{fmt::format("coroutine '{}' was never awaited", frame.born.function()), nullptr,
                                 frame.born, Severity::kWarning};
  if (running_loop != nullptr) {
    running_loop->call_exception_handler(context);
  } else {
    EventLoop::default_exception_handler(context);
  }
}

}  // namespace corosim::detail
