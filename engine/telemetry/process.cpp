// SPDX-License-Identifier: GPL-3.0-or-later
#include "telemetry/process.h"

namespace millrace::telemetry {

void publishProcess(Registry& registry, const ProcessUsage& usage)
{
    registry.gauge("process_resident_memory_bytes", "Resident memory of the engine process in bytes.")
        .set(static_cast<double>(usage.residentBytes));
    registry
        .gauge("millrace_engine_anonymous_bytes",
               "Resident memory of the engine process in bytes, without what is a file's: code, and constants of it.")
        .set(static_cast<double>(usage.anonymousBytes));
    registry.gauge("process_cpu_seconds_total", "Processor time of the engine process in seconds.")
        .set(toMs(usage.cpu) / 1000);
    registry.gauge("process_threads", "Threads of the engine process.").set(static_cast<double>(usage.threads));
}

}  // namespace millrace::telemetry
