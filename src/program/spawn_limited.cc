#include "program/spawn_limited.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>

#include "program/landlock.h"

namespace towline {
namespace {

using Filter = std::vector<sock_filter>;

/// A filter that refuses sockets to anywhere beyond this machine, and what could go around it.
Filter compile_filter() {
  struct Release {
    void operator()(void* context) const { seccomp_release(context); }
  };
  const std::unique_ptr<void, Release> context(seccomp_init(SCMP_ACT_ALLOW));
  if (context == nullptr) return {};
  const auto refusal = SCMP_ACT_ERRNO(EACCES);
  const scmp_arg_cmp other_than_local{0, SCMP_CMP_NE, AF_UNIX, 0};
  int failures = seccomp_rule_add_array(context.get(), refusal, SCMP_SYS(socket), 1, &other_than_local);
  for (const int call :
       {SCMP_SYS(io_uring_setup), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
        SCMP_SYS(mount), SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(bpf), SCMP_SYS(keyctl)}) {
    failures += seccomp_rule_add(context.get(), refusal, call, 0);
  }
  const int file = failures == 0 ? ::memfd_create("towline-seccomp", MFD_CLOEXEC) : -1;
  if (file < 0) return {};
  Filter filter;
  if (seccomp_export_bpf(context.get(), file) == 0) {
    const off_t size = ::lseek(file, 0, SEEK_END);
    filter.resize(static_cast<std::size_t>(size) / sizeof(sock_filter));
    if (::pread(file, filter.data(), static_cast<std::size_t>(size), 0) != size) filter.clear();
  }
  ::close(file);
  return filter;
}

const Filter& socket_filter() {
  static const Filter kFilter = compile_filter();
  return kFilter;
}

[[noreturn]] void give_up(std::string_view what) {
  static_cast<void>(!::write(2, what.data(), what.size()));
  ::_exit(126);
}

bool limit(decltype(RLIMIT_DATA) resource, std::size_t most) {
  if (most == 0) return true;
  const rlimit wanted{most, most};
  return ::setrlimit(resource, &wanted) == 0;
}

/// In the child, which has this process's memory: calls of the kernel alone.
[[noreturn]] void become(const LimitedProgram& program, const ProcessLimits& limits, const sock_fprog* filter) {
  if (program.new_session) {
    ::setsid();
  } else {
    ::setpgid(0, 0);
  }
  if (program.landlock >= 0 && !restrict_self(program.landlock)) {
    give_up("towline: the program could not be held to its files\n");
  }
  int target = 0;
  for (const int source : program.descriptors) ::dup2(source, target++);
  if (::close_range(static_cast<unsigned>(target), ~0U, 0) != 0) give_up("towline: descriptors could not be closed\n");
  // No handler of this process may run in its memory here.
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (*program.directory != '\0' && ::chdir(program.directory) != 0) give_up("towline: no such directory\n");
  if (!limit(RLIMIT_DATA, limits.memory_bytes) || !limit(RLIMIT_FSIZE, limits.file_bytes) ||
      !limit(RLIMIT_CPU, limits.cpu_seconds) || !limit(RLIMIT_NOFILE, limits.open_files)) {
    give_up("towline: the limits could not be set\n");
  }
  // A core would hold what the program read.
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  if (filter != nullptr) {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter) != 0) {
      give_up("towline: the seccomp filter could not be set\n");
    }
  }
  ::execve(program.path, program.arguments.data(), program.environment.data());
  give_up("towline: the program could not be started\n");
}

}  // namespace

int spawn_limited(const LimitedProgram& program, const ProcessLimits& limits, pid_t& child) {
  sock_fprog filter{};
  if (limits.no_sockets) {
    const Filter& compiled = socket_filter();
    if (compiled.empty()) return ENOSYS;
    filter.len = static_cast<unsigned short>(compiled.size());
    filter.filter = const_cast<sock_filter*>(compiled.data());  // NOLINT: the kernel's interface; it only reads
  }
  sigset_t all;
  sigfillset(&all);
  sigset_t before;
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  // A fork would copy the page tables of a large process, and make it fault on every page that it then writes. This
  // thread stands still until the child has become the program, or ended.
  const pid_t id = ::vfork();  // NOLINT(clang-analyzer-security.insecureAPI.vfork)
  if (id == 0) become(program, limits, limits.no_sockets ? &filter : nullptr);
  const int error = id < 0 ? errno : 0;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  child = std::max<pid_t>(id, 0);
  return error;
}

}  // namespace towline
