#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/process.h"

namespace towline::render {

/// What keeps the programs that render away from the network and from the rest of the machine.
enum class SandboxKind {
  bubblewrap,  ///< namespaces: no network, and of the machine only its programs and the files of the render, read-only
  seccomp,     ///< no sockets; the machine's files can be read as far as Towline's own user may
};
std::string_view to_string(SandboxKind kind);

/// The full path of bubblewrap; "" when there is none.
std::string sandbox_program(const std::string& search_path);

/// Found by trying it, since kernels and containers may forbid namespaces.
SandboxKind probe_sandbox(const std::string& search_path);

/// Directories that a program sees beside the system's own.
struct SandboxView {
  std::vector<std::filesystem::path> readable;
  std::vector<std::filesystem::path> writable;
  bool network = false;
  bool held = false;  ///< it stands ready until it is let go, as HeldProcess needs it
};

/// The same run inside of the sandbox. argv[0] must be a full path.
/// `search_path` of the run is where bubblewrap is looked for.
ProcessSpec confined(ProcessSpec spec, SandboxKind kind, const SandboxView& view);

}  // namespace towline::render
