// SPDX-License-Identifier: GPL-3.0-or-later
#include "enum_to_proto.h"

#include <utility>

namespace millrace {

control::v1::PoolProtocol toProto(pool::Protocol protocol)
{
    switch (protocol) {
        case pool::Protocol::Http:
            return control::v1::POOL_PROTOCOL_HTTP;
        case pool::Protocol::Grpc:
            return control::v1::POOL_PROTOCOL_GRPC;
    }
    return control::v1::POOL_PROTOCOL_UNSPECIFIED;
}

control::v1::ModelKind toProto(backend::ModelKind kind)
{
    switch (kind) {
        case backend::ModelKind::Unknown:
            return control::v1::MODEL_KIND_UNSPECIFIED;
        case backend::ModelKind::Classifier:
            return control::v1::MODEL_KIND_CLASSIFIER;
        case backend::ModelKind::Embedding:
            return control::v1::MODEL_KIND_EMBEDDING;
        case backend::ModelKind::Text:
            return control::v1::MODEL_KIND_TEXT;
        case backend::ModelKind::Synthetic:
            return control::v1::MODEL_KIND_SYNTHETIC;
    }
    return control::v1::MODEL_KIND_UNSPECIFIED;
}

control::v1::LoadCause toProto(load::Cause cause)
{
    using namespace control::v1;
    switch (cause) {
        case load::Cause::Demand:
            return LOAD_CAUSE_DEMAND;
        case load::Cause::Preload:
            return LOAD_CAUSE_PRELOAD;
        case load::Cause::Manual:
            return LOAD_CAUSE_MANUAL;
        case load::Cause::Pin:
            return LOAD_CAUSE_PIN;
    }
    return LOAD_CAUSE_UNSPECIFIED;
}

control::v1::LoadOutcome toProto(load::LoadOutcome outcome)
{
    using namespace control::v1;
    switch (outcome) {
        case load::LoadOutcome::Queued:
            return LOAD_OUTCOME_QUEUED;
        case load::LoadOutcome::Loading:
            return LOAD_OUTCOME_LOADING;
        case load::LoadOutcome::Ok:
            return LOAD_OUTCOME_OK;
        case load::LoadOutcome::Failed:
            return LOAD_OUTCOME_FAILED;
        case load::LoadOutcome::Timeout:
            return LOAD_OUTCOME_TIMEOUT;
        case load::LoadOutcome::Cancelled:
            return LOAD_OUTCOME_CANCELLED;
    }
    return LOAD_OUTCOME_UNSPECIFIED;
}

control::v1::PreloadVerdict toProto(load::Verdict verdict)
{
    using namespace control::v1;
    switch (verdict) {
        case load::Verdict::Hit:
            return PRELOAD_VERDICT_HIT;
        case load::Verdict::Late:
            return PRELOAD_VERDICT_LATE;
        case load::Verdict::Wasted:
            return PRELOAD_VERDICT_WASTED;
    }
    return PRELOAD_VERDICT_UNSPECIFIED;
}

control::v1::UnloadReason toProto(load::UnloadReason reason)
{
    using namespace control::v1;
    switch (reason) {
        case load::UnloadReason::Evicted:
            return UNLOAD_REASON_EVICTED;
        case load::UnloadReason::Preload:
            return UNLOAD_REASON_PRELOAD;
        case load::UnloadReason::Ttl:
            return UNLOAD_REASON_TTL;
        case load::UnloadReason::Manual:
            return UNLOAD_REASON_MANUAL;
        case load::UnloadReason::Backend:
            return UNLOAD_REASON_BACKEND;
        case load::UnloadReason::Failed:
            return UNLOAD_REASON_FAILED;
        case load::UnloadReason::Timeout:
            return UNLOAD_REASON_TIMEOUT;
        case load::UnloadReason::Cancelled:
            return UNLOAD_REASON_CANCELLED;
    }
    return UNLOAD_REASON_UNSPECIFIED;
}

control::v1::ModelPhase toProto(load::ModelState state)
{
    using namespace control::v1;
    switch (state) {
        case load::ModelState::Cold:
            return MODEL_PHASE_COLD;
        case load::ModelState::Queued:
            return MODEL_PHASE_QUEUED;
        case load::ModelState::Loading:
            return MODEL_PHASE_LOADING;
        case load::ModelState::Warm:
            return MODEL_PHASE_WARM;
        case load::ModelState::Unloading:
            return MODEL_PHASE_UNLOADING;
        case load::ModelState::Failed:
            return MODEL_PHASE_FAILED;
    }
    return MODEL_PHASE_UNSPECIFIED;
}

control::v1::DispatchReason toProto(batch::DispatchReason reason)
{
    using namespace control::v1;
    switch (reason) {
        case batch::DispatchReason::Full:
            return DISPATCH_REASON_FULL;
        case batch::DispatchReason::Idle:
            return DISPATCH_REASON_IDLE;
        case batch::DispatchReason::Timeout:
            return DISPATCH_REASON_TIMEOUT;
        case batch::DispatchReason::Deadline:
            return DISPATCH_REASON_DEADLINE;
        case batch::DispatchReason::Flush:
            return DISPATCH_REASON_FLUSH;
    }
    return DISPATCH_REASON_UNSPECIFIED;
}

control::v1::StreamPhase toProto(stream::Progress progress)
{
    using namespace control::v1;
    switch (progress) {
        case stream::Progress::Waiting:
            return STREAM_PHASE_WAITING;
        case stream::Progress::Streaming:
            return STREAM_PHASE_STREAMING;
        case stream::Progress::Paused:
            return STREAM_PHASE_PAUSED;
        case stream::Progress::Finishing:
            return STREAM_PHASE_FINISHING;
    }
    return STREAM_PHASE_UNSPECIFIED;
}

control::v1::PausedBy toProto(stream::Backpressure::By by)
{
    using namespace control::v1;
    switch (by) {
        case stream::Backpressure::By::Nobody:
            break;
        case stream::Backpressure::By::Client:
            return PAUSED_BY_CLIENT;
        case stream::Backpressure::By::Limit:
            return PAUSED_BY_LIMIT;
    }
    return PAUSED_BY_UNSPECIFIED;
}

control::v1::RequestClass toProto(serve::RequestClass kind)
{
    using namespace control::v1;
    switch (kind) {
        case serve::RequestClass::Tensor:
            return REQUEST_CLASS_TENSOR;
        case serve::RequestClass::Embedding:
            return REQUEST_CLASS_EMBEDDING;
        case serve::RequestClass::Generation:
            return REQUEST_CLASS_GENERATION;
        case serve::RequestClass::Other:
            break;
    }
    return REQUEST_CLASS_OTHER;
}

control::v1::RequestPhase toProto(Phase phase)
{
    using namespace control::v1;
    switch (phase) {
        case Phase::Receiving:
            return REQUEST_PHASE_RECEIVING;
        case Phase::Processing:
            return REQUEST_PHASE_PROCESSING;
        case Phase::Queued:
            return REQUEST_PHASE_QUEUED;
        case Phase::Model:
            return REQUEST_PHASE_WAITING_FOR_MODEL;
        case Phase::Batching:
            return REQUEST_PHASE_BATCHING;
        case Phase::Connecting:
            return REQUEST_PHASE_CONNECTING;
        case Phase::Running:
            return REQUEST_PHASE_RUNNING;
        case Phase::Streaming:
            return REQUEST_PHASE_STREAMING;
        case Phase::ClientReads:
            return REQUEST_PHASE_CLIENT_READS;
    }
    return REQUEST_PHASE_UNSPECIFIED;
}

control::v1::RequestOutcome toProto(std::optional<serve::Outcome> outcome)
{
    using namespace control::v1;
    if (!outcome) return REQUEST_OUTCOME_UNSPECIFIED;
    switch (*outcome) {
        case serve::Outcome::Ok:
            return REQUEST_OUTCOME_OK;
        case serve::Outcome::Failed:
            return REQUEST_OUTCOME_FAILED;
        case serve::Outcome::Cancelled:
            return REQUEST_OUTCOME_CANCELLED;
        case serve::Outcome::Refused:
            return REQUEST_OUTCOME_REFUSED;
        case serve::Outcome::Rejected:
            return REQUEST_OUTCOME_REJECTED;
    }
    return REQUEST_OUTCOME_UNSPECIFIED;
}

control::v1::BackendHealth toProto(pool::Health health)
{
    using namespace control::v1;
    switch (health) {
        case pool::Health::Healthy:
            return BACKEND_HEALTH_HEALTHY;
        case pool::Health::Probing:
            return BACKEND_HEALTH_PROBING;
        case pool::Health::Ejected:
            return BACKEND_HEALTH_EJECTED;
        case pool::Health::Unknown:
            return BACKEND_HEALTH_UNKNOWN;
        case pool::Health::Draining:
            return BACKEND_HEALTH_DRAINING;
        case pool::Health::Disabled:
            return BACKEND_HEALTH_DISABLED;
    }
    return BACKEND_HEALTH_UNSPECIFIED;
}

control::v1::ConnectionPhase toProto(pool::State state)
{
    using namespace control::v1;
    switch (state) {
        case pool::State::Connecting:
            return CONNECTION_PHASE_CONNECTING;
        case pool::State::Idle:
            return CONNECTION_PHASE_IDLE;
        case pool::State::Active:
            return CONNECTION_PHASE_ACTIVE;
        case pool::State::Draining:
            return CONNECTION_PHASE_DRAINING;
    }
    return CONNECTION_PHASE_UNSPECIFIED;
}

control::v1::CloseReason toProto(pool::CloseReason reason)
{
    using namespace control::v1;
    switch (reason) {
        case pool::CloseReason::Idle:
            return CLOSE_REASON_IDLE;
        case pool::CloseReason::Age:
            return CLOSE_REASON_AGE;
        case pool::CloseReason::Shrink:
            return CLOSE_REASON_SHRINK;
        case pool::CloseReason::ServerClosed:
            return CLOSE_REASON_SERVER_CLOSED;
        case pool::CloseReason::Error:
            return CLOSE_REASON_ERROR;
        case pool::CloseReason::Evicted:
            return CLOSE_REASON_EVICTED;
        case pool::CloseReason::Drain:
            return CLOSE_REASON_DRAIN;
        case pool::CloseReason::Unhealthy:
            return CLOSE_REASON_UNHEALTHY;
        case pool::CloseReason::OneShot:
            return CLOSE_REASON_ONE_SHOT;
        case pool::CloseReason::Cancelled:
            return CLOSE_REASON_CANCELLED;
        case pool::CloseReason::Moved:
            return CLOSE_REASON_MOVED;
    }
    return CLOSE_REASON_UNSPECIFIED;
}

}  // namespace millrace
