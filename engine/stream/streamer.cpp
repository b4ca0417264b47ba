// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/streamer.h"

#include "stream/bulk_stream.h"
#include "stream/event_stream.h"
#include "stream/whole_stream.h"

#include <algorithm>
#include <utility>

namespace millrace::stream {

namespace {

bool saysEvents(std::string_view contentType)
{
    return contentType.starts_with("text/event-stream") || contentType.find("ndjson") != contentType.npos ||
           contentType.find("jsonl") != contentType.npos;
}

/// A body of which one piece has been read, for a look at it.
class BegunBody final : public pool::HttpBody {
public:
    BegunBody(std::string first, std::unique_ptr<pool::HttpBody> rest)
        : first_(std::move(first)), rest_(std::move(rest))
    {}
    boost::asio::awaitable<StatusOr<std::string>> read() override
    {
        if (first_.empty()) return rest_->read();
        return firstPiece();
    }

private:
    boost::asio::awaitable<StatusOr<std::string>> firstPiece() { co_return std::exchange(first_, {}); }

    std::string first_;
    std::unique_ptr<pool::HttpBody> rest_;
};

}  // namespace

class Streamer::Impl : public StreamerContext {
public:
    using StreamerContext::StreamerContext;

    /// Such an answer is held whole.
    bool holds(const Plan& plan) const
    {
        const bool small =
            plan.length && *plan.length <= options.chunkBytes && *plan.length <= WholeStream::kCompressBytesMax;
        return small || !options.enabled;
    }
};

Streamer::Streamer(Strand strand, Clock& clock, Registry& registry, EventLog& eventLog, Options options)
    : impl_(std::make_shared<Impl>(std::move(strand), clock, registry, eventLog, options))
{}

Streamer::~Streamer() = default;

void Streamer::apply(Options options)
{
    MR_ON_STRAND(impl_->strand);
    impl_->options = options;
    impl_->act(impl_->pressure.setLimit(options.backpressureBytesMax, impl_->clock.now()));
}

boost::asio::awaitable<StatusOr<std::unique_ptr<Stream>>> Streamer::open(Plan plan,
                                                                         std::unique_ptr<pool::HttpBody> body,
                                                                         CallContext context)
{
    MR_ON_STRAND(impl_->strand);
    using Opened = std::unique_ptr<Stream>;
    const std::shared_ptr<StreamerContext> shared = impl_;
    if (impl_->holds(plan)) {
        auto stream = std::make_unique<WholeStream>(shared, std::move(plan), std::move(body), std::move(context));
        const Status filled = co_await stream->fill();
        if (!filled.ok()) co_return filled;
        co_return Opened(std::move(stream));
    }
    if (plan.eventStream && !saysEvents(plan.contentType)) {
        // Events were asked for and the label does not promise them: what it begins with decides.
        StatusOr<std::string> first = co_await body->read();
        if (!first.ok()) co_return first.status();
        plan.eventStream = !first->empty() && looksLikeEvents(*first);
        body = std::make_unique<BegunBody>(*std::move(first), std::move(body));
    }
    if (plan.eventStream) {
        co_return Opened(std::make_unique<EventStream>(shared, std::move(plan), std::move(body), std::move(context)));
    }
    auto stream = std::make_unique<BulkStream>(shared, plan, std::move(body), context);
    if (stream->wantsSample()) {
        const Status sampled = co_await stream->sample();
        if (!sampled.ok()) co_return sampled;
        if (auto content = stream->takeWhole()) {
            stream.reset();
            auto whole = std::make_unique<WholeStream>(shared, std::move(plan), nullptr, std::move(context));
            const Status adopted = whole->adopt(*std::move(content));
            if (!adopted.ok()) co_return adopted;
            co_return Opened(std::move(whole));
        }
    }
    co_return Opened(std::move(stream));
}

std::optional<StatusOr<std::unique_ptr<Stream>>> Streamer::openNow(Plan& plan, std::unique_ptr<pool::HttpBody>& body,
                                                                   const CallContext& context)
{
    MR_ON_STRAND(impl_->strand);
    if (!impl_->holds(plan)) return std::nullopt;
    auto content = body->takeWhole();
    if (!content) return std::nullopt;
    auto stream = std::make_unique<WholeStream>(impl_, std::move(plan), nullptr, context);
    if (Status filled = stream->fillWith(*std::move(content)); !filled.ok()) return filled;
    stream->keep(std::move(body));
    return StatusOr<std::unique_ptr<Stream>>(std::move(stream));
}

std::vector<StreamSnapshot> Streamer::streams() const
{
    MR_ON_STRAND(impl_->strand);
    const TimePoint now = impl_->clock.now();
    std::vector<StreamSnapshot> shots;
    shots.reserve(impl_->open.size());
    for (const OpenPlace& open : impl_->open) shots.push_back(static_cast<const OpenStream&>(open).snapshot(now));
    return shots;
}

std::uint64_t Streamer::bufferedBytes() const
{
    return impl_->pressure.buffered();
}

std::uint64_t Streamer::bufferedBytesMax() const
{
    return impl_->pressure.limit();
}

std::map<std::string, double> Streamer::pausedSecondsByClient() const
{
    MR_ON_STRAND(impl_->strand);
    const TimePoint now = impl_->clock.now();
    auto seconds = impl_->pausedSeconds;
    for (const OpenPlace& open : impl_->open) {
        const auto& stream = static_cast<const OpenStream&>(open);
        const Duration span = stream.pausedByClientSoFar(now);
        if (span > Duration{}) seconds[stream.client()] += std::chrono::duration<double>(span).count();
    }
    while (seconds.size() > StreamerContext::kClientsMax) {
        seconds.erase(std::min_element(seconds.begin(), seconds.end(),
                                       [](const auto& left, const auto& right) { return left.second < right.second; }));
    }
    return seconds;
}

}  // namespace millrace::stream
