#!/bin/sh
# Installs the named Debian packages that are missing, or prints the line that does.
missing=
for package in "$@"; do
  case "$package" in
    python3 | openssl | pkg-config | jose | sqlite3 | strace)
      command -v "$package" >/dev/null 2>&1 && continue ;;
    libssl-dev) pkg-config --exists libcrypto 2>/dev/null && continue ;;
    libsqlite3-dev) pkg-config --exists sqlite3 2>/dev/null && continue ;;
  esac
  dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing:$missing" >&2
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing; } >/dev/null && exit 0
fi
echo "missing:$missing; run: sudo apt-get install -y$missing" >&2
exit 1
