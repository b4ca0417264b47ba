// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/request_log.h"

#include "base/text.h"

namespace millrace::serve {

Outcome outcomeOf(int httpStatus, const Status& status)
{
    if (httpStatus == 499 || absl::IsCancelled(status)) return Outcome::Cancelled;
    if (status.ok() && httpStatus < 400) return Outcome::Ok;
    if (absl::IsResourceExhausted(status) || httpStatus == 429) return Outcome::Refused;
    return Outcome::Failed;
}

const char* nameOf(Outcome outcome)
{
    constexpr const char* kNames[] = {"ok", "failed", "cancelled", "refused"};
    return kNames[static_cast<std::size_t>(outcome)];
}

RequestLog::RequestLog(Registry& registry)
    : registry_(registry),
      records_(kRecordsMax),
      offered_(registry.counter("millrace_requests_offered_total", "Requests that arrived")),
      inFlight_(registry.gauge("millrace_requests_in_flight", "Requests being served or waiting")),
      duration_(registry.histogram("millrace_request_duration_seconds",
                                   "Arrival to last byte of requests that ended well", buckets::latencySeconds()))
{}

void RequestLog::began()
{
    ++total_;
    offered_.add();
    inFlight_.add(1);
}

void RequestLog::ended(RequestRecord record, int httpStatus, const Status& status, std::uint64_t bytesOut)
{
    const Outcome outcome = outcomeOf(httpStatus, status);
    record.status = httpStatus;
    record.bytesOut = bytesOut;
    record.phase = outcome == Outcome::Ok ? "done" : outcome == Outcome::Cancelled ? "cancelled" : "failed";
    if (outcome != Outcome::Ok)
        record.reason = status.ok() ? "HTTP " + std::to_string(httpStatus) : washed(text(status), kSentenceBytesMax);

    metricsOf(record.route).outcomes[static_cast<std::size_t>(outcome)]->add();
    inFlight_.add(-1);
    if (outcome == Outcome::Ok) {
        duration_.observe(toMs(record.total) / 1000);
    } else if (outcome == Outcome::Cancelled) {
        ++cancelled_;
    } else {
        ++failed_;
        const std::string reason =
            status.ok() ? codeName(fromHttp(static_cast<unsigned>(httpStatus), {})) : codeName(status);
        registry_.counter("millrace_request_failures_total", "Failed and refused requests", {{"reason", reason}}).add();
    }

    if (records_.size() == records_.capacity()) bytes_ -= bytesOf(records_.at(records_.begin()));
    bytes_ += bytesOf(record);
    records_.push(std::move(record));
    while (bytes_ > kBytesMax && records_.size() > 1) {
        bytes_ -= bytesOf(records_.at(records_.begin()));
        records_.resize(records_.size() - 1);
    }
    records_.resize(kRecordsMax);
}

RequestLog::RouteMetrics& RequestLog::metricsOf(const std::string& route)
{
    auto [place, fresh] = routes_.try_emplace(route);
    if (fresh) {
        for (const Outcome outcome : {Outcome::Ok, Outcome::Failed, Outcome::Cancelled, Outcome::Refused})
            place->second.outcomes[static_cast<std::size_t>(outcome)] = &registry_.counter(
                "millrace_requests_total", "Requests that ended", {{"route", route}, {"outcome", nameOf(outcome)}});
    }
    return place->second;
}

std::size_t RequestLog::bytesOf(const RequestRecord& record)
{
    std::size_t bytes =
        sizeof record + record.client.size() + record.model.size() + record.route.size() + record.reason.size();
    for (const auto& sentence : record.trace.story) bytes += sizeof sentence + sentence.size();
    return bytes;
}

}  // namespace millrace::serve
