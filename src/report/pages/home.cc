#include <string>
#include <utility>

#include "report/pages/pages.h"
#include "report/render_template.h"

namespace towline::report {
namespace {

using List = kainjow::mustache::list;

}  // namespace

std::string home_page(const Templates& templates, const Home& home) {
  List repositories;
  for (const Home::Repository& repository : home.repositories) {
    Data item;
    item.set("url", repository.url);
    item.set("name", repository.name);
    repositories.push_back(std::move(item));
  }
  List hooks;
  for (const Home::Hook& hook : home.hooks) {
    Data item;
    item.set("url", hook.url);
    item.set("kind", hook.kind);
    hooks.push_back(std::move(item));
  }
  Data data;
  data.set("style", templates.source("page.css"));
  data.set("repositories", repositories);
  data.set("hooks", hooks);
  return render_template(templates, "home.html", data);
}

std::string message_page(const Templates& templates, std::string_view title, std::string_view message) {
  Data data;
  data.set("style", templates.source("page.css"));
  data.set("title", std::string(title));
  data.set("message", std::string(message));
  return render_template(templates, "message.html", data);
}

}  // namespace towline::report
