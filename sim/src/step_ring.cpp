#include <corosim/sim/step_ring.hpp>

#include <algorithm>
#include <utility>

#include <corosim/runtime/assert.hpp>
#include <corosim/sim/recorder.hpp>

#include <fmt/format.h>

namespace corosim::sim {

namespace {

// The ids that a writer has for sites.
class Sites {
 public:
  explicit Sites(traces::Writer& writer) : writer_(writer) {}
  traces::SiteId operator()(const Site& site) const {
    return site.known() ? writer_.intern_site(site.file(), site.line(), site.function()) : traces::kUnknownSite;
  }

 private:
  traces::Writer& writer_;
};

}  // namespace

StepRing::StepRing(std::size_t steps) : kept_(std::max<std::size_t>(steps, 1)) {
  COROSIM_ASSERT_CMP(word("yield"), ==, kYield);
}

void StepRing::begin(const traces::RunInfo& info) {
  info_ = info;
  next_ = 0;
  latest_ = nullptr;
  steps_ = 0;
  happenings_.clear();
  happened_ = 0;
  lives_.clear();
  waits_.clear();
  tasks_.clear();
}

void StepRing::task_created(const detail::TaskState& task) {
  tasks_.add(task);
  waits_.emplace_back();
  Life& life = lives_.emplace_back();
  life.made = task.future().made_at();
  life.path_hash = task.path_hash();
  life.created_in = steps_;
  add(Happening::Kind::kCreated, task.id());
}

void StepRing::step(const StepTaken& taken) {
  if (taken.number > kept_.size()) forget_oldest();
  KeptStep& here = kept_[next_];
  if (++next_ == kept_.size()) next_ = 0;
  here.time = taken.time.time_since_epoch();
  here.cause = taken.handle.cause;
  here.site = taken.handle.site();
  here.task = taken.task != nullptr ? taken.task->id() : traces::kNoTask;
  here.ready = taken.ready;
  here.chosen = taken.chosen;
  here.kind = step_kind(taken.kind, taken.task);
  here.parked = false;
  latest_ = &here;
  happened_ = 0;
  steps_ = taken.number;
}

void StepRing::forget_oldest() {
  const KeptStep& oldest = kept_[next_];
  if (oldest.parked) waits_[oldest.task - 1] = {oldest.wait_site, oldest.wait_word};
  while (!happenings_.empty() && happenings_.front().step < first_kept() + 1) {
    const Happening& gone = happenings_.front();
    if (gone.kind == Happening::Kind::kParked) waits_[gone.task - 1] = gone.wait;
    happenings_.pop_front();
  }
}

void StepRing::task_parked(const detail::TaskState& task) {
  const detail::Waiter* const waiter = task.parked();
  const std::uint32_t waits_for = waiter != nullptr ? word(waiter->waits_for()) : kYield;
  if (latest_ != nullptr && latest_->task == task.id() && !latest_->parked) {
    latest_->parked = true;
    latest_->wait_site = task.site();
    latest_->wait_word = waits_for;
    latest_->happened_before_park = happened_;
  } else {
    add(Happening::Kind::kParked, task.id()).wait = {task.site(), waits_for};
  }
}

void StepRing::task_ended(traces::TaskId task, traces::TaskEnd how, std::string text) {
  lives_[task - 1].ended_in = steps_;
  lives_[task - 1].how = how;
  Happening& end = add(Happening::Kind::kEnded, task);
  end.how = how;
  end.text = std::move(text);
}

void StepRing::cancel_requested(traces::TaskId task, std::string message) {
  add(Happening::Kind::kCancelRequested, task).text = std::move(message);
}

void StepRing::mark(std::string_view text) { add(Happening::Kind::kMark).text = text; }

void StepRing::draw(std::string_view stream, std::uint64_t value) {
  Happening& draw = add(Happening::Kind::kDraw);
  draw.text = stream;
  draw.value = value;
}

void StepRing::left_ready(traces::TaskId task, std::uint64_t cause) {
  add(Happening::Kind::kLeftReady, task).value = cause;
}

void StepRing::end(traces::Outcome outcome, std::string text, Duration time, std::uint64_t hash) {
  outcome_ = outcome;
  end_text_ = std::move(text);
  end_time_ = time;
  hash_ = hash;
}

StepRing::Happening& StepRing::add(Happening::Kind kind, traces::TaskId task) {
  Happening& happening = happenings_.emplace_back();
  happening.step = steps_;
  happening.kind = kind;
  happening.task = task;
  ++happened_;
  return happening;
}

// Mostly it is the same again.
std::uint32_t StepRing::word(std::string_view text) {
  if (!words_.empty() && *words_[latest_word_] == text) return latest_word_;
  auto found = word_numbers_.find(text);
  if (found == word_numbers_.end()) {
    found = word_numbers_.emplace(text, static_cast<std::uint32_t>(words_.size())).first;
    words_.push_back(&found->first);
  }
  return latest_word_ = found->second;
}

void StepRing::write(traces::Writer& writer) const {
  const std::uint64_t first = first_kept();
  const Sites site(writer);
  const auto create = [&](traces::TaskId task) {
    const Life& life = lives_[task - 1];
    const std::uint32_t parent = tasks_.parent(task);
    writer.task_created(task, parent, tasks_.path(task), site(life.made), life.path_hash);
  };
  const auto park = [&](traces::TaskId task, const Wait& wait) {
    writer.parked(task, site(wait.site), *words_[wait.word]);
  };

  traces::RunInfo info = info_;
  if (first > 1) info.extra.emplace_back("kept", fmt::format("the last {} of {} steps", kept_.size(), steps_));
  writer.begin_after(first - 1);
  writer.run_info(info);
  if (first > 1) {
    // How the tasks stood before the first step that is kept.
    for (traces::TaskId task = 1; task <= lives_.size() && lives_[task - 1].created_in < first; ++task) create(task);
    for (traces::TaskId task = 1; task <= lives_.size() && lives_[task - 1].created_in < first; ++task) {
      const Life& life = lives_[task - 1];
      if (life.ended_in < first) {
        writer.task_ended(task, life.how, "");
      } else if (const Wait& wait = waits_[task - 1]; wait.word != kNowhere) {
        park(task, wait);
      }
    }
  }

  auto next = happenings_.begin();
  const auto write_happenings = [&](std::uint64_t step, std::uint64_t most) {
    for (; most > 0 && next != happenings_.end() && next->step == step; ++next, --most) {
      switch (next->kind) {
        case Happening::Kind::kCreated:
          create(next->task);
          break;
        case Happening::Kind::kParked:
          park(next->task, next->wait);
          break;
        case Happening::Kind::kEnded:
          writer.task_ended(next->task, next->how, next->text);
          break;
        case Happening::Kind::kCancelRequested:
          writer.cancel_requested(next->task, next->text);
          break;
        case Happening::Kind::kMark:
          writer.mark(next->text);
          break;
        case Happening::Kind::kDraw:
          writer.draw(next->text, next->value);
          break;
        case Happening::Kind::kLeftReady:
          writer.left_ready(next->task, next->value);
          break;
      }
    }
  };
  if (first == 1) write_happenings(0, kNever);
  for (std::uint64_t number = first; number <= steps_; ++number) {
    const KeptStep& here = kept(number);
    writer.step({number, here.time, here.kind, here.task, here.cause, site(here.site), here.ready, here.chosen});
    if (here.parked) {
      write_happenings(number, here.happened_before_park);
      park(here.task, {here.wait_site, here.wait_word});
    }
    write_happenings(number, kNever);
  }
  writer.run_ended(outcome_, end_text_, end_time_, hash_);
}

}  // namespace corosim::sim
