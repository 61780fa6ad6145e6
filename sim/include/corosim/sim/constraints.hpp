#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <corosim/sim/random.hpp>
#include <corosim/sim/step_name.hpp>
#include <corosim/sim/strategy.hpp>

namespace corosim::sim {

/// One step runs before another. A failing schedule is a plain default order and a few of these: they are what the
/// failure depends on, and its explanation.
struct Constraint {
  StepName first;
  StepName second;

  auto operator<=>(const Constraint&) const = default;
};

/// Who runs where no constraint has a say. Plain and without chance, so that whatever a schedule does beyond it is
/// there for a reason.
class DefaultOrder {
 public:
  enum class Kind : std::uint8_t {
    kFifo,      // whoever has been ready longest: nearly asyncio's own order
    kEldest,    // of those that are ready, the one that was made first
    kYoungest,  // the one that was made last
    kFavour,    // a named one whenever it is ready; otherwise as kEldest
    kRandom,    // by chance; for how often a set of constraints is enough
  };

  DefaultOrder(Kind kind) : kind_(kind) {}
  /// kFavour.
  static DefaultOrder favouring(std::string actor);

  Kind kind() const { return kind_; }
  const std::string& favourite() const { return favourite_; }
  /// "fifo", "eldest", "youngest", "checker#1-first", "random".
  std::string text() const;
  /// Nothing where `text` is none of these.
  static std::optional<DefaultOrder> parse(std::string_view text);

  bool operator==(const DefaultOrder&) const = default;

 private:
  Kind kind_;
  std::string favourite_;
};

/// Keeps constraints over a default order. Where the one whose turn it is must wait for another's step, that other one
/// runs, or whoever it waits for in turn, so that nobody takes a step that the constraints do not ask for.
///
/// A constraint cannot be kept where its first step can only come after its second. It is given up when nobody else can
/// run, and is told by broken().
class ConstrainedStrategy final : public Strategy {
 public:
  ConstrainedStrategy(DefaultOrder order, std::vector<Constraint> constraints) { set(order, std::move(constraints)); }

  /// What the next run keeps.
  void set(const DefaultOrder& order, std::vector<Constraint> constraints);

  std::string_view name() const override { return "constraints"; }
  void begin(Seed seed) override;
  std::size_t pick(const ReadySet& ready) override;
  bool picks_always() const override { return true; }

  // Of the latest run:

  /// Which of the constraints have changed it: with these alone it would have been the same run.
  std::vector<Constraint> used() const;
  /// Which of the constraints were given up.
  std::vector<Constraint> broken() const;
  /// The number of that step, from 1; 0 where it did not run.
  std::uint64_t when(const StepName& step) const;
  /// How many steps each actor took before step `number`; in all, where it is 0.
  std::vector<std::pair<std::string, std::uint32_t>> steps_before(std::uint64_t number) const;
  /// Whether there was such an actor.
  bool met(const std::string& actor) const;

 private:
  using Name = std::uint32_t;  // an actor's name, numbered over all runs
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);
  struct Pair {
    Name first;
    std::uint32_t first_nth;
    Name second;
    std::uint32_t second_nth;
    bool used = false;
  };
  // A place of the ready set, as the default orders see it.
  struct Candidate {
    Actor actor;
    Name name;
    std::uint64_t seniority;  // ascending by creation
    std::uint64_t arrival;    // ascending by when it became ready
    bool had_its_share;
    bool passed_over = false;
  };
  struct Known {  // an actor in the run under way
    std::uint64_t run = 0;
    Name name = 0;
    std::uint64_t arrival = 0;   // 0: not ready
    std::uint32_t in_a_row = 0;  // steps since it was last blocked, or all had their share
  };

  Name name_of(const std::string& actor);
  void look_at(const ReadySet& ready);
  std::size_t preferred();
  bool goes_before(const Candidate& a, const Candidate& b) const;
  Pair* holder(Name name);
  std::size_t place_of(Name name) const;
  std::size_t allowed();
  void take(std::size_t place);

  DefaultOrder order_{DefaultOrder::Kind::kFifo};
  Name favourite_ = 0;
  std::vector<Constraint> constraints_;
  std::vector<Pair> pairs_;                          // as constraints_
  std::vector<std::vector<std::uint32_t>> held_by_;  // by Name: the pairs of which it is the second
  std::vector<std::string> actors_;                  // by Name
  std::unordered_map<std::string, Name> names_;
  std::vector<std::vector<std::uint64_t>> steps_of_;  // by Name: the numbers of its steps
  std::vector<Known> known_;                          // by Actor
  std::vector<Candidate> candidates_;                 // by place
  Random random_{0, kScheduleStream};
  std::uint64_t run_ = 0;
  std::uint64_t steps_ = 0;
  std::uint64_t arrivals_ = 0;
  Actor latest_ = detail::Runnable::kNoActor;  // took the latest step
};

}  // namespace corosim::sim
