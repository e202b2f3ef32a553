#pragma once

#include "forge/sandbox/api.h"

namespace towline::forge::sandbox {

/// Answers everything that is neither API nor git: the pages for people and the forms on them. Takes the
/// world's lock. Nothing on a page runs a script; a form is refused unless it comes from the sandbox's own page.
WebResponse answer_page(World& world, const WebRequest& request);

}  // namespace towline::forge::sandbox
