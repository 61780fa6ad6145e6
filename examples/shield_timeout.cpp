// A timeout that spares the work: wait_for cancels the shield around the task, and the task lives on.
#include <chrono>
#include <string_view>

#include <corosim/corosim.hpp>

#include <fmt/format.h>

using namespace corosim;
using namespace std::chrono_literals;

void say(std::string_view text) {
  const std::chrono::duration<double> elapsed = get_running_loop().time().time_since_epoch();
  fmt::print("{:.1f}s  {}\n", elapsed.count(), text);
}

std::string_view state(const AnyFuture& future) {
  if (!future.done()) return "pending";
  return future.cancelled() ? "cancelled" : "finished";
}

Coro<int> work() {
  say("task: started, needs two seconds");
  co_await sleep(2s);
  say("task: done");
  co_return 42;
}

Coro<void> impatient() {
  Task<int> task = create_task(work());
  Future<int> shielded = shield(task);
  try {
    co_await wait_for(shielded, 1s);
  } catch (const TimeoutError&) {
    say("main: gave up waiting after one second");
  }
  say(fmt::format("main: the shield is {}, the task is {}", state(shielded), state(task)));
  const int result = co_await task;
  say(fmt::format("main: the task is {}, its result is {}", state(task), result));
}

int main() { return sim::run_virtual(impatient()); }
