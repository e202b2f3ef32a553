#include "decide/promotion/bump_text.h"

#include <algorithm>
#include <utility>

#include "base/crypto.h"
#include "base/text.h"
#include "decide/markers.h"
#include "decide/plain_text.h"

namespace towline::decide {
namespace {

constexpr std::size_t kLongestTitle = 200;
constexpr std::size_t kDigestDigits = 12;

std::string short_digest(const image::Digest& digest) {
  const std::size_t colon = digest.str().find(':');
  return digest.str().substr(0, colon == std::string::npos ? kDigestDigits : colon + 1 + kDigestDigits);
}

/// The tag; the digest where there is none, or where only the digest moves. Without '@', which could mention somebody.
std::string label(const image::Version& version, bool digest_moves) {
  std::string text = version.tag ? version.tag->str() : std::string();
  if (version.digest && (text.empty() || digest_moves))
    text += (text.empty() ? "" : " ") + short_digest(*version.digest);
  return text.empty() ? "(none)" : text;
}

bool only_digest_moves(const evaluate::ImageChange& change) { return change.from.tag == change.to.tag; }

/// "pay 1.4.1, 1.4.2 -> 1.5.0": changes of one image to one version.
std::string in_words(const std::vector<const evaluate::ImageChange*>& changes) {
  const evaluate::ImageChange& first = *changes.front();
  std::vector<std::string> from;
  for (const evaluate::ImageChange* change : changes) {
    std::string text = label(change->from, only_digest_moves(*change));
    if (std::find(from.begin(), from.end(), text) == from.end()) from.push_back(std::move(text));
  }
  return std::string(first.name.short_name()) + " " + join(from, ", ") + " -> " +
         label(first.to, only_digest_moves(first));
}

std::vector<std::vector<const evaluate::ImageChange*>> grouped(const std::vector<evaluate::ImageChange>& images) {
  std::vector<std::vector<const evaluate::ImageChange*>> groups;
  for (const evaluate::ImageChange& change : images) {
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const auto& group) {
      return group.front()->name == change.name && group.front()->to == change.to;
    });
    if (same == groups.end()) {
      groups.push_back({&change});
    } else {
      same->push_back(&change);
    }
  }
  return groups;
}

std::string image_table(const std::vector<evaluate::ImageChange>& images) {
  std::string text = "| Image | From | To | Digest |\n|---|---|---|---|\n";
  for (const evaluate::ImageChange& change : images) {
    const bool digest = only_digest_moves(change);
    text += "| " + code_span(change.name.str()) + " | " + code_span(label(change.from, digest)) + " | " +
            code_span(label(change.to, digest)) + " | " +
            (change.to.digest ? code_span(change.to.digest->str()) : std::string("not pinned")) + " |\n";
  }
  return text;
}

std::string proof(const WantedBump& wanted) {
  if (wanted.from.empty()) return {};
  std::string text = "Promoted from " + code_span(wanted.from);
  if (!wanted.proven) return text + ".\n\n";
  text += ", which runs these images since " + format_time(wanted.proven->since);
  if (const std::string url = plain_url(wanted.proven->pull_request); !url.empty()) {
    text += " through " + url;
  } else if (!wanted.proven->commit.empty()) {
    text += " through commit " + wanted.proven->commit.str();
  }
  return text + "\n\n";
}

std::string origins(const WantedBump& wanted) {
  std::string text;
  for (const SourceLink& link : wanted.sources) {
    text += "- What is new in " + code_span(link.image.str()) + ": " + link.url + "\n";
  }
  if (!text.empty()) text += "\n";
  for (const std::string& note : wanted.notes) text += "> " + note + "\n\n";
  return text;
}

std::string how_it_merges(const config::Environment& environment) {
  if (environment.bump == config::BumpMode::merge) return "It merges automatically once all gates pass.";
  if (environment.approvals > 0) {
    return "It merges automatically once it has " + plural(environment.approvals, "approval") +
           " (a review, or `/approve`) and all gates pass.";
  }
  return "It merges on `/merge`, once all gates pass.";
}

std::string steering(const config::Environment& environment, const std::string& branch) {
  std::string text = how_it_merges(environment) + "\n\n";
  text += "- `/hold [reason]` blocks merging until `/unhold`; `/help` lists all commands.\n";
  text +=
      "- A newer image updates this pull request. Closing it without merging refuses these images: the next "
      "pull request comes with a newer one.\n";
  text += "- The branch " + code_span(branch) +
          " is rewritten as images and the base move. Once somebody else "
          "commits on it, Towline leaves it alone.\n";
  return text;
}

}  // namespace

std::string bump_title(const BumpTarget& target, const std::vector<evaluate::ImageChange>& images) {
  std::vector<std::string> parts;
  bool names_service = false;
  for (const auto& group : grouped(images)) {
    parts.push_back(in_words(group));
    if (group.front()->name.short_name() == target.service) names_service = true;
  }
  const std::string where = names_service ? target.environment : target.environment + "/" + target.service;
  return single_line(where + ": " + join(parts, ", "), kLongestTitle);
}

std::string bump_body(const WantedBump& wanted, const config::Environment& environment) {
  const std::string branch = bump_branch(wanted.target.environment, wanted.target.service);
  std::string body = "Updates " + code_span(wanted.target.service) + " in " + code_span(wanted.target.environment) +
                     " to " + (wanted.images.size() == 1 ? "another image" : "other images") + ".\n\n" +
                     image_table(wanted.images) + "\n" + origins(wanted) + proof(wanted) +
                     steering(environment, branch);
  const std::string digest = sha256_hex(bump_title(wanted.target, wanted.images) + "\n" + body);
  return body + "\n" + bump_marker(digest) + "\n";
}

UpsertBump upsert_for(const WantedBump& wanted, const config::Environment& environment) {
  UpsertBump upsert;
  upsert.wanted = wanted;
  upsert.branch = bump_branch(wanted.target.environment, wanted.target.service);
  upsert.title = bump_title(wanted.target, wanted.images);
  upsert.body = bump_body(wanted, environment);
  return upsert;
}

}  // namespace towline::decide
