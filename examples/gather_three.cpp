// Three tasks of three steps each, joined by gather: 10 seconds for 18 seconds of work, none of which passes for real.
#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include <corosim/corosim.hpp>

#include <fmt/chrono.h>

using namespace corosim;
using namespace std::chrono_literals;
using Seconds = std::chrono::duration<double>;
using Steps = std::array<Seconds, 3>;

// How long each step takes: fixed, so that every run prints the same.
constexpr Steps kOne{1.0s, 3.0s, 1.0s};
constexpr Steps kTwo{1.5s, 0.5s, 1.0s};
constexpr Steps kThree{2.5s, 4.0s, 3.5s};

void say(std::string_view text) {
  const Seconds elapsed = get_running_loop().time().time_since_epoch();  // virtual time begins at zero
  fmt::print("{:4.1f}s  {}\n", elapsed.count(), text);
}

Coro<Seconds> work(std::string name, Steps steps) {
  Seconds total{};
  int number = 0;
  for (const Seconds length : steps) {
    say(fmt::format("task {}: step {} takes {:.1}", name, ++number, length));
    co_await sleep(length);
    total += length;
  }
  say(fmt::format("task {}: done", name));
  co_return total;
}

Coro<void> three_tasks() {
  const auto [one, two, three] = co_await gather(work("one", kOne), work("two", kTwo), work("three", kThree));
  say(fmt::format("{:.1} + {:.1} + {:.1} = {:.1} of work", one, two, three, one + two + three));
}

int main() { return sim::run_virtual(three_tasks()); }
