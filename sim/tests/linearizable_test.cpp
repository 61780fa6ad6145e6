// Histories that a sequential object explains, and those that none does.
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <corosim/corosim.hpp>
#include <corosim/linearizable.hpp>
#include <corosim/sim/report.hpp>

#include <gmock/gmock.h>

#include <fmt/format.h>

namespace corosim::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

struct RegisterModel {
  struct Operation {
    std::optional<int> written;
    std::string text() const { return written ? fmt::format("write({})", *written) : "read()"; }
  };
  using Result = std::optional<int>;
  Result apply(const Operation& operation) {
    if (!operation.written) return value;
    value = *operation.written;
    return std::nullopt;
  }
  bool operator==(const RegisterModel&) const = default;
  int value = 0;
};

struct QueueModel {
  struct Operation {
    std::optional<int> item;  // to put; nothing to get
    std::string text() const { return item ? fmt::format("put({})", *item) : "get()"; }
  };
  using Result = std::optional<int>;
  Result apply(const Operation& operation) {
    if (operation.item) {
      items.push_back(*operation.item);
      return std::nullopt;
    }
    if (items.empty()) return std::nullopt;
    const int first = items.front();
    items.pop_front();
    return first;
  }
  bool operator==(const QueueModel&) const = default;
  std::deque<int> items;
};

const RegisterModel::Operation kReads{};
RegisterModel::Operation writes(int value) { return {value}; }

TEST(Linearizability, AcceptsWhatOverlapsInAnyOrder) {
  History<RegisterModel> history;
  const std::size_t one = history.invoke(writes(1));
  const std::size_t two = history.invoke(writes(2));
  const std::size_t first = history.invoke(kReads);
  history.returned(first, 2);
  const std::size_t second = history.invoke(kReads);
  history.returned(second, 1);  // two took effect before one, which was called before it
  history.returned(one, std::nullopt);
  history.returned(two, std::nullopt);
  EXPECT_EQ(history.check(), Linearizability::kLinearizable);
}

TEST(Linearizability, RefusesAValueThatWasOverwrittenBefore) {
  History<RegisterModel> history;
  history.returned(history.invoke(writes(1)), std::nullopt);
  history.returned(history.invoke(writes(2)), std::nullopt);
  history.returned(history.invoke(kReads), 1);
  history.returned(history.invoke(writes(3)), std::nullopt);
  EXPECT_EQ(history.check(), Linearizability::kNotLinearizable);
  EXPECT_THAT(history.table(), ContainsRegex("read\\(\\) = 1 +<- no order explains this\n$"));
  EXPECT_THAT(history.table(), Not(HasSubstr("write(3)"))) << "what came later is not needed";
}

// Herlihy and Wing 1990, figure 1: two overlapping writes seen in different orders by two readers.
TEST(Linearizability, RefusesReadersWhoDisagree) {
  History<RegisterModel> history;
  const std::size_t one = history.invoke(writes(1));
  const std::size_t two = history.invoke(writes(2));
  history.returned(history.invoke(kReads), 1);
  history.returned(history.invoke(kReads), 2);
  history.returned(history.invoke(kReads), 1);
  history.returned(one, std::nullopt);
  history.returned(two, std::nullopt);
  EXPECT_EQ(history.check(), Linearizability::kNotLinearizable);
}

TEST(Linearizability, LetsWhatNeverReturnedTakeEffectOrNot) {
  for (const int seen : {0, 7}) {
    History<RegisterModel> history;
    history.invoke(writes(7));
    history.returned(history.invoke(kReads), seen);
    EXPECT_EQ(history.check(), Linearizability::kLinearizable) << seen;
  }
  History<RegisterModel> history;
  history.invoke(writes(7));
  history.returned(history.invoke(kReads), 7);
  history.returned(history.invoke(kReads), 0);
  EXPECT_EQ(history.check(), Linearizability::kNotLinearizable) << "taken back";
}

TEST(Linearizability, HoldsNoResultAgainstABeginningBeforeIt) {
  History<RegisterModel> history;
  const std::size_t write = history.invoke(writes(5));
  const std::size_t read = history.invoke(kReads);
  history.returned(read, 5);  // the write has taken effect
  history.returned(write, 7);
  EXPECT_EQ(history.check(), Linearizability::kNotLinearizable);
  EXPECT_THAT(history.table(), ContainsRegex("write\\(5\\) = 7 +<- no order explains this"));
}

TEST(Linearizability, SaysWhereItGivesUp) {
  History<RegisterModel> history;
  for (int i = 0; i < 40; ++i) history.invoke(writes(i));
  history.returned(history.invoke(kReads), 1000);
  EXPECT_EQ(history.check(), Linearizability::kUnknown);
}

// Queues under test -------------------------------------------------------------------------------------------------

// get() looks, waits, and takes: two of them take one item, or one takes another's.
class LosingQueue {
 public:
  Coro<void> put(int item) {
    co_await sleep(0ms);
    std::vector<int> items = items_.get();
    co_await sleep(0ms);
    items.push_back(item);
    items_.set(std::move(items));  // and forgets what others put meanwhile
  }
  Coro<std::optional<int>> get() {
    co_await sleep(0ms);
    std::vector<int> items = items_.get();
    if (items.empty()) co_return std::nullopt;
    const int first = items.front();
    items.erase(items.begin());
    items_.set(std::move(items));
    co_return first;
  }

 private:
  Shared<std::vector<int>> items_{{}, "items"};
};

template <class Q>
Coro<void> uses_queue() {
  Q queue;
  History<QueueModel> history;
  const auto produce = [&](int first) -> Coro<void> {
    for (int item = first; item < first + 2; ++item) {
      co_await history.call(QueueModel::Operation{item}, queue.put(item));
    }
  };
  const auto consume = [&](int count) -> Coro<void> {
    for (; count > 0; --count) {
      co_await sleep(0ms);
      co_await history.call(QueueModel::Operation{}, queue.get());
    }
  };
  co_await gather(produce(10), produce(20), consume(2), consume(2));
  history.require_linearizable();
}

TEST(Linearizability, HoldsOfTheLibrarysQueueInThousandSchedules) {
  const ExploreResult found =
      explore(Program("queue", uses_queue<Queue<int>>), ExploreOptions().runs(1000).order(Order::kAny));
  EXPECT_THAT(found.failures, IsEmpty());
  EXPECT_EQ(found.runs, 1000U);
}

TEST(Linearizability, FindsAQueueThatLosesItems) {
  const Program program("losing", uses_queue<LosingQueue>);
  const ExploreResult found = explore(program, ExploreOptions().runs(1000));
  ASSERT_THAT(found.failures, SizeIs(1));
  const Explanation explanation = explain(program, found.failures[0].run);
  ReportContext context;
  context.explanation = &explanation;
  EXPECT_THAT(render_failure(program, found.failures[0].run, context),
              AllOf(HasSubstr("the history is not linearizable"), HasSubstr("  called  returned  task"),
                    HasSubstr("put(10) = nothing"), HasSubstr("<- no order explains this"), HasSubstr("  why  ")));
}

// A register whose readers see a copy that is brought up to date later.
class CachedRegister {
 public:
  Coro<void> write(int value) {
    value_.set(value);
    co_await sleep(1ms);
    const Task<> later = create_task(refresh());
    updates_.push_back(later);
  }
  Coro<int> read() {
    co_await sleep(0ms);
    co_return cached_.get();
  }
  Coro<void> settle() {
    for (const Task<>& each : updates_) co_await each;
  }

 private:
  Coro<void> refresh() {
    co_await sleep(1ms);
    cached_.set(value_.get());
  }
  Shared<int> value_{0, "value"};
  Shared<int> cached_{0, "cached"};
  std::vector<Task<>> updates_;
};

TEST(Linearizability, FindsStaleReads) {
  const Program program("cached", []() -> Coro<void> {
    CachedRegister cell;
    History<RegisterModel> history;
    const auto write = [&]() -> Coro<void> { co_await history.call(writes(1), cell.write(1)); };
    const auto read = [&]() -> Coro<void> {
      co_await sleep(1ms);
      co_await sleep(0ms);
      co_await history.call(kReads, cell.read());
    };
    co_await gather(write(), read(), read());
    co_await cell.settle();
    history.require_linearizable();
  });
  const ExploreResult found = explore(program, ExploreOptions().runs(1000));
  ASSERT_THAT(found.failures, SizeIs(1));
  EXPECT_THAT(std::get<Failed>(found.failures[0].run.end).details,
              AllOf(HasSubstr("write(1) = nothing"), HasSubstr("main/lambda#2")));
}

}  // namespace
}  // namespace corosim::sim
