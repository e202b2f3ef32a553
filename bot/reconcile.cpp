#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "commands.h"
#include "engine/keys.h"
#include "load.h"
#include "program/own_process.h"
#include "registry/receiver.h"

namespace towline::bot {

namespace {

struct Options {
  std::string config;
  std::string key;
  std::vector<std::string> images;
  std::string format = "text";
};

/// "NAME:TAG[@DIGEST]", as the argument of --image.
Result<registry::ImagePushed> parse_image(const std::string& text) {
  TRY(const image::Reference reference, image::parse_reference(text));
  if (!reference.tag) return fail(ErrorKind::invalid, "'" + text + "' has no tag: write NAME:TAG or NAME:TAG@DIGEST");
  return registry::ImagePushed{reference.name, *reference.tag, reference.digest};
}

/// A key of something that the configuration names; the engine would drop any other.
Result<void> check_key(const std::string& text, const config::ServerConfig& config) {
  const auto key = engine::parse_key(text);
  if (!key) {
    return fail(ErrorKind::invalid,
                "'" + text + "' is not a key: write repo:FORGE/OWNER/NAME or pull:FORGE/OWNER/NAME#NUMBER");
  }
  std::vector<std::string> known;
  for (const config::ForgeConfig& forge : config.forges) {
    for (const RepoName& repo : forge.repositories) {
      if (forge.name == key->forge && repo == key->repo) return {};
      known.push_back(forge.name + "/" + repo.str());
    }
  }
  return fail(ErrorKind::invalid, "the configuration does not name the repository of '" + text + "'; it names " +
                                      (known.empty() ? "none" : join(known, ", ")));
}

Result<engine::RunReport> reconcile(const Options& options) {
  keep_process_private();
  TRY(const config::ServerConfig config, load_server_config(options.config));
  if (!options.key.empty()) CHECK_OK(check_key(options.key, config));
  std::vector<registry::ImagePushed> images;
  for (const std::string& text : options.images) {
    TRY(registry::ImagePushed image, parse_image(text));
    images.push_back(std::move(image));
  }
  TRY(const Opened opened, open_engine(config));
  if (!images.empty()) {
    const std::string delivery = "command-line-" + format_time(opened.clock->now());
    TRY(const auto taken, opened.engine->images_pushed(engine::kCommandLine, delivery, images));
    static_cast<void>(taken);
  }
  return options.key.empty() ? opened.engine->reconcile_all() : opened.engine->reconcile(options.key);
}

void print(const engine::RunReport& report, const std::string& format) {
  if (format == "json") {
    std::cout << dump_json(Json{{"actions", report.actions}, {"refusals", report.refusals}}, 2) << "\n";
    return;
  }
  for (const std::string& action : report.actions) std::cout << action << "\n";
  for (const std::string& refusal : report.refusals) std::cout << "not done: " << refusal << "\n";
  if (report.actions.empty()) std::cout << "nothing to do\n";
}

}  // namespace

void add_reconcile(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("reconcile", "Look at everything once, do what is due, and end: no server needed");
  auto options = std::make_shared<Options>();
  command->add_option("--config", options->config, "The server's configuration file")->required()->type_name("FILE");
  command->add_option("--key", options->key, "Only this: repo:FORGE/OWNER/NAME or pull:FORGE/OWNER/NAME#NUMBER");
  command->add_option("--image", options->images, "An image that was pushed, NAME:TAG[@DIGEST]; may be repeated");
  command->add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  command->footer(
      "Examples:\n  towline reconcile --config towline.yaml\n"
      "  towline reconcile --config towline.yaml --image ghcr.io/acme/pay:1.5.0");
  command->callback([options, &exit_code] {
    log::set_level(log::Level::warn);
    const auto report = reconcile(*options);
    if (!report) {
      exit_code = report_error(report.error());
      return;
    }
    print(*report, options->format);
  });
}

}  // namespace towline::bot
