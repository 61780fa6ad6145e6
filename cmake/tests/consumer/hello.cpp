#include <corosim/corosim.hpp>

using namespace corosim;
using namespace std::chrono_literals;

Coro<int> answer() {
  co_await sleep(1s);
  co_return 42;
}

Coro<void> hello() {
  const auto [one, two] = co_await gather(answer(), answer());
  COROSIM_CHECK_EQ(one, two);
}

int main(int argc, char** argv) { return sim::program_main(argc, argv, {{"hello", hello}}); }
