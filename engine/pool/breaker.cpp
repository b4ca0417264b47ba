// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/breaker.h"

#include <algorithm>

namespace millrace::pool {

void Breaker::apply(std::uint32_t failuresMax, Duration openFor)
{
    const bool asked = probeAt_ < openSince_ + openFor_ * openFactor_;  // by probeSoon()
    failuresMax_ = failuresMax;
    openFor_ = openFor;
    if (!asked) probeAt_ = openSince_ + openFor_ * openFactor_;
}

void Breaker::open(TimePoint now, std::uint32_t factor)
{
    state_ = State::Open;
    openSince_ = now;
    openFactor_ = factor;
    probeAt_ = now + openFor_ * factor;
}

std::optional<TimePoint> Breaker::probeAt() const
{
    if (state_ != State::Open) return std::nullopt;
    return probeAt_;
}

bool Breaker::tryStartProbe(TimePoint now)
{
    if (state_ != State::Open || now < probeAt_) return false;
    state_ = State::HalfOpen;
    return true;
}

Breaker::Change Breaker::succeeded(bool probe)
{
    // While ejected, only the probe counts: other calls were in flight before.
    if (state_ != State::Closed && !(probe && state_ == State::HalfOpen)) return Change::None;
    const bool restored = state_ == State::HalfOpen;
    state_ = State::Closed;
    failures_ = 0;
    probesFailed_ = 0;
    if (!reason_.empty()) reason_.clear();
    return restored ? Change::Restored : Change::None;
}

Breaker::Change Breaker::failed(TimePoint now, const std::string& why, bool probe)
{
    if (state_ == State::Closed) {
        reason_ = why;
        if (++failures_ < failuresMax_) return Change::None;
        probesFailed_ = 0;
        open(now, 1);
        return Change::Ejected;
    }
    if (!probe || state_ != State::HalfOpen) return Change::None;
    reason_ = why;
    ++failures_;
    ++probesFailed_;
    open(now, std::min(kOpenFactorMax, 1u << std::min(probesFailed_, 8u)));
    return Change::None;
}

void Breaker::probeAbandoned(TimePoint now)
{
    if (state_ != State::HalfOpen) return;
    open(now, 1);
}

void Breaker::probeSoon(TimePoint now)
{
    if (state_ == State::Open) probeAt_ = std::min(probeAt_, now);
}

void Breaker::reset()
{
    state_ = State::Closed;
    failures_ = 0;
    probesFailed_ = 0;
    reason_.clear();
}

}  // namespace millrace::pool
