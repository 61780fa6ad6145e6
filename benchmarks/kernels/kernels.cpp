#include "kernels.hpp"

#include "asyncio_programs.hpp"
#include "programs.hpp"

namespace corosim::kernels {

namespace {

Kernel kernel(const char* name, Build build, int first, int second, const char* source = "") {
  return {name, source, sim::Program(name, [=] { return play(build, first, second); })};
}

}  // namespace

const std::vector<Kernel>& bug_kernels() {
  static const std::vector<Kernel> kernels = {
      kernel("lost_update(2)", lost_update, 2, 0),
      kernel("lost_update(2,pad8)", lost_update, 2, 8),
      kernel("check_then_act(3,stag6)", check_then_act, 3, 6),
      kernel("aba(6)", aba, 6, 0),
      kernel("lock_order(10)", lock_order, 10, 0),
      kernel("phil(3)", philosophers, 3, 0),
      kernel("phil(3,stag4)", philosophers, 3, 4),
      kernel("phil(5,stag3)", philosophers, 5, 3),
      kernel("lost_wakeup(2,12)", lost_wakeup, 2, 12),
      kernel("use_after_close(4,9)", use_after_close, 4, 9),
      kernel("reorder_3", reorder, 2, 1, "SCTBench"),
      kernel("reorder_5", reorder, 4, 1, "SCTBench"),
      kernel("reorder_10", reorder, 9, 1, "SCTBench"),
      kernel("reorder_20", reorder, 10, 10, "SCTBench"),
      kernel("reorder_50", reorder, 49, 1),
      kernel("reorder_100", reorder, 99, 1),
      kernel("twostage", twostage, 1, 1, "SCTBench"),
      kernel("twostage_20", twostage, 19, 1),
      kernel("twostage_100", twostage, 99, 1, "SCTBench"),
      kernel("wronglock", wronglock, 1, 7, "SCTBench"),
      kernel("wronglock_3", wronglock, 1, 3, "SCTBench"),
      kernel("account", account, 0, 0, "SCTBench"),
      kernel("bluetooth(1,6)", bluetooth, 1, 6, "SCTBench"),
      kernel("wsq(2,2)", wsq, 2, 2),
      kernel("wsq(4,3)", wsq, 4, 3),
      kernel("token_ring(4,6)", token_ring, 4, 6),
      kernel("token_ring(4,14)", token_ring, 4, 14),
      kernel("stale_lease(8)", stale_lease, 8, 0),
      kernel("chain(3,5)", chain, 3, 5),
      kernel("chain(7,5)", chain, 7, 5),
      kernel("skew(1,6)", chain_skew, 1, 6),
      kernel("skew(2,6)", chain_skew, 2, 6),
      kernel("skew(3,6)", chain_skew, 3, 6),
      kernel("skew(4,6)", chain_skew, 4, 6),
      kernel("skew(5,6)", chain_skew, 5, 6),
      kernel("skew_noise(3,8)", chain_skew_noise, 3, 8),
      kernel("chain_noise(3,8)", chain_noise, 3, 8),
      kernel("cancel_leak(8)", cancel_leak, 8, 0),
      kernel("queue_lost(8)", queue_lost, 8, 0),
      kernel("timeout_race(3)", timeout_race, 3, 0),
      kernel("stolen_wakeup(2,3)", stolen_wakeup, 2, 3),
      kernel("read_skew(8)", read_skew, 8, 0),
      kernel("publish_init(3,4)", publish_init, 3, 4),
      kernel("barrier(3,2)", barrier, 3, 2),
      kernel("cache_stale(2,6)", cache_stale, 2, 6),
  };
  return kernels;
}

const std::vector<Kernel>& families() {
  constexpr const char* kPopl2014 = "Abdulla et al., POPL 2014";
  constexpr const char* kPopl2005 = "Flanagan and Godefroid, POPL 2005";
  static const std::vector<Kernel> kernels = {
      kernel("sem_lockall(3,m2)", sem_lockall, 3, 2),
      kernel("sem_lockall(4,m2)", sem_lockall, 4, 2),
      kernel("sem_lockall(5,m2)", sem_lockall, 5, 2),
      kernel("sem_lockall(6,m2)", sem_lockall, 6, 2),
      kernel("sem_lockall(7,m2)", sem_lockall, 7, 2),
      kernel("sem_lockall(8,m2)", sem_lockall, 8, 2),
      kernel("sem_phil(3)", sem_philosophers, 3, 0),
      kernel("sem_phil(4)", sem_philosophers, 4, 0),
      kernel("sem_phil(5)", sem_philosophers, 5, 0),
      kernel("sem_phil(6)", sem_philosophers, 6, 0),
      kernel("lastzero(5)", lastzero, 5, 0, kPopl2014),
      kernel("lastzero(10)", lastzero, 10, 0, kPopl2014),
      kernel("lastzero(15)", lastzero, 15, 0, kPopl2014),
      kernel("indexer(12)", indexer, 12, 0, kPopl2005),
      kernel("indexer(15)", indexer, 15, 0, kPopl2005),
      kernel("filesystem(14)", filesystem, 14, 0, kPopl2005),
      kernel("filesystem(16)", filesystem, 16, 0, kPopl2005),
      kernel("filesystem(18)", filesystem, 18, 0, kPopl2005),
      kernel("filesystem(19)", filesystem, 19, 0, kPopl2005),
      kernel("indep(4x5)", indep, 4, 5),
      kernel("indep(10x10)", indep, 10, 10),
      kernel("lockall(3,m2)", lockall, 3, 2),
      kernel("lockall(4,m2)", lockall, 4, 2),
      kernel("lockall(5,m2)", lockall, 5, 2),
      kernel("lockall(6,m2)", lockall, 6, 2),
      kernel("lockall(7,m2)", lockall, 7, 2),
      kernel("lockall(8,m2)", lockall, 8, 2),
      kernel("pairs(4,m2)", pairs, 4, 2),
      kernel("pairs(8,m2)", pairs, 8, 2),
      kernel("pairs(12,m2)", pairs, 12, 2),
      kernel("pairs(16,m2)", pairs, 16, 2),
      kernel("readers(4,m2)", readers, 4, 2),
      kernel("readers(8,m2)", readers, 8, 2),
      kernel("readers(12,m2)", readers, 12, 2),
      kernel("phil(3)", philosophers, 3, 0),
      kernel("phil(4)", philosophers, 4, 0),
      kernel("phil(5)", philosophers, 5, 0),
      kernel("phil(6)", philosophers, 6, 0),
      kernel("phil(7)", philosophers, 7, 0),
      kernel("client_server(3,m1)", client_server, 3, 1),
      kernel("client_server(4,m1)", client_server, 4, 1),
      kernel("client_server(5,m1)", client_server, 5, 1),
      kernel("client_server(6,m1)", client_server, 6, 1),
      kernel("client_server(7,m1)", client_server, 7, 1),
  };
  return kernels;
}

const std::vector<Kernel>& asyncio_kernels() {
  const auto pair = [](const char* name, Build build, const char* source) {
    const std::string fault = std::string(name) + "/fault";
    const std::string correct = std::string(name) + "/correct";
    return std::vector{kernel(fault.c_str(), build, kFault, 0, source),
                       kernel(correct.c_str(), build, kCorrect, 0, source)};
  };
  static const std::vector<Kernel> kernels = [&] {
    std::vector<Kernel> all;
    for (const auto& both : {
             pair("wait_for", wait_for_cancelled, "cpython#86296"),
             pair("queue_get", queue_get_timed_out, "asyncio#343"),
             pair("lock", lock_cancelled, "bpo-27585"),
             pair("condition", condition_cancelled, "cpython#112202"),
             pair("semaphore", semaphore_overtaken, "cpython#90155"),
             pair("gather", gather_cancelled, "cpython#76865"),
             pair("shield", shield_cancelled, "cpython#86802"),
             pair("uncancel", group_uncancels, "cpython#95289"),
             pair("nested_groups", groups_nested, "cpython#116720"),
             pair("capacity_limiter", limiter_cancelled, "anyio#947"),
         }) {
      all.insert(all.end(), both.begin(), both.end());
    }
    return all;
  }();
  return kernels;
}

}  // namespace corosim::kernels
