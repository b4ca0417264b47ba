// SPDX-License-Identifier: GPL-3.0-or-later
// The gRPC front as clients of other makes meet it: frame by frame, and by curl, h2load and Python's grpcio.
#include "front/grpc_front.h"
#include "front/grpc_messages.h"
#include "front_stage.h"
#include "http/grpc_text.h"
#include "http/h2_session.h"
#include "inference.pb.h"
#include "support/program_output.h"
#include "support/wire_client.h"

#include <QtTest>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <arpa/inet.h>
#include <future>
#include <map>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace millrace;
using namespace millrace::front;
using namespace millrace::testing;
using http::H2StreamId;
using http::HttpFields;

namespace {

struct Stage : FrontThread {
    explicit Stage(Options options = {})
    {
        service.offer("digits");
        auto made =
            GrpcFront::create(io.get_executor(), clock, registry, eventLog, service, {}, options, "127.0.0.1:0");
        if (made.ok()) front = *std::move(made);
        start();
    }
    ~Stage()
    {
        close(*front);
        front.reset();
        join();
    }
    void hold()
    {
        onStrand([&] { return service.holding = true; });
    }

    std::unique_ptr<GrpcFront> front;
};

/// A client of the front whose every frame is in the test's hands.
class FrontClient final : public testing::WireClient {
public:
    explicit FrontClient(const GrpcFront& front) : testing::WireClient(connectTcp(front.port())) {}

    static HttpFields head(const std::string& path = "/inference.GRPCInferenceService/ModelInfer")
    {
        return testing::WireClient::head(path);
    }
};

inference::ModelInferRequest request(std::size_t bytes = 3)
{
    inference::ModelInferRequest request;
    request.set_model_name("digits");
    auto* input = request.add_inputs();
    input->set_name("x");
    input->set_datatype("INT8");
    input->add_shape(static_cast<std::int64_t>(bytes));
    request.add_raw_input_contents(std::string(bytes, 'a'));
    return request;
}

}  // namespace

class TestGrpcProtocol : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aCallIsAnsweredFrameByFrame()
    {
        Stage stage;
        FrontClient client(*stage.front);
        const auto stream = client.ask(FrontClient::head(), writeMessage(request()));
        QVERIFY(client.answered(stream));
        const auto& told = client.told[stream];
        QCOMPARE(told.heads.size(), std::size_t(2));
        QCOMPARE(told.heads[0].get(":status"), std::string_view("200"));
        QCOMPARE(told.heads[0].get("content-type"), std::string_view("application/grpc"));
        QCOMPARE(told.heads[0].get("x-request-id"), std::string_view("mr-1"));
        QCOMPARE(told.last("grpc-status"), std::string("0"));
        QCOMPARE(told.closed.value(), 0u);
        auto bytes = std::string_view(told.body);
        http::GrpcMessageReader reader;
        const auto message = reader.next(bytes, 1000);
        QVERIFY(message.ok() && *message && bytes.empty());
        const auto response = readMessage<inference::ModelInferResponse>((*message)->bytes());
        QVERIFY(response);
        QCOMPARE(response->raw_output_contents(0), std::string("aaa"));
    }

    void whatIsNoGoodCallHasItsAnswer_data()
    {
        QTest::addColumn<QByteArrayList>("fields");  // name, value, …: instead of the usual ones
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QString>("http");
        QTest::addColumn<QString>("status");
        QTest::addColumn<QString>("words");
        const auto row = [](const char* name, const QByteArrayList& fields, const std::string& body,
                            const char* httpStatus, const char* status, const char* words) {
            QTest::newRow(name) << fields << QByteArray::fromStdString(body) << httpStatus << status << words;
        };
        const std::string good = writeMessage(request());
        row("GET", {":method", "GET"}, "", "405", "", "");
        row("JSON", {"content-type", "application/json"}, "{}", "415", "", "");
        row("gRPC with JSON", {"content-type", "application/grpc+json"}, good, "415", "", "");
        row("unknown method", {":path", "/inference.GRPCInferenceService/Guess"}, good, "200", "12",
            "'/inference.GRPCInferenceService/Guess'");
        row("unknown service", {":path", "/what"}, good, "200", "12", "unknown method");
        row("unknown compression", {"grpc-encoding", "snappy"}, good, "200", "12", "'snappy'");
        row("a time that is none", {"grpc-timeout", "soon"}, good, "200", "3",
            "grpc-timeout: must be up to eight digits");
        row("no message", {}, "", "200", "12", "none came");
        row("half a message", {}, good.substr(0, good.size() - 3), "200", "3", "the message is cut off");
        row("half a prefix", {}, good.substr(0, 3), "200", "3", "the message is cut off");
        row("packed without saying how", {}, "\1" + good.substr(1), "200", "3", "grpc-encoding");
        row("no gRPC at all", {}, "GET / HTTP/1.1\r\n\r\n", "200", "3", "malformed gRPC message");
        row("larger than allowed", {}, std::string("\0\0\x0f\x42\x41", 5) + "x", "200", "8", "limits.body_bytes_max");
        row("endless metadata", {"x-long", QByteArray(9'000, 'x')}, good, "200", "8", "limits.header_bytes_max");
    }
    void whatIsNoGoodCallHasItsAnswer()
    {
        QFETCH(QByteArrayList, fields);
        QFETCH(QByteArray, body);
        QFETCH(QString, http);
        QFETCH(QString, status);
        QFETCH(QString, words);
        Options options;
        options.bodyBytesMax = 1'000'000;
        options.headerBytesMax = 8192;
        Stage stage(options);
        FrontClient client(*stage.front);
        HttpFields head;
        const HttpFields usual = FrontClient::head();
        for (std::size_t i = 0; i < usual.size(); ++i)
            head.add(usual[i].name, !fields.isEmpty() && usual[i].name == fields[0].toStdString()
                                        ? fields[1].toStdString()
                                        : std::string(usual[i].value));
        if (!fields.isEmpty() && usual.get(fields[0].toStdString()).empty())
            head.add(fields[0].toStdString(), fields[1].toStdString());
        const auto stream = client.ask(head, body.toStdString());
        QVERIFY(client.answered(stream));
        const auto& told = client.told[stream];
        QVERIFY(!told.heads.empty());
        QCOMPARE(QString::fromStdString(std::string(told.heads.at(0).get(":status"))), http);
        QCOMPARE(QString::fromStdString(told.last("grpc-status")), status);
        const auto message = http::percentDecoded(told.last("grpc-message"));
        QVERIFY2(QString::fromStdString(message).contains(words), message.c_str());
        // The next call of the same connection is served.
        const auto next = client.ask(FrontClient::head(), writeMessage(request()));
        QVERIFY(client.answered(next));
        QCOMPARE(client.told[next].last("grpc-status"), std::string("0"));
    }

    void aMessageThatStandsStillIsRefused_data()
    {
        QTest::addColumn<bool>("begun");
        QTest::newRow("half of it came") << true;
        QTest::newRow("nothing came") << false;
    }
    void aMessageThatStandsStillIsRefused()
    {
        QFETCH(bool, begun);
        Options options;
        options.bodyTimeout = 300ms;
        Stage stage(options);
        FrontClient client(*stage.front);
        const auto stream = client.ask(FrontClient::head(), begun ? writeMessage(request()).substr(0, 10) : "", false);
        QVERIFY(client.answered(stream));
        QVERIFY(client.told[stream].last("grpc-message").find("limits.body_timeout_ms") != std::string::npos);
        QVERIFY(stage.eventually([&] { return stage.registry.gauge("millrace_front_body_bytes", "").value() == 0; }));
    }

    /// A stream that says nothing for long is no message that stands still.
    void anOpenStreamMayBeSilent()
    {
        Options options;
        options.bodyTimeout = 200ms;
        Stage stage(options);
        FrontClient client(*stage.front);
        const auto stream =
            client.ask(FrontClient::head("/inference.GRPCInferenceService/ModelStreamInfer"), "", false);
        // A call that began later is refused for its silence.
        const auto later = client.ask(FrontClient::head(), "", false);
        QVERIFY(client.answered(later));
        QVERIFY(client.told[later].last("grpc-message").find("limits.body_timeout_ms") != std::string::npos);
        QVERIFY(!client.told[stream].closed);
        client.session.send(stream, writeMessage(request()));
        client.session.finish(stream);
        QVERIFY(client.answered(stream));
        QCOMPARE(client.told[stream].last("grpc-status"), std::string("0"));
    }

    void aDeadlineIsKeptForAClientThatForgetsIt()
    {
        Stage stage;
        stage.hold();
        FrontClient client(*stage.front);
        auto head = FrontClient::head();
        head.add("grpc-timeout", "100m");
        const auto stream = client.ask(head, writeMessage(request()));
        QVERIFY(client.answered(stream));
        QCOMPARE(client.told[stream].last("grpc-status"), std::string("4"));
        QVERIFY(stage.eventually([&] { return stage.service.last().finished; }));
    }

    void aClientThatLeavesIsNoticedSoon_data()
    {
        QTest::addColumn<bool>("resets");
        QTest::newRow("its stream is reset") << true;
        QTest::newRow("its connection is closed") << false;
    }
    void aClientThatLeavesIsNoticedSoon()
    {
        QFETCH(bool, resets);
        Stage stage;
        stage.hold();
        // The quickest of a few: other programs may hold the processors.
        auto quickest = std::chrono::steady_clock::duration::max();
        for (std::size_t i = 1; i <= 5; ++i) {
            FrontClient client(*stage.front);
            const auto stream = client.ask(FrontClient::head(), writeMessage(request()));
            QVERIFY(client.until([&] { return stage.onStrand([&] { return stage.service.calls.size() == i; }); }));
            const auto began = std::chrono::steady_clock::now();
            if (resets) {
                client.session.reset(stream, http::H2Code::Cancel);
                client.answered(stream);
            } else {
                client.leave();
            }
            QVERIFY(stage.eventually([&] { return stage.service.last().finished; }));
            quickest = std::min(quickest, std::chrono::steady_clock::now() - began);
            QVERIFY(stage.onStrand([&] { return !stage.service.last().cancelledWhy.empty(); }));
        }
        QVERIFY(quickest < 100ms);
    }

    /// Sixty-four of a stream are in flight; of what follows only the window's worth is taken.
    void whatAStreamSendsAheadIsBounded()
    {
        Stage stage;
        stage.hold();
        FrontClient client(*stage.front);
        const std::string message = writeMessage(request(50'000));
        const auto stream =
            client.ask(FrontClient::head("/inference.GRPCInferenceService/ModelStreamInfer"), "", false);
        for (int i = 0; i < 200; ++i) client.session.send(stream, message);
        client.session.finish(stream);
        QVERIFY(client.until([&] { return stage.onStrand([&] { return stage.service.calls.size() == 64; }); }));
        // Once a later call is answered, all before it has been read.
        const auto later = client.ask(FrontClient::head("/inference.GRPCInferenceService/ServerLive"),
                                      writeMessage(inference::ServerLiveRequest()));
        QVERIFY(client.answered(later));
        QCOMPARE(stage.onStrand([&] { return stage.service.calls.size(); }), std::size_t(64));
        QVERIFY(client.session.unsent(stream) > 120 * message.size());
        stage.onStrand([&] {
            stage.service.holding = false;
            stage.service.release();
            return true;
        });
        QVERIFY(client.answered(stream));
        QCOMPARE(client.told[stream].last("grpc-status"), std::string("0"));
        QCOMPARE(stage.onStrand([&] { return stage.service.calls.size(); }), std::size_t(200));
        QVERIFY(stage.eventually([&] { return stage.registry.gauge("millrace_front_body_bytes", "").value() == 0; }));
    }

    void whoBreaksTheProtocolIsCounted()
    {
        Stage stage;
        auto& counted = stage.registry.counter("millrace_front_refused_total", "", {{"reason", "grpc_protocol"}});
        const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in to = {};
        to.sin_family = AF_INET;
        to.sin_port = htons(stage.front->port());
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        QCOMPARE(::connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
        const std::string words = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
        QCOMPARE(::send(socket, words.data(), words.size(), MSG_NOSIGNAL), static_cast<ssize_t>(words.size()));
        QVERIFY(stage.eventually([&] { return counted.value() == 1; }));
        ::close(socket);
        QCOMPARE(stage.registry.gauge("millrace_front_grpc_connections", "").value(), 0.0);
    }

    // ---- programs of others ----

    void curlTalksToIt()
    {
        Stage stage;
        QTemporaryDir folder;
        QFile body(folder.filePath("body"));
        QVERIFY(body.open(QIODevice::WriteOnly) && body.write(QByteArray(5, '\0')) == 5);
        body.close();
        const auto seen = output("curl", {"-sS", "--http2-prior-knowledge", "--max-time", "20", "-D", "-", "-o",
                                          folder.filePath("answer"), "-H", "content-type: application/grpc", "-H",
                                          "te: trailers", "--data-binary", "@" + folder.filePath("body"),
                                          "http://" + QString::fromStdString(stage.front->address()) +
                                              "/inference.GRPCInferenceService/ServerLive"});
        QVERIFY2(seen.contains("HTTP/2 200"), seen.constData());
        QVERIFY2(seen.contains("grpc-status: 0"), seen.constData());
        QFile answer(folder.filePath("answer"));
        QVERIFY(answer.open(QIODevice::ReadOnly));
        QCOMPARE(answer.readAll(), QByteArray("\0\0\0\0\2\x08\1", 7));
    }

    void h2loadTalksToIt()
    {
        Stage stage;
        QTemporaryDir folder;
        const std::string message = writeMessage(request(1000));
        QFile body(folder.filePath("body"));
        QVERIFY(body.open(QIODevice::WriteOnly));
        body.write(QByteArray::fromStdString(message));
        body.close();
        const auto seen = output("h2load", {"-n", "2000", "-c", "8", "-m", "32", "-d", folder.filePath("body"), "-H",
                                            "content-type: application/grpc", "-H", "te: trailers",
                                            "http://" + QString::fromStdString(stage.front->address()) +
                                                "/inference.GRPCInferenceService/ModelInfer"});
        QVERIFY2(seen.contains("2000 succeeded, 0 failed, 0 errored, 0 timeout"), seen.constData());
        QVERIFY(stage.eventually([&] { return stage.service.calls.size() == 2000 && stage.service.last().finished; }));
    }

    void grpcioTalksToIt()
    {
        Stage stage;
        QTemporaryDir folder;
        QFile body(folder.filePath("body"));
        QVERIFY(body.open(QIODevice::WriteOnly));
        const std::string large = request(3'000'000).SerializeAsString();
        body.write(QByteArray::fromStdString(large));
        body.close();
        QFile script(folder.filePath("client.py"));
        QVERIFY(script.open(QIODevice::WriteOnly));
        script.write(R"(
import sys, time, grpc
address, folder = sys.argv[1:]
large = open(folder, "rb").read()
options = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
channel = grpc.insecure_channel(address, options=options)
def unary(name): return channel.unary_unary("/inference.GRPCInferenceService/" + name)
assert unary("ServerLive")(b"", timeout=10) == b"\x08\x01"
answer, call = unary("ModelInfer").with_call(large, timeout=20)
assert len(answer) > 3_000_000, len(answer)
assert any(key == "server-timing" for key, value in call.trailing_metadata())
assert any(key == "x-request-id" for key, value in call.initial_metadata())
for compression in (grpc.Compression.Gzip, grpc.Compression.Deflate):
    assert len(unary("ModelInfer")(large, timeout=20, compression=compression)) > 3_000_000
try:
    unary("ModelMetadata")(b"\x0a\x06nobody", timeout=10)
    raise SystemExit("a model that is not there")
except grpc.RpcError as error:
    assert error.code() == grpc.StatusCode.NOT_FOUND and "nobody" in error.details(), error
try:
    channel.unary_unary("/no.such/Method")(b"", timeout=10)
    raise SystemExit("a method that is not there")
except grpc.RpcError as error:
    assert error.code() == grpc.StatusCode.UNIMPLEMENTED, error
small = b"\x0a\x06digits" + b"\x2a\x0b\x0a\x01x\x12\x04INT8\x1a\x00" + b"\x3a\x00"
stream = channel.stream_stream("/inference.GRPCInferenceService/ModelStreamInfer")
assert len(list(stream(iter([small] * 300), timeout=20))) == 300
watch = channel.unary_stream("/grpc.health.v1.Health/Watch")(b"")
assert next(watch) == b"\x08\x01"
watch.cancel()
futures = [unary("ModelInfer").future(small, timeout=20) for _ in range(500)]
assert all(future.result() for future in futures)
print("all is well")
)");
        script.close();
        const auto seen = output("/usr/bin/python3", {script.fileName(), QString::fromStdString(stage.front->address()),
                                                      folder.filePath("body")});
        QVERIFY2(seen.trimmed().endsWith("all is well"), seen.constData());
    }
};

QTEST_GUILESS_MAIN(TestGrpcProtocol)
#include "tst_grpc_protocol.moc"
