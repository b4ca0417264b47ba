// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/lane_table.h"

#include "base/check.h"
#include "base/text.h"
#include "inference.pb.h"
#include "phrases.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

namespace millrace::batch {

namespace {

constexpr char kBatches[] = "millrace_batch_batches_total";

Lane::Options laneOptions(const Options& options, const std::optional<ListKind>& list)
{
    Lane::Options lane;
    lane.timeout = options.timeout;
    lane.idleDispatch = options.idleDispatch;
    lane.inFlightMax = std::max<std::uint32_t>(1, options.inFlightMax);
    lane.queueMax = options.queueMax;
    lane.bytesMax = list ? Batcher::kListBytesMax : Batcher::kTensorBytesMax;
    return lane;
}

/// A lane's key as it is kept. It holds what clients wrote, of any length; a digest distinguishes lanes as well.
std::string bounded(std::string key)
{
    constexpr std::size_t kKeyBytesMax = 1024;
    if (key.size() <= kKeyBytesMax) return key;
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    MR_CHECK(EVP_Digest(key.data(), key.size(), digest.data(), &length, EVP_sha256(), nullptr) == 1);
    return std::string(reinterpret_cast<const char*>(digest.data()), length);
}

SizeController::Options sizeOptions(const Options& options)
{
    return {.initial = options.sizeInitial,
            .min = options.sizeMin,
            .max = options.sizeMax,
            .adaptive = options.adaptive,
            .goal = options.latencyGoal};
}

}  // namespace

std::shared_ptr<LaneState> LaneTable::find(std::string key, const std::string& backend, const std::string& model,
                                           const Work& work)
{
    key = bounded(std::move(key));
    if (const auto found = lanes_.find(key); found != lanes_.end()) return found->second;
    if (lanes_.size() >= Batcher::kLanesMax && !forgetOne()) return nullptr;
    std::optional<ListKind> list;
    if (work.list) list = work.list->request.kind();
    auto lane = std::make_shared<LaneState>(laneOptions(options_, list), sizeOptions(options_));
    lane->key = key;
    lane->number = ++made_;
    lane->backendName = backend;
    lane->model = washed(model, kNameBytesMax);
    lane->list = list;
    lane->signature = washed(work.infer ? describe(*work.infer) : work.list->request.describe());
    lane->order.setEnabled(options_.preserveOrder);
    for (const DispatchReason why : kDispatchReasons) {
        lane->batchesBy[static_cast<std::size_t>(why)] =
            &registry_.counter(kBatches, "Batches dispatched.", {{"model", lane->model}, {"reason", nameOf(why)}});
    }
    lane->requestsTotal = &registry_.counter("millrace_batch_requests_total", "Requests dispatched in a batch.",
                                             {{"model", lane->model}});
    lane->rowsTotal =
        &registry_.counter("millrace_batch_rows_total", "Rows dispatched in a batch.", {{"model", lane->model}});
    lane->sizeLimit =
        &registry_.gauge("millrace_batch_size_limit", "Current adaptive batch size in rows.", {{"model", lane->model}});
    lanes_.emplace(key, lane);
    return lane;
}

/// Makes place for one lane: forgets what was unused longest. False when all are in use.
bool LaneTable::forgetOne()
{
    auto oldest = lanes_.end();
    for (auto it = lanes_.begin(); it != lanes_.end(); ++it) {
        const LaneState& lane = *it->second;
        const bool idle = lane.lane.waiting() == 0 && lane.running.empty() && !lane.pumpPosted && !lane.pumping &&
                          lane.bypassing == 0;
        if (idle && (oldest == lanes_.end() || lane.used < oldest->second->used)) oldest = it;
    }
    if (oldest == lanes_.end()) return false;
    unschedule(*oldest->second);
    lanes_.erase(oldest);
    return true;
}

void LaneTable::apply(LaneState& lane) const
{
    lane.lane.apply(laneOptions(options_, lane.list));
    lane.size.apply(sizeOptions(options_));
    lane.order.setEnabled(options_.preserveOrder);
}

std::vector<std::shared_ptr<LaneState>> LaneTable::all() const
{
    std::vector<std::shared_ptr<LaneState>> out;
    out.reserve(lanes_.size());
    for (const auto& [key, lane] : lanes_) out.push_back(lane);
    return out;
}

LaneSnapshot LaneTable::snapshot(const LaneState& lane, TimePoint now) const
{
    LaneSnapshot snapshot;
    snapshot.model = lane.model;
    snapshot.signature = lane.signature;
    snapshot.waiting = lane.lane.waiting();
    snapshot.waitingRows = lane.lane.waitingRows();
    if (const auto oldest = lane.lane.oldest()) snapshot.oldest = now - *oldest;
    snapshot.inFlight = lane.lane.inFlight();
    snapshot.sizeLimit = limit(lane, now);
    snapshot.waitLimit = lane.lane.waitLimit();
    if (const auto& fit = lane.lane.cost().fit()) {
        snapshot.costBaseMs = fit->baseMs;
        snapshot.costPerRowMs = fit->perRowMs;
    }
    snapshot.batches = lane.batches;
    snapshot.requests = lane.requests;
    snapshot.rows = lane.rows;
    snapshot.rowsLargest = lane.rowsLargest;
    for (const DispatchReason why : kDispatchReasons)
        if (const auto count = lane.closed[static_cast<std::size_t>(why)]) snapshot.closed[why] = count;
    snapshot.limitWhy = lane.size.why();
    if (lane.rowsMax > 0 && snapshot.sizeLimit == lane.rowsMax && lane.rowsMax < lane.size.limit())
        snapshot.limitWhy = say(Phrase::SizeModelLimit, Value::rows(lane.rowsMax));
    snapshot.note = lane.learned.sentence(now);
    if (snapshot.note.empty() && lane.lane.splitsLarge(now)) snapshot.note = say(Phrase::SizeLargeAlone);
    return snapshot;
}

std::vector<LaneSnapshot> LaneTable::snapshots(TimePoint now) const
{
    std::vector<LaneSnapshot> out;
    out.reserve(lanes_.size());
    for (const auto& [key, lane] : lanes_) out.push_back(snapshot(*lane, now));
    std::sort(out.begin(), out.end(), [](const LaneSnapshot& a, const LaneSnapshot& b) {
        return std::tie(a.model, a.signature) < std::tie(b.model, b.signature);
    });
    return out;
}

std::uint32_t LaneTable::limitBeside(const LaneState& lane) const
{
    std::uint32_t most = std::min(lane.size.limit(), std::max<std::uint32_t>(1, options_.sizeMax));
    if (lane.rowsMax > 0) most = std::min(most, lane.rowsMax);
    if (lane.list) most = std::min(most, itemsMax(*lane.list));
    return most;
}

std::uint32_t LaneTable::limit(const LaneState& lane, TimePoint now) const
{
    const std::uint32_t most = limitBeside(lane);
    const std::uint32_t learned = lane.learned.any() ? lane.learned.limit(now) : 0;
    return learned > 0 ? std::min(most, learned) : most;
}

// ---- time ----

void LaneTable::schedule(LaneState& lane, TimePoint when)
{
    if (when >= lane.scheduled) return;
    unschedule(lane);
    lane.scheduled = when;
    due_.emplace(std::pair(when, lane.number), &lane);
}

void LaneTable::unschedule(LaneState& lane)
{
    if (lane.scheduled == TimePoint::max()) return;
    due_.erase({lane.scheduled, lane.number});
    lane.scheduled = TimePoint::max();
}

LaneState* LaneTable::nextDue(TimePoint now)
{
    if (nextAt() > now || due_.empty()) return nullptr;
    LaneState* const lane = due_.begin()->second;
    unschedule(*lane);
    return lane;
}

}  // namespace millrace::batch
