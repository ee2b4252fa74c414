#!/bin/sh
# The library on another machine: cross-compiled, and run under qemu-user. What the native engine can do is asked: digests, RSA and ML-DSA,
# every layout and policy over the corpus, keyrings, batches. The last line is `N passed, N failed`. Not part of tests/run.sh.
#   tests/arch.sh ARCH...    aarch64, armhf, i386, riscv64, s390x (big-endian); ppc64el is only built
# BUILD names the build folder (default: build-arch). Needs cross compilers and qemu-user, which it installs.
set -eu
cd "$(dirname "$0")/.."
. tests/setup.sh
build=${BUILD:-build-arch}

[ $# != 0 ] || { sed -n '2,6s/^# \{0,1\}//p' tests/arch.sh >&2; exit 2; }
status=0
for arch; do
  case $arch in
    aarch64) triplet=aarch64-linux-gnu qemu=aarch64 ;;
    armhf) triplet=arm-linux-gnueabihf qemu=arm ;;
    i386) triplet=i686-linux-gnu qemu=i386 ;;
    riscv64) triplet=riscv64-linux-gnu qemu=riscv64 ;;
    s390x) triplet=s390x-linux-gnu qemu=s390x ;;
    ppc64el) triplet=powerpc64le-linux-gnu qemu='' ;;
    *) echo "unknown: $arch" >&2; exit 2 ;;
  esac
  install_packages python3 "g++-$(echo "$triplet" | tr _ -)" qemu-user
  mkdir -p "$build/$arch"
  [ -f "$build/corpus.stamp" ] || python3 tests/data/corpus.py unpack tests/data/corpus "$build/corpus" --stamp "$build/corpus.stamp" >/dev/null
  python3 examples/embed.py tests/data/corpus/keys/rsa2048.digsig-v1.bin vendor_key "$build/vendor_key.hpp"

  # Every header but those that need libraries.
  find include/modsig -name '*.hpp' | sort | sed 's,^include/,,' |
    grep -v -e modsig/sign/ -e engine/botan -e engine/best -e modsig/modsig.hpp -e keyring/running_kernel -e decompress -e keyring/kernel_image |
    sed 's/.*/#include <&>/' >"$build/$arch/headers.cpp"
  flags="-std=c++20 -I include -I $build -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast -Wcast-align"
  # shellcheck disable=SC2086
  if "$triplet-g++" $flags -fsyntax-only "$build/$arch/headers.cpp" &&
    "$triplet-g++" $flags -O1 -static -pthread tests/arch/machine.cpp -o "$build/$arch/machine"; then
    echo "$arch: built"
  else
    echo "$arch: 0 passed, 1 failed"
    status=1
    continue
  fi
  [ -n "$qemu" ] || { echo "$arch: 1 passed, 0 failed"; continue; }
  echo "$arch:"
  MODSIG_TEST_DATA=$build MODSIG_TEST_VECTORS=tests/data "qemu-$qemu" "$build/$arch/machine" || status=1
done
exit $status
