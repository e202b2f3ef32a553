#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <future>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <set>

#include <CLI/CLI.hpp>

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "commands.h"
#include "paths.h"
#include "sites/sites.h"
#include "work_tree.h"
#include "yaml/unified_diff.h"

namespace towline::bot {

namespace {

struct Options {
  std::string image;
  std::string to;
  std::string from;
  std::string format = "text";
  bool write = false;
  std::vector<std::string> paths;
};

struct Rewrite {
  LocalFile file;
  std::string diff;
  std::string after;  ///< when it is to be written
  /// Likewise: the file that a link names, which is rewritten instead of the link.
  std::filesystem::path target;
};

struct Outcome {
  std::vector<Rewrite> rewrites;
  std::vector<Error> refused;  ///< sites that cannot say the version
  bool matched = false;
  std::set<std::string> names;       ///< the images that are there, when none matched
  std::vector<std::string> skipped;  ///< what could not be read in documents that mention the image
};

struct Wanted {
  image::ImageName name;
  image::Version to;
  std::optional<image::Version> from;
  bool write = false;
};

Result<Wanted> parse(const Options& options) {
  TRY(const image::ImageName name, image::parse_image_name(options.image));
  TRY(const image::Version to, image::parse_version(options.to));
  if (options.from.empty()) return Wanted{name, to, std::nullopt, options.write};
  TRY(const image::Version from, image::parse_version(options.from));
  return Wanted{name, to, from, options.write};
}

bool is_at(const sites::ImageSite& site, const std::optional<image::Version>& from) {
  if (!from) return true;
  if (from->tag && site.version.tag != from->tag) return false;
  return !from->digest || site.version.digest == from->digest;
}

/// What becomes of one file; nullopt: it does not mention the image. A file with a site that is refused stays as it is,
/// for half of a bump is none.
Result<std::optional<Outcome>> bump_file(const LocalFile& file, const ReadText& read, const Wanted& wanted) {
  TRY(const std::string_view text, read());
  const auto found = sites::find_sites(file.shown, text, wanted.name.short_name());
  if (found.sites.empty() && found.skipped.empty()) return std::nullopt;
  Outcome outcome;
  for (const std::string& reason : found.skipped) outcome.skipped.push_back(file.shown + ": " + reason);
  auto [edits, refused] = sites::bump_edits(found.sites, wanted.name, wanted.to, [&](const auto& site) {
    const bool accepted = is_at(site, wanted.from);
    outcome.matched = outcome.matched || accepted;
    return accepted;
  });
  outcome.refused = std::move(refused);
  if (!outcome.refused.empty()) return outcome;
  Rewrite rewrite{file, yaml::unified_diff(file.shown, text, edits), {}, {}};
  if (rewrite.diff.empty()) return outcome;
  if (wanted.write) {
    TRY(rewrite.after, yaml::apply_edits(text, std::move(edits)));
    TRY(rewrite.target, write_target(file.disk));
  }
  outcome.rewrites.push_back(std::move(rewrite));
  return outcome;
}

Result<std::set<std::string>> image_names(const std::vector<std::string>& paths) {
  using Names = std::set<std::string>;
  const auto names_of = [](const LocalFile& file, const ReadText& read) -> Result<std::optional<Names>> {
    TRY(const std::string_view text, read());
    Names names;
    for (const auto& site : sites::find_sites(file.shown, text).sites) names.insert(site.name.str());
    return names;
  };
  TRY(auto files, map_manifests<Names>(paths, names_of));
  Names all;
  for (Names& names : files) all.merge(names);
  return all;
}

/// Some at a time: each waits until its bytes are safe. The first error of several is told.
Result<void> write_all(const std::vector<Rewrite>& rewrites) {
  constexpr std::size_t kWriters = 4;
  std::vector<std::future<Result<void>>> writers;
  for (std::size_t first = 0; first < std::min(kWriters, rewrites.size()); ++first) {
    writers.push_back(std::async(std::launch::async, [&rewrites, first]() -> Result<void> {
      for (std::size_t i = first; i < rewrites.size(); i += kWriters) {
        CHECK_OK(write_file(rewrites[i].target, rewrites[i].after));
      }
      return {};
    }));
  }
  Result<void> all;
  for (auto& writer : writers) {
    if (auto written = writer.get(); !written && all) all = std::move(written);
  }
  return all;
}

/// Every file is read and edited before the first is written: one that cannot be read leaves all as they were.
Result<Outcome> bump(const Options& options) {
  TRY(const Wanted wanted, parse(options));
  TRY(auto files, map_manifests<Outcome>(options.paths, [&](const LocalFile& file, const ReadText& read) {
        return bump_file(file, read, wanted);
      }));
  Outcome outcome;
  for (Outcome& file : files) {
    outcome.matched = outcome.matched || file.matched;
    std::move(file.rewrites.begin(), file.rewrites.end(), std::back_inserter(outcome.rewrites));
    std::move(file.refused.begin(), file.refused.end(), std::back_inserter(outcome.refused));
    std::move(file.skipped.begin(), file.skipped.end(), std::back_inserter(outcome.skipped));
  }
  if (!outcome.matched) {
    TRY(outcome.names, image_names(options.paths));
  }
  if (!options.write) return outcome;
  CHECK_OK(write_all(outcome.rewrites));
  return outcome;
}

void print(const Outcome& outcome, const Options& options) {
  if (options.format == "json") {
    Json all = Json::array();
    for (const Rewrite& rewrite : outcome.rewrites) {
      all.push_back({{"file", rewrite.file.shown}, {"written", options.write}, {"diff", rewrite.diff}});
    }
    std::cout << dump_json(all, 2) << "\n";
    return;
  }
  for (const Rewrite& rewrite : outcome.rewrites) std::cout << rewrite.diff;
}

int explain_nothing(const Options& options, const Outcome& outcome) {
  if (outcome.matched) {
    std::cerr << "towline: every matching site already has " << options.to << "\n";
    return kAnswerIsNo;
  }
  const auto name = image::parse_image_name(options.image);
  const std::vector<std::string> names(outcome.names.begin(), outcome.names.end());
  const std::string near = name ? nearest(name->str(), names) : "";
  std::cerr << "towline: no site of " << options.image << (options.from.empty() ? "" : " at " + options.from)
            << " was found";
  if (name && outcome.names.contains(name->str())) {
    std::cerr << "; it is there with other tags";
  } else if (!near.empty()) {
    std::cerr << "; did you mean " << near << "?";
  }
  std::cerr << "\n";
  return kAnswerIsNo;
}

}  // namespace

void add_bump(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("bump", "Rewrite an image's tag or digest in files, and nothing else");
  auto options = std::make_shared<Options>();
  command->add_option("--image", options->image, "The image's name, without tag")->required()->type_name("NAME");
  command->add_option("--to", options->to, "The new version")->required()->type_name("TAG[@DIGEST]|@DIGEST");
  command->add_option("--from", options->from, "Only sites that have this version now")->type_name("TAG[@DIGEST]");
  command->add_flag("--write", options->write, "Write the files (default: only print the diff)");
  command->add_option("PATH", options->paths, "Files and directories")->required();
  command->add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  command->footer(
      "A file with a site that cannot say the version stays as it is; it is told, and the others are done.\n"
      "Exit status: 0 something changed, 1 nothing matched, 3 some file was left out because of such a site.\n"
      "Example:\n  towline bump --image ghcr.io/acme/pay --to 1.5.0 --write apps/dev");
  command->callback([options, &exit_code] {
    const auto outcome = bump(*options);
    if (!outcome) {
      exit_code = report_error(outcome.error());
      return;
    }
    print(*outcome, *options);
    for (const std::string& reason : outcome->skipped) std::cerr << "skipped " << reason << "\n";
    for (const Error& refusal : outcome->refused) report_error(refusal);
    if (!outcome->refused.empty()) {
      exit_code = kSomethingBroke;
    } else if (outcome->rewrites.empty()) {
      exit_code = explain_nothing(*options, *outcome);
    }
  });
}

}  // namespace towline::bot
