#pragma once

#include <cstdint>
#include <vector>

#include <corosim/sim/flat_map.hpp>
#include <corosim/sim/strategy.hpp>

#include "priorities.hpp"
#include "profile.hpp"

namespace corosim::sim {

/// Reads-from feedback: keeps a corpus of abstract schedules, each a few wishes of the form "this line reads what that
/// line wrote" (or did not), changes one wish for each run, and keeps what shows a new pair of writer and reader.
/// Schedules whose set of pairs was seen seldom are taken up more often. After Wolff, Shi, Duck, Mathur and
/// Roychoudhury, ASPLOS 2024.
///
/// Within a run, steps that would spoil a wish wait, steps that bring it about go first, and the rest is partial order
/// sampling. Once the wanted value stands in the object, every other write to it waits for the read: that makes the
/// cost independent of the number of tasks.
class RffStrategy final : public Strategy {
 public:
  explicit RffStrategy(Profile& profile) : profile_(profile) {}
  std::string_view name() const override { return "rff"; }
  void begin(Seed seed) override;
  std::size_t pick(const ReadySet& ready) override;
  void executed(const Executed& step) override;
  void end(bool failed) override;
  /// Learns from a run that another strategy directs: executed() and end() follow, pick() does not.
  void begin_watching();
  /// Whether the latest run's set of pairs was the first of its kind.
  bool saw_something_new() const { return is_new_; }

 private:
  static constexpr std::uint32_t kInitial = static_cast<std::uint32_t>(-1);  // what stood there before any write
  struct Wish {
    ObjectIndex object;
    std::uint32_t read;   // place
    std::uint32_t write;  // place, or kInitial
    bool wanted;          // or to be avoided
    bool fulfilled;       // in the run under way
  };
  struct Entry {
    std::vector<Wish> wishes;
    std::uint64_t signature;  // of the run that it was kept for
  };
  struct ObjectPlaces {
    std::vector<std::uint32_t> reads;
    std::vector<std::uint32_t> writes;
    std::uint32_t last_write = kInitial;
    std::uint64_t run = 0;             // for which last_write holds
    std::size_t reads_with_goals = 0;  // reads and writes whose pairs were made goals
    std::size_t writes_with_goals = 0;
  };
  enum class Urge : std::uint8_t { kWait, kIndifferent, kGo };

  void add_goals(ObjectIndex object);
  bool take_goal();
  void mutate();
  bool random_wish(Wish& wish);
  Urge urge(Actor actor);
  std::uint32_t last_write(ObjectIndex object);
  ObjectPlaces& places_of(ObjectIndex object);
  void saw_pair(ObjectIndex object, std::uint32_t write, std::uint32_t read);

  Profile& profile_;
  Random random_{0, kScheduleStream};
  Priorities priorities_;
  std::vector<Entry> corpus_;
  std::vector<Wish> wishes_;           // of the run under way
  std::vector<Wish> goals_;            // pairs that were never seen or tried
  std::vector<ObjectPlaces> objects_;  // by ObjectIndex
  FlatMap<std::uint32_t> pairs_;       // writer and reader -> the run that saw it last
  FlatMap<std::uint32_t> signatures_;  // set of pairs of a run -> in how many runs
  std::uint64_t signature_ = 0;
  bool new_pair_ = false;
  bool directing_ = false;
  bool is_new_ = false;
  std::uint32_t run_ = 0;
};

}  // namespace corosim::sim
