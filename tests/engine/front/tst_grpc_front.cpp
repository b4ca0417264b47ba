// SPDX-License-Identifier: GPL-3.0-or-later
#include "fake_service.h"
#include "front/front.h"
#include "inference.grpc.pb.h"
#include "stream.grpc.pb.h"
#include "stream/chunk_codec.h"

#include <QtTest>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <grpcpp/create_channel.h>

#include <atomic>
#include <future>
#include <thread>

using namespace millrace;
using namespace millrace::front;
using namespace millrace::testing;

namespace {

/// The engine's side runs on a thread of its own, as gRPC's clients block.
class Stage {
public:
    explicit Stage(Options options = {}, Hooks hooks = {}) : journal(clock, 100)
    {
        service.offer("digits");
        service.offer("asleep", "cold");
        auto made = GrpcFront::create(io.get_executor(), clock, registry, journal, service, std::move(hooks), options,
                                      "127.0.0.1:0");
        if (made.ok()) front = *std::move(made);
        thread_ = std::thread([this] { io.run(); });
        if (!front) return;
        channel = grpc::CreateChannel(front->address(), grpc::InsecureChannelCredentials());
        stub = inference::GRPCInferenceService::NewStub(channel);
        streams = v1::Stream::NewStub(channel);
    }
    ~Stage()
    {
        if (front) drain(1s);
        front.reset();
        guard_.reset();
        thread_.join();
    }
    void drain(Duration most)
    {
        std::promise<void> drained;
        net::co_spawn(io, front->drain(clock.now() + most), [&](std::exception_ptr) { drained.set_value(); });
        drained.get_future().wait();
    }
    /// Runs `work` on the strand and hands back what it returns.
    template <typename Work>
    auto onStrand(Work work)
    {
        std::promise<decltype(work())> done;
        net::post(io, [&] { done.set_value(work()); });
        return done.get_future().get();
    }
    /// Until `done` holds on the strand.
    template <typename Done>
    bool eventually(Done done)
    {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (std::chrono::steady_clock::now() < end) {
            if (onStrand(done)) return true;
            std::this_thread::yield();
        }
        return false;
    }

    net::io_context io{1};
    SystemClock clock;
    Registry registry;
    Journal journal;
    FakeService service;
    std::unique_ptr<GrpcFront> front;
    std::shared_ptr<grpc::Channel> channel;
    std::unique_ptr<inference::GRPCInferenceService::Stub> stub;
    std::unique_ptr<v1::Stream::Stub> streams;

private:
    net::executor_work_guard<Strand> guard_{io.get_executor()};
    std::thread thread_;
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

class TestGrpcFront : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void serverAndModelsAnswer()
    {
        Stage stage;
        QVERIFY(stage.front);
        {
            grpc::ClientContext context;
            inference::ServerLiveResponse response;
            QVERIFY(stage.stub->ServerLive(&context, {}, &response).ok());
            QVERIFY(response.live());
        }
        {
            grpc::ClientContext context;
            inference::ServerReadyResponse response;
            QVERIFY(stage.stub->ServerReady(&context, {}, &response).ok());
            QVERIFY(response.ready());
        }
        {
            grpc::ClientContext context;
            inference::ServerMetadataResponse response;
            QVERIFY(stage.stub->ServerMetadata(&context, {}, &response).ok());
            QCOMPARE(response.name(), std::string("millrace"));
        }
        for (const auto& [name, ready] : {std::pair<const char*, bool>{"digits", true}, {"asleep", false}}) {
            grpc::ClientContext context;
            inference::ModelReadyRequest asked;
            inference::ModelReadyResponse response;
            asked.set_name(name);
            QVERIFY(stage.stub->ModelReady(&context, asked, &response).ok());
            QCOMPARE(response.ready(), ready);
        }
        {
            grpc::ClientContext context;
            inference::ModelReadyRequest asked;
            inference::ModelReadyResponse response;
            asked.set_name("nobody");
            QCOMPARE(stage.stub->ModelReady(&context, asked, &response).error_code(), grpc::StatusCode::NOT_FOUND);
        }
        {
            grpc::ClientContext context;
            inference::ModelMetadataRequest asked;
            inference::ModelMetadataResponse response;
            asked.set_name("digits");
            QVERIFY(stage.stub->ModelMetadata(&context, asked, &response).ok());
            QCOMPARE(response.inputs(0).name(), std::string("x"));
        }
        {
            grpc::ClientContext context;
            inference::RepositoryIndexRequest asked;
            inference::RepositoryIndexResponse response;
            QVERIFY(stage.stub->RepositoryIndex(&context, asked, &response).ok());
            QCOMPARE(response.models_size(), 2);
            QCOMPARE(response.models(1).state(), std::string("UNAVAILABLE"));
            asked.set_ready(true);
            grpc::ClientContext again;
            QVERIFY(stage.stub->RepositoryIndex(&again, asked, &response).ok());
            QCOMPARE(response.models_size(), 1);
        }
    }

    void inferenceGoesThrough()
    {
        Stage stage;
        grpc::ClientContext context;
        context.AddMetadata("x-millrace-own", "1");
        inference::ModelInferResponse response;
        const auto status = stage.stub->ModelInfer(&context, request("7"), &response);
        QVERIFY2(status.ok(), status.error_message().c_str());
        QCOMPARE(response.id(), std::string("7"));
        QCOMPARE(response.raw_output_contents(0), std::string("abc"));
        stage.onStrand([&] {
            const CallNote& note = stage.service.last();
            [&] {
                QVERIFY(note.info.client.starts_with("grpc-c++ · "));
                QCOMPARE(note.info.route, std::string("ModelInfer"));
                QVERIFY(note.info.own);
                QVERIFY(!note.info.timeout);
                QVERIFY(note.finished && note.firstByte);
                QCOMPARE(note.httpStatus, 200);
                QVERIFY(note.bytesOut > 0);
            }();
            return true;
        });
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
        grpc::ClientContext context;
        inference::ModelInferResponse response;
        const auto status = stage.stub->ModelInfer(&context, request("1"), &response);
        QCOMPARE(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
        QCOMPARE(status.error_message(), std::string("inputs: full"));
        const auto& trailing = context.GetServerTrailingMetadata();
        const auto after = trailing.find("retry-after-ms");
        QVERIFY(after != trailing.end());
        QCOMPARE(std::string(after->second.data(), after->second.size()), std::string("1500"));

        grpc::ClientContext nameless;
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
        grpc::ClientContext first;
        QCOMPARE(stage.stub->ModelInfer(&first, large, &response).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
        options.bodyBytesMax = 1000;
        stage.onStrand([&] {
            stage.front->apply(options);
            return true;
        });
        large.set_raw_input_contents(0, std::string(2'000, 'x'));
        grpc::ClientContext second;
        const auto status = stage.stub->ModelInfer(&second, large, &response);
        QCOMPARE(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
        QVERIFY(status.error_message().find("limits.body_bytes_max") != std::string::npos);
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
        grpc::ClientContext context;
        if (deadline) context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
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
                QCOMPARE(stage.service.last().info.timeout.has_value(), deadline);
            }();
            return true;
        });
    }

    void streamsAnswerInOrder()
    {
        Stage stage;
        grpc::ClientContext context;
        auto stream = stage.stub->ModelStreamInfer(&context);
        constexpr int kMany = 300;  // more than may be under way at once
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
        grpc::ClientContext context;
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
        grpc::ClientContext context;
        context.AddMetadata("triton_grpc_error", "true");
        auto stream = stage.stub->ModelStreamInfer(&context);
        stream->Write(request("1"));
        stream->Write(request("2", ""));
        inference::ModelStreamInferResponse response;
        QVERIFY(stream->Read(&response));
        QVERIFY(!stream->Read(&response));
        QCOMPARE(stream->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    }

    void modelsAreLoadedByHooks()
    {
        grpc::ClientContext without, with, failing;
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
        QCOMPARE(asked, std::string("digits"));
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
        grpc::ClientContext context;
        auto reader = stage.streams->Call(&context, asked);
        stream::ChunkUnpacker unpacker;
        std::string joined;
        v1::Chunk chunk;
        bool first = true, packed = false;
        while (reader->Read(&chunk)) {
            if (std::exchange(first, false)) {
                QCOMPARE(chunk.status(), 200);
                QCOMPARE(chunk.content_type(), std::string("text/event-stream"));
            }
            packed = packed || chunk.compressed();
            stream::ChunkHead head;
            head.sequence = chunk.sequence();
            head.compressed = chunk.compressed();
            head.last = chunk.last();
            head.rawBytes = chunk.raw_bytes();
            head.crc32 = chunk.crc32();
            auto raw = unpacker.unpack(head, chunk.data());
            QVERIFY2(raw.ok(), text(raw.status()).c_str());
            joined += *raw;
        }
        QVERIFY(reader->Finish().ok());
        QVERIFY(unpacker.ended().ok());
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
            grpc::ClientContext context;
            auto reader = stage.streams->Call(&context, asked);
            QVERIFY(reader->Read(&chunk));
            QCOMPARE(chunk.status(), 400);
            QVERIFY(chunk.last());
            QVERIFY(chunk.data().find("\"param\":\"model\"") != std::string::npos);
            QVERIFY(!reader->Read(&chunk));
            QVERIFY(reader->Finish().ok());
        }
        asked.set_path("/nowhere");
        grpc::ClientContext context;
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
        grpc::ClientContext context;
        inference::ModelInferResponse response;
        auto waiting =
            std::async(std::launch::async, [&] { return stage.stub->ModelInfer(&context, request("1"), &response); });
        QVERIFY(stage.eventually([&] { return stage.service.calls.size() == 1; }));
        stage.drain(100ms);
        QVERIFY(!waiting.get().ok());
        QVERIFY(stage.service.last().finished);
    }

    void aTakenPortIsSaid()
    {
        Stage stage;
        auto again = GrpcFront::create(stage.io.get_executor(), stage.clock, stage.registry, stage.journal,
                                       stage.service, {}, {}, stage.front->address());
        QCOMPARE(codeName(again.status()), std::string("Unavailable"));
        auto wide = GrpcFront::create(stage.io.get_executor(), stage.clock, stage.registry, stage.journal,
                                      stage.service, {}, {}, "0.0.0.0:0");
        QCOMPARE(codeName(wide.status()), std::string("FailedPrecondition"));
    }
};

QTEST_GUILESS_MAIN(TestGrpcFront)
#include "tst_grpc_front.moc"
