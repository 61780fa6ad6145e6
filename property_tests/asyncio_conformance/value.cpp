#include "value.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <string_view>
#include <typeinfo>

#include <fmt/format.h>

#include <corosim/runtime/errors.hpp>

namespace corosim::conformance {

namespace {

// The name of a type without its namespaces: CPython's `type(exc).__name__`, for the types that have one there.
std::string type_name(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> demangled(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), &std::free);
  const std::string name = status == 0 ? demangled.get() : type.name();
  const std::size_t scope = name.rfind("::");
  return scope == std::string::npos ? name : name.substr(scope + 2);
}

std::string describe_group(const BaseExceptionGroup& group) {
  std::vector<std::string> parts;
  for (const auto& each : group.exceptions()) parts.push_back(describe_python(each));
  return fmt::format("ExceptionGroup[{}]", fmt::join(parts, ","));
}

}  // namespace

std::string Value::text() const {
  if (content_ == nullptr) return "None";
  if (const auto* truth = std::get_if<bool>(content_.get())) return conformance::text(*truth);
  if (const auto* number = std::get_if<std::int64_t>(content_.get())) return fmt::format("{}", *number);
  if (const auto* exception = std::get_if<std::exception_ptr>(content_.get())) return describe_python(*exception);
  std::vector<std::string> parts;
  for (const Value& each : std::get<List>(*content_)) parts.push_back(each.text());
  return fmt::format("[{}]", fmt::join(parts, ","));
}

std::string describe_python(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const CancelledError& error) {
    return error.message() ? fmt::format("CancelledError({})", error.message().text()) : "CancelledError";
  } catch (const UserError& error) {
    return fmt::format("UserError({})", error.number());
  } catch (const BaseExceptionGroup& group) {
    return describe_group(group);
  } catch (const RuntimeError& error) {
    // CPython: a task that awaited itself spoils later awaits of it.
    const bool spoiled = std::string_view(error.what()).find("wasn't used with future") != std::string_view::npos;
    return spoiled ? "Quirk" : type_name(typeid(error));
  } catch (const std::exception& error) {
    return type_name(typeid(error));
  } catch (...) {
    return "an exception that Python does not know";
  }
}

bool matches(Kind kind, const std::exception_ptr& exception) {
  switch (kind) {
    case Kind::kCancelledError:
      return holds<CancelledError>(exception);
    case Kind::kTimeoutError:
      return holds<TimeoutError>(exception);
    case Kind::kUserError:
      return holds<UserError>(exception);
    case Kind::kExceptionGroup:
      return holds<BaseExceptionGroup>(exception);
    case Kind::kException:
      return holds<std::exception>(exception);
    case Kind::kBaseException:
      return true;
  }
  return false;
}

}  // namespace corosim::conformance
