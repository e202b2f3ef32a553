#!/usr/bin/env bash
# Builds what tests/render/argocd/record.sh starts: kube-apiserver and Argo CD, from the Go module proxy, into the cache
# that build-tools.sh keeps, and prints the folder of the binaries. Needs Go 1.26 or later, about 10 GB of disk while it
# builds, and ten minutes on two idle processors. No test needs them: only a new recording does.
#
# Beside the binaries stands argo-cd.root (the folder with Argo CD's manifests).
set -euo pipefail

cache=${TOWLINE_TOOLS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/towline-tools}
kubernetes_version=1.34.4
argo_cd_version=v3.2.1
bin=$cache/bin
mkdir -p "$bin" "$cache/src"
exec 8>"$cache/argocd.lock"
flock 8
export GOFLAGS='-mod=mod -p=2'

module_root() { # MODULE@VERSION
  go mod download -json "$1" | sed -n 's/^[[:space:]]*"Dir": "\(.*\)",$/\1/p'
}

fresh_module() { # FOLDER NAME
  mkdir -p "$1"
  cd "$1"
  [ -f go.mod ] || go mod init "towline.test/$2" >&2
}

build_argo_cd() {
  echo "build-argocd: building Argo CD $argo_cd_version" >&2
  fresh_module "$cache/src/argo-cd-$argo_cd_version" argo-cd
  local root
  root=$(module_root "github.com/argoproj/argo-cd/v3@$argo_cd_version")
  # Its replace lines count only in the main module: repeat them.
  awk '/^replace \(/ {inside=1; next} inside && /^\)/ {inside=0} inside {print} /^replace [^(]/ {sub(/^replace /, ""); print}' \
    "$root/go.mod" | sed -n 's|//.*||; s/^[[:space:]]*\([^ ]*\) => \([^ ]*\) \([^ ]*\).*/\1=\2@\3/p' |
    while read -r line; do go mod edit -replace "$line"; done
  go get -tool "github.com/argoproj/argo-cd/v3/cmd@$argo_cd_version" >"$cache/src/argo-cd-get.log" 2>&1 ||
    { cat "$cache/src/argo-cd-get.log" >&2; exit 1; }
  CGO_ENABLED=0 nice go build -ldflags '-s -w' -o "$bin/argo-cd-$argo_cd_version" github.com/argoproj/argo-cd/v3/cmd >&2
  echo "$root" >"$bin/argo-cd.root"
}

build_kube_apiserver() {
  echo "build-argocd: building kube-apiserver $kubernetes_version" >&2
  fresh_module "$cache/src/kubernetes-$kubernetes_version" kubernetes
  local root staging
  root=$(module_root "k8s.io/kubernetes@v$kubernetes_version")
  # Kubernetes replaces its staging modules by paths of its own tree; published, they are v0.x of the same release.
  for staging in $(sed -n 's|^[[:space:]]*\(k8s.io/[^ ]*\) => \./staging/.*|\1|p' "$root/go.mod"); do
    go mod edit -replace "$staging=$staging@v0.${kubernetes_version#*.}"
  done
  go get -tool "k8s.io/kubernetes/cmd/kube-apiserver@v$kubernetes_version" >"$cache/src/kubernetes-get.log" 2>&1 ||
    { cat "$cache/src/kubernetes-get.log" >&2; exit 1; }
  CGO_ENABLED=0 nice go build -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=v$kubernetes_version \
    -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=${kubernetes_version#1.}" \
    -o "$bin/kube-apiserver-$kubernetes_version" k8s.io/kubernetes/cmd/kube-apiserver >&2
}

[ -x "$bin/argo-cd-$argo_cd_version" ] && [ -d "$(cat "$bin/argo-cd.root" 2>/dev/null || echo /nonexistent)" ] || build_argo_cd
[ -x "$bin/kube-apiserver-$kubernetes_version" ] || build_kube_apiserver
ln -sf "argo-cd-$argo_cd_version" "$bin/argo-cd"
ln -sf "kube-apiserver-$kubernetes_version" "$bin/kube-apiserver"
echo "$bin"
