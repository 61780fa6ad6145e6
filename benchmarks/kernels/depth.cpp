// Kernels whose bug needs a given number of orderings at once: two tasks must go through gates 0, 1, .. `depth` in
// alternation. `chain`: both need `pad` awaits of their own before each gate. `skew`: only one of them does, so that
// schedules in lock-step never get through. `noise`: beside them run unrelated tasks.
#include "programs.hpp"

namespace corosim::kernels {

using namespace std::chrono_literals;

namespace {

struct Chain {
  explicit Chain(int last) : depth(last) {}
  Shared<int> x{0, "x"};
  int depth;
};

Coro<void> ch_task(Chain& s, int first, int pad) {
  for (int g = first; g <= s.depth; g += 2) {
    for (int i = 0; i < pad; ++i) co_await sleep(0ms);
    if (s.x.get() == g) {
      s.x.set(g + 1);
      if (g == s.depth) fail("chain complete");
    }
    co_await sleep(0ms);
  }
  for (int i = 0; i < pad; ++i) co_await sleep(0ms);
}

Coro<void> chs_task(Chain& s, int first, int pad) {
  for (int g = first; g <= s.depth; g += 2) {
    for (int i = 0; i < pad; ++i) co_await sleep(0ms);
    if (s.x.get() == g) {
      s.x.set(g + 1);
      if (g == s.depth) fail("chain complete");
    }
    co_await sleep(0ms);
  }
}

void add_noise(Scene& scene, int bystanders) {
  constexpr int kRounds = 12;
  for (int i = 0; i < bystanders; ++i) scene.spawn(noise(scene.make<Shared<int>>(0), kRounds));
}

}  // namespace

Coro<void> noise(Shared<int>& own, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    own.set(own.get() + 1);
    co_await sleep(0ms);
  }
}

void chain(Scene& scene, int depth, int pad) {
  auto& s = scene.make<Chain>(depth);
  scene.spawn(ch_task(s, 1, pad));
  scene.spawn(ch_task(s, 0, pad));
}

void chain_skew(Scene& scene, int depth, int pad) {
  auto& s = scene.make<Chain>(depth);
  scene.spawn(chs_task(s, 1, 0));
  scene.spawn(chs_task(s, 0, pad));
}

void chain_noise(Scene& scene, int depth, int bystanders) {
  chain(scene, depth, 2);
  add_noise(scene, bystanders);
}

void chain_skew_noise(Scene& scene, int depth, int bystanders) {
  chain_skew(scene, depth, 4);
  add_noise(scene, bystanders);
}

}  // namespace corosim::kernels
