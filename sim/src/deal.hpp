#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <corosim/sim/run_log.hpp>

#include "operation_words.hpp"

namespace corosim::sim {

/// What one step did to one object, in the words of reports.
struct Deal {
  std::uint64_t step;
  detail::ObjectId object;
  const OperationWords* words;
  Site where;
  std::string value;  // that stood in a Shared afterwards
  bool reads;
  bool writes;
  bool is_control;  // a waking, or a going on
};

/// All that the step did to the object, in order. Several reads and writes of a Shared are one deal: an update.
std::vector<Deal> deals_of(const RunLog& log, std::uint64_t step, detail::ObjectId object);
/// The one that matters to others: the last that writes, or the last; waking aside, where there is something else.
/// Nothing where the step did not touch the object.
std::optional<Deal> main_deal_of(const RunLog& log, std::uint64_t step, detail::ObjectId object);

/// What two steps conflict over. Where there are several, what the program declared or named itself. Nothing where they
/// can be swapped.
std::optional<detail::ObjectId> conflict_over(const RunLog& log, std::uint64_t a, std::uint64_t b);
/// How much an object says to the reader of a report: 0 a Shared, 1 a lock, event or the like, 2 a future, 3 what is
/// touched by waking.
int rank(const RunLog& log, std::uint64_t step, detail::ObjectId object);
/// To the better informed of two steps.
int rank(const RunLog& log, std::uint64_t a, std::uint64_t b, detail::ObjectId object);

/// "balance (bank.cpp:33)"; without a place where it is not known.
std::string with_place(const std::string& text, const Site& where);

}  // namespace corosim::sim
