// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/upstream_reply.h"

#include "front/http_text.h"
#include "front/inflating_sink.h"
#include "front/openai.h"

#include <algorithm>
#include <array>

namespace millrace::front {

namespace {

/// Fields that the front writes itself.
bool isRewritten(std::string_view name)
{
    constexpr std::array<std::string_view, 3> kNames = {"content-type", "content-encoding", "x-accel-buffering"};
    return std::any_of(kNames.begin(), kNames.end(), [&](auto ours) { return equalsIgnoringCase(ours, name); });
}

/// Decompresses an upstream's answer for a client that does not accept gzip.
class Unpacked final : public stream::Stream {
public:
    explicit Unpacked(std::unique_ptr<stream::Stream> packed) : packed_(std::move(packed)) {}
    const std::string& contentEncoding() const override { return none_; }
    std::optional<std::uint64_t> contentLength() const override { return std::nullopt; }
    bool passesEvents() const override { return packed_->passesEvents(); }
    bool reportedInBand() const override { return packed_->reportedInBand(); }
    net::awaitable<Status> run(stream::Sink& sink) override
    {
        InflatingSink plain(sink);
        co_return co_await packed_->run(plain);
    }

private:
    std::unique_ptr<stream::Stream> packed_;
    const std::string none_;
};

}  // namespace

Reply shaped(const Exchange& exchange, serve::OpenAiAnswer& answer)
{
    Reply reply;
    reply.status = answer.status;
    reply.stream = std::move(answer.stream);
    auto& fields = reply.fields = std::move(answer.fields);
    reply.contentType = fields.get("content-type");
    if (reply.contentType.empty()) reply.contentType = kJsonType;
    if (reply.stream) reply.encoding = reply.stream->contentEncoding();
    if (reply.encoding.empty()) {
        reply.encoding = http::fieldValue(fields, "content-encoding");
        const bool keepForm = hasToken(http::fieldValue(fields, "cache-control"), "no-transform");
        if (reply.stream && isGzip(reply.encoding) && !exchange.acceptGzip && !keepForm) {
            reply.stream = std::make_unique<Unpacked>(std::move(reply.stream));
            reply.encoding.clear();
        }
    }
    fields.eraseIf([](const http::HttpField& field) { return isRewritten(field.name); });
    // By request and content, not by content type: events with a wrong one would be buffered and compressed.
    const bool passes = exchange.waitsForEvents && reply.stream && reply.stream->passesEvents();
    reply.events = passes || isEventStream(reply.contentType);
    if (passes && !isEventStream(reply.contentType)) reply.contentType = "text/event-stream; charset=utf-8";
    return reply;
}

void refuseWith(const Exchange& exchange, Reply& reply, std::string body)
{
    const Dialect dialect = exchange.route.dialect;
    const std::string words = upstreamWords(body);
    reply.contentType = kJsonType;
    reply.why = fromHttp(reply.status, words);
    if (dialect == Dialect::Anthropic ? isAnthropicError(body) : reply.status != 404 || hasErrorCode(body)) {
        reply.body =
            dialect == Dialect::Anthropic ? std::move(body) : openAiUpstreamError(reply.status, std::move(body));
        return;
    }
    if (reply.status == 404)  // for the model or the route
        reply.why = httpRefusal(404, "the backend of '" + exchange.model + "' responded with 404 to POST " +
                                         std::string(exchange.route.path) + ": " + words);
    reply.body = errorBody(dialect, reply.why);
}

}  // namespace millrace::front
