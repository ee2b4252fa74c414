// SPDX-License-Identifier: BSL-1.0
//
// DER, read without copying or allocating: certificates, keys and CMS messages are encoded in it. This header only
// includes others; the writer is modsig/der/writer.hpp.
//
//   failure fault{errc::none};
//   der::reader in(bytes, fault);
//   auto key = in.enter(der::tag_sequence);
//   const auto n = key.unsigned_integer(), e = key.unsigned_integer();
//   key.finish();
//   in.finish();
//   return in.outcome(rsa{n.content, e.content});
#ifndef MODSIG_DER_HPP
#define MODSIG_DER_HPP

#include <modsig/der/algorithm_identifier.hpp>
#include <modsig/der/element.hpp>
#include <modsig/der/name.hpp>
#include <modsig/der/reader.hpp>
#include <modsig/der/set_order.hpp>
#include <modsig/der/time.hpp>

#endif  // MODSIG_DER_HPP
