// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/watch_state.h"

#include "control/outgoing.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>

namespace millrace::control {

namespace {

/// Equal messages give equal bytes, maps included.
std::string bytesOf(const google::protobuf::Message& message)
{
    std::string bytes;
    {
        google::protobuf::io::StringOutputStream stream(&bytes);
        google::protobuf::io::CodedOutputStream coded(&stream);
        coded.SetSerializationDeterministic(true);
        message.SerializeToCodedStream(&coded);
    }
    return bytes;
}

template <typename Records, typename List>
bool append(Records& records, List&& list, std::size_t most, std::uint64_t version)
{
    bool any = false;
    for (auto& record : list) {
        records.kept.emplace_back(version, std::move(record));
        any = true;
    }
    while (records.kept.size() > most) records.kept.pop_front();
    return any;
}

template <typename Records, typename List>
void copySince(const Records& records, std::uint64_t version, List& out)
{
    auto first = records.kept.end();
    while (first != records.kept.begin() && std::prev(first)->first > version) --first;
    for (; first != records.kept.end(); ++first) *out.Add() = first->second;
}

}  // namespace

template <typename Message>
void WatchState::update(Section<Message>& section, Message&& message)
{
    std::string bytes = bytesOf(message);
    if (section.changed != 0 && bytes == section.bytes) return;
    section.message = std::move(message);
    section.bytes = std::move(bytes);
    section.changed = version_;
}

void WatchState::updateLoads(v1::ModelSection& models)
{
    std::map<std::uint64_t, Section<v1::LoadRecord>> now;
    for (auto& load : *models.mutable_recent()) {
        const std::uint64_t id = load.id();
        const auto known = loads_.find(id);
        Section<v1::LoadRecord> section = known == loads_.end() ? Section<v1::LoadRecord>() : std::move(known->second);
        update(section, std::move(load));
        if (section.changed == version_) recordsChanged_ = version_;
        now.emplace(id, std::move(section));
    }
    loads_ = std::move(now);  // those that the engine has dropped are dropped here too
    models.clear_recent();
}

void clean(Snapshot& snapshot)
{
    wash(snapshot.flow);
    wash(snapshot.pools);
    wash(snapshot.batches);
    wash(snapshot.models);
    wash(snapshot.streams);
    wash(snapshot.guard);
    wash(snapshot.sample);
    wash(snapshot.engine);
    for (auto& request : snapshot.requests) wash(request);
    for (auto& event : snapshot.events) wash(event);
    auto& pools = *snapshot.pools.mutable_pools();
    for (auto& pool : pools)
        pool.set_connections_left_out(
            cutTo(*pool.mutable_connections(), false, kListBytesMax / static_cast<std::size_t>(pools.size())));
    snapshot.batches.set_lanes_left_out(cutTo(*snapshot.batches.mutable_lanes()));
    snapshot.models.set_models_left_out(cutTo(*snapshot.models.mutable_models()));
    snapshot.streams.set_streams_left_out(cutTo(*snapshot.streams.mutable_streams()));
}

void WatchState::take(Snapshot snapshot)
{
    clean(snapshot);
    ++version_;
    timeMs_ = snapshot.timeMs;
    if (version_ == 1 || revision_ != snapshot.revision || draining_ != snapshot.draining) headChanged_ = version_;
    revision_ = snapshot.revision;
    draining_ = snapshot.draining;
    const bool batches = append(recentBatches_, *snapshot.batches.mutable_recent(), kBatchesMax, version_);
    snapshot.batches.clear_recent();
    const bool requests = append(requests_, snapshot.requests, kRequestsMax, version_);
    const bool events = append(events_, snapshot.events, kEventsMax, version_);
    if (batches || requests || events) recordsChanged_ = version_;
    updateLoads(snapshot.models);
    update(flow_, std::move(snapshot.flow));
    update(pools_, std::move(snapshot.pools));
    update(batches_, std::move(snapshot.batches));
    update(models_, std::move(snapshot.models));
    update(streams_, std::move(snapshot.streams));
    update(guard_, std::move(snapshot.guard));
    if (snapshot.sample.time_ms() != sample_.message.time_ms()) {
        engine_ = std::move(snapshot.engine);
        update(sample_, std::move(snapshot.sample));
    }
}

bool WatchState::changedSince(std::uint64_t version) const
{
    const std::uint64_t newest =
        std::max({headChanged_, flow_.changed, pools_.changed, batches_.changed, models_.changed, streams_.changed,
                  guard_.changed, sample_.changed, recordsChanged_});
    return newest > version;
}

v1::Frame WatchState::deltaSince(std::uint64_t version) const
{
    v1::Frame frame;
    frame.set_full(version == 0);
    frame.set_time_ms(timeMs_);
    frame.set_revision(revision_);
    frame.set_draining(draining_);
    if (flow_.changed > version) *frame.mutable_flow() = flow_.message;
    if (pools_.changed > version) *frame.mutable_pools() = pools_.message;
    if (streams_.changed > version) *frame.mutable_streams() = streams_.message;
    if (guard_.changed > version && guard_.message.revision() != 0) *frame.mutable_guard() = guard_.message;
    if (sample_.changed > version) {
        *frame.mutable_sample() = sample_.message;
        *frame.mutable_engine() = engine_;
    }
    // A section comes as a whole, so that what it does not repeat is not taken as removed.
    v1::BatchSection batches;
    copySince(recentBatches_, version, *batches.mutable_recent());
    if (batches_.changed > version || batches.recent_size() > 0) {
        *frame.mutable_batches() = batches_.message;
        frame.mutable_batches()->mutable_recent()->Swap(batches.mutable_recent());
    }
    v1::ModelSection models;
    for (const auto& [id, load] : loads_)
        if (load.changed > version) *models.add_recent() = load.message;
    if (models_.changed > version || models.recent_size() > 0) {
        *frame.mutable_models() = models_.message;
        frame.mutable_models()->mutable_recent()->Swap(models.mutable_recent());
    }
    copySince(requests_, version, *frame.mutable_requests());
    copySince(events_, version, *frame.mutable_events());
    return frame;
}

}  // namespace millrace::control
