#pragma once

#include <any>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace corosim {

class Context;

namespace detail {
/// The context that reads and writes go to now: the running task's or callback's, or the thread's own.
Context& current_context();
std::uint64_t next_context_variable_id();
}  // namespace detail

/// A mapping from context variables to values (PEP 567). Copying is cheap: a copy shares the values until one of the
/// two sets a variable. A task and a callback run in a copy made when they are created.
class Context {
 public:
  Context() = default;
  /// Runs `function()` with this context current; what it sets stays here. Returns what it returns.
  template <class F>
  decltype(auto) run(F&& function);

 private:
  template <class T>
  friend class ContextVar;
  using Variables = std::vector<std::pair<std::uint64_t, std::any>>;  // variable id -> value, few of them

  const std::any* find(std::uint64_t id) const;
  void set(std::uint64_t id, std::any value);

  std::shared_ptr<const Variables> variables_;  // null when empty; never written through once shared
};

namespace detail {
/// Makes `context` current until the end of the scope.
class ContextScope {
 public:
  explicit ContextScope(Context& context);
  ContextScope(const ContextScope&) = delete;
  ContextScope& operator=(const ContextScope&) = delete;
  ~ContextScope();

 private:
  Context* previous_;
};
}  // namespace detail

/// A copy of the current context; Python's `contextvars.copy_context`.
inline Context copy_context() { return detail::current_context(); }

/// A variable with a value of its own in each context; Python's `contextvars.ContextVar`.
template <class T>
class ContextVar {
 public:
  /// `default_value` is what get() returns where the variable was never set.
  ContextVar(std::string name, T default_value)
      : name_(std::move(name)), default_(std::move(default_value)), id_(detail::next_context_variable_id()) {}

  const std::string& name() const { return name_; }
  T get() const {
    const std::any* found = detail::current_context().find(id_);
    return found != nullptr ? std::any_cast<T>(*found) : default_;
  }
  void set(T value) { detail::current_context().set(id_, std::any(std::move(value))); }

 private:
  std::string name_;
  T default_;
  std::uint64_t id_;
};

template <class F>
decltype(auto) Context::run(F&& function) {
  detail::ContextScope scope(*this);
  return std::forward<F>(function)();
}

}  // namespace corosim
