// What SQLite alone promises: what was acknowledged survives, and foreign files are refused.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>

#include "opened.h"
#include "store/sqlite/group_commit.h"
#include "store/sqlite/sqlite.h"

namespace towline::store {

namespace {

/// Never returns: takes in deliveries on four threads and writes the number of each to `acknowledged` once it is in.
[[noreturn]] void take_in_until_killed(const std::filesystem::path& file, int acknowledged) {
  const auto store = open_sqlite(file).value();
  const auto sender = [&](int first) {
    for (int number = first;; number += 4) {
      if (!store->take_in(delivery("d" + std::to_string(number), number, {"key:" + std::to_string(number)}))) _exit(1);
      if (write(acknowledged, &number, sizeof number) != sizeof number) _exit(2);
    }
  };
  std::thread second(sender, 1), third(sender, 2), fourth(sender, 3);
  sender(0);
  _exit(3);
}

/// The numbers acknowledged by a process that was killed with SIGKILL after it had acknowledged 400.
std::vector<int> acknowledged_until_killed(const std::filesystem::path& file) {
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) take_in_until_killed(file, ends[1]);
  close(ends[1]);
  std::vector<int> numbers;
  int number = 0;
  while (read(ends[0], &number, sizeof number) == sizeof number) {
    numbers.push_back(number);
    if (numbers.size() == 400) kill(child, SIGKILL);
  }
  close(ends[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  return numbers;
}

Result<std::string> pragma(const std::filesystem::path& file, const std::string& name) {
  TRY(Connection connection, Connection::open(file));
  TRY(Statement value, connection.statement("PRAGMA " + name));
  CHECK_OK(value.step());
  return value.text(0);
}

}  // namespace

TEST_CASE("every delivery acknowledged before a SIGKILL is there afterwards, with its key") {
  const auto directory = TemporaryDirectory::create("towline-store").value();
  const auto file = directory.path() / "towline.db";

  const std::vector<int> numbers = acknowledged_until_killed(file);

  REQUIRE(numbers.size() >= 400);
  const auto store = open_sqlite(file).value();
  CHECK(store->queue_length().value() >= numbers.size());
  for (const int number : numbers) {
    REQUIRE(store->take_in(delivery("d" + std::to_string(number), number, {})) == IntakeResult::duplicate);
  }
}

TEST_CASE("a commit is on the disk before it is acknowledged: write-ahead log, synchronous=FULL") {
  const auto opened = open("sqlite");
  const auto file = opened.directory.path() / "towline.db";
  CHECK(pragma(file, "journal_mode") == "wal");
  CHECK(pragma(file, "synchronous") == "2");
}

TEST_CASE("everything is there when the store is opened again") {
  const auto directory = TemporaryDirectory::create("towline-store").value();
  const auto file = directory.path() / "towline.db";
  {
    const auto store = open_sqlite(file).value();
    REQUIRE(store->take_in(delivery("d1", 1, {"a"})));
    REQUIRE(store->claim(at(1), at(60)).value());
  }
  const auto store = open_sqlite(file).value();
  CHECK(store->take_in(delivery("d1", 1, {"a"})) == IntakeResult::duplicate);
  CHECK(store->next_due() == at(60));
  REQUIRE(store->release_all());
  CHECK(store->claim(at(1), at(60)).value()->key == "a");
}

TEST_CASE("concurrent deliveries are all taken in, each once") {
  const auto store = open(GENERATE("sqlite", "memory"));
  std::array<std::thread, 8> senders;
  std::array<std::vector<IntakeResult>, 8> results;
  for (std::size_t sender = 0; sender < senders.size(); ++sender) {
    senders[sender] = std::thread([&store, &result = results[sender]] {
      for (int number = 0; number < 50; ++number) {
        result.push_back(store->take_in(delivery("d" + std::to_string(number), number, {"a", "b"})).value());
      }
    });
  }
  for (std::thread& sender : senders) sender.join();
  std::ptrdiff_t accepted = 0;
  for (const auto& result : results) accepted += std::count(result.begin(), result.end(), IntakeResult::accepted);
  CHECK(accepted == 50);
  CHECK(store->queue_length() == 2);
}

TEST_CASE("a file that is no database is refused with a sentence") {
  const auto directory = TemporaryDirectory::create("towline-store").value();
  const auto file = directory.path() / "towline.db";
  REQUIRE(write_file(file, std::string(4096, 'x')));
  const auto store = open_sqlite(file);
  REQUIRE(!store);
  CHECK(store.error().kind == ErrorKind::invalid);
  CHECK(store.error().message == "the store \"" + file.string() +
                                     "\" is no database or is damaged: move the file away, a new one is built from "
                                     "the repositories and the forge");
}

TEST_CASE("what was announced to an older Towline is not lost when its store is taken over") {
  const TemporaryDirectory directory = TemporaryDirectory::create("towline-store").value();
  const auto file = directory.path() / "towline.db";
  REQUIRE(open_sqlite(file));
  Connection old = Connection::open(file).value();
  for (const char* sql :
       {"DROP TABLE fact", "DROP TABLE announcement",
        "CREATE TABLE announced_image(name TEXT NOT NULL, tag TEXT NOT NULL, digest TEXT NOT NULL, received INTEGER "
        "NOT "
        "NULL, PRIMARY KEY(name, tag)) STRICT, WITHOUT ROWID",
        "INSERT INTO announced_image VALUES('ghcr.io/acme/pay', '1.6.0', 'sha256:b', 2000)",
        "INSERT INTO announced_image VALUES('ghcr.io/acme/pay', '1.5.0', 'sha256:a', 1000)", "PRAGMA user_version=2"}) {
    REQUIRE(old.execute(sql));
  }
  const auto rows = open_sqlite(file).value()->announced_images().value();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].tag == "1.5.0");
  CHECK(rows[1].digest == "sha256:b");
}

TEST_CASE("a store written by a newer Towline is refused with a sentence") {
  const auto directory = TemporaryDirectory::create("towline-store").value();
  const auto file = directory.path() / "towline.db";
  REQUIRE(open_sqlite(file));
  REQUIRE(Connection::open(file).value().execute("PRAGMA user_version=7"));
  const auto store = open_sqlite(file);
  REQUIRE(!store);
  CHECK(store.error().kind == ErrorKind::invalid);
  CHECK(store.error().message == "the store \"" + file.string() +
                                     "\" was written by a newer Towline (schema 7, this one knows 4): use that "
                                     "version, or move the file away");
}

TEST_CASE("a store in a directory that does not exist is refused with a sentence") {
  const auto directory = TemporaryDirectory::create("towline-store").value();
  const auto file = directory.path() / "none" / "towline.db";
  const auto store = open_sqlite(file);
  REQUIRE(!store);
  CHECK(store.error().kind == ErrorKind::forbidden);
  CHECK(store.error().message == "the store \"" + file.string() +
                                     "\" cannot be opened for writing: check that its directory exists and who owns "
                                     "it");
}

TEST_CASE("a transaction that is not committed leaves nothing") {
  const auto opened = open("sqlite");
  const auto file = opened.directory.path() / "towline.db";
  {
    Connection connection = Connection::open(file).value();
    auto transaction = Transaction::begin(connection);
    REQUIRE(transaction);
    REQUIRE(connection.execute("INSERT INTO queue(key, due) VALUES('a', 1)"));
  }
  CHECK(opened->queue_length() == 0);
}

TEST_CASE("a write that fails takes no write of its batch with it") {
  const auto opened = open("sqlite");
  GroupCommit writes(Connection::open(opened.directory.path() / "towline.db").value());
  std::array<std::thread, 8> threads;
  std::array<bool, 8> done{};
  for (std::size_t thread = 0; thread < threads.size(); ++thread) {
    threads[thread] = std::thread([&, thread] {
      done[thread] = writes
                         .run([&](Connection& connection) {
                           const std::string key = thread == 3 ? "NULL" : "'" + std::to_string(thread) + "'";
                           return connection.execute("INSERT INTO queue(key, due) VALUES(" + key + ", 1)");
                         })
                         .has_value();
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(done == std::array<bool, 8>{true, true, true, false, true, true, true, true});
  CHECK(opened->queue_length() == 7);
}

}  // namespace towline::store
