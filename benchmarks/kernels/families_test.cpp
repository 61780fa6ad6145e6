// That complete exploration runs each family in exactly the number of classes that it has: those of bugs.md's table,
// which is what an optimal search needs (Abdulla et al., POPL 2014).
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <corosim/sim/exhaustive.hpp>

#include <gtest/gtest.h>

#include "kernels.hpp"

namespace corosim::kernels {
namespace {

const std::map<std::string, std::uint64_t>& classes() {
  static const std::map<std::string, std::uint64_t> known = {
      {"phil(3)", 37},
      {"phil(4)", 185},
      {"phil(5)", 841},
      {"phil(6)", 3'617},
      {"phil(7)", 15'121},
      {"sem_phil(3)", 7},
      {"sem_phil(4)", 15},
      {"sem_phil(5)", 31},
      {"sem_phil(6)", 63},
      {"lockall(3,m2)", 36},
      {"lockall(4,m2)", 552},
      {"lockall(5,m2)", 12'240},
      {"sem_lockall(3,m2)", 6},
      {"sem_lockall(4,m2)", 24},
      {"sem_lockall(5,m2)", 120},
      {"sem_lockall(6,m2)", 720},
      {"sem_lockall(7,m2)", 5'040},
      {"sem_lockall(8,m2)", 40'320},
      {"pairs(4,m2)", 16},
      {"pairs(8,m2)", 256},
      {"pairs(12,m2)", 4'096},
      {"pairs(16,m2)", 65'536},
      {"readers(4,m2)", 16},
      {"readers(8,m2)", 256},
      {"readers(12,m2)", 4'096},
      {"client_server(3,m1)", 120},
      {"client_server(4,m1)", 1'680},
      {"client_server(5,m1)", 30'240},
      {"client_server(6,m1)", 665'280},
      {"lastzero(5)", 64},
      {"lastzero(10)", 3'328},
      {"lastzero(15)", 147'456},
      {"indexer(12)", 8},
      {"indexer(15)", 4'096},
      {"filesystem(14)", 2},
      {"filesystem(16)", 8},
      {"filesystem(18)", 32},
      {"filesystem(19)", 64},
      {"indep(10x10)", 1},
  };
  return known;
}

constexpr std::uint64_t kMostInAShortTest = 31'000;

std::vector<Kernel> known_families() {
  std::vector<Kernel> known;
  std::copy_if(families().begin(), families().end(), std::back_inserter(known),
               [](const Kernel& each) { return classes().contains(each.name); });
  return known;
}

class Family : public testing::TestWithParam<Kernel> {};

TEST_P(Family, IsExploredOnceForEachClass) {
  const auto known = classes().find(GetParam().name);
  if (known->second > kMostInAShortTest && std::getenv("COROSIM_LONG_TESTS") == nullptr) {
    GTEST_SKIP() << "COROSIM_LONG_TESTS=1 runs it";
  }
  const sim::ExhaustiveResult search =
      sim::exhaust(GetParam().program, sim::ExhaustiveOptions().order(sim::Order::kAny).failures(known->second));
  EXPECT_TRUE(search.complete);
  EXPECT_EQ(search.orders, known->second);
  EXPECT_LE((search.blocked + search.infeasible) * 10, search.orders);
}

std::string name_of(const testing::TestParamInfo<Kernel>& info) {
  std::string name = info.param.name;
  std::replace_if(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Families, Family, testing::ValuesIn(known_families()), name_of);

TEST(Families, AreAllThere) {
  for (const auto& [name, count] : classes()) {
    EXPECT_TRUE(std::any_of(families().begin(), families().end(), [&](const Kernel& each) {
      return each.name == name;
    })) << name;
  }
}

TEST(ExhaustiveSearch, SaysWhichPartOfTheOrdersItHasExplored) {
  const auto family =
      std::find_if(families().begin(), families().end(), [](const Kernel& each) { return each.name == "phil(6)"; });
  double before = 0;
  for (const std::uint64_t runs : {100U, 1'000U, 2'000U, 3'000U}) {
    const sim::ExhaustiveResult search =
        sim::exhaust(family->program, sim::ExhaustiveOptions().order(sim::Order::kAny).failures(1000).runs(runs));
    EXPECT_FALSE(search.complete);
    const double actual = static_cast<double>(search.orders) / 3'617;
    EXPECT_GT(search.explored_part, before);
    EXPECT_NEAR(search.explored_part, actual, 0.5);
    before = search.explored_part;
  }
  EXPECT_LT(before, 1);
}

}  // namespace
}  // namespace corosim::kernels
