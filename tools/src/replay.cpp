#include "replay.hpp"

#include <filesystem>
#include <string>

#include <corosim/sim/constraint_schedule.hpp>
#include <corosim/sim/replay.hpp>

#include <fmt/format.h>

#include "terminal.hpp"

namespace corosim::tools {

namespace {

// The program that the trace is of. Throws TraceError where it cannot be read.
std::string program_of_trace(const std::string& path) {
  if (!std::filesystem::exists(path)) {
    throw sim::ScheduleError(fmt::format(
        "{}: byte 0: no such file; expected a trace, or a schedule, which begins with c1., d1. or s1.", path));
  }
  const sim::TraceSchedule trace([&] { return traces::Reader(path); });
  const traces::Tail& tail = trace.outline().tail;
  if (tail.kind != traces::Tail::Kind::complete) {
    print_note(fmt::format("{}: byte {}: {}; it is replayed as far as it goes", path, tail.offset, tail.text));
  }
  return trace.outline().run.program;
}

}  // namespace

int replay(const Replay& request) {
  Variables variables = request.variables;
  if (sim::ConstraintSchedule::is_constraint_schedule(request.schedule)) {
    sim::ConstraintSchedule::parse(request.schedule);
  } else if (sim::SeedSchedule::is_seed_schedule(request.schedule)) {
    sim::SeedSchedule::parse(request.schedule);
  } else if (sim::Schedule::is_schedule(request.schedule)) {
    sim::Schedule::parse(request.schedule);
  } else {
    const std::string program = program_of_trace(request.schedule);
    if (variables["COROSIM_PROGRAM"].empty()) variables["COROSIM_PROGRAM"] = program;
  }
  return run_program(request.command, variables);
}

}  // namespace corosim::tools
