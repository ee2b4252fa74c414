#!/bin/sh
# One RSA signature by Botan 2.19.3 (Debian 12) starts a pool of threads, one for each CPU, in a program that has started none,
# and they stay: one of the two exponentiations of the CRT is a task of the pool. Whatever works a thread at a time (fork, seccomp,
# setuid by system call) meets a program of several threads after its first signature. Neither making a key nor verifying does so.
# Versions: libbotan-2-dev 2.19.3+dfsg-1+deb12u1. Seen: 2026-11-29. Needs g++.
set -eu
. "$(dirname "$0")/packages"
unpack bookworm "$place/unpacked" libbotan-2-dev=2.19.3+dfsg-1+deb12u1
cd "$place"
cat >count.cpp <<'C'
#include <botan/auto_rng.h>
#include <botan/pubkey.h>
#include <botan/rsa.h>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <vector>

static auto threads() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"), std::filesystem::directory_iterator());
}

int main() {
    Botan::AutoSeeded_RNG random;
    const Botan::RSA_PrivateKey key(random, 2048);
    const std::vector<std::uint8_t> message(100);
    Botan::PK_Verifier verifier(key, "EMSA_PKCS1(SHA-256)");
    const bool is_zero_refused = !verifier.verify_message(message, std::vector<std::uint8_t>(256));
    std::cout << (is_zero_refused ? "" : "zero is a signature? ") << threads();
    Botan::PK_Signer signer(key, random, "EMSA_PKCS1(SHA-256)");
    const auto signature = signer.sign_message(message, random);
    std::cout << (threads() > 1 ? " more" : " 1");
    std::cout << (verifier.verify_message(message, signature) ? " verified\n" : " refused\n");
}
C
g++ -std=c++17 -I unpacked/usr/include/botan-2 count.cpp -o count -L unpacked/usr/lib/x86_64-linux-gnu -Wl,--allow-shlib-undefined -lbotan-2
count() {
  loader=$(find "$place/unpacked" -name ld-linux-x86-64.so.2 | head -n 1)
  "$loader" --library-path "$place/unpacked/usr/lib/x86_64-linux-gnu:$place/unpacked/lib/x86_64-linux-gnu" ./count
}
seen "threads before and after a signature" "1 more verified" "$(count)"
exit $changed
