#include "private_state.hpp"

#include <corosim/runtime/intrusive.hpp>
#include <corosim/runtime/line.hpp>

namespace corosim::testing {
namespace {

using detail::List;
using detail::QueuedWaiter;
using detail::Ref;

// An explicit instantiation may name private members: member_of(Key()) gives the Member that was granted to Key.
template <auto Member, class Key>
struct Grant {
  friend auto member_of(Key) { return Member; }
};

struct LineWaiters {
  friend auto member_of(LineWaiters);
};
struct LockMember {
  friend auto member_of(LockMember);
};
struct EventMember {
  friend auto member_of(EventMember);
};
struct ConditionMember {
  friend auto member_of(ConditionMember);
};
struct SemaphoreMember {
  friend auto member_of(SemaphoreMember);
};
template struct Grant<&detail::Line::waiters_, LineWaiters>;
template struct Grant<&Lock::state_, LockMember>;
template struct Grant<&Event::state_, EventMember>;
template struct Grant<&Condition::state_, ConditionMember>;
template struct Grant<&Semaphore::state_, SemaphoreMember>;

std::vector<WaiterStatus> waiters_in(const detail::Line& line) {
  const List<QueuedWaiter>& list = line.*member_of(LineWaiters());
  std::vector<WaiterStatus> statuses;
  for (const QueuedWaiter* waiter = list.first(); waiter != nullptr; waiter = list.next(*waiter)) {
    statuses.push_back(waiter->status());
  }
  return statuses;
}

}  // namespace

std::vector<WaiterStatus> waiters(const Lock& lock) { return waiters_in((lock.*member_of(LockMember()))->line); }
std::vector<WaiterStatus> waiters(const Event& event) { return waiters_in((event.*member_of(EventMember()))->line); }
std::vector<WaiterStatus> waiters(const Condition& condition) {
  return waiters_in((condition.*member_of(ConditionMember()))->line);
}
std::vector<WaiterStatus> waiters(const Semaphore& semaphore) {
  return waiters_in((semaphore.*member_of(SemaphoreMember()))->line);
}
int value(const Semaphore& semaphore) { return (semaphore.*member_of(SemaphoreMember()))->value; }

}  // namespace corosim::testing
