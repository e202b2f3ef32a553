#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace towline::store {

/// A prepared statement in use; given back to its connection, reset, at the end of its life.
class Statement {
 public:
  Statement(sqlite3_stmt* statement, std::string_view path) : statement_(statement), path_(path) {}
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  /// Binds the parameters in order, from ?1 on.
  template <class... Values>
  Result<void> bind(const Values&... values) {
    int index = 0;
    Result<void> result;
    ((result = result ? bind_one(++index, values) : result), ...);
    return result;
  }
  /// True while there is a row to read.
  Result<bool> step();
  /// Runs a statement that gives no rows.
  Result<void> run();

  std::string text(int column) const;
  std::int64_t integer(int column) const;
  TimePoint time(int column) const;
  std::optional<TimePoint> optional_time(int column) const;

 private:
  Result<void> bind_one(int index, std::string_view value);
  Result<void> bind_one(int index, std::int64_t value);
  Result<void> bind_one(int index, TimePoint value);
  Result<void> bind_one(int index, const std::optional<TimePoint>& value);
  Result<void> check(int code) const;

  sqlite3_stmt* statement_;
  std::string_view path_;
};

/// One connection to a database file. Not thread-safe: its owner guards it.
class Connection {
 public:
  /// Opens, or makes, the file: write-ahead log, synchronous=FULL, foreign keys off, busy timeout of 10 s.
  /// Error invalid: it is no database. Error forbidden: it cannot be opened or written.
  static Result<Connection> open(const std::filesystem::path& file);

  /// Runs statements that give no rows of interest, separated by ';'.
  Result<void> execute(const std::string& script);
  /// Prepared once per text, and kept.
  Result<Statement> statement(std::string_view sql);
  /// Rows that the last statement inserted, changed or deleted.
  std::int64_t changes() const;
  const std::string& path() const { return *path_; }

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Connection(sqlite3* handle, const std::string& path) : handle_(handle), path_(std::make_unique<std::string>(path)) {}

  std::unique_ptr<sqlite3, Close> handle_;
  std::unique_ptr<std::string> path_;  ///< its address outlives a move, for statements' errors
  std::map<std::string, std::unique_ptr<sqlite3_stmt, Finalize>, std::less<>> statements_;
};

/// A write transaction: rolled back at the end of the scope unless committed.
class Transaction {
 public:
  static Result<Transaction> begin(Connection& connection);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  /// Durable when it returns.
  Result<void> commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

}  // namespace towline::store
