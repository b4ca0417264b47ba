// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "bench/child_process.h"
#include "bench/engine_child.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace::bench {

/// One of what is compared: a way to the upstream. Gone with this object when it was started here.
struct Peer {
    std::string name;
    std::string http;       ///< host:port
    std::string grpc;       ///< host:port; empty: speaks none
    int pid = -1;           ///< whose processor time and memory count; -1: not known (it runs elsewhere)
    double startMs = 0;     ///< until it accepted a connection; 0: was not started here
    bool isEngine = false;  ///< it can be asked for models and their tensors

    ProcessUsage usage() const { return processUsage(pid); }

    std::unique_ptr<EngineChild> engine;
    std::unique_ptr<TemporaryFolder> folder;
    std::optional<ChildProcess> process;  // goes before its folder
};

/// `millrace-bench upstream` as a separate process. `address`: host:port; empty: a free port.
StatusOr<Peer> startUpstream(const std::string& address);
/// One worker, connections kept on both sides, no access log. NotFound: the program is not installed.
StatusOr<Peer> startNginx(const std::string& upstream);
StatusOr<Peer> startHaproxy(const std::string& upstream);
/// An engine with its defaults, one backend of kind "openai" at `upstream`. `binary`: another build of millraced.
StatusOr<Peer> startEngine(const std::string& name, const std::string& binary, const std::string& upstream);
/// An engine with its defaults over its own runtime, which computes with one thread; `model` is loaded.
StatusOr<Peer> startTensorEngine(const std::string& name, const std::string& binary, const std::string& model);
/// The runtime alone, with one compute thread; the zero of tensor calls.
StatusOr<Peer> startRuntime(const std::string& model);

/// Settings of the two proxies: pure, for a look.
std::string nginxConfig(const std::string& folder, const std::string& listen, const std::string& upstream);
std::string haproxyConfig(const std::string& listen, const std::string& upstream);

}  // namespace millrace::bench
