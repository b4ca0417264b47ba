// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/administered_backend.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/event_log.h"
#include "base/metrics.h"
#include "base/on_strand.h"
#include "pool/options.h"
#include "setting_defaults.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace millrace::backend {

struct BackendOptions {
    std::string name;
    BackendKind kind{};                           ///< REQUIRES: set
    std::string address;                          ///< openai: base URL
    bool enabled = defaults::backends::kEnabled;  ///< off: nothing is started until setEnabled(true)
    std::vector<std::string> models;              ///< openai: what it has, where its list is not to be asked for
    std::string apiKeyEnv;                        ///< openai: variable that holds the key; empty: no key
    std::vector<std::string> modelRepositories;   ///< runtime
    std::uint32_t threads = defaults::backends::kThreads;  ///< runtime; 0: one for each core
    std::string runtimeBinary;                             ///< runtime; empty: millrace-runtime beside this program
    std::vector<std::string> runtimeArguments;             ///< runtime: more of them, at the end
    pool::Options pool;
    std::uint64_t seed = 1;                       ///< of the pools' jitter
    std::function<void(const std::string&)> log;  ///< a line the runtime wrote to stderr; empty: to our own stderr
};

/// Validates options without creating anything: an error, with its field, if makeBackend() would fail or the backend
/// could never serve.
Status checkBackend(const BackendOptions& options);

/// Creates a backend; nothing is started or connected yet. InvalidArgument, with the field ("address", "name" …), if
/// the options are invalid. REQUIRES: clock, registry and event log outlive the backend.
///
///     auto backend = makeBackend(options, strand, clock, registry, eventLog);
///     if (!backend.ok()) return backend.status();
///     (*backend)->setListener({onUp, onDown});
///     (*backend)->start();
StatusOr<std::shared_ptr<AdministeredBackend>> makeBackend(BackendOptions options, Strand strand, Clock& clock,
                                                           Registry& registry, EventLog& eventLog);

}  // namespace millrace::backend
