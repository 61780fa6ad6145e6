#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <corosim/runtime/errors.hpp>
#include <corosim/sim/conditions.hpp>
#include <corosim/sim/random.hpp>
#include <corosim/sim/strategy.hpp>

namespace corosim::sim {

/// A schedule that cannot be read: what() says what is wrong with it and what was expected.
class ScheduleError : public ValueError {
 public:
  using ValueError::ValueError;
};

/// What schedules carry of a program's name, to notice that they are another's.
std::uint16_t program_fingerprint(std::string_view program);

/// Every decision of one run, in one line to copy and paste, such as `d1.2a.AgEAAQ`. Replays exactly, with any build of
/// the same program.
///
/// `d1`: the version of the form. `2a`: the seed in hexadecimal, for what the program draws. Then, in base64url: the
/// order, a fingerprint of the program's name, the run's hash, its conditions where it had any, the decisions as (how
/// many take place 0, the place of the next) pairs, and a checksum.
class Schedule {
 public:
  /// Of a run that took its process down. A replay holds its hash against nothing.
  static constexpr std::uint64_t kUnknownHash = 0;

  Schedule() = default;
  /// REQUIRES: the path hashes of the tasks that `conditions` name are known.
  Schedule(std::string_view program, Order order, Seed seed, std::vector<std::uint32_t> decisions, std::uint64_t hash,
           Conditions conditions = {});

  Order order() const { return order_; }
  Seed seed() const { return seed_; }
  /// The chosen place at each decision; beyond the end, place 0.
  const std::vector<std::uint32_t>& decisions() const { return decisions_; }
  const Conditions& conditions() const { return conditions_; }
  /// The low 32 bits of the run's hash, or kUnknownHash.
  std::uint32_t hash() const { return hash_; }
  bool made_for(std::string_view program) const;

  std::string text() const;
  /// Throws ScheduleError.
  static Schedule parse(std::string_view text);
  /// Whether `text` looks like one: begins with the version.
  static bool is_schedule(std::string_view text) { return text.starts_with("d1."); }

 private:
  Order order_ = Order::kLegal;
  Seed seed_ = 0;
  std::uint16_t program_ = 0;
  std::uint32_t hash_ = 0;
  std::vector<std::uint32_t> decisions_;
  Conditions conditions_;
};

/// Where a run did not go as the schedule that it follows.
struct Divergence {
  std::uint64_t step = 0;
  std::string expected;
  std::string found;
};

}  // namespace corosim::sim
