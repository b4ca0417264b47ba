// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/mutex.h"
#include "control/watch_state.h"

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace millrace::control {

/// Receives the frames of one watcher. Called by the hub's thread, one call at a time.
class WatchSink {
public:
    virtual ~WatchSink() = default;
    /// REQUIRES: followed by WatchHub::sent().
    virtual void send(v1::Frame frame) = 0;
    /// The last call.
    virtual void finish(const Status& status) = 0;
};

/// Sends frames with changes to the watchers, each at the rate that it requested.
///
/// The engine's strand only fills one snapshot at a time, at the highest requested rate; comparing, composing and
/// serialising happen on a dedicated thread, which is started with the first watcher. A slow reader has one frame in
/// flight, and gets all later changes combined in its next one. Nothing happens without watchers.
///
/// Owner:  ControlServer.   Thread: any for all methods.   Bound: kWatchersMax.
/// Stop:   stop() ends all watchers with Unavailable and joins the thread. REQUIRES: called on the strand, or after
///         that has stopped running.
class WatchHub {
public:
    static constexpr std::size_t kWatchersMax = 32;
    static constexpr double kRateLeast = 0.2;
    static constexpr double kRateMost = 20;
    static constexpr double kRateUsual = 4;

    /// Positions in the engine's rings, after the latest snapshot.
    struct Cursors {
        std::uint64_t batches = 0;
        std::uint64_t requests = 0;
        std::uint64_t events = 0;
    };
    struct Collected {
        Snapshot snapshot;
        Cursors cursors;
    };
    /// Calls `done` once with a snapshot, on any thread.
    using Collect = std::function<void(Cursors cursors, std::function<void(Collected)> done)>;

    WatchHub(const Clock& clock, std::string bootId, Collect collect);
    ~WatchHub();

    using Ticket = std::uint64_t;
    /// ResourceExhausted or Unavailable: not added. REQUIRES: `sink` lives until its finish() is called.
    StatusOr<Ticket> add(WatchSink* sink, double rateHz);
    /// A frame was sent; `ok` false: the reader disconnected.
    void sent(Ticket ticket, bool ok);
    /// The reader disconnected: finish() follows soon.
    void cancel(Ticket ticket);
    void stop();
    std::size_t watchers() const;

private:
    struct Watcher {
        Ticket ticket;
        WatchSink* sink;
        Duration interval;
        TimePoint due;
        bool writing = false;
        bool disconnected = false;
        std::uint64_t version = 0;  // of the state last sent
        std::uint64_t sequence = 0;
    };
    /// Shared with pending snapshots, which may arrive after the hub's destruction.
    struct Inbox {
        Mutex mutex;
        CondVar wake;
        std::optional<Collected> arrived MILLRACE_GUARDED_BY(mutex);
        bool stopped MILLRACE_GUARDED_BY(mutex) = false;
    };
    void run();
    std::optional<TimePoint> nextDue() const MILLRACE_REQUIRES(inbox_->mutex);
    void finishDisconnected() MILLRACE_REQUIRES(inbox_->mutex);
    void startCollecting() MILLRACE_REQUIRES(inbox_->mutex);
    void sendDue() MILLRACE_REQUIRES(inbox_->mutex);
    Watcher* find(Ticket ticket) MILLRACE_REQUIRES(inbox_->mutex);

    const Clock& clock_;
    const std::string bootId_;
    const Collect collect_;
    std::shared_ptr<Inbox> inbox_;

    std::unique_ptr<WatchState> state_;  // the hub's thread only; null: no watchers
    Cursors cursors_;                    // the hub's thread only

    std::list<Watcher> watchers_ MILLRACE_GUARDED_BY(inbox_->mutex);
    Ticket lastTicket_ MILLRACE_GUARDED_BY(inbox_->mutex) = 0;
    bool collecting_ MILLRACE_GUARDED_BY(inbox_->mutex) = false;
    std::thread thread_;  // last
};

}  // namespace millrace::control
