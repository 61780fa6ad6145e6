#include "operation_words.hpp"

namespace corosim::sim {

const OperationWords& words_of(std::string_view operation) {
  static constexpr OperationWords kWords[] = {
      {"read", "reads", "read", "read of"},
      {"write", "writes", "wrote", "write of"},
      {"edit", "changes", "changed", "change of"},
      {"update", "updates", "updated", "update of"},
      {"acquire", "takes", "took", "taking of"},
      {"ask", "asks for", "asked for", "asking for"},
      {"release", "releases", "released", "release of"},
      {"locked", "looks at", "looked at", "look at"},
      {"wait", "waits for", "waited for", "wait for"},
      {"set", "sets", "set", "setting of"},
      {"clear", "clears", "cleared", "clearing of"},
      {"is_set", "looks at", "looked at", "look at"},
      {"notify", "notifies", "notified", "notification of"},
      {"put", "puts into", "put into", "put into"},
      {"get", "gets from", "got from", "get from"},
      {"qsize", "looks at", "looked at", "look at"},
      {"task_done", "reports done to", "reported done to", "task_done of"},
      {"shutdown", "shuts down", "shut down", "shutdown of"},
      {"await", "awaits", "awaited", "await of"},
      {"done", "looks at", "looked at", "look at"},
      {"result", "takes the result of", "took the result of", "taking of the result of"},
      {"set_result", "completes", "completed", "completion of"},
      {"end", "ends", "ended", "end of"},
      {"cancel", "cancels", "cancelled", "cancellation of"},
      {"wake", "wakes", "woke", "waking of"},
      {"resume", "goes on", "went on", "going on"},
  };
  static constexpr OperationWords kUnknown = {"", "uses", "used", "use of"};
  const auto dot = operation.rfind('.');
  const std::string_view word = dot == std::string_view::npos ? operation : operation.substr(dot + 1);
  for (const OperationWords& known : kWords) {
    if (known.operation == word) return known;
  }
  return kUnknown;
}

}  // namespace corosim::sim
