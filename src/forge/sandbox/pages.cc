#include "forge/sandbox/pages.h"

#include <algorithm>
#include <charconv>
#include <kainjow/mustache.hpp>

#include "base/embedded.h"
#include "base/text.h"
#include "forge/sandbox/forms.h"
#include "forge/sandbox/git.h"
#include "forge/sandbox/json.h"
#include "forge/sandbox/markdown.h"
#include "forge/sandbox/pulls.h"
#include "git/repository.h"

namespace towline::forge::sandbox {
namespace {

using kainjow::mustache::data;
using kainjow::mustache::list;
using kainjow::mustache::mustache;
using kainjow::mustache::object;

constexpr std::size_t kLargestDiff = 200'000;
constexpr std::size_t kCommitsShown = 20;
/// For so long after the last thing that happened, a page with a pending check reloads itself. Then it rests,
/// so that what a reader is typing is not lost.
constexpr std::chrono::seconds kReloadsFor{10};

constexpr std::string_view kPolicy =
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

std::string_view template_text(std::string_view name) {
  for (const embedded::File& file : embedded::templates()) {
    if (file.path == name) return file.text;
  }
  return {};
}

struct Crumb {
  std::string text;
  std::string href;
};

struct Page {
  std::string_view name;  ///< of the template
  std::string title;
  std::vector<Crumb> crumbs;
  std::string refresh;  ///< content of the meta element; empty: none
  object values;
};

WebResponse to_response(const Page& page, int status = 200) {
  object layout{{"title", page.title}};
  if (!page.refresh.empty()) layout.insert({"refresh", page.refresh});
  list crumbs;
  for (const Crumb& crumb : page.crumbs) crumbs.push_back(object{{"text", crumb.text}, {"href", crumb.href}});
  layout.insert({"crumbs", crumbs});
  layout.insert({"content", mustache(std::string(template_text(page.name))).render(data(page.values))});
  WebResponse response;
  response.status = status;
  response.content_type = "text/html; charset=utf-8";
  response.body = mustache(std::string(template_text("sandbox_layout.html"))).render(data(layout));
  response.headers = {{"Content-Security-Policy", std::string(kPolicy)},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Referrer-Policy", "same-origin"},
                      {"Cache-Control", "no-store"}};
  return response;
}

WebResponse message(int status, std::string heading, std::string text, std::string back = "/") {
  Page page{"sandbox_message.html", heading, {}, {}, {}};
  page.values = {{"heading", heading}, {"message", text}, {"back", back}};
  return to_response(page, status);
}

WebResponse redirect(const std::string& where) { return {303, "text/plain; charset=utf-8", "", {{"Location", where}}}; }

WebResponse no_such_page() {
  return message(404, "There is no such page", "The sandbox has no repository, pull request or commit of that name.");
}

/// "2026-11-24 03:01:33Z": for people, and valid in a datetime attribute.
std::string page_time(TimePoint time) {
  std::string text = json_time(time);
  if (const std::size_t t = text.find('T'); t != std::string::npos) text[t] = ' ';
  return text;
}

list status_items(const std::vector<StatusRecord>& statuses) {
  list items;
  for (const StatusRecord& status : statuses) {
    object item{{"context", status.context}, {"state", status.state}, {"description", status.description}};
    item.insert({"mark", status.state == "success" ? "✓" : status.state == "pending" ? "•" : "✗"});
    if (status.target_url.starts_with("http://") || status.target_url.starts_with("https://")) {
      item.insert({"target_url", status.target_url});
    }
    items.push_back(item);
  }
  return items;
}

object commit_item(const git::Commit& commit) {
  const auto lines = split_lines(commit.message);
  return {{"id", commit.id.str()},
          {"short_id", short_id(commit.id)},
          {"subject", lines.empty() ? std::string("(no message)") : std::string(lines.front())},
          {"author", commit.author.name},
          {"when", page_time(commit.committer.when)}};
}

list diff_lines(const std::string& diff) {
  const auto kind = [](std::string_view line) {
    static constexpr std::string_view kFile[] = {"diff ", "index ", "--- ", "+++ ", "new file", "deleted file"};
    for (const std::string_view start : kFile) {
      if (line.starts_with(start)) return "file";
    }
    if (line.starts_with("@@")) return "place";
    if (line.starts_with("+")) return "add";
    return line.starts_with("-") ? "remove" : "same";
  };
  list lines;
  for (const std::string_view line : split_lines(diff)) {
    lines.push_back(object{{"kind", kind(line)}, {"text", std::string(line)}});
  }
  return lines;
}

std::string state_of(const Pull& pull) { return pull.merged ? "merged" : pull.open ? "open" : "closed"; }

WebResponse home(const World& world) {
  Page page{"sandbox_home.html", "Repositories", {}, {}, {}};
  list repositories;
  for (const auto& [name, repository] : world.repositories) {
    const auto open =
        std::count_if(repository.pulls.begin(), repository.pulls.end(), [](const Pull& p) { return p.open; });
    const CommitId& head = repository.heads.at(repository.default_branch);
    repositories.push_back(object{{"name", name.str()},
                                  {"pulls", plural(static_cast<std::size_t>(open), "open pull request")},
                                  {"branch", repository.default_branch},
                                  {"head", head.str()},
                                  {"short_head", short_id(head)}});
  }
  page.values.insert({"repositories", repositories});
  return to_response(page);
}

list pull_items(const Repository& repository) {
  list pulls;
  for (auto pull = repository.pulls.rbegin(); pull != repository.pulls.rend(); ++pull) {
    const auto statuses = latest_statuses(repository, pull->head);
    pulls.push_back(object{{"number", std::to_string(pull->number.value)},
                           {"title", pull->title},
                           {"author", pull->author},
                           {"state", state_of(*pull)},
                           {"head_branch", pull->head_branch},
                           {"base_branch", pull->base_branch},
                           {"updated", page_time(pull->updated)},
                           {"has_statuses", !statuses.empty()},
                           {"statuses", status_items(statuses)}});
  }
  return pulls;
}

list image_items(const std::vector<std::string>& images) {
  list items;
  for (const std::string& image : images) {
    items.push_back(object{{"image", image}, {"service", image.substr(image.rfind('/') + 1)}});
  }
  return items;
}

Result<WebResponse> repository_page(const World& world, const Repository& repository, const WebRequest& request) {
  const std::string name = repository.name.str();
  TRY(const git::Repository objects, git::Repository::open(repository.path));
  TRY(const auto log, objects.log(repository.heads.at(repository.default_branch), std::nullopt, kCommitsShown));
  TRY(const auto images, images_in_use(repository));
  list commits;
  for (const git::Commit& commit : log) commits.push_back(commit_item(commit));
  Page page{"sandbox_repo.html", name, {{name, "/" + name}}, {}, {}};
  page.values = {{"name", name},
                 {"clone_url", world.url + "/" + name + ".git"},
                 {"branch", repository.default_branch},
                 {"can_push", !world.demo_registry_hook.empty() && !images.empty()},
                 {"images", image_items(images)},
                 {"pulls", pull_items(repository)},
                 {"commits", commits}};
  if (request.query.contains("pushed")) {
    page.values.insert({"notice", "The bot was told of the new image; its pull request appears below in a moment."});
    page.refresh = "3;url=/" + name;
  }
  return to_response(page);
}

std::string what_happened(const Pull& pull, const Entry& entry) {
  if (entry.type == "pull_push") {
    return entry.forced ? "replaced the commits; the head is now"
                        : "pushed " + plural(entry.commits.size(), "commit") + ", up to";
  }
  if (entry.type == "change_title")
    return "changed the title from “" + entry.old_title + "” to “" + entry.new_title + "”";
  if (entry.type == "change_target_branch")
    return "changed the target branch from “" + entry.old_ref + "” to “" + entry.new_ref + "”";
  if (entry.type == "close") return "closed this";
  if (entry.type == "reopen") return "reopened this";
  if (entry.type == "merge_pull") return "merged this";
  return "deleted the branch " + pull.head_branch;
}

std::string verdict_of(const Pull& pull, const Entry& entry) {
  for (const ReviewRecord& review : pull.reviews) {
    if (review.entry != entry.id) continue;
    if (review.state == "APPROVED") return "approved " + short_id(review.commit);
    if (review.state == "REQUEST_CHANGES") return "asked for changes";
  }
  return {};
}

object entry_item(const Pull& pull, const Entry& entry) {
  const bool is_comment = entry.type == "comment" || entry.type == "review";
  object item{{"id", std::to_string(entry.id)},
              {"author", entry.author},
              {"created", page_time(entry.created)},
              {"is_comment", is_comment}};
  if (is_comment) {
    item.insert({"body", render_markdown(entry.body)});
    if (entry.updated != entry.created) item.insert({"edited", page_time(entry.updated)});
    if (const std::string verdict = verdict_of(pull, entry); !verdict.empty()) item.insert({"verdict", verdict});
    return item;
  }
  item.insert({"what", what_happened(pull, entry)});
  if (!entry.commits.empty()) {
    item.insert({"commit", entry.commits.back().str()});
    item.insert({"short_commit", short_id(entry.commits.back())});
  }
  return item;
}

bool reloads_itself(const World& world, const Pull& pull, const std::vector<StatusRecord>& statuses) {
  if (!pull.open) return false;
  TimePoint last = pull.updated;
  for (const StatusRecord& status : statuses) last = std::max(last, status.created);
  const auto pending = [](const StatusRecord& status) { return status.state == "pending"; };
  const bool waits = statuses.empty() || std::any_of(statuses.begin(), statuses.end(), pending);
  return waits && world.clock->now() - last < kReloadsFor;
}

list people(const World& world) {
  list items;
  for (const User& user : world.users) {
    if (!user.bot) items.push_back(object{{"login", user.login}, {"reader", !user.writer}});
  }
  return items;
}

object pull_values(const World& world, const Repository& repository, const Pull& pull) {
  list entries;
  for (const Entry& entry : pull.timeline) entries.push_back(entry_item(pull, entry));
  object values{{"name", repository.name.str()},
                {"number", std::to_string(pull.number.value)},
                {"title", pull.title},
                {"state", state_of(pull)},
                {"author", pull.author},
                {"created", page_time(pull.created)},
                {"head_branch", pull.head_branch},
                {"base_branch", pull.base_branch},
                {"head", pull.head.str()},
                {"short_head", short_id(pull.head)},
                {"body", render_markdown(pull.body)},
                {"entries", entries},
                {"people", people(world)}};
  if (pull.merged) {
    values.insert({"merge_commit", pull.merge_commit.str()});
    values.insert({"short_merge_commit", short_id(pull.merge_commit)});
    values.insert({"merged_by", pull.merged_by});
  }
  return values;
}

Result<WebResponse> pull_page(const World& world, const Repository& repository, Pull& pull) {
  const auto facts = current_facts(repository, pull);
  if (!facts) return fail(ErrorKind::internal, facts.error().message);
  TRY(const git::Repository objects, git::Repository::open(repository.path));
  TRY(const auto log, objects.log(pull.head, facts->merge_base, kCommitsShown));
  TRY(const std::string diff, read_diff(repository.path, facts->merge_base, pull.head, kLargestDiff));
  const auto statuses = latest_statuses(repository, pull.head);
  list commits;
  for (const git::Commit& commit : log) commits.push_back(commit_item(commit));
  const std::string name = repository.name.str();
  const std::string number = std::to_string(pull.number.value);
  Page page{"sandbox_pull.html", pull.title + " · #" + number, {{name, "/" + name}}, {}, {}};
  page.crumbs.push_back({"#" + number, "/" + name + "/pulls/" + number});
  page.values = pull_values(world, repository, pull);
  page.values.insert({"statuses", status_items(statuses)});
  page.values.insert({"commits", commits});
  page.values.insert({"diff", diff_lines(diff)});
  if (reloads_itself(world, pull, statuses)) {
    page.refresh = "2";
    page.values.insert({"refresh", true});
  }
  return to_response(page);
}

Result<WebResponse> commit_page(const Repository& repository, const std::string& id) {
  const bool is_id = id.size() == 40 && id.find_first_not_of("0123456789abcdef") == std::string::npos;
  TRY(const git::Repository objects, git::Repository::open(repository.path));
  if (!is_id || !objects.has_commit(CommitId(id))) return no_such_page();
  TRY(const git::Commit commit, objects.commit(CommitId(id)));
  const CommitId parent = commit.parents.empty() ? CommitId() : commit.parents.front();
  TRY(const std::string diff, read_diff(repository.path, parent, commit.id, kLargestDiff));
  const std::string name = repository.name.str();
  Page page{"sandbox_commit.html", short_id(commit.id), {{name, "/" + name}}, {}, commit_item(commit)};
  page.crumbs.push_back({short_id(commit.id), "/" + name + "/commit/" + id});
  list parents;
  for (const CommitId& each : commit.parents) {
    parents.push_back(object{{"id", each.str()}, {"short_id", short_id(each)}});
  }
  page.values.insert({"name", name});
  page.values.insert({"message", commit.message});
  page.values.insert({"parents", parents});
  page.values.insert({"diff", diff_lines(diff)});
  return to_response(page);
}

std::string field(const std::map<std::string, std::string>& form, const std::string& name) {
  const auto found = form.find(name);
  return found == form.end() ? std::string() : std::string(trim(found->second));
}

WebResponse post_comment(World& world, Repository& repository, Pull& pull, const WebRequest& request) {
  const auto form = parse_form(request.body);
  const std::string where = "/" + repository.name.str() + "/pulls/" + std::to_string(pull.number.value);
  const User* author = world.find_user(field(form, "as"));
  if (!author || author->bot) {
    return message(422, "Nobody said that", "Choose one of the people in the list to speak as.", where);
  }
  // Browsers send line ends as CR LF.
  const std::string body = replace_all(field(form, "body"), "\r\n", "\n");
  if (body.empty()) return message(422, "There is nothing to say", "Type a comment before sending it.", where);
  const auto added = add_comment(world, repository, pull, *author, body);
  if (!added) return message(500, "The comment could not be added", added.error().message, where);
  return redirect(where + "#issuecomment-" + std::to_string((*added)->id));
}

WebResponse post_image(World& world, const std::string& repository, const WebRequest& request) {
  const auto form = parse_form(request.body);
  const auto pushed = push_image(world, field(form, "image"), field(form, "tag"));
  if (pushed) return redirect("/" + repository + "?pushed");
  const int status = pushed.error().kind == ErrorKind::invalid ? 422 : 502;
  return message(status, "The image was not pushed", pushed.error().message, "/" + repository);
}

/// A page below "/owner/name"; the caller holds the lock.
Result<WebResponse> answer_below(World& world, const WebRequest& request, const std::vector<std::string_view>& parts) {
  Repository* repository = world.find_repository({std::string(parts[0]), std::string(parts[1])});
  if (!repository) return no_such_page();
  const bool get = request.method == "GET";
  if (parts.size() == 2 && get) return repository_page(world, *repository, request);
  if (parts.size() == 4 && parts[2] == "commit" && get) return commit_page(*repository, std::string(parts[3]));
  if (parts.size() < 4 || parts[2] != "pulls") return no_such_page();
  PullNumber number;
  std::from_chars(parts[3].data(), parts[3].data() + parts[3].size(), number.value);
  Pull* pull = world.find_pull(*repository, number);
  if (!pull) return no_such_page();
  if (parts.size() == 4 && get) return pull_page(world, *repository, *pull);
  const bool comments = parts.size() == 5 && parts[4] == "comments" && request.method == "POST";
  return comments ? post_comment(world, *repository, *pull, request) : no_such_page();
}

}  // namespace

WebResponse answer_page(World& world, const WebRequest& request) {
  if (!is_own_page(request)) {
    return message(403, "This was not sent from the sandbox's own page",
                   "The sandbox answers only to this machine, and takes forms only from its own pages.");
  }
  if (request.path == "/-/style.css") {
    return {200, "text/css; charset=utf-8", std::string(template_text("sandbox_style.css")), {}};
  }
  std::vector<std::string_view> parts = split(std::string_view(request.path).substr(1), '/');
  if (!parts.empty() && parts.back().empty()) parts.pop_back();
  if (parts.size() == 3 && parts[2] == "images" && request.method == "POST") {
    return post_image(world, std::string(parts[0]) + "/" + std::string(parts[1]), request);
  }
  const std::lock_guard lock(world.mutex);
  if (parts.empty() && request.method == "GET") return home(world);
  if (parts.size() < 2) return no_such_page();
  auto response = answer_below(world, request, parts);
  if (!response) return message(500, "The page could not be made", response.error().message);
  return *std::move(response);
}

}  // namespace towline::forge::sandbox
