// The lines about the run itself that the reports begin and end with.
#pragma once

#include <corosim/traces/trace.hpp>
#include <optional>
#include <string>

#include "paint.hpp"

namespace corosim::traces {

/// Program and arguments, seed, strategy, order, and the recorder's own facts: a line each, with its end.
std::string run_head(const RunInfo& run, const Paint& paint);

/// "completed", "failed: balance 1, expected 3", "cut short: the trace is torn: …".
std::string end_in_words(const std::optional<RunEnded>& end, const Tail& tail);
inline std::string end_in_words(const Trace& trace) { return end_in_words(trace.end(), trace.tail()); }

/// The same as one line, green or red, with time and numbers where the run ended.
std::string end_line(const std::optional<RunEnded>& end, const Tail& tail, std::uint64_t decisions, std::uint64_t tasks,
                     const Paint& paint);

}  // namespace corosim::traces
