#include "engine/refresh_image.h"

#include <httplib.h>

#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <thread>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"

namespace towline::engine {

namespace {

const image::ImageName kName{"registry.acme.example", "acme/pay"};
constexpr TimePoint kStart{std::chrono::seconds(1'800'000'000)};

std::string digest_text(std::string_view bytes) { return "sha256:" + sha256_hex(bytes); }

/// A registry on a loopback port whose tags name manifests without a configuration.
class Registry {
 public:
  Registry() {
    server_.Get(R"(/v2/acme/pay/tags/list)", [this](const httplib::Request&, httplib::Response& response) {
      ++lists;
      if (!next.empty()) response.set_header("Link", "<" + next + ">; rel=\"next\"");
      if (!list.empty()) {
        response.set_content(list, "application/json");
        return;
      }
      Json names = Json::array();
      for (const auto& [tag, manifest] : manifests) names.push_back(tag);
      response.set_content(dump_json(Json{{"tags", names}}), "application/json");
    });
    server_.Get(R"(/v2/acme/pay/manifests/(.+))", [this](const httplib::Request& request, httplib::Response& response) {
      ++asked;
      response.status = down ? 500 : 404;
      if (down) return;
      for (const auto& [tag, manifest] : manifests) {
        if (request.matches[1] != tag && request.matches[1] != digest_text(manifest)) continue;
        response.status = 200;
        response.set_header("Docker-Content-Digest", digest_text(manifest));
        for (int i = 0; i < more_headers; ++i) response.set_header("X-More", std::string(1'000, 'x'));
        response.set_content(in_place.empty() ? manifest : in_place, "application/vnd.oci.image.manifest.v1+json");
      }
      if (!elsewhere.empty()) response.set_redirect(elsewhere);
      if (endless) {
        response.status = 200;
        response.set_chunked_content_provider("application/json", [](std::size_t, httplib::DataSink& sink) {
          const std::string piece(1u << 20, ' ');
          return sink.write(piece.data(), piece.size());
        });
      }
    });
    server_.Get(R"(/v2/acme/pay/blobs/(.+))",
                [this](const httplib::Request&, httplib::Response& response) { response.set_redirect(layers); });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    // A server that is stopped before it runs does not stop.
    while (!server_.is_running()) std::this_thread::yield();
  }
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;
  ~Registry() {
    server_.stop();
    thread_.join();
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  std::map<std::string, std::string> manifests;
  std::string list;       ///< in place of the tags of `manifests`
  std::string next;       ///< page of tags
  std::string elsewhere;  ///< where manifests redirect to
  bool endless = false;   ///< manifests of any length
  bool down = false;
  std::string in_place;  ///< of every manifest's bytes
  int more_headers = 0;  ///< with manifests, of 1,000 bytes each
  std::string layers;    ///< where they redirect to
  int lists = 0;
  int asked = 0;

 private:
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

/// A repository whose service runs pay 1.4.2 and takes newer versions.
decide::RepoSnapshot running(const std::string& tag) {
  decide::RepoSnapshot snapshot;
  snapshot.config = config::parse_repo_config(".towline.yaml",
                                              "version: 1\nenvironments:\n  dev:\n    services: apps/{service}\n    "
                                              "images: [{match: \"registry.acme.example/**\", select: {semver: "
                                              "\">=1.0\"}}]\n")
                        .value();
  sites::ImageSite site;
  site.name = kName;
  site.written_name = kName.str();
  site.version.tag = image::Tag(tag);
  snapshot.services.push_back({"dev", "pay", "apps/pay", {site}});
  return snapshot;
}

struct Fixture {
  explicit Fixture(std::optional<Duration> poll = std::nullopt) {
    config::ServerConfig config;
    config.oci.push_back({"images", kName.registry, registry.url(), {}, {}, poll});
    registries = Registries::create(config, clock).value();
    interests.replace("gitea/acme/infra", running("1.4.2"));
  }

  void announce(const std::string& tag, const std::string& digest = "") {
    store::Intake intake;
    intake.source = "registry/ci";
    intake.delivery = random_hex(8);
    intake.received = clock->now();
    intake.announced.push_back({kName.str(), tag, digest});
    REQUIRE(store->take_in(intake));
  }
  ImageRefresh look() { return refresh_image({*store, *clock, *registries, interests}, kName).value(); }
  std::map<std::string, store::SeenImageRow> known() {
    std::map<std::string, store::SeenImageRow> rows;
    const auto seen = store->seen_images().value();
    for (const auto& row : seen) rows[row.tag] = row;
    return rows;
  }
  std::vector<std::string> recorded() {
    std::vector<std::string> all;
    const auto records = store->audit(std::nullopt, std::nullopt).value();
    for (const auto& record : records) {
      all.push_back(record.actor + " " + record.action + ": " + record.why);
    }
    return all;
  }

  Registry registry;
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>(kStart);
  std::unique_ptr<store::Store> store = store::make_memory_store();
  std::unique_ptr<Registries> registries;
  ImageInterests interests;
};

}  // namespace

TEST_CASE("what was announced is checked, and its digest learnt where the event has none") {
  Fixture fixture;
  fixture.registry.manifests = {{"1.5.0", R"({"a":1})"}};
  fixture.announce("1.5.0");
  const ImageRefresh look = fixture.look();
  CHECK(look.changed);
  CHECK_FALSE(look.again);
  CHECK(fixture.known()["1.5.0"].digest == digest_text(R"({"a":1})"));
  CHECK(fixture.known()["1.5.0"].unchecked.empty());
  CHECK(fixture.store->announced_images()->empty());
  CHECK_FALSE(fixture.look().changed);
}

TEST_CASE("without a tag, the image's tags are listed") {
  Fixture fixture;
  fixture.registry.manifests = {{"1.4.2", "{}"}, {"1.5.0", R"({"a":1})"}, {"latest", "{}"}, {"0.9.0", "{}"}};
  fixture.announce("");
  fixture.look();
  CHECK(fixture.registry.lists == 1);
  // Those that run or that the rules accept; digests of what runs and of what the rules pick.
  CHECK(fixture.known().size() == 2);
  CHECK(fixture.known()["1.5.0"].digest == digest_text(R"({"a":1})"));
  CHECK(fixture.known()["1.4.2"].digest == digest_text("{}"));
  fixture.look();
  CHECK(fixture.registry.lists == 1);
}

TEST_CASE("a tag that runs already does not count as moved when it is first seen, a new one does later") {
  Fixture fixture(std::chrono::minutes(5));
  fixture.registry.manifests = {{"1.4.2", "{}"}};
  fixture.look();
  CHECK(fixture.known()["1.4.2"].seen == TimePoint{});
  fixture.registry.manifests = {{"1.4.2", R"({"moved":1})"}};
  fixture.clock->advance(std::chrono::minutes(5));
  fixture.look();
  CHECK(fixture.known()["1.4.2"].digest == digest_text(R"({"moved":1})"));
  CHECK(fixture.known()["1.4.2"].seen == kStart + std::chrono::minutes(5));
}

TEST_CASE("polling comes again after its interval, a tenth more or less, and not at the same time for all") {
  Fixture fixture(std::chrono::minutes(10));
  fixture.registry.manifests = {{"1.4.2", "{}"}};
  std::set<TimePoint> waits;
  for (int i = 0; i < 20; ++i) {
    const TimePoint now = fixture.clock->now();
    const auto again = fixture.look().again;
    REQUIRE(again);
    CHECK(*again - now >= std::chrono::minutes(9));
    CHECK(*again - now <= std::chrono::minutes(11));
    waits.insert(TimePoint(*again - now));
    fixture.clock->advance(std::chrono::minutes(1));
  }
  CHECK(waits.size() > 10);
}

TEST_CASE("an image that nothing runs is not polled") {
  Fixture fixture(std::chrono::minutes(5));
  fixture.interests.replace("gitea/acme/infra", {});
  CHECK_FALSE(fixture.look().again);
  CHECK(fixture.registry.lists == 0);
}

TEST_CASE("a tag that its registry shows late is waited for, one that never comes is dropped and recorded") {
  Fixture fixture;
  fixture.announce("1.5.0", digest_text("{}"));
  CHECK(fixture.look().again == kStart + std::chrono::seconds(5));
  CHECK(fixture.store->announced_images()->size() == 1);
  fixture.registry.manifests = {{"1.5.0", "{}"}};
  fixture.look();
  CHECK(fixture.known()["1.5.0"].digest == digest_text("{}"));

  fixture.announce("1.6.0");
  fixture.clock->advance(std::chrono::minutes(2));
  fixture.look();
  CHECK(fixture.store->announced_images()->empty());
  CHECK_FALSE(fixture.known().contains("1.6.0"));
  REQUIRE(fixture.recorded().size() == 1);
  CHECK_THAT(fixture.recorded()[0],
             Catch::StartsWith("registry:registry.acme.example disbelieve-image: an event told of "
                               "registry.acme.example/acme/pay:1.6.0, and nothing is done"));
}

// ---- registries that lie ----------------------------------------------------------------------------------------

TEST_CASE("names that are no tags are left out, and recorded once") {
  Fixture fixture(std::chrono::minutes(5));
  fixture.registry.manifests = {{"1.5.0", "{}"}};
  fixture.registry.list = R"({"tags":["1.5.0","1.6.0\u001b[2J","<b>"]})";
  fixture.look();
  fixture.look();
  CHECK(fixture.known().size() == 1);
  CHECK(fixture.recorded() ==
        std::vector<std::string>{
            "registry:registry.acme.example refuse-registry-answer: the registry "
            "registry.acme.example lists 2 names of acme/pay that cannot be tags; they are left out"});
}

TEST_CASE("a manifest that is said to be on another host is refused and recorded; what was announced stays as told") {
  Fixture fixture;
  fixture.registry.elsewhere = "http://evil.example/";
  fixture.announce("1.5.0", digest_text("{}"));
  fixture.look();
  CHECK(fixture.known()["1.5.0"].digest == digest_text("{}"));
  CHECK_THAT(fixture.known()["1.5.0"].unchecked, Catch::Contains("it redirects (302)"));
  REQUIRE_FALSE(fixture.recorded().empty());
  CHECK_THAT(fixture.recorded()[0], Catch::Contains("refuse-registry-answer: asking the registry registry.acme.example "
                                                    "for acme/pay/manifests/1.5.0: it redirects (302)"));
}

TEST_CASE("a manifest of any length is given up at its limit and recorded") {
  Fixture fixture;
  fixture.registry.manifests = {{"1.5.0", "{}"}};
  fixture.announce("1.5.0");
  fixture.look();
  fixture.registry.endless = true;
  fixture.registry.manifests = {{"1.6.0", R"({"b":1})"}};
  fixture.announce("1.6.0");
  fixture.look();
  bool limited = false;
  for (const std::string& why : fixture.recorded()) {
    limited = limited || why.find("the answer is larger than the limit of 4194304 bytes") != std::string::npos;
  }
  CHECK(limited);
}

TEST_CASE("pages without end are given up and recorded") {
  Fixture fixture(std::chrono::minutes(5));
  fixture.registry.manifests = {{"1.5.0", "{}"}};
  fixture.registry.next = "/v2/acme/pay/tags/list";
  fixture.look();
  CHECK(fixture.registry.lists == 2);
  CHECK(fixture.known().empty());
  CHECK(fixture.recorded() ==
        std::vector<std::string>{"registry:registry.acme.example refuse-registry-answer: asking the registry "
                                 "registry.acme.example: the pages of the tags of acme/pay do not come to an end"});
}

namespace {

const std::string kImage = R"({"config":{"digest":")" + digest_text("{}") + R"("}})";
const std::string kLie = digest_text("a lie");

struct Lie {
  const char* name;
  std::function<void(Registry&)> lie;
  std::vector<std::string> digests;  ///< as events tell them of 1.5.0, one after the other
  std::string recorded;              ///< URL stands for the registry's
};

const std::string kAsking = "refuse-registry-answer: asking the registry registry.acme.example";
const std::string kLayer = "refuse-registry-answer: following the registry registry.acme.example to a layer";

const Lie kLies[] = {
    {"a manifest on another host",
     [](Registry& r) { r.elsewhere = "https://evil.example/v2/"; },
     {},
     kAsking +
         " for acme/pay/manifests/1.5.0: it redirects (302), and only layers may be elsewhere; such a redirect is "
         "not followed"},
    {"pages without end",
     [](Registry& r) { r.next = "/v2/acme/pay/tags/list"; },
     {},
     kAsking + ": the pages of the tags of acme/pay do not come to an end"},
    {"a next page on another host",
     [](Registry& r) { r.next = "https://evil.example/v2/acme/pay/tags/list"; },
     {},
     kAsking + ": the next page of its tags is elsewhere; it is not asked for"},
    {"a manifest of 100 MB",
     [](Registry& r) { r.in_place = std::string(100'000'000, ' '); },
     {},
     kAsking + ": GET URL/v2/acme/pay/manifests/DIGEST: the answer is larger than the limit of 4194304 bytes"},
    {"headers of 100 KB",
     [](Registry& r) { r.more_headers = 100; },
     {},
     kAsking + ": HEAD URL/v2/acme/pay/manifests/1.5.0: the answer's headers are larger than the limit of 65536 bytes"},
    {"a manifest that is another",
     [](Registry& r) { r.in_place = "{}"; },
     {},
     kAsking + ": the manifest acme/pay@DIGEST is not what its digest says"},
    {"tags with control characters",
     [](Registry& r) { r.list = R"({"tags":["1.5.0","1.6.0\u001b[2J"]})"; },
     {},
     "refuse-registry-answer: the registry registry.acme.example lists 1 name of acme/pay that cannot be tags; they "
     "are "
     "left out"},
    {"a layer in the clear",
     [](Registry& r) { r.layers = "http://cdn.example.com/l"; },
     {},
     kLayer + ": the redirect leads to http://cdn.example.com, which is neither the same host nor a public one over "
              "https; it is not followed"},
    {"a layer on the link, where clouds have their metadata",
     [](Registry& r) { r.layers = "https://169.254.169.254/latest"; },
     {},
     kLayer + ": the redirect leads to https://169.254.169.254, which is neither the same host nor a public one over "
              "https; it is not followed"},
    {"layers that redirect without end",
     [](Registry& r) { r.layers = "/v2/acme/pay/blobs/again"; },
     {},
     kLayer + ": more than 5 redirects"},
    {"an event with a wrong digest",
     [](Registry&) {},
     {kLie},
     "disbelieve-digest: an event said that registry.acme.example/acme/pay:1.5.0 is " + kLie +
         ", its registry says DIGEST, which counts"},
    {"an event with a wrong digest, and a right one before anybody looks",
     [](Registry&) {},
     {kLie, digest_text(kImage)},
     "disbelieve-digest: an event said that registry.acme.example/acme/pay:1.5.0 is " + kLie +
         ", its registry says DIGEST, which counts"},
    {"the other way round",
     [](Registry&) {},
     {digest_text(kImage), kLie},
     "disbelieve-digest: an event said that registry.acme.example/acme/pay:1.5.0 is " + kLie +
         ", its registry says DIGEST, which counts"},
};

std::string filled(const std::string& text, const Registry& registry) {
  return replace_all(replace_all(text, "URL", registry.url()), "DIGEST", digest_text(kImage));
}

}  // namespace

TEST_CASE("whatever a registry or an event lies about is in the decision log, and the rest goes on") {
  for (const Lie& test : kLies) {
    DYNAMIC_SECTION(test.name) {
      Fixture fixture(std::chrono::minutes(5));
      fixture.registry.manifests = {{"1.5.0", kImage}};
      fixture.registry.layers = "/";
      test.lie(fixture.registry);
      for (const std::string& digest : test.digests) fixture.announce("1.5.0", digest);
      const ImageRefresh look = fixture.look();
      const std::string wanted = "registry:registry.acme.example " + filled(test.recorded, fixture.registry);
      CHECK_THAT(fixture.recorded(), Catch::VectorContains(wanted));
      CHECK(look.again);
      CHECK(fixture.store->announced_images()->empty());
      if (!test.digests.empty()) CHECK(fixture.known()["1.5.0"].digest == digest_text(kImage));
    }
  }
}

TEST_CASE("while nobody can be asked the last of two events counts, and the one before is in the decision log") {
  Fixture fixture;
  fixture.registry.down = true;
  fixture.announce("1.5.0", kLie);
  fixture.announce("1.5.0", digest_text(kImage));
  fixture.look();
  CHECK(fixture.known()["1.5.0"].digest == digest_text(kImage));
  CHECK(fixture.recorded() ==
        std::vector<std::string>{"registry:registry.acme.example supersede-digest: an event said that "
                                 "registry.acme.example/acme/pay:1.5.0 is " +
                                 kLie + "; a later one says " + digest_text(kImage) +
                                 ", which counts until its registry can be asked"});
}

TEST_CASE("an event with a digest that the tag had before changes nothing until its registry confirms it") {
  Fixture fixture;
  fixture.registry.down = true;
  fixture.announce("1.5.0", kLie);
  fixture.look();
  fixture.announce("1.5.0", digest_text(kImage));
  fixture.look();
  REQUIRE(fixture.known()["1.5.0"].digest == digest_text(kImage));

  fixture.announce("1.5.0", kLie);
  fixture.look();
  CHECK(fixture.known()["1.5.0"].digest == digest_text(kImage));
  CHECK(fixture.store->announced_images()->empty());
  REQUIRE(fixture.recorded().size() == 1);
  CHECK_THAT(fixture.recorded()[0],
             Catch::StartsWith("registry:registry.acme.example ignore-old-digest: an event said that "
                               "registry.acme.example/acme/pay:1.5.0 is " +
                               kLie + ", which it was before; ignored until its registry confirms it: "));
}

}  // namespace towline::engine
