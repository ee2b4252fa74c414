// SPDX-License-Identifier: BSL-1.0
//
// modsig keys: the keys in files and folders, and whether a policy takes them.
#include "commands.hpp"
#include "judge.hpp"
#include "text.hpp"

#include <modsig/key/any.hpp>
#include <modsig/keyring/files.hpp>

#include <cerrno>
#include <cstdio>
#include <ctime>
#include <filesystem>

namespace tool {
namespace {

/// Prints a row for each key as it is found.
class lister {
    const judge& judge_;
    output_form form_;
    overall_status overall_{};

    void key_fields(record& fields, const modsig::key_info& info) const {
        const bool known = info.key.algorithm != modsig::key_algorithm::none;
        fields.emplace_back("algorithm", text_or_null(known ? std::string(name(info.key.algorithm)) : ""));
        fields.emplace_back("bits", known ? value(std::uint64_t{info.key.bits}) : value(nullptr));
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
    lister(const judge& judge, output_form form) : judge_(judge), form_(form) {}

    void row(const std::string& path, const modsig::failure& why, const modsig::key_info& info) {
        const bool taken = why.code == modsig::errc::none;
        overall_.add(tool::status_of(why.code));
        const auto error = judge_.errno_of(why);
        record fields{{"path", path},
                      {"verdict", std::string(taken ? "accepted" : "refused")},
                      {"errc", text_or_null(taken ? "" : std::string(name(why.code)))},
                      {"errno", text_or_null(error != modsig::linux_error::none ? std::string(name(error)) : "")}};
        key_fields(fields, info);
        if (form_ == output_form::tsv) print_tsv(fields);
        if (form_ == output_form::json) print_json(fields);
        if (form_ != output_form::text) return;
        if (!taken) fields.emplace_back("reason", describe(why));
        print_fields(fields);
        std::fputc('\n', stdout);
    }
    void fault(const std::string& path, modsig::failure why) { row(path, judge_.completed(why), {}); }

    [[nodiscard]] const judge& by() const { return judge_; }
    [[nodiscard]] exit_status status() const { return overall_.get(); }
};

template <class Reading>
void list(lister& rows, const std::string& path) {
    const modsig::context at{std::time(nullptr), {}};
    const auto use = [&](const std::filesystem::path& file, modsig::byte_view blob) {
        modsig::result<modsig::key_info> info = modsig::key::parse_any<Reading>(blob);
        if (info) rows.row(file.native(), rows.by().judge_key(*info, at), *info);
        return info;
    };
    const auto report = [&](const std::filesystem::path& file, std::size_t, const modsig::failure& why) { rows.fault(file.native(), why); };
    errno = 0;
    const auto used = modsig::keyring::for_each_key(path, use, report);
    if (used) return;
    complain(path, used.error());
    rows.fault(path, used.error());
}

}  // namespace

exit_status keys_command::run() const {
    const policy_entry* chosen = find_policy(policy);
    if (chosen == nullptr) {
        complain("no policy is called " + printable(policy));
        return exit_status::usage;
    }
    const key_store none;
    const auto judge = chosen->make(none, {});
    lister rows(*judge, form);
    for (const std::string& path : paths) {
        if (chosen->linux_reading) list<modsig::linux_reading>(rows, path);
        else list<modsig::strict_reading>(rows, path);
    }
    return rows.status();
}

}  // namespace tool
