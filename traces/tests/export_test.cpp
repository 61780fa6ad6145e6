#include <corosim/traces/export.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "stories.hpp"

namespace corosim::traces {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using Json = nlohmann::json;

constexpr std::initializer_list<ExportFormat> kFormats = {ExportFormat::jsonl, ExportFormat::perfetto,
                                                          ExportFormat::chrome, ExportFormat::dot};

struct Exported {
  std::string text;
  Tail tail;
};

Exported exported(const Bytes& bytes, ExportFormat format, ExportAxis axis = ExportAxis::step) {
  Exported result;
  const auto open = [&bytes] { return Reader(bytes, "t.trace"); };
  const auto sink = [&result](std::string_view piece) { result.text += piece; };
  result.tail = export_trace(open, format, sink, {axis});
  return result;
}

std::vector<Json> lines_of(const std::string& text) {
  std::vector<Json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(Json::parse(line));
  return lines;
}

TEST(ExportJsonl, WritesAnObjectForEachEvent) {
  const std::vector<Json> lines = lines_of(exported(bank_bytes(true), ExportFormat::jsonl).text);
  EXPECT_EQ(lines.size(), read_all(bank_bytes(true)).lines.size());
  EXPECT_EQ(lines.front(),
            Json::parse(R"({"event": "run", "program": "bank_test", "arguments": ["--gtest_filter=Bank.*"],
      "order": "legal", "strategy": "random", "seed": "0x2a", "version": "0.1.0", "facts": {}})"));
  EXPECT_EQ(lines.back(), Json::parse(R"({"event": "run_ended", "outcome": "failed", "text": "balance is 1, expected 2",
      "steps": 8, "time_ns": 30000000, "hash": "0x0000000000001234"})"));
  const auto step5 = std::find_if(lines.begin(), lines.end(),
                                  [](const Json& line) { return line["event"] == "step" && line["step"] == 5; });
  ASSERT_NE(step5, lines.end());
  EXPECT_EQ(*step5, Json::parse(R"({"event": "step", "step": 5, "time_ns": 30000000, "kind": "task_start",
      "task": "main/deposit#2", "id": 3, "cause": 3, "file": "examples/bank.cpp", "line": 32, "function": "main",
      "ready": 2, "chosen": 0})"));
  EXPECT_EQ(step5[1], Json::parse(R"({"event": "mark", "step": 5, "text": "reads balance = 0"})"));
  EXPECT_EQ(step5[2], Json::parse(R"({"event": "draw", "step": 5, "stream": "latency", "value": 3})"));
}

TEST(ExportJsonl, IsUtf8WhateverTheTextsAre) {
  Writer writer;
  writer.run_info({"p\"\\\n\x01", {}, "", "", 0, "", {{"\xff", "</script>"}}});
  writer.mark("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
  writer.mark("\xc3 \xed\xa0\x80 \xc0\x80 \xf5");
  const std::string text = exported(writer.take_bytes(), ExportFormat::jsonl).text;
  const std::vector<Json> lines = lines_of(text);
  EXPECT_EQ(lines[0]["program"], "p\"\\\n\x01");
  EXPECT_EQ(lines[0]["facts"]["\xef\xbf\xbd"], "</script>");
  EXPECT_THAT(text, Not(HasSubstr("</script>")));
  EXPECT_EQ(lines[1]["text"], "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
  EXPECT_THAT(lines[2]["text"].get<std::string>(), HasSubstr("\xef\xbf\xbd \xef\xbf\xbd"));
}

/// A Chrome event of this phase and name, wherever it stands.
Json find(const Json& events, const std::string& phase, const std::string& name) {
  for (const Json& event : events) {
    if (event["ph"] == phase && event["name"] == name) return event;
  }
  return {};
}

TEST(ExportChrome, WritesSlicesForStepsAndWaits) {
  const Json json = Json::parse(exported(bank_bytes(true), ExportFormat::chrome).text);
  const Json& events = json["traceEvents"];
  std::map<std::string, int> phases;
  for (const Json& event : events) ++phases[event["ph"].get<std::string>()];
  EXPECT_EQ(phases["X"], 8 + 4) << "steps and waits";
  EXPECT_EQ(phases["i"], 4) << "marks";
  EXPECT_EQ(phases["s"], 7) << "every step but the first has a cause";
  EXPECT_EQ(phases["f"], 7);
  EXPECT_EQ(json["outcome"], "failed");
  const Json wait = find(events, "X", "gather");
  EXPECT_EQ(wait["ts"], 4);
  EXPECT_EQ(wait["dur"], 4) << "from the end of step 3 to step 8";
  EXPECT_EQ(wait["args"]["site"], "bank.cpp:32");
  const Json step = find(events, "X", "timer at bank.cpp:31");
  EXPECT_EQ(std::make_tuple(step["ts"].get<int>(), step["dur"].get<int>(), step["tid"].get<int>()),
            std::make_tuple(2, 1, 0));
}

TEST(ExportChrome, StandsInVirtualTimeWhereToldTo) {
  const Json json = Json::parse(exported(bank_bytes(true), ExportFormat::chrome, ExportAxis::time).text);
  const Json step = find(json["traceEvents"], "X", "timer at bank.cpp:31");
  EXPECT_EQ(step["ts"], 30000);
  EXPECT_EQ(step["dur"], 0);
  const Json wait = find(json["traceEvents"], "X", "sleep");
  EXPECT_EQ(wait["ts"], 0);
  EXPECT_EQ(wait["dur"], 30000);
}

TEST(ExportChrome, DrawsEachArrowFromTheCausesTrackToTheEffects) {
  const Json json = Json::parse(exported(bank_bytes(true), ExportFormat::chrome).text);
  std::map<int, std::pair<int, int>> arrows;  // by id: where from, where to
  for (const Json& event : json["traceEvents"]) {
    if (event["ph"] == "s") arrows[event["id"]].first = event["ts"];
    if (event["ph"] == "f") arrows[event["id"]].second = event["ts"];
  }
  EXPECT_EQ(arrows.at(4), std::make_pair(3, 4));
  EXPECT_EQ(arrows.at(5), std::make_pair(3, 5));
  EXPECT_EQ(arrows.at(7), std::make_pair(5, 7));
}

/// A protobuf message read back: by field, the numbers and byte strings in order.
struct Message {
  std::map<std::uint64_t, std::vector<std::uint64_t>> numbers;
  std::map<std::uint64_t, std::vector<std::string>> texts;

  explicit Message(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::uint64_t key = varint(bytes);
      if ((key & 7U) == 0) {
        numbers[key >> 3U].push_back(varint(bytes));
      } else if ((key & 7U) == 1) {
        numbers[key >> 3U].push_back(fixed64(take(bytes, 8)));
      } else if ((key & 7U) == 2) {
        const std::uint64_t size = varint(bytes);
        texts[key >> 3U].emplace_back(take(bytes, size));
      } else {
        throw std::runtime_error("unknown wire type");
      }
    }
  }

  static std::string_view take(std::string_view& bytes, std::uint64_t size) {
    if (size > bytes.size()) throw std::runtime_error("the message is cut short");
    const std::string_view taken = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return taken;
  }
  static std::uint64_t varint(std::string_view& bytes) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(bytes, 1).front());
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return value;
    }
    throw std::runtime_error("a number without an end");
  }
  static std::uint64_t fixed64(std::string_view bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 8; i-- > 0;) value = value << 8U | static_cast<unsigned char>(bytes[i]);
    return value;
  }

  std::uint64_t number(std::uint64_t field) const { return numbers.at(field).front(); }
  std::string text(std::uint64_t field) const { return texts.contains(field) ? texts.at(field).front() : ""; }
};

/// The fields of Perfetto's protobuf that the tests look at.
enum : std::uint64_t { kPacket = 1, kTimestamp = 8, kTrackEvent = 11, kTrackDescriptor = 60 };
enum : std::uint64_t {
  kUuid = 1,
  kTrackName = 2,
  kType = 9,
  kTrackUuid = 11,
  kName = 23,
  kFlow = 47,
  kTerminating = 48
};
enum : std::uint64_t { kBegin = 1, kEnd = 2, kInstant = 3, kCounter = 4 };

struct PerfettoTrace {
  std::map<std::uint64_t, std::string> tracks;   // name by uuid
  std::multimap<std::uint64_t, Message> events;  // by time, and then as written: so a viewer sorts them

  explicit PerfettoTrace(const std::string& bytes) {
    const Message trace(bytes);
    for (const std::string& text : trace.texts.at(kPacket)) {
      const Message packet(text);
      if (packet.texts.contains(kTrackDescriptor)) {
        const Message track(packet.text(kTrackDescriptor));
        tracks[track.number(kUuid)] = track.text(kTrackName);
      } else {
        events.emplace(packet.number(kTimestamp), Message(packet.text(kTrackEvent)));
      }
    }
  }
};

TEST(ExportPerfetto, NamesATrackForTheRunTheReadyLanesAndEachTask) {
  const PerfettoTrace trace(exported(bank_bytes(true), ExportFormat::perfetto).text);
  std::vector<std::string> names;
  for (const auto& [uuid, name] : trace.tracks) names.push_back(name);
  EXPECT_THAT(names, ElementsAre("bank_test", "ready lanes", "(loop)", "main", "main/deposit#1", "main/deposit#2"));
}

TEST(ExportPerfetto, EndsEverySliceAndNestsNone) {
  for (const ExportAxis axis : {ExportAxis::step, ExportAxis::time}) {
    const PerfettoTrace trace(exported(bank_bytes(true), ExportFormat::perfetto, axis).text);
    std::map<std::uint64_t, int> open;  // slices by track
    int slices = 0;
    for (const auto& [at, event] : trace.events) {
      int& depth = open[event.number(kTrackUuid)];
      if (event.number(kType) == kBegin) {
        EXPECT_EQ(++depth, 1) << event.text(kName) << " at " << at;
        ++slices;
      } else if (event.number(kType) == kEnd) {
        EXPECT_EQ(--depth, 0) << at;
      }
    }
    EXPECT_EQ(slices, 8 + 4) << "steps and waits";
    for (const auto& [track, depth] : open) EXPECT_EQ(depth, 0) << trace.tracks.at(track);
  }
}

TEST(ExportPerfetto, LetsEachFlowBeginAtTheCauseAndEndAtTheEffect) {
  const PerfettoTrace trace(exported(bank_bytes(true), ExportFormat::perfetto).text);
  std::map<std::uint64_t, std::uint64_t> begins;
  std::map<std::uint64_t, std::uint64_t> ends;
  for (const auto& [at, event] : trace.events) {
    for (const std::uint64_t field : {kFlow, kTerminating}) {
      if (!event.numbers.contains(field)) continue;
      for (const std::uint64_t flow : event.numbers.at(field)) (field == kFlow ? begins : ends)[flow] = at / 1000;
    }
  }
  const std::map<std::uint64_t, std::uint64_t> causes = {{2, 1}, {3, 2}, {4, 3}, {5, 3}, {6, 4}, {7, 5}, {8, 7}};
  EXPECT_EQ(begins, causes);
  ASSERT_EQ(ends.size(), causes.size());
  for (const auto& [flow, at] : ends) EXPECT_EQ(flow, at);
}

TEST(ExportDot, DrawsStepsInTheirTasksAndWhatMadeThemReady) {
  EXPECT_EQ(exported(bank_bytes(true), ExportFormat::dot).text, R"dot(digraph corosim {
  graph [fontname="sans-serif", labelloc=t, label="bank_test, seed 0x2a, strategy random, order legal"]
  node [fontname="sans-serif", fontsize=10, shape=box, style=rounded]
  subgraph cluster_1 { label="main"; s1 [label="1  0 ms\nstarted at bank.cpp:30\nparked for sleep at bank.cpp:31"] }
  subgraph cluster_0 { label="(loop)"; s2 [label="2  30 ms\ntimer at bank.cpp:31"] }
  s1 -> s2
  subgraph cluster_1 { label="main"; s3 [label="3  30 ms\nresumed at bank.cpp:31\ncreates main/deposit#1 at bank.cpp:32\ncreates main/deposit#2 at bank.cpp:32\nparked for gather at bank.cpp:32"] }
  s2 -> s3
  s1 -> s3 [style=dotted]
  subgraph cluster_2 { label="main/deposit#1"; s4 [label="4  30 ms\nstarted at bank.cpp:32\n\"reads balance = 0\"\nparked for sleep at bank.cpp:14\n1 of 2 ready", penwidth=2] }
  s3 -> s4
  subgraph cluster_3 { label="main/deposit#2"; s5 [label="5  30 ms\nstarted at bank.cpp:32\n\"reads balance = 0\"\ndrew latency = 3\nparked for sleep at bank.cpp:14\n1 of 2 ready", penwidth=2] }
  s3 -> s5
  subgraph cluster_2 { label="main/deposit#1"; s6 [label="6  30 ms\nresumed at bank.cpp:14\n\"writes balance = 1\"\nended\n1 of 2 ready", penwidth=2] }
  s4 -> s6
  subgraph cluster_3 { label="main/deposit#2"; s7 [label="7  30 ms\nresumed at bank.cpp:14\n\"writes balance = 1\"\nended"] }
  s5 -> s7
  subgraph cluster_1 { label="main"; s8 [label="8  30 ms\nresumed at bank.cpp:32\nended with an exception: balance is 1", color=red] }
  s7 -> s8
  s3 -> s8 [style=dotted]
  end [label="failed: balance is 1, expected 2", shape=plaintext, fontcolor=red]
  s8 -> end [style=dotted]
}
)dot");
}

TEST(Export, MakesWholeOutputOfATornTrace) {
  Bytes bytes = bank_bytes(true);
  bytes.pop_back();
  for (const ExportFormat format : kFormats) {
    const Exported torn = exported(bytes, format);
    EXPECT_EQ(torn.tail.kind, Tail::Kind::torn);
    switch (format) {
      case ExportFormat::jsonl:
        EXPECT_EQ(lines_of(torn.text).back()["event"], "cut_short");
        break;
      case ExportFormat::chrome:
        EXPECT_EQ(Json::parse(torn.text)["outcome"], "cut short");
        break;
      case ExportFormat::perfetto:
        PerfettoTrace{torn.text};
        break;
      case ExportFormat::dot:
        EXPECT_THAT(torn.text, EndsWith("}\n"));
        break;
    }
  }
}

TEST(Export, WritesNothingWhereThereIsNothingToRead) {
  for (const ExportFormat format : kFormats) {
    std::string text;
    const auto open = [] { return Reader(std::span<const std::byte>(), "t.trace"); };
    EXPECT_THROW(export_trace(open, format, [&text](std::string_view piece) { text += piece; }), TraceError);
    EXPECT_EQ(text, "");
  }
}

TEST(Export, HandsLongOutputOnInPieces) {
  Writer writer;
  record_random(writer, 3, 20'000);
  const Bytes bytes = writer.take_bytes();
  for (const ExportFormat format : kFormats) {
    std::size_t pieces = 0;
    std::size_t longest = 0;
    std::string text;
    export_trace([&bytes] { return Reader(bytes, "t.trace"); }, format,
                 [&](std::string_view piece) {
                   ++pieces;
                   longest = std::max(longest, piece.size());
                   text += piece;
                 });
    EXPECT_GT(pieces, 3U);
    EXPECT_LT(longest, 200'000U);
    const std::size_t events = format == ExportFormat::jsonl      ? lines_of(text).size()
                               : format == ExportFormat::chrome   ? Json::parse(text)["traceEvents"].size()
                               : format == ExportFormat::perfetto ? PerfettoTrace(text).events.size()
                                                                  : 10'001U;
    EXPECT_GT(events, 10'000U);
  }
}

}  // namespace
}  // namespace corosim::traces
