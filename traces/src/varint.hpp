// Variable-length integers: seven bits a byte, low bits first, the top bit says that more follow (LEB128).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace corosim::traces {

inline constexpr std::size_t kMaxVarintBytes = 10;

/// REQUIRES: room for kMaxVarintBytes. Returns the end.
inline unsigned char* put_varint(unsigned char* out, std::uint64_t value) {
  while (value >= 0x80U) {
    *out++ = static_cast<unsigned char>(value | 0x80U);
    value >>= 7U;
  }
  *out++ = static_cast<unsigned char>(value);
  return out;
}

/// Returns the end, or null where the number does not end before `end` or does not fit 64 bits.
inline const unsigned char* get_varint(const unsigned char* in, const unsigned char* end, std::uint64_t& value) {
  std::uint64_t result = 0;
  for (unsigned shift = 0; in != end && shift < 64; shift += 7) {
    const std::uint64_t byte = *in++;
    if (shift == 63 && byte > 1) return nullptr;
    result |= (byte & 0x7fU) << shift;
    if (byte < 0x80U) {
      value = result;
      return in;
    }
  }
  return nullptr;
}

/// Small magnitudes of either sign to small numbers: 0, -1, 1, -2, ... to 0, 1, 2, 3, ...
constexpr std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1U) ^ (value < 0 ? ~std::uint64_t{0} : 0);
}
constexpr std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>((value >> 1U) ^ (~(value & 1U) + 1));
}

/// Fixed-width numbers are little-endian whatever the machine.
template <typename Number>
inline unsigned char* put_fixed(unsigned char* out, Number value) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) *out++ = static_cast<unsigned char>(value >> (8 * i));
  return out;
}
template <typename Number>
inline Number get_fixed(const unsigned char* in) {
  Number value = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    value = static_cast<Number>(value | static_cast<Number>(static_cast<Number>(in[i]) << (8 * i)));
  }
  return value;
}

}  // namespace corosim::traces
