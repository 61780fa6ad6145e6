#include <corosim/sim/strategy.hpp>

#include <corosim/runtime/errors.hpp>

#include <fmt/format.h>

namespace corosim::sim {

std::string_view to_string(Order order) {
  switch (order) {
    case Order::kFifo: return "fifo";
    case Order::kLegal: return "legal";
    case Order::kAny: return "any";
  }
  return "?";
}

Order parse_order(std::string_view word) {
  for (const Order order : {Order::kFifo, Order::kLegal, Order::kAny}) {
    if (word == to_string(order)) return order;
  }
  throw ValueError(fmt::format("unknown order '{}': expected fifo, legal or any", word));
}

std::unique_ptr<Strategy> make_strategy(std::string_view name) {
  if (name == "fifo") return std::make_unique<FifoStrategy>();
  if (name == "random") return std::make_unique<RandomStrategy>();
  throw ValueError(fmt::format("unknown strategy '{}': expected fifo or random", name));
}

void ReadySet::push(detail::Runnable& handle) {
  if (size() == ring_.size()) {
    std::vector<detail::Runnable*> larger(ring_.size() * 2);
    for (std::uint64_t p = head_; p != tail_; ++p) {
      larger[static_cast<std::size_t>(p) & (larger.size() - 1)] = ring_[index(p)];
    }
    ring_ = std::move(larger);
  }
  handle.position = tail_;
  ring_[index(tail_++)] = &handle;
}

void ReadySet::replace(std::size_t place, detail::Runnable& handle) {
  handle.position = head_ + place;
  ring_[index(handle.position)] = &handle;
}

void ReadySet::remove(std::size_t place) {
  if (place != 0) replace(place, (*this)[0]);
  ++head_;
}

}  // namespace corosim::sim
