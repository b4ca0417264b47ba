// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/call_context.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "base/metrics.h"
#include "base/ring.h"
#include "serve/request_class.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace millrace::serve {

/// How a request ended; each has exactly one outcome, or is in flight. Refused: met a limit (429), may be retried.
/// Rejected: another 4xx, the request was at fault. Failed: the engine or a backend was.
enum class Outcome { Ok, Failed, Cancelled, Refused, Rejected };
inline constexpr std::array kOutcomes{Outcome::Ok, Outcome::Failed, Outcome::Cancelled, Outcome::Refused,
                                      Outcome::Rejected};
Outcome outcomeOf(int httpStatus, const Status& status);
const char* nameOf(Outcome outcome);

/// What is recorded of a request, in flight or ended. Texts are washed.
struct RequestRecord {
    RequestId id;
    TimePoint arrived;
    SharedText client;
    std::string model;
    SharedText route;
    Duration total{};                   ///< from arrival to the last byte accepted by the client
    std::optional<Duration> firstByte;  ///< from arrival to the first byte of the answer; empty: none sent
    bool streamed = false;              ///< the answer is an event stream
    Trace trace;                        ///< its phase is the current one, or the one it ended in
    std::uint64_t bytesOut = 0;
    bool own = false;
    int status = 0;  ///< HTTP status sent to the client; 499: it disconnected
    RequestClass kind = RequestClass::Other;
    std::optional<Outcome> outcome;  ///< empty: in flight
    std::string reason;              ///< of a failure or cancellation; may be empty

    /// From the complete request to the last byte of the backend's answer: how fast a client
    /// sends and reads is excluded.
    Duration latency() const { return total - trace.spent(Phase::Receiving) - trace.spent(Phase::ClientReads); }
};

/// Records of ended requests, oldest first. Shared with readers instead of copied.
using RequestRecords = Ring<std::shared_ptr<const RequestRecord>>;

/// Counts requests by route and outcome, and keeps the newest records.
///
/// Owner: Gateway. Thread: the strand. Bound: kRecordsMax records that hold kBytesMax bytes of text.
class RequestLog {
public:
    static constexpr std::size_t kRecordsMax = 2000;
    static constexpr std::size_t kBytesMax = 8 << 20;

    explicit RequestLog(Registry& registry);

    /// Counts a new request, and sets its class by its route.
    void began(RequestRecord& record);
    /// Completes, counts and stores a record.
    void ended(std::shared_ptr<RequestRecord> record, int httpStatus, const Status& status, std::uint64_t bytesOut);

    const RequestRecords& records() const { return records_; }
    /// Copies up to `most` records from `position` on into fresh memory, and moves the originals to `replaced`: they
    /// were allocated among requests in flight, and keep otherwise empty pages resident. Returns the next position;
    /// records().end(): done.
    std::uint64_t renew(std::uint64_t position, std::size_t most,
                        std::vector<std::shared_ptr<const RequestRecord>>& replaced);
    std::size_t bytes() const { return bytes_; }
    std::uint64_t total() const { return total_; }
    /// Number of ended requests with that outcome.
    std::uint64_t count(Outcome outcome) const { return counts_[static_cast<std::size_t>(outcome)]; }

private:
    struct ClassMetrics {
        Histogram* duration;
        Histogram* added;
    };
    struct RouteMetrics {
        std::array<Counter*, kOutcomes.size()> outcomes;
        RequestClass kind = RequestClass::Other;
        ClassMetrics ofClass;
    };
    const RouteMetrics& metricsOf(const SharedText& route);
    static std::size_t bytesOf(const RequestRecord& record);

    Registry& registry_;
    RequestRecords records_;
    std::size_t bytes_ = 0;
    std::uint64_t total_ = 0;
    std::array<std::uint64_t, kOutcomes.size()> counts_{};  // by outcome
    std::unordered_map<std::string, RouteMetrics> routes_;
    SharedText route_, client_;  // of the latest record, mostly equal to the next one's
    SharedText renewedClient_;   // the same for renew(), as the next two
    std::optional<Decision> renewedDecision_;
    std::string renewedText_;
    const RouteMetrics* routeMetrics_ = nullptr;
    Counter& offered_;
    Gauge& inFlight_;
    std::array<ClassMetrics, kRequestClasses.size()> classes_;
    Histogram& firstByte_;
};

}  // namespace millrace::serve
