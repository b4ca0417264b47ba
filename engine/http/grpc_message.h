// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "base/shared_bytes.h"
#include "http/bulk_fields.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::http {

/// How gRPC packs messages (grpc/doc/compression.md).
enum class GrpcEncoding { Identity, Gzip, Deflate };
inline constexpr std::string_view kGrpcEncodings = "identity, deflate, gzip";  ///< that we read

/// The value of grpc-encoding; none: one that we do not know. Empty text: Identity.
std::optional<GrpcEncoding> parseGrpcEncoding(std::string_view text);

inline constexpr std::size_t kGrpcPrefix = 5;  ///< before each message: packed or not, and how many bytes

/// Writes the prefix of a message of `size` bytes that is not packed: kGrpcPrefix bytes.
void writeGrpcPrefix(char* to, std::size_t size);

/// A message on its way out, with its prefix: in one piece, or in several where a part of it is sent from where it
/// lies. Copies share them.
class GrpcFramed {
public:
    GrpcFramed() = default;
    GrpcFramed(SharedBytes piece) : first_(std::move(piece)), size_(first_.size()) {}  // NOLINT: a message in one piece
    GrpcFramed(std::string bytes) : GrpcFramed(SharedBytes(std::move(bytes))) {}       // NOLINT: the same
    void add(SharedBytes piece)
    {
        size_ += piece.size();
        if (first_.empty())
            first_ = std::move(piece);
        else
            more_.push_back(std::move(piece));
    }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    template <typename Take>
    void forEach(Take take) const
    {
        if (!first_.empty()) take(first_);
        for (const SharedBytes& piece : more_) take(piece);
    }

private:
    SharedBytes first_;
    std::vector<SharedBytes> more_;
    std::size_t size_ = 0;
};

/// Finds the messages in a stream's bytes, however they are cut. A message that comes in one piece is not copied. Of
/// one that does not, the contents of tensors can be copied to where they stay (BulkFields).
///
/// Thread: one.  Bound: a message of more than `most` bytes, or that would become more when unpacked, is an error
///               before it is kept.
/// Errors: ResourceExhausted (too large; announced() says how much), InvalidArgument (no gRPC). Nothing can be read
///         after one.
class GrpcMessageReader {
public:
    /// `bulkField`: see Message::bulk(); 0: none.
    explicit GrpcMessageReader(GrpcEncoding encoding = GrpcEncoding::Identity, std::uint32_t bulkField = 0)
        : encoding_(encoding), bulkField_(bulkField)
    {}

    class Message {
    public:
        Message() = default;
        /// As it lies in what was given: good as long as that.
        explicit Message(std::string_view lent) : lent_(lent) {}
        /// What had to be put together or unpacked.
        explicit Message(std::string&& kept, std::vector<std::string> bulk = {})
            : kept_(std::move(kept)), bulk_(std::move(bulk)), isKept_(true)
        {}
        /// Without what is in bulk().
        std::string_view bytes() const { return isKept_ ? std::string_view(kept_) : lent_; }
        /// The contents of the bulk field, where these were taken out: all of them, or none.
        std::vector<std::string>& bulk() { return bulk_; }
        const std::vector<std::string>& bulk() const { return bulk_; }
        /// Of both.
        std::size_t size() const
        {
            std::size_t all = bytes().size();
            for (const std::string& value : bulk_) all += value.size();
            return all;
        }
        /// From now on it is good as long as this lives.
        void keep()
        {
            if (!std::exchange(isKept_, true)) kept_.assign(lent_);
        }

    private:
        std::string_view lent_;
        std::string kept_;
        std::vector<std::string> bulk_;
        bool isKept_ = false;
    };
    void setBulkField(std::uint32_t field) { bulkField_ = field; }
    /// Takes bytes away from the front of `bytes`: all, or up to the end of a message, which it returns.
    StatusOr<std::optional<Message>> next(std::string_view& bytes, std::uint64_t most);

    /// Of the message that is on its way.
    bool midway() const { return prefixed_ > 0; }
    std::uint64_t announced() const { return announced_; }
    std::size_t held() const { return received_; }

private:
    StatusOr<std::optional<Message>> whole(Message message, std::uint64_t most);

    const GrpcEncoding encoding_;
    std::uint32_t bulkField_;
    char prefix_[kGrpcPrefix] = {};
    std::size_t prefixed_ = 0;  // bytes of the prefix that are there
    std::uint64_t announced_ = 0;
    std::size_t received_ = 0;  // of the message, in kept_ or bulk_
    std::string kept_;
    std::optional<BulkFields> bulk_;
};

}  // namespace millrace::http
