// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/metrics.h"

#include <cstdint>
#include <utility>

namespace millrace::http {

/// Bytes of the request bodies of all clients together: bodies being received, and bodies of requests in flight.
/// Thread: one.
class BodyBudget {
public:
    /// `gauge` shows them.
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

/// The share of one request; gives it back in its destructor.
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

    /// The body has `bytes` now. False: all together would exceed `most`, and nothing has changed.
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
