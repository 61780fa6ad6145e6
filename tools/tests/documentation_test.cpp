// What docs/traces.md shows is what the commands print.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "command.hpp"

namespace corosim::tools {
namespace {

struct Shown {
  std::vector<std::string> words;
  std::string output;
};

// The blocks that begin with `$ corosim ...`.
std::vector<Shown> shown_in(const std::string& path) {
  std::ifstream page(path);
  EXPECT_TRUE(page) << path;
  std::vector<Shown> blocks;
  const std::string prompt = "$ corosim ";
  bool is_inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with(prompt)) {
      std::istringstream words(line.substr(prompt.size()));
      blocks.emplace_back();
      for (std::string word; words >> word;) blocks.back().words.push_back(word);
      is_inside = true;
    } else if (line == "```") {
      is_inside = false;
    } else if (is_inside) {
      blocks.back().output += line + "\n";
    }
  }
  return blocks;
}

TEST(Documentation, ShowsWhatTheCommandsPrint) {
  const Workplace here;
  for (const std::string trace : {"failing.trace", "passing.trace"}) {
    std::filesystem::copy_file(COROSIM_DOCS "/traces/" + trace, here.path(trace));
  }
  const std::vector<Shown> blocks = shown_in(COROSIM_DOCS "/traces.md");
  EXPECT_GE(blocks.size(), 5U);
  for (const Shown& block : blocks) {
    EXPECT_EQ(here.corosim(block.words).out, block.output) << block.words.front();
  }
}

}  // namespace
}  // namespace corosim::tools
