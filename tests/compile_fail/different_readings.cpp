// expect: modsig: policies with different readings do not combine
#include <modsig/policy/combine.hpp>
#include <modsig/policy/linux_digsig.hpp>
#include <modsig/policy/profiles.hpp>
using namespace modsig::policy;
#ifdef MODSIG_MUST_FAIL
constexpr all_of<linux_digsig, strict> both;
#else
constexpr all_of<legacy, strict> both;
#endif
