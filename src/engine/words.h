#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "decide/snapshot.h"
#include "forge/types.h"
#include "store/store.h"

namespace towline::engine {

/// What a signed delivery tells about a comment, to be recorded.
std::vector<decide::SeenWord> words_of(const forge::CommentEvent& event, std::string_view sender, TimePoint seen);

/// What the snapshot's comments and reviews say that restrains and is not among its recorded words.
std::vector<decide::SeenWord> words_found(const decide::PullSnapshot& snapshot, TimePoint seen);

/// The form in which the store keeps a word.
store::Fact fact_of(std::string_view pull_key, const decide::SeenWord& word);
/// Every recorded word of the pull request, in the order of recording. Error internal: one cannot be read.
Result<std::vector<decide::SeenWord>> recorded_words(store::Store& store, std::string_view pull_key);

}  // namespace towline::engine
