#!/bin/sh
# Builds a small Linux with what Debian's kernels do not have, ML-DSA and the waiver for its signed attributes, boots it in QEMU and holds
# the policies of Linux to it: tests/vm/small.py. Takes some 20 minutes of one processor, the second time one; no part of the suite.
#   small_kernel.sh LINUX-SOURCE.tar.xz BUILD
# LINUX-SOURCE.tar.xz: of Debian's package linux-source-7.3 (trixie-backports), in usr/src there. BUILD: a build folder of modsig, whose
# folder small-kernel becomes that of the kernel. Needs flex, bison, bc, gawk, libelf-dev, libssl-dev, qemu-system-x86.
set -eu
source=$(realpath "$1") build=$(realpath "$2")
here=$(cd "$(dirname "$0")" && pwd)
kernel=$build/small-kernel
mkdir -p "$kernel"

if [ ! -e "$kernel/Makefile" ]; then
  tar -C "$kernel" -xJf "$source" --strip-components=1 --exclude='*/tools/testing'
fi
tar -xJf "$here/../data/linux73.tar.xz" -C "$kernel" trusted.pem

cd "$kernel"
make -s tinyconfig
on() { for option; do scripts/config --enable "$option"; done; }
on 64BIT PRINTK TTY SERIAL_8250 SERIAL_8250_CONSOLE BLK_DEV_INITRD BINFMT_ELF PROC_FS SYSFS SHMEM TMPFS DEVTMPFS MEMFD_CREATE MULTIUSER FUTEX POSIX_TIMERS \
  HYPERVISOR_GUEST PVH PCI MODULES MODULE_UNLOAD MODULE_SIG KEYS ASYMMETRIC_KEY_TYPE ASYMMETRIC_PUBLIC_KEY_SUBTYPE X509_CERTIFICATE_PARSER \
  PKCS7_MESSAGE_PARSER SYSTEM_TRUSTED_KEYRING CRYPTO CRYPTO_RSA CRYPTO_ECDSA CRYPTO_SHA1 CRYPTO_SHA256 CRYPTO_SHA512 CRYPTO_SHA3 CRYPTO_SM3 CRYPTO_MLDSA \
  PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA BPF_SYSCALL
scripts/config --disable MODULE_SIG_ALL --set-str SYSTEM_TRUSTED_KEYS "$kernel/trusted.pem"
make -s olddefconfig
for option in PRINTK SERIAL_8250_CONSOLE BLK_DEV_INITRD DEVTMPFS MEMFD_CREATE PVH MODULE_SIG CRYPTO_ECDSA CRYPTO_SHA3 CRYPTO_MLDSA \
  PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA BPF_SYSCALL; do
  grep -qx "CONFIG_$option=y" .config || { echo "small_kernel.sh: this source has no CONFIG_$option, or it depends on more" >&2; exit 1; }
done
make -s vmlinux

ninja -C "$build" tests/vm/vm_guest examples/modsig/modsig
python3 "$here/small.py" "$build/tests/vm/vm_guest" "$build/examples/modsig/modsig" vmlinux "$here/../data/linux73.tar.xz" "$here/../data/corpus/keys" "$here/../data/bpf"
