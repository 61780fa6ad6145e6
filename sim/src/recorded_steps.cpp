#include "recorded_steps.hpp"

#include <algorithm>
#include <cctype>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "operation_words.hpp"

namespace corosim::sim {

namespace {

constexpr std::uint64_t kLongestLog = 50'000;  // steps; what each touches takes too much memory beyond
constexpr std::uint64_t kStepsBeyond = 64;     // of a run that goes on where the other ended

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

std::string place_text(const Site& where) { return where.known() ? " at " + where.text() : std::string(); }

}  // namespace

std::string without_addresses(std::string_view text) {
  constexpr std::size_t kShortestAddress = 6;  // digits
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i + 2;
    if (text.substr(i).starts_with("0x")) {
      while (end < text.size() && std::isxdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
    }
    if (end >= i + 2 + kShortestAddress) {
      result += "0x..";
      i = end;
    } else {
      result += text[i++];
    }
  }
  return result;
}

RecordedSteps::RecordedSteps(Simulation& simulation, const Program& program, const RunResult& found,
                             const Limits& limits) {
  constexpr int kSlowerAtMost = 20;
  Limits own = limits;
  own.steps(std::min(limits.steps(), found.steps + kStepsBeyond)).real_time(limits.real_time() * kSlowerAtMost);
  RunOptions options = same_again(found, own);
  traces::Writer writer;
  Recorder recorder(writer);
  options.recorder(recorder);
  if (found.steps <= kLongestLog) options.observer(log_).watch(log_).detailed();
  end_ = simulation.run(program, options).end;
  trace_ = traces::Trace::from_bytes(writer.take_bytes());
}

std::vector<std::string> RecordedSteps::facts(std::uint64_t number) const {
  const auto* const failed = std::get_if<Failed>(&end_);
  const bool fails_here = failed != nullptr && failed->step == number && number <= size();
  std::vector<std::string> facts;
  if (number > size()) {
    if (number == size() + 1) facts.push_back(fmt::format("the end of the run: {}", summary(end_)));
    return facts;
  }
  facts.push_back(which(step(number)));
  std::vector<std::string> rest;
  if (number <= log_.size()) {
    for (const RunLog::Access& access : log_[number].accesses) {
      (access.is_shared() ? facts : rest).push_back(access_text(access));
    }
  }
  for (const traces::Note& note : trace_.notes(number)) {
    if (std::string text = note_text(note); !text.empty()) facts.push_back(std::move(text));
  }
  if (fails_here) {
    facts.push_back(
        fmt::format("fails{}: {}", failed->place.empty() ? std::string() : " at " + failed->place, failed->what));
  }
  facts.insert(facts.end(), rest.begin(), rest.end());
  return facts;
}

StepPlace RecordedSteps::place(std::uint64_t number) const {
  const traces::Step& taken = step(number);
  return {number, trace_.task_name(taken.task), trace_.site_name(taken.site), taken.time};
}

std::string RecordedSteps::which(const traces::Step& step) const {
  return fmt::format("is a {} of {}{} at t = {}, made ready by step {}, place {} of {} ready",
                     traces::to_string(step.kind), trace_.task_name(step.task), at(step.site), text_of(step.time),
                     step.cause, step.chosen, step.ready);
}

std::string RecordedSteps::note_text(const traces::Note& note) const {
  return std::visit(
      Overloaded{
          [&](const traces::TaskCreated& made) { return fmt::format("makes {}{}", made.name, at(made.site)); },
          [&](const traces::Parked& parked) { return fmt::format("waits for {}{}", parked.wait, at(parked.site)); },
          [&](const traces::TaskEnded& ended) {
            return fmt::format("ends {}: {}{}{}", trace_.task_name(ended.task), traces::to_string(ended.how),
                               ended.text.empty() ? "" : " ", ended.text);
          },
          [&](const traces::CancelRequested& asked) { return fmt::format("cancels {}", trace_.task_name(asked.task)); },
          [&](const traces::Mark& mark) { return fmt::format("says \"{}\"", mark.text); },
          [&](const traces::Draw& draw) { return fmt::format("draws {} = {}", draw.stream, draw.value); },
          [&](const traces::LeftReady&) { return std::string(); }},
      note);
}

std::string RecordedSteps::access_text(const RunLog::Access& access) const {
  const std::string name = log_.object_name(access.object);
  const OperationWords& words = words_of(access.operation);
  std::string text = words.operation.empty()
                         ? fmt::format("{} of {:08x}", access.operation, static_cast<std::uint32_t>(access.object))
                         : fmt::format("{} {}", words.present, name.empty() ? "an object" : name);
  if (!access.value.empty()) text += " = " + access.value;
  return text + place_text(access.where);
}

std::string RecordedSteps::at(traces::SiteId site) const {
  const std::string name = trace_.site_name(site);
  return name.empty() ? name : " at " + name;
}

}  // namespace corosim::sim
