#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"
#include "program/process.h"

namespace towline {

/// The version of Landlock (landlock(7)) that the kernel has; 0: none.
int landlock_version();

/// What a program may do with files, as a set of rules in the kernel. As far as the kernel knows how, the program can
/// also not connect to or listen on TCP ports without `network`, and not reach sockets and processes outside of itself.
class LandlockRules {
 public:
  /// What is not there is left out. Errors internal: the kernel has no Landlock, or refuses a rule.
  static Result<LandlockRules> create(const FileAccess& access);
  LandlockRules(LandlockRules&& other) noexcept;
  LandlockRules& operator=(LandlockRules&& other) noexcept;
  ~LandlockRules();

  /// For landlock_restrict_self(2); above the standard ones.
  int descriptor() const { return descriptor_; }

 private:
  explicit LandlockRules(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

/// In a child: holds this process and its children to the rules. Calls of the kernel alone.
bool restrict_self(int rules);

}  // namespace towline
