#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <corosim/runtime/assert.hpp>

namespace corosim::sim {

/// What a process that explores tells the one that forked it, over a pipe: frames of a size, a kind and a body. Both
/// are the same binary, so numbers are written as they are.
enum class MessageKind : std::uint8_t {
  kRuns,   // the next run's index; then of each run made since, its order's hash, its steps and its marks
  kFound,  // a run that shows something new: index, seed, hash, strategy, decisions
  kAgain,  // names of what a run shows that was told before
  kError,  // a text, and whether it is NotDeterministic
  kDone,   // the next run's index
};

class Message {
 public:
  explicit Message(MessageKind kind) : bytes_(kHeader, '\0') {
    bytes_[sizeof(std::uint32_t)] = static_cast<char>(kind);
  }

  template <std::integral T>
  Message& put(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  Message& put(std::string_view text) {
    put(static_cast<std::uint64_t>(text.size()));
    bytes_.append(text);
    return *this;
  }
  Message& put(const std::vector<std::uint32_t>& numbers) {
    return put(std::string_view(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(std::uint32_t)));
  }
  /// The frame.
  std::string_view bytes() {
    const auto size = static_cast<std::uint32_t>(bytes_.size());
    std::memcpy(bytes_.data(), &size, sizeof size);
    return bytes_;
  }

  static constexpr std::size_t kHeader = sizeof(std::uint32_t) + 1;

 private:
  std::string bytes_;
};

/// Reads a frame, in the order in which it was put together.
class MessageReader {
 public:
  /// The first whole frame of `bytes`; its size is 0 where there is none.
  static std::size_t frame_size(std::string_view bytes) {
    std::uint32_t size = 0;
    if (bytes.size() < Message::kHeader) return 0;
    std::memcpy(&size, bytes.data(), sizeof size);
    return bytes.size() < size ? 0 : size;
  }
  explicit MessageReader(std::string_view frame) : frame_(frame), next_(Message::kHeader) {}

  MessageKind kind() const { return static_cast<MessageKind>(frame_[sizeof(std::uint32_t)]); }
  bool at_end() const { return next_ == frame_.size(); }
  std::uint64_t number() {
    std::uint64_t value = 0;
    copy(&value, sizeof value);
    return value;
  }
  std::string text() {
    std::string text(number(), '\0');
    copy(text.data(), text.size());
    return text;
  }
  std::vector<std::uint32_t> numbers() {
    const std::uint64_t bytes = number();
    std::vector<std::uint32_t> numbers(bytes / sizeof(std::uint32_t));
    copy(numbers.data(), bytes);
    return numbers;
  }

 private:
  void copy(void* to, std::size_t size) {
    COROSIM_ASSERT_CMP(next_ + size, <=, frame_.size());
    if (size > 0) std::memcpy(to, frame_.data() + next_, size);
    next_ += size;
  }

  std::string_view frame_;
  std::size_t next_;
};

}  // namespace corosim::sim
