#include <unistd.h>

#include <csignal>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "base/log.h"
#include "commands.h"
#include "load.h"
#include "program/own_process.h"
#include "web/server.h"

namespace towline::bot {

namespace {

constexpr Duration kStopDeadline = std::chrono::seconds(8);

Result<bool> serve(const std::string& file) {
  keep_process_private();
  TRY(config::ServerConfig config, load_server_config(file));
  // Blocked before any thread starts, so that only sigwait() below sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  TRY(Opened opened, open_engine(config));
  TRY(auto server, web::Server::start(*opened.engine, config));
  log::info("listening", {{"address", config.listen_host + ":" + std::to_string(server->port())},
                          {"public_url", config.public_url},
                          {"data", config.data.string()}});
  if (const auto lines = opened.engine->describe()) {
    for (const std::string& line : *lines) log::info(line);
  } else {
    log::warn("the forge is not available yet; retrying: " + lines.error().message);
  }
  opened.engine->start();
  int signal = 0;
  sigwait(&signals, &signal);
  log::info("stopping", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
  server->stop();
  const bool finished = opened.engine->stop(kStopDeadline);
  if (!finished) {
    log::warn("some work did not end in time and was released; it is done again at the next start");
    // Threads still use the engine: the process ends without tearing it down.
    _exit(kDone);
  }
  log::info("stopped");
  return true;
}

}  // namespace

void add_serve(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("serve", "Run the bot: receive webhooks and keep the repositories in line");
  auto file = std::make_shared<std::string>();
  command->add_option("--config", *file, "The server's configuration file")->required()->type_name("FILE");
  command->footer("Example:\n  towline serve --config /etc/towline/towline.yaml");
  command->callback([file, &exit_code] {
    const auto served = serve(*file);
    exit_code = served ? static_cast<int>(kDone) : report_error(served.error());
  });
}

}  // namespace towline::bot
