#pragma once

#include <string>

#include "forge/types.h"

namespace towline::forge {

/// A webhook as it was sent.
struct Delivery {
  std::string id;  ///< unique per delivery; made of the body's hash where the forge sends none
  Event event;
};

}  // namespace towline::forge
