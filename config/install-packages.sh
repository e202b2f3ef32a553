#!/usr/bin/env bash
# Installs the Debian packages of config/packages.txt that are missing. Asks nothing; does nothing if all are there.
#
#   config/install-packages.sh                  what building and running Towline need
#   config/install-packages.sh build run test   these sections of config/packages.txt
set -euo pipefail
list=$(dirname "$0")/packages.txt
[ $# -gt 0 ] || set -- build run
missing=()
for section in "$@"; do
  if ! grep -qx "\[$section\]" "$list"; then
    echo "install-packages: config/packages.txt has no section '$section'; use build, run, test or lint" >&2
    exit 2
  fi
  for package in $(sed "s/#.*//" "$list" | sed -n "/^\[$section\]/,/^\[/{/^\[/!p}"); do
    if ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed'; then
      missing+=("$package")
    fi
  done
done
[ ${#missing[@]} -eq 0 ] && exit 0
if [ ! -e /etc/debian_version ]; then
  echo "install-packages: this is not Debian; install these packages or their equivalents, then run this again:" \
    "${missing[*]}" >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" != 0 ]; then as_root=(sudo); fi
echo "Installing ${#missing[@]} packages: ${missing[*]}" >&2
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
