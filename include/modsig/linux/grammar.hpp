// SPDX-License-Identifier: BSL-1.0
//
// The grammar of linux_reading: what Linux 6.12 reads. Each file names the functions of the kernel that it follows.
#ifndef MODSIG_LINUX_GRAMMAR_HPP
#define MODSIG_LINUX_GRAMMAR_HPP

#include <modsig/linux/key/any.hpp>
#include <modsig/linux/layout.hpp>
#include <modsig/linux/layout/bpf.hpp>
#include <modsig/linux/layout/digsig.hpp>
#include <modsig/linux/layout/evm.hpp>
#include <modsig/linux/layout/fsverity.hpp>
#include <modsig/linux/layout/ima.hpp>
#include <modsig/linux/layout/modsign.hpp>
#include <modsig/linux/layout/modsign_x509.hpp>
#include <modsig/reading.hpp>

namespace modsig {

/// Linux's reading, by the functions of the kernel.
template <>
struct grammar<linux_reading> {
    template <class Layout>
    using layout = kernel::layout_of<Layout>;  ///< The layout as Linux reads it.

    /// kernel::parse_certificate(): not checked are the signature, dates and usage.
    [[nodiscard]] static constexpr result<key::certificate> parse_certificate(byte_view bytes, std::uint64_t offset = 0, const linux_reading& reading = {}) {
        return kernel::parse_certificate(bytes, offset, reading.kernel);
    }
    /// A public key in any binary form: kernel::parse_key().
    [[nodiscard]] static constexpr result<key_info> parse_key(byte_view bytes, const linux_reading& reading = {}) { return kernel::parse_key(bytes, reading.kernel); }
    /// The payload of a key of type `user`: kernel::parse_user_key().
    [[nodiscard]] static constexpr result<key_info> parse_user_key(byte_view bytes) { return kernel::parse_user_key(bytes); }
};

}  // namespace modsig

#endif  // MODSIG_LINUX_GRAMMAR_HPP
