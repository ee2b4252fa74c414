// SPDX-License-Identifier: BSL-1.0
//
// The three verdicts as types: an appraisal reports, `verified` is proof that loaders take, `tolerated` is its unproven
// neighbour that they take only by another name.
#ifndef MODSIG_VERIFIED_HPP
#define MODSIG_VERIFIED_HPP

#include <modsig/key.hpp>
#include <modsig/layout.hpp>

#include <utility>

namespace modsig {

enum class verdict : std::uint8_t { rejected, tolerated, verified };  // zero refuses

[[nodiscard]] constexpr std::string_view name(verdict v) {
    return v == verdict::verified ? "verified" : v == verdict::tolerated ? "tolerated" : "rejected";
}

/// What a verifier answers about an image, and why. A report: it opens no door.
struct [[nodiscard]] appraisal {
    verdict outcome = verdict::rejected;
    failure why{};                      // code none when verified
    std::string_view layout{};          // of the layout that answered; empty when none did
    claim_facts claim{};                // of the signer that decided
    key_id_copy key{};
    range content{};                    // of the image, without the signature
    bool covers_image = false;          // whether the signature is over the content; false for EVM's, which is over metadata
    digest_value digest{};              // of the content, when verified
    const key_info* anchor = nullptr;   // the trusted key, in the keyring, when verified
};

template <class Layouts, class Engine, class Policy>
class verifier;

namespace detail {
/// An image with what was found out about it. Moved-from ones trap on use, and so do ones that were moved to themselves.
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

    /// The whole image, signature included.
    [[nodiscard]] constexpr const Image& image() const { return require(), image_; }
    /// The bytes that the signature covers, without it.
    [[nodiscard]] constexpr byte_view content() const {
        require();
        const auto bytes = slice(byte_view(image_), appraisal_.content);
        if (!bytes) trap();
        return *bytes;
    }
    /// Where these bytes are in the image.
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

/// Proof that a verifier accepted this image. Nothing else can construct one; what it holds is what was verified.
template <class Image>
class [[nodiscard]] verified : public detail::appraised_image<Image> {
    template <class, class, class>
    friend class verifier;
    constexpr verified(Image&& image, const appraisal& report) : detail::appraised_image<Image>(std::move(image), report) {}

public:
    /// The trust anchor, in the keyring: it must outlive this. It is the signer's key, or vouches for it.
    [[nodiscard]] constexpr const key_info& anchor() const { return *this->report().anchor; }
    [[nodiscard]] constexpr const key_id_copy& key_id() const { return this->report().key; }
    /// Of the content, as it was calculated. `none` where the content itself is signed: ML-DSA without signed attributes.
    [[nodiscard]] constexpr const digest_value& digest() const { return this->report().digest; }
};

/// An image that the policy let in without proof, and why it could not be proven.
template <class Image>
class [[nodiscard]] tolerated : public detail::appraised_image<Image> {
    template <class, class, class>
    friend class verifier;
    constexpr tolerated(Image&& image, const appraisal& report) : detail::appraised_image<Image>(std::move(image), report) {}

public:
    [[nodiscard]] constexpr const failure& why() const { return this->report().why; }
};

}  // namespace modsig

#endif  // MODSIG_VERIFIED_HPP
