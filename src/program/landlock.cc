#include "program/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace towline {
namespace {

// Numbers of the kernel's interface that older headers lack.
constexpr std::uint64_t kRefer = 1ULL << 13;
constexpr std::uint64_t kTruncate = 1ULL << 14;
constexpr std::uint64_t kIoctlOfDevices = 1ULL << 15;
constexpr std::uint64_t kBindTcp = 1ULL << 0;
constexpr std::uint64_t kConnectTcp = 1ULL << 1;
constexpr std::uint64_t kAbstractSockets = 1ULL << 0;
constexpr std::uint64_t kSignals = 1ULL << 1;

/// landlock_ruleset_attr as of version 6; earlier versions take its beginning.
struct Ruleset {
  std::uint64_t files;
  std::uint64_t network;
  std::uint64_t scoped;
};

constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kRun = kRead | LANDLOCK_ACCESS_FS_EXECUTE;
constexpr std::uint64_t kAllOfVersion1 = (1ULL << 13) - 1;
constexpr std::uint64_t kOfFiles =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE | kTruncate;

std::uint64_t known_to(int version) {
  std::uint64_t all = kAllOfVersion1;
  if (version >= 2) all |= kRefer;
  if (version >= 3) all |= kTruncate;
  if (version >= 5) all |= kIoctlOfDevices;
  return all;
}

std::size_t size_for(int version) {
  constexpr std::size_t kNumber = sizeof(std::uint64_t);
  return version >= 6 ? 3 * kNumber : version >= 4 ? 2 * kNumber : kNumber;
}

tl::unexpected<Error> refused(const std::string& what) {
  return fail(ErrorKind::internal,
              "cannot hold a program to its files (Landlock): " + what + ": " + std::generic_category().message(errno));
}

Result<void> allow(int rules, const std::filesystem::path& path, std::uint64_t access) {
  const int opened = ::open(path.c_str(), O_PATH | O_CLOEXEC);
  if (opened < 0 && (errno == ENOENT || errno == ENOTDIR)) return {};
  if (opened < 0) return refused(path.string());
  struct stat status {};
  if (::fstat(opened, &status) == 0 && !S_ISDIR(status.st_mode)) access &= kOfFiles;
  const landlock_path_beneath_attr rule{access, opened};
  const long added = ::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  const int error = errno;
  ::close(opened);
  errno = error;
  if (added != 0) return refused(path.string());
  return {};
}

/// Not one of the first few, which a child gives to its program.
constexpr int kAboveStandard = 16;

}  // namespace

int landlock_version() {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version < 0 ? 0 : static_cast<int>(version);
}

Result<LandlockRules> LandlockRules::create(const FileAccess& access) {
  const int version = landlock_version();
  const std::uint64_t all = known_to(version);
  const Ruleset ruleset{all, access.network ? 0 : kBindTcp | kConnectTcp, kAbstractSockets | kSignals};
  const auto made = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &ruleset, size_for(version), 0));
  if (made < 0) return refused("no rules");
  LandlockRules rules(::fcntl(made, F_DUPFD_CLOEXEC, kAboveStandard));
  ::close(made);
  if (rules.descriptor_ < 0) return refused("no descriptor");
  for (const auto& path : access.programs) CHECK_OK(allow(rules.descriptor_, path, kRun));
  for (const auto& path : access.readable) CHECK_OK(allow(rules.descriptor_, path, kRead));
  for (const auto& path : access.writable) CHECK_OK(allow(rules.descriptor_, path, all & ~LANDLOCK_ACCESS_FS_EXECUTE));
  return rules;
}

LandlockRules::LandlockRules(LandlockRules&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

LandlockRules& LandlockRules::operator=(LandlockRules&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

LandlockRules::~LandlockRules() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool restrict_self(int rules) {
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::syscall(SYS_landlock_restrict_self, rules, 0) == 0;
}

}  // namespace towline
