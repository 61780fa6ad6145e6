#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include <rapidcheck.h>

namespace corosim {

using rc::detail::FailureResult;
using rc::detail::TestResult;

/// What RapidCheck finds out about a property, which may fail.
template <class Property>
TestResult check_property(Property property,
                          const std::unordered_map<std::string, rc::detail::Reproduce>& reproduce = {}, int runs = 100,
                          std::uint64_t seed = 1) {
  class Quiet final : public rc::detail::TestListener {
    void onTestCaseFinished(const rc::detail::CaseDescription&) override {}
    void onShrinkTried(const rc::detail::CaseDescription&, bool) override {}
    void onTestFinished(const rc::detail::TestMetadata&, const TestResult&) override {}
  } listener;
  rc::detail::TestMetadata metadata;
  metadata.id = "property";
  rc::detail::TestParams params;
  params.seed = seed;
  params.maxSuccess = runs;
  return rc::detail::checkProperty(rc::detail::toProperty(property), metadata, params, listener, reproduce);
}

inline std::string counterexample(const TestResult& result) {
  std::string text;
  for (const auto& [type, value] : result.get<FailureResult>().counterExample) text += value + "\n";
  return text;
}

}  // namespace corosim
