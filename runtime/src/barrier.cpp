#include <corosim/runtime/barrier.hpp>

#include <cstdint>
#include <exception>

#include <corosim/runtime/assert.hpp>
#include <corosim/runtime/condition.hpp>

namespace corosim {

class detail::BarrierState final : public SharedState {
 public:
  enum class Phase : std::uint8_t { kFilling, kDraining, kResetting, kBroken };

  BarrierState(int party_count, const std::string& name)
      : condition(Lock(name), "Barrier", name), parties(party_count) {}

  Coro<void> wait_for_entrance();
  Coro<void> wait_until_full();
  void enter(Phase next) {
    touch_write(id(), "Barrier");
    phase = next;
    condition.notify_all({});
  }
  void leave();

  Condition condition;  // notified at each change of the phase
  int parties;
  int count = 0;  // tasks inside; it and the phase change under the condition's lock
  Phase phase = Phase::kFilling;
};

namespace {

using detail::BarrierState;
using detail::Ref;
using Phase = BarrierState::Phase;

// CPython 3.14 `locks.py`, Barrier.wait.
Coro<int> wait_at(Ref<BarrierState> barrier) {
  const auto guard = co_await barrier->condition.scoped();
  co_await barrier->wait_for_entrance();
  detail::touch_write(barrier->id(), "Barrier.wait");
  const int index = barrier->count++;
  std::exception_ptr error;
  try {
    if (index + 1 == barrier->parties) {
      barrier->enter(Phase::kDraining);
    } else {
      co_await barrier->wait_until_full();
    }
  } catch (...) {
    error = std::current_exception();
  }
  barrier->leave();
  if (error) std::rethrow_exception(error);
  co_return index;
}

Coro<void> reset_barrier(Ref<BarrierState> barrier) {
  const auto guard = co_await barrier->condition.scoped();
  barrier->enter(barrier->count > 0 ? Phase::kResetting : Phase::kFilling);
}

Coro<void> abort_barrier(Ref<BarrierState> barrier) {
  const auto guard = co_await barrier->condition.scoped();
  barrier->enter(Phase::kBroken);
}

}  // namespace

// CPython's Barrier._block.
Coro<void> BarrierState::wait_for_entrance() {
  const auto open = [this] { return phase != Phase::kDraining && phase != Phase::kResetting; };
  co_await condition.wait_for(open);
  if (phase == Phase::kBroken) throw BrokenBarrierError("Barrier aborted");
}

// CPython's Barrier._wait.
Coro<void> BarrierState::wait_until_full() {
  const auto over = [this] { return phase != Phase::kFilling; };
  co_await condition.wait_for(over);
  if (phase != Phase::kDraining) throw BrokenBarrierError("Abort or reset of barrier");
}

// CPython's Barrier._exit. The last to leave opens the barrier for the next round.
void BarrierState::leave() {
  COROSIM_ASSERT_CMP(count, >, 0);
  touch_write(id(), "Barrier.wait");
  if (--count > 0) return;
  enter(phase == Phase::kBroken ? Phase::kBroken : Phase::kFilling);
}

Barrier::Barrier(int parties, const std::string& name) {
  if (parties < 1) throw ValueError("parties must be >= 1");
  state_ = Ref(new BarrierState(parties, name));
}
Barrier::Barrier(const Barrier& other) = default;
Barrier& Barrier::operator=(const Barrier& other) = default;
Barrier::~Barrier() = default;

Coro<int> Barrier::wait() const { return wait_at(state_); }
Coro<void> Barrier::reset() const { return reset_barrier(state_); }
Coro<void> Barrier::abort() const { return abort_barrier(state_); }

int Barrier::parties() const { return state_->parties; }
int Barrier::n_waiting() const {
  detail::touch_read(state_->id(), "Barrier.n_waiting");
  return state_->phase == Phase::kFilling ? state_->count : 0;
}
bool Barrier::broken() const {
  detail::touch_read(state_->id(), "Barrier.broken");
  return state_->phase == Phase::kBroken;
}

}  // namespace corosim
