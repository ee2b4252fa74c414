// SPDX-License-Identifier: BSL-1.0
//
// Keys that are read at run time and kept in place, without a heap.
#ifndef MODSIG_INSMOD_KEYS_HPP
#define MODSIG_INSMOD_KEYS_HPP

#include <modsig/key/pem.hpp>
#include <modsig/key/trusted_certificate.hpp>
#include <modsig/keyring.hpp>
#include <modsig/keyring/entry_rules.hpp>
#include <modsig/keyring/concatenated.hpp>
#include <modsig/load/sealed_file.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace insmod {

/// Keys view the files that they came in, which are kept. Must not be moved.
template <class Engine, modsig::reading Reading>
class keys {
    using trusted = modsig::trusted_key<Engine>;
    static constexpr std::size_t capacity = 16;
    static constexpr std::uint64_t max_file_size = 1 << 20;

    std::array<trusted, capacity> keys_ = nothing(std::make_index_sequence<capacity>{});
    std::size_t size_ = 0;
    modsig::keyring_view<Engine> view_{modsig::keyring::module, {}, {}};
    std::array<std::uint8_t, std::size_t{64} << 10> decoded_{};  // decoded PEM
    std::size_t decoded_size_ = 0;
    std::array<modsig::result<modsig::load::sealed_file>, capacity> files_ = no_files(std::make_index_sequence<capacity>{});
    std::size_t file_count_ = 0;

    template <std::size_t... I>
    static std::array<trusted, capacity> nothing(std::index_sequence<I...>) {
        return {((void)I, trusted{{}, modsig::errc::not_checked, {}})...};
    }
    template <std::size_t... I>
    static std::array<modsig::result<modsig::load::sealed_file>, capacity> no_files(std::index_sequence<I...>) {
        return {((void)I, modsig::result<modsig::load::sealed_file>(modsig::errc::not_checked))...};
    }

public:
    keys() = default;
    keys(const keys&) = delete;
    keys& operator=(const keys&) = delete;

    /// Adds one key in binary form, whose bytes must outlive this object. Errors: those of the key; `too_large` (no room).
    [[nodiscard]] modsig::result<void> add(modsig::byte_view bytes) {
        if (size_ == capacity) return modsig::errc::too_large;
        if (modsig::key::x509::recognises(bytes)) {
            const auto certificate = modsig::grammar<Reading>::parse_certificate(bytes);
            if (!certificate) return certificate.error();
            auto prepared = Engine::prepare(certificate->info.key);
            // As in keyring/store.hpp: a certificate that claims to be self-signed must verify with its own key.
            if (const auto admitted = modsig::keyring::entry_rules<Reading>::template admit<Engine>(*certificate, prepared); !admitted) return admitted.error();
            return keep(modsig::key::identified(*certificate), std::move(prepared));
        }
        const auto bare = modsig::grammar<Reading>::parse_key(bytes);
        if (!bare) return bare.error();
        return keep(*bare, Engine::prepare(bare->key));
    }

    /// Adds all keys of a file: PEM, or DER, also concatenated certificates. Stops at the first fault.
    [[nodiscard]] modsig::result<void> add_file(const char* path) {
        if (file_count_ == capacity) return modsig::errc::too_large;
        auto& file = files_[file_count_];
        file = modsig::load::sealed_file::open(path, max_file_size);
        if (!file) return file.error();
        ++file_count_;
        modsig::byte_view bytes = *file;
        if (modsig::key::pem_reader::recognises(bytes)) return add_pem(bytes);
        if (!modsig::keyring::are_concatenated(bytes)) return add(bytes);
        while (!bytes.empty()) {
            const modsig::byte_view next = *modsig::keyring::first_certificate(bytes);
            if (const auto added = add(next); !added) return added.error();
            bytes = bytes.subspan(next.size());
        }
        return modsig::result<void>::success();
    }

    template <class For>
    [[nodiscard]] const modsig::keyring_view<For>& view() const {
        return view_;
    }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    modsig::result<void> keep(const modsig::key_info& info, modsig::result<typename Engine::prepared_key>&& prepared) {
        if (!prepared) return prepared.error();
        keys_[size_++] = trusted{info, std::move(prepared), {}};
        view_.keys = std::span(keys_).first(size_);
        return modsig::result<void>::success();
    }
    modsig::result<void> add_pem(modsig::byte_view text) {
        for (modsig::key::pem_reader blocks(text);;) {
            const auto block = blocks.next();
            if (!block) return block.error();
            if (!block->has_value()) return modsig::result<void>::success();
            // signing_key.pem holds the private half, too.
            if ((*block)->kind == modsig::key::pem_kind::private_key) continue;
            auto blob = modsig::key::pem_decode(**block, std::span(decoded_).subspan(decoded_size_));
            if (!blob) return blob.error();
            decoded_size_ += blob->size();
            if ((*block)->kind == modsig::key::pem_kind::trusted_certificate) blob = modsig::key::certificate_of_trusted(*blob);
            if (!blob) return blob.error();
            if (const auto added = add(*blob); !added) return added.error();
        }
    }
};

}  // namespace insmod

#endif  // MODSIG_INSMOD_KEYS_HPP
