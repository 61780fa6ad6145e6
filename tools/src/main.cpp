// The corosim command: starts programs under test, and shows what was recorded.
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <variant>

#include <corosim/sim/program_main.hpp>

#include <fmt/format.h>

#include "command_line.hpp"
#include "export.hpp"
#include "program.hpp"
#include "replay.hpp"
#include "terminal.hpp"
#include "trace_commands.hpp"

namespace corosim::tools {

namespace {

// The program would find out only at the end of its run.
void require_new_file(const Variables& variables) {
  const auto trace = variables.find("COROSIM_TRACE");
  if (trace == variables.end() || trace->second.empty() || !std::filesystem::exists(trace->second)) return;
  throw std::runtime_error(fmt::format("{}: the file exists, and is not overwritten", trace->second));
}

struct Carrier {
  int operator()(const Done& done) const { return done.exit_code; }
  int operator()(const RunProgram& request) const {
    require_new_file(request.variables);
    return run_program(request.command, request.variables);
  }
  int operator()(const Replay& request) const {
    require_new_file(request.variables);
    return replay(request);
  }
  int operator()(const Show& request) const { return show(request); }
  int operator()(const Diff& request) const { return diff(request); }
  int operator()(const Stats& request) const { return stats(request); }
  int operator()(const Export& request) const { return export_trace(request); }
};

}  // namespace
}  // namespace corosim::tools

int main(int argc, char** argv) {
  try {
    return std::visit(corosim::tools::Carrier(), corosim::tools::parse_command_line(argc, argv));
  } catch (const std::exception& error) {  // a file, a schedule, standard output
    corosim::tools::print_error(error.what());
    return corosim::sim::kUsage;
  }
}
