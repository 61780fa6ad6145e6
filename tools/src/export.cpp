#include "export.hpp"

#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include <corosim/sim/program_main.hpp>
#include <corosim/traces/export.hpp>

#include "output.hpp"
#include "trace_commands.hpp"

namespace corosim::tools {

namespace {

traces::ExportFormat parse_format(const std::string& name) {
  static const std::map<std::string, traces::ExportFormat> formats = {{"jsonl", traces::ExportFormat::jsonl},
                                                                      {"perfetto", traces::ExportFormat::perfetto},
                                                                      {"chrome", traces::ExportFormat::chrome},
                                                                      {"dot", traces::ExportFormat::dot}};
  return formats.at(name);
}

int export_html(const Export& request, Output& output, const traces::ExportOptions& options) {
  const auto sink = [&output](std::string_view bytes) { output.write(bytes); };
  const traces::Trace trace = traces::Trace::open(request.trace, traces::OnDamage::keep_readable);
  bool is_complete = true;
  if (request.compared.empty()) {
    traces::export_html(trace, sink, options);
  } else {
    const traces::Trace compared = traces::Trace::open(request.compared, traces::OnDamage::keep_readable);
    traces::export_html(trace, compared, sink, options);
    is_complete = check_complete(request.compared, compared.tail());
  }
  output.close();
  is_complete = check_complete(request.trace, trace.tail()) && is_complete;
  return is_complete ? sim::kPassed : sim::kUsage;
}

}  // namespace

int export_trace(const Export& request) {
  Output output(request.output);
  traces::ExportOptions options;
  options.axis = request.axis == "time" ? traces::ExportAxis::time : traces::ExportAxis::step;
  if (request.format == "html") return export_html(request, output, options);
  const traces::ExportFormat format = parse_format(request.format);
  if (format == traces::ExportFormat::perfetto && output.is_terminal()) {
    throw std::runtime_error(
        "standard output: expected a file or a pipe for perfetto's bytes; --output FILE names one");
  }
  const traces::Tail tail = traces::export_trace([&] { return traces::Reader(std::filesystem::path(request.trace)); },
                                                 format, [&](std::string_view bytes) { output.write(bytes); }, options);
  output.close();
  return check_complete(request.trace, tail) ? sim::kPassed : sim::kUsage;
}

}  // namespace corosim::tools
