#pragma once

#include <map>
#include <string>
#include <vector>

#include "forge/sandbox/api.h"

namespace towline::forge::sandbox {

/// Whether the request was meant for this machine, and, of a form, sent from one of the sandbox's own pages:
/// another site cannot make a visitor's browser post, nor reach the pages through a name of its own.
bool is_own_page(const WebRequest& request);

/// The images that the repository's default branch runs, without tag and digest; the owner's own first.
Result<std::vector<std::string>> images_in_use(const Repository& repository);

/// Posts the signed webhook of a registry that has a new tag, and gives the digest that it told; takes the
/// world's lock only to look up where to.
Result<std::string> push_image(World& world, const std::string& image, const std::string& tag);

}  // namespace towline::forge::sandbox
