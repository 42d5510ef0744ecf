#!/bin/sh
# Installs the servers that the tests talk to (Debian, Ubuntu; as root). The script leaves no service running. The tests
# start and stop each server, on a free port of 127.0.0.1 or on a socket in a temporary folder.
set -eu

if [ "$(id -u)" != 0 ]; then
  echo "$0: must be run as root" >&2
  exit 1
fi

packages="nghttp2 nginx-light apache2 h2o haproxy golang-go golang-golang-x-net-dev python3-h2 redis-server postgresql tinyproxy-bin chromium"
# Tools that check Wallet packages in the tests.
packages="$packages curl openssl python3 unzip"
# A client of Apple's binary protocol for the legacy gateway.
packages="$packages python3-twisted python3-openssl python3-service-identity"
# Shells that the completion tests run.
packages="$packages zsh fish"
export DEBIAN_FRONTEND=noninteractive

# Debian starts a service after the installation of its package, unless this policy forbids it (101).
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 755 "$policy"
fi

apt-get update -q
# shellcheck disable=SC2086 # one word for each package
apt-get install -q -y --no-install-recommends $packages
