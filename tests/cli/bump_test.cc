#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "base/json.h"
#include "cli/program.h"

namespace towline::cli {

namespace {

const std::string kDigest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const std::string kOtherDigest = "sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210";

const std::string kPod = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: app # the app\n      image: ";

const std::vector<std::string> kToFifteen = {"bump", "--image", "ghcr.io/acme/pay", "--to", "1.5.0"};

std::vector<std::string> bump(const std::vector<std::string>& more) {
  std::vector<std::string> arguments = kToFifteen;
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

}  // namespace

TEST_CASE("without --write a bump prints the diff and leaves the file alone") {
  const Place place({{"a.yaml", kPod + "ghcr.io/acme/pay:1.4.2\n"}});

  const Ran ran = towline(bump({"a.yaml"}), place.path());

  CHECK(ran.exit_code == kDone);
  CHECK(ran.err.empty());
  CHECK(ran.out ==
        "diff --git a/a.yaml b/a.yaml\n--- a/a.yaml\n+++ b/a.yaml\n@@ -3,4 +3,4 @@ "
        "kind: Pod\n spec:\n   containers:\n     - name: app # the app\n"
        "-      image: ghcr.io/acme/pay:1.4.2\n+      image: ghcr.io/acme/pay:1.5.0\n");
  CHECK(place.read("a.yaml") == kPod + "ghcr.io/acme/pay:1.4.2\n");
}

TEST_CASE("with --write only the bytes of the version change") {
  struct Edit {
    std::string file;
    std::string before;
    std::string after;
  };
  const std::vector<Edit> edits = {
      {"a.yaml", kPod + "ghcr.io/acme/pay:1.4.2  # why\n\n", kPod + "ghcr.io/acme/pay:1.5.0  # why\n\n"},
      {"a.yaml", kPod + "\"ghcr.io/acme/pay:1.4.2\"\n", kPod + "\"ghcr.io/acme/pay:1.5.0\"\n"},
      {"a.yaml", kPod + "'ghcr.io/acme/pay:1.4.2'", kPod + "'ghcr.io/acme/pay:1.5.0'"},
      {"a.yaml", "{apiVersion: v1, kind: Pod, spec: {containers: [{image: ghcr.io/acme/pay:1.4.2}]}}",
       "{apiVersion: v1, kind: Pod, spec: {containers: [{image: ghcr.io/acme/pay:1.5.0}]}}"},
      {"a.yaml", "apiVersion: v1\r\nkind: Pod\r\nimage: ghcr.io/acme/pay:1.4.2\r\n",
       "apiVersion: v1\r\nkind: Pod\r\nimage: ghcr.io/acme/pay:1.5.0\r\n"},
      {"a.yaml", "\xEF\xBB\xBF" + kPod + "ghcr.io/acme/pay:1.4.2\n",
       "\xEF\xBB\xBF" + kPod + "ghcr.io/acme/pay:1.5.0\n"},
      {"a.yaml",
       "# first\n---\n" + kPod + "ghcr.io/acme/pay:1.4.2\n---\n" + kPod + "nginx:1.27\n---\n" + kPod +
           "ghcr.io/acme/pay:1.3.0\n...\n",
       "# first\n---\n" + kPod + "ghcr.io/acme/pay:1.5.0\n---\n" + kPod + "nginx:1.27\n---\n" + kPod +
           "ghcr.io/acme/pay:1.5.0\n...\n"},
      {"kustomization.yaml", "images:\n  - name: ghcr.io/acme/pay\n    newTag: \"1.4.2\"\nkind: Kustomization\n",
       "images:\n  - name: ghcr.io/acme/pay\n    newTag: \"1.5.0\"\nkind: Kustomization\n"},
      {"values.yaml", "image:\n  repository: ghcr.io/acme/pay\n  tag: 1.4.2\n",
       "image:\n  repository: ghcr.io/acme/pay\n  tag: 1.5.0\n"},
  };
  for (const Edit& edit : edits) {
    const Place place({{edit.file, edit.before}});
    const Ran ran = towline(bump({"--write", edit.file}), place.path());
    CAPTURE(edit.before, ran.err);
    CHECK(ran.exit_code == kDone);
    CHECK(place.read(edit.file) == edit.after);
  }
}

TEST_CASE("a bump is idempotent: the second one says that nothing is left to do") {
  const Place place({{"a.yaml", kPod + "ghcr.io/acme/pay:1.4.2\n"}});
  CHECK(towline(bump({"--write", "."}), place.path()).exit_code == kDone);

  const Ran again = towline(bump({"--write", "."}), place.path());

  CHECK(again.exit_code == kAnswerIsNo);
  CHECK(again.out.empty());
  CHECK(again.err == "towline: every matching site already has 1.5.0\n");
}

TEST_CASE("a directory needs no git, and what is not a manifest stays untouched") {
  const Place place({{"apps/b.yml", kPod + "ghcr.io/acme/pay:1.4.2\n"},
                     {"apps/a.yaml", kPod + "ghcr.io/acme/pay:1.4.1\n"},
                     {"apps/notes.txt", "image: ghcr.io/acme/pay:1.4.2\n"},
                     {".git/a.yaml", kPod + "ghcr.io/acme/pay:1.4.2\n"}});

  const Ran ran = towline(bump({"--write", "--format", "json", ".", "apps/a.yaml"}), place.path());

  CHECK(ran.exit_code == kDone);
  const Json rewrites = Json::parse(ran.out);
  REQUIRE(rewrites.size() == 2);
  CHECK(rewrites[0]["file"] == "apps/a.yaml");
  CHECK(rewrites[0]["written"] == true);
  CHECK(rewrites[1]["file"] == "apps/b.yml");
  CHECK(place.read("apps/a.yaml") == kPod + "ghcr.io/acme/pay:1.5.0\n");
  CHECK(place.read("apps/notes.txt") == "image: ghcr.io/acme/pay:1.4.2\n");
  CHECK(place.read(".git/a.yaml") == kPod + "ghcr.io/acme/pay:1.4.2\n");
}

TEST_CASE("--from leaves sites with other versions alone") {
  const std::string pinned = kPod + "ghcr.io/acme/pay:1.4.2@" + kDigest + "\n";
  const Place place({{"a.yaml", pinned + "---\n" + kPod + "ghcr.io/acme/pay:1.3.0\n"}});

  const Ran other_digest = towline(bump({"--from", "1.4.2@" + kOtherDigest, "--write", "a.yaml"}), place.path());
  CHECK(other_digest.exit_code == kAnswerIsNo);
  CHECK(other_digest.err ==
        "towline: no site of ghcr.io/acme/pay at 1.4.2@" + kOtherDigest + " was found; it is there with other tags\n");

  CHECK(towline(bump({"--from", "1.4.2", "--write", "a.yaml"}), place.path()).exit_code == kDone);
  CHECK(place.read("a.yaml") == kPod + "ghcr.io/acme/pay:1.5.0\n---\n" + kPod + "ghcr.io/acme/pay:1.3.0\n");
}

TEST_CASE("a digest can be set behind the tag") {
  const Place place({{"a.yaml", kPod + "ghcr.io/acme/pay:1.4.2\n"}});

  const Ran ran =
      towline({"bump", "--image", "ghcr.io/acme/pay", "--to", "1.5.0@" + kDigest, "--write", "a.yaml"}, place.path());

  CHECK(ran.exit_code == kDone);
  CHECK(place.read("a.yaml") == kPod + "ghcr.io/acme/pay:1.5.0@" + kDigest + "\n");
}

TEST_CASE("an image that is nowhere gets the nearest name that is there") {
  const Place place({{"a.yaml", kPod + "ghcr.io/acme/pay:1.4.2\n"}});

  const Ran near = towline({"bump", "--image", "ghcr.io/acme/pya", "--to", "1.5.0", "."}, place.path());
  CHECK(near.exit_code == kAnswerIsNo);
  CHECK(near.out.empty());
  CHECK(near.err == "towline: no site of ghcr.io/acme/pya was found; did you mean ghcr.io/acme/pay?\n");

  const Ran far = towline({"bump", "--image", "quay.io/other/thing", "--to", "1.5.0", "."}, place.path());
  CHECK(far.exit_code == kAnswerIsNo);
  CHECK(far.err == "towline: no site of quay.io/other/thing was found\n");
}

TEST_CASE("what cannot be an image, a version or a path is refused") {
  const Place place({{"a.yaml", kPod + "ghcr.io/acme/pay:1.4.2\n"}});
  struct Refusal {
    std::vector<std::string> arguments;
    std::string sentence;
  };
  const std::vector<Refusal> refusals = {
      {{"bump", "--image", "ghcr.io/acme/pay", "--to", "not a tag", "a.yaml"},
       "towline: 'not a tag' is not a version: a space at character 4; a tag takes letters, digits, '_', '.' and '-', "
       "and begins with neither '.' nor '-'\n"},
      {{"bump", "--image", "ghcr.io/acme/pay", "--to", "@sha256:abc", "a.yaml"},
       "towline: '@sha256:abc' is not a version: its end at character 12; a sha256 digest has 64 digits, this one has "
       "3\n"},
      {{"bump", "--image", "ghcr.io/acme/pay", "--to", "1.5.0@md5:0123", "a.yaml"},
       "towline: '1.5.0@md5:0123' is not a version: 'm' at character 7; the algorithm 'md5' is not known; a digest is "
       "sha256: and 64 hexadecimal digits, or sha512: and 128\n"},
      {{"bump", "--image", "ghcr.io/acme/pay", "--to", "1.5.0", "--from", "1@SHA256:00", "a.yaml"},
       "towline: '1@SHA256:00' is not a version: 'S' at character 3; the algorithm 'SHA256' is not known; a digest is "
       "sha256: and 64 hexadecimal digits, or sha512: and 128\n"},
      {{"bump", "--image", "ghcr.io/acme/pay", "--to", "1.5\x1b[31m", "a.yaml"},
       "towline: '1.5[31m' is not a version: byte 0x1b at character 4; a tag takes letters, digits, '_', '.' and '-', "
       "and begins with neither '.' nor '-'\n"},
      {{"bump", "--image", "ghcr.io/acme/pay:1", "--to", "1.5.0", "a.yaml"},
       "towline: 'ghcr.io/acme/pay:1' is not an image name: ':' at character 17; write the name without tag and "
       "digest\n"},
      {{"bump", "--image", "ghcr.io/acme/pay", "--to", "1.5.0", "--from", "-x", "a.yaml"},
       "towline: '-x' is not a version: '-' at character 1; a tag takes letters, digits, '_', '.' and '-', and begins "
       "with neither '.' nor '-'\n"},
      {{"bump", "--image", "ghcr.io/Acme/pay", "--to", "1.5.0", "a.yaml"},
       "towline: 'ghcr.io/Acme/pay' is not an image name: 'A' at character 9; a repository takes lower-case letters "
       "and digits, with one '.', one or two '_' or any number of '-' between them\n"},
      {{"bump", "--image", "ghcr.io/acme/pay", "--to", "1.5.0", "b.yaml"},
       "towline: there is no file or directory b.yaml\n"},
  };
  for (const Refusal& refusal : refusals) {
    const Ran ran = towline(refusal.arguments, place.path());
    CAPTURE(refusal.arguments);
    CHECK(ran.exit_code == kWrongUse);
    CHECK(ran.err == refusal.sentence);
    CHECK(ran.out.empty());
  }
}

TEST_CASE("a file with a site that cannot be bumped stays as it was and is told; the others are bumped") {
  const std::string digest_only = kPod + "ghcr.io/acme/pay@" + kDigest + "\n";
  const std::string half = kPod + "ghcr.io/acme/pay:1.4.2\n---\n" + digest_only;
  const Place place({{"a.yaml", kPod + "ghcr.io/acme/pay:1.4.2\n"}, {"b.yaml", digest_only}, {"c.yaml", half}});
  const std::string told =
      "towline: b.yaml:6:14: ghcr.io/acme/pay cannot be set to 1.5.0: it is pinned by a digest alone, and no digest is "
      "known\n"
      "towline: c.yaml:13:14: ghcr.io/acme/pay cannot be set to 1.5.0: it is pinned by a digest alone, and no digest "
      "is known\n";

  const Ran shown = towline(bump({"."}), place.path());
  CHECK(shown.exit_code == kSomethingBroke);
  CHECK(shown.err == told);
  CHECK_THAT(shown.out,
             Catch::Contains("+++ b/a.yaml") && !Catch::Contains("b/b.yaml") && !Catch::Contains("b/c.yaml"));
  CHECK(place.read("a.yaml") == kPod + "ghcr.io/acme/pay:1.4.2\n");

  const Ran written = towline(bump({"--write", "."}), place.path());
  CHECK(written.exit_code == kSomethingBroke);
  CHECK(written.err == told);
  CHECK(place.read("a.yaml") == kPod + "ghcr.io/acme/pay:1.5.0\n");
  CHECK(place.read("b.yaml") == digest_only);
  CHECK(place.read("c.yaml") == half);
}

TEST_CASE("where every site is refused nothing is printed but why") {
  const Place place({{"b.yaml", kPod + "ghcr.io/acme/pay@" + kDigest + "\n"}});

  const Ran ran = towline(bump({"--write", "."}), place.path());

  CHECK(ran.exit_code == kSomethingBroke);
  CHECK(ran.out.empty());
  CHECK(ran.err ==
        "towline: b.yaml:6:14: ghcr.io/acme/pay cannot be set to 1.5.0: it is pinned by a digest alone, and no digest "
        "is known\n");
}

TEST_CASE("a file that mentions the image and is not YAML is told, not passed over in silence") {
  const Place place(
      {{"a.yaml", kPod + "ghcr.io/acme/pay:1.4.2\n"},
       {"chart/templates/deployment.yaml", "{{ if .Values.x }}\nimage: ghcr.io/acme/pay:1.4.2\n{{ end }}\n"}});

  const Ran ran = towline(bump({"--write", "."}), place.path());

  CHECK(ran.exit_code == kDone);
  CHECK_THAT(ran.err, Catch::StartsWith("skipped chart/templates/deployment.yaml: "));
  CHECK(place.read("a.yaml") == kPod + "ghcr.io/acme/pay:1.5.0\n");
}

TEST_CASE("what does not mention the image's last path component is not parsed, be it a file or a document") {
  // Only reading them as YAML shows that they are none.
  const std::string broken = "image: ghcr.io/acme/other:1\nx: [\n";
  const std::string mentioned = "image: ghcr.io/acme/pay:1.4.2\nx: [\n";
  const Place place(
      {{"a.yaml", kPod + "ghcr.io/acme/pay:1.4.2\n---\n" + broken}, {"b.yaml", broken}, {"c.yaml", mentioned}});

  const Ran ran = towline(bump({"--write", "."}), place.path());

  CHECK(ran.exit_code == kDone);
  CHECK_THAT(ran.err, Catch::StartsWith("skipped c.yaml: line "));
  CHECK_THAT(ran.err, !Catch::Contains("a.yaml") && !Catch::Contains("b.yaml"));
  CHECK(place.read("a.yaml") == kPod + "ghcr.io/acme/pay:1.5.0\n---\n" + broken);
  CHECK(place.read("c.yaml") == mentioned);
}

TEST_CASE("a link of a repository that leads out of it is not written through") {
  // Given a repository whose links lead to a file, a directory and a repository outside
  const Place place({{"repo/a.yaml", kPod + "ghcr.io/acme/pay:1.4.2\n"},
                     {"repo/.git/HEAD", "ref: refs/heads/main\n"},
                     {"repo/apps/inside.yaml", kPod + "ghcr.io/acme/pay:1.4.2\n"},
                     {"outside/pod.yaml", kPod + "ghcr.io/acme/pay:1.4.2\n"},
                     {"other/.git/HEAD", "ref: refs/heads/main\n"},
                     {"other/pod.yaml", kPod + "ghcr.io/acme/pay:1.4.2\n"}});
  const auto repo = place.path() / "repo";
  std::filesystem::create_symlink("../../outside", repo / "apps/dev");
  std::filesystem::create_symlink("../../other", repo / "apps/other");
  std::filesystem::create_symlink("../../outside/pod.yaml", repo / "apps/pod.yaml");
  std::filesystem::create_symlink("apps", repo / "within");

  struct Case {
    std::string argument;
    std::string from;
    std::string file;
    std::string to;
  };
  for (const Case& one : {Case{"apps/dev", "repo", "apps/dev/pod.yaml", "outside/pod.yaml"},
                          Case{"apps/dev/pod.yaml", "repo", "apps/dev/pod.yaml", "outside/pod.yaml"},
                          Case{"apps/other", "repo", "apps/other/pod.yaml", "other/pod.yaml"},
                          Case{"apps/pod.yaml", "repo", "apps/pod.yaml", "outside/pod.yaml"},
                          Case{"repo/apps/dev", "", "repo/apps/dev/pod.yaml", "outside/pod.yaml"}}) {
    INFO(one.argument);
    std::vector<std::string> arguments = bump({"--write", one.argument});
    if (one.from == "repo") arguments.emplace_back("a.yaml");
    const Ran ran = towline(arguments, place.path() / one.from);
    CHECK(ran.exit_code == kWrongUse);
    CHECK(ran.out.empty());
    CHECK(ran.err == "towline: cannot write " + one.file + ": a symbolic link leads out of the repository " +
                         std::filesystem::canonical(repo).string() + ", to " +
                         std::filesystem::canonical(place.path() / one.to).string() +
                         "; name that path if you mean it\n");
    CHECK(place.read(one.to) == kPod + "ghcr.io/acme/pay:1.4.2\n");
    CHECK(place.read("repo/a.yaml") == kPod + "ghcr.io/acme/pay:1.4.2\n");
  }

  // Then a link within the repository is followed, and so is the path that a person names.
  CHECK(towline(bump({"--write", "within/inside.yaml"}), repo).exit_code == kDone);
  CHECK(place.read("repo/apps/inside.yaml") == kPod + "ghcr.io/acme/pay:1.5.0\n");
  CHECK(towline(bump({"--write", "../outside"}), repo).exit_code == kDone);
  CHECK(place.read("outside/pod.yaml") == kPod + "ghcr.io/acme/pay:1.5.0\n");
}

TEST_CASE("a link stays a link, and a file keeps its mode") {
  const Place place({{"real.yaml", kPod + "ghcr.io/acme/pay:1.4.2\n"}});
  std::filesystem::create_symlink("real.yaml", place.path() / "link.yaml");
  REQUIRE(::chmod((place.path() / "real.yaml").c_str(), 0640) == 0);

  CHECK(towline(bump({"--write", "link.yaml"}), place.path()).exit_code == kDone);

  CHECK(std::filesystem::is_symlink(place.path() / "link.yaml"));
  CHECK(place.read("real.yaml") == kPod + "ghcr.io/acme/pay:1.5.0\n");
  struct stat status {};
  REQUIRE(::stat((place.path() / "real.yaml").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777u) == 0640u);
}

TEST_CASE("a file over the limit is refused with its name") {
  const Place place({{"big.yaml", ""}});
  std::filesystem::resize_file(place.path() / "big.yaml", (64u << 20) + 1);

  const Ran ran = towline(bump({"big.yaml"}), place.path());

  CHECK(ran.exit_code == kWrongUse);
  CHECK(ran.err == "towline: cannot read big.yaml: it is larger than the limit of 67108864 bytes\n");
}

}  // namespace towline::cli
