// The bytes are a trace file. Whatever they are, reading them ends in events or in a TraceError that names the place;
// and what can be read can be shown, counted, exported and compared with itself.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include <corosim/traces/diff.hpp>
#include <corosim/traces/reader.hpp>
#include <corosim/traces/render.hpp>
#include <corosim/traces/trace.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace corosim::traces;
  const std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(data), size);
  try {
    const Trace trace = Trace::from_bytes(bytes, "fuzz", OnDamage::keep_readable);
    if (trace.steps().size() > 10'000) return 0;
    const auto open = [&bytes] { return Reader(bytes, "fuzz"); };
    render_story(open, read_outline(open()), [](std::string_view) {}, StoryOptions());
    if (!diff(trace, trace).equal()) std::abort();
  } catch (const TraceError& error) {
    if (error.offset() > size) std::abort();
  }
  return 0;
}
