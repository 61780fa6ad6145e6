#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <corosim/sim/footprint.hpp>

namespace corosim::sim {

/// What steps did next, by what they had seen: a step is a function of its past and of what it reads, so one that has
/// seen the same does the same again. From that it is known what a step would touch that has not run yet; and where a
/// step did something else this time, it has seen something that nobody told us: undeclared shared state.
///
/// Keys are values of PastHash. Of bounded size: forgets single entries once it is full.
class StepMemory {
 public:
  /// The next access, or the end of the step with its whole footprint.
  class Next {
   public:
    Next() = default;
    explicit Next(const ObjectAccess& access)
        : value_((std::uint64_t{access.object} << 2 | static_cast<std::uint64_t>(access.access)) + 1) {}
    explicit Next(FootprintId whole) : value_(~std::uint64_t{whole}) {}

    bool known() const { return value_ != 0; }
    bool is_end() const { return (value_ >> 63) != 0; }
    ObjectAccess access() const {
      const std::uint64_t packed = value_ - 1;
      return {static_cast<std::uint32_t>(packed >> 2), static_cast<Access>(packed & 3)};
    }
    FootprintId footprint() const { return static_cast<FootprintId>(~value_); }
    friend bool operator==(const Next&, const Next&) = default;

   private:
    std::uint64_t value_ = 0;  // 0: not known
  };

  StepMemory();
  /// A step with that past went on with `next`. False: another one, with the same past, did something else.
  bool learn(std::uint64_t past, Next next);
  /// What a step with that past does next.
  Next recall(std::uint64_t past) const;

 private:
  struct Entry {
    std::uint64_t past = 0;
    Next next;
  };
  static constexpr std::size_t kProbes = 8;

  void grow();

  std::vector<Entry> entries_;  // size a power of two; an entry is in one of kProbes places from its past on
  std::size_t size_ = 0;
};

}  // namespace corosim::sim
