// What writer and reader both expect of the next step, so that the file says only what comes differently.
//
// All of it is forgotten at the start of a chunk: a chunk decodes without the events before it.
#pragma once

#include <corosim/traces/event.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace corosim::traces {

class Prediction {
 public:
  void begin_chunk(StepNumber steps_before) {
    ++chunk_;
    last_number_ = steps_before;
    last_time_ = 0;
    last_task_ = kNoTask;
    last_ready_ = 1;
    last_site_ = kUnknownSite;
  }
  /// REQUIRES before any other call: room for every id that will be asked for.
  void know_task(TaskId task) {
    if (task >= tasks_.size()) tasks_.resize(std::size_t{task} + 1);
  }
  void know_site(SiteId site) {
    if (site >= sites_.size()) sites_.resize(std::size_t{site} + 1);
  }

  std::uint64_t last_time() const { return last_time_; }
  TaskId last_task() const { return last_task_; }
  std::uint32_t last_ready() const { return last_ready_; }
  StepNumber next_number() const { return last_number_ + 1; }

  /// Both of the following.
  struct OfTask {
    StepNumber cause;
    SiteId site;
  };
  OfTask of(TaskId task) const {
    const TaskMemory& memory = tasks_[task];
    return memory.chunk == chunk_ ? OfTask{memory.last_step, memory.site} : OfTask{last_number_, kUnknownSite};
  }
  /// The task's own last step, or the one that it was born in; the step before where this chunk tells neither.
  StepNumber cause(TaskId task) const { return tasks_[task].chunk == chunk_ ? tasks_[task].last_step : last_number_; }
  /// Where the task was last seen in this chunk.
  SiteId site(TaskId task) const { return tasks_[task].chunk == chunk_ ? tasks_[task].site : kUnknownSite; }
  /// Where the latest step parks and for what: as did the last one in this chunk that continued at the same site.
  bool knows_park() const { return sites_[last_site_].chunk == chunk_; }
  SiteId park_site() const { return sites_[last_site_].park_site; }
  std::uint32_t park_wait() const { return sites_[last_site_].park_wait; }

  void stepped(const Step& step, std::uint64_t time, SiteId site) {
    last_number_ = step.number;
    last_time_ = time;
    last_task_ = step.task;
    last_site_ = site;
    if (step.ready > 1) last_ready_ = step.ready;
    tasks_[step.task] = {step.number, site, chunk_};
  }
  void created(TaskId task, SiteId site) { tasks_[task] = {last_number_, site, chunk_}; }
  /// The latest step's task parks as expected.
  void parked_as_expected() { tasks_[last_task_].site = park_site(); }
  void parked(TaskId task, SiteId site, std::uint32_t wait) {
    TaskMemory& memory = tasks_[task];
    if (memory.chunk != chunk_) memory = {last_number_, site, chunk_};
    memory.site = site;
    if (task == last_task_) sites_[last_site_] = {site, wait, chunk_};
  }

 private:
  struct TaskMemory {
    StepNumber last_step = 0;
    SiteId site = kUnknownSite;
    std::uint32_t chunk = 0;
  };
  struct SiteMemory {
    SiteId park_site = kUnknownSite;
    std::uint32_t park_wait = 0;
    std::uint32_t chunk = 0;
  };

  std::vector<TaskMemory> tasks_{1};  // by task; memories of another chunk count as none
  std::vector<SiteMemory> sites_{1};  // by site of the step
  std::uint32_t chunk_ = 0;
  TaskId last_task_ = kNoTask;
  StepNumber last_number_ = 0;
  std::uint64_t last_time_ = 0;
  std::uint32_t last_ready_ = 1;
  SiteId last_site_ = kUnknownSite;
};

}  // namespace corosim::traces
