// SPDX-License-Identifier: BSL-1.0
// A user's unit: what templates warn of, they warn of where they are used.
#include <modsig/batch.hpp>
#include <modsig/engine/native.hpp>
#include <modsig/keyring/files.hpp>
#include <modsig/keyring/kernel_image.hpp>
#include <modsig/load/kernel_module.hpp>
#include <modsig/load/plugin.hpp>
#include <modsig/modsig.hpp>

#include <span>
#include <string>

using namespace modsig;
using layout::digsig, layout::evm, layout::fsverity, layout::ima, layout::mcuboot, layout::modsign;

template <class Verifier, class Ring>
errc ask(const Ring& trust, byte_view image) {
    return Verifier{trust}.appraise({image}).why.code;
}

errc ask_all(byte_view image, std::span<const std::string> paths);
errc ask_all(byte_view image, std::span<const std::string> paths) {
    keyring::store<engine::native> trust;
    const auto report = [](const auto&, std::size_t, const failure&) {};
    if (!keyring::add_path<strict_reading>(trust, "trusted", report)) return errc::io_error;
    if (!keyring::load_kernel_image<linux_reading>(trust, image, [](std::size_t, const failure&) {})) return errc::missing_element;

    using module_verifier = verifier<layouts<modsign>, engine::native, policy::linux_modsign>;
    std::size_t verified = 0;
    batch::appraise(module_verifier(trust), paths, [&](std::size_t, const appraisal& answer) { verified += answer.outcome == verdict::verified ? 1u : 0u; },
                    {.threads = 2});
    return verified == paths.size() ? ask<verifier<layouts<ima, evm>, engine::native, policy::linux_ima>>(trust, image) : errc::not_checked;
}

errc load_all(const char* path, const keyring::store<engine::botan>& trust);
errc load_all(const char* path, const keyring::store<engine::botan>& trust) {
    const verifier<layouts<modsign, digsig, ima, evm, fsverity, mcuboot>, engine::botan, policy::strict> judge(trust);
    auto file = load::sealed_file::open(path);
    if (!file) return file.error().code;
    const auto module = judge.verify(*std::move(file));
    if (!module) return module.error().code;
    return load::load_module(*module).is_loaded() && load::dlopen(*module) != nullptr ? errc::none : errc::io_error;
}
