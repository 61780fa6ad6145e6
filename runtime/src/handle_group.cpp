#include <corosim/runtime/handle_group.hpp>

namespace corosim::detail {

namespace {

// Calls visit(group) where `exception` is one; returns whether it was.
bool visit_group(const std::exception_ptr& exception, const std::function<void(const BaseExceptionGroup&)>& visit) {
  try {
    std::rethrow_exception(exception);
  } catch (const BaseExceptionGroup& group) {
    visit(group);
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace

SplitGroup split_group(const BaseExceptionGroup& group, const std::function<bool(const std::exception_ptr&)>& matches) {
  SplitGroup result;
  std::vector<std::exception_ptr> left;
  for (const std::exception_ptr& each : group.exceptions()) {
    if (matches(each)) {
      result.matching.push_back(each);
      continue;
    }
    const bool nested = visit_group(each, [&](const BaseExceptionGroup& inner) {
      SplitGroup parts = split_group(inner, matches);
      result.matching.insert(result.matching.end(), parts.matching.begin(), parts.matching.end());
      if (parts.rest) left.push_back(std::move(parts.rest));
    });
    if (!nested) left.push_back(each);
  }
  if (!left.empty()) result.rest = make_exception_group(group.message(), std::move(left));
  return result;
}

}  // namespace corosim::detail
