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

/// What a verifier thinks of an image, and why. A report: it opens no door.
struct [[nodiscard]] appraisal {
    verdict outcome = verdict::rejected;
    failure why{};                      // code none when verified
    std::string_view layout{};          // of the layout that answered; empty when none did
    claim_facts said{};                 // of the signer that decided
    key_id_copy key{};
    range_list content{};               // what the signature covers
    digest_value digest{};              // of the content, when verified
    const key_info* signer = nullptr;   // in the keyring, when verified
};

template <class Layouts, class Engine, class Policy>
class verifier;

namespace detail {
/// An image with what was found out about it. Moved-from ones trap on use.
template <class Image>
class judged {
    Image image_;
    appraisal answer_;
    bool live_ = true;

protected:
    constexpr judged(Image&& image, const appraisal& answer) : image_(std::move(image)), answer_(answer) {}
    ~judged() = default;

public:
    judged(const judged&) = delete;
    judged& operator=(const judged&) = delete;
    constexpr judged(judged&& other) noexcept
        : image_(std::move(other.image_)), answer_(other.answer_), live_(std::exchange(other.live_, false)) {}
    constexpr judged& operator=(judged&& other) noexcept {
        image_ = std::move(other.image_);
        answer_ = other.answer_;
        live_ = std::exchange(other.live_, false);
        return *this;
    }

    /// The whole image, signature included.
    [[nodiscard]] constexpr const Image& image() const { return require(), image_; }
    /// The bytes that the signature covers, without it.
    [[nodiscard]] constexpr byte_view content() const {
        require();
        if (answer_.content.size() != 1) trap();
        const auto bytes = slice(byte_view(image_), answer_.content[0]);
        if (!bytes) trap();
        return *bytes;
    }
    [[nodiscard]] constexpr const range_list& content_ranges() const { return require(), answer_.content; }
    [[nodiscard]] constexpr std::string_view layout() const { return require(), answer_.layout; }

protected:
    [[nodiscard]] constexpr const appraisal& answer() const { return require(), answer_; }

private:
    constexpr void require() const {
        if (!live_) trap();
    }
};
}  // namespace detail

/// Proof that a verifier accepted this image. Nothing else can construct one; what it holds is what was verified.
template <class Image>
class [[nodiscard]] verified : public detail::judged<Image> {
    template <class, class, class>
    friend class verifier;
    constexpr verified(Image&& image, const appraisal& answer) : detail::judged<Image>(std::move(image), answer) {}

public:
    /// The trusted key, in the keyring: it must outlive this.
    [[nodiscard]] constexpr const key_info& signer() const { return *this->answer().signer; }
    [[nodiscard]] constexpr const key_id_copy& key_id() const { return this->answer().key; }
    [[nodiscard]] constexpr const digest_value& digest() const { return this->answer().digest; }
};

/// An image that the policy let in without proof, and why it could not be proven.
template <class Image>
class [[nodiscard]] tolerated : public detail::judged<Image> {
    template <class, class, class>
    friend class verifier;
    constexpr tolerated(Image&& image, const appraisal& answer) : detail::judged<Image>(std::move(image), answer) {}

public:
    [[nodiscard]] constexpr const failure& why() const { return this->answer().why; }
};

}  // namespace modsig

#endif  // MODSIG_VERIFIED_HPP
