#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include <corosim/runtime/ready_queue.hpp>
#include <corosim/runtime/seams.hpp>
#include <corosim/sim/flat_map.hpp>
#include <corosim/sim/hash_trail.hpp>
#include <corosim/sim/last_steps.hpp>
#include <corosim/sim/schedule.hpp>
#include <corosim/sim/step_watcher.hpp>
#include <corosim/sim/strategy.hpp>
#include <corosim/sim/virtual_clock.hpp>

namespace corosim::sim {

class Recorder;

/// One step of a run, as the scheduler took it.
struct StepTaken {
  std::uint64_t number;
  const detail::Runnable& handle;
  const detail::TaskState* task;  // the handle's, or null
  HandleKind kind;                // the handle's
  TimePoint time;
  std::uint32_t ready;   // lanes that the choice was made from
  std::uint32_t chosen;  // the place of the chosen one
};

/// Looks at each step before it runs: an injector, or the replay of a trace. Returning a divergence ends the run before
/// the step.
class StepObserver {
 public:
  virtual ~StepObserver() = default;
  virtual std::optional<Divergence> step(const StepTaken& taken) = 0;
};

/// The bounds of one run: a program that never comes to an end must end in a report.
class Limits {
 public:
  Limits() = default;
  Limits& steps(std::uint64_t value) {
    steps_ = value;
    return *this;
  }
  Limits& virtual_time(Duration value) {
    virtual_time_ = value;
    return *this;
  }
  Limits& real_time(std::chrono::milliseconds value) {
    real_time_ = value;
    return *this;
  }
  /// How many warnings a run may give; any number by default, and with 0 the first one fails it.
  Limits& warnings(std::uint64_t value) {
    warnings_ = value;
    return *this;
  }
  std::uint64_t steps() const { return steps_; }
  std::uint64_t warnings() const { return warnings_; }
  Duration virtual_time() const { return virtual_time_; }
  std::chrono::milliseconds real_time() const { return real_time_; }

 private:
  std::uint64_t steps_ = 1'000'000;
  std::uint64_t warnings_ = std::numeric_limits<std::uint64_t>::max();
  Duration virtual_time_ = std::chrono::hours(24 * 365);
  std::chrono::milliseconds real_time_ = std::chrono::seconds(60);
};

/// The ready policy of a simulation: keeps the lanes, asks the strategy where more than one is ready, counts steps
/// against the limits, and keeps the rolling hash of the run.
class Scheduler final : public ReadyPolicy {
 public:
  enum class End : std::uint8_t { kNone, kStepLimit, kRealTimeLimit, kStopped, kFailed, kDiverged };

  explicit Scheduler(const VirtualClock& clock) : clock_(clock) {}

  /// A run begins. The strategy is asked under the orders `legal` and `any`, unless `decisions` are to be followed.
  void begin(Order order, Strategy& strategy, Seed seed, const Limits& limits,
             const std::vector<std::uint32_t>* decisions);
  /// Who is told of each step before it runs, the recorder last. Null for none.
  void tell(StepObserver* observer, Recorder* recorder) {
    observer_ = observer;
    recorder_ = recorder;
  }
  /// Who looks at the steps of the run that begins, besides the strategy; `detailed`: the log tells values too.
  void watch(std::vector<StepWatcher*> watchers, bool detailed);
  /// The run is over: tells the watchers of the last step and, where the scheduler did not end the run itself, of what
  /// was left ready.
  void finish();
  /// The program said something for the trace.
  void mark(std::string_view text) {
    for (StepWatcher* watcher : watchers_) watcher->marked(text);
  }
  /// The run ends before its next step: the program was found wrong.
  void stop_failed() {
    if (end_ == End::kNone) end_ = End::kFailed;
  }
  /// The run stops after this many steps, for tests that take a program down at each point.
  void stop_after(std::optional<std::uint64_t> steps) { stop_after_ = steps; }

  void push(detail::Runnable& handle) override;
  detail::Runnable* pop() override;
  void withdraw(detail::Runnable& handle) override;
  bool ended() const override { return end_ != End::kNone; }
  std::size_t pass_length() const override {
    return order_ == Order::kFifo ? queue_.size() : static_cast<std::size_t>(!ready_.empty());
  }

  /// Calls `visit(handle)` for each ready handle, lane by lane.
  template <class F>
  void for_each_ready(F visit) const {
    queue_.for_each(visit);
    for (std::size_t place = 0; place < ready_.size(); ++place) {
      for (const detail::Runnable* handle = &ready_[place]; handle != nullptr; handle = handle->lane_next)
        visit(*handle);
    }
  }

  End end() const { return end_; }
  /// Steps run so far; the number of the step that runs now.
  std::uint64_t steps() const { return steps_; }
  std::uint64_t hash() const { return hash_; }
  /// The hash after some of the steps.
  const HashTrail& trail() const { return trail_; }
  /// What a run that came to no end was doing.
  LastSteps last_steps(const TaskTable& tasks) const { return last_steps_.result(steps_, ready_, tasks); }
  /// Adds something that happened to the hash.
  void add_to_hash(std::uint64_t value) { hash_ = mix(hash_ ^ value); }
  /// The places chosen so far where more than one lane was ready.
  const std::vector<std::uint32_t>& decisions() const { return decisions_; }
  const std::optional<Divergence>& divergence() const { return divergence_; }

 private:
  // The step that runs, as far as it is known before it does.
  struct Current {
    bool running = false;
    Executed step;
  };
  void name_actor(detail::Runnable& handle);
  void finish_step();
  // The parts of pop(), which runs for each step.
  [[gnu::always_inline]] inline void take(detail::Runnable& handle, std::size_t place);
  [[gnu::always_inline]] inline std::size_t choose(std::size_t ready);
  [[gnu::always_inline]] inline bool account(const detail::Runnable& handle, std::size_t ready, std::size_t chosen);
  void tell_watchers_of(const detail::Runnable& handle, std::size_t ready);
  bool tell_observer(const StepTaken& taken);
  static Pending pending(const detail::Runnable& handle);
  bool within_limits() { return steps_ < next_look_at_limits_ && end_ == End::kNone ? true : look_at_limits(); }
  bool look_at_limits();
  void count_last_steps(const detail::Runnable& handle);
  void diverge(Divergence divergence);

  const VirtualClock& clock_;
  Order order_ = Order::kFifo;
  Strategy* strategy_ = nullptr;
  const std::vector<std::uint32_t>* followed_ = nullptr;
  StepObserver* observer_ = nullptr;
  Recorder* recorder_ = nullptr;
  std::optional<std::uint64_t> stop_after_;
  Limits limits_;
  std::uint64_t next_look_at_limits_ = 0;  // until this step no limit can be reached
  std::chrono::steady_clock::time_point real_deadline_;
  LastStepsCounter last_steps_;
  std::uint64_t counted_from_ = 0;  // step after which steps are counted: in the latter half of whatever limit
  TimePoint counted_since_{};
  FlatMap<Actor> actors_;  // by identity of the handle: actor + 1
  bool names_actors_ = false;
  bool picks_always_ = false;
  std::vector<StepWatcher*> watchers_;
  detail::AccessLog log_;
  std::vector<std::uint32_t> steps_of_;  // by actor, in this run; kept where somebody watches
  Current current_;
  std::vector<Pending> left_;  // scratch
  detail::ReadyQueue queue_;   // order fifo
  ReadySet ready_;             // orders legal and any
  std::uint64_t steps_ = 0;
  std::uint64_t hash_ = 0;
  HashTrail trail_;
  std::vector<std::uint32_t> decisions_;
  std::optional<Divergence> divergence_;
  End end_ = End::kNone;
};

}  // namespace corosim::sim
