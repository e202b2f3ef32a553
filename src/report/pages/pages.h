#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "decide/decide.h"
#include "decide/snapshot.h"
#include "report/report.h"

namespace towline::report {

// Every page that people open, as HTML.

/// The full report of a pull request.
std::string page(const Templates& templates, const decide::PullSnapshot& snapshot,
                 const decide::PullDecision& decision);

struct Home {
  struct Repository {
    std::string url;
    std::string name;  ///< "<forge>/<owner>/<name>"
  };
  struct Hook {
    std::string url;
    std::string kind;  ///< of the forge or the registry that sends to it
  };
  std::vector<Repository> repositories;
  std::vector<Hook> hooks;
};
/// `/`: the repositories, and where webhooks go.
std::string home_page(const Templates& templates, const Home& home);

/// A page that says one thing, such as "Not found".
std::string message_page(const Templates& templates, std::string_view title, std::string_view message);

}  // namespace towline::report
