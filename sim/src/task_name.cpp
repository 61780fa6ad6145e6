#include <corosim/sim/task_name.hpp>

#include <charconv>
#include <utility>

#include <corosim/runtime/errors.hpp>

#include <fmt/format.h>

namespace corosim::sim {

TaskName::TaskName(std::string path) : TaskName(std::move(path), 0) {}

TaskName::TaskName(std::string path, std::uint64_t path_hash) : path_(std::move(path)), path_hash_(path_hash) {
  if (path_.empty()) throw ValueError("a task's path is empty: expected one such as main/deposit#2");
}

std::string TaskName::text() const { return path_.empty() ? fmt::format("#{:016x}", path_hash_) : path_; }

TaskName TaskName::parse(std::string_view text) {
  std::uint64_t hash = 0;
  if (text.starts_with('#')) {
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), hash, 16);
    if (error == std::errc() && end == text.data() + text.size()) return TaskName(hash);
  }
  return TaskName(std::string(text));
}

}  // namespace corosim::sim
