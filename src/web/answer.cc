#include "web/answer.h"

#include "base/json.h"

namespace towline::web {

Answer status_answer(int status, std::string_view word) {
  return {status, dump_json(Json{{"status", word}}) + "\n", "application/json", {}, std::string(word)};
}

Answer error_answer(int status, std::string_view sentence) {
  return {status, dump_json(Json{{"error", sentence}}) + "\n", "application/json", {}, "refused"};
}

}  // namespace towline::web
