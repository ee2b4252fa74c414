// SPDX-License-Identifier: BSL-1.0
//
// The certificates built into a kernel image (vmlinuz, bzImage, Image.gz, EFI zboot, vmlinux), so that "would this kernel load
// these modules?" needs no more than the image. The list is found by its symbols or, in a stripped kernel, by the size that
// follows it (kernel_image/certificate_list.hpp). For hosted programs, Linux only; needs the libraries that decompress.hpp
// needs.
#ifndef MODSIG_KEYRING_KERNEL_IMAGE_HPP
#define MODSIG_KEYRING_KERNEL_IMAGE_HPP

#include <modsig/keyring/kernel_image/certificate_list.hpp>
#include <modsig/keyring/kernel_image/container.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/linux/keyring/entry_rules.hpp>

#include <concepts>
#include <string_view>
#include <utility>

namespace modsig::keyring {

/// certs/system_keyring.c
inline constexpr std::string_view builtin_trusted_keys = ".builtin_trusted_keys";

/// Views alias the image, or `kernel.storage`, which may move.
struct kernel_certificates {
    unpacked_kernel kernel;  ///< which `list` views
    certificate_list list;   ///< with how it was found
};

/// `find_kernel_certificates` unpacks an image and finds its list. Errors: those of unpack_kernel() and
/// find_certificate_list().
[[nodiscard]] inline result<kernel_certificates> find_kernel_certificates(byte_view image) {
    auto kernel = unpack_kernel(image);
    if (!kernel) return kernel.error();
    const auto list = find_certificate_list(kernel->bytes);
    if (!list) return list.error();
    return kernel_certificates{*std::move(kernel), *list};
}

/// A certificate user is called with each certificate of the list. Returns the key, or the reason why there is none.
template <class U>
concept certificate_user = requires(U& use, byte_view blob) {
    { use(blob) } -> std::same_as<result<key_info>>;
};

/// A report is called with the number of a certificate in the list (from 0), and the reason why it gives no key.
template <class R>
concept certificate_report = std::invocable<R&, std::size_t, const failure&>;

/// `for_each_certificate` passes each certificate to `use`, as load_certificate_list() in certs/common.c does. Returns how many
/// keys `use` took. Bytes that are no certificate end the list, and are reported as `bad_structure`.
template <certificate_user Use, certificate_report Report>
std::size_t for_each_certificate(byte_view list, Use&& use, Report&& report) {
    std::size_t used = 0, offset = 0;
    for (std::size_t index = 0; offset != list.size(); ++index) {
        const auto next = first_certificate(list.subspan(offset));
        if (!next) {
            report(index, failure{errc::bad_structure, offset});
            break;
        }
        const result<key_info> taken = use(*next);
        if (taken) ++used;
        else report(index, taken.error().shifted(offset));
        offset += next->size();
    }
    return used;
}

/// `for_each_kernel_certificate` does the same for an image. Errors: those of find_kernel_certificates().
template <certificate_user Use, certificate_report Report>
result<std::size_t> for_each_kernel_certificate(byte_view image, Use&& use, Report&& report) {
    const auto found = find_kernel_certificates(image);
    if (!found) return found.error();
    return for_each_certificate(found->list.bytes, use, report);
}

/// `load_kernel_image` trusts the certificates built into an image. Returns how many. Certificates are read as the kernel reads
/// them, unless `reading` is another.
template <class Reading = linux_reading, class Engine, certificate_report Report>
result<std::size_t> load_kernel_image(store<Engine>& ring, byte_view image, Report&& report, const key_scope& scope = {}, const Reading& reading = {}) {
    return for_each_kernel_certificate(image, [&](byte_view blob) { return ring.add(blob, scope, reading); }, report);
}

}  // namespace modsig::keyring

#endif  // MODSIG_KEYRING_KERNEL_IMAGE_HPP
