// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/ids.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

namespace millrace::serve {

/// Decides how many requests are under way and who is next; those that wait take turns by client, so that one busy
/// program cannot shut the others out. Pure: `now` is an argument, effects are return values.
///
/// Bound: runningMax running, queueMax waiting. Thread: one.
class Admission {
public:
    enum class Verdict { Run, Wait, Refuse };

    Admission(std::uint32_t runningMax, std::uint32_t queueMax) : runningMax_(runningMax), queueMax_(queueMax) {}

    /// A lower limit drains: nobody running is stopped. Returns those that may run now.
    std::deque<RequestId> apply(std::uint32_t runningMax, std::uint32_t queueMax);

    Verdict arrive(RequestId id, const std::string& client);
    /// A running request ended. Returns who may run now, if anybody.
    std::optional<RequestId> leave();
    /// A waiting request does not want to run any more; O(1) in the number of those waiting.
    void giveUp(RequestId id);

    std::uint32_t running() const { return running_; }
    std::uint32_t waiting() const { return static_cast<std::uint32_t>(waiting_.size()); }
    std::uint32_t runningMax() const { return runningMax_; }
    std::uint32_t queueMax() const { return queueMax_; }

private:
    std::optional<RequestId> next();

    std::uint32_t runningMax_;
    std::uint32_t queueMax_;
    std::uint32_t running_ = 0;
    std::unordered_map<RequestId, std::string> waiting_;     // who still waits, and whose it is
    std::map<std::string, std::deque<RequestId>> byClient_;  // arrival order; may hold some that gave up
    std::deque<std::string> turns_;                          // clients with something in byClient_, next first
};

}  // namespace millrace::serve
