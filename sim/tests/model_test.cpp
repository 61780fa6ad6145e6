// Systems held against a model: what passes, what is found, and how small it gets.
#include <deque>
#include <map>
#include <optional>
#include <stdexcept>
#include <vector>

#include <corosim/model.hpp>

#include <gmock/gmock.h>

#include "checked_property.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using rc::detail::SuccessResult;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

using Items = std::deque<int>;

int take_front(Items& items) {
  const int item = items.front();
  items.pop_front();
  return item;
}

// Who puts to a full queue waits, and who gets from an empty one.
template <class QueueType>
struct Put : Command<Items, QueueType> {
  int item = *rc::gen::inRange(0, 10);
  void checkPreconditions(const Items& items) const override { RC_PRE(items.size() < QueueType::kMostItems); }
  void apply(Items& items) const override { items.push_back(item); }
  Coro<void> run(QueueType& queue) const override { return queue.put(item); }
  void show(std::ostream& out) const override { out << "put(" << item << ")"; }
};

template <class QueueType>
struct Get : Command<Items, QueueType, int> {
  void checkPreconditions(const Items& items) const override { RC_PRE(!items.empty()); }
  int apply(Items& items) const override { return take_front(items); }
  Coro<int> run(QueueType& queue) const override { return queue.get(); }
  void show(std::ostream& out) const override { out << "get()"; }
};

struct BoundedQueue : Queue<int> {
  static constexpr std::size_t kMostItems = 2;
  BoundedQueue() : Queue<int>(kMostItems) {}
};

struct UnboundedQueue {
  static constexpr std::size_t kMostItems = 1000;
};

// Gives the newest first.
class Stack : public UnboundedQueue {
 public:
  Coro<void> put(int item) {
    items_.push_back(item);
    co_await sleep(0ms);
  }
  Coro<int> get() {
    const int item = items_.back();
    items_.pop_back();
    co_await sleep(0ms);
    co_return item;
  }

 private:
  std::vector<int> items_;
};

// Wakes one of those who wait where the queue was empty. Another one waits on, although there is an item for it as
// well.
class ForgetfulQueue : public UnboundedQueue {
 public:
  Coro<void> put(int item) {
    const auto guard = co_await not_empty_.scoped();
    items_.push_back(item);
    if (items_.size() == 1) not_empty_.notify();
  }
  Coro<int> get() {
    const auto guard = co_await not_empty_.scoped();
    while (items_.empty()) co_await not_empty_.wait();
    co_return take_front(items_);
  }

 private:
  Items items_;
  Condition not_empty_;
};

struct BrokenQueue : UnboundedQueue {
  Coro<void> put(int) { throw std::runtime_error("the disk is full"); }
};

// A cache of one value in front of a store. What get() read of the store before a put() replaces what put() wrote.
class Cache {
 public:
  Coro<int> get(int key) {
    if (cached_ && cached_->first == key) co_return cached_->second;
    const int value = stored_[key];
    co_await sleep(0ms);
    cached_ = {key, value};
    co_return value;
  }
  Coro<void> put(int key, int value) {
    co_await sleep(0ms);
    stored_[key] = value;
    cached_ = {key, value};
  }

 private:
  std::map<int, int> stored_;
  std::optional<std::pair<int, int>> cached_;
};

class LockedCache {
 public:
  Coro<int> get(int key) {
    const auto guard = co_await lock_.scoped();
    co_return co_await cache_.get(key);
  }
  Coro<void> put(int key, int value) {
    const auto guard = co_await lock_.scoped();
    co_await cache_.put(key, value);
  }

 private:
  Lock lock_;
  Cache cache_;
};

using Values = std::map<int, int>;

template <class CacheType>
struct Store : Command<Values, CacheType> {
  int key = *rc::gen::inRange(0, 3);
  int value = *rc::gen::inRange(0, 10);
  void apply(Values& values) const override { values[key] = value; }
  Coro<void> run(CacheType& cache) const override { return cache.put(key, value); }
  void show(std::ostream& out) const override { out << "put(" << key << ", " << value << ")"; }
};

template <class CacheType>
struct Fetch : Command<Values, CacheType, int> {
  int key = *rc::gen::inRange(0, 3);
  int apply(Values& values) const override { return values[key]; }
  Coro<int> run(CacheType& cache) const override { return cache.get(key); }
  void show(std::ostream& out) const override { out << "get(" << key << ")"; }
};

// Stores under a key that is known.
struct Overwrite : Command<Values, LockedCache> {
  explicit Overwrite(const Values& values) {
    RC_PRE(!values.empty());
    key = (*rc::gen::elementOf(values)).first;
  }
  void checkPreconditions(const Values& values) const override { RC_PRE(values.count(key) == 1U); }
  void apply(Values& values) const override { values.at(key) = 1; }
  Coro<void> run(LockedCache& cache) const override { return cache.put(key, 1); }
  void show(std::ostream& out) const override { out << "overwrite(" << key << ")"; }
  int key = 0;
};

template <class QueueType>
void is_a_queue(const ModelOptions& options = ModelOptions()) {
  check_model<Put<QueueType>, Get<QueueType>>(Items(), [] { return QueueType(); }, options);
}

template <class CacheType>
void is_a_map() {
  check_model<Store<CacheType>, Fetch<CacheType>>(Values(), [] { return CacheType(); });
}

RC_GTEST_PROP(ModelProperties, AQueueIsADequeWhoseUsersWait, ()) { is_a_queue<BoundedQueue>(); }
RC_GTEST_PROP(ModelProperties, ACacheUnderALockIsAMap, ()) { is_a_map<LockedCache>(); }
RC_GTEST_PROP(ModelProperties, AQueueIsADequeWhicheverOfItsUsersAreCancelled, ()) {
  is_a_queue<BoundedQueue>(ModelOptions().runs(testing::RunSpace().cancellations(2)));
}

TEST(Model, FindsALostUpdateAndShrinksCommandsClientsAndScheduleTogether) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const TestResult result = check_property(is_a_map<Cache>, {}, 100, seed);
    ASSERT_TRUE(result.is<FailureResult>()) << result;
    // A put and two gets of two clients, in one of the two plainest schedules.
    EXPECT_THAT(counterexample(result),
                MatchesRegex("(client#[12]: (get\\([012]\\)|put\\([012], 1\\))\n){3}"
                             "(task [12] takes 1 step, then )?in the order of becoming ready; draws are plain\n"));
    EXPECT_THAT(result.get<FailureResult>().description,
                AllOf(HasSubstr("FAILED at step"), HasSubstr("the history is not linearizable"),
                      HasSubstr("check    model_test.cpp:"), HasSubstr(" = 0   <- no order explains this")));
  }
}

TEST(Model, OneClientIsHeldAgainstTheModelCommandByCommand) {
  const TestResult result = check_property([] { is_a_queue<Stack>(ModelOptions().clients(1)); });
  ASSERT_TRUE(result.is<FailureResult>()) << result;
  EXPECT_EQ(counterexample(result),
            "client#1: put(0)\nclient#1: put(1)\nclient#1: get()\n"
            "in the order of becoming ready; draws are plain\n");
  EXPECT_THAT(result.get<FailureResult>().description, HasSubstr("get() = 1   <- no order explains this"));
}

TEST(Model, AClientThatWaitsThoughTheModelGoesOnIsADeadlock) {
  const TestResult result = check_property([] { is_a_queue<ForgetfulQueue>(); });
  ASSERT_TRUE(result.is<FailureResult>()) << result;
  EXPECT_THAT(counterexample(result), MatchesRegex("(client#[123]: (get|put)\\(0?\\)\n){4}.*\n"));
  EXPECT_THAT(result.get<FailureResult>().description, AllOf(HasSubstr("DEADLOCK"), HasSubstr("waits for Condition")));
}

TEST(Model, WhatACommandThrowsFailsThePropertyUnlessItIsAResult) {
  const TestResult result =
      check_property([] { check_model<Put<BrokenQueue>>(Items(), [] { return BrokenQueue(); }); });
  ASSERT_TRUE(result.is<FailureResult>()) << result;
  EXPECT_THAT(result.get<FailureResult>().description, HasSubstr("the disk is full"));
}

TEST(Model, ACommandCanBeMadeForTheStateOfTheModel) {
  const TestResult result = check_property([] {
    check_model<Store<LockedCache>, Overwrite>(Values(), [] { return LockedCache(); }, ModelOptions().clients(1));
  });
  EXPECT_TRUE(result.is<SuccessResult>()) << result;
}

}  // namespace
}  // namespace corosim
