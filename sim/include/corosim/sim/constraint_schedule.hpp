#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <corosim/sim/constraints.hpp>
#include <corosim/sim/schedule.hpp>
#include <corosim/sim/simulation.hpp>

namespace corosim::sim {

/// A few constraints over a default order, in one line to copy and paste, read and edit:
///
///     c1.legal.2a.eldest.9f3a.deposit#2.2-before-deposit#1.3
///
/// `c1`: the version of the form. The order, the seed in hexadecimal, the default order, a fingerprint of the program's
/// name, and what deviates from the default order, with commas between: constraints, each of two steps as StepName has
/// them, and the run's conditions, as in cancel=main/deposit#2@1:parked. Characters other than letters, digits and
/// `#/~_:@` are written as % and two hexadecimal digits in names and texts, so that no shell touches the line.
///
/// Unlike the decisions of a run, it still leads to the failure after the program was changed elsewhere.
class ConstraintSchedule {
 public:
  ConstraintSchedule(std::string_view program, Order order, Seed seed, DefaultOrder default_order,
                     std::vector<Constraint> constraints, Conditions conditions = {});

  Order order() const { return order_; }
  Seed seed() const { return seed_; }
  const DefaultOrder& default_order() const { return default_order_; }
  const std::vector<Constraint>& constraints() const { return constraints_; }
  const Conditions& conditions() const { return conditions_; }
  bool made_for(std::string_view program) const { return program_ == program_fingerprint(program); }

  std::string text() const;
  /// Throws ScheduleError, which says what is wrong and what was expected.
  static ConstraintSchedule parse(std::string_view text);
  static bool is_constraint_schedule(std::string_view text) { return text.starts_with("c1."); }

 private:
  Order order_ = Order::kLegal;
  Seed seed_ = 0;
  DefaultOrder default_order_;
  std::uint16_t program_ = 0;
  std::vector<Constraint> constraints_;
  Conditions conditions_;
};

/// The constraint as in a schedule: "deposit#2.2-before-deposit#1.3".
std::string to_string(const Constraint& constraint);

/// A run that followed constraints.
struct ConstraintReplay {
  RunResult result;
  std::vector<std::string> lost;  // constraints that could not be kept, each with the reason
};

/// Runs `program` as `schedule` says. Throws ScheduleError when the schedule is another program's.
ConstraintReplay replay(Simulation& simulation, const Program& program, const ConstraintSchedule& schedule,
                        Recorder* recorder = nullptr, const Limits& limits = Limits());

}  // namespace corosim::sim
