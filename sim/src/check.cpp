#include <corosim/sim/check.hpp>

#include <corosim/runtime/errors.hpp>
#include <corosim/runtime/site.hpp>
#include <corosim/sim/world.hpp>

namespace corosim {

void fail(std::string what, std::source_location where) { fail(std::move(what), std::string(), where); }

void fail(std::string what, std::string details, std::source_location where) {
  if (sim::World* world = sim::World::current()) world->check_failed(what, Site(where).text(), std::move(details));
  throw CheckFailed(std::move(what), where);
}

void trace(std::string_view text) {
  if (sim::World* world = sim::World::current()) world->mark(text);
}

std::int64_t detail::random_between(std::int64_t low, std::int64_t high) {
  if (low > high) throw ValueError(fmt::format("random_int: low {} is above high {}", low, high));
  const std::uint64_t span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
  std::uint64_t drawn = 0;
  if (sim::World* world = sim::World::current()) {
    const auto sample = [span](sim::Random& random) { return span == 0 ? random.next() : random.below(span); };
    drawn = world->draw(sim::DrawKind::kRandom, span, sample);
  } else {
    thread_local sim::Random outside(0, sim::kProgramStream);
    drawn = span == 0 ? outside.next() : outside.below(span);
  }
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + drawn);
}

}  // namespace corosim
