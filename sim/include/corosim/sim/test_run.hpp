#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <corosim/sim/explore.hpp>
#include <corosim/sim/simulation.hpp>

namespace corosim::sim {

/// How a test explores, where the environment says nothing else (docs/program-contract.md).
class TestOptions {
 public:
  TestOptions() = default;
  TestOptions& runs(std::uint64_t value) {
    runs_ = value;
    return *this;
  }
  TestOptions& time(std::chrono::milliseconds value) {
    time_ = value;
    return *this;
  }
  TestOptions& order(Order value) {
    order_ = value;
    return *this;
  }
  /// Or "exhaustive".
  TestOptions& strategy(std::string value) {
    strategy_ = std::move(value);
    return *this;
  }
  TestOptions& limits(const Limits& value) {
    limits_ = value;
    return *this;
  }
  TestOptions& conditions(Conditions value) {
    conditions_ = std::move(value);
    return *this;
  }
  /// Some run has to come to COROSIM_SOMETIMES(name), or the test fails. May be called more than once.
  TestOptions& reaches(std::string name) {
    reaches_.push_back(std::move(name));
    return *this;
  }

 private:
  friend struct TestOutcome run_test(const Program& program, const TestOptions& options, const std::string& invocation);
  std::optional<std::uint64_t> runs_;
  std::optional<std::chrono::milliseconds> time_;
  std::optional<Order> order_;
  std::optional<std::string> strategy_;
  std::optional<Limits> limits_;
  std::optional<Conditions> conditions_;
  std::vector<std::string> reaches_;
};

/// How a test came out, for a test framework to tell.
struct TestOutcome {
  enum class Kind : std::uint8_t {
    kPassed,
    kFailed,
    kSkipped,  // the schedule to replay is another test's
  };
  Kind kind = Kind::kPassed;
  std::string text;                                             // the whole report
  std::string place;                                            // "bank_test.cpp:14"; empty where it is not known
  std::vector<std::pair<std::string, std::string>> properties;  // seed, schedule, trace
};

/// Explores `program` as the environment and `options` say, or runs the schedule of COROSIM_REPLAY. `invocation` starts
/// this test alone: "./bank_test --gtest_filter=Account.KeepsEveryDeposit". Throws nothing but what is no failure of
/// the program: std::bad_alloc, file system errors.
TestOutcome run_test(const Program& program, const TestOptions& options, const std::string& invocation);

/// Fails the run under way, which goes on until its step ends. Outside of a run it does nothing and returns false.
bool fail_run(std::string what, std::string place);

}  // namespace corosim::sim
