#include "base/log.h"

#include <fcntl.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include "base/crypto.h"
#include "base/files.h"
#include "base/text.h"

namespace towline {
namespace {

/// Stderr goes to a file for the life of the object.
class CapturedStderr {
 public:
  CapturedStderr() : directory_(*TemporaryDirectory::create("towline-test")), saved_(::dup(2)) {
    const int file = ::open(path().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ::dup2(file, 2);
    ::close(file);
  }
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;
  ~CapturedStderr() { finish(); }

  /// What was written, without the time that starts each line.
  std::string finish() {
    if (saved_ < 0) return {};
    ::dup2(saved_, 2);
    ::close(saved_);
    saved_ = -1;
    std::string text;
    const std::string content = *read_file(path());
    for (const std::string_view line : split_lines(content)) {
      text.append(line.substr(std::string_view("2026-11-24T15:00:00.123Z ").size())).append("\n");
    }
    return text;
  }

 private:
  std::filesystem::path path() const { return directory_.path() / "stderr"; }
  TemporaryDirectory directory_;
  int saved_;
};

TEST_CASE("a line has level, message and fields") {
  CapturedStderr captured;
  log::info("opened the pull request", {{"repo", "acme/infra"}, {"title", "dev: pay"}, {"empty", ""}});
  log::error("failed");
  CHECK(captured.finish() ==
        "info  opened the pull request repo=acme/infra title=\"dev: pay\" empty=\"\"\nerror failed\n");
}

TEST_CASE("a secret that the log knows is in no line, in whatever form it arrives") {
  log::add_secret(Secret("tok\"en hunter2"));
  CapturedStderr captured;
  log::warn("refused tok\"en hunter2", {{"header", "Basic " + base64_encode("bot:tok\"en hunter2")},
                                        {"value", "tok\"en hunter2"},
                                        {"url", "https://u:p@host/x"}});
  CHECK(captured.finish() == "warn  refused *** header=\"Basic Ym90On***\" value=*** url=https://***@host/x\n");
}

TEST_CASE("a line stays one line and shows no control characters") {
  CapturedStderr captured;
  log::info("a\nb\x1B[2J", {{"title", "x\n2026-11-24T15:00:00.123Z info  forged"}});
  CHECK(captured.finish() == "info  a\\nb[2J title=\"x\\n2026-11-24T15:00:00.123Z info  forged\"\n");
}

TEST_CASE("lines below the level are dropped") {
  CapturedStderr captured;
  log::debug("hidden");
  log::set_level(log::Level::debug);
  log::debug("shown");
  log::set_level(log::Level::info);
  CHECK(captured.finish() == "debug shown\n");
}

}  // namespace
}  // namespace towline
