#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "decide/seal.h"
#include "fixture.h"

namespace towline::decide {
namespace {
const Sealer kSealer(Secret("key"), "gitea/acme/infra#12");
}

TEST_CASE("a sealed comment tells its sequence number, and keeps its marker") {
  const std::string body = kSealer.sealed("text\n" + report_marker({1, "abc", {"0a"}}), 42);
  CHECK(kSealer.sequence_of(body) == 42);
  CHECK(kSealer.sequence_of(body + "\r\n ") == 42);
  CHECK(find_report_mark(body) == ReportMark{1, "abc", {"0a"}});
  CHECK(without_seal(body) == "text\n" + report_marker({1, "abc", {"0a"}}) + "\n");
  CHECK(find_reply_target(kSealer.sealed("text\n" + reply_marker(5), 1)) == 5);
  CHECK(body.size() <= std::string("text\n" + report_marker({1, "abc", {"0a"}})).size() + kSealBytes);
  CHECK_FALSE(kSealer.sequence_of("text"));
  CHECK(without_seal("text") == "text");
}

TEST_CASE("a seal holds for one text, one sequence number, one pull request and one key") {
  const std::string body = kSealer.sealed("Held by bob.", 42);
  CHECK_FALSE(Sealer(Secret("key"), "gitea/acme/infra#13").sequence_of(body));
  CHECK_FALSE(Sealer(Secret("yek"), "gitea/acme/infra#12").sequence_of(body));
  for (const auto& [old, fresh] :
       {std::pair{"bob", "eve"}, std::pair{"seq=42", "seq=43"}, std::pair{"mac=", "mac=0"}}) {
    std::string other = body;
    other.replace(other.find(old), std::string(old).size(), fresh);
    CHECK_FALSE(kSealer.sequence_of(other));
  }
  CHECK_FALSE(kSealer.sequence_of("more\n" + body));
  CHECK_FALSE(kSealer.sequence_of(body + "more"));
}

TEST_CASE("a comment fits its seal when the forge stored it within a minute of sealing") {
  const TimePoint sealed = parse_time("2026-11-24T11:00:00.500Z").value();
  const std::int64_t sequence = sealed.time_since_epoch().count();
  CHECK(was_sealed_at(sequence, sealed));
  CHECK(was_sealed_at(sequence, sealed + std::chrono::seconds(60)));
  CHECK(was_sealed_at(sequence, sealed - std::chrono::seconds(60)));
  CHECK_FALSE(was_sealed_at(sequence, sealed + std::chrono::milliseconds(60'001)));
  CHECK_FALSE(was_sealed_at(sequence, sealed - std::chrono::milliseconds(60'001)));
  CHECK_FALSE(was_sealed_at(sequence, TimePoint{}));
}

TEST_CASE("any text can be sealed, and any other text breaks the seal") {
  CHECK(rc::check([](const std::string& text) {
    const auto sequence = *rc::gen::inRange<std::int64_t>(0, INT64_MAX);
    const std::string body = kSealer.sealed(text, sequence);
    RC_ASSERT(kSealer.sequence_of(body) == sequence);
    RC_ASSERT(!kSealer.sequence_of("x" + body));
  }));
}

}  // namespace towline::decide
