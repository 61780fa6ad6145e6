// A future as a promise: one task waits for a result that another one sets three seconds later.
#include <chrono>
#include <string>
#include <string_view>

#include <corosim/corosim.hpp>

#include <fmt/format.h>

using namespace corosim;
using namespace std::chrono_literals;

void say(std::string_view text) {
  const std::chrono::duration<double> elapsed = get_running_loop().time().time_since_epoch();
  fmt::print("{:.1f}s  {}\n", elapsed.count(), text);
}

Coro<void> keep(Future<std::string> promise) {
  say("keeper: the result comes in three seconds");
  co_await sleep(3s);
  promise.set_result("hello from the past");
  say("keeper: the result is set");
}

void told(const Future<std::string>& promise) {
  say(fmt::format("callback: the future is done: '{}'", promise.result()));
}

Coro<void> wait_for_promise() {
  Future<std::string> promise = get_running_loop().create_future<std::string>();
  promise.add_done_callback(told);
  Task<> keeper = create_task(keep(promise));
  say("main: waiting for the future");
  const std::string result = co_await promise;
  say(fmt::format("main: got '{}'", result));
  co_await keeper;
}

int main() { return sim::run_virtual(wait_for_promise()); }
