// SPDX-License-Identifier: BSL-1.0
//
// modsig, the command-line tool: signs, verifies and looks into signed modules, plugins and other files.
// Commands: verify inspect keys genkey sign install digest attach strip extract load revoke-line. Exit status: see exit_status.hpp.
#include "commands.hpp"
#include "examples.hpp"
#include "report.hpp"
#include "secrets.hpp"
#include "suggest.hpp"
#include "text.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tool {
namespace {

/// Every command's options live as long as the parser that writes to them.
class command_line {
    CLI::App app_{"Signs and verifies modules, plugins and other files: modsig COMMAND --help says more.", "modsig"};
    std::function<exit_status()> chosen_{};

    verify_command verify_{};
    inspect_command inspect_{};
    keys_command keys_{};
    genkey_command genkey_{};
    sign_command sign_{};
    install_command install_{};
    digest_command digest_{};
    attach_command attach_{};
    strip_command strip_{};
    extract_command extract_{};
    load_command load_{};
    revoke_line_command revoke_line_{};

    template <class Command>
    CLI::App* add(const std::string& name, const std::string& purpose, Command& command) {
        CLI::App* sub = app_.add_subcommand(name, purpose);
        sub->footer(examples_of(name));
        sub->callback([this, &command] { chosen_ = [&command] { return command.run(); }; });
        return sub;
    }

    /// For what is a file's or folder's name: `-` would be one that nobody means.
    static CLI::Validator is_path() {
        return {[](const std::string& word) { return word == "-" ? std::string("- is no file here: /dev/stdin is standard input, ./- a file of that name") : std::string(); }, "", "path"};
    }
    static CLI::Validator is_one_of(const std::vector<std::string>& words) {
        const auto fault = [words](const std::string& word) {
            if (std::find(words.begin(), words.end(), word) != words.end()) return std::string();
            return word + " is none of " + comma_separated(words) + did_you_mean(word, words);
        };
        return {fault, "", "word"};
    }
    static void add_color(CLI::App* sub, color_choice& color) {
        sub->add_option_function<std::string>("--color", [&color](const std::string& word) {
                color = word == "always" ? color_choice::always : word == "never" ? color_choice::never : color_choice::automatic;
            }, "Colour verdicts and causes in the text; auto (default): on a terminal, unless NO_COLOR is set or TERM is dumb")
            ->type_name("auto|always|never")->check(is_one_of({"auto", "always", "never"}));
    }
    static CLI::Option* add_path(CLI::App* sub, const char* option, std::string& path, const char* purpose, const char* kind) {
        return sub->add_option(option, path, purpose)->type_name(kind)->check(is_path());
    }
    static CLI::Option* add_jobs(CLI::App* sub, const char* option, std::size_t& jobs) {
        constexpr std::size_t most = 10000;
        const auto is_count = [](const std::string& word) {
            std::size_t count = 0;
            const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), count);
            const bool good = error == std::errc() && end == word.data() + word.size() && count != 0 && count <= most;
            return good ? std::string() : "\"" + word + "\" is no number of files: from 1 to " + std::to_string(most);
        };
        return sub->add_option(option, jobs, "Work on so many files at once (default: one a processor)")->type_name("N")->check(CLI::Validator(is_count, "", "jobs"));
    }
    static void add_force(CLI::App* sub, bool& force, const char* purpose) { sub->add_flag("--force", force, purpose); }

    static void add_trust(CLI::App* sub, trust_options& options) {
        const auto list = [&](const char* option, std::vector<std::string>& into, const char* purpose, const char* kind) {
            CLI::Option* const added = sub->add_option(option, into, purpose)->type_name(kind)->allow_extra_args(false);
            if (std::string_view(kind) != "V" && std::string_view(kind) != "NAME") added->check(is_path());
        };
        // Each is taken when it is met: --trust-form counts for what follows it.
        sub->add_option_function<std::string>("--trust", [&options](const std::string& path) { options.trust.push_back({path, "", options.form}); },
                "Trust these keys: certificates and public keys in PEM, DER or digsig blobs; a folder of them. For the layouts that --layout names, else digsig, modsign and ima")
            ->type_name("FILE|DIR")->allow_extra_args(false)->check(is_path())->trigger_on_parse();
        sub->add_option_function<std::pair<std::string, std::string>>("--trust-for", [&options](const std::pair<std::string, std::string>& source) {
                options.trust.push_back({source.second, source.first, options.form});
            }, "Trust these keys for one layout only")
            ->type_name("LAYOUT FILE|DIR")->check(is_path())->trigger_on_parse();
        sub->add_option_function<std::string>("--trust-form", [&options](const std::string& form) {
                options.form = form == "attributes" ? std::optional(modsig::signature_form::attributes)
                             : form == "content" ? std::optional(modsig::signature_form::content) : std::nullopt;
            }, "Trust the keys that follow for CMS signatures of one form alone: over the content itself, or over signed attributes; any: both (default)")
            ->type_name("attributes|content|any")->check(is_one_of({"attributes", "content", "any"}))->trigger_on_parse();
        sub->add_option("--mok", options.enrolled, "Trust only what is enrolled: a list of machine owner keys, as the EFI variable MokListRT holds it; keys of --trust are recognised, not trusted")->type_name("FILE");
        list("--trust-kernel", options.kernels, "Trust the certificates built into this kernel: its image, or the folder of its modules", "IMAGE|DIR");
        list("--release", options.releases, "The same for the kernel of this release, wherever the system keeps it", "V");
        add_path(sub, "--root", options.root, "The system in which --release is looked for, and where inspect and verify look for an unknown key (default: /)", "DIR");
        list("--user-keys", options.user_keys, "Trust this folder of user-type keys, each file named by its description", "DIR");
        list("--kernel-keyring", options.kernel_keyrings, "Trust the user-type keys of this keyring (_ima, _evm, _module) of the running kernel", "NAME");
        list("--revoked", options.revoked, "Never accept these: certificates, keys, or lines bin:HEX (digest of a file or its content) and tbs:HEX (digest of a TBSCertificate), "
             "of SHA-1, SHA-224, SHA-256, SHA-384 or SHA-512; a folder of such files", "FILE|DIR");
        sub->add_option("--policy", options.policy, "strict (default), legacy, permissive, linux-modsign, linux-modsign-relaxed (module.sig_enforce=0), linux-ima, linux-digsig")->type_name("POLICY");
        add_kernel(sub, options.kernel);
    }
    static void add_kernel(CLI::App* sub, target_kernel& kernel, const std::string& description = "linux-modsign, linux-ima, --layout bpf: speak for this kernel: " + known_releases() + ", "
            "then ,mldsa ,waiver ,sha3 ,sm3 ,platform (asks machine owner keys about modules: --mok) for what it has (default: that of --trust-kernel or --release, else 6.12, with --layout bpf the newest)") {
        CLI::Option* config = sub->add_option("--kernel-config", kernel.config, "The same, described by its configuration (/boot/config-V)")->type_name("FILE");
        sub->add_option("--kernel", kernel.words, description)->type_name("V[,WORD...]")->excludes(config);
    }
    static void add_tree(CLI::App* sub, verity_choice& verity) {
        sub->add_option("--block-size", verity.block_size, "fsverity: of the Merkle tree (default: 4096)")->type_name("BYTES");
        sub->add_option("--salt", verity.salt, "fsverity: before each block (default: none)")->type_name("HEX");
    }
    static void add_limit(CLI::App* sub, std::uint64_t& limit, const std::string& files) {
        sub->add_option("--limit", limit, "Hold no file in memory that is larger than this: " + files + " (default: 1G)")
            ->transform(CLI::AsSizeValue(false))->type_name("SIZE");
    }
    static void add_judging(CLI::App* sub, trust_options& options) {
        add_trust(sub, options);
        sub->add_flag("--allow-other-signers", options.verifier.allow_other_signers, "Accept signers of unknown keys beside proven ones: nothing protects what they write");
        sub->add_option("--layout", options.verifier.layouts, "Try only this layout of signature: modsign, digsig, ima, evm, bpf, fsverity, mcuboot")->type_name("L")->allow_extra_args(false);
        add_path(sub, "--signature", options.signature, "Detached signature of the only file, or what getfattr -d -m - prints; for evm FILE is what was signed", "FILE");
        sub->add_option("--ima-hash", options.ima_hash, "linux-ima, linux-digsig: the kernel's ima_hash=, which version 1 is over (linux-ima: sha256)")->type_name("H");
        sub->add_option("--appraise-type", options.appraise_type, "linux-ima: what the rule says: imasig, sigv3, or modsig (imasig|modsig, the default)")
            ->type_name("TYPE")->check(is_one_of({"imasig", "sigv3", "modsig"}));
        sub->add_option("--hash", options.verity.hash, "fsverity: sha256 (default), sha512")->type_name("H");
        add_tree(sub, options.verity);
        add_limit(sub, options.limit, "compressed modules, MCUboot images, members of packages, and with --layout fsverity; others of any size are read in pieces");
    }
    static void add_forms(CLI::App* sub, output_form& form, bool quiet) {
        const auto choose = [&](const char* option, output_form chosen, const char* purpose) {
            return sub->add_flag_callback(option, [&form, chosen] { form = chosen; }, purpose);
        };
        CLI::Option* tsv = choose("--tsv", output_form::tsv, "One line of tab-separated fields each");
        CLI::Option* json = choose("--json", output_form::json, "One JSON object a line each");
        json->excludes(tsv);
        if (!quiet) return;
        CLI::Option* sarif = choose("--sarif", output_form::sarif, "One document of SARIF 2.1.0")->excludes(tsv)->excludes(json);
        CLI::Option* junit = choose("--junit", output_form::junit, "One document of JUnit's XML")->excludes(tsv)->excludes(json)->excludes(sarif);
        choose("--quiet", output_form::quiet, "Nothing but the exit status")->excludes(tsv)->excludes(json)->excludes(sarif)->excludes(junit);
    }

    static std::vector<std::string> requirement_names() {
        std::vector<std::string> names = names_of(modsig::signer_class_table);
        names.emplace_back("all");
        return names;
    }
    void add_verify() {
        CLI::App* sub = add("verify", "Verifies files, and the modules in folders and packages", verify_);
        add_judging(sub, verify_);
        add_forms(sub, verify_.form, true);
        sub->add_option("--html", verify_.html, "Write a page for a browser, too: who has signed what, what is refused and why; -: to standard output, without the text")->type_name("FILE");
        sub->add_option("--threshold", verify_.verifier.threshold, "So many distinct keys of distinct trust anchors must have signed")->type_name("K")->check(CLI::PositiveNumber);
        sub->add_option_function<std::vector<std::string>>("--require", [this](const std::vector<std::string>& words) {
                for (const std::string& word : words)
                    if (!add_requirement(verify_.verifier, word)) throw CLI::ValidationError("--require", word + " is none of pq, classical, rsa, ecdsa, ed25519, ml-dsa (perhaps =K), all" +
                                                                                                did_you_mean(word.substr(0, word.find('=')), requirement_names()));
            }, "These signers must be among the proven ones: pq, classical, rsa, ecdsa, ed25519, ml-dsa; CLASS=K: so many; all: every signer of the message")
            ->type_name("CLASS[=K]|all")->allow_extra_args(false);
        add_color(sub, verify_.color);
        add_jobs(sub, "-j", verify_.jobs);
        sub->add_flag("--all", verify_.all, "In folders and packages: every regular file");
        sub->add_option("--files-from", verify_.files_from, "Verify the files and folders of this list, too: one a line, or one up to each NUL; - is standard input")->type_name("FILE");
        sub->add_option_function<std::string>("--shard", [this](const std::string& word) {
                verify_.shard = shard::parse(word);
                if (!verify_.shard) throw CLI::ValidationError("--shard", word + " is no share: I/N, with I from 1 to N");
            }, "Verify the I-th of N shares of the files alone; a file's share is told by the SHA-256 of its path")->type_name("I/N");
        sub->add_option("PATH", verify_.paths, "Files, folders, and packages (.deb, .rpm), of which the members are verified; - is standard input. Without any: the modules of --release");
    }
    void add_inspect() {
        CLI::App* sub = add("inspect", "Tells what a signature says and why it would be refused", inspect_);
        add_judging(sub, inspect_);
        add_color(sub, inspect_.color);
        CLI::Option* json = sub->add_flag("--json", inspect_.json, "One JSON object");
        sub->add_flag("--modinfo", inspect_.modinfo, "What modinfo prints about the signature")->excludes(json);
        sub->add_option("FILE", inspect_.path, "The signed file")->required();
    }
    void add_keys() {
        CLI::App* sub = add("keys", "Lists keys and whether a policy takes them", keys_);
        sub->add_option("--policy", keys_.policy, "The policy that is asked (default: strict)")->type_name("POLICY");
        add_kernel(sub, keys_.kernel);
        add_forms(sub, keys_.form, false);
        sub->add_option("PATH", keys_.paths, "Files and folders of keys, kernel images")->required()->check(is_path());
    }
    void add_genkey() {
        CLI::App* sub = add("genkey", "Makes a key pair and its certificate", genkey_);
        sub->add_option("--type", genkey_.type, "rsa4096 (default), rsa2048, ecdsa-p256, ecdsa-p384, ed25519, ml-dsa-44, ml-dsa-65, ml-dsa-87 (with Botan 3)")->type_name("TYPE");
        add_path(sub, "--config", genkey_.config, "Subject and extensions as in the kernel's x509.genkey", "FILE");
        add_path(sub, "--out", genkey_.out, "Private key and certificate (default: signing_key.pem)", "FILE");
        add_force(sub, genkey_.force, "Overwrite keys that are there");
    }
    void add_sign() {
        CLI::App* sub = add("sign", "Signs a file: HASH KEY CERT FILE [DEST], as scripts/sign-file", sign_);
        sub->add_flag("-d", sign_.detached_only, "modsign: write only the detached signature");
        sub->add_flag("-p", sign_.keep_detached, "modsign: write the detached signature too");
        sub->add_flag("-k", sign_.by_key_id, "modsign: name the signer by its key identifier");
        sub->add_flag("-s", sign_.raw_signature, "Append a signature made elsewhere: RAWSIG HASH CERT FILE [DEST]");
        sub->add_option("--layout", sign_.layout, "bpf, digsig, evm (portable), fsverity, ima, mcuboot, modsign (default); evm and ima write an extended attribute")->type_name("L");
        CLI::Option* v3 = sub->add_flag("--v3", sign_.version_3, "ima: sign fs-verity's digest of the file (version 3)");
        sub->add_flag("--sigv3", sign_.with_file_id, "evm, ima: say in what is signed which kind of signature it is (version 3, appraise_type=sigv3; Linux 7.2). ML-DSA signs no other")->excludes(v3);
        sub->add_flag("--attributes,!--no-attributes", sign_.attributes, "modsign with ML-DSA: sign attributes that hold the content's digest, as OpenSSL before 4.0 does; Linux takes SHA-512 alone there, "
                      "and where it was built to (default: the content itself, which every Linux with ML-DSA takes)");
        sub->add_option_function<std::pair<std::string, std::string>>("--also", [this](const std::pair<std::string, std::string>& signer) { sign_.also.push_back(signer); },
                "modsign: one message with a further signer, as RSA beside ML-DSA; says which kernels load it. Verify with --require")
            ->type_name("KEY CERT")->trigger_on_parse();
        add_kernel(sub, sign_.kernel, "bpf, evm, ima, modsign: sign in a form that this kernel reads, or refuse: " + known_releases() + ", then ,mldsa ,waiver ,sha3 ,sm3 ,platform for what it has (default: any of them; bpf: the newest)");
        sub->add_flag("--any-kernel", sign_.any_kernel, "Only warn of what that kernel, or no kernel, reads");
        add_tree(sub, sign_.verity);
        sub->add_flag("--sigfile", sign_.to_signature_file, "Write a detached FILE.sig instead");
        sub->add_option("--keyid", sign_.key_id, "Say that the key has this identifier")->type_name("HEX");
        sub->add_flag("--replace", sign_.replace, "Take old signatures off first");
        add_force(sub, sign_.force, "Overwrite a DEST that is there");
        add_limit(sub, sign_.limit, "what is signed is");
        sub->add_option("--signer-timeout", sign_.signer_timeout, "So long may a command: take (default: 60)")->type_name("SECONDS")->check(CLI::Range(1u, 86400u));
        sub->add_option("--version", sign_.image_says.version, "mcuboot: the image's version, as 1.2.3 or 1.2.3+4")->type_name("V");
        sub->add_option("--security-counter", sign_.image_says.security_counter, "mcuboot: images with a lower one no longer start")->type_name("N");
        sub->add_option("--header-size", sign_.image_says.header_size, "mcuboot: where the body begins (default: 32)")->type_name("BYTES");
        CLI::Option* load = sub->add_option("--load-addr", sign_.image_says.load_address, "mcuboot: the image runs in memory, here")->type_name("ADDRESS");
        sub->add_option("--rom-fixed", sign_.image_says.rom_address, "mcuboot: the image is built for this place in flash")->type_name("ADDRESS")->excludes(load);
        sub->add_option("ARGUMENTS", sign_.arguments, "HASH KEY CERT FILE [DEST]; KEY: a file, pkcs11:URI, command:COMMAND")->required()->expected(4, 5);
    }
    void add_install() {
        CLI::App* sub = add("install", "Signs the modules and plugins (.ko, .so) of a tree and installs it, by a key made for it alone", install_);
        add_path(sub, "--from", install_.from, "The tree", "DIR")->required();
        add_path(sub, "--to", install_.to, "Where to (default: as MODLIB, INSTALL_MOD_PATH and INSTALL_MOD_STRIP say)", "DIR");
        sub->add_flag("--strip", install_.strip, "Take debug information off first (strip --strip-debug)");
        add_path(sub, "--debug-dir", install_.debug, "Keep that here, as FILE.debug", "DIR");
        sub->add_option("--compress", install_.compress, "Compress modules when they are signed: xz, zstd, gzip")->type_name("HOW");
        CLI::Option* type = sub->add_option("--type", install_.type, "rsa4096 (default), rsa2048, ecdsa-p256, ecdsa-p384; with Botan 3 ml-dsa-44, ml-dsa-65, ml-dsa-87")->type_name("TYPE");
        CLI::Option* key = add_path(sub, "--key", install_.key, "Sign with this key: a file, pkcs11:URI, command:COMMAND", "KEY");
        key->excludes(type);
        add_path(sub, "--cert", install_.certificate, "Its certificate (default: in the same file)", "FILE");
        sub->add_option("--layout", install_.layout, "digsig, modsign (default)")->type_name("L");
        sub->add_option("--hash", install_.hash, "Digest of the content (default: sha256)")->type_name("H");
        sub->add_option("--public-key-out", install_.public_key_outs, "Write the certificate: PEM, or as .der .x509 .digsig .hpp say")
            ->type_name("FILE")->allow_extra_args(false)->check(is_path());
        add_jobs(sub, "-j,--jobs", install_.jobs);
    }
    void add_elsewhere() {
        CLI::App* digest = add("digest", "Prints the digest that is to be signed elsewhere; for ML-DSA, which signs none, what its key needs", digest_);
        const auto add_forms_of = [](CLI::App* sub, auto& command) {
            sub->add_flag("--attributes,!--no-attributes", command.attributes, "modsign with ML-DSA: attributes are signed, as sign --attributes does");
            sub->add_flag("--sigv3", command.with_file_id, "evm, ima: version 3, as sign --sigv3");
        };
        add_forms_of(digest, digest_);
        digest->add_option("--layout", digest_.layout, "What a signature of this layout is over")->type_name("L");
        digest->add_flag("--fsverity", digest_.fsverity, "The digest that fs-verity gives the file, as `fsverity digest` prints it");
        digest->add_flag("--compact", digest_.compact, "fsverity: the digest alone");
        add_tree(digest, digest_.verity);
        digest->add_option("--hash", digest_.hash, "Digest of the content (default: sha256)")->type_name("H");
        add_path(digest, "--cert", digest_.certificate, "Certificate or public key of the signer: for digsig, modsign and ML-DSA", "FILE");
        digest->add_option("--keyid", digest_.key_id, "digsig: say that the key has this identifier")->type_name("HEX");
        add_limit(digest, digest_.limit, "what is digested is, but with --fsverity");
        digest->add_option("FILE", digest_.paths, "The file to be signed; several: one line each, digest and name")->required();

        attach_.policy = "legacy";
        CLI::App* attach = add("attach", "Puts a signature made elsewhere on a file, if it verifies", attach_);
        add_trust(attach, attach_);
        add_forms_of(attach, attach_);
        attach->add_option("--layout", attach_.layout, "digsig, evm, ima, modsign (default)")->type_name("L");
        attach->add_option("--hash", attach_.hash, "Digest of the content (default: sha256)")->type_name("H");
        add_path(attach, "--cert", attach_.certificate, "Certificate or public key of the signer", "FILE");
        attach->add_option("--keyid", attach_.key_id, "digsig, evm, ima: say that the key has this identifier")->type_name("HEX");
        add_path(attach, "--signatures", attach_.signatures, "For many files: a folder of signatures, called by what digest prints", "DIR");
        add_force(attach, attach_.force, "Overwrite a DEST that is another file");
        add_limit(attach, attach_.limit, "FILE is");
        attach->add_option("ARGUMENTS", attach_.arguments, "RAWSIG FILE [DEST], RAWSIG: what the key made of the digest, or a detached signature; with --signatures FILE...")->required();
    }
    void add_taking_off() {
        CLI::App* strip = add("strip", "Takes the signature off", strip_);
        add_limit(strip, strip_.limit, "FILE is");
        strip->add_option("FILE", strip_.path, "The signed file")->required();
        strip->add_option("DEST", strip_.destination, "Written instead of FILE");
        add_force(strip, strip_.force, "Overwrite a DEST that is another file");

        CLI::App* extract = add("extract", "Takes the signature out", extract_);
        add_limit(extract, extract_.limit, "FILE is");
        extract->add_option("FILE", extract_.path, "The signed file")->required();
        extract->add_option("DEST", extract_.destination, "Written instead of standard output");
        add_force(extract, extract_.force, "Overwrite a DEST that is a module");
    }
    void add_revoke_line() {
        CLI::App* sub = add("revoke-line", "Prints the lines of a blacklist that revoke certificates", revoke_line_);
        add_kernel(sub, revoke_line_.kernel, "For this kernel alone: " + known_releases() + " (default: a line for each kind of kernel)");
        sub->add_option("CERT", revoke_line_.paths, "Files and folders of certificates")->required();
    }
    void add_load() {
        CLI::App* sub = add("load", "Verifies a kernel module and what it needs, and loads them: an insmod without the gap", load_);
        add_trust(sub, load_);
        add_path(sub, "--signature", load_.signature, "Detached signature of FILE", "FILE");
        add_path(sub, "--modules-dep", load_.modules_dep, "What modules below this file's folder need (default: the running kernel's)", "FILE");
        sub->add_flag("--alone", load_.alone, "Load nothing that modules.dep names");
        sub->add_flag("--dry-run", load_.dry_run, "Verify, and say what would be loaded");
        add_path(sub, "FILE", load_.path, "The module", "TEXT")->required();
        sub->add_option("PARAMETER", load_.parameters, "Its parameters")->type_name("NAME=VALUE");  // CLI11 2.4 takes no name with =
    }

    static std::vector<CLI::App*> commands_of(CLI::App& app) { return app.get_subcommands([](CLI::App*) { return true; }); }

    /// What was meant by words that are no option of the command, or no command.
    static std::string suggestion(CLI::App& app) {
        std::vector<std::string> known;
        const std::vector<CLI::App*> chosen = app.get_subcommands();
        const bool has_command = !chosen.empty();
        if (has_command)
            for (const CLI::Option* option : chosen.front()->get_options())
                for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
        else
            for (const CLI::App* command : commands_of(app)) known.push_back(command->get_name());
        for (const std::string& word : (has_command ? chosen.front() : &app)->remaining())
            if (has_command == word.starts_with("--"))
                if (std::string meant = did_you_mean(word.substr(0, word.find('=')), known); !meant.empty()) return meant;
        return {};
    }

    /// All names of an option, without the parser's mark of one that turns a flag off.
    static std::string name_list(const CLI::Option& option) {
        constexpr std::string_view mark = "{false}";
        std::string names = option.get_name(option.get_positional(), true);
        for (std::size_t offset = names.find(mark); offset != std::string::npos; offset = names.find(mark)) names.erase(offset, mark.size());
        return names;
    }
    /// For manual pages and completions, which examples/packaging/pages.py makes: a line for each command, option, argument, example
    /// and exit status, in fields that are separated by tabs.
    void describe() {
        for (CLI::App* command : commands_of(app_)) {
            print_text("command\t" + command->get_name() + "\t" + command->get_description());
            for (const CLI::Option* option : command->get_options()) {
                const bool is_flag = option->get_items_expected_max() == 0;
                const std::string kind = option->get_positional() ? "argument" : is_flag ? "flag" : "option";
                const std::string repeated = option->get_positional() && option->get_items_expected_max() > 1 ? "..." : "";
                const std::string required = option->get_required() ? "required" : "";
                print_text(kind + "\t" + name_list(*option) + repeated + "\t" + (is_flag ? "" : option->get_type_name()) + "\t" + required + "\t" + option->get_description());
            }
            for (const example& each : examples)
                if (each.command == command->get_name()) print_text("example\t" + std::string(each.line));
        }
        for (const exit_text& each : exit_texts) print_text("status\t" + std::to_string(each.status) + "\t" + std::string(each.text));
    }

public:
    command_line() {
        app_.require_subcommand(1);
        app_.set_version_flag("--version", "modsig " + version_text());
        app_.failure_message([this](const CLI::App* app, const CLI::Error& error) {
            return without_controls(error.what() + suggestion(app_)) + CLI::FailureMessage::simple(app, error).substr(std::string_view(error.what()).size());
        });
        add_verify();
        add_inspect();
        add_keys();
        add_genkey();
        add_sign();
        add_install();
        add_elsewhere();
        add_taking_off();
        add_load();
        add_revoke_line();
    }

    exit_status run(int argc, char** argv) {
        if (argc == 2 && std::string_view(argv[1]) == "--describe") return describe(), exit_status::good;
        try {
            app_.parse(argc, argv);
            return chosen_();
        } catch (const CLI::ParseError& error) {
            return app_.exit(error) == 0 ? exit_status::good : exit_status::usage;
        }
    }
};

}  // namespace
}  // namespace tool

int main(int argc, char** argv) {
    // Botan 3 then splits no RSA signature among threads; 2.19 does so whatever the variable says (sign/key/private_key.hpp).
    ::setenv("BOTAN_THREAD_POOL_SIZE", "none", 0);
    try {
        tool::take_secrets(argc, argv);
        const std::string_view called = argc > 0 ? argv[0] : "";
        if (called.substr(called.rfind('/') + 1) == "sign-file") return tool::sign_file(argc, argv);
        return static_cast<int>(tool::when_written(tool::command_line().run(argc, argv)));
    } catch (const std::exception& error) {
        tool::complain(error.what());
        return static_cast<int>(tool::exit_status::unreadable);
    }
}
