// SPDX-License-Identifier: GPL-3.0-or-later
#include "drill.h"
#include "inference.grpc.pb.h"
#include "stream.grpc.pb.h"
#include "support/grpc_context.h"

#include <QJsonDocument>

#include <grpcpp/grpcpp.h>

using namespace drill;

namespace {

std::shared_ptr<grpc::Channel> channelTo(EngineProcess& engine)
{
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt("grpc.http2.lookahead_bytes", 65536);
    return grpc::CreateCustomChannel(engine.grpc().toStdString(), grpc::InsecureChannelCredentials(), arguments);
}

inference::ModelInferRequest request(const std::string& model)
{
    inference::ModelInferRequest out;
    out.set_model_name(model);
    auto* input = out.add_inputs();
    input->set_name("values");
    input->set_datatype("FP32");
    input->add_shape(1);
    input->add_shape(16);
    for (int i = 0; i < 16; ++i) input->mutable_contents()->add_fp32_contents(1.0f);
    return out;
}

}  // namespace

/// Clients that are slow, silent, or never read: each is let go within its limit, and others notice nothing.
class TestDrillSlowClients : public QObject {
    Q_OBJECT

private:
    QTemporaryDir folder_;
    std::unique_ptr<Zoo> endless_;
    std::unique_ptr<EngineProcess> engine_;
    nothing_left::Rest rest_;

    void othersAreServed()
    {
        for (int i = 0; i < 5; ++i) {
            RawClient client(engine_->http());
            QVERIFY(client.ask(inferPath("one"), tensor("one")));
            const auto answer = client.answer(5000);
            QVERIFY2(answer.status == 200, qPrintable(answer.describe()));
        }
    }

private Q_SLOTS:
    void initTestCase()
    {
        endless_ = std::make_unique<Zoo>(std::vector<std::string>{"endless"}, "endless");
        Zoo::Traits traits;
        traits.manner = Zoo::Manner::Endless;
        traits.gap = {};
        endless_->become(traits);
        QStringList settings{"backends[0].name=runtime",       "backends[0].kind=runtime",
                             "limits.header_timeout_ms=700",   "limits.body_timeout_ms=700",
                             "limits.request_timeout_ms=3000", "limits.keepalive_timeout_ms=1000",
                             "streamer.window_bytes=65536"};
        for (const auto& setting : endless_->settings(1)) settings << QString::fromStdString(setting);
        engine_ = std::make_unique<EngineProcess>(synthetic(folder_, {{"one", {}}, {"text", {{"tokens_per_s", 50}}}}) +
                                                  sets(settings));
        QVERIFY2(engine_->start(), qPrintable(engine_->problem()));
        for (const auto* model : {"one", "text", "endless"}) GOOD(answersAgain(*engine_, model));
        auto channel = channelTo(*engine_);
        auto stub = inference::GRPCInferenceService::NewStub(channel);
        millrace::testing::BoundedContext context;
        inference::ModelInferResponse response;
        QVERIFY(stub->ModelInfer(&context, request("one"), &response).ok());
        channel.reset();
        stub.reset();
        rest_ = nothing_left::restOf(*engine_);
    }
    void cleanupTestCase()
    {
        if (!engine_) return;
        QCOMPARE(engine_->stop(), 0);
        QVERIFY2(!engine_->log().contains("Sanitizer"), engine_->log().right(4000).constData());
    }

    void silentOnHttp_data()
    {
        QTest::addColumn<QByteArray>("first");
        QTest::newRow("nothing at all") << QByteArray();
        QTest::newRow("half a head") << QByteArray("POST /v1/chat/completions HTTP/1.1\r\nHost: loc");
        QTest::newRow("no body") << QByteArray(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n");
        QTest::newRow("half a body") << QByteArray(
            "POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{\"model\"");
        QTest::newRow("half a chunk") << QByteArray(
            "POST /v2/models/one/infer HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{");
        QTest::newRow("no last chunk") << QByteArray(
            "POST /v2/models/one/infer HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n");
        QTest::newRow("expects to be asked") << QByteArray(
            "POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
        QTest::newRow("answered, then silent") << RawClient::request("GET", "/healthz");
    }
    void silentOnHttp()
    {
        QFETCH(QByteArray, first);
        std::vector<RawClient> clients;
        for (int i = 0; i < 20; ++i) {
            clients.emplace_back(engine_->http());
            QVERIFY(clients.back().send(first));
        }
        othersAreServed();
        for (auto& client : clients) QVERIFY2(client.waitClosed(8000), "a silent client is kept");
        clients.clear();
        NOTHING_LEFT(*engine_, rest_);
    }

    /// A byte now and then: the whole body has its time, too.
    void aByteAtATime()
    {
        RawClient client(engine_->http());
        const auto whole = RawClient::request("POST", "/v1/embeddings", QByteArray(4000, ' '));
        bool open = true;
        QDeadlineTimer deadline(10000);
        for (qsizetype at = 0; open && !deadline.hasExpired(); ++at) {
            open = client.send(whole.mid(at < 100 ? 0 : at, at < 100 ? 0 : 1));
            if (at == 100) open = client.send(whole.left(100));
            QTest::qWait(20);
        }
        QVERIFY2(!open || client.waitClosed(2000), "a trickling client is kept");
        client.hangUp();
        NOTHING_LEFT(*engine_, rest_);
    }

    void aStreamThatNobodyReads()
    {
        std::vector<RawClient> clients;
        for (int i = 0; i < 8; ++i) {
            clients.emplace_back(engine_->http(), 4096);
            QVERIFY(clients.back().ask("/v1/chat/completions", chat("endless", true)));
            QVERIFY(clients.back().waitFor("data: "));
        }
        othersAreServed();
        const auto before = engine_->residentBytes();
        // They are let go; had they not been, their window's worth would be held for good.
        QTRY_VERIFY_WITH_TIMEOUT(engine_->metric("millrace_stream_streams") == 0, 15000);
        QVERIFY(engine_->residentBytes() < before + (64 << 20) + kFreedMemoryKept);
        clients.clear();
        NOTHING_LEFT(*engine_, rest_);
    }

    void aStreamReadSlowly()
    {
        // Slower than it comes, but never silent: it lives.
        RawClient client(engine_->http(), 4096);
        QVERIFY(client.ask("/v1/chat/completions", chat("text", true, 60)));
        const auto answer = client.answer(20000);
        GOOD(judgedStream(answer));
        QVERIFY2(answer.body.contains("[DONE]"), qPrintable(answer.describe()));
        client.hangUp();
        NOTHING_LEFT(*engine_, rest_);
    }

    void aGrpcStreamThatNobodyReads()
    {
        {
            auto channel = channelTo(*engine_);
            auto stub = millrace::v1::Stream::NewStub(channel);
            std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
            std::vector<std::unique_ptr<grpc::ClientReader<millrace::v1::Chunk>>> readers;
            for (int i = 0; i < 4; ++i) {
                auto& context = contexts.emplace_back(std::make_unique<grpc::ClientContext>());
                millrace::v1::CallRequest call;
                call.set_path("/v1/chat/completions");
                call.set_body(QJsonDocument(chat("endless", true)).toJson().toStdString());
                readers.push_back(stub->Call(context.get(), call));
                millrace::v1::Chunk chunk;
                QVERIFY(readers.back()->Read(&chunk));
            }
            othersAreServed();
            QTRY_VERIFY_WITH_TIMEOUT(engine_->metric("millrace_stream_streams") == 0, 20000);
            QTRY_VERIFY_WITH_TIMEOUT(engine_->metric("millrace_requests_in_flight") == 0, 20000);
            for (auto& context : contexts) context->TryCancel();
            for (auto& reader : readers) static_cast<void>(reader->Finish());
        }
        NOTHING_LEFT(*engine_, rest_);
    }

    void grpcConversationsThatSayNothing()
    {
        {
            auto channel = channelTo(*engine_);
            auto stub = inference::GRPCInferenceService::NewStub(channel);
            std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
            std::vector<std::unique_ptr<
                grpc::ClientReaderWriter<inference::ModelInferRequest, inference::ModelStreamInferResponse>>>
                talks;
            for (int i = 0; i < 8; ++i) {
                auto& context = contexts.emplace_back(std::make_unique<grpc::ClientContext>());
                talks.push_back(stub->ModelStreamInfer(context.get()));
                if (i % 2 == 0) QVERIFY(talks.back()->Write(request("one")));
            }
            othersAreServed();
            for (int i = 0; i < 8; i += 2) {
                inference::ModelStreamInferResponse response;
                QVERIFY(talks[static_cast<std::size_t>(i)]->Read(&response));
            }
            for (auto& context : contexts) context->TryCancel();
            for (auto& talk : talks) static_cast<void>(talk->Finish());
        }
        NOTHING_LEFT(*engine_, rest_);
    }

    void grpcConnectionsThatSayNothing()
    {
        std::vector<RawClient> clients;
        for (int i = 0; i < 30; ++i) {
            clients.emplace_back(engine_->grpc());
            if (i % 2 == 0) QVERIFY(clients.back().send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
        }
        othersAreServed();
        clients.clear();
        NOTHING_LEFT(*engine_, rest_);
    }
};

QTEST_GUILESS_MAIN(TestDrillSlowClients)
#include "tst_drill_slow_clients.moc"
