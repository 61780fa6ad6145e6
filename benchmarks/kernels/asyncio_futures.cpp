// Faults that asyncio has had where one thing waits for another: wait_for, a queue, gather, shield.
#include <algorithm>
#include <deque>
#include <exception>
#include <memory>
#include <utility>

#include "asyncio_programs.hpp"

namespace corosim::kernels {

using namespace std::chrono_literals;

Coro<void> canceller(Task<> victim, Shared<bool>& requested, int pad) {
  co_await pads(pad);
  if (victim.cancel()) requested.set(true);
}

namespace {

Coro<void> work(int pad) { co_await pads(pad); }

// A task that was cancelled before it was done ends cancelled.
void check_cancelled_at_end(Scene& scene, const Task<>& task, const Shared<bool>& requested) {
  scene.check_at_end([task, &requested] { check(!requested.peek() || task.cancelled(), "cancellation swallowed"); });
}

}  // namespace

// wait_for, cancelled when what it waits for is done already, returns its result, and the cancellation is gone
// (cpython#86296; until 3.11).

namespace {

Coro<void> wait_for_311(Coro<void> coro, Duration timeout) {
  EventLoop& loop = get_running_loop();
  const Future<> waiter = loop.create_future<void>();
  const auto release = [waiter] {
    if (!waiter.done()) waiter.set_result();
  };
  Handle timer = loop.call_later(timeout, release);
  const Task<> task = create_task(std::move(coro));
  const DoneCallback task_done = task.add_done_callback(release);
  std::exception_ptr cancellation;
  try {
    co_await waiter;
  } catch (const CancelledError&) {
    cancellation = std::current_exception();
  }
  timer.cancel();
  if (task.done()) {  // the fault: also where it was cancelled
    task.result();
    co_return;
  }
  task.remove_done_callback(task_done);
  co_await detail::cancel_and_wait(task);
  if (cancellation) std::rethrow_exception(cancellation);
  throw TimeoutError();
}

Coro<void> impatient(int variant, int pad) {
  constexpr auto kNever = 24h;
  if (variant == kFault) {
    co_await wait_for_311(work(pad), kNever);
  } else {
    co_await wait_for(work(pad), kNever);
  }
}

}  // namespace

void wait_for_cancelled(Scene& scene, int variant, int) {
  auto& requested = scene.make<Shared<bool>>(false, "requested");
  const Task<> victim = scene.spawn(impatient(variant, 3));
  scene.spawn(canceller(victim, requested, 10));
  check_cancelled_at_end(scene, victim, requested);
}

// A queue hands its item to a get() that times out before its next step, and the item is lost with it (asyncio#343; the
// queue as it was until 3.4.3, bpo-23812).

namespace {

class Queue343 {
 public:
  Coro<int> get() {
    if (!items_.get().empty()) {
      const int item = items_.get().front();
      items_.edit().pop_front();
      co_return item;
    }
    const Future<int> getter = get_running_loop().create_future<int>();
    getters_.edit().push_back(getter);
    const int item = co_await getter;  // the fault: nobody takes the item back when this throws
    co_return item;
  }
  void put_nowait(int item) {
    while (!getters_.get().empty()) {
      const Future<int> getter = getters_.get().front();
      getters_.edit().pop_front();
      if (getter.done()) continue;
      getter.set_result(item);
      return;
    }
    items_.edit().push_back(item);
  }

 private:
  Shared<std::deque<int>> items_{{}, "items"};
  Shared<std::deque<Future<int>>> getters_{{}, "getters"};
};

constexpr Duration kPatience = 1s;

template <class Q>
Coro<void> timed_consumer(Q& queue) {
  bool timed_out = false;
  try {
    co_await wait_for(queue.get(), kPatience);
  } catch (const TimeoutError&) {
    timed_out = true;
  }
  if (timed_out) co_await queue.get();
}

template <class Q>
Coro<void> slow_producer(Q& queue) {
  co_await sleep(kPatience);
  queue.put_nowait(7);
}

template <class Q>
void build_queue_get_timed_out(Scene& scene) {
  auto& queue = scene.make<Q>();
  scene.spawn(timed_consumer(queue));
  scene.spawn(slow_producer(queue));
}

}  // namespace

void queue_get_timed_out(Scene& scene, int variant, int) {
  variant == kFault ? build_queue_get_timed_out<Queue343>(scene) : build_queue_get_timed_out<Queue<int>>(scene);
}

// gather(return_exceptions=True), cancelled, takes the cancellations of its children for results, and returns
// (cpython#76865; until 3.6.5). Not about the order of wake-ups: any cancellation while the children run is swallowed.

namespace {

class Gather365 final : public detail::ValueFutureState<void> {
 public:
  explicit Gather365(std::vector<Task<>> children)
      : ValueFutureState(get_running_loop(), {}), children_(std::move(children)), unfinished_(children_.size()) {}

  void start() {
    for (const Task<>& child : children_) {
      child.add_done_callback([keep = detail::Ref<Gather365>(this)] { keep->child_done(); });
    }
  }
  bool cancel(const CancelMessage& message) override {
    detail::touch_write(id(), "gather.cancel");
    if (done()) return false;
    bool any = false;
    for (const Task<>& child : children_) any = child.cancel(message) || any;
    return any;  // the fault: that it was cancelled is forgotten
  }

 private:
  void child_done() {
    detail::touch_write(id(), "gather");
    if (--unfinished_ > 0) return;
    value.emplace();
    mark_finished();
  }

  std::vector<Task<>> children_;
  std::size_t unfinished_;
};

Coro<void> gatherer(int variant, int pad) {
  std::vector<Task<>> children{create_task(work(pad)), create_task(work(pad))};
  if (variant == kFault) {
    const detail::Ref<Gather365> outer(new Gather365(std::move(children)));
    outer->start();
    co_await Future<>(detail::Ref<detail::ValueFutureState<void>>(outer));
  } else {
    co_await gather(return_exceptions, std::move(children));
  }
}

}  // namespace

void gather_cancelled(Scene& scene, int variant, int) {
  auto& requested = scene.make<Shared<bool>>(false, "requested");
  const Task<> victim = scene.spawn(gatherer(variant, 3));
  scene.spawn(canceller(victim, requested, 10));
  check_cancelled_at_end(scene, victim, requested);
}

// shield, cancelled when what it shields has just failed, marks that exception as seen, though nobody sees it
// (cpython#86802; 3.13.0 still).

namespace {

struct Reports {
  Shared<bool> raised{false, "raised"};
  Shared<bool> seen{false, "seen"};
};

Coro<void> failing(std::shared_ptr<Reports> reports, int pad) {
  co_await pads(pad);
  reports->raised.set(true);
  throw RuntimeError("failed behind its shield");
}

Future<> shield_313(Coro<void> coro) {
  const Task<> inner = create_task(std::move(coro));
  const Future<> outer = get_running_loop().create_future<void>();
  const DoneCallback inner_done = inner.add_done_callback([outer](const AnyFuture& ended) {
    if (outer.cancelled()) {
      if (!ended.cancelled()) ended.exception();  // the fault: marks it as retrieved
    } else if (ended.cancelled()) {
      outer.cancel();
    } else if (const std::exception_ptr error = ended.exception()) {
      outer.set_exception(error);
    } else {
      outer.set_result();
    }
  });
  outer.add_done_callback([inner, inner_done] {
    if (!inner.done()) inner.remove_done_callback(inner_done);
  });
  return outer;
}

Coro<void> waits_behind_shield(Future<> outer, std::shared_ptr<Reports> reports) {
  try {
    co_await outer;
  } catch (const RuntimeError&) {
    reports->seen.set(true);
  }
}

Coro<void> gives_up(Future<> outer, int pad) {
  co_await pads(pad);
  outer.cancel();
}

}  // namespace

void shield_cancelled(Scene& scene, int variant, int) {
  const auto reports = std::make_shared<Reports>();
  get_running_loop().set_exception_handler([reports](EventLoop&, const ExceptionContext&) { reports->seen.set(true); });
  const Future<> outer = variant == kFault ? shield_313(failing(reports, 3)) : shield(failing(reports, 3));
  scene.spawn(waits_behind_shield(outer, reports));
  // The future is cancelled, not the task that awaits it: that one, cancelled when the exception is on its way to it,
  // does not see it either, as in CPython.
  scene.spawn(gives_up(outer, 10));
  scene.check_at_end([reports] { check(!reports->raised.peek() || reports->seen.peek(), "exception lost"); });
}

}  // namespace corosim::kernels
