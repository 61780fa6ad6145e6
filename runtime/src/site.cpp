#include <corosim/runtime/site.hpp>

#include <fmt/format.h>

namespace corosim {

std::string_view Site::file() const {
  std::string_view path = where_.file_name();
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string Site::text() const { return known() ? fmt::format("{}:{}", file(), line()) : std::string("?"); }

// g++ writes "void ns::S<int>::deposit(ns::S<int>::deposit(Account&, int)::_ZN2ns...Frame*)", clang
// "Coro<void> ns::S<int>::deposit(Account &, int) [T = int]": the name stands before the first parenthesis outside of
// template arguments.
std::string_view Site::function_name(std::string_view pretty) {
  constexpr std::string_view kLambda = "lambda";
  if (pretty.find("<lambda") != std::string_view::npos || pretty.find("(anonymous class)") != std::string_view::npos) {
    return kLambda;
  }
  std::size_t end = pretty.size();
  int depth = 0;
  for (std::size_t i = 0; i < pretty.size(); ++i) {
    if (pretty[i] == '<') ++depth;
    if (pretty[i] == '>') --depth;
    if (pretty[i] == '(' && depth == 0 && !pretty.substr(i).starts_with("(anonymous")) {
      end = i;
      break;
    }
  }
  std::string_view name = pretty.substr(0, end);
  if (name.ends_with("operator")) return "operator()";
  if (name.ends_with('>')) {  // the function's own template arguments
    std::size_t i = name.size();
    depth = 0;
    do {
      --i;
      if (name[i] == '>') ++depth;
      if (name[i] == '<') --depth;
    } while (i > 0 && depth > 0);
    name = name.substr(0, i);
  }
  const auto start = name.find_last_of(": *&");
  return start == std::string_view::npos ? name : name.substr(start + 1);
}

}  // namespace corosim
