#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "sites/aliases.h"
#include "sites/passage.h"
#include "sites/sites.h"

namespace towline::sites {

/// Takes what the rules find in one document and makes sites of it, each once.
class Collector {
 public:
  /// All but `found` must outlive it.
  Collector(std::string_view path, const Passage& passage, const Aliases& aliases, FileSites& found)
      : path_(path), passage_(passage), aliases_(aliases), found_(found), first_(found.sites.size()) {}

  const Aliases& aliases() const { return aliases_; }
  const Passage& passage() const { return passage_; }
  /// Whether the collection is written in brackets.
  bool is_flow(const yaml::Node& node) const;

  /// A scalar that is a whole reference, behind `before_name`. Nothing happens when it is none, or has neither tag nor
  /// digest: something else (kustomize, a default) decides those.
  void add_reference(SiteKind kind, const Written& reference, bool in_flow, std::string_view before_name = "");
  /// A version in scalars of its own. False: nothing was added, as there is none or one is not what it should be.
  bool add_version(SiteKind kind, std::string_view written_name, const Written& tag, const Written& digest,
                   bool in_flow);
  /// The sites that so far use the scalar say from now on that they are `name`'s, because a comment says so. False:
  /// there is none.
  bool rename(const yaml::Node& scalar, const image::ImageName& name, std::string_view written_name);
  bool has_site_on(const yaml::Node& scalar) const;
  void skip(const yaml::Node& where, std::string_view reason);

  /// The last step: refuses edits of anchors that are used for something else, and chooses the quotes.
  void finish(const yaml::Node& root);

 private:
  struct Source {
    Written reference;
    Written tag;
    Written digest;
  };
  ImageSite site_at(SiteKind kind, const Written& main, bool in_flow) const;
  void add(ImageSite site, const Source& source);
  ImageSite& site(std::size_t index) { return found_.sites[first_ + index]; }
  const ImageSite& site(std::size_t index) const { return found_.sites[first_ + index]; }

  std::string_view path_;
  const Passage& passage_;
  const Aliases& aliases_;
  FileSites& found_;
  std::size_t first_;
  std::vector<Source> sources_;  ///< of the sites from `first_` on
  std::unordered_multimap<const yaml::Node*, std::size_t> by_scalar_;
  std::set<std::tuple<std::size_t, std::size_t, image::ImageName>> known_;  ///< line, column and name of each
};

}  // namespace towline::sites
