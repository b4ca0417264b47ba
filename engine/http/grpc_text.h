// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"

#include <optional>
#include <string>
#include <string_view>

/// How gRPC writes things into fields of HTTP/2 (grpc/doc/PROTOCOL-HTTP2.md). Pure.
namespace millrace::http {

/// The numbers of grpc-status, as toGrpc() and fromGrpc() of base/error.h know them.
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

/// "100m", "5S": at most eight digits and a unit (H, M, S, m, u, n). None: it is no such thing.
std::optional<Duration> parseGrpcTimeout(std::string_view text);
/// Rounded up to what eight digits can say; "0n" at least.
std::string formatGrpcTimeout(Duration timeout);
/// From ten seconds on rounded up to whole ones, for whoever resets the call itself in time: calls with the same limit
/// have the same field then, which HTTP/2 writes as a number.
std::string formatCoarseGrpcTimeout(Duration timeout);

/// grpc-message: printable ASCII stays, the rest and "%" become %XX.
std::string percentEncoded(std::string_view text);
/// What is no %XX stays as it is.
std::string percentDecoded(std::string_view text);

/// Whether a content-type is one of gRPC with messages of protobuf: "application/grpc", "…+proto", either with
/// parameters.
bool isGrpcContent(std::string_view contentType);

/// The values of fields whose name ends in "-bin": base64, padded or not (PROTOCOL-HTTP2.md, "Binary-Header").
std::string base64Encoded(std::string_view bytes);
/// None: there is something in it that is no base64.
std::optional<std::string> base64Decoded(std::string_view text);

/// grpc-status: 0 to 16. Others, and none, are UNKNOWN (2).
int parseGrpcStatus(std::string_view text);
/// What a response without grpc-status means (grpc/doc/http-grpc-status-mapping.md).
int grpcStatusOfHttp(unsigned status);

}  // namespace millrace::http
