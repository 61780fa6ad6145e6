#include "decoder.hpp"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "varint.hpp"

namespace corosim::traces {

namespace {

constexpr std::uint64_t kMaxTime = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
constexpr std::uint64_t kAny = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kAny32 = std::numeric_limits<std::uint32_t>::max();

}  // namespace

void Decoder::begin_chunk(const std::vector<unsigned char>& records, StepNumber steps_before) {
  begin_ = records.data();
  record_ = begin_;
  in_ = begin_;
  end_ = begin_ + records.size();
  park_follows_ = false;
  last_step_ = steps_before;
  prediction_.begin_chunk(steps_before);
}

void Decoder::fail(const std::string& problem) const {
  throw RecordError(static_cast<std::size_t>(record_ - begin_), problem);
}

std::uint64_t Decoder::number(const char* what, std::uint64_t max) {
  std::uint64_t value = 0;
  const unsigned char* after = get_varint(in_, end_, value);
  if (after == nullptr) fail(fmt::format("expected {}, found no whole number", what));
  if (value > max) fail(fmt::format("expected {} up to {}, found {}", what, max, value));
  in_ = after;
  return value;
}

std::string Decoder::text(const char* what) {
  const std::uint64_t size = number(what, kAny);
  if (size > left()) fail(fmt::format("expected {} of {} bytes, found {} left in the chunk", what, size, left()));
  const char* first = reinterpret_cast<const char*>(in_);
  in_ += size;
  return std::string(first, static_cast<std::size_t>(size));
}

std::uint64_t Decoder::fixed64(const char* what) {
  if (left() < sizeof(std::uint64_t)) fail(fmt::format("expected {}, found the end of the chunk", what));
  const std::uint64_t value = get_fixed<std::uint64_t>(in_);
  in_ += sizeof(std::uint64_t);
  return value;
}

std::chrono::nanoseconds Decoder::time(std::uint64_t earliest) {
  const std::uint64_t value = number("a time", kMaxTime);
  if (value < earliest) fail(fmt::format("expected a time from {} ns on, found {} ns", earliest, value));
  return std::chrono::nanoseconds(static_cast<std::int64_t>(value));
}

std::optional<Event> Decoder::next() {
  if (park_follows_) return parked_as_expected();
  while (in_ != end_) {
    record_ = in_;
    const unsigned head = *in_++;
    if (ended_) fail("expected nothing after the end of the run, found a record");
    if (!started_ && head != static_cast<unsigned>(Tag::run_info)) {
      fail(fmt::format("expected the run's description first, found record 0x{:02x}", head));
    }
    if (head < format::kStepHeads) return Event(std::in_place_type<Step>, step(head));
    if (std::optional<Event> event = other(static_cast<Tag>(head))) return event;
  }
  return std::nullopt;
}

std::uint64_t Decoder::elapsed() {
  const std::uint64_t value = number("elapsed time", kAny);
  if (value == format::kTimeEscape) return number("elapsed time", kMaxTime);
  const std::uint64_t unit = format::kTimeUnits[value & 3U];
  if ((value >> 2U) > kMaxTime / unit) fail(fmt::format("expected elapsed time, found {} x {} ns", value >> 2U, unit));
  return (value >> 2U) * unit;
}

Step Decoder::step(unsigned head) {
  const unsigned flags = head / format::kStepKinds;
  Step step;
  step.kind = static_cast<StepKind>(head % format::kStepKinds);
  step.number = prediction_.next_number();
  std::uint64_t at = prediction_.last_time();
  if ((flags & format::kTimeMoved) != 0) {
    const std::uint64_t passed = elapsed();
    if (passed > kMaxTime - at) fail(fmt::format("expected a time up to {} ns, found {} ns more", kMaxTime, passed));
    at += passed;
  }
  if (at < run_time_) fail(fmt::format("expected a time from {} ns on, found {} ns", run_time_, at));
  step.time = std::chrono::nanoseconds(static_cast<std::int64_t>(at));
  const std::int64_t task = std::int64_t{prediction_.last_task()} + unzigzag(number("a task", 2 * kAny32));
  if (task < 0 || task > std::int64_t{tasks_}) fail(fmt::format("expected a task up to {}, found {}", tasks_, task));
  step.task = static_cast<TaskId>(task);
  step.cause =
      (flags & format::kCauseGiven) != 0 ? step.number - number("a cause", step.number) : prediction_.cause(step.task);
  if (step.cause >= step.number) fail(fmt::format("expected a cause before step {}, found itself", step.number));
  step.site = (flags & format::kSiteGiven) != 0 ? site() : prediction_.site(step.task);
  if ((flags & format::kDecision) != 0) decide(step);
  park_follows_ = (flags & format::kParkedAsExpected) != 0;
  prediction_.stepped(step, at, step.site);
  last_step_ = step.number;
  run_time_ = at;
  return step;
}

void Decoder::decide(Step& step) {
  const std::uint64_t value = number("a choice", (kAny32 << 2U) | 3U);
  step.chosen = static_cast<std::uint32_t>(value >> 2U);
  const std::uint32_t last = prediction_.last_ready();
  switch (static_cast<format::ReadyCode>(value & 3U)) {
    case format::ReadyCode::same:
      step.ready = last;
      break;
    case format::ReadyCode::one_less:
      step.ready = last - 1;
      break;
    case format::ReadyCode::one_more:
      step.ready = last + 1;
      break;
    case format::ReadyCode::given:
      step.ready = static_cast<std::uint32_t>(number("a number of ready lanes", kAny32));
      break;
  }
  if (step.ready < 2 || step.chosen >= step.ready) {
    fail(fmt::format("expected a choice among at least 2 lanes, found {} of {}", step.chosen, step.ready));
  }
}

Event Decoder::parked_as_expected() {
  park_follows_ = false;
  if (!prediction_.knows_park()) fail("expected a step that parks as an earlier one did, found no such one");
  Parked parked{prediction_.last_task(), prediction_.park_site(), texts_[prediction_.park_wait()]};
  prediction_.parked(parked.task, parked.site, prediction_.park_wait());
  return Event(std::move(parked));
}

std::optional<Event> Decoder::other(Tag tag) {
  switch (tag) {
    case Tag::define_text:
      define_text();
      return std::nullopt;
    case Tag::define_site:
      define_site();
      return std::nullopt;
    case Tag::run_info:
      return run_info();
    case Tag::task_created:
      return task_created();
    case Tag::parked:
      return parked(prediction_.last_task());
    case Tag::parked_task:
      return parked(task(tasks_));
    case Tag::task_ended: {
      const auto how = static_cast<TaskEnd>(number("how a task ended", static_cast<unsigned>(TaskEnd::cancelled)));
      const TaskId ended = task(tasks_);
      return TaskEnded{ended, how, text("a text")};
    }
    case Tag::cancel_requested: {
      const TaskId cancelled = task(tasks_);
      return CancelRequested{cancelled, text("a message")};
    }
    case Tag::mark:
      return Mark{text("a mark")};
    case Tag::draw: {
      const std::uint64_t stream = number("a text", texts_.size() - 1);
      return Draw{texts_[static_cast<std::size_t>(stream)], number("a value", kAny)};
    }
    case Tag::left_ready: {
      const TaskId left = task(tasks_);
      return LeftReady{left, number("a cause", last_step_)};
    }
    case Tag::run_ended:
      return run_ended();
    case Tag::pasts:
      return pasts();
  }
  if (tag < Tag::first_skippable) fail(fmt::format("expected a record, found 0x{:02x}", static_cast<unsigned>(tag)));
  const std::uint64_t length = number("the length of a record", kAny);
  if (length > left()) fail(fmt::format("expected a record of {} bytes, found {} left in the chunk", length, left()));
  in_ += length;
  return std::nullopt;
}

Pasts Decoder::pasts() {
  const std::uint64_t length = number("the length of a record", left());
  const unsigned char* const end = in_ + length;
  Pasts pasts;
  pasts.first = number("a step", last_step_);
  const auto bytes = static_cast<std::uint64_t>(end - in_);
  if (in_ > end || bytes % sizeof(std::uint32_t) != 0 || pasts.first == 0 ||
      pasts.first + bytes / sizeof(std::uint32_t) > last_step_ + 1) {
    fail(fmt::format("expected pasts of steps up to {}, found {} bytes from step {} on", last_step_, length,
                     pasts.first));
  }
  pasts.hashes.resize(static_cast<std::size_t>(bytes / sizeof(std::uint32_t)));
  for (std::uint32_t& hash : pasts.hashes) {
    for (unsigned shift = 0; shift < 32; shift += 8) hash |= std::uint32_t{*in_++} << shift;
  }
  return pasts;
}

void Decoder::define_text() {
  const std::uint64_t id = number("a text", kAny32);
  if (id != texts_.size()) fail(fmt::format("expected the definition of text {}, found {}", texts_.size(), id));
  texts_.push_back(text("a text"));
}

void Decoder::define_site() {
  const std::uint64_t id = number("a site", kAny32);
  if (id != sites_.size()) fail(fmt::format("expected the definition of site {}, found {}", sites_.size(), id));
  Site site;
  site.file = texts_[static_cast<std::size_t>(number("a text", texts_.size() - 1))];
  site.line = static_cast<std::uint32_t>(number("a line", kAny32));
  site.function = texts_[static_cast<std::size_t>(number("a text", texts_.size() - 1))];
  sites_.push_back(std::move(site));
  prediction_.know_site(static_cast<SiteId>(id));
}

RunInfo Decoder::run_info() {
  if (started_) fail("expected one description of the run, found a second");
  started_ = true;
  RunInfo info;
  info.program = text("a program");
  for (std::uint64_t more = number("a number of arguments", format::kMaxRunInfoTexts); more > 0; --more) {
    info.arguments.push_back(text("an argument"));
  }
  info.order = text("an order");
  info.strategy = text("a strategy");
  info.seed = fixed64("a seed");
  info.version = text("a version");
  for (std::uint64_t more = number("a number of facts", format::kMaxRunInfoTexts); more > 0; --more) {
    std::string key = text("a key");
    info.extra.emplace_back(std::move(key), text("a value"));
  }
  return info;
}

TaskCreated Decoder::task_created() {
  TaskCreated created;
  created.task = task(kAny32);
  if (created.task != tasks_ + 1) {
    fail(fmt::format("expected the birth of task {}, found {}", std::uint64_t{tasks_} + 1, created.task));
  }
  created.parent = task(tasks_);
  created.site = site();
  created.path_hash = fixed64("a path hash");
  created.name = text("a name");
  tasks_ = created.task;
  prediction_.know_task(created.task);
  prediction_.created(created.task, created.site);
  return created;
}

Parked Decoder::parked(TaskId task) {
  const SiteId where = site();
  const std::uint32_t wait = static_cast<std::uint32_t>(number("a text", texts_.size() - 1));
  prediction_.parked(task, where, wait);
  return Parked{task, where, texts_[wait]};
}

RunEnded Decoder::run_ended() {
  RunEnded end;
  end.outcome = static_cast<Outcome>(number("an outcome", static_cast<unsigned>(Outcome::diverged)));
  end.steps = number("a number of steps", kAny);
  if (end.steps != last_step_) fail(fmt::format("expected {} steps in all, found {}", last_step_, end.steps));
  end.time = time(run_time_);
  end.hash = fixed64("a hash");
  end.text = text("a text");
  ended_ = true;
  return end;
}

}  // namespace corosim::traces
