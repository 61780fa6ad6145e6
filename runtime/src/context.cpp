#include <corosim/runtime/context.hpp>

#include <algorithm>
#include <atomic>

namespace corosim {

namespace {

constinit thread_local Context* current = nullptr;

Context& thread_context() {
  thread_local Context context;
  return context;
}

}  // namespace

namespace detail {

Context& current_context() { return current != nullptr ? *current : thread_context(); }

std::uint64_t next_context_variable_id() {
  static std::atomic<std::uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

ContextScope::ContextScope(Context& context) : previous_(std::exchange(current, &context)) {}
ContextScope::~ContextScope() { current = previous_; }

}  // namespace detail

const std::any* Context::find(std::uint64_t id) const {
  if (!variables_) return nullptr;
  const auto found = std::find_if(variables_->begin(), variables_->end(), [id](const auto& v) { return v.first == id; });
  return found != variables_->end() ? &found->second : nullptr;
}

void Context::set(std::uint64_t id, std::any value) {
  auto changed = variables_ ? std::make_shared<Variables>(*variables_) : std::make_shared<Variables>();
  const auto found = std::find_if(changed->begin(), changed->end(), [id](const auto& v) { return v.first == id; });
  if (found != changed->end()) {
    found->second = std::move(value);
  } else {
    changed->emplace_back(id, std::move(value));
  }
  variables_ = std::move(changed);
}

}  // namespace corosim
