// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/request_log.h"

#include "base/text.h"

namespace millrace::serve {

Outcome outcomeOf(int httpStatus, const Status& status)
{
    if (httpStatus == 499 || absl::IsCancelled(status)) return Outcome::Cancelled;
    if (status.ok() && httpStatus < 400) return Outcome::Ok;
    if (httpStatus == 429) return Outcome::Refused;
    if (httpStatus >= 400 && httpStatus < 500) return Outcome::Rejected;
    return Outcome::Failed;
}

const char* nameOf(Outcome outcome)
{
    constexpr const char* kNames[] = {"ok", "failed", "cancelled", "refused", "rejected"};
    return kNames[static_cast<std::size_t>(outcome)];
}

namespace {

/// The next one to be forgotten: nobody has touched its memory for two thousand requests, and forgetting it would wait
/// for each of its lines.
void prefetch(const RequestRecord& record)
{
    constexpr std::size_t kLine = 64;
    const char* const begin = reinterpret_cast<const char*>(&record);
    for (std::size_t at = 0; at < sizeof record; at += kLine) __builtin_prefetch(begin + at);
}

}  // namespace

RequestLog::RequestLog(Registry& registry)
    : registry_(registry),
      records_(kRecordsMax),
      offered_(registry.counter("millrace_requests_offered_total", "Requests that arrived.")),
      inFlight_(registry.gauge("millrace_requests_in_flight", "Requests being served or waiting.")),
      firstByte_(registry.histogram(
          "millrace_time_to_first_byte_seconds",
          "Seconds from the last byte of the request to the first byte of the response, of streamed responses that "
          "succeeded; counted when they have ended.",
          buckets::latencySeconds()))
{
    for (const RequestClass kind : kRequestClasses) {
        const Labels labels{{"class", nameOf(kind)}};
        auto& metrics = classes_[static_cast<std::size_t>(kind)];
        metrics.duration = &registry.histogram("millrace_request_duration_seconds",
                                               "Seconds from the last byte of the request to the last byte of the "
                                               "backend's answer, of requests that succeeded.",
                                               buckets::latencySeconds(), labels);
        metrics.added = &registry.histogram("millrace_added_seconds",
                                            "Seconds until the first byte of the response that were spent neither at "
                                            "the backend nor at the client, of requests that succeeded.",
                                            buckets::latencySeconds(), labels);
    }
}

void RequestLog::began(RequestRecord& record)
{
    record.kind = metricsOf(record.route).kind;
    ++total_;
    offered_.add();
    inFlight_.add(1);
}

void RequestLog::ended(std::shared_ptr<RequestRecord> ended, int httpStatus, const Status& status,
                       std::uint64_t bytesOut)
{
    RequestRecord& record = *ended;
    const Outcome outcome = outcomeOf(httpStatus, status);
    record.status = httpStatus;
    record.bytesOut = bytesOut;
    record.outcome = outcome;
    if (outcome != Outcome::Ok && (outcome != Outcome::Cancelled || record.reason.empty()))
        record.reason = status.ok() ? "HTTP " + std::to_string(httpStatus) : washed(text(status), kSentenceBytesMax);

    const RouteMetrics& metrics = metricsOf(record.route);
    // Texts that the records beside it have, too.
    record.route = route_;
    if (record.client == client_)
        record.client = client_;
    else
        client_ = record.client;
    metrics.outcomes[static_cast<std::size_t>(outcome)]->add();
    ++counts_[static_cast<std::size_t>(outcome)];
    inFlight_.add(-1);
    if (outcome == Outcome::Ok) {
        metrics.ofClass.duration->observe(toMs(record.latency()) / 1000);
        metrics.ofClass.added->observe(toMs(record.trace.added()) / 1000);
        if (record.streamed && record.firstByte)
            firstByte_.observe(toMs(*record.firstByte - record.trace.spent(Phase::Receiving)) / 1000);
    } else if (outcome != Outcome::Cancelled) {
        const std::string reason =
            status.ok() ? codeName(fromHttp(static_cast<unsigned>(httpStatus), {})) : codeName(status);
        registry_
            .counter("millrace_request_failures_total",
                     "Failed, refused and rejected requests, by the name of their status code.", {{"reason", reason}})
            .add();
    }

    if (records_.size() == records_.capacity()) bytes_ -= bytesOf(*records_.at(records_.begin()));
    bytes_ += bytesOf(record);
    records_.push(std::move(ended));
    while (bytes_ > kBytesMax && records_.size() > 1) {
        bytes_ -= bytesOf(*records_.at(records_.begin()));
        records_.resize(records_.size() - 1);
    }
    records_.resize(kRecordsMax);
    if (records_.size() == records_.capacity()) prefetch(*records_.at(records_.begin()));
}

std::uint64_t RequestLog::renew(std::uint64_t position, std::size_t most,
                                std::vector<std::shared_ptr<const RequestRecord>>& replaced)
{
    position = std::max(position, records_.begin());
    for (; position < records_.end() && most > 0; ++position, --most) {
        auto& record = records_.at(position);
        replaced.push_back(record);
        auto fresh = std::make_shared<RequestRecord>(*record);
        if (!(renewedClient_ == fresh->client)) renewedClient_ = SharedText(fresh->client.str());
        fresh->client = renewedClient_;
        for (Decision& decision : fresh->trace.decisions) {
            if (std::string text = decision.text(); text != renewedText_ || !renewedDecision_) {
                renewedDecision_ = decision.copy();
                renewedText_ = std::move(text);
            }
            decision = *renewedDecision_;
        }
        record = std::move(fresh);
    }
    return position;
}

const RequestLog::RouteMetrics& RequestLog::metricsOf(const SharedText& route)
{
    if (routeMetrics_ && route_ == route) return *routeMetrics_;
    auto [place, fresh] = routes_.try_emplace(route.str());
    if (fresh) {
        place->second.kind = classOf(route.str());
        place->second.ofClass = classes_[static_cast<std::size_t>(place->second.kind)];
        for (const Outcome outcome : kOutcomes)
            place->second.outcomes[static_cast<std::size_t>(outcome)] =
                &registry_.counter("millrace_requests_total", "Requests that ended.",
                                   {{"route", route.str()}, {"outcome", nameOf(outcome)}});
    }
    route_ = route;
    routeMetrics_ = &place->second;
    return place->second;
}

std::size_t RequestLog::bytesOf(const RequestRecord& record)
{
    std::size_t bytes =
        sizeof record + record.client.size() + record.model.size() + record.route.size() + record.reason.size();
    for (const Decision& decision : record.trace.decisions) bytes += decision.bytes();
    return bytes;
}

}  // namespace millrace::serve
