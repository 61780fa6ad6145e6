#pragma once

#include <string>
#include <string_view>

namespace corosim::sim {

/// How reports speak of what a step did to an object, by the last word of the operation's name: "Lock.release".
struct OperationWords {
  std::string_view operation;
  std::string_view present;  // "deposit#1 reads balance"
  std::string_view past;     // "deposit#1 read balance"
  std::string_view noun;     // "deposit#1's read of balance"
};

/// General words where the operation is not known.
const OperationWords& words_of(std::string_view operation);

}  // namespace corosim::sim
