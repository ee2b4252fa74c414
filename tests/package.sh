#!/bin/sh
# Debian packages of this tree: package.sh [OUT]
# Builds libmodsig-dev, modsig and modsig-doc in a copy below $TMPDIR, holds them to lintian, looks at their manual pages, and leaves
# them in OUT (default: build-debian). As root: installs what is missing. DEB_BUILD_OPTIONS as dpkg-buildpackage knows it (default:
# nocheck: tests/run.sh has run them).
set -eu
cd "$(dirname "$0")/.."
. tests/setup.sh
out=${1:-build-debian}
# shellcheck disable=SC2086
install_packages $build_packages debhelper dh-python dpkg-dev lintian man-db
mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/modsig-package.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

python3 examples/packaging/release.py "$work/release" https://example.org/
version=$(sed -n "s/^project(.* version: '\([^']*\)'.*/\1/p" meson.build)
packaged=$(dpkg-parsechangelog -l examples/packaging/debian/changelog -S Version)
[ "$version" = "$packaged" ] || { echo "the changelog is of $packaged, the tree of $version"; exit 1; }
tar -C "$work" -xf "$work/release/modsig-$version.tar.gz"
tree=$work/modsig-$version
cp -R examples/packaging/debian "$tree/"
rm -rf "$tree/tests/data/corpus"  # large, and no package needs it
(cd "$tree" && DEB_BUILD_OPTIONS=${DEB_BUILD_OPTIONS:-nocheck} dpkg-buildpackage --build=binary --no-sign)

for package in libmodsig-dev modsig modsig-doc; do [ -f "$(echo "$work/${package}_$version"_*.deb)" ] || { echo "no package $package"; exit 1; }; done
lintian --allow-root --fail-on error,warning --tag-display-limit 0 "$work"/*.changes
for package in "$work"/*.deb; do dpkg-deb -x "$package" "$work/root"; done
for page in "$work"/root/usr/share/man/man1/*.gz; do
  warnings=$(LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l "$page" 2>&1 >/dev/null)
  [ -z "$warnings" ] || { echo "$page: $warnings"; exit 1; }
done
"$work/root/usr/bin/modsig" --version
cp "$work"/*.deb "$out/"
echo "packages of modsig $version: $(ls "$out" | tr '\n' ' ')"
