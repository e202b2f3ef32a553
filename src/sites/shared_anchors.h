#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "image/reference.h"
#include "sites/aliases.h"
#include "sites/passage.h"

namespace towline::sites {

/// Tells whether a tag or digest that other places share by an alias or a merge key means the same image in all of
/// them, so that it can be edited where it is written.
class SharedAnchors {
 public:
  SharedAnchors(const Passage& passage, const Aliases& aliases, const yaml::Node& root);

  /// A site of `name` has the scalar.
  void add_use(const Written& scalar, const image::ImageName& name);
  /// Once every use is added: why the scalar is not `name`'s alone, as a sentence; "" when it is.
  std::string other_meaning(const Written& scalar, const image::ImageName& name);

 private:
  struct Use {
    const yaml::Node* place = nullptr;
    image::ImageName name;
  };
  /// What is known of one scalar.
  struct Shared {
    std::optional<Use> first;
    std::optional<Use> other;            ///< the first of another image
    std::set<const yaml::Node*> places;  ///< of all uses as an image's version
    std::vector<const yaml::Node*> aliases;
    const yaml::Node* elsewhere = nullptr;  ///< a place that takes it for what is no image
    bool is_held = false;                   ///< it stands under a key that is there to hold anchors
  };
  void look_through(const yaml::Node& node, bool in_holder);
  void look_at_merge(const yaml::Node& mapping);
  /// A place of the scalar that is no image's version; nullptr when there is none.
  static const yaml::Node* other_place(const yaml::Node& scalar, const Shared& shared);
  std::string sentence(const yaml::Node& scalar, const yaml::Node& place, const std::string& what) const;

  const Passage& passage_;
  const Aliases& aliases_;
  std::map<const yaml::Node*, Shared> shared_;  ///< by scalar
};

}  // namespace towline::sites
