// SPDX-License-Identifier: BSL-1.0
//
// modsig keys: the keys in files, folders and kernels, and whether a keyring under a policy takes them.
#include "commands.hpp"
#include "kernel.hpp"
#include "key_faults.hpp"
#include "policy_verifier.hpp"
#include "suggest.hpp"
#include "text.hpp"

#include <modsig/key/any.hpp>
#include <modsig/keyring/files.hpp>
#include <modsig/linux/reading.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace tool {
namespace {

/// Prints a row for each key as it is found.
class lister {
    const policy_verifier& verifier_;
    output_form form_;
    overall_status overall_{};

    void key_fields(record& fields, const modsig::key_info& info) const {
        const bool known = info.key.algorithm != modsig::key_algorithm::none;
        fields.emplace_back("algorithm", text_or_null(known ? std::string(name(info.key.algorithm)) : ""));
        fields.emplace_back("bits", info.key.bits != 0 ? value(std::uint64_t{info.key.bits}) : value(nullptr));
        fields.emplace_back("digsig_id", text_or_null(info.has_digsig_v1_id ? hex(info.digsig_v1_id) : ""));
        fields.emplace_back("ima_id", text_or_null(info.has_ima_id ? hex(info.ima_id) : ""));
        fields.emplace_back("skid", text_or_null(hex(info.skid)));
        fields.emplace_back("serial", text_or_null(hex(info.serial)));
        fields.emplace_back("subject", text_or_null(owner(info.subject)));
        fields.emplace_back("issuer", text_or_null(owner(info.issuer)));
        fields.emplace_back("not_before", text_or_null(info.validity.known ? date(info.validity.not_before) : ""));
        fields.emplace_back("not_after", text_or_null(info.validity.known ? date(info.validity.not_after) : ""));
    }

public:
    lister(const policy_verifier& verifier, output_form form) : verifier_(verifier), form_(form) {}

    void row(const std::string& path, const modsig::failure& why, const modsig::key_info& info, const std::string& reason) {
        const bool taken = why.code == modsig::errc::none;
        overall_.add(tool::status_of(why.code));
        const auto error = taken ? modsig::linux_error::none : why.linux_errno();  // what add_key(2) returns
        record fields{{"path", path},
                      {"verdict", std::string(taken ? "accepted" : "refused")},
                      {"errc", text_or_null(taken ? "" : std::string(name(why.code)))},
                      {"errno", text_or_null(error != modsig::linux_error::none ? std::string(name(error)) : "")}};
        key_fields(fields, info);
        if (form_ == output_form::tsv) print_tsv(fields);
        if (form_ == output_form::json) print_json(fields);
        if (form_ != output_form::text) return;
        if (!taken) fields.emplace_back("reason", reason);
        print_fields(fields);
        std::fputc('\n', stdout);
    }
    void fault(const std::string& path, const modsig::failure& why, const std::string& reason, const modsig::key_info& info = {}) {
        row(path, why.linux_specific == modsig::linux_error::none ? verifier_.completed(why) : why, info, reason);
    }
    /// An entry of a file that is no key at all.
    void fault_of_entry(const std::string& path, std::size_t index, const modsig::failure& why) { fault(path, why, describe_key_fault(path, index, why)); }
    /// One key, which may not even get into a keyring.
    template <class Reading>
    modsig::result<modsig::key_info> list(const std::string& path, modsig::byte_view blob, const Reading& reading) {
        key_store alone;
        const auto added = alone.add(blob, {}, reading);
        const auto parsed = modsig::grammar<Reading>::parse_key(blob, reading);
        const modsig::context now{std::time(nullptr), {}};
        modsig::key_info in_keyring = added ? *added : modsig::key_info{};
        if (std::is_same_v<Reading, modsig::linux_reading>) in_keyring.fault = modsig::errc::none;  // Linux finds it out when the key is used
        const auto admitted = verifier_.admits(blob);
        if (!admitted) {
            fault(path, admitted.error(), describe_key_fault(blob, admitted.error()), parsed ? *parsed : modsig::key_info{});
        } else if (added) {
            const auto taken = verifier_.judge_key(in_keyring, now);
            row(path, taken ? modsig::failure{modsig::errc::none} : taken.error(), *added, taken ? "" : describe(taken.error()));
        } else {
            fault(path, added.error(), describe_key_fault(blob, added.error()), parsed ? *parsed : modsig::key_info{});
        }
        return parsed;
    }

    [[nodiscard]] exit_status status() const { return overall_.get(); }
};

template <class Reading>
void list_kernel(lister& rows, const std::string& path, const Reading& reading) {
    std::size_t index = 0;
    const auto use = [&](modsig::byte_view blob) { return ++index, rows.list(path, blob, reading); };
    const auto report = [&](std::size_t position, const modsig::failure& why) {
        if (position == index) rows.fault(path, why, describe(why));  // the list ends there; else it has its row
    };
    errno = 0;
    const auto used = for_each_certificate_in_kernel(path, use, report);
    if (used) return;
    if (used.error().code == modsig::errc::io_error) complain(path, used.error());
    rows.fault(path, used.error(), describe(used.error()));
}

template <class Reading>
void list_file(lister& rows, const std::string& path, const Reading& reading) {
    errno = 0;
    const auto bytes = modsig::keyring::read_key_file(path);
    const bool is_kernel = bytes ? is_kernel_image(*bytes) : bytes.error().code == modsig::errc::too_large;  // no key is so large
    if (is_kernel) return list_kernel(rows, path, reading);
    if (!bytes) {
        complain(path, bytes.error());
        return rows.fault(path, bytes.error(), describe(bytes.error()));
    }
    bool listed = false;
    const auto use = [&](const std::filesystem::path& file, modsig::byte_view blob) {
        // Of a certificate with something behind it each has its row.
        if (const auto whole = modsig::grammar<Reading>::parse_key(blob, reading); !whole && whole.error().code == modsig::errc::trailing_garbage)
            if (const auto first = modsig::keyring::first_certificate(blob); first && first->size() != blob.size()) return whole;
        auto parsed = rows.list(file.native(), blob, reading);
        listed = !parsed;
        return parsed;
    };
    const auto report = [&](const std::filesystem::path& file, std::size_t index, const modsig::failure& why) {
        if (!std::exchange(listed, false)) rows.fault_of_entry(file.native(), index, why);
    };
    modsig::keyring::for_each_key_in(*bytes, path, use, report);
}

template <class Reading>
void list(lister& rows, const std::string& path, const Reading& reading) {
    namespace fs = std::filesystem;
    std::error_code fault;
    if (!fs::is_directory(path, fault)) return list_file(rows, path, reading);
    std::vector<std::string> entries;
    fs::directory_iterator entry(path, fault);
    for (; !fault && entry != fs::directory_iterator(); entry.increment(fault)) entries.push_back(entry->path().native());
    if (fault) {
        errno = fault.value();
        complain(path, modsig::errc::io_error);
        rows.fault(path, modsig::errc::io_error, describe(modsig::errc::io_error));
    }
    std::ranges::sort(entries);
    for (const std::string& one : entries) {
        if (fs::is_directory(one, fault)) rows.fault(one, modsig::errc::bad_structure, describe(modsig::errc::bad_structure));
        else list_file(rows, one, reading);
    }
}

}  // namespace

exit_status keys_command::run() const {
    const policy_entry* chosen = find_policy(policy);
    if (chosen == nullptr) {
        complain("no policy is called " + printable(policy) + did_you_mean(policy, names_of(policies())));
        return exit_status::usage;
    }
    const auto target = kernel.find_for(chosen->has_kernel, {});
    if (!target) return exit_status::usage;
    const key_store none;
    verifier_options options;
    options.kernel = *target;
    const auto verifier = chosen->make(none, options);
    lister rows(*verifier, form);
    for (const std::string& path : paths) {
        if (chosen->linux_reading) list(rows, path, modsig::linux_reading{*target});
        else list(rows, path, modsig::strict_reading{});
    }
    return rows.status();
}

}  // namespace tool
