#include <corosim/sim/schedule.hpp>

#include <array>
#include <charconv>
#include <utility>

#include <corosim/runtime/assert.hpp>

#include <fmt/format.h>

namespace corosim::sim {

namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

using Bytes = std::vector<std::uint8_t>;

std::string encode_base64url(const Bytes& bytes) {
  std::string text;
  std::uint32_t bits = 0;
  int count = 0;
  for (const std::uint8_t byte : bytes) {
    bits = (bits << 8) | byte;
    count += 8;
    for (; count >= 6; count -= 6) text += kAlphabet[(bits >> (count - 6)) & 63];
  }
  if (count > 0) text += kAlphabet[(bits << (6 - count)) & 63];
  return text;
}

Bytes decode_base64url(std::string_view text) {
  Bytes bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto value = kAlphabet.find(text[i]);
    if (value == std::string_view::npos) {
      throw ScheduleError(fmt::format(
          "character {} of the schedule's last part is '{}': expected a letter, a digit, - or _", i + 1, text[i]));
    }
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<std::uint8_t>(bits >> count));
    }
  }
  return bytes;
}

void put_varint(Bytes& bytes, std::uint64_t value) {
  for (; value >= 128; value >>= 7) bytes.push_back(static_cast<std::uint8_t>(value | 128));
  bytes.push_back(static_cast<std::uint8_t>(value));
}

void put_fixed(Bytes& bytes, std::uint64_t value, int size) {
  for (int i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

// Reads what the put functions wrote; throws ScheduleError where the bytes end early.
class Input {
 public:
  explicit Input(const Bytes& bytes, std::size_t end) : bytes_(bytes), end_(end) {}
  bool at_end() const { return next_ == end_; }
  std::uint64_t fixed(int size) {
    std::uint64_t value = 0;
    for (int i = 0; i < size; ++i) value |= std::uint64_t{byte()} << (8 * i);
    return value;
  }
  std::uint64_t wide_varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint8_t part = byte();
      value |= std::uint64_t{part & 127U} << shift;
      if (part < 128) return value;
    }
    throw ScheduleError("the schedule holds a number that is out of range");
  }
  std::uint32_t varint() {
    const std::uint64_t value = wide_varint();
    if (value > 0xffffffffU) throw ScheduleError("the schedule holds a number that is out of range");
    return static_cast<std::uint32_t>(value);
  }

 private:
  std::uint8_t byte() {
    if (next_ == end_) throw ScheduleError("the schedule ends early: is it copied whole?");
    return bytes_[next_++];
  }
  const Bytes& bytes_;
  std::size_t next_ = 0;
  std::size_t end_;
};

// Which conditions there are, in the byte of the order.
constexpr unsigned kHasInjections = 0x80;
constexpr unsigned kHasDraws = 0x40;
constexpr unsigned kHasJitter = 0x20;
constexpr unsigned kPlainDraws = 0x10;
constexpr unsigned kConditions = kHasInjections | kHasDraws | kHasJitter | kPlainDraws;

unsigned flags_of(const Conditions& conditions) {
  return (conditions.injections.empty() ? 0U : kHasInjections) | (conditions.draws.empty() ? 0U : kHasDraws) |
         (conditions.jitter.none() ? 0U : kHasJitter) | (conditions.plain_draws ? kPlainDraws : 0U);
}

void put_conditions(Bytes& bytes, const Conditions& conditions) {
  if (!conditions.injections.empty()) {
    put_varint(bytes, conditions.injections.size());
    for (const Injection& injection : conditions.injections) {
      COROSIM_ASSERT_CMP(injection.task().path_hash(), !=, std::uint64_t{0});
      put_fixed(bytes, injection.task().path_hash(), 8);
      put_varint(bytes, injection.wait());
      put_fixed(bytes, static_cast<std::uint64_t>(injection.moment()), 1);
    }
  }
  if (!conditions.draws.empty()) {
    put_varint(bytes, conditions.draws.size());
    for (const DrawOverride& draw : conditions.draws) {
      put_fixed(bytes, draw.drawer().path_hash(), 8);
      put_fixed(bytes, static_cast<std::uint64_t>(draw.kind()), 1);
      put_varint(bytes, draw.nth());
      put_varint(bytes, draw.value());
    }
  }
  if (!conditions.jitter.none()) {
    put_varint(bytes, static_cast<std::uint64_t>(conditions.jitter.early().count()));
    put_varint(bytes, static_cast<std::uint64_t>(conditions.jitter.late().count()));
  }
}

// One of `all`, by its place.
template <class All>
auto read_one_of(Input& input, const All& all, std::string_view what) {
  const std::uint64_t place = input.fixed(1);
  if (place >= all.size()) throw ScheduleError(fmt::format("the schedule holds an unknown {}", what));
  return all[place];
}

Conditions read_conditions(Input& input, unsigned flags) {
  Conditions conditions;
  conditions.plain_draws = (flags & kPlainDraws) != 0;
  for (std::uint32_t left = (flags & kHasInjections) != 0 ? input.varint() : 0; left > 0; --left) {
    const TaskName task(input.fixed(8));
    const std::uint32_t wait = input.varint();
    conditions.injections.emplace_back(task, wait, read_one_of(input, kAllMoments, "moment of a cancellation"));
  }
  for (std::uint32_t left = (flags & kHasDraws) != 0 ? input.varint() : 0; left > 0; --left) {
    const TaskName drawer(input.fixed(8));
    const DrawKind kind = read_one_of(input, kAllDrawKinds, "kind of draw");
    const std::uint32_t nth = input.varint();
    conditions.draws.emplace_back(drawer, kind, nth, input.wide_varint());
  }
  if ((flags & kHasJitter) != 0) {
    const Duration early(static_cast<Duration::rep>(input.wide_varint()));
    const Duration late(static_cast<Duration::rep>(input.wide_varint()));
    conditions.jitter = TimerJitter(early, late);
  }
  return conditions;
}

std::uint64_t hash_bytes(const std::uint8_t* bytes, std::size_t size) {
  std::uint64_t hash = size;
  for (std::size_t i = 0; i < size; ++i) hash = mix(hash ^ bytes[i]);
  return hash;
}

constexpr std::size_t kChecksumSize = 2;
constexpr std::uint64_t kMostDecisions = 100'000'000;  // a torn string must not ask for all memory

}  // namespace

std::uint16_t program_fingerprint(std::string_view program) {
  return static_cast<std::uint16_t>(hash_bytes(reinterpret_cast<const std::uint8_t*>(program.data()), program.size()));
}

Schedule::Schedule(std::string_view program, Order order, Seed seed, std::vector<std::uint32_t> decisions,
                   std::uint64_t hash, Conditions conditions)
    : order_(order),
      seed_(seed),
      program_(program_fingerprint(program)),
      hash_(static_cast<std::uint32_t>(hash)),
      decisions_(std::move(decisions)),
      conditions_(std::move(conditions)) {
  while (!decisions_.empty() && decisions_.back() == 0) decisions_.pop_back();
}

bool Schedule::made_for(std::string_view program) const { return program_ == program_fingerprint(program); }

std::string Schedule::text() const {
  Bytes bytes;
  bytes.push_back(static_cast<std::uint8_t>(static_cast<unsigned>(order_) | flags_of(conditions_)));
  put_fixed(bytes, program_, 2);
  put_fixed(bytes, hash_, 4);
  put_conditions(bytes, conditions_);
  std::uint64_t zeros = 0;
  for (const std::uint32_t place : decisions_) {
    if (place == 0) {
      ++zeros;
      continue;
    }
    put_varint(bytes, zeros);
    put_varint(bytes, place);
    zeros = 0;
  }
  put_fixed(bytes, hash_bytes(bytes.data(), bytes.size()) ^ mix(seed_), kChecksumSize);
  return fmt::format("d1.{:x}.{}", seed_, encode_base64url(bytes));
}

Schedule Schedule::parse(std::string_view text) {
  if (!is_schedule(text)) {
    throw ScheduleError(fmt::format("'{}' is not a schedule: expected d1.SEED.DECISIONS", text));
  }
  const auto dot = text.find('.', 3);
  if (dot == std::string_view::npos) throw ScheduleError("the schedule has no decisions: expected d1.SEED.DECISIONS");
  Schedule schedule;
  const std::string_view seed = text.substr(3, dot - 3);
  const auto [end, error] = std::from_chars(seed.data(), seed.data() + seed.size(), schedule.seed_, 16);
  if (error != std::errc() || end != seed.data() + seed.size()) {
    throw ScheduleError(fmt::format("the schedule's seed is '{}': expected a hexadecimal number", seed));
  }
  const Bytes bytes = decode_base64url(text.substr(dot + 1));
  if (bytes.size() < 7 + kChecksumSize) throw ScheduleError("the schedule ends early: is it copied whole?");
  const std::size_t content = bytes.size() - kChecksumSize;
  const auto sum = static_cast<std::uint16_t>(hash_bytes(bytes.data(), content) ^ mix(schedule.seed_));
  if (sum != (bytes[content] | (bytes[content + 1] << 8))) {
    throw ScheduleError("the schedule's checksum is wrong: is it copied whole and unchanged?");
  }
  Input input(bytes, content);
  const auto head = static_cast<unsigned>(input.fixed(1));
  const unsigned order = head & ~kConditions;
  if (order > static_cast<unsigned>(Order::kAny)) throw ScheduleError("the schedule's order is unknown");
  schedule.order_ = static_cast<Order>(order);
  schedule.program_ = static_cast<std::uint16_t>(input.fixed(2));
  schedule.hash_ = static_cast<std::uint32_t>(input.fixed(4));
  schedule.conditions_ = read_conditions(input, head);
  while (!input.at_end()) {
    const std::uint32_t zeros = input.varint();
    if (schedule.decisions_.size() + zeros > kMostDecisions) throw ScheduleError("the schedule has too many decisions");
    schedule.decisions_.insert(schedule.decisions_.end(), zeros, 0);
    schedule.decisions_.push_back(input.varint());
  }
  return schedule;
}

}  // namespace corosim::sim
