#include <algorithm>
#include <iostream>
#include <memory>
#include <set>

#include <CLI/CLI.hpp>

#include "base/files.h"
#include "base/text.h"
#include "commands.h"
#include "git/patch.h"
#include "manifest/sites.h"
#include "paths.h"

namespace towline::bot {

namespace {

struct Options {
  std::string image;
  std::string to;
  std::string from;
  bool write = false;
  std::vector<std::string> paths;
};

struct Outcome {
  std::size_t changed = 0;
  bool matched = false;
  std::set<std::string> names;  ///< the images that are there, for the nearest one
};

bool is_wanted(const manifest::ImageSite& site, const std::optional<image::Version>& from) {
  if (!from) return true;
  if (from->tag && site.version.tag != from->tag) return false;
  return !from->digest || site.version.digest == from->digest;
}

Result<void> bump_file(const LocalFile& file, const image::ImageName& name, const image::Version& to,
                       const std::optional<image::Version>& from, bool write, Outcome& outcome) {
  TRY(const std::string text, read_file(file.disk));
  const auto wanted = [&](const manifest::ImageSite& site) {
    const bool is = is_wanted(site, from);
    outcome.matched = outcome.matched || is;
    return is;
  };
  auto bumped = manifest::bump_text(file.shown, text, name, to, wanted);
  if (!bumped) return tl::unexpected<Error>(bumped.error());
  if (*bumped == text) return {};
  ++outcome.changed;
  std::cout << git::unified_diff(file.shown, text, *bumped);
  return write ? write_file(file.disk, *bumped) : Result<void>();
}

Result<Outcome> bump(const Options& options) {
  TRY(const image::ImageName name, image::parse_image_name(options.image));
  TRY(const image::Version to, image::parse_version(options.to));
  std::optional<image::Version> from;
  if (!options.from.empty()) {
    TRY(from, image::parse_version(options.from));
  }
  TRY(const auto files, manifest_files(options.paths));
  Outcome outcome;
  for (const LocalFile& file : files) CHECK_OK(bump_file(file, name, to, from, options.write, outcome));
  if (outcome.changed == 0 && !outcome.matched) {
    for (const LocalFile& file : files) {
      TRY(const std::string text, read_file(file.disk));
      for (const auto& site : manifest::find_sites(file.shown, text).sites) outcome.names.insert(site.name.str());
    }
  }
  return outcome;
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
  command->add_flag("--write", options->write, "Write the files (without it, only the diff is printed)");
  command->add_option("PATH", options->paths, "Files and directories")->required();
  command->footer(
      "Exit status: 0 something changed, 1 nothing matched.\n"
      "Example:\n  towline bump --image ghcr.io/acme/pay --to 1.5.0 --write apps/dev");
  command->callback([options, &exit_code] {
    const auto outcome = bump(*options);
    if (!outcome) {
      exit_code = report_error(outcome.error());
    } else if (outcome->changed == 0) {
      exit_code = explain_nothing(*options, *outcome);
    }
  });
}

}  // namespace towline::bot
