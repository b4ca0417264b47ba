// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/view_commands.h"

#include "base/format.h"
#include "ctl/enum_words.h"
#include "ctl/error_output.h"
#include "ctl/json_text.h"
#include "ctl/text_table.h"

#include <algorithm>
#include <iostream>
#include <string_view>
#include <unistd.h>

namespace millrace::ctl {

namespace {

namespace v1 = control::v1;
using Stub = Connection::Stub;

/// How a request ended; of one in flight, its phase.
std::string stateText(const v1::RequestRecord& request)
{
    return request.outcome() == v1::REQUEST_OUTCOME_UNSPECIFIED ? enumText(request.phase())
                                                                : enumText(request.outcome());
}

std::string eventLine(const v1::Event& event)
{
    const auto word = enumWord(*v1::EventKind_descriptor(), event.kind());
    const std::string kind = !event.kind_name().empty() ? event.kind_name() : word ? *word : enumText(event.kind());
    return clockText(event.time_ms()) + "  " + enumText(event.severity()) + "  " + shown(kind) + "  " +
           shown(event.subject()) + "  " + shown(event.text()) + '\n';
}

std::optional<double> series(const v1::Frame& frame, const char* name)
{
    const auto found = frame.sample().values().find(name);
    return found == frame.sample().values().end() ? std::nullopt : std::optional(found->second);
}

std::string countOf(const v1::Frame& frame, const char* name)
{
    const auto value = series(frame, name);
    return value ? countText(*value) : kAbsent;
}

std::string bytesOf(const v1::Frame& frame, const char* name)
{
    const auto value = series(frame, name);
    return value ? formatBytes(*value) : kAbsent;
}

/// Of a list that would have been too large.
std::string leftOut(std::uint32_t count)
{
    return count == 0 ? std::string() : "… " + std::to_string(count) + " more are not shown\n";
}

std::string modelsTable(const v1::ModelSection& models)
{
    TextTable table({"model", "backend", "state", "memory", "load", "in use", "requests", "notes"});
    for (const auto& model : models.models()) {
        std::string notes;
        const auto note = [&notes](const std::string& text) { notes += (notes.empty() ? "" : ", ") + text; };
        if (model.pinned()) note("pinned");
        if (model.has_idle_ttl_ms()) note(idleTtlText(model.idle_ttl_ms()));
        if (model.never_preloaded()) note("never preloaded");
        if (model.preloading()) note("preloading");
        if (!model.loadable()) note("managed by its server");
        if (model.has_eta_ms()) note("ready in " + msText(model.eta_ms()));
        if (model.kind() != v1::MODEL_KIND_UNSPECIFIED) note(enumText(model.kind()));
        if (!model.reason().empty()) note(model.reason());
        table.add({model.model(), shown(model.backend()), phaseText(model.state()),
                   model.bytes() ? formatBytes(static_cast<double>(model.bytes())) : kAbsent,
                   msText(model.has_load_ms() ? std::optional(model.load_ms()) : std::nullopt),
                   std::to_string(model.leases()), std::to_string(model.requests_total()), notes});
    }
    return (table.empty() ? "no models\n" : table.text()) + leftOut(models.models_left_out());
}

std::string topText(const v1::Frame& frame)
{
    std::string out = "requests     " + countOf(frame, "served_per_second") + " /s served, " +
                      countOf(frame, "failed_per_second") + " /s failed (" + percentText(series(frame, "error_share")) +
                      "), " + countOf(frame, "refused_per_second") + " /s refused, " +
                      countOf(frame, "rejected_per_second") + " /s rejected, " +
                      std::to_string(frame.flow().requests_in_flight()) + " in flight\n";
    out += "latency p99  tensor calls " + msText(series(frame, "latency_tensor_p99_ms")) + ", embeddings " +
           msText(series(frame, "latency_embedding_p99_ms")) + ", chats " +
           msText(series(frame, "latency_generation_p99_ms")) + "; time to first byte " +
           msText(series(frame, "first_byte_p99_ms")) + "; added by Millrace p50 " +
           msText(series(frame, "added_p50_ms")) + ", p99 " + msText(series(frame, "added_p99_ms")) + '\n';
    out += "connections  " + countOf(frame, "connections_active") + " active, " + countOf(frame, "connections_idle") +
           " idle, reuse " + percentText(series(frame, "connection_reuse")) + ", waiting " +
           countOf(frame, "connection_waiters") + '\n';
    out += "batches      " + countOf(frame, "batches_per_second") + " /s, rows / batch " +
           countOf(frame, "batch_rows_average") + ", limit " + countOf(frame, "batch_size_limit") + ", waiting " +
           countOf(frame, "batch_queue") + ", wait p99 " + msText(series(frame, "batch_wait_p99_ms")) + '\n';
    out += "models       " + countOf(frame, "resident_models") + " in memory (" + bytesOf(frame, "resident_bytes") +
           "), loading " + countOf(frame, "load_loading") + ", served from memory " +
           percentText(series(frame, "warm_rate")) + ", preload hits " +
           percentText(series(frame, "preload_hit_rate")) + ", loads waited for in 5 min " +
           countOf(frame, "waited_loads") + " (LRU alone " + countOf(frame, "lru_waited_loads") + ")\n";
    out += "streams      " + countOf(frame, "streams_open") + " open, " + countOf(frame, "streams_paused") +
           " paused, to clients " + bytesOf(frame, "stream_bytes_out_per_second") + "/s, buffered " +
           bytesOf(frame, "stream_buffered_bytes") + '\n';
    out += "engine       " + formatBytes(static_cast<double>(frame.engine().resident_bytes())) + ", " +
           countOf(frame, "engine_cpu_cores") + " cores, " + std::to_string(frame.engine().threads()) +
           " threads, up " + spanText(static_cast<std::int64_t>(frame.engine().uptime_ms())) + ", revision " +
           std::to_string(frame.revision()) + (frame.draining() ? ", draining" : "") + "\n\n";
    TextTable pools({"backend", "protocol", "health", "active", "idle", "connecting", "waiting", "capacity", "reuse"});
    for (const auto& pool : frame.pools().pools())
        pools.add({pool.backend(), enumText(pool.protocol()), shown(enumText(pool.health())),
                   std::to_string(pool.active()), std::to_string(pool.idle()), std::to_string(pool.connecting()),
                   std::to_string(pool.waiters()), std::to_string(pool.headroom()),
                   percentText(pool.has_reuse_rate() ? std::optional(pool.reuse_rate()) : std::nullopt)});
    if (!pools.empty()) out += pools.text() + '\n';
    TextTable lanes({"lane", "waiting", "in flight", "limit", "rows / batch", "batches", "limit reason"});
    for (const auto& lane : frame.batches().lanes())
        lanes.add({lane.model(), std::to_string(lane.waiting()), std::to_string(lane.in_flight()),
                   std::to_string(lane.size_limit()),
                   lane.has_rows_average() ? countText(lane.rows_average()) : kAbsent,
                   std::to_string(lane.batches_total()), shown(lane.limit_why())});
    if (!lanes.empty()) out += lanes.text() + '\n';
    return out + modelsTable(frame.models());
}

/// What a frame says, into what was known before it.
void merge(v1::Frame& known, const v1::Frame& news)
{
    if (news.full()) {
        known = news;
        return;
    }
    known.set_sequence(news.sequence());
    known.set_time_ms(news.time_ms());
    known.set_revision(news.revision());
    known.set_draining(news.draining());
    if (news.has_sample()) *known.mutable_sample() = news.sample();
    if (news.has_engine()) *known.mutable_engine() = news.engine();
    if (news.has_pools()) *known.mutable_pools() = news.pools();
    if (news.has_batches()) *known.mutable_batches() = news.batches();
    if (news.has_models()) *known.mutable_models() = news.models();
    if (news.has_streams()) *known.mutable_streams() = news.streams();
    if (news.has_flow()) *known.mutable_flow() = news.flow();
    if (news.has_guard()) *known.mutable_guard() = news.guard();
}

}  // namespace

int showStatus(Connection& engine, bool json)
{
    const auto status = engine.call(&Stub::GetStatus, v1::GetStatusRequest());
    if (!status.ok()) return printError(status.status());
    if (json) return printJson(*status);
    std::cout << "millraced " << shown(status->version()) << ", process " << status->pid() << ", up "
              << spanText(status->now_ms() - status->started_ms()) << (status->draining() ? ", draining" : "") << '\n'
              << "HTTP      " << shown(status->http()) << '\n'
              << "gRPC      " << shown(status->grpc()) << '\n'
              << "control   " << shown(status->control()) << '\n'
              << "state     " << shown(status->state_dir()) << '\n'
              << "revision  " << status->revision() << '\n'
              << "requests  " << status->requests_in_flight() << " in flight\n";
    return kDone;
}

int showTop(Connection& engine, bool json, bool once, double rateHz)
{
    grpc::ClientContext context;
    v1::WatchRequest request;
    request.set_rate_hz(rateHz);
    auto reader = engine.stub().Watch(&context, request);
    v1::Frame frame;
    v1::Frame known;
    const bool live = !once && !json && isatty(STDOUT_FILENO) != 0;
    bool any = false;
    bool ended = true;
    while (reader->Read(&frame)) {
        any = true;
        merge(known, frame);
        if (json)
            std::cout << jsonText(frame) << '\n';
        else
            std::cout << (live ? "\x1b[H\x1b[2J" : "") << topText(known) << (live || once ? "" : "\n");
        std::cout.flush();
        if (once || !std::cout) {
            ended = false;
            break;
        }
    }
    if (!ended) context.TryCancel();  // cancelling what has ended would hide why
    const grpc::Status status = reader->Finish();
    if (any && !ended) return kDone;
    return printError(fromGrpc(static_cast<int>(status.error_code()), status.error_message()));
}

int showModels(Connection& engine, bool json)
{
    const auto frame = engine.snapshot();
    if (!frame.ok()) return printError(frame.status());
    if (json)
        std::cout << jsonText(frame->models()) << '\n';
    else
        std::cout << modelsTable(frame->models());
    return kDone;
}

int showRequests(Connection& engine, bool json, bool openOnly, std::uint32_t most)
{
    v1::ListRequestsRequest request;
    request.set_open_only(openOnly);
    request.set_most(most);
    const auto reply = engine.call(&Stub::ListRequests, request);
    if (!reply.ok()) return printError(reply.status());
    if (json) return printJson(*reply);
    TextTable table(
        {"id", "when", "client", "model", "route", "phase", "total", "backend", "added", "status", "reason"});
    for (const auto& record : reply->requests())
        table.add({std::to_string(record.id()), clockText(record.time_ms()), shown(record.client()),
                   shown(record.model()), record.route(), stateText(record), msText(record.total_ms()),
                   msText(record.run_ms() + record.load_ms()), msText(record.added_ms()),
                   record.status() ? std::to_string(record.status()) : kAbsent, record.reason()});
    std::cout << (table.empty() ? "no requests\n" : table.text()) << leftOut(reply->left_out());
    return kDone;
}

int showEvents(Connection& engine, bool json, bool follow, std::uint32_t most, const std::string& severity)
{
    v1::Severity least = v1::SEVERITY_INFO;
    for (const auto level : {v1::SEVERITY_NOTICE, v1::SEVERITY_WARNING, v1::SEVERITY_ERROR})
        if (enumText(level) == severity) least = level;
    if (!follow) {
        v1::ListEventsRequest request;
        request.set_most(most);
        request.set_severity_min(least);
        const auto reply = engine.call(&Stub::ListEvents, request);
        if (!reply.ok()) return printError(reply.status());
        if (json) std::cout << jsonText(*reply) << '\n';
        for (const auto& event : reply->events())
            if (!json) std::cout << eventLine(event);
        return kDone;
    }
    grpc::ClientContext context;
    auto reader = engine.stub().Watch(&context, {});
    v1::Frame frame;
    bool ended = false;
    while (std::cout && !(ended = !reader->Read(&frame))) {
        for (const auto& event : frame.events())
            if (event.severity() >= least) std::cout << (json ? jsonText(event) + '\n' : eventLine(event));
        std::cout.flush();
    }
    if (!ended) {
        context.TryCancel();
        return kDone;  // the reader has exited
    }
    const grpc::Status status = reader->Finish();
    return printError(fromGrpc(static_cast<int>(status.error_code()), status.error_message()));
}

int showMetrics(Connection& engine, bool json)
{
    const auto reply = engine.call(&Stub::GetMetrics, v1::GetMetricsRequest());
    if (!reply.ok()) return printError(reply.status());
    if (json) return printJson(*reply);
    std::cout << reply->prometheus_text();
    return kDone;
}

}  // namespace millrace::ctl
