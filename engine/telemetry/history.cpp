// SPDX-License-Identifier: GPL-3.0-or-later
#include "telemetry/history.h"

#include "telemetry/history_file.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <filesystem>
#include <numeric>
#include <utility>

namespace millrace::telemetry {

namespace {

// Writes are gathered for this long, so that a burst of events is one commit.
constexpr auto kGather = std::chrono::milliseconds(300);
constexpr std::size_t kEventsInMemory = 10'000;

}  // namespace

StatusOr<std::unique_ptr<History>> History::open(const std::string& path, std::int64_t nowMs)
{
    std::unique_ptr<History> history(new History);
    for (int attempt = 0; !path.empty() && !history->file_; ++attempt) {
        try {
            auto file = std::make_unique<HistoryFile>(path);
            file->resume();
            SeriesNames names;
            for (const auto& name : file->names()) names.number(name);
            for (auto& row : file->seconds(nowMs - kSecondsMs)) history->seconds_.push_back(std::move(row));
            history->names_ = std::move(names);
            history->file_ = std::move(file);
        } catch (const std::exception& error) {
            history->seconds_.clear();
            if (attempt > 0) return unavailable(path + " cannot be used: " + error.what());
            std::error_code ignored;
            history->movedAside_ = path + ".unreadable";
            std::filesystem::rename(path, history->movedAside_, ignored);
            std::filesystem::remove(path + "-wal", ignored);
            std::filesystem::remove(path + "-shm", ignored);
        }
    }
    history->thread_ = std::thread([raw = history.get()] { raw->run(); });
    return history;
}

History::~History()
{
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void History::add(const Sample& sample)
{
    {
        const std::lock_guard lock(mutex_);
        Row row = names_.row(sample);
        // On the second, so that a sample that is a little early does not leave a hole in the next one.
        row.timeMs -= row.timeMs % 1000;
        // The clock was set back: what lies ahead of it would never be reached again.
        while (!seconds_.empty() && seconds_.back().timeMs >= row.timeMs) seconds_.pop_back();
        while (!seconds_.empty() && seconds_.front().timeMs < row.timeMs - kSecondsMs) seconds_.pop_front();
        seconds_.push_back(row);
        if (!file_) return;
        if (queued_.rows.size() + queued_.events.size() >= kQueueMax) {
            ++dropped_;
            return;
        }
        queued_.rows.push_back(std::move(row));
        ++added_;
    }
    wake_.notify_one();
}

void History::add(const Event& event)
{
    {
        const std::lock_guard lock(mutex_);
        if (!file_) {
            events_.push_back(event);
            if (events_.size() > kEventsInMemory) events_.pop_front();
            return;
        }
        if (queued_.rows.size() + queued_.events.size() >= kQueueMax) {
            ++dropped_;
            return;
        }
        queued_.events.push_back(event);
        ++added_;
    }
    wake_.notify_one();
}

void History::query(Query query, std::function<void(StatusOr<Answer>)> done)
{
    if (query.fromMs == 0) query.fromMs = query.toMs - kSecondsMs;
    if (query.pointsMax == 0) query.pointsMax = 300;
    query.pointsMax = std::min(query.pointsMax, kPointsMax);
    Status refusal;
    if (query.fromMs > query.toMs) refusal = invalidArgument("from_ms must not be after to_ms");
    {
        const std::lock_guard lock(mutex_);
        if (stop_) refusal = unavailable("the engine is stopping");
        if (asked_.size() >= 64) refusal = resourceExhausted("64 queries of the history are waiting already");
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
    wake_.notify_one();
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
        const std::lock_guard lock(mutex_);
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
        const std::lock_guard lock(mutex_);
        for (const auto& event : events_)
            if (event.timeMs >= query.fromMs && event.timeMs <= query.toMs) answer.events.push_back(event);
        if (answer.events.size() > kEventsAnswered)
            answer.events.erase(answer.events.begin(),
                                answer.events.end() - static_cast<std::ptrdiff_t>(kEventsAnswered));
    }
    return answer;
}

std::map<std::string, double> History::means(std::int64_t fromMs, std::int64_t toMs) const
{
    const std::lock_guard lock(mutex_);
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

void History::run()
{
    std::unique_lock lock(mutex_);
    while (true) {
        const auto toWrite = [this] { return !queued_.rows.empty() || !queued_.events.empty(); };
        wake_.wait(lock, [&] { return stop_ || hurry_ || !asked_.empty() || toWrite(); });
        if (toWrite() && !stop_ && !hurry_ && asked_.empty())
            wake_.wait_for(lock, kGather, [&] { return stop_ || hurry_ || !asked_.empty(); });
        Write work = std::exchange(queued_, {});
        const std::uint64_t upTo = added_;
        std::deque<std::function<void()>> asked = std::exchange(asked_, {});
        const std::vector<std::string> names = names_.names();
        const bool stopping = stop_;
        hurry_ = false;
        lock.unlock();
        std::string problem;
        if (file_ && (!work.rows.empty() || !work.events.empty())) {
            try {
                file_->write(names, work.rows, work.events);
            } catch (const std::exception& error) {
                problem = std::string("the history cannot be written: ") + error.what();
            }
        }
        for (auto& one : asked) one();
        lock.lock();
        if (!work.rows.empty() || !work.events.empty()) problem_ = problem;
        written_ = upTo;
        done_.notify_all();
        if (stopping && !toWrite() && asked_.empty()) return;
    }
}

void History::flush()
{
    std::unique_lock lock(mutex_);
    const std::uint64_t wanted = added_;
    hurry_ = true;
    wake_.notify_one();
    done_.wait(lock, [&] { return written_ >= wanted; });
}

std::uint64_t History::dropped() const
{
    const std::lock_guard lock(mutex_);
    return dropped_;
}

std::string History::problem() const
{
    const std::lock_guard lock(mutex_);
    return problem_;
}

}  // namespace millrace::telemetry
