// SPDX-License-Identifier: BSL-1.0
//
// A key that a command signs with: for build services and for what has no other interface. /bin/sh -c runs it, once a
// signature:
//   standard input   RSA: what PKCS#1 type 1 padding goes around, DigestInfo and digest (RFC 8017, section 9.2), for digsig
//                    v1 the digest alone; ECDSA: the digest; Ed25519 and ML-DSA (pure, empty context): the message
//   MODSIG_SCHEME    rsa-pkcs1, rsa-pkcs1-raw (no DigestInfo), ecdsa, ed25519, ml-dsa-44, ml-dsa-65, ml-dsa-87
//   MODSIG_HASH      the digest's algorithm, as Linux calls it
//   MODSIG_DIGEST    the digest, in hexadecimal: for services that add the DigestInfo themselves
//   MODSIG_LAYOUT    what it is for, as the caller says
//   standard output  the signature: RSA as long as the modulus, ECDSA in DER (RFC 3279, section 2.2.3)
//   exit status      0
// So `openssl rsautl -sign -inkey key.pem` is a signer with an RSA key, `openssl pkeyutl -sign -inkey key.pem` one with a curve,
// `openssl pkeyutl -sign -rawin -in /dev/stdin -inkey key.pem` one with Ed25519 or ML-DSA. It has a session of its own, without a terminal: it cannot ask. It ends with all that it has started, and no later than this
// process, however that ends (os/process.hpp). PIN and passphrase of this process (KBUILD_SIGN_PIN) are not its business. Linux
// only.
#ifndef MODSIG_SIGN_SIGNER_EXTERNAL_HPP
#define MODSIG_SIGN_SIGNER_EXTERNAL_HPP

#include <modsig/engine/rsa_block.hpp>
#include <modsig/os/process.hpp>
#include <modsig/sign/key/passphrase.hpp>
#include <modsig/sign/key/public_half.hpp>

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace modsig::sign {

/// What the command is, and within which limits.
struct external_options {
    std::string command{};                           ///< for /bin/sh
    std::string layout{};                            ///< MODSIG_LAYOUT of the command
    std::chrono::milliseconds timeout{60'000};       ///< of one signature
    std::function<void(std::string_view)> report{};  ///< called with the reason why there is none, where no errc has it; on any thread
};

/// Models `signer`. Safe to share between threads: each signature has a process of its own.
class external_signer {
    static constexpr std::size_t max_output = 64 * 1024;  // bytes; no signature is longer

    public_half key_;
    external_options how_;

public:
    /// `key`: whose signatures they are; what the command answers is not verified here, but by sign/signer/proven.hpp.
    external_signer(public_half key, external_options options) : key_(std::move(key)), how_(std::move(options)) {}

    /// The public half, as given; views alias this object.
    [[nodiscard]] const key_info& info() const { return key_.info(); }

    /// Besides what every signer answers: `unsupported_hash`, for RSA with a digest that has no DigestInfo; `no_signer` where
    /// the command does not start, fails, is too slow or gives nothing, or too much.
    [[nodiscard]] result<bytes> sign(const to_sign& input) const {
        if (!fits(info().key.algorithm, input.scheme)) return errc::key_type_mismatch;
        switch (input.scheme) {
            case scheme_id::rsa_pkcs1_raw:
            case scheme_id::rsa_pkcs1_v15: {
                const engine::rsa_block block(input.scheme, input.digest);
                if (block.empty()) return errc::unsupported_hash;
                const byte_view content = block.content();
                return run(input, {&content, 1});
            }
            case scheme_id::ecdsa: {
                const byte_view digest = input.digest.view();
                return run(input, {&digest, 1});
            }
            case scheme_id::ed25519:
            case scheme_id::ml_dsa_44:
            case scheme_id::ml_dsa_65:
            case scheme_id::ml_dsa_87: return run(input, {&input.message, 1});
            default: return errc::unsupported_algorithm;
        }
    }

private:
    [[nodiscard]] failure failed(std::string_view reason) const {
        if (how_.report) how_.report("the command that signs " + std::string(reason));
        return errc::no_signer;
    }

    [[nodiscard]] std::vector<std::string> environment_for(const to_sign& input) const {
        constexpr std::string_view digits = "0123456789abcdef";
        std::string digest;
        for (const std::uint8_t byte : input.digest.view()) digest.append({digits[byte >> 4], digits[byte & 15]});
        return os::environment_with({"MODSIG_SCHEME=" + std::string(name(input.scheme)), "MODSIG_HASH=" + std::string(name(input.digest.id)),
                                     "MODSIG_DIGEST=" + digest, "MODSIG_LAYOUT=" + how_.layout},
                                    passphrase_variables);
    }

    [[nodiscard]] result<bytes> run(const to_sign& input, std::span<const byte_view> parts) const {
        const os::descriptor in = os::memory_file(parts);
        if (!in.is_open()) return failed("cannot be given its input");
        os::child_options options;
        options.arguments = {"/bin/sh", "-c", how_.command};
        options.environment = environment_for(input);
        options.input = in.get();
        options.output_limit = max_output;
        options.timeout = how_.timeout;
        os::child_end end = os::run_child(options);
        using reason = os::child_end::reason;
        switch (end.why) {
            case reason::not_started: return failed("cannot be started");
            case reason::signalled: return failed("was ended by signal " + std::to_string(end.value));
            case reason::too_slow: return failed("has not signed within " + std::to_string(how_.timeout.count()) + " ms and was ended");
            case reason::too_much: return failed("writes more than any signature has");
            case reason::lost: return failed("cannot be waited for");
            case reason::exited: break;
        }
        if (end.value != 0) return failed("has failed with exit status " + std::to_string(end.value));
        if (end.output.empty()) return failed("has written nothing");
        return std::move(end.output);
    }
};
static_assert(explain_signer<external_signer>());

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_SIGNER_EXTERNAL_HPP
