// Programs under test that the command has to survive: they crash, leave by a way of their own, or never end.
#include <corosim/corosim.hpp>

#include <csignal>
#include <cstdio>
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
  std::_Exit(77);
}

// Says so once, so that a test knows when it may interrupt.
void say_running() {
  static bool said = false;
  if (!said) std::puts("running");
  std::fflush(stdout);
  said = true;
}

Coro<void> passes() {
  say_running();
  co_await sleep(1ms);
}

Coro<void> never_ends() {
  say_running();
  for (;;) co_await sleep(1ms);
}

Coro<void> aborts_when_cancelled() {
  struct Guard {
    ~Guard() {
      if (!done) std::abort();
    }
    bool done = false;
  };
  Guard guard;
  co_await sleep(1ms);
  guard.done = true;
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
                            {"passes", passes},
                            {"never_ends", never_ends},
                            {"aborts_when_cancelled", aborts_when_cancelled},
                            {"deadlocks", deadlocks}});
}
