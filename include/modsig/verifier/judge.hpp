// SPDX-License-Identifier: BSL-1.0
//
// One message, judged: steps 2 to 7 of verifier.hpp, over all who have signed. Where Linux trusts otherwise because of the
// certificates that a message brings, verifier/linux_pkcs7.hpp says how.
#ifndef MODSIG_VERIFIER_JUDGE_HPP
#define MODSIG_VERIFIER_JUDGE_HPP

#include <modsig/engine.hpp>
#include <modsig/keyring.hpp>
#include <modsig/keyring/linux_lookup.hpp>
#include <modsig/layout.hpp>
#include <modsig/policy.hpp>
#include <modsig/verified.hpp>
#include <modsig/verifier/certificate_chain.hpp>
#include <modsig/verifier/evidence.hpp>
#include <modsig/verifier/linux_pkcs7.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace modsig::detail {

/// For one layout; `answer` is told whom it was about. `Arithmetic` calculates as `Engine` does, or gives answers that
/// were calculated before (batch/questions.hpp).
template <class Layout, class Engine, class Policy, class Arithmetic = Engine>
class judge {
    using reading = typename Policy::reading;

    keyring_view<Engine> trust_;
    const Policy& policy_;
    const Arithmetic& engine_;
    const subject& s_;
    const context& at_;
    appraisal& answer_;
    proven_signers<Layout::max_signers> proven_{};
    content_digests<Layout, Engine> digests_{};

public:
    constexpr judge(keyring_view<Engine> ring, const Policy& policy, const Arithmetic& engine, const subject& s, const context& at, appraisal& answer)
        : trust_(ring), policy_(policy), engine_(engine), s_(s), at_(at), answer_(answer) {}

    /// errc::none: enough signers are proven.
    [[nodiscard]] constexpr failure pass(const located& where) {
        auto claims = open(s_, where);
        if (!claims) return claims.error();
        failure why{errc::none};
        if constexpr (!is_strict<reading> && brings_certificates<std::remove_cvref_t<decltype(*claims)>>)
            why = judge_as_linux(*claims);
        else why = judge_claims(*claims);
        if (why.code != errc::none) return why;
        const errc enough = policy_.suffices(proven_.view(), at_);
        if (enough != errc::none) return failure{enough, where.blob.offset};
        if (answer_.signer == nullptr) return failure{errc::no_signer, where.blob.offset};  // whatever the policy said
        if (is_revoked(answer_.digest)) return failure{errc::revoked};
        return failure{errc::none};
    }

private:
    /// Linux verifies self-signed certificates while it reads them.
    static constexpr auto open(const subject& s, const located& where) {
        constexpr linux_pkcs7::self_signature_check<Engine> check{};
        if constexpr (!is_strict<reading> && requires { Layout::template open<reading>(s, where, check); })
            return Layout::template open<reading>(s, where, check);
        else return Layout::template open<reading>(s, where);
    }

    template <class Cursor>
    constexpr failure judge_claims(Cursor& claims) {
        failure stranger{errc::none};
        while (!claims.done()) {
            result<claim> said = claims.next();
            if (!said) return said.error();
            if (answer_.signer == nullptr) note(*said);
            const failure why = judge_claim(claims, *said);
            const bool unknown = why.code == errc::key_not_found || why.code == errc::untrusted_chain;
            if (!unknown && why.code != errc::none) return note(*said), why;
            if (unknown && stranger.code == errc::none) stranger = why;
        }
        if (proven_.view().empty()) return stranger;
        if constexpr (brings_certificates<Cursor>) return certificates_are_of_use(claims, proven_.embedded_used);
        else return failure{errc::none};
    }

    /// Nothing protects the certificates of a message. One that is neither on the way to a trusted key nor itself trusted
    /// is refused: `bad_structure`.
    template <class Cursor>
    constexpr failure certificates_are_of_use(const Cursor& claims, std::uint64_t used) const {
        auto each = claims.certificates();
        for (std::size_t index = 0; !each.done(); ++index) {
            const std::uint64_t offset = each.offset();
            const auto certificate = each.next();
            if (!certificate) return certificate.error();
            const auto is_trusted = [&](const trusted_key<Engine>& key) { return equal(key.info.certificate, certificate->whole); };
            const bool on_way = index < 64 && (used >> index & 1) != 0;
            if (!on_way && std::none_of(trust_.keys.begin(), trust_.keys.end(), is_trusted)) return failure{errc::bad_structure, offset};
        }
        return failure{errc::none};
    }

    template <class Cursor>
    constexpr failure judge_claim(const Cursor& claims, claim& said) {
        const auto because = [&](const failure& why) { return about(said, why); };
        if (const errc no = policy_.allows(said, at_); no != errc::none) return because(no);
        if (said.content_digest != digest_id::none && !Engine::has(said.content_digest)) return because(errc::unsupported_hash);

        const trusted_key<Engine>* by = nullptr;
        bool known = false;  // GCC's UBSan takes no comparison with null in constant expressions
        for (const trusted_key<Engine>& candidate : trust_.keys) {
            if (!is_named(said.key, candidate.info)) continue;
            if (!known) by = &candidate, known = true;
            else if (is_strict<reading> && !(candidate.info.key == by->info.key)) return because(errc::ambiguous_key);
        }
        if (!known) {
            if constexpr (brings_certificates<Cursor>) return judge_by_chain(claims, said);
            else return because(errc::key_not_found);
        }
        if constexpr (scheme_by_key<Layout>) said.scheme = Layout::scheme_of(by->info.key.algorithm);
        if (!by->prepared && by->info.fault == errc::none) return because(by->prepared.error());
        if (const failure no = usable(said, by->info); no.code != errc::none) return because(no);
        if (const failure no = check(said, *by->prepared); no.code != errc::none) return because(no);
        if (!proven_.add(said, by->info)) return because(errc::too_many_signers);
        return accept(said, by->info), failure{errc::none};
    }

    /// A layout may have names of its own for keys: `names`. Linux finds those of IMA by any name that ends so.
    static constexpr bool is_named(const key_identifier& id, const key_info& key) {
        if (!is_strict<reading> && id.kind == key_id_kind::ima) return keyring::linux_lookup::is_found_by_end(key, id.bytes);
        if constexpr (requires { { Layout::names(id, key) } -> std::same_as<bool>; }) return Layout::names(id, key);
        else return key.matches(id);
    }

    /// The signer's key is in no keyring, but the message brings its certificate.
    template <class Cursor>
    constexpr failure judge_by_chain(const Cursor& claims, const claim& said) {
        const auto because = [&](const failure& why) { return about(said, why); };
        certificate_chain chain(trust_, policy_, at_, claims.certificates());
        const auto certificate = chain.find(said.key);
        if (!certificate) return because(certificate.error());
        const auto anchor = chain.anchor_of(*certificate);
        if (!anchor) return because(anchor.error());
        if (const failure no = usable(said, certificate->info); no.code != errc::none) return because(no);
        const auto prepared = Engine::prepare(certificate->info.key);
        if (!prepared) return because(prepared.error());
        if (const failure no = check(said, *prepared); no.code != errc::none) return because(no);
        if (!proven_.add(said, (*anchor)->info, &certificate->info)) return because(errc::too_many_signers);
        proven_.embedded_used |= chain.way();
        return accept(said, (*anchor)->info), failure{errc::none};
    }

    /// pkcs7_verify() and pkcs7_validate_trust(), see verifier/linux_pkcs7.hpp.
    template <class Cursor>
    failure judge_as_linux(const Cursor& claims) {
        linux_pkcs7::walk<Engine, decltype(claims.certificates())> walk(trust_, claims.certificates());
        bool supported = false, blacklisted = false;
        for (Cursor each = claims; !each.done();) {
            const result<claim> said = each.next();
            if (!said) return said.error();
            note(*said);
            if (!Engine::has(said->content_digest)) continue;
            const auto signer = walk.find_signer(*said);
            if (!signer) {
                supported = true;
                continue;
            }
            const validity_period& validity = signer->certificate.info.validity;
            if (said->signing_time && (*said->signing_time < validity.not_before || *said->signing_time > validity.not_after))
                return about(*said, errc::expired);
            if (!fits(signer->certificate.info.key.algorithm, said->scheme)) return about(*said, errc::key_type_mismatch);
            if (signer->certificate.info.fault != errc::none) return about(*said, signer->certificate.info.fault);
            const auto prepared = Engine::prepare(signer->certificate.info.key);
            if (!prepared) return about(*said, prepared.error());
            if (const failure no = check(*said, *prepared); no.code != errc::none) return about(*said, no);
            const auto end = walk.check_chain(*signer);
            if (!end) return about(*said, end.error());
            (*end == decltype(walk)::chain_end::blacklisted ? blacklisted : supported) = true;
        }
        if (!supported) return blacklisted ? failure{errc::revoked} : failure{errc::unsupported_hash};

        failure stranger{errc::none};
        for (Cursor each = claims; !each.done();) {
            const result<claim> said = each.next();
            if (!said) return said.error();
            if (answer_.signer == nullptr) note(*said);
            const failure why = judge_trust_as_linux(walk, *said);
            const linux_error soft = why.linux_errno();
            if (why.code == errc::none) continue;
            if (soft != linux_error::enokey && soft != linux_error::enopkg) return note(*said), why;
            if (stranger.code == errc::none || (soft == linux_error::enopkg && stranger.linux_errno() == linux_error::enokey)) stranger = why;
        }
        return answer_.signer == nullptr ? stranger : failure{errc::none};
    }

    template <class Walk>
    failure judge_trust_as_linux(Walk& walk, const claim& said) {
        if (!Engine::has(said.content_digest)) return about(said, errc::unsupported_hash);
        const auto match = walk.find_trust(said);
        if (!match) return about(said, match.error());
        if (match->key == nullptr) return failure{errc::none};  // as an earlier signer's
        // Whatever goes wrong from here on is one errno.
        const auto because = [&](const failure& why) { return about(said, failure{why.code, why.offset, linux_error::ekeyrejected}); };
        const key_info& by = match->key->info;
        if (!match->key->prepared) return because(by.fault != errc::none ? failure{by.fault} : match->key->prepared.error());
        if (match->vouched) {
            if (trust_.is_revoked(by.key)) return because(errc::revoked);
            const auto link = keyring::check_certificate_signature<linux_reading, Engine>(*match->vouched, *match->key->prepared, by.key);
            if (!link) return because(link.error());
            if (const errc no = policy_.allows(said, at_); no != errc::none) return because(no);
            if (const errc no = policy_.allows_issuer(by, at_); no != errc::none) return because(no);
        } else {
            if (const errc no = policy_.allows(said, at_); no != errc::none) return because(no);
            if (const failure no = usable(said, by); no.code != errc::none) return because(no);
            if (const failure no = check(said, *match->key->prepared); no.code != errc::none) return because(no);
        }
        walk.trusted();
        (void)proven_.add(said, by);
        return accept(said, by), failure{errc::none};
    }

    /// By `bin:` entries: Debian's kernels look for the SHA-256 of the whole file, IMA for the digest of the content.
    constexpr bool is_revoked(const digest_value& content) const {
        const auto is_binary = [](const revoked_digest& known) { return known.kind == revoked_kind::binary; };
        if (std::none_of(trust_.revoked_digests.begin(), trust_.revoked_digests.end(), is_binary)) return false;
        const std::array<byte_view, 1> whole{s_.image};
        const auto digest = engine_.digest(digest_id::sha256, whole);
        return !digest || trust_.is_revoked_binary(digest->view()) || trust_.is_revoked_binary(content.view());
    }

    // ---- one signature ---------------------------------------------------------------------------------------------------

    static constexpr failure about(const claim& said, failure why) {
        if (why.code == errc::none) return why;
        if (why.offset == 0) why.offset = said.offset;
        why.key = key_id_copy(said.key);
        return why;
    }

    /// What there is to say about a key before any arithmetic.
    constexpr failure usable(const claim& said, const key_info& key) const {
        if (trust_.is_revoked(key.key)) return errc::revoked;
        if (key.fault != errc::none) return key.fault;
        if (const errc no = policy_.allows(said, key, at_); no != errc::none) return no;
        if (!fits(key.key.algorithm, said.scheme)) return errc::key_type_mismatch;
        return policy::allows_signature(policy_, said, said.signature, key, at_);
    }

    constexpr failure check(const claim& said, const typename Engine::prepared_key& key) {
        const result<digest_value> content = digests_.get(engine_, s_, said);
        if (!content) return content.error();
        const result<to_check> what = Layout::finish(s_, said, *content, engine_);
        if (!what) return what.error();
        const result<void> proof = engine_.check(key, *what);
        if (!proof) return proof.error();
        answer_.digest = *content;
        return errc::none;
    }

    /// The first signer is the one that is reported.
    constexpr void accept(const claim& said, const key_info& by) {
        if (answer_.signer != nullptr) return;
        note(said);
        answer_.signer = &by;
    }

    constexpr void note(const claim& said) {
        answer_.said = said;
        answer_.key = key_id_copy(said.key);
    }
};

}  // namespace modsig::detail

#endif  // MODSIG_VERIFIER_JUDGE_HPP
