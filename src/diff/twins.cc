#include "diff/twins.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "diff/quick_look.h"

namespace towline::diff {
namespace {

/// A document with its "---" line, and what is compared of it.
struct Document {
  std::size_t text = 0;  ///< index of the text
  std::size_t begin = 0;
  std::size_t content_begin = 0;
  std::size_t end = 0;
  std::string_view content{};
};

constexpr std::string_view kMarker = "---";

bool is_line_of(std::string_view line, std::string_view marker) {
  if (!line.starts_with(marker)) return false;
  return line.size() == marker.size() || line[marker.size()] == ' ' || line[marker.size()] == '\t' ||
         line[marker.size()] == '\r';
}

/// No line of a scalar can look like a marker (YAML 1.2, 9.1.2, c-forbidden), so lines are all that need looking at.
std::vector<Document> documents_of(std::string_view text, std::size_t index) {
  std::vector<Document> documents = {{index, 0, 0, text.size()}};
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    if (line.starts_with('%') || is_line_of(line, "...")) return {};
    if (is_line_of(line, kMarker)) {
      documents.back().end = begin;
      const std::size_t content = line == kMarker ? std::min(end + 1, text.size()) : begin + kMarker.size();
      documents.push_back({index, begin, content, text.size()});
    }
    begin = end + 1;
  }
  for (Document& document : documents) {
    document.content = text.substr(document.content_begin, document.end - document.content_begin);
  }
  return documents;
}

std::vector<Document> all_documents(const std::vector<std::string>& texts) {
  std::vector<Document> all;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto documents = documents_of(texts[i], i);
    all.insert(all.end(), documents.begin(), documents.end());
  }
  return all;
}

void blank_out(std::vector<std::string>& texts, const std::vector<Document>& dropped) {
  std::vector<std::string> result(texts.size());
  std::vector<std::size_t> copied(texts.size(), 0);
  for (const Document& document : dropped) {
    const std::string& text = texts[document.text];
    std::string& shorter = result[document.text];
    shorter.append(text, copied[document.text], document.begin - copied[document.text]);
    // The marker stays, lest the blank lines become part of a block scalar before it.
    if (document.content_begin > document.begin) shorter += kMarker;
    const std::string_view gone = std::string_view(text).substr(document.begin, document.end - document.begin);
    shorter.append(static_cast<std::size_t>(std::count(gone.begin(), gone.end(), '\n')), '\n');
    copied[document.text] = document.end;
  }
  for (std::size_t i = 0; i < texts.size(); ++i) result[i].append(texts[i], copied[i], std::string::npos);
  texts = std::move(result);
}

std::vector<TwinDocument> copies_of(const std::vector<std::string>& texts, const std::vector<Document>& documents) {
  std::vector<TwinDocument> twins;
  std::vector<std::size_t> counted(texts.size(), 0);
  std::vector<std::size_t> lines(texts.size(), 0);
  for (const Document& document : documents) {
    const std::string_view before =
        std::string_view(texts[document.text])
            .substr(counted[document.text], document.content_begin - counted[document.text]);
    lines[document.text] += static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
    counted[document.text] = document.content_begin;
    twins.push_back({document.text, lines[document.text], std::string(document.content)});
  }
  return twins;
}

using Problems = std::vector<manifest::ManifestProblem>;

void append(Problems& all, Problems more) { std::move(more.begin(), more.end(), std::back_inserter(all)); }

Problems problems_of_one(const TwinDocument& twin, const std::string& path) {
  if (is_plainly_a_resource(twin.content)) return {};
  if (manifest::parse_manifests(path, twin.content, "").problems.empty()) return {};
  // Once more where it stood, for the lines that the sentences name.
  return manifest::parse_manifests(path, std::string(twin.lines_before, '\n') + twin.content, "").problems;
}

}  // namespace

std::vector<TwinDocument> drop_twin_documents(std::vector<std::string>& base, std::vector<std::string>& head) {
  const std::vector<Document> old_documents = all_documents(base);
  std::unordered_map<std::string_view, std::vector<std::size_t>> places;
  for (std::size_t i = old_documents.size(); i-- > 0;) places[old_documents[i].content].push_back(i);
  std::vector<Document> gone_from_head;
  std::vector<bool> gone(old_documents.size(), false);
  for (const Document& document : all_documents(head)) {
    const auto found = places.find(document.content);
    if (found == places.end() || found->second.empty()) continue;
    gone[found->second.back()] = true;
    found->second.pop_back();
    gone_from_head.push_back(document);
  }
  std::vector<Document> gone_from_base;
  for (std::size_t i = 0; i < old_documents.size(); ++i) {
    if (gone[i]) gone_from_base.push_back(old_documents[i]);
  }
  std::vector<TwinDocument> twins = copies_of(head, gone_from_head);
  blank_out(base, gone_from_base);
  blank_out(head, gone_from_head);
  return twins;
}

std::vector<manifest::ManifestProblem> problems_of(const std::vector<TwinDocument>& twins,
                                                   const std::vector<std::string>& paths) {
  Problems all;
  for (const TwinDocument& twin : twins) append(all, problems_of_one(twin, paths[twin.text]));
  return all;
}

}  // namespace towline::diff
