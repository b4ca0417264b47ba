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

/// Where the frames of one watcher go. The hub's thread calls send() and finish(), never both at once.
class WatchSink {
public:
    virtual ~WatchSink() = default;
    /// Later answered with WatchHub::sent().
    virtual void send(v1::Frame frame) = 0;
    /// The last call.
    virtual void finish(const Status& status) = 0;
};

/// Sends frames of what changed to the watchers, each at its own rate.
///
/// The engine's strand only fills a snapshot, at the highest rate asked for, and one at a time: comparing, composing
/// and writing happen on the hub's own thread, which starts with the first watcher. A reader that is slow has one frame
/// in flight; what it misses meanwhile comes together in its next one. Nothing happens without watchers.
///
/// Owner:  ControlServer.   Thread: any for every method.   Bound: kWatchersMax.
/// Stop:   stop() ends every watcher with Unavailable and waits for the thread; call it on the strand, or when that
///         does not run any more.
class WatchHub {
public:
    static constexpr std::size_t kWatchersMax = 32;
    static constexpr double kRateLeast = 0.2;
    static constexpr double kRateMost = 20;
    static constexpr double kRateUsual = 4;

    /// Where the last snapshot ended.
    struct Cursors {
        std::uint64_t batches = 0;
        std::uint64_t requests = 0;
        std::uint64_t events = 0;
    };
    struct Collected {
        Snapshot snapshot;
        Cursors cursors;
    };
    /// Calls back once with a snapshot, from any thread.
    using Collect = std::function<void(Cursors cursors, std::function<void(Collected)> done)>;

    WatchHub(const Clock& clock, std::string bootId, Collect collect);
    ~WatchHub();

    using Ticket = std::uint64_t;
    /// `sink` lives until its finish() is called. ResourceExhausted or Unavailable: it was not taken.
    StatusOr<Ticket> add(WatchSink* sink, double rateHz);
    /// The frame was sent; `ok` false: the reader disconnected.
    void sent(Ticket ticket, bool ok);
    /// The reader disconnected: its sink is finished soon.
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
        std::uint64_t version = 0;  // of the state, as last sent
        std::uint64_t sequence = 0;
    };
    /// Outlives the hub, for a snapshot that comes late.
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

    std::unique_ptr<WatchState> state_;  // the hub's thread only; none: nobody watches
    Cursors cursors_;                    // the hub's thread only

    std::list<Watcher> watchers_ MILLRACE_GUARDED_BY(inbox_->mutex);
    Ticket lastTicket_ MILLRACE_GUARDED_BY(inbox_->mutex) = 0;
    bool collecting_ MILLRACE_GUARDED_BY(inbox_->mutex) = false;
    std::thread thread_;  // last
};

}  // namespace millrace::control
