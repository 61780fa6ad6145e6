// Traces in the formats of other programs.
#pragma once

#include <corosim/traces/reader.hpp>
#include <corosim/traces/sink.hpp>
#include <corosim/traces/trace.hpp>
#include <cstdint>

namespace corosim::traces {

enum class ExportFormat : std::uint8_t {
  jsonl,     // one JSON object a line for each event; see docs/traces.md
  perfetto,  // protobuf of https://ui.perfetto.dev: a track a task, arrows from cause to effect
  chrome,    // the same as JSON, for chrome://tracing and what else reads it
  dot,       // graph of the steps and what made them ready, for Graphviz; for traces of some hundred steps
};

/// What stands for time in the formats that have only that.
enum class ExportAxis : std::uint8_t {
  step,  // a step takes one microsecond: the many steps of one instant stand side by side
  time,  // virtual time: steps have no width
};

struct ExportOptions {
  ExportAxis axis = ExportAxis::step;
};

/// Reads the trace once (twice for perfetto, where a step has to name its effects) and hands the output to `sink`.
/// Memory is that of the Reader and the names of the tasks, for perfetto and chrome also 16 bytes a step. A trace that
/// is torn or damaged is exported as far as it can be read, to output that is whole in itself; the tail returned says
/// so. Throws TraceError where there is nothing to read, before the first piece of output.
Tail export_trace(const OpenTrace& open, ExportFormat format, const Sink& sink, const ExportOptions& options = {});

/// A page with the timeline of a trace, or of two below each other with their differences: swim lanes, search, causes.
/// It is whole in itself and works offline; traces/html/ has its source. Memory: a column of text for each field of a
/// step.
void export_html(const Trace& trace, const Sink& sink, const ExportOptions& options = {});
void export_html(const Trace& left, const Trace& right, const Sink& sink, const ExportOptions& options = {});

}  // namespace corosim::traces
