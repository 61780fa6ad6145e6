#pragma once

#include <any>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <corosim/runtime/access.hpp>
#include <corosim/runtime/errors.hpp>
#include <corosim/runtime/intrusive.hpp>

namespace corosim {

template <class T>
class ContextVar;

namespace detail {

/// What a Context refers to. Counted by whoever has a context, which may be given to another thread.
class ContextNode {
 public:
  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
  const bool is_cell;

 protected:
  explicit ContextNode(bool cell) : is_cell(cell) {}
  virtual ~ContextNode() = default;

 private:
  std::atomic<std::uint32_t> references_{0};
};

/// The values of one context, or of several; not changed once they are in one.
struct ContextValues final : ContextNode {
  ContextValues() : ContextNode(false) {}
  ContextValues(const ContextValues& other) : ContextNode(false), variables(other.variables) {}
  std::vector<std::pair<std::uint64_t, std::any>> variables;  // variable id -> value, few of them
};

/// One context that several objects refer to.
struct ContextCell final : ContextNode {
  explicit ContextCell(Ref<ContextNode> current);
  std::uint64_t identity;
  Ref<ContextNode> values;  // null when empty
};

}  // namespace detail

/// A mapping from context variables to values (PEP 567), handled by reference as in Python: a copy of a Context is the
/// same context, so that several tasks can be given one; copy() and copy_context() make a new one with the same values,
/// which is cheap. A task and a callback run in a new one made when they are created, unless they are given another.
class Context {
 public:
  Context() = default;
  Context(const Context& other) : node_(other.share()) {}
  Context(Context&&) noexcept = default;
  Context& operator=(const Context& other) {
    if (this != &other) node_ = other.share();
    return *this;
  }
  Context& operator=(Context&&) noexcept = default;

  /// A new context with the values of this one.
  Context copy() const {
    Context made;
    if (node_) made.node_ = values();
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
    return &a == &b || (a.cell() != nullptr && a.cell() == b.cell());
  }

 private:
  template <class T>
  friend class ContextVar;

  /// What makes this context and its copies one; until the first copy the values stand in this object, without it.
  detail::Ref<detail::ContextNode> share() const;
  /// Of that, a number that no other context has had.
  std::uint64_t identity() const;
  detail::ContextCell* cell() const {
    return node_ && node_->is_cell ? static_cast<detail::ContextCell*>(node_.get()) : nullptr;
  }
  detail::Ref<detail::ContextNode> values() const { return cell() != nullptr ? cell()->values : node_; }
  void set_values(detail::Ref<detail::ContextNode> values);

  const std::any* find(std::uint64_t id) const;
  void set(std::uint64_t id, std::any value);
  void erase(std::uint64_t id);

  mutable detail::Ref<detail::ContextNode> node_;  // values, a cell once shared, null where nothing was ever set
};

namespace detail {

std::uint64_t next_context_variable_id();

/// Makes `context` current until the end of the scope.
class ContextScope : public RunScope {
 public:
  explicit ContextScope(Context& context) : RunScope(context, current_origin()) {}

  /// Throws RuntimeError when a scope of `context` is open.
  static void require_not_entered(const Context& context);
};

/// The thread's own context, outside of any task and callback.
Context& thread_context();
/// The context that reads and writes go to now: the running task's or callback's, or the thread's own.
inline Context& current_context() {
  return RunScope::current() != nullptr ? RunScope::current()->context() : thread_context();
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
  Token(std::uint64_t variable, std::uint64_t context, std::optional<T> old_value)
      : variable_(variable), context_(context), old_value_(std::move(old_value)) {}

  std::uint64_t variable_;
  std::uint64_t context_;  // its identity()
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
    Token<T> token(id_, context.identity(), context.get(*this));
    context.set(id_, std::any(std::move(value)));
    return token;
  }
  /// Puts the variable back to what it was before the set() that returned `token`. Throws RuntimeError the second time,
  /// ValueError when the token is another variable's or was made in another context.
  void reset(Token<T>& token) {
    if (token.used_) throw RuntimeError("the token of the context variable " + name_ + " has already been used once");
    if (token.variable_ != id_) throw ValueError("the token was created by a different context variable than " + name_);
    Context& context = detail::current_context();
    if (token.context_ != context.identity()) {
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
