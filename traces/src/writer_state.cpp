#include "writer_state.hpp"

#include <stdexcept>
#include <utility>

namespace corosim::traces {

void misuse(const std::string& what) { throw std::logic_error("corosim::traces::Writer: " + what); }

std::string cut_text(std::string_view text) {
  const std::string note = fmt::format(" [cut: {} bytes]", text.size());
  return std::string(text.substr(0, Writer::kMaxTextBytes - note.size())) + note;
}

void Writer::State::restart() {
  phase_ = Phase::empty;
  used_ = 0;
  raw_total_ = 0;
  next_chunk_ = 0;
  tasks_ = 0;
  time_ = 0;
  closed_.clear();
  index_.clear();
  contents_ = {};
  memory_.clear();
  names_.restart();
  begin_after(0);
}

void Writer::State::begin_after(StepNumber steps) {
  steps_ = steps;
  first_steps_ = steps;
  begin_chunk();
}

void Writer::State::emit(std::span<const unsigned char> bytes) {
  if (file_) {
    file_->write(bytes);
  } else {
    const std::byte* first = reinterpret_cast<const std::byte*>(bytes.data());
    memory_.insert(memory_.end(), first, first + bytes.size());
  }
}

void Writer::State::close_chunk() {
  if (used_ == chunk_begin_) return;
  raw_total_ += used_ - chunk_begin_;
  contents_.steps = steps_ - chunk_steps_;
  contents_.last_time = time_;
  closed_.push_back({chunk_begin_, used_, chunk_steps_, std::exchange(contents_, {})});
  if (file_ || used_ >= format::kFullChunkBytes) write_out();
  begin_chunk();
}

void Writer::State::begin_chunk() {
  chunk_begin_ = used_;
  chunk_steps_ = steps_;
  limit_ = used_ + static_cast<std::size_t>(
                       std::clamp<std::uint64_t>(raw_total_, format::kFirstChunkBytes, format::kFullChunkBytes));
  prediction_.begin_chunk(steps_);
  step_end_ = kNowhere;
}

void Writer::State::write_out() {
  if (memory_.empty() && !file_) emit(file_header());
  const Phase before = std::exchange(phase_, Phase::failed);  // where the disk is full, there is no second try
  for (const ClosedChunk& chunk : closed_) {
    const std::span<const unsigned char> records(records_.data() + chunk.begin, chunk.end - chunk.begin);
    const auto sealed = sealer_.seal(records, next_chunk_++, chunk.steps_before);
    emit(sealed);
    index_.push_back(chunk.contents);
    index_.back().stored_bytes = sealed.size() - format::kChunkHeaderBytes;
  }
  phase_ = before;
  closed_.clear();
  used_ = 0;
}

void Writer::State::write_index() {
  if (index_.size() < format::kIndexFromChunks) return;
  const std::vector<unsigned char> payload = encode_index(index_, first_steps_);
  if (payload.size() > format::kMaxStoredBytes) return;
  emit(sealer_.seal_index(payload, next_chunk_++, steps_));
}

void Writer::State::refuse() const {
  switch (phase_) {
    case Phase::empty:
      misuse("the first event must be run_info()");
    case Phase::failed:
      misuse("this trace could not be written");
    case Phase::running:
    case Phase::ended:
      break;
  }
  misuse("this trace has ended");
}

SiteId Writer::State::define_site(SiteId site) {
  if (site == kUnknownSite) return kUnknownSite;
  if (!names_.knows_site(site)) misuse(fmt::format("site {} was not interned", site));
  const Interner::InternedSite& place = names_.site(site);
  const std::uint32_t file = text_in_trace(place.file);
  const std::uint32_t function = text_in_trace(place.function);
  const SiteId given = names_.number_site(site);
  contents_.flags |= format::kDefines;
  unsigned char* out = put_tag(room(kMaxNumbersBytes), Tag::define_site);
  out = put_varint(put_varint(out, given), file);
  finish(put_varint(put_varint(out, place.line), function));
  prediction_.know_site(given);
  return given;
}

std::uint32_t Writer::State::define_text(TextId text) {
  if (text == kNoText) return kNoText;
  if (!names_.knows_text(text)) misuse(fmt::format("text {} was not interned", text));
  const std::uint32_t given = names_.number_text(text);
  contents_.flags |= format::kDefines;
  record_with_text(names_.text(text),
                   [given](unsigned char* out) { return put_varint(put_tag(out, Tag::define_text), given); });
  return given;
}

void Writer::State::refuse_step(const Step& step) const {
  check_task(step.task);
  if (step.number != steps_ + 1) misuse(fmt::format("step {} follows step {}", step.number, steps_));
  if (step.cause >= step.number) misuse(fmt::format("step {} is caused by step {}", step.number, step.cause));
  if (step.time.count() < 0 || static_cast<std::uint64_t>(step.time.count()) < time_) {
    misuse(fmt::format("step {} is at {} ns, after a step at {} ns", step.number, step.time.count(), time_));
  }
  if (step.chosen >= std::max(step.ready, 1U)) {
    misuse(fmt::format("step {} chose {} of {} ready lanes", step.number, step.chosen, step.ready));
  }
  misuse("no such kind of step");
}

}  // namespace corosim::traces
