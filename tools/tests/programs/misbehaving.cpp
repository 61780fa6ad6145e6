// Programs under test that a command has to survive: they crash, leave by a way of their own, or never end.
#include <corosim/corosim.hpp>

#include <csignal>
#include <cstdlib>

using namespace corosim;
using namespace std::chrono_literals;

Coro<void> aborts() {
  co_await sleep(1ms);
  std::abort();
}

Coro<void> kills_itself() {
  co_await sleep(1ms);
  std::raise(SIGKILL);
}

Coro<void> exits() {
  co_await sleep(1ms);
  std::exit(77);
}

Coro<void> never_ends() {
  for (;;) co_await sleep(1ms);
}

Coro<void> deadlocks() {
  Event event;
  co_await event.wait();
}

int main(int argc, char** argv) {
  return sim::program_main(argc, argv,
                           {{"aborts", aborts},
                            {"kills_itself", kills_itself},
                            {"exits", exits},
                            {"never_ends", never_ends},
                            {"deadlocks", deadlocks}});
}
