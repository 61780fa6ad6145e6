#include "program.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

#include <corosim/sim/program_main.hpp>

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "terminal.hpp"

namespace corosim::tools {

namespace {

using sim::ExitCode;

[[noreturn]] void fail(int error, const char* what) { throw std::system_error(error, std::generic_category(), what); }

// The signals that run_program waits for. They stay blocked from before the program is started, so that none is lost.
class AwaitedSignals {
 public:
  AwaitedSignals() {
    ::sigemptyset(&set_);
    for (const int signal : {SIGINT, SIGTERM, SIGCHLD}) ::sigaddset(&set_, signal);
    std::signal(SIGCHLD, SIG_DFL);  // where our parent ignores it, the end of the program would pass unseen
    ::sigprocmask(SIG_BLOCK, &set_, &before_);
  }
  AwaitedSignals(const AwaitedSignals&) = delete;
  AwaitedSignals& operator=(const AwaitedSignals&) = delete;
  ~AwaitedSignals() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

  const sigset_t& before() const { return before_; }
  siginfo_t next() const {
    siginfo_t info{};
    while (::sigwaitinfo(&set_, &info) < 0) {
      if (errno != EINTR) fail(errno, "sigwaitinfo");
    }
    return info;
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

// A sanitizer ends a program with 1, which would read as "failure found": it is to say that the program crashed. What
// the user's own options say goes last, and wins.
void make_sanitizers_exit_as_crashed() {
  for (const char* const name : {"ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS"}) {
    const char* const own = std::getenv(name);
    const std::string options =
        fmt::format("exitcode={}{}{}", +ExitCode::kCrashed, own != nullptr ? ":" : "", own != nullptr ? own : "");
    ::setenv(name, options.c_str(), 1);
  }
}

void set_environment(const Variables& variables) {
  for (const auto& [name, text] : variables) {
    if (text.empty()) {
      ::unsetenv(name.c_str());
    } else {
      ::setenv(name.c_str(), text.c_str(), 1);
    }
  }
  make_sanitizers_exit_as_crashed();
}

// Returns the error where the program could not be started.
std::optional<int> start(const CommandLine& command, const sigset_t& signal_mask, pid_t& process) {
  std::vector<std::string> words = command;
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setsigmask(&attributes, &signal_mask);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  const int error = ::posix_spawnp(&process, arguments.front(), nullptr, &attributes, arguments.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) return error;
  return std::nullopt;
}

std::string why_not_started(const std::string& program, int error) {
  const bool looked_up_in_path = program.find('/') == std::string::npos;
  if (error == ENOENT && looked_up_in_path) {
    std::error_code ignored;
    const bool is_here = std::filesystem::exists(program, ignored);
    return fmt::format("{}: cannot start the program: not found in PATH{}", program,
                       is_here ? fmt::format("; did you mean ./{}?", program) : "");
  }
  return fmt::format("{}: cannot start the program: {}", program, std::generic_category().message(error));
}

// Passes signals on until the program ends. Returns its wait status.
int wait_for_end(pid_t process, const AwaitedSignals& signals, bool& interrupted) {
  for (;;) {
    int status = 0;
    const pid_t ended = ::waitpid(process, &status, WNOHANG);
    if (ended == process) return status;
    if (ended < 0 && errno != EINTR) fail(errno, "waitpid");
    const siginfo_t signal = signals.next();
    if (signal.si_signo == SIGCHLD) continue;
    interrupted = true;
    // A terminal's Ctrl-C has gone to the program as well as to this process.
    if (signal.si_code != SI_KERNEL) ::kill(process, signal.si_signo);
  }
}

std::string signal_text(int signal) {
  const char* const description = ::sigdescr_np(signal);
  return fmt::format("signal {} ({})", signal, description != nullptr ? description : "unknown");
}

int exit_code_of(const std::string& program, int status, bool interrupted) {
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    if (interrupted && (signal == SIGINT || signal == SIGTERM)) return ExitCode::kInterrupted;
    print_error(fmt::format("{}: the program crashed: killed by {}{}", program, signal_text(signal),
                            WCOREDUMP(status) ? ", core dumped" : ""));
    return ExitCode::kCrashed;
  }
  const int code = WEXITSTATUS(status);
  switch (code) {
    case ExitCode::kPassed:
    case ExitCode::kFailureFound:
    case ExitCode::kUsage:
    case ExitCode::kNotDeterministic:
    case ExitCode::kNothingRun:
    case ExitCode::kInterrupted:
      return code;
    case ExitCode::kCrashed:
      print_error(fmt::format("{}: the program crashed: see what it or its sanitizer printed above", program));
      return ExitCode::kCrashed;
    default:
      print_error(
          fmt::format("{}: the program ended with exit code {}, expected one of 0, 1, 2, 3, 6 and 130: it called "
                      "exit, or does not use corosim::sim::program_main",
                      program, code));
      return ExitCode::kCrashed;
  }
}

}  // namespace

int run_program(const CommandLine& command, const Variables& variables) {
  set_environment(variables);
  const AwaitedSignals signals;
  pid_t process = 0;
  if (const auto error = start(command, signals.before(), process)) {
    print_error(why_not_started(command.front(), *error));
    return ExitCode::kCrashed;
  }
  bool interrupted = false;
  const int status = wait_for_end(process, signals, interrupted);
  return exit_code_of(command.front(), status, interrupted);
}

}  // namespace corosim::tools
