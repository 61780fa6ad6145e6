#include <corosim/runtime/errors.hpp>

#include <cstdlib>
#include <typeinfo>

#include <cxxabi.h>
#include <fmt/format.h>

namespace corosim {

namespace {

std::string type_name(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> demangled(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), &std::free);
  std::string name = status == 0 ? demangled.get() : type.name();
  constexpr std::string_view kOwn = "corosim::";
  return name.starts_with(kOwn) ? name.substr(kOwn.size()) : name;
}

}  // namespace

ExceptionGroup::ExceptionGroup(std::string message, std::vector<std::exception_ptr> exceptions)
    : BaseExceptionGroup(std::move(message), std::move(exceptions)),
      what_(fmt::format("{} ({} sub-exception{})", this->message(), this->exceptions().size(),
                        this->exceptions().size() == 1 ? "" : "s")) {}

std::exception_ptr make_exception_group(std::string message, std::vector<std::exception_ptr> exceptions) {
  for (const auto& exception : exceptions) {
    if (!holds<std::exception>(exception)) {
      return std::make_exception_ptr(BaseExceptionGroup(std::move(message), std::move(exceptions)));
    }
  }
  return std::make_exception_ptr(ExceptionGroup(std::move(message), std::move(exceptions)));
}

std::string describe(const std::exception_ptr& exception) {
  if (!exception) return "no exception";
  try {
    std::rethrow_exception(exception);
  } catch (const CancelledError& error) {
    return error.message() ? fmt::format("CancelledError: {}", error.message().text()) : "CancelledError";
  } catch (const BaseExceptionGroup& group) {
    std::string text = fmt::format("ExceptionGroup: {} [", group.message());
    for (std::size_t i = 0; i < group.exceptions().size(); ++i) {
      text += (i == 0 ? "" : ", ") + describe(group.exceptions()[i]);
    }
    return text + "]";
  } catch (const std::exception& error) {
    return fmt::format("{}: {}", type_name(typeid(error)), error.what());
  } catch (...) {
    const std::type_info* type = abi::__cxa_current_exception_type();
    return type != nullptr ? type_name(*type) : "unknown exception";
  }
}

}  // namespace corosim
