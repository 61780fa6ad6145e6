#include "progress.hpp"

#include <algorithm>
#include <cstdio>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

namespace corosim::sim {

namespace {

constexpr std::chrono::seconds kTimeBetweenLines{10};

// "12,480"
std::string grouped(std::uint64_t number) {
  std::string digits = fmt::format("{}", number);
  for (std::size_t left = digits.size(); left > 3; left -= 3) digits.insert(left - 3, ",");
  return digits;
}

}  // namespace

Progress::Progress(std::optional<std::uint64_t> runs, std::optional<std::chrono::milliseconds> time)
    : runs_(runs), time_(time), terminal_(::isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (shown_ && terminal_) std::fputs("\r\033[K", stderr);
}

void Progress::show(const ExploreResult& so_far) {
  if (!terminal_ && so_far.took - last_ < kTimeBetweenLines) return;
  last_ = so_far.took;
  const double seconds = so_far.took.count();
  const double rate = static_cast<double>(so_far.runs) / seconds;
  double left = 1e300;
  if (runs_) left = static_cast<double>(*runs_ - std::min(*runs_, so_far.runs)) / rate;
  if (time_) left = std::min(left, std::chrono::duration<double>(*time_).count() - seconds);
  fmt::print(stderr, "{}explore  {}{} runs  {:.1f} k/s  {} orders  {} failure{}  eta {:.0f} s{}",
             terminal_ ? "\r\033[K" : "", grouped(so_far.runs), runs_ ? " / " + grouped(*runs_) : "", rate / 1000,
             grouped(so_far.orders.orders()), so_far.failures.size(), so_far.failures.size() == 1 ? "" : "s",
             std::max(left, 0.0), terminal_ ? "" : "\n");
  std::fflush(stderr);
  shown_ = true;
}

}  // namespace corosim::sim
