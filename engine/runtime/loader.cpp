// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/loader.h"

#include "runtime/load_time.h"
#include "runtime/synthetic_model.h"

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

namespace millrace::runtime {

DefaultLoader::DefaultLoader(int threadsPerRun) : threadsPerRun_(threadsPerRun)
{
    // OpenBLAS reads this and starts its threads when it is loaded.
    setenv("OPENBLAS_NUM_THREADS", std::to_string(threadsPerRun).c_str(), 1);
}

void DefaultLoader::prepare()
{
    std::call_once(once_, [this] {
        // Detached, so that a stop does not wait for it. It only uses the promise, which it shares.
        std::thread([threads = threadsPerRun_, promise = promise_] {
            Opened plugin = openTorchPlugin();
            if (plugin.ok()) (*plugin)->setThreads(threads);
            promise->set_value(std::move(plugin));
        }).detach();
    });
}

StatusOr<std::unique_ptr<Model>> DefaultLoader::load(const std::filesystem::path& file, const ModelConfig& config,
                                                     const LoadControl& control)
{
    const std::atomic<bool>& stop = control.stop;
    if (config.kind == ModelKind::Synthetic) {
        if (control.computed) control.computed();
        return SyntheticModel::load(config, stop);
    }
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(file, ignored))
        return invalidArgument("the model's file is missing: " + file.filename().string());
    prepare();
    while (torch_.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready)
        if (stop) return cancelled("stopped while loading");
    const Opened& plugin = torch_.get();
    if (!plugin.ok()) return plugin.status();
    const auto ready =
        std::chrono::steady_clock::now() + std::chrono::microseconds(static_cast<std::int64_t>(config.loadMs * 1000));
    auto model = (*plugin)->load(file.string(), config, control);
    if (!model.ok()) return model;
    if (control.computed && std::chrono::steady_clock::now() < ready) control.computed();
    if (Status waited = takeUntil(ready, stop); !waited.ok()) return waited;
    return model;
}

}  // namespace millrace::runtime
