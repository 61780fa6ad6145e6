#include "progress.hpp"

#include <algorithm>
#include <cstdio>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

namespace corosim::sim {

namespace {

constexpr std::chrono::milliseconds kTimeOnTerminal{100};
constexpr std::chrono::seconds kTimeElsewhere{10};

// "12,480"
std::string grouped(std::uint64_t number) {
  std::string digits = fmt::format("{}", number);
  for (std::size_t left = digits.size(); left > 3; left -= 3) digits.insert(left - 3, 1, ',');
  return digits;
}

}  // namespace

ProgressLine::ProgressLine() : terminal_(::isatty(STDERR_FILENO) != 0) {}

ProgressLine::~ProgressLine() {
  if (shown_ && terminal_) std::fputs("\r\033[K", stderr);
}

bool ProgressLine::due() {
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ < (terminal_ ? kTimeOnTerminal : kTimeElsewhere)) return false;
  last_ = now;
  return true;
}

void ProgressLine::print(std::string_view text) {
  fmt::print(stderr, "{}{}{}", terminal_ ? "\r\033[K" : "", text, terminal_ ? "" : "\n");
  std::fflush(stderr);
  shown_ = true;
}

void ExploreProgress::show(const ExploreResult& so_far) {
  if (!line_.due()) return;
  const double seconds = line_.elapsed().count();
  const double rate = static_cast<double>(so_far.runs) / seconds;
  double left = 1e300;
  if (runs_) left = static_cast<double>(*runs_ - std::min(*runs_, so_far.runs)) / rate;
  if (time_) left = std::min(left, std::chrono::duration<double>(*time_).count() - seconds);
  line_.print(fmt::format("explore  {}{} runs  {:.1f} k/s  {} orders  {} failure{}  eta {:.0f} s", grouped(so_far.runs),
                          runs_ ? " / " + grouped(*runs_) : "", rate / 1000, grouped(so_far.orders.orders()),
                          so_far.failures.size(), so_far.failures.size() == 1 ? "" : "s", std::max(left, 0.0)));
}

void ExhaustiveProgress::show(std::uint64_t orders, double part) {
  if (!line_.due()) return;
  line_.print(fmt::format("explore  {} orders  {:.1f} k/s  about {:.2g} % of what is known", grouped(orders),
                          static_cast<double>(orders) / line_.elapsed().count() / 1000, 100 * part));
}

}  // namespace corosim::sim
