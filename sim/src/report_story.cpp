#include <algorithm>
#include <string>
#include <vector>

#include <corosim/sim/report.hpp>

#include <fmt/format.h>

namespace corosim::sim {

namespace {

constexpr std::size_t kMostColumns = 4;
constexpr std::size_t kWidestTable = 132;
constexpr std::size_t kGap = 3;

struct Column {
  std::string actor;
  std::size_t width;
  std::size_t text_width = 0;  // of the cells' texts; their places stand behind, one below the other
};

std::size_t width_of(std::string_view text) {  // in characters, of UTF-8
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

std::string padded(std::string text, std::size_t width) {
  const std::size_t has = width_of(text);
  return has < width ? text + std::string(width - has, ' ') : text;
}

std::vector<Column> columns_of(const std::vector<StoryLine>& story) {
  std::vector<Column> columns;
  const auto column_of = [&](const std::string& actor) -> Column& {
    const auto known = std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.actor == actor; });
    if (known != columns.end()) return *known;
    columns.push_back({actor, width_of(actor)});
    return columns.back();
  };
  for (const StoryLine& line : story) {
    Column& column = column_of(line.actor);
    column.text_width = std::max(column.text_width, width_of(line.text));
  }
  for (const StoryLine& line : story) {
    Column& column = column_of(line.actor);
    const std::size_t place = line.place.empty() ? 0 : 2 + width_of(line.place);
    column.width = std::max(column.width, column.text_width + place);
  }
  return columns;
}

std::string cell(const StoryLine& line, std::size_t text_width) {
  return line.place.empty() ? line.text : padded(line.text, text_width) + "  " + line.place;
}

std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text + '\n';
}

}  // namespace

std::string render_story(const std::vector<StoryLine>& story) {
  std::vector<Column> columns = columns_of(story);
  std::size_t width = 0;
  for (const Column& column : columns) width += column.width + kGap;
  const bool merged = columns.size() > kMostColumns || width > kWidestTable;
  if (merged) {  // one column, in which each line names its task
    Column all{"what", 0};
    for (const Column& column : columns) all.text_width = std::max(all.text_width, column.text_width);
    std::size_t actor_width = width_of("task");
    for (const Column& column : columns) actor_width = std::max(actor_width, width_of(column.actor));
    std::string text = trimmed(fmt::format("  step  time      {}   what", padded("task", actor_width)));
    for (const StoryLine& line : story) {
      text +=
          trimmed(fmt::format("{:6}  {:8}  {}   {}{}", line.step, text_of(line.time), padded(line.actor, actor_width),
                              cell(line, all.text_width), line.note.empty() ? "" : "   <- " + line.note));
    }
    return text;
  }
  std::string text = "  step  time      ";
  for (const Column& column : columns) text += padded(column.actor, column.width + kGap);
  text = trimmed(std::move(text));
  for (const StoryLine& line : story) {
    std::string row = fmt::format("{:6}  {:8}  ", line.step, text_of(line.time));
    for (const Column& column : columns) {
      row += padded(column.actor == line.actor ? cell(line, column.text_width) : ".", column.width + kGap);
    }
    text += trimmed(row + (line.note.empty() ? "" : "<- " + line.note));
  }
  return text;
}

}  // namespace corosim::sim
