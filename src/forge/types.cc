#include "forge/types.h"

namespace towline::forge {

std::string_view to_string(StatusState state) {
  switch (state) {
    case StatusState::pending:
      return "pending";
    case StatusState::success:
      return "success";
    case StatusState::failure:
      return "failure";
    case StatusState::error:
      return "error";
  }
  return "error";
}

std::string_view to_string(EventKind kind) {
  switch (kind) {
    case EventKind::push:
      return "push";
    case EventKind::pull:
      return "pull";
    case EventKind::comment:
      return "comment";
    case EventKind::review:
      return "review";
    case EventKind::status:
      return "status";
    case EventKind::package:
      return "package";
    case EventKind::ignored:
      return "ignored";
  }
  return "ignored";
}

}  // namespace towline::forge
