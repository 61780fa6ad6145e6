// The bytes are a trace file, or, where the first of them is odd, the records of a chunk whose checksums are right, as
// no fuzzer guesses these. Whatever they are, reading them ends in events or in a TraceError that names the place; and
// what can be read can be shown, counted, exported and compared with itself.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>
#include <vector>

#include <corosim/traces/diff.hpp>
#include <corosim/traces/export.hpp>
#include <corosim/traces/reader.hpp>
#include <corosim/traces/render.hpp>
#include <corosim/traces/statistics.hpp>
#include <corosim/traces/trace.hpp>
#include <corosim/traces/writer.hpp>

#include "chunk.hpp"

namespace {

using namespace corosim::traces;

std::vector<std::byte> file_of(std::span<const unsigned char> records) {
  Writer writer;
  writer.run_info({});
  std::vector<std::byte> file = writer.take_bytes();
  ChunkSealer sealer;
  const auto chunk = sealer.seal(records, 1, 0);
  const auto* const bytes = reinterpret_cast<const std::byte*>(chunk.data());
  file.insert(file.end(), bytes, bytes + chunk.size());
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::span<const unsigned char> rest(data + 1, size - 1);
  const auto* const raw = reinterpret_cast<const std::byte*>(rest.data());
  const std::vector<std::byte> bytes =
      data[0] % 2 == 1 ? file_of(rest) : std::vector<std::byte>(raw, raw + rest.size());
  const auto open = [&bytes] { return Reader(bytes, "fuzz"); };
  const auto nowhere = [](std::string_view) {};
  try {
    const Trace trace = Trace::from_bytes(bytes, "fuzz", OnDamage::keep_readable);
    if (trace.steps().size() > 10'000) return 0;
    render_story(open, read_outline(open()), nowhere, StoryOptions());
    render_statistics(statistics(open()));
    for (const ExportFormat format : {ExportFormat::jsonl, ExportFormat::perfetto, ExportFormat::chrome}) {
      export_trace(open, format, nowhere);
    }
    if (!diff(trace, trace).equal()) std::abort();
    DiffOptions in_part;
    in_part.max_steps = 1;
    if (!diff(open, open, in_part).equal()) std::abort();
  } catch (const TraceError& error) {
    if (error.offset() > bytes.size()) std::abort();
  }
  return 0;
}
