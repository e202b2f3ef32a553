#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gotemplate/value.h"

namespace towline::gotemplate {

/// Steps that one template has taken, and may take.
struct GoMeter {
  std::size_t taken = 0;
  std::size_t most = 0;
  /// Error invalid: more than `most`.
  Result<void> take(std::size_t steps);
};

/// The arguments of one call, and the meter of its template. The caller charges for the size of the arguments and of
/// the result; a function whose work grows faster than these charges for it before it does it.
class GoArguments : public std::span<const GoValue> {
 public:
  GoArguments(std::span<const GoValue> values, GoMeter& meter) : std::span<const GoValue>(values), meter_(&meter) {}
  Result<void> take(std::size_t steps) const { return meter_->take(steps); }
  /// Searching for a text within another one, which may compare them at every place.
  Result<void> take_search(std::size_t text_bytes, std::size_t part_bytes) const {
    constexpr std::size_t kComparisonsOfAStep = 256;
    return take(1 + text_bytes / kComparisonsOfAStep * part_bytes);
  }

 private:
  GoMeter* meter_;
};

/// What a function makes of a list in random order.
enum class RandomOrder {
  refused,  ///< its result would be random
  ignored,
  kept,  ///< its result is a list in random order too
};

/// A row of the tables of template functions.
struct GoFunction {
  std::string_view name;
  std::size_t least = 0;  ///< arguments
  std::size_t most = 0;
  Result<GoValue> (*call)(GoArguments arguments) = nullptr;
  RandomOrder random_order = RandomOrder::refused;
};
inline constexpr std::size_t kAnyCount = 1'000;

/// Whether the order of what the value holds is random and can be told.
bool has_random_order(const GoValue& value);
inline constexpr std::string_view kRandomOrder =
    "the order of a map's keys and values is random; sort the keys with sortAlpha, or range over the map";

/// Of text/template itself, but for `and` and `or`, which do not evaluate all of their arguments.
std::span<const GoFunction> go_builtin_functions();
/// Of sprig, on texts and numbers.
std::span<const GoFunction> go_text_functions();
/// Of sprig, with regular expressions.
std::span<const GoFunction> go_regex_functions();
/// Of sprig, on lists, maps and types; and Argo CD's own.
std::span<const GoFunction> go_data_functions();

/// Error invalid: "the function 'now' is not supported", or "function 'nwo' is not defined, did you mean 'now'?".
Result<const GoFunction*> find_go_function(std::string_view name);

/// The argument as a parameter of that type; Go refuses any other. Error invalid: "wrong type for value; expected
/// string; got float64".
Result<std::string> text_argument(GoArguments arguments, std::size_t at);
Result<bool> bool_argument(GoArguments arguments, std::size_t at);
Result<std::int64_t> integer_argument(GoArguments arguments, std::size_t at);
Result<GoMap*> map_argument(GoArguments arguments, std::size_t at);
Result<const GoList*> list_argument(GoArguments arguments, std::size_t at);

/// What sprig makes of any value where it wants a text or a number.
Result<std::string> text_of(const GoValue& value);
std::int64_t integer_of(const GoValue& value);
double double_of(const GoValue& value);

}  // namespace towline::gotemplate
