#include <corosim/sim/footprint.hpp>

#include <optional>

#include <corosim/sim/random.hpp>

namespace corosim::sim {

namespace {

constexpr std::uint64_t kNone = 0x2545f4914f6cdd1dU;  // the digest of no accesses; 0 would be a fixed point of mix()

std::uint64_t digest(std::uint64_t before, std::uint64_t object, Access access) {
  return mix(before ^ (object + static_cast<std::uint64_t>(access)));
}

}  // namespace

Footprints::Footprints() : entries_(1) {}

std::uint32_t Footprints::number_of(detail::ObjectId object) {
  std::uint32_t& number = numbers_[object];
  if (number == 0) {
    objects_.push_back(object);
    number = static_cast<std::uint32_t>(objects_.size());
  }
  return number - 1;
}

FootprintId Footprints::of(std::span<const detail::Touch> touches) {
  std::uint64_t key = kNone;
  for (const detail::Touch& touch : touches) key = digest(key, touch.object, touch.access);
  if (const FootprintId* const known = by_touches_.find(key)) return *known;
  scratch_.clear();
  for (const detail::Touch& touch : touches) {
    const ObjectAccess access{number_of(touch.object), touch.access};
    if (!told(access)) scratch_.push_back(access);
  }
  const FootprintId id = of(std::span<const ObjectAccess>(scratch_));
  by_touches_[key] = id;
  return id;
}

// Whether it adds nothing to what the accesses so far amount to.
bool Footprints::told(const ObjectAccess& access) const {
  std::optional<Access> so_far;
  for (const ObjectAccess& each : scratch_) {
    if (each.object == access.object) so_far = so_far ? both(*so_far, each.access) : each.access;
  }
  return so_far && both(*so_far, access.access) == *so_far;
}

FootprintId Footprints::of(std::span<const ObjectAccess> accesses) {
  std::uint64_t key = kNone;
  for (const ObjectAccess& each : accesses) key = digest(key, objects_[each.object], each.access);
  FootprintId& id = by_accesses_[key];
  if (id != 0) return id;
  Entry entry;
  entry.first = static_cast<std::uint32_t>(accesses_.size());
  entry.count = static_cast<std::uint32_t>(accesses.size());
  for (const ObjectAccess& each : accesses) {
    std::uint64_t& objects = each.access == Access::kRead  ? entry.reads
                             : each.access == Access::kAdd ? entry.adds
                                                           : entry.writes;
    objects |= std::uint64_t{1} << (each.object % 64);
    accesses_.push_back(each);
  }
  entries_.push_back(entry);
  return id = static_cast<FootprintId>(entries_.size() - 1);
}

bool Footprints::conflict_exactly(const Entry& a, const Entry& b) const {
  for (std::uint32_t i = a.first; i < a.first + a.count; ++i) {
    for (std::uint32_t j = b.first; j < b.first + b.count; ++j) {
      if (accesses_[i].object == accesses_[j].object && conflicting(accesses_[i].access, accesses_[j].access))
        return true;
    }
  }
  return false;
}

}  // namespace corosim::sim
