// SPDX-License-Identifier: BSL-1.0
#include <modsig/load/plugin.hpp>

#include "plugins.hpp"
#include "signed_text.hpp"  // a few bytes of text, signed: proven, and no library

#include <doctest/doctest.h>

using namespace modsig;
using namespace load_tests;
using load::sealed_file;
using load::storage;

namespace {

using plugin_verifier = digsig_verifier<policy::legacy>;
using proof = result<verified<sealed_file>>;

proof verify(result<sealed_file> file) {
    if (!file) return file.error();
    return plugin_verifier{vendor}.verify(*std::move(file));
}
proof verify_plugin(const char* name, storage where = storage::best) {
    return verify(sealed_file::open(plugin_path(name).c_str(), sealed_file::default_limit, where));
}

int announced_by(void* handle) {
    auto* const announce = reinterpret_cast<int (*)()>(::dlsym(handle, "announce"));
    return announce != nullptr ? announce() : -1;
}

template <class P, class Q>
concept assignable = requires(P p, Q q) { p = q; };
static_assert(!std::is_constructible_v<load::plugin, verified<sealed_file>, void*>, "only a loader makes one");
static_assert(!std::is_copy_constructible_v<load::plugin> && !assignable<load::plugin, load::plugin>);
static_assert(!std::is_constructible_v<load::plugin, load::tolerated_plugin>);

// Loaders begin at the first byte, so the proof has to.
static_assert(load::payload_size(range{0, 10}) == 10u);
static_assert(!load::payload_size(range{1, 10}));

}  // namespace

TEST_CASE("a verified plugin is loaded from its private copy, with its signature") {
    auto plugin = verify_plugin("good");
    REQUIRE(plugin);
    CHECK(plugin->content().size() < byte_view(plugin->image()).size());
    void* handle = modsig::load::dlopen(*plugin);  // as in the README
    REQUIRE(handle != nullptr);
    CHECK(announced_by(handle) == 42);
    CHECK(::dlclose(handle) == 0);
}

TEST_CASE("a plugin owns its file, can be moved, and is closed by its destructor") {
    auto loaded = load::dlopen(*verify_plugin("good"));
    REQUIRE(loaded);
    load::plugin plugin = *std::move(loaded);
    CHECK(loaded->handle() == nullptr);
    CHECK(!loaded->symbol<int()>("announce"));
    CHECK(plugin.file().layout() == "digsig");
    REQUIRE(bool(plugin.symbol<int()>("announce")));
    CHECK(plugin.symbol<int()>("announce")() == 42);
    CHECK(!plugin.symbol<int()>("nothing_of_that_name"));

    auto other = load::dlopen(*verify_plugin("other"));
    REQUIRE(other);
    CHECK(other->symbol<int()>("announce")() == 43);
    const int fd = other->file().image().descriptor();
    *other = std::move(plugin);
    CHECK(other->symbol<int()>("announce")() == 42);
    CHECK(::fcntl(fd, F_GETFD) == -1);  // what it had is closed
}

TEST_CASE("bad plugins are refused with their reason, and the file stays with its owner") {
    const scratch_folder folder;
    write(folder.file("stolen"), evil_with_stolen_signature());
    write(folder.file("flipped"), good_with_flipped_bit());
    const struct {
        std::string path;
        errc why;
    } cases[] = {
        {plugin_path("unsigned"), errc::no_signature}, {plugin_path("evil"), errc::no_signature},
        {plugin_path("unknown_signer"), errc::key_not_found}, {folder.file("stolen"), errc::signature_mismatch},
        {folder.file("flipped"), errc::signature_mismatch},
    };
    for (const auto& c : cases) {
        auto file = sealed_file::open(c.path.c_str());
        REQUIRE(file);
        const auto refused = plugin_verifier{vendor}.verify(*std::move(file));
        REQUIRE(!refused);
        CHECK(refused.error().code == c.why);
        CHECK(file->is_sealed());
    }
}

TEST_CASE("an unlinked copy is loaded where the caller accepts it, a copy in memory is not") {
    auto weaker = verify_plugin("good", storage::unlinked);
    REQUIRE(weaker);
    (void)::dlerror();
    CHECK(load::dlopen(*weaker) == nullptr);
    CHECK(::dlerror() != nullptr);
    const auto not_accepted = load::dlopen(*std::move(weaker));
    REQUIRE(!not_accepted);
    CHECK(not_accepted.error().linux_errno() == linux_error::eopnotsupp);
    CHECK(weaker->layout() == "digsig");  // not taken
    auto unlinked = load::dlopen(*std::move(weaker), load::default_dlopen_flags, load::accepts::any_copy);
    REQUIRE(unlinked);
    CHECK(unlinked->symbol<int()>("announce")() == 42);

    auto in_memory = verify_plugin("good", storage::memory);
    REQUIRE(in_memory);
    (void)::dlerror();
    CHECK(load::dlopen(*in_memory, load::default_dlopen_flags, load::accepts::any_copy) == nullptr);
    CHECK(::dlerror() != nullptr);
    const auto refused = load::dlopen(*std::move(in_memory), load::default_dlopen_flags, load::accepts::any_copy);
    REQUIRE(!refused);
    CHECK(refused.error().code == errc::io_error);
    CHECK(refused.error().linux_errno() == linux_error::eopnotsupp);
    CHECK(in_memory->layout() == "digsig");  // not taken
}

TEST_CASE("verified bytes that are no library are an io_error, and dlerror has the reason") {
    const auto refused = load::dlopen(*verify(sealed_file::copy_of(signed_text)));
    REQUIRE(!refused);
    CHECK(refused.error().code == errc::io_error);
    CHECK(refused.error().linux_errno() == linux_error::enoexec);
    CHECK(::dlerror() != nullptr);
}

TEST_CASE("a library that stays loaded is not taken for a later one with the same descriptor number") {
    int number = -1;
    {
        auto first = verify_plugin("good");
        REQUIRE(first);
        number = first->image().descriptor();
        REQUIRE(load::dlopen(*first, RTLD_NOW | RTLD_NODELETE) != nullptr);
    }  // its descriptor is closed, its library stays
    auto second = verify_plugin("other");
    REQUIRE(second);
    REQUIRE(second->image().descriptor() == number);
    void* handle = load::dlopen(*second);
    REQUIRE(handle != nullptr);
    CHECK(announced_by(handle) == 43);
}

TEST_CASE("the same file loaded twice is one library") {
    auto file = verify_plugin("good");
    REQUIRE(file);
    void* const first = load::dlopen(*file);
    void* const second = load::dlopen(*file);
    REQUIRE(first != nullptr);
    CHECK(first == second);
    ::dlclose(first);
    ::dlclose(second);
}

TEST_CASE("a tolerated plugin is loaded by load_tolerated() only, and keeps its reason") {
    const digsig_verifier<policy::permissive> lenient{vendor};
    auto file = lenient.tolerate(*sealed_file::open(plugin_path("unsigned").c_str()));
    REQUIRE(file);
    void* handle = load::load_tolerated(*file);
    REQUIRE(handle != nullptr);
    CHECK(announced_by(handle) == 42);
    ::dlclose(handle);

    const auto plugin = load::load_tolerated(*std::move(file));
    REQUIRE(plugin);
    CHECK(plugin->symbol<int()>("announce")() == 42);
    CHECK(plugin->file().why().code == errc::no_signature);
}
