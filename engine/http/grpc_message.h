// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace millrace::http {

/// How gRPC packs messages (grpc/doc/compression.md).
enum class GrpcEncoding { Identity, Gzip, Deflate };
inline constexpr std::string_view kGrpcEncodings = "identity, deflate, gzip";  ///< that we read

/// The value of grpc-encoding; none: one that we do not know. Empty text: Identity.
std::optional<GrpcEncoding> parseGrpcEncoding(std::string_view text);

inline constexpr std::size_t kGrpcPrefix = 5;  ///< before each message: packed or not, and how many bytes

/// Writes the prefix of a message of `size` bytes that is not packed.
void writeGrpcPrefix(char (&to)[kGrpcPrefix], std::size_t size);

/// Finds the messages in a stream's bytes, however they are cut. A message that comes in one piece is not copied.
///
/// Thread: one.  Bound: a message of more than `most` bytes, or that would become more when unpacked, is an error
///               before it is kept.
/// Errors: ResourceExhausted (too large; announced() says how much), InvalidArgument (no gRPC). Nothing can be read
///         after one.
class GrpcMessageReader {
public:
    explicit GrpcMessageReader(GrpcEncoding encoding = GrpcEncoding::Identity) : encoding_(encoding) {}

    class Message {
    public:
        Message() = default;
        /// As it lies in what was given: good as long as that.
        explicit Message(std::string_view lent) : lent_(lent) {}
        /// What had to be put together or unpacked.
        explicit Message(std::string&& kept) : kept_(std::move(kept)), isKept_(true) {}
        std::string_view bytes() const { return isKept_ ? std::string_view(kept_) : lent_; }
        /// From now on it is good as long as this lives.
        void keep()
        {
            if (!std::exchange(isKept_, true)) kept_.assign(lent_);
        }

    private:
        std::string_view lent_;
        std::string kept_;
        bool isKept_ = false;
    };
    /// Takes bytes away from the front of `bytes`: all, or up to the end of a message, which it returns.
    StatusOr<std::optional<Message>> next(std::string_view& bytes, std::uint64_t most);

    /// Of the message that is on its way.
    bool midway() const { return prefixed_ > 0; }
    std::uint64_t announced() const { return announced_; }
    std::size_t held() const { return kept_.size(); }

private:
    StatusOr<std::optional<Message>> whole(Message message, std::uint64_t most);

    const GrpcEncoding encoding_;
    char prefix_[kGrpcPrefix] = {};
    std::size_t prefixed_ = 0;  // bytes of the prefix that are there
    std::uint64_t announced_ = 0;
    std::string kept_;
};

}  // namespace millrace::http
