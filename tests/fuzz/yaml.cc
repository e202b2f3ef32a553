#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "yaml/edit.h"
#include "yaml/node.h"

using namespace towline::yaml;

namespace {

/// Scalars of which something is written, in file order.
void collect(const Node& node, std::vector<const Node*>& scalars) {
  if (node.is_scalar() && node.span.size() > 0) scalars.push_back(&node);
  for (const Node& item : node.items) collect(item, scalars);
  for (const auto& [key, value] : node.entries) collect(value, scalars);
}

void require(bool holds) {
  if (!holds) std::abort();
}

/// Writing every scalar's own bytes again gives the text back; the spans do not overlap.
void check_edits(std::string_view text, const std::vector<Document>& documents) {
  std::vector<const Node*> scalars;
  for (const Document& document : documents) collect(document.root, scalars);
  std::vector<Edit> edits;
  for (const Node* scalar : scalars) {
    require(scalar->span.begin < scalar->span.end && scalar->span.end <= text.size());
    edits.push_back({scalar->span, std::string(text.substr(scalar->span.begin, scalar->span.size()))});
    require(!encode_like(*scalar, "1.20").empty());
  }
  const auto same = apply_edits(text, edits);
  require(same.has_value() && *same == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Limits limits;
  limits.max_nodes = 20'000;
  const auto documents = parse(text, limits);
  if (!documents) {
    require(documents.error().message.starts_with("line "));
    return 0;
  }
  check_edits(text, *documents);
  for (const Document& document : *documents) {
    const auto expanded = expand(document.root, limits);
    if (expanded) require(parse(emit(*expanded)).has_value());
  }
  return 0;
}
