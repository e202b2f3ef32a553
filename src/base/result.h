#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace towline {

/// What kind of failure this is; callers branch on it, people read the sentence.
enum class ErrorKind {
  invalid,      ///< the input is wrong; asking again gives the same answer
  not_found,    ///< the thing asked for does not exist (or may not be seen)
  conflict,     ///< the world moved: observe again and decide anew
  forbidden,    ///< the credentials do not allow it
  unavailable,  ///< a passing fault of another party: try again, see `retry_after`
  timeout,      ///< a deadline passed
  internal,     ///< a defect or a broken environment
};

std::string_view to_string(ErrorKind kind);

struct Error {
  ErrorKind kind = ErrorKind::internal;
  /// A sentence for the user: what was being done, to what, what went wrong, what to do.
  std::string message;
  /// More for the operator (a program's stderr, an HTTP body); already redacted; may be empty.
  std::string detail;
  /// For `unavailable`: when trying again makes sense.
  std::optional<std::chrono::seconds> retry_after = std::nullopt;
};

template <class T>
using Result = tl::expected<T, Error>;

/// `return fail(ErrorKind::invalid, "…");` from any function that gives a Result.
inline tl::unexpected<Error> fail(ErrorKind kind, std::string message, std::string detail = {}) {
  return tl::unexpected<Error>(Error{kind, std::move(message), std::move(detail), std::nullopt});
}

/// Passes an error on with a prefix that says what was being done: "doing x: <message>".
inline tl::unexpected<Error> fail_while(std::string_view doing, Error error) {
  error.message = std::string(doing) + ": " + error.message;
  return tl::unexpected<Error>(std::move(error));
}

#define TOWLINE_CONCAT_INNER(a, b) a##b
#define TOWLINE_CONCAT(a, b) TOWLINE_CONCAT_INNER(a, b)

// NOLINTBEGIN(bugprone-macro-parentheses): a declaration in parentheses is none.
/// TRY(auto value, function()); declares `value` or returns the error from the enclosing function.
#define TRY(declaration, expression) TRY_AS(declaration, expression, TOWLINE_CONCAT(try_result_, __LINE__))
#define TRY_AS(declaration, expression, name)                                  \
  auto name = (expression);                                                    \
  if (!name) return tl::unexpected<::towline::Error>(std::move(name).error()); \
  declaration = *std::move(name)
// NOLINTEND(bugprone-macro-parentheses)

/// CHECK_OK(function()); returns the error of a Result<void> from the enclosing function.
#define CHECK_OK(expression)                                                    \
  do {                                                                          \
    if (auto check_result = (expression); !check_result)                        \
      return tl::unexpected<::towline::Error>(std::move(check_result).error()); \
  } while (false)

}  // namespace towline
