#include <catch2/catch.hpp>

#include <string>

#include "discovery/fields.h"
#include "discovery/own_repository.h"

using towline::discovery::normal_url;
using towline::discovery::OwnRepository;

TEST_CASE("addresses of one repository are the same in every form, those of others are not") {
  const std::string own = normal_url("https://git.example.com/acme/infra.git");
  for (const char* same : {"http://git.example.com/acme/infra", "https://GIT.Example.com/acme/infra/",
                           "git@git.example.com:acme/infra.git", "ssh://git@git.example.com/acme/infra.git",
                           "ssh://git@git.example.com:22/acme/infra", "https://git.example.com:443/acme/infra.git",
                           "http://git.example.com:80/acme/infra.git",
                           "https://bot:token@git.example.com/acme/infra.git", "git.example.com/acme/infra"}) {
    INFO(same);
    CHECK(normal_url(same) == own);
  }
  for (const char* other :
       {"https://evil.example/acme/infra.git", "https://git.example.com@evil.example/acme/infra.git",
        "https://a@git.example.com@evil.example/acme/infra", "https://git.example.com:8443/acme/infra.git",
        "https://git.example.com/acme/other.git", "https://git.example.com/x/acme/infra.git",
        "file://git.example.com/acme/infra.git", "https://git.example.com/acme/infra.git?a",
        "oci://git.example.com/acme"
        "/infra",
        "http://git.example.com:443/acme/infra.git", "git@git.example.com.evil.example:acme/infra.git"}) {
    INFO(other);
    CHECK(normal_url(other) != own);
  }
}

TEST_CASE("only the default branch is this repository's state") {
  const OwnRepository own{{}, "acme/infra", "main", false};
  for (const char* revision : {"", "HEAD", "main", "refs/heads/main"}) CHECK(own.is_default(revision));
  for (const char* revision : {"evil", "Main", "refs/tags/main", "main^", "v1", "refs/heads/evil"}) {
    INFO(revision);
    CHECK_FALSE(own.is_default(revision));
  }
  CHECK(OwnRepository{}.is_default("evil"));
}

TEST_CASE("a repository has its name where the address ends with it") {
  const OwnRepository own{{}, "Acme/infra", "", false};
  CHECK(own.has_name("git.example.com/acme/infra"));
  CHECK_FALSE(own.has_name("git.example.com/evil-acme/infra"));
  CHECK_FALSE(own.has_name("git.example.com/acme/infra-2"));
  CHECK(OwnRepository{}.has_name("anything"));
}
