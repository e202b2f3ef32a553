#!/usr/bin/env bash
# Installs the Debian packages of config/packages.txt that are missing. Asks nothing; does nothing when all are there.
set -euo pipefail
list=$(dirname "$0")/packages.txt
missing=()
for package in $(sed 's/#.*//' "$list"); do
  if ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed'; then
    missing+=("$package")
  fi
done
[ ${#missing[@]} -eq 0 ] && exit 0
if [ ! -e /etc/debian_version ]; then
  echo "install-packages: this is not Debian; install what config/packages.txt lists, then run this again" >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" != 0 ]; then as_root=(sudo); fi
echo "installing ${missing[*]}" >&2
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
