// Every usual cause by which something outside of the simulation decides, planted: each is caught when the run is run
// again, and located to the step that it decided. What differs from run to run by chance elsewhere (addresses, leftover
// memory, when a thread gets its turn) is made to differ in every run here.
#include <corosim/sim/determinism.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <semaphore>
#include <set>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/shared.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/sim/check.hpp>
#include <corosim/sim/explore.hpp>
#include <corosim/sim/latency.hpp>
#include <corosim/sim/strategy.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace corosim::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

int runs = 0;  // of all programs below: what chance is elsewhere

Coro<void> idle() {
  for (int i = 0; i < 3; ++i) co_await sleep(1ms);
}

// `work` is the task main/work#1, beside another.
template <Coro<void> (*work)()>
Coro<void> beside_another() {
  ++runs;
  co_await gather(work(), idle());
}

template <Coro<void> (*work)()>
Program program() {
  return Program("planted", beside_another<work>);
}

Nondeterminism caught(const Program& program) {
  Simulation simulation;
  const RunResult found = simulation.run(program);
  auto finding = compare_again(simulation, program, found);
  if (!finding) ADD_FAILURE() << "the second run came out as the first: " << summary(found.end);
  return finding.value_or(Nondeterminism());
}

std::string here(int line) { return fmt::format("nondeterminism_test.cpp:{}", line); }

struct Account {
  std::string name;
};

// Where the objects of a run are: in another order than in the run before.
class Heap {
 public:
  Account* make(std::string name) {
    const int place = runs % 2 == 0 ? made_ : kMost - 1 - made_;
    ++made_;
    accounts_[static_cast<std::size_t>(place)].name = std::move(name);
    return &accounts_[static_cast<std::size_t>(place)];
  }

 private:
  static constexpr int kMost = 8;
  std::array<Account, kMost> accounts_;
  int made_ = 0;
};

constexpr int kSetLine = __LINE__ + 8;
Coro<void> audit_set() {
  Shared<std::string> last{"", "last"};
  Heap heap;
  std::set<Account*> accounts;
  accounts.insert(heap.make("alice"));
  accounts.insert(heap.make("bob"));
  co_await sleep(1ms);
  for (const Account* account : accounts) last.set(account->name);
  if (last.get() == "bob") co_await sleep(1ms);
}

TEST(Nondeterminism, OfASetOfPointers) {
  const Nondeterminism finding = caught(program<audit_set>());
  EXPECT_EQ(finding.kind, Nondeterminism::Kind::kEveryRun);
  EXPECT_EQ(finding.origin.task, "main/audit_set#1");
  EXPECT_EQ(finding.origin.place, here(kSetLine - 1));
  EXPECT_EQ(finding.step.number, finding.origin.number);
  EXPECT_THAT(finding.once, MatchesRegex(fmt::format("writes last = (alice|bob) at {}", here(kSetLine))));
  EXPECT_THAT(finding.again, MatchesRegex(fmt::format("writes last = (alice|bob) at {}", here(kSetLine))));
  EXPECT_NE(finding.once, finding.again);
}

constexpr int kMapLine = __LINE__ + 5;
Coro<void> pay_by_map() {
  Heap heap;
  std::map<const Account*, Duration> delays{{heap.make("alice"), 5ms}, {heap.make("bob"), 7ms}};
  for (const auto& [account, delay] : delays) {
    co_await sleep(delay);
    if (account->name == "bob") break;
  }
}

TEST(Nondeterminism, OfAMapByAddress) {
  const Nondeterminism finding = caught(program<pay_by_map>());
  EXPECT_EQ(finding.origin.task, "main/pay_by_map#1");
  EXPECT_LT(finding.origin.number, finding.step.number) << "it shows when the sleep is over";
  EXPECT_THAT(finding.once, HasSubstr("timer of main/pay_by_map#1 at " + here(kMapLine)));
  EXPECT_THAT(finding.text(), HasSubstr("That was decided earlier, in step 2 of main/pay_by_map#1"));
}

// With std::hash of a pointer, which is the address, 13 buckets of libstdc++ and objects that are 32 bytes large: the
// first and the last share a bucket in every other run, and change places.
constexpr int kUnorderedLine = __LINE__ + 9;
Coro<void> shards() {
  Shared<int> first{0, "first"};
  struct alignas(32) Shard {
    int number = 0;
  };
  static std::array<Shard, 32> heap;
  std::unordered_set<const Shard*> all;
  for (int i = 0; i < 3; ++i) all.insert(&(heap[i == 2 && runs % 2 == 0 ? 13U : static_cast<unsigned>(i)] = {i}));
  first.set((*all.begin())->number);
  for (int i = 0; i < first.get(); ++i) co_await sleep(1ms);
}

TEST(Nondeterminism, OfAnUnorderedContainer) {
  const Nondeterminism finding = caught(program<shards>());
  EXPECT_EQ(finding.origin.task, "main/shards#1");
  EXPECT_THAT(finding.once, MatchesRegex(fmt::format("writes first = [12] at {}", here(kUnorderedLine))));
  EXPECT_NE(finding.once, finding.again);
}

// As address space randomisation has it.
constexpr int kAddressLine = __LINE__ + 5;
Coro<void> back_off_by_address() {
  static std::vector<std::unique_ptr<int>> kept;
  kept.push_back(std::make_unique<int>());
  const auto address = reinterpret_cast<std::uintptr_t>(kept.back().get());
  co_await sleep(Duration(static_cast<std::int64_t>(address / 16)));
}

TEST(Nondeterminism, OfAnAddressAsANumber) {
  const Nondeterminism finding = caught(program<back_off_by_address>());
  EXPECT_EQ(finding.origin.task, "main/back_off_by_address#1");
  EXPECT_EQ(finding.origin.number, 2U) << "its first step";
  EXPECT_EQ(finding.step.place, here(kAddressLine));
  EXPECT_NE(finding.once, finding.again);
}

Coro<void> timed() {
  const auto started = std::chrono::steady_clock::now();
  co_await sleep(1ms);
  co_await sleep((std::chrono::steady_clock::now() - started) / 2 + 1ms);
}

TEST(Nondeterminism, OfASteadyClock) {
  const Nondeterminism finding = caught(program<timed>());
  EXPECT_EQ(finding.origin.task, "main/timed#1");
  EXPECT_EQ(finding.step.task, "main/timed#1");
  EXPECT_EQ(finding.origin.time, Duration(1ms));
}

constexpr int kStampLine = __LINE__ + 5;
Coro<void> stamp() {
  Shared<std::int64_t> stamped{0, "stamped"};
  co_await sleep(1ms);
  const Duration now = std::chrono::system_clock::now().time_since_epoch();
  stamped.set(now.count());
  co_await sleep(1ns * (stamped.get() % 1'000'000'000));
}

TEST(Nondeterminism, OfTheDateAndTime) {
  const Nondeterminism finding = caught(program<stamp>());
  EXPECT_EQ(finding.origin.task, "main/stamp#1");
  EXPECT_THAT(finding.once, MatchesRegex(fmt::format("writes stamped = [0-9]+ at {}", here(kStampLine))));
  EXPECT_NE(finding.once, finding.again);
}

// A block that an allocator hands out again as the last one left it.
constexpr int kScratchLine = __LINE__ + 4;
Coro<void> read_uninitialised() {
  static std::array<int, 4> scratch;
  Shared<int> attempts{0, "attempts"};
  attempts.set(scratch[1] % 3);
  for (int i = 0; i < attempts.get(); ++i) co_await sleep(1ms);
  scratch.fill(scratch[1] + 1);
}

TEST(Nondeterminism, OfMemoryThatWasNeverSet) {
  const Nondeterminism finding = caught(program<read_uninitialised>());
  EXPECT_EQ(finding.origin.task, "main/read_uninitialised#1");
  EXPECT_THAT(finding.once, MatchesRegex(fmt::format("writes attempts = [0-2] at {}", here(kScratchLine))));
  EXPECT_NE(finding.once, finding.again);
}

constexpr int kStaticLine = __LINE__ + 3;
Coro<void> count_calls() {
  static int calls = 0;
  co_await sleep(1ms);
  if (++calls % 2 == 0) co_await sleep(2ms);
}

TEST(Nondeterminism, OfAStaticVariable) {
  const Nondeterminism finding = caught(program<count_calls>());
  EXPECT_EQ(finding.origin.task, "main/count_calls#1");
  EXPECT_EQ(finding.origin.place, here(kStaticLine));
  EXPECT_EQ(finding.step.number, finding.origin.number);
  const std::string waits = "waits for sleep at " + here(kStaticLine + 1);
  const std::string ends = "ends main/count_calls#1: result";
  EXPECT_THAT((std::set{finding.once, finding.again}), (std::set{waits, ends}));
}

// Numbers that are given out for the whole process.
constexpr int kNumberLine = __LINE__ + 4;
Coro<void> number_requests() {
  static std::atomic<int> next_number = 0;
  Shared<int> number{0, "number"};
  number.set(++next_number);
  co_await sleep(1ms * (number.get() % 2));
}

TEST(Nondeterminism, OfNumbersForTheWholeProcess) {
  const Nondeterminism finding = caught(program<number_requests>());
  EXPECT_EQ(finding.origin.task, "main/number_requests#1");
  EXPECT_THAT(finding.once, MatchesRegex(fmt::format("writes number = [0-9]+ at {}", here(kNumberLine))));
  EXPECT_NE(finding.once, finding.again);
}

// The simulation waits for no thread: when its work is seen is up to the machine. Here the third poll, or the first.
constexpr int kPollLine = __LINE__ + 9;
Coro<void> poll_thread() {
  std::atomic<bool> done = false;
  std::binary_semaphore turn(0);
  std::jthread worker([&] {
    turn.acquire();
    done = true;
  });
  for (int polls = 0; !done; ++polls) {
    co_await sleep(1ms);
    if (polls != (runs % 2 == 0 ? 2 : 0)) continue;
    turn.release();
    worker.join();
  }
}

TEST(Nondeterminism, OfAThread) {
  const Nondeterminism finding = caught(program<poll_thread>());
  EXPECT_EQ(finding.origin.task, "main/poll_thread#1");
  EXPECT_EQ(finding.origin.place, here(kPollLine));
  EXPECT_EQ(finding.origin.time, Duration(1ms));
  const std::string waits = "waits for sleep at " + here(kPollLine);
  const std::string ends = "ends main/poll_thread#1: result";
  EXPECT_THAT((std::set{finding.once, finding.again}), (std::set{waits, ends}));
}

constexpr int kDeviceLine = __LINE__ + 4;
Coro<void> draw_from_device() {
  std::random_device device;
  co_await sleep(1ms);
  co_await sleep(1s + Duration(device()));
}

TEST(Nondeterminism, OfTheRandomDevice) {
  const Nondeterminism finding = caught(program<draw_from_device>());
  EXPECT_EQ(finding.origin.task, "main/draw_from_device#1");
  EXPECT_EQ(finding.step.place, here(kDeviceLine));
  EXPECT_EQ(finding.origin.time, Duration(1ms));
}

Coro<void> read_environment() {
  constexpr const char* kName = "COROSIM_TEST_ATTEMPT";
  const char* const value = std::getenv(kName);
  trace(fmt::format("attempt {}", value != nullptr ? value : "none"));
  if (value != nullptr && std::string_view(value).ends_with('1')) co_await sleep(1ms);
  ::setenv(kName, std::to_string(runs % 2).c_str(), 1);
}

TEST(Nondeterminism, OfTheEnvironment) {
  const Nondeterminism finding = caught(program<read_environment>());
  EXPECT_EQ(finding.origin.task, "main/read_environment#1");
  EXPECT_THAT(finding.once, HasSubstr("says \"attempt "));
  EXPECT_NE(finding.once, finding.again);
}

std::filesystem::path file_of_test() {
  return std::filesystem::temp_directory_path() / fmt::format("corosim-nondeterminism-{}.txt", ::getpid());
}

constexpr int kFileLine = __LINE__ + 4;
Coro<void> append_to_file() {
  std::ofstream(file_of_test(), std::ios::app) << "a line\n";
  Shared<std::uintmax_t> size{0, "size"};
  size.set(std::filesystem::file_size(file_of_test()));
  co_await sleep(Duration(size.get()));
}

TEST(Nondeterminism, OfAFileThatRunsLeaveBehind) {
  const Nondeterminism finding = caught(program<append_to_file>());
  std::filesystem::remove(file_of_test());
  EXPECT_EQ(finding.origin.task, "main/append_to_file#1");
  EXPECT_THAT(finding.once, MatchesRegex(fmt::format("writes size = [0-9]+ at {}", here(kFileLine))));
  EXPECT_NE(finding.once, finding.again);
}

int cache = 0;

constexpr int kCacheLine = __LINE__ + 3;
Coro<void> look_up() {
  co_await sleep(1ms);
  co_await sleep(1ms);
  if (cache == 0) co_await sleep(3ms);  // as from a disk
  cache = 1;
}

TEST(Nondeterminism, OfACacheThatTheFirstRunFills) {
  cache = 0;
  const Nondeterminism finding = caught(program<look_up>());
  EXPECT_EQ(finding.kind, Nondeterminism::Kind::kFirstOnly);
  EXPECT_EQ(finding.step.number, finding.last_equal + 1) << "a short run is located exactly";
  EXPECT_EQ(finding.origin.task, "main/look_up#1");
  EXPECT_EQ(finding.origin.place, here(kCacheLine));
  EXPECT_THAT(finding.text(), HasSubstr("The first run differs from every later one: 6 more came out like the second"));
  EXPECT_THAT(finding.text(), HasSubstr("left over from one run to the next"));
}

int earlier_runs = 0;

constexpr int kFirstFailsLine = __LINE__ + 3;
Coro<void> fail_at_first() {
  co_await sleep(1ms);
  COROSIM_CHECK(++earlier_runs > 1);
}

TEST(Nondeterminism, OfAnOutcomeAfterTheSameSteps) {
  earlier_runs = 0;
  const Nondeterminism finding = caught(program<fail_at_first>());
  EXPECT_EQ(finding.kind, Nondeterminism::Kind::kFirstOnly);
  EXPECT_EQ(finding.step.number, finding.first.steps);
  EXPECT_EQ(finding.origin.task, "main/fail_at_first#1");
  EXPECT_EQ(finding.origin.place, here(kFirstFailsLine - 1));
  EXPECT_THAT(finding.first.end, HasSubstr("++earlier_runs > 1 does not hold"));
}

Coro<void> long_look_up() {
  for (int i = 0; i < 5000; ++i) co_await sleep(1ms);
  if (cache == 0) co_await sleep(500us);
  cache = 1;
  for (int i = 0; i < 5000; ++i) co_await sleep(1ms);
}

TEST(Nondeterminism, OfTheFirstOfLongRunsIsLocatedToAShortStretch) {
  cache = 0;
  const Nondeterminism finding = caught(program<long_look_up>());
  EXPECT_EQ(finding.kind, Nondeterminism::Kind::kFirstOnly);
  EXPECT_GE(finding.step.number, 10'000U);
  EXPECT_LT(finding.last_equal, 10'020U);
  EXPECT_LE(finding.step.number - finding.last_equal, finding.first.steps / 32 + 1);
  ASSERT_FALSE(finding.between.empty());
  EXPECT_EQ(finding.between[0].task, "main/long_look_up#1");
  EXPECT_THAT(finding.text(), HasSubstr("  between  main/long_look_up#1 at nondeterminism_test.cpp:"));
}

TEST(Nondeterminism, IsToldSoThatOneKnowsWhereToLook) {
  const Nondeterminism finding = caught(program<count_calls>());
  EXPECT_THAT(
      finding.text(),
      MatchesRegex(fmt::format(
          "not deterministic: planted · seed 0x0 · order legal · strategy random\n"
          "The same decisions, taken again, gave another run:\n"
          "  first    completed after [0-9]+ steps, hash [0-9a-f]+\n"
          "  again    completed after [0-9]+ steps, hash [0-9a-f]+\n"
          "The first step that differs is step [0-9]+ of main/count_calls#1, at t = 1 ms, which went on at {0}:\n"
          "  once     .*\n"
          "  again    .*\n"
          "Something outside of the simulation decides. Look at what main/count_calls#1 does after {0}, up to "
          "its next await, for:\n"
          "  an order or a hash by address .*",
          here(kStaticLine))));
}

TEST(Nondeterminism, KeepsARecordingFromBeingMade) {
  Simulation simulation;
  const Program planted = program<count_calls>();
  const RunResult found = simulation.run(planted);
  try {
    record(planted, found);
    FAIL() << "recorded";
  } catch (const NotDeterministic& error) {
    EXPECT_EQ(error.finding().origin.task, "main/count_calls#1");
    EXPECT_EQ(error.what(), error.finding().text());
  }
}

RunResult failed_with(std::string what) {
  RunResult result;
  result.end = Failed{std::move(what), "bank.cpp:41", "main", 7, {}, {}};
  return result;
}

TEST(SameRun, DoesNotMindAddressesInTheTextOfAFailure) {
  EXPECT_TRUE(is_same_run(failed_with("no entry for 0x55d0c8a01eb0"), failed_with("no entry for 0x7ffd3c1a2b48")));
  EXPECT_FALSE(is_same_run(failed_with("balance is 1"), failed_with("balance is 2")));
  EXPECT_FALSE(is_same_run(failed_with("code 0x1f"), failed_with("code 0x2f")));
}

TEST(SameRun, ComparesARunThatRealTimeCutShortAsFarAsItWent) {
  const auto after = [](std::uint64_t steps, std::uint64_t hash, RunEnd end) {
    RunResult result;
    result.end = std::move(end);
    for (std::uint64_t step = 0; step <= steps; ++step) result.trail.add(step, hash + step);
    result.steps = steps;
    return result;
  };
  const TimeLimit real{false, 1s, {}};
  EXPECT_TRUE(is_same_run(after(1000, 7, real), after(3000, 7, Completed())));
  EXPECT_FALSE(is_same_run(after(1000, 7, real), after(1000, 8, Completed())));
}

Coro<void> deposit(Shared<int>& balance, Lock lock, int amount) {
  co_await latency(constant(1ms));
  if (chance(1, 3)) {
    const auto held = co_await lock.scoped();
    co_await sleep(1ms);
  }
  const int before = balance.get();
  co_await sleep(random_duration(uniform(0ms, 1ms)));
  balance.set(before + amount);
}

Coro<void> bank_main() {
  Shared<int> balance{0, "balance"};
  const Lock lock("account");
  co_await gather(deposit(balance, lock, 1), deposit(balance, lock, 2), deposit(balance, lock, 3));
  COROSIM_CHECK_EQ(balance.get(), 6);
}

Coro<void> take_both(Lock first, Lock second) {
  const auto outer = co_await first.scoped();
  co_await sleep(0ms);
  const auto inner = co_await second.scoped();
}

Coro<void> lock_cycle_main() {
  const Lock a("a");
  const Lock b("b");
  co_await gather(take_both(a, b), take_both(b, a));
}

Coro<void> livelock_main() {
  while (true) co_await sleep(random_duration(uniform(0ms, 1ms)));
}

TEST(Nondeterminism, IsFoundInNoneOfAThousandRunsOfADeterministicProgram) {
  const std::vector<Program> programs{
      {"bank", bank_main}, {"lock cycle", lock_cycle_main}, {"livelock", livelock_main}};
  for (const Program& program : programs) {
    const auto strategy = make_strategy("portfolio");
    Simulation exploring;
    Simulation comparing;
    const Limits limits = Limits().steps(500);
    std::uint64_t failures = 0;
    for (Seed seed = 0; seed < 1000; ++seed) {
      RunOptions options;
      options.seed(seed).strategy(*strategy).limits(limits);
      if (seed % 2 == 0) options.timer_jitter(TimerJitter(100us, 100us));
      if (seed % 5 == 0) options.inject(Injection("main", 1, Moment::kParked));
      const RunResult found = exploring.run(program, options);
      failures += found.failed() ? 1 : 0;
      const auto finding = compare_again(comparing, program, found, limits);
      ASSERT_FALSE(finding) << finding->text();
    }
    EXPECT_GT(failures, 0U) << program.name() << " has to end in more than one way";
  }
}

}  // namespace
}  // namespace corosim::sim
