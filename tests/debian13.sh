#!/bin/sh
# Builds and tests this tree with Botan 3 and g++ 14 in a Debian 13 root (made once, kept at ROOT): debian13.sh [ROOT]
# As root. Where mounting is not allowed it does without /proc.
set -eu
cd "$(dirname "$0")/.."
. tests/setup.sh
root=${1:-$PWD/build-debian13}
install_packages mmdebstrap
kernel=$(current_kernel)
mirror=$(apt-get indextargets --format '$(SITE) $(CREATED_BY) $(RELEASE)' |
  awk '$2 == "Packages" && $3 == "bookworm" {print $1; exit}')
[ -n "$mirror" ] || { echo 'no Debian mirror in the apt configuration' >&2; exit 2; }
if [ ! -e "$root/.complete" ]; then
  rm -rf "$root"
  mmdebstrap --quiet --mode=root --variant=apt trixie "$root" "$mirror"
  touch "$root/.complete"
fi
rm -rf "$root/src" && mkdir "$root/src"
tar --exclude=./.git --exclude='./build*' -cf - . | tar -C "$root/src" -xf -
[ -z "$kernel" ] || { rm -rf "$root/kernel" && cp -r "$kernel" "$root/kernel"; }
set -- "$root" sh -ec 'cd /src && . tests/setup.sh && install_packages $build_packages $test_packages $(kbuild_package) &&
  meson setup build --werror -Dkernel=/kernel && meson compile -C build &&
  status=0; meson test -C build --no-rebuild --print-errorlogs || status=1; python3 tests/count.py build || status=1; exit $status'
# Its own pseudo-terminals, for the tests that type a passphrase.
mounts='mount -t proc proc "$1/proc"; mount -t tmpfs tmpfs "$1/dev/shm" 2>/dev/null
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$1/dev/pts" 2>/dev/null && mount --bind "$1/dev/pts/ptmx" "$1/dev/ptmx"'
if unshare --mount true 2>/dev/null; then exec unshare --mount sh -c "$mounts; exec chroot \"\$@\"" sh "$@"; fi
exec chroot "$@"
