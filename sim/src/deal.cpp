#include "deal.hpp"

#include <string_view>

#include <fmt/format.h>

namespace corosim::sim {

namespace {

// Whether an acquire has to wait: the next step of the task asks again, or there is none.
bool has_to_wait(const RunLog& log, std::uint64_t step, const RunLog::Access& access) {
  const RunLog::Step& now = log[step];
  for (const RunLog::Access& later : now.accesses) {
    if (&later > &access && !later.is_control()) return false;
  }
  const std::uint64_t next = log.when({log.actor(step), now.nth + 1});
  if (next == 0) return true;
  for (const RunLog::Access& first : log[next].accesses) {
    if (first.is_control()) continue;
    return first.object == access.object && std::string_view(first.operation) == access.operation;
  }
  return false;
}

}  // namespace

std::vector<Deal> deals_of(const RunLog& log, std::uint64_t step, detail::ObjectId object) {
  std::vector<Deal> deals;
  for (const RunLog::Access& access : log[step].accesses) {
    if (access.object != object) continue;
    const OperationWords* words = &words_of(access.operation);
    if (words->operation == "acquire" && has_to_wait(log, step, access)) words = &words_of("ask");
    const Site where = access.is(detail::kResume) ? log[step].site : access.where;
    Deal deal{step, object, words, where, access.value, !access.is(detail::kWrite), access.write, access.is_control()};
    if (!deals.empty() && access.is_shared()) {
      Deal& merged = deals.back();
      const bool update = merged.words != words;
      deal.reads = deal.reads || merged.reads;
      deal.writes = deal.writes || merged.writes;
      if (update) deal.words = &words_of("update");
      if (merged.writes && !access.write) deal.where = merged.where;
      merged = deal;
    } else if (deals.empty() || deals.back().words != words) {
      deals.push_back(std::move(deal));
    }
  }
  return deals;
}

std::optional<Deal> main_deal_of(const RunLog& log, std::uint64_t step, detail::ObjectId object) {
  const std::vector<Deal> deals = deals_of(log, step, object);
  if (deals.empty()) return std::nullopt;
  const Deal* best = nullptr;
  for (const Deal& deal : deals) {
    const auto weight = [](const Deal& each) { return (each.is_control ? 0 : 2) + (each.writes ? 1 : 0); };
    if (best == nullptr || weight(deal) >= weight(*best)) best = &deal;
  }
  return *best;
}

int rank(const RunLog& log, std::uint64_t step, detail::ObjectId object) {
  constexpr int kControl = 3;
  int best = kControl;
  for (const RunLog::Access& access : log[step].accesses) {
    if (access.object != object || access.is_control()) continue;
    if (access.is_shared()) return 0;
    best = std::min(best, access.is_future() || access.is(detail::kTaskEnd) ? 2 : 1);
  }
  return best;
}

int rank(const RunLog& log, std::uint64_t a, std::uint64_t b, detail::ObjectId object) {
  return std::min(rank(log, a, object), rank(log, b, object));
}

std::optional<detail::ObjectId> conflict_over(const RunLog& log, std::uint64_t a, std::uint64_t b) {
  std::optional<detail::ObjectId> best;
  for (const RunLog::Access& left : log[a].accesses) {
    for (const RunLog::Access& right : log[b].accesses) {
      if (left.object != right.object || !(left.write || right.write)) continue;
      if (!best || rank(log, a, b, left.object) < rank(log, a, b, *best)) best = left.object;
    }
  }
  return best;
}

std::string with_place(const std::string& text, const Site& where) {
  return where.known() ? fmt::format("{} ({})", text, where.text()) : text;
}

}  // namespace corosim::sim
