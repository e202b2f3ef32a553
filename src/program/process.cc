#include "program/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

// glibc 2.36 forgets to say so itself.
extern "C" {
#include <sys/pidfd.h>
}

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "base/clock.h"
#include "base/text.h"
#include "program/landlock.h"
#include "program/spawn_limited.h"

namespace towline {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::size_t kMaxErrorBytes = 64u << 10;

std::string reason(int error) { return std::generic_category().message(error); }

/// Owns a descriptor that no child inherits.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { reset(); }
  int get() const { return value_; }
  bool open() const { return value_ >= 0; }
  void reset(int value = -1) {
    if (value_ >= 0) ::close(value_);
    value_ = value;
  }

 private:
  int value_ = -1;
};

// Children get the first few by dup2; a source that is itself one of those would be overwritten half way.
int above_standard(int descriptor) {
  if (descriptor < 0 || descriptor > HeldProcess::kHold) return descriptor;
  const int moved = ::fcntl(descriptor, F_DUPFD_CLOEXEC, HeldProcess::kHold + 1);
  ::close(descriptor);
  return moved;
}

bool open_pipe(Descriptor& reader, Descriptor& writer) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
  reader.reset(above_standard(ends[0]));
  writer.reset(above_standard(ends[1]));
  return reader.open() && writer.open() && ::fcntl(reader.get(), F_SETFL, O_NONBLOCK) == 0;
}

// Standard input is a file in memory: unlike a pipe it needs no writer, so a program that does not read
// it can neither block us nor raise SIGPIPE.
bool open_input(std::string_view bytes, Descriptor& input) {
  if (bytes.empty()) {
    input.reset(above_standard(::open("/dev/null", O_RDONLY | O_CLOEXEC)));
    return input.open();
  }
  input.reset(above_standard(::memfd_create("towline-stdin", MFD_CLOEXEC)));
  if (!input.open()) return false;
  while (!bytes.empty()) {
    const ssize_t written = ::write(input.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::lseek(input.get(), 0, SEEK_SET) == 0;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (std::string& text : strings) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// A socket, since a byte for nobody raises no signal on it.
bool open_hold(Descriptor& ours, Descriptor& theirs) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return false;
  ours.reset(ends[0]);
  theirs.reset(above_standard(ends[1]));
  return theirs.open();
}

struct Pipes {
  Descriptor input;
  Descriptor output;
  Descriptor output_writer;
  Descriptor error;
  Descriptor error_writer;
  Descriptor hold;         ///< open when the program is held
  Descriptor hold_reader;  ///< likewise
};

/// posix_spawn's two option objects.
struct SpawnOptions {
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
  SpawnOptions() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  SpawnOptions(const SpawnOptions&) = delete;
  SpawnOptions& operator=(const SpawnOptions&) = delete;
  ~SpawnOptions() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
};

/// Starts the program in its own process group with standard descriptors only, and what it is held by. `landlock`: the
/// rules for its files, -1 for none. Gives errno, 0 on success.
int spawn(const ProcessSpec& spec, const std::filesystem::path& program, const Pipes& pipes, int landlock,
          pid_t& child) {
  SpawnOptions options;
  posix_spawn_file_actions_adddup2(&options.actions, pipes.input.get(), 0);
  posix_spawn_file_actions_adddup2(&options.actions, pipes.output_writer.get(), 1);
  posix_spawn_file_actions_adddup2(&options.actions, pipes.error_writer.get(), 2);
  posix_spawn_file_actions_addclosefrom_np(&options.actions, 3);
  if (!spec.directory.empty()) posix_spawn_file_actions_addchdir_np(&options.actions, spec.directory.c_str());

  // This process may ignore or block signals; the program expects none of that.
  sigset_t none;
  sigemptyset(&none);
  sigset_t defaults;
  sigemptyset(&defaults);
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD}) sigaddset(&defaults, signal);
  posix_spawnattr_setsigmask(&options.attributes, &none);
  posix_spawnattr_setsigdefault(&options.attributes, &defaults);
  posix_spawnattr_setpgroup(&options.attributes, 0);
  const int group = spec.new_session ? POSIX_SPAWN_SETSID : POSIX_SPAWN_SETPGROUP;
  posix_spawnattr_setflags(&options.attributes,
                           static_cast<short>(group | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));

  std::vector<std::string> arguments = spec.argv;
  std::vector<std::string> environment;
  for (const auto& [name, value] : spec.environment) environment.push_back(std::string(name).append("=").append(value));
  for (const auto& [name, value] : spec.secret_environment)
    environment.push_back(std::string(name).append("=").append(value.reveal()));
  if (spec.limits == ProcessLimits{} && !pipes.hold.open() && landlock < 0) {
    return ::posix_spawn(&child, program.c_str(), &options.actions, &options.attributes, pointers(arguments).data(),
                         pointers(environment).data());
  }
  LimitedProgram limited{program.c_str(),
                         pointers(arguments),
                         pointers(environment),
                         spec.directory.c_str(),
                         {pipes.input.get(), pipes.output_writer.get(), pipes.error_writer.get()},
                         spec.new_session,
                         landlock};
  if (pipes.hold.open()) limited.descriptors.push_back(pipes.hold_reader.get());
  return spawn_limited(limited, spec.limits, child);
}

enum class Outcome { exited, late, too_much };

/// A running child; killed with its whole group and reaped at the end of the scope.
class Child {
 public:
  explicit Child(pid_t id) : id_(id), exit_(::pidfd_open(id, 0)) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { finish(); }

  /// Readable once the child is gone; until `finish` its id cannot be used again.
  int exit_descriptor() const { return exit_.get(); }

  /// Kills what is left of the group (helpers that outlive their parent too) and gives the exit code.
  int finish() {
    if (id_ == 0) return code_;
    ::kill(-id_, SIGKILL);
    int status = 0;
    while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    id_ = 0;
    code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return code_;
  }

 private:
  pid_t id_;
  Descriptor exit_;
  int code_ = 0;
};

/// Collects a pipe without blocking.
class Collector {
 public:
  /// `keep_tail`: over the limit the beginning is forgotten; otherwise it is reported.
  Collector(Descriptor& pipe, std::size_t max_bytes, bool keep_tail)
      : pipe_(pipe), max_bytes_(max_bytes), keep_tail_(keep_tail) {}

  int descriptor() const { return pipe_.get(); }

  /// Reads what is there; false when it is over the limit.
  bool drain() {
    std::array<char, 64u << 10> chunk;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
    while (pipe_.open()) {
      const ssize_t got = ::read(pipe_.get(), chunk.data(), chunk.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) return true;
      if (got <= 0) {
        pipe_.reset();
        return true;
      }
      text.append(chunk.data(), static_cast<std::size_t>(got));
      if (text.size() <= max_bytes_) continue;
      if (!keep_tail_) return false;
      text.erase(0, text.size() - max_bytes_);
    }
    return true;
  }

  std::string text;

 private:
  Descriptor& pipe_;
  std::size_t max_bytes_;
  bool keep_tail_;
};

int poll_timeout(SteadyTime deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, 1'000'000));
}

/// Reads both pipes until the child is gone. A helper that keeps a pipe open does not keep us waiting.
Outcome wait_for_exit(const Child& child, Collector& output, Collector& error, SteadyTime deadline) {
  while (true) {
    std::array<pollfd, 3> watched = {
        {{child.exit_descriptor(), POLLIN, 0}, {output.descriptor(), POLLIN, 0}, {error.descriptor(), POLLIN, 0}}};
    const int ready = ::poll(watched.data(), watched.size(), poll_timeout(deadline));
    const bool exited = ready > 0 && watched[0].revents != 0;
    // Read after the exit was seen: all that the child wrote is in the pipe by now.
    if (!output.drain()) return Outcome::too_much;
    error.drain();
    if (exited) return Outcome::exited;
    if (std::chrono::steady_clock::now() >= deadline) return Outcome::late;
  }
}

Result<std::filesystem::path> locate(const ProcessSpec& spec) {
  if (spec.argv.empty() || spec.argv[0].empty()) return fail(ErrorKind::internal, "no program was named to be run");
  if (spec.argv[0].find('/') == std::string::npos) {
    std::filesystem::path found = find_program(spec.argv[0], spec.search_path);
    if (!found.empty()) return found;
    return fail(ErrorKind::not_found,
                "there is no program '" + spec.argv[0] + "' in " + spec.search_path + "; install it or add its folder");
  }
  std::error_code error;
  const std::filesystem::path program = std::filesystem::absolute(spec.argv[0], error);
  if (error || ::access(program.c_str(), X_OK) != 0) {
    return fail(ErrorKind::not_found, "there is no program " + spec.argv[0] + " that can be run");
  }
  return program;
}

Result<void> check_spec(const ProcessSpec& spec) {
  const auto holds_nul = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  if (std::any_of(spec.argv.begin(), spec.argv.end(), holds_nul)) {
    return fail(ErrorKind::invalid, "an argument of '" + spec.argv[0] + "' has a NUL character");
  }
  std::error_code error;
  if (!spec.directory.empty() && !std::filesystem::is_directory(spec.directory, error)) {
    return fail(ErrorKind::internal,
                "cannot run '" + spec.argv[0] + "' in " + spec.directory.string() + ": it is not a directory");
  }
  return {};
}

/// A program that runs.
struct Running {
  Pipes pipes;
  std::unique_ptr<Child> child;
};

Result<void> start(const ProcessSpec& spec, bool held, Running& running) {
  TRY(const std::filesystem::path program, locate(spec));
  CHECK_OK(check_spec(spec));
  Pipes& pipes = running.pipes;
  if (!open_input(spec.standard_input, pipes.input) || !open_pipe(pipes.output, pipes.output_writer) ||
      !open_pipe(pipes.error, pipes.error_writer) || (held && !open_hold(pipes.hold, pipes.hold_reader))) {
    return fail(ErrorKind::internal, "cannot prepare to run '" + spec.argv[0] + "': " + reason(errno));
  }
  std::optional<LandlockRules> rules;
  if (spec.files && landlock_version() > 0) {
    TRY(rules, LandlockRules::create(*spec.files));
  }
  pid_t id = 0;
  if (const int error = spawn(spec, program, pipes, rules ? rules->descriptor() : -1, id); error != 0) {
    return fail(ErrorKind::internal, "cannot run " + program.string() + ": " + reason(error));
  }
  pipes.input.reset();
  pipes.output_writer.reset();
  pipes.error_writer.reset();
  pipes.hold_reader.reset();
  running.child = std::make_unique<Child>(id);
  if (running.child->exit_descriptor() < 0) {
    return fail(ErrorKind::internal, "cannot watch " + program.string() + ": " + reason(errno));
  }
  return {};
}

Result<ProcessOutput> attend(const ProcessSpec& spec, Running& running, SteadyTime deadline) {
  Collector output(running.pipes.output, spec.max_output_bytes, false);
  Collector error(running.pipes.error, kMaxErrorBytes, true);
  switch (wait_for_exit(*running.child, output, error, deadline)) {
    case Outcome::late:
      return fail(ErrorKind::timeout,
                  "'" + spec.argv[0] + "' did not end within " + format_duration(spec.deadline) + " and was stopped");
    case Outcome::too_much:
      return fail(ErrorKind::invalid, "'" + spec.argv[0] + "' wrote more than the limit of " +
                                          plural(spec.max_output_bytes, "byte") + " and was stopped");
    case Outcome::exited:
      break;
  }
  const int code = running.child->finish();
  return ProcessOutput{code, std::move(output.text), std::move(error.text)};
}

}  // namespace

Result<ProcessOutput> run_process(const ProcessSpec& spec) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + spec.deadline;
  Running running;
  CHECK_OK(start(spec, false, running));
  return attend(spec, running, deadline);
}

struct HeldProcess::State {
  ProcessSpec spec;
  Running running;
};

HeldProcess::HeldProcess(std::unique_ptr<State> state) : state_(std::move(state)) {}
HeldProcess::HeldProcess(HeldProcess&&) noexcept = default;
HeldProcess& HeldProcess::operator=(HeldProcess&&) noexcept = default;
HeldProcess::~HeldProcess() = default;

Result<HeldProcess> HeldProcess::start(const ProcessSpec& spec) {
  auto state = std::make_unique<State>();
  state->spec = spec;
  CHECK_OK(towline::start(spec, true, state->running));
  return HeldProcess(std::move(state));
}

bool HeldProcess::stands() const {
  pollfd exit{state_->running.child->exit_descriptor(), POLLIN, 0};
  return state_->running.pipes.hold.open() && ::poll(&exit, 1, 0) == 0;
}

Result<ProcessOutput> HeldProcess::go() {
  const SteadyTime deadline = std::chrono::steady_clock::now() + state_->spec.deadline;
  Descriptor& hold = state_->running.pipes.hold;
  if (!stands() || ::send(hold.get(), "", 1, MSG_NOSIGNAL) != 1) {
    return fail(ErrorKind::unavailable, "'" + state_->spec.argv[0] + "' ended before it was to run");
  }
  hold.reset();
  return attend(state_->spec, state_->running, deadline);
}

std::filesystem::path find_program(std::string_view name, std::string_view search_path) {
  if (name.empty() || name.find('/') != std::string_view::npos) return {};
  for (const std::string_view folder : split(search_path, ':')) {
    if (folder.empty()) continue;  // to a shell that is the current directory, to us nothing
    std::filesystem::path candidate = std::filesystem::path(folder) / name;
    std::error_code error;
    if (std::filesystem::is_regular_file(candidate, error) && ::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

}  // namespace towline
