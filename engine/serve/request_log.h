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

/// How a request ended: each that arrived has exactly one outcome, or is in flight. Refused: it met a limit (429), and
/// may come again. Rejected: another 4xx, the request itself was at fault (no such model, too large, not understood).
/// Neither says anything against engine or backends; what does is Failed.
enum class Outcome { Ok, Failed, Cancelled, Refused, Rejected };
inline constexpr std::array kOutcomes{Outcome::Ok, Outcome::Failed, Outcome::Cancelled, Outcome::Refused,
                                      Outcome::Rejected};
Outcome outcomeOf(int httpStatus, const Status& status);
const char* nameOf(Outcome outcome);

/// A request that ended, or that is in flight. Its texts are washed.
struct RequestRecord {
    RequestId id;
    TimePoint arrived;
    SharedText client;
    std::string model;
    SharedText route;
    Duration total{};                   ///< arrival to the last byte that its client took
    std::optional<Duration> firstByte;  ///< of the answer, since the arrival
    bool streamed = false;              ///< the answer is an event stream
    Trace trace;                        ///< its phase is the one it ended in, else the one that goes on
    std::uint64_t bytesOut = 0;
    bool own = false;
    int status = 0;  ///< HTTP status as the client saw it; 499: it left
    RequestClass kind = RequestClass::Other;
    std::optional<Outcome> outcome;  ///< none: in flight
    std::string reason;              ///< of a failure; of a cancelled one it may be given

    /// From the moment the request was here as a whole to the last byte of the backend's answer: how fast a client
    /// sends and reads says nothing of engine and backend.
    Duration latency() const { return total - trace.spent(Phase::Receiving) - trace.spent(Phase::ClientReads); }
};

/// The records of requests that ended, oldest first. Each is one piece of memory from the request's first byte on.
using RequestRecords = Ring<std::shared_ptr<const RequestRecord>>;

/// What came of the requests: counters by route and outcome, and the newest records.
///
/// Owner: Gateway. Thread: the strand. Bound: kRecordsMax records that hold kBytesMax bytes of text.
class RequestLog {
public:
    static constexpr std::size_t kRecordsMax = 2000;
    static constexpr std::size_t kBytesMax = 8 << 20;

    explicit RequestLog(Registry& registry);

    /// Counts it, and fills in what its route says.
    void began(RequestRecord& record);
    /// Fills in what became of it, counts and keeps it.
    void ended(std::shared_ptr<RequestRecord> record, int httpStatus, const Status& status, std::uint64_t bytesOut);

    const RequestRecords& records() const { return records_; }
    /// Makes up to `most` records from that position on anew, and adds the ones before to `replaced`: those lie in
    /// memory among what was in flight with them and is gone. The position to go on from; records().end(): that was
    /// all.
    std::uint64_t renew(std::uint64_t position, std::size_t most,
                        std::vector<std::shared_ptr<const RequestRecord>>& replaced);
    std::size_t bytes() const { return bytes_; }
    std::uint64_t total() const { return total_; }
    /// Of those that ended.
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
    SharedText route_, client_;  // the latest, and the next one's too, mostly
    SharedText renewedClient_;   // the latest, and so are the next two
    std::optional<Decision> renewedDecision_;
    std::string renewedText_;
    const RouteMetrics* routeMetrics_ = nullptr;
    Counter& offered_;
    Gauge& inFlight_;
    std::array<ClassMetrics, kRequestClasses.size()> classes_;
    Histogram& firstByte_;
};

}  // namespace millrace::serve
