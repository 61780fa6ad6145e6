// asio's coroutines at the work of the benchmarks: nanoseconds an item, as JSON. In real time: asio has no other.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <functional>
#include <memory>
#include <utility>

#include <asio.hpp>
#include <asio/experimental/channel.hpp>

namespace {

using asio::awaitable;
using asio::use_awaitable;
using Channel = asio::experimental::channel<void(asio::error_code, int)>;

awaitable<void> yield_often(int times) {
  for (int i = 0; i < times; ++i) co_await asio::post(use_awaitable);
}

awaitable<int> value() { co_return 1; }

awaitable<void> await_often(int times) {
  for (int i = 0; i < times; ++i) co_await value();
}

awaitable<void> spawn_often(int times) {
  const auto executor = co_await asio::this_coro::executor;
  for (int i = 0; i < times; ++i) co_await asio::co_spawn(executor, value(), use_awaitable);
}

awaitable<void> nap(std::chrono::nanoseconds delay) {
  asio::steady_timer timer(co_await asio::this_coro::executor, delay);
  co_await timer.async_wait(use_awaitable);
}

awaitable<void> echo(std::shared_ptr<Channel> in, std::shared_ptr<Channel> out, int messages) {
  for (int i = 0; i < messages; ++i) {
    const int item = co_await in->async_receive(use_awaitable);
    out->try_send(asio::error_code(), item);
  }
}

// The median of three, in nanoseconds of processor time an item. `start` spawns what is to be done.
double measure(int items, const std::function<void(asio::io_context&)>& start) {
  std::array<double, 3> all{};
  for (double& each : all) {
    asio::io_context context(1);
    const std::clock_t began = std::clock();
    start(context);
    context.run();
    each = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC / items * 1e9;
  }
  std::sort(all.begin(), all.end());
  return all[1];
}

void spawn(asio::io_context& context, awaitable<void> coroutine) {
  asio::co_spawn(context, std::move(coroutine), asio::detached);
}

}  // namespace

int main() {
  const double switches = measure(100'000, [](asio::io_context& context) {
    for (int i = 0; i < 1000; ++i) spawn(context, yield_often(100));
  });
  const double awaits = measure(100'000, [](asio::io_context& context) { spawn(context, await_often(100'000)); });
  const double spawns = measure(100'000, [](asio::io_context& context) { spawn(context, spawn_often(100'000)); });
  const double sleepers = measure(1'000'000, [](asio::io_context& context) {
    for (int i = 0; i < 1'000'000; ++i) spawn(context, nap(std::chrono::nanoseconds(1 + i * 7919LL % 1'000'003)));
  });
  const double messages = measure(100'000, [](asio::io_context& context) {
    auto there = std::make_shared<Channel>(context, 1);
    auto back = std::make_shared<Channel>(context, 1);
    there->try_send(asio::error_code(), 1);
    spawn(context, echo(there, back, 50'000));
    spawn(context, echo(back, there, 50'000));
  });
  std::printf(
      "{\"name\": \"asio %d.%d\", \"nanoseconds\": {\"switch\": %.1f, \"await\": %.1f, \"spawn\": %.1f, \"sleepers\": "
      "%.1f, \"message\": %.1f}}\n",
      ASIO_VERSION / 100000, ASIO_VERSION / 100 % 1000, switches, awaits, spawns, sleepers, messages);
}
