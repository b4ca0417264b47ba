// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace millrace::stream {

/// Decides when a stream must stop reading from its backend, and when it may go on.
///
/// A stream pauses when it holds its window (its client is slow), or when all streams together hold the limit. It goes
/// on at half of that: with one mark it would stop and go at every piece. A stream that holds nothing may always read
/// once: a few stalled clients that fill the limit must not silence everybody else.
///
///     Backpressure::Account account{window};
///     if (!pressure.mayRead(account, now)) …                                 // wait until it is in a Resumed
///     pressure.onRead(account, bytes);
///     for (auto* other : pressure.onWritten(account, bytes, now)) wake(other);
///     for (auto* other : pressure.close(account, now)) wake(other);
///
/// REQUIRES: bytes that are written were read; an account lives until it is closed.
/// Bound:  window + one read a stream; limit + one read for each stream.
/// Always: pauses == resumes + paused now (a stream that closes while paused counts as resumed).
/// Owner of the accounts: their streams, which close them.
class Backpressure {
public:
    enum class By : std::uint8_t { Nobody, Client, Limit };

    struct Account {
        std::uint64_t window = 0;
        std::uint64_t buffered = 0;
        By pausedBy = By::Nobody;
        TimePoint pausedSince{};
        std::uint64_t pauses = 0;
        Duration pausedByClient{};  ///< of pauses that are over
        Duration pausedByLimit{};
    };
    /// Streams that may read again.
    using Resumed = std::vector<Account*>;

    explicit Backpressure(std::uint64_t limit) : limit_(limit) {}

    /// Asked before each read; false: paused, and listed in a Resumed later.
    bool mayRead(Account& account, TimePoint now);
    /// Bytes came in from the backend.
    void onRead(Account& account, std::size_t bytes);
    /// Bytes went out to the client.
    Resumed onWritten(Account& account, std::size_t bytes, TimePoint now);
    Resumed close(Account& account, TimePoint now);
    /// Whether close() has anything to do.
    static bool isOpen(const Account& account) { return account.buffered > 0 || account.pausedBy != By::Nobody; }
    Resumed setLimit(std::uint64_t limit, TimePoint now);

    /// For streams that read only between writes: their write has been stuck since then, and so has their reading.
    /// Over with onWritten().
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
