#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "discovery/source.h"
#include "yaml/node.h"

namespace towline::discovery {

/// Reading of optional fields of an object: what is absent or of another type reads as empty.
std::string text_at(const yaml::Node& node, std::initializer_list<std::string_view> path);
bool flag_at(const yaml::Node& node, std::initializer_list<std::string_view> path);
std::vector<std::string> texts_at(const yaml::Node& node, std::initializer_list<std::string_view> path);
/// A mapping of texts, in file order.
std::vector<NamedText> named_texts_at(const yaml::Node& node, std::initializer_list<std::string_view> path);
/// The items of a sequence; of a mapping none.
const std::vector<yaml::Node>& items_at(const yaml::Node& node, std::initializer_list<std::string_view> path);
/// The items as mappings of the two keys.
std::vector<NamedText> pairs_at(const yaml::Node& node, std::initializer_list<std::string_view> path,
                                std::string_view first, std::string_view second);

enum class NullMeans { removal, value };
/// `changes` laid over `base`: mappings are merged key by key, everything else replaces. With NullMeans::removal this
/// is a JSON merge patch (RFC 7386).
yaml::Node merged(yaml::Node base, const yaml::Node& changes, NullMeans null_means);

/// One spelling of a repository's address: no scheme, default port, credentials, ".git" or slash at the end, lower
/// case. One whose scheme is not of Git over a network stays as it is.
std::string normal_url(std::string_view url);

}  // namespace towline::discovery
