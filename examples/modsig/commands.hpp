// SPDX-License-Identifier: BSL-1.0
//
// The commands and what each is told. main.cpp reads the command line; every command has a file of its own.
#ifndef MODSIG_TOOL_COMMANDS_HPP
#define MODSIG_TOOL_COMMANDS_HPP

#include "exit_status.hpp"
#include "report.hpp"
#include "shard.hpp"
#include "trust.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tool {

struct writer_entry;

struct verify_command : trust_options {
    std::vector<std::string> paths{};
    std::optional<std::string> files_from{};  // a list of more paths
    std::optional<tool::shard> shard{};       // of the files; none: all
    output_form form = output_form::text;
    color_choice color = color_choice::automatic;
    std::optional<std::string> html{};  // a page beside it; `-`: instead of the text
    std::size_t jobs = 0;  // 0: one a processor
    bool all = false;

    [[nodiscard]] exit_status run() const;
};

struct inspect_command : trust_options {
    std::string path{};
    color_choice color = color_choice::automatic;
    bool json = false;
    bool modinfo = false;

    [[nodiscard]] exit_status run() const;
};

struct keys_command {
    std::vector<std::string> paths{};
    std::string policy = "strict";
    target_kernel kernel{};
    output_form form = output_form::text;

    [[nodiscard]] exit_status run() const;
};

struct genkey_command {
    std::string type{};    // empty: as the configuration says, else rsa4096
    std::string config{};
    std::string out = "signing_key.pem";
    bool force = false;

    [[nodiscard]] exit_status run() const;
};

/// What an MCUboot image says of itself; numbers may be hexadecimal. Empty: not given.
struct image_options {
    std::string version{};           // 1.2.3 or 1.2.3+4
    std::string security_counter{};
    std::string header_size{};       // bytes
    std::string load_address{};      // it is to be copied there
    std::string rom_address{};       // it is built for this place

    [[nodiscard]] bool any() const;
};

struct sign_command {
    std::vector<std::string> arguments{};  // HASH KEY CERT FILE [DEST]; with -s RAWSIG HASH CERT FILE [DEST]
    std::string layout = "modsign";
    std::string key_id{};
    bool raw_signature = false;            // -s
    bool detached_only = false;            // -d
    bool keep_detached = false;            // -p
    bool by_key_id = false;                // -k
    bool to_signature_file = false;        // --sigfile
    bool replace = false;
    bool version_3 = false;                // --v3
    bool with_file_id = false;             // --sigv3
    bool attributes = false;               // ML-DSA: sign attributes that hold the content's digest
    std::vector<std::pair<std::string, std::string>> also{};  // KEY, CERT: more signers of the message
    target_kernel kernel{};                // that has to read the signature; bpf: whose form is signed
    bool any_kernel = false;               // write what no kernel reads, too
    bool force = false;                    // overwrite a DEST that is there
    bool as_sign_file = false;             // sign whatever it is, signed or compressed; ask nothing on the terminal
    unsigned signer_timeout = 0;           // seconds that a command may take for a signature; 0: not said
    image_options image_says{};
    verity_choice verity{};                // but for the hash, which is an argument
    std::uint64_t limit = modsig::batch::default_limit;

    [[nodiscard]] exit_status run() const;

private:
    [[nodiscard]] exit_status check() const;
    [[nodiscard]] exit_status check_effects(const writer_entry& writer) const;
    [[nodiscard]] exit_status check_files(const writer_entry& writer) const;
    [[nodiscard]] std::string destination() const;                                 // empty: none, or FILE itself
    [[nodiscard]] std::string detached_file(const writer_entry& writer) const;  // empty: none is written
    [[nodiscard]] bool appends(const std::string& detached) const { return detached.empty() || (keep_detached && !detached_only); }
    [[nodiscard]] exit_status sign_attribute(const writer_entry& writer) const;
};

/// The command line and the exit statuses (0, 1, 2) of the kernel's scripts/sign-file.
[[nodiscard]] int sign_file(int argc, char** argv);

struct install_command {
    std::string from{}, to{};
    std::string debug{};       // folder for the debug information that strip takes away
    std::string compress{};    // xz, zstd, gzip
    std::string type = "rsa4096";
    std::string key{}, certificate{};
    std::string layout = "modsign";
    std::string hash = "sha256";
    std::vector<std::string> public_key_outs{};
    std::size_t jobs = 0;      // 0: one a processor
    bool strip = false;

    [[nodiscard]] exit_status run() const;
};

struct digest_command {
    std::vector<std::string> paths{};
    bool fsverity = false;  // the digest that fs-verity gives the file
    bool compact = false;   // and nothing else
    verity_choice verity{};  // but for the hash
    std::string layout{};  // empty: of the content alone
    std::string hash = "sha256";
    std::string certificate{};
    std::string key_id{};
    bool attributes = false;    // as sign's
    bool with_file_id = false;
    std::uint64_t limit = modsig::batch::default_limit;

    [[nodiscard]] exit_status run() const;
};

struct attach_command : trust_options {
    std::vector<std::string> arguments{};  // RAWSIG FILE [DEST]; with `signatures` FILE...
    std::string signatures{};              // a folder of signatures, each called by the digest that it signs
    std::string layout{};
    std::string hash{};                    // empty: sha256
    std::string certificate{};
    std::string key_id{};
    bool attributes = false;               // as sign's
    bool with_file_id = false;
    bool force = false;                    // overwrite a DEST that is another file
    bool hash_is_argument = false;         // as sign -s has it, which needs it or not

    [[nodiscard]] exit_status run() const;

private:
    [[nodiscard]] exit_status check_files() const;
};

struct load_command : trust_options {
    std::string path{};
    std::vector<std::string> parameters{};
    std::string modules_dep{};  // none: the running kernel's
    bool alone = false;         // without what it needs
    bool dry_run = false;

    [[nodiscard]] exit_status run() const;
};

struct strip_command {
    std::string path{}, destination{};
    bool force = false;  // overwrite a DEST that is another file
    std::uint64_t limit = modsig::batch::default_limit;

    [[nodiscard]] exit_status run() const;
};

struct revoke_line_command {
    std::vector<std::string> paths{};
    target_kernel kernel{};  // that the line is for; none: all

    [[nodiscard]] exit_status run() const;
};

struct extract_command {
    std::string path{}, destination{};
    bool force = false;  // overwrite a DEST that is a module
    std::uint64_t limit = modsig::batch::default_limit;

    [[nodiscard]] exit_status run() const;
};

}  // namespace tool

#endif  // MODSIG_TOOL_COMMANDS_HPP
