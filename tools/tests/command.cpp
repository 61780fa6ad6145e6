#include "command.hpp"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace corosim::tools {

namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> environment(const std::vector<std::string>& variables) {
  std::vector<std::string> result;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const bool is_ours =
        text.starts_with("COROSIM_") || text.starts_with("NO_COLOR=") || text.starts_with("UBSAN_OPTIONS=");
    if (!is_ours) result.emplace_back(text);
  }
  result.insert(result.end(), variables.begin(), variables.end());
  return result;
}

// In the child, where only what is safe in a signal handler may be called.
void redirect(int to, const char* path) {
  const int file = ::open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (file < 0 || ::dup2(file, to) < 0) ::_exit(126);
  ::close(file);
}

}  // namespace

Workplace::Workplace() {
  std::string name = ::testing::TempDir() + "corosim-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::system_error(errno, std::generic_category(), name);
  directory_ = name;
}

Workplace::~Workplace() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

pid_t Workplace::start(const std::vector<std::string>& words, const std::vector<std::string>& variables) const {
  std::vector<std::string> command{COROSIM_COMMAND};
  command.insert(command.end(), words.begin(), words.end());
  std::vector<std::string> environment_texts = environment(variables);
  const std::vector<char*> arguments = pointers(command);
  const std::vector<char*> environment_pointers = pointers(environment_texts);
  const std::string out = path("out");
  const std::string err = path("err");

  const pid_t process = ::fork();
  if (process < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (process == 0) {
    if (::chdir(directory_.c_str()) != 0) ::_exit(126);
    redirect(STDOUT_FILENO, out.c_str());
    redirect(STDERR_FILENO, err.c_str());
    ::execve(arguments.front(), arguments.data(), environment_pointers.data());
    ::_exit(127);
  }
  return process;
}

Ran Workplace::finish(pid_t process) const {
  int status = 0;
  while (::waitpid(process, &status, 0) < 0) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitpid");
  }
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read("out"), read("err")};
}

void Workplace::wait_for_output(const std::string& text) const {
  constexpr int kMostTries = 6000;
  for (int i = 0; i < kMostTries; ++i) {
    if (std::filesystem::exists(path("out")) && read("out").find(text) != std::string::npos) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ADD_FAILURE() << "no '" << text << "' in the standard output";
}

Ran Workplace::corosim(const std::vector<std::string>& words, const std::vector<std::string>& variables) const {
  return finish(start(words, variables));
}

std::string Workplace::read(const std::string& name) const {
  std::ifstream file(path(name), std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path(name).string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void Workplace::write(const std::string& name, const std::string& bytes) const {
  std::ofstream file(path(name), std::ios::binary);
  file << bytes;
}

}  // namespace corosim::tools
