#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sites/sites.h"
#include "yaml/node.h"

/// What an edit of image sites must leave alone.
namespace towline::test {

/// The bytes that may change: every tag and digest, and of a reference what follows the name.
std::vector<yaml::Span> version_spans(const std::vector<sites::ImageSite>& sites);

std::string without(const std::string& text, const std::vector<yaml::Span>& spans);

/// Whether two documents differ in nothing but the values of scalars, none of which has become another type than text;
/// counts them.
bool same_but_scalars(const yaml::Node& a, const yaml::Node& b, std::size_t& different);

}  // namespace towline::test
