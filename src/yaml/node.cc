#include "yaml/node.h"

#include <algorithm>

namespace towline::yaml {

Node::Node() = default;
Node::Node(const Node& other) = default;
Node::Node(Node&& other) noexcept = default;
Node& Node::operator=(const Node& other) = default;
Node& Node::operator=(Node&& other) noexcept = default;
Node::~Node() = default;

const Node* Node::find(std::string_view key) const {
  const auto found = std::find_if(entries.rbegin(), entries.rend(), [&](const auto& entry) {
    return entry.first.is_scalar() && entry.first.value == key;
  });
  return found == entries.rend() ? nullptr : &found->second;
}

const Node* Node::find_path(std::initializer_list<std::string_view> keys) const {
  const Node* node = this;
  for (const std::string_view key : keys) {
    node = node->find(key);
    if (node == nullptr) return nullptr;
  }
  return node;
}

std::string_view Node::text() const { return is_scalar() ? std::string_view(value) : std::string_view(); }

}  // namespace towline::yaml
