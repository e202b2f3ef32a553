#pragma once

#include <string_view>

#include "sites/collector.h"
#include "yaml/node.h"

/// The kinds of places that write images: one function each, in a file of its own.
namespace towline::sites {

/// A mapping of the document, and the key that it is the value of ("" for items and roots).
struct Place {
  const yaml::Node& mapping;
  std::string_view key;
  bool in_flow = false;
};

/// `image: name:tag`, CloudNativePG's `imageName`, GitLab's `image: {name: …}`, a volume's `image: {reference: …}`, and
/// the value of a JSON patch's operation on an `image`.
void find_image_fields(const Place& place, Collector& found);

/// Names and versions under keys of their own, as Helm values have them: see the table.
void find_helm_values(const Place& place, Collector& found);

/// `helm: {parameters: [{name: image.tag, value: …}]}` of an Argo CD source. Source: argo-cd, application/v1alpha1
/// types.go, HelmParameter.
void find_helm_parameters(const Place& place, Collector& found);

/// `kustomize: {images: ["old=name:tag"]}` of an Argo CD source. Source: argo-cd, application/v1alpha1 types.go,
/// KustomizeImage.
void find_kustomize_options(const Place& place, Collector& found);

/// `images:` of a kustomization, `spec.images` of a Flux Kustomization. `by_name`: the file is called
/// kustomization.yaml. Source: sigs.k8s.io/kustomize/api/types/image.go.
void find_kustomize_images(const yaml::Node& root, bool by_name, Collector& found);

/// Scalars with a comment behind them, on the same line: `# towline: NAME[:tag|:digest|:name]`, or Flux's
/// `# {"$imagepolicy": "NAMESPACE:POLICY[:tag|:digest|:name]"}` (fluxcd.io, image update automations, "update
/// markers"). To be called last: a mark of Towline's wins over what the other rules made of the scalar.
void find_marked(const yaml::Node& root, Collector& found);

}  // namespace towline::sites
