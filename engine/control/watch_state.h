// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "control.pb.h"

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace millrace::control {

/// The state at one moment. Lists that grow (batches, requests, events) have only new entries.
struct Snapshot {
    std::int64_t timeMs = 0;
    std::uint64_t revision = 0;
    bool draining = false;
    v1::Flow flow;
    v1::PoolSection pools;
    v1::BatchSection batches;
    v1::ModelSection models;
    v1::StreamSection streams;
    v1::GuardedApply guard;  ///< revision 0: none
    v1::Sample sample;       ///< time 0: none yet
    v1::Engine engine;       ///< goes with the sample
    std::vector<v1::RequestRecord> requests;
    std::vector<v1::Event> events;
};

/// Washes every string and bounds every list (outgoing.h).
void clean(Snapshot& snapshot);

/// The engine's state for watchers, with a version for each section, so that a frame has only what its watcher has not
/// seen. A watcher that skipped frames gets all that it missed.
///
/// Pure core.   Thread: one.   Bound: the newest kBatchesMax, kRequestsMax and kEventsMax.
class WatchState {
public:
    static constexpr std::size_t kBatchesMax = 256;
    static constexpr std::size_t kRequestsMax = 256;
    static constexpr std::size_t kEventsMax = 256;

    void take(Snapshot snapshot);
    /// Version of the newest snapshot; 0: none.
    std::uint64_t version() const { return version_; }
    /// What changed after `version`; 0: everything. Without boot id and sequence.
    v1::Frame deltaSince(std::uint64_t version) const;
    /// False: deltaSince() would be empty.
    bool changedSince(std::uint64_t version) const;

private:
    template <typename Message>
    struct Section {
        Message message;
        std::string bytes;
        std::uint64_t changed = 0;
    };
    template <typename Message>
    void update(Section<Message>& section, Message&& message);
    template <typename Message>
    struct Records {
        std::deque<std::pair<std::uint64_t, Message>> kept;  // with the version that brought it
    };
    void updateLoads(v1::ModelSection& models);

    std::uint64_t version_ = 0;
    std::int64_t timeMs_ = 0;
    std::uint64_t revision_ = 0;
    bool draining_ = false;
    std::uint64_t headChanged_ = 0;  // revision or draining
    Section<v1::Flow> flow_;
    Section<v1::PoolSection> pools_;
    Section<v1::BatchSection> batches_;  // without `recent`
    Section<v1::ModelSection> models_;   // without `recent`
    Section<v1::StreamSection> streams_;
    Section<v1::GuardedApply> guard_;
    Section<v1::Sample> sample_;
    v1::Engine engine_;
    Records<v1::BatchRecord> recentBatches_;
    Records<v1::RequestRecord> requests_;
    Records<v1::Event> events_;
    std::map<std::uint64_t, Section<v1::LoadRecord>> loads_;
    std::uint64_t recordsChanged_ = 0;
};

}  // namespace millrace::control
