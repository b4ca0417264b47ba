// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/grpc_answer.h"

#include "base/number.h"
#include "base/text.h"
#include "http/grpc_text.h"
#include "http/h2_session.h"
#include "pool/http_message.h"

namespace millrace::pool {

using http::H2Code;
using http::HttpFields;

namespace {

constexpr std::size_t kWordsMax = 256;  // from the body of a response that is not gRPC

unsigned httpStatus(const HttpFields& fields)
{
    return readNumber<unsigned>(fields.get(":status")).value_or(0);
}

Status broken(const std::string& what)
{
    return fromGrpc(http::kGrpcInternal, "the server's answer is malformed: " + what);
}

Status ofReset(std::uint32_t code)
{
    const std::string how = "the call was reset (HTTP/2 error " + std::to_string(code) + ")";
    switch (static_cast<H2Code>(code)) {
        case H2Code::RefusedStream:
            return withUnsent(unavailable("the server refused the call before it did anything for it"));
        case H2Code::Cancel:
            return cancelled(how);
        case H2Code::EnhanceYourCalm:
            return resourceExhausted(how);
        case H2Code::InadequateSecurity:
            return fromGrpc(http::kGrpcPermissionDenied, how);
        default:
            return fromGrpc(http::kGrpcInternal, how);
    }
}

}  // namespace

void GrpcAnswer::end(Status why)
{
    if (over_) return;
    over_ = true;
    status_ = std::move(why);
    read_ = nullptr;
    reader_.reset();
}

void GrpcAnswer::onHeaders(const HttpFields& fields, bool tooLarge, bool last)
{
    if (over_) return;
    if (headed_) {
        if (last) return trailers(fields, tooLarge);
        return end(broken("fields in the middle of it"));
    }
    const unsigned status = httpStatus(fields);
    if (status >= 100 && status < 200 && !last) return;  // interim response
    headed_ = true;
    const bool ours = status == 200 && http::isGrpcContent(fields.get("content-type"));
    if (last && (ours || !fields.get("grpc-status").empty())) return trailers(fields, tooLarge);
    if (!ours) {
        notGrpc_ = status;
        if (last) endOfHttp();
        return;
    }
    const std::string_view packing = fields.get("grpc-encoding");
    const auto encoding = http::parseGrpcEncoding(packing);
    if (!encoding) return end(broken("it is compressed by '" + washed(packing, 64) + "', which was not offered"));
    reader_.emplace(*encoding, bulkField_);
}

void GrpcAnswer::onData(std::string_view bytes)
{
    if (over_) return;
    if (!headed_) return end(broken("it has no head"));
    if (!reader_) {
        words_.append(bytes.substr(0, kWordsMax - words_.size()));
        if (words_.size() == kWordsMax) endOfHttp();
        return;
    }
    while (!bytes.empty() && !over_) {
        auto next = reader_->next(bytes, most_);
        if (!next.ok()) {
            if (absl::IsResourceExhausted(next.status())) return end(answerTooLarge(most_));
            return end(broken(text(next.status())));
        }
        if (!*next) continue;
        if (std::exchange(hasMessage_, true)) return end(broken("more than one message"));
        if (Status read = read_ ? read_(**next) : absl::OkStatus(); !read.ok()) end(std::move(read));
    }
}

void GrpcAnswer::trailers(const HttpFields& fields, bool tooLarge)
{
    const std::string_view said = fields.get("grpc-status");
    if (said.empty()) {
        if (notGrpc_ != 0) return endOfHttp();
        return end(tooLarge ? broken("its fields are larger than is accepted")
                            : fromGrpc(http::kGrpcUnknown, "the server ended its answer without a status"));
    }
    const int code = http::parseGrpcStatus(said);
    if (code != 0)
        return end(fromGrpc(code, washed(http::percentDecoded(fields.get("grpc-message")), kMessageBytesMax)));
    if (reader_ && reader_->midway()) return end(broken("its message is cut off"));
    if (!hasMessage_) return end(broken("it has no message"));
    end(absl::OkStatus());
}

void GrpcAnswer::onEnd()
{
    if (over_) return;
    if (notGrpc_ != 0 || !headed_) return endOfHttp();
    end(fromGrpc(http::kGrpcUnknown, "the server ended its answer without a status"));
}

void GrpcAnswer::endOfHttp()
{
    std::string words = "the server answered with HTTP " + std::to_string(notGrpc_) + " instead of gRPC";
    if (const std::string body = washed(words_, kWordsMax); !body.empty()) words += ": " + body;
    end(fromGrpc(http::grpcStatusOfHttp(notGrpc_), words));
}

void GrpcAnswer::onReset(std::uint32_t code)
{
    end(ofReset(code));
}

}  // namespace millrace::pool
