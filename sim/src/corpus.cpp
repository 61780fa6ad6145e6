#include "corpus.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include <corosim/runtime/errors.hpp>
#include <corosim/sim/constraint_schedule.hpp>
#include <corosim/sim/replay.hpp>

#include <fmt/format.h>

#include "whole_file.hpp"

namespace corosim::sim {

namespace {

constexpr const char* kFirstLine = "# Schedules that failed once: the program, the schedule, and what failed.";
constexpr std::string_view kNoteMark = "  # ";

// Throws ScheduleError where it is none.
void check_schedule(const std::string& text) {
  if (SeedSchedule::is_seed_schedule(text)) {
    SeedSchedule::parse(text);
  } else if (Schedule::is_schedule(text)) {
    Schedule::parse(text);
  } else {
    ConstraintSchedule::parse(text);
  }
}

Corpus::Entry parse_line(const std::string& line) {
  Corpus::Entry entry;
  const auto mark = std::min(line.find(kNoteMark), line.size());
  std::istringstream words(line.substr(0, mark));
  std::string more;
  if (!(words >> entry.program >> entry.schedule) || words >> more) {
    throw ValueError("expected PROGRAM SCHEDULE, and a note behind two blanks and a #");
  }
  check_schedule(entry.schedule);
  if (mark < line.size()) entry.note = line.substr(mark + kNoteMark.size());
  return entry;
}

}  // namespace

Corpus Corpus::read(const std::filesystem::path& path) {
  Corpus corpus;
  corpus.path_ = path;
  if (!std::filesystem::exists(path)) return corpus;
  std::ifstream file(path);
  if (!file) throw std::system_error(errno, std::generic_category(), path.string());
  std::size_t number = 0;
  for (std::string text; std::getline(file, text);) {
    ++number;
    Line line{text, {}};
    if (!text.empty() && text.front() != '#') {
      try {
        line.entry = parse_line(text);
      } catch (const std::exception& error) {
        throw ValueError(fmt::format("{}: line {}: {}", path.string(), number, error.what()));
      }
    }
    corpus.lines_.push_back(std::move(line));
  }
  return corpus;
}

std::vector<Corpus::Entry> Corpus::of(const std::string& program) const {
  std::vector<Entry> entries;
  for (const Line& line : lines_) {
    if (!line.entry.program.empty() && line.entry.program == program) entries.push_back(line.entry);
  }
  return entries;
}

bool Corpus::add(Entry entry) {
  for (const Line& line : lines_) {
    if (line.entry.program == entry.program && line.entry.schedule == entry.schedule) return false;
  }
  if (lines_.empty()) lines_.push_back({kFirstLine, {}});
  std::replace(entry.note.begin(), entry.note.end(), '\n', ' ');
  lines_.push_back({fmt::format("{} {}{}{}", entry.program, entry.schedule, kNoteMark, entry.note), std::move(entry)});
  return true;
}

void Corpus::remove(const Entry& entry) {
  std::erase_if(lines_, [&](const Line& line) {
    return line.entry.program == entry.program && line.entry.schedule == entry.schedule;
  });
}

void Corpus::write() const {
  std::string text;
  for (const Line& line : lines_) text += line.text + '\n';
  write_whole_file(path_, text);
}

}  // namespace corosim::sim
