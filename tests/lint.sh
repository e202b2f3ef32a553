#!/usr/bin/env bash
# Runs clang-tidy over every source of src/ and bot/, with the compile commands of build/.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
git ls-files 'src/*.cc' 'bot/*.cpp' | xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p build 2>&1 | grep -v 'warnings\? generated' || true
exit "${PIPESTATUS[0]}"
