#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "sites/sites.h"
#include "yaml/edit.h"

using namespace towline;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

/// Making every site say what it says changes no byte; another version changes no line before the site.
void check_site(std::string_view text, const sites::ImageSite& site) {
  require(site.line >= 1 && site.column >= 1);
  for (const auto* scalar : {&site.reference, &site.tag, &site.digest}) {
    if (*scalar) require((*scalar)->span.begin <= (*scalar)->span.end && (*scalar)->span.end <= text.size());
  }
  const auto same = sites::edits_for(site, site.version);
  if (same) require(*yaml::apply_edits(text, *same) == text);
  const auto other = sites::edits_for(site, {image::Tag("9.9.9"), image::Digest("sha256:" + std::string(64, '9'))});
  if (other) require(yaml::apply_edits(text, *other).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const char* path : {"values.yaml", "kustomization.yaml"}) {
    for (const sites::ImageSite& site : sites::find_sites(path, text).sites) check_site(text, site);
  }
  return 0;
}
