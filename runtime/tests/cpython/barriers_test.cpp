// CPython's own tests of asyncio.Barrier, from `test_locks.py`, one test for one test, under the names of the Python
// methods. docs/cpython-tests.md lists the cases that have no meaning in C++.
//
// `async with barrier as i` is `i = co_await barrier.wait()` here: leaving that scope does nothing in Python. A list of
// True is the number of its items.
#include <algorithm>
#include <exception>
#include <functional>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/barrier.hpp>
#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/runtime/wait.hpp>

#include "isolated_test.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using testing::Awaitable;
using ::testing::ElementsAre;
using testing::raises;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class CPythonBarrier : public testing::IsolatedTest {
 protected:
  static constexpr int kN = 5;

  template <class Function>
  static auto make_tasks(int n, Function& coro) {
    std::vector<decltype(create_task(coro()))> tasks;
    for (int i = 0; i < n; ++i) tasks.push_back(create_task(coro()));
    return tasks;
  }
  template <class Function>
  static auto gather_tasks(int n, Function& coro) {
    return gather(make_tasks(n, coro));
  }
  static void expect_empty(const Barrier& barrier) {
    EXPECT_EQ(barrier.n_waiting(), 0);
    EXPECT_FALSE(barrier.broken());
  }

  // What the tasks of test_abort_barrier_when_exception* do at `barrier`: wait twice, but one of them fails between and
  // aborts it.
  Coro<void> pass_twice_or_abort(Barrier barrier) {
    const auto body = [&]() -> Coro<void> {
      const int i = co_await barrier.wait();
      if (i == kN / 2) throw RuntimeError("");
      co_await barrier.wait();
      ++passed_twice;
    };
    bool failed = false;
    try {
      co_await body();
    } catch (const BrokenBarrierError&) {
      ++found_broken;
    } catch (const RuntimeError&) {
      failed = true;
    }
    if (failed) co_await barrier.abort();
  }

  int passed_twice = 0;  // the tests' `results1`
  int found_broken = 0;  // and `results2`
};

TEST_F(CPythonBarrier, barrier) {
  const Barrier barrier(kN);
  expect_empty(barrier);
  EXPECT_FALSE(Awaitable<Barrier>);
  EXPECT_TRUE(Awaitable<decltype(barrier.wait())>);
  expect_empty(barrier);
}

// The states that the Python test reads out of repr() show here in who is counted as waiting: while the barrier drains,
// and until a reset has emptied it, nobody is.
TEST_F(CPythonBarrier, repr) {
  run([]() -> Coro<void> {
    const Barrier barrier(kN);
    expect_empty(barrier);
    std::vector<Task<>> waiters;
    const auto wait = [&]() -> Coro<void> { co_await barrier.wait(); };
    const auto add = [&](int count) {
      for (int i = 0; i < count; ++i) waiters.push_back(create_task(wait()));
    };
    const auto finished = [&] { return std::count_if(waiters.begin(), waiters.end(), std::mem_fn(&Task<>::done)); };

    const int incr = 2;
    add(incr);
    co_await sleep(0s);
    EXPECT_EQ(barrier.n_waiting(), incr);  // filling

    add(barrier.parties() - barrier.n_waiting());
    co_await sleep(0s);
    EXPECT_EQ(barrier.n_waiting(), 0);  // draining: the last to come has gone through, the others are inside
    EXPECT_EQ(finished(), 1);

    add(incr);
    co_await sleep(0s);
    co_await barrier.reset();
    EXPECT_EQ(barrier.n_waiting(), 0);  // resetting
    EXPECT_FALSE(barrier.broken());

    add(incr);
    co_await sleep(0s);
    co_await barrier.abort();
    EXPECT_TRUE(barrier.broken());
    EXPECT_EQ(barrier.n_waiting(), 0);

    co_await gather(return_exceptions, waiters);
  });
}

TEST_F(CPythonBarrier, barrier_parties) {
  EXPECT_THROW(Barrier(0), ValueError);
  EXPECT_THROW(Barrier(-4), ValueError);
  EXPECT_EQ(Barrier(kN).parties(), kN);
}

TEST_F(CPythonBarrier, context_manager) {
  run([]() -> Coro<void> {
    const Barrier barrier(3);
    std::vector<int> results;
    const auto coro = [&]() -> Coro<void> {
      const int i = co_await barrier.wait();
      results.push_back(i);
    };
    co_await gather_tasks(3, coro);
    EXPECT_THAT(results, UnorderedElementsAre(0, 1, 2));
    expect_empty(barrier);
  });
}

TEST_F(CPythonBarrier, filling_one_task) {
  run([]() -> Coro<void> {
    const Barrier barrier(1);
    const auto f = [&]() -> Coro<bool> {
      co_await barrier.wait();
      co_return true;
    };
    const bool ret = co_await f();
    EXPECT_TRUE(ret);
    expect_empty(barrier);
  });
}

TEST_F(CPythonBarrier, filling_one_task_twice) {
  run([]() -> Coro<void> {
    const Barrier barrier(1);
    const Task<int> t1 = create_task(barrier.wait());
    co_await sleep(0s);
    EXPECT_EQ(barrier.n_waiting(), 0);
    const Task<int> t2 = create_task(barrier.wait());
    co_await sleep(0s);
    EXPECT_EQ(t1.result(), t2.result());
    EXPECT_EQ(t1.done(), t2.done());
    expect_empty(barrier);
  });
}

TEST_F(CPythonBarrier, filling_task_by_task) {
  run([]() -> Coro<void> {
    const Barrier barrier(3);
    const Task<int> t1 = create_task(barrier.wait());
    co_await sleep(0s);
    EXPECT_EQ(barrier.n_waiting(), 1);
    const Task<int> t2 = create_task(barrier.wait());
    co_await sleep(0s);
    EXPECT_EQ(barrier.n_waiting(), 2);
    const Task<int> t3 = create_task(barrier.wait());
    co_await sleep(0s);
    const std::vector<Task<int>> tasks{t1, t2, t3};
    co_await corosim::wait(tasks);
    expect_empty(barrier);
  });
}

TEST_F(CPythonBarrier, filling_tasks_wait_twice) {
  run([]() -> Coro<void> {
    const Barrier barrier(kN);
    std::vector<bool> results;
    const auto coro = [&]() -> Coro<void> {
      co_await barrier.wait();
      results.push_back(true);
      co_await barrier.wait();
      results.push_back(false);
    };
    co_await gather_tasks(kN, coro);
    EXPECT_THAT(results, SizeIs(kN * 2));
    EXPECT_EQ(std::count(results.begin(), results.end(), true), kN);
    EXPECT_EQ(std::count(results.begin(), results.end(), false), kN);
    expect_empty(barrier);
  });
}

TEST_F(CPythonBarrier, filling_tasks_check_return_value) {
  run([]() -> Coro<void> {
    const Barrier barrier(kN);
    int results1 = 0;
    int results2 = 0;
    const auto coro = [&]() -> Coro<int> {
      co_await barrier.wait();
      ++results1;
      const int i = co_await barrier.wait();
      ++results2;
      co_return i;
    };
    const std::vector<int> res = co_await gather_tasks(kN, coro);
    EXPECT_EQ(results1, kN);
    EXPECT_EQ(results2, kN);
    EXPECT_THAT(res, UnorderedElementsAre(0, 1, 2, 3, 4));
    expect_empty(barrier);
  });
}

// "draining" in repr(): some are inside, and nobody is counted as waiting.
TEST_F(CPythonBarrier, draining_state) {
  run([]() -> Coro<void> {
    const Barrier barrier(kN);
    std::vector<bool> results;
    int inside = kN;
    const auto coro = [&]() -> Coro<void> {
      co_await barrier.wait();
      results.push_back(--inside > 0 && barrier.n_waiting() == 0);
    };
    co_await gather_tasks(kN, coro);
    EXPECT_THAT(results, ElementsAre(true, true, true, true, false));
    expect_empty(barrier);
  });
}

// That it ends shows that `barrier_nowaiting` was waited for by exactly three.
TEST_F(CPythonBarrier, blocking_tasks_while_draining) {
  run([]() -> Coro<void> {
    const int rewait = 2;
    const Barrier barrier(kN);
    const Barrier barrier_nowaiting(kN - rewait);
    int rewait_n = rewait;
    const auto coro = [&]() -> Coro<void> {
      co_await barrier.wait();
      if (rewait_n > 0) {
        --rewait_n;
        co_await barrier.wait();
      } else {
        co_await barrier_nowaiting.wait();  // for the end of draining
        co_await barrier.wait();
      }
    };
    co_await gather_tasks(kN, coro);
  });
}

TEST_F(CPythonBarrier, filling_tasks_cancel_one) {
  run([]() -> Coro<void> {
    const Barrier barrier(3);
    int results = 0;
    const auto coro = [&]() -> Coro<void> {
      co_await barrier.wait();
      ++results;
    };
    const Task<> t1 = create_task(coro());
    co_await sleep(0s);
    EXPECT_EQ(barrier.n_waiting(), 1);
    const Task<> t2 = create_task(coro());
    co_await sleep(0s);
    EXPECT_EQ(barrier.n_waiting(), 2);

    t1.cancel();
    co_await sleep(0s);
    EXPECT_EQ(barrier.n_waiting(), 1);
    const bool cancelled = co_await raises<CancelledError>(t1);
    EXPECT_TRUE(cancelled);
    EXPECT_TRUE(t1.cancelled());

    const Task<> t3 = create_task(coro());
    co_await sleep(0s);
    EXPECT_EQ(barrier.n_waiting(), 2);
    const Task<> t4 = create_task(coro());
    co_await gather(t2, t3, t4);
    EXPECT_EQ(results, 3);
    expect_empty(barrier);
  });
}

TEST_F(CPythonBarrier, reset_barrier) {
  run([]() -> Coro<void> {
    const Barrier barrier(1);
    create_task(barrier.reset());
    co_await sleep(0s);
    expect_empty(barrier);
  });
}

TEST_F(CPythonBarrier, reset_barrier_while_tasks_waiting) {
  run([]() -> Coro<void> {
    const Barrier barrier(kN);
    int results = 0;
    const auto coro = [&]() -> Coro<void> {
      try {
        co_await barrier.wait();
      } catch (const BrokenBarrierError&) {
        ++results;
      }
    };
    const auto tasks = make_tasks(kN - 1, coro);
    co_await sleep(0s);
    create_task(barrier.reset());
    co_await gather(tasks);
    EXPECT_EQ(results, kN - 1);
    expect_empty(barrier);
  });
}

// CPython's `barrier._count`, the tasks inside, is counted here by the tasks that leave.
TEST_F(CPythonBarrier, reset_barrier_when_tasks_half_draining) {
  run([]() -> Coro<void> {
    const Barrier barrier(kN);
    int results1 = 0;
    const int rest_of_tasks = kN / 2;
    int inside = kN;
    const auto coro = [&]() -> Coro<void> {
      const bool was_broken = co_await raises<BrokenBarrierError>(barrier.wait());
      --inside;
      if (was_broken) {
        ++results1;
      } else if (rest_of_tasks == inside) {
        co_await barrier.reset();
      }
    };
    co_await gather_tasks(kN, coro);
    EXPECT_EQ(results1, rest_of_tasks);
    expect_empty(barrier);
  });
}

TEST_F(CPythonBarrier, reset_barrier_when_tasks_half_draining_half_blocking) {
  run([]() -> Coro<void> {
    const Barrier barrier(kN);
    int results1 = 0;
    int results2 = 0;
    const int blocking_tasks = kN / 2;
    int count = 0;
    const auto coro = [&]() -> Coro<void> {
      const bool was_broken = co_await raises<BrokenBarrierError>(barrier.wait());
      if (was_broken) {  // was still inside at the reset; waits again, to make up the number
        ++results1;
        co_await barrier.wait();
      } else if (++count > blocking_tasks) {
        co_await barrier.reset();  // breaks those that wait
        co_await barrier.wait();
      } else {
        // Waits at the entrance, which the reset does not break.
        const bool broken_too = co_await raises<BrokenBarrierError>(barrier.wait());
        if (broken_too) ++results2;
      }
    };
    co_await gather_tasks(kN, coro);
    EXPECT_EQ(results1, blocking_tasks);
    EXPECT_EQ(results2, 0);
    expect_empty(barrier);
  });
}

TEST_F(CPythonBarrier, reset_barrier_while_tasks_waiting_and_waiting_again) {
  run([]() -> Coro<void> {
    const Barrier barrier(kN);
    int results1 = 0;
    int results2 = 0;
    const auto coro1 = [&]() -> Coro<void> {
      const bool was_broken = co_await raises<BrokenBarrierError>(barrier.wait());
      if (was_broken) ++results1;
      co_await barrier.wait();
      ++results2;
    };
    const auto coro2 = [&]() -> Coro<void> {
      co_await barrier.wait();
      ++results2;
    };
    const auto tasks = make_tasks(kN - 1, coro1);
    create_task(barrier.reset());
    co_await sleep(0s);
    create_task(coro2());
    co_await gather(tasks);
    EXPECT_FALSE(barrier.broken());
    EXPECT_EQ(results1, kN - 1);
    EXPECT_EQ(results2, kN);
    EXPECT_EQ(barrier.n_waiting(), 0);
  });
}

TEST_F(CPythonBarrier, reset_barrier_while_tasks_draining) {
  run([]() -> Coro<void> {
    const Barrier barrier(kN);
    int results1 = 0;
    int results2 = 0;
    int results3 = 0;
    int count = 0;
    const auto coro = [&]() -> Coro<void> {
      co_await barrier.wait();
      if (++count == kN) {  // the last to leave
        co_await barrier.reset();
        co_await barrier.wait();
      } else {
        const bool failed = co_await raises<std::exception>(barrier.wait());
        ++(failed ? results2 : results1);
      }
      co_await barrier.wait();
      ++results3;
    };
    co_await gather_tasks(kN, coro);
    EXPECT_FALSE(barrier.broken());
    EXPECT_EQ(results1, kN - 1);
    EXPECT_EQ(results2, 0);
    EXPECT_EQ(results3, kN);
    EXPECT_EQ(barrier.n_waiting(), 0);
  });
}

TEST_F(CPythonBarrier, abort_barrier) {
  run([]() -> Coro<void> {
    const Barrier barrier(1);
    create_task(barrier.abort());
    co_await sleep(0s);
    EXPECT_EQ(barrier.n_waiting(), 0);
    EXPECT_TRUE(barrier.broken());
  });
}

TEST_F(CPythonBarrier, abort_barrier_when_tasks_half_draining_half_blocking) {
  run([]() -> Coro<void> {
    const Barrier barrier(kN);
    int results1 = 0;
    int results2 = 0;
    const int blocking_tasks = kN / 2;
    int count = 0;
    const auto coro = [&]() -> Coro<void> {
      const bool was_broken = co_await raises<BrokenBarrierError>(barrier.wait());
      if (was_broken) {  // was still inside
        ++results1;
      } else if (++count > blocking_tasks) {
        co_await barrier.abort();
      } else {  // has left before, and waits at the entrance
        const bool broken_too = co_await raises<BrokenBarrierError>(barrier.wait());
        if (broken_too) ++results2;
      }
    };
    co_await gather_tasks(kN, coro);
    EXPECT_TRUE(barrier.broken());
    EXPECT_EQ(results1, blocking_tasks);
    EXPECT_EQ(results2, kN - blocking_tasks - 1);
    EXPECT_EQ(barrier.n_waiting(), 0);
  });
}

TEST_F(CPythonBarrier, abort_barrier_when_exception) {
  run([this]() -> Coro<void> {
    const Barrier barrier(kN);
    const auto coro = [&]() -> Coro<void> { co_await pass_twice_or_abort(barrier); };
    co_await gather_tasks(kN, coro);
    EXPECT_TRUE(barrier.broken());
    EXPECT_EQ(passed_twice, 0);
    EXPECT_EQ(found_broken, kN - 1);
    EXPECT_EQ(barrier.n_waiting(), 0);
  });
}

TEST_F(CPythonBarrier, abort_barrier_when_exception_then_resetting) {
  run([this]() -> Coro<void> {
    const Barrier barrier1(kN);
    const Barrier barrier2(kN);
    int results3 = 0;
    const auto coro = [&]() -> Coro<void> {
      co_await pass_twice_or_abort(barrier1);
      // All have left the barrier before it is reset, and none comes back before it is.
      const int i = co_await barrier2.wait();
      if (i == kN / 2) co_await barrier1.reset();
      co_await barrier2.wait();
      co_await barrier1.wait();
      ++results3;
    };
    co_await gather_tasks(kN, coro);
    EXPECT_FALSE(barrier1.broken());
    EXPECT_EQ(passed_twice, 0);
    EXPECT_EQ(found_broken, kN - 1);
    EXPECT_EQ(results3, kN);
    EXPECT_EQ(barrier1.n_waiting(), 0);
  });
}

}  // namespace
}  // namespace corosim
