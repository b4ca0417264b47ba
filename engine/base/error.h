// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

/// The vocabulary of failures: the code says what the caller should do, the message what happened, with the value met
/// and the limit that governs it. Errors are values throughout the engine; nothing here throws.
///
///     if (queue.full())
///         return withRetryAfter(resourceExhausted("queue full: 4096 of 4096 (limits.queue_max)"), 250ms);
///     return withField(invalidArgument("`model` is required"), "model");
///
/// Cold: the compiler takes the way to a failure for the unlikely one, and moves it out of the way of the others.
///
/// Pure. Thread: any. The attributes (field, retry-after, HTTP status, unsent) are payloads of the Status and survive
/// copies; setting one on an OK status has no effect. absl::string_view is not std::string_view in Debian's build: use
/// text() instead of message().
namespace millrace {

using absl::Status;
using absl::StatusOr;

[[gnu::cold]] Status invalidArgument(const std::string& message);     // change the request            HTTP 400
[[gnu::cold]] Status notFound(const std::string& message);            // name another model            HTTP 404
[[gnu::cold]] Status failedPrecondition(const std::string& message);  // load the model first          HTTP 409
[[gnu::cold]] Status resourceExhausted(const std::string& message);   // back off, retry               HTTP 429
[[gnu::cold]] Status deadlineExceeded(const std::string& message);    // allow more time               HTTP 504
[[gnu::cold]] Status unavailable(const std::string& message);         // retry elsewhere               HTTP 503
[[gnu::cold]] Status cancelled(const std::string& message);      // nothing: the client left      HTTP 499, log only
[[gnu::cold]] Status internal(const std::string& message);       // report our bug                HTTP 500
[[gnu::cold]] Status unimplemented(const std::string& message);  // ask something else            HTTP 501

/// The field of the request that is at fault ("model", "inputs[0].shape"); becomes OpenAI's `param`.
[[gnu::cold]] Status withField(Status status, const std::string& field);
std::optional<std::string> fieldOf(const Status& status);

/// When a retry makes sense; becomes Retry-After.
[[gnu::cold]] Status withRetryAfter(Status status, std::chrono::milliseconds after);
std::optional<std::chrono::milliseconds> retryAfterOf(const Status& status);

/// The status code of an HTTP upstream's refusal, so that the client gets the same one: toHttp() returns it.
[[gnu::cold]] Status withHttpStatus(Status status, unsigned http);

/// Marks a failure before the first byte of the request was sent: retrying elsewhere cannot execute it twice.
[[gnu::cold]] Status withUnsent(Status status);
bool isUnsent(const Status& status);

[[gnu::cold]] std::string text(const Status& status);  // the message alone
std::string codeName(const Status& status);            // "InvalidArgument": label in metrics and logs
unsigned toHttp(const Status& status);
int toGrpc(const Status& status);  // grpc::StatusCode's number
[[gnu::cold]] Status fromGrpc(int code, const std::string& message);
[[gnu::cold]] Status fromHttp(unsigned status, const std::string& message);  // 2xx: OK
/// Cancelled for operation_aborted, DeadlineExceeded for timed_out, else Unavailable. `doing` begins the message:
/// "connecting to 127.0.0.1:8080".
[[gnu::cold]] Status fromAsio(const boost::system::error_code& error, const std::string& doing);

}  // namespace millrace
