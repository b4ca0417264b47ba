// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/grpc_message.h"

#include "http/inflate.h"

#include <algorithm>

namespace millrace::http {

namespace {

constexpr std::size_t kReservedAtOnce = 1u << 20;  // of the announced size; more once that much has arrived
constexpr std::size_t kUnpackedAtOnce = 1u << 16;

Status tooLarge(std::uint64_t bytes, std::uint64_t most)
{
    return resourceExhausted("the message has " + std::to_string(bytes) + " bytes, more than " + std::to_string(most));
}

}  // namespace

std::optional<GrpcEncoding> parseGrpcEncoding(std::string_view text)
{
    if (text.empty() || text == "identity") return GrpcEncoding::Identity;
    if (text == "gzip") return GrpcEncoding::Gzip;
    if (text == "deflate") return GrpcEncoding::Deflate;
    return std::nullopt;
}

void writeGrpcPrefix(char* to, std::size_t size)
{
    to[0] = 0;
    for (std::size_t i = 1; i < kGrpcPrefix; ++i) to[i] = static_cast<char>(size >> (8 * (kGrpcPrefix - 1 - i)) & 0xff);
}

StatusOr<std::optional<GrpcMessageReader::Message>> GrpcMessageReader::next(std::string_view& bytes, std::uint64_t most)
{
    if (prefixed_ < kGrpcPrefix) {
        const std::size_t taken = std::min(bytes.size(), kGrpcPrefix - prefixed_);
        std::copy_n(bytes.data(), taken, prefix_ + prefixed_);
        prefixed_ += taken;
        bytes.remove_prefix(taken);
        if (prefixed_ < kGrpcPrefix) return std::nullopt;
        announced_ = 0;
        for (std::size_t i = 1; i < kGrpcPrefix; ++i)
            announced_ = announced_ << 8 | static_cast<std::uint8_t>(prefix_[i]);
        const auto packed = static_cast<std::uint8_t>(prefix_[0]);
        if (packed > 1) return invalidArgument("malformed gRPC message: it begins with " + std::to_string(packed));
        if (packed == 1 && encoding_ == GrpcEncoding::Identity)
            return invalidArgument("a message is compressed, but grpc-encoding does not say how");
        if (announced_ > most) return tooLarge(announced_, most);
    }
    const std::size_t missing = static_cast<std::size_t>(announced_) - received_;
    const std::string_view part = bytes.substr(0, missing);
    bytes.remove_prefix(part.size());
    if (part.size() == missing && received_ == 0) return whole(Message(part), most);
    received_ += part.size();
    if (bulkField_ != 0 && prefix_[0] == 0) {
        if (!bulk_) bulk_.emplace(bulkField_, announced_);
        if (Status status = bulk_->feed(part); !status.ok()) return status;
        if (part.size() < missing) return std::nullopt;
        if (!bulk_->complete()) return invalidArgument("a message of protobuf is cut off");
        auto [rest, values] = bulk_->take();
        bulk_.reset();
        return whole(Message(std::move(rest), std::move(values)), most);
    }
    if (kept_.capacity() < announced_)
        kept_.reserve(std::min(static_cast<std::size_t>(announced_),
                               std::max(kReservedAtOnce, (kept_.size() + part.size()) * 2)));
    kept_.append(part);
    if (part.size() < missing) return std::nullopt;
    return whole(Message(std::exchange(kept_, {})), most);
}

StatusOr<std::optional<GrpcMessageReader::Message>> GrpcMessageReader::whole(Message message, std::uint64_t most)
{
    prefixed_ = 0;
    received_ = 0;
    if (prefix_[0] == 0 || announced_ == 0) return message;  // some clients send an empty message as compressed
    Inflater inflater;
    std::string plain;
    std::string_view left = message.bytes();
    for (bool more = true; more;) {
        const auto space = std::min<std::uint64_t>(kUnpackedAtOnce, most + 1 - plain.size());
        const auto turn = inflater.inflate(left, plain, static_cast<std::size_t>(space));
        if (!turn.ok()) return invalidArgument("a message cannot be unpacked: " + text(turn.status()));
        if (plain.size() > most) {
            announced_ = plain.size();
            return tooLarge(announced_, most);
        }
        left.remove_prefix(turn->used);
        more = turn->more || (!left.empty() && turn->used > 0);
        if (!more && (!left.empty() || !turn->ended)) return invalidArgument("a compressed message is cut off");
    }
    return Message(std::move(plain));
}

}  // namespace millrace::http
