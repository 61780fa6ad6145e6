#include <corosim/runtime/call_graph.hpp>

#include <corosim/runtime/sleep.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "virtual_time.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using ::testing::MatchesRegex;

Coro<void> inner() { co_await sleep(1s); }
Coro<void> outer() { co_await inner(); }
Coro<void> waiting(Task<void> task) { co_await task; }

TEST(CallGraph, ShowsTheAwaitStackAndWhoAwaitsTheTask) {
  std::string text;
  testing::run_virtual([](std::string& out) -> Coro<void> {
    const Task<void> task = create_task(outer(), "fetch");
    const Task<void> client = create_task(waiting(task), "client");
    co_await sleep(500ms);
    out = format_call_graph(task);
    co_await client;
  }(text));
  EXPECT_THAT(text, MatchesRegex("\\* Task \"fetch\"\n"
                                 "  \\+ inner at call_graph_test.cpp:[0-9]+\n"
                                 "  \\+ outer at call_graph_test.cpp:[0-9]+\n"
                                 "  awaited by \\* Task \"client\"\n"
                                 "    \\+ waiting at call_graph_test.cpp:[0-9]+\n"));
}

TEST(CallGraph, OfATaskThatIsDoneIsItsName) {
  std::string text;
  testing::run_virtual([](std::string& out) -> Coro<void> {
    const Task<void> task = create_task(inner(), "fetch");
    co_await task;
    out = format_call_graph(task);
  }(text));
  EXPECT_EQ(text, "* Task \"fetch\"\n");
}

}  // namespace
}  // namespace corosim
