#!/bin/sh
# usage: unpack.sh PACKAGE FOLDER FILE   unpacks a Debian package into FOLDER, so that FILE is there, without installing
# it: a package that is installed may start a service. Says what is missing where it cannot; the tests then skip it.
package=$1 folder=$2 file=$3
[ -x "$folder/$file" ] && exit 0
mkdir -p "$folder" && cd "$folder" || exit 0
if command -v apt-get >/dev/null 2>&1; then
  { apt-get download -qq "$package" || { [ "$(id -u)" = 0 ] && apt-get update -qq && apt-get download -qq "$package"; }; } \
    >/dev/null 2>&1 && dpkg-deb -x "$package"_*.deb . && rm -f "$package"_*.deb && exit 0
fi
echo "missing: $(basename "$file"); it is in Debian's package $package" >&2
