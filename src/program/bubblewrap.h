#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "program/process.h"

namespace towline {

/// What keeps the programs that render away from the network and from the rest of the machine.
enum class Confinement {
  bubblewrap,  ///< namespaces: no network, and of the machine only its programs and the files of the render, read-only
  seccomp,  ///< no sockets, and Landlock where the kernel has it; without that the machine's files can be read as far
            ///< as Towline's own user may
};
std::string_view to_string(Confinement kind);

/// What is done where there is no bubblewrap.
enum class ConfinementRule {
  required,     ///< nothing is run
  limits_only,  ///< programs run without it, also where it would work
};

/// How programs are run; nullopt: they are not.
std::optional<Confinement> choose_confinement(ConfinementRule rule, const std::string& search_path);

/// Why a program is not run, and what to do about it; a sentence without its end.
std::string not_sandboxed(std::string_view program);
/// What to know of everything that is rendered under ConfinementRule::limits_only; a sentence.
std::string limits_only_note();

/// The full path of bubblewrap; "" when there is none.
std::string confining_program(const std::string& search_path);

/// Found by trying it, since kernels and containers may forbid namespaces.
Confinement probe_sandbox(const std::string& search_path);

/// Directories that a program sees beside the system's own.
struct SandboxView {
  std::vector<std::filesystem::path> readable;
  std::vector<std::filesystem::path> writable;
  bool network = false;
  bool held = false;  ///< it stands ready until it is let go, as HeldProcess needs it
};

/// The same run inside of the sandbox. argv[0] must be a full path.
/// `search_path` of the run is where bubblewrap is looked for.
ProcessSpec confined(ProcessSpec spec, Confinement kind, const SandboxView& view);

}  // namespace towline
