#include <corosim/runtime/context.hpp>

#include <algorithm>
#include <atomic>

namespace corosim {

namespace detail {

Context& thread_context() {
  thread_local Context context;
  return context;
}

std::uint64_t next_context_variable_id() {
  static std::atomic<std::uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

void ContextScope::require_not_entered(const Context& context) {
  for (const ContextScope* scope = innermost; scope != nullptr; scope = scope->outer_) {
    if (scope->context_ == context) throw RuntimeError("cannot enter context: it is already entered");
  }
}

}  // namespace detail

namespace {
template <class Variables>
auto find_variable(Variables& variables, std::uint64_t id) {
  return std::find_if(variables.begin(), variables.end(), [id](const auto& v) { return v.first == id; });
}
}  // namespace

const std::shared_ptr<Context::Values>& Context::share() const {
  if (!shared_) shared_ = std::make_shared<Values>(std::move(values_));
  return shared_;
}

const std::any* Context::find(std::uint64_t id) const {
  const Values& current = values();
  if (!current) return nullptr;
  const auto found = find_variable(*current, id);
  return found != current->end() ? &found->second : nullptr;
}

void Context::set(std::uint64_t id, std::any value) {
  Values& current = values();
  auto changed = current ? std::make_shared<Variables>(*current) : std::make_shared<Variables>();
  const auto found = find_variable(*changed, id);
  if (found != changed->end()) {
    found->second = std::move(value);
  } else {
    changed->emplace_back(id, std::move(value));
  }
  current = std::move(changed);
}

void Context::erase(std::uint64_t id) {
  Values& current = values();
  if (!current) return;
  auto changed = std::make_shared<Variables>(*current);
  const auto found = find_variable(*changed, id);
  if (found != changed->end()) changed->erase(found);
  current = std::move(changed);
}

}  // namespace corosim
