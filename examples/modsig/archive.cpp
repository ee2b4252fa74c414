// SPDX-License-Identifier: BSL-1.0
#include "archive.hpp"

#include "text.hpp"

#include <modsig/layout/modsign.hpp>
#include <modsig/os/file.hpp>

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <limits>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace tool {
namespace {

using modsig::byte_view;
using modsig::errc;

/// Passes no frame of libarchive.
[[noreturn]] void fail(errc code, std::string words, int error = 0) { throw package_fault{code, std::move(words), error}; }

/// Bytes that come in order. A callback of libarchive keeps what goes wrong until the call is over.
class byte_source {
    std::optional<package_fault> fault_{};

protected:
    /// The next piece, which is valid until the next call; empty at the end. Throws package_fault.
    virtual byte_view next() = 0;

public:
    byte_source() = default;
    byte_source(const byte_source&) = delete;
    byte_source& operator=(const byte_source&) = delete;
    virtual ~byte_source() = default;

    static ::la_ssize_t read(::archive* reader, void* source, const void** piece) {
        byte_source& self = *static_cast<byte_source*>(source);
        try {
            const byte_view bytes = self.next();
            *piece = bytes.data();
            return static_cast<::la_ssize_t>(bytes.size());
        } catch (const package_fault& fault) {
            self.fault_ = fault;
        } catch (const std::bad_alloc&) {
            self.fault_ = package_fault{errc::io_error, {}, ENOMEM};
        }
        ::archive_set_error(reader, EIO, "no more bytes");
        return ARCHIVE_FATAL;
    }
    void rethrow() const {
        if (fault_) throw *fault_;
    }
    /// What is behind the end of an archive: a stream is held to its check sums when it ends.
    void read_rest() {
        while (!next().empty()) {}
    }
};

class file_source final : public byte_source {
    const modsig::os::regular_file& file_;
    std::array<std::uint8_t, 65536> piece_;
    std::uint64_t offset_ = 0;

    byte_view next() override {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(piece_.size(), file_.size() - offset_));
        errno = 0;
        if (const auto read = file_.read_at({piece_.data(), size}, offset_); !read) fail(errc::io_error, {}, errno);
        offset_ += size;
        return {piece_.data(), size};
    }

public:
    explicit file_source(const modsig::os::regular_file& file) : file_(file) {}
};

/// libarchive, reading one format from one source.
class reader {
    struct free {
        void operator()(::archive* each) const { ::archive_read_free(each); }
    };
    std::unique_ptr<::archive, free> archive_;
    byte_source& source_;

public:
    using setup = int(::archive*);

    reader(byte_source& source, std::initializer_list<setup*> formats_and_filters) : archive_(::archive_read_new()), source_(source) {
        if (!archive_) fail(errc::io_error, {}, ENOMEM);
        for (setup* const each : formats_and_filters)  // a filter that libarchive has to run a program for is a warning, and is not taken
            if (each(archive_.get()) != ARCHIVE_OK) fail(errc::io_error, "this libarchive does not read its compression", ENOTSUP);
        if (::archive_read_open(archive_.get(), &source_, nullptr, byte_source::read, nullptr) != ARCHIVE_OK) fail_as_said();
    }

    [[nodiscard]] ::archive* get() const { return archive_.get(); }

    [[noreturn]] void fail_as_said() const {
        source_.rethrow();
        if (::archive_errno(archive_.get()) == ENOMEM) fail(errc::io_error, {}, ENOMEM);
        const char* const words = ::archive_error_string(archive_.get());
        fail(errc::io_error, "the package is damaged, cut off or none: " + printable(words == nullptr ? "unknown fault" : words));
    }
    /// Null at the end.
    [[nodiscard]] ::archive_entry* next_entry() const {
        ::archive_entry* entry = nullptr;
        const int done = ::archive_read_next_header(archive_.get(), &entry);
        if (done == ARCHIVE_EOF) return nullptr;
        if (done != ARCHIVE_OK) fail_as_said();  // a warning, too: of a damaged cpio archive libarchive passes members over
        return entry;
    }
    struct block {
        byte_view bytes;
        std::uint64_t offset;
    };
    /// Of the current entry; empty at its end.
    [[nodiscard]] std::optional<block> next_block() const {
        for (;;) {
            const void* bytes = nullptr;
            std::size_t size = 0;
            ::la_int64_t offset = 0;
            const int done = ::archive_read_data_block(archive_.get(), &bytes, &size, &offset);
            if (done == ARCHIVE_EOF) return std::nullopt;
            if (done != ARCHIVE_OK) fail_as_said();
            if (size != 0) return block{{static_cast<const std::uint8_t*>(bytes), size}, static_cast<std::uint64_t>(offset)};
        }
    }
};

/// What is left of the bytes that a package may become.
class budget {
    std::uint64_t left_;

public:
    budget(std::uint64_t file_size, std::uint64_t limit)
        : left_(std::max(limit, file_size > std::numeric_limits<std::uint64_t>::max() / largest_expansion ? file_size : file_size * largest_expansion)) {}
    void take(std::uint64_t bytes) {
        if (bytes > left_) fail(errc::too_large, "more comes out of it than " + std::to_string(largest_expansion) + " times its size; --limit SIZE allows more");
        left_ -= bytes;
    }
};

/// The current entry of an archive.
class entry_source final : public byte_source {
    const reader& reader_;
    budget& budget_;

    byte_view next() override {
        const auto block = reader_.next_block();
        if (!block) return {};
        budget_.take(block->bytes.size());
        return block->bytes;
    }

public:
    entry_source(const reader& reader, budget& budget) : reader_(reader), budget_(budget) {}
};

/// Without the ./ or / that archives write before names.
std::string name_of(std::string_view path) {
    for (;;) {
        if (path.starts_with('/')) path.remove_prefix(1);
        else if (path.starts_with("./")) path.remove_prefix(2);
        else return std::string(path);
    }
}

std::string text_or_none(const char* text, const char* utf8) {
    return text != nullptr ? text : utf8 != nullptr ? utf8 : "";
}

class member_reader {
    const reader& archive_;
    budget& budget_;
    std::uint64_t limit_;
    std::vector<std::uint8_t> content_{};

    /// The bytes of a file with its holes; of one beyond the limit the last ones.
    void read_content(package_member& member, std::uint64_t whole_size) {
        constexpr std::size_t tail_size = modsig::layout::module_trailer::marker.size();
        content_.clear();
        std::uint64_t end = 0;
        while (const auto block = archive_.next_block()) {
            const std::uint64_t size = block->bytes.size();
            if (block->offset < end || size > std::numeric_limits<std::uint64_t>::max() - block->offset) fail(errc::io_error, "the pieces of a member overlap");
            const bool fits = member.is_whole && block->offset <= limit_ && size <= limit_ - block->offset;
            if (fits) {
                budget_.take(block->offset - end);  // a hole
                content_.resize(static_cast<std::size_t>(block->offset));
            } else {
                member.is_whole = false;
                if (block->offset != end) content_.clear();
            }
            content_.insert(content_.end(), block->bytes.begin(), block->bytes.end());
            if (!member.is_whole && content_.size() > tail_size) content_.erase(content_.begin(), content_.end() - tail_size);
            end = block->offset + size;
        }
        if (end > whole_size) fail(errc::io_error, "a member is longer than it says");
        if (member.is_whole && whole_size <= limit_) {
            budget_.take(whole_size - end);
            content_.resize(static_cast<std::size_t>(whole_size));
        } else if (whole_size != end) {
            member.is_whole = false;
            content_.clear();
        }
        member.content = content_;
    }

public:
    member_reader(const reader& archive, budget& budget, std::uint64_t limit) : archive_(archive), budget_(budget), limit_(limit) {}

    void read_all(const member_visitor& visit) {
        std::size_t count = 0;
        while (::archive_entry* const entry = archive_.next_entry()) {
            if (++count > most_members) fail(errc::too_large, "it has more than " + std::to_string(most_members) + " members");
            package_member member;
            member.name = name_of(text_or_none(::archive_entry_pathname(entry), ::archive_entry_pathname_utf8(entry)));
            if (member.name.empty() && ::archive_entry_filetype(entry) != AE_IFDIR) fail(errc::io_error, "a member has no name");
            const char* const hard_link = ::archive_entry_hardlink(entry);
            if (hard_link != nullptr) member.same_as = name_of(hard_link);
            if (::archive_entry_filetype(entry) == AE_IFDIR && hard_link == nullptr) continue;
            const auto size = static_cast<std::uint64_t>(std::max<::la_int64_t>(::archive_entry_size_is_set(entry) != 0 ? ::archive_entry_size(entry) : 0, 0));
            if (::archive_entry_filetype(entry) == AE_IFLNK) {
                member.is = package_member::kind::link;
                member.link_target = text_or_none(::archive_entry_symlink(entry), ::archive_entry_symlink_utf8(entry));
            } else if (hard_link != nullptr && size == 0) {
                member.is = package_member::kind::link;
            } else if (hard_link != nullptr || ::archive_entry_filetype(entry) == AE_IFREG) {
                // cpio: only the last of a file's names has its content.
                if (size == 0 && ::archive_entry_nlink(entry) > 1) member.is = package_member::kind::link, member.same_as = member.name;
                else read_content(member, size);
            } else {
                member.is = package_member::kind::special;
            }
            budget_.take(visit(member));
        }
    }
};

using filter = reader::setup;
filter* filter_of(std::string_view suffix) {
    constexpr std::pair<std::string_view, filter*> filters[] = {{"", ::archive_read_support_filter_none}, {".gz", ::archive_read_support_filter_gzip},
        {".xz", ::archive_read_support_filter_xz}, {".zst", ::archive_read_support_filter_zstd}, {".bz2", ::archive_read_support_filter_bzip2},
        {".lzma", ::archive_read_support_filter_lzma}};
    for (const auto& [name, support] : filters)
        if (name == suffix) return support;
    return nullptr;
}

/// An archive in a compressed stream. The stream is read by itself, so that it is held to its own check sums to the end.
void read_stream(const reader& stream, reader::setup* format, budget& budget, std::uint64_t limit, const member_visitor& visit) {
    if (stream.next_entry() == nullptr) fail(errc::io_error, "the package has no content");
    entry_source source(stream, budget);
    const reader archive(source, {format});
    member_reader(archive, budget, limit).read_all(visit);
    source.read_rest();
}

/// deb(5): debian-binary, control.tar, data.tar, in this order; names with an underscore in front may stand between and behind them.
void read_deb(byte_source& file, budget& budget, std::uint64_t limit, const member_visitor& visit) {
    const reader outer(file, {::archive_read_support_format_ar});
    constexpr std::string_view order[] = {"debian-binary", "control.tar", "data.tar"};
    std::size_t place = 0;
    while (::archive_entry* const entry = outer.next_entry()) {
        const std::string name = text_or_none(::archive_entry_pathname(entry), nullptr);
        if (name.starts_with('_')) continue;
        if (place == std::size(order) || !name.starts_with(order[place])) fail(errc::io_error, "the package has " + printable(name) + " where deb(5) has no such part");
        const std::string suffix = name.substr(order[place].size());
        if (place++ != 2) continue;
        filter* const compression = filter_of(suffix);
        if (compression == nullptr) fail(errc::io_error, "the compression of " + printable(name) + " is not known", ENOTSUP);
        entry_source packed(outer, budget);
        if (suffix.empty()) {
            const reader archive(packed, {::archive_read_support_format_tar});
            member_reader(archive, budget, limit).read_all(visit);
        } else {
            const reader stream(packed, {compression, ::archive_read_support_format_raw});
            if (::archive_filter_code(stream.get(), 0) == ARCHIVE_FILTER_NONE) fail(errc::io_error, printable(name) + " is not compressed as its name says");
            read_stream(stream, ::archive_read_support_format_tar, budget, limit, visit);
        }
        packed.read_rest();
    }
    if (place != std::size(order)) fail(errc::io_error, "the package has no " + std::string(order[place]));
}

void read_rpm(byte_source& file, budget& budget, std::uint64_t limit, const member_visitor& visit) {
    const reader stream(file, {::archive_read_support_filter_rpm, ::archive_read_support_filter_gzip, ::archive_read_support_filter_xz, ::archive_read_support_filter_zstd,
                               ::archive_read_support_filter_bzip2, ::archive_read_support_filter_lzma, ::archive_read_support_format_raw});
    read_stream(stream, ::archive_read_support_format_cpio, budget, limit, visit);
}

}  // namespace

std::optional<package_fault> read_package(const std::string& path, std::uint64_t limit, const member_visitor& visit) {
    const utf8_locale of_names;  // libarchive warns of names that the locale cannot write; those of pax archives are UTF-8
    try {
        errno = 0;
        const auto file = modsig::os::regular_file::open(path.c_str());
        if (!file) return package_fault{errc::io_error, {}, errno};
        constexpr std::array<std::uint8_t, 4> rpm_magic{0xed, 0xab, 0xee, 0xdb};
        std::array<std::uint8_t, 4> magic{};
        const bool is_rpm = path.ends_with(".rpm");
        if (is_rpm && (file->size() < magic.size() || !file->read_at(magic, 0) || magic != rpm_magic)) fail(errc::io_error, "it is no RPM package");
        file_source source(*file);
        budget budget(file->size(), limit);
        (is_rpm ? read_rpm : read_deb)(source, budget, limit, visit);
        return std::nullopt;
    } catch (const package_fault& fault) {
        return fault;
    }
}

}  // namespace tool
