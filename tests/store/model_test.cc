// Any sequence of calls gives the same answers from SQLite as from the store in memory.
#include <rapidcheck.h>

#include "opened.h"

namespace towline::store {

namespace {

enum class Kind { take_in, make_due, claim, finish, finish_until, retry, release, release_all };

struct Call {
  Kind kind;
  int key;      ///< which key; for a claim's end: which of the claims made so far
  int seconds;  ///< since the call before
};

std::ostream& operator<<(std::ostream& out, const Call& call) {
  return out << "call " << static_cast<int>(call.kind) << " key " << call.key << " after " << call.seconds << " s";
}

/// One store with the claims it has given out.
struct Player {
  Opened store;
  std::vector<Claim> claims;
  std::string play(const Call& call, int now);

 private:
  std::string claim(int now) {
    const auto claimed = store->claim(at(now), at(now + 5)).value();
    if (!claimed) return "none";
    claims.push_back(*claimed);
    return claimed->key + " " + std::to_string(claimed->version) + " " + std::to_string(claimed->attempts);
  }
};

std::string Player::play(const Call& call, int now) {
  const std::string key = "key" + std::to_string(call.key % 3);
  if (call.kind == Kind::take_in) {
    const auto result = store->take_in(delivery(std::to_string(call.key), now, {key})).value();
    return result == IntakeResult::accepted ? "accepted" : "duplicate";
  }
  if (call.kind == Kind::claim) return claim(now);
  if (call.kind == Kind::make_due) return store->make_due({key}, at(now + call.key)) ? "ok" : "error";
  if (call.kind == Kind::release_all) return store->release_all() ? "ok" : "error";
  if (claims.empty()) return "nothing was claimed";
  const Claim& held = claims[static_cast<std::size_t>(call.key) % claims.size()];
  if (call.kind == Kind::finish) return store->finish(held, std::nullopt) ? "ok" : "error";
  if (call.kind == Kind::finish_until) return store->finish(held, at(now + call.key)) ? "ok" : "error";
  if (call.kind == Kind::retry) return store->retry(held, at(now + call.key)) ? "ok" : "error";
  return store->release(held) ? "ok" : "error";
}

std::string state(const Player& player) {
  const auto next = player.store->next_due().value();
  return std::to_string(player.store->queue_length().value()) + " keys, next " + (next ? format_time(*next) : "never");
}

}  // namespace

TEST_CASE("SQLite and memory answer every sequence of calls alike") {
  const auto call =
      rc::gen::construct<Call>(rc::gen::map(rc::gen::inRange(0, 8), [](int kind) { return static_cast<Kind>(kind); }),
                               rc::gen::inRange(0, 12), rc::gen::inRange(0, 4));
  const bool alike = rc::check("the two stores agree", [&] {
    Player sqlite{open("sqlite"), {}};
    Player memory{open("memory"), {}};
    int now = 0;
    for (const Call& next : *rc::gen::container<std::vector<Call>>(call)) {
      now += next.seconds;
      RC_ASSERT(sqlite.play(next, now) == memory.play(next, now));
      RC_ASSERT(state(sqlite) == state(memory));
    }
  });
  CHECK(alike);
}

}  // namespace towline::store
