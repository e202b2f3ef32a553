#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "base/files.h"
#include "store/store.h"

namespace towline::store {

/// Both implementations, for tests of the contract: `auto opened = open(GENERATE("sqlite", "memory"));`.
struct Opened {
  TemporaryDirectory directory;
  std::unique_ptr<Store> store;
  Store* operator->() const { return store.get(); }
};

inline Opened open(std::string_view kind) {
  auto directory = TemporaryDirectory::create("towline-store").value();
  auto store = kind == "sqlite" ? open_sqlite(directory.path() / "towline.db").value() : make_memory_store();
  return {std::move(directory), std::move(store)};
}

/// Seconds after an arbitrary beginning.
inline TimePoint at(int seconds) { return TimePoint(std::chrono::seconds(1'800'000'000 + seconds)); }

inline Intake delivery(std::string id, int seconds, std::vector<std::string> due) {
  return Intake{"forge/gitea", std::move(id), at(seconds), std::move(due), {}, {}, {}};
}

}  // namespace towline::store
