// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/model_kind.h"
#include "base/trace.h"
#include "batch/dispatch_reason.h"
#include "control.pb.h"
#include "load/load_words.h"
#include "load/model_state.h"
#include "pool/snapshot.h"
#include "serve/request_log.h"
#include "stream/streamer.h"

#include <optional>
#include <string>

/// The modules' enums as those of control.proto: the only place where the one becomes the other. Both have the same
/// words: a module's in the labels of its metrics, the contract's as millracectl derives them from the names of its
/// values.
namespace millrace {

control::v1::PoolProtocol toProto(pool::Protocol protocol);
control::v1::BackendHealth toProto(pool::Health health);
control::v1::ConnectionPhase toProto(pool::State state);
control::v1::CloseReason toProto(pool::CloseReason reason);
control::v1::DispatchReason toProto(batch::DispatchReason reason);
control::v1::ModelPhase toProto(load::ModelState state);
control::v1::ModelKind toProto(backend::ModelKind kind);
control::v1::LoadCause toProto(load::Cause cause);
control::v1::LoadOutcome toProto(load::LoadOutcome outcome);
control::v1::PreloadVerdict toProto(load::Verdict verdict);
control::v1::UnloadReason toProto(load::UnloadReason reason);
control::v1::StreamPhase toProto(stream::Progress progress);
control::v1::PausedBy toProto(stream::Backpressure::By by);
control::v1::RequestClass toProto(serve::RequestClass kind);
control::v1::RequestPhase toProto(Phase phase);
control::v1::RequestOutcome toProto(std::optional<serve::Outcome> outcome);

}  // namespace millrace
