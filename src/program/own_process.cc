#include "program/own_process.h"

#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace towline {

void keep_process_private() {
  ::umask(077);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__
  // LeakSanitizer traces the process at its end, which this would forbid.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

void erase_variables(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const std::string start = name + "=";
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
      if (::strncmp(*entry, start.c_str(), start.size()) != 0) continue;
      char* const value = *entry + start.size();
      ::explicit_bzero(value, ::strlen(value));
    }
    ::unsetenv(name.c_str());
  }
}

}  // namespace towline
