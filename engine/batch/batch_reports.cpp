// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/batch_reports.h"

#include "inference.pb.h"

#include <algorithm>
#include <utility>

namespace millrace::batch {

BatchReports::BatchReports(Registry& registry, EventLog& eventLog)
    : registry_(registry),
      eventLog_(eventLog),
      rows_(registry.histogram("millrace_batch_rows", "Rows per batch.", buckets::rows())),
      wait_(registry.histogram("millrace_batch_wait_seconds",
                               "Seconds from a request's arrival in the batcher until its batch was dispatched, "
                               "including the wait for a free slot at the backend.",
                               buckets::latencySeconds())),
      run_(registry.histogram("millrace_batch_run_seconds", "Seconds that batches spent at the backend.",
                              buckets::latencySeconds())),
      failed_(registry.counter("millrace_batch_failed_total", "Batches that failed at the backend.")),
      reordered_(registry.counter("millrace_batch_reordered_total",
                                  "Responses returned out of order although order is kept; must stay 0.")),
      inFlight_(
          registry.gauge("millrace_batch_in_flight", "Batches at backends; of one model up to batcher.in_flight_max.")),
      queue_(registry.gauge("millrace_batch_queue",
                            "Requests waiting for a batch; of one model up to batcher.queue_max.")),
      sizeMax_(registry.gauge("millrace_batch_size_max", "Largest batch size in rows (batcher.size_max)."))
{}

void BatchReports::dispatched(LaneState& lane, const Batch& batch)
{
    const auto requests = static_cast<std::uint32_t>(batch.members.size());
    const auto reason = static_cast<std::size_t>(batch.why);
    ++lane.batches;
    lane.requests += requests;
    lane.rows += batch.rows;
    lane.rowsLargest = std::max(lane.rowsLargest, batch.rows);
    ++lane.closed[reason];
    lane.batchesBy[reason]->add();
    lane.requestsTotal->add(requests);
    lane.rowsTotal->add(batch.rows);
    lane.sizeLimit->set(batch.limit);
    rows_.observe(batch.rows);
    inFlight_.set(static_cast<double>(++running_));
    waiting(-static_cast<int>(requests));
}

void BatchReports::finished(const LaneState& lane, Batch& batch, Duration run)
{
    inFlight_.set(static_cast<double>(--running_));
    run_.observe(toMs(run) / 1000);
    BatchRecord record;
    record.id = batch.id;
    record.model = lane.model;
    record.dispatchedAt = batch.dispatchedAt;
    record.requests = static_cast<std::uint32_t>(batch.members.size());
    record.rows = batch.rows;
    record.sizeLimit = batch.limit;
    record.why = batch.why;
    record.whyText = std::move(batch.whyText);
    record.wait = batch.dispatchedAt - batch.oldest;
    record.run = run;
    record.failed = !batch.failure.ok() && !absl::IsCancelled(batch.failure);
    if (record.failed) failed_.add();
    recent_.push(std::move(record));
}

void BatchReports::retried(const Status& refusal)
{
    registry_.counter("millrace_retries_total", "Requests that were retried.", {{"reason", codeName(refusal)}}).add();
}

void BatchReports::learned(const LaneState& lane, TimePoint now)
{
    eventLog_.append(Severity::Notice, "batch_limit", lane.model, lane.learned.sentence(now));
}

}  // namespace millrace::batch
