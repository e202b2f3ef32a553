#pragma once

#include <vector>

#include "evaluate/evaluation.h"
#include "manifest/object.h"

namespace towline::evaluate {

/// Fills in what the rendered workloads show of images, each once: another version of an image, and images that are
/// replaced by one of another name, come or go. A workload or a container of another name that goes on with an image is
/// no reason to say that it came and went.
void read_images(const std::vector<manifest::Resource>& base, const std::vector<manifest::Resource>& head,
                 evaluate::ApplicationReport& report);

}  // namespace towline::evaluate
