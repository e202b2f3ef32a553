#!/usr/bin/env bash
# Builds the real programs the tests run against, from the Go module proxy, into a cache kept between
# runs, and prints the folder of the binaries. Needs Go 1.26 or later.
#
#   tests/support/build-tools.sh            build what is missing
#   tests/support/build-tools.sh --check    build nothing; exit 1 if something is missing
#
# The cache is ${TOWLINE_TOOLS_DIR:-${XDG_CACHE_HOME:-~/.cache}/towline-tools}. Beside the binaries stand
# gitea.root (the folder with Gitea's templates and options) and yaml-test-suite.root (the folder with the YAML test
# suite's cases, which the Go module github.com/goccy/go-yaml carries).
set -euo pipefail

cache=${TOWLINE_TOOLS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/towline-tools}
gitea_version=v1.26.0
kustomize_version=v5.8.1
dyff_version=v1.12.0
helm_version=v3.22.0
yaml_suite_version=v1.18.0
bin=$cache/bin
# Our own program, so its version is that of its files.
kubedecode=$(cd "$(dirname "${BASH_SOURCE[0]}")/kubedecode" && pwd)
kubedecode_version=$(cat "$kubedecode/main.go" "$kubedecode/go.mod" "$kubedecode/go.sum" | sha256sum | cut -c1-12)

have_all() {
  [ -x "$bin/gitea-$gitea_version" ] && [ -d "$(cat "$bin/gitea.root" 2>/dev/null || echo /nonexistent)" ] &&
    [ -x "$bin/kustomize-$kustomize_version" ] && [ -x "$bin/helm-$helm_version" ] && [ -x "$bin/dyff-$dyff_version" ] &&
    [ -x "$bin/kubedecode-$kubedecode_version" ] &&
    [ -f "$bin/yaml-test-suite-$yaml_suite_version" ] && [ -d "$(cat "$bin/yaml-test-suite.root" 2>/dev/null || echo /nonexistent)" ]
}

link_names() {
  ln -sf "gitea-$gitea_version" "$bin/gitea"
  ln -sf "kustomize-$kustomize_version" "$bin/kustomize"
  ln -sf "dyff-$dyff_version" "$bin/dyff"
  ln -sf "helm-$helm_version" "$bin/helm"
  ln -sf "kubedecode-$kubedecode_version" "$bin/kubedecode"
}

if have_all; then link_names; echo "$bin"; exit 0; fi
if [ "${1:-}" = --check ]; then exit 1; fi

if ! command -v go >/dev/null 2>&1; then
  echo "build-tools: Go is not installed; the real Gitea, kustomize, helm, dyff and the decoder of Kubernetes cannot be built" >&2
  exit 1
fi
mkdir -p "$bin" "$cache/src"
exec 9>"$cache/lock"
flock 9
export GOFLAGS=-mod=mod

if [ ! -x "$bin/kubedecode-$kubedecode_version" ]; then
  echo "build-tools: building kubedecode (the decoder of Kubernetes)" >&2
  (cd "$kubedecode" && GOFLAGS=-mod=readonly go build -trimpath -o "$bin/kubedecode-$kubedecode_version" .) >&2
fi

if [ ! -x "$bin/kustomize-$kustomize_version" ]; then
  echo "build-tools: building kustomize $kustomize_version" >&2
  GOBIN=$cache/src/gobin go install "sigs.k8s.io/kustomize/kustomize/v5@$kustomize_version" >&2
  mv "$cache/src/gobin/kustomize" "$bin/kustomize-$kustomize_version"
fi

if [ ! -x "$bin/dyff-$dyff_version" ]; then
  echo "build-tools: building dyff $dyff_version (the peer of a benchmark)" >&2
  GOBIN=$cache/src/gobin go install "github.com/homeport/dyff/cmd/dyff@$dyff_version" >&2
  mv "$cache/src/gobin/dyff" "$bin/dyff-$dyff_version"
fi

if [ ! -f "$bin/yaml-test-suite-$yaml_suite_version" ] ||
  [ ! -d "$(cat "$bin/yaml-test-suite.root" 2>/dev/null || echo /nonexistent)" ]; then
  echo "build-tools: fetching the YAML test suite" >&2
  root=$(cd "$cache/src" && go mod download -json "github.com/goccy/go-yaml@$yaml_suite_version" |
    sed -n 's/^[[:space:]]*"Dir": "\(.*\)",$/\1/p')
  echo "$root/testdata/yaml-test-suite" >"$bin/yaml-test-suite.root"
  touch "$bin/yaml-test-suite-$yaml_suite_version"
fi

if [ ! -x "$bin/helm-$helm_version" ]; then
  echo "build-tools: building helm $helm_version (about two minutes the first time)" >&2
  GOBIN=$cache/src/gobin go install -ldflags "-X helm.sh/helm/v3/internal/version.version=$helm_version" \
    "helm.sh/helm/v3/cmd/helm@$helm_version" >&2
  mv "$cache/src/gobin/helm" "$bin/helm-$helm_version"
fi

if [ ! -x "$bin/gitea-$gitea_version" ] || [ ! -d "$(cat "$bin/gitea.root" 2>/dev/null || echo /nonexistent)" ]; then
  echo "build-tools: building Gitea $gitea_version (about four minutes the first time)" >&2
  work=$cache/src/gitea-$gitea_version
  mkdir -p "$work"
  cd "$work"
  [ -f go.mod ] || go mod init towline.test/gitea >&2
  # Gitea pins some of its dependencies with replace lines, which count only in the main module: repeat them.
  root=$(go mod download -json "code.gitea.io/gitea@$gitea_version" | sed -n 's/^[[:space:]]*"Dir": "\(.*\)",$/\1/p')
  go get -tool "code.gitea.io/gitea@$gitea_version" >&2 2>"$cache/src/gitea-get.log" || { cat "$cache/src/gitea-get.log" >&2; exit 1; }
  sed -n 's/^replace \([^ ]*\) => \([^ ]*\) \([^ ]*\).*/\1=\2@\3/p' "$root/go.mod" |
    while read -r line; do go mod edit -replace "$line"; done
  CGO_ENABLED=1 go build -tags 'sqlite sqlite_unlock_notify' -o "$bin/gitea-$gitea_version" code.gitea.io/gitea >&2
  echo "$root" >"$bin/gitea.root"
fi
link_names
echo "$bin"
