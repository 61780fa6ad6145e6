// A trace read to its end, or to where it is damaged.
#pragma once

#include <corosim/traces/reader.hpp>
#include <optional>
#include <utility>

namespace corosim::traces {

/// Hands out each event that can be read, and returns how the reading ended. Throws TraceError where there is none.
template <typename Function>
Tail each_event(Reader& reader, Function function) {
  bool is_empty = true;
  try {
    while (std::optional<Event> event = reader.next()) {
      is_empty = false;
      function(std::move(*event));
    }
  } catch (const TraceError& error) {
    if (is_empty) throw;
    return {Tail::Kind::damaged, error.offset(), error.what()};
  }
  if (is_empty) {
    throw TraceError(reader.path(), reader.tail().offset, "expected a run, found none: " + reader.tail().text);
  }
  return reader.tail();
}

}  // namespace corosim::traces
