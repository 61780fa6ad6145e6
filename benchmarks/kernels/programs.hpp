#pragma once

#include "scene.hpp"

/// The kernels' Build functions, by the file that has them. The names of the numbers say what they are.

namespace corosim::kernels {

// shared_data.cpp: reads and writes that do not belong together.
void lost_update(Scene& scene, int tasks, int pad);
void check_then_act(Scene& scene, int tasks, int stagger);
void aba(Scene& scene, int pad, int);
void use_after_close(Scene& scene, int rounds, int pad);
void wsq(Scene& scene, int items, int steals);
void stale_lease(Scene& scene, int pad, int);
void read_skew(Scene& scene, int pad, int);
void cache_stale(Scene& scene, int readers, int pad);

// waiting.cpp: locks, events and conditions.
void lock_order(Scene& scene, int pad, int);
void philosophers(Scene& scene, int philosophers, int stagger);
void lost_wakeup(Scene& scene, int waiter_pad, int notifier_pad);
void token_ring(Scene& scene, int nodes, int patience);
void stolen_wakeup(Scene& scene, int consumers, int pad);
void publish_init(Scene& scene, int tasks, int stagger);
void barrier(Scene& scene, int tasks, int rounds);

// sctbench.cpp: programs of SCTBench (Thomson, Donaldson and Betts, PPoPP 2014), and their larger versions.
void reorder(Scene& scene, int setters, int checkers);
void twostage(Scene& scene, int writers, int readers);
void wronglock(Scene& scene, int readers, int writers);
void account(Scene& scene, int, int);
void bluetooth(Scene& scene, int adders, int pad);

// depth.cpp: bugs that need a given number of orderings at once.
void chain(Scene& scene, int depth, int pad);
void chain_skew(Scene& scene, int depth, int pad);
void chain_noise(Scene& scene, int depth, int bystanders);
void chain_skew_noise(Scene& scene, int depth, int bystanders);

// cancellation.cpp: cancelled at the wrong moment.
void cancel_leak(Scene& scene, int pad, int);
void queue_lost(Scene& scene, int pad, int);
void timeout_race(Scene& scene, int pad, int);

// families.cpp: for complete exploration.
void lastzero(Scene& scene, int writers, int);
void indexer(Scene& scene, int tasks, int);
void filesystem(Scene& scene, int tasks, int);
void indep(Scene& scene, int tasks, int awaits);
void lockall(Scene& scene, int tasks, int pad);
void pairs(Scene& scene, int tasks, int pad);
void readers(Scene& scene, int readers, int pad);
void client_server(Scene& scene, int clients, int pad);
void sem_lockall(Scene& scene, int tasks, int pad);
void sem_philosophers(Scene& scene, int philosophers, int);

// Tasks that two files need.
Coro<void> lu_task(Shared<int>& x, int pad);
Coro<void> noise(Shared<int>& own, int rounds);

}  // namespace corosim::kernels
