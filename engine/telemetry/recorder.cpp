// SPDX-License-Identifier: GPL-3.0-or-later
#include "telemetry/recorder.h"

#include "telemetry/memory_trim.h"
#include "telemetry/process.h"

namespace millrace::telemetry {

Recorder::Recorder(Registry& registry, const Clock& clock, History* history)
    : registry_(registry), clock_(clock), history_(history), sampler_(registry)
{}

Recorder::~Recorder()
{
    {
        const MutexLock lock(mutex_);
        stop_ = true;
    }
    wake_.notifyAll();
    if (thread_.joinable()) thread_.join();
}

void Recorder::start()
{
    thread_ = std::thread([this] { run(); });
}

void Recorder::takeNow()
{
    publishProcess(registry_, ownUsage());
    const Sample sample = sampler_.take(clock_.now(), clock_.unixMs());
    {
        const MutexLock lock(mutex_);
        latest_ = sample;
        idleResident_ = sampler_.idleResidentBytes();
    }
    if (history_) history_->add(sample);
    if (listener_) listener_(sample);
}

void Recorder::run()
{
    prepareRecordingThread();
    takeNow();  // the states at once, and the base for the first second's rates
    while (true) {
        // Just past the full second of the wall clock, so that its samples never fall into a neighbour's second.
        auto rest = std::chrono::milliseconds(1005 - clock_.unixMs() % 1000);
        if (rest < 200ms) rest += 1s;  // rates of a moment would be noise
        const auto until = std::chrono::steady_clock::now() + rest;
        {
            const MutexLock lock(mutex_);
            while (!stop_ && wake_.waitUntil(mutex_, until)) {
            }
            if (stop_) return;
        }
        takeNow();
    }
}

Sample Recorder::latest() const
{
    const MutexLock lock(mutex_);
    return latest_;
}

std::optional<double> Recorder::idleResidentBytes() const
{
    const MutexLock lock(mutex_);
    return idleResident_;
}

}  // namespace millrace::telemetry
