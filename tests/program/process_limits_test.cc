#include <signal.h>
#include <catch2/catch.hpp>

#include <string>

#include "base/files.h"
#include "program/process.h"

namespace towline {
namespace {

/// A real program that takes more than it is given. Perl, because it allocates, opens and computes by itself.
ProcessSpec perl(std::string program) {
  ProcessSpec spec;
  spec.argv = {"perl", "-e", std::move(program)};
  return spec;
}

constexpr std::size_t kMiB = 1u << 20;

TEST_CASE("a program gets no more memory than its limit") {
  ProcessSpec spec = perl("$x = 'x' x (200 << 20); print length $x");
  CHECK(run_process(spec).value().standard_output == "209715200");
  spec.limits.memory_bytes = 64 * kMiB;

  const ProcessOutput output = run_process(spec).value();

  CHECK(output.exit_code != 0);
  CHECK(output.standard_output.empty());
  CHECK_THAT(output.standard_error, Catch::Contains("Out of memory"));
}

TEST_CASE("each child of a program is held to the limit of memory too") {
  ProcessSpec spec;
  spec.argv = {"sh", "-c", "perl -e '$x = \"x\" x (200 << 20); print length $x' || echo refused"};
  spec.limits.memory_bytes = 64 * kMiB;
  CHECK(run_process(spec).value().standard_output == "refused\n");
}

TEST_CASE("a program that computes for longer than its limit is killed before its deadline") {
  ProcessSpec spec = perl("1 while 1");
  spec.deadline = std::chrono::minutes(5);
  spec.limits.cpu_seconds = 1;
  CHECK(run_process(spec).value().exit_code == 128 + SIGKILL);
}

TEST_CASE("a program cannot put off the end of its time to compute") {
  ProcessSpec spec = perl("$SIG{XCPU} = 'IGNORE'; 1 while 1");
  spec.deadline = std::chrono::minutes(5);
  spec.limits.cpu_seconds = 1;
  CHECK(run_process(spec).value().exit_code == 128 + SIGKILL);
}

TEST_CASE("a program writes no file larger than its limit") {
  const auto directory = TemporaryDirectory::create("towline-limits-").value();
  ProcessSpec spec = perl("open F, '>', 'large'; syswrite F, 'x' x (1 << 20) for 1 .. 8; print 'done'");
  spec.directory = directory.path();
  CHECK(run_process(spec).value().standard_output == "done");
  CHECK(std::filesystem::file_size(directory.path() / "large") == 8 * kMiB);
  spec.limits.file_bytes = 2 * kMiB;

  CHECK(run_process(spec).value().exit_code == 128 + SIGXFSZ);

  CHECK(std::filesystem::file_size(directory.path() / "large") == 2 * kMiB);
}

TEST_CASE("a program has no more files open than its limit") {
  ProcessSpec spec =
      perl("open($f[$_], '<', '/dev/null') or last for 1 .. 200; print scalar grep { defined fileno $_ } @f");
  CHECK(run_process(spec).value().standard_output == "200");
  spec.limits.open_files = 32;
  // Standard input, output and error are among the 32.
  CHECK(run_process(spec).value().standard_output == "29");
}

TEST_CASE("a program cannot raise its limits, nor its children") {
  ProcessSpec spec;
  spec.argv = {"bash", "-c", "ulimit -Hn; ulimit -Ht; ulimit -Hf; ulimit -Hd; ulimit -c; sh -c 'ulimit -Hn'"};
  spec.limits = {64 * kMiB, 2 * kMiB, 7, 32, false};
  CHECK(run_process(spec).value().standard_output == "32\n7\n2048\n65536\n0\n32\n");
}

TEST_CASE("limits change nothing for a program that keeps to them") {
  ProcessSpec spec = perl("print 'here'; warn 'there'; exit 3");
  spec.limits = {256 * kMiB, kMiB, 60, 64, true};

  const ProcessOutput output = run_process(spec).value();

  CHECK(output.exit_code == 3);
  CHECK(output.standard_output == "here");
  CHECK_THAT(output.standard_error, Catch::StartsWith("there"));
}

}  // namespace
}  // namespace towline
