#!/usr/bin/env bash
# Runs clang-tidy over every source of src/ and bot/, with the compile commands of build/ or of the folder given.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build}
if [[ ! -f $build/compile_commands.json ]]; then
  echo "tests/lint.sh: $build has no compile_commands.json; configure it first (tests/run does)" >&2
  exit 2
fi
git ls-files -z 'src/*.cc' 'bot/*.cpp' |
  xargs -0 -P "$(nproc)" -n 4 clang-tidy --quiet -p "$build" 2> >(grep -Ev '^[0-9]+ warnings? generated' >&2)
