// The ids that a Writer hands out for sites and texts, and the numbers that they have in the trace being written.
#pragma once

#include <corosim/traces/event.hpp>
#include <corosim/traces/hash.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace corosim::traces {

/// Ids live as long as the Interner; a trace numbers what it uses from 1 in order of first use, so that its bytes do
/// not depend on what earlier traces used. The maps are only looked up, never walked.
class Interner {
 public:
  using TextId = std::uint32_t;
  struct InternedSite {
    TextId file = 0;
    std::uint32_t line = 0;
    TextId function = 0;
    bool operator==(const InternedSite&) const = default;
  };

  TextId intern_text(std::string_view text) {
    if (const auto known = text_ids_.find(text); known != text_ids_.end()) return known->second;
    const TextId id = static_cast<TextId>(texts_.size());
    texts_.emplace_back(text);
    text_ids_.emplace(texts_.back(), id);
    text_numbers_.emplace_back();
    return id;
  }
  SiteId intern_site(std::string_view file, std::uint32_t line, std::string_view function) {
    const InternedSite site{intern_text(file), line, intern_text(function)};
    const auto [entry, is_new] = site_ids_.try_emplace(site, static_cast<SiteId>(sites_.size()));
    if (is_new) {
      sites_.push_back(site);
      site_numbers_.emplace_back();
    }
    return entry->second;
  }

  bool knows_text(TextId text) const { return text < text_numbers_.size(); }
  bool knows_site(SiteId site) const { return site < site_numbers_.size(); }
  std::string_view text(TextId text) const { return texts_[text]; }
  const InternedSite& site(SiteId site) const { return sites_[site]; }

  /// 0 where the trace has not used it (or it is the empty text, the unknown site).
  std::uint32_t text_in_trace(TextId text) const { return text_numbers_[text].in(trace_); }
  SiteId site_in_trace(SiteId site) const { return site_numbers_[site].in(trace_); }
  /// Whether the trace knows it by this number already; false for an id that does not exist.
  bool is_text(TextId text, std::uint32_t number) const {
    return knows_text(text) && text_in_trace(text) == number && (number != 0 || text == 0);
  }
  bool is_site(SiteId site, std::uint32_t number) const {
    return knows_site(site) && site_in_trace(site) == number && (number != 0 || site == kUnknownSite);
  }
  std::uint32_t number_text(TextId text) {
    text_numbers_[text] = {trace_, ++used_texts_};
    return used_texts_;
  }
  SiteId number_site(SiteId site) {
    site_numbers_[site] = {trace_, ++used_sites_};
    return used_sites_;
  }

  /// A new trace has used nothing yet.
  void restart() {
    ++trace_;
    used_texts_ = 0;
    used_sites_ = 0;
  }

 private:
  struct Number {
    std::uint64_t trace = 0;
    std::uint32_t number = 0;
    std::uint32_t in(std::uint64_t current) const { return trace == current ? number : 0; }
  };
  struct SiteHash {
    std::size_t operator()(const InternedSite& site) const {
      return mix(mix(site.file, std::uint64_t{site.function}), std::uint64_t{site.line});
    }
  };

  std::deque<std::string> texts_{std::string()};  // a deque: text_ids_ points into it
  std::unordered_map<std::string_view, TextId> text_ids_{{std::string_view(), 0}};
  std::vector<InternedSite> sites_{InternedSite{}};
  std::unordered_map<InternedSite, SiteId, SiteHash> site_ids_;
  std::vector<Number> text_numbers_{1};
  std::vector<Number> site_numbers_{1};
  std::uint64_t trace_ = 0;
  std::uint32_t used_texts_ = 0;
  std::uint32_t used_sites_ = 0;
};

}  // namespace corosim::traces
