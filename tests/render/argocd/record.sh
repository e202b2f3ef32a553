#!/usr/bin/env bash
# Records what a real Argo CD answers for the repository in repo/: the manifests of every Application in
# repo/argocd/applications, and the Applications that its controller makes of every ApplicationSet in
# repo/argocd/sets. The answers go to ../../golden/argocd/, which every run of the tests compares with.
#
#   tests/render/argocd/record.sh      needs Debian's etcd-server, redis-server, git, curl, openssl and python3; builds the rest
#
# It starts etcd, kube-apiserver, Redis and Argo CD's repo-server, server and ApplicationSet controller on loopback, on
# free ports, with their state in a folder that is removed at the end; it needs about 1 GB of memory and a minute once
# everything is built. It is not part of any test run: run it when repo/ or charts/ changed, and read the difference.
# TOWLINE_KEEP=1 keeps the folder with the programs' logs.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
bin=$("$here/../../support/build-argocd.sh")
"$here/../../support/build-tools.sh" >/dev/null
argocd_root=$(cat "$bin/argo-cd.root")
work=$(mktemp -d "${TMPDIR:-/tmp}/towline-argocd-XXXXXX")
started=()

stop() {
  local pid
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
  if [ "${TOWLINE_KEEP:-}" = 1 ]; then echo "kept $work" >&2; else rm -rf "$work"; fi
}
trap stop EXIT

start() { # NAME COMMAND...
  local name=$1
  shift
  "$@" >"$work/$name.log" 2>&1 &
  started+=($!)
}

wait_for() { # NAME SECONDS URL
  local deadline=$((SECONDS + $2))
  until curl -ksf -o /dev/null -m 5 -H 'Authorization: Bearer record' "$3"; do
    if [ $SECONDS -ge $deadline ]; then
      echo "record: $1 does not answer at $3 after $2 s; its log ends:" >&2
      tail -5 "$work/$1.log" >&2
      exit 1
    fi
    sleep 0.3
  done
}

free_ports() { # COUNT
  python3 - "$1" <<'PYTHON'
import socket, sys
held = [socket.socket() for _ in range(int(sys.argv[1]))]
for one in held:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in held))
PYTHON
}
read -r etcd etcd_peer api redis repo repo_metrics server server_metrics sets_metrics sets_probe sets_hook charts \
  <<<"$(free_ports 12)"
kubernetes=https://127.0.0.1:$api

# The repository, as one commit that is the same on every machine, and a chart repository.
cp -a "$here/repo" "$work/repo"
export GIT_AUTHOR_NAME=Alice GIT_AUTHOR_EMAIL=alice@example.com GIT_AUTHOR_DATE='2026-11-24T00:00:00Z' \
  GIT_COMMITTER_NAME=Alice GIT_COMMITTER_EMAIL=alice@example.com GIT_COMMITTER_DATE='2026-11-24T00:00:00Z' \
  GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
git -C "$work/repo" init -q -b main
git -C "$work/repo" -c core.autocrlf=false add -A -f
git -C "$work/repo" commit -q -m 'Infrastructure'
mkdir -p "$work/charts"
for chart in "$here"/charts/*; do "$bin/helm" package -d "$work/charts" "$chart" >/dev/null; done
"$bin/helm" repo index --url "http://127.0.0.1:$charts" "$work/charts"
start charts python3 -m http.server --bind 127.0.0.1 --directory "$work/charts" "$charts"

# Kubernetes' API server.
openssl genrsa -out "$work/accounts.key" 2048 2>/dev/null
echo 'record,record,record,"system:masters"' >"$work/tokens.csv"
start etcd etcd --data-dir "$work/etcd" --listen-client-urls "http://127.0.0.1:$etcd" \
  --advertise-client-urls "http://127.0.0.1:$etcd" --listen-peer-urls "http://127.0.0.1:$etcd_peer" \
  --initial-advertise-peer-urls "http://127.0.0.1:$etcd_peer" --initial-cluster "default=http://127.0.0.1:$etcd_peer"
wait_for etcd 60 "http://127.0.0.1:$etcd/health"
start kube-apiserver "$bin/kube-apiserver" --etcd-servers "http://127.0.0.1:$etcd" --secure-port "$api" \
  --bind-address 127.0.0.1 --cert-dir "$work/certificates" --token-auth-file "$work/tokens.csv" \
  --authorization-mode AlwaysAllow --disable-admission-plugins ServiceAccount --service-cluster-ip-range 10.0.0.0/24 \
  --service-account-issuer "$kubernetes" --service-account-key-file "$work/accounts.key" \
  --service-account-signing-key-file "$work/accounts.key"
wait_for kube-apiserver 180 "$kubernetes/readyz"
cat >"$work/kubeconfig" <<YAML
apiVersion: v1
kind: Config
current-context: record
clusters: [{name: record, cluster: {server: "$kubernetes", insecure-skip-tls-verify: true}}]
users: [{name: record, user: {token: record}}]
contexts: [{name: record, context: {cluster: record, user: record, namespace: argocd}}]
YAML

# Argo CD.
ask() { python3 "$here/record.py" --kubernetes "$kubernetes" "$@"; }
ask setup --crds "$argocd_root/manifests/crds" --clusters "$here/clusters.json"
mkdir -p "$work"/{tls,ssh,gpg,plugins,bin,tmp,home,called}
for name in repo-server server applicationset-controller; do ln -s "$bin/argo-cd" "$work/called/argocd-$name"; done
export ARGOCD_GPG_ENABLED=false ARGOCD_TLS_DATA_PATH="$work/tls" ARGOCD_SSH_DATA_PATH="$work/ssh" \
  ARGOCD_GNUPGHOME="$work/gpg" ARGOCD_PLUGINSOCKFILEPATH="$work/plugins" TMPDIR="$work/tmp" HOME="$work/home" \
  PATH="$bin:$PATH" ARGOCD_LOG_LEVEL=warn KUBECONFIG="$work/kubeconfig"
start redis redis-server --port "$redis" --bind 127.0.0.1 --save '' --dir "$work"
start repo-server "$work/called/argocd-repo-server" --disable-tls --address 127.0.0.1 --port "$repo" \
  --metrics-address 127.0.0.1 --metrics-port "$repo_metrics" --redis "127.0.0.1:$redis"
wait_for repo-server 60 "http://127.0.0.1:$repo_metrics/healthz"
start server "$work/called/argocd-server" --namespace argocd --disable-auth --insecure \
  --address 127.0.0.1 --port "$server" --metrics-port "$server_metrics" --repo-server "127.0.0.1:$repo" \
  --repo-server-plaintext --redis "127.0.0.1:$redis"
wait_for server 60 "http://127.0.0.1:$server/healthz"
start sets "$work/called/argocd-applicationset-controller" --namespace argocd \
  --metrics-addr "127.0.0.1:$sets_metrics" --probe-addr "127.0.0.1:$sets_probe" --webhook-addr "127.0.0.1:$sets_hook" \
  --argocd-repo-server "127.0.0.1:$repo" --repo-server-plaintext --enable-leader-election=false
wait_for sets 60 "http://127.0.0.1:$sets_metrics/metrics"

ask record --argocd "http://127.0.0.1:$server" --repository "$work/repo" --charts "http://127.0.0.1:$charts" \
  --hide "$work" --golden "$here/../../golden/argocd"
