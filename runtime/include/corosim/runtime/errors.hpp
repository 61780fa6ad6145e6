#pragma once

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace corosim {

/// The text that `cancel("why")` carries along, or none. An empty text is a message too, as in Python.
class CancelMessage {
 public:
  CancelMessage() = default;
  CancelMessage(std::string text) : text_(std::make_shared<const std::string>(std::move(text))) {}
  CancelMessage(const char* text) : CancelMessage(std::string(text)) {}

  explicit operator bool() const { return text_ != nullptr; }
  /// The text. REQUIRES: a message is there.
  const std::string& text() const { return *text_; }

 private:
  std::shared_ptr<const std::string> text_;
};

/// A task's cancellation, thrown at its `co_await`. Not a std::exception (asyncio's is a BaseException), so that
/// `catch (const std::exception&)` does not swallow it.
class CancelledError final {
 public:
  CancelledError() = default;
  explicit CancelledError(CancelMessage message) : message_(std::move(message)) {}

  /// What `cancel(message)` was given, if anything.
  const CancelMessage& message() const { return message_; }

 private:
  CancelMessage message_;
};

/// Misuse of an object in the state it is in; Python's RuntimeError.
class RuntimeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// cancel() where tasks await each other in a cycle: the request can reach none of them. Python's RecursionError.
class RecursionError : public RuntimeError {
 public:
  using RuntimeError::RuntimeError;
};

/// An argument outside its domain; Python's ValueError.
class ValueError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

/// A context variable that has no value; Python's LookupError.
class LookupError : public std::out_of_range {
 public:
  using std::out_of_range::out_of_range;
};

/// An operation that the state of a future does not allow: a result set twice, or read before it is there.
class InvalidStateError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// A deadline passed; Python's TimeoutError.
class TimeoutError : public std::runtime_error {
 public:
  TimeoutError() : std::runtime_error("timed out") {}
};

/// Several exceptions at once, as a task group raises them. Holds at least one that is no std::exception (a
/// CancelledError); where all are, it is an ExceptionGroup. `catch (const BaseExceptionGroup&)` takes both.
/// Python's BaseExceptionGroup, PEP 654.
class BaseExceptionGroup {
 public:
  BaseExceptionGroup(std::string message, std::vector<std::exception_ptr> exceptions)
      : message_(std::move(message)), exceptions_(std::move(exceptions)) {}
  virtual ~BaseExceptionGroup() = default;

  const std::string& message() const { return message_; }
  /// In the order in which they were raised; never empty.
  const std::vector<std::exception_ptr>& exceptions() const { return exceptions_; }

 private:
  std::string message_;
  std::vector<std::exception_ptr> exceptions_;
};

/// A group in which every exception is a std::exception or a group of such.
class ExceptionGroup final : public BaseExceptionGroup, public std::exception {
 public:
  ExceptionGroup(std::string message, std::vector<std::exception_ptr> exceptions);
  const char* what() const noexcept override { return what_.c_str(); }

 private:
  std::string what_;
};

/// The group of `exceptions`: an ExceptionGroup where it may be one, else a BaseExceptionGroup.
/// REQUIRES: `exceptions` is not empty.
std::exception_ptr make_exception_group(std::string message, std::vector<std::exception_ptr> exceptions);

/// Whether `exception` is (or is derived from) an E.
template <class E>
bool holds(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const E&) {
    return true;
  } catch (...) {
    return false;
  }
}

/// One line for a report: the type's name and what() ("RuntimeError: lock is not acquired").
std::string describe(const std::exception_ptr& exception);

}  // namespace corosim
