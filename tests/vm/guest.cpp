// SPDX-License-Identifier: BSL-1.0
//
// The program in the guest, its /init: does what /plan says, line by line, and prints a line of tab-separated fields for each
// thing it sees on the second serial port. run.py makes the plan, and says what has to be seen.
//     check MODULE MESSAGE             every manipulation: modsig's verdict, then the kernel's; nothing is loaded
//     load MODULES-DEP FOLDER LIST     loads the modules of a list, and what they need before them
//     shell SCRIPT                     runs it by busybox, and prints what it prints
//     measure FILE                     the digest that fs-verity holds it to
//     open MODULE                      signatures not enforced: unsigned and tampered
//     kernel VERSION [mldsa] [waiver]  what the policies of Linux speak for from here on: before anything else (default: 6.12)
//     ask FILE                         the kernel's verdict alone; nothing is loaded
//     bpf FOLDER                       the same of a BPF program: bpf.hpp
//     race NAME MODULE SECONDS, careless NAME MODULE       race.hpp
// On the host: guest unpack VMLINUZ VMLINUX CERTIFICATES
//              guest manipulate MODULE MESSAGE PREFIX      writes every manipulation, to PREFIX with its name behind
#include "bpf.hpp"
#include "guest.hpp"
#include "manipulations.hpp"
#include "race.hpp"

#include <modsig/keyring/kernel_image.hpp>
#include <modsig/linux/kernel_config.hpp>
#include <modsig/load/measured.hpp>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <termios.h>

namespace guest {
namespace {

using modsig::policy::linux_modsign;
using modsig::policy::strict;

std::string errc_name(const modsig::load::module_answer& answer) {
    return answer.why.code == modsig::errc::none ? "verified" : std::string(name(answer.why.code));
}
std::string linux_name(const modsig::failure& why, bool enforcing) {
    return why.code == modsig::errc::none ? "-" : std::string(name(why.linux_errno(enforcing)));
}

/// check  module  manipulation  errc|verified  errno  kernel's errno  calls that the loader made
void check(const std::string& module, const std::string& message) {
    for (const auto& [what, image] : manipulations(read_file(module), read_file(message))) {
        counted_kernel kernel;
        const auto answer = modsig::load::load_module(verify<linux_modsign>(image), no_parameters(), kernel);
        const int word = answer.kernel_asked ? answer.kernel_errno : modsig::load::running_kernel::init_module(image, no_parameters());
        std::printf("check\t%s\t%s\t%s\t%s\t%s\t%d\n", module.c_str(), std::string(what).c_str(), errc_name(answer).c_str(),
                    linux_name(answer.why, true).c_str(), errno_name(word).c_str(), kernel.calls);
    }
}

/// load  module  errc|verified  kernel's errno
void load(const std::string& modules_dep, const std::string& folder, const std::string& list) {
    const std::string text = text_of(modules_dep.c_str());
    const modsig::load::module_dependencies dependencies(text);
    std::set<std::string, std::less<>> done;
    std::ifstream wanted(list);
    for (std::string path; std::getline(wanted, path);) {
        const auto order = dependencies.order_of(path);
        if (!order) {
            std::printf("load\t%s\t%s\t-\n", path.c_str(), std::string(name(order.error().code)).c_str());
            continue;
        }
        for (const std::string_view each : order->paths()) {
            if (!done.emplace(each).second) continue;
            counted_kernel kernel;
            const auto answer = modsig::load::load_module(verify<linux_modsign>(read_file(folder + "/" + std::string(each))), "", kernel);
            std::printf("load\t%s\t%s\t%s\t%d\n", std::string(each).c_str(), errc_name(answer).c_str(), errno_name(answer.kernel_errno).c_str(), kernel.calls);
        }
    }
}

/// open  module  manipulation  errc|verified of strict  errno when nothing is enforced  kernel's errno
void open_kernel(const std::string& module) {
    const bytes good = read_file(module);
    for (const auto& [what, image] : manipulations(good, {})) {
        if (what == "unknown_signer") continue;
        counted_kernel kernel;
        const auto answer = modsig::load::load_module(verify<strict>(image), no_parameters(), kernel);
        const auto linux_word = verify<linux_modsign>(image);
        const int word = answer.kernel_asked ? answer.kernel_errno : modsig::load::running_kernel::init_module(image, no_parameters());
        std::printf("open\t%s\t%s\t%s\t%s\t%s\t%d\n", module.c_str(), std::string(what).c_str(), errc_name(answer).c_str(),
                    linux_word ? "-" : linux_name(linux_word.error(), false).c_str(), errno_name(word).c_str(), kernel.calls);
    }
    // The same by a sealed file, which the kernel reads itself.
    counted_kernel kernel;
    const auto proof = verify<strict>(good);
    if (proof) {
        const auto answer = modsig::load::load_module_file(*proof, no_parameters(), 0, kernel);
        std::printf("open\t%s\tsealed_file\t%s\t-\t%s\t%d\n", module.c_str(), errc_name(answer).c_str(), errno_name(answer.kernel_errno).c_str(), kernel.calls);
    }
}

void shell(const std::string& script) {
    std::fflush(stdout);
    const pid_t child = ::fork();
    if (child == 0) {
        ::execl("/bin/busybox", "sh", script.c_str(), nullptr);
        ::_exit(127);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    std::printf("shell\t%d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

/// measure  file  algorithm:digest|errc
void measure(const std::string& path) {
    const auto file = modsig::load::measured_file::open(path.c_str());
    std::string text(file ? name(file->measured().id) : name(file.error().code));
    if (file) text += ':';
    for (const std::uint8_t byte : file ? file->measured().view() : modsig::byte_view()) text += {"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]};
    std::printf("measure\t%s\t%s\n", path.c_str(), text.c_str());
}

/// ask  file  errno
void ask(const std::string& path) {
    std::printf("ask\t%s\t%s\n", path.c_str(), errno_name(modsig::load::running_kernel::init_module(read_file(path), no_parameters())).c_str());
}

void be_kernel(const std::string& release, const std::string& one, const std::string& other) {
    const auto has = [&](const char* word) { return one == word || other == word; };
    if (const auto* const row = modsig::closest_linux_release(release)) target_kernel().release = *row;
    else std::printf("no release is called %s\n", release.c_str());
    target_kernel().has_ml_dsa = has("mldsa"), target_kernel().waives_attributes = has("waiver");
}

std::vector<bytes> tampered(const bytes& good) {
    std::vector<bytes> others{without_signature(good), good};
    others[1][parts_of(good).payload / 2] ^= 1;
    return others;
}

void follow(const std::string& line) {
    std::istringstream words(line);
    std::string what, a, b, c;
    words >> what >> a >> b >> c;
    const auto start = clock::now();
    if (what == "check") check(a, b);
    else if (what == "load") load(a, b, c);
    else if (what == "shell") shell(a);
    else if (what == "measure") measure(a);
    else if (what == "open") open_kernel(a);
    else if (what == "kernel") be_kernel(a, b, c);
    else if (what == "ask") ask(a);
    else if (what == "bpf") ask_about_program(a);
    else if (what == "race") race(a, read_file(b), tampered(read_file(b)), std::stoi(c));
    else if (what == "careless") race_careless_loader(a, read_file(b), {without_signature(read_file(b))});
    else std::printf("what is %s?\n", line.c_str());
    const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - start).count();
    if (what != "check" && what != "open" && what != "ask" && what != "bpf") std::printf("spent\t%s\t%lld\n", what.c_str(), static_cast<long long>(spent));
}

int run_as_init() {
    ::mount("proc", "/proc", "proc", 0, nullptr);
    ::mount("sysfs", "/sys", "sysfs", 0, nullptr);
    ::mount("devtmpfs", "/dev", "devtmpfs", 0, nullptr);
    const int out = ::open("/dev/ttyS1", O_WRONLY | O_NOCTTY);
    termios raw{};
    if (out < 0 || ::tcgetattr(out, &raw) != 0) return 2;
    ::cfmakeraw(&raw);
    ::tcsetattr(out, TCSANOW, &raw);
    ::dup2(out, STDOUT_FILENO);

    std::ifstream plan("/plan");
    for (std::string line; std::getline(plan, line);) follow(line);
    std::printf("DONE\n");
    std::fflush(stdout);
    ::tcdrain(out);
    return ::reboot(RB_AUTOBOOT);  // -no-reboot: QEMU ends; a kernel without ACPI cannot switch it off
}

bool put(const char* path, modsig::byte_view content) {
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
    return out.good();
}

int unpack(char** files) {
    const bytes image = read_file(files[0]);
    const auto found = modsig::keyring::find_kernel_certificates(image);
    if (!found) return std::fprintf(stderr, "%s: %s\n", files[0], std::string(found.error().message()).c_str()), 1;
    return put(files[1], found->kernel.bytes) && put(files[2], found->list.bytes) ? 0 : 1;
}

int manipulate(char** files) {
    for (const auto& [what, image] : manipulations(read_file(files[0]), read_file(files[1])))
        if (!put((files[2] + std::string(what)).c_str(), image)) return 1;
    return 0;
}

}  // namespace
}  // namespace guest

int main(int argc, char** argv) {
    if (::getpid() == 1) return guest::run_as_init();
    if (argc == 5 && std::string_view(argv[1]) == "unpack") return guest::unpack(argv + 2);
    if (argc == 5 && std::string_view(argv[1]) == "manipulate") return guest::manipulate(argv + 2);
    std::fprintf(stderr, "guest unpack VMLINUZ VMLINUX CERTIFICATES, guest manipulate MODULE MESSAGE PREFIX\n");
    return 2;
}
