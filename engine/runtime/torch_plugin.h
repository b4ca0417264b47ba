// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "runtime/load_control.h"
#include "runtime/model.h"
#include "runtime/model_config.h"

#include <memory>
#include <string>

namespace millrace::runtime {

/// The door to TorchScript. libtorch pulls in some 150 libraries and takes 0.6 s to link, so it lives in a module of
/// its own (millrace_torch.so) that is opened beside a start that is ready at once.
struct TorchPlugin {
    /// Reads, widens, checks with a trial run of one row, and measures; asks `control` whether it may go on between
    /// these steps and within the first. Errors: InvalidArgument with what is wrong, Cancelled.
    StatusOr<std::unique_ptr<Model>> (*load)(const std::string& file, const ModelConfig& config,
                                             const LoadControl& control);
    /// Threads that one run may use.
    void (*setThreads)(int threads);
    const char* version;
};

/// The symbol that the module offers.
inline constexpr char kTorchPluginSymbol[] = "millrace_torch_plugin";

/// Opens the module beside the program, or in ../lib/millrace. Errors: Unavailable, saying why.
/// Thread: one at a time; it stays open until the end.
StatusOr<const TorchPlugin*> openTorchPlugin();

}  // namespace millrace::runtime

extern "C" const millrace::runtime::TorchPlugin* millrace_torch_plugin();
