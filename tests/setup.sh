# Sourced by the scripts: which packages, how they are installed, the kernel packages of this system. Needs set -eu.
export DEBIAN_FRONTEND=noninteractive
build_packages="g++ gcc meson ninja-build pkgconf python3 libbotan-3-dev|libbotan-2-dev libcli11-dev nlohmann-json3-dev liblzma-dev libzstd-dev zlib1g-dev liblz4-dev libp11-kit-dev libkeyutils-dev libarchive-dev"
test_packages="clang libclang-rt-dev doctest-dev ima-evm-utils kmod openssl libssl-dev binutils attr zstd"
# Firmware and other CPUs: cross compilers and emulators.
test_packages="$test_packages gcc-arm-none-eabi libnewlib-arm-none-eabi|picolibc-arm-none-eabi
  libstdc++-arm-none-eabi-newlib|libstdc++-arm-none-eabi lld qemu-system-arm qemu-user
  g++-aarch64-linux-gnu libc6-dev-arm64-cross"
# Tokens, module builds.
test_packages="$test_packages softhsm2 opensc dkms make xz-utils gdb strace"
# fs-verity, keyrings.
test_packages="$test_packages fsverity keyutils e2fsprogs"
# Packages of another kind than this system's.
test_packages="$test_packages rpm"
# Job arrays.
test_packages="$test_packages slurm-wlm munge"
# A kernel to load modules into.
test_packages="$test_packages qemu-system-x86 busybox-static"
[ "$(dpkg --print-architecture)" != amd64 ] || test_packages="$test_packages linux-headers-amd64"

# Projects of users, formats of output, manual pages.
test_packages="$test_packages cmake python3-jsonschema groff-base doxygen mypy"

# More compilers, for the tests that no header warns.
more_compilers="g++-12 g++-14 g++-16 clang-14 clang-19 clang-22"

apt_get() { apt-get -o DPkg::Lock::Timeout=300 "$@" >&2; }

apt_cache() { LC_ALL=C apt-cache "$@"; }

# Installs the packages that are missing; without any, it touches nothing and needs no privilege. A|B: the first that the archive
# has. What it does not have is named and left out: tests say by themselves what they lack.
install_packages() {
  missing=
  for package; do
    # shellcheck disable=SC2046
    dpkg-query -W -f '${db:Status-Status}\n' $(echo "$package" | tr '|' ' ') 2>/dev/null | grep -qx installed || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  apt_get update -q
  # shellcheck disable=SC2046
  archive=$(apt_cache policy $(echo "$missing" | tr '|' ' ') | sed -n '/^[^ ].*:$/ { s/:$//; h }; /^  Candidate: [^(]/ { g; p }')
  wanted=
  for package in $missing; do
    found=$(echo "$package" | tr '|' '\n' | grep -F -x -m 1 -e "$archive") || { echo "not in this system's archive: $package" >&2; continue; }
    wanted="$wanted $found"
  done
  # shellcheck disable=SC2086
  [ -z "$wanted" ] || apt_get install -y -q --no-install-recommends $wanted
}

# The package that scripts/sign-file is in.
kbuild_package() {
  [ -n "$(apt_cache search --names-only '^linux-kbuild-[0-9]')" ] || apt_get update -q || :
  # The oldest is the release's own, the others are backports.
  apt_cache search --names-only '^linux-kbuild-[0-9]' | sed 's/ .*//' | sort -V | head -n 1
}

# depends PACKAGE PATTERN: on which packages of such names it depends.
depends() { apt_cache depends "$1" | sed -n "s/^ *Depends: \($2\)\$/\1/p"; }

# The kernel that this machine would install, as its packages lay it out: boot/vmlinuz-V and lib/modules/V or usr/lib/modules/V in
# linux-image-V; since Linux 6.19 usr/lib/modules/V/vmlinuz in linux-binary-V and usr/lib/modules/V in linux-modules-V. Downloaded and
# unpacked once; prints the folder, or nothing where no kernel can be had.
current_kernel() {
  case $(dpkg --print-architecture) in
    i386) flavour=686 ;;
    armhf) flavour=armmp ;;
    ppc64el) flavour=powerpc64le ;;
    *) flavour=$(dpkg --print-architecture) ;;
  esac
  [ -n "$(depends "linux-image-$flavour" 'linux-image-[0-9].*')" ] || apt_get update -q || :
  name=$(depends "linux-image-$flavour" 'linux-image-[0-9].*' | head -n 1)
  [ -n "$name" ] || return 0
  packages=$(depends "$name" 'linux-\(binary\|modules\)-[0-9].*')
  folder=$PWD/build-packages/$name=$(apt_cache policy "$name" | sed -n 's/.*Candidate: //p')
  if [ ! -e "$folder/.complete" ]; then
    rm -rf "$folder" && mkdir -p "$folder"
    # shellcheck disable=SC2086
    (cd "$folder" && apt_download ${packages:-$name}) || { rm -rf "$folder"; return 0; }
    for package in "$folder"/*.deb; do dpkg-deb -x "$package" "$folder"; done
    rm "$folder"/*.deb && touch "$folder/.complete"
  fi
  echo "$folder"
}
apt_download() { apt_get -o APT::Sandbox::User=root download -q "$@" || { apt_get update -q && apt_get -o APT::Sandbox::User=root download -q "$@"; }; }

# kernel_release FOLDER: its V.
kernel_release() { ls "$1/usr/lib/modules" "$1/lib/modules" 2>/dev/null | grep -m 1 '^[0-9]'; }

# Puts it where tests look for one when they run (the option `kernel`), in one form whatever its packages have: boot/vmlinuz-V and
# lib/modules/V, the modules not compressed. Where none can be had, what an earlier run has put there stays.
kernel_for_tests() {
  package=$(current_kernel)
  folder=build-packages/kernel
  [ -n "$package" ] && [ "$(cat "$folder/package" 2>/dev/null)" != "$package" ] || return 0
  release=$(kernel_release "$package")
  rm -rf "$folder" && mkdir -p "$folder/boot" "$folder/lib/modules"
  for part in usr/lib lib; do
    [ ! -d "$package/$part/modules/$release" ] || cp -al "$package/$part/modules/$release" "$folder/lib/modules/"
  done
  for image in "$package/boot/vmlinu"?"-$release" "$package/usr/lib/modules/$release/vmlinuz"; do
    [ ! -f "$image" ] || ln -f "$image" "$folder/boot/vmlinuz-$release"
  done
  find "$folder/lib/modules" -name '*.ko.xz' -print0 | xargs -0 -r -n 64 -P "$(nproc)" xz -d -f  # -f: others link to them
  echo "$package" >"$folder/package"
}
