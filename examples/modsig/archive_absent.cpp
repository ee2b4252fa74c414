// SPDX-License-Identifier: BSL-1.0
//
// archive.cpp, where libarchive is not there.
#include "archive.hpp"

#include <cerrno>

namespace tool {

std::optional<package_fault> read_package(const std::string&, std::uint64_t, const member_visitor&) {
    return package_fault{modsig::errc::io_error, "packages are read by libarchive, which this modsig was built without", ENOTSUP};
}

}  // namespace tool
