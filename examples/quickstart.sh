#!/bin/sh
# On a fresh Debian, as root: installs what is missing, builds, makes a key, signs real kernel modules, verifies them, and
# shows what is refused and why. Everything it makes is below build-quickstart/; BUILD names another build folder to use.
set -eu
cd "$(dirname "$0")/.."
. tests/setup.sh

say() { printf '\n== %s\n' "$*"; }
# refused STATUS CODE COMMAND...: runs it and insists on this exit status and this reason
refused() {
  status=$1 code=$2; shift 2
  actual=0; "$@" >"$work/out" 2>&1 || actual=$?
  cat "$work/out"
  [ "$actual" = "$status" ] && grep -q "$code" "$work/out" || { echo "expected exit status $status and $code, got $actual"; exit 1; }
}

say 'Packages and build'
install_packages $build_packages xz-utils
build=${BUILD:-build-quickstart}
mkdir -p build-quickstart
[ -f "$build/build.ninja" ] || meson setup "$build" -Dtests=false -Ddebug=false -Doptimization=2 >/dev/null
meson compile -C "$build" >build-quickstart/compile.log || { cat build-quickstart/compile.log; exit 1; }
modsig=$PWD/$build/examples/modsig/modsig
work=$PWD/build-quickstart/work
rm -rf "$work" && mkdir "$work"

say 'A key pair: PEM (0600), certificate, and the public key as the kernel of 2012 takes it'
"$modsig" genkey --type rsa2048 --out "$work/signing_key.pem"
ls -l "$work"

say 'Real kernel modules, signed as the 2012 patch set did'
kernel=$(current_kernel)  # as its packages lay it out, below a folder of its own
[ -n "$kernel" ] || { echo 'no kernel package in the archive'; exit 1; }
release=$(kernel_release "$kernel")
mkdir "$work/modules"
find "$kernel" -name 'crc*.ko*' -o -name 'libarc4.ko*' | sort | while read -r module; do
  name=$(basename "${module%.xz}")
  case $module in *.xz) xz -dc "$module" ;; *) cat "$module" ;; esac >"$work/plain.ko"
  "$modsig" strip --force "$work/plain.ko" "$work/unsigned.ko"      # off with Debian's own signature
  "$modsig" sign --layout digsig sha256 "$work/signing_key.pem" "$work/signing_key.x509" "$work/unsigned.ko" "$work/modules/$name"
done

say "Debian's own modules, trusting what is built into Debian's own kernel"
"$modsig" verify --quiet --root "$kernel" --release "$release"
"$modsig" verify --root "$kernel" --release "$release" | tail -n 1
first=$(find "$kernel" -name '*.ko*' | sort | head -n 1)
"$modsig" inspect --root "$kernel" --release "$release" "$first"

say 'A module signed as scripts/sign-file does it, and judged as Linux 6.12 would'
"$modsig" sign sha256 "$work/signing_key.pem" "$work/signing_key.x509" "$work/unsigned.ko" "$work/today.ko"
"$modsig" verify --policy linux-modsign --trust "$work/signing_key.x509" "$work/today.ko"
refused 4 key_not_found "$modsig" verify --policy linux-modsign --root "$kernel" --release "$release" "$work/today.ko"

# The 2012 format has SHA-1 in it, which the default policy refuses; `legacy` lets it in.
verify="$modsig verify --policy legacy --trust $work/signing_key.digsig"
say 'Verified'
$verify "$work/modules"
one=$(find "$work/modules" -name '*.ko' | sort | head -n 1)
size=$(stat -c %s "$one")

say 'Refused: one bit flipped'
cp "$one" "$work/flipped.ko"
byte=$(od -An -tu1 -j 1000 -N 1 "$one" | tr -d ' ')
printf "\\$(printf %o $((byte ^ 1)))" | dd of="$work/flipped.ko" bs=1 seek=1000 conv=notrunc status=none
refused 1 signature_mismatch $verify "$work/flipped.ko"

say 'Refused: cut off'
head -c $((size - 100)) "$one" >"$work/truncated.ko"
refused 3 no_signature $verify "$work/truncated.ko"

say 'Refused: signed with another key'
"$modsig" genkey --type rsa2048 --out "$work/other_key.pem" >/dev/null
"$modsig" sign --layout digsig --replace sha256 "$work/other_key.pem" "$work/other_key.x509" "$one" "$work/wrong_key.ko"
refused 4 key_not_found $verify "$work/wrong_key.ko"

say 'Refused: not signed'
refused 3 no_signature $verify "$work/unsigned.ko"

say 'A plugin host with its key built in: a good plugin, and one with a bit flipped'
host=$build/examples/plugin-host
"$host/plugin-host" "$host/plugin.so"
cp "$host/plugin.so" "$work/tampered.so"
printf 'X' | dd of="$work/tampered.so" bs=1 seek=600 conv=notrunc status=none
refused 1 signature_mismatch "$host/plugin-host" "$work/tampered.so"
say 'All as it should be'
