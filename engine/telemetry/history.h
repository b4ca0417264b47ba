// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "base/event_log.h"
#include "base/file_health.h"
#include "base/mutex.h"
#include "telemetry/series_store.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace millrace::telemetry {

class HistoryFile;

/// The history of samples and events: the last hour in memory and, with a file, a month on disk.
///
///     auto history = History::open(stateDir + "/history.db", clock.unixMs(), &health, bootId);
///     history->add(sample);
///     history->query({{"served_per_second"}, fromMs, toMs}, [](StatusOr<History::Answer> answer) { … });
///
/// Owner:  Engine.
/// Thread: any for all methods; disk access has a dedicated thread, for which only flush() and the destructor wait.
/// Bound:  1 s for an hour, 10 s for a day, 1 min for 31 days; kEventsMax events; kQueueMax pending writes, beyond
///         which the oldest are dropped and counted.
/// Errors: if the file is busy, full, read-only or failing, the history continues in memory and retries each kRetry;
///         pending writes are kept. A damaged file is set aside. `health` is notified of each change.
/// Stop:   the destructor writes what is pending. kill -9 loses at most the last second.
class History {
public:
    static constexpr std::size_t kQueueMax = 4096;
    static constexpr std::size_t kEventsMax = 100'000;
    static constexpr std::chrono::milliseconds kRetry{2000};
    static constexpr std::int64_t kSecondsMs = 3'600'000;
    static constexpr std::int64_t kTensMs = 86'400'000;
    static constexpr std::int64_t kMinutesMs = 31LL * 86'400'000;

    struct Query {
        std::vector<std::string> names;  ///< empty: all
        std::int64_t fromMs = 0;         ///< Unix; 0: an hour before `toMs`
        std::int64_t toMs = 0;
        std::size_t pointsMax = 300;  ///< up to kPointsMax
    };
    /// Sequence numbers restart with the engine: only together with the boot id do they identify an event.
    struct PastEvent : Event {
        std::string bootId;  ///< empty: written before boot IDs were kept
    };
    struct Answer {
        Points points;
        std::vector<PastEvent> events;  ///< oldest first, the newest kEventsAnswered of them
    };
    static constexpr std::size_t kPointsMax = 5000;
    static constexpr std::size_t kEventsAnswered = 1000;

    /// `path` empty: memory only. `health` null: not reported; REQUIRES: it outlives this. `bootId`: identifies this
    /// start of the engine. Never fails: see problem().
    static std::unique_ptr<History> open(const std::string& path, std::int64_t nowMs, FileHealth* health = nullptr,
                                         std::string bootId = {});
    ~History();

    void add(const Sample& sample);
    void add(const Event& event);
    /// Calls `done` once, on the disk's thread.
    void query(Query query, std::function<void(StatusOr<Answer>)> done);
    /// Means over the samples of from..to in memory.
    std::map<std::string, double> means(std::int64_t fromMs, std::int64_t toMs) const;

    /// Waits until everything added so far is written, or writing has failed.
    void flush();
    /// Number of writes dropped because the queue was full.
    std::uint64_t dropped() const;
    /// Why the file cannot be written; empty: no problem.
    std::string problem() const;

private:
    struct Write {
        std::vector<Row> rows;
        std::vector<Event> events;
    };
    History(std::string path, FileHealth* health, std::string bootId);
    void run();
    /// There is a reason to work before more writes have accumulated.
    bool called() const MILLRACE_REQUIRES(mutex_) { return stop_ || flushNow_ || !asked_.empty(); }
    void waitForWork() MILLRACE_REQUIRES(mutex_);
    Status writeNow(const Write& work, const std::vector<std::string>& names);
    Status openFile(std::int64_t nowMs);
    void adopt(std::unique_ptr<HistoryFile> file, std::int64_t nowMs);
    void putBack(Write work) MILLRACE_REQUIRES(mutex_);
    void makeRoom() MILLRACE_REQUIRES(mutex_);
    Answer answer(const Query& query);

    const std::string path_;  // empty: memory only
    FileHealth* const health_;
    const std::string bootId_;
    std::int64_t openedMs_ = 0;          // fixed after opening
    std::unique_ptr<HistoryFile> file_;  // disk thread only, once it runs; null: not opened yet

    mutable Mutex mutex_;
    SeriesNames names_ MILLRACE_GUARDED_BY(mutex_);
    std::deque<Row> seconds_ MILLRACE_GUARDED_BY(mutex_);
    std::deque<Event> events_ MILLRACE_GUARDED_BY(mutex_);  // the newest, if there is no file
    Write queued_ MILLRACE_GUARDED_BY(mutex_);
    std::deque<std::function<void()>> asked_ MILLRACE_GUARDED_BY(mutex_);
    std::uint64_t dropped_ MILLRACE_GUARDED_BY(mutex_) = 0;
    std::uint64_t added_ MILLRACE_GUARDED_BY(mutex_) = 0;    // writes given
    std::uint64_t written_ MILLRACE_GUARDED_BY(mutex_) = 0;  // writes done
    std::string problem_ MILLRACE_GUARDED_BY(mutex_);
    std::optional<std::chrono::steady_clock::time_point> retryAt_ MILLRACE_GUARDED_BY(mutex_);  // the last write failed
    bool flushNow_ MILLRACE_GUARDED_BY(mutex_) = false;
    bool stop_ MILLRACE_GUARDED_BY(mutex_) = false;
    CondVar wake_;
    CondVar done_;
    std::thread thread_;  // last: joined before the rest goes
};

}  // namespace millrace::telemetry
