#include <corosim/sim/run_log.hpp>

#include <utility>

#include <corosim/runtime/assert.hpp>
#include <corosim/sim/world.hpp>

namespace corosim::sim {

void RunLog::clear() {
  steps_.clear();
  actors_.clear();
  numbers_.clear();
  known_.clear();
  steps_of_.clear();
}

std::optional<Divergence> RunLog::step(const StepTaken& taken) {
  const Actor actor = taken.handle.actor;
  COROSIM_ASSERT(actor != detail::Runnable::kNoActor);
  if (actor >= known_.size()) known_.resize(actor + 1);
  if (known_[actor] == 0) {
    const std::string name = actor_name(taken.handle, World::current()->tasks());
    const auto [entry, is_new] = numbers_.try_emplace(name, static_cast<std::uint32_t>(actors_.size()));
    if (is_new) {
      actors_.push_back(name);
      steps_of_.emplace_back();
    }
    known_[actor] = entry->second + 1;
  }
  return std::nullopt;
}

void RunLog::executed(const Executed& executed) {
  COROSIM_ASSERT_CMP(executed.number, ==, steps_.size() + 1);
  const std::uint32_t actor = known_[executed.actor] - 1;
  Step& step = steps_.emplace_back();
  step.actor = actor;
  steps_of_[actor].push_back(executed.number);
  step.nth = static_cast<std::uint32_t>(steps_of_[actor].size());
  step.kind = executed.kind;
  step.site = executed.site;
  step.is_task = executed.kind == HandleKind::kTaskStart || executed.kind == HandleKind::kTaskResume;
  step.cause = executed.cause;
  step.time = executed.time;
  for (const detail::Touch& touch : executed.touches) {
    step.accesses.push_back(
        {touch.object, touch.operation, touch.access != corosim::Access::kRead, Site(touch.where), {}, {}});
  }
  for (const detail::AccessLog::Detail& detail : executed.details) {
    step.accesses[detail.touch].name = detail.name;
    step.accesses[detail.touch].value = detail.value;
  }
}

std::uint64_t RunLog::when(const StepName& step) const {
  const auto number = numbers_.find(step.actor);
  if (number == numbers_.end() || step.nth == 0 || step.nth > steps_of_[number->second].size()) return 0;
  return steps_of_[number->second][step.nth - 1];
}

std::uint32_t RunLog::steps_of(const std::string& actor) const {
  const auto number = numbers_.find(actor);
  return number == numbers_.end() ? 0 : static_cast<std::uint32_t>(steps_of_[number->second].size());
}

}  // namespace corosim::sim
