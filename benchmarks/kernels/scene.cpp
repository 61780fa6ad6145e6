#include "scene.hpp"

namespace corosim::kernels {

using namespace std::chrono_literals;

Coro<void> play(Build build, int first, int second) {
  Scene scene;
  build(scene, first, second);
  co_await sleep(1h);
  scene.run_check();
  for (const Task<>& task : scene.tasks()) {
    if (!task.done()) co_await task;
  }
}

Coro<void> pads(int count) {
  for (int i = 0; i < count; ++i) co_await sleep(0ms);
}

}  // namespace corosim::kernels
