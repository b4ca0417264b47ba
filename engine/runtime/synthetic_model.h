// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "runtime/model.h"
#include "runtime/model_config.h"

#include <atomic>
#include <memory>

namespace millrace::runtime {

/// A model with configurable cost, load time and size, for tests and benches. Its outputs repeat its inputs row by row,
/// so that tests can check that every row returns to its sender.
///
/// Thread: as Model. Time is spent on the worker, as with a real model.
class SyntheticModel final : public Model {
public:
    /// Takes `load_ms`. Cancelled: `stop` was set.
    static StatusOr<std::unique_ptr<Model>> load(const ModelConfig& config, const std::atomic<bool>& stop);

    StatusOr<std::vector<Tensor>> run(const std::vector<Tensor>& inputs) override;
    StatusOr<std::vector<std::vector<float>>> embed(const std::vector<std::string>& texts) override;
    StatusOr<std::unique_ptr<Writing>> write(const WritingOptions& options) override;
    std::uint64_t bytes() const override { return config_.synthetic.bytes; }

private:
    explicit SyntheticModel(ModelConfig config);
    void spend(std::int64_t rows) const;

    ModelConfig config_;
    std::unique_ptr<char[]> ballast_;
};

}  // namespace millrace::runtime
