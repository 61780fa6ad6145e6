#pragma once

#include <vector>

#include <corosim/runtime/condition.hpp>
#include <corosim/runtime/event.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/semaphore.hpp>

/// The private attributes that CPython's tests read.

namespace corosim::testing {

using WaiterStatus = detail::Waiter::Status;

/// `_waiters`: those in line, in its order, the finished ones whose step has not run yet included.
std::vector<WaiterStatus> waiters(const Lock& lock);
std::vector<WaiterStatus> waiters(const Event& event);
std::vector<WaiterStatus> waiters(const Condition& condition);
std::vector<WaiterStatus> waiters(const Semaphore& semaphore);
/// `_value`: the free units.
int value(const Semaphore& semaphore);

}  // namespace corosim::testing
