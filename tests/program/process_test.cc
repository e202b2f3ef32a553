#include "program/process.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <thread>

#include "base/files.h"
#include "base/text.h"

namespace towline {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

ProcessSpec shell(std::string script) {
  ProcessSpec spec;
  spec.argv = {"sh", "-c", std::move(script)};
  return spec;
}

bool is_gone(const std::string& process_id) { return ::kill(std::stoi(process_id), 0) != 0; }

// A killed process is nobody's child here: init takes a moment to reap it.
bool is_gone_soon(const std::string& process_id) {
  for (int i = 0; i < 500 && !is_gone(process_id); ++i) {
    const auto status = read_file("/proc/" + process_id + "/stat");
    if (!status || status->find(") Z ") != std::string::npos) return true;
    std::this_thread::yield();
  }
  return is_gone(process_id);
}

TEST_CASE("a program's outputs and exit code come back") {
  const auto output = run_process(shell("echo out; echo err >&2; exit 3"));
  REQUIRE(output);
  CHECK(output->exit_code == 3);
  CHECK(output->standard_output == "out\n");
  CHECK(output->standard_error == "err\n");
}

TEST_CASE("a program that a signal ended has 128 and the signal as its code") {
  CHECK(run_process(shell("kill -TERM $$"))->exit_code == 128 + SIGTERM);
}

TEST_CASE("a program reads what it is given, also from /dev/stdin") {
  ProcessSpec spec;
  spec.standard_input = std::string(300'000, 'x');
  spec.argv = {"cat", "/dev/stdin"};
  CHECK(run_process(spec)->standard_output == spec.standard_input);
}

TEST_CASE("a program that does not read its input ends all the same") {
  ProcessSpec spec = shell("exit 0");
  spec.standard_input = std::string(4u << 20, 'x');
  CHECK(run_process(spec)->exit_code == 0);
}

TEST_CASE("without input a program reads nothing") { CHECK(run_process(shell("cat"))->standard_output.empty()); }

TEST_CASE("a program sees the environment that is named, and nothing else") {
  ProcessSpec spec;
  spec.argv = {"env"};
  CHECK(run_process(spec)->standard_output.empty());

  spec.environment = {{"A", "1"}};
  spec.secret_environment = {{"TOKEN", Secret("x=y")}};
  CHECK(run_process(spec)->standard_output == "A=1\nTOKEN=x=y\n");
}

TEST_CASE("a program inherits no descriptor but its three") {
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int inheritable = ::fcntl(null, F_DUPFD, 50);
  REQUIRE(inheritable >= 50);
  const auto output = run_process(shell("for fd in 0 1 2 " + std::to_string(inheritable) +
                                        "; do if [ -e /proc/$$/fd/$fd ]; then echo has $fd; fi; done"));
  ::close(inheritable);
  ::close(null);
  CHECK(output->standard_output == "has 0\nhas 1\nhas 2\n");
}

TEST_CASE("a program starts with default signal handling, whatever this process does") {
  const auto before = ::signal(SIGPIPE, SIG_IGN);
  const auto output = run_process(shell("kill -PIPE $$; echo survived"));
  ::signal(SIGPIPE, before);
  CHECK(output->exit_code == 128 + SIGPIPE);
}

TEST_CASE("a program runs in the directory that is named") {
  ProcessSpec spec;
  spec.argv = {"pwd"};
  spec.directory = "/usr/bin";
  CHECK(run_process(spec)->standard_output == "/usr/bin\n");
}

TEST_CASE("a program that does not end is stopped at its deadline") {
  ProcessSpec spec = shell("sleep 60");
  spec.deadline = milliseconds{100};
  const auto start = std::chrono::steady_clock::now();

  const auto output = run_process(spec);

  REQUIRE_FALSE(output);
  CHECK(output.error().kind == ErrorKind::timeout);
  CHECK(output.error().message == "'sh' did not end within 100ms and was stopped");
  CHECK(std::chrono::steady_clock::now() - start < seconds{10});
}

TEST_CASE("the deadline stops the program's own children too") {
  const auto directory = TemporaryDirectory::create("towline-test");
  ProcessSpec spec = shell("sleep 60 & echo -n $! > child; wait");
  spec.directory = directory->path();
  spec.deadline = milliseconds{300};

  REQUIRE_FALSE(run_process(spec));

  const auto child = read_file(directory->path() / "child");
  REQUIRE(child);
  CHECK(is_gone_soon(*child));
}

TEST_CASE("a child that outlives the program keeps nobody waiting and does not stay") {
  ProcessSpec spec = shell("sleep 60 & echo -n $!");
  const auto start = std::chrono::steady_clock::now();

  const auto output = run_process(spec);

  REQUIRE(output);
  CHECK(std::chrono::steady_clock::now() - start < seconds{10});
  CHECK(is_gone_soon(output->standard_output));
}

TEST_CASE("a program that writes without end is stopped at the limit") {
  ProcessSpec spec;
  spec.argv = {"cat", "/dev/zero"};
  spec.max_output_bytes = 1'000'000;

  const auto output = run_process(spec);

  REQUIRE_FALSE(output);
  CHECK(output.error().kind == ErrorKind::invalid);
  CHECK(output.error().message == "'cat' wrote more than the limit of 1000000 bytes and was stopped");
}

TEST_CASE("of the standard error the last 64 KiB are kept") {
  const auto output = run_process(shell("head -c 200000 /dev/zero >&2; echo -n end >&2"));
  REQUIRE(output);
  CHECK(output->standard_error.size() == 64u << 10);
  CHECK(output->standard_error.ends_with("end"));
}

TEST_CASE("a program that does not exist is told with where it was looked for") {
  ProcessSpec spec;
  spec.argv = {"no-such-program"};
  spec.search_path = "/opt/bin:/bin";

  const auto output = run_process(spec);

  REQUIRE_FALSE(output);
  CHECK(output.error().kind == ErrorKind::not_found);
  CHECK(output.error().message ==
        "there is no program 'no-such-program' in /opt/bin:/bin; install it or add its folder");
}

TEST_CASE("a file that is no program is told as such") {
  ProcessSpec spec;
  spec.argv = {"/etc/passwd"};
  CHECK(run_process(spec).error().message == "there is no program /etc/passwd that can be run");
}

TEST_CASE("an argument with a NUL character is refused, since the program would see half of it") {
  ProcessSpec spec;
  spec.argv = {"echo", std::string("a\0b", 3)};
  CHECK(run_process(spec).error().message == "an argument of 'echo' has a NUL character");
}

TEST_CASE("programs are found in the folders of the path, never in the current one") {
  CHECK(find_program("sh", "/nowhere:/usr/bin") == "/usr/bin/sh");
  CHECK(find_program("passwd", "/etc").empty());
  CHECK(find_program("sh", "").empty());
  CHECK(find_program("bin/sh", "/usr").empty());
}

TEST_CASE("many threads run programs at the same time") {
  std::vector<std::thread> threads;
  std::vector<std::string> outputs(8);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    threads.emplace_back([&outputs, i] {
      const auto output = run_process(shell("cat; echo -n " + std::to_string(i)));
      outputs[i] = output ? output->standard_output : output.error().message;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(outputs == std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6", "7"});
}

/// A stand-in for bubblewrap: waits for a byte, closes what it came from, and goes on.
ProcessSpec held_shell(const std::string& script) { return shell("head -c 1 <&3 >/dev/null; exec 3<&-; " + script); }

TEST_CASE("a held program runs once it is let go, with its three descriptors") {
  auto held = HeldProcess::start(held_shell("for fd in 0 1 2 3 4 5 6; do [ ! -e /proc/$$/fd/$fd ] || echo $fd; done"));
  REQUIRE(held);
  CHECK(held->stands());
  const auto output = held->go();
  REQUIRE(output);
  CHECK(output->standard_output == "0\n1\n2\n");
  CHECK_FALSE(held->stands());
  CHECK(held->go().error().message == "'sh' ended before it was to run");
}

TEST_CASE("the deadline of a held program begins when it is let go") {
  ProcessSpec spec = held_shell("sleep 600");
  spec.deadline = milliseconds(50);
  auto held = HeldProcess::start(spec);
  REQUIRE(held);
  CHECK(held->go().error().message == "'sh' did not end within 50ms and was stopped");
}

TEST_CASE("a held program that ended is told, and that nobody lets go is killed") {
  auto gone = HeldProcess::start(shell("exit 0"));
  REQUIRE(gone);
  for (int i = 0; i < 100'000 && gone->stands(); ++i) std::this_thread::yield();
  CHECK(gone->go().error().kind == ErrorKind::unavailable);

  const auto directory = TemporaryDirectory::create("towline-held").value();
  const auto file = directory.path() / "pid";
  {
    const auto held = HeldProcess::start(shell("echo $$ > " + file.string() + ".new; mv " + file.string() + ".new " +
                                               file.string() + "; head -c 1 <&3; touch " + file.string() + ".ran"));
    REQUIRE(held);
    while (held->stands() && !std::filesystem::exists(file)) std::this_thread::yield();
  }
  CHECK(is_gone_soon(read_file(file).value()));
  CHECK_FALSE(std::filesystem::exists(file.string() + ".ran"));
}

TEST_CASE("a program of a new session has a group of its own, with and without limits") {
  for (const std::size_t memory : {std::size_t{0}, std::size_t{1} << 30}) {
    ProcessSpec spec = shell("cut -d' ' -f1,5,6 /proc/$$/stat");
    spec.new_session = true;
    spec.limits.memory_bytes = memory;
    const std::string numbers = run_process(spec)->standard_output;
    const std::string id = numbers.substr(0, numbers.find(' '));
    CHECK(numbers == id + " " + id + " " + id + "\n");
  }
}

}  // namespace
}  // namespace towline
