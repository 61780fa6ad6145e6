// Protocol buffers, as far as a writer needs them ("Encoding", protobuf.dev): a message is a string of its fields.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace corosim::traces {

class ProtobufMessage {
 public:
  void add(std::uint32_t field, std::uint64_t value) {
    put((std::uint64_t{field} << 3U) | 0U);
    put(value);
  }
  void add(std::uint32_t field, std::string_view bytes) {
    put((std::uint64_t{field} << 3U) | 2U);
    put(bytes.size());
    bytes_ += bytes;
  }
  void add(std::uint32_t field, const ProtobufMessage& message) { add(field, std::string_view(message.bytes_)); }
  void add_fixed64(std::uint32_t field, std::uint64_t value) {
    put((std::uint64_t{field} << 3U) | 1U);
    for (unsigned shift = 0; shift < 64; shift += 8) bytes_ += static_cast<char>((value >> shift) & 0xffU);
  }
  const std::string& bytes() const { return bytes_; }
  void clear() { bytes_.clear(); }

 private:
  void put(std::uint64_t number) {
    for (; number >= 0x80; number >>= 7U) bytes_ += static_cast<char>((number & 0x7fU) | 0x80U);
    bytes_ += static_cast<char>(number);
  }
  std::string bytes_;
};

}  // namespace corosim::traces
