// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace millrace::stream {

/// Decides when a stream must pause reading from its backend, and when it may resume.
///
/// A stream pauses when it has buffered its window (its client is slow), or when all streams together have reached the
/// limit. It resumes at half of that (hysteresis). A stream without buffered data may always read once, so that a few
/// stalled clients that fill the limit do not block all others.
///
///     Backpressure::Account account{window};
///     if (!pressure.mayRead(account, now)) …                                 // wait until it is listed in a Resumed
///     pressure.onRead(account, bytes);
///     for (auto* other : pressure.onWritten(account, bytes, now)) wake(other);
///     for (auto* other : pressure.close(account, now)) wake(other);
///
/// Pure. Thread: one.
/// REQUIRES: bytes written were read before; an account outlives its close().
/// Bound:  window + one read per stream; limit + one read per stream in total.
/// Always: pauses == resumes + paused now (a stream that closes while paused counts as resumed).
/// Owner of the accounts: the streams.
class Backpressure {
public:
    enum class By : std::uint8_t { Nobody, Client, Limit };

    struct Account {
        std::uint64_t window = 0;
        std::uint64_t buffered = 0;
        By pausedBy = By::Nobody;
        TimePoint pausedSince{};
        std::uint64_t pauses = 0;
        Duration pausedByClient{};  ///< of completed pauses
        Duration pausedByLimit{};
    };
    /// Streams that may read again.
    using Resumed = std::vector<Account*>;

    explicit Backpressure(std::uint64_t limit) : limit_(limit) {}

    /// Called before each read. False: paused, and listed in a Resumed later.
    bool mayRead(Account& account, TimePoint now);
    /// Bytes were read from the backend.
    void onRead(Account& account, std::size_t bytes);
    /// Bytes were written to the client.
    Resumed onWritten(Account& account, std::size_t bytes, TimePoint now);
    Resumed close(Account& account, TimePoint now);
    /// False: close() would have no effect.
    static bool isOpen(const Account& account) { return account.buffered > 0 || account.pausedBy != By::Nobody; }
    Resumed setLimit(std::uint64_t limit, TimePoint now);

    /// For streams that read only between writes: the write has been blocked since `since`, which counts as a pause
    /// until onWritten().
    void stalled(Account& account, TimePoint since);

    std::uint64_t buffered() const { return buffered_; }
    std::uint64_t limit() const { return limit_; }
    std::uint64_t pauses(By by) const { return by == By::Client ? pausesByClient_ : pausesByLimit_; }
    std::uint64_t resumes() const { return resumes_; }
    std::uint64_t pausedNow() const { return pausedNow_; }

private:
    void pause(Account& account, By by, TimePoint since);
    void resume(Account& account, TimePoint now);
    void release(Account& account, std::uint64_t bytes);
    void wakeLimited(TimePoint now, Resumed& resumed);

    std::uint64_t limit_;
    std::uint64_t buffered_ = 0;
    std::uint64_t pausesByClient_ = 0;
    std::uint64_t pausesByLimit_ = 0;
    std::uint64_t resumes_ = 0;
    std::uint64_t pausedNow_ = 0;
    std::deque<Account*> limited_;  // paused by the limit, in order
};

}  // namespace millrace::stream
