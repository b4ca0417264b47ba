// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "runtime/model.h"
#include "runtime/model_config.h"
#include "runtime/torch_plugin.h"

#include <atomic>
#include <filesystem>
#include <future>
#include <memory>

namespace millrace::runtime {

/// Makes a model from its files.
/// Thread: load() from any, several at once; the first that needs libtorch waits until it is open.
class ModelLoader {
public:
    virtual ~ModelLoader() = default;
    virtual StatusOr<std::unique_ptr<Model>> load(const std::filesystem::path& file, const ModelConfig& config,
                                                  const std::atomic<bool>& stop) = 0;
};

/// TorchScript and synthetic models. Opens libtorch on a thread of its own as soon as it is made.
class DefaultLoader final : public ModelLoader {
public:
    /// `threadsPerRun`: how many threads libtorch may use for one run.
    explicit DefaultLoader(int threadsPerRun);
    StatusOr<std::unique_ptr<Model>> load(const std::filesystem::path& file, const ModelConfig& config,
                                          const std::atomic<bool>& stop) override;

private:
    std::shared_future<StatusOr<const TorchPlugin*>> torch_;
};

}  // namespace millrace::runtime
