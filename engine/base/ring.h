// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/circular_buffer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace millrace {

/// Keeps the newest `capacity` values; pushing to a full ring drops the oldest. Positions count 0, 1, 2 … and are never
/// reused, so that a reader can resume after the last one it saw.
///
///     ring.push(record);
///     for (auto at = std::max(seen, ring.begin()); at < ring.end(); ++at) use(ring.at(at));
///     seen = ring.end();
///
/// Memory is one contiguous block that grows by doubling up to `capacity`: separate blocks would end up scattered among
/// the short-lived allocations of requests, and pin their pages. Thread: one.
template <typename T>
class Ring {
public:
    /// 0 counts as 1.
    explicit Ring(std::size_t capacity) : capacity_(capacity == 0 ? 1 : capacity) {}

    /// Returns the position of the value.
    std::uint64_t push(T value)
    {
        if (values_.size() == capacity_) values_.pop_front();
        if (values_.full()) values_.set_capacity(std::min(capacity_, std::max(kSmallest, 2 * values_.capacity())));
        values_.push_back(std::move(value));
        return end_++;
    }

    /// Drops the oldest values if there are more than `capacity`; 0 counts as 1. Positions stay valid.
    void resize(std::size_t capacity)
    {
        capacity_ = capacity == 0 ? 1 : capacity;
        while (values_.size() > capacity_) values_.pop_front();
    }

    std::size_t size() const { return values_.size(); }
    std::size_t capacity() const { return capacity_; }
    bool empty() const { return values_.empty(); }
    /// One past the newest position.
    std::uint64_t end() const { return end_; }
    /// Position of the oldest value still held.
    std::uint64_t begin() const { return end_ - values_.size(); }
    /// REQUIRES: begin() <= position < end(); undefined otherwise.
    const T& at(std::uint64_t position) const { return values_[static_cast<std::size_t>(position - begin())]; }
    T& at(std::uint64_t position) { return values_[static_cast<std::size_t>(position - begin())]; }
    /// REQUIRES: !empty().
    const T& newest() const { return values_.back(); }
    const boost::circular_buffer<T>& values() const { return values_; }

private:
    static constexpr std::size_t kSmallest = 8;

    std::size_t capacity_;
    std::uint64_t end_ = 0;
    boost::circular_buffer<T> values_;
};

}  // namespace millrace
