#include "decide/promotion/source_link.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace towline::decide {

namespace {

const image::ImageName kPay{"ghcr.io", "acme/pay"};
const std::string kOld(40, 'a');
const std::string kNew(40, 'b');

std::string url(const std::string& from, const std::string& to, const std::string& old_revision = kOld,
                const std::string& new_revision = kNew) {
  const auto link = source_link(kPay, {from, old_revision}, {to, new_revision});
  return link ? link->url : "";
}

}  // namespace

TEST_CASE("the commits between two images are where their forge shows them") {
  const std::string range = kOld + "..." + kNew;
  CHECK(url("https://github.com/acme/pay", "https://github.com/acme/pay") ==
        "https://github.com/acme/pay/compare/" + range);
  CHECK(url("https://git.acme.example/acme/pay.git", "https://git.acme.example/acme/pay/") ==
        "https://git.acme.example/acme/pay/compare/" + range);
  CHECK(url("https://gitlab.acme.example/a/b/pay", "https://gitlab.acme.example/a/b/pay") ==
        "https://gitlab.acme.example/a/b/pay/-/compare/" + range);
}

TEST_CASE("labels that do not fit together, or are not what they should be, link nowhere") {
  const std::string good = "https://github.com/acme/pay";
  CHECK(url(good, "https://github.com/evil/pay") == "");
  CHECK(url("", good) == "");
  CHECK(url(good, good, kOld, kOld) == "");
  for (const char* revision : {"", "main", "abc123", "AAAAAAAAAA", "aaaaaaaaaa)", "aaaaaaaaaa\n", "../../../x"}) {
    INFO(revision);
    CHECK(url(good, good, revision) == "");
    CHECK(url(good, good, kOld, revision) == "");
  }
  for (const char* source : {"javascript:alert(1)", "git@github.com:acme/pay", "ssh://git@github.com/acme/pay",
                             "https://user:pass@github.com/acme/pay", "https://github.com/acme/pay?x=",
                             "https://github.com/acme/pay#x", "https://github.com/acme/pay) [x](https://evil.example",
                             "https://github.com/acme/pay\n<b>", "http://", "pay"}) {
    INFO(source);
    CHECK(url(source, source) == "");
  }
}

}  // namespace towline::decide
