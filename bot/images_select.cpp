#include <algorithm>
#include <iostream>
#include <memory>
#include <set>

#include <CLI/CLI.hpp>

#include "base/json.h"
#include "base/text.h"
#include "commands.h"
#include "config/repository.h"
#include "image/select.h"

namespace towline::bot {

namespace {

constexpr std::size_t kMostTags = 100'000;
constexpr std::size_t kMostInput = 16u << 20;

struct Options {
  std::string policy;
  std::string current;
  std::string format = "text";
  std::vector<std::string> tags;
};

struct Verdict {
  std::string written;
  image::TagFacts facts;
  std::optional<image::Refusal> refusal;
};

struct Answer {
  image::Selector selector;
  std::optional<image::Tag> current;
  std::optional<image::Tag> winner;
  std::vector<Verdict> verdicts;  ///< the accepted from the greatest to the least, then the refused as they came
  image::Step step = image::Step::forward;
};

Result<std::vector<std::string>> read_lines() {
  std::string text;
  char buffer[1 << 16];
  while (std::cin.read(buffer, sizeof buffer) || std::cin.gcount() > 0) {
    text.append(buffer, static_cast<std::size_t>(std::cin.gcount()));
    if (text.size() > kMostInput) return fail(ErrorKind::invalid, "the tags on standard input are more than 16 MiB");
  }
  std::vector<std::string> lines;
  for (const std::string_view line : split_lines(text)) {
    if (!trim(line).empty()) lines.emplace_back(trim(line));
  }
  return lines;
}

Result<std::vector<std::string>> written_tags(const Options& options) {
  std::vector<std::string> all;
  for (const std::string& argument : options.tags) {
    if (argument != "-") {
      all.push_back(argument);
      continue;
    }
    TRY(std::vector<std::string> lines, read_lines());
    all.insert(all.end(), std::make_move_iterator(lines.begin()), std::make_move_iterator(lines.end()));
  }
  if (all.size() > kMostTags)
    return fail(ErrorKind::invalid, "more than " + std::to_string(kMostTags) + " tags are given");
  return all;
}

/// "TAG" or "TAG=TIME". A text that is no tag is refused like one that the policy does not accept.
Result<Verdict> judge(const std::string& written, const Answer& answer) {
  Verdict verdict;
  const std::size_t equals = std::min(written.find('='), written.size());
  verdict.written = written.substr(0, equals);
  if (equals < written.size()) {
    auto created = parse_time(std::string_view(written).substr(equals + 1));
    if (!created) return fail_while("the build time of '" + verdict.written + "'", created.error());
    verdict.facts.created = *created;
  }
  auto tag = image::parse_tag(verdict.written);
  if (!tag) {
    verdict.refusal = {image::RefusedBy::format, tag.error().message};
    return verdict;
  }
  verdict.facts.tag = *std::move(tag);
  verdict.refusal = answer.selector.refusal(verdict.facts, answer.current);
  return verdict;
}

Result<Answer> answer(const Options& options) {
  Answer answer;
  TRY(answer.selector, config::parse_select("--policy", options.policy));
  if (!options.current.empty()) {
    auto current = image::parse_tag(options.current);
    if (!current) return fail_while("--current", current.error());
    answer.current = *std::move(current);
  }
  TRY(const auto written, written_tags(options));
  std::set<std::string> seen;
  std::vector<image::TagFacts> candidates;
  for (const std::string& one : written) {
    TRY(Verdict verdict, judge(one, answer));
    if (!seen.insert(verdict.written).second) continue;
    if (!verdict.refusal) candidates.push_back(verdict.facts);
    answer.verdicts.push_back(std::move(verdict));
  }
  const auto refused = std::stable_partition(answer.verdicts.begin(), answer.verdicts.end(),
                                             [](const Verdict& verdict) { return !verdict.refusal; });
  std::sort(answer.verdicts.begin(), refused,
            [&](const Verdict& a, const Verdict& b) { return answer.selector.compare(a.facts, b.facts) > 0; });
  answer.winner = answer.selector.pick(candidates, answer.current);
  if (!answer.winner || !answer.current) return answer;
  image::TagFacts present{*answer.current};
  for (const Verdict& verdict : answer.verdicts) {
    if (verdict.written == answer.current->str()) present = verdict.facts;
  }
  answer.step = answer.selector.step(present, answer.verdicts.front().facts);
  return answer;
}

std::string verdict_text(const Answer& answer, const Verdict& verdict) {
  if (verdict.refusal) return "refused: " + verdict.refusal->why;
  std::string text = "accepted: " + answer.selector.reading(verdict.facts);
  const std::string variant = answer.selector.variant(verdict.facts.tag);
  if (!variant.empty()) text += ", variant " + variant;
  if (verdict.facts.tag == answer.winner) text += ", picked";
  return text;
}

std::string conclusion(const Answer& answer) {
  if (!answer.winner) return "none is picked";
  std::string text = "picked " + answer.winner->str();
  if (!answer.current) return text;
  if (answer.selector.follows_digest()) return text + "; its digest is followed";
  switch (answer.step) {
    case image::Step::forward:
      return text + "; it is bumped from " + answer.current->str();
    case image::Step::none:
      return text + "; it is not newer than " + answer.current->str() + ", which stays";
    case image::Step::backward:
      return text + "; " + answer.current->str() + " is newer, and nothing is bumped backwards";
  }
  return text;
}

void print_text(const Answer& answer) {
  std::size_t width = 0;
  for (const Verdict& verdict : answer.verdicts) width = std::max(width, printable_utf8(verdict.written).size());
  for (const Verdict& verdict : answer.verdicts) {
    std::string tag = printable_utf8(verdict.written);
    tag.resize(width, ' ');
    std::cout << tag << "  " << printable_utf8(verdict_text(answer, verdict)) << "\n";
  }
  std::cout << conclusion(answer) << "\n";
}

Json as_json(const Answer& answer, const Verdict& verdict) {
  Json json = {{"tag", printable_utf8(verdict.written)}, {"accepted", !verdict.refusal.has_value()}};
  if (verdict.refusal) {
    json["rule"] = std::string(image::to_string(verdict.refusal->rule));
    json["reason"] = verdict.refusal->why;
  } else {
    json["reading"] = answer.selector.reading(verdict.facts);
    json["variant"] = answer.selector.variant(verdict.facts.tag);
  }
  return json;
}

void print_json(const Answer& answer) {
  Json tags = Json::array();
  for (const Verdict& verdict : answer.verdicts) tags.push_back(as_json(answer, verdict));
  const auto text = [](const std::optional<image::Tag>& tag) { return tag ? Json(tag->str()) : Json(); };
  Json json = {{"current", text(answer.current)}, {"winner", text(answer.winner)}, {"tags", std::move(tags)}};
  if (answer.current) json["conclusion"] = conclusion(answer);
  std::cout << dump_json(json, 2) << "\n";
}

constexpr const char* kFooter =
    R"(The policy is what stands below 'select:' in .towline.yaml. TAG=TIME says when a tag was built; the
argument '-' stands for tags on standard input, one a line.
Exit status: 0 one is picked, 1 none.
Examples:
  towline images select --policy 'semver: ">=1.2 <2"' 1.2.3 v1.10.0 2.0.0-rc.1 latest
  towline images select --policy 'semver: "*"' --current 1.25-alpine 1.26 1.26-alpine
  towline images select --policy 'newest: {pattern: "^main-"}' main-a1b2c3=2026-11-23T10:00:00Z main-d4e5f6=2026-11-24
  skopeo list-tags docker://ghcr.io/acme/pay | jq -r '.Tags[]' |
    towline images select --policy 'numeric: "^build-(?P<version>[0-9]+)$"' -)";

}  // namespace

void add_images_select(CLI::App& images, int& exit_code) {
  CLI::App* command = images.add_subcommand("select", "Explain which of some tags a policy picks, and why");
  auto options = std::make_shared<Options>();
  command->add_option("--policy", options->policy, "What 'select' would be in .towline.yaml")
      ->type_name("YAML")
      ->required();
  command->add_option("--current", options->current, "The tag that the site has, for its variant")->type_name("TAG");
  command->add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  command->add_option("TAG", options->tags, "Tags, TAG=TIME, or - for standard input")->required();
  command->footer(kFooter);
  command->callback([options, &exit_code] {
    const auto found = answer(*options);
    if (!found) {
      exit_code = report_error(found.error());
      return;
    }
    if (options->format == "json") {
      print_json(*found);
    } else {
      print_text(*found);
    }
    if (!found->winner) exit_code = kAnswerIsNo;
  });
}

}  // namespace towline::bot
