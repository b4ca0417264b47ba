// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/mutex.h"
#include "telemetry/history.h"
#include "telemetry/sampler.h"

#include <functional>
#include <optional>
#include <thread>

namespace millrace::telemetry {

/// Takes a sample of all series at each full second, and passes it to the history, to a listener, and to latest().
///
///     Recorder recorder(registry, clock, &history);
///     recorder.onSample([](const Sample& sample) { … });     // on the recorder's thread
///     recorder.start();
///
/// Owner:  Engine.   Thread: its own, so that neither a slow disk nor a slow reader delays a request.
/// Stop:   the destructor; no listener runs after it.
class Recorder {
public:
    /// `history` null: none. REQUIRES: all of them outlive the recorder.
    Recorder(Registry& registry, const Clock& clock, History* history);
    ~Recorder();

    /// Called on the recorder's thread, once a second. REQUIRES: set before start().
    void onSample(std::function<void(const Sample&)> listener) { listener_ = std::move(listener); }
    /// REQUIRES: called once.
    void start();

    /// Time 0 and no values: no sample yet. Any thread.
    Sample latest() const;
    /// See Sampler::idleResidentBytes(). Any thread.
    std::optional<double> idleResidentBytes() const;
    /// Takes one sample now, on the calling thread. For tests. REQUIRES: before start().
    void takeNow();

private:
    void run();

    Registry& registry_;
    const Clock& clock_;
    History* history_;
    std::function<void(const Sample&)> listener_;
    Sampler sampler_;  // the recorder's thread only

    mutable Mutex mutex_;
    Sample latest_ MILLRACE_GUARDED_BY(mutex_);
    std::optional<double> idleResident_ MILLRACE_GUARDED_BY(mutex_);
    bool stop_ MILLRACE_GUARDED_BY(mutex_) = false;
    CondVar wake_;
    std::thread thread_;  // last
};

}  // namespace millrace::telemetry
