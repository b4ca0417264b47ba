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

/// Interprets the response to a unary call: fed with the stream's HTTP/2 events, it determines when the call is over
/// and its status. Code and message are the server's (washed) where it sent any.
///
/// Pure. Thread: one.
/// Bound:  one message of `most` bytes; of a response that is not gRPC, the beginning of its body, for the message.
/// Errors: status(); isUnsent() if the server did not process the call.
/// Source: grpc/doc/PROTOCOL-HTTP2.md ("Responses", "Errors"), grpc/doc/http-grpc-status-mapping.md.
class GrpcAnswer {
public:
    GrpcAnswer(std::uint64_t most, GrpcRead read, std::uint32_t bulkField = 0)
        : most_(most), bulkField_(bulkField), read_(std::move(read))
    {}

    /// Head or trailers. `tooLarge`: `fields` are incomplete.
    void onHeaders(const http::HttpFields& fields, bool tooLarge, bool last);
    void onData(std::string_view bytes);
    /// The stream ended without trailers.
    void onEnd();
    /// The stream was reset before the response was complete.
    void onReset(std::uint32_t code);
    /// Ends it with `why`: a deadline, a cancellation, a lost connection. No effect once over.
    void end(Status why);

    /// Further input is ignored.
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
    unsigned notGrpc_ = 0;  ///< HTTP status of a response that is not gRPC; 0: it is
    std::string words_;     ///< the beginning of its body
    std::optional<http::GrpcMessageReader> reader_;
    Status status_;
};

}  // namespace millrace::pool
