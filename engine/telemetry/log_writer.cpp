// SPDX-License-Identifier: GPL-3.0-or-later
#include "telemetry/log_writer.h"

#include "base/mutex.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <deque>
#include <limits.h>
#include <poll.h>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <utility>

namespace millrace::telemetry {

struct LogWriter::State {
    int fd = -1;
    std::function<std::string(std::uint64_t)> summary;

    mutable Mutex mutex;
    CondVar changed, settled;
    std::deque<std::string> lines MILLRACE_GUARDED_BY(mutex);
    std::size_t bytes MILLRACE_GUARDED_BY(mutex) = 0;
    std::uint64_t dropped MILLRACE_GUARDED_BY(mutex) = 0;
    std::uint64_t unsaid MILLRACE_GUARDED_BY(mutex) = 0;  // of them, those that no line was written about yet
    std::function<void(std::uint64_t)> listener MILLRACE_GUARDED_BY(mutex);
    bool writing MILLRACE_GUARDED_BY(mutex) = false;
    bool stopping MILLRACE_GUARDED_BY(mutex) = false;
    bool finished MILLRACE_GUARDED_BY(mutex) = false;
    std::chrono::steady_clock::time_point giveUpAt MILLRACE_GUARDED_BY(mutex);  // once stopping

    void drop(std::uint64_t count) MILLRACE_REQUIRES(mutex)
    {
        dropped += count;
        if (count > 0 && listener) listener(count);
    }

    /// Once full, half of it must be free again: otherwise every second line would be about one that is missing.
    bool hasSpaceFor(std::size_t size) const MILLRACE_REQUIRES(mutex)
    {
        const std::size_t share = unsaid > 0 ? 2 : 1;
        return lines.size() < kLinesMax / share && bytes + size <= kBytesMax / share;
    }

    bool waits() const MILLRACE_REQUIRES(mutex) { return !finished && (!lines.empty() || writing || unsaid > 0); }

    void push(std::string line) MILLRACE_REQUIRES(mutex)
    {
        bytes += line.size();
        lines.push_back(std::move(line));
    }

    void run()
    {
        MutexLock lock(mutex);
        for (;;) {
            while (!stopping && lines.empty() && unsaid == 0) changed.wait(mutex);
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
            if (lines.empty()) settled.notifyAll();
            if (written) continue;
            if (stopping) break;
            drop(count);  // nobody is there: no line about the lines that are missing either
        }
        finished = true;
        settled.notifyAll();
    }

    /// At most PIPE_BUF bytes once poll says so: then a pipe and a terminal take them without waiting.
    bool put(std::string_view text)
    {
        while (!text.empty()) {
            pollfd asked{fd, POLLOUT, 0};
            const int ready = ::poll(&asked, 1, 100);
            if (ready < 0 && errno != EINTR) return false;
            if (ready <= 0) {
                const MutexLock lock(mutex);
                if (stopping && std::chrono::steady_clock::now() >= giveUpAt) return false;
                continue;
            }
            if ((asked.revents & (POLLERR | POLLNVAL)) != 0) return false;
            const ssize_t sent = ::write(fd, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
            if (sent < 0 && errno != EINTR && errno != EAGAIN) return false;
            if (sent > 0) text.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
};

LogWriter::LogWriter(int fd, std::function<std::string(std::uint64_t)> dropped) : state_(std::make_shared<State>())
{
    state_->fd = fd;
    state_->summary = std::move(dropped);
    std::thread([state = state_] { state->run(); }).detach();
}

LogWriter::~LogWriter()
{
    const MutexLock lock(state_->mutex);
    state_->stopping = true;
    state_->listener = nullptr;
    state_->giveUpAt = std::chrono::steady_clock::now() + std::chrono::milliseconds(kFlushMaxMs);
    state_->changed.notifyAll();
    const auto leaveAt = state_->giveUpAt + std::chrono::milliseconds(kFlushMaxMs / 2);
    while (!state_->finished && state_->settled.waitUntil(state_->mutex, leaveAt)) {
    }
}

void LogWriter::flush()
{
    const MutexLock lock(state_->mutex);
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(kFlushMaxMs);
    while (state_->waits() && state_->settled.waitUntil(state_->mutex, until)) {
    }
}

void LogWriter::write(std::string line)
{
    const MutexLock lock(state_->mutex);
    if (state_->stopping) return;
    if (!state_->hasSpaceFor(line.size())) {
        ++state_->unsaid;
        state_->drop(1);
        return;
    }
    if (state_->unsaid > 0) state_->push(state_->summary(std::exchange(state_->unsaid, 0)));
    state_->push(std::move(line));
    state_->changed.notifyOne();
}

std::uint64_t LogWriter::dropped() const
{
    const MutexLock lock(state_->mutex);
    return state_->dropped;
}

void LogWriter::onDropped(std::function<void(std::uint64_t)> listener)
{
    const MutexLock lock(state_->mutex);
    state_->listener = std::move(listener);
}

}  // namespace millrace::telemetry
