#include "git/patch.h"

#include <memory>

#include "git/libgit2.h"

namespace towline::git {

std::string unified_diff(std::string_view path, std::string_view before, std::string_view after) {
  if (before == after) return {};
  ensure_libgit2();
  const std::string name(path);
  git_diff_options options;
  git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
  options.flags = GIT_DIFF_FORCE_TEXT;
  git_patch* raw = nullptr;
  if (git_patch_from_buffers(&raw, before.data(), before.size(), name.c_str(), after.data(), after.size(), name.c_str(),
                             &options) != 0) {
    return {};
  }
  const std::unique_ptr<git_patch, void (*)(git_patch*)> patch(raw, git_patch_free);
  git_buf buffer = GIT_BUF_INIT;
  if (git_patch_to_buf(&buffer, patch.get()) != 0) return {};
  std::string text(buffer.ptr, buffer.size);
  git_buf_dispose(&buffer);
  return text;
}

}  // namespace towline::git
