// SPDX-License-Identifier: BSL-1.0
//
// A PKCS#11 module that is SoftHSM (MODSIG_TEST_SOFTHSM) with one fault (MODSIG_TEST_FAULT): what SoftHSM itself never does.
//   none, locked, locks, unset   the PIN: is locked, gets locked by a wrong one, was never set
//   final                        the PIN has one try left
//   keypad                       the PIN is typed elsewhere: MODSIG_TEST_PIN
//   flip, short, empty           signatures: a bit, a byte, everything is wrong
//   refuse, gone                 no signature at all
//   ml-dsa                       its keys are of ML-DSA-44: public ones are MODSIG_TEST_PUBLIC, a file, and signatures MODSIG_TEST_SIGNATURE
// Each login adds a line to a file (MODSIG_TEST_LOGINS), if one is named.
#include <p11-kit/pkcs11.h>

#include <dlfcn.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
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

// PKCS #11 v3.2, which SoftHSM does not have.
constexpr CK_MECHANISM_TYPE mechanism_ml_dsa = 0x1d;
constexpr CK_ATTRIBUTE_TYPE parameter_set = 0x61d;
constexpr CK_ULONG parameter_set_44 = 1;

std::string file_of(const char* variable) {
    const char* const path = std::getenv(variable);
    std::ifstream file(path != nullptr ? path : "", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

CK_RV put(CK_ATTRIBUTE& into, std::string_view value) {
    if (into.pValue != nullptr && into.ulValueLen < value.size()) return CKR_BUFFER_TOO_SMALL;
    if (into.pValue != nullptr) std::memcpy(into.pValue, value.data(), value.size());
    into.ulValueLen = value.size();
    return CKR_OK;
}

CK_RV attribute(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE* wanted, CK_ULONG count) {
    if (fault == "ml-dsa" && count == 1) {
        if (wanted->type == CKA_MODULUS) return CKR_ATTRIBUTE_TYPE_INVALID;
        if (wanted->type == parameter_set) return put(*wanted, {reinterpret_cast<const char*>(&parameter_set_44), sizeof parameter_set_44});
        if (wanted->type == CKA_VALUE) return put(*wanted, file_of("MODSIG_TEST_PUBLIC"));
    }
    return real->C_GetAttributeValue(session, object, wanted, count);
}

CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM* mechanism, CK_OBJECT_HANDLE key) {
    if (fault != "ml-dsa") return real->C_SignInit(session, mechanism, key);
    return mechanism->mechanism == mechanism_ml_dsa && mechanism->pParameter == nullptr ? CKR_OK : CKR_MECHANISM_INVALID;
}

CK_RV sign(CK_SESSION_HANDLE session, unsigned char* data, CK_ULONG data_size, unsigned char* signature, CK_ULONG* size) {
    if (fault == "refuse") return CKR_DEVICE_ERROR;
    if (fault == "gone") return CKR_TOKEN_NOT_PRESENT;
    if (fault == "ml-dsa") {
        CK_ATTRIBUTE into{CKA_VALUE, signature, *size};
        const CK_RV answer = put(into, file_of("MODSIG_TEST_SIGNATURE"));
        *size = into.ulValueLen;
        return answer;
    }
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
    changed.C_SignInit = sign_init;
    changed.C_GetAttributeValue = attribute;
    *list = &changed;
    return CKR_OK;
}
