#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <sstream>
#include <system_error>
#include <utility>

#include <corosim/sim/program_main.hpp>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include "crash_log.hpp"
#include "pipe.hpp"
#include "report_json.hpp"
#include "session.hpp"

namespace corosim::sim {

namespace {

constexpr std::uint64_t kDefaultSchedules = 4;  // for each cancellation

// The run under way, as far as it has come.
struct CampaignLog {
  std::atomic<std::uint64_t> runs;  // it included
  std::atomic<std::uint64_t> seed;
  std::array<char, 4096> injections;  // as text, one after the other
  DecisionLog decisions;
};

class CampaignWatch final : public StepObserver {
 public:
  explicit CampaignWatch(CampaignLog& log) : log_(log) {}

  void before_run(Seed seed, const Conditions& conditions) {
    std::string text;
    for (const Injection& injection : conditions.injections) text += injection.text() + ' ';
    const std::size_t size = std::min(text.size(), log_.injections.size() - 1);
    *std::copy_n(text.begin(), size, log_.injections.begin()) = '\0';
    log_.seed.store(seed, std::memory_order_relaxed);
    log_.runs.fetch_add(1, std::memory_order_relaxed);
    log_.decisions.begin();
  }
  std::optional<Divergence> step(const StepTaken& taken) override {
    log_.decisions.add(taken);
    return std::nullopt;
  }

 private:
  CampaignLog& log_;
};

std::string read_all(int pipe) {
  std::string text;
  std::array<char, 4096> bytes;
  for (;;) {
    const ssize_t size = ::read(pipe, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return text;
    text.append(bytes.data(), static_cast<std::size_t>(size));
  }
}

}  // namespace

int Session::cancel_everywhere() {
  CampaignOptions options;
  options.order(settings_.order).strategy(settings_.strategy).limits(settings_.limits);
  options.conditions(settings_.conditions);
  options.first_seed(settings_.seed.value_or(0)).schedules(settings_.runs.value_or(kDefaultSchedules));
  if (settings_.jobs > 0) return cancel_everywhere_apart(options);
  return report_campaign(injection_campaign(program_, options));
}

// In a process of its own, so that a crash is reported with the cancellation that leads to it. The process hands over
// what there is to say; its exit code comes last, behind a zero byte, and is missing where it crashed.
int Session::cancel_everywhere_apart(CampaignOptions options) {
  const SharedMemory<CampaignLog> log;
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  std::fflush(nullptr);  // or what waits to be written would be written twice
  const pid_t process = ::fork();
  if (process < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (process == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(ends[0]);
    CampaignWatch watch(*log);
    options.watch([&watch](Seed seed, const Conditions& conditions) { watch.before_run(seed, conditions); }, watch);
    const int code = report_campaign(injection_campaign(program_, options));
    write_all(ends[1], result_.text + '\0' + static_cast<char>(code));
    std::fflush(nullptr);
    ::_exit(0);  // destructors and exit handlers are the parent's
  }
  ::close(ends[1]);
  const std::string said = read_all(ends[0]);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(process, &status, 0);
  if (said.size() >= 2 && said[said.size() - 2] == '\0') {
    result_.text += said.substr(0, said.size() - 2);
    return said.back();
  }
  CrashedRun run;
  run.how = how_it_ended(status);
  run.order = settings_.order;
  run.seed = log->seed.load();
  run.conditions = settings_.conditions;
  run.conditions.injections.clear();
  std::istringstream injections(log->injections.data());
  for (std::string each; injections >> each;) run.conditions.injections.push_back(Injection::parse(each));
  run.found_after = log->runs.load();
  run.steps = log->decisions.steps.load();
  run.decisions = log->decisions.decided();
  return report_crash(run);
}

int Session::report_campaign(const CampaignResult& found) {
  const int code = !found.passed() ? kFailureFound : found.runs == 0 ? kNothingRun : kPassed;
  if (!settings_.json) {
    say("{}", render(program_, found, fmt::format("{} {}", binary_, arguments_)));
    return code;
  }
  nlohmann::ordered_json json = json_of(found);
  json["program"] = program_.name();
  for (std::size_t i = 0; i < found.failures.size(); ++i) {
    ReportContext context;
    context.replay_command = command_for(schedule_of(program_, found.failures[i].result).text());
    json["failures"][i].update(json_of(found.failures[i].result, context));
  }
  say("{}\n", json.dump(2));
  return code;
}

}  // namespace corosim::sim
