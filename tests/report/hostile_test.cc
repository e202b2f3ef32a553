#include <catch2/catch.hpp>

#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "forge/sandbox/markdown.h"
#include "report/pages/pages.h"
#include "report/report.h"
#include "report/snapshots.h"

namespace towline::report::test {
namespace {

/// What a reader's Markdown renderer would be confused by.
rc::Gen<std::string> hostile() {
  const auto piece = rc::gen::element<std::string>(
      "```", "````diff\n", "~~~", "`", "</details>", "<details>", "<summary>", "</code>", "</pre>", "\n\n", "\n",
      "\r\n", "@alice", "#12", "|", "---", "*", "_", "[x](y)", "<!-- ", " -->", "<script>alert(1)</script>",
      "<img src=x>", "\u202e", "\xff", "\x1b", "&lt;", "\\", "$", "{{verdict}}", "{{{details}}}", "    ", "> ", "- ",
      "pay", "é");
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece),
                      [](const std::vector<std::string>& pieces) { return join(pieces, ""); });
}

Case hostile_case() {
  Case result = blocked();
  decide::PullSnapshot& snapshot = result.snapshot;
  snapshot.pull.title = *hostile();
  snapshot.pull.author = *hostile();
  snapshot.pull.url = *hostile();
  snapshot.page_url = "https://towline.example/" + *hostile();
  snapshot.sources.push_back({{"r.example", "acme/pay"}, "https://git.example/" + *hostile(), "a", "b"});
  decide::Conclusion& conclusion = result.decision.conclusion;
  conclusion.verdict = *hostile();
  conclusion.notes = {*hostile()};
  conclusion.gates.push_back({*hostile(), decide::GateState::waiting, *hostile()});
  for (evaluate::ApplicationReport& report : snapshot.evaluation->applications) {
    report.application.name = *hostile();
    report.environment = *hostile();
    report.problems = {*hostile()};
    report.images[0].name.repository = *hostile();
    report.images[0].to.tag = image::Tag(*hostile());
    for (diff::Change& change : report.diff.changes) {
      change.key.name = *hostile();
      change.role = *hostile();
      change.was = manifest::ResourceKey{*hostile(), *hostile(), *hostile(), *hostile()};
      change.fields = {{"a" + *hostile(), *hostile(), *hostile()}};
    }
    report.diff.changes[0].fields.push_back({"a" + *hostile(), *hostile(), *hostile(), "b" + *hostile()});
    report.diff.dangers = {{report.diff.changes[0].key, *hostile()}};
  }
  for (policy::Finding& finding : snapshot.evaluation->findings) {
    finding = {finding.level, *hostile(), *hostile(), *hostile(), *hostile(), *hostile(), *hostile()};
  }
  return result;
}

std::size_t count(std::string_view text, std::string_view wanted) {
  std::size_t found = 0;
  for (std::size_t at = text.find(wanted); at != std::string_view::npos; at = text.find(wanted, at + 1)) ++found;
  return found;
}

struct Outside {
  std::string text;      ///< what stands outside of fenced blocks
  bool balanced = true;  ///< every fence is closed
};

/// As CommonMark 0.31 reads fences, section 4.5.
Outside outside_fences(std::string_view comment) {
  Outside result;
  std::size_t fence = 0;
  for (const std::string_view line : split(comment, '\n')) {
    const std::size_t ticks = std::min(line.find_first_not_of('`'), line.size());
    if (fence == 0 && ticks >= 3) {
      fence = ticks;
    } else if (fence > 0 && ticks >= fence && ticks == line.size()) {
      fence = 0;
    } else if (fence == 0) {
      result.text += std::string(line) + "\n";
    }
  }
  result.balanced = fence == 0;
  return result;
}

std::string frame_of(std::string_view text) {
  std::string frame;
  for (const char* tag : {"<details>", "</details>", "<summary>", "</summary>", "<!--", "-->"}) {
    frame += std::to_string(count(text, tag)) + " ";
  }
  return frame;
}

TEST_CASE("nothing foreign breaks out of the comment") {
  const Templates templates = Templates::load().value();
  CHECK(rc::check([&] {
    const Case given = hostile_case();
    const std::string text = comments(templates, given.snapshot, given.decision, "abc123", 65'536).front();
    const Outside outside = outside_fences(text);
    RC_LOG() << text;
    RC_ASSERT(outside.balanced);
    RC_ASSERT(frame_of(outside.text) == "3 3 3 3 1 1 ");
    RC_ASSERT(outside.text.find("<script") == std::string::npos);
    RC_ASSERT(outside.text.find("<img") == std::string::npos);
    RC_ASSERT(text.ends_with("<!-- towline:report digest=abc123 -->"));
  }));
}

/// What GitHub's own Markdown makes of the comments must be what the templates say, whatever stands in the manifests.
TEST_CASE("read as Markdown, nothing foreign takes effect in any part") {
  const Templates templates = Templates::load().value();
  CHECK(rc::check([&] {
    const Case given = hostile_case();
    const auto limit = *rc::gen::element<std::size_t>(1'500, 3'000, 65'536);
    for (const std::string& body : comments(templates, given.snapshot, given.decision, "abc123", limit)) {
      const std::string html = forge::sandbox::render_markdown(body);
      RC_LOG() << body << "\n----\n" << html;
      for (const char* tag :
           {"<img", "<script", "<h1", "<h2", "<h3", "<hr", "<ol", "<blockquote>\n<blockquote", "<input"}) {
        RC_ASSERT(html.find(tag) == std::string::npos);
      }
      RC_ASSERT(count(html, "<details>") == count(html, "</details>"));
      // The image's source is a link of its own, whose text is where it leads.
      RC_ASSERT(count(html, "<a href=") ==
                count(html, "<a href=\"https://towline.example/") + count(html, "<a href=\"https://git.example/"));
      RC_ASSERT(count(html, "<table>") <= 1);
      // No pipe of a name begins a cell.
      RC_ASSERT(count(html, "<td") == 6 * (count(html, "<tr>") - count(html, "<thead>")));
    }
  }));
}

TEST_CASE("nothing foreign notifies anyone") {
  const Templates templates = Templates::load().value();
  CHECK(rc::check([&] {
    const Case given = hostile_case();
    const Outside outside =
        outside_fences(comments(templates, given.snapshot, given.decision, "abc123", 65'536).front());
    for (const std::string_view line : split(outside.text, '\n')) {
      bool in_code = false;
      for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '`' && (i == 0 || line[i - 1] != '\\')) in_code = !in_code;
        const bool in_tag =
            line.substr(0, i).rfind("<code>") != std::string_view::npos && line.starts_with("<details>");
        RC_ASSERT(in_code || in_tag || line[i] != '@');
      }
    }
  }));
}

TEST_CASE("the comment keeps to the forge's limit, whole and with its marker") {
  const Templates templates = Templates::load().value();
  CHECK(rc::check([&] {
    const Case given = hostile_case();
    const auto limit = *rc::gen::inRange<std::size_t>(40, 8'000);
    const auto bodies = comments(templates, given.snapshot, given.decision, "abc123", limit);
    RC_ASSERT(bodies.size() <= kMostParts);
    const auto first = decide::find_report_mark(bodies.front());
    RC_ASSERT(first && first->digest == "abc123" && first->others.size() + 1 == bodies.size());
    for (std::size_t i = 0; i < bodies.size(); ++i) {
      const Outside outside = outside_fences(bodies[i]);
      RC_LOG() << bodies[i];
      RC_ASSERT(bodies[i].size() <= limit);
      RC_ASSERT(outside.balanced);
      RC_ASSERT(count(outside.text, "<details>") == count(outside.text, "</details>"));
      RC_ASSERT(decide::find_report_mark(bodies[i])->part == i + 1);
    }
  }));
}

TEST_CASE("nothing foreign breaks out of the page") {
  const Templates templates = Templates::load().value();
  CHECK(rc::check([&] {
    const Case given = hostile_case();
    const std::string text = page(templates, given.snapshot, given.decision);
    RC_ASSERT(count(text, "<script") == 0u);
    RC_ASSERT(count(text, "<img") == 0u);
    RC_ASSERT(count(text, "<!--") == 0u);
    RC_ASSERT(count(text, "<details") == 2u);
    RC_ASSERT(count(text, "</details>") == 2u);
    RC_ASSERT(count(text, "</pre>") == 4u);
    RC_ASSERT(text.find("javascript:") == std::string::npos);
    RC_ASSERT(text.find('\xff') == std::string::npos);
  }));
}

}  // namespace
}  // namespace towline::report::test
