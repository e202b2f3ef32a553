#include "git/mirror.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>

#include "git/fixture.h"
#include "git/transport.h"

namespace towline::git {
namespace {

namespace fs = std::filesystem;

/// A mirror and its remote, and a program that leaves a mark when it is run.
struct Poisoned {
  Fixture remote;
  Fixture mirror;
  fs::path mark = mirror.directory.path() / "mark";
  fs::path program = mirror.directory.path() / "evil";
  Remote address = {remote.path().string(), "", Secret()};
  CommitId first = remote.commit({}, {put("a", "1")});
  CommitId ours = mirror.commit({}, {put("a", "2")});

  Poisoned() {
    write(program, "#!/bin/sh\necho run > '" + mark.string() + "'\nexit 1\n");
    REQUIRE(remote.repository.set_ref("refs/heads/main", first));
  }

  static void write(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
    fs::permissions(path, fs::perms::owner_all);
  }
  void add_config(const std::string& text) const { std::ofstream(mirror.path() / "config", std::ios::app) << text; }
  void add_hook(const std::string& name) const {
    fs::create_directories(mirror.path() / "hooks");
    fs::copy_file(program, mirror.path() / "hooks" / name);
  }
  bool was_run() const { return fs::exists(mark); }
};

struct Poison {
  const char* name;
  std::function<void(const Poisoned&)> put;
  bool works = false;  ///< what an unprotected git runs in a fetch or push
};

const std::vector<Poison>& poisons() {
  static const std::vector<Poison> kPoisons = {
      {"a hook of a fetch", [](const Poisoned& p) { p.add_hook("reference-transaction"); }, true},
      {"a hook of a push", [](const Poisoned& p) { p.add_hook("pre-push"); }, true},
      {"hooks elsewhere",
       [](const Poisoned& p) {
         Poisoned::write(p.mirror.directory.path() / "elsewhere/pre-push",
                         "#!/bin/sh\nexec " + p.program.string() + "\n");
         p.add_config("[core]\n\thooksPath = " + (p.mirror.directory.path() / "elsewhere").string() + "\n");
       },
       true},
      {"a command for the references of alternates",
       [](const Poisoned& p) {
         Poisoned::write(p.mirror.path() / "objects/info/alternates", (p.remote.path() / "objects").string() + "\n");
         p.add_config("[core]\n\talternateRefsCommand = " + p.program.string() + "\n");
       },
       true},
      {"the remote's program for fetches",
       [](const Poisoned& p) {
         p.add_config("[remote \"" + p.address.url + "\"]\n\turl = " + p.address.url +
                      "\n\tuploadpack = " + p.program.string() + "\n");
       }},
      {"the remote's program for pushes",
       [](const Poisoned& p) {
         p.add_config("[remote \"" + p.address.url + "\"]\n\turl = " + p.address.url +
                      "\n\treceivepack = " + p.program.string() + "\n");
       }},
      {"another protocol for the remote",
       [](const Poisoned& p) {
         p.add_config("[url \"ext::" + p.program.string() + " \"]\n\tinsteadOf = " + p.address.url +
                      "\n[protocol \"ext\"]\n\tallow = always\n");
       },
       true},
      {"more configuration by include",
       [](const Poisoned& p) {
         Poisoned::write(p.mirror.directory.path() / "more", "[url \"ext::" + p.program.string() +
                                                                 " \"]\n\tinsteadOf = " + p.address.url +
                                                                 "\n[protocol \"ext\"]\n\tallow = always\n");
         p.add_config("[include]\n\tpath = " + (p.mirror.directory.path() / "more").string() + "\n");
       },
       true},
      {"another common directory",
       [](const Poisoned& p) {
         const fs::path other = p.mirror.directory.path() / "other";
         fs::copy(p.mirror.path(), other, fs::copy_options::recursive);
         Poisoned::write(other / "hooks/pre-push", "#!/bin/sh\nexec " + p.program.string() + "\n");
         Poisoned::write(p.mirror.path() / "commondir", other.string() + "\n");
       },
       true},
      {"a repository in the repository",
       [](const Poisoned& p) {
         fs::copy(p.mirror.path(), p.mirror.directory.path() / "copy", fs::copy_options::recursive);
         fs::rename(p.mirror.directory.path() / "copy", p.mirror.path() / ".git");
         Poisoned::write(p.mirror.path() / ".git/hooks/pre-push", "#!/bin/sh\nexec " + p.program.string() + "\n");
       }},
      {"programs of many kinds",
       [](const Poisoned& p) {
         const std::string evil = p.program.string();
         p.add_config("[core]\n\tfsmonitor = " + evil + "\n\tsshCommand = " + evil + "\n\tgitProxy = " + evil +
                      "\n\taskPass = " + evil + "\n\tpager = " + evil + "\n\teditor = " + evil +
                      "\n[credential]\n\thelper = " + evil + "\n[filter \"x\"]\n\tclean = " + evil +
                      "\n\tsmudge = " + evil + "\n\tprocess = " + evil + "\n[uploadpack]\n\tpackObjectsHook = " + evil +
                      "\n[gpg]\n\tprogram = " + evil + "\n[push]\n\tgpgSign = if-asked\n");
         Poisoned::write(p.mirror.path() / "info/attributes", "* filter=x diff=x merge=x\n");
       }},
  };
  return kPoisons;
}

TEST_CASE("nothing that was put into a mirror is run by a fetch or a push") {
  for (const Poison& poison : poisons()) {
    DYNAMIC_SECTION(poison.name) {
      const Poisoned place;
      poison.put(place);
      CHECK(fetch(place.mirror.path(), place.address, {"+refs/heads/*:refs/remotes/origin/*"}));
      CHECK(push(place.mirror.path(), place.address, {{"refs/heads/x", place.ours, std::nullopt}}));
      CHECK(place.mirror.ref("refs/remotes/origin/main") == place.first);
      CHECK(place.remote.ref("refs/heads/x") == place.ours);
      CHECK_FALSE(place.was_run());
    }
  }
}

TEST_CASE("the same poison is run by a git that nothing holds back") {
  for (const Poison& poison : poisons()) {
    if (!poison.works) continue;
    DYNAMIC_SECTION(poison.name) {
      const Poisoned place;
      poison.put(place);
      place.mirror.git({"fetch", "--", place.address.url, "+refs/heads/*:refs/remotes/origin/*"});
      place.mirror.git({"push", "--", place.address.url, place.ours.str() + ":refs/heads/x"});
      CHECK(place.was_run());
    }
  }
}

TEST_CASE("a mirror that was just made is as Towline leaves it") {
  const Fixture mirror;
  const std::string config = read_file(mirror.path() / "config").value();
  CHECK(config == "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n");
  const auto written = fs::last_write_time(mirror.path() / "config");
  REQUIRE(secure_mirror(mirror.path()));
  CHECK(fs::last_write_time(mirror.path() / "config") == written);
  CHECK_FALSE(fs::exists(mirror.path() / "hooks"));
}

TEST_CASE("a configuration that is a link is replaced, and what it leads to is left alone") {
  const Fixture mirror;
  const fs::path other = mirror.directory.path() / "other";
  REQUIRE(write_file(other, "theirs"));
  fs::remove(mirror.path() / "config");
  fs::create_symlink(other, mirror.path() / "config");
  REQUIRE(secure_mirror(mirror.path()));
  CHECK_FALSE(fs::is_symlink(mirror.path() / "config"));
  CHECK(read_file(other) == "theirs");
}

TEST_CASE("git is not run in a mirror whose objects are elsewhere") {
  const Poisoned place;
  fs::rename(place.mirror.path() / "objects", place.mirror.directory.path() / "objects");
  fs::create_symlink(place.mirror.directory.path() / "objects", place.mirror.path() / "objects");
  const auto fetched = fetch(place.mirror.path(), place.address, {"+refs/heads/*:refs/remotes/origin/*"});
  REQUIRE_FALSE(fetched);
  CHECK(fetched.error().message.find("objects is a symbolic link, so git is not run there; remove the mirror") !=
        std::string::npos);
}

}  // namespace
}  // namespace towline::git
