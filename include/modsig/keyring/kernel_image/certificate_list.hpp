// SPDX-License-Identifier: BSL-1.0
//
// The kernel's builtin list of certificates.  Format: certs/system_certificates.S, certs/common.c.
//   offset       size  field
//        0          n  concatenated certificates, each 30 82 hi lo ...: the module signing key's, then trusted ones
//        n          -  zeros; with CONFIG_SYSTEM_EXTRA_CERTIFICATE room for one more certificate and its size
//   aligned 4 or 8     n                             (system_certificate_list_size, an unsigned long)
//                      the part of n that is the module signing key's (module_cert_size, an unsigned long; 5.13 and later)
//
// A stripped kernel has no symbols; there the list is recognised by its own sizes, which follow it. A kernel also holds
// certificates that are no trust anchors for modules and must not be taken for the list: keys of the wireless regulatory
// database (net/wireless/reg.c) and, from 5.13 on, certs/revocation_certificates.S, which is followed by one size and by no
// second.
#ifndef MODSIG_KEYRING_KERNEL_IMAGE_CERTIFICATE_LIST_HPP
#define MODSIG_KEYRING_KERNEL_IMAGE_CERTIFICATE_LIST_HPP

#include <modsig/linux/key/x509.hpp>
#include <modsig/keyring/concatenated.hpp>
#include <modsig/keyring/kernel_image/container.hpp>
#include <modsig/keyring/kernel_image/elf.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace modsig::keyring {

/// How the builtin list was recognised.
enum class list_evidence : std::uint8_t {
    symbols,   ///< by the symbol table
    own_size,  ///< by its own size, which follows it
    only_run,  ///< by being the only certificates in a file that is no kernel: a list taken out of a kernel
};

/// For reports: the enumerator's name.
[[nodiscard]] constexpr std::string_view name(list_evidence evidence) {
    return evidence == list_evidence::symbols ? "symbols" : evidence == list_evidence::own_size ? "own_size" : "only_run";
}

/// A list of certificates, and how it was found.
struct certificate_list {
    byte_view bytes{};                                 ///< concatenated certificates, in DER
    list_evidence evidence = list_evidence::only_run;  ///< how sure the list is
};

namespace detail {
/// Whether the list's own size follows it, and what follows that size: a word that cannot be the module key's size, 0, or the
/// size of certificates that the list begins with.
enum class sizes_found : std::uint8_t { none, own, own_and_zero, own_and_module_key };

/// Whether a certificate of the list ends after `size` bytes.
[[nodiscard]] constexpr bool is_boundary(byte_view list, std::uint64_t size) {
    std::uint64_t at = 0;
    while (at < size) {
        const auto next = first_certificate(list.subspan(static_cast<std::size_t>(at)));
        if (!next) return false;
        at += next->size();
    }
    return at == size;
}

/// What follows bytes [start, end). Before the sizes there may be zeros, and one other word: how much of the room for an extra
/// certificate is used.
[[nodiscard]] constexpr sizes_found sizes_behind(byte_view image, std::size_t start, std::size_t end, word_form words) {
    constexpr std::size_t max_room = std::size_t{64} << 10, alignment = 4;
    const std::uint64_t size = end - start;
    std::size_t at = end;
    while ((at - start) % alignment != 0)
        if (at == image.size() || image[at++] != 0) return sizes_found::none;
    for (std::size_t other_words = 0; at - end <= max_room && other_words < 2; at += alignment) {
        const auto own = words.read(image, at), of_module_key = words.read(image, at + words.size);
        if (!own || !of_module_key) return sizes_found::none;
        if (*own == size) {
            if (*of_module_key == 0) return sizes_found::own_and_zero;
            const bool plausible = *of_module_key <= size && is_boundary(image.subspan(start, end - start), *of_module_key);
            return plausible ? sizes_found::own_and_module_key : sizes_found::own;
        }
        if (load_le<std::uint32_t>(image.subspan(at, alignment)) != 0) ++other_words;
    }
    return sizes_found::none;
}

/// Concatenated certificates somewhere in an image.
struct certificate_run {
    std::size_t start = 0;
    std::size_t end = 0;       // behind the last certificate that parses
    std::size_t last_end = 0;  // behind the last certificate by the four bytes that Linux reads

    /// The end that sizes confirm, and which sizes those are.
    [[nodiscard]] constexpr std::pair<std::size_t, sizes_found> confirm(byte_view image, std::span<const word_form> words) const {
        std::pair best{end, sizes_found::none};
        for (std::size_t at = start; at < last_end;) {
            at += first_certificate(image.subspan(at))->size();
            for (const word_form form : words) {
                const sizes_found here = sizes_behind(image, start, at, form);
                if (here != sizes_found::none && here >= best.second) best = {at, here};
            }
        }
        return best;
    }
};

class run_list {
    static constexpr std::size_t max_runs = 64, max_attempts = 65536;
    std::array<certificate_run, max_runs> runs_{};
    std::size_t count_ = 0;

public:
    [[nodiscard]] constexpr std::span<const certificate_run> all() const { return std::span(runs_).first(count_); }

    /// The runs that begin with a version 3 certificate. Error: `too_large` (more runs than max_runs, or more beginnings than
    /// max_attempts).
    [[nodiscard]] static result<run_list> of(byte_view image) {
        using namespace std::string_view_literals;
        constexpr std::size_t behind_headers = 8;  // 30 82 hi lo 30 82 hi lo [0] { INTEGER 2 }
        run_list found;
        std::size_t attempts = 0;
        for (std::size_t from = behind_headers;;) {
            const auto version = find_bytes(image, "\xa0\x03\x02\x01\x02"sv, from);
            if (!version) return found;
            from = *version + 1;
            certificate_run run{*version - behind_headers, *version - behind_headers, *version - behind_headers};
            if (!stands_at(image, run.start, "\x30\x82") || !stands_at(image, run.start + 4, "\x30\x82")) continue;
            if (++attempts > max_attempts) return failure{errc::too_large, run.start};
            bool all_parse = true;
            while (const auto next = first_certificate(image.subspan(run.last_end))) {
                all_parse = all_parse && kernel::parse_certificate(*next).has_value();
                if (run.start == run.last_end && !all_parse) break;
                run.last_end += next->size();
                if (all_parse) run.end = run.last_end;
            }
            if (run.end == run.start) continue;
            if (found.count_ == max_runs) return failure{errc::too_large, run.start};
            found.runs_[found.count_++] = run;
            from = run.last_end + behind_headers;
        }
    }
};

/// The forms that words may have in any image.
inline constexpr std::array<word_form, 4> any_words{{{8, false}, {8, true}, {4, false}, {4, true}}};

[[nodiscard]] constexpr std::span<const word_form> words_of(byte_view kernel, word_form& room) {
    const auto elf = elf_file::open(kernel);
    const bool arm64 = stands_at(kernel, 56, "ARM\x64");  // Documentation/arch/arm64/booting.rst
    if (!elf && !arm64) return any_words;
    room = elf ? elf->words() : word_form{8, false};
    return {&room, 1};
}

/// Whether the kernel is older than module_cert_size and revocation lists. A kernel without a version counts as newer.
[[nodiscard]] inline bool is_before_5_13(byte_view kernel) {
    const auto version = find_version(kernel);
    if (!version) return false;
    unsigned numbers[2] = {};
    std::size_t at = *version;
    for (unsigned& number : numbers) {
        for (; at < kernel.size() && kernel[at] >= '0' && kernel[at] <= '9' && number < 1000; ++at) number = 10 * number + kernel[at] - '0';
        if (at == kernel.size() || kernel[at++] != '.') return false;
    }
    return numbers[0] < 5 || (numbers[0] == 5 && numbers[1] < 13);
}

/// The list by the symbols; nothing where the file has no symbols of these names.
[[nodiscard]] constexpr std::optional<result<certificate_list>> list_by_symbols(byte_view kernel) {
    const auto elf = elf_file::open(kernel);
    if (!elf) return std::nullopt;
    constexpr std::array<std::string_view, 2> names{"system_certificate_list", "system_certificate_list_size"};
    std::array<byte_view, 2> found{};
    elf->find(names, found);
    if (found[0].empty() || found[1].empty()) return std::nullopt;
    const auto size = elf->words().read(found[1], 0);
    const auto list = size ? slice(found[0], {0, *size}) : std::nullopt;
    if (!list) return result<certificate_list>(errc::length_overflow);
    if (list->empty()) return result<certificate_list>(errc::missing_element);
    return result<certificate_list>(certificate_list{*list, list_evidence::symbols});
}

/// The only run with at least these sizes. Error: `repeated_element` (several runs have them, and nothing tells which is the
/// list).
[[nodiscard]] constexpr result<std::optional<range>> only_run_with(byte_view kernel, const run_list& runs, std::span<const word_form> words,
                                                                   sizes_found least) {
    std::optional<range> chosen;
    for (const certificate_run& run : runs.all()) {
        const auto [end, sizes] = run.confirm(kernel, words);
        if (sizes < least) continue;
        if (chosen) return failure{errc::repeated_element, run.start};
        chosen = range{run.start, end - run.start};
    }
    return chosen;
}

/// Whether the sizes of an empty list may stand before `offset`. Then the run may be the revocation list, which cannot be told
/// from a list of trusted certificates without a module signing key.
[[nodiscard]] constexpr bool is_behind_zeros(byte_view kernel, std::uint64_t offset, std::span<const word_form> words) {
    for (const word_form form : words)
        if (offset >= 2 * form.size && form.read(kernel, offset - form.size) == 0 && form.read(kernel, offset - 2 * form.size) == 0)
            return true;
    return false;
}

[[nodiscard]] constexpr result<certificate_list> as_list(byte_view kernel, const result<std::optional<range>>& chosen) {
    if (!chosen) return chosen.error();
    return certificate_list{*slice(kernel, **chosen), list_evidence::own_size};
}

[[nodiscard]] inline result<certificate_list> list_by_sizes(byte_view kernel) {
    const auto runs = run_list::of(kernel);
    if (!runs) return runs.error();
    word_form room;
    const auto words = words_of(kernel, room);
    if (const auto chosen = only_run_with(kernel, *runs, words, sizes_found::own_and_module_key); !chosen || *chosen) return as_list(kernel, chosen);
    if (is_before_5_13(kernel)) {
        if (const auto chosen = only_run_with(kernel, *runs, words, sizes_found::own); !chosen || *chosen) return as_list(kernel, chosen);
    }
    // Where words may have 4 bytes or 8, half a word looks like a word of 0.
    const auto wide = words.first(words.size() == 1 ? 1 : 2);
    if (const auto chosen = only_run_with(kernel, *runs, wide, sizes_found::own_and_zero); !chosen || *chosen) {
        // A revocation list follows the list of trusted certificates.
        if (chosen && (*chosen)->offset != runs->all().front().start) return failure{errc::repeated_element, (*chosen)->offset};
        if (chosen && is_behind_zeros(kernel, (*chosen)->offset, wide)) return failure{errc::missing_element, (*chosen)->offset};
        return as_list(kernel, chosen);
    }
    if (runs->all().empty() || find_version(kernel)) return errc::missing_element;
    if (runs->all().size() > 1) return failure{errc::repeated_element, runs->all()[1].start};
    const certificate_run& only = runs->all().front();
    return certificate_list{kernel.subspan(only.start, only.end - only.start), list_evidence::only_run};
}
}  // namespace detail

/// `find_certificate_list` finds the builtin list of an unpacked kernel. Errors: `missing_element` (no list, an empty list, or
/// a list that may be the revocation list), `repeated_element` (several lists), `length_overflow` (symbols lead out of the
/// file), `too_large`.
[[nodiscard]] inline result<certificate_list> find_certificate_list(byte_view kernel) {
    if (const auto by_symbols = detail::list_by_symbols(kernel)) return *by_symbols;
    return detail::list_by_sizes(kernel);
}

}  // namespace modsig::keyring

#endif  // MODSIG_KEYRING_KERNEL_IMAGE_CERTIFICATE_LIST_HPP
