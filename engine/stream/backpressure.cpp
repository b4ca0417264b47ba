// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/backpressure.h"

#include "base/check.h"

#include <algorithm>

namespace millrace::stream {

bool Backpressure::mayRead(Account& account, TimePoint now)
{
    if (account.pausedBy != By::Nobody) return false;
    if (account.buffered == 0) return true;
    if (account.buffered >= account.window) {
        pause(account, By::Client, now);
        return false;
    }
    if (buffered_ >= limit_) {
        pause(account, By::Limit, now);
        limited_.push_back(&account);
        return false;
    }
    return true;
}

void Backpressure::onRead(Account& account, std::size_t bytes)
{
    account.buffered += bytes;
    buffered_ += bytes;
}

Backpressure::Resumed Backpressure::onWritten(Account& account, std::size_t bytes, TimePoint now)
{
    MR_CHECK(bytes <= account.buffered);
    release(account, bytes);
    Resumed resumed;
    const bool clientCaughtUp = account.pausedBy == By::Client && account.buffered <= account.window / 2;
    const bool ownIsGone = account.pausedBy == By::Limit && account.buffered == 0;
    if (clientCaughtUp || ownIsGone) {
        if (ownIsGone) std::erase(limited_, &account);
        resume(account, now);
        resumed.push_back(&account);
    }
    wakeLimited(now, resumed);
    return resumed;
}

Backpressure::Resumed Backpressure::close(Account& account, TimePoint now)
{
    if (account.pausedBy != By::Nobody) {
        if (account.pausedBy == By::Limit) std::erase(limited_, &account);
        resume(account, now);
    }
    release(account, account.buffered);
    Resumed resumed;
    wakeLimited(now, resumed);
    return resumed;
}

Backpressure::Resumed Backpressure::setLimit(std::uint64_t limit, TimePoint now)
{
    limit_ = limit;
    Resumed resumed;
    wakeLimited(now, resumed);
    return resumed;
}

void Backpressure::stalled(Account& account, TimePoint since)
{
    if (account.pausedBy == By::Nobody) pause(account, By::Client, since);
}

void Backpressure::pause(Account& account, By by, TimePoint since)
{
    account.pausedBy = by;
    account.pausedSince = since;
    ++account.pauses;
    ++(by == By::Client ? pausesByClient_ : pausesByLimit_);
    ++pausedNow_;
}

void Backpressure::resume(Account& account, TimePoint now)
{
    (account.pausedBy == By::Client ? account.pausedByClient : account.pausedByLimit) += now - account.pausedSince;
    account.pausedBy = By::Nobody;
    ++resumes_;
    --pausedNow_;
}

void Backpressure::release(Account& account, std::uint64_t bytes)
{
    account.buffered -= bytes;
    buffered_ -= bytes;
}

void Backpressure::wakeLimited(TimePoint now, Resumed& resumed)
{
    if (limited_.empty() || buffered_ > limit_ / 2) return;
    for (Account* account : limited_) {
        resume(*account, now);
        resumed.push_back(account);
    }
    limited_.clear();
}

}  // namespace millrace::stream
