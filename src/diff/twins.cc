#include "diff/twins.h"

#include <algorithm>
#include <cstddef>
#include <future>
#include <iterator>
#include <optional>
#include <string>
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

/// The documents of one side's texts, and which of them have a twin.
struct Side {
  std::vector<Document> documents;
  std::vector<bool> paired;
};

Side side_of(const std::vector<std::string>& texts) {
  std::vector<Document> documents = all_documents(texts);
  std::vector<bool> paired(documents.size(), false);
  return {std::move(documents), std::move(paired)};
}

std::vector<Document> documents_where(const Side& side, bool paired) {
  std::vector<Document> found;
  for (std::size_t i = 0; i < side.documents.size(); ++i) {
    if (side.paired[i] == paired) found.push_back(side.documents[i]);
  }
  return found;
}

/// What tells the documents without a twin apart, texts or views of them; nothing for those that have one.
template <class Key>
using Keys = std::vector<std::optional<Key>>;

template <class Key, class KeyOf>
Keys<Key> keys_of(const Side& side, const KeyOf& key_of) {
  Keys<Key> keys(side.documents.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!side.paired[i]) keys[i] = key_of(side.documents[i].content);
  }
  return keys;
}

/// Gives each document of head one of base that has the same key, the first one first.
template <class Key>
void pair_by(Side& base, const Keys<Key>& base_keys, Side& head, const Keys<Key>& head_keys) {
  std::unordered_map<std::string_view, std::vector<std::size_t>> places;
  for (std::size_t i = base_keys.size(); i-- > 0;) {
    if (base_keys[i]) places[*base_keys[i]].push_back(i);
  }
  for (std::size_t i = 0; i < head_keys.size(); ++i) {
    const auto found = head_keys[i] ? places.find(*head_keys[i]) : places.end();
    if (found == places.end() || found->second.empty()) continue;
    base.paired[found->second.back()] = true;
    head.paired[i] = true;
    found->second.pop_back();
  }
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
  Side old_side = side_of(base);
  Side new_side = side_of(head);
  const auto itself = [](std::string_view content) { return content; };
  pair_by(old_side, keys_of<std::string_view>(old_side, itself), new_side, keys_of<std::string_view>(new_side, itself));
  std::vector<TwinDocument> twins = copies_of(head, documents_where(new_side, true));
  if (documents_where(new_side, false).size() > twins.size()) {
    auto old_keys = std::async(std::launch::async, [&] { return keys_of<std::string>(old_side, plain_reading); });
    const auto new_keys = keys_of<std::string>(new_side, plain_reading);
    pair_by(old_side, old_keys.get(), new_side, new_keys);
  }
  blank_out(base, documents_where(old_side, true));
  blank_out(head, documents_where(new_side, true));
  return twins;
}

std::vector<manifest::ManifestProblem> problems_of(const std::vector<TwinDocument>& twins,
                                                   const std::vector<std::string>& paths) {
  Problems all;
  for (const TwinDocument& twin : twins) append(all, problems_of_one(twin, paths[twin.text]));
  return all;
}

}  // namespace towline::diff
