#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "evaluate/evaluator/wire_types.h"

using namespace towline::evaluate;

namespace {

/// What is read is written as it was.
template <class Value>
void check(std::string_view bytes) {
  const auto value = decode<Value>(bytes);
  if (value && encode(*value) != bytes) std::abort();
}

}  // namespace

/// What an evaluator that hostile content has taken over may write.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0] % 5) {
    case 0:
      check<std::pair<towline::evaluate::Evaluation, RepositoryReader::Counters>>(bytes);
      break;
    case 1:
      check<std::pair<std::vector<towline::evaluate::ServiceState>, RepositoryReader::Counters>>(bytes);
      break;
    case 2:
      check<std::pair<std::vector<FileEdits>, RepositoryReader::Counters>>(bytes);
      break;
    case 3:
      check<std::pair<std::vector<towline::sites::ImageSite>, RepositoryReader::Counters>>(bytes);
      break;
    default:
      check<Failure>(bytes);
  }
  return 0;
}
