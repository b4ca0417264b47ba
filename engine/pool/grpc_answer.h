// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "http/fields.h"
#include "http/grpc_message.h"
#include "pool/grpc_request.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::pool {

/// What a server's answer to a call with one message comes to: fed with what HTTP/2 brings, it says when it is over and
/// how. In the code and words of the server where it has some (washed), else in ours.
///
/// Thread: one.  Bound: one message of `most` bytes; of the body of what is no gRPC, what its words are made of.
/// Errors: status(). isUnsent() where the server says that it has done nothing for the call.
/// Source: grpc/doc/PROTOCOL-HTTP2.md ("Responses", "Errors"), grpc/doc/http-grpc-status-mapping.md.
class GrpcAnswer {
public:
    GrpcAnswer(std::uint64_t most, GrpcRead read, std::uint32_t bulkField = 0)
        : most_(most), bulkField_(bulkField), read_(std::move(read))
    {}

    /// The head, or the trailers. `tooLarge`: there are more than those that fit.
    void onHeaders(const http::HttpFields& fields, bool tooLarge, bool last);
    void onData(std::string_view bytes);
    /// The server has said all, without trailers.
    void onEnd();
    /// The stream was reset with this code before the answer was over.
    void onReset(std::uint32_t code);
    /// For a reason of ours, before the answer was over.
    void end(Status why);

    /// Nothing that comes is of use any more.
    bool over() const { return over_; }
    const Status& status() const { return status_; }

private:
    void trailers(const http::HttpFields& fields, bool tooLarge);
    void endOfHttp();

    // fixed after construction
    const std::uint64_t most_;
    const std::uint32_t bulkField_;
    GrpcRead read_;

    bool headed_ = false, over_ = false, hasMessage_ = false;
    unsigned notGrpc_ = 0;  ///< the HTTP status of an answer that is none of gRPC's
    std::string words_;     ///< of such a one: the first of its body
    std::optional<http::GrpcMessageReader> reader_;
    Status status_;
};

}  // namespace millrace::pool
