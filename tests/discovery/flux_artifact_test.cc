#include <catch2/catch.hpp>

#include <string>

#include "discovery/flux_artifact.h"

namespace towline::discovery {
namespace {

TEST_CASE("Flux leaves files of version control, CI, images and archives out of its artifact") {
  for (const std::string path :
       {".gitignore", "apps/.gitattributes", ".github/workflows/a.yaml", "apps/.circleci/config.yml", ".travis.yml",
        "apps/cloudbuild.yaml", "apps/.sops.yaml", "apps/.flux.yaml", "apps/.goreleaser.yml", "apps/logo.png",
        "apps/x.zip/a.yaml", "apps/x.tar.gz", "apps/.flux.yaml/a.yaml"}) {
    INFO(path);
    CHECK(is_left_out_of_artifact(path));
  }
  for (const std::string path : {"apps/a.yaml", ".github", "apps/flux.yaml", "apps/x.sops.yaml", "apps/x.tgz",
                                 "apps/cloudbuild.yml", "apps/PNG", "apps/.sourceignore"}) {
    INFO(path);
    CHECK_FALSE(is_left_out_of_artifact(path));
  }
}

TEST_CASE("Flux leaves links and submodules out of its artifact") {
  CHECK(is_left_out_of_artifact({"apps/a.yaml", BlobId("1"), git::FileMode::symlink}));
  CHECK(is_left_out_of_artifact({"apps/sub", BlobId("1"), git::FileMode::submodule}));
  CHECK_FALSE(is_left_out_of_artifact({"apps/a.yaml", BlobId("1"), git::FileMode::executable}));
}

}  // namespace
}  // namespace towline::discovery
