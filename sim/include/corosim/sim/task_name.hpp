#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace corosim::sim {

/// Names a task, or a callback, the same in every run: by its path, as reports print it ("main/deposit#2"), by the hash
/// of its path, which is there before the path is worked out, or by both. Callbacks have a hash only.
class TaskName {
 public:
  /// Throws ValueError where `path` is empty.
  explicit TaskName(std::string path);
  explicit TaskName(std::uint64_t path_hash) : path_hash_(path_hash) {}
  TaskName(std::string path, std::uint64_t path_hash);

  /// Empty where it is not known.
  const std::string& path() const { return path_; }
  /// 0 where it is not known.
  std::uint64_t path_hash() const { return path_hash_; }

  /// "main/deposit#2", or, where only the hash is known, "#00c0ffee00c0ffee".
  std::string text() const;
  /// Throws ValueError where `text` is empty.
  static TaskName parse(std::string_view text);

 private:
  std::string path_;
  std::uint64_t path_hash_ = 0;
};

}  // namespace corosim::sim
