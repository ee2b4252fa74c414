// SPDX-License-Identifier: BSL-1.0
//
// A signature of ML-DSA-44 verified by the compiler, within the default limits of GCC 12 (-fconstexpr-ops-limit) and Clang 14
// (-fconstexpr-steps). The first valid case of tests/data/acvp.
#include <modsig/engine/native/ml_dsa.hpp>

#include "../der/literal.hpp"

#include <doctest/doctest.h>

using namespace modsig;
using namespace modsig::engine;

namespace {

constexpr auto key = literal(
    "09b4887d97bcf6379cc59b6162c1e8bf0560bf44d61809170e6e28f70669a3e9496438e8915735adaeb445cfdb7d89b38c048f4c3e005815"
    "14c5fd198b2d1739e883b878d56bb41264be41d3d51565e2e9cae33184a899f62dd57d07400e98e58687a9b22fa317eed134ca7214bff021"
    "dd2162b183091d15f263b7298214423c6bb696d75c20d9eacd0a03e4262c4b08be39fa2154bd6e5025ff791e885f2226e3cf48f7b5eb04fb"
    "e9ecf75b19e1d15c305e92260ab0d6ae7dba7bbe73b6bc181cf933840cc10a00050228fa46a2636dd9a90947e9f13a93ef4c62be374d76d1"
    "fdbbc5d8b55e729fa58665aa07b90c8cddd61c566b0d7ed65770492ea0713e1ed46ac7ad1503c56d9052d2c94d49e4416ac92b70396f76f6"
    "fb481045681725a68cb356377fb231ab8f3eb9a4982fff1836473bcbdab6872d229467efb9366261feb148ba9b7db9c4fe0bb88612abb8fd"
    "61096f1819604d55df6020464d3f092cfca59812082218566899a56a3c633cc81f88adb2e1414ef3850d10bf5a77ace724d6c1f388928744"
    "b3e542ae491cd56a64213f1d3cc90b29105f43d237c83d5fb829325c83e654577776392f8536aa9dae872407abaaa9acc22a6812cea74c0b"
    "a67eaf4a410152975e9a83ee4469295317bed10551ba32e65afc8c8e68dd55420c502d937dadd2efa2cbfd1f739fc0ab2b2654fae08c0c7f"
    "8edd43cf9ff0b01d984d491852a372e9fefdcc1bc16cdb5239ae1001155f89563051ce47996c5aeeb2190ea18f7f734042de68e988367d89"
    "355d9d8377baf9647978eb2e492ad021c569ae8ba69b15f1fcf7039a7e64af10abf3ea45b7222f9659e33373372e1db186d2c2a0d75451c4"
    "78aef33e5949f240040c2afc44b1d3a02a6d2f87902a280e27a20d4e57f889662700db8a9d249957a7db437cd480ddc05884fb23f868268e"
    "ace34eed274a927d9d84f1ea57eab1a813b5e6aabe9ed2610bc6f72e320cdec4f99523f93fa448dc1fbbdd259b102f5dc9955afa0c41604d"
    "83dd1c2d2295ef4461456bae86905c4c30d8a9fa48c90f37a19c41a2d5988f13d51344ec30a4a46219fe841137d5aa1f51e6c444168af398"
    "90b6fa400d67f4806f5bbd444703074a7a1139c71746d7c4ceb3c911f5257e3e53ebfa5aa8f227809d44ee7de13c027924dd60153b30aa76"
    "dd96a7c5acc59b627919507bf14257ae7a26243c1683b28d1b14b501ad059b4d522a57991e5539cef18ceb5c26d660b8822454c9c42a95e6"
    "f72b84f78ab99f51ec49789f9db4c128b0318fffc82d95cad277f11e14f1ef871414881122a9b11bdfae4a7abc8e75755ab13741dfacd664"
    "293d1a326bf5ed5abbb153ebe6996dd622f0a8cb473969a50366bd0b01c5c73a892b8e26ce08f75ff801b6def041e1713be6df0efb51587b"
    "e5fbea727e00d717647dd539079de18ae7bed12b91af8dbb1b8b32d2860baf40af8a0bbfe02887eb5dbe7ab1afc41da79b016aa16eda2813"
    "21caa5da644fd8658a7b702181001431560dd63cb21e5ff75c3f7250456be08c0d5e34c3bde2f606a2bf3417768d24b23739ea86cbefdda3"
    "4388bc1f918f951e15e43b1385a7bcc559f9492c7213a14227e093e929f32d1efbe7f1ee57c49c9055623ea42ec6c79d7fce71fa74760756"
    "6dda69f69daf68115919c6322ebb42c8c089338c9e0c53565bcbe72fbe4726687b0787071806c5a6c149c82b668aa64a7ba0ccc1cc49a1ee"
    "e9453d04336e5dc811e03892f7f46688ecefd04f1876f7111712b595ed62da00678f9e3786b5c1a5095be8710dcfa4165256509e00143a6f"
    "1172fabe8bf21e5fce7c79c1a44b4b1525a076ffb8dd9066");
constexpr auto message = literal(
    "3afd7ff8cad3acbdf97731261c7a1c969d5016f17d3e7f83d2441af9014b63477b14a6413150fad7c84439bc88662c5e931f06b9514190e1"
    "3fb049c4ab74013233b98d48d9afb6a30a67330e1fbe331b09c56d037e9701085d80f1e7f4043efb53587abb823624012384515249ee6130"
    "973dc9ea6f558bae75107efdb1d9285b");
constexpr auto signature = literal(
    "4a2b16cdb552f9297f8e391ad8f5adc8cc5d2c56c46b800f9b3ee4bbd2f2e8a89d599d7b5cc2d88c80f271859bbc83043ec4e54812f5936b"
    "446c9513c855289c94b11551a0c7653e7ba74ffb6f72d4652c91d38dd1f90dfe4439bc21ca53e0cc7a7aa5b875a5b9ba42366eb8ecba2436"
    "daf08a91978dd093f20f1efb6b0bcb90da99cca05e8f6f82b86d3c6ee24ba5d50aea10b2307f57f89ed78db4a74fbbf6eb332afb08d074ac"
    "f0de5cd7fec12f76f3ab619c815b9edd287ead67f04f14797f8dcf2cde9a8753b5ad0afa12874197d1744092872521e868af9e64452373fe"
    "b6fe25d5273d63c0ebd6d3b1028c1cd06af32ceca2621310837c72788c8adab5a0f03817128eb7b766fa812c696cf886f00a1044cdd06bb2"
    "8cb2e5780c8d8cc7e60ab699dd78668be4ff9f4690c6fc98aac9c02b66b9b9826a3061fd3222da8482667960a31652ee88eb32b0469ab71c"
    "aa2519f23d1a2442d5b1316262131dcec5f287e32fd343feb4429e54258d690d9d20a10abd75a536dff8cf1d6ddf19291e2749a7d16eb90a"
    "b5093bad38e116a86b730e65574c068c38ba9457c9d6d913eaff57fe23bf3dd24d8ca511efa376a5df08467025ff51bead3ede0a84edc532"
    "1620998061e8a1a73d67b7021b810c7867ff39187b59d403bf7c7506300c7345b1fe07c11278b0aba61dbb4f2b8c43e74fefa55ed52c10a8"
    "c490882bbfe3e3b3ce579e8116a9b6686c1a100aa1f6591f191f772b5a5a50dd6cc155cb5a1be5ba122e91f044420156cd63080f0a45d662"
    "e76dd57bd0f689d0b299042bff485e8a382d865c26cd46b4a54728bd48458362d79ac3eb756fc6c518c9e2f0e7d5a303af1159ee6dbe7dd5"
    "6ba0712857a68836c3c78c6c9f7488572813c0f6a814709d2bc142fef02527cae7712358371c5426522ccc64300c2cd9fbe20c6562e34835"
    "205fcdd5a8982c920bb477fb881702827b4911871394c06b5fecd0c740af7b27637bac1a0cbca537e4433ea847454c693897a32e4d184419"
    "5426a0c6aed67472bd2c4eee179f3f6084a36a7689f4cb1f8e5db2dde54acc0666ba98415431a4b202f402fb1f1bccdc23bff13148c7b8f6"
    "1fbf6243b296a78eb698189da95bda85dbc11d15ffdc6bf46c53f6e472a871401e9a9ab7f9fb467eb4ecb1f0da7e63ee8619cbc486ebb0f2"
    "120a7811bfb0557d13930574297c9464fc595b27569adf5f4a8df669c9eea0a250f4d22c2e8c641ba3902ba80800489965f11af1e1a85717"
    "c624e742f161550819d1f0372c5cae8bc62b549efe874461080d06346e1fa6f01514fbeccb06e34ee271a0f0031790bdabe0f02bba4aea4b"
    "7397fe3333eb8121820757281f96a5831f9e490366549d16763ff19ff773580ed5e3e1e2aa3e38f88474de6d9ba6994f8e629160488cb4cd"
    "5b878cda37aaec9b56369a7e73f73b428639a05c1378448adb7f074dc8154d92e13c6356b5f466d66477159b2a943799ad619a029f3010d0"
    "37672dbb6820e51323ada98881c6de859df875abaf11da5ddca5a777622bdae8face2e0ced3b6a77b88a8729fb7c50933da6c52e3f4d948f"
    "9dc153b5b1299cd8621ddfba48af44e4b6f6106ee7779501dd5fb3c578ea4d32c5c2f036a7352703add135ab84460162417e50bf91e60797"
    "d59b9e18d324da971f4ff428aeaf23ac0ba4e2e2fc7abaa6c8984fe9e2d85b8ada4086b3c13abd43cfd1c711d8326b18adc34cc14cf8957e"
    "c3959498fc2a7be06bd1840de170366566e50741957763c2dd27acf8c3f1026faee1d2562fa1052e69afdd42f446f0598866d5d306bf1b77"
    "5042b035927372827f4386316534fa1b7ee633ba958ced8f0d241d4688e3c7918e2a75626377c342a590692bbfb827bf90514182d4090df8"
    "d7323519a1ab6cd0227367410dd14d3786a26ddf91724fc82d06a25d5f56683953e8e0f20e3c1771daf42e52024c116ed8a4c0a611680f5f"
    "e00ed9b148d15f12aa95b9bd5a9fd8101642b36911f310b0de18171d6237d9be1725dc299a1a3aaae98540ceed26953d10ce8547f1c3e46a"
    "862bed428d1e10601bf328c727fd95343e2db4d9acd5d1cb4715f6004096eda093d1b0a33b1e56f16d73adb8732cb4a31160a4491faa0c86"
    "e680e3d7c02ccea8fe92f1e001016d220221dd10ed626017966c3450ad121365918c93091f14712ba477cf2e263296c778a2baeef5849455"
    "fa35cb617251e02a22daf5c33e5aaa9f00e8acdc50ecf47c521503c52f27d6b57c8f2b3d8f1222413e7fa4ec59296338098c9ab5a1d8a578"
    "84bd860041406d9655d17382949a03d50f1108d05bdb31ca08e66f2d8de480c6793518d49a60d4762a9eddc0249b422e84020ed539a14e24"
    "78f68bab1f2b00e22a5cbb62979ac744e08b57d5b578c401a8d26d9add1505236082863672d911cf3a0966d303f8917093bf97af90a7e1f9"
    "d59b09206b9cac35110fa38d5890ed2116835ce37384f5630f1c428e213605872ecf911b014b91c2c600e8a40729d07bf918790742c9279f"
    "3114f68cdf6594cda3ca6694223a82f66c2b4bdf3e51c6ffdc55e0ff51efd6c934362be7d6fabc11b8b0daddd52108fa5fb5ca758a64377d"
    "386d45ce70605b460e8157037b5b1b2e0aedd12a633115d6c43bc6c7c836fff33e7d033f2e5800527164c0c4781c37df50b66bba5c819473"
    "a1c5302083a16f01437279d2f2df14c878269a2f3fa40c1c761ed61501ac9ef141029038c819954089b738098708174393feaea7b02ae5ce"
    "f67b3c8ce6a970675ca1b8c856dcf5972508c7c6b25ee4d12d8212b98940b488ec402ac7ae3c70df938d1288cda7a319e085bc73a469b2d2"
    "a3303b11a683100af6db86937ba1182903616e3f0347bd68591b47ba65156b93f260de59b3aeb289e2a73a3bff38c2f3adeda29c7e90283a"
    "c7b86d036b47d5ba1a03ec783d250bacae5847e41f829cb33de08df8f7d69c9aa4ede8d7ab968407eed31a056ba0ef8816e127aa90065a67"
    "9e1ca9550deef25ac5b7a34f70dcf2b116cf351f3bada99f836c730dcc1ae03f496cf3f0387a0c2c702e2c13bdd9cf45a1cd53ab58731188"
    "b18ea8be48d510c5812e90bcecbc6e198e708b1c08c8f864b124bb4cc0bdbbdf2c2f4e388fc19660d69cc2c0ebf91008c8243db42ddaf57c"
    "024251c4231df53790ce575613ee8e1c7a33c1561f3504deaaed1e8408500623eca5ae5a2845411749930d8e42078c032349957fc39a1da0"
    "eaf9e87c31ffbf6ac0c1811eb28a41b1d86bd7d49ad1c468a49594956525a20a31700f122f4c4bb2252a2f3d5c5d6873838c909597bbcad8"
    "e1333d5d617c87c8ee0f1b22383b424b4c5c627298a3becc1b32475c9db6b9bdc6d6dcf50000000000000000000000000000000000000000"
    "000000000000000011192834");

using code = portable_ml_dsa<true>;
constexpr const ml_dsa_parameters& parameters = *ml_dsa_of(key_algorithm::ml_dsa_44);
constexpr byte_view parts[] = {message};

constexpr ml_dsa_digest mu = ml_dsa_message_digest<code>(ml_dsa_key_digest<code>(key), parts);
constexpr ml_dsa_digest other_mu = ml_dsa_message_digest<code>(ml_dsa_key_digest<code>(key), {});

template <std::size_t Changed>
constexpr auto changed = [] {
    auto bytes = signature;
    bytes[Changed] ^= 0x80;
    return bytes;
}();

constexpr errc check(const ml_dsa_digest& digest, byte_view bytes) {
    return check_ml_dsa<code, 4>(parameters, key, digest, bytes);
}

static_assert(check(mu, signature) == errc::none);
static_assert(check(other_mu, signature) == errc::signature_mismatch);
static_assert(check(mu, changed<2419>) == errc::malformed_signature);
static_assert(check(mu, byte_view(signature).first(2419)) == errc::signature_length);

// What the pieces come to: SHAKE of nothing (FIPS 202; NIST, "Example Values"), and a transform there and back.
constexpr std::array<std::uint8_t, 4> shake_of_nothing(auto shake) {
    std::array<std::uint8_t, 4> bytes{};
    shake.squeeze(bytes);
    return bytes;
}
static_assert(shake_of_nothing(digest::shake128<digest::portable_keccak<true>>()) == std::array<std::uint8_t, 4>{0x7f, 0x9c, 0x2b, 0xa4});
static_assert(shake_of_nothing(digest::shake256<digest::portable_keccak<true>>()) == std::array<std::uint8_t, 4>{0x46, 0xb9, 0xdd, 0x2b});

constexpr bool comes_back() {
    ml_dsa_polynomial a{};
    for (std::size_t i = 0; i != a.size(); ++i) a[i] = static_cast<std::int32_t>(i * i * 99991 % ml_dsa_q) - ml_dsa_q / 2;
    ml_dsa_polynomial b = a;
    ml_dsa_arithmetic::ntt(b);
    for (std::int32_t& each : b) each = ml_dsa_detail::montgomery(each);  // what a product would have divided by
    ml_dsa_arithmetic::inverse_ntt(b);
    for (std::size_t i = 0; i != a.size(); ++i)
        if ((a[i] - b[i]) % ml_dsa_q != 0) return false;
    return true;
}
static_assert(comes_back());

}  // namespace

TEST_CASE("native: ML-DSA's compile-time answers hold when the program runs") {
    CHECK(check(mu, signature) == errc::none);
    CHECK(check(other_mu, signature) == errc::signature_mismatch);
    CHECK(check(mu, changed<0>) == errc::signature_mismatch);
    CHECK(check(mu, changed<2419>) == errc::malformed_signature);
    CHECK(comes_back());
}
