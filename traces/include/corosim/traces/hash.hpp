// Mixing for fingerprints: the same on every machine, in every build and for ever, as traces and reports carry the
// results.
#pragma once

#include <cstdint>
#include <string_view>

namespace corosim::traces {

/// Folds a value into a running fingerprint. Order matters; every bit of both arguments reaches every bit of the
/// result. (A xorshift-multiply step; the constants are those of Steele, Lea and Flood's splitmix64, OOPSLA 2014.)
constexpr std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) + 0x9e3779b97f4a7c15U;
  hash = (hash ^ (hash >> 30U)) * 0xbf58476d1ce4e5b9U;
  hash = (hash ^ (hash >> 27U)) * 0x94d049bb133111ebU;
  return hash ^ (hash >> 31U);
}

constexpr std::uint64_t mix(std::uint64_t hash, std::string_view text) {
  hash = mix(hash, static_cast<std::uint64_t>(text.size()));
  for (const char c : text) hash = mix(hash, static_cast<std::uint64_t>(static_cast<unsigned char>(c)));
  return hash;
}

static_assert(mix(0, 0) == 0xe220a8397b1dcdafU, "the first output of splitmix64 from seed 0");

}  // namespace corosim::traces
