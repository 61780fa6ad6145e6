#include <corosim/runtime/context.hpp>

#include <algorithm>
#include <atomic>
#include <utility>

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

namespace {
std::uint64_t next_context_identity() {
  static std::atomic<std::uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}
}  // namespace

ContextCell::ContextCell(Ref<ContextNode> current)
    : ContextNode(true), identity(next_context_identity()), values(std::move(current)) {}

void ContextScope::require_not_entered(const Context& context) {
  for (const RunScope* scope = current(); scope != nullptr; scope = scope->outer()) {
    if (scope->context() == context) throw RuntimeError("cannot enter context: it is already entered");
  }
}

}  // namespace detail

namespace {
template <class Variables>
auto find_variable(Variables& variables, std::uint64_t id) {
  return std::find_if(variables.begin(), variables.end(), [id](const auto& v) { return v.first == id; });
}
}  // namespace

detail::Ref<detail::ContextNode> Context::share() const {
  if (cell() == nullptr) node_ = detail::Ref<detail::ContextNode>(new detail::ContextCell(std::move(node_)));
  return node_;
}

std::uint64_t Context::identity() const {
  share();
  return cell()->identity;
}

void Context::set_values(detail::Ref<detail::ContextNode> values) {
  (cell() != nullptr ? cell()->values : node_) = std::move(values);
}

const std::any* Context::find(std::uint64_t id) const {
  const detail::ContextNode* const node = cell() != nullptr ? cell()->values.get() : node_.get();
  if (node == nullptr) return nullptr;
  const auto& variables = static_cast<const detail::ContextValues*>(node)->variables;
  const auto found = find_variable(variables, id);
  return found != variables.end() ? &found->second : nullptr;
}

void Context::set(std::uint64_t id, std::any value) {
  const detail::Ref<detail::ContextNode> current = values();
  const detail::Ref<detail::ContextValues> changed(
      current ? new detail::ContextValues(static_cast<const detail::ContextValues&>(*current))
              : new detail::ContextValues());
  const auto found = find_variable(changed->variables, id);
  if (found != changed->variables.end()) {
    found->second = std::move(value);
  } else {
    changed->variables.emplace_back(id, std::move(value));
  }
  set_values(changed);
}

void Context::erase(std::uint64_t id) {
  const detail::Ref<detail::ContextNode> current = values();
  if (!current) return;
  const detail::Ref<detail::ContextValues> changed(
      new detail::ContextValues(static_cast<const detail::ContextValues&>(*current)));
  const auto found = find_variable(changed->variables, id);
  if (found != changed->variables.end()) changed->variables.erase(found);
  set_values(changed);
}

}  // namespace corosim
