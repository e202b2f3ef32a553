#!/usr/bin/env bash
# Builds targets in a build folder that is configured, and shows progress: config/build.sh BUILD_FOLDER [TARGET...]
# On a terminal ninja's own line counts up; elsewhere every 20th step is printed, and everything that is no step.
set -euo pipefail
build=$1
shift
if [ -t 1 ]; then
  exec ninja -C "$build" "$@"
fi
ninja -C "$build" "$@" | awk '
  /^\[[0-9]+\/[0-9]+\]/ { last = $0; if (++steps % 20 == 1) { print; shown = $0; fflush() } next }
  !/^ninja: (Entering|no work)/ { print; fflush() }
  END { if (last != shown) print last }'
