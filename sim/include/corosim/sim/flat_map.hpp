#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace corosim::sim {

/// A map from well-mixed 64-bit keys (names, hashes) to small values, for use at every step: open addressing, no
/// allocation once it has grown, and emptied in constant time.
template <class Value>
class FlatMap {
 public:
  FlatMap() : slots_(kInitialSize) {}

  std::size_t size() const { return size_; }
  /// The value of `key`; a new one, made by Value(), where there was none.
  Value& operator[](std::uint64_t key) {
    if (2 * (size_ + 1) > slots_.size()) grow();
    Slot& slot = slots_[place_of(key)];
    if (slot.epoch != epoch_) {
      slot = {key, epoch_, Value()};
      ++size_;
    }
    return slot.value;
  }
  /// The value of `key`, or null.
  Value* find(std::uint64_t key) {
    Slot& slot = slots_[place_of(key)];
    return slot.epoch == epoch_ ? &slot.value : nullptr;
  }
  const Value* find(std::uint64_t key) const { return const_cast<FlatMap*>(this)->find(key); }
  /// From here on, so many new keys leave the values where they stand.
  void make_room(std::size_t keys) {
    while (2 * (size_ + keys) > slots_.size()) grow();
  }
  /// Calls `visit(key, value)` for each, in an order that nothing may depend on.
  template <class F>
  void for_each(F visit) const {
    for (const Slot& slot : slots_) {
      if (slot.epoch == epoch_) visit(slot.key, slot.value);
    }
  }
  void clear() {
    ++epoch_;
    size_ = 0;
  }

 private:
  static constexpr std::size_t kInitialSize = 64;
  struct Slot {
    std::uint64_t key = 0;
    std::uint64_t epoch = 0;  // in use where it is the map's
    Value value{};
  };

  // Where `key` stands, or would.
  std::size_t place_of(std::uint64_t key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t place = static_cast<std::size_t>(key) & mask;
    while (slots_[place].epoch == epoch_ && slots_[place].key != key) place = (place + 1) & mask;
    return place;
  }
  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (Slot& slot : old) {
      if (slot.epoch == epoch_) slots_[place_of(slot.key)] = std::move(slot);
    }
  }

  std::vector<Slot> slots_;  // size a power of two, at most half in use
  std::uint64_t epoch_ = 1;
  std::size_t size_ = 0;
};

}  // namespace corosim::sim
