#include <corosim/sim/run_log.hpp>

#include <string_view>
#include <utility>

#include <corosim/runtime/assert.hpp>
#include <corosim/sim/world.hpp>

#include <fmt/format.h>

namespace corosim::sim {

bool RunLog::Access::is_future() const {
  const std::string_view text(operation);
  return text.starts_with("Future.") || text == "await" || text == "wait";
}

void RunLog::clear() {
  steps_.clear();
  actors_.clear();
  numbers_.clear();
  known_.clear();
  steps_of_.clear();
  object_names_.clear();
  counts_.clear();
  ordinals_.clear();
  names_seen_ = 0;
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
        {touch.object, touch.operation, touch.access != corosim::Access::kRead, Site(touch.where), {}});
  }
  for (const detail::AccessLog::Detail& detail : executed.details) step.accesses[detail.touch].value = detail.value;
  name_objects(executed, step);
}

void RunLog::name_objects(const Executed& executed, const Step& step) {
  for (; names_seen_ < executed.names.size(); ++names_seen_) {
    const detail::AccessLog::Name& named = executed.names[names_seen_];
    if (named.name.ends_with('"')) {
      object_names_[named.object] = named.name;
    } else {
      number_object(named.object, named.name);
    }
  }
  for (const detail::AccessLog::Detail& detail : executed.details) {
    const detail::ObjectId object = step.accesses[detail.touch].object;
    if (!detail.name.empty()) object_names_[object] = detail.name;
    if (detail.name.empty()) number_object(object, "shared");
  }
  for (const Access& access : step.accesses) {
    if (step.is_task && (access.is(detail::kResume) || access.is(detail::kTaskEnd))) {
      object_names_[access.object] = "task " + actors_[step.actor];
      ordinals_.erase(access.object);
    } else if (access.is_future()) {
      number_object(access.object, "Future");
    }
  }
}

void RunLog::number_object(detail::ObjectId object, const std::string& kind) {
  if (!object_names_.try_emplace(object, kind).second) return;
  ordinals_[object] = ++counts_[kind];
}

std::string RunLog::object_name(detail::ObjectId object) const {
  const auto known = object_names_.find(object);
  if (known == object_names_.end()) return {};
  const auto ordinal = ordinals_.find(object);
  if (ordinal == ordinals_.end() || counts_.at(known->second) == 1) return known->second;
  return fmt::format("{}#{}", known->second, ordinal->second);
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
