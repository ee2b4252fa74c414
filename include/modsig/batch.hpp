// SPDX-License-Identifier: BSL-1.0
//
// Many files at once: the verdicts are those of one after the other, and come in the same order. Bulk digests go through
// lanes, one file a lane, and RSA signatures through passes of eight, where engine and CPU have them (engine::native,
// engine::best); with any engine the work goes to several threads. Memory: a few MB a thread, whatever there is to verify.
#ifndef MODSIG_BATCH_HPP
#define MODSIG_BATCH_HPP

#include <modsig/batch/in_order.hpp>
#include <modsig/batch/streamed_file.hpp>
#include <modsig/batch/worker.hpp>
#include <modsig/verifier.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace modsig::batch {

struct options {
    std::size_t threads = 1;
    std::size_t window = 65536;  // bytes of a file that are in memory at once, for each of the open ones: 4096 or more
    context at{};                // its name is replaced by each file's
};

/// A path as open(2) takes it, as `files[i]` gives it.
template <class F>
concept file_list = requires(const F& files, std::size_t i) {
    { files.size() } -> std::convertible_to<std::size_t>;
    { files[i].c_str() } -> std::convertible_to<const char*>;
};

template <class J>
concept file_judge = requires(const J& judge, std::size_t i, const subject& s, const appraisal& found) {
    typename J::answer;
    { judge.is_plain(i) } -> std::same_as<bool>;
    { judge.settled(i, s, found) } -> std::same_as<typename J::answer>;
    { judge.alone(i) } -> std::same_as<typename J::answer>;
};

namespace detail {

/// Room for every slot's window. Slots are an odd number of cache lines apart: equal positions in all windows are read at
/// the same time, and must not fall into the same cache sets.
class windows {
    std::shared_ptr<std::uint8_t[]> room_{};

public:
    [[nodiscard]] std::span<std::uint8_t> of(std::size_t slot, std::size_t slots, std::size_t size) {
        constexpr std::size_t line = 64;
        const std::size_t stride = ((size + line - 1) / line | 1) * line;
        if (!room_) room_.reset(new std::uint8_t[slots * stride]);
        return {room_.get() + slot * stride, size};
    }
};

/// What can be read of a file, in one piece.
[[nodiscard]] inline result<std::vector<std::uint8_t>> read_whole(const char* path) {
    const os::descriptor file(::open(path, O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) return os::os_failure(errno);
    struct ::stat about {};
    if (::fstat(file.get(), &about) != 0) return os::os_failure(errno);
    std::vector<std::uint8_t> bytes(S_ISREG(about.st_mode) ? static_cast<std::size_t>(about.st_size) + 1 : 65536);
    for (std::size_t size = 0;;) {
        if (size == bytes.size()) bytes.resize(2 * size);
        const ::ssize_t got = os::uninterrupted([&] { return ::read(file.get(), bytes.data() + size, bytes.size() - size); });
        if (got < 0) return os::os_failure(errno, size);
        if (got == 0) {
            bytes.resize(size);
            return bytes;
        }
        size += static_cast<std::size_t>(got);
    }
}

/// How the library judges: appraisals as they are, and whatever is not settled by reading once is read whole.
template <class Verifier, file_list Files>
class plain_judge {
    const Verifier& verifier_;
    const Files& files_;
    const context& at_;

public:
    using answer = appraisal;

    plain_judge(const Verifier& verifier, const Files& files, const context& at) : verifier_(verifier), files_(files), at_(at) {}

    [[nodiscard]] static bool is_plain(std::size_t) { return true; }
    [[nodiscard]] static answer settled(std::size_t, const subject&, const appraisal& found) { return found; }
    [[nodiscard]] answer alone(std::size_t i) const {
        const auto whole = read_whole(files_[i].c_str());
        if (!whole) {
            answer unread;
            unread.why = whole.error();
            return unread;
        }
        context at = at_;
        at.name = files_[i].c_str();
        subject s;
        s.image = *whole;
        return verifier_.appraise(s, at);
    }
};

/// Files that are read once. Only proofs are taken from what has merely its end in memory.
template <class Verifier, file_list Files, class Judge>
class read_files {
    using engine = typename Verifier::engine;
    const Verifier& verifier_;
    const Files& files_;
    const options& options_;
    const Judge& judge_;
    windows room_{};

public:
    using item = streamed_file;
    using answer = typename Judge::answer;

    read_files(const Verifier& verifier, const Files& files, const options& how, const Judge& judge)
        : verifier_(verifier), files_(files), options_(how), judge_(judge) {}

    void prepare(item& file, std::size_t slot, std::size_t slots) {
        file.use(room_.of(slot, slots, std::max(options_.window, item::tail_size) + item::tail_size));
    }
    [[nodiscard]] bool open(std::size_t i, item& file) const {
        return judge_.is_plain(i) && file.open(files_[i].c_str()) && (Verifier::found_from_end || !file.is_partial());
    }
    [[nodiscard]] std::optional<answer> judge(std::size_t i, const item& file, questions<engine>& asked) const {
        context at = options_.at;
        at.name = files_[i].c_str();
        subject s;
        s.image = file.image();
        const deferred_arithmetic<engine> arithmetic(asked, verifier_.trust().keys, s.image, file.is_partial());
        appraisal found = verifier_.appraise(s, at, arithmetic);
        if (file.is_partial()) {
            if (asked.open == open_question::digest && asked.digest_parts.view()[0].size() < item::least_overlap) asked.open = open_question::hopeless;
            if (asked.open == open_question::none) {
                if (found.outcome != verdict::verified || found.content.size() != 1 || found.content[0].offset != 0) asked.open = open_question::hopeless;
                else found.content = range{0, found.content[0].size + (file.size() - s.image.size())};
            }
        }
        if (asked.open != open_question::none) return std::nullopt;
        return judge_.settled(i, s, found);
    }
    [[nodiscard]] answer alone(std::size_t i, item& file) const {
        file.close();
        return judge_.alone(i);
    }
    [[nodiscard]] static std::uint64_t start(item& file, const questions<engine>& asked) { return file.start(asked.digest_parts.view()); }
    [[nodiscard]] static bool next_piece(item& file, byte_view& piece) { return file.next_piece(piece); }
    [[nodiscard]] static bool has_failed(const item& file) { return file.has_failed(); }
};

/// Makes proofs of what the batch's own arithmetic has looked at.
struct proof {
    template <class Verifier, class Image, class Arithmetic>
    static auto make(const Verifier& verifier, Image&& image, const context& at, const Arithmetic& arithmetic) {
        return verifier.verify_with(std::move(image), subject{}, at, arithmetic);
    }
};

/// An image that is whole in memory, and what of it is still to be digested.
template <class Image>
struct held_image {
    std::optional<Image> image{};
    failure unreadable{};
    modsig::engine::parts_in_memory parts{};
};

/// Images whose owners are wanted back, as proofs.
template <class Image, class Verifier, class Load>
class verify_images {
    using engine = typename Verifier::engine;
    const Verifier& verifier_;
    const Load& load_;
    const options& options_;

public:
    using item = held_image<Image>;
    using answer = result<verified<Image>>;

    verify_images(const Verifier& verifier, const Load& load, const options& how) : verifier_(verifier), load_(load), options_(how) {}

    static void prepare(item&, std::size_t, std::size_t) {}
    [[nodiscard]] bool open(std::size_t i, item& held) const {
        held.image.reset();
        result<Image> loaded = load_(i);
        if (loaded) held.image.emplace(*std::move(loaded));
        else held.unreadable = loaded.error();
        return loaded.has_value();
    }
    [[nodiscard]] std::optional<answer> judge(std::size_t, item& held, questions<engine>& asked) const {
        subject s;
        s.image = byte_view(*held.image);
        const deferred_arithmetic<engine> arithmetic(asked, verifier_.trust().keys, s.image, false);
        const appraisal found = verifier_.appraise(s, options_.at, arithmetic);
        if (asked.open != open_question::none) return std::nullopt;
        asked.restart();
        if (found.outcome != verdict::verified) return answer(found.why);
        return proof::make(verifier_, *std::move(held.image), options_.at, arithmetic);
    }
    [[nodiscard]] answer alone(std::size_t, item& held) const {
        return held.image ? verifier_.verify(*std::move(held.image), options_.at) : answer(held.unreadable);
    }
    [[nodiscard]] static std::uint64_t start(item& held, const questions<engine>& asked) {
        held.parts = modsig::engine::parts_in_memory(asked.digest_parts.view());
        return modsig::engine::size_of_message(asked.digest_parts.view());
    }
    [[nodiscard]] static bool next_piece(item& held, byte_view& piece) { return held.parts(piece); }
    [[nodiscard]] static bool has_failed(const item&) { return false; }
};

template <class Job, class Engine, class Take>
void run(Job job, std::size_t count, const options& how, const Take& take, std::type_identity<Engine>) {
    for_each_in_order<typename Job::answer>(count, how.threads, [&](const auto& claim, const auto& put) {
        Job own = job;
        worker<Engine, Job>(own).run(claim, put);
    }, take);
}

}  // namespace detail

/// For those who make more of an appraisal, or read files in their own way; members are called on any thread:
///   is_plain(i)                     false: answer by alone(i), the file is not opened here
///   settled(i, subject, appraisal)  the answer; the subject's image is the file, or for a large one that is verified its end
///   alone(i)                        the answer for a file that reading once does not settle
/// Calls take(i, answer) and throws as `appraise`.
template <class Verifier, file_list Files, file_judge Judge, class Take>
void judge(const Verifier& verifier, const Files& files, const Judge& rules, const Take& take, const options& how = {}) {
    detail::run(detail::read_files<Verifier, Files, Judge>(verifier, files, how, rules), files.size(), how, take,
                std::type_identity<typename Verifier::engine>{});
}

/// Calls take(i, appraisal) for every file, i from 0 on, on the calling thread: what verifier.appraise says of it, or that it
/// could not be read (io_error). Files are read once and not kept. Throws what `take` throws, std::bad_alloc and
/// std::system_error (no thread at all could be started).
template <class Verifier, file_list Files, class Take>
void appraise(const Verifier& verifier, const Files& files, const Take& take, const options& how = {}) {
    judge(verifier, files, detail::plain_judge<Verifier, Files>(verifier, files, how.at), take, how);
}

/// For images whose bytes are wanted: calls load(i) -> result<Image> on any thread, take(i, result<verified<Image>>) in order on
/// the calling one. About fifty images a thread are held at once. Throws as `appraise`.
template <class Image, class Verifier, class Load, class Take>
void verify(const Verifier& verifier, std::size_t count, const Load& load, const Take& take, const options& how = {}) {
    detail::run(detail::verify_images<Image, Verifier, Load>(verifier, load, how), count, how, take, std::type_identity<typename Verifier::engine>{});
}

}  // namespace modsig::batch

#endif  // MODSIG_BATCH_HPP
