#include "scenario.hpp"

#include <algorithm>
#include <fstream>
#include <initializer_list>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace corosim::conformance {

namespace {

using Json = nlohmann::json;

constexpr std::int64_t kLargestInteger = 100'000'000;  // seconds: sums of many fit into 64 bits of nanoseconds

// The name of each statement and its operands, one letter each:
//   t text             i integer            b true or false     r list of references   B list of statements
//   s text or null     o integer or null    H list of handlers                         F list of statements or null
//   k a kind of queue  m a method of a barrier
struct Form {
  std::string_view name;
  Op op;
  std::string_view operands;
};
constexpr Form kForms[] = {
    {"log", Op::kLog, "t"},
    {"spawn", Op::kSpawn, "tt"},
    {"future", Op::kFuture, "t"},
    {"lock", Op::kLock, "t"},
    {"event", Op::kEvent, "t"},
    {"semaphore", Op::kSemaphore, "ti"},
    {"bounded_semaphore", Op::kBoundedSemaphore, "ti"},
    {"barrier", Op::kBarrier, "ti"},
    {"condition", Op::kCondition, "ts"},
    {"queue", Op::kQueue, "tki"},
    {"shield", Op::kShield, "tt"},
    {"gather", Op::kGather, "trb"},
    {"call_soon", Op::kCallSoon, "tB"},
    {"call_later", Op::kCallLater, "tiB"},
    {"call_at", Op::kCallAt, "tiB"},
    {"raise", Op::kRaise, "i"},
    {"raise_cancelled", Op::kRaiseCancelled, ""},
    {"cancel_self", Op::kCancelSelf, "s"},
    {"uncancel_self", Op::kUncancelSelf, ""},
    {"ctx_set", Op::kCtxSet, "ti"},
    {"ctx_get", Op::kCtxGet, "t"},
    {"cancel", Op::kCancel, "ts"},
    {"state", Op::kState, "t"},
    {"set_result", Op::kSetResult, "ti"},
    {"set_exception", Op::kSetException, "ti"},
    {"add_done_callback", Op::kAddDoneCallback, "ttB"},
    {"remove_done_callback", Op::kRemoveDoneCallback, "tt"},
    {"cancel_handle", Op::kCancelHandle, "t"},
    {"uncancel", Op::kUncancel, "t"},
    {"cancelling", Op::kCancelling, "t"},
    {"release", Op::kRelease, "t"},
    {"locked", Op::kLocked, "t"},
    {"event_set", Op::kEventSet, "t"},
    {"event_clear", Op::kEventClear, "t"},
    {"event_is_set", Op::kEventIsSet, "t"},
    {"cond_notify", Op::kCondNotify, "to"},
    {"put_nowait", Op::kPutNowait, "ti"},
    {"get_nowait", Op::kGetNowait, "t"},
    {"task_done", Op::kTaskDone, "t"},
    {"qsize", Op::kQsize, "t"},
    {"shutdown", Op::kShutdown, "tb"},
    {"barrier_state", Op::kBarrierState, "t"},
    {"expired", Op::kExpired, "t"},
    {"reschedule", Op::kReschedule, "to"},
    {"tg_spawn", Op::kTgSpawn, "ttt"},
    {"return", Op::kReturn, "o"},
    {"reraise", Op::kReraise, ""},
    {"emit", Op::kEmit, "i"},
    {"sleep", Op::kSleep, "i"},
    {"spawn_eager", Op::kSpawnEager, "tt"},
    {"call", Op::kCall, "t"},
    {"repeat", Op::kRepeat, "iB"},
    {"try", Op::kTry, "BHF"},
    {"timeout", Op::kTimeout, "toB"},
    {"taskgroup", Op::kTaskGroup, "tB"},
    {"async_for", Op::kAsyncFor, "tBo"},
    {"wait", Op::kWait, "rot"},
    {"as_completed", Op::kAsCompleted, "ro"},
    {"wait_for", Op::kWaitFor, "to"},
    {"if_done", Op::kIfDone, "tBB"},
    {"await", Op::kAwait, "t"},
    {"acquire", Op::kAcquire, "t"},
    {"with", Op::kWith, "tB"},
    {"event_wait", Op::kEventWait, "t"},
    {"cond_wait", Op::kCondWait, "t"},
    {"barrier_wait", Op::kBarrierWait, "t"},
    {"barrier_call", Op::kBarrierCall, "tm"},
    {"put", Op::kPut, "ti"},
    {"get", Op::kGet, "t"},
    {"join", Op::kJoin, "t"},
};

constexpr std::pair<std::string_view, Kind> kKinds[] = {
    {"CancelledError", Kind::kCancelledError}, {"TimeoutError", Kind::kTimeoutError},
    {"UserError", Kind::kUserError},           {"ExceptionGroup", Kind::kExceptionGroup},
    {"Exception", Kind::kException},           {"BaseException", Kind::kBaseException},
};

// Turns JSON into a case. `place` is where in the scenario a value stands, for the message of an error.
class Parser {
 public:
  explicit Parser(std::string line_name) : line_name_(std::move(line_name)) {}

  Case parse(const Json& json) const {
    Case result;
    result.name = member(json, "name", "the case").get_ref<const std::string&>();
    if (const auto found = json.find("log"); found != json.end()) {
      result.log = list_of_texts(*found, "log");
    } else {
      fail("the case", "a member \"log\"", json);
    }
    const auto scenario = json.find("scenario");
    if (scenario == json.end() || !scenario->is_object()) fail("the case", "an object \"scenario\"", json);
    const auto functions = scenario->find("functions");
    if (functions == scenario->end() || !functions->is_object()) fail("scenario", "an object \"functions\"", *scenario);
    for (const auto& [name, body] : functions->items()) result.functions[name] = block(body, name);
    if (!result.functions.contains("main")) fail("scenario.functions", "a function \"main\"", *functions);
    return result;
  }

  [[noreturn]] void fail(const std::string& place, const std::string& expectation, const Json& found) const {
    std::string text = found.dump();
    constexpr std::size_t kLongest = 80;
    if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
    throw InputError(fmt::format("{}: {}: expected {}, found {}", line_name_, place, expectation, text));
  }

 private:
  const Json& member(const Json& json, const char* key, const std::string& place) const {
    if (!json.is_object()) fail(place, "an object", json);
    const auto found = json.find(key);
    if (found == json.end() || !found->is_string()) fail(place, fmt::format("a text \"{}\"", key), json);
    return *found;
  }

  std::vector<std::string> list_of_texts(const Json& json, const std::string& place) const {
    if (!json.is_array()) fail(place, "a list of texts", json);
    std::vector<std::string> texts;
    for (const Json& each : json) {
      if (!each.is_string()) fail(place, "a list of texts", json);
      texts.push_back(each.get<std::string>());
    }
    return texts;
  }

  Block block(const Json& json, const std::string& place) const {
    if (!json.is_array()) fail(place, "a list of statements", json);
    Block statements;
    for (const Json& each : json)
      statements.push_back(statement(each, fmt::format("{}[{}]", place, statements.size())));
    return statements;
  }

  Statement statement(const Json& json, const std::string& place) const {
    if (!json.is_array() || json.empty() || !json[0].is_string()) fail(place, "a statement [OP, OPERAND, ...]", json);
    const auto& name = json[0].get_ref<const std::string&>();
    const auto* form =
        std::find_if(std::begin(kForms), std::end(kForms), [&](const Form& f) { return f.name == name; });
    if (form == std::end(kForms)) fail(place, "the name of a statement", json[0]);
    if (json.size() != form->operands.size() + 1) {
      fail(place, fmt::format("{} with {} operands", name, form->operands.size()), json);
    }
    Statement result{form->op, {}};
    for (std::size_t i = 0; i < form->operands.size(); ++i) {
      result.operands.push_back(operand(form->operands[i], json[i + 1], fmt::format("{}.{}[{}]", place, name, i + 1)));
    }
    return result;
  }

  Operand operand(char form, const Json& json, const std::string& place) const {
    const bool null = json.is_null();
    switch (form) {
      case 's':
        if (null) return std::monostate();
        [[fallthrough]];
      case 't':
        if (!json.is_string()) fail(place, form == 's' ? "a text or null" : "a text", json);
        return json.get<std::string>();
      case 'o':
        if (null) return std::monostate();
        [[fallthrough]];
      case 'i':
        return integer(json, place, form == 'o' ? "an integer or null" : "an integer");
      case 'b':
        if (!json.is_boolean()) fail(place, "true or false", json);
        return json.get<bool>();
      case 'k':
        return one_of(json, place, {"fifo", "lifo", "priority"});
      case 'm':
        return one_of(json, place, {"reset", "abort"});
      case 'r':
        return list_of_texts(json, place);
      case 'F':
        if (null) return std::monostate();
        [[fallthrough]];
      case 'B':
        return block(json, place);
      default:
        return handlers(json, place);
    }
  }

  std::int64_t integer(const Json& json, const std::string& place, const char* expectation) const {
    if (!json.is_number_integer()) fail(place, expectation, json);
    const bool too_large = json.is_number_unsigned() && json.get<std::uint64_t>() > std::uint64_t{kLargestInteger};
    const auto value = json.get<std::int64_t>();
    if (too_large || value < -kLargestInteger || value > kLargestInteger) {
      fail(place, fmt::format("an integer of at most {} either side of 0", kLargestInteger), json);
    }
    return value;
  }

  std::string one_of(const Json& json, const std::string& place, std::initializer_list<const char*> words) const {
    for (const char* word : words) {
      if (json == word) return word;
    }
    fail(place, fmt::format("one of {}", fmt::join(words, ", ")), json);
  }

  std::vector<Handler> handlers(const Json& json, const std::string& place) const {
    if (!json.is_array()) fail(place, "a list of handlers [KIND, [STATEMENT, ...]]", json);
    std::vector<Handler> result;
    for (const Json& each : json) {
      const std::string here = fmt::format("{}[{}]", place, result.size());
      if (!each.is_array() || each.size() != 2) fail(here, "a handler [KIND, [STATEMENT, ...]]", each);
      const auto* kind =
          std::find_if(std::begin(kKinds), std::end(kKinds), [&](const auto& k) { return each[0] == k.first; });
      if (kind == std::end(kKinds)) fail(here, "the name of a kind of exception", each[0]);
      result.push_back({kind->second, block(each[1], here)});
    }
    return result;
  }

  std::string line_name_;
};

}  // namespace

std::vector<Case> read_cases(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw InputError(fmt::format("{}: cannot be read; expected a file with one case in each line", path));
  std::vector<Case> cases;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (line.empty()) continue;
    const std::string line_name = fmt::format("{}:{}", path, number);
    Json json;
    try {
      json = Json::parse(line);
    } catch (const Json::parse_error& error) {
      throw InputError(fmt::format("{}: byte {}: expected one JSON object in the line", line_name, error.byte));
    }
    cases.push_back(Parser(line_name).parse(json));
  }
  if (file.bad()) throw InputError(fmt::format("{}: cannot be read to its end", path));
  return cases;
}

}  // namespace corosim::conformance
