#include <corosim/runtime/coro.hpp>

#include <cxxabi.h>
#include <typeinfo>

namespace corosim::detail {

void CompletionBase::unhandled_exception() noexcept {
  const std::type_info* type = abi::__cxa_current_exception_type();
  ended_in_cancellation = type != nullptr && *type == typeid(CancelledError);
  exception_ = std::current_exception();
}

}  // namespace corosim::detail
