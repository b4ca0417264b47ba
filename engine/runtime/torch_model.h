// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "runtime/load_control.h"
#include "runtime/model.h"
#include "runtime/model_config.h"

#include <memory>
#include <string>

/// The implementation of Model for TorchScript, in millrace_torch.so. The only source of the server that includes
/// libtorch; the server uses it through TorchPlugin.
namespace millrace::runtime {

StatusOr<std::unique_ptr<Model>> loadTorchModel(const std::string& file, const ModelConfig& config,
                                                const LoadControl& control);
void setTorchThreads(int threads);

}  // namespace millrace::runtime
