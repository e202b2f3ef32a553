#include "decide/promotion/source_link.h"

#include <utility>

#include "base/text.h"
#include "decide/plain_text.h"

namespace towline::decide {

namespace {

constexpr std::size_t kLeastRevision = 7;
constexpr std::size_t kMostRevision = 64;

bool is_revision(std::string_view text) {
  return text.size() >= kLeastRevision && text.size() <= kMostRevision &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// "https://git.example.com/acme/pay" of "https://git.example.com/acme/pay.git/"; "" for anything but the address of a
/// repository.
std::string repository_of(std::string_view url) {
  while (url.ends_with('/')) url.remove_suffix(1);
  if (url.ends_with(".git")) url.remove_suffix(4);
  if (url.find_first_of("?#@") != std::string_view::npos) return {};
  return plain_url(url);
}

std::string_view host_of(std::string_view url) {
  const std::string_view rest = url.substr(url.find("://") + 3);
  return rest.substr(0, rest.find('/'));
}

}  // namespace

std::optional<SourceLink> source_link(const image::ImageName& name, const ImageSource& from, const ImageSource& to) {
  const std::string repository = repository_of(to.url);
  if (repository.empty() || repository != repository_of(from.url)) return std::nullopt;
  if (!is_revision(from.revision) || !is_revision(to.revision) || from.revision == to.revision) return std::nullopt;
  const bool gitlab = to_lower(host_of(repository)).find("gitlab") != std::string::npos;
  std::string url = repository + (gitlab ? "/-/compare/" : "/compare/") + from.revision + "..." + to.revision;
  return SourceLink{name, std::move(url), from.revision, to.revision};
}

}  // namespace towline::decide
