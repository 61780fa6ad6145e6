// The events of a trace, cut at its steps.
#pragma once

#include <corosim/traces/event.hpp>
#include <corosim/traces/trace.hpp>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace corosim::traces {

/// What happened from one step on until the next. The first one of a trace is the set-up: its step has number 0.
struct StepStory {
  Step step;
  std::vector<Note> notes;
};

/// Told event after event, gives `put` story after story: each once the next step has begun, the last at finish().
/// RunInfo and RunEnded are its own to tell; Pasts compare runs, and tell nothing of one.
template <typename Put>
class StepStories {
 public:
  explicit StepStories(Put put) : put_(std::move(put)) {}

  void tell(Event&& event) {
    std::visit(
        [this]<typename Kind>(Kind& happened) {
          if constexpr (std::is_same_v<Kind, Step>) {
            put_(std::as_const(story_));
            story_.step = happened;
            story_.notes.clear();
          } else if constexpr (!std::is_same_v<Kind, RunInfo> && !std::is_same_v<Kind, RunEnded> &&
                               !std::is_same_v<Kind, Pasts>) {
            story_.notes.emplace_back(std::move(happened));
          }
        },
        event);
  }
  void finish() { put_(std::as_const(story_)); }

 private:
  Put put_;
  StepStory story_;
};

}  // namespace corosim::traces
