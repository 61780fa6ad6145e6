#include "processes.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <system_error>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "messages.hpp"
#include "pipe.hpp"

namespace corosim::sim {

namespace {

constexpr std::size_t kRunsPerMessage = 256;
constexpr std::chrono::milliseconds kTimePerMessage{20};
constexpr int kMillisecondsPerTick = 50;
constexpr std::chrono::seconds kPatience{2};  // between the wish to stop and the end of the processes

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

void tell_parent(int pipe, Message& message) {
  if (!write_all(pipe, message.bytes())) ::_exit(1);  // it is gone
}

}  // namespace

// Tells the parent of the runs.
class Processes::Sink final : public RunSink {
 public:
  Sink(Shared& shared, std::size_t worker, int pipe) : shared_(shared), worker_(worker), pipe_(pipe) {}

  bool wants(std::uint64_t index) override {
    if (index < shared_.end.load(std::memory_order_relaxed)) {
      shared_.current[worker_].store(index, std::memory_order_relaxed);
      return true;
    }
    send_runs();
    Message done(MessageKind::kDone);
    send(done.put(index));
    return false;
  }

  void ran(std::uint64_t index, RunResult run, std::uint64_t order) override {
    if (runs_.empty()) first_time_ = Clock::now();
    runs_.push_back({order, run.steps, run.marks});
    next_ = index + 1;
    if (run.failed() || !run.warnings.empty()) tell_findings(index, run);
    if (runs_.size() >= kRunsPerMessage || Clock::now() - first_time_ >= kTimePerMessage) send_runs();
  }

 private:
  struct Run {
    std::uint64_t order;
    std::uint64_t steps;
    std::vector<std::uint32_t> marks;
  };

  void tell_findings(std::uint64_t index, const RunResult& run) {
    std::vector<FindingName> names;
    if (run.failed()) names.push_back(name_of_failure(run));
    for (const Warning& warning : run.warnings) names.push_back(name_of(warning));
    bool is_new = false;
    for (const FindingName name : names) is_new = told_.insert(name).second || is_new;
    Message message(is_new ? MessageKind::kFound : MessageKind::kAgain);
    if (is_new) {
      message.put(index).put(run.seed).put(run.hash).put(std::string_view(run.strategy)).put(run.decisions);
    } else {
      for (const FindingName name : names) message.put(name);
    }
    send(message);
  }

  void send_runs() {
    Message message(MessageKind::kRuns);
    message.put(next_);
    for (const Run& run : runs_) message.put(run.order).put(run.steps).put(run.marks);
    send(message);
    runs_.clear();
  }
  void send(Message& message) const { tell_parent(pipe_, message); }

  Shared& shared_;
  std::size_t worker_;
  int pipe_;
  std::uint64_t next_ = 0;
  std::vector<Run> runs_;         // not told yet
  Clock::time_point first_time_;  // of these
  std::unordered_set<FindingName> told_;
};

// Makes the same runs again up to the one that crashes, and has its decisions written where they outlive the process.
class Processes::CrashSink final : public RunSink, public StepObserver {
 public:
  CrashSink(DecisionLog& log, std::uint64_t index) : log_(log), last_(index) {}

  bool wants(std::uint64_t index) override {
    is_last_ = index == last_;
    return index <= last_;
  }
  void ran(std::uint64_t, RunResult, std::uint64_t) override {}
  std::optional<Divergence> step(const StepTaken& taken) override {
    if (is_last_) log_.add(taken);
    return std::nullopt;
  }

 private:
  DecisionLog& log_;
  std::uint64_t last_;
  bool is_last_ = false;
};

Processes::Processes(Explorer& explorer, const ExploreOptions& options)
    : explorer_(explorer), options_(options), workers_(std::min<std::size_t>(options.jobs_, Shared::kMostWorkers)) {}

Processes::~Processes() {
  for (Worker& worker : workers_) stop(worker);
}

void Processes::stop(Worker& worker) {
  if (worker.pipe >= 0) ::close(std::exchange(worker.pipe, -1));
  if (worker.process < 0) return;
  ::kill(worker.process, SIGKILL);
  ::waitpid(std::exchange(worker.process, -1), nullptr, 0);
}

void Processes::run(Tally& tally) {
  shared_->end.store(tally.end());
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    workers_[i].first = workers_[i].next = options_.skip_ + i;
    start(workers_[i], i);
  }
  auto stopped = Clock::now();
  for (;;) {
    std::vector<pollfd> waits;
    std::vector<std::size_t> numbers;
    std::uint64_t done_below = ~std::uint64_t{0};
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      done_below = std::min(done_below, workers_[i].next);
      if (workers_[i].pipe < 0) continue;
      waits.push_back({workers_[i].pipe, POLLIN, 0});
      numbers.push_back(i);
    }
    tally.done_below(done_below);
    if (waits.empty()) return;
    tally.tick();
    if (tally.end() != 0) {
      stopped = Clock::now();
    } else if (Clock::now() - stopped > kPatience) {
      return;  // their runs are too long to wait for
    }
    shared_->end.store(tally.end(), std::memory_order_relaxed);
    if (::poll(waits.data(), waits.size(), kMillisecondsPerTick) < 0 && errno != EINTR) fail("poll");
    for (std::size_t i = 0; i < waits.size(); ++i) {
      Worker& worker = workers_[numbers[i]];
      if (waits[i].revents != 0) receive(worker, tally);
      if (worker.pipe < 0 && !worker.done) crashed(worker, numbers[i]);
    }
  }
}

void Processes::start(Worker& worker, std::size_t number) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) fail("pipe");
  std::fflush(nullptr);  // or what waits to be written would be written twice
  const pid_t process = ::fork();
  if (process < 0) fail("fork");
  if (process == 0) {
    ::close(ends[0]);
    work(worker, number, ends[1]);
  }
  ::close(ends[1]);
  worker.pipe = ends[0];
  worker.process = process;
}

// The parent decides what an interrupt means; where it is killed, the others go as well.
void Processes::work(const Worker& worker, std::size_t number, int pipe) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  const auto tell = [pipe](const std::exception& error, bool is_not_deterministic) {
    Message message(MessageKind::kError);
    tell_parent(pipe, message.put(std::uint64_t{is_not_deterministic}).put(std::string_view(error.what())));
  };
  try {
    Sink sink(*shared_, number, pipe);
    explorer_.run(worker.first, workers_.size(), sink);
  } catch (const NotDeterministic& error) {
    tell(error, true);
  } catch (const std::exception& error) {
    tell(error, false);
  }
  std::fflush(nullptr);
  ::_exit(0);  // destructors and exit handlers are the parent's
}

void Processes::receive(Worker& worker, Tally& tally) {
  std::array<char, 65536> bytes;
  const ssize_t size = ::read(worker.pipe, bytes.data(), bytes.size());
  if (size < 0 && errno == EINTR) return;
  if (size < 0) fail("read");
  if (size == 0) {
    ::close(std::exchange(worker.pipe, -1));
    return;
  }
  worker.received.append(bytes.data(), static_cast<std::size_t>(size));
  std::string_view rest = worker.received;
  while (const std::size_t frame = MessageReader::frame_size(rest)) {
    handle(worker, MessageReader(rest.substr(0, frame)), tally);
    rest.remove_prefix(frame);
  }
  worker.received.erase(0, worker.received.size() - rest.size());
}

void Processes::handle(Worker& worker, MessageReader message, Tally& tally) {
  switch (message.kind()) {
    case MessageKind::kRuns:
      worker.next = std::max(worker.next, message.number());
      while (!message.at_end()) {
        const std::uint64_t order = message.number();
        const std::uint64_t steps = message.number();
        tally.count(order, steps, message.numbers());
      }
      return;
    case MessageKind::kFound: {
      const std::uint64_t index = message.number();
      tally.found(index, explorer_.again(run_of(message)));
      return;
    }
    case MessageKind::kAgain:
      while (!message.at_end()) tally.found_again(message.number());
      return;
    case MessageKind::kError: {
      const bool is_not_deterministic = message.number() != 0;
      if (is_not_deterministic) throw NotDeterministic(message.text());
      throw std::runtime_error(message.text());
    }
    case MessageKind::kDone:
      worker.next = message.number();
      worker.done = true;
      return;
  }
}

// What it takes to make the run again.
RunResult Processes::run_of(MessageReader& message) const {
  RunResult run;
  run.order = options_.order_;
  run.seed = message.number();
  run.hash = message.number();
  run.strategy = message.text();
  run.decisions = message.numbers();
  for (const Injection& injection : options_.conditions_.injections) {
    run.injections.push_back({injection, 1, 0, false, {}});
  }
  run.draws = options_.conditions_.draws;
  run.jitter = options_.conditions_.jitter;
  run.plain_draws = options_.conditions_.plain_draws;
  return run;
}

void Processes::crashed(Worker& worker, std::size_t number) {
  int status = 0;
  ::waitpid(std::exchange(worker.process, -1), &status, 0);
  for (Worker& other : workers_) stop(other);
  const std::uint64_t index = shared_->current[number].load();
  CrashedRun run;
  run.seed = options_.seed(index);
  run.order = options_.order_;
  run.conditions = options_.conditions_;
  run.found_after = index + 1;
  run.decisions = repeat_crash(worker, index);
  run.steps = shared_->log.steps.load();
  run.how = how_it_ended(status);
  throw ProgramCrashed(std::move(run));
}

std::vector<std::uint32_t> Processes::repeat_crash(const Worker& worker, std::uint64_t index) {
  DecisionLog& log = shared_->log;
  std::fflush(nullptr);
  const pid_t process = ::fork();
  if (process < 0) fail("fork");
  if (process == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    CrashSink sink(log, index);
    explorer_.run(worker.first, workers_.size(), sink, &sink);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(process, &status, 0);
  const bool crashed_again = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
  if (!crashed_again) return {};
  return log.decided();
}

}  // namespace corosim::sim
