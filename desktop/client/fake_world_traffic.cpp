// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/fake_script.h"
#include "client/fake_world.h"

#include <algorithm>
#include <cmath>

namespace millrace::desktop {

using namespace control;

namespace {

constexpr int kRecentMax = 240;
constexpr double kTokensPerSecond = 15.6;
constexpr std::int64_t kChatMs = 6000;
constexpr std::uint64_t kLongAnswerBytes = 2'216'000;  // 700 texts
constexpr std::uint64_t kSlowBytesPerSecond = 16'000;
constexpr std::uint64_t kWindowBytes = 1'048'576;

/// The sums of a request's phases.
void settle(RequestRecord& request)
{
    const double added = request.processing_ms() + request.queued_ms() + request.model_ms() - request.load_ms() +
                         request.batch_ms() + request.connect_ms();
    const double before = request.receive_ms() + added + request.load_ms() + request.run_ms();
    request.set_added_ms(added);
    const double answering = request.stream_ms() + request.client_reads_ms();
    if (answering > 0) request.set_first_byte_ms(before);
    request.set_total_ms(before + answering);
}

}  // namespace

const LaneState& FakeWorld::sensorLane() const
{
    const auto& lanes = state_.batches().lanes();
    const auto found =
        std::find_if(lanes.begin(), lanes.end(), [](const auto& lane) { return lane.model() == script::kFast; });
    return found == lanes.end() ? LaneState::default_instance() : *found;
}

void FakeWorld::dispatch(LaneState& lane, std::uint32_t requests, std::uint32_t rows, DispatchReason why, int place)
{
    auto& section = *state_.mutable_batches();
    BatchRecord batch;
    batch.set_id(nextId_++);
    batch.set_model(lane.model());
    batch.set_time_ms(nowMs_ - 1000 + 60 * place + static_cast<std::int64_t>(pick(50)));
    batch.set_why(why);
    batch.set_size_limit(lane.size_limit());
    batch.set_rows(rows);
    batch.set_requests(requests);
    batch.set_wait_ms(why == DISPATCH_REASON_TIMEOUT ? lane.timeout_ms()
                      : why == DISPATCH_REASON_FULL  ? 1 + 3 * chance()
                                                     : 0.02 + 0.6 * chance());
    batch.set_run_ms(lane.cost_base_ms() + lane.cost_per_row_ms() * rows + 0.4 * chance());
    const auto reason =
        why == DISPATCH_REASON_FULL
            ? script::say(PHRASE_BATCH_FULL_ROWS, {script::figure(rows), script::rows(lane.size_limit())})
        : why == DISPATCH_REASON_IDLE ? script::say(PHRASE_BATCH_NOBODY_ELSE, {script::ms(0.4)})
        : why == DISPATCH_REASON_TIMEOUT
            ? script::say(PHRASE_BATCH_TIMEOUT, {script::ms(lane.timeout_ms()), script::ms(batch.wait_ms())})
            : script::say(PHRASE_BATCH_DEADLINE, {script::ms(9), script::ms(6)});
    batch.set_why_text(reason.english);
    *batch.mutable_why_words() = reason.words;
    auto& all = *lane.mutable_closed_total();
    const auto found = std::find_if(all.begin(), all.end(), [why](const auto& entry) { return entry.reason() == why; });
    DispatchCount& closed = found == all.end() ? *all.Add() : *found;
    closed.set_reason(why);
    closed.set_count(closed.count() + 1);
    lane.set_batches_total(lane.batches_total() + 1);
    lane.set_requests_total(lane.requests_total() + batch.requests());
    lane.set_rows_total(lane.rows_total() + batch.rows());
    lane.set_rows_largest(std::max(lane.rows_largest(), batch.rows()));
    lane.set_rows_average(static_cast<double>(lane.rows_total()) / static_cast<double>(lane.batches_total()));
    for (auto& bucket : *section.mutable_sizes()) {
        if (batch.rows() > bucket.le()) continue;
        bucket.set_count(bucket.count() + 1);
        break;
    }
    rows_ += rows;
    ++batches_;
    *section.add_recent() = batch;
    *fresh_.mutable_batches()->add_recent() = batch;
    if (section.recent_size() > kRecentMax) section.mutable_recent()->DeleteSubrange(0, 1);
}

void FakeWorld::moveBatches()
{
    rows_ = batches_ = 0;
    const bool burst = script::isBurst(elapsed());
    const std::string agentAt = script::kChain[script::stageAt(elapsed())];
    for (auto& lane : *state_.mutable_batches()->mutable_lanes()) {
        const bool full = burst && lane.model() == script::kFast;
        lane.set_waiting(full ? static_cast<std::uint32_t>(pick(30)) : 0);
        lane.set_waiting_rows(4 * lane.waiting());
        lane.set_oldest_ms(lane.waiting() ? 0.2 + 3 * chance() : 0);
        lane.set_in_flight(full ? 1 : 0);
        if (full) {
            // A burst of 128 requests of 4 rows: the first finds an idle backend, the others fill batches meanwhile.
            lane.set_size_limit(static_cast<std::uint32_t>(move(limit_)));
            const auto grown = script::say(PHRASE_SIZE_INCREASED,
                                           {script::figure(110), script::rows(120), script::figure(12),
                                            script::figure(16, VALUE_UNIT_BATCHES), script::ms(10.8), script::ms(25)});
            lane.set_limit_why(grown.english);
            *lane.mutable_limit_words() = grown.words;
            int place = 0;
            for (std::uint64_t bursts = served_ / 128; bursts > 0; --bursts) {
                std::uint32_t left = 128 * 4;
                dispatch(lane, 1, 4, DISPATCH_REASON_IDLE, place++);
                left -= 4;
                while (left > 0) {
                    const std::uint32_t rows = std::min(left, lane.size_limit() / 4 * 4);
                    const bool whole = rows == lane.size_limit() / 4 * 4;
                    dispatch(lane, rows / 4, rows,
                             whole            ? DISPATCH_REASON_FULL
                             : chance() < 0.1 ? DISPATCH_REASON_TIMEOUT
                                              : DISPATCH_REASON_IDLE,
                             place++);
                    left -= rows;
                }
            }
        } else if (lane.model() == script::kFast) {
            dispatch(lane, 1, 1, DISPATCH_REASON_IDLE, 3);
        } else if (lane.model() == script::kEmbed) {
            if (elapsed() % 7 % 3 == 0) dispatch(lane, 1, 8, DISPATCH_REASON_IDLE, 5);
        } else if (lane.model() == agentAt) {
            for (int i = 0; i < 2; ++i) dispatch(lane, 1, 1, DISPATCH_REASON_IDLE, 2 + 6 * i);
        }
    }
}

void FakeWorld::beginStream(const std::string& client, const std::string& model, bool chat)
{
    auto& stream = *state_.mutable_streams()->add_streams();
    stream.set_id(nextId_++);
    stream.set_request_id(stream.id());
    stream.set_client(client);
    stream.set_model(model);
    stream.set_protocol(chat ? STREAM_PROTOCOL_SSE : STREAM_PROTOCOL_HTTP);
    stream.set_started_ms(nowMs_);
    stream.set_events(chat ? 1 : 0);
    stream.set_bytes_per_second(chat ? 3'100 + 200 * chance() : static_cast<double>(kSlowBytesPerSecond));
    stream.set_events_per_second(chat ? kTokensPerSecond : 0);
    stream.set_window_bytes(kWindowBytes);
    stream.set_state(STREAM_PHASE_STREAMING);
    stream.set_chunk_bytes(chat ? 0 : 65'536);
    stream.set_first_byte_ms(chat ? move(firstByte_) : 360);

    RequestRecord request;
    request.set_id(stream.id());
    request.set_time_ms(nowMs_);
    request.set_client(client);
    request.set_model(model);
    request.set_route(chat ? "POST /v1/chat/completions" : "POST /v1/embeddings");
    request.set_request_class(chat ? REQUEST_CLASS_GENERATION : REQUEST_CLASS_EMBEDDING);
    request.set_phase(REQUEST_PHASE_STREAMING);
    request.set_receive_ms(0.01);
    request.set_processing_ms(0.1 + 0.05 * chance());
    request.set_run_ms(stream.first_byte_ms());
    request.set_batch_rows(chat ? 0 : 700);
    request.set_connection_reused(true);
    settle(request);
    open_.push_back(request);
}

void FakeWorld::moveStreams()
{
    auto& section = *state_.mutable_streams();
    for (int i = section.streams_size() - 1; i >= 0; --i) {
        auto& stream = *section.mutable_streams(i);
        const bool chat = stream.events() > 0;
        stream.set_bytes_out(stream.bytes_out() + static_cast<std::uint64_t>(stream.bytes_per_second()));
        if (chat) {
            stream.set_events(stream.events() + static_cast<std::uint64_t>(kTokensPerSecond));
            stream.set_bytes_in(stream.bytes_out());
        } else {
            // The answer comes at once, as far as the window goes: the backend is held until the reader has caught up.
            stream.set_bytes_out(std::min(stream.bytes_out(), kLongAnswerBytes));
            stream.set_bytes_in(std::min(kLongAnswerBytes, stream.bytes_out() + kWindowBytes));
            stream.set_buffered_bytes(stream.bytes_in() - stream.bytes_out());
            const bool held = stream.bytes_in() < kLongAnswerBytes;
            if (held && stream.state() != STREAM_PHASE_PAUSED) {
                stream.set_pauses(stream.pauses() + 1);
                addEvent(SEVERITY_WARNING, EVENT_KIND_BACKPRESSURE_LIMIT, "streamer",
                         script::say(PHRASE_BUFFERS_FULL, {script::figure(10'485'760, VALUE_UNIT_BYTES)}));
            }
            stream.set_state(held ? STREAM_PHASE_PAUSED : STREAM_PHASE_STREAMING);
            stream.set_paused_by(held ? PAUSED_BY_CLIENT : PAUSED_BY_UNSPECIFIED);
            stream.set_paused_ms(held ? stream.paused_ms() + 1000 : 0);
            if (held) (*section.mutable_paused_seconds_by_client())[stream.client()] += 1;
        }
        if (chat ? nowMs_ - stream.started_ms() >= kChatMs : stream.bytes_out() >= kLongAnswerBytes) {
            finishOpen(stream.request_id(), stream.events(), stream.bytes_out());
            section.mutable_streams()->DeleteSubrange(i, 1);
        }
    }
    const auto isOpen = [&](const char* client) {
        return std::any_of(section.streams().begin(), section.streams().end(),
                           [client](const auto& stream) { return stream.client() == client; });
    };
    for (const char* client : script::kChatWindows) {
        // The first ones do not begin all at once, so that they do not end so either.
        if (!isOpen(client) && chance() < 0.7) beginStream(client, script::kSlow, true);
    }
    for (std::size_t i = 0; i < script::kSlowReaders.size(); ++i) {
        const bool due = elapsed() > 3 + 59 * static_cast<std::int64_t>(i) && chance() < 0.3;
        if (due && !isOpen(script::kSlowReaders[i])) beginStream(script::kSlowReaders[i], script::kEmbed, false);
    }
    std::uint32_t paused = 0;
    std::uint64_t buffered = 0;
    for (const auto& stream : section.streams()) {
        paused += stream.state() == STREAM_PHASE_PAUSED ? 1 : 0;
        buffered += stream.buffered_bytes();
    }
    section.set_paused(paused);
    section.set_buffered_bytes(buffered);
}

void FakeWorld::finishOpen(std::uint64_t id, std::uint64_t events, std::uint64_t bytes)
{
    const auto found = std::find_if(open_.begin(), open_.end(), [id](const auto& entry) { return entry.id() == id; });
    if (found == open_.end()) return;
    found->set_outcome(REQUEST_OUTCOME_OK);
    found->set_status(200);
    found->set_events_out(events);
    found->set_bytes_out(bytes);
    found->add_decisions(script::text("forwarded %.0f events, in %.1f s", static_cast<double>(events),
                                      (found->stream_ms() + found->client_reads_ms()) / 1000));
    *fresh_.add_requests() = *found;
    open_.erase(found);
}

void FakeWorld::finishRequest(const char* client, const std::string& model, RequestClass kind, std::uint32_t rows,
                              std::uint32_t batchRows)
{
    const bool chat = kind == REQUEST_CLASS_GENERATION;
    const bool tensor = kind == REQUEST_CLASS_TENSOR;
    RequestRecord request;
    request.set_id(nextId_++);
    request.set_time_ms(nowMs_ - 950 + static_cast<std::int64_t>(pick(900)));
    request.set_client(client);
    request.set_model(model);
    request.set_request_class(kind);
    request.set_route(chat     ? "POST /v1/chat/completions"
                      : tensor ? "POST /v2/models/{model}/infer"
                               : "POST /v1/embeddings");
    request.set_receive_ms(0.01);
    request.set_processing_ms(0.1 + 0.1 * chance());
    // The first request after a change of the agent's model may have come before its model had.
    if (stateOf(model) == MODEL_PHASE_LOADING) {
        request.set_model_ms(12 + 12 * chance());
        request.set_load_ms(request.model_ms() * 0.5);
        request.add_decisions(
            script::text("waited %.0f ms for the model to load: it was requested for the first time since "
                         "it was evicted",
                         request.model_ms()));
    }
    const bool merged = batchRows > rows;
    request.set_batch_ms(chat ? 0 : merged ? 1 + 2 * chance() : 0.02 + 0.6 * chance());
    request.set_run_ms(chat ? 30 + 10 * chance() : merged ? 4 + 3 * chance() : tensor ? 1 + 2.4 * chance() : 5.5);
    // A whole answer is here when its first byte goes out.
    request.set_stream_ms(chat ? 8 + 2 * chance() : 0);
    request.set_client_reads_ms(chat ? 0.02 : 0.03 + 0.05 * chance());
    request.set_connection_reused(true);
    request.set_batch_rows(chat ? 0 : batchRows);
    request.set_events_out(chat ? 14 : 0);
    request.set_bytes_out(chat ? 2'634 : tensor ? 185 : 25'335);
    request.set_phase(REQUEST_PHASE_CLIENT_READS);
    request.set_outcome(REQUEST_OUTCOME_OK);
    request.set_status(200);
    if (batchRows > 0)
        request.add_decisions(
            script::text("dispatched in a batch of %.0f rows (%.0f requests): ", batchRows, batchRows / rows) +
            (merged ? "full: the batch size limit was reached" : "the backend was idle"));
    if (chat) request.add_decisions(script::text("forwarded %.0f events, in %.1f ms", 14, request.stream_ms()));
    settle(request);
    *fresh_.add_requests() = request;
}

void FakeWorld::rejectRequest(script::Slip slip)
{
    const bool unknown = slip == script::Slip::UnknownModel;
    RequestRecord request;
    request.set_id(nextId_++);
    request.set_time_ms(nowMs_ - 400);
    request.set_client(script::kScript);
    request.set_model(unknown ? script::kUnknown : "");
    request.set_request_class(unknown ? REQUEST_CLASS_TENSOR : REQUEST_CLASS_EMBEDDING);
    request.set_route(unknown ? "POST /v2/models/{model}/infer" : "POST /v1/embeddings");
    request.set_receive_ms(0.01);
    request.set_processing_ms(0.06);
    request.set_phase(REQUEST_PHASE_PROCESSING);
    request.set_outcome(REQUEST_OUTCOME_REJECTED);
    request.set_status(unknown ? 404 : 413);
    request.set_reason(unknown ? "model 'digits-xl' does not exist"
                               : "the request's body has 80000000 bytes, more than 67108864 (limits.body_bytes_max)");
    settle(request);
    *fresh_.add_requests() = request;
}

void FakeWorld::finishRequests()
{
    const std::int64_t now = elapsed();
    const std::string agentAt = script::kChain[script::stageAt(now)];
    const bool writes = agentAt == "scribe";
    served_ = 0;
    for (std::uint64_t i = 0, count = 2 + pick(2); i < count; ++i, ++served_)
        finishRequest(script::kAgent, agentAt, writes ? REQUEST_CLASS_GENERATION : REQUEST_CLASS_TENSOR, 1,
                      writes ? 0 : 1);
    if (now % 7 % 3 == 0) {
        finishRequest(script::kIndexer, script::kEmbed, REQUEST_CLASS_EMBEDDING, 8, 8);
        ++served_;
    }
    if (script::isBurst(now)) {
        served_ += 128 * (chance() < 0.7 ? 3 : 4);
        // Some of them: a list of all would show nothing else.
        for (std::uint64_t i = 0; i < 12; ++i)
            finishRequest(script::kSensors, script::kFast, REQUEST_CLASS_TENSOR, 4, sensorLane().size_limit() / 4 * 4);
    } else {
        finishRequest(script::kSensors, script::kFast, REQUEST_CLASS_TENSOR, 1, 1);
        ++served_;
    }
    switch (const script::Slip slip = script::slipAt(now)) {
        case script::Slip::None:
            break;
        case script::Slip::SeldomModel:
            finishRequest(script::kScript, script::kSeldom, REQUEST_CLASS_TENSOR, 1, 1);
            ++served_;
            break;
        default:
            rejectRequest(slip);
    }
    for (auto& request : open_) {
        const double answering = static_cast<double>(nowMs_ - request.time_ms()) - request.run_ms();
        if (request.request_class() == REQUEST_CLASS_EMBEDDING) {
            request.set_phase(REQUEST_PHASE_CLIENT_READS);
            request.set_client_reads_ms(answering);
        } else {
            request.set_stream_ms(answering);
        }
        settle(request);
    }
    auto& flow = *state_.mutable_flow();
    flow.set_requests_in_flight(open_.size() + (script::isBurst(now) ? pick(12) : pick(2)));
    flow.set_requests_total(flow.requests_total() + served_);
    flow.set_requests_served_total(flow.requests_total() - flow.requests_in_flight());
    flow.set_bottleneck_stage(config::v1::STAGE_INFERENCE);
    const auto why =
        script::say(PHRASE_BOTTLENECK_INFERENCE, {script::share(0.64), script::figure(200, VALUE_UNIT_REQUESTS)});
    flow.set_bottleneck_why(why.english);
    *flow.mutable_bottleneck_words() = why.words;
}

Requests FakeWorld::openRequests() const
{
    Requests out;
    for (const auto& request : open_) *out.add_requests() = request;
    return out;
}

bool FakeWorld::cancel(std::uint64_t id)
{
    const auto found =
        std::find_if(open_.begin(), open_.end(), [id](const auto& request) { return request.id() == id; });
    if (found == open_.end()) {
        auto& streams = *state_.mutable_streams()->mutable_streams();
        const auto stream =
            std::find_if(streams.begin(), streams.end(), [id](const auto& entry) { return entry.request_id() == id; });
        if (stream == streams.end()) return false;
        streams.erase(stream);
        return true;
    }
    auto& streams = *state_.mutable_streams()->mutable_streams();
    const auto stream =
        std::find_if(streams.begin(), streams.end(), [id](const auto& entry) { return entry.request_id() == id; });
    if (stream != streams.end()) streams.erase(stream);
    found->set_outcome(REQUEST_OUTCOME_CANCELLED);
    found->set_status(499);
    found->set_reason("cancelled by the operator");
    *fresh_.add_requests() = *found;
    open_.erase(found);
    return true;
}

}  // namespace millrace::desktop
