// SPDX-License-Identifier: BSL-1.0
// What a verification costs beside its parts: touching the bytes, hashing them, and modsig's whole answer.
//   verify SIGNED KEY    (tests/data/signed.modsig and the digsig blob of rsa2048; a file signed as in 2012)
#include <modsig/modsig.hpp>

#include <benchmark/benchmark.h>

#include <fstream>
#include <iterator>
#include <numeric>
#include <vector>

namespace {

using bytes = std::vector<std::uint8_t>;
using checker = modsig::verifier<modsig::layouts<modsig::layout::digsig>, modsig::engine::botan, modsig::policy::legacy>;

bytes read(const char* path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

template <class Work>
void row(const char* name, const bytes& image, Work work) {
    benchmark::RegisterBenchmark(name, [&image, work](benchmark::State& state) {
        for (auto _ : state) benchmark::DoNotOptimize(work());
        state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(image.size()));
        state.SetItemsProcessed(state.iterations());
    });
}

}  // namespace

int main(int count, char** arguments) {
    benchmark::Initialize(&count, arguments);
    if (count != 3) return 2;
    const bytes image = read(arguments[1]), key = read(arguments[2]);
    modsig::keyring::store<modsig::engine::botan> ring;
    if (!ring.add(key)) return 7;
    const checker verifier{ring};
    if (verifier.appraise({image}).outcome != modsig::verdict::verified) return 1;  // what is timed has to be right

    row("memory pass", image, [&] { return std::accumulate(image.begin(), image.end(), 0u); });
    row("digest only", image, [&] { return modsig::digest_of<modsig::engine::botan_hash<modsig::sha256>>(image); });
    row("find and parse", image, [&] { return modsig::layout::digsig::open<modsig::strict_reading>({image}, *modsig::layout::digsig::find({image})).has_value(); });
    row("modsig", image, [&] { return verifier.appraise({image}).outcome; });
    benchmark::RunSpecifiedBenchmarks();
}
