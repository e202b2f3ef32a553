#include "store/sqlite/sqlite.h"

#include <sqlite3.h>

#include <utility>

namespace towline::store {

namespace {

constexpr int kBusyTimeoutMs = 10'000;

/// The sentence for what SQLite answered; `code` is an extended result code.
Error sqlite_error(int code, std::string_view path, std::string_view detail) {
  const std::string file = "\"" + std::string(path) + "\"";
  Error error{ErrorKind::internal, "", std::string(detail)};
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      error.kind = ErrorKind::unavailable;
      error.message = "the store " + file + " is locked by another process: stop the other process";
      break;
    case SQLITE_FULL:
      error.kind = ErrorKind::unavailable;
      error.message = "the store " + file + " cannot grow, the disk is full: free some space";
      break;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      error.kind = ErrorKind::invalid;
      error.message = "the store " + file + " is no database or is damaged: move the file away, a new one is built " +
                      "from the repositories and the forge";
      break;
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      error.kind = ErrorKind::forbidden;
      error.message =
          "the store " + file + " cannot be opened for writing: check that its directory exists and who " + "owns it";
      break;
    default:
      error.message = "the store " + file + " failed: " + sqlite3_errstr(code);
      break;
  }
  return error;
}

Result<void> check_code(int code, sqlite3* handle, std::string_view path) {
  if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return {};
  return tl::unexpected<Error>(sqlite_error(code, path, handle != nullptr ? sqlite3_errmsg(handle) : ""));
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)), path_(other.path_) {}

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);  // repeats the error of the last step, which was reported then
  sqlite3_clear_bindings(statement_);
}

Result<void> Statement::check(int code) const { return check_code(code, sqlite3_db_handle(statement_), path_); }

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_);
  CHECK_OK(check(code));
  return code == SQLITE_ROW;
}

Result<void> Statement::run() {
  bool row = true;
  while (row) {
    TRY(row, step());
  }
  return {};
}

Result<void> Statement::bind_one(int index, std::string_view value) {
  // An empty view may have no address, which SQLite would read as NULL.
  const char* text = value.empty() ? "" : value.data();
  return check(sqlite3_bind_text64(statement_, index, text, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

Result<void> Statement::bind_one(int index, std::int64_t value) {
  return check(sqlite3_bind_int64(statement_, index, value));
}

Result<void> Statement::bind_one(int index, TimePoint value) {
  return bind_one(index, static_cast<std::int64_t>(value.time_since_epoch().count()));
}

Result<void> Statement::bind_one(int index, const std::optional<TimePoint>& value) {
  return value ? bind_one(index, *value) : check(sqlite3_bind_null(statement_, index));
}

std::string Statement::text(int column) const {
  const unsigned char* text = sqlite3_column_text(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  if (text == nullptr) return "";
  return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)};
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

TimePoint Statement::time(int column) const { return TimePoint(std::chrono::milliseconds(integer(column))); }

std::optional<TimePoint> Statement::optional_time(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return time(column);
}

void Connection::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
void Connection::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Result<Connection> Connection::open(const std::filesystem::path& file) {
  sqlite3* handle = nullptr;
  // Each connection has one guard of its own, so SQLite need not lock it again.
  const int code =
      sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  Connection connection(handle, file.string());
  CHECK_OK(check_code(code, handle, connection.path()));
  CHECK_OK(check_code(sqlite3_extended_result_codes(handle, 1), handle, connection.path()));
  CHECK_OK(check_code(sqlite3_busy_timeout(handle, kBusyTimeoutMs), handle, connection.path()));
  {
    TRY(Statement journal, connection.statement("PRAGMA journal_mode=WAL"));
    CHECK_OK(journal.step());
    if (const std::string mode = journal.text(0); mode != "wal") {
      return fail(ErrorKind::invalid, "the store \"" + connection.path() +
                                          "\" cannot keep a write-ahead log here (its " + "journal is \"" + mode +
                                          "\"): put the data directory on a local disk");
    }
  }
  CHECK_OK(connection.execute("PRAGMA synchronous=FULL"));
  return connection;
}

Result<void> Connection::execute(const std::string& script) {
  return check_code(sqlite3_exec(handle_.get(), script.c_str(), nullptr, nullptr, nullptr), handle_.get(), path());
}

Result<Statement> Connection::statement(std::string_view sql) {
  auto found = statements_.find(sql);
  if (found == statements_.end()) {
    sqlite3_stmt* prepared = nullptr;
    const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
    CHECK_OK(check_code(code, handle_.get(), path()));
    found = statements_.emplace(std::string(sql), prepared).first;
  }
  return Statement(found->second.get(), path());
}

std::int64_t Connection::changes() const { return sqlite3_changes64(handle_.get()); }

Result<Transaction> Transaction::begin(Connection& connection) {
  // IMMEDIATE takes the write lock now, where waiting for it is possible.
  TRY(Statement begin, connection.statement("BEGIN IMMEDIATE"));
  CHECK_OK(begin.run());
  return Transaction(connection);
}

Transaction::Transaction(Transaction&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}

Transaction::~Transaction() {
  if (connection_ == nullptr) return;
  // An error here means that SQLite has rolled back by itself already.
  static_cast<void>(connection_->execute("ROLLBACK"));
}

Result<void> Transaction::commit() {
  TRY(Statement commit, connection_->statement("COMMIT"));
  CHECK_OK(commit.run());
  connection_ = nullptr;
  return {};
}

}  // namespace towline::store
