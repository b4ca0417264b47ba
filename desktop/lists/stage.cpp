// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/stage.h"

namespace millrace::desktop {

Stage::Value Stage::of(config::v1::Stage stage)
{
    switch (stage) {
        case config::v1::STAGE_CONNECTIONS:
            return Connections;
        case config::v1::STAGE_BATCHES:
            return Batches;
        case config::v1::STAGE_MODELS:
            return Models;
        case config::v1::STAGE_INFERENCE:
            return Inference;
        case config::v1::STAGE_STREAMS:
            return Streams;
        case config::v1::STAGE_UNSPECIFIED:
        case config::v1::Stage_INT_MIN_SENTINEL_DO_NOT_USE_:
        case config::v1::Stage_INT_MAX_SENTINEL_DO_NOT_USE_:
            break;
    }
    return None;  // also one that only a newer engine knows
}

}  // namespace millrace::desktop
