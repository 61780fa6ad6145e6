#include <corosim/runtime/async_generator.hpp>

#include <corosim/runtime/assert.hpp>
#include <corosim/runtime/event_loop.hpp>

namespace corosim::detail {

void GeneratorPromiseBase::pause() noexcept {
  // A generator that yields although it was told to exit is not asked again.
  state_ = state_ == State::kClosing ? State::kClosed : State::kAtYield;
  task->set_top(caller);
}

void GeneratorPromiseBase::go_on() const {
  if (state_ == State::kClosing) throw GeneratorExit();
}

void GeneratorPromiseBase::take_down() {
  while (GeneratorRun* const ask = asked_.first()) {
    ask->unlink();
    ask->generator_ = nullptr;
    ask->state_ = State::kClosed;
  }
  touch_write(id_, "AsyncGenerator.destroy");
  if (run_ == nullptr) return;
  touch_write(task->control(), "AsyncGenerator.destroy");
  std::exchange(run_, nullptr)->generator_ = nullptr;
  for (const FrameBase* frame = task->top(); frame != this; frame = frame->caller) {
    if (frame == nullptr) return;  // the task's frames are being destroyed, this one's place was passed
  }
  COROSIM_ASSERT(task->loop().current_task() != task);
  // What the generator awaits goes with it; the task goes on, if its loop does, in the frame that asked for an item.
  task->rest(nullptr);
  while (task->top() != this) {
    FrameBase* const inner = task->top();
    task->set_top(inner->caller);
    if (inner->owned_by_stack) inner->handle.destroy();
  }
  task->set_top(caller);
  if (!task->ready()) task->schedule(nullptr);
}

bool GeneratorPromiseBase::close_unstarted() {
  if (state_ != State::kNotStarted) return false;
  state_ = State::kClosed;
  return true;
}

GeneratorRun::GeneratorRun(GeneratorRun&& other) noexcept
    : Call(other), generator_(other.generator_), state_(other.state_) {
  COROSIM_ASSERT(!other.started_);
  if (generator_ != nullptr) generator_->asked_.push_back(*this);
}

GeneratorRun::~GeneratorRun() {
  if (generator_ == nullptr || generator_->run_ != this) return;
  generator_->run_ = nullptr;
  generator_->state_ = State::kClosed;
}

// CPython 3.14 `genobject.c`, async_gen_asend_send and async_gen_athrow_send.
bool GeneratorRun::ended(const char* operation) const {
  if (generator_ == nullptr) {
    throw RuntimeError(fmt::format("{}: asynchronous generator was {}", operation,
                                   state_ == State::kClosed ? "destroyed" : "moved from"));
  }
  touch_write(generator_->id_, "AsyncGenerator.next");
  if (generator_->run_ != nullptr) {
    throw RuntimeError(std::string(operation) + ": asynchronous generator is already running");
  }
  return generator_->state_ == State::kClosed;
}

void GeneratorRun::start(FrameBase& caller) {
  GeneratorPromiseBase& generator = *generator_;
  COROSIM_ASSERT(generator.run_ == nullptr);
  generator.run_ = this;
  generator.caller = &caller;
  generator.task = caller.task;
  generator.state_ = state_;
  started_ = true;
  caller.task->set_top(&generator);
}

std::exception_ptr GeneratorRun::finish() {
  if (generator_ == nullptr) throw RuntimeError("asynchronous generator was destroyed while it was running");
  COROSIM_ASSERT(generator_->run_ == this);
  touch_write(generator_->id_, "AsyncGenerator.next");
  generator_->run_ = nullptr;
  if (generator_->handle.done()) generator_->state_ = State::kClosed;
  return std::exchange(generator_->error_, nullptr);
}

bool CloseGenerator::await_ready() { return ended("aclose()") || generator_->close_unstarted(); }

void CloseGenerator::await_resume() {
  if (!started()) return;
  std::exception_ptr error = finish();
  if (!generator_->handle.done()) throw RuntimeError("async generator ignored GeneratorExit");
  if (error && !holds<GeneratorExit>(error)) std::rethrow_exception(std::move(error));
}

}  // namespace corosim::detail
