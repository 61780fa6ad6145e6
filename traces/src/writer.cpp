#include <corosim/traces/writer.hpp>

#include <algorithm>
#include <string>
#include <utility>

#include "writer_state.hpp"

namespace corosim::traces {

namespace {

unsigned char* put_elapsed(unsigned char* out, std::uint64_t nanoseconds) {
  std::uint64_t unit = 0;
  while (unit < 3 && nanoseconds % format::kTimeUnits[unit + 1] == 0) ++unit;
  const std::uint64_t amount = nanoseconds / format::kTimeUnits[unit];
  if (amount >> 62U != 0) return put_varint(put_varint(out, format::kTimeEscape), nanoseconds);
  return put_varint(out, amount << 2U | unit);
}

unsigned char* put_decision(unsigned char* out, const Step& step, std::uint32_t last_ready) {
  using format::ReadyCode;
  ReadyCode code = ReadyCode::given;
  if (step.ready == last_ready) code = ReadyCode::same;
  if (step.ready + 1U == last_ready) code = ReadyCode::one_less;
  if (step.ready == last_ready + 1U) code = ReadyCode::one_more;
  out = put_varint(out, std::uint64_t{step.chosen} << 2U | static_cast<unsigned>(code));
  return code == ReadyCode::given ? put_varint(out, step.ready) : out;
}

}  // namespace

void Writer::step(const Step& step) {
  State& state = *state_;
  state.begin_record();
  if (!state.is_possible(step)) [[unlikely]]
    state.refuse_step(step);
  const SiteId site = state.site_in_trace(step.site);
  Prediction& expected = state.prediction_;
  const Prediction::OfTask own = expected.of(step.task);

  unsigned char* const head = state.room(kMaxStepBytes);
  unsigned char* out = head + 1;
  unsigned flags = 0;
  const std::uint64_t time = static_cast<std::uint64_t>(step.time.count());
  if (time != expected.last_time()) {
    flags |= format::kTimeMoved;
    out = put_elapsed(out, time - expected.last_time());
  }
  out = put_varint(out, zigzag(std::int64_t{step.task} - std::int64_t{expected.last_task()}));
  if (step.cause != own.cause) {
    flags |= format::kCauseGiven;
    out = put_varint(out, step.number - step.cause);
  }
  if (site != own.site) {
    flags |= format::kSiteGiven;
    out = put_varint(out, site);
  }
  if (step.is_decision()) {
    flags |= format::kDecision;
    out = put_decision(out, step, expected.last_ready());
  }
  *head = static_cast<unsigned char>(static_cast<unsigned>(step.kind) + format::kStepKinds * flags);
  state.step_head_ = static_cast<std::size_t>(head - state.records_.data());
  state.finish(out);
  state.step_end_ = state.used_;
  state.steps_ = step.number;
  state.time_ = time;
  state.contents_.decisions += step.is_decision() ? 1 : 0;
  if (step.task == kNoTask) state.contents_.flags |= format::kLoopSteps;
  expected.stepped(step, time, site);
}

void Writer::parked(TaskId task, SiteId site, TextId wait) {
  State& state = *state_;
  if (state.phase_ != State::Phase::running) state.begin_record();
  state.check_task(task);
  Prediction& expected = state.prediction_;
  const bool of_step = task == expected.last_task();
  if (of_step && state.step_end_ == state.used_ && expected.knows_park() &&
      state.names_.is_site(site, expected.park_site()) && state.names_.is_text(wait, expected.park_wait())) {
    unsigned char& head = state.records_[state.step_head_];
    head = static_cast<unsigned char>(head + format::kStepKinds * format::kParkedAsExpected);
    state.step_end_ = State::kNowhere;
    expected.parked_as_expected();
    return;
  }
  state.begin_record();
  const SiteId file_site = state.site_in_trace(site);
  const std::uint32_t file_wait = state.text_in_trace(wait);
  unsigned char* out = state.room(kMaxNumbersBytes);
  // Asked again, as a new chunk may have begun.
  if (task == expected.last_task()) {
    out = State::put_tag(out, Tag::parked);
  } else {
    out = put_varint(State::put_tag(out, Tag::parked_task), task);
  }
  state.finish(put_varint(put_varint(out, file_site), file_wait));
  expected.parked(task, file_site, file_wait);
}

Writer::Writer() : state_(std::make_unique<State>()) {}

Writer::Writer(const std::filesystem::path& path, Existing existing)
    : state_(std::make_unique<State>(FileSink(path, existing))) {}

Writer::~Writer() {
  try {
    flush();
  } catch (...) {  // the contract: a destructor has nobody to tell
  }
}

SiteId Writer::intern_site(std::string_view file, std::uint32_t line, std::string_view function) {
  return state_->names_.intern_site(file, line, function);
}

TextId Writer::intern_text(std::string_view text) { return state_->names_.intern_text(text); }

void Writer::begin_after(StepNumber steps) {
  if (state_->phase_ != State::Phase::empty) misuse("begin_after() comes before run_info()");
  state_->begin_after(steps);
}

void Writer::run_info(const RunInfo& info) {
  State& state = *state_;
  if (state.phase_ != State::Phase::empty) misuse("run_info() comes first and once");
  std::size_t bytes = 0;
  const auto count = [&bytes](const std::string& text) { bytes += text.size() + kMaxVarintBytes; };
  count(info.program);
  for (const std::string& argument : info.arguments) count(argument);
  count(info.order);
  count(info.strategy);
  count(info.version);
  for (const auto& [key, value] : info.extra) {
    count(key);
    count(value);
  }
  if (bytes > format::kMaxRunInfoBytes) misuse(fmt::format("a run_info() of {} bytes is too long", bytes));

  unsigned char* out = State::put_tag(state.room(bytes + kMaxNumbersBytes), Tag::run_info);
  out = State::put_text(out, info.program);
  out = put_varint(out, info.arguments.size());
  for (const std::string& argument : info.arguments) out = State::put_text(out, argument);
  out = State::put_text(State::put_text(out, info.order), info.strategy);
  out = State::put_text(put_fixed(out, info.seed), info.version);
  out = put_varint(out, info.extra.size());
  for (const auto& [key, value] : info.extra) out = State::put_text(State::put_text(out, key), value);
  state.finish(out);
  state.contents_.flags |= format::kDefines;
  state.phase_ = State::Phase::running;
  state.close_chunk();
}

void Writer::task_created(TaskId task, TaskId parent, std::string_view name, SiteId site, std::uint64_t path_hash) {
  State& state = *state_;
  state.begin_record();
  if (task != state.tasks_ + 1) misuse(fmt::format("task {} is created after task {}", task, state.tasks_));
  state.check_task(parent);
  const SiteId file_site = state.site_in_trace(site);
  state.record_with_text(name, [&](unsigned char* out) {
    out = put_varint(put_varint(State::put_tag(out, Tag::task_created), task), parent);
    return put_fixed(put_varint(out, file_site), path_hash);
  });
  state.tasks_ = task;
  state.contents_.flags |= format::kDefines;
  state.prediction_.know_task(task);
  state.prediction_.created(task, file_site);
}

void Writer::task_ended(TaskId task, TaskEnd how, std::string_view text) {
  State& state = *state_;
  state.begin_record();
  state.check_task(task);
  state.record_with_text(text, [&](unsigned char* out) {
    out = State::put_tag(out, Tag::task_ended);
    *out++ = static_cast<unsigned char>(how);
    return put_varint(out, task);
  });
}

void Writer::cancel_requested(TaskId task, std::string_view message) {
  State& state = *state_;
  state.begin_record();
  state.check_task(task);
  state.record_with_text(
      message, [&](unsigned char* out) { return put_varint(State::put_tag(out, Tag::cancel_requested), task); });
}

void Writer::mark(std::string_view text) {
  state_->begin_record();
  state_->record_with_text(text, [](unsigned char* out) { return State::put_tag(out, Tag::mark); });
}

void Writer::draw(TextId stream, std::uint64_t value) {
  State& state = *state_;
  state.begin_record();
  const std::uint32_t file_stream = state.text_in_trace(stream);
  unsigned char* out = State::put_tag(state.room(kMaxNumbersBytes), Tag::draw);
  state.finish(put_varint(put_varint(out, file_stream), value));
}

void Writer::left_ready(TaskId task, StepNumber cause) {
  State& state = *state_;
  state.begin_record();
  state.check_task(task);
  if (cause > state.steps_) misuse(fmt::format("step {} has not been", cause));
  unsigned char* out = State::put_tag(state.room(kMaxNumbersBytes), Tag::left_ready);
  state.finish(put_varint(put_varint(out, task), cause));
  state.contents_.flags |= format::kEnds;
}

void Writer::pasts(StepNumber first, std::span<const std::uint32_t> hashes) {
  State& state = *state_;
  state.begin_record();
  if (first == 0 || hashes.size() > kMaxPasts || first + hashes.size() > state.steps_ + 1) {
    misuse(fmt::format("{} pasts from step {} on, after {} steps", hashes.size(), first, state.steps_));
  }
  std::array<unsigned char, kMaxVarintBytes> number;
  const auto number_bytes = static_cast<std::size_t>(put_varint(number.data(), first) - number.data());
  const std::size_t bytes = number_bytes + hashes.size() * sizeof(std::uint32_t);
  unsigned char* out = State::put_tag(state.room(bytes + kMaxNumbersBytes), Tag::pasts);
  out = put_varint(put_varint(out, bytes), first);
  for (const std::uint32_t hash : hashes) out = put_fixed(out, hash);
  state.finish(out);
}

void Writer::run_ended(Outcome outcome, std::string_view text, std::chrono::nanoseconds time, std::uint64_t hash) {
  State& state = *state_;
  state.begin_record();
  if (time.count() < 0 || static_cast<std::uint64_t>(time.count()) < state.time_) {
    misuse(fmt::format("the run ends at {} ns, after a step at {} ns", time.count(), state.time_));
  }
  state.record_with_text(text, [&](unsigned char* out) {
    out = State::put_tag(out, Tag::run_ended);
    *out++ = static_cast<unsigned char>(outcome);
    out = put_varint(out, state.steps_);
    return put_fixed(put_varint(out, static_cast<std::uint64_t>(time.count())), hash);
  });
  state.contents_.flags |= format::kEnds;
  state.close_chunk();
  state.phase_ = State::Phase::ended;
  if (!state.file_) return;
  state.write_index();
  state.file_->close();
}

void Writer::flush() {
  if (state_->phase_ == State::Phase::running) state_->close_chunk();
}

StepNumber Writer::steps() const { return state_->steps_; }

std::vector<std::byte> Writer::take_bytes() {
  if (state_->file_) misuse("take_bytes() of a trace that is written to a file");
  flush();
  state_->write_out();
  if (state_->phase_ == State::Phase::ended) state_->write_index();
  std::vector<std::byte> bytes = std::move(state_->memory_);
  state_->restart();
  return bytes;
}

void Writer::restart() {
  if (state_->file_) misuse("restart() of a trace that is written to a file");
  state_->restart();
}

void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes, Existing existing) {
  FileSink sink(path, existing);
  sink.write({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
  sink.close();
}

}  // namespace corosim::traces
