// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/control_service.h"

#include "control.grpc.pb.h"
#include "control/answers.h"
#include "control/config_messages.h"
#include "control/event_messages.h"
#include "control/model_policy.h"
#include "control/outgoing.h"
#include "control/socket_claim.h"
#include "control/watch_hub.h"
#include "phrases.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <sys/stat.h>
#include <thread>
#include <utility>
#include <vector>

namespace millrace::control {

namespace {

constexpr std::size_t kRequestsAFrame = 200;
constexpr std::size_t kEventsAFrame = 200;
constexpr std::size_t kEventsUsual = 200;
constexpr std::size_t kHeldMax = 8;                 // replaced listeners that clients keep from ending
constexpr std::chrono::milliseconds kEndMax{3000};  // of a listener; gRPC cuts its calls off after two thirds of it
constexpr std::size_t kReplyBytesMax = 24 * 1024 * 1024;  // of a list that is the whole answer

/// A stream that is refused with the first word.
template <typename Message>
class RefusedStream final : public grpc::ServerWriteReactor<Message> {
public:
    explicit RefusedStream(const Status& status) { this->Finish(grpcStatus(status)); }
    void OnDone() override { delete this; }
};

/// One watcher's stream. Lives until gRPC says OnDone, which comes after finish().
class FrameStream final : public grpc::ServerWriteReactor<v1::Frame>, public WatchSink {
public:
    explicit FrameStream(WatchHub& hub) : hub_(hub) { ticket_ = 0; }  // what OnCancel looks at first: all is set
    void begin(WatchHub::Ticket ticket) { ticket_ = ticket; }

    void send(v1::Frame frame) override
    {
        frame_ = std::move(frame);  // gRPC reads it until OnWriteDone
        StartWrite(&frame_);
    }
    void finish(const Status& status) override { Finish(grpcStatus(status)); }

    void OnWriteDone(bool ok) override { hub_.sent(ticket_, ok); }
    void OnCancel() override
    {
        const WatchHub::Ticket ticket = ticket_;  // first: it orders a cancel behind the constructor
        hub_.cancel(ticket);
    }
    void OnDone() override { delete this; }

private:
    WatchHub& hub_;
    std::atomic<WatchHub::Ticket> ticket_{0};
    v1::Frame frame_;
};

/// The service on one socket, until it is closed.
class Listener final : public v1::Control::CallbackService {
public:
    using Parts = ControlServer::Parts;
    using Context = grpc::CallbackServerContext;
    using Unary = grpc::ServerUnaryReactor;

    explicit Listener(Parts parts)
        : parts_(std::move(parts)),
          startedMs_(parts_.clock.unixMs()),
          hub_(parts_.clock, parts_.bootId,
               [this](WatchHub::Cursors from, std::function<void(WatchHub::Collected)> done) {
                   collect(from, std::move(done));
               })
    {}

    /// `held`: the claim of the listener before.
    Status listen(std::unique_ptr<SocketClaim> held)
    {
        auto claim = SocketClaim::take(parts_.socketPath, std::move(held));
        if (!claim.ok()) return claim.status();
        claim_ = std::move(*claim);
        grpc::ServerBuilder builder;
        builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
        int bound = 0;
        builder.AddListeningPort("unix:" + parts_.socketPath, grpc::InsecureServerCredentials(), &bound);
        builder.RegisterService(this);
        // The socket is nobody else's from its first moment on.
        const mode_t before = umask(0177);
        server_ = builder.BuildAndStart();
        umask(before);
        if (!server_ || bound == 0) return unavailable("the control socket " + parts_.socketPath + " cannot be opened");
        if (lstat(parts_.socketPath.c_str(), &made_) != 0) made_ = {};
        return absl::OkStatus();
    }
    /// Whether those who come to the path reach this one.
    bool isThere() const
    {
        struct stat there {};
        return lstat(parts_.socketPath.c_str(), &there) == 0 && there.st_ino == made_.st_ino &&
               there.st_dev == made_.st_dev && claim_->keep();
    }

    /// On the strand, or while it does not run: no call is answered by the engine any more. What is returned is the
    /// next listener's.
    std::unique_ptr<SocketClaim> close()
    {
        alive_->store(false);
        hub_.stop();
        open_->close(unavailable("the engine is stopping"));
        return std::move(claim_);
    }
    /// After close(), from any thread: waits for gRPC.
    void finish()
    {
        if (server_) server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(2));
        server_.reset();
    }
    std::size_t watchers() const { return hub_.watchers(); }

    // ---- status and figures ----

    Unary* GetStatus(Context* context, const v1::GetStatusRequest*, v1::Status* response) override
    {
        return onStrand(context, response, [this](const auto& answer) {
            v1::Status status;
            parts_.view.fillStatus(status);
            status.set_revision(parts_.config.revision());
            answer->send(std::move(status));
        });
    }
    grpc::ServerWriteReactor<v1::Frame>* Watch(Context*, const v1::WatchRequest* request) override
    {
        auto* stream = new FrameStream(hub_);
        const auto ticket = hub_.add(stream, request->rate_hz());
        if (!ticket.ok()) {
            delete stream;
            return new RefusedStream<v1::Frame>(ticket.status());
        }
        stream->begin(*ticket);
        return stream;
    }
    Unary* GetHistory(Context* context, const v1::GetHistoryRequest* request, v1::History* response) override
    {
        auto* reactor = context->DefaultReactor();
        const auto answer = Answer<v1::History>::open(open_, reactor, response);
        telemetry::History::Query query;
        query.names.assign(request->names().begin(), request->names().end());
        query.fromMs = request->from_ms();
        query.toMs = request->to_ms() == 0 ? parts_.clock.unixMs() : request->to_ms();
        query.pointsMax = request->points_max();
        parts_.history.query(std::move(query), [answer](StatusOr<telemetry::History::Answer> found) {
            if (found.ok())
                answer->send(message(*found));
            else
                answer->fail(found.status());
        });
        return reactor;
    }
    Unary* GetMetrics(Context* context, const v1::GetMetricsRequest*, v1::Metrics* response) override
    {
        response->set_prometheus_text(telemetry::prometheusText(parts_.registry));
        return done(context, *response);
    }
    Unary* ListEvents(Context* context, const v1::ListEventsRequest* request, v1::Events* response) override
    {
        const std::size_t most = request->most() == 0 ? kEventsUsual : request->most();
        std::vector<v1::Event> chosen;
        for (const auto& event : parts_.journal.after(request->after_sequence(), SIZE_MAX)) {
            auto one = message(event, parts_.bootId);
            if (one.severity() >= request->severity_min()) chosen.push_back(std::move(one));
        }
        for (std::size_t i = chosen.size() > most ? chosen.size() - most : 0; i < chosen.size(); ++i)
            *response->add_events() = std::move(chosen[i]);
        response->set_left_out(cutTo(*response->mutable_events(), true, kReplyBytesMax));
        return done(context, *response);
    }

    // ---- configuration ----

    Unary* GetSchema(Context* context, const v1::GetSchemaRequest*, v1::Schema* response) override
    {
        *response = schemaMessage();
        return done(context, *response);
    }
    Unary* GetConfig(Context* context, const v1::GetConfigRequest*, v1::ConfigState* response) override
    {
        return onStrand(context, response, [this](const auto& answer) { answer->send(parts_.config.state()); });
    }
    Unary* ValidateConfig(Context* context, const v1::ValidateConfigRequest* request,
                          v1::ValidateConfigReply* response) override
    {
        return onStrand(context, response, [this, wanted = request->config()](const auto& answer) {
            answer->send(parts_.config.validate(wanted));
        });
    }
    Unary* ApplyConfig(Context* context, const v1::ApplyConfigRequest* request, v1::ApplyConfigReply* response) override
    {
        return onStrand(context, response, [this, wanted = *request](const auto& answer) {
            parts_.config.apply(wanted,
                                [answer](StatusOr<v1::ApplyConfigReply> reply) { answer->send(std::move(reply)); });
        });
    }
    Unary* ListRevisions(Context* context, const v1::ListRevisionsRequest* request, v1::Revisions* response) override
    {
        return onStrand(context, response, [this, most = request->most()](const auto& answer) {
            auto revisions = parts_.config.list(most);
            revisions.set_left_out(cutTo(*revisions.mutable_revisions(), false, kReplyBytesMax));
            answer->send(std::move(revisions));
        });
    }
    Unary* Rollback(Context* context, const v1::RollbackRequest* request, v1::ApplyConfigReply* response) override
    {
        return onStrand(context, response, [this, wanted = *request](const auto& answer) {
            parts_.config.rollback(wanted,
                                   [answer](StatusOr<v1::ApplyConfigReply> reply) { answer->send(std::move(reply)); });
        });
    }

    // ---- steering ----

    Unary* LoadModel(Context* context, const v1::ModelRequest* request, v1::ModelReply* response) override
    {
        return onStrand(context, response, [this, wanted = *request](const auto& answer) {
            parts_.view.loadModel(wanted.model(), wanted.wait(), modelReply(answer));
        });
    }
    Unary* UnloadModel(Context* context, const v1::ModelRequest* request, v1::ModelReply* response) override
    {
        return onStrand(context, response, [this, wanted = *request](const auto& answer) {
            parts_.view.unloadModel(wanted.model(), wanted.wait(), modelReply(answer));
        });
    }
    Unary* PinModel(Context* context, const v1::PinModelRequest* request, v1::ModelReply* response) override
    {
        return onStrand(context, response, [this, wanted = *request](const auto& answer) {
            parts_.view.pinModel(wanted.model(), wanted.pinned(), modelReply(answer));
        });
    }
    Unary* SetModelPolicy(Context* context, const v1::SetModelPolicyRequest* request, v1::ModelReply* response) override
    {
        return onStrand(context, response, [this, wanted = *request](const auto& answer) {
            if (const Status status = checkPolicy(wanted); !status.ok())
                answer->fail(status);
            else
                parts_.view.setModelPolicy(wanted, modelReply(answer));
        });
    }
    Unary* EvictConnections(Context* context, const v1::ConnectionsRequest* request,
                            v1::ConnectionsReply* response) override
    {
        return onStrand(context, response, [this, wanted = *request](const auto& answer) {
            parts_.view.evictConnections(wanted, countReply(answer));
        });
    }
    Unary* DrainBackend(Context* context, const v1::DrainBackendRequest* request,
                        v1::ConnectionsReply* response) override
    {
        return onStrand(context, response, [this, wanted = *request](const auto& answer) {
            parts_.view.drainBackend(wanted.backend(), wanted.draining(), countReply(answer));
        });
    }
    Unary* ProbeBackend(Context* context, const v1::ConnectionsRequest* request, v1::ProbeReply* response) override
    {
        return onStrand(context, response, [this, wanted = *request](const auto& answer) {
            parts_.view.probeBackend(wanted,
                                     [answer](StatusOr<v1::ProbeReply> reply) { answer->send(std::move(reply)); });
        });
    }
    Unary* TestBackend(Context* context, const v1::TestBackendRequest* request, v1::TestBackendReply* response) override
    {
        return onStrand(context, response, [this, wanted = request->backend()](const auto& answer) {
            parts_.view.testBackend(wanted,
                                    [answer](StatusOr<v1::TestBackendReply> reply) { answer->send(std::move(reply)); });
        });
    }
    Unary* ListRequests(Context* context, const v1::ListRequestsRequest* request, v1::Requests* response) override
    {
        return onStrand(context, response, [this, wanted = *request](const auto& answer) {
            v1::Requests requests;
            parts_.view.listRequests(wanted, requests);
            requests.set_left_out(cutTo(*requests.mutable_requests(), false, kReplyBytesMax));
            answer->send(std::move(requests));
        });
    }
    Unary* CancelRequest(Context* context, const v1::CancelRequestRequest* request,
                         v1::CancelRequestReply* response) override
    {
        return onStrand(context, response, [this, id = request->id()](const auto& answer) {
            v1::CancelRequestReply reply;
            reply.set_cancelled(parts_.view.cancelRequest(id));
            answer->send(std::move(reply));
        });
    }
    Unary* Shutdown(Context* context, const v1::ShutdownRequest*, v1::ShutdownReply* response) override
    {
        return onStrand(context, response, [this](const auto& answer) {
            v1::ShutdownReply reply;
            reply.set_requests_in_flight(parts_.view.shutdown());
            answer->send(std::move(reply));
        });
    }

private:
    template <typename Response, typename Work>
    Unary* onStrand(Context* context, Response* response, Work work)
    {
        auto* reactor = context->DefaultReactor();
        auto answer = Answer<Response>::open(open_, reactor, response);
        // stop() runs where this runs: what comes after it finds `alive` false and touches nothing.
        boost::asio::post(parts_.strand, [alive = alive_, answer, work = std::move(work)] {
            if (alive->load()) work(answer);
        });
        return reactor;
    }
    static Unary* done(Context* context, google::protobuf::Message& response)
    {
        wash(response);
        auto* reactor = context->DefaultReactor();
        reactor->Finish(grpc::Status::OK);
        return reactor;
    }
    static Reply<v1::ModelState> modelReply(const std::shared_ptr<Answer<v1::ModelReply>>& answer)
    {
        return [answer](StatusOr<v1::ModelState> state) {
            if (!state.ok()) {
                answer->fail(state.status());
                return;
            }
            v1::ModelReply reply;
            *reply.mutable_state() = std::move(*state);
            answer->send(std::move(reply));
        };
    }
    static Reply<std::uint32_t> countReply(const std::shared_ptr<Answer<v1::ConnectionsReply>>& answer)
    {
        return [answer](StatusOr<std::uint32_t> count) {
            if (!count.ok()) {
                answer->fail(count.status());
                return;
            }
            v1::ConnectionsReply reply;
            reply.set_count(*count);
            answer->send(std::move(reply));
        };
    }

    /// The hub's thread: what belongs to the engine is filled on the strand, the rest here.
    void collect(WatchHub::Cursors from, std::function<void(WatchHub::Collected)> done)
    {
        auto collected = std::make_shared<WatchHub::Collected>();
        collected->cursors = from;
        Snapshot& snapshot = collected->snapshot;
        for (const auto& event : parts_.journal.after(from.events, kEventsAFrame)) {
            snapshot.events.push_back(message(event, parts_.bootId));
            collected->cursors.events = event.sequence;
        }
        const auto sample = parts_.recorder.latest();
        snapshot.sample = message(sample);
        fillEngine(sample, snapshot.engine);
        boost::asio::post(parts_.strand, [this, alive = alive_, collected, done = std::move(done)] {
            if (!alive->load()) return;
            fillOnStrand(*collected);
            done(std::move(*collected));
        });
    }
    void fillOnStrand(WatchHub::Collected& collected)
    {
        Snapshot& snapshot = collected.snapshot;
        EngineView& view = parts_.view;
        snapshot.timeMs = parts_.clock.unixMs();
        snapshot.revision = parts_.config.revision();
        snapshot.draining = view.draining();
        snapshot.guard = parts_.config.guard();
        view.fillFlow(snapshot.flow);
        view.fillPools(snapshot.pools);
        collected.cursors.batches = view.fillBatches(snapshot.batches, collected.cursors.batches);
        view.fillModels(snapshot.models);
        view.fillStreams(snapshot.streams);
        google::protobuf::RepeatedPtrField<v1::RequestRecord> requests;
        collected.cursors.requests = view.fillRequests(requests, collected.cursors.requests, kRequestsAFrame);
        for (auto& one : requests) snapshot.requests.push_back(std::move(one));
    }
    void fillEngine(const telemetry::Sample& sample, v1::Engine& engine)
    {
        const auto value = [&sample](const char* name) {
            const auto found = sample.values.find(name);
            return found == sample.values.end() ? 0 : found->second;
        };
        engine.set_resident_bytes(static_cast<std::uint64_t>(value("engine_resident_bytes")));
        engine.set_cpu_cores(value("engine_cpu_cores"));
        engine.set_threads(static_cast<std::uint32_t>(parts_.registry.gaugeTotal("millrace_engine_threads")));
        engine.set_uptime_ms(static_cast<std::uint64_t>(std::max<std::int64_t>(0, parts_.clock.unixMs() - startedMs_)));
        engine.set_idle_resident_bytes(static_cast<std::uint64_t>(parts_.recorder.idleResidentBytes().value_or(0)));
    }

    const Parts parts_;
    const std::int64_t startedMs_;
    std::shared_ptr<std::atomic<bool>> alive_ = std::make_shared<std::atomic<bool>>(true);
    std::shared_ptr<OpenAnswers> open_ = std::make_shared<OpenAnswers>();
    std::unique_ptr<SocketClaim> claim_;
    struct stat made_ {};  // the socket's file
    WatchHub hub_;
    std::unique_ptr<grpc::Server> server_;  // last: its calls use the rest
};

/// A listener that ends on a thread of its own: gRPC waits for its clients, and for one that reads no more for ever.
class Ending {
public:
    /// `then` runs on that thread. The listener was closed.
    Ending(std::shared_ptr<Listener> listener, std::function<void()> then)
    {
        std::promise<void> done;
        ended_ = done.get_future();
        thread_ = std::thread([old = std::move(listener), next = std::move(then), done = std::move(done)]() mutable {
            old->finish();
            old.reset();
            if (next) next();
            done.set_value();
        });
    }
    ~Ending()
    {
        if (thread_.joinable()) thread_.detach();
    }
    Ending(const Ending&) = delete;
    Ending& operator=(const Ending&) = delete;

    /// False: it has not ended in time, and is left to itself.
    bool within(std::chrono::milliseconds most)
    {
        if (ended_.wait_for(most) != std::future_status::ready) return false;
        thread_.join();
        return true;
    }

private:
    std::future<void> ended_;
    std::thread thread_;
};

}  // namespace

/// Keeps a listener on the path: makes another one where somebody removes the file of the first. Strand only.
class ControlServer::Impl final : public std::enable_shared_from_this<Impl> {
public:
    explicit Impl(Parts parts) : parts_(std::move(parts)), timer_(parts_.strand) {}
    ~Impl() { stop(); }

    Status listen()
    {
        auto fresh = std::make_unique<Listener>(parts_);
        Status status = fresh->listen(std::move(claim_));
        if (status.ok()) listener_ = std::move(fresh);
        return status;
    }
    void watch()
    {
        timer_.expires_after(parts_.socketCheck);
        timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
            const auto self = weak.lock();
            if (!error && self && !self->stopped_) self->look();
        });
    }
    bool stop()
    {
        stopped_ = true;
        timer_.cancel();
        if (listener_) {
            claim_ = listener_->close();
            endings_.push_back(std::make_unique<Ending>(std::move(listener_), nullptr));
        }
        // The newest first: one that a client keeps from ending takes the time of the others.
        std::chrono::milliseconds most = kEndMax;
        for (auto ending = endings_.rbegin(); ending != endings_.rend(); ++ending) {
            if ((*ending)->within(most)) continue;
            held_ = true;
            most = {};
        }
        endings_.clear();
        claim_.reset();
        return !held_;
    }
    std::size_t watchers() const { return listener_ ? listener_->watchers() : 0; }

private:
    void look()
    {
        if (listener_ && listener_->isThere()) return watch();
        if (!listener_) return renew();
        lose(say(Phrase::SocketRemoved));
        const auto renewSoon = [weak = weak_from_this()] {
            const auto self = weak.lock();
            if (self && !self->stopped_ && !self->listener_) self->renew();
        };
        // gRPC removes the file of a socket that it closes: the old one has to be gone before there is a new one. A
        // client that stands still can keep it from ending, but its file is removed by then.
        claim_ = listener_->close();
        forgetEnded();
        endings_.push_back(std::make_unique<Ending>(
            std::move(listener_), [renewSoon, strand = parts_.strand] { boost::asio::post(strand, renewSoon); }));
        if (endings_.size() > kHeldMax) return;
        timer_.expires_after(kEndMax);
        timer_.async_wait([renewSoon](const boost::system::error_code& error) {
            if (!error) renewSoon();
        });
    }
    void renew()
    {
        forgetEnded();
        const Status status = listen();
        if (status.ok()) {
            lost_ = false;
            parts_.journal.note(Severity::Notice, "control_socket_restored", "engine",
                                say(Phrase::SocketRestored, parts_.socketPath));
        } else {
            lose(text(status));
        }
        watch();
    }
    void forgetEnded()
    {
        std::erase_if(endings_, [](const auto& ending) { return ending->within({}); });
    }
    void lose(const Sentence& why)
    {
        if (std::exchange(lost_, true)) return;
        parts_.journal.note(Severity::Warning, "control_socket_lost", "engine",
                            say(Phrase::SocketLost, parts_.socketPath, why));
    }

    const Parts parts_;
    std::unique_ptr<Listener> listener_;  // none: it is being replaced, or could not be made
    boost::asio::steady_timer timer_;
    std::unique_ptr<SocketClaim> claim_;            // between two listeners
    std::vector<std::unique_ptr<Ending>> endings_;  // of the listeners before
    bool held_ = false;                             // a client kept one from ending
    bool lost_ = false;
    bool stopped_ = false;
};

ControlServer::ControlServer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

ControlServer::~ControlServer()
{
    stop();
}

StatusOr<std::unique_ptr<ControlServer>> ControlServer::start(Parts parts)
{
    std::unique_ptr<ControlServer> server(new ControlServer(std::make_shared<Impl>(std::move(parts))));
    Status status = server->impl_->listen();
    if (!status.ok()) return status;
    server->impl_->watch();
    return server;
}

bool ControlServer::stop()
{
    return impl_->stop();
}

std::size_t ControlServer::watchers() const
{
    return impl_->watchers();
}

}  // namespace millrace::control
