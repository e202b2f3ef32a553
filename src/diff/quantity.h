#pragma once

#include <string_view>

namespace towline::diff {

/// Whether both texts are Kubernetes quantities of the same amount: "1000m" and "1", "1Gi" and "1024Mi", "0.5" and
/// "5e-1". False when one is no quantity, or finer or larger than 1e-9 to 1e28 of the unit.
/// Source: k8s.io/apimachinery, pkg/api/resource/quantity.go.
bool same_quantity(std::string_view a, std::string_view b);

/// Whether both are such quantities and `a` is the smaller.
bool is_smaller_quantity(std::string_view a, std::string_view b);

}  // namespace towline::diff
