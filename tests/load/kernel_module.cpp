// SPDX-License-Identifier: BSL-1.0
//
// What reaches a kernel, and in which form, with a kernel that records its calls; and how the running kernel refuses other
// files.
// With real modules and a real kernel: tests/vm/.
#include <modsig/load/kernel_module.hpp>

#include "../../examples/insmod/parameters.hpp"
#include "plugins.hpp"
#include "signed_text.hpp"  // a few bytes of text, signed: proven, and no module

#include <doctest/doctest.h>

using namespace modsig;
using namespace load_tests;
using load::load_module;
using load::load_module_file;
using load::load_tolerated_module;
using load::module_answer;
using load::sealed_file;
using load::storage;

namespace {

struct noting_kernel {
    int answer = 0;
    int calls = 0;
    bytes image{};
    const std::uint8_t* image_at = nullptr;
    std::string parameters{};
    int fd = -1, flags = -1;

    int init_module(byte_view given, const char* text) {
        ++calls;
        image.assign(given.begin(), given.end());
        image_at = given.data();
        parameters = text;
        return answer;
    }
    int finit_module(int file, const char* text, int how) {
        ++calls;
        fd = file;
        parameters = text;
        flags = how;
        return answer;
    }
};

using module_verifier = digsig_verifier<policy::legacy>;
using proof = result<verified<sealed_file>>;

proof verify(byte_view image, storage where = storage::best) {
    auto file = sealed_file::copy_of(image, where);
    REQUIRE(file);
    return module_verifier{vendor}.verify(*std::move(file));
}

bytes text_with_flipped_bit() {
    bytes flipped(std::begin(signed_text), std::end(signed_text));
    flipped[3] ^= 1;
    return flipped;
}

template <class T>
concept loadable = load::detail::is_module_proof<T>;
static_assert(loadable<verified<sealed_file>> && loadable<verified<bytes>> && loadable<proof>);
static_assert(!loadable<sealed_file> && !loadable<byte_view> && !loadable<bytes>);
static_assert(!loadable<verified<byte_view>> && !loadable<tolerated<sealed_file>>, "a view, and what is not proven");
static_assert(!load::detail::is_tolerated_module<verified<sealed_file>> && !load::detail::is_tolerated_module<tolerated<byte_view>>);

constexpr module_answer nobody_asked{};
static_assert(!nobody_asked.is_loaded() && nobody_asked.error() == EKEYREJECTED, "the default refuses");
constexpr module_answer kernel_says_no{errc::none, true, ENODEV};
static_assert(!kernel_says_no.is_loaded() && kernel_says_no.error() == ENODEV);
constexpr module_answer never_asked{errc::none, false, 0};
static_assert(!never_asked.is_loaded() && never_asked.error() != 0);

}  // namespace

TEST_CASE("the kernel gets the memory that was verified, whole, with the signature") {
    const auto module = verify(signed_text);
    REQUIRE(module);
    noting_kernel kernel;
    const module_answer answer = load_module(*module, "debug=1 name=\"a b\"", kernel);
    CHECK(answer.is_loaded());
    CHECK(answer.error() == 0);
    CHECK(kernel.calls == 1);
    CHECK(kernel.image_at == byte_view(module->image()).data());
    CHECK(equal(kernel.image, byte_view(signed_text)));
    CHECK(kernel.image.size() > module->content().size());
    CHECK(kernel.parameters == "debug=1 name=\"a b\"");
}

TEST_CASE("missing parameters are an empty text, never a null pointer") {
    const auto module = verify(signed_text);
    REQUIRE(module);
    for (const bool null : {false, true}) {
        noting_kernel kernel;
        kernel.parameters = "untouched";
        CHECK((null ? load_module(*module, nullptr, kernel) : load_module(*module, "", kernel)).is_loaded());
        CHECK(kernel.parameters.empty());
    }
}

TEST_CASE("a copy that is not sealed is loaded where the caller accepts it") {
    for (const storage where : {storage::sealed, storage::unlinked, storage::memory}) {
        noting_kernel kernel;
        CHECK(load_module(verify(signed_text, where), "", kernel, load::accepts::any_copy).is_loaded());
        CHECK(kernel.calls == 1);
        if (where == storage::sealed) continue;
        const module_answer refused = load_module(verify(signed_text, where), "", kernel);
        CHECK_FALSE(refused.is_loaded());
        CHECK(refused.why.code == errc::io_error);
        CHECK(refused.error() == EOPNOTSUPP);
        CHECK(kernel.calls == 1);
    }
}

TEST_CASE("verified memory of another owner is loaded, too") {
    noting_kernel kernel;
    const auto owned = module_verifier{vendor}.verify(bytes(std::begin(signed_text), std::end(signed_text)));
    REQUIRE(owned);
    CHECK(load_module(*owned, "", kernel).is_loaded());
    CHECK(equal(kernel.image, byte_view(signed_text)));
}

TEST_CASE("a refused module does not reach the kernel, and the result has the reason") {
    const bytes plain(16, 'x');
    const struct {
        bytes image;
        errc why;
        int error;
    } cases[] = {
        {text_with_flipped_bit(), errc::signature_mismatch, EKEYREJECTED},
        {plain, errc::no_signature, EKEYREJECTED},
        {{}, errc::no_signature, EKEYREJECTED},
        {read_file(plugin_path("unknown_signer")), errc::key_not_found, EKEYREJECTED},
    };
    for (const auto& c : cases) {
        noting_kernel kernel;
        const module_answer answer = load_module(verify(c.image), "", kernel);
        CHECK(!answer.is_loaded());
        CHECK(!answer.kernel_asked);
        CHECK(answer.why.code == c.why);
        CHECK(answer.error() == c.error);
        CHECK(kernel.calls == 0);
    }
}

TEST_CASE("a verified module that the kernel refuses has the kernel's errno") {
    for (const int error : {ENODEV, EEXIST, ENOENT, EKEYREJECTED}) {
        noting_kernel kernel{error};
        const module_answer answer = load_module(verify(signed_text), "", kernel);
        CHECK(!answer.is_loaded());
        CHECK(answer.why.code == errc::none);
        CHECK(answer.kernel_asked);
        CHECK(answer.kernel_errno == error);
        CHECK(answer.error() == error);
    }
}

TEST_CASE("load_module_file() loads only a sealed copy") {
    const auto module = verify(signed_text, storage::sealed);
    REQUIRE(module);
    noting_kernel kernel;
    CHECK(load_module_file(*module, "a=1", 1, kernel).is_loaded());
    CHECK(kernel.fd == module->image().descriptor());
    CHECK(kernel.parameters == "a=1");
    CHECK(kernel.flags == 1);

    for (const storage where : {storage::unlinked, storage::memory}) {
        const auto other = verify(signed_text, where);
        REQUIRE(other);
        noting_kernel unasked;
        const module_answer answer = load_module_file(*other, "", 0, unasked);
        CHECK(!answer.is_loaded());
        CHECK(answer.why.code == errc::io_error);
        CHECK(answer.error() == EOPNOTSUPP);
        CHECK(unasked.calls == 0);
    }
}

TEST_CASE("load_module_file() refuses a flag that makes the kernel unpack") {
    noting_kernel kernel;
    const auto module = verify(signed_text);
    REQUIRE(module);
    for (const int flags : {4, 5, 7}) {
        const module_answer answer = load_module_file(*module, "", flags, kernel);
        CHECK(!answer.is_loaded());
        CHECK(answer.why.code == errc::compressed);
    }
    CHECK(kernel.calls == 0);
}

TEST_CASE("a tolerated module is loaded by load_tolerated_module() only, and keeps its reason") {
    const digsig_verifier<policy::permissive> lenient{vendor};
    const bytes plain(16, 'x');
    auto file = lenient.tolerate(*sealed_file::copy_of(plain));
    REQUIRE(file);
    noting_kernel kernel;
    CHECK(load_tolerated_module(*file, "", kernel).is_loaded());
    CHECK(equal(kernel.image, byte_view(plain)));
    CHECK(file->why().code == errc::no_signature);
}

TEST_CASE("parameters are one text, with values with blanks in quotation marks") {
    insmod::parameters text;
    for (const char* word : {"debug=1", "name=a b", "flag", "empty=", "x=\"c d\"", "tab=a\tb", "line=a\nb", "latin=a\xa0z", "twice=a=b c"})
        CHECK(text.add(word) == insmod::added::yes);
    CHECK(std::string_view(text.c_str()) ==
          "debug=1 name=\"a b\" flag empty= x=\"c d\" tab=\"a\tb\" line=\"a\nb\" latin=\"a\xa0z\" twice=\"a=b c\"");

    insmod::parameters full;
    CHECK(full.add(std::string(4096, 'x')) == insmod::added::no_room);
    insmod::parameters fits;
    CHECK(fits.add(std::string(4095, 'x')) == insmod::added::yes);
    CHECK(fits.add("y") == insmod::added::no_room);
    CHECK(std::string_view(fits.c_str()).size() == 4095);
}

TEST_CASE("a word that would become several parameters is refused") {
    for (const std::string name : {"", "a"})
        for (const char c : {' ', '\t', '\n', '\v', '\f', '\r', '\xa0', '"'}) {
            insmod::parameters text;
            CHECK(text.add(name + c) == insmod::added::not_one_parameter);
            CHECK(text.add(name + c + "b=1") == insmod::added::not_one_parameter);
            CHECK(std::string_view(text.c_str()).empty());
        }
    for (const char* word : {"", "=1", "a=\"", "a=\"b", "a=b\"", "a=b\"c", "a=\"b\" c", "a=\"b\"c\"", "a=\"b\" \"c\"", "\"a=b c\""}) {
        insmod::parameters text;
        CHECK_MESSAGE(text.add(word) == insmod::added::not_one_parameter, word);
    }
}

TEST_CASE("the running kernel refuses a file that is no module, or the caller") {
    // Verified text: ENOEXEC from a kernel that looks at it (EKEYREJECTED where it enforces its own keys), else EPERM, or ENOSYS
    // where modules or the call are not there.
    const auto module = verify(signed_text);
    REQUIRE(module);
    const auto is_expected = [](int error) { return error == ENOEXEC || error == EKEYREJECTED || error == EPERM || error == ENOSYS; };
    const module_answer by_memory = load_module(*module);
    CHECK(by_memory.kernel_asked);
    CHECK(by_memory.why.code == errc::none);
    CHECK(is_expected(by_memory.kernel_errno));
    const module_answer by_file = load_module_file(*module);
    CHECK(is_expected(by_file.kernel_errno));
    MESSAGE("errno of init_module ", by_memory.kernel_errno, ", of finit_module ", by_file.kernel_errno);
}
