// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/grpc_service.h"

#include "base/text.h"
#include "health.pb.h"
#include "http/grpc_framed.h"
#include "http/grpc_server.h"
#include "http/listener.h"
#include "inference.pb.h"
#include "runtime/infer.h"
#include "runtime/version.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <atomic>
#include <optional>
#include <set>
#include <type_traits>
#include <unordered_map>
#include <utility>

namespace millrace::runtime {

namespace {

using http::GrpcCall;
using http::GrpcHandler;
using http::GrpcMessage;
using http::GrpcStatus;
using inference::ModelInferRequest;
using inference::ModelStreamInferResponse;

constexpr char kServiceName[] = "inference.GRPCInferenceService";
constexpr Duration kTickEvery = 200ms;  // while there are calls
constexpr Duration kIdleTick = 1s;
constexpr Duration kLeaving = 100ms;  // for the last answers to be taken

GrpcStatus onWire(const Status& status)
{
    if (status.ok()) return {};
    return {toGrpc(status), text(status)};
}

Status stoppingNow()
{
    return unavailable("the runtime is stopping");
}

template <typename Message>
Status parse(Message& to, http::GrpcMessageReader::Message& from)
{
    if (!http::parseMessage(to, from))
        return invalidArgument("the message cannot be parsed as " + Message::descriptor()->full_name());
    return absl::OkStatus();
}

/// Their elements are looked at one by one.
bool hasTexts(const inference::ModelInferRequest& request)
{
    return std::any_of(request.inputs().begin(), request.inputs().end(),
                       [](const auto& input) { return input.datatype() == "BYTES"; });
}

const char* stateName(ModelState state)
{
    switch (state) {
        case ModelState::Unloaded:
            return "UNAVAILABLE";
        case ModelState::Loading:
            return "LOADING";
        case ModelState::Loaded:
            return "READY";
        case ModelState::Unloading:
            return "UNLOADING";
    }
    return "UNAVAILABLE";
}

http::GrpcServerLimits serverLimits()
{
    http::GrpcServerLimits limits;
    limits.h2.streamsMax = GrpcServer::kCallsMax;
    // A batch of the engine's arrives whole, without waiting for the other side to be told to go on.
    limits.h2.streamWindow = 2u << 20;
    limits.h2.connectionWindow = 8u << 20;
    limits.timeouts.idle = Duration::max();  // whoever connects is of this machine, and keeps what it needs
    limits.messageBytesMax = GrpcServer::kMessageBytesMax;
    limits.messagesBytesMax = GrpcServer::kMessagesBytesMax;
    return limits;
}

/// The methods, and what they work with. Thread: the loop.
class Service final : public http::GrpcServer {
public:
    Service(Strand strandIn, Clock& clockIn, Repository& repository, Workers& workers)
        : http::GrpcServer(strandIn, clockIn, budget_, serverLimits()),
          repository_(repository),
          workers_(workers),
          ticks_(strandIn)
    {
        addMethods();
    }

    Repository& repository() { return repository_; }
    Workers& workers() { return workers_; }
    bool stopping() const { return stopping_; }
    /// What works elsewhere for a call, and comes back to this object, is kept until drop().
    void keep(std::shared_ptr<GrpcHandler> handler)
    {
        auto* const key = handler.get();
        working_.emplace(key, std::move(handler));
    }
    std::shared_ptr<GrpcHandler> drop(GrpcHandler* handler)
    {
        auto node = working_.extract(handler);
        return node.empty() ? nullptr : std::move(node.mapped());
    }
    void watch(GrpcHandler* handler) { watching_.insert(handler); }
    void unwatch(GrpcHandler* handler) { watching_.erase(handler); }

    void stop();
    bool idle();
    /// The loop does not turn any more.
    void abandon()
    {
        ticks_.cancel();
        abort(stoppingNow());
        working_.clear();
    }

    // the methods that answer at once
    Status serverLive(const inference::ServerLiveRequest&, inference::ServerLiveResponse& response);
    Status serverReady(const inference::ServerReadyRequest&, inference::ServerReadyResponse& response);
    Status modelReady(const inference::ModelReadyRequest& request, inference::ModelReadyResponse& response);
    Status serverMetadata(const inference::ServerMetadataRequest&, inference::ServerMetadataResponse& response);
    Status modelMetadata(const inference::ModelMetadataRequest& request, inference::ModelMetadataResponse& response);
    Status index(const inference::RepositoryIndexRequest& request, inference::RepositoryIndexResponse& response);
    Status health(const grpc::health::v1::HealthCheckRequest& request, grpc::health::v1::HealthCheckResponse& response);

private:
    void addMethods();
    void onConnected() override { tickLater(); }
    void tickLater();

    Repository& repository_;
    Workers& workers_;
    http::BodyBudget budget_;
    std::unordered_map<GrpcHandler*, std::shared_ptr<GrpcHandler>> working_;
    std::set<GrpcHandler*> watching_;
    net::basic_waitable_timer<std::chrono::steady_clock, net::wait_traits<std::chrono::steady_clock>, Strand> ticks_;
    bool ticking_ = false, stopping_ = false;
    std::optional<TimePoint> answeredAt_;  // all that was worked for, while stopping
};

// ---- the methods that answer at once ----

template <typename Request, typename Response>
class QuickCall final : public GrpcHandler {
public:
    using Answer = Status (Service::*)(const Request&, Response&);

    QuickCall(Service& service, std::shared_ptr<GrpcCall> call, Answer answer)
        : service_(service), call_(std::move(call)), answer_(answer)
    {}
    void begin() override { call_->read(); }
    void onMessage(GrpcMessage message) override
    {
        Request request;
        Response response;
        Status status = std::move(message.problem);
        if (status.ok()) status = parse(request, message.message);
        if (status.ok()) status = (service_.*answer_)(request, response);
        if (status.ok())
            call_->finish(http::frameMessage(response), {});
        else
            call_->finish(onWire(status));
    }
    void onReadsDone() override { call_->finish({http::kGrpcUnimplemented, "the method takes one message"}); }
    void onCancel() override {}

private:
    Service& service_;
    const std::shared_ptr<GrpcCall> call_;
    const Answer answer_;
};

Status Service::serverLive(const inference::ServerLiveRequest&, inference::ServerLiveResponse& response)
{
    response.set_live(true);
    return absl::OkStatus();
}

Status Service::serverReady(const inference::ServerReadyRequest&, inference::ServerReadyResponse& response)
{
    response.set_ready(!stopping_);
    return absl::OkStatus();
}

Status Service::modelReady(const inference::ModelReadyRequest& request, inference::ModelReadyResponse& response)
{
    const auto known = repository_.describe(request.name(), request.version());
    response.set_ready(known.ok() && known->state == ModelState::Loaded);
    // Not ready is an answer; not there is an error, as with Triton.
    return known.status();
}

Status Service::serverMetadata(const inference::ServerMetadataRequest&, inference::ServerMetadataResponse& response)
{
    response.set_name("millrace-runtime");
    response.set_version(kVersion);
    response.add_extensions("model_repository");
    response.add_extensions("model_repository(unload_dependents)");
    return absl::OkStatus();
}

Status Service::modelMetadata(const inference::ModelMetadataRequest& request,
                              inference::ModelMetadataResponse& response)
{
    // Of a model that is not loaded, too: looking at it must not load it.
    const auto known = repository_.describe(request.name(), request.version());
    if (!known.ok()) return known.status();
    if (!known->config) return internal("model '" + known->name + "' cannot be described: " + known->reason);
    const runtime::ModelConfig& config = *known->config;
    response.set_name(known->name);
    response.add_versions(known->version);
    response.set_platform(std::string(config.platform()));
    const auto put = [](const std::vector<TensorSpec>& specs, auto* list) {
        for (const TensorSpec& spec : specs) {
            auto* tensor = list->Add();
            tensor->set_name(spec.name);
            tensor->set_datatype(std::string(nameOf(spec.type)));
            tensor->mutable_shape()->Add(spec.shape.begin(), spec.shape.end());
        }
    };
    put(config.inputs, response.mutable_inputs());
    put(config.outputs, response.mutable_outputs());
    return absl::OkStatus();
}

Status Service::index(const inference::RepositoryIndexRequest& request, inference::RepositoryIndexResponse& response)
{
    for (const ModelInfo& model : repository_.list()) {
        if (request.ready() && model.state != ModelState::Loaded) continue;
        auto* entry = response.add_models();
        entry->set_name(model.name);
        entry->set_version(model.version);
        entry->set_state(stateName(model.state));
        entry->set_reason(model.reason);
    }
    return absl::OkStatus();
}

bool isService(std::string_view name)
{
    return name.empty() || name == kServiceName || name == "grpc.health.v1.Health";
}

Status Service::health(const grpc::health::v1::HealthCheckRequest& request,
                       grpc::health::v1::HealthCheckResponse& response)
{
    if (!isService(request.service())) return notFound("unknown service '" + washed(request.service(), 128) + "'");
    response.set_status(stopping_ ? grpc::health::v1::HealthCheckResponse::NOT_SERVING
                                  : grpc::health::v1::HealthCheckResponse::SERVING);
    return absl::OkStatus();
}

/// Says how it is, and again only when the runtime stops: that it does.
class HealthWatch final : public GrpcHandler {
public:
    HealthWatch(Service& service, std::shared_ptr<GrpcCall> call) : service_(service), call_(std::move(call))
    {
        service_.watch(this);
    }
    ~HealthWatch() override { service_.unwatch(this); }
    void begin() override { call_->read(); }
    void onMessage(GrpcMessage message) override
    {
        grpc::health::v1::HealthCheckRequest request;
        grpc::health::v1::HealthCheckResponse response;
        Status status = std::move(message.problem);
        if (status.ok()) status = parse(request, message.message);
        if (!status.ok()) return call_->finish(onWire(status));
        if (!service_.health(request, response).ok())
            response.set_status(grpc::health::v1::HealthCheckResponse::SERVICE_UNKNOWN);
        call_->write(http::writeMessage(response));
    }
    void onReadsDone() override { call_->finish({http::kGrpcUnimplemented, "the method takes one message"}); }
    /// The runtime stops as well: there is nothing more to watch.
    void onCancel() override { call_->finish(onWire(stoppingNow())); }

private:
    Service& service_;
    const std::shared_ptr<GrpcCall> call_;
};

// ---- inference ----

/// One request after another of a call, from its bytes to those of its answer.
///
/// Thread: the loop. What a worker has is a Job, which anybody may end; it comes back to this object, which the service
/// keeps until then.
class InferCall : public GrpcHandler, public std::enable_shared_from_this<InferCall> {
public:
    InferCall(Service& service, std::shared_ptr<GrpcCall> call) : service_(service), call_(std::move(call)) {}
    void begin() override { call_->read(); }
    void onMessage(GrpcMessage message) override;
    void onCancel() override
    {
        if (job_) job_->gone = true;
    }

protected:
    struct Job {
        std::optional<http::GrpcMessageReader::Message> message;  // until it is parsed
        ModelInferRequest request;
        ModelStreamInferResponse answer;
        std::vector<SharedBytes> contents;  // of the answer's tensors
        Status status;
        http::GrpcFramed framed;  // the answer
        std::atomic<bool> gone{false};
    };
    /// On a worker or the loop: what goes to the client.
    virtual void write(Job& job) const = 0;
    virtual void answered(Job& job) = 0;

    Service& service_;
    const std::shared_ptr<GrpcCall> call_;

private:
    void start(const std::shared_ptr<Job>& job);
    void ended(Job& job);

    std::shared_ptr<Job> job_;
    http::BodyBytes held_;
};

void InferCall::onMessage(GrpcMessage message)
{
    Status status = std::move(message.problem);
    if (status.ok() && service_.stopping()) status = stoppingNow();
    if (!status.ok()) return call_->finish(onWire(status));
    held_ = std::move(message.held);
    job_ = std::make_shared<Job>();
    service_.keep(shared_from_this());
    const auto job = job_;
    if (message.message.bytes().size() <= GrpcServer::kParsedHere) {
        job->status = parse(job->request, message.message);
        if (!job->status.ok() || message.size <= GrpcServer::kParsedHere || !hasTexts(job->request)) return start(job);
    } else {
        job->message = std::move(message.message);
        job->message->keep();
    }
    const Status queued = service_.workers().submit([this, job] {
        if (job->message) job->status = parse(job->request, *job->message);
        job->message.reset();
        start(job);
    });
    if (queued.ok()) return;
    job->status = queued;
    start(job);
}

/// On the loop, or on a worker that has parsed the request.
void InferCall::start(const std::shared_ptr<Job>& job)
{
    auto done = [this, job](const Status& status) {
        job->status = status;
        write(*job);
        const Strand& strand = service_.strand;
        if (strand.running_in_this_thread()) return ended(*job);
        net::post(strand, [this, job] { ended(*job); });
    };
    if (!job->status.ok()) return done(job->status);
    infer(
        service_.repository(), service_.workers(), job->request, *job->answer.mutable_infer_response(), job->contents,
        [job] { return job->gone.load(); }, std::move(done));
}

void InferCall::ended(Job& job)
{
    const auto self = service_.drop(this);
    job_.reset();
    held_.release();
    answered(job);
}

class UnaryInfer final : public InferCall {
public:
    using InferCall::InferCall;
    void onReadsDone() override { call_->finish({http::kGrpcUnimplemented, "the method takes one message"}); }

private:
    void write(Job& job) const override
    {
        if (job.status.ok())
            job.framed = http::frameTensors(job.answer.infer_response(), http::kRawOutputContents, job.contents);
    }
    void answered(Job& job) override
    {
        if (job.status.ok())
            call_->finish(job.framed, {});
        else
            call_->finish(onWire(job.status));
    }
};

/// One client's stream of requests, answered one after another.
class InferStream final : public InferCall {
public:
    using InferCall::InferCall;
    void onReadsDone() override { call_->finish(GrpcStatus{}); }
    void onWritten(bool ok) override
    {
        if (ok) call_->read();
    }

private:
    void write(Job& job) const override
    {
        if (!job.status.ok()) {
            // The stream goes on; Triton keeps the request's id in an otherwise empty response.
            job.answer.Clear();
            job.answer.set_error_message(text(job.status));
            job.answer.mutable_infer_response()->set_id(job.request.id());
        }
        job.framed = job.status.ok() ? http::frameTensors(job.answer.infer_response(), http::kRawOutputContents,
                                                          job.contents, http::kInferResponse)
                                     : http::frameMessage(job.answer);
    }
    void answered(Job& job) override { call_->write(job.framed); }
};

// ---- loads and unloads ----

template <typename Request, typename Response>
class SteerCall final : public GrpcHandler, public std::enable_shared_from_this<SteerCall<Request, Response>> {
public:
    SteerCall(Service& service, std::shared_ptr<GrpcCall> call) : service_(service), call_(std::move(call)) {}
    void begin() override { call_->read(); }
    void onMessage(GrpcMessage message) override
    {
        Status status = std::move(message.problem);
        if (status.ok() && service_.stopping()) status = stoppingNow();
        if (status.ok()) status = parse(request_, message.message);
        if (status.ok()) status = check();
        if (!status.ok()) return call_->finish(onWire(status));
        service_.keep(this->shared_from_this());
        // A load that was given up before it came here must not begin after the unload that followed it: what came with
        // the request is looked at first.
        net::post(service_.strand, [this] { start(); });
    }
    void onReadsDone() override { call_->finish({http::kGrpcUnimplemented, "the method takes one message"}); }
    void onCancel() override { gone_ = true; }

private:
    static constexpr bool kLoads = std::is_same_v<Request, inference::RepositoryModelLoadRequest>;

    Status check() const
    {
        if constexpr (kLoads)
            for (const auto& [name, value] : request_.parameters())
                if (name == "config" || name.starts_with("file:"))
                    return invalidArgument("parameter '" + name + "': models are loaded from disk, not from a request");
        return absl::OkStatus();
    }
    std::string parameter(const char* name) const
    {
        const auto found = request_.parameters().find(name);
        return found == request_.parameters().end() ? std::string() : found->second.string_param();
    }
    void start()
    {
        if (kLoads && gone_) return ended(cancelled("the client disconnected"));
        auto done = [this, strand = service_.strand](const Status& status) {
            net::post(strand, [this, status] { ended(status); });
        };
        if constexpr (kLoads) {
            // Of the engine: a preload gives way to runs, until somebody waits for its model.
            const std::string urgency = parameter("urgency");
            if (urgency == "hurry") {
                service_.repository().hurry(request_.model_name());
                return ended(absl::OkStatus());
            }
            service_.repository().load(request_.model_name(), std::move(done), urgency == "preload");
        }
        if constexpr (!kLoads) service_.repository().unload(request_.model_name(), std::move(done));
    }
    void ended(const Status& status)
    {
        const auto self = service_.drop(this);
        if (status.ok())
            call_->finish(http::writeMessage(Response()), {});
        else
            call_->finish(onWire(status));
    }

    Service& service_;
    const std::shared_ptr<GrpcCall> call_;
    Request request_;
    bool gone_ = false;
};

// ---- the service ----

void Service::addMethods()
{
    using namespace inference;
    const auto add = [this](const std::string& path, auto make, bool oneMessage = true, std::uint32_t bulk = 0) {
        http::GrpcMethod method;
        method.bulkField = bulk;
        method.make = [this, make](std::shared_ptr<GrpcCall> call) { return make(*this, std::move(call)); };
        method.oneMessage = oneMessage;
        methods.emplace(path, std::move(method));
    };
    const auto quick = [&]<typename Request, typename Response>(const std::string& path,
                                                                Status (Service::*answer)(const Request&, Response&)) {
        add(path, [answer](Service& service, std::shared_ptr<GrpcCall> call) -> std::shared_ptr<GrpcHandler> {
            return std::make_shared<QuickCall<Request, Response>>(service, std::move(call), answer);
        });
    };
    const auto own = [&]<typename Handler>(std::type_identity<Handler>, const std::string& path, bool oneMessage = true,
                                           std::uint32_t bulk = 0) {
        add(
            path,
            [](Service& service, std::shared_ptr<GrpcCall> call) -> std::shared_ptr<GrpcHandler> {
                return std::make_shared<Handler>(service, std::move(call));
            },
            oneMessage, bulk);
    };
    const std::string at = std::string("/") + kServiceName + "/";
    quick(at + "ServerLive", &Service::serverLive);
    quick(at + "ServerReady", &Service::serverReady);
    quick(at + "ModelReady", &Service::modelReady);
    quick(at + "ServerMetadata", &Service::serverMetadata);
    quick(at + "ModelMetadata", &Service::modelMetadata);
    quick(at + "RepositoryIndex", &Service::index);
    quick("/grpc.health.v1.Health/Check", &Service::health);
    own(std::type_identity<HealthWatch>(), "/grpc.health.v1.Health/Watch");
    own(std::type_identity<UnaryInfer>(), at + "ModelInfer", true, http::kRawInputContents);
    own(std::type_identity<InferStream>(), at + "ModelStreamInfer", false, http::kRawInputContents);
    own(std::type_identity<SteerCall<RepositoryModelLoadRequest, RepositoryModelLoadResponse>>(),
        at + "RepositoryModelLoad");
    own(std::type_identity<SteerCall<RepositoryModelUnloadRequest, RepositoryModelUnloadResponse>>(),
        at + "RepositoryModelUnload");
}

void Service::tickLater()
{
    if (ticking_ || connections() == 0) return;
    ticking_ = true;
    ticks_.expires_after(working_.empty() ? kIdleTick : kTickEvery);
    ticks_.async_wait([weak = weak_from_this(), this](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (!self || error) return;
        ticking_ = false;
        tick();
        tickLater();
    });
}

void Service::stop()
{
    if (std::exchange(stopping_, true)) return;
    closeGently();
    const auto watching = watching_;
    for (auto* handler : watching)
        if (watching_.contains(handler)) handler->onCancel();
}

bool Service::idle()
{
    if (!working_.empty()) {
        answeredAt_.reset();
        return false;
    }
    if (!answeredAt_) answeredAt_ = clock.now();
    return sentAll() || clock.now() - *answeredAt_ >= kLeaving;
}

// ---- the server ----

class Server final : public GrpcServer {
public:
    Server(net::io_context& io, Repository& repository, Workers& workers, Clock& clock)
        : service_(std::make_shared<Service>(io.get_executor(), clock, repository, workers)),
          listener_(
              std::make_shared<http::Listener>(io.get_executor(), clock, [this](http::Listener::Socket socket, bool) {
                  if (service_->connections() < kConnectionsMax) service_->serve(std::move(socket));
              }))
    {}
    ~Server() override
    {
        listener_->stop();
        service_->abandon();
    }
    Status listen(const std::string& host, std::uint16_t port) { return listener_->listen(host, port, " (gRPC)"); }
    std::uint16_t port() const override { return listener_->port(); }
    void stop() override
    {
        listener_->stop();
        service_->stop();
    }
    bool idle() override { return service_->idle(); }

private:
    const std::shared_ptr<Service> service_;
    const std::shared_ptr<http::Listener> listener_;
};

}  // namespace

StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::create(net::io_context& io, const std::string& host,
                                                         std::uint16_t port, Repository& repository, Workers& workers,
                                                         Clock& clock)
{
    auto server = std::make_unique<Server>(io, repository, workers, clock);
    if (Status status = server->listen(host, port); !status.ok()) return status;
    return std::unique_ptr<GrpcServer>(std::move(server));
}

}  // namespace millrace::runtime
