#pragma once

#include <string>
#include <vector>

#include "decide/decide.h"
#include "decide/snapshot.h"

namespace towline::report::test {

/// A pull request and what was decided about it.
struct Case {
  decide::PullSnapshot snapshot;
  decide::PullDecision decision;
};

/// The bot's promotion of pay to prod: one image changes, one approval is missing.
Case waiting();
/// The same after alice approved.
Case ready();
/// Rules that do not hold, a hold, a problem of rendering, a Secret that changes.
Case blocked();
/// Only a README changed.
Case unaffected();
/// A comment in a manifest changed.
Case nothing_changes();
Case merged();
Case closed();
/// The repository could not be read.
Case not_evaluated();
/// A StatefulSet goes and a Deployment is scaled to nothing.
Case dangers();
/// Noise rules hide something in one resource and everything in another.
Case hidden();
/// They hide all there is.
Case only_hidden();
/// Images of other names, a new container and one that goes; prod counts because of the file that declares it.
Case replaced();
/// An application that another one renders; what a third renders is not known.
Case generated();
/// A ConfigMap with a generated name, and a hook of Helm.
Case renamed();
/// carol's, from a fork; bob's /ok-to-test was for an earlier head.
Case fork();
/// The same after bob said it of this head.
Case ok_to_test();
/// Of a person's pull request nothing is known yet.
Case rendering();
/// Two applications with more changes than fit into a comment of 4,000 bytes, one of them too large for any.
Case in_parts();

diff::Change changed(std::string kind, std::string name, std::vector<diff::FieldChange> fields);

}  // namespace towline::report::test
