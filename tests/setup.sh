# Sourced by the scripts: which packages, how they are installed, where the kernel package is. Needs set -eu.
export DEBIAN_FRONTEND=noninteractive
. /etc/os-release
case $VERSION_ID in 12) botan=libbotan-2-dev ;; *) botan=libbotan-3-dev ;; esac
build_packages="g++ gcc meson ninja-build pkgconf python3 $botan libcli11-dev nlohmann-json3-dev"
test_packages="clang doctest-dev ima-evm-utils kmod openssl binutils attr"

# Installs the packages that are missing; without any, it touches nothing and needs no privilege.
install_packages() {
  missing=
  for package; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  apt-get -o DPkg::Lock::Timeout=300 update -q >&2
  # shellcheck disable=SC2086
  apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends $missing >&2
}

# Unpacks, once, the kernel package that the corpus was made from; prints the folder, or nothing where it cannot be had.
debian_kernel() {
  cache=$PWD/build-kernel
  package=$(sed -n 's/^PACKAGE, VERSION = "\(.*\)", "\(.*\)"$/\1=\2/p' tests/data/corpus.py)
  if [ ! -e "$cache/.complete" ]; then
    rm -rf "$cache" && mkdir "$cache"
    if ! (cd "$cache" && apt-get -o APT::Sandbox::User=root download -q "$package" >&2); then
      apt-get -o DPkg::Lock::Timeout=300 update -q >&2
      (cd "$cache" && apt-get -o APT::Sandbox::User=root download -q "$package" >&2) || return 0
    fi
    dpkg-deb -x "$cache"/*.deb "$cache" && rm "$cache"/*.deb && touch "$cache/.complete"
  fi
  echo "$cache"
}
