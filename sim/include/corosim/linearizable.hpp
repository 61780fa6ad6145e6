#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <source_location>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <corosim/runtime/coro.hpp>
#include <corosim/sim/check.hpp>

#include <fmt/format.h>

/// Linearizability: whether what concurrent tasks saw of an object can be explained by a sequential one, each operation
/// at some instant between its call and its return.
///
///     struct QueueModel {
///       struct Operation { ...; std::string text() const; };
///       using Result = std::optional<int>;
///       Result apply(const Operation& operation);          // in sequence
///       bool operator==(const QueueModel&) const = default;
///       std::deque<int> items;
///     };
///
///     History<QueueModel> history;
///     const QueueModel::Operation get{...};                      // named: docs/compilers.md
///     const int item = co_await history.call(get, queue.get());  // in many tasks
///     ...
///     history.require_linearizable();                            // at the end
///
/// The search is that of Wing and Gong (JPDC 1993) with the memory of Lowe (CCPE 2017): a set of operations that have
/// taken effect, and the state they led to, is tried once. It is exponential in the number of operations that overlap,
/// not in the length of the history: up to ten at a time are quick, and kMostStates bounds the rest.

namespace corosim {

/// A sequential object. A copy is a state of its own; equal ones behave alike.
template <class M>
concept SequentialModel =
    std::copyable<M> && std::equality_comparable<M> && requires(M model, const typename M::Operation operation) {
      { model.apply(operation) } -> std::convertible_to<typename M::Result>;
      { operation.text() } -> std::convertible_to<std::string>;
      requires std::equality_comparable<typename M::Result>;
    };

enum class Linearizability : std::uint8_t {
  kLinearizable,
  kNotLinearizable,
  kUnknown,  // the search came to kMostStates
};

namespace detail {

inline constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

/// Who calls, and in which step. Empty outside of a simulation.
struct Caller {
  std::string task;
  std::uint64_t step = 0;
};
Caller current_caller();

struct HistoryRow {
  std::string task;
  std::string text;  // "get() = 3"
  std::uint64_t invoked_step = 0;
  std::optional<std::uint64_t> returned_step;
  bool is_last = false;  // of those that returned
};
/// A line for each operation.
std::string history_table(const std::vector<HistoryRow>& rows);

/// Empty where there is nothing to say.
template <class T>
std::string result_text(const T& result) {
  if constexpr (std::is_same_v<T, std::monostate>) {
    return {};
  } else if constexpr (requires {
                         { result.text() } -> std::convertible_to<std::string>;
                       }) {
    return result.text();
  } else if constexpr (fmt::is_formattable<T>::value) {
    return fmt::format("{}", result);
  } else if constexpr (requires {
                         result.has_value();
                         *result;
                       }) {
    return result.has_value() ? result_text(*result) : "nothing";
  } else {
    return "?";
  }
}

}  // namespace detail

/// What tasks called of an object, and what it returned. Operations that never return, because they were cancelled or
/// still wait, may have taken effect or not.
template <SequentialModel Model>
class History {
 public:
  using Operation = typename Model::Operation;
  using Result = typename Model::Result;
  /// Of one search; less than a second.
  static constexpr std::size_t kMostStates = 300'000;

  explicit History(Model initial = Model()) : initial_(std::move(initial)) {}

  /// Awaits `coroutine`, the operation on the object, between the call and the return. Where it returns nothing, its
  /// result is Result().
  template <class T>
  Coro<T> call(Operation operation, Coro<T> coroutine) {
    const std::size_t number = invoke(std::move(operation));
    if constexpr (std::is_void_v<T>) {
      co_await std::move(coroutine);
      returned(number, Result());
    } else {
      T result = co_await std::move(coroutine);
      returned(number, Result(result));
      co_return result;
    }
  }

  /// The two halves of call(), for operations of another form.
  std::size_t invoke(Operation operation) {
    calls_.push_back({std::move(operation), std::nullopt, ++now_, detail::kNever, detail::current_caller(), 0});
    return calls_.size() - 1;
  }
  void returned(std::size_t number, Result result) {
    Call& call = calls_[number];
    call.result = std::move(result);
    call.returned = ++now_;
    call.returned_step = detail::current_caller().step;
  }

  std::size_t size() const { return calls_.size(); }

  Linearizability check() const { return search(now_); }

  /// The operations of the shortest beginning that is not linearizable, a line each; all where it is.
  std::string table() const {
    std::uint64_t end = now_;
    if (check() == Linearizability::kNotLinearizable) end = shortest_end();
    return table_until(end);
  }

  /// Fails the run where no order explains the history, with table().
  void require_linearizable(std::source_location where = std::source_location::current()) const {
    switch (check()) {
      case Linearizability::kLinearizable:
        return;
      case Linearizability::kNotLinearizable:
        fail("the history is not linearizable", table_until(shortest_end()), where);
      case Linearizability::kUnknown:
        fail("whether the history is linearizable was not found out: too many operations overlap", where);
    }
  }

 private:
  struct Call {
    Operation operation;
    std::optional<Result> result;
    std::uint64_t invoked;   // events are numbered from 1
    std::uint64_t returned;  // kNever where it has not
    detail::Caller caller;
    std::uint64_t returned_step;
  };
  using Set = std::vector<bool>;  // of calls
  struct Frame {                  // a call that was taken to have effect, and the state before it
    std::size_t number;
    Model before;
  };

  // Whether the events up to `end` can be explained.
  //
  // Tries, as the next to take effect, each call that was made before any other one that is left returned.
  Linearizability search(std::uint64_t end) const {
    std::vector<std::size_t> calls;  // in the order in which they were made
    std::size_t returns_left = 0;
    for (std::size_t i = 0; i < calls_.size() && calls_[i].invoked <= end; ++i) {
      calls.push_back(i);
      if (calls_[i].returned <= end) ++returns_left;
    }
    const auto has_returned = [&](std::size_t number) { return calls_[number].returned <= end; };
    Set taken(calls_.size());
    Model state = initial_;
    std::vector<Frame> path;
    std::unordered_map<Set, std::vector<Model>> known;
    std::size_t states = 0;
    std::size_t next = 0;  // the place in `calls` to try
    while (returns_left > 0) {
      std::uint64_t first_return = detail::kNever;
      for (const std::size_t number : calls) {
        if (!taken[number] && has_returned(number)) first_return = std::min(first_return, calls_[number].returned);
      }
      bool advanced = false;
      for (; next < calls.size() && calls_[calls[next]].invoked < first_return; ++next) {
        const std::size_t number = calls[next];
        if (taken[number]) continue;
        Model after = state;
        const Result result = after.apply(calls_[number].operation);
        if (has_returned(number) && !(result == *calls_[number].result)) continue;
        taken[number] = true;
        std::vector<Model>& seen = known[taken];
        if (std::find(seen.begin(), seen.end(), after) != seen.end()) {
          taken[number] = false;
          continue;
        }
        if (++states > kMostStates) return Linearizability::kUnknown;
        seen.push_back(after);
        path.push_back({next, std::exchange(state, std::move(after))});
        if (has_returned(number)) --returns_left;
        advanced = true;
        break;
      }
      if (advanced) {
        next = 0;
        continue;
      }
      if (path.empty()) return Linearizability::kNotLinearizable;
      const std::size_t number = calls[path.back().number];
      taken[number] = false;
      if (has_returned(number)) ++returns_left;
      state = std::move(path.back().before);
      next = path.back().number + 1;
      path.pop_back();
    }
    return Linearizability::kLinearizable;
  }

  // Whatever begins with a history that is not linearizable is none itself. REQUIRES: the whole is not.
  std::uint64_t shortest_end() const {
    std::vector<std::uint64_t> ends;
    for (const Call& call : calls_) {
      if (call.returned != detail::kNever) ends.push_back(call.returned);
    }
    std::sort(ends.begin(), ends.end());
    return *std::partition_point(ends.begin(), ends.end(), [this](std::uint64_t end) {
      return search(end) != Linearizability::kNotLinearizable;
    });
  }

  std::string table_until(std::uint64_t end) const {
    std::vector<detail::HistoryRow> rows;
    for (const Call& call : calls_) {
      if (call.invoked > end) break;
      std::string text = call.operation.text();
      std::optional<std::uint64_t> step;
      if (call.returned <= end) {
        if (const std::string result = detail::result_text(*call.result); !result.empty()) text += " = " + result;
        step = call.returned_step;
      }
      rows.push_back({call.caller.task, std::move(text), call.caller.step, step, call.returned == end});
    }
    return detail::history_table(rows);
  }

  Model initial_;
  std::vector<Call> calls_;
  std::uint64_t now_ = 0;
};

}  // namespace corosim
