#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <corosim/runtime/access.hpp>
#include <corosim/sim/flat_map.hpp>

namespace corosim::sim {

/// Whether two steps must stay in order that touch one object so.
constexpr bool conflicting(Access a, Access b) { return a != b || (a != Access::kRead && a != Access::kAdd); }
/// What two accesses of one step to an object amount to.
constexpr Access both(Access a, Access b) {
  if (a == Access::kGrant || b == Access::kGrant) return Access::kGrant;
  return a == b ? a : Access::kWrite;
}

/// A step's accesses without their repetitions: each object when it is first touched, and again where a later access
/// is stronger than all before it together. In order, so that a prefix of it is what the step did up to some point.
struct ObjectAccess {
  std::uint32_t object;  // numbered from 0, in a Footprints
  Access access;

  friend bool operator==(const ObjectAccess&, const ObjectAccess&) = default;
};

/// Names a footprint in a Footprints.
using FootprintId = std::uint32_t;

/// The footprints that steps were seen to have, each kept once, so that steps of many runs can be compared by two small
/// numbers. Grows with the number of different footprints, not with that of steps.
class Footprints {
 public:
  /// Conflicts with every footprint: of the step that ends a program.
  static constexpr FootprintId kEverything = 0;

  Footprints();

  FootprintId of(std::span<const detail::Touch> touches);
  FootprintId of(std::span<const ObjectAccess> accesses);
  std::span<const ObjectAccess> accesses(FootprintId id) const {
    return {accesses_.data() + entries_[id].first, entries_[id].count};
  }
  /// Whether two steps with these footprints depend on each other.
  bool conflict(FootprintId a, FootprintId b) const {
    if (a == kEverything || b == kEverything) return true;
    const Entry& x = entries_[a];
    const Entry& y = entries_[b];
    const bool may = (x.writes & (y.reads | y.adds | y.writes)) | ((x.reads | x.adds) & y.writes) | (x.reads & y.adds) |
                     (x.adds & y.reads);
    return may && conflict_exactly(x, y);
  }
  std::uint32_t object_count() const { return static_cast<std::uint32_t>(objects_.size()); }
  detail::ObjectId object(std::uint32_t number) const { return objects_[number]; }

 private:
  // The objects of the accesses as sets of their numbers modulo 64, which show most pairs to be independent.
  struct Entry {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    std::uint64_t reads = 0;
    std::uint64_t adds = 0;
    std::uint64_t writes = 0;
  };

  std::uint32_t number_of(detail::ObjectId object);
  bool told(const ObjectAccess& access) const;
  bool conflict_exactly(const Entry& a, const Entry& b) const;

  std::vector<ObjectAccess> accesses_;  // of all entries
  std::vector<Entry> entries_;
  FlatMap<FootprintId> by_touches_;   // by a digest of the touches as they came; 0 for none
  FlatMap<FootprintId> by_accesses_;  // by a digest of the accesses; 0 for none
  FlatMap<std::uint32_t> numbers_;    // of objects, from 1
  std::vector<detail::ObjectId> objects_;
  std::vector<ObjectAccess> scratch_;
};

}  // namespace corosim::sim
