// SPDX-License-Identifier: BSL-1.0
#include <modsig/key/name.hpp>

#include <modsig/der/name.hpp>

#include "forge.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace modsig;

namespace {

std::string shown(const octets& name, std::size_t room = 200) {
    std::array<char, 200> out{};
    return std::string(key::display_name(name, std::span(out).first(room)));
}
octets organization(std::string_view value) { return rdn(10, value); }
octets email(std::string_view value) {
    return tlv(0x31, tlv(0x30, hex("06092a864886f70d010901") + tlv(0x16, text(value))));
}

errc strict(const octets& name) {
    failure fault{errc::none};
    der::reader in(name, fault);
    der::read_name(in);
    in.finish();
    return fault.code;
}
errc as_linux(const octets& name) {
    failure fault{errc::none};
    kernel::asn1_reader in(name, fault);
    kernel::read_name(in);
    in.finish();
    return fault.code;
}

}  // namespace

TEST_CASE("the display name is made as Linux makes it") {
    CHECK(shown({}) == "");
    CHECK(shown(rdn(3, "key")) == "key");
    CHECK(shown(organization("Vendor")) == "Vendor");
    CHECK(shown(email("a@b")) == "a@b");
    CHECK(shown(email("a@b") + rdn(3, "key")) == "key");
    CHECK(shown(organization("Vendor") + rdn(3, "key")) == "Vendor: key");
    CHECK(shown(rdn(3, "key") + organization("Vendor")) == "Vendor: key");
    CHECK(shown(organization("Vendor") + rdn(3, "Vendor signing key")) == "Vendor signing key");
    CHECK(shown(organization("Example Corporation") + rdn(3, "Example key")) == "Example key");
    CHECK(shown(organization("Exampla Corporation") + rdn(3, "Example key")) == "Exampla Corporation: Example key");
    CHECK(shown(rdn(3, "one") + rdn(3, "two")) == "two");
    CHECK(shown(rdn(3, "") + organization("Vendor")) == "Vendor");
}

TEST_CASE("the display name is cut off at the end of the buffer") {
    const octets name = organization("Vendor") + rdn(3, "key");
    CHECK(shown(name, 0) == "");
    CHECK(shown(name, 7) == "Vendor:");
    CHECK(shown(name, 11) == "Vendor: key");
}

TEST_CASE("Names have attributes of a type and a value") {
    CHECK(strict(common_name("x")) == errc::none);
    CHECK(strict(tlv(0x30, {})) == errc::missing_element);
    CHECK(as_linux(tlv(0x30, {})) == errc::missing_element);
    CHECK(as_linux(tlv(0x30, tlv(0x31, {}))) == errc::missing_element);
    CHECK(as_linux(tlv(0x30, tlv(0x31, tlv(0x30, hex("0603550403"))))) == errc::bad_der);
    CHECK(as_linux(tlv(0x30, tlv(0x31, tlv(0x30, hex("060355040305000500"))))) == errc::bad_der);
    CHECK(as_linux(tlv(0x30, tlv(0x30, tlv(0x30, hex("06035504030500"))))) == errc::bad_der);
}

TEST_CASE("attributes of one set ascend in DER") {
    const octets a = tlv(0x30, hex("06035504030c0161")), b = tlv(0x30, hex("060355040a0c0161"));
    CHECK(strict(tlv(0x30, tlv(0x31, a + b))) == errc::none);
    CHECK(strict(tlv(0x30, tlv(0x31, b + a))) == errc::non_minimal_der);
    CHECK(as_linux(tlv(0x30, tlv(0x31, b + a))) == errc::none);
}
