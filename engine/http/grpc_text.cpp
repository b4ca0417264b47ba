// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/grpc_text.h"

#include "base/number.h"
#include "http/fields.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace millrace::http {

namespace {

constexpr std::size_t kTimeoutDigits = 8;
constexpr std::int64_t kTimeoutMost = 99'999'999;

struct Unit {
    char letter;
    std::int64_t nanoseconds;
};
constexpr std::array<Unit, 6> kUnits = {
    {{'n', 1}, {'u', 1'000}, {'m', 1'000'000}, {'S', 1'000'000'000}, {'M', 60'000'000'000}, {'H', 3'600'000'000'000}}};

constexpr std::string_view kHex = "0123456789ABCDEF";

int hexOf(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

}  // namespace

std::optional<Duration> parseGrpcTimeout(std::string_view text)
{
    if (text.size() < 2 || text.size() > kTimeoutDigits + 1) return std::nullopt;
    std::int64_t count = 0;
    for (const char c : text.substr(0, text.size() - 1)) {
        if (c < '0' || c > '9') return std::nullopt;
        count = count * 10 + (c - '0');
    }
    for (const auto& unit : kUnits) {
        if (unit.letter != text.back()) continue;
        constexpr auto kMost = std::chrono::duration_cast<std::chrono::nanoseconds>(Duration::max()).count();
        return std::chrono::duration_cast<Duration>(
            std::chrono::nanoseconds(count > kMost / unit.nanoseconds ? kMost : count * unit.nanoseconds));
    }
    return std::nullopt;
}

std::string formatCoarseGrpcTimeout(Duration timeout)
{
    constexpr Duration kExactBelow = std::chrono::seconds(10);
    if (timeout < kExactBelow || timeout > std::chrono::hours(24)) return formatGrpcTimeout(timeout);
    return std::to_string(std::chrono::ceil<std::chrono::seconds>(timeout).count()) + 'S';
}

std::string formatGrpcTimeout(Duration timeout)
{
    const std::int64_t left =
        std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::nanoseconds>(timeout).count());
    for (const auto& unit : kUnits) {
        const std::int64_t count = left / unit.nanoseconds + (left % unit.nanoseconds != 0 ? 1 : 0);
        if (count <= kTimeoutMost) return std::to_string(count) + unit.letter;
    }
    return std::to_string(kTimeoutMost) + kUnits.back().letter;
}

std::string percentEncoded(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte <= 0x7e && c != '%') {
            out += c;
            continue;
        }
        out += '%';
        out += kHex[byte >> 4];
        out += kHex[byte & 0x0f];
    }
    return out;
}

std::string percentDecoded(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            const int high = hexOf(text[i + 1]), low = hexOf(text[i + 2]);
            if (high >= 0 && low >= 0) {
                out += static_cast<char>(high * 16 + low);
                i += 2;
                continue;
            }
        }
        out += text[i];
    }
    return out;
}

bool isGrpcContent(std::string_view contentType)
{
    constexpr std::string_view kGrpc = "application/grpc";
    constexpr std::string_view kProto = "+proto";
    if (contentType == kGrpc) return true;
    if (!sameName(contentType.substr(0, kGrpc.size()), kGrpc)) return false;
    contentType.remove_prefix(kGrpc.size());
    if (sameName(contentType.substr(0, kProto.size()), kProto)) contentType.remove_prefix(kProto.size());
    while (!contentType.empty() && contentType.front() == ' ') contentType.remove_prefix(1);
    return contentType.empty() || contentType.front() == ';';
}

int parseGrpcStatus(std::string_view text)
{
    const int status = readNumber<int>(text).value_or(kGrpcUnknown);
    return status < 0 || status > kGrpcUnauthenticated ? kGrpcUnknown : status;
}

int grpcStatusOfHttp(unsigned status)
{
    switch (status) {
        case 400:
            return kGrpcInternal;
        case 401:
            return kGrpcUnauthenticated;
        case 403:
            return kGrpcPermissionDenied;
        case 404:
            return kGrpcUnimplemented;
        case 429:
        case 502:
        case 503:
        case 504:
            return kGrpcUnavailable;
        default:
            return kGrpcUnknown;
    }
}

}  // namespace millrace::http
