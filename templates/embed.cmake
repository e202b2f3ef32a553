# Writes OUTPUT, a C++ source that gives the files below ROOT as towline::embedded::NAME().
file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/*)
list(FILTER files EXCLUDE REGEX "embed\\.cmake$")
list(SORT files)
set(entries "")
foreach(file ${files})
  file(READ ${ROOT}/${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" text "${hex}")
  # Long literals are cut into pieces: a compiler need not take more than 64 KiB in one.
  string(REGEX REPLACE "(................................................................................................................................................................)" "\\1\"\n\"" text "${text}")
  string(LENGTH "${hex}" length)
  math(EXPR length "${length} / 2")
  string(APPEND entries "  {\"${file}\", std::string_view(\"${text}\", ${length})},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"base/embedded.h\"\n\nnamespace towline::embedded {\n
std::span<const File> ${NAME}() {\n  static constexpr File kFiles[] = {\n${entries}  };\n  return kFiles;\n}\n
}  // namespace towline::embedded\n")
