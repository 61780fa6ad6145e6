#pragma once

#include <any>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <corosim/runtime/errors.hpp>

namespace corosim {

template <class T>
class ContextVar;

/// A mapping from context variables to values (PEP 567), handled by reference as in Python: a copy of a Context is the
/// same context, so that several tasks can be given one; copy() and copy_context() make a new one with the same values,
/// which is cheap. A task and a callback run in a new one made when they are created, unless they are given another.
class Context {
 public:
  Context() = default;
  Context(const Context& other) : shared_(other.share()) {}
  Context(Context&&) noexcept = default;
  Context& operator=(const Context& other) {
    if (this != &other) {
      shared_ = other.share();
      values_ = nullptr;
    }
    return *this;
  }
  Context& operator=(Context&&) noexcept = default;

  /// A new context with the values of this one.
  Context copy() const {
    Context made;
    made.values_ = values();
    return made;
  }
  /// Runs `function()` with this context current; what it sets stays here. Returns what it returns. Throws RuntimeError
  /// when this context is current already, or will be again when the current one is left.
  template <class F>
  decltype(auto) run(F&& function);
  /// The value of `variable` in this context; nothing where it is not set.
  template <class T>
  std::optional<T> get(const ContextVar<T>& variable) const;

  /// Whether the two are one context, not whether their values are equal.
  friend bool operator==(const Context& a, const Context& b) {
    return &a == &b || (a.shared_ != nullptr && a.shared_ == b.shared_);
  }

 private:
  template <class T>
  friend class ContextVar;
  using Variables = std::vector<std::pair<std::uint64_t, std::any>>;  // variable id -> value, few of them
  using Values = std::shared_ptr<const Variables>;                    // null when empty; never written through

  /// What makes this context and its copies one; until the first copy the values stand in this object, without it.
  const std::shared_ptr<Values>& share() const;
  Values& values() const { return shared_ ? *shared_ : values_; }

  const std::any* find(std::uint64_t id) const;
  void set(std::uint64_t id, std::any value);
  void erase(std::uint64_t id);

  mutable Values values_;                   // not used once shared
  mutable std::shared_ptr<Values> shared_;  // null until the first copy
};

namespace detail {

std::uint64_t next_context_variable_id();

/// Makes `context` current until the end of the scope.
class ContextScope {
 public:
  explicit ContextScope(Context& context) : context_(context), outer_(std::exchange(innermost, this)) {}
  ContextScope(const ContextScope&) = delete;
  ContextScope& operator=(const ContextScope&) = delete;
  ~ContextScope() { innermost = outer_; }

  /// Throws RuntimeError when a scope of `context` is open.
  static void require_not_entered(const Context& context);

 private:
  friend Context& current_context();
  static inline constinit thread_local ContextScope* innermost = nullptr;

  Context& context_;
  ContextScope* outer_;
};

/// The thread's own context, outside of any task and callback.
Context& thread_context();
/// The context that reads and writes go to now: the running task's or callback's, or the thread's own.
inline Context& current_context() {
  return ContextScope::innermost != nullptr ? ContextScope::innermost->context_ : thread_context();
}

}  // namespace detail

/// A copy of the current context; Python's `contextvars.copy_context`.
inline Context copy_context() { return detail::current_context().copy(); }

/// What ContextVar::set returns, for ContextVar::reset.
template <class T>
class Token {
 public:
  /// The variable's value before; nothing where it was not set.
  const std::optional<T>& old_value() const { return old_value_; }

 private:
  friend class ContextVar<T>;
  Token(std::uint64_t variable, std::weak_ptr<const void> context, std::optional<T> old_value)
      : variable_(variable), context_(std::move(context)), old_value_(std::move(old_value)) {}

  std::uint64_t variable_;
  std::weak_ptr<const void> context_;  // what Context::share() returned
  std::optional<T> old_value_;
  bool used_ = false;
};

/// A variable with a value of its own in each context; Python's `contextvars.ContextVar`.
template <class T>
class ContextVar {
 public:
  explicit ContextVar(std::string name) : name_(std::move(name)), id_(detail::next_context_variable_id()) {}
  /// `default_value` is what get() returns where the variable is not set.
  ContextVar(std::string name, T default_value)
      : name_(std::move(name)), default_(std::move(default_value)), id_(detail::next_context_variable_id()) {}

  const std::string& name() const { return name_; }
  /// The value in the current context. Throws LookupError where it is not set and there is no default.
  T get() const {
    const std::any* found = detail::current_context().find(id_);
    if (found != nullptr) return std::any_cast<T>(*found);
    if (!default_) throw LookupError("the context variable " + name_ + " is not set");
    return *default_;
  }
  /// The value in the current context, or `fallback` where it is not set.
  T get(T fallback) const {
    const std::any* found = detail::current_context().find(id_);
    return found != nullptr ? std::any_cast<T>(*found) : std::move(fallback);
  }
  /// Sets the value in the current context; the token takes it back.
  Token<T> set(T value) {
    Context& context = detail::current_context();
    Token<T> token(id_, context.share(), context.get(*this));
    context.set(id_, std::any(std::move(value)));
    return token;
  }
  /// Puts the variable back to what it was before the set() that returned `token`. Throws RuntimeError the second time,
  /// ValueError when the token is another variable's or was made in another context.
  void reset(Token<T>& token) {
    if (token.used_) throw RuntimeError("the token of the context variable " + name_ + " has already been used once");
    if (token.variable_ != id_) throw ValueError("the token was created by a different context variable than " + name_);
    Context& context = detail::current_context();
    if (token.context_.lock() != context.share()) {
      throw ValueError("the token of the context variable " + name_ + " was created in a different Context");
    }
    token.used_ = true;
    if (token.old_value_) {
      context.set(id_, std::any(*token.old_value_));
    } else {
      context.erase(id_);
    }
  }

 private:
  friend class Context;
  std::string name_;
  std::optional<T> default_;
  std::uint64_t id_;
};

template <class F>
decltype(auto) Context::run(F&& function) {
  detail::ContextScope::require_not_entered(*this);
  const detail::ContextScope scope(*this);
  return std::forward<F>(function)();
}

template <class T>
std::optional<T> Context::get(const ContextVar<T>& variable) const {
  const std::any* found = find(variable.id_);
  return found != nullptr ? std::optional<T>(std::any_cast<T>(*found)) : std::nullopt;
}

}  // namespace corosim
