// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/metrics.h"

#include <cstdint>
#include <utility>

namespace millrace::http {

/// Total memory of all request bodies: those being received and those of requests in flight. The limit itself is passed
/// by each caller, since it can change while bodies are held.
///
///     BodyBudget bodies(&gauge);
///     BodyBytes held(bodies);                                  // of one request
///     if (!held.set(received, limits.bodiesBytes)) …           // refuse
///
/// Thread: one. Lifetime: REQUIRES: outlives its BodyBytes.
class BodyBudget {
public:
    /// `gauge` follows the total; null: none.
    explicit BodyBudget(Gauge* gauge = nullptr) : gauge_(gauge) {}

    std::uint64_t held() const { return held_; }

private:
    friend class BodyBytes;
    void change(std::uint64_t from, std::uint64_t to)
    {
        held_ = held_ - from + to;
        if (gauge_) gauge_->set(static_cast<double>(held_));
    }

    std::uint64_t held_ = 0;
    Gauge* const gauge_;
};

/// The share of one request; the destructor returns it. Move-only. Default-constructed: accounts for nothing, and never
/// refuses.
class BodyBytes {
public:
    BodyBytes() = default;
    explicit BodyBytes(BodyBudget& budget) : budget_(&budget) {}
    BodyBytes(BodyBytes&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0))
    {}
    BodyBytes& operator=(BodyBytes&& other) noexcept
    {
        std::swap(budget_, other.budget_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~BodyBytes() { release(); }

    /// Changes this request's share to `bytes`. False: the total would exceed `most`, and nothing changed. Shrinking
    /// always succeeds.
    [[nodiscard]] bool set(std::uint64_t bytes, std::uint64_t most)
    {
        if (!budget_ || bytes == bytes_) return true;
        if (bytes > bytes_ && budget_->held() + (bytes - bytes_) > most) return false;
        budget_->change(std::exchange(bytes_, bytes), bytes);
        return true;
    }
    void release()
    {
        if (budget_ && bytes_ > 0) budget_->change(std::exchange(bytes_, 0), 0);
    }

private:
    BodyBudget* budget_ = nullptr;
    std::uint64_t bytes_ = 0;
};

}  // namespace millrace::http
