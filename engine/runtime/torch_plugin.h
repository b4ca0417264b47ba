// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "runtime/load_control.h"
#include "runtime/model.h"
#include "runtime/model_config.h"

#include <memory>
#include <string>

namespace millrace::runtime {

/// The interface to TorchScript. libtorch depends on about 150 libraries and takes 0.6 s to link, so it is in a
/// separate module (millrace_torch.so) that is opened while the server already runs.
struct TorchPlugin {
    /// Reads the file, widens weights, makes a trial run of one row, and measures the memory. Calls `control.pause`
    /// between these steps and during the first. InvalidArgument: invalid model; Cancelled.
    StatusOr<std::unique_ptr<Model>> (*load)(const std::string& file, const ModelConfig& config,
                                             const LoadControl& control);
    /// Sets the number of threads of one run.
    void (*setThreads)(int threads);
    const char* version;
};

/// The symbol that the module exports.
inline constexpr char kTorchPluginSymbol[] = "millrace_torch_plugin";

/// Opens the module in the program's folder, or in ../lib/millrace. It is never closed. Unavailable: with the reason.
/// Thread: one at a time.
StatusOr<const TorchPlugin*> openTorchPlugin();

}  // namespace millrace::runtime

extern "C" const millrace::runtime::TorchPlugin* millrace_torch_plugin();
