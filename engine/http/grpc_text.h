// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"

#include <optional>
#include <string>
#include <string_view>

/// Encodings of gRPC's header fields (grpc/doc/PROTOCOL-HTTP2.md).
///
///     if (const auto timeout = parseGrpcTimeout(fields.get("grpc-timeout"))) deadline = now + *timeout;
///
/// Pure. Thread: any.
namespace millrace::http {

/// Values of grpc-status; toGrpc() and fromGrpc() of base/error.h convert.
enum GrpcCode : int {
    kGrpcOk = 0,
    kGrpcCancelled = 1,
    kGrpcUnknown = 2,
    kGrpcInvalidArgument = 3,
    kGrpcDeadlineExceeded = 4,
    kGrpcNotFound = 5,
    kGrpcPermissionDenied = 7,
    kGrpcResourceExhausted = 8,
    kGrpcUnimplemented = 12,
    kGrpcInternal = 13,
    kGrpcUnavailable = 14,
    kGrpcUnauthenticated = 16,  ///< the last one
};

/// "100m", "5S": at most eight digits and a unit (H, M, S, m, u, n). Nullopt: malformed.
std::optional<Duration> parseGrpcTimeout(std::string_view text);
/// Rounded up to what eight digits can express; negative: "0n".
std::string formatGrpcTimeout(Duration timeout);
/// From ten seconds on rounded up to whole seconds, so that calls with the same limit send the same value, which HPACK
/// then encodes as an index. For callers that enforce the exact deadline themselves.
std::string formatCoarseGrpcTimeout(Duration timeout);

/// For grpc-message: "%" and everything but printable ASCII become %XX.
std::string percentEncoded(std::string_view text);
/// The reverse; a "%" that does not begin a valid %XX is kept.
std::string percentDecoded(std::string_view text);

/// True for the content types of gRPC with protobuf: "application/grpc" and "application/grpc+proto", with or without
/// parameters.
bool isGrpcContent(std::string_view contentType);

/// The value of grpc-status, 0 to 16; anything else is UNKNOWN (2).
int parseGrpcStatus(std::string_view text);
/// The code for a response without grpc-status (grpc/doc/http-grpc-status-mapping.md).
int grpcStatusOfHttp(unsigned status);

}  // namespace millrace::http
