// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "batch/batcher.h"
#include "config.pb.h"
#include "load/loader.h"
#include "serve/gateway.h"
#include "stream/streamer.h"

/// The one place where settings become what rooms understand. Each function takes an effective configuration
/// (every field set; control/configuration.h) and gives a room's own small struct.
namespace millrace {

batch::Options batchOptions(const config::v1::Config& config);
load::Options loadOptions(const config::v1::Config& config);
stream::Options streamOptions(const config::v1::Config& config);
serve::Options serveOptions(const config::v1::Config& config);

}  // namespace millrace
