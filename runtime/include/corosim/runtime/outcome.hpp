#pragma once

#include <exception>
#include <utility>
#include <variant>

#include <corosim/runtime/future_state.hpp>

namespace corosim {

/// How something ended, as a value: its result, or the exception or cancellation that it ended in. What Python code
/// gets from `return_exceptions=True`.
template <class T = void>
class Outcome {
 public:
  using ValueType = detail::Stored<T>;

  explicit Outcome(ValueType value) : state_(std::in_place_index<0>, std::move(value)) {}
  /// The error of something that was cancelled has `cancelled` set.
  Outcome(std::exception_ptr error, bool cancelled)
      : state_(std::in_place_index<1>, Error{std::move(error), cancelled}) {}

  bool has_value() const { return state_.index() == 0; }
  bool cancelled() const { return !has_value() && std::get<1>(state_).cancelled; }
  /// The exception; null where there is a value.
  std::exception_ptr exception() const { return has_value() ? nullptr : std::get<1>(state_).exception; }
  /// The value; throws the exception where there is none.
  const ValueType& value() const {
    if (!has_value()) std::rethrow_exception(exception());
    return std::get<0>(state_);
  }

 private:
  struct Error {
    std::exception_ptr exception;
    bool cancelled;
  };
  std::variant<ValueType, Error> state_;
};

}  // namespace corosim
