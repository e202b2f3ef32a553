// What other users, and other processes of the same user, can see of a running bot.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "cli/program.h"
#include "support/child_process.h"
#include "support/eventually.h"
#include "support/paths.h"

namespace towline::cli {

namespace {

namespace fs = std::filesystem;

const std::string kToken = "gta_0123456789abcdef-the-token";
const std::string kSecret = "h00k-secret-of-the-forge";

std::string server_config(int port, int forge_port) {
  return "listen: 127.0.0.1:" + std::to_string(port) +
         "\ndata: ./data\nforges:\n  - name: gitea\n    kind: gitea\n    url: http://127.0.0.1:" +
         std::to_string(forge_port) +
         "\n    token: {env: GITEA_TOKEN}\n    webhook_secrets: [{env: GITEA_WEBHOOK_SECRET}]\n"
         "    repositories: [acme/infra]\n";
}

std::string read_all(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Paths below, and the directory itself, that group or others may do anything with.
std::vector<std::string> open_to_others(const fs::path& directory) {
  std::vector<std::string> found;
  const auto look = [&](const fs::path& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || S_ISLNK(status.st_mode)) return;
    if ((status.st_mode & 077u) != 0) found.push_back(path.string());
  };
  look(directory);
  for (const auto& entry : fs::recursive_directory_iterator(directory)) look(entry.path());
  return found;
}

/// `towline serve` as an ordinary user.
struct Serving {
  Place place;
  std::unique_ptr<test::ChildProcess> process;

  explicit Serving(const std::string& prepare = "true") {
    const int port = test::free_port().value();
    place.put("towline.yaml", server_config(port, test::free_port().value()));
    REQUIRE(shell(prepare, place.path()).exit_code == 0);
    test::ChildProcess::Spec spec;
    spec.argv = {test::binary_dir() + "/towline", "serve", "--config", "towline.yaml"};
    if (::geteuid() == 0) {
      REQUIRE(shell("chown -R 65534:65534 .", place.path()).exit_code == 0);
      spec.argv.insert(spec.argv.begin(), {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"});
    }
    spec.environment = {{"PATH", "/usr/local/bin:/usr/bin:/bin"},
                        {"GITEA_TOKEN", kToken},
                        {"GITEA_WEBHOOK_SECRET", kSecret},
                        {"HARMLESS", "shown"}};
    spec.directory = place.path();
    spec.log = place.path() / "log";
    process = test::ChildProcess::start(spec).value();
  }

  std::string log() const { return read_all(place.path() / "log"); }
  bool listens() const {
    return test::eventually([&] { return log().find("listening") != std::string::npos; });
  }
  fs::path proc(const std::string& name) const { return "/proc/" + std::to_string(process->pid()) + "/" + name; }
};

}  // namespace

TEST_CASE("a running bot has no token in its environment, and other processes of its user cannot read its memory") {
  const Serving bot;
  REQUIRE(bot.listens());

  const std::string environment = read_all(bot.proc("environ"));
  CHECK_THAT(environment, !Catch::Contains(kToken) && !Catch::Contains(kSecret));
  CHECK_THAT(read_all(bot.proc("limits")), Catch::Contains("Max core file size        0                    0"));
#ifndef __SANITIZE_ADDRESS__
  // The kernel gives the files of a process that is not dumpable to root.
  struct stat status {};
  REQUIRE(::stat(bot.proc("environ").c_str(), &status) == 0);
  CHECK(status.st_uid == 0);
  if (::geteuid() == 0) {
    CHECK_THAT(environment, Catch::Contains("HARMLESS=shown"));
    for (const std::string file : {"environ", "maps", "mem"}) {
      CAPTURE(file);
      const Ran ran = shell("setpriv --reuid=65534 --regid=65534 --clear-groups head -c 1 " + bot.proc(file).string());
      CHECK(ran.exit_code != 0);
      CHECK_THAT(ran.err, Catch::Contains("Permission denied"));
    }
  }
#endif
  CHECK_THAT(bot.log(), !Catch::Contains(kToken) && !Catch::Contains(kSecret));
}

TEST_CASE("a data directory of an earlier version is tightened, and the log says so") {
  const Serving bot(
      "mkdir -p data/mirrors/gitea && touch data/towline.db && chmod 0755 data data/mirrors && "
      "chmod 0644 data/towline.db");
  REQUIRE(bot.listens());
  CHECK(open_to_others(bot.place.path() / "data") ==
        std::vector<std::string>{"" + (bot.place.path() / "data/mirrors/gitea").string()});
  for (const std::string name :
       {"./data from 0755 to 0700", "./data/mirrors from 0755 to 0700", "./data/towline.db from 0644 to 0600"}) {
    CHECK_THAT(bot.log(), Catch::Contains("Changed the mode of " + name + ": other users could read it"));
  }
}

TEST_CASE("a data directory that others may write, and a damaged key, stop the start with a sentence") {
  struct Case {
    std::string prepare;
    std::string sentence;
  };
  const std::vector<Case> cases = {
      {"mkdir data && chmod 0777 data",
       "towline: the data directory ./data is writable by other users (mode 0777), who may have changed what is in it. "
       "Check it, then run: chmod -R go-rwx ./data\n"},
      {"mkdir -m 700 data && (umask 077 && echo short > data/masking.key)",
       "towline: The key ./data/masking.key is damaged: it must be 64 hexadecimal digits. Restore it from a backup. If "
       "you delete it, a new one is made at the next start, masked values look changed once, and approvals of diffs "
       "with masked values must be given again\n"},
  };
  for (const Case& test : cases) {
    Serving bot(test.prepare);
    REQUIRE(test::eventually([&] { return !bot.process->running(); }));
    CHECK(bot.process->exit_code() != 0);
    CHECK(bot.log() == test.sentence);
  }
}

TEST_CASE("after a whole story every file that the bot wrote is its user's alone") {
  const Place place;
  const Ran ran = towline({"demo", "--once", "--keep", "story"}, place.path());
  CAPTURE(ran.out, ran.err);
  REQUIRE(ran.exit_code == kDone);
  CHECK(fs::exists(place.path() / "story/bot/towline.db"));
  CHECK(fs::exists(place.path() / "story/bot/mirrors"));
  CHECK(open_to_others(place.path() / "story/bot").empty());
}

}  // namespace towline::cli
