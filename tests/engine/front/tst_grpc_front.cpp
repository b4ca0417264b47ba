// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/grpc_front.h"
#include "front_stage.h"
#include "health.grpc.pb.h"
#include "inference.grpc.pb.h"
#include "reflection.grpc.pb.h"
#include "stream.grpc.pb.h"
#include "stream/chunk_codec.h"
#include "support/grpc_context.h"

#include <QtTest>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <google/protobuf/descriptor.pb.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>

#include <arpa/inet.h>
#include <future>
#include <set>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace millrace;
using namespace millrace::front;
using namespace millrace::testing;

namespace {

/// The engine's side runs on a thread of its own, as gRPC's clients block.
struct Stage : FrontThread {
    explicit Stage(Options options = {}, Hooks hooks = {})
    {
        service.offer("digits");
        service.offer("asleep", load::ModelState::Cold);
        auto made = GrpcFront::create(io.get_executor(), clock, registry, eventLog, service, std::move(hooks), options,
                                      "127.0.0.1:0");
        if (made.ok()) front = *std::move(made);
        start();
        if (!front) return;
        channel = grpc::CreateChannel(front->address(), grpc::InsecureChannelCredentials());
        stub = inference::GRPCInferenceService::NewStub(channel);
        streams = v1::Stream::NewStub(channel);
    }
    ~Stage()
    {
        if (front) close(50ms);
        front.reset();
        join();
    }
    void close(Duration most) { FrontThread::close(*front, most); }

    std::unique_ptr<GrpcFront> front;
    std::shared_ptr<grpc::Channel> channel;
    std::unique_ptr<inference::GRPCInferenceService::Stub> stub;
    std::unique_ptr<v1::Stream::Stub> streams;

    /// A call of a method by its name, with bytes as they are.
    grpc::Status callRaw(const std::string& method, const std::string& bytes, grpc::ClientContext& context,
                         std::string* answer = nullptr)
    {
        grpc::Slice slice(bytes);
        grpc::ByteBuffer request(&slice, 1), response;
        grpc::CompletionQueue queue;
        auto call = grpc::GenericStub(channel).PrepareUnaryCall(&context, method, request, &queue);
        call->StartCall();
        grpc::Status status;
        call->Finish(&response, &status, nullptr);
        void* tag = nullptr;
        bool ok = false;
        queue.Next(&tag, &ok);
        if (answer != nullptr) {
            std::vector<grpc::Slice> slices;
            static_cast<void>(response.Dump(&slices));
            for (const auto& each : slices) answer->append(reinterpret_cast<const char*>(each.begin()), each.size());
        }
        return status;
    }
};

inference::ModelInferRequest request(const std::string& id, const std::string& model = "digits")
{
    inference::ModelInferRequest request;
    request.set_model_name(model);
    request.set_id(id);
    auto* input = request.add_inputs();
    input->set_name("x");
    input->set_datatype("INT8");
    input->add_shape(3);
    request.add_raw_input_contents("abc");
    return request;
}

}  // namespace

/// A connection that has greeted as HTTP/2 asks, byte by byte.
class RawConnection {
public:
    explicit RawConnection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in to = {};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        timeval most{10, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
        if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return;
        const std::string hello("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33);
        connected_ = ::send(socket_, hello.data(), hello.size(), MSG_NOSIGNAL) == 33;
    }
    ~RawConnection() { ::close(socket_); }
    bool connected() const { return connected_; }
    /// All that comes until the other side closes; empty optional: it did not within ten seconds.
    std::string untilClosed()
    {
        std::string all;
        char some[4096];
        for (;;) {
            const ssize_t got = ::recv(socket_, some, sizeof some, 0);
            if (got < 0 && errno != ECONNRESET) return all + "still open";
            if (got <= 0) return all;
            all.append(some, static_cast<std::size_t>(got));
        }
    }
    /// The server's greeting has come.
    bool greeted()
    {
        char some[9];
        return ::recv(socket_, some, sizeof some, MSG_WAITALL) == 9;
    }

private:
    int socket_;
    bool connected_ = false;
};

class TestGrpcFront : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void serverAndModelsAnswer()
    {
        Stage stage;
        QVERIFY(stage.front);
        {
            BoundedContext context;
            inference::ServerLiveResponse response;
            QVERIFY(stage.stub->ServerLive(&context, {}, &response).ok());
            QVERIFY(response.live());
        }
        {
            BoundedContext context;
            inference::ServerReadyResponse response;
            QVERIFY(stage.stub->ServerReady(&context, {}, &response).ok());
            QVERIFY(response.ready());
        }
        {
            BoundedContext context;
            inference::ServerMetadataResponse response;
            QVERIFY(stage.stub->ServerMetadata(&context, {}, &response).ok());
            QCOMPARE(response.name(), std::string("millrace"));
        }
        for (const auto& [name, ready] : {std::pair<const char*, bool>{"digits", true}, {"asleep", false}}) {
            BoundedContext context;
            inference::ModelReadyRequest asked;
            inference::ModelReadyResponse response;
            asked.set_name(name);
            QVERIFY(stage.stub->ModelReady(&context, asked, &response).ok());
            QCOMPARE(response.ready(), ready);
        }
        {
            BoundedContext context, other;
            inference::ModelReadyRequest asked;
            inference::ModelReadyResponse response;
            asked.set_name("digits");
            asked.set_version("1");
            QVERIFY(stage.stub->ModelReady(&context, asked, &response).ok());
            QVERIFY(response.ready());
            asked.set_version("99");
            QCOMPARE(stage.stub->ModelReady(&other, asked, &response).error_code(), grpc::StatusCode::NOT_FOUND);
        }
        {
            BoundedContext context;
            inference::ModelReadyRequest asked;
            inference::ModelReadyResponse response;
            asked.set_name("nobody");
            QCOMPARE(stage.stub->ModelReady(&context, asked, &response).error_code(), grpc::StatusCode::NOT_FOUND);
        }
        {
            BoundedContext context;
            inference::ModelMetadataRequest asked;
            inference::ModelMetadataResponse response;
            asked.set_name("digits");
            QVERIFY(stage.stub->ModelMetadata(&context, asked, &response).ok());
            QCOMPARE(response.inputs(0).name(), std::string("x"));
            BoundedContext other;
            asked.set_version("latest");
            const auto status = stage.stub->ModelMetadata(&other, asked, &response);
            QCOMPARE(status.error_code(), grpc::StatusCode::NOT_FOUND);
            QCOMPARE(status.error_message(), std::string("version: model 'digits' has version 1, not 'latest'"));
        }
        {
            BoundedContext context;
            inference::RepositoryIndexRequest asked;
            inference::RepositoryIndexResponse response;
            QVERIFY(stage.stub->RepositoryIndex(&context, asked, &response).ok());
            QCOMPARE(response.models_size(), 2);
            QCOMPARE(response.models(1).state(), std::string("UNAVAILABLE"));
            asked.set_ready(true);
            BoundedContext again;
            QVERIFY(stage.stub->RepositoryIndex(&again, asked, &response).ok());
            QCOMPARE(response.models_size(), 1);
        }
    }

    void healthFollowsTheService()
    {
        using grpc::health::v1::HealthCheckResponse;
        Stage stage;
        const auto health = grpc::health::v1::Health::NewStub(stage.channel);
        const auto check = [&](const std::string& service, HealthCheckResponse* response) {
            BoundedContext context;
            grpc::health::v1::HealthCheckRequest asked;
            asked.set_service(service);
            return health->Check(&context, asked, response);
        };
        HealthCheckResponse response;
        for (const auto* service : {"", "inference.GRPCInferenceService", "millrace.v1.Stream"}) {
            QVERIFY(check(service, &response).ok());
            QCOMPARE(response.status(), HealthCheckResponse::SERVING);
        }
        QCOMPARE(check("nobody", &response).error_code(), grpc::StatusCode::NOT_FOUND);

        BoundedContext known, unknown;
        grpc::health::v1::HealthCheckRequest asked;
        auto watch = health->Watch(&known, asked);
        asked.set_service("nobody");
        auto other = health->Watch(&unknown, asked);
        QVERIFY(watch->Read(&response));
        QCOMPARE(response.status(), HealthCheckResponse::SERVING);
        QVERIFY(other->Read(&response));
        QCOMPARE(response.status(), HealthCheckResponse::SERVICE_UNKNOWN);

        stage.onStrand([&] { return stage.service.isReady = false; });
        QVERIFY(watch->Read(&response));
        QCOMPARE(response.status(), HealthCheckResponse::NOT_SERVING);
        QVERIFY(check("", &response).ok());
        QCOMPARE(response.status(), HealthCheckResponse::NOT_SERVING);
        stage.onStrand([&] { return stage.service.isReady = true; });
        QVERIFY(watch->Read(&response));
        QCOMPARE(response.status(), HealthCheckResponse::SERVING);

        std::promise<void> drained;
        net::co_spawn(stage.io, stage.front->drain(), [&](std::exception_ptr) { drained.set_value(); });
        drained.get_future().wait();
        QVERIFY(watch->Read(&response));
        QCOMPARE(response.status(), HealthCheckResponse::NOT_SERVING);
        QVERIFY(check("", &response).ok());  // still answered: that is how one sees it
        QCOMPARE(response.status(), HealthCheckResponse::NOT_SERVING);
        stage.close(5s);
        QVERIFY(!watch->Read(&response));
        QCOMPARE(watch->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
    }

    void reflectionNamesServicesAndFiles_data()
    {
        QTest::addColumn<QString>("service");
        QTest::newRow("v1") << "grpc.reflection.v1.ServerReflection";
        QTest::newRow("v1alpha") << "grpc.reflection.v1alpha.ServerReflection";
    }
    void reflectionNamesServicesAndFiles()
    {
        QFETCH(QString, service);
        Stage stage;
        using Request = grpc::reflection::v1::ServerReflectionRequest;
        using Response = grpc::reflection::v1::ServerReflectionResponse;
        BoundedContext context;
        const std::string name = "/" + service.toStdString() + "/ServerReflectionInfo";
        const grpc::internal::RpcMethod named(name.c_str(), grpc::internal::RpcMethod::BIDI_STREAMING, stage.channel);
        std::unique_ptr<grpc::ClientReaderWriter<Request, Response>> talk(
            grpc::internal::ClientReaderWriterFactory<Request, Response>::Create(stage.channel.get(), named, &context));
        Request asked;
        Response got;
        asked.set_list_services("");
        QVERIFY(talk->Write(asked) && talk->Read(&got));
        std::set<std::string> services;
        for (const auto& each : got.list_services_response().service()) services.insert(each.name());
        for (const auto* each : {"inference.GRPCInferenceService", "grpc.health.v1.Health", "millrace.v1.Stream"})
            QVERIFY2(services.contains(each), each);

        asked.set_file_containing_symbol("inference.GRPCInferenceService");
        QVERIFY(talk->Write(asked) && talk->Read(&got));
        QVERIFY(got.file_descriptor_response().file_descriptor_proto_size() > 0);
        google::protobuf::FileDescriptorProto file;
        QVERIFY(file.ParseFromString(got.file_descriptor_response().file_descriptor_proto(0)));
        QCOMPARE(file.package(), std::string("inference"));
        asked.set_file_by_filename("nothing.proto");
        QVERIFY(talk->Write(asked) && talk->Read(&got));
        QCOMPARE(got.error_response().error_code(), static_cast<int>(grpc::StatusCode::NOT_FOUND));
        talk->WritesDone();
        QVERIFY(talk->Finish().ok());
    }

    void configurationAndStatisticsAreAnswered()
    {
        Stage stage;
        stage.onStrand([&] {
            stage.service.catalogue.front().info.batchMax = 64;
            stage.service.statistics["digits"] = {7, 2, 3, 70ms, 1ms, 10ms, 40ms, 1234};
            return true;
        });
        {
            BoundedContext context, other;
            inference::ModelConfigRequest asked;
            inference::ModelConfigResponse response;
            asked.set_name("digits");
            QVERIFY(stage.stub->ModelConfig(&context, asked, &response).ok());
            const auto& config = response.config();
            QCOMPARE(config.max_batch_size(), 64);
            QCOMPARE(config.backend(), std::string("fake"));
            QCOMPARE(config.input(0).data_type(), inference::TYPE_FP32);
            QCOMPARE(config.input(0).dims_size(), 1);  // without the axis of the batch
            QCOMPARE(config.input(0).dims(0), std::int64_t(4));
            asked.set_name("nobody");
            QCOMPARE(stage.stub->ModelConfig(&other, asked, &response).error_code(), grpc::StatusCode::NOT_FOUND);
        }
        BoundedContext all, one, none;
        inference::ModelStatisticsRequest asked;
        inference::ModelStatisticsResponse response;
        QVERIFY(stage.stub->ModelStatistics(&all, asked, &response).ok());
        QCOMPARE(response.model_stats_size(), 2);
        asked.set_name("digits");
        QVERIFY(stage.stub->ModelStatistics(&one, asked, &response).ok());
        QCOMPARE(response.model_stats_size(), 1);
        const auto& stats = response.model_stats(0);
        QCOMPARE(stats.inference_count(), std::uint64_t(7));
        QCOMPARE(stats.execution_count(), std::uint64_t(3));
        QCOMPARE(stats.inference_stats().fail().count(), std::uint64_t(2));
        QCOMPARE(stats.inference_stats().success().ns(), std::uint64_t(70'000'000));
        asked.set_name("nobody");
        QCOMPARE(stage.stub->ModelStatistics(&none, asked, &response).error_code(), grpc::StatusCode::NOT_FOUND);
    }

    void whatIsNotOfferedIsRefusedInWords_data()
    {
        QTest::addColumn<QString>("method");
        for (const auto* method :
             {"SystemSharedMemoryRegister", "CudaSharedMemoryStatus", "TraceSetting", "LogSettings"})
            QTest::newRow(method) << method;
    }
    void whatIsNotOfferedIsRefusedInWords()
    {
        QFETCH(QString, method);
        Stage stage;
        BoundedContext context;
        const auto status = stage.callRaw("/inference.GRPCInferenceService/" + method.toStdString(), "any", context);
        QCOMPARE(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
        QVERIFY(!status.error_message().empty());
    }

    void typedRequestsAreAnsweredTyped()
    {
        Stage stage;
        stage.onStrand([&] {
            stage.service.onInfer = [](const auto& request) -> FakeService::InferAnswer {
                auto response = std::make_unique<inference::ModelInferResponse>();
                response->set_id(request.id());
                auto* output = response->add_outputs();
                output->set_datatype(request.id() == "half" ? "FP16" : "INT64");
                output->add_shape(1);
                response->add_raw_output_contents(std::string("\x05\0\0\0\0\0\0\0", request.id() == "half" ? 2 : 8));
                return response;
            };
            return true;
        });
        auto typed = request("whole");
        typed.clear_raw_input_contents();
        typed.mutable_inputs(0)->mutable_contents()->add_int_contents(5);
        inference::ModelInferResponse response;
        BoundedContext first, second, third;
        QVERIFY(stage.stub->ModelInfer(&first, typed, &response).ok());
        QCOMPARE(response.raw_output_contents_size(), 0);
        QCOMPARE(response.outputs(0).contents().int64_contents(0), std::int64_t(5));
        typed.set_id("half");  // has no typed form
        QVERIFY(stage.stub->ModelInfer(&second, typed, &response).ok());
        QCOMPARE(response.raw_output_contents_size(), 1);
        QVERIFY(stage.stub->ModelInfer(&third, request("raw"), &response).ok());
        QCOMPARE(response.raw_output_contents_size(), 1);

        BoundedContext streaming;
        auto stream = stage.stub->ModelStreamInfer(&streaming);
        typed.set_id("whole");
        stream->Write(typed);
        stream->WritesDone();
        inference::ModelStreamInferResponse streamed;
        QVERIFY(stream->Read(&streamed));
        QCOMPARE(streamed.infer_response().outputs(0).contents().int64_contents(0), std::int64_t(5));
        QVERIFY(stream->Finish().ok());
    }

    void whatCannotBeReadIsRefusedInWords_data()
    {
        QTest::addColumn<QString>("method");
        QTest::addColumn<QByteArray>("bytes");
        const auto row = [](const char* what, const char* method, const QByteArray& bytes) {
            QTest::newRow(what) << QString(method) << bytes;
        };
        row("garbage", "ModelInfer", QByteArray("\xff\xff\xff\xff", 4));
        row("name that is not UTF-8", "ModelInfer", QByteArray("\x0a\x02\xff\xfe", 4));
        row("cut off", "ModelMetadata",
            QByteArray("\x0a\x20"
                       "abc",
                       5));
        row("garbage, no request of the service", "RepositoryModelLoad", QByteArray("\xff\xff", 2));
        row("name with control characters", "ModelInfer",
            QByteArray("\x0a\x04"
                       "a\x1b[2",
                       6));
        row("endless name", "ModelInfer", QByteArray("\x0a\x80\x80\x80\x01", 5) + QByteArray(2 << 20, 'n'));
    }
    void whatCannotBeReadIsRefusedInWords()
    {
        QFETCH(QString, method);
        QFETCH(QByteArray, bytes);
        Stage stage;
        BoundedContext context;
        const auto status =
            stage.callRaw("/inference.GRPCInferenceService/" + method.toStdString(), bytes.toStdString(), context);
        QCOMPARE(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
        QVERIFY(!status.error_message().empty() && status.error_message().size() < 1024);
        stage.onStrand([&] {
            [&] {
                for (const auto& call : stage.service.calls) QVERIFY(call->finished && call->httpStatus == 400);
            }();
            return true;
        });
    }

    void longErrorsFitIntoTheTrailers()
    {
        Stage stage;
        stage.onStrand([&] {
            stage.service.onInfer = [](const auto&) -> FakeService::InferAnswer {
                std::string words;
                for (int i = 0; i < 200'000; ++i) words += "\xe6\xb0\xb4\x01";  // water, and a control character
                return withField(unavailable(words), std::string(5'000, 'f'));
            };
            return true;
        });
        BoundedContext context;
        inference::ModelInferResponse response;
        const auto status = stage.stub->ModelInfer(&context, request("1"), &response);
        QCOMPARE(status.error_code(), grpc::StatusCode::UNAVAILABLE);
        QVERIFY(status.error_message().size() <= 1000);
        QVERIFY(status.error_message().find('\x01') == std::string::npos);
    }

    void requestsHaveAName()
    {
        Stage stage;
        const auto nameOf = [](const grpc::ClientContext& context) {
            const auto& fields = context.GetServerInitialMetadata();
            const auto found = fields.find("x-request-id");
            return found == fields.end() ? std::string() : std::string(found->second.data(), found->second.size());
        };
        inference::ModelInferResponse response;
        BoundedContext own, none, odd;
        own.AddMetadata("x-request-id", "trace-7");
        QVERIFY(stage.stub->ModelInfer(&own, request("1"), &response).ok());
        QCOMPARE(nameOf(own), std::string("trace-7"));
        const auto timing = own.GetServerTrailingMetadata().find("server-timing");
        QVERIFY(timing != own.GetServerTrailingMetadata().end());
        QCOMPARE(std::string(timing->second.data(), timing->second.size()), std::string("millrace;dur=2"));
        QVERIFY(stage.stub->ModelInfer(&none, request("1"), &response).ok());
        QCOMPARE(nameOf(none), std::string("mr-2"));
        odd.AddMetadata("x-request-id", "a b");
        QVERIFY(stage.stub->ModelInfer(&odd, request("1"), &response).ok());
        QCOMPARE(nameOf(odd), std::string("mr-3"));
    }

    void connectionsAreBounded()
    {
        Options options;
        options.clientsMax = 3;
        Stage stage(options);
        std::vector<std::unique_ptr<RawConnection>> held;
        for (int i = 0; i < 3; ++i) {
            held.push_back(std::make_unique<RawConnection>(stage.front->port()));
            QVERIFY(held.back()->connected() && held.back()->greeted());
        }
        for (int i = 0; i < 20; ++i) {
            RawConnection more(stage.front->port());
            const auto words = more.untilClosed();
            QVERIFY2(words.find("limits.clients_max") != std::string::npos, words.c_str());
        }
        QCOMPARE(stage.registry.counter("millrace_front_refused_total", "", {{"reason", "grpc_clients"}}).value(),
                 std::uint64_t(20));
        const auto events = stage.eventLog.after(0, 100);
        QCOMPARE(std::count_if(events.begin(), events.end(), [](const auto& e) { return e.kind == "clients_refused"; }),
                 std::ptrdiff_t(1));
        // One that leaves makes place, whoever closes it.
        held.pop_back();
        QTRY_VERIFY(RawConnection(stage.front->port()).greeted());
        options.clientsMax = 10;
        stage.onStrand([&] {
            stage.front->apply(options);
            return true;
        });
        for (int i = 0; i < 5; ++i) {
            held.push_back(std::make_unique<RawConnection>(stage.front->port()));
            QVERIFY(held.back()->greeted());
        }
    }

    void silentConnectionsDoNotHoldTheEnd()
    {
        Stage stage;
        RawConnection silent(stage.front->port());
        QVERIFY(silent.greeted());
        BoundedContext context;
        auto idle = stage.stub->ModelStreamInfer(&context);
        idle->Write(request("1"));
        inference::ModelStreamInferResponse response;
        QVERIFY(idle->Read(&response));
        const auto began = std::chrono::steady_clock::now();
        stage.close(500ms);
        QVERIFY(std::chrono::steady_clock::now() - began < 5s);
        QVERIFY(stage.front->closed());
        QVERIFY(!idle->Read(&response));
        QCOMPARE(idle->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
        QVERIFY(silent.untilClosed().find("still open") == std::string::npos);
    }

    void aReaderWhoStopsIsDisconnected_data()
    {
        QTest::addColumn<bool>("chunks");
        QTest::newRow("Stream.Call") << true;
        QTest::newRow("ModelStreamInfer") << false;
    }
    void aReaderWhoStopsIsDisconnected()
    {
        QFETCH(bool, chunks);
        Options options;
        options.bodyTimeout = 300ms;
        Stage stage(options);
        BoundedContext context;
        if (chunks) {
            stage.onStrand([&] {
                stage.service.onOpenAi = [](const serve::OpenAiCall&) -> FakeService::OpenAiAnswer {
                    return FakeService::events(std::vector<std::string>(4'000, std::string(16'000, 'x')));
                };
                return true;
            });
            v1::CallRequest asked;
            asked.set_path("/v1/chat/completions");
            asked.set_body("{\"model\":\"digits\",\"stream\":true}");
            auto reader = stage.streams->Call(&context, asked);
            QVERIFY(stage.eventually([&] { return !stage.service.calls.empty() && stage.service.last().finished; }));
            QCOMPARE(stage.service.last().httpStatus, 499);
            QVERIFY(stage.service.last().cancelledWhy.find("limits.body_timeout_ms") != std::string::npos);
            v1::Chunk chunk;
            while (reader->Read(&chunk)) {
            }
            QVERIFY(!reader->Finish().ok());
            return;
        }
        auto stream = stage.stub->ModelStreamInfer(&context);
        auto large = request("1");
        large.mutable_inputs(0)->set_shape(0, 1'000'000);
        large.set_raw_input_contents(0, std::string(1'000'000, 'x'));
        std::thread writer([&] {
            while (stream->Write(large)) {
            }
        });
        writer.join();  // writing fails once the stream was let go
        inference::ModelStreamInferResponse response;
        while (stream->Read(&response)) {
        }
        QCOMPARE(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
    }

    void aRaisedBodyLimitCountsAtOnce()
    {
        Options options;
        options.bodyBytesMax = 100'000;
        Stage stage(options);
        inference::ModelInferResponse response;
        auto large = request("1");
        large.set_raw_input_contents(0, std::string(150'000, 'x'));
        BoundedContext first, second, third;
        const auto refused = stage.stub->ModelInfer(&first, large, &response);
        QCOMPARE(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
        QVERIFY(refused.error_message().find("limits.body_bytes_max") != std::string::npos);
        const auto raise = [&](std::uint64_t bytes) {
            options.bodyBytesMax = bytes;
            stage.onStrand([&] {
                stage.front->apply(options);
                return true;
            });
        };
        raise(200'000);
        QVERIFY(stage.stub->ModelInfer(&second, large, &response).ok());
        // Far more: for those who connect from now on.
        raise(20'000'000);
        large.set_raw_input_contents(0, std::string(5'000'000, 'x'));
        grpc::ChannelArguments apart;
        apart.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
        apart.SetMaxReceiveMessageSize(-1);
        const auto fresh = inference::GRPCInferenceService::NewStub(
            grpc::CreateCustomChannel(stage.front->address(), grpc::InsecureChannelCredentials(), apart));
        const auto status = fresh->ModelInfer(&third, large, &response);
        QVERIFY2(status.ok(), status.error_message().c_str());
    }

    void inferenceGoesThrough()
    {
        Stage stage;
        grpc::ClientContext context;
        context.AddMetadata("x-millrace-own", "1");
        context.AddMetadata("x-millrace-priority", "5");
        inference::ModelInferResponse response;
        const auto status = stage.stub->ModelInfer(&context, request("7"), &response);
        QVERIFY2(status.ok(), status.error_message().c_str());
        QCOMPARE(response.id(), std::string("7"));
        QCOMPARE(response.raw_output_contents(0), std::string("abc"));
        stage.onStrand([&] {
            const CallNote& note = stage.service.last();
            [&] {
                QVERIFY(note.info.client.str().starts_with("grpc-c++ · "));
                QCOMPARE(note.info.route, std::string("ModelInfer"));
                QVERIFY(note.info.own);
                QCOMPARE(note.info.priority, 5);
                QVERIFY(!note.info.timeout);
                QVERIFY(note.finished && note.firstByte);
                QCOMPARE(note.httpStatus, 200);
                QVERIFY(note.bytesOut > 0);
            }();
            return true;
        });
    }

    void aPriorityThatIsNoneIsRefused()
    {
        Stage stage;
        BoundedContext unary, streaming;
        unary.AddMetadata("x-millrace-priority", "soon");
        streaming.AddMetadata("x-millrace-priority", "99");
        inference::ModelInferResponse response;
        const auto status = stage.stub->ModelInfer(&unary, request("7"), &response);
        QCOMPARE(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
        QVERIFY(unary.GetServerTrailingMetadata().count("field") == 1);
        v1::CallRequest asked;
        asked.set_path("/v1/models");
        asked.set_method("GET");
        v1::Chunk chunk;
        auto reader = stage.streams->Call(&streaming, asked);
        QVERIFY(!reader->Read(&chunk));
        QCOMPARE(reader->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    }

    void refusalsCarryCodeAndTime()
    {
        Stage stage;
        stage.onStrand([&] {
            stage.service.onInfer = [](const auto&) -> FakeService::InferAnswer {
                return withField(withRetryAfter(resourceExhausted("full"), 1500ms), "inputs");
            };
            return true;
        });
        BoundedContext context;
        inference::ModelInferResponse response;
        const auto status = stage.stub->ModelInfer(&context, request("1"), &response);
        QCOMPARE(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
        QCOMPARE(status.error_message(), std::string("inputs: full"));
        const auto& trailing = context.GetServerTrailingMetadata();
        const auto after = trailing.find("retry-after-ms");
        QVERIFY(after != trailing.end());
        QCOMPARE(std::string(after->second.data(), after->second.size()), std::string("1500"));

        BoundedContext nameless;
        QCOMPARE(stage.stub->ModelInfer(&nameless, request("1", ""), &response).error_code(),
                 grpc::StatusCode::INVALID_ARGUMENT);
    }

    void limitsAreKept()
    {
        Options options;
        options.bodyBytesMax = 100'000;
        Stage stage(options);
        auto large = request("1");
        large.set_raw_input_contents(0, std::string(200'000, 'x'));
        inference::ModelInferResponse response;
        BoundedContext first;
        QCOMPARE(stage.stub->ModelInfer(&first, large, &response).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
        options.bodyBytesMax = 1000;
        stage.onStrand([&] {
            stage.front->apply(options);
            return true;
        });
        large.set_raw_input_contents(0, std::string(2'000, 'x'));
        BoundedContext second;
        const auto status = stage.stub->ModelInfer(&second, large, &response);
        QCOMPARE(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
        QVERIFY(status.error_message().find("limits.body_bytes_max") != std::string::npos);
    }

    /// What REST says of a name, gRPC says of it in each of its methods.
    void namesAreJudgedAlike_data()
    {
        QTest::addColumn<QString>("method");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("words");
        const QByteArray longName = QByteArray("\x0a\xac\x02") + QByteArray(300, 'n');
        const QByteArray odd(
            "\x0a\x03"
            "a\x01"
            "b");
        for (const auto* method : {"ModelInfer", "ModelReady", "ModelMetadata", "ModelConfig"}) {
            QTest::addRow("%s: none", method) << method << QByteArray() << "name is required";
            QTest::addRow("%s: long", method) << method << longName << "has 300 bytes; a name may have at most 256";
            QTest::addRow("%s: control characters", method) << method << odd << "must be UTF-8 without control";
        }
        QTest::newRow("ModelStatistics: long") << "ModelStatistics" << longName << "has 300 bytes";
        QTest::newRow("ModelStatistics: version") << "ModelStatistics"
                                                  << QByteArray(
                                                         "\x0a\x01"
                                                         "a\x12\x01\x01")
                                                  << "version";
    }
    void namesAreJudgedAlike()
    {
        QFETCH(QString, method);
        QFETCH(QByteArray, bytes);
        QFETCH(QString, words);
        Stage stage;
        BoundedContext context;
        const auto status =
            stage.callRaw("/inference.GRPCInferenceService/" + method.toStdString(), bytes.toStdString(), context);
        QCOMPARE(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
        QVERIFY2(status.error_message().find(words.toStdString()) != std::string::npos, status.error_message().c_str());
    }

    void theBodiesOfAllHaveALimit()
    {
        Options options;
        options.bodyBytesMax = 1'000'000;
        options.bodiesBytesMax = 1'500'000;
        Stage stage(options);
        stage.onStrand([&] {
            stage.service.holding = true;
            return true;
        });
        auto large = request("1");
        large.mutable_inputs(0)->set_shape(0, 900'000);
        large.set_raw_input_contents(0, std::string(900'000, 'x'));
        BoundedContext first, second, third, chunked;
        inference::ModelInferResponse response, other;
        auto waiting = std::async(std::launch::async, [&] { return stage.stub->ModelInfer(&first, large, &response); });
        auto& held = stage.registry.gauge("millrace_front_body_bytes", "");
        QVERIFY(stage.eventually([&] { return held.value() >= 900'000; }));
        const auto status = stage.stub->ModelInfer(&second, large, &other);
        QCOMPARE(status.error_code(), grpc::StatusCode::UNAVAILABLE);
        QVERIFY(status.error_message().find("limits.bodies_bytes_max") != std::string::npos);
        QVERIFY(second.GetServerTrailingMetadata().count("retry-after-ms") == 1);
        v1::CallRequest asked;
        asked.set_path("/v1/chat/completions");
        asked.set_body("{\"model\":\"digits\",\"x\":\"" + std::string(900'000, 'y') + "\"}");
        v1::Chunk chunk;
        auto reader = stage.streams->Call(&chunked, asked);
        QVERIFY(!reader->Read(&chunk));
        QCOMPARE(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
        stage.onStrand([&] {
            stage.service.release();
            return true;
        });
        QVERIFY(waiting.get().ok());
        QVERIFY(stage.eventually([&] { return held.value() == 0; }));
        QVERIFY(stage.stub->ModelInfer(&third, large, &other).ok());
        QVERIFY(stage.eventually([&] { return held.value() == 0; }));
    }

    /// Bodies of megabytes are read by a thread beside the loop; held here, so that it cannot end. All else goes on.
    void whatIsReadBesideTheLoopHoldsUpNobody()
    {
        Hooks hooks;
        HeldMetrics metricsHeld(hooks);
        Stage stage({}, hooks);
        const auto call = [&](const std::string& method, const std::string& path, const std::string& body) {
            BoundedContext context;
            v1::CallRequest asked;
            asked.set_method(method);
            asked.set_path(path);
            asked.set_body(body);
            v1::Chunk chunk;
            auto reader = stage.streams->Call(&context, asked);
            const int status = reader->Read(&chunk) ? chunk.status() : 0;
            while (reader->Read(&chunk)) {
            }
            return reader->Finish().ok() ? status : 0;
        };
        auto metrics = std::async(std::launch::async, [&] { return call("GET", "/metrics", {}); });
        QVERIFY(stage.eventually([&] { return metricsHeld.reached(); }));

        const std::string body = "{\"model\":\"digits\",\"x\":\"" + std::string(2u << 20, 'y') + "\"}";
        auto large = std::async(std::launch::async, [&] { return call("POST", "/v1/chat/completions", body); });
        inference::ModelInferRequest tensors = request("1");
        tensors.clear_raw_input_contents();
        tensors.mutable_inputs(0)->set_shape(0, 2 << 20);
        for (int i = 0; i < 2 << 20; ++i) tensors.mutable_inputs(0)->mutable_contents()->add_int_contents(i % 100);
        inference::ModelInferResponse typed;
        auto inferred = std::async(std::launch::async, [&] {
            BoundedContext context;
            return stage.stub->ModelInfer(&context, tensors, &typed);
        });
        QVERIFY(stage.eventually([&] { return stage.service.calls.size() == 2; }));
        {
            BoundedContext context;
            context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
            inference::ServerLiveResponse response;
            QVERIFY(stage.stub->ServerLive(&context, {}, &response).ok());
        }
        QVERIFY(stage.onStrand([&] { return stage.service.asked.empty() && stage.service.inferred.empty(); }));
        metricsHeld.end();
        QCOMPARE(metrics.get(), 200);
        QCOMPARE(large.get(), 200);
        QVERIFY(inferred.get().ok());
        QCOMPARE(typed.outputs(0).contents().int_contents_size(), 2 << 20);
        QCOMPARE(typed.outputs(0).contents().int_contents(101), 1);
    }

    void cancellationAndDeadlineReachTheCall_data()
    {
        QTest::addColumn<bool>("deadline");
        QTest::newRow("cancelled") << false;
        QTest::newRow("deadline passed") << true;
    }
    void cancellationAndDeadlineReachTheCall()
    {
        QFETCH(bool, deadline);
        Stage stage;
        stage.onStrand([&] {
            stage.service.holding = true;
            return true;
        });
        BoundedContext context;
        // Connected first: only the call may take of its deadline.
        QVERIFY(stage.channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(20)));
        if (deadline) context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(2));
        inference::ModelInferResponse response;
        auto waiting =
            std::async(std::launch::async, [&] { return stage.stub->ModelInfer(&context, request("1"), &response); });
        QVERIFY(stage.eventually([&] { return stage.service.calls.size() == 1; }));
        if (!deadline) context.TryCancel();
        QCOMPARE(waiting.get().error_code(),
                 deadline ? grpc::StatusCode::DEADLINE_EXCEEDED : grpc::StatusCode::CANCELLED);
        QVERIFY(stage.eventually([&] { return stage.service.last().finished; }));
        stage.onStrand([&] {
            [&] {
                QVERIFY(!stage.service.last().cancelledWhy.empty());
                QCOMPARE(stage.service.last().httpStatus, 499);
                QCOMPARE(stage.service.last().info.timeout < Duration(10s), deadline);
            }();
            return true;
        });
    }

    void streamsAnswerInOrder()
    {
        Stage stage;
        BoundedContext context;
        auto stream = stage.stub->ModelStreamInfer(&context);
        constexpr int kMany = 300;  // more than may be in flight at once
        std::thread writer([&] {
            for (int i = 0; i < kMany; ++i) {
                auto asked = request(std::to_string(i), i == 5 ? "" : "digits");
                if (i == 6) (*asked.mutable_parameters())["triton_enable_empty_final_response"].set_bool_param(true);
                stream->Write(asked);
            }
            stream->WritesDone();
        });
        inference::ModelStreamInferResponse response;
        int seen = 0;
        while (stream->Read(&response)) {
            if (response.infer_response().id() != std::to_string(seen)) break;
            if (response.error_message().empty() == (seen == 5)) break;
            if (response.infer_response().parameters().contains("triton_final_response") != (seen == 6)) break;
            ++seen;
        }
        writer.join();
        QCOMPARE(seen, kMany);
        const auto status = stream->Finish();
        QVERIFY2(status.ok(), status.error_message().c_str());
        stage.onStrand([&] {
            [&] {
                for (const auto& call : stage.service.calls) QVERIFY(call->finished);
                for (const auto& inferred : stage.service.inferred)
                    QCOMPARE(inferred.parameters().size(), std::size_t(0));
            }();
            return true;
        });
    }

    void aStreamThatIsCancelledCancelsItsCalls()
    {
        Stage stage;
        stage.onStrand([&] {
            stage.service.holding = true;
            return true;
        });
        BoundedContext context;
        auto stream = stage.stub->ModelStreamInfer(&context);
        for (int i = 0; i < 3; ++i) stream->Write(request(std::to_string(i)));
        QVERIFY(stage.eventually([&] { return stage.service.calls.size() == 3; }));
        context.TryCancel();
        QCOMPARE(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
        QVERIFY(stage.eventually([&] {
            return std::all_of(stage.service.calls.begin(), stage.service.calls.end(),
                               [](const auto& call) { return call->finished && !call->cancelledWhy.empty(); });
        }));
    }

    void aStreamMayEndWithItsError()
    {
        Stage stage;
        BoundedContext context;
        context.AddMetadata("triton_grpc_error", "true");
        auto stream = stage.stub->ModelStreamInfer(&context);
        stream->Write(request("1"));
        stream->Write(request("2", ""));
        inference::ModelStreamInferResponse response;
        QVERIFY(stream->Read(&response));
        QVERIFY(!stream->Read(&response));
        stream->Write(request("3"));  // comes after the end: nobody is served for it
        QCOMPARE(stream->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
        QCOMPARE(stage.onStrand([&] { return stage.service.calls.size(); }), std::size_t(2));
    }

    void modelsAreLoadedByHooks()
    {
        BoundedContext without, with, failing;
        inference::RepositoryModelLoadRequest load;
        inference::RepositoryModelLoadResponse loaded;
        load.set_model_name("digits");
        {
            Stage stage;
            QCOMPARE(stage.stub->RepositoryModelLoad(&without, load, &loaded).error_code(),
                     grpc::StatusCode::UNIMPLEMENTED);
        }
        std::string asked;
        Hooks hooks;
        hooks.loadModel = [&](const std::string& model, const std::function<void(Status)>& done) {
            asked = model;
            done(absl::OkStatus());
        };
        hooks.unloadModel = [](const std::string&, const std::function<void(Status)>& done) {
            done(failedPrecondition("it is in use"));
        };
        Stage stage({}, hooks);
        QVERIFY(stage.stub->RepositoryModelLoad(&with, load, &loaded).ok());
        QCOMPARE(stage.onStrand([&] { return asked; }), std::string("digits"));
        {
            BoundedContext configured, elsewhere;
            auto more = load;
            (*more.mutable_parameters())["config"].set_string_param("{}");
            const auto status = stage.stub->RepositoryModelLoad(&configured, more, &loaded);
            QCOMPARE(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
            QVERIFY(status.error_message().find("parameters.config") != std::string::npos);
            more = load;
            more.set_repository_name("there");
            QCOMPARE(stage.stub->RepositoryModelLoad(&elsewhere, more, &loaded).error_code(),
                     grpc::StatusCode::INVALID_ARGUMENT);
        }
        inference::RepositoryModelUnloadRequest unload;
        inference::RepositoryModelUnloadResponse unloaded;
        unload.set_model_name("digits");
        QCOMPARE(stage.stub->RepositoryModelUnload(&failing, unload, &unloaded).error_code(),
                 grpc::StatusCode::FAILED_PRECONDITION);
    }

    void chunksMakeUpTheHttpAnswer_data()
    {
        QTest::addColumn<bool>("gzip");
        QTest::newRow("plain") << false;
        QTest::newRow("packed") << true;
    }
    void chunksMakeUpTheHttpAnswer()
    {
        QFETCH(bool, gzip);
        Stage stage;
        std::string whole;
        for (int i = 0; i < 3'000; ++i) whole += "data: {\"token\":" + std::to_string(i) + "}\n\n";
        stage.onStrand([&] {
            stage.service.onOpenAi = [whole](const serve::OpenAiCall&) -> FakeService::OpenAiAnswer {
                return FakeService::events({whole.substr(0, 20'000), whole.substr(20'000)});
            };
            return true;
        });
        v1::CallRequest asked;
        asked.set_path("/v1/chat/completions");
        asked.set_body("{\"model\":\"digits\",\"stream\":true}");
        asked.set_accept_gzip(gzip);
        BoundedContext context;
        auto reader = stage.streams->Call(&context, asked);
        stream::ChunkDecompressor decompressor;
        std::string joined;
        v1::Chunk chunk;
        bool first = true, packed = false;
        while (reader->Read(&chunk)) {
            if (std::exchange(first, false)) {
                QCOMPARE(chunk.status(), 200);
                QCOMPARE(chunk.content_type(), std::string("text/event-stream"));
            }
            packed = packed || chunk.compressed();
            const stream::ChunkHead head{.sequence = chunk.sequence(),
                                         .compressed = chunk.compressed(),
                                         .last = chunk.last(),
                                         .rawBytes = chunk.raw_bytes(),
                                         .crc32 = chunk.crc32()};
            auto raw = decompressor.decompress(head, chunk.data());
            QVERIFY2(raw.ok(), text(raw.status()).c_str());
            joined += *raw;
        }
        QVERIFY(reader->Finish().ok());
        QVERIFY(decompressor.ended().ok());
        QVERIFY(joined == whole);
        QCOMPARE(packed, gzip);
        QVERIFY(stage.eventually([&] { return stage.service.last().finished; }));
    }

    void chunkedRefusalsHaveTheHttpStatus()
    {
        Stage stage;
        v1::CallRequest asked;
        asked.set_path("/v1/chat/completions");
        asked.set_body("{}");
        v1::Chunk chunk;
        {
            BoundedContext context;
            auto reader = stage.streams->Call(&context, asked);
            QVERIFY(reader->Read(&chunk));
            QCOMPARE(chunk.status(), 400);
            QVERIFY(chunk.last());
            QVERIFY(chunk.data().find("\"param\":\"model\"") != std::string::npos);
            QVERIFY(!reader->Read(&chunk));
            QVERIFY(reader->Finish().ok());
        }
        asked.set_path("/nowhere");
        BoundedContext context;
        auto reader = stage.streams->Call(&context, asked);
        QVERIFY(!reader->Read(&chunk));
        QCOMPARE(reader->Finish().error_code(), grpc::StatusCode::NOT_FOUND);
    }

    void drainCancelsWhatDoesNotEnd()
    {
        Stage stage;
        stage.onStrand([&] {
            stage.service.holding = true;
            return true;
        });
        BoundedContext context;
        inference::ModelInferResponse response;
        auto waiting =
            std::async(std::launch::async, [&] { return stage.stub->ModelInfer(&context, request("1"), &response); });
        QVERIFY(stage.eventually([&] { return stage.service.calls.size() == 1; }));
        stage.close(100ms);
        QVERIFY(!waiting.get().ok());
        QVERIFY(stage.service.last().finished);
    }

    void aTakenPortIsSaid()
    {
        Stage stage;
        auto again = GrpcFront::create(stage.io.get_executor(), stage.clock, stage.registry, stage.eventLog,
                                       stage.service, {}, {}, stage.front->address());
        QCOMPARE(codeName(again.status()), std::string("Unavailable"));
        auto wide = GrpcFront::create(stage.io.get_executor(), stage.clock, stage.registry, stage.eventLog,
                                      stage.service, {}, {}, "0.0.0.0:0");
        QCOMPARE(codeName(wide.status()), std::string("FailedPrecondition"));
    }
};

QTEST_GUILESS_MAIN(TestGrpcFront)
#include "tst_grpc_front.moc"
