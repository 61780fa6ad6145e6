#include "deadlock.hpp"

#include <algorithm>

namespace corosim::sim {

namespace {

std::uint64_t name_of_cycle(const auto& cycle) {
  std::uint64_t name = 0;
  for (const auto& request : cycle) name += mix(mix(request.held + 1) ^ request.wanted ^ request.actor);
  return name;
}

}  // namespace

void DeadlockStrategy::begin_watching() {
  for (auto& held : held_) held.clear();
  target_ = nullptr;
}

bool DeadlockStrategy::has_target() {
  find_cycles();
  return std::any_of(cycles_.begin(), cycles_.end(),
                     [this](const auto& cycle) { return tries_[name_of_cycle(cycle)] < kTries; });
}

void DeadlockStrategy::begin(Seed seed) {
  begin_watching();
  random_ = Random(seed, kScheduleStream);
  priorities_.begin(random_);
  find_cycles();
  for (const auto& cycle : cycles_) {
    std::uint32_t& tries = tries_[name_of_cycle(cycle)];
    if (tries >= kTries) continue;
    ++tries;
    target_ = &cycle;
    return;
  }
}

// Whether `actor` is about to ask for its lock of the cycle.
bool DeadlockStrategy::waits(Actor actor) const {
  return std::any_of(target_->begin(), target_->end(), [&](const Request& request) {
    return request.actor == actor && profile_.taken(actor) + 1 == request.nth;
  });
}

std::size_t DeadlockStrategy::pick(const ReadySet& ready) {
  std::size_t best = ready.size();
  for (std::size_t place = 0; place < ready.size(); ++place) {
    const Actor actor = ready.actor(place);
    if (target_ != nullptr && waits(actor)) continue;
    if (best == ready.size() || priorities_.of(actor) > priorities_.of(ready.actor(best))) best = place;
  }
  if (best < ready.size()) return best;
  target_ = nullptr;  // all that can be there are there: let them ask
  return static_cast<std::size_t>(random_.below(ready.size()));
}

void DeadlockStrategy::executed(const Executed& step) {
  for (const detail::Touch& touch : step.touches) {
    if (touch.operation == detail::kLockAcquire) {
      acquire(step, touch.object);
    } else if (touch.operation == detail::kLockRelease) {
      release(step.actor, touch.object);
    }
  }
}

void DeadlockStrategy::acquire(const Executed& step, std::uint64_t lock) {
  if (step.actor >= held_.size()) held_.resize(step.actor + 1);
  std::vector<std::uint64_t>& held = held_[step.actor];
  if (std::find(held.begin(), held.end(), lock) != held.end()) return;  // it had to wait for it
  for (const std::uint64_t other : held) {
    bool& known = known_requests_[mix(mix(other + 1) ^ lock ^ (std::uint64_t{step.actor} << 32 | step.nth))];
    if (known) continue;
    known = true;
    requests_.push_back({step.actor, step.nth, other, lock});
  }
  held.push_back(lock);
}

void DeadlockStrategy::release(Actor actor, std::uint64_t lock) {
  if (actor < held_.size()) std::erase(held_[actor], lock);
}

void DeadlockStrategy::find_cycles() {
  constexpr std::size_t kMostRequests = 256;  // beyond, the search would cost more than it brings
  if (searched_ == requests_.size() || requests_.size() > kMostRequests) return;
  searched_ = requests_.size();
  cycles_.clear();
  for (const Request& start : requests_) {
    std::vector<const Request*> path{&start};
    extend(path);
  }
}

// Each cycle once: it starts at its request that was seen first.
void DeadlockStrategy::extend(std::vector<const Request*>& path) {
  constexpr std::size_t kMostCycles = 64;
  for (const Request& next : requests_) {
    if (cycles_.size() >= kMostCycles || &next < path.front() || next.held != path.back()->wanted) continue;
    const bool fresh = std::none_of(path.begin(), path.end(),
                                    [&](const Request* r) { return r->actor == next.actor || r->held == next.held; });
    if (!fresh) continue;
    path.push_back(&next);
    if (next.wanted == path.front()->held) {
      cycles_.emplace_back();
      for (const Request* request : path) cycles_.back().push_back(*request);
    } else if (path.size() < kLongestCycle) {
      extend(path);
    }
    path.pop_back();
  }
}

}  // namespace corosim::sim
