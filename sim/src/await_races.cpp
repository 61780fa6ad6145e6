#include <corosim/sim/await_races.hpp>

#include <string_view>
#include <utility>

#include <corosim/sim/determinism.hpp>
#include <corosim/sim/run_log.hpp>
#include <corosim/sim/step_name.hpp>
#include <corosim/sim/world.hpp>

#include <fmt/format.h>

namespace corosim::sim {

namespace {

// The address only chooses a place in the table of what is known: a race under two addresses is found to be the same.
std::uint64_t key_of(const Site& where, std::uint64_t before) {
  const auto file = reinterpret_cast<std::uintptr_t>(where.location().file_name());
  return mix(before ^ file ^ (std::uint64_t{where.line()} << 48));
}

bool same(const Site& a, const Site& b) { return a.line() == b.line() && a.file() == b.file(); }

std::string name_of(std::uint32_t task) {
  return task == 0 ? std::string("a callback") : task_name(task, World::current()->tasks());
}

std::string place_of(const Site& where) { return where.known() ? fmt::format(" ({})", where.text()) : std::string(); }

}  // namespace

void AwaitRaces::begin(Seed seed) {
  seed_ = seed;
  ++run_;
  writes_.clear();
  reads_.clear();
}

void AwaitRaces::executed(const Executed& step) {
  for (const detail::Touch& touch : step.touches) {
    const bool is_edit = touch.operation == detail::kEdit;  // sees what it changes
    const bool is_read = touch.operation == detail::kRead;
    if (!is_edit && !is_read && touch.operation != detail::kWrite) continue;
    const Site where = touch.where.line() != 0 ? Site(touch.where) : step.site;
    if (is_read && step.task == 0) continue;
    Read& read = reads_[mix(touch.object ^ step.name)];
    if (is_read) {
      read = {step.number, where};
      continue;
    }
    Write& latest = writes_[touch.object];
    const bool is_stale = read.step != 0 && read.step < step.number;
    if (is_stale && !is_edit && latest.step > read.step && latest.actor != step.name) {
      note(step, touch.object, read, where, latest);
    }
    read.step = 0;
    latest = {step.number, step.name, step.task, where};
  }
}

void AwaitRaces::note(const Executed& step, detail::ObjectId object, const Read& read, Site write,
                      const Write& intruder) {
  std::uint32_t& known = known_[key_of(read.where, key_of(write, key_of(intruder.where, 0)))];
  for (std::uint32_t i = 0; known == 0 && i < races_.size(); ++i) {
    const AwaitRace& race = races_[i];
    const bool is_known =
        same(race.read, read.where) && same(race.write, write) && same(race.intruding_write, intruder.where);
    if (is_known) known = i + 1;
  }
  if (known == 0) {
    if (races_.size() == kMost) return;
    races_.push_back({object,
                      {},
                      name_of(step.task),
                      read.where,
                      write,
                      name_of(intruder.task),
                      intruder.where,
                      0,
                      seed_,
                      step.number});
    latest_run_.push_back(0);
    known = static_cast<std::uint32_t>(races_.size());
  }
  if (std::exchange(latest_run_[known - 1], run_) != run_) ++races_[known - 1].runs;
}

void AwaitRaces::name_objects(Simulation& simulation, const Program& program, const RunResult& run,
                              const Limits& limits) {
  if (!has_unnamed()) return;
  RunLog log;
  simulation.run(program, same_again(run, limits).observer(log).watch(log).detailed());
  for (; named_ < races_.size(); ++named_) {
    AwaitRace& race = races_[named_];
    race.name = log.object_name(race.object);
    if (race.name.empty()) race.name = "shared";
  }
}

std::vector<AwaitRace> AwaitRaces::take() {
  known_.clear();
  latest_run_.clear();
  named_ = 0;
  return std::exchange(races_, {});
}

std::string AwaitRace::text() const {
  return fmt::format("await race on {}: {} read it{} and wrote it{} with {}'s write{} in between",
                     name.empty() ? "a Shared" : name, task, place_of(read), place_of(write), intruder,
                     place_of(intruding_write));
}

}  // namespace corosim::sim
