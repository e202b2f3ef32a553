// The binary is built as CMakeLists.txt hardens it. What the compiler and the linker did is read from the ELF file.
#include <elf.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "support/paths.h"

namespace {

/// An x86-64 executable, read whole.
class Binary {
 public:
  explicit Binary(const std::string& path) : bytes_(towline::read_file(path, 1u << 30).value()) {
    header_ = at<Elf64_Ehdr>(0);
    REQUIRE(std::memcmp(header_.e_ident, ELFMAG, SELFMAG) == 0);
    for (std::size_t i = 0; i < header_.e_phnum; ++i) {
      segments_.push_back(at<Elf64_Phdr>(header_.e_phoff + i * sizeof(Elf64_Phdr)));
    }
    for (std::size_t i = 0; i < header_.e_shnum; ++i) {
      sections_.push_back(at<Elf64_Shdr>(header_.e_shoff + i * sizeof(Elf64_Shdr)));
    }
  }

  Elf64_Half type() const { return header_.e_type; }

  const Elf64_Phdr* segment(Elf64_Word type) const {
    const auto found =
        std::find_if(segments_.begin(), segments_.end(), [&](const Elf64_Phdr& one) { return one.p_type == type; });
    return found == segments_.end() ? nullptr : &*found;
  }

  /// The value of an entry of the dynamic section.
  std::optional<Elf64_Xword> dynamic(Elf64_Sxword tag) const {
    const Elf64_Phdr* entries = segment(PT_DYNAMIC);
    REQUIRE(entries != nullptr);
    for (std::size_t place = 0; place < entries->p_filesz; place += sizeof(Elf64_Dyn)) {
      const auto entry = at<Elf64_Dyn>(entries->p_offset + place);
      if (entry.d_tag == tag) return entry.d_un.d_val;
    }
    return std::nullopt;
  }
  bool has_flag(Elf64_Sxword tag, Elf64_Xword flag) const { return (dynamic(tag).value_or(0) & flag) != 0; }

  /// Names of the functions that it takes from libraries.
  std::vector<std::string> imports() const {
    std::vector<std::string> names;
    each_symbol(SHT_DYNSYM, [&](const Elf64_Sym& symbol, std::string_view name) {
      if (symbol.st_shndx == SHN_UNDEF) names.emplace_back(name);
    });
    return names;
  }

  /// The first bytes of a function of its own; empty if there is none.
  std::string first_bytes(std::string_view function, std::size_t count) const {
    std::string found;
    each_symbol(SHT_SYMTAB, [&](const Elf64_Sym& symbol, std::string_view name) {
      if (name == function && symbol.st_shndx != SHN_UNDEF) found = bytes_.substr(offset_of(symbol.st_value), count);
    });
    return found;
  }

 private:
  template <class T>
  T at(std::size_t offset) const {
    REQUIRE(offset + sizeof(T) <= bytes_.size());
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }

  std::size_t offset_of(Elf64_Addr address) const {
    for (const Elf64_Phdr& one : segments_) {
      if (one.p_type == PT_LOAD && address >= one.p_vaddr && address < one.p_vaddr + one.p_filesz) {
        return address - one.p_vaddr + one.p_offset;
      }
    }
    return bytes_.size();
  }

  template <class Visit>
  void each_symbol(Elf64_Word type, const Visit& visit) const {
    for (const Elf64_Shdr& section : sections_) {
      if (section.sh_type != type) continue;
      const Elf64_Shdr& names = sections_.at(section.sh_link);
      for (std::size_t place = 0; place < section.sh_size; place += sizeof(Elf64_Sym)) {
        const auto symbol = at<Elf64_Sym>(section.sh_offset + place);
        visit(symbol, std::string_view(bytes_.c_str() + names.sh_offset + symbol.st_name));
      }
    }
  }

  std::string bytes_;
  Elf64_Ehdr header_{};
  std::vector<Elf64_Phdr> segments_;
  std::vector<Elf64_Shdr> sections_;
};

/// Why this build is not hardened as a release is; "" when it must be.
std::string exempt() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return "skipped: a build with sanitizers is not hardened, it checks more";
#elif !defined(__x86_64__)
  return "skipped: the test reads x86-64 binaries";
#elif defined(__clang__)
  return "skipped: _FORTIFY_SOURCE is for GCC builds";
#else
  return "";
#endif
}

bool is_exempt() {
  if (exempt().empty()) return false;
  WARN(exempt());
  return true;
}

Binary towline_binary() { return Binary(towline::test::binary_dir() + "/towline"); }

}  // namespace

TEST_CASE("the program is loaded at a random address, and its tables are read-only once it runs") {
  if (is_exempt()) return;
  const Binary binary = towline_binary();
  CHECK(binary.type() == ET_DYN);
  CHECK(binary.has_flag(DT_FLAGS_1, DF_1_PIE));
  CHECK(binary.segment(PT_GNU_RELRO) != nullptr);
  CHECK((binary.has_flag(DT_FLAGS, DF_BIND_NOW) || binary.has_flag(DT_FLAGS_1, DF_1_NOW)));
}

TEST_CASE("no memory of the program is both writable and executable") {
  if (is_exempt()) return;
  const Binary binary = towline_binary();
  REQUIRE(binary.segment(PT_GNU_STACK) != nullptr);
  CHECK((binary.segment(PT_GNU_STACK)->p_flags & PF_X) == 0);
  CHECK_FALSE(binary.dynamic(DT_TEXTREL));
  CHECK_FALSE(binary.has_flag(DT_FLAGS, DF_TEXTREL));
}

TEST_CASE("stack, buffer sizes and the standard library's conditions are checked while the program runs") {
  if (is_exempt()) return;
  const std::vector<std::string> imports = towline_binary().imports();
  CHECK_THAT(imports, Catch::VectorContains(std::string("__stack_chk_fail")));
  // std::__glibcxx_assert_fail(char const*, int, char const*, char const*)
  CHECK_THAT(imports, Catch::VectorContains(std::string("_ZSt21__glibcxx_assert_failPKciS0_S0_")));
  const auto checked = std::count_if(imports.begin(), imports.end(), [](const std::string& name) {
    return name.starts_with("__") && name.ends_with("_chk");
  });
  CHECK(checked >= 5);
}

TEST_CASE("indirect branches land on marked functions only") {
  if (is_exempt()) return;
  const Binary binary = towline_binary();
  // The archives of Debian have no property note, so that the linker drops it: the functions themselves are read.
  const std::string endbr64 = "\xf3\x0f\x1e\xfa";
  CHECK(binary.first_bytes("main", 4) == endbr64);
  CHECK(binary.first_bytes("_ZN7towline3bot12report_errorERKNS_5ErrorE", 4) == endbr64);
}
