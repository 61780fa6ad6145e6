#pragma once

#include <string>

#include <corosim/sim/explore.hpp>
#include <corosim/sim/injection_campaign.hpp>
#include <corosim/sim/report.hpp>

#include <nlohmann/json.hpp>

namespace corosim::sim {

// What the reports say, for other programs. docs/program-contract.md is the reference.

/// A run, and of a failing one what `context` says.
nlohmann::ordered_json json_of(const RunResult& result, const ReportContext& context);
/// What an exploration made and covered; not its failures.
nlohmann::ordered_json json_of(const ExploreResult& found);
/// What a campaign tried and covered, and of its failures what is wrong.
nlohmann::ordered_json json_of(const CampaignResult& found);

}  // namespace corosim::sim
