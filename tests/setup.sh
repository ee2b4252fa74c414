# Sourced by the scripts: which packages, how they are installed, where kernel packages are. Needs set -eu.
export DEBIAN_FRONTEND=noninteractive
. /etc/os-release
case $VERSION_ID in 12) botan=libbotan-2-dev ;; *) botan=libbotan-3-dev ;; esac
build_packages="g++ gcc meson ninja-build pkgconf python3 $botan libcli11-dev nlohmann-json3-dev liblzma-dev libzstd-dev zlib1g-dev liblz4-dev libp11-kit-dev libkeyutils-dev"
test_packages="clang doctest-dev ima-evm-utils kmod openssl libssl-dev binutils attr zstd"
# Firmware and other CPUs: cross compilers and emulators.
test_packages="$test_packages gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib lld qemu-system-arm qemu-user
  g++-aarch64-linux-gnu libc6-dev-arm64-cross"
# Tokens, module builds.
test_packages="$test_packages softhsm2 opensc dkms make xz-utils gdb strace"
# fs-verity, keyrings.
test_packages="$test_packages fsverity keyutils e2fsprogs"
# A kernel to load modules into.
test_packages="$test_packages qemu-system-x86 busybox-static"
[ "$(dpkg --print-architecture)" != amd64 ] || test_packages="$test_packages linux-headers-amd64"

# Installs the packages that are missing; without any, it touches nothing and needs no privilege.
install_packages() {
  missing=
  for package; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  apt-get -o DPkg::Lock::Timeout=300 update -q >&2
  # shellcheck disable=SC2086
  apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends $missing >&2
}

# The package that scripts/sign-file is in.
kbuild_package() {
  found=$(apt-cache search --names-only '^linux-kbuild-6' | sed 's/ .*//')
  if [ -z "$found" ]; then
    apt-get -o DPkg::Lock::Timeout=300 update -q >&2
    found=$(apt-cache search --names-only '^linux-kbuild-6' | sed 's/ .*//')
  fi
  # The oldest is the release's own, the others are backports.
  echo "$found" | sort -V | head -n 1
}

# unpack_package NAME=VERSION: downloads and unpacks it once, prints the folder; nothing where it cannot be had.
unpack_package() {
  folder=$PWD/build-packages/$1
  if [ ! -e "$folder/.complete" ]; then
    rm -rf "$folder" && mkdir -p "$folder"
    if ! (cd "$folder" && apt-get -o APT::Sandbox::User=root download -q "$1" >&2 2>/dev/null); then
      apt-get -o DPkg::Lock::Timeout=300 update -q >&2
      (cd "$folder" && apt-get -o APT::Sandbox::User=root download -q "$1" >&2) || return 0
    fi
    dpkg-deb -x "$folder"/*.deb "$folder" && rm "$folder"/*.deb && touch "$folder/.complete"
  fi
  echo "$folder"
}

# The kernel package that this machine would install.
current_kernel() {
  case $(dpkg --print-architecture) in
    i386) flavour=686 ;;
    armhf) flavour=armmp ;;
    ppc64el) flavour=powerpc64le ;;
    *) flavour=$(dpkg --print-architecture) ;;
  esac
  apt-cache policy "linux-image-$flavour" | grep -q 'Candidate: [0-9]' || apt-get -o DPkg::Lock::Timeout=300 update -q >&2
  name=$(apt-cache depends "linux-image-$flavour" | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
  unpack_package "$name=$(apt-cache policy "$name" | sed -n 's/.*Candidate: //p')"
}

# Puts it where tests look for one when they run (the option `kernel`): boot/vmlinuz-V and lib/modules/V. Where none can be had,
# what an earlier run has put there stays.
kernel_for_tests() {
  package=$(current_kernel)
  [ -z "$package" ] || ln -sfn "$package" build-packages/kernel
}
