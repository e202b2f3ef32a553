#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/embedded.h"
#include "base/files.h"
#include "base/text.h"
#include "report/escape.h"
#include "report/render_template.h"
#include "report/report.h"

namespace towline::report {
namespace {

/// A template and every name that its tags may use: what the code that fills it in gives.
struct TemplateSpec {
  std::string_view name;
  std::vector<std::string> tags;
};

const std::vector<TemplateSpec>& template_table() {
  static const std::vector<TemplateSpec> kTable = {
      {"comment.md", {"verdict",      "verdict_rest",  "notes",
                      "note",         "summary",       "has_summary",
                      "has_dangers",  "dangers",       "danger",
                      "has_parts",    "parts",         "has_rows",
                      "rows",         "application",   "environment",
                      "added",        "changed",       "removed",
                      "images",       "rows_left_out", "has_rows_left_out",
                      "problems",     "problem",       "has_gates",
                      "has_met",      "met",           "gates",
                      "symbol",       "gate",          "reason",
                      "has_failures", "failures",      "has_findings",
                      "findings",     "finding",       "findings_summary",
                      "has_sources",  "sources",       "image",
                      "link",         "details",       "has_left_out",
                      "left_out",     "has_commands",  "commands",
                      "command",      "footer",        "remarks",
                      "remark",       "unseen"}},
      {"part.md", {"part", "parts", "details", "footer"}},
      {"application.md", {"name", "has_environment", "environment", "counts", "resources"}},
      {"resource.md",
       {"kind", "resource", "has_remarks", "remarks", "has_extent", "extent", "has_diff", "diff", "has_note", "note"}},
      {"resource.html",
       {"kind", "resource", "has_remarks", "remarks", "has_lines", "lines", "has_hidden", "hidden", "has_hidden_lines",
        "hidden_lines", "has_left_out", "left_out"}},
      {"page.html", {"title",         "style",
                     "verdict",       "verdict_rest",
                     "verdict_class", "pull_url",
                     "pull_title",    "repository",
                     "number",        "author",
                     "branches",      "head",
                     "base",          "has_base",
                     "has_notes",     "notes",
                     "note",          "remarks",
                     "remark",        "unseen",
                     "has_name",      "is_on_both",
                     "is_on_one",     "word",
                     "has_cause",     "cause_how",
                     "cause_place",   "by_path",
                     "has_generator", "generator",
                     "has_summary",   "summary",
                     "has_gates",     "gates",
                     "symbol",        "gate",
                     "state",         "reason",
                     "has_approvals", "approvals",
                     "user",          "at",
                     "carried",       "applications",
                     "application",   "name",
                     "environment",   "has_environment",
                     "path",          "added",
                     "changed",       "removed",
                     "has_images",    "images",
                     "before",        "after",
                     "has_problems",  "problems",
                     "problem",       "changes",
                     "counts",        "has_applications",
                     "has_dangers",   "dangers",
                     "resource",      "has_findings",
                     "findings",      "level",
                     "rule",          "where",
                     "message",       "remedy",
                     "has_remedy",    "has_passed",
                     "passed",        "left_out",
                     "has_left_out"}},
      {"home.html", {"style", "repositories", "hooks", "url", "name", "kind"}},
      {"message.html", {"style", "title", "message"}},
      {"page.css", {}},
  };
  return kTable;
}

const TemplateSpec* find_spec(std::string_view name) {
  for (const TemplateSpec& spec : template_table()) {
    if (spec.name == name) return &spec;
  }
  return nullptr;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string near = nearest(word, candidates);
  return near.empty() ? "" : ", did you mean '" + near + "'?";
}

std::string at_line(std::string_view name, std::string_view text, std::size_t offset) {
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n');
  return "template " + std::string(name) + ", line " + std::to_string(line) + ": ";
}

/// Every tag must be one that is filled in: mustache itself would show nothing for a misspelt name.
Result<void> check_tags(const TemplateSpec& spec, std::string_view text) {
  for (std::size_t at = text.find("{{"); at != std::string_view::npos; at = text.find("{{", at)) {
    const std::size_t end = text.find("}}", at);
    if (end == std::string_view::npos)
      return fail(ErrorKind::invalid, at_line(spec.name, text, at) + "'{{' is not closed");
    std::string_view tag = text.substr(at + 2, end - at - 2);
    const std::string place = at_line(spec.name, text, at);
    at = end + 2;
    if (tag.starts_with("!")) continue;
    if (tag.starts_with(">") || tag.starts_with("=")) {
      return fail(ErrorKind::invalid,
                  place + "'{{" + std::string(tag) + "}}' is not supported; use names, sections and comments only");
    }
    if (!tag.empty() && std::string_view("{#^/&").find(tag.front()) != std::string_view::npos) tag.remove_prefix(1);
    tag = trim(tag);
    if (std::find(spec.tags.begin(), spec.tags.end(), tag) == spec.tags.end()) {
      return fail(ErrorKind::invalid, place + "unknown name '" + std::string(tag) + "'" + did_you_mean(tag, spec.tags));
    }
  }
  return {};
}

Result<void> check_template(std::string_view name, std::string_view text) {
  const TemplateSpec* spec = find_spec(name);
  if (spec->name == "page.css") {
    if (text.find('<') == std::string_view::npos) return {};
    return fail(ErrorKind::invalid, "template page.css: '<' is not allowed in a style sheet");
  }
  CHECK_OK(check_tags(*spec, text));
  const kainjow::mustache::mustache parsed{std::string(text)};
  if (parsed.is_valid()) return {};
  return fail(ErrorKind::invalid, "template " + std::string(name) + ": " + parsed.error_message());
}

Result<std::vector<std::filesystem::path>> override_files(const std::filesystem::path& directory) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    if (!it->path().filename().string().starts_with(".")) files.push_back(it->path());
  }
  if (error) {
    return fail(ErrorKind::invalid, "cannot read the templates in '" + directory.string() + "': " + error.message());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

Result<Templates> Templates::load(const std::filesystem::path& override_directory) {
  Templates templates;
  for (const embedded::File& file : embedded::templates()) {
    if (find_spec(file.path) != nullptr) templates.sources_.emplace(file.path, file.text);
  }
  if (!override_directory.empty()) {
    std::vector<std::string> names;
    for (const TemplateSpec& spec : template_table()) names.emplace_back(spec.name);
    TRY(const auto files, override_files(override_directory));
    for (const std::filesystem::path& file : files) {
      const std::string name = file.filename().string();
      if (find_spec(name) == nullptr) {
        return fail(ErrorKind::invalid, "'" + file.string() + "' is none of the templates (" + join(names, ", ") + ")" +
                                            did_you_mean(name, names));
      }
      TRY(templates.sources_[name], read_file(file, 1u << 20));
    }
  }
  for (const TemplateSpec& spec : template_table()) {
    const auto source = templates.sources_.find(spec.name);
    if (source == templates.sources_.end()) {
      return fail(ErrorKind::internal, "template " + std::string(spec.name) + " is not built in");
    }
    CHECK_OK(check_template(spec.name, source->second));
  }
  return templates;
}

const std::string& Templates::source(std::string_view name) const {
  static const std::string kNone;
  const auto found = sources_.find(name);
  return found == sources_.end() ? kNone : found->second;
}

Template::Template(const Templates& templates, std::string_view name) : parsed_(templates.source(name)) {
  parsed_.set_custom_escape([](const std::string& text) { return html_text(text); });
}

std::string Template::render(const Data& data) { return parsed_.render(data); }

std::string render_template(const Templates& templates, std::string_view name, const Data& data) {
  return Template(templates, name).render(data);
}

std::string squeezed(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  std::size_t newlines = 0;
  for (const char c : text) {
    newlines = c == '\n' ? newlines + 1 : 0;
    if (newlines <= 2) result += c;
  }
  return result;
}

}  // namespace towline::report
