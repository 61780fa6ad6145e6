#pragma once

#include "scene.hpp"

/// Bugs that libraries have had, each twice: kFault builds the program on the library's primitive with the fault put
/// back, kCorrect on the correct one.

namespace corosim::kernels {

inline constexpr int kFault = 0;
inline constexpr int kCorrect = 1;

// asyncio_locks.cpp
void lock_cancelled(Scene& scene, int variant, int);
void condition_cancelled(Scene& scene, int variant, int);
void semaphore_overtaken(Scene& scene, int variant, int);
void limiter_cancelled(Scene& scene, int variant, int);

// asyncio_futures.cpp
void wait_for_cancelled(Scene& scene, int variant, int);
void queue_get_timed_out(Scene& scene, int variant, int);
void gather_cancelled(Scene& scene, int variant, int);
void shield_cancelled(Scene& scene, int variant, int);

// asyncio_task_groups.cpp
void group_uncancels(Scene& scene, int variant, int);
void groups_nested(Scene& scene, int variant, int);

/// Cancels `victim` after `pad` awaits, and remembers whether it was not done.
Coro<void> canceller(Task<> victim, Shared<bool>& requested, int pad);

}  // namespace corosim::kernels
