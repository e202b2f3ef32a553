#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "engine/image_interests.h"
#include "engine/registries.h"
#include "image/reference.h"
#include "registry/client.h"
#include "store/store.h"

namespace towline::engine {

struct ImageRefresher {
  store::Store& store;
  const Clock& clock;
  const Registries& registries;
  const ImageInterests& interests;
};

struct ImageRefresh {
  bool changed = false;            ///< more or something else is known of its tags than before
  std::optional<TimePoint> again;  ///< when to look next: to poll, or because the registry could not be asked
};

/// Asks the image's registry about what was announced of it (is the digest right?), lists its tags where the registry
/// is polled or did not tell them, learns the digests of the tags that the rules would pick and of those that run, and
/// what these images say of themselves. A registry that cannot be asked keeps nothing back: what was announced is then
/// believed, with the reason kept beside it, and asked about again. What a registry says that cannot be is refused and
/// recorded in the decision log. Errors are of the store alone.
Result<ImageRefresh> refresh_image(const ImageRefresher& looker, const image::ImageName& name);

/// What the image of that digest said of itself, if it was read.
std::optional<registry::ImageFacts> known_facts(store::Store& store, const image::Digest& digest);

}  // namespace towline::engine
