// SPDX-License-Identifier: BSL-1.0
//
// One loaded version of a plugin. The library stays loaded while this object is held, and so do the file's descriptor and its
// proof: glibc would take the next library with the same descriptor number for this one.
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

    /// Null, with the reason in `fault`, where the file is no plugin of this host.
    [[nodiscard]] static std::shared_ptr<const running> start(const std::filesystem::path& path, proof&& file, std::string& fault) {
        auto library = modsig::load::dlopen(std::move(file));
        if (!library) {
            const char* error = dlerror();
            return fault = std::string("verified, but cannot be loaded: ") + (error != nullptr ? error : reason(library.error()).c_str()), nullptr;
        }
        auto started = std::make_shared<const running>(path, *std::move(library));
        if (started->name_ == nullptr || started->run_ == nullptr) return fault = "verified, but it has no plugin_name() or plugin_run()", nullptr;
        return started;
    }

    [[nodiscard]] std::string name() const { return name_(); }
    [[nodiscard]] int run(int argument) const { return run_(argument); }

    /// The path at which the plugin was loaded; the file there may be another by now.
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] const proof& file() const { return library_.file(); }
};

#endif  // PLUGIN_HOST_RUNNING_HPP
