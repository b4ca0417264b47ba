// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/file_lock.h"

#include <functional>
#include <string>

namespace millrace::control {

/// Ensures that one engine at a time uses a state folder.
///
/// If the folder cannot be written (full, read-only or failing disk, missing permission), the engine runs without the
/// lock: held() is false. If it cannot be read, take() fails, since the settings in it are unknown.
///
/// Thread: that of main() for take(), then one at a time. Errors: Unavailable with a message for the operator.
class StateLock {
public:
    static constexpr Duration kStopMax = 11min;   ///< longer than any drain timeout: later times are ignored
    static constexpr Duration kAfterDrain = 15s;  ///< for batches, loads, backends and files to end
    static constexpr Duration kNotifyEvery = 5s;

    /// Waits for an engine that announced its stop, for as long as that may take; `notify` receives a message for the
    /// operator at once and each kNotifyEvery. Does not wait for a running engine.
    static StatusOr<StateLock> take(const std::string& folder, const std::function<void(const std::string&)>& notify);

    bool held() const { return lock_.held(); }
    /// Takes the lock anew, in a folder made anew, where they were removed. Unavailable: another engine has it now.
    Status renew(const std::string& folder);
    /// Requests may finish until `drained`, on the machine's steady clock: whoever starts meanwhile waits.
    void noteStopping(TimePoint drained);

private:
    Status takeOnce(const std::string& folder);
    static Status prepare(const std::string& folder);

    FileLock lock_;
    std::string note_;
};

}  // namespace millrace::control
