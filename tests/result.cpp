// SPDX-License-Identifier: BSL-1.0
#include <modsig/result.hpp>

#include "support/traps.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <set>
#include <string>

using namespace modsig;

namespace {
constexpr result<int> half(int i) {
    if (i % 2 != 0) return failure{errc::length_mismatch, 7};
    return i / 2;
}
static_assert(*half(4) == 2 && half(3).error().code == errc::length_mismatch && half(3).error().offset == 7);
static_assert(!std::is_default_constructible_v<result<int>> && !std::is_default_constructible_v<result<void>>);
static_assert(!std::is_convertible_v<result<int>, bool>, "only an explicit test says whether it went well");
static_assert(failure{}.code == errc::not_checked);
static_assert(!result<void>(errc::none).has_value(), "success has to be said by its name");
static_assert(result<void>::success().has_value());
}  // namespace

TEST_CASE("a result holds a value or a failure, and move-only values too") {
    result<std::unique_ptr<int>> held = std::make_unique<int>(3);
    REQUIRE(held);
    auto moved = *std::move(held);
    CHECK(*moved == 3);
    result<std::string> text = std::string(100, 'x');
    result<std::string> copy = text;
    text = failure{errc::io_error};
    CHECK_FALSE(text);
    CHECK(copy->size() == 100);
    text = std::move(copy);
    CHECK(text->size() == 100);
}

TEST_CASE("dereferencing a failure traps, and so does asking a success for its failure") {
    CHECK(traps([] { result<int> r = errc::bad_der; return *r; }));
    CHECK(traps([] { result<std::string> r = errc::bad_der; return static_cast<int>(r->size()); }));
    CHECK(traps([] { const result<std::string> r = errc::bad_der; return static_cast<int>(r->size()); }));
    CHECK(traps([] { result<int> r = 1; return static_cast<int>(r.error().offset); }));
    CHECK(traps([] { auto r = result<void>::success(); return static_cast<int>(r.error().offset); }));
    CHECK_FALSE(traps([] { result<int> r = 1; return *r; }));
}

TEST_CASE("every errc has a name, a text and an errno, and no name stands twice") {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i != errc_count; ++i) {
        const auto code = static_cast<errc>(i);
        CHECK(names.insert(name(code)).second);
        CHECK(message(code).size() > 5);
        if (code != errc::none) CHECK(failure{code}.linux_errno() != linux_error::none);
        CHECK(failure{code}.message() == message(code));
    }
    CHECK(name(static_cast<errc>(255)) == "not_checked");
}

TEST_CASE("enforcement turns the three soft errnos into EKEYREJECTED and leaves the others") {
    CHECK(failure{errc::no_signature}.linux_errno() == linux_error::enodata);
    CHECK(failure{errc::no_signature}.linux_errno(true) == linux_error::ekeyrejected);
    CHECK(failure{errc::key_not_found}.linux_errno(true) == linux_error::ekeyrejected);
    CHECK(failure{errc::unsupported_hash}.linux_errno(true) == linux_error::ekeyrejected);
    CHECK(failure{errc::length_overflow}.linux_errno(true) == linux_error::ebadmsg);
    CHECK(failure{errc::bad_padding, 0, linux_error::einval}.linux_errno(true) == linux_error::einval);
}
