// SPDX-License-Identifier: GPL-3.0-or-later
#include "telemetry/log_writer.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <limits.h>
#include <mutex>
#include <poll.h>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <utility>

namespace millrace::telemetry {

struct LogWriter::State {
    int fd = -1;
    std::function<std::string(std::uint64_t)> summary;

    mutable std::mutex mutex;
    std::condition_variable changed, settled;
    // guarded by mutex
    std::deque<std::string> lines;
    std::size_t bytes = 0;
    std::uint64_t dropped = 0, unsaid = 0;
    std::function<void(std::uint64_t)> listener;
    bool writing = false;
    bool stopping = false;
    bool finished = false;

    void drop(std::uint64_t count)
    {
        dropped += count;
        if (count > 0 && listener) listener(count);
    }

    /// Once full, half of it must be free again: otherwise every second line would be about one that is missing.
    bool hasSpaceFor(std::size_t size) const
    {
        const std::size_t share = unsaid > 0 ? 2 : 1;
        return lines.size() < kLinesMax / share && bytes + size <= kBytesMax / share;
    }

    void push(std::string line)
    {
        bytes += line.size();
        lines.push_back(std::move(line));
    }

    void run()
    {
        std::unique_lock lock(mutex);
        for (;;) {
            changed.wait(lock, [this] { return stopping || !lines.empty() || unsaid > 0; });
            if (lines.empty() && unsaid == 0) break;
            std::string text;
            std::uint64_t count = 0;
            const std::uint64_t missing = lines.empty() ? std::exchange(unsaid, 0) : 0;
            if (missing > 0) {
                text = summary(missing);
            } else {
                // What has come meanwhile goes out together.
                while (!lines.empty() && text.size() + lines.front().size() <= PIPE_BUF * 4) {
                    bytes -= lines.front().size();
                    text += lines.front();
                    lines.pop_front();
                    ++count;
                }
                if (count == 0) {
                    bytes -= lines.front().size();
                    text = std::move(lines.front());
                    lines.pop_front();
                    count = 1;
                }
            }
            writing = true;
            lock.unlock();
            const bool written = put(text);
            lock.lock();
            writing = false;
            if (lines.empty()) settled.notify_all();
            if (written) continue;
            if (stopping) break;
            drop(count);  // nobody is there: no line about the lines that are missing either
        }
        finished = true;
        settled.notify_all();
    }

    /// At most PIPE_BUF bytes once poll says so: then a pipe and a terminal take them without waiting.
    bool put(std::string_view text)
    {
        while (!text.empty()) {
            pollfd asked{fd, POLLOUT, 0};
            const int ready = ::poll(&asked, 1, 100);
            if (ready < 0 && errno != EINTR) return false;
            if (ready <= 0) {
                const std::lock_guard lock(mutex);
                if (stopping && !mayWait()) return false;
                continue;
            }
            if ((asked.revents & (POLLERR | POLLNVAL)) != 0) return false;
            const ssize_t sent = ::write(fd, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
            if (sent < 0 && errno != EINTR && errno != EAGAIN) return false;
            if (sent > 0) text.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    bool mayWait() const { return std::chrono::steady_clock::now() < giveUpAt; }
    std::chrono::steady_clock::time_point giveUpAt;  // guarded by mutex; once stopping
};

LogWriter::LogWriter(int fd, std::function<std::string(std::uint64_t)> dropped) : state_(std::make_shared<State>())
{
    state_->fd = fd;
    state_->summary = std::move(dropped);
    std::thread([state = state_] { state->run(); }).detach();
}

LogWriter::~LogWriter()
{
    std::unique_lock lock(state_->mutex);
    state_->stopping = true;
    state_->listener = nullptr;
    state_->giveUpAt = std::chrono::steady_clock::now() + std::chrono::milliseconds(kFlushMaxMs);
    state_->changed.notify_all();
    state_->settled.wait_until(lock, state_->giveUpAt + std::chrono::milliseconds(kFlushMaxMs / 2),
                               [&] { return state_->finished; });
}

void LogWriter::flush()
{
    std::unique_lock lock(state_->mutex);
    state_->settled.wait_for(lock, std::chrono::milliseconds(kFlushMaxMs), [&] {
        return state_->finished || (state_->lines.empty() && !state_->writing && state_->unsaid == 0);
    });
}

void LogWriter::write(std::string line)
{
    const std::lock_guard lock(state_->mutex);
    if (state_->stopping) return;
    if (!state_->hasSpaceFor(line.size())) {
        ++state_->unsaid;
        state_->drop(1);
        return;
    }
    if (state_->unsaid > 0) state_->push(state_->summary(std::exchange(state_->unsaid, 0)));
    state_->push(std::move(line));
    state_->changed.notify_one();
}

std::uint64_t LogWriter::dropped() const
{
    const std::lock_guard lock(state_->mutex);
    return state_->dropped;
}

void LogWriter::onDropped(std::function<void(std::uint64_t)> listener)
{
    const std::lock_guard lock(state_->mutex);
    state_->listener = std::move(listener);
}

}  // namespace millrace::telemetry
