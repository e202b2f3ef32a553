#include "registry/client.h"

#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/json.h"
#include "fake_net.h"
#include "registry_asks.h"

namespace towline::registry {

namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');

struct Fixture {
  explicit Fixture(FakeNet::Answer answer, ClientOptions given = {}) : net(std::move(answer)) {
    given.host = given.host.empty() ? "r.example" : given.host;
    given.clock = clock;
    given.connect = net.connect();
    client = Client::create(std::move(given)).value();
  }
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>(TimePoint(std::chrono::seconds(1'800'000'000)));
  FakeNet net;
  std::unique_ptr<Client> client;
};

std::vector<std::string> texts(const std::vector<image::Tag>& tags) {
  std::vector<std::string> all;
  for (const image::Tag& tag : tags) all.push_back(tag.str());
  return all;
}

HttpResponse page(const std::vector<std::string>& tags, const std::string& next = "", const std::string& etag = "") {
  HttpHeaders headers;
  if (!next.empty()) headers.emplace_back("Link", "<" + next + ">; rel=\"next\"");
  if (!etag.empty()) headers.emplace_back("ETag", etag);
  return answer(200, dump_json(Json{{"name", "acme/pay"}, {"tags", tags}}), headers);
}

/// A registry of one image with an index, a manifest for a platform and a configuration.
struct Image {
  std::string config = R"({"created":"2026-01-02T03:04:05Z","config":{"Labels":{)"
                       R"("org.opencontainers.image.source":"https://git.acme.example/acme/pay",)"
                       R"("org.opencontainers.image.revision":"0123456789abcdef0123456789abcdef01234567",)"
                       R"("org.opencontainers.image.version":"1.5.0"}}})";
  std::string manifest = R"({"schemaVersion":2,"config":{"digest":")" + digest_text(config) + R"("},"layers":[]})";
  std::string index = R"({"schemaVersion":2,"manifests":[
    {"digest":"sha256:)" +
                      std::string(64, 'b') + R"(","platform":{"os":"unknown","architecture":"unknown"}},
    {"digest":"sha256:)" +
                      std::string(64, 'c') + R"(","platform":{"os":"linux","architecture":"arm64"}},
    {"digest":")" + digest_text(manifest) +
                      R"(","platform":{"os":"linux","architecture":"amd64"}}]})";

  Result<HttpResponse> answer_to(const std::string& url, const HttpRequest&) const {
    for (const std::string* text : {&config, &manifest, &index}) {
      if (url.ends_with(digest_text(*text))) return answer(200, *text);
    }
    return answer(404);
  }
};

}  // namespace

TEST_CASE("a registry is where its name says, Docker Hub at its own address, or where it is configured") {
  const auto ok = [](const std::string&, const HttpRequest&) {
    return answer(200, "", {{"Docker-Content-Digest", kDigest}});
  };
  struct Case {
    std::string host;
    std::string url;
    std::string asked;
  };
  const std::vector<Case> cases = {
      {"r.example", "", "HEAD https://r.example/v2/acme/pay/manifests/1.5.0"},
      {"docker.io", "", "HEAD https://registry-1.docker.io/v2/acme/pay/manifests/1.5.0"},
      {"r.example", "http://127.0.0.1:5000", "HEAD http://127.0.0.1:5000/v2/acme/pay/manifests/1.5.0"},
      {"r.example", "https://a.example/api/docker/", "HEAD https://a.example/api/docker/v2/acme/pay/manifests/1.5.0"},
  };
  for (const Case& test : cases) {
    Fixture fixture(ok, {test.host, test.url, {}, {}, nullptr, {}});
    CHECK(fixture.client->resolve("acme/pay", image::Tag("1.5.0"))->str() == kDigest);
    CHECK(fixture.net.lines() == std::vector<std::string>{test.asked});
    CHECK(fixture.net.asked()[0].header("Accept").find("application/vnd.oci.image.index.v1+json") == 0);
  }
}

TEST_CASE("a digest that the registry does not tell is computed of the manifest") {
  Fixture fixture([](const std::string&, const HttpRequest& request) {
    return request.method == "HEAD" ? answer(405) : answer(200, "{}");
  });
  CHECK(fixture.client->resolve("acme/pay", image::Tag("1"))->str() == digest_text("{}"));
}

TEST_CASE("tags come page by page, each once") {
  Fixture fixture([](const std::string& url, const HttpRequest&) {
    if (url.ends_with("last=b")) return page({"b", "c"});
    return page({"a", "b"}, "/v2/acme/pay/tags/list?last=b");
  });
  CHECK(texts(fixture.client->tags("acme/pay")->tags) == std::vector<std::string>{"a", "b", "c"});
  CHECK(fixture.net.lines() == std::vector<std::string>{"GET https://r.example/v2/acme/pay/tags/list?n=1000",
                                                        "GET https://r.example/v2/acme/pay/tags/list?last=b"});
}

TEST_CASE("a list of tags that did not change is not sent again") {
  Fixture fixture([](const std::string&, const HttpRequest& request) {
    for (const auto& [name, value] : request.headers) {
      if (name == "If-None-Match" && value == "\"e1\"") return answer(304);
    }
    return page({"a"}, "", "\"e1\"");
  });
  CHECK(texts(fixture.client->tags("acme/pay")->tags) == std::vector<std::string>{"a"});
  CHECK(texts(fixture.client->tags("acme/pay")->tags) == std::vector<std::string>{"a"});
  CHECK(fixture.net.asked()[0].header("If-None-Match").empty());
  CHECK(fixture.net.asked()[1].header("If-None-Match") == "\"e1\"");
}

TEST_CASE("an image's labels are read through its index, for linux on amd64") {
  const Image image;
  Fixture fixture([&](const std::string& url, const HttpRequest& request) { return image.answer_to(url, request); });
  const auto facts = fixture.client->facts("acme/pay", image::Digest(digest_text(image.index)));
  REQUIRE(facts);
  CHECK(facts->source == "https://git.acme.example/acme/pay");
  CHECK(facts->revision == "0123456789abcdef0123456789abcdef01234567");
  CHECK(facts->version == "1.5.0");
  CHECK(facts->created == parse_time("2026-01-02T03:04:05Z").value());
  CHECK(fixture.net.asked().size() == 3);
}

TEST_CASE("a label tells when the image was created before its configuration does") {
  Image image;
  image.config = R"({"created":"2026-01-02T03:04:05Z","config":{"Labels":{"org.opencontainers.image.created":)"
                 R"("2025-12-01T00:00:00+01:00"}}})";
  image.manifest = R"({"config":{"digest":")" + digest_text(image.config) + R"("}})";
  Fixture fixture([&](const std::string& url, const HttpRequest& request) { return image.answer_to(url, request); });
  CHECK(fixture.client->facts("acme/pay", image::Digest(digest_text(image.manifest)))->created ==
        parse_time("2025-11-30T23:00:00Z").value());
}

TEST_CASE("a layer's redirect is followed without credentials") {
  const Image image;
  Fixture fixture(
      [&](const std::string& url, const HttpRequest& request) -> Result<HttpResponse> {
        if (url.starts_with("https://cdn.example.com/")) return answer(200, image.config);
        if (request.headers.empty() || request.headers.back().first != "Authorization") {
          return answer(401, "", {{"WWW-Authenticate", "Basic realm=\"r\""}});
        }
        if (url.find("/blobs/") != std::string::npos) {
          return answer(307, "", {{"Location", "https://cdn.example.com/x?signature=s"}});
        }
        return image.answer_to(url, request);
      },
      {"", "", {"", "bot", Secret("hush")}, {}, nullptr, {}});
  CHECK(fixture.client->facts("acme/pay", image::Digest(digest_text(image.index)))->version == "1.5.0");
  const auto& last = fixture.net.asked().back();
  CHECK(last.url == "https://cdn.example.com/x?signature=s");
  CHECK(last.header("Authorization").empty());
}

TEST_CASE("basic: credentials are shown when asked for, and from then on") {
  const auto answer_basic = [](const std::string&, const HttpRequest& request) {
    for (const auto& [name, value] : request.headers) {
      if (name == "Authorization" && value == "Basic " + base64_encode("bot:hush")) {
        return answer(200, "", {{"Docker-Content-Digest", kDigest}});
      }
    }
    return answer(401, "", {{"WWW-Authenticate", "Basic realm=\"registry\""}});
  };
  Fixture fixture(answer_basic, {"", "", {"", "bot", Secret("hush")}, {}, nullptr, {}});
  CHECK(fixture.client->resolve("acme/pay", image::Tag("1")));
  CHECK(fixture.client->resolve("acme/pay", image::Tag("2")));
  CHECK(fixture.net.asked().size() == 3);
  CHECK(fixture.net.asked()[0].header("Authorization").empty());

  Fixture nobody(answer_basic);
  CHECK(message(nobody.client->resolve("acme/pay", image::Tag("1"))) ==
        "asking the registry r.example: it wants a user and a password, and none are configured");
  Fixture wrong(answer_basic, {"", "", {"", "bot", Secret("wrong")}, {}, nullptr, {}});
  CHECK(
      message(wrong.client->resolve("acme/pay", image::Tag("1"))) ==
      "asking the registry r.example for acme/pay/manifests/1: it was refused (401); check the registry's credentials");
}

namespace {

/// A registry that wants a token of `realm`.
FakeNet::Answer token_registry(const std::string& realm, int expires = 300) {
  return [realm, expires](const std::string& url, const HttpRequest& request) -> Result<HttpResponse> {
    if (url.starts_with(realm)) {
      return answer(200, R"({"token":"t0","expires_in":)" + std::to_string(expires) + "}");
    }
    for (const auto& [name, value] : request.headers) {
      if (name == "Authorization" && value == "Bearer t0") {
        return answer(200, "", {{"Docker-Content-Digest", kDigest}});
      }
    }
    return answer(401, "",
                  {{"WWW-Authenticate",
                    "Bearer realm=\"" + realm + "\",service=\"r.example\",scope=\"repository:acme/pay:pull,push\""}});
  };
}

}  // namespace

TEST_CASE("bearer: a token is fetched for pulling only, with the credentials, and kept until it expires") {
  Fixture fixture(token_registry("https://r.example/token"), {"", "", {"", "bot", Secret("hush")}, {}, nullptr, {}});
  CHECK(fixture.client->resolve("acme/pay", image::Tag("1")));
  CHECK(fixture.client->resolve("acme/pay", image::Tag("1")));
  REQUIRE(fixture.net.asked().size() == 4);
  CHECK(fixture.net.asked()[1].url == "https://r.example/token?service=r.example&scope=repository%3Aacme%2Fpay%3Apull");
  CHECK(fixture.net.asked()[1].header("Authorization") == "Basic " + base64_encode("bot:hush"));
  fixture.clock->advance(std::chrono::seconds(291));
  CHECK(fixture.client->resolve("acme/pay", image::Tag("1")));
  CHECK(fixture.net.asked().size() == 7);
}

TEST_CASE("bearer: nobody in particular gets a token too, where the registry gives one") {
  Fixture fixture(token_registry("https://auth.docker.io/token"), {"docker.io", "", {}, {}, nullptr, {}});
  CHECK(fixture.client->resolve("acme/pay", image::Tag("1")));
  CHECK(fixture.net.asked()[1].header("Authorization").empty());
}

TEST_CASE("bearer: an identity token is exchanged in the body of a request") {
  const TemporaryDirectory directory = TemporaryDirectory::create("towline-docker").value();
  const auto file = directory.path() / "config.json";
  REQUIRE(write_file(file, R"({"auths":{"r.example":{"identitytoken":"id+0"}}})"));
  Fixture fixture(token_registry("https://r.example/token"), {"", "", {file, "", Secret()}, {}, nullptr, {}});
  CHECK(fixture.client->resolve("acme/pay", image::Tag("1")));
  const auto& asked = fixture.net.asked()[1];
  CHECK(asked.request.method == "POST");
  CHECK(asked.url == "https://r.example/token");
  CHECK(asked.request.body ==
        "grant_type=refresh_token&client_id=towline&service=r.example&scope=repository%3Aacme%2Fpay%3Apull&"
        "refresh_token=id%2B0");
  CHECK(asked.request.content_type == "application/x-www-form-urlencoded");
}

TEST_CASE("bearer: another host gets neither a request nor credentials unless it is named") {
  const std::string evil = "https://evil.example/token";
  Fixture fixture(token_registry(evil), {"", "", {"", "bot", Secret("hush")}, {}, nullptr, {}});
  CHECK(message(fixture.client->resolve("acme/pay", image::Tag("1"))) ==
        "getting a token for the registry r.example: the registry sends to https://evil.example, which is not its own "
        "host; if that is right, name it under 'token_hosts'");
  CHECK(fixture.net.asked().size() == 1);
  Fixture named(token_registry(evil), {"", "", {"", "bot", Secret("hush")}, {"evil.example"}, nullptr, {}});
  CHECK(named.client->resolve("acme/pay", image::Tag("1")));
}

TEST_CASE("bearer: a token is not asked for in the clear where the registry is asked over https") {
  Fixture fixture(token_registry("http://r.example/token"), {"", "", {"", "bot", Secret("hush")}, {}, nullptr, {}});
  CHECK_FALSE(fixture.client->resolve("acme/pay", image::Tag("1")));
  CHECK(fixture.net.asked().size() == 1);
}

TEST_CASE("a registry that has had enough is left alone for as long as it says") {
  int left = 1;
  Fixture fixture([&](const std::string&, const HttpRequest&) {
    return left-- > 0 ? answer(429, "", {{"Retry-After", "120"}}) : page({"a"});
  });
  const auto first = fixture.client->tags("acme/pay");
  CHECK(message(first) == "the registry r.example asks to be left alone for 2m (429)");
  CHECK((!first && first.error().kind == ErrorKind::unavailable));
  CHECK((!first && first.error().retry_after == std::chrono::seconds(120)));
  fixture.clock->advance(std::chrono::seconds(119));
  const auto second = fixture.client->resolve("acme/other", image::Tag("1"));
  CHECK((!second && second.error().retry_after == std::chrono::seconds(1)));
  CHECK(fixture.net.asked().size() == 1);
  fixture.clock->advance(std::chrono::seconds(1));
  CHECK(fixture.client->tags("acme/pay"));
}

TEST_CASE("a registry that is down is not waited for again at once") {
  Fixture fixture([](const std::string&, const HttpRequest&) -> Result<HttpResponse> {
    return fail(ErrorKind::timeout, "no complete answer within 10s");
  });
  CHECK(message(fixture.client->tags("acme/pay")) == "asking the registry r.example: no complete answer within 10s");
  const auto again = fixture.client->tags("acme/other");
  CHECK(message(again) == "the registry r.example could not be reached a moment ago");
  CHECK((!again && again.error().retry_after == std::chrono::seconds(15)));
  CHECK(fixture.net.asked().size() == 1);
}

TEST_CASE("what is not there, and what may not be seen, are told apart from what cannot be asked") {
  struct Case {
    int status;
    ErrorKind kind;
  };
  for (const auto& [status, kind] : std::vector<Case>{{404, ErrorKind::not_found},
                                                      {403, ErrorKind::forbidden},
                                                      {500, ErrorKind::unavailable},
                                                      {400, ErrorKind::invalid}}) {
    Fixture fixture([status = status](const std::string&, const HttpRequest&) { return answer(status); });
    const auto result = fixture.client->resolve("acme/pay", image::Tag("1"));
    INFO(status);
    CHECK((!result && result.error().kind == kind));
  }
}

// ---- registries that lie ----------------------------------------------------------------------------------------

TEST_CASE("a list of tags or a manifest that is said to be elsewhere is not asked for there") {
  Fixture fixture([](const std::string&, const HttpRequest&) {
    return answer(302, "", {{"Location", "https://evil.example/v2/"}});
  });
  const std::string rest = ": it redirects (302), and only layers may be elsewhere; such a redirect is not followed";
  CHECK(message(fixture.client->tags("acme/pay")) == "asking the registry r.example for acme/pay/tags/list" + rest);
  CHECK(message(fixture.client->resolve("acme/pay", image::Tag("1"))) ==
        "asking the registry r.example for acme/pay/manifests/1" + rest);
  for (const std::string& line : fixture.net.lines()) CHECK(line.find("evil") == std::string::npos);
}

TEST_CASE("a layer's redirect to what is inside, to http, or without end is not followed") {
  const Image image;
  struct Case {
    std::string target;
    std::string message;
  };
  const std::string inside = ", which is neither the same host nor a public one over https; it is not followed";
  const std::string start = "following the registry r.example to a layer: ";
  const std::vector<Case> cases = {
      {"http://cdn.example.com/x", start + "the redirect leads to http://cdn.example.com" + inside},
      {"https://169.254.169.254/x", start + "the redirect leads to https://169.254.169.254" + inside},
      {"https://localhost/x", start + "the redirect leads to https://localhost" + inside},
      {"file:///etc/passwd", start + "the redirect leads to no http(s) address"},
      {"https://user:pass@cdn.example.com/", start + "the redirect leads to no http(s) address"},
      {"/again", start + "more than 5 redirects"},
  };
  for (const Case& test : cases) {
    Fixture fixture([&](const std::string& url, const HttpRequest& request) -> Result<HttpResponse> {
      const bool moved = url.find("/blobs/") != std::string::npos || url.ends_with("/again");
      return moved ? answer(302, "", {{"Location", test.target}}) : image.answer_to(url, request);
    });
    INFO(test.target);
    CHECK(message(fixture.client->facts("acme/pay", image::Digest(digest_text(image.index)))) == test.message);
    CHECK(fixture.net.asked().size() <= 8);
  }
}

TEST_CASE("pages of tags that do not come to an end are given up") {
  Fixture same([](const std::string&, const HttpRequest&) { return page({"a"}, "/v2/acme/pay/tags/list?last=a"); });
  CHECK(message(same.client->tags("acme/pay")) ==
        "asking the registry r.example: the pages of the tags of acme/pay do not come to an end");
  CHECK(same.net.asked().size() == 2);

  int count = 0;
  Fixture fresh([&](const std::string&, const HttpRequest&) {
    ++count;
    return page({"t" + std::to_string(count)}, "/v2/acme/pay/tags/list?last=" + std::to_string(count));
  });
  CHECK(message(fresh.client->tags("acme/pay")) ==
        "asking the registry r.example: acme/pay has over 100 pages of tags");
  CHECK(fresh.net.asked().size() == 100);

  std::vector<std::string> many;
  for (int i = 0; i <= 20'000; ++i) many.push_back("t" + std::to_string(i));
  Fixture large([&](const std::string&, const HttpRequest&) { return page(many); });
  CHECK(message(large.client->tags("acme/pay")) == "asking the registry r.example: acme/pay has over 20000 tags");
}

TEST_CASE("a next page on another host, or outside of the registry, is not asked for") {
  for (const char* next :
       {"https://evil.example/v2/acme/pay/tags/list", "http://r.example/v2/x", "/admin", "//evil/x"}) {
    Fixture fixture([&](const std::string&, const HttpRequest&) { return page({"a"}, next); });
    INFO(next);
    CHECK(message(fixture.client->tags("acme/pay")) ==
          "asking the registry r.example: the next page of its tags is elsewhere; it is not asked for");
    CHECK(fixture.net.asked().size() == 1);
  }
}

TEST_CASE("names that are no tags are left out and counted") {
  Fixture fixture([](const std::string&, const HttpRequest&) {
    return answer(200, R"({"tags":["1.5.0","a\u001b[31mb","a b","-x","",7,null,"..","<!-- towline -->"]})");
  });
  const auto list = fixture.client->tags("acme/pay").value();
  CHECK(texts(list.tags) == std::vector<std::string>{"1.5.0"});
  CHECK(list.refused == 6);
}

TEST_CASE("a digest that is none, and contents that are not what their digest says, are refused") {
  Fixture none([](const std::string&, const HttpRequest&) {
    return answer(200, "", {{"Docker-Content-Digest", "md5:0123"}});
  });
  CHECK(
      message(none.client->resolve("acme/pay", image::Tag("1"))) ==
      "asking the registry r.example: the digest that it tells for acme/pay:1 is none: 'md5:0123' is not a digest: 'm' "
      "at character 1; the algorithm 'md5' is not known; a digest is sha256: and 64 hexadecimal digits, or sha512: and "
      "128");

  Fixture other([](const std::string&, const HttpRequest&) { return answer(200, "{}"); });
  CHECK(message(other.client->facts("acme/pay", image::Digest(kDigest))) ==
        "asking the registry r.example: the manifest acme/pay@" + kDigest + " is not what its digest says");

  Image image;
  Fixture layer([&](const std::string& url, const HttpRequest& request) -> Result<HttpResponse> {
    if (url.find("/blobs/") != std::string::npos) return answer(200, "{}");
    return image.answer_to(url, request);
  });
  CHECK(message(layer.client->facts("acme/pay", image::Digest(digest_text(image.index)))) ==
        "asking the registry r.example: the layer acme/pay@" + digest_text(image.config) +
            " is not what its digest says");
}

TEST_CASE("labels that are too long or have control characters are not taken") {
  Image image;
  image.config = R"({"config":{"Labels":{"org.opencontainers.image.source":")" + std::string(513, 'a') +
                 R"(","org.opencontainers.image.revision":"a\u001bb","org.opencontainers.image.version":7,)"
                 R"("org.opencontainers.image.created":"tomorrow"}}})";
  image.manifest = R"({"config":{"digest":")" + digest_text(image.config) + R"("}})";
  Fixture fixture([&](const std::string& url, const HttpRequest& request) { return image.answer_to(url, request); });
  const auto facts = fixture.client->facts("acme/pay", image::Digest(digest_text(image.manifest))).value();
  CHECK(facts.source.empty());
  CHECK(facts.revision.empty());
  CHECK(facts.version.empty());
  CHECK_FALSE(facts.created);
}

TEST_CASE("an index in an index in an index is not followed down") {
  std::map<std::string, std::string> all;
  std::string inner = "{}";
  for (int level = 0; level < 5; ++level) {
    all[digest_text(inner)] = inner;
    inner = R"({"manifests":[{"digest":")" + digest_text(inner) + R"("}]})";
  }
  all[digest_text(inner)] = inner;
  Fixture fixture(
      [&](const std::string& url, const HttpRequest&) { return answer(200, all.at(url.substr(url.rfind('/') + 1))); });
  CHECK(fixture.client->facts("acme/pay", image::Digest(digest_text(inner))));
  CHECK(fixture.net.asked().size() == 3);
}

}  // namespace towline::registry
