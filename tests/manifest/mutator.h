#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace towline::test {

using File = std::pair<std::string, std::string>;  ///< name, content
using Files = std::vector<File>;

/// Makes other YAML files of known ones, with what readers of YAML differ in; the same from the same seed.
class Mutator {
 public:
  Mutator(Files bases, std::uint64_t seed) : bases_(std::move(bases)), random_(seed) {}
  File next();

 private:
  using Change = void (Mutator::*)(std::string&);

  std::size_t below(std::size_t limit);
  std::size_t line_begin(const std::string& text);
  void change(std::string& text);
  void insert_token(std::string& text);
  void insert_line(std::string& text);
  void remove_range(std::string& text);
  void replace_byte(std::string& text);
  /// Writes a letter as an escape, and its word in double quotes.
  void escape_letter(std::string& text);
  void break_flow(std::string& text);
  void change_indent(std::string& text);
  void copy_line(std::string& text);
  void change_value(std::string& text);
  void split_line(std::string& text);
  /// Byte order marks, line ends, UTF-16.
  void encode(std::string& text);

  Files bases_;
  std::mt19937_64 random_;
};

}  // namespace towline::test
