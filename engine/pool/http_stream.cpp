// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/http_stream.h"

#include "base/letters.h"
#include "base/number.h"
#include "pool/request_text.h"

#include <algorithm>
#include <utility>

namespace millrace::pool {

namespace {

constexpr unsigned kInterimMax = 100;
constexpr std::size_t kMoreFields = 6, kMoreBytes = 200;  // in addition to the request's own

/// HTTP/2 field names are in lower case (RFC 9113, 8.2).
std::string_view lowerName(std::string_view name, std::string& buffer)
{
    if (std::none_of(name.begin(), name.end(), [](char letter) { return lower(letter) != letter; })) return name;
    buffer.assign(name);
    for (char& letter : buffer) letter = lower(letter);
    return buffer;
}

}  // namespace

HttpStream::HttpStream(std::shared_ptr<H2Channel> channel, Strand strand, Owner* owner)
    : HttpExchange(channel->id(), strand, channel->clock(), owner), channel_(std::move(channel))
{
    peer_ = channel_->peer();
}

void HttpStream::begin(HttpRequest&& request, const std::string& authority, TimePoint now, TimePoint deadline,
                       const CancelToken& cancel, bool work)
{
    busy_ = true;
    interim_ = 0;
    if (!take(std::move(request), now, deadline, cancel, work)) return;
    http::HttpFields fields;
    fields.reserve(request_.fields.size() + kMoreFields, request_.fields.text().size() + kMoreBytes);
    fields.add(":method", request_.method);
    fields.add(":scheme", channel_->scheme());
    fields.add(":authority", authority);
    fields.add(":path", request_.target);
    std::string lowered;
    for (const HttpField field : request_.fields)
        if (!writtenByUs(field.name)) fields.add(lowerName(field.name, lowered), trimmed(field.value));
    const bool bodiless = request_.body.empty() && (request_.method == "GET" || request_.method == "HEAD");
    body_ = bodiless ? nullptr : std::make_shared<std::string>(std::move(request_.body));
    request_.body.clear();
    if (body_) fields.add("content-length", std::to_string(body_->size()));
    sentAll_ = true;  // body_ holds what is still to be sent
    const http::GrpcFramed pieces{SharedBytes(std::shared_ptr<const std::string>(body_))};
    if (channel_->begin(shared_from_this(), fields, body_ ? &pieces : nullptr)) return;
    if (!failure_.ok()) return;
    unsent_ = true;
    fail(unavailable(peer_ + " takes no new requests on this connection"));
}

HttpRequest HttpStream::takeRequest()
{
    if (body_ && body_.use_count() == 1)
        request_.body = std::move(*body_);
    else if (body_)
        request_.body = *body_;
    body_ = nullptr;
    return std::move(request_);
}

// ---- events ----

void HttpStream::takeFields(const http::HttpFields& fields)
{
    response_.fields.reserve(fields.size(), fields.text().size());
    for (const HttpField field : fields)
        if (!field.name.starts_with(':')) response_.fields.add(field.name, field.value);
}

void HttpStream::onHeaders(const http::HttpFields& fields, bool tooLarge, bool last)
{
    sawBytes_ = true;
    if (headReady_) {  // trailers are ignored
        if (last) onEnd();
        return;
    }
    if (tooLarge)
        return fail(unavailable("the response of " + peer_ + " has more than " +
                                std::to_string(H2Channel::kHeaderBytesMax) + " bytes of headers"));
    const std::string_view said = fields.get(":status");
    const unsigned status = readNumber<unsigned>(said).value_or(0);
    if (status < 100 || status > 599)
        return fail(unavailable("malformed response from " + peer_ + ": status " + std::string(said)));
    if (status < 200) {  // an interim response
        if (++interim_ > kInterimMax) fail(unavailable(peer_ + " sends interim responses without end"));
        return;
    }
    response_.status = status;
    takeFields(fields);
    headReady_ = true;
    arrived();
    if (last) onEnd();
}

std::size_t HttpStream::onData(std::string_view bytes)
{
    piece_.append(bytes);
    bodyBytes_ += bytes.size();
    held_ += bytes.size();
    arrived();
    return 0;
}

void HttpStream::onEnd()
{
    done_ = true;
    deadline_ = TimePoint::max();
}

void HttpStream::onReset(std::uint32_t code)
{
    if (over()) return;
    const std::string with = " (HTTP/2: " + std::string(http::codeName(code)) + ")";
    if (code == static_cast<std::uint32_t>(http::H2Code::RefusedStream)) {
        unsent_ = true;
        fail(unavailable(peer_ + " refused the request" + with));
    } else if (!headReady_) {
        fail(unavailable(peer_ + " broke off the request before responding" + with));
    } else {
        fail(unavailable(peer_ + " broke off its response after " + std::to_string(bodyBytes_) + " bytes" + with));
    }
}

void HttpStream::onLost(const Status& why, bool unseen)
{
    if (over()) return;
    lost_ = true;
    unsent_ = unseen;
    fail(unavailable(why.ok() ? closedEarly() : peer_ + ": " + text(why)));
}

// ---- the end ----

/// Reopens the window for the bytes that were taken.
void HttpStream::resume()
{
    channel_->consumed(*this, std::exchange(held_, 0));
    if (flowing_) awaitMore();
}

std::optional<TimePoint> HttpStream::silentSince() const
{
    if (!work_ || done_) return std::nullopt;
    return HttpExchange::silentSince();
}

std::optional<CloseReason> HttpStream::finish()
{
    if (!busy_) return std::nullopt;
    if (!over()) fail(cancelled("the response is no longer needed"));
    resetExchange();
    body_ = nullptr;
    held_ = 0;
    failure_ = absl::OkStatus();
    busy_ = lost_ = false;
    return std::nullopt;
}

}  // namespace millrace::pool
