// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"

#include "base/number.h"

#include <boost/asio/error.hpp>

namespace millrace {

namespace {

constexpr char kFieldUrl[] = "millrace/field";
constexpr char kRetryUrl[] = "millrace/retry-after-ms";
constexpr char kHttpUrl[] = "millrace/http-status";
constexpr char kUnsentUrl[] = "millrace/unsent";

std::optional<std::string> payload(const Status& status, const char* url)
{
    const auto found = status.GetPayload(url);
    if (!found) return std::nullopt;
    return std::string(*found);
}

std::optional<long long> number(const std::optional<std::string>& text)
{
    return text ? readNumber<long long>(*text) : std::nullopt;
}

}  // namespace

Status invalidArgument(const std::string& message)
{
    return absl::InvalidArgumentError(message);
}
Status notFound(const std::string& message)
{
    return absl::NotFoundError(message);
}
Status failedPrecondition(const std::string& message)
{
    return absl::FailedPreconditionError(message);
}
Status resourceExhausted(const std::string& message)
{
    return absl::ResourceExhaustedError(message);
}
Status deadlineExceeded(const std::string& message)
{
    return absl::DeadlineExceededError(message);
}
Status unavailable(const std::string& message)
{
    return absl::UnavailableError(message);
}
Status cancelled(const std::string& message)
{
    return absl::CancelledError(message);
}
Status internal(const std::string& message)
{
    return absl::InternalError(message);
}
Status unimplemented(const std::string& message)
{
    return absl::UnimplementedError(message);
}

Status withField(Status status, const std::string& field)
{
    status.SetPayload(kFieldUrl, absl::Cord(field));
    return status;
}

std::optional<std::string> fieldOf(const Status& status)
{
    return payload(status, kFieldUrl);
}

Status withRetryAfter(Status status, std::chrono::milliseconds after)
{
    status.SetPayload(kRetryUrl, absl::Cord(std::to_string(after.count())));
    return status;
}

std::optional<std::chrono::milliseconds> retryAfterOf(const Status& status)
{
    const auto value = number(payload(status, kRetryUrl));
    if (!value) return std::nullopt;
    return std::chrono::milliseconds(*value);
}

Status withHttpStatus(Status status, unsigned http)
{
    status.SetPayload(kHttpUrl, absl::Cord(std::to_string(http)));
    return status;
}

Status withUnsent(Status status)
{
    status.SetPayload(kUnsentUrl, absl::Cord());
    return status;
}

bool isUnsent(const Status& status)
{
    return status.GetPayload(kUnsentUrl).has_value();
}

std::string text(const Status& status)
{
    return std::string(status.message());
}

std::string codeName(const Status& status)
{
    switch (status.code()) {
        case absl::StatusCode::kOk:
            return "OK";
        case absl::StatusCode::kCancelled:
            return "Cancelled";
        case absl::StatusCode::kInvalidArgument:
            return "InvalidArgument";
        case absl::StatusCode::kDeadlineExceeded:
            return "DeadlineExceeded";
        case absl::StatusCode::kNotFound:
            return "NotFound";
        case absl::StatusCode::kAlreadyExists:
            return "AlreadyExists";
        case absl::StatusCode::kPermissionDenied:
            return "PermissionDenied";
        case absl::StatusCode::kUnauthenticated:
            return "Unauthenticated";
        case absl::StatusCode::kResourceExhausted:
            return "ResourceExhausted";
        case absl::StatusCode::kFailedPrecondition:
            return "FailedPrecondition";
        case absl::StatusCode::kAborted:
            return "Aborted";
        case absl::StatusCode::kOutOfRange:
            return "OutOfRange";
        case absl::StatusCode::kUnimplemented:
            return "Unimplemented";
        case absl::StatusCode::kInternal:
            return "Internal";
        case absl::StatusCode::kUnavailable:
            return "Unavailable";
        case absl::StatusCode::kDataLoss:
            return "DataLoss";
        default:
            return "Unknown";
    }
}

unsigned toHttp(const Status& status)
{
    if (const auto kept = number(payload(status, kHttpUrl))) return static_cast<unsigned>(*kept);
    switch (status.code()) {
        case absl::StatusCode::kOk:
            return 200;
        case absl::StatusCode::kInvalidArgument:
        case absl::StatusCode::kOutOfRange:
            return 400;
        case absl::StatusCode::kUnauthenticated:
            return 401;
        case absl::StatusCode::kPermissionDenied:
            return 403;
        case absl::StatusCode::kNotFound:
            return 404;
        case absl::StatusCode::kFailedPrecondition:
        case absl::StatusCode::kAborted:
        case absl::StatusCode::kAlreadyExists:
            return 409;
        case absl::StatusCode::kResourceExhausted:
            return 429;
        case absl::StatusCode::kCancelled:
            return 499;
        case absl::StatusCode::kUnimplemented:
            return 501;
        case absl::StatusCode::kUnavailable:
            return 503;
        case absl::StatusCode::kDeadlineExceeded:
            return 504;
        default:
            return 500;
    }
}

int toGrpc(const Status& status)
{
    return static_cast<int>(status.code());
}

Status fromGrpc(int code, const std::string& message)
{
    if (code < 0 || code > 16) return absl::UnknownError(message);
    // gRPC's own words, on either side, for a message beyond its limit: nothing that coming back later would change.
    if (code == static_cast<int>(absl::StatusCode::kResourceExhausted) &&
        message.find("message larger than max") != std::string::npos)
        return withHttpStatus(invalidArgument(message), 413);
    return Status(static_cast<absl::StatusCode>(code), message);
}

Status fromHttp(unsigned status, const std::string& message)
{
    absl::StatusCode code = absl::StatusCode::kUnknown;
    switch (status) {
        case 400:
        case 405:
        case 406:
        case 411:
        case 413:
        case 414:
        case 415:
        case 422:
            code = absl::StatusCode::kInvalidArgument;
            break;
        case 401:
            code = absl::StatusCode::kUnauthenticated;
            break;
        case 403:
            code = absl::StatusCode::kPermissionDenied;
            break;
        case 404:
            code = absl::StatusCode::kNotFound;
            break;
        case 409:
        case 412:
            code = absl::StatusCode::kFailedPrecondition;
            break;
        case 408:
        case 504:
            code = absl::StatusCode::kDeadlineExceeded;
            break;
        case 429:
            code = absl::StatusCode::kResourceExhausted;
            break;
        case 499:
            code = absl::StatusCode::kCancelled;
            break;
        case 500:
            code = absl::StatusCode::kInternal;
            break;
        case 501:
            code = absl::StatusCode::kUnimplemented;
            break;
        case 502:
        case 503:
            code = absl::StatusCode::kUnavailable;
            break;
        default:
            break;
    }
    if (status >= 200 && status < 300) return absl::OkStatus();
    return withHttpStatus(Status(code, message), status);
}

Status fromAsio(const boost::system::error_code& error, const std::string& doing)
{
    if (!error) return absl::OkStatus();
    const std::string message = doing + ": " + error.message();
    if (error == boost::asio::error::operation_aborted) return cancelled(message);
    if (error == boost::asio::error::timed_out) return deadlineExceeded(message);
    return unavailable(message);
}

}  // namespace millrace
