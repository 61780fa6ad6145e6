// Faults that locks, conditions, semaphores and limiters have had.
#include <deque>
#include <exception>
#include <utility>

#include "asyncio_programs.hpp"

namespace corosim::kernels {

using namespace std::chrono_literals;

// A lock whose waiter is cancelled after its wake-up, and nobody else is woken (bpo-27585, cpython#1031; until 3.6.1).

namespace {

class Lock361 {
  class State final : public detail::SharedState {
   public:
    State() : line(id(), "Lock", {}, detail::WakeOrder::kFirstInFirstOut) {}
    bool locked = false;
    detail::Line line;
  };

 public:
  class Acquire : public detail::LineWaiter {
   public:
    explicit Acquire(detail::Ref<State> lock) : LineWaiter(lock->line), lock_(std::move(lock)) {}
    bool await_ready() const {
      detail::touch_write(lock_->id(), detail::kLockAcquire);
      return !lock_->locked && lock_->line.all_cancelled();
    }
    void await_resume() {
      if (waited()) {
        detail::touch_write(lock_->id(), detail::kLockAcquire);
        leave();
        finish_wait();  // the fault: throws a cancellation, and keeps the wake-up
      }
      lock_->locked = true;
    }

   private:
    detail::Ref<State> lock_;
  };

  Acquire acquire() const { return Acquire(state_); }
  void release() const {
    detail::touch_write(state_->id(), detail::kLockRelease);
    state_->locked = false;
    state_->line.wake(1);
  }

 private:
  detail::Ref<State> state_{new State()};
};

template <class L>
Coro<void> lock_user(L& lock, int pad) {
  co_await pads(pad);
  co_await lock.acquire();
  try {
    co_await pads(2);
  } catch (const CancelledError&) {
    lock.release();
    throw;
  }
  lock.release();
}

template <class L>
void build_lock_cancelled(Scene& scene) {
  auto& lock = scene.make<L>();
  auto& requested = scene.make<Shared<bool>>(false, "requested");
  scene.spawn(lock_user(lock, 0));
  const Task<> victim = scene.spawn(lock_user(lock, 1));
  scene.spawn(lock_user(lock, 2));
  scene.spawn(canceller(victim, requested, 7));
}

}  // namespace

void lock_cancelled(Scene& scene, int variant, int) {
  variant == kFault ? build_lock_cancelled<Lock361>(scene) : build_lock_cancelled<Lock>(scene);
}

// A condition whose waiter is cancelled after it was notified, and nobody else is notified (cpython#112202,
// until 3.12).

namespace {

class Condition312 {
  class State final : public detail::SharedState {
   public:
    explicit State(Lock condition_lock)
        : lock(std::move(condition_lock)), line(id(), "Condition", {}, detail::WakeOrder::kFree) {}
    Lock lock;
    detail::Line line;
  };
  class Notification : public detail::LineWaiter {
   public:
    explicit Notification(State& condition) : LineWaiter(condition.line), condition_(condition.id()) {}
    bool await_ready() const {
      detail::touch_write(condition_, "Condition.wait");
      return false;
    }
    void await_resume() {
      detail::touch_write(condition_, "Condition.wait");
      leave();
      finish_wait();
    }

   private:
    detail::ObjectId condition_;
  };

 public:
  explicit Condition312(Lock lock) : state_(new State(std::move(lock))) {}

  Coro<void> wait() const { return wait(state_); }
  void notify() const {
    detail::touch_write(state_->id(), "Condition.notify");
    state_->line.wake(1);
  }
  void notify_all() const {
    detail::touch_write(state_->id(), "Condition.notify");
    state_->line.wake_all();
  }

 private:
  static Coro<void> wait(detail::Ref<State> condition) {
    condition->lock.release();
    std::exception_ptr error;
    try {
      co_await Notification(*condition);
    } catch (...) {
      error = std::current_exception();
    }
    bool acquired = false;
    while (!acquired) {
      try {
        acquired = co_await condition->lock.acquire();
      } catch (const CancelledError&) {
        error = std::current_exception();
      }
    }
    if (error) std::rethrow_exception(error);  // the fault: the notification is lost with it
  }

  detail::Ref<State> state_;
};

template <class C>
struct Shop {
  Lock lock;
  C changed{lock};
  Shared<int> items{0, "items"};
  Shared<int> waiting{0, "waiting"};
  Shared<bool> closed{false, "closed"};
  Shared<bool> requested{false, "requested"};
};

template <class C>
Coro<void> customer(Shop<C>& shop, int pad) {
  co_await pads(pad);
  const auto guard = co_await shop.lock.scoped();
  shop.waiting.set(shop.waiting.get() + 1);
  try {
    while (shop.items.get() == 0 && !shop.closed.get()) co_await shop.changed.wait();
  } catch (const CancelledError&) {
    shop.waiting.set(shop.waiting.get() - 1);
    throw;
  }
  shop.waiting.set(shop.waiting.get() - 1);
  if (!shop.closed.get()) shop.items.set(shop.items.get() - 1);
}

template <class C>
Coro<void> supplier(Shop<C>& shop, int pad) {
  co_await pads(pad);
  const auto guard = co_await shop.lock.scoped();
  shop.items.set(shop.items.get() + 1);
  shop.changed.notify();
}

// Comes when nothing can go on any more: a customer may wait then, but not beside an item.
template <class C>
Coro<void> closing_time(Shop<C>& shop) {
  co_await sleep(30min);
  check(shop.items.get() == 0 || shop.waiting.get() == 0, "notification lost");
  const auto guard = co_await shop.lock.scoped();
  shop.closed.set(true);
  shop.changed.notify_all();
}

template <class C>
void build_condition_cancelled(Scene& scene) {
  auto& shop = scene.make<Shop<C>>();
  const Task<> victim = scene.spawn(customer(shop, 0));
  scene.spawn(customer(shop, 1));
  scene.spawn(supplier(shop, 3));
  scene.spawn(canceller(victim, shop.requested, 7));
  scene.spawn(closing_time(shop));
}

}  // namespace

void condition_cancelled(Scene& scene, int variant, int) {
  variant == kFault ? build_condition_cancelled<Condition312>(scene) : build_condition_cancelled<Condition>(scene);
}

// A semaphore that a newcomer takes before the waiter that was woken for it, which goes to the end of the line
// (cpython#90155; until 3.10.3).

namespace {

class Semaphore310 {
  class State final : public detail::SharedState {
   public:
    explicit State(int units) : value(units), line(id(), "Semaphore", {}, detail::WakeOrder::kFirstInFirstOut) {}
    int value;
    detail::Line line;
  };
  class Turn : public detail::LineWaiter {
   public:
    explicit Turn(State& semaphore) : LineWaiter(semaphore.line), semaphore_(semaphore.id()) {}
    bool await_ready() const { return false; }
    void await_resume() {
      detail::touch_write(semaphore_, "Semaphore.acquire");
      leave();
      finish_wait();
    }

   private:
    detail::ObjectId semaphore_;
  };

 public:
  explicit Semaphore310(int value) : state_(new State(value)) {}

  /// REQUIRES: the task is not cancelled.
  Coro<void> acquire() const { return acquire(state_); }
  void release() const {
    detail::touch_write(state_->id(), "Semaphore.release");
    ++state_->value;
    state_->line.wake_and_drop_next();
  }

 private:
  static Coro<void> acquire(detail::Ref<State> semaphore) {
    detail::touch_write(semaphore->id(), "Semaphore.acquire");
    // The fault: whoever comes first takes the unit, whether others wait or not.
    while (semaphore->value <= 0) co_await Turn(*semaphore);
    --semaphore->value;
  }

  detail::Ref<State> state_;
};

template <class S>
struct Counter {
  S semaphore{1};
  Shared<int> tickets{0, "tickets"};
  Shared<int> served{0, "served"};
};

template <class S>
Coro<void> visitor(Counter<S>& counter, int pad) {
  co_await pads(pad);
  const int ticket = counter.tickets.get();
  counter.tickets.set(ticket + 1);
  co_await counter.semaphore.acquire();
  check(counter.served.get() == ticket, "overtaken");
  counter.served.set(ticket + 1);
  co_await sleep(0ms);
  counter.semaphore.release();
}

template <class S>
void build_semaphore_overtaken(Scene& scene) {
  auto& counter = scene.make<Counter<S>>();
  scene.spawn(visitor(counter, 0));
  scene.spawn(visitor(counter, 0));
  scene.spawn(visitor(counter, 6));
}

}  // namespace

void semaphore_overtaken(Scene& scene, int variant, int) {
  variant == kFault ? build_semaphore_overtaken<Semaphore310>(scene) : build_semaphore_overtaken<Semaphore>(scene);
}

// A limiter whose waiter is cancelled after it was given a token, and keeps it (anyio#947; until 4.9.0).

namespace {

template <int kVariant>
class CapacityLimiter {
 public:
  explicit CapacityLimiter(int tokens) : tokens_(tokens) {}

  Coro<void> acquire() {
    const std::deque<Entry>& line = line_.get();
    if (line.empty() && borrowed_.get() < tokens_) {
      borrowed_.set(borrowed_.get() + 1);
      co_return;
    }
    const Entry entry{++entries_, Event()};
    line_.edit().push_back(entry);
    try {
      co_await entry.granted.wait();
    } catch (...) {
      std::erase_if(line_.edit(), [&](const Entry& each) { return each.number == entry.number; });
      if (kVariant == kCorrect && entry.granted.is_set()) notify_next();
      throw;
    }
    borrowed_.set(borrowed_.get() + 1);
  }
  void release() {
    borrowed_.set(borrowed_.get() - 1);
    notify_next();
  }

 private:
  struct Entry {
    int number;
    Event granted;
  };
  void notify_next() {
    if (line_.get().empty() || borrowed_.get() >= tokens_) return;
    const Event granted = line_.get().front().granted;
    line_.edit().pop_front();
    granted.set();
  }

  int tokens_;
  int entries_ = 0;
  Shared<int> borrowed_{0, "borrowed"};
  Shared<std::deque<Entry>> line_{{}, "line"};
};

template <class L>
void build_limiter_cancelled(Scene& scene) {
  auto& limiter = scene.make<L>(1);
  auto& requested = scene.make<Shared<bool>>(false, "requested");
  scene.spawn(lock_user(limiter, 0));
  const Task<> victim = scene.spawn(lock_user(limiter, 1));
  scene.spawn(lock_user(limiter, 2));
  scene.spawn(canceller(victim, requested, 7));
}

}  // namespace

void limiter_cancelled(Scene& scene, int variant, int) {
  variant == kFault ? build_limiter_cancelled<CapacityLimiter<kFault>>(scene)
                    : build_limiter_cancelled<CapacityLimiter<kCorrect>>(scene);
}

}  // namespace corosim::kernels
