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
      : state_(std::in_place_index<1>, Error{std::move(error), cancelled, {}}) {}
  /// Of something that was cancelled with that message: the CancelledError is made when somebody asks for it.
  static Outcome of_cancellation(CancelMessage message) {
    Outcome outcome(nullptr, true);
    std::get<1>(outcome.state_).message = std::move(message);
    return outcome;
  }

  bool has_value() const { return state_.index() == 0; }
  bool cancelled() const { return !has_value() && std::get<1>(state_).cancelled; }
  /// The exception; null where there is a value.
  std::exception_ptr exception() const {
    if (has_value()) return nullptr;
    const Error& error = std::get<1>(state_);
    if (!error.exception && error.cancelled) error.exception = std::make_exception_ptr(CancelledError(error.message));
    return error.exception;
  }
  /// The value; throws the exception where there is none.
  const ValueType& value() const {
    if (!has_value()) std::rethrow_exception(exception());
    return std::get<0>(state_);
  }

 private:
  struct Error {
    mutable std::exception_ptr exception;  // null: a CancelledError that nobody has asked for
    bool cancelled;
    CancelMessage message;
  };
  std::variant<ValueType, Error> state_;
};

}  // namespace corosim
