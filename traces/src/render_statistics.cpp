#include <corosim/traces/render.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "paint.hpp"
#include "run_lines.hpp"

namespace corosim::traces {

namespace {

using std::chrono::nanoseconds;

constexpr double kBarColumns = 40;
constexpr std::size_t kMaxNameColumns = 40;

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

std::string counted(std::uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

/// Exact where that is short, else to the microsecond.
std::string rounded(nanoseconds time) {
  const bool is_long = time >= std::chrono::milliseconds(1);
  return render_time(is_long ? nanoseconds(time.count() / 1000 * 1000) : time);
}

std::string place_of(const Site& site) {
  if (site.file.empty()) return "(unknown)";
  const std::size_t slash = site.file.find_last_of("/\\");
  return fmt::format("{}:{}", slash == std::string::npos ? site.file : site.file.substr(slash + 1), site.line);
}

class Report {
 public:
  Report(const Statistics& statistics, const StatisticsRenderOptions& options)
      : statistics_(statistics), options_(options), paint_(options.color) {}

  std::string render() {
    text_ = run_head(statistics_.run, paint_) + "\n";
    put_totals();
    put_ready();
    put_queue();
    put_waits();
    put_draws();
    put_marks();
    text_ += '\n';
    text_ += end_line(statistics_.end, statistics_.tail, statistics_.decisions(), statistics_.tasks_born, paint_);
    return std::move(text_);
  }

 private:
  template <typename... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    while (!text_.empty() && text_.back() == ' ') text_.pop_back();
    text_ += '\n';
  }

  void heading(std::string_view text) {
    text_ += '\n';
    line("{}", paint_.bold(text));
  }

  void put_rest(std::size_t rows, std::string_view what) {
    if (rows > options_.max_rows) line("  … and {} more {}", rows - options_.max_rows, what);
  }

  void put_totals() {
    const Statistics& s = statistics_;
    const auto kind = [&s](StepKind k) { return s.by_kind[static_cast<std::size_t>(k)]; };
    const auto ended = [&s](TaskEnd how) { return s.tasks_ended[static_cast<std::size_t>(how)]; };
    const std::string range = s.first_step > 1 ? fmt::format(" (from step {} on)", s.first_step) : "";
    line("steps      {}{} in {}: {} started, {} resumed, {} cancelled, {}, {}", s.steps(), range, render_time(s.time),
         kind(StepKind::task_start), kind(StepKind::task_resume), kind(StepKind::task_cancel),
         counted(kind(StepKind::callback), "callback"), counted(kind(StepKind::timer), "timer"));
    line("decisions  {}, at {:.0f} % of the steps", s.decisions(), percent(s.decisions(), s.steps()));
    line("switches   {} to another task than the one before", s.switches);
    line("tasks      {}, at most {} alive: {} ended, {} with an exception, {} cancelled, {} unfinished", s.tasks_born,
         s.most_tasks_alive, ended(TaskEnd::result), ended(TaskEnd::exception), ended(TaskEnd::cancelled),
         s.tasks_unfinished());
    line("cancels    {} asked for", s.cancels_requested);
    if (s.left_ready != 0) line("left       {} ready when the run ended", s.left_ready);
  }

  void put_ready() {
    if (statistics_.by_ready.empty()) return;
    heading(
        fmt::format("ready lanes a step: mean {:.2f}, at most {}", statistics_.mean_ready(), statistics_.most_ready()));
    std::uint64_t most = 0;
    for (const auto& [ready, steps] : statistics_.by_ready) most = std::max(most, steps);
    // Rows of single numbers, then of powers of two: 1, 2, 3, 4, 5-8, 9-16, ...
    constexpr std::uint32_t kSingle = 4;
    std::vector<std::pair<std::string, std::uint64_t>> rows;
    std::uint64_t upper = 0;
    for (const auto& [ready, steps] : statistics_.by_ready) {
      if (ready > upper || rows.empty()) {
        std::uint64_t lower = ready;
        upper = ready;
        if (ready > kSingle) {
          upper = kSingle;
          while (upper < ready) upper *= 2;
          lower = upper / 2 + 1;
        }
        rows.emplace_back(lower == upper ? fmt::format("{}", lower) : fmt::format("{}-{}", lower, upper), 0);
      }
      rows.back().second += steps;
    }
    for (const auto& [name, steps] : rows) most = std::max(most, steps);
    line("{}", paint_.dim("      lanes      steps"));
    for (const auto& [name, steps] : rows) {
      const auto bar = static_cast<std::size_t>(std::lround(percent(steps, most) * kBarColumns / 100));
      line("  {:>9}  {:>9}  {:>3.0f} %  {}", name, steps, percent(steps, statistics_.steps()),
           paint_.cyan(std::string(std::max<std::size_t>(bar, 1), '#')));
    }
  }

  /// The fullest moment of each stretch of time, as the height of a block; a stretch without a step is blank.
  void put_queue() {
    const std::vector<QueueStretch>& queue = statistics_.queue;
    if (queue.size() < 2) return;
    static constexpr std::array<std::string_view, 8> kBlocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    std::string blocks;
    for (const QueueStretch& stretch : queue) {
      const std::uint64_t height = std::uint64_t{stretch.ready_most} * kBlocks.size();
      const std::size_t eighths = static_cast<std::size_t>((height + statistics_.most_ready() - 1) /
                                                           std::max<std::uint32_t>(statistics_.most_ready(), 1));
      blocks += stretch.steps == 0 ? " " : kBlocks[std::max<std::size_t>(eighths, 1) - 1];
    }
    heading(fmt::format("ready lanes over virtual time: the most in each {}, up to {}", rounded(statistics_.stretch),
                        statistics_.most_ready()));
    const std::string until = rounded(statistics_.stretch * static_cast<std::int64_t>(queue.size()));
    line("  |{}|", paint_.cyan(blocks));
    line("  0 ms{:>{}}", until, std::max<std::size_t>(queue.size(), until.size() + 4) - 2);
  }

  void put_waits() {
    const std::vector<SiteWaits>& waits = statistics_.waits;
    if (waits.empty()) return;
    std::uint64_t all = 0;
    for (const SiteWaits& wait : waits) all += wait.waits;
    heading(
        fmt::format("waits, the longest in all first: {} at {}", counted(all, "wait"), counted(waits.size(), "place")));
    line("{}", paint_.dim(fmt::format("  {:>13}  {:>9}  {:>13}  {:>9}  {:>10}  {}", "in all", "waits", "longest",
                                      "cancelled", "unfinished", "where")));
    for (std::size_t i = 0; i < std::min(waits.size(), options_.max_rows); ++i) {
      const SiteWaits& wait = waits[i];
      line("  {:>13}  {:>9}  {:>13}  {}  {}  {}{}", rounded(wait.total), wait.waits, rounded(wait.longest),
           cell(wait.cancelled, 9), cell(wait.unfinished, 10), printable(place_of(wait.site)),
           wait.wait.empty() ? "" : " for " + printable(wait.wait));
    }
    put_rest(waits.size(), "places");
  }

  /// A number that is rarely other than 0, and then worth a look.
  std::string cell(std::uint64_t number, std::size_t columns) const {
    if (number == 0) return fmt::format("{:>{}}", ".", columns);
    return paint_.yellow(fmt::format("{:>{}}", number, columns));
  }

  void put_draws() {
    if (statistics_.draws.empty()) return;
    heading("draws");
    line("{}", paint_.dim("      draws  stream"));
    std::size_t shown = 0;
    for (const auto& [stream, draws] : statistics_.draws) {
      if (shown++ == options_.max_rows) break;
      line("  {:>9}  {}, {} to {}", draws.count, shorten_front(printable(stream), kMaxNameColumns), draws.least,
           draws.greatest);
    }
    put_rest(statistics_.draws.size(), "streams");
  }

  void put_marks() {
    if (statistics_.marks.empty()) return;
    heading("marks");
    std::vector<std::pair<std::uint64_t, std::string_view>> marks;
    for (const auto& [text, count] : statistics_.marks) marks.emplace_back(count, text);
    std::sort(marks.begin(), marks.end(),
              [](const auto& a, const auto& b) { return std::tie(b.first, a.second) < std::tie(a.first, b.second); });
    line("{}", paint_.dim("      times  text"));
    for (std::size_t i = 0; i < std::min(marks.size(), options_.max_rows); ++i) {
      line("  {:>9}  \"{}\"", marks[i].first, printable(marks[i].second));
    }
    put_rest(marks.size(), "texts");
  }

  const Statistics& statistics_;
  const StatisticsRenderOptions& options_;
  Paint paint_;
  std::string text_;
};

}  // namespace

std::string render_statistics(const Statistics& statistics, const StatisticsRenderOptions& options) {
  return Report(statistics, options).render();
}

}  // namespace corosim::traces
