// SPDX-License-Identifier: BSL-1.0
//
// Many files at once: the verdicts are those of one after the other, and come in the same order. Bulk digests go through
// lanes, one file a lane, and RSA signatures through passes of eight, where engine and CPU have them (engine::native,
// engine::best); with any engine the work goes to several threads. Memory: a few MB a thread, whatever there is to verify;
// but for layouts that are not found from the end (MCUboot, fs-verity), and engines that do not digest in pieces: then a file
// may need its size, up to options::limit. Compressed modules: batch/packed_modules.hpp.
#ifndef MODSIG_BATCH_HPP
#define MODSIG_BATCH_HPP

#include <modsig/batch/in_order.hpp>
#include <modsig/batch/streamed_file.hpp>
#include <modsig/batch/unpacked_images.hpp>
#include <modsig/batch/windowed_file.hpp>
#include <modsig/batch/worker.hpp>
#include <modsig/verifier.hpp>

#include <algorithm>
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

/// How a batch works: what it may use, and the context of its verdicts.
struct options {
    std::size_t threads = 1;              ///< workers, 256 at most; with 1 (or 0) the calling thread is the worker
    std::size_t window = 65536;           ///< bytes of a file that are in memory at once, for each of the open ones: 4096 or more
    std::uint64_t limit = default_limit;  ///< bytes of a file that is needed whole; a larger one is too_large
    context at{};                         ///< its name is replaced by each file's
};

/// A path as open(2) takes it, as `files[i]` gives it.
template <class F>
concept file_list = requires(const F& files, std::size_t i) {
    { files.size() } -> std::convertible_to<std::size_t>;
    { files[i].c_str() } -> std::convertible_to<const char*>;
};

/// What becomes of each file: `is_plain` (it is read as it is), `settled` (the result for a subject with its appraisal), `alone`
/// (the
/// result of a file that the batch cannot do: it is verified by itself).
template <class R>
concept file_rules = requires(const R& rules, std::size_t i, const subject& subject, const appraisal& report) {
    typename R::answer;
    { rules.is_plain(i) } -> std::same_as<bool>;
    { rules.settled(i, subject, report) } -> std::same_as<typename R::answer>;
    { rules.alone(i) } -> std::same_as<typename R::answer>;
};

/// Rules for files that have the image inside, compressed (batch/packed_modules.hpp has such).
template <class R>
concept unpacking_rules = file_rules<R> && requires(const R& rules, std::size_t i, typename R::unpacker& unpacker, unpacked_images& images,
                                                    std::optional<decompression_output>& image) {
    { rules.is_packed(i) } -> std::same_as<bool>;
    { rules.unpack(i, unpacker, images, image) } -> std::same_as<opening>;
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

/// The library's own rules: appraisals as they are.
template <class Verifier, file_list Files>
class plain_rules {
    const Verifier& verifier_;
    const Files& files_;
    const options& options_;

public:
    using answer = appraisal;

    plain_rules(const Verifier& verifier, const Files& files, const options& options) : verifier_(verifier), files_(files), options_(options) {}

    [[nodiscard]] static bool is_plain(std::size_t) { return true; }
    [[nodiscard]] static answer settled(std::size_t, const subject&, const appraisal& report) { return report; }
    [[nodiscard]] answer alone(std::size_t i) const {
        auto file = windowed_file::open(files_[i].c_str());
        if (!file) {
            answer unread;
            unread.why = file.error();
            return unread;
        }
        context context = options_.at;
        context.name = files_[i].c_str();
        return batch::appraise(verifier_, *file, subject{}, context, options_.limit);
    }
};

/// What a thread needs for the files whose rules unpack them; else nothing.
template <class Rules>
struct unpacking {
    struct state {};
    struct image {};
};
template <unpacking_rules Rules>
struct unpacking<Rules> {
    struct state {
        unpacked_images images{};
        typename Rules::unpacker unpacker{};
    };
    using image = std::optional<decompression_output>;
};

/// Files that are read once. From what has merely its end in memory proofs are taken, and that there is no signature.
template <class Verifier, file_list Files, class Rules>
class read_files {
    using engine = typename Verifier::engine;
    const Verifier& verifier_;
    const Files& files_;
    const options& options_;
    const Rules& rules_;
    windows room_{};
    std::shared_ptr<typename unpacking<Rules>::state> unpacking_{};

    [[nodiscard]] opening unpack(std::size_t i, auto& file) const {
        const opening opened = rules_.unpack(i, unpacking_->unpacker, unpacking_->images, file.unpacked);
        if (opened == opening::done) file.take(file.unpacked->view());
        return opened;
    }

public:
    struct item : streamed_file {
        typename unpacking<Rules>::image unpacked{};
    };
    using answer = typename Rules::answer;

    read_files(const Verifier& verifier, const Files& files, const options& options, const Rules& rules)
        : verifier_(verifier), files_(files), options_(options), rules_(rules) {}

    void prepare(item& file, std::size_t slot, std::size_t slots) {
        if (!unpacking_) unpacking_ = std::make_shared<typename unpacking<Rules>::state>();
        file.use(room_.of(slot, slots, std::max(options_.window, item::tail_size) + item::tail_size));
    }
    [[nodiscard]] bool has_room() const {
        if constexpr (unpacking_rules<Rules>) return unpacking_->images.has_room();
        else return true;
    }
    [[nodiscard]] opening open(std::size_t i, item& file) const {
        if constexpr (unpacking_rules<Rules>)
            if (rules_.is_packed(i)) return unpack(i, file);
        const bool opened = rules_.is_plain(i) && file.open(files_[i].c_str()) && (Verifier::found_from_end || !file.is_partial());
        return opened ? opening::done : opening::impossible;
    }
    [[nodiscard]] std::optional<answer> appraise(std::size_t i, const item& file, questions<engine>& questions) const {
        context context = options_.at;
        context.name = files_[i].c_str();
        subject subject;
        subject.image = file.image();
        const deferred_arithmetic<engine> arithmetic(questions, verifier_.trust().keys, subject.image, file.is_partial());
        appraisal report = verifier_.appraise(subject, context, arithmetic);
        question_kind& open = questions.open.kind;
        if (file.is_partial()) {
            if (open == question_kind::digest && questions.open.bytes.size() < item::least_overlap) open = question_kind::unanswerable;
            const bool is_proof = report.outcome == verdict::verified && report.covers_image && report.content.offset == 0;
            const bool is_unsigned = report.layout.empty() && report.why.code == errc::no_signature && !file.is_compressed();
            if (open == question_kind::none && !is_proof && !is_unsigned) open = question_kind::unanswerable;
            report.content.size += file.size() - subject.image.size();
            if (is_unsigned) report.why.offset = file.size();
        }
        if (open != question_kind::none) return std::nullopt;
        return rules_.settled(i, subject, report);
    }
    [[nodiscard]] answer alone(std::size_t i, item& file) const {
        close(file);
        return rules_.alone(i);
    }
    void close(item& file) const {
        file.close();
        if constexpr (unpacking_rules<Rules>) {
            if (!file.unpacked) return;
            unpacking_->images.release(*file.unpacked);
            file.unpacked.reset();
        }
    }
    [[nodiscard]] static std::uint64_t start(item& file, byte_view bytes) { return file.start(bytes); }
    [[nodiscard]] static bool next_piece(item& file, byte_view& piece) { return file.next_piece(piece); }
    [[nodiscard]] static bool has_failed(const item& file) { return file.has_failed(); }
};

/// Makes proofs of what the batch's own arithmetic has looked at.
struct proof {
    template <class Verifier, class Image, class Arithmetic>
    static auto make(const Verifier& verifier, Image&& image, const context& context, const Arithmetic& arithmetic) {
        return verifier.verify_with(std::move(image), subject{}, context, arithmetic);
    }
};

/// An image that is whole in memory, and what of it is still to be digested.
template <class Image>
struct held_image {
    std::optional<Image> image{};
    failure unreadable{};
    byte_view rest{};  // of what is digested
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

    verify_images(const Verifier& verifier, const Load& load, const options& options) : verifier_(verifier), load_(load), options_(options) {}

    static void prepare(item&, std::size_t, std::size_t) {}
    [[nodiscard]] static bool has_room() { return true; }
    static void close(item& held) { held.image.reset(); }
    [[nodiscard]] opening open(std::size_t i, item& held) const {
        held.image.reset();
        result<Image> loaded = load_(i);
        if (loaded) held.image.emplace(*std::move(loaded));
        else held.unreadable = loaded.error();
        return loaded ? opening::done : opening::impossible;
    }
    [[nodiscard]] std::optional<answer> appraise(std::size_t, item& held, questions<engine>& questions) const {
        subject subject;
        subject.image = byte_view(*held.image);
        const deferred_arithmetic<engine> arithmetic(questions, verifier_.trust().keys, subject.image, false);
        const appraisal report = verifier_.appraise(subject, options_.at, arithmetic);
        if (questions.open.kind != question_kind::none) return std::nullopt;
        if (report.outcome != verdict::verified) return answer(report.why);
        return proof::make(verifier_, *std::move(held.image), options_.at, arithmetic);
    }
    [[nodiscard]] answer alone(std::size_t, item& held) const {
        return held.image ? verifier_.verify(*std::move(held.image), options_.at) : answer(held.unreadable);
    }
    [[nodiscard]] static std::uint64_t start(item& held, byte_view bytes) {
        held.rest = bytes;
        return bytes.size();
    }
    [[nodiscard]] static bool next_piece(item& held, byte_view& piece) {
        piece = std::exchange(held.rest, {});
        return !piece.empty();
    }
    [[nodiscard]] static bool has_failed(const item&) { return false; }
};

template <class Job, class Engine, class Take>
void run(Job job, std::size_t count, const options& options, const Take& take, std::type_identity<Engine>) {
    for_each_in_order<typename Job::answer>(count, options.threads, [&](const auto& claim, const auto& put) {
        Job own = job;
        worker<Engine, Job>(own).run(claim, put);
    }, take);
}

}  // namespace detail

/// For programs that make more of an appraisal, or read files in their own way. Members of `rules` are called on any thread:
///   is_plain(i)                     false: answer by alone(i), the file is not opened here
///   settled(i, subject, appraisal)  the answer; the subject's image is the file, or of a large one its end
///   alone(i)                        the answer for a file that reading once does not settle (batch/windowed_file.hpp)
/// Where files may be compressed (unpacking_rules):
///   unpacker                        made once a thread, used for one file after the other
///   is_packed(i)                    the image has to be unpacked; is_plain(i) is not asked then
///   unpack(i, unpacker, images, image)  makes the image in what images.next() gives for it, and keeps it there;
///                                   `impossible`: answer by alone(i); `later`: there is no room beside others
/// Calls take(i, answer) and throws as `appraise`.
template <class Verifier, file_list Files, file_rules Rules, class Take>
void appraise(const Verifier& verifier, const Files& files, const Rules& rules, const Take& take, const options& options) {
    detail::run(detail::read_files<Verifier, Files, Rules>(verifier, files, options, rules), files.size(), options, take,
                std::type_identity<typename Verifier::engine>{});
}

/// Calls take(i, appraisal) for every file, i from 0 on, on the calling thread: what verifier.appraise says of it, or that it
/// could not be read (io_error, too_large). Files are read once and not kept. Throws what `take` throws, std::bad_alloc and
/// std::system_error (no thread at all could be started).
template <class Verifier, file_list Files, class Take>
void appraise(const Verifier& verifier, const Files& files, const Take& take, const options& options = {}) {
    appraise(verifier, files, detail::plain_rules<Verifier, Files>(verifier, files, options), take, options);
}

/// For images whose bytes are wanted: calls load(i) -> result<Image> on any thread, take(i, result<verified<Image>>) in order on
/// the calling one. About fifty images a thread are held at once. Throws as `appraise`.
template <class Image, class Verifier, class Load, class Take>
void verify(const Verifier& verifier, std::size_t count, const Load& load, const Take& take, const options& options = {}) {
    detail::run(detail::verify_images<Image, Verifier, Load>(verifier, load, options), count, options, take, std::type_identity<typename Verifier::engine>{});
}

}  // namespace modsig::batch

#endif  // MODSIG_BATCH_HPP
