// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "runtime/load_control.h"
#include "runtime/model.h"
#include "runtime/model_config.h"
#include "runtime/torch_plugin.h"

#include <filesystem>
#include <future>
#include <memory>
#include <mutex>

namespace millrace::runtime {

/// Loads models from their files.
/// Thread: any, concurrently; the first load that needs libtorch waits until that is open.
class ModelLoader {
public:
    virtual ~ModelLoader() = default;
    /// Cancelled: soon after `control.stop` was set.
    virtual StatusOr<std::unique_ptr<Model>> load(const std::filesystem::path& file, const ModelConfig& config,
                                                  const LoadControl& control) = 0;
};

/// TorchScript and synthetic models.
class DefaultLoader final : public ModelLoader {
public:
    /// `threadsPerRun`: threads that libtorch uses for one run. REQUIRES: > 0.
    explicit DefaultLoader(int threadsPerRun);
    /// Opens libtorch on a dedicated thread, so that the first load does not have to wait. REQUIRES: no urgent thread
    /// is about to be started, since the dynamic linker's lock blocks threads that start meanwhile.
    void prepare();
    StatusOr<std::unique_ptr<Model>> load(const std::filesystem::path& file, const ModelConfig& config,
                                          const LoadControl& control) override;

private:
    using Opened = StatusOr<const TorchPlugin*>;
    const int threadsPerRun_;
    std::once_flag once_;
    std::shared_ptr<std::promise<Opened>> promise_ = std::make_shared<std::promise<Opened>>();
    std::shared_future<Opened> torch_ = promise_->get_future().share();
};

}  // namespace millrace::runtime
