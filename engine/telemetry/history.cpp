// SPDX-License-Identifier: GPL-3.0-or-later
#include "telemetry/history.h"

#include "telemetry/database_file.h"
#include "telemetry/history_file.h"
#include "telemetry/memory_trim.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <iterator>
#include <limits>
#include <numeric>
#include <utility>

namespace millrace::telemetry {

namespace {

// Writes are gathered for this long, so that a burst of events is one commit.
constexpr auto kGather = std::chrono::milliseconds(300);
constexpr std::size_t kEventsInMemory = 2'000;
constexpr std::size_t kSecondsHeld = History::kSecondsMs / 1000 + 1;

}  // namespace

History::History(std::string path, FileHealth* health, std::string bootId)
    : path_(std::move(path)), health_(health), bootId_(std::move(bootId))
{}

std::unique_ptr<History> History::open(const std::string& path, std::int64_t nowMs, FileHealth* health,
                                       std::string bootId)
{
    std::unique_ptr<History> history(new History(path, health, std::move(bootId)));
    history->openedMs_ = nowMs;
    if (!path.empty()) {
        const Status status = history->openFile(nowMs);
        {
            const MutexLock lock(history->mutex_);
            history->problem_ = text(status);
            if (!status.ok()) history->retryAt_ = std::chrono::steady_clock::now() + kRetry;
        }
        if (health) health->report(status);
    }
    history->thread_ = std::thread([raw = history.get()] { raw->run(); });
    return history;
}

/// Of the disk's thread, or before it runs. OK: file_ can be written.
Status History::openFile(std::int64_t nowMs)
{
    for (bool again = true; again;) {
        again = false;
        DatabaseFault fault = DatabaseFault::Disk;
        std::string why;
        try {
            adopt(std::make_unique<HistoryFile>(path_, HistoryFile::Access::Write), nowMs);
            return absl::OkStatus();
        } catch (const std::exception& error) {
            fault = faultOf(error);
            why = reasonOf(error, path_);
        }
        if (fault == DatabaseFault::Damaged) {
            file_.reset();
            const std::string aside = telemetry::setAside(path_);
            again = !aside.empty();
            if (again && health_) health_->setAside(aside, why);
        } else if (fault == DatabaseFault::Disk && !file_) {
            try {
                adopt(std::make_unique<HistoryFile>(path_, HistoryFile::Access::Read), nowMs);
            } catch (const std::exception&) {
                // Nothing there that could be read: memory alone for now.
            }
        }
        if (!again) return unavailable("the history cannot be written: " + why);
    }
    return absl::OkStatus();
}

/// The file's numbers of the series become ours; what was recorded before it could be opened is numbered anew.
void History::adopt(std::unique_ptr<HistoryFile> file, std::int64_t nowMs)
{
    SeriesNames names;
    for (const auto& name : file->names()) names.number(name);
    // What lies ahead of the clock was recorded while that was wrong.
    std::deque<Row> seconds = file->seconds(nowMs - kSecondsMs, nowMs + 60'000, kSecondsHeld);
    const MutexLock lock(mutex_);
    std::vector<std::optional<std::uint16_t>> numbers;
    for (const auto& name : names_.names()) numbers.push_back(names.number(name));
    const auto renumber = [&numbers](Row& row) {
        Row moved{row.timeMs, {}};
        for (std::size_t i = 0; i < row.values.size(); ++i) {
            if (!numbers[i]) continue;
            if (*numbers[i] >= moved.values.size())
                moved.values.resize(*numbers[i] + 1U, std::numeric_limits<double>::quiet_NaN());
            moved.values[*numbers[i]] = row.values[i];
        }
        row = std::move(moved);
    };
    for (auto& row : seconds_) renumber(row);
    for (auto& row : queued_.rows) renumber(row);
    while (!seconds.empty() && !seconds_.empty() && seconds.back().timeMs >= seconds_.front().timeMs)
        seconds.pop_back();
    seconds_.insert(seconds_.begin(), std::make_move_iterator(seconds.begin()), std::make_move_iterator(seconds.end()));
    while (seconds_.size() > kSecondsHeld) seconds_.pop_front();
    names_ = std::move(names);
    file_ = std::move(file);
}

History::~History()
{
    {
        const MutexLock lock(mutex_);
        stop_ = true;
    }
    wake_.notifyAll();
    if (thread_.joinable()) thread_.join();
}

void History::add(const Sample& sample)
{
    {
        const MutexLock lock(mutex_);
        Row row = names_.row(sample);
        // On the second, so that a sample that is a little early does not leave a hole in the next one.
        row.timeMs -= row.timeMs % 1000;
        // The clock was set back: what lies ahead of it would never be reached again.
        while (!seconds_.empty() && seconds_.back().timeMs >= row.timeMs) seconds_.pop_back();
        // By number, not by age: a clock that jumps ahead for a moment must not empty it.
        while (seconds_.size() >= kSecondsHeld) seconds_.pop_front();
        seconds_.push_back(row);
        if (path_.empty()) return;
        makeRoom();
        queued_.rows.push_back(std::move(row));
        ++added_;
    }
    wake_.notifyOne();
}

void History::add(const Event& event)
{
    {
        const MutexLock lock(mutex_);
        events_.push_back(event);
        if (events_.size() > kEventsInMemory) events_.pop_front();
        if (path_.empty()) return;
        makeRoom();
        queued_.events.push_back(event);
        ++added_;
    }
    wake_.notifyOne();
}

void History::makeRoom()
{
    while (queued_.rows.size() + queued_.events.size() >= kQueueMax) {
        ++dropped_;
        if (!queued_.rows.empty())
            queued_.rows.erase(queued_.rows.begin());
        else
            queued_.events.erase(queued_.events.begin());
    }
}

void History::query(Query query, std::function<void(StatusOr<Answer>)> done)
{
    if (query.fromMs == 0) query.fromMs = query.toMs - kSecondsMs;
    if (query.pointsMax == 0) query.pointsMax = 300;
    query.pointsMax = std::min(query.pointsMax, kPointsMax);
    Status refusal;
    if (query.fromMs > query.toMs) refusal = invalidArgument("from_ms must not be after to_ms");
    {
        const MutexLock lock(mutex_);
        if (stop_) refusal = unavailable("the engine is stopping");
        if (asked_.size() >= 64) refusal = resourceExhausted("64 history queries are already waiting");
        if (refusal.ok())
            asked_.push_back([this, query = std::move(query), done]() mutable {
                try {
                    done(answer(query));
                } catch (const std::exception& error) {
                    done(internal(std::string("the history cannot be read: ") + error.what()));
                }
            });
    }
    if (!refusal.ok()) {
        done(refusal);
        return;
    }
    wake_.notifyOne();
}

History::Answer History::answer(const Query& query)
{
    // The disk's thread. Memory has the last hour by seconds; the disk has what is older, coarser with age.
    std::vector<std::string> names;
    std::vector<std::uint16_t> series;
    std::vector<Row> recent;
    std::int64_t memoryFrom = INT64_MAX;
    std::int64_t newest = query.toMs;
    {
        const MutexLock lock(mutex_);
        names = names_.names();
        for (const auto& row : seconds_)
            if (row.timeMs >= query.fromMs - 1000 && row.timeMs <= query.toMs) recent.push_back(row);
        if (!seconds_.empty()) {
            memoryFrom = seconds_.front().timeMs;
            newest = std::max(newest, seconds_.back().timeMs);
        }
        if (query.names.empty()) {
            series.resize(names.size());
            std::iota(series.begin(), series.end(), std::uint16_t{0});
        }
        for (const auto& name : query.names)
            if (const auto number = names_.find(name)) series.push_back(*number);
    }
    const std::int64_t age = newest - query.fromMs;
    const std::int64_t resolution = age <= kSecondsMs + 60'000 ? 1000 : age <= kTensMs + 60'000 ? 10'000 : 60'000;
    const std::int64_t step = stepFor(query.fromMs, query.toMs, resolution, query.pointsMax);
    PointsBuilder builder(query.fromMs, query.toMs, step, series);
    Answer answer;
    if (file_ && resolution > 1000) {
        const std::int64_t until = std::min(query.toMs, memoryFrom == INT64_MAX ? INT64_MAX : memoryFrom - 1);
        file_->read(resolution, query.fromMs - resolution + 1, until,
                    [&](const Row& row) { builder.add(row, resolution); });
    }
    for (const auto& row : recent) builder.add(row, 1000);
    answer.points = builder.finish(names);
    if (file_) {
        answer.events = file_->events(query.fromMs, query.toMs, kEventsAnswered);
    } else {
        const MutexLock lock(mutex_);
        for (const auto& event : events_)
            if (event.timeMs >= query.fromMs && event.timeMs <= query.toMs) answer.events.push_back({event, bootId_});
        if (answer.events.size() > kEventsAnswered)
            answer.events.erase(answer.events.begin(),
                                answer.events.end() - static_cast<std::ptrdiff_t>(kEventsAnswered));
    }
    return answer;
}

std::map<std::string, double> History::means(std::int64_t fromMs, std::int64_t toMs) const
{
    const MutexLock lock(mutex_);
    std::vector<double> totals(names_.names().size(), 0);
    std::vector<double> counts(totals.size(), 0);
    for (const auto& row : seconds_) {
        if (row.timeMs < fromMs || row.timeMs > toMs) continue;
        for (std::size_t i = 0; i < row.values.size(); ++i) {
            if (std::isnan(row.values[i])) continue;
            totals[i] += row.values[i];
            counts[i] += 1;
        }
    }
    std::map<std::string, double> out;
    for (std::size_t i = 0; i < totals.size(); ++i)
        if (counts[i] > 0) out[names_.names()[i]] = totals[i] / counts[i];
    return out;
}

void History::waitForWork()
{
    if (retryAt_) {
        while (!called() && wake_.waitUntil(mutex_, *retryAt_)) {
        }
        return;
    }
    while (!called() && queued_.rows.empty() && queued_.events.empty()) wake_.wait(mutex_);
    const auto gathered = std::chrono::steady_clock::now() + kGather;
    while (!called() && wake_.waitUntil(mutex_, gathered)) {
    }
}

Status History::writeNow(const Write& work, const std::vector<std::string>& names)
{
    try {
        file_->write(names, work.rows, work.events, bootId_);
        return absl::OkStatus();
    } catch (const std::exception& error) {
        // Opened anew by the next attempt, which sets it aside, or begins another one.
        const auto fault = faultOf(error);
        if (fault == DatabaseFault::Damaged || fault == DatabaseFault::Removed) file_.reset();
        return unavailable("the history cannot be written: " + reasonOf(error, path_));
    }
}

/// In front of what has come meanwhile.
void History::putBack(Write work)
{
    const auto join = [](auto& first, auto& then) {
        first.insert(first.end(), std::make_move_iterator(then.begin()), std::make_move_iterator(then.end()));
        then = std::move(first);
    };
    join(work.rows, queued_.rows);
    join(work.events, queued_.events);
    // Room is made when the next one comes.
}

void History::run()
{
    prepareRecordingThread();
    MutexLock lock(mutex_);
    while (true) {
        waitForWork();
        const bool due = !retryAt_ || stop_ || flushNow_ || std::chrono::steady_clock::now() >= *retryAt_;
        const std::uint64_t upTo = added_;
        const std::int64_t newest = seconds_.empty() ? openedMs_ : seconds_.back().timeMs;
        const std::deque<std::function<void()>> asked = std::exchange(asked_, {});
        const bool stopping = stop_;
        flushNow_ = false;
        const bool toWrite = due && !path_.empty() && (!queued_.rows.empty() || !queued_.events.empty() || retryAt_);
        lock.unlock();

        std::optional<Status> written;
        if (toWrite) {
            // Opening may number the series anew, so what waits is taken afterwards.
            written = file_ && file_->writable() ? absl::OkStatus() : openFile(newest);
            if (written->ok()) {
                lock.lock();
                Write work = std::exchange(queued_, {});
                const std::vector<std::string> names = names_.names();
                lock.unlock();
                written = writeNow(work, names);
                if (!written->ok()) {
                    lock.lock();
                    putBack(std::move(work));
                    lock.unlock();
                }
            }
            if (health_) health_->report(*written);
        }
        for (const auto& request : asked) request();

        lock.lock();
        if (written) {
            problem_ = text(*written);
            retryAt_ = written->ok() ? std::nullopt : std::optional(std::chrono::steady_clock::now() + kRetry);
        }
        if (due) written_ = upTo;
        done_.notifyAll();
        const bool left = !queued_.rows.empty() || !queued_.events.empty();
        if (stopping && asked_.empty() && (!left || retryAt_ || path_.empty())) return;
    }
}

void History::flush()
{
    const MutexLock lock(mutex_);
    const std::uint64_t wanted = added_;
    flushNow_ = true;
    wake_.notifyOne();
    while (written_ < wanted) done_.wait(mutex_);
}

std::uint64_t History::dropped() const
{
    const MutexLock lock(mutex_);
    return dropped_;
}

std::string History::problem() const
{
    const MutexLock lock(mutex_);
    return problem_;
}

}  // namespace millrace::telemetry
