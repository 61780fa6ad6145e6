// An async iterator: it gives one item at a time, and awaits in between. Two of them run interleaved.
#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include <corosim/corosim.hpp>

#include <fmt/format.h>

using namespace corosim;
using namespace std::chrono_literals;
using Delays = std::array<std::chrono::milliseconds, 5>;

// The delays before each client's messages: fixed, so that every run prints the same.
constexpr Delays kAnn{700ms, 400ms, 1500ms, 200ms, 900ms};
constexpr Delays kBob{300ms, 600ms, 500ms, 1600ms, 500ms};

void say(std::string_view text) {
  const std::chrono::duration<double> elapsed = get_running_loop().time().time_since_epoch();
  fmt::print("{:.1f}s  {}\n", elapsed.count(), text);
}

AsyncGenerator<std::string> messages(std::string client, Delays delays) {
  int number = 0;
  for (const auto delay : delays) {
    co_await sleep(delay);
    co_yield fmt::format("message {} from {}", ++number, client);
  }
}

Coro<int> listen(std::string client, Delays delays) {
  int count = 0;
  AsyncGenerator<std::string> inbox = messages(client, delays);
  while (const auto message = co_await inbox.next()) {
    say(*message);
    ++count;
  }
  say(fmt::format("{} has no more", client));
  co_return count;
}

Coro<void> two_clients() {
  const auto [ann, bob] = co_await gather(listen("ann", kAnn), listen("bob", kBob));
  say(fmt::format("{} messages in all", ann + bob));
}

int main() { return sim::run_virtual(two_clients()); }
