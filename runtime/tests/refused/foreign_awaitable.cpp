// Does not compile: an awaitable that the library does not know would wait behind the scheduler's back.
#include <corosim/runtime/coro.hpp>

namespace {

corosim::Coro<void> awaits_something_foreign() { co_await std::suspend_always(); }

}  // namespace

int main() { awaits_something_foreign(); }
