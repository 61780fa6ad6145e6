#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <corosim/runtime/access.hpp>
#include <corosim/runtime/future.hpp>
#include <corosim/runtime/site.hpp>

namespace corosim::sim {

class Scheduler;

/// What a program under test wants looked at after every step.
struct Watched {
  enum class Kind : std::uint8_t { kAlways, kNever, kEventually };

  Kind kind;
  std::string name;
  std::function<bool()> predicate;
  Site where;
  std::uint64_t rounds = 0;  // kEventually: how many it may take
  Future<void> reached{};    // kEventually
  detail::ObjectId object = 0;
  std::uint64_t first_round = 0;
  std::uint64_t id = 0;
};

/// The monitors of a run. After each step those that are registered are asked, in the order of their registration.
///
/// A predicate reads what steps write: two steps that write different objects of which it reads both are told to the
/// log as dependent, since what it sees in between depends on their order. Its reads are otherwise nobody's.
///
/// Rounds measure fairness: one is over when all that was ready at its beginning has run. Under a schedule that leaves
/// a task out no round ends, so that no schedule can be blamed for what is not reached within a number of rounds.
class MonitorList {
 public:
  /// What is wrong, and where.
  struct Violation {
    std::string what;
    Site where;
  };

  explicit MonitorList(const Scheduler& scheduler) : scheduler_(scheduler) {}

  bool empty() const { return all_.empty(); }
  void clear();
  /// Returns its number, and asks it for the first time.
  std::uint64_t add(Watched watched, std::optional<Violation>& violation);
  /// Asks it for the last time.
  std::optional<Violation> remove(std::uint64_t id);
  /// The first that does not hold.
  std::optional<Violation> step_ended();

 private:
  bool holds(const Watched& watched);
  std::optional<Violation> ask(Watched& watched);
  void count_round();

  const Scheduler& scheduler_;
  std::vector<Watched> all_;
  detail::AccessLog reads_;  // scratch: of the predicate that is asked
  std::uint64_t added_ = 0;
  std::uint64_t rounds_ = 0;
  std::uint64_t round_start_ = 0;  // step after which the round under way began
};

}  // namespace corosim::sim
