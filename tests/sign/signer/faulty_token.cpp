// SPDX-License-Identifier: BSL-1.0
//
// A PKCS#11 module that is SoftHSM (MODSIG_TEST_SOFTHSM) with one fault (MODSIG_TEST_FAULT): what SoftHSM itself never does.
//   none, locked, locks, unset   the PIN: is locked, gets locked by a wrong one, was never set
//   final                        the PIN has one try left
//   keypad                       the PIN is typed elsewhere: MODSIG_TEST_PIN
//   flip, short, empty           signatures: a bit, a byte, everything is wrong
//   refuse, gone                 no signature at all
// Each login adds a line to a file (MODSIG_TEST_LOGINS), if one is named.
#include <p11-kit/pkcs11.h>

#include <dlfcn.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

namespace {

CK_FUNCTION_LIST* real = nullptr;
CK_FUNCTION_LIST changed;
std::string_view fault;

CK_RV token_info(CK_SLOT_ID slot, CK_TOKEN_INFO* info) {
    const CK_RV answer = real->C_GetTokenInfo(slot, info);
    if (fault == "locked") info->flags |= CKF_USER_PIN_LOCKED;
    if (fault == "final") info->flags |= CKF_USER_PIN_FINAL_TRY;
    if (fault == "keypad") info->flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
    return answer;
}

CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, unsigned char* pin, CK_ULONG size) {
    if (const char* path = std::getenv("MODSIG_TEST_LOGINS"); path != nullptr) std::ofstream(path, std::ios::app) << "login\n";
    if (fault == "locks") return CKR_PIN_LOCKED;
    if (fault == "unset") return CKR_USER_PIN_NOT_INITIALIZED;
    if (fault != "keypad") return real->C_Login(session, user, pin, size);
    if (pin != nullptr || size != 0) return CKR_ARGUMENTS_BAD;
    const char* typed = std::getenv("MODSIG_TEST_PIN");
    std::string text(typed != nullptr ? typed : "");
    return real->C_Login(session, user, reinterpret_cast<unsigned char*>(text.data()), text.size());
}

CK_RV sign(CK_SESSION_HANDLE session, unsigned char* data, CK_ULONG data_size, unsigned char* signature, CK_ULONG* size) {
    if (fault == "refuse") return CKR_DEVICE_ERROR;
    if (fault == "gone") return CKR_TOKEN_NOT_PRESENT;
    const CK_RV answer = real->C_Sign(session, data, data_size, signature, size);
    if (answer != CKR_OK) return answer;
    if (fault == "flip") signature[*size / 2] ^= 1;
    if (fault == "short") --*size;
    if (fault == "empty") *size = 0;
    return answer;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST** list) {
    const char *path = std::getenv("MODSIG_TEST_SOFTHSM"), *wanted = std::getenv("MODSIG_TEST_FAULT");
    void* const module = path != nullptr && wanted != nullptr ? ::dlopen(path, RTLD_NOW | RTLD_LOCAL) : nullptr;
    if (module == nullptr) return CKR_GENERAL_ERROR;
    const auto get = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(module, "C_GetFunctionList"));
    if (get == nullptr || get(&real) != CKR_OK) return CKR_GENERAL_ERROR;
    fault = wanted;
    changed = *real;
    changed.C_GetTokenInfo = token_info;
    changed.C_Login = login;
    changed.C_Sign = sign;
    *list = &changed;
    return CKR_OK;
}
