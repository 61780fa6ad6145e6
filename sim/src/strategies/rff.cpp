#include "rff.hpp"

#include <algorithm>

#include "weighted.hpp"

namespace corosim::sim {

namespace {
std::uint64_t name_of_pair(ObjectIndex object, std::uint32_t write, std::uint32_t read) {
  return mix((std::uint64_t{write} << 32 | read) + (std::uint64_t{object} << 20));
}
}  // namespace

void RffStrategy::begin_watching() {
  ++run_;
  signature_ = 0;
  new_pair_ = false;
  directing_ = false;
  wishes_.clear();
}

void RffStrategy::begin(Seed seed) {
  begin_watching();
  directing_ = true;
  random_ = Random(seed, kScheduleStream);
  priorities_.begin(random_);
  if (random_.below(4) != 0 && take_goal()) return;
  if (!corpus_.empty()) {
    const std::size_t place = pick_weighted(random_, corpus_.size(), [&](std::size_t p) {
      const std::uint32_t* seen = signatures_.find(corpus_[p].signature);
      return 1.0 / (1.0 + (seen != nullptr ? *seen : 0));
    });
    wishes_ = corpus_[place].wishes;
  }
  mutate();
  for (Wish& wish : wishes_) wish.fulfilled = false;
}

// Pairs of a writer and a reader that the program has lines for and that no run has shown are tried first, one by one.
void RffStrategy::add_goals(ObjectIndex object) {
  ObjectPlaces& places = objects_[object];
  if (profile_.contention(object) == 0) return;
  const auto add = [&](std::size_t read, std::uint32_t write) {
    goals_.push_back({object, places.reads[read], write, true, false});
  };
  for (std::size_t read = 0; read < places.reads.size(); ++read) {
    const bool is_new = read >= places.reads_with_goals;
    if (is_new) add(read, kInitial);
    for (std::size_t write = is_new ? 0 : places.writes_with_goals; write < places.writes.size(); ++write) {
      add(read, places.writes[write]);
    }
  }
  places.reads_with_goals = places.reads.size();
  places.writes_with_goals = places.writes.size();
}

bool RffStrategy::take_goal() {
  for (ObjectIndex object = 0; object < objects_.size(); ++object) add_goals(object);
  while (!goals_.empty()) {
    std::swap(goals_[static_cast<std::size_t>(random_.below(goals_.size()))], goals_.back());
    const Wish goal = goals_.back();
    goals_.pop_back();
    if (pairs_.find(name_of_pair(goal.object, goal.write, goal.read)) != nullptr) continue;
    wishes_.push_back(goal);
    return true;
  }
  return false;
}

// Half of the time one wish more; otherwise one is dropped, turned round or replaced.
void RffStrategy::mutate() {
  Wish wish{};
  if (wishes_.empty() || random_.below(2) == 0) {
    if (random_wish(wish)) wishes_.push_back(wish);
    return;
  }
  const auto place = static_cast<std::ptrdiff_t>(random_.below(wishes_.size()));
  switch (random_.below(3)) {
    case 0:
      wishes_.erase(wishes_.begin() + place);
      break;
    case 1:
      wishes_[static_cast<std::size_t>(place)].wanted ^= true;
      break;
    default:
      if (random_wish(wish)) wishes_[static_cast<std::size_t>(place)] = wish;
  }
}

bool RffStrategy::random_wish(Wish& wish) {
  const auto usable = [&](ObjectIndex object) {
    return profile_.contention(object) > 0 && !objects_[object].reads.empty() && !objects_[object].writes.empty();
  };
  std::uint64_t count = 0;
  for (ObjectIndex object = 0; object < objects_.size(); ++object) count += usable(object) ? 1 : 0;
  if (count == 0) return false;
  std::uint64_t left = random_.below(count);
  ObjectIndex object = 0;
  while (!usable(object) || left-- > 0) ++object;
  const ObjectPlaces& places = objects_[object];
  const std::uint64_t write = random_.below(places.writes.size() + 1);
  wish = {object, places.reads[static_cast<std::size_t>(random_.below(places.reads.size()))],
          write < places.writes.size() ? places.writes[static_cast<std::size_t>(write)] : kInitial, true, false};
  return true;
}

RffStrategy::ObjectPlaces& RffStrategy::places_of(ObjectIndex object) {
  if (object >= objects_.size()) objects_.resize(object + 1);
  ObjectPlaces& places = objects_[object];
  if (places.run != run_) {
    places.run = run_;
    places.last_write = kInitial;
  }
  return places;
}

std::uint32_t RffStrategy::last_write(ObjectIndex object) { return places_of(object).last_write; }

RffStrategy::Urge RffStrategy::urge(Actor actor) {
  Urge urge = Urge::kIndifferent;
  for (const StepAccess& access : profile_.next(actor)) {
    for (const Wish& wish : wishes_) {
      if (wish.fulfilled || wish.object != access.object) continue;
      const bool stands = last_write(wish.object) == wish.write;
      const bool reads = access.place == wish.read;
      if (wish.wanted) {
        if (reads && !stands) return Urge::kWait;
        if (!reads && access.write && stands) return Urge::kWait;
        if (reads || (access.write && access.place == wish.write)) urge = Urge::kGo;
      } else {
        if (reads && stands) return Urge::kWait;
        if (!reads && access.write && stands) urge = Urge::kGo;
      }
    }
  }
  return urge;
}

std::size_t RffStrategy::pick(const ReadySet& ready) {
  std::size_t best = 0;
  Urge best_urge = urge(ready.actor(0));
  for (std::size_t place = 1; place < ready.size(); ++place) {
    const Urge place_urge = urge(ready.actor(place));
    if (place_urge < best_urge) continue;
    if (place_urge > best_urge || priorities_.of(ready.actor(place)) > priorities_.of(ready.actor(best))) {
      best = place;
      best_urge = place_urge;
    }
  }
  const Actor runs = ready.actor(best);
  priorities_.redraw(runs);
  const auto touched = profile_.next(runs);
  if (touched.empty()) return best;
  for (std::size_t place = 0; place < ready.size(); ++place) {
    const Actor other = ready.actor(place);
    if (other != runs && conflict(touched, profile_.next(other))) priorities_.redraw(other);
  }
  return best;
}

void RffStrategy::executed(const Executed&) {
  const auto add = [](std::vector<std::uint32_t>& places, std::uint32_t place) {
    if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
  };
  for (const StepAccess& access : profile_.latest()) {
    ObjectPlaces& places = places_of(access.object);
    // The library's own operations read what they write.
    if (access.read) {
      saw_pair(access.object, places.last_write, access.place);
      add(places.reads, access.place);
    }
    if (!access.write) continue;
    add(places.writes, access.place);
    places.last_write = access.place;
  }
}

void RffStrategy::saw_pair(ObjectIndex object, std::uint32_t write, std::uint32_t read) {
  for (Wish& wish : wishes_) {
    if (wish.object == object && wish.read == read && (wish.write == write) == wish.wanted) wish.fulfilled = true;
  }
  const std::uint64_t pair = name_of_pair(object, write, read);
  std::uint32_t& seen_in = pairs_[pair];
  if (seen_in == run_) return;
  new_pair_ = new_pair_ || seen_in == 0;
  seen_in = run_;
  signature_ += mix(pair + 1);
}

void RffStrategy::end(bool) {
  is_new_ = ++signatures_[mix(signature_)] == 1;
  if (new_pair_ && directing_) corpus_.push_back({wishes_, mix(signature_)});
}

}  // namespace corosim::sim
