#include "profile.hpp"

#include <algorithm>

#include <corosim/sim/random.hpp>

namespace corosim::sim {

namespace {
// That tasks begin and end is what everything comes after anyway: to try other orders of these shows nothing new.
bool is_telling(const detail::Touch& touch) {
  return touch.access != Access::kAdd && touch.operation != detail::kTaskEnd;
}
}  // namespace

void Profile::begin() {
  ++run_;
  actor_of_step_.clear();
}

void Profile::end() { ++runs_; }

Profile::ActorProfile& Profile::profile_of(const Executed& step) {
  while (actors_.size() <= step.actor) {
    actors_.emplace_back();
    actors_.back().parent = static_cast<Actor>(actors_.size() - 1);
  }
  ActorProfile& actor = actors_[step.actor];
  if (actor.run != run_) {
    actor.run = run_;
    actor.taken = 0;
    ++actor.appeared;
    const bool made_by_step = step.cause > 0 && step.cause <= actor_of_step_.size();
    if (made_by_step && actor_of_step_[step.cause - 1] < step.actor) actor.parent = actor_of_step_[step.cause - 1];
  }
  return actor;
}

void Profile::executed(const Executed& step) {
  ActorProfile& actor = profile_of(step);
  actor_of_step_.push_back(step.actor);
  ++actor.taken;
  ++actor.total;
  learn_accesses(step);
  if (actor.steps.size() < actor.taken) actor.steps.resize(actor.taken);
  std::vector<StepAccess>& known = actor.steps[actor.taken - 1].accesses;
  if (std::ranges::equal(known, latest_)) return;
  for (const StepAccess& access : known) --objects_[access.object].steps;
  for (const StepAccess& access : latest_) ++objects_[access.object].steps;
  known.assign(latest_.begin(), latest_.end());
}

// Steps of different instants cannot be swapped, as time passes when nothing is ready; nor can a step and the one that
// it made ready.
void Profile::note_contention(ObjectProfile& object, const Executed& step, bool write) {
  ObjectProfile::Visit& latest = object.latest;
  if (latest.run != run_ || latest.time != step.time) {
    latest = {run_, step.time, step.number, step.actor, write};
    object.before = latest;
    return;
  }
  if (latest.actor != step.actor) {
    object.before = latest;
    latest = {run_, step.time, step.number, step.actor, write};
  }
  latest.step = step.number;
  latest.wrote = latest.wrote || write;
  const ObjectProfile::Visit& before = object.before;
  object.contended =
      object.contended || (before.actor != step.actor && before.step != step.cause && (before.wrote || latest.wrote));
}

void Profile::learn_accesses(const Executed& step) {
  latest_.clear();
  for (const detail::Touch& touch : step.touches) {
    if (touch.operation == detail::kWake || !is_telling(touch)) continue;
    // Resuming counts where the task is one that somebody cancels.
    if (touch.operation == detail::kResume && object_numbers_.find(touch.object) == nullptr) continue;
    std::uint32_t& number = object_numbers_[touch.object];
    if (number == 0) {
      objects_.emplace_back();
      number = static_cast<std::uint32_t>(objects_.size());
    }
    const bool write = touch.access != Access::kRead && touch.operation != detail::kResume;
    note_contention(objects_[number - 1], step, write);
    const std::source_location& where = touch.where.line() != 0 ? touch.where : step.site.location();
    std::uint32_t& place = places_[mix((std::uint64_t{where.line()} << 20 | where.column() << 1 | (write ? 1U : 0U)) +
                                       (std::uint64_t{number} << 44))];
    if (place == 0) place = static_cast<std::uint32_t>(places_.size());
    const bool read = !write || touch.where.line() == 0;
    const StepAccess access{number - 1, place - 1, read, write};
    const auto same = std::find_if(latest_.begin(), latest_.end(), [&](const StepAccess& other) {
      return other.object == access.object && other.place == access.place;
    });
    if (same == latest_.end()) latest_.push_back(access);
  }
}

double Profile::steps(Actor actor) const {
  const ActorProfile& known = actors_[actor];
  return known.appeared == 0 ? 0 : static_cast<double>(known.total) / static_cast<double>(known.appeared);
}

std::uint32_t Profile::steps_touching(Actor actor, ObjectIndex object) const {
  std::uint32_t count = 0;
  for (const Step& step : actors_[actor].steps) {
    for (const StepAccess& access : step.accesses) {
      if (access.object != object) continue;
      ++count;
      break;
    }
  }
  return count;
}

std::uint32_t Profile::contention(ObjectIndex object) const {
  const ObjectProfile& known = objects_[object];
  return known.contended ? known.steps : 0;
}

ObjectIndex Profile::random_contended(Random& random) const {
  std::uint64_t count = 0;
  for (ObjectIndex object = 0; object < objects_.size(); ++object) count += contention(object) > 0 ? 1 : 0;
  if (count == 0) return kNoObject;
  std::uint64_t left = random.below(count);
  ObjectIndex object = 0;
  while (contention(object) == 0 || left-- > 0) ++object;
  return object;
}

std::span<const Profile::ObjectStep> Profile::steps_of(ObjectIndex object) {
  ObjectProfile& known = objects_[object];
  if (known.listed != run_) {
    known.listed = run_;
    known.by_step.clear();
    for (Actor actor = 0; actor < actors_.size(); ++actor) {
      for (std::size_t n = 0; n < actors_[actor].steps.size(); ++n) {
        for (const StepAccess& access : actors_[actor].steps[n].accesses) {
          if (access.object == object) {
            known.by_step.push_back({actor, static_cast<std::uint32_t>(n + 1), access.place, access.write});
          }
        }
      }
    }
  }
  return known.by_step;
}

bool conflict(std::span<const StepAccess> a, std::span<const StepAccess> b) {
  for (const StepAccess& left : a) {
    for (const StepAccess& right : b) {
      if (left.object == right.object && (left.write || right.write)) return true;
    }
  }
  return false;
}

}  // namespace corosim::sim
