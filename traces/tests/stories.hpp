// Stories that the tests of this module record, and their events as lines that compare across traces.
#pragma once

#include <corosim/traces/hash.hpp>
#include <corosim/traces/reader.hpp>
#include <corosim/traces/trace.hpp>
#include <corosim/traces/writer.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

namespace corosim::traces::testing {

using Bytes = std::vector<std::byte>;

inline Step make_step(StepNumber number, StepKind kind, TaskId task, std::chrono::nanoseconds time, StepNumber cause,
                      SiteId site, std::uint32_t ready = 1, std::uint32_t chosen = 0) {
  return Step{number, time, kind, task, cause, site, ready, chosen};
}

/// What happened, with sites resolved: two traces with the same lines tell the same story.
inline std::string to_line(const Event& event, const std::vector<Site>& sites) {
  const auto place = [&sites](SiteId id) {
    const Site& site = sites.at(id);
    return site.file + ":" + std::to_string(site.line) + ":" + site.function;
  };
  const auto join = [](const auto&... part) {
    std::string line;
    const auto add = [&line](const auto& value) {
      if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(value)>>) {
        line += std::to_string(value);
      } else {
        line += value;
      }
      line += '|';
    };
    (add(part), ...);
    return line;
  };
  struct Lines {
    const decltype(place)& site;
    const decltype(join)& of;
    std::string operator()(const RunInfo& e) const {
      std::string line = of("run", e.program, e.order, e.strategy, e.seed, e.version);
      for (const std::string& argument : e.arguments) line += of("argument", argument);
      for (const auto& [key, value] : e.extra) line += of(key, value);
      return line;
    }
    std::string operator()(const Step& e) const {
      return of("step", e.number, e.time.count(), to_string(e.kind), e.task, e.cause, site(e.site), e.ready, e.chosen);
    }
    std::string operator()(const TaskCreated& e) const {
      return of("created", e.task, e.parent, e.name, site(e.site), e.path_hash);
    }
    std::string operator()(const Parked& e) const { return of("parked", e.task, site(e.site), e.wait); }
    std::string operator()(const TaskEnded& e) const { return of("ended", e.task, to_string(e.how), e.text); }
    std::string operator()(const CancelRequested& e) const { return of("cancel", e.task, e.message); }
    std::string operator()(const Mark& e) const { return of("mark", e.text); }
    std::string operator()(const Draw& e) const { return of("draw", e.stream, e.value); }
    std::string operator()(const LeftReady& e) const { return of("left", e.task, e.cause); }
    std::string operator()(const Pasts& e) const {
      std::string hashes;
      for (const std::uint32_t hash : e.hashes) hashes += ' ' + std::to_string(hash);
      return of("pasts", e.first, hashes);
    }
    std::string operator()(const RunEnded& e) const {
      return of("end", to_string(e.outcome), e.text, e.steps, e.time.count(), e.hash);
    }
  };
  return std::visit(Lines{place, join}, event);
}

/// How reading went: the lines, and the error or the tail.
struct Reading {
  std::vector<std::string> lines;
  std::optional<TraceError> error;
  Tail tail;
};

inline Reading read_all(std::span<const std::byte> bytes) {
  Reading reading;
  try {
    Reader reader(bytes, "t.trace");
    while (const std::optional<Event> event = reader.next()) reading.lines.push_back(to_line(*event, reader.sites()));
    reading.tail = reader.tail();
  } catch (const TraceError& error) {
    reading.error = error;
  }
  return reading;
}

/// The racy bank: main sleeps 30 ms and makes two deposits, each of which reads, yields and writes. `is_racy` lets the
/// second read before the first has written.
inline void record_bank(Writer& writer, bool is_racy) {
  constexpr std::chrono::milliseconds kStart(0);
  constexpr std::chrono::milliseconds kLater(30);
  const SiteId main_site = writer.intern_site("examples/bank.cpp", 30, "main");
  const SiteId rest_site = writer.intern_site("examples/bank.cpp", 31, "main");
  const SiteId gather_site = writer.intern_site("examples/bank.cpp", 32, "main");
  const SiteId yield_site = writer.intern_site("examples/bank.cpp", 14, "deposit");
  writer.run_info({"bank_test", {"--gtest_filter=Bank.*"}, "legal", "random", is_racy ? 0x2aU : 7U, "0.1.0", {}});
  writer.task_created(1, kNoTask, "main", main_site, 11);
  writer.step(make_step(1, StepKind::task_start, 1, kStart, 0, main_site));
  writer.parked(1, rest_site, "sleep");
  writer.step(make_step(2, StepKind::timer, kNoTask, kLater, 1, rest_site));
  writer.step(make_step(3, StepKind::task_resume, 1, kLater, 2, rest_site));
  writer.task_created(2, 1, "main/deposit#1", gather_site, 12);
  writer.task_created(3, 1, "main/deposit#2", gather_site, 13);
  writer.parked(1, gather_site, "gather");
  writer.step(make_step(4, StepKind::task_start, 2, kLater, 3, gather_site, 2, 0));
  writer.mark("reads balance = 0");
  writer.parked(2, yield_site, "sleep");
  if (is_racy) {
    writer.step(make_step(5, StepKind::task_start, 3, kLater, 3, gather_site, 2, 0));
    writer.mark("reads balance = 0");
    writer.draw("latency", 3);
    writer.parked(3, yield_site, "sleep");
    writer.step(make_step(6, StepKind::task_resume, 2, kLater, 4, yield_site, 2, 0));
    writer.mark("writes balance = 1");
    writer.task_ended(2, TaskEnd::result, "");
  } else {
    writer.step(make_step(5, StepKind::task_resume, 2, kLater, 4, yield_site, 2, 1));
    writer.mark("writes balance = 1");
    writer.task_ended(2, TaskEnd::result, "");
    writer.step(make_step(6, StepKind::task_start, 3, kLater, 3, gather_site));
    writer.mark("reads balance = 1");
    writer.draw("latency", 3);
    writer.parked(3, yield_site, "sleep");
  }
  writer.step(make_step(7, StepKind::task_resume, 3, kLater, is_racy ? 5 : 6, yield_site));
  writer.mark(is_racy ? "writes balance = 1" : "writes balance = 2");
  writer.task_ended(3, TaskEnd::result, "");
  writer.step(make_step(8, StepKind::task_resume, 1, kLater, 7, gather_site));
  writer.task_ended(1, is_racy ? TaskEnd::exception : TaskEnd::result, is_racy ? "balance is 1" : "");
  writer.run_ended(is_racy ? Outcome::failed : Outcome::completed, is_racy ? "balance is 1, expected 2" : "", kLater,
                   0x1234);
}

inline Bytes bank_bytes(bool is_racy) {
  Writer writer;
  record_bank(writer, is_racy);
  return writer.take_bytes();
}

/// A generator of its own, so that the stories are the same with every library.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(mix(seed, std::uint64_t{1})) {}
  std::uint64_t any() { return state_ = mix(state_, std::uint64_t{7}); }
  std::uint64_t below(std::uint64_t limit) { return any() % limit; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

/// Records a random but possible story of so many events and returns its lines.
inline std::vector<std::string> record_random(Writer& writer, std::uint64_t seed, std::size_t events,
                                              std::size_t flush_every = 0) {
  Dice dice(seed);
  std::vector<std::string> lines;
  std::vector<Site> sites{Site{}};
  std::vector<SiteId> ids{kUnknownSite};
  for (unsigned i = 0; i < 1 + dice.below(20); ++i) {
    sites.push_back({"dir/f" + std::to_string(i % 3) + ".cpp", 10 * i, "function" + std::to_string(i % 5)});
    ids.push_back(writer.intern_site(sites.back().file, sites.back().line, sites.back().function));
  }
  const std::vector<std::string> waits{"", "sleep", "Lock 'db'", "Future", "a long name of what it waits for"};
  const auto add = [&](const Event& event) { lines.push_back(to_line(event, sites)); };
  const RunInfo info{"p", {"-a", ""}, "any", "pct", dice.any(), "0.1.0", {{"k", "v"}, {"", ""}}};
  writer.run_info(info);
  add(info);
  TaskId tasks = 0;
  Step step;
  std::vector<StepNumber> last(1, 0);
  std::vector<std::size_t> where(1, 0);
  for (std::size_t i = 0; i < events; ++i) {
    if (flush_every != 0 && i % flush_every == flush_every - 1) writer.flush();
    const auto task = static_cast<TaskId>(dice.below(tasks + std::uint64_t{1}));
    const std::size_t site = dice.below(sites.size());
    const std::string text(dice.one_in(50) ? dice.below(3000) : dice.below(12),
                           static_cast<char>('a' + dice.below(26)));
    switch (dice.below(24)) {
      case 0: {
        ++tasks;
        last.push_back(step.number);
        where.push_back(site);
        const TaskCreated created{tasks, task, "t/" + text, static_cast<SiteId>(site), dice.any()};
        writer.task_created(created.task, created.parent, created.name, ids[site], created.path_hash);
        add(created);
        break;
      }
      case 1:
        writer.mark(text);
        add(Mark{text});
        break;
      case 2: {
        const std::uint64_t value = dice.any() >> dice.below(64);
        writer.draw(waits[i % 5], value);
        add(Draw{waits[i % 5], value});
        break;
      }
      case 3:
        writer.cancel_requested(task, text);
        add(CancelRequested{task, text});
        break;
      case 4: {
        const auto how = static_cast<TaskEnd>(dice.below(3));
        writer.task_ended(task, how, text);
        add(TaskEnded{task, how, text});
        break;
      }
      case 5:
        writer.left_ready(task, step.number / 2);
        add(LeftReady{task, step.number / 2});
        break;
      default: {
        ++step.number;
        step.task = task;
        step.kind = static_cast<StepKind>(dice.below(5));
        if (dice.one_in(4)) step.time += std::chrono::nanoseconds(dice.any() >> (30 + dice.below(34)));
        if (dice.one_in(4)) step.time += std::chrono::milliseconds(dice.below(2000));
        step.cause = dice.one_in(3) ? dice.below(step.number) : last[task];
        const std::size_t at = dice.one_in(5) ? site : where[task];
        step.ready = dice.one_in(3) ? static_cast<std::uint32_t>(1 + dice.below(5 + dice.below(200))) : 1;
        step.chosen = static_cast<std::uint32_t>(dice.below(step.ready));
        step.site = ids[at];
        writer.step(step);
        Step told = step;
        told.site = static_cast<SiteId>(at);
        add(told);
        last[task] = step.number;
        if (dice.one_in(8)) break;
        const TaskId parks = dice.one_in(10) ? static_cast<TaskId>(dice.below(tasks + std::uint64_t{1})) : task;
        const std::size_t next = dice.one_in(4) ? site : (at + 1) % sites.size();
        const std::string& wait = waits[(next + (dice.one_in(6) ? 1U : 0U)) % waits.size()];
        writer.parked(parks, ids[next], wait);
        add(Parked{parks, static_cast<SiteId>(next), wait});
        where[parks] = next;
        break;
      }
    }
  }
  if (step.number > 0 && step.number <= Writer::kMaxPasts) {
    Pasts pasts;
    for (StepNumber i = 1; i <= step.number; ++i) pasts.hashes.push_back(static_cast<std::uint32_t>(dice.any()));
    writer.pasts(pasts.first, pasts.hashes);
    add(pasts);
  }
  const RunEnded end{Outcome::deadlock, "text", step.number, step.time + std::chrono::nanoseconds(5), dice.any()};
  writer.run_ended(end.outcome, end.text, end.time, end.hash);
  add(end);
  return lines;
}

}  // namespace corosim::traces::testing
