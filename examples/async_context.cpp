// An async context manager: connecting and disconnecting both await, however what happens in between ends.
#include <chrono>
#include <exception>
#include <string>
#include <vector>

#include <corosim/corosim.hpp>

#include <fmt/format.h>

using namespace corosim;
using namespace std::chrono_literals;
using Delays = std::vector<std::chrono::milliseconds>;

// The delays before each client's messages: fixed, so that every run prints the same.
const Delays kAnn{700ms, 400ms, 1500ms, 200ms, 900ms};
const Delays kBob{300ms, 600ms, 500ms, 1600ms, 500ms};

void say(const std::string& text) {
  const std::chrono::duration<double> elapsed = get_running_loop().time().time_since_epoch();
  fmt::print("{:.1f}s  {}\n", elapsed.count(), text);
}

class Connection {
 public:
  Connection(const std::string& client, const Delays& delays) : client_(client), delays_(delays) {}

  Coro<void> enter() {
    co_await sleep(100ms);
    say(client_ + " is connected");
  }
  Coro<void> exit(std::exception_ptr error) {
    const bool cancelled = error && holds<CancelledError>(error);
    say(client_ + (cancelled ? " was cancelled" : error ? " failed" : " has no more"));
    co_await sleep(300ms);
    say(client_ + " is disconnected");
  }
  AsyncGenerator<std::string> messages() {
    int number = 0;
    for (const auto delay : delays_) {
      co_await sleep(delay);
      co_yield fmt::format("message {} from {}", ++number, client_);
    }
  }

 private:
  std::string client_;
  Delays delays_;
};

Coro<void> listen(std::string client, Delays delays) {
  co_await async_with(Connection(client, delays), [](Connection& connection) -> Coro<void> {
    auto messages = connection.messages();
    while (const auto message = co_await messages.next()) say(*message);
  });
}

Coro<void> hang_up(std::string client) {
  co_await async_with(Connection(client, Delays()), [](Connection&) -> Coro<void> {
    co_await sleep(500ms);
    throw ValueError("this is not a message");
  });
}

Coro<void> four_clients() {
  co_await gather(listen("ann", kAnn), listen("bob", kBob));
  try {
    co_await hang_up("cat");
  } catch (const ValueError& error) {
    say(fmt::format("main: {}", error.what()));
  }
  try {
    co_await wait_for(listen("dan", kAnn), 1s);
  } catch (const TimeoutError&) {
    say("main: dan took too long");
  }
}

int main() { return sim::run_virtual(four_clients()); }
