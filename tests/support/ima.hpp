// SPDX-License-Identifier: BSL-1.0
//
// Values of security.ima and security.evm that evmctl 1.4 (version 3: 1.6.2) made for example.hpp.
#ifndef MODSIG_TESTS_SUPPORT_IMA_HPP
#define MODSIG_TESTS_SUPPORT_IMA_HPP

#include "example.hpp"

#include <string_view>

namespace ima_example {

using example::payload;
inline constexpr std::string_view named_digest = "04045b57d120c4f1039e9c9d829a8f3635d26179e46e89a4e6daf52a76bd7fd09933";
inline constexpr std::string_view verity_digest = "60eff68293914797049e44c77fd22a82dec3189698aa87d02e1013e2543bd967";
inline constexpr std::string_view v2_p256_base64 =
    "AwIE4SdgfQBGMEQCIHzRsVjBPU5W7wSd20aJIaQrR53rNpJ/5kRbRJSgoZU7AiBru1eJaRguSwht0oMo+k5aqD354fDN7EYGVJKrqmyrOw==";
inline constexpr std::string_view v1_sha256 =
    "030167b9046b00019c48161e2e5462a401040084bffb8fcac9f81cc245fff988699fed14cf612351930a58a1a29b2f08128d1f556ce87f33643df87c"
    "d83c0f7e030a9516b8b54bedbacc0c442f2723738cfcad192cd250647605356ed228aead7abfaec7a515c96bf8097c6d4e709374e606a285948fd1a6"
    "7a4a418479f3f9753f16184123ef4581e40ce2df1456f55b0d9b76";
inline constexpr std::string_view digsig_key =
    "010000000000020400ac6d879d809f4e17bb82423795348a798272da2ca478e7cce651a7254cf943bd869e63be960b01c0602a00468a88c896917461"
    "70623814f6b2e699507a04876b14d79ae4679ed80d2f035571f79ceb2ae2e0b5f5d85ee06eb63a9e9637a49a7c92249f5806896c21dc405fbed94664"
    "1d95188775759d64a6afdd6c6ca1489b570011010001";
inline constexpr std::string_view v2_rsa =
    "030204ea8bf9e00080073b147d8da9eea73912d5b685431eff10c1c78ddc46367b1249a319fb1f2c2c451fe6625d8ca5b23ddbda350af384c3e4fbed"
    "79d0de90b34be6be14a017820812a5e75acd7b0333f7e629462503108b5bc7e7daf3a090f9eb6c1ce9ad3db3885a9bd39a4ad8db38826f02029b0e93"
    "27fbbe58d1a9a3ae99917c4407e383764d";
inline constexpr std::string_view v2_p256 =
    "030204e127607d0046304402207cd1b158c13d4e56ef049ddb468921a42b479deb36927fe6445b4494a0a1953b02206bbb578969182e4b086dd28328"
    "fa4e5aa83df9e1f0cdec46065492abaa6cab3b";
inline constexpr std::string_view v3_rsa =
    "060304ea8bf9e000801ebe7cda33ba3bd9137427f4a865f0d1bc00226f8152a30c6c11ffda89aa71a0a0813cd1fe386d51836104c5d00ffb29a20030"
    "9a5ed763785c5e1378f89673b8581a1660af8d111189264b79299e6328fa680cb29ef50ba3b6a3711051705d6fbcfe4f0eba6ad0bb7c0121dd313e6a"
    "ea59e8228c706e6d24fc540eb3b2e72ab5";
// Over security.ima = named_digest, uid 0, gid 0, mode 0100644.
inline constexpr std::string_view evm_portable_rsa =
    "050204ea8bf9e000806da6a97eab0d560445df07ee174790ef510129b06f98b7644f34efb62fda19c1ad24dcb610304d2a3f96e5b127219a87def31a"
    "759676c2d87dcad3478cd442991d786424d5f83e4f3b618616a2d92cad4694061bd099dd4266bada0330cdea19c5945ef53f8006f21c3f9241d7c8be"
    "3bc1633c136dabebb1f327a8a29947dc75";
using example::rsa_certificate;
using example::p256_certificate;

}  // namespace ima_example

#endif  // MODSIG_TESTS_SUPPORT_IMA_HPP
