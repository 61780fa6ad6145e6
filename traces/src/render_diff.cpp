#include <corosim/traces/render.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "paint.hpp"

namespace corosim::traces {

namespace {

constexpr std::size_t kMaxReadyLines = 20;

class Report {
 public:
  Report(const Diff& diff, const DiffRenderOptions& options) : diff_(diff), options_(options), paint_(options.color) {}

  std::string render() {
    line("{}", paint_.bold(printable(diff_.verdict)));
    text_ += '\n';
    put_run("left ", diff_.left);
    put_run("right", diff_.right);
    put_compared();
    if (diff_.first) put_first(*diff_.first);
    if (!diff_.equal()) put_differences();
    return std::move(text_);
  }

 private:
  template <typename... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    while (!text_.empty() && text_.back() == ' ') text_.pop_back();
    text_ += '\n';
  }

  void put_run(const char* side, const RunSummary& run) {
    line("{}  {} · seed {:#x} · {} · {} · {} steps · {}", side, printable(run.path), run.seed, printable(run.strategy),
         printable(run.order), run.steps, printable(run.end));
  }

  void put_compared() {
    if (!diff_.compared || diff_.equal()) return;
    const auto& [left, right] = *diff_.compared;
    line("{}", paint_.dim(fmt::format("compared step by step: {} to {} of the left, {} to {} of the right; before, "
                                      "both took the same steps",
                                      left.first, left.last, right.first, right.last)));
  }

  static std::string place(const FirstDifference::Side& side) {
    return side.step == 0 ? "no such step" : fmt::format("step {} at {}", side.step, render_time(side.time));
  }

  void put_first(const FirstDifference& first) {
    text_ += '\n';
    line("{}", paint_.bold(first.is_decision ? "first decision that differs" : "first step that differs"));
    put_ready("left ", first.left);
    put_ready("right", first.right);
  }

  void put_ready(const char* name, const FirstDifference::Side& side) {
    line("  {}  {}{}", name, place(side), side.step == 0 ? "" : fmt::format(", {} ready", side.ready.size()));
    std::size_t widest = 0;
    for (const auto& handle : side.ready) widest = std::max(widest, width(printable(handle.task)));
    std::size_t shown = 0;
    for (const auto& handle : side.ready) {
      if (shown++ >= kMaxReadyLines && !handle.is_chosen) continue;
      line("    {} {}  {}", handle.is_chosen ? paint_.green("->") : "  ", pad(printable(handle.task), widest),
           printable(handle.site));
    }
    if (shown > kMaxReadyLines) line("       {} in all", shown);
  }

  std::string kind_cell(DifferenceKind kind) const {
    const std::string cell = pad(to_string(kind), 7);
    switch (kind) {
      case DifferenceKind::missing:
        return paint_.yellow(cell);
      case DifferenceKind::order:
        return paint_.cyan(cell);
      case DifferenceKind::timing:
        return paint_.dim(cell);
      case DifferenceKind::value:
      case DifferenceKind::outcome:
        return paint_.red(cell);
    }
    return cell;
  }

  void put_side(const char* name, const Difference::Side& side) {
    if (side.text.empty()) {
      line("             {}  -", name);
      return;
    }
    const std::string where =
        side.step == 0 ? "before step 1" : fmt::format("step {}, {}", side.step, render_time(side.time));
    line("             {}  {}: {}", name, where, printable(side.text));
  }

  void put_differences() {
    text_ += '\n';
    std::string counts;
    std::uint64_t total = 0;
    for (std::size_t kind = 0; kind < kDifferenceKinds; ++kind) {
      total += diff_.counts[kind];
      if (diff_.counts[kind] == 0) continue;
      counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", diff_.counts[kind],
                            to_string(static_cast<DifferenceKind>(kind)));
    }
    line("{}", paint_.bold(fmt::format("{} {} ({})", total, total == 1 ? "difference" : "differences", counts)));
    std::size_t shown = 0;
    for (const Difference& difference : diff_.differences) {
      if (shown == options_.max_differences) break;
      ++shown;
      line("  {}  {}", kind_cell(difference.kind), paint_.bold(printable(difference.task)));
      put_side("left ", difference.left);
      put_side("right", difference.right);
    }
    if (shown < total) line("  … and {} more", total - shown);
  }

  const Diff& diff_;
  const DiffRenderOptions& options_;
  Paint paint_;
  std::string text_;
};

}  // namespace

std::string render_diff(const Diff& diff, const DiffRenderOptions& options) { return Report(diff, options).render(); }

}  // namespace corosim::traces
