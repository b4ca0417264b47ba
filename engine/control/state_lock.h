// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/file_lock.h"

#include <functional>
#include <string>

namespace millrace::control {

/// The state folder is one engine's at a time: this one's, for as long as it lives.
///
/// What cannot be written is done without (the folder cannot be made, the disk is full, read-only or failing, this user
/// may only read): held() is false then. What cannot be read refuses, since its settings are not known.
///
/// Thread: that of the start. Errors: Unavailable with words for the operator.
class StateLock {
public:
    static constexpr Duration kStopMax = 11min;   ///< longer than any drain timeout: what is noted beyond is not true
    static constexpr Duration kAfterDrain = 15s;  ///< to end batches, loads, backends and files
    static constexpr Duration kNotifyEvery = 5s;

    /// Waits for an engine that has said that it is stopping, as long as that may take; `notify` gets a line for the
    /// operator at once and each kNotifyEvery. One that runs is not waited for.
    static StatusOr<StateLock> take(const std::string& folder, const std::function<void(const std::string&)>& notify);

    bool held() const { return lock_.held(); }
    /// Requests may finish until `drained`, on the machine's steady clock: whoever starts meanwhile waits.
    void noteStopping(TimePoint drained);

private:
    Status takeOnce(const std::string& folder);
    static Status prepare(const std::string& folder);

    FileLock lock_;
};

}  // namespace millrace::control
