#pragma once

#include <string>
#include <string_view>

#include <kainjow/mustache.hpp>

#include "report/report.h"

namespace towline::report {

using Data = kainjow::mustache::data;

/// Fills in one of the templates. `{{name}}` is escaped for HTML, `{{{name}}}` is taken as it is.
std::string render_template(const Templates& templates, std::string_view name, const Data& data);

}  // namespace towline::report
