// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/make_backend.h"
#include "batch/batcher.h"
#include "config.pb.h"
#include "front/front.h"
#include "load/loader.h"
#include "serve/gateway.h"
#include "stream/streamer.h"

/// The one place where settings become the options of modules. Each function takes an effective configuration
/// (every field set; control/configuration.h) and gives a module its own small struct.
namespace millrace {

batch::Options batchOptions(const config::v1::Config& config);
load::Options loadOptions(const config::v1::Config& config);
stream::Options streamOptions(const config::v1::Config& config);
serve::Options serveOptions(const config::v1::Config& config, std::string viaName);
pool::Options poolOptions(const config::v1::Config& config);
front::Options frontOptions(const config::v1::Config& config);
backend::BackendOptions backendOptions(const config::v1::Backend& backend, const config::v1::Config& config,
                                       const std::string& runtimeProgram, const std::string& sampleModels);

}  // namespace millrace
