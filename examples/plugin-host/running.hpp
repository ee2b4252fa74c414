// SPDX-License-Identifier: BSL-1.0
//
// One version of a plugin, loaded. It stays loaded for as long as anybody holds it, and so do the descriptor that it came
// from and the proof of what it is: glibc would take the next library with that descriptor's number for this one.
#ifndef PLUGIN_HOST_RUNNING_HPP
#define PLUGIN_HOST_RUNNING_HPP

#include "plugin.hpp"
#include "report.hpp"
#include "trust.hpp"

#include <modsig/load/plugin.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

class running {
    std::filesystem::path path_;
    modsig::load::plugin library_;
    decltype(plugin_name)* name_;
    decltype(plugin_run)* run_;

public:
    running(std::filesystem::path path, modsig::load::plugin&& library)
        : path_(std::move(path)),
          library_(std::move(library)),
          name_(library_.symbol<decltype(plugin_name)>("plugin_name")),
          run_(library_.symbol<decltype(plugin_run)>("plugin_run")) {}

    /// Null, and why not, when this is no plugin of this host.
    [[nodiscard]] static std::shared_ptr<const running> start(const std::filesystem::path& path, proof&& file, std::string& why) {
        auto library = modsig::load::dlopen(std::move(file));
        if (!library) {
            const char* fault = dlerror();
            return why = std::string("verified, but: ") + (fault != nullptr ? fault : reason(library.error()).c_str()), nullptr;
        }
        auto started = std::make_shared<const running>(path, *std::move(library));
        if (started->name_ == nullptr || started->run_ == nullptr) return why = "verified, but no plugin of this host", nullptr;
        return started;
    }

    [[nodiscard]] std::string name() const { return name_(); }
    [[nodiscard]] int run(int argument) const { return run_(argument); }

    /// Where it was; what is there now may be something else.
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] const proof& file() const { return library_.file(); }
};

#endif  // PLUGIN_HOST_RUNNING_HPP
