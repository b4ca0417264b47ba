// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/http_request.h"

#include "base/letters.h"
#include "front/answer_fields.h"
#include "front/collector.h"
#include "front/http_checks.h"
#include "front/http_text.h"
#include "front/inflating_sink.h"
#include "http/body_reader.h"
#include "http/inflate.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace millrace::front {

namespace {

constexpr std::size_t kInflateAtOnce = 256u << 10;

bool begins(std::string_view text, std::string_view prefix)
{
    return text.size() >= prefix.size() && equalsIgnoringCase(text.substr(0, prefix.size()), prefix);
}

/// Distinguishes events from a JSON object by the first character, whatever the content type: events are passed on, an
/// object is collected.
class EventsOrObject final : public stream::Sink {
public:
    EventsOrObject(stream::Sink& events, stream::Sink& object) : events_(events), object_(object) {}
    net::awaitable<Status> write(std::string_view bytes) override
    {
        if (!chosen_) {
            const auto first = bytes.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
            if (first == std::string_view::npos) co_return absl::OkStatus();
            bytes.remove_prefix(first);
            isObject_ = bytes[0] == '{' || bytes[0] == '[';
            chosen_ = isObject_ ? &object_ : &events_;
        }
        co_return co_await chosen_->write(bytes);
    }
    bool isObject() const { return isObject_; }

private:
    stream::Sink& events_;
    stream::Sink& object_;
    stream::Sink* chosen_ = nullptr;
    bool isObject_ = false;
};

}  // namespace

bool isExposed(std::string_view name)
{
    return equalsIgnoringCase(name, "retry-after") || equalsIgnoringCase(name, "retry-after-ms") ||
           begins(name, "x-ratelimit-") || begins(name, "openai-") || begins(name, "anthropic-");
}

void addToList(std::string& list, std::string_view members)
{
    while (!members.empty()) {
        const auto comma = std::min(members.find(','), members.size());
        const auto member = trimmed(members.substr(0, comma));
        members.remove_prefix(std::min(comma + 1, members.size()));
        if (member.empty() || hasToken(list, member)) continue;
        if (!list.empty()) list += ", ";
        list += member;
    }
}

HttpRequest::HttpRequest(std::shared_ptr<HttpFront::State> state, std::shared_ptr<HttpPeer> peer)
    : state_(std::move(state)), peer_(std::move(peer)), options_(state_->options)
{}

void HttpRequest::reset()
{
    options_ = state_->options;
    head_.clear();
    bodyless_ = false;
    origin_.clear();
    requestId_.clear();
}

/// Mostly the same as for this peer's previous request.
const Route& HttpRequest::route()
{
    HttpPeer& peer = *peer_;
    if (head_.method() != peer.routedMethod || head_.path() != peer.routedPath) {
        peer.routedMethod.assign(head_.method());
        peer.routedPath.assign(head_.path());
        peer.routed = findRoute(peer.routedMethod, peer.routedPath);
        peer.routeLabel = peer.routed.label;
    }
    return peer.routed;
}

std::optional<Reply> HttpRequest::open(Exchange& exchange)
{
    exchange.route = route();
    bodyless_ = head_.method() == "HEAD";
    if (const auto id = head_.find("x-request-id"); id && isValidRequestId(*id)) requestId_.assign(*id);

    HttpChecks checks(*state_, *peer_, head_, options_);
    auto refused = checks.sender(exchange.route);
    origin_ = checks.origin();
    if (!refused) refused = checks.route(exchange.route);
    if (!refused && exchange.route.counted) {
        exchange.call = state_->service.open(describe());
        if (requestId_.empty()) requestId_ = "mr-" + std::to_string(exchange.call->context().id.value);
    }
    if (requestId_.empty()) requestId_ = state_->nextRequestId();
    call_ = exchange.call;
    bodyOut_ = 0;
    exchange.held = BodyBytes(state_->bodies->budget);
    if (!refused) refused = checks.body(exchange.route);
    return refused;
}

serve::CallInfo HttpRequest::describe()
{
    serve::CallInfo info;
    const auto agent = head_.find("user-agent").value_or("");
    if (peer_->client.empty() || agent != peer_->agent) {
        peer_->agent.assign(agent);
        const std::string client = clientName(agent, "http", peer_->port);
        peer_->client = client;
        peer_->program = client.substr(0, client.find(" · ")) + " " + peer_->address;
    }
    info.client = peer_->client;
    info.program = peer_->program;  // without the port: a program may have many connections
    info.route = peer_->routeLabel;
    info.own = head_.find("x-millrace-own") == std::optional<std::string_view>("1");
    info.priority = clientPriority(head_.find("x-millrace-priority").value_or("")).value_or(0);
    info.timeout = clientTimeout(head_);
    return info;
}

void HttpRequest::end(unsigned status, const Status& why)
{
    if (const auto call = std::exchange(call_, nullptr)) call->finish(static_cast<int>(status), why, bodyOut_);
}

Status HttpRequest::holdBody(Exchange& exchange, std::uint64_t bytes)
{
    return exchange.held.set(bytes, options_->bodiesMost()) ? absl::OkStatus() : state_->bodiesAreFull(*options_);
}

TimePoint HttpRequest::bodyDeadline(TimePoint began, std::uint64_t bytes) const
{
    return std::min(http::bodyDeadline(began, state_->clock.now(), options_->bodyTimeout, bytes),
                    state_->connections.bodiesUntil());
}

Status HttpRequest::bodyLate()
{
    if (state_->clock.now() >= state_->connections.bodiesUntil()) {
        state_->refused("draining");
        return withRetryAfter(unavailable("the engine is stopping, and the request body had not been received"), 5s);
    }
    state_->refused("body_timeout");
    return httpRefusal(408, "the request body was not received in time (limits.body_timeout_ms)");
}

Status HttpRequest::cutShort(std::uint64_t promised) const
{
    return internal("the response had " + std::to_string(bodyOut_) + " bytes of " + std::to_string(promised));
}

net::awaitable<Status> HttpRequest::unpack(Exchange& exchange, const bool& gone)
{
    const auto encoding = head_.find("content-encoding");
    if (!encoding || !isGzip(*encoding)) co_return absl::OkStatus();
    http::Inflater inflater;
    std::string plain;
    std::string_view packed = exchange.body;
    for (;;) {
        if (plain.size() > options_->bodyBytesMax)
            co_return httpRefusal(413, "the decompressed request body is larger than " +
                                           std::to_string(options_->bodyBytesMax) + " bytes (limits.body_bytes_max)");
        auto turn = inflater.inflate(packed, plain, kInflateAtOnce);
        if (!turn.ok()) co_return turn.status();
        if (Status status = holdBody(exchange, exchange.body.size() + plain.capacity()); !status.ok()) co_return status;
        packed.remove_prefix(turn->used);
        if (!turn->more && packed.empty()) {
            if (!turn->ended) co_return invalidArgument("the compressed request body is truncated");
            break;
        }
        co_await net::post(state_->strand, net::use_awaitable);  // yields to other connections
        if (gone) co_return clientLeft();
    }
    exchange.body = std::move(plain);
    co_return holdBody(exchange, exchange.body.capacity());
}

std::string HttpRequest::heartbeatComment(const Exchange& exchange) const
{
    std::string comment = ": ";
    const std::string model = printable(exchange.model, 128);
    if (const auto eta = state_->service.eta(exchange.model))
        comment += "loading " + model + ", about " + aboutSeconds(*eta) + " left";
    else
        comment += std::string(nameOf(call_->context().trace->phase())) + ", " + model;
    // Without an empty line: some decoders take each one for the end of an event (openai-python, openai-go).
    comment += '\n';
    return comment;
}

net::awaitable<bool> runInBand(Reply& reply, stream::Sink& sink)
{
    Collector object("");
    EventsOrObject eventsOrObject(sink, object);
    Status status;
    if (reply.encoding.empty()) {
        status = co_await reply.stream->run(eventsOrObject);
    } else {
        InflatingSink plain(eventsOrObject);
        status = co_await reply.stream->run(plain);
    }
    if (!status.ok()) reply.why = status;
    if (!eventsOrObject.isObject()) co_return false;
    reply.stream.reset();
    if (status.ok()) reply.body = object.take();  // half an object is useless
    co_return true;
}

std::string inBandEvent(const Route& route, const Reply& reply)
{
    const bool openAi = route.dialect == Dialect::OpenAi && !route.responses;
    if (!reply.why.ok() && (!openAi || reply.body.empty())) return errorEvent(route)(reply.why);
    std::string event;
    if (!reply.body.empty()) event = "data: ";
    for (const char c : reply.body)
        if (c != '\n' && c != '\r') event += c;  // JSON strings contain no line breaks
    if (!event.empty()) event += "\n\n";
    if (reply.why.ok() && openAi) event += "data: [DONE]\n\n";
    return event;
}

}  // namespace millrace::front
