// SPDX-License-Identifier: BSL-1.0
//
// The three verdicts as types: `appraisal` is a report, `verified` is the proof that loaders take, `tolerated` is an unproven
// image that loaders take only by another name.
#ifndef MODSIG_VERIFIED_HPP
#define MODSIG_VERIFIED_HPP

#include <modsig/key.hpp>
#include <modsig/layout.hpp>

#include <utility>

namespace modsig {

/// A verifier's answer.
enum class verdict : std::uint8_t {
    rejected,   ///< the zero value: refused, or not looked at
    tolerated,  ///< unproven, and let in by the policy
    verified,   ///< the signature is proven
};

/// For reports and programs: the enumerator's name.
[[nodiscard]] constexpr std::string_view name(verdict v) {
    return v == verdict::verified ? "verified" : v == verdict::tolerated ? "tolerated" : "rejected";
}

/// A verifier's verdict about an image, with its reason. A report: no loader takes it.
struct [[nodiscard]] appraisal {
    verdict outcome = verdict::rejected;  ///< what becomes of the image
    failure why{};                        ///< code none where verified
    std::string_view layout{};            ///< of the layout that decided; empty where none did
    claim_facts claim{};                  ///< of the signer that decided
    key_id_copy key{};                    ///< of the signing key
    range content{};                      ///< in the image, without the signature
    bool covers_image = false;            ///< whether the signature is over the content; false for EVM, whose signatures are over metadata
    digest_value digest{};                ///< of the content, where verified
    const key_info* anchor = nullptr;     ///< the trusted key, in the keyring, where verified
};

template <class Layouts, class Engine, class Policy>
class verifier;

namespace detail {
/// An image with its appraisal. A moved-from object traps on use, and so does one that was moved to itself.
template <class Image>
class appraised_image {
    Image image_;
    appraisal appraisal_;
    bool live_ = true;

protected:
    constexpr appraised_image(Image&& image, const modsig::appraisal& appraisal) : image_(std::move(image)), appraisal_(appraisal) {}
    ~appraised_image() = default;

public:
    appraised_image(const appraised_image&) = delete;
    appraised_image& operator=(const appraised_image&) = delete;
    constexpr appraised_image(appraised_image&& other) noexcept
        : image_(std::move(other.image_)), appraisal_(other.appraisal_), live_(std::exchange(other.live_, false)) {}
    constexpr appraised_image& operator=(appraised_image&& other) noexcept {
        if (this == &other) {
            live_ = false;
            return *this;
        }
        image_ = std::move(other.image_);
        appraisal_ = other.appraisal_;
        live_ = std::exchange(other.live_, false);
        return *this;
    }

    /// The whole image, with the signature.
    [[nodiscard]] constexpr const Image& image() const { return require(), image_; }
    /// The bytes that the signature covers.
    [[nodiscard]] constexpr byte_view content() const {
        require();
        const auto bytes = slice(byte_view(image_), appraisal_.content);
        if (!bytes) trap();
        return *bytes;
    }
    /// The range of the content in the image.
    [[nodiscard]] constexpr range content_range() const { return require(), appraisal_.content; }
    [[nodiscard]] constexpr std::string_view layout() const { return require(), appraisal_.layout; }

protected:
    [[nodiscard]] constexpr const modsig::appraisal& report() const { return require(), appraisal_; }

private:
    constexpr void require() const {
        if (!live_) trap();
    }
};
}  // namespace detail

/// Proof that a verifier accepted this image: only a verifier can construct one. It holds the bytes that were verified.
template <class Image>
class [[nodiscard]] verified : public detail::appraised_image<Image> {
    template <class, class, class>
    friend class verifier;
    constexpr verified(Image&& image, const appraisal& report) : detail::appraised_image<Image>(std::move(image), report) {}

public:
    /// The trust anchor, in the keyring, which must outlive this object: the signing key, or a key that vouches for it.
    [[nodiscard]] constexpr const key_info& anchor() const { return *this->report().anchor; }
    /// The identifier by which the signer named its key.
    [[nodiscard]] constexpr const key_id_copy& key_id() const { return this->report().key; }
    /// The content's digest, as calculated. `none` where the content itself is signed: ML-DSA without signed attributes.
    [[nodiscard]] constexpr const digest_value& digest() const { return this->report().digest; }
};

/// An image that a policy tolerates without proof, and why it could not be proven.
template <class Image>
class [[nodiscard]] tolerated : public detail::appraised_image<Image> {
    template <class, class, class>
    friend class verifier;
    constexpr tolerated(Image&& image, const appraisal& report) : detail::appraised_image<Image>(std::move(image), report) {}

public:
    /// The reason why the image is not proven.
    [[nodiscard]] constexpr const failure& why() const { return this->report().why; }
};

}  // namespace modsig

#endif  // MODSIG_VERIFIED_HPP
