#include <corosim/runtime/assert.hpp>

#include <cstdio>
#include <cstdlib>

namespace corosim::detail {

void assertion_failed(std::string_view condition, std::string_view sides, std::source_location where) {
  fmt::print(stderr,
             "corosim: internal error: {}:{}: {} does not hold{}{}{}\nThis is a bug in corosim; please report it.\n",
             where.file_name(), where.line(), condition, sides.empty() ? "" : " (", sides, sides.empty() ? "" : ")");
  std::abort();
}

}  // namespace corosim::detail
