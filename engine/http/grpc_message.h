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

/// Compression of gRPC messages (grpc/doc/compression.md).
enum class GrpcEncoding { Identity, Gzip, Deflate };
inline constexpr std::string_view kGrpcEncodings = "identity, deflate, gzip";  ///< accepted in requests

/// The value of a grpc-encoding field; nullopt: not supported. Empty: Identity.
std::optional<GrpcEncoding> parseGrpcEncoding(std::string_view text);

inline constexpr std::size_t kGrpcPrefix = 5;  ///< before each message: compressed flag and 4-byte length

/// Writes the prefix of an uncompressed message of `size` bytes. REQUIRES: space for kGrpcPrefix bytes at `to`.
void writeGrpcPrefix(char* to, std::size_t size);

/// An outgoing message with its prefix, as one or more pieces: large parts are sent from their place without being
/// copied. Copies share the pieces. See frameMessage() in grpc_framed.h.
class GrpcFramed {
public:
    GrpcFramed() = default;
    GrpcFramed(SharedBytes piece) : first_(std::move(piece)), size_(first_.size()) {}  // NOLINT: implicit
    GrpcFramed(std::string bytes) : GrpcFramed(SharedBytes(std::move(bytes))) {}       // NOLINT: implicit
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

/// Splits a stream's bytes, in pieces of any size, into gRPC messages, and decompresses them. A message that arrives in
/// one piece is not copied; of others, tensor contents are copied once, to their final place (BulkFields).
///
///     GrpcMessageReader reader(encoding);
///     while (!bytes.empty()) {
///         auto message = reader.next(bytes, messageBytesMax);
///         if (!message.ok()) return message.status();
///         if (*message) handle((*message)->bytes());           // keep() to have it longer than `bytes`
///     }
///
/// Thread: one.
/// Bound:  a message of more than `most` bytes, compressed or not, is an error before memory is taken for it.
/// Errors: ResourceExhausted (too large: announced()), InvalidArgument (malformed). REQUIRES: no next() after an error.
class GrpcMessageReader {
public:
    /// `bulkField`: number of the field that Message::bulk() receives; 0: none.
    explicit GrpcMessageReader(GrpcEncoding encoding = GrpcEncoding::Identity, std::uint32_t bulkField = 0)
        : encoding_(encoding), bulkField_(bulkField)
    {}

    class Message {
    public:
        Message() = default;
        /// A view of the input, valid as long as that.
        explicit Message(std::string_view lent) : lent_(lent) {}
        /// An assembled or decompressed message.
        explicit Message(std::string&& kept, std::vector<std::string> bulk = {})
            : kept_(std::move(kept)), bulk_(std::move(bulk)), isKept_(true)
        {}
        /// The message without the fields in bulk().
        std::string_view bytes() const { return isKept_ ? std::string_view(kept_) : lent_; }
        /// The values of the bulk field, if they were extracted: all or none.
        std::vector<std::string>& bulk() { return bulk_; }
        const std::vector<std::string>& bulk() const { return bulk_; }
        /// Bytes of bytes() and bulk() together.
        std::size_t size() const
        {
            std::size_t all = bytes().size();
            for (const std::string& value : bulk_) all += value.size();
            return all;
        }
        /// Copies a borrowed message, which is then valid as long as this.
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
    /// Consumes `bytes` from the front, up to the end of a message, which it returns; nullopt: all consumed,
    /// incomplete.
    StatusOr<std::optional<Message>> next(std::string_view& bytes, std::uint64_t most);

    /// Of the incomplete message: whether there is one, its announced size, and how much has arrived.
    bool midway() const { return prefixed_ > 0; }
    std::uint64_t announced() const { return announced_; }
    std::size_t held() const { return received_; }

private:
    StatusOr<std::optional<Message>> whole(Message message, std::uint64_t most);

    const GrpcEncoding encoding_;
    std::uint32_t bulkField_;
    char prefix_[kGrpcPrefix] = {};
    std::size_t prefixed_ = 0;  // bytes of the prefix received
    std::uint64_t announced_ = 0;
    std::size_t received_ = 0;  // of the message, in kept_ or bulk_
    std::string kept_;
    std::optional<BulkFields> bulk_;
};

}  // namespace millrace::http
