// A bot that ends by SIGKILL at a chosen point of its work: reconciles everything once with the configuration given.
//   crashing_bot CONFIG POINT NOW [IMAGE TAG DIGEST | COMMENT]
// POINT is the number of the probe (from 1) at which it kills itself; 0 never. Its clock stands at NOW, the forge's own
// time. First it is told of an image, or of a comment: COMMENT is a file with the body of Gitea's delivery. Prints how
// many probes it passed.
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "engine/engine.h"
#include "forge/gitea/gitea.h"

using namespace towline;

namespace {

int give_up(const Error& error) {
  std::cerr << error.message << "\n" << error.detail << "\n";
  return 1;
}

Result<int> run(const std::string& file, int crash_at, std::string_view now, const std::vector<std::string>& told) {
  TRY(const TimePoint time, parse_time(now));
  TRY(const std::string text, read_file(file));
  TRY(const config::ServerConfig config, config::parse_server_config(file, text, {}));
  std::filesystem::create_directories(config.data);
  TRY(auto opened, store::open_sqlite(config.data / "towline.db"));
  int passed = 0;
  engine::Dependencies dependencies;
  dependencies.config = config;
  dependencies.clock = std::make_shared<ManualClock>(time);
  dependencies.store = std::move(opened);
  dependencies.probe = [&](std::string_view) {
    if (++passed == crash_at) kill(getpid(), SIGKILL);
  };
  TRY(const auto bot, engine::Engine::create(std::move(dependencies)));
  if (told.size() == 3) {
    TRY(const auto name, image::parse_image_name(told[0]));
    TRY(const auto tag, image::parse_tag(told[1]));
    TRY(const auto digest, image::parse_digest(told[2]));
    TRY(const auto taken, bot->images_pushed("ci", "delivery-1", {{name, tag, digest}}));
    static_cast<void>(taken);
  }
  if (told.size() == 1) {
    TRY(const std::string body, read_file(told[0]));
    TRY(const auto delivery, forge::parse_gitea({{"X-Gitea-Event", "issue_comment"}}, body));
    TRY(const auto taken, bot->forge_event("sandbox", delivery));
    static_cast<void>(taken);
  }
  TRY(const auto report, bot->reconcile_all());
  static_cast<void>(report);
  return passed;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  log::set_level(log::Level::error);
  const auto passed = run(argv[1], std::atoi(argv[2]), argv[3], {argv + 4, argv + argc});
  if (!passed) return give_up(passed.error());
  std::cout << *passed << "\n";
  return 0;
}
