#pragma once

#include <string>
#include <string_view>

#include <kainjow/mustache.hpp>

#include "report/report.h"

namespace towline::report {

using Data = kainjow::mustache::data;

/// One of the templates, read once to be filled in many times. `{{name}}` is escaped for HTML, `{{{name}}}` is taken as
/// it is.
class Template {
 public:
  Template(const Templates& templates, std::string_view name);
  std::string render(const Data& data);

 private:
  kainjow::mustache::mustache parsed_;
};

/// Sections that are not there leave empty lines behind: of several in a row one is left. Inside of a diff every line
/// has a sign, so none is empty.
std::string squeezed(std::string_view text);

std::string render_template(const Templates& templates, std::string_view name, const Data& data);

}  // namespace towline::report
