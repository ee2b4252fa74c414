// expect: bool
#include <modsig/verified.hpp>
bool use(const modsig::appraisal& answer) {
#ifdef MODSIG_MUST_FAIL
    return answer.outcome;
#else
    return answer.outcome == modsig::verdict::verified;
#endif
}
