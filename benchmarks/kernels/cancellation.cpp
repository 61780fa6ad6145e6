// Kernels whose task is cancelled, or times out, at the wrong moment.
#include <algorithm>
#include <deque>

#include "programs.hpp"

namespace corosim::kernels {

using namespace std::chrono_literals;

// Cancelled between an acquire and the try block that would release: the lock stays locked.

namespace {

struct Logged {
  Lock lock;
  Shared<int> log{0, "log"};
};

Coro<void> cl_victim(Logged& s, int pad) {
  co_await pads(pad);
  co_await s.lock.acquire();
  co_await sleep(0ms);  // writes an audit record, say; outside of the try block
  try {
    co_await sleep(0ms);
    s.log.set(s.log.get() + 1);
  } catch (const CancelledError&) {
    s.lock.release();
    throw;
  }
  s.lock.release();
}

Coro<void> cl_other(Logged& s, int pad) {
  co_await pads(pad);
  co_await s.lock.acquire();
  co_await sleep(0ms);
  s.lock.release();
}

Coro<void> cl_cancel(Task<> victim, int pad) {
  co_await pads(pad);
  victim.cancel();
}

}  // namespace

void cancel_leak(Scene& scene, int pad, int) {
  auto& s = scene.make<Logged>();
  const Task<> victim = scene.spawn(cl_victim(s, 0));
  scene.spawn(cl_other(s, pad));
  scene.spawn(cl_cancel(victim, pad));
}

// A queue that loses the item of a get() which is cancelled after the item was handed to it.

namespace {

class LossyQueue {
 public:
  class Get;
  Get get();
  void put(int item);

 private:
  detail::ObjectId id_ = detail::new_object_id();
  std::deque<int> items_;
  std::deque<Get*> getters_;  // in the order of their coming; one that was cancelled stays until its task's step
};

class LossyQueue::Get : public detail::Waiter {
 public:
  explicit Get(LossyQueue& queue) : queue_(queue) {}
  ~Get() { leave(); }

  bool await_ready() {
    detail::touch_write(queue_.id_, "Queue.get");
    if (queue_.items_.empty()) return false;
    item_ = queue_.items_.front();
    queue_.items_.pop_front();
    return true;
  }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) {
    queue_.getters_.push_back(this);
    park(handle.promise());
  }
  int await_resume() {
    if (status_ != Status::kIdle) {
      detail::touch_write(queue_.id_, "Queue.get");
      leave();
      finish_wait();  // the fault: throws a cancellation also where it has an item
    }
    return item_;
  }
  std::string_view waits_for() const override { return "Queue.get"; }

 private:
  friend class LossyQueue;
  void leave() { std::erase(queue_.getters_, this); }

  LossyQueue& queue_;
  int item_ = -1;
};

LossyQueue::Get LossyQueue::get() { return Get(*this); }

void LossyQueue::put(int item) {
  detail::touch_write(id_, "Queue.put");
  if (getters_.empty()) {
    items_.push_back(item);
    return;
  }
  Get* const first = getters_.front();
  getters_.pop_front();
  first->item_ = item;
  first->wake();
}

struct Delivery {
  LossyQueue queue;
  Shared<int> got{0, "got"};
};

Coro<void> ql_cons(Delivery& s, int tries) {
  for (int i = 0; i < tries; ++i) {
    try {
      co_await s.queue.get();
      s.got.set(1);
      co_return;
    } catch (const CancelledError&) {
    }
  }
  co_await s.queue.get();
  s.got.set(1);
}

Coro<void> ql_prod(Delivery& s, int pad) {
  co_await pads(pad);
  s.queue.put(7);
}

Coro<void> ql_timeout(Delivery& s, Task<> consumer, int pad) {
  co_await pads(pad);
  if (!s.got.get()) consumer.cancel();
}

}  // namespace

void queue_lost(Scene& scene, int pad, int) {
  auto& s = scene.make<Delivery>();
  const Task<> consumer = scene.spawn(ql_cons(s, 1));
  scene.spawn(ql_prod(s, pad));
  scene.spawn(ql_timeout(s, consumer, pad));
}

// A late response is taken for that of the retried request, which uses the same slot.

namespace {

struct Slot {
  Shared<int> inflight{0, "inflight"};
  Shared<int> response{0, "response"};
  Event got{"got"};
  Event first_request{"first_request"};
  Event second_request{"second_request"};
};

Coro<void> rr_client(Slot& s) {
  s.inflight.set(1);
  s.first_request.set();
  co_await s.got.wait();
  if (s.response.get() == 0) {  // woken by the timer
    s.got.clear();
    co_await sleep(0ms);
    s.inflight.set(2);
    s.second_request.set();
    co_await s.got.wait();
    check(s.response.get() != 1, "stale response accepted");
  }
}

Coro<void> rr_server(Slot& s, int pad) {
  co_await s.first_request.wait();
  co_await pads(pad);
  s.response.set(1);
  s.got.set();
  co_await pads(2);
}

Coro<void> rr_server2(Slot& s, int pad) {
  co_await s.second_request.wait();
  co_await pads(1);
  if (s.response.get() == 0) s.response.set(2);
  s.got.set();
  co_await pads(pad);
}

Coro<void> rr_timer(Slot& s, int pad) {
  co_await pads(pad);
  if (!s.got.is_set() && s.inflight.get() == 1) s.got.set();
}

Coro<void> rr_giveup(Slot& s, int pad) {
  co_await pads(pad);
  s.second_request.set();
}

}  // namespace

void timeout_race(Scene& scene, int pad, int) {
  auto& s = scene.make<Slot>();
  scene.spawn(rr_client(s));
  scene.spawn(rr_server(s, pad));
  scene.spawn(rr_server2(s, pad));
  scene.spawn(rr_timer(s, 2 * pad));
  scene.spawn(rr_giveup(s, 6 * pad));
}

}  // namespace corosim::kernels
