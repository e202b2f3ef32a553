#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/evaluator/process.h"

namespace towline::evaluate {

/// What an evaluator sees of the machine beside its programs and libraries.
struct EvaluatorView {
  std::vector<std::filesystem::path> readable;
  std::vector<std::filesystem::path> writable;
  bool network = false;
  std::string search_path;  ///< of the programs that render
};

/// The program in a bubblewrap sandbox with namespaces of its own: it sees no process and no file of the bot's, and no
/// network unless the view has one. nullopt when bubblewrap does not work here, or the sandboxes of rendering do not
/// work within it: those are found out by trying.
std::optional<EvaluatorProgram> confined_evaluator(const EvaluatorProgram& program, const EvaluatorView& view);

}  // namespace towline::evaluate
