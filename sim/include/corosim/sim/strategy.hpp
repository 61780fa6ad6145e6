#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <corosim/runtime/runnable.hpp>
#include <corosim/sim/random.hpp>
#include <corosim/sim/step_watcher.hpp>

namespace corosim::sim {

/// Which orders of ready handles are possible.
enum class Order : std::uint8_t {
  kFifo,   // exactly asyncio's: no choice is left
  kLegal,  // what asyncio documents: lanes keep their order, the rest is free
  kAny,    // a handle runs after what made it ready; all else is free
};
std::string_view to_string(Order order);
/// Throws ValueError naming the three words.
Order parse_order(std::string_view word);

/// The first handles of the ready lanes, one of which runs next. Place 0 holds the one that has been ready longest, as
/// long as only place 0 is chosen; a choice moves the handle of place 0 to the chosen place.
class ReadySet {
 public:
  ReadySet() : ring_(kInitialSize), actors_(kInitialSize) {}

  std::size_t size() const { return static_cast<std::size_t>(tail_ - head_); }
  bool empty() const { return head_ == tail_; }
  detail::Runnable& operator[](std::size_t place) const { return *ring_[index(head_ + place)]; }
  /// Whose step that is, without a look at the handle.
  Actor actor(std::size_t place) const { return actors_[index(head_ + place)]; }

  // For strategies that remember where the handles stand. A position is a place that the choice of another one leaves
  // as it is; new handles get higher ones.
  std::uint64_t position(std::size_t place) const { return head_ + place; }
  std::size_t place_at(std::uint64_t position) const { return static_cast<std::size_t>(position - head_); }
  /// Whether `actor` stands at `position`, which may be one of the past.
  bool is_at(std::uint64_t position, Actor actor) const {
    return position >= head_ && position < tail_ && actors_[index(position)] == actor;
  }
  /// How often a handle was taken back so far: others may have taken its place.
  std::uint64_t withdrawals() const { return withdrawals_; }

 private:
  friend class Scheduler;
  static constexpr std::size_t kInitialSize = 64;

  std::size_t index(std::uint64_t position) const { return static_cast<std::size_t>(position) & mask_; }
  void push(detail::Runnable& handle) {
    if (size() > mask_) grow();
    put(tail_++, handle);
  }
  void replace(std::size_t place, detail::Runnable& handle) { put(head_ + place, handle); }
  void remove(std::size_t place) {
    if (place != 0) replace(place, (*this)[0]);
    ++head_;
  }
  void put(std::uint64_t position, detail::Runnable& handle) {
    handle.position = position;
    ring_[index(position)] = &handle;
    actors_[index(position)] = handle.actor;
  }
  void grow();
  void note_withdrawal() { ++withdrawals_; }
  std::size_t place_of(const detail::Runnable& handle) const { return place_at(handle.position); }
  void clear() { head_ = tail_ = 0; }

  std::vector<detail::Runnable*> ring_;  // size a power of two; place p at (head + p) modulo the size
  std::vector<Actor> actors_;            // of these
  std::size_t mask_ = kInitialSize - 1;
  std::uint64_t head_ = 0;
  std::uint64_t tail_ = 0;
  std::uint64_t withdrawals_ = 0;
};

/// Takes the decisions of a run: which of several ready lanes goes on. One object serves many runs of one program in
/// one Simulation, and may learn from one to the next: its decisions depend on the seeds of all runs since it was made,
/// and on nothing else.
class Strategy : public StepWatcher {
 public:
  /// What pick() returns to end the run here.
  static constexpr std::size_t kAbandon = static_cast<std::size_t>(-1);

  virtual std::string_view name() const = 0;
  /// A run begins.
  virtual void begin(Seed seed) = 0;
  /// The place in `ready` that runs next, or kAbandon. Called only where there is more than one, unless picks_always().
  /// `ready.actor(place)` says whose step it would be.
  virtual std::size_t pick(const ReadySet& ready) = 0;
  /// Whether it wants executed() to be called, with what each step touched.
  virtual bool watches() const { return false; }
  virtual bool picks_always() const { return false; }
  /// Whether a run depends on the runs before: then its seed alone does not name it.
  virtual bool learns() const { return true; }
  /// Whether it looks at `ready.actor(place)`.
  virtual bool sees_actors() const { return true; }
  void executed(const Executed&) override {}
  /// The run is over; `failed`: the program was found wrong.
  virtual void end(bool failed) { static_cast<void>(failed); }
};

/// The one that has been ready longest.
class FifoStrategy final : public Strategy {
 public:
  std::string_view name() const override { return "fifo"; }
  void begin(Seed) override {}
  std::size_t pick(const ReadySet&) override { return 0; }
  bool sees_actors() const override { return false; }
  bool learns() const override { return false; }
};

/// Each with equal probability: a random walk.
class RandomStrategy final : public Strategy {
 public:
  std::string_view name() const override { return "random"; }
  void begin(Seed seed) override { random_ = Random(seed, kScheduleStream); }
  std::size_t pick(const ReadySet& ready) override { return static_cast<std::size_t>(random_.below(ready.size())); }
  bool sees_actors() const override { return false; }
  bool learns() const override { return false; }

 private:
  Random random_{0, kScheduleStream};
};

/// The strategy of that name. Throws ValueError listing those there are.
std::unique_ptr<Strategy> make_strategy(std::string_view name);
/// All names, the default first.
std::vector<std::string_view> strategy_names();

}  // namespace corosim::sim
