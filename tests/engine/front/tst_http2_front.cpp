// SPDX-License-Identifier: GPL-3.0-or-later
// HTTP/2 as clients meet it, beside HTTP/1.1 and gRPC on the same ports, frame by frame.
#include "front/grpc_front.h"
#include "front/grpc_messages.h"
#include "front/http_front.h"
#include "front_stage.h"
#include "http/grpc_message.h"
#include "support/h2_loopback.h"
#include "support/loopback_client.h"
#include "support/packed.h"
#include "support/seed.h"

#include <QtTest>

#include <algorithm>
#include <random>
#include <set>

using namespace millrace;
using namespace millrace::front;
using namespace millrace::testing;
using Fields = H2Loopback::Fields;

Q_DECLARE_METATYPE(Fields)

namespace {

// Raw strings here have an even number of quotes: with an odd one moc 6.4 takes the rest of the file for a string.
const std::string kChat = R"({"model":"scribe","messages":[]})";
const std::string kStreamedChat = R"({"model":"scribe","stream":true})";
constexpr const char* kChatPath = "/v1/chat/completions";

enum Code : std::uint32_t { kNoError = 0, kProtocol = 1, kInternal = 2, kRefused = 7, kCancel = 8, kCalm = 11 };

/// Both fronts, joined.
struct Stage : FrontStage {
    std::unique_ptr<HttpFront> http;
    std::unique_ptr<GrpcFront> grpc;

    explicit Stage(Options options = {}, Hooks hooks = {})
    {
        hooks = withMetrics(std::move(hooks));
        const auto bodies = makeBodies(io.get_executor(), registry);
        auto first = HttpFront::create(io.get_executor(), clock, registry, eventLog, service, hooks, options,
                                       "127.0.0.1:0", bodies);
        auto second = GrpcFront::create(io.get_executor(), clock, registry, eventLog, service, hooks, options,
                                        "127.0.0.1:0", bodies);
        if (!first.ok() || !second.ok()) return;
        http = *std::move(first);
        grpc = *std::move(second);
        grpc->join(*http);
    }
    ~Stage()
    {
        grpc.reset();
        http.reset();
        clock.advance(1s);
    }
    template <typename Done>
    bool settle(H2Loopback& client, Done done)
    {
        return client.until(io, done);
    }
    bool settle(const std::function<bool()>& done) { return runUntil(io, done, std::chrono::seconds(10)); }
    /// Time passes in steps that both sides see.
    void pass(H2Loopback& client, Duration span)
    {
        for (const Duration step = 100ms; span > Duration{}; span -= step) {
            clock.advance(std::min(span, step));
            client.pump();
        }
    }
    double gauge(const char* name) { return registry.gauge(name, "").value(); }
    double refused(const char* reason)
    {
        return static_cast<double>(registry.counter("millrace_front_refused_total", "", {{"reason", reason}}).value());
    }
    /// Of requests, bodies and connections.
    bool nothingLeft()
    {
        const bool ended =
            std::all_of(service.calls.begin(), service.calls.end(), [](const auto& call) { return call->finished; });
        const bool released = std::all_of(service.handles.begin(), service.handles.end(),
                                          [](const auto& handle) { return handle.expired(); });
        return ended && released && gauge("millrace_front_body_bytes") == 0 &&
               gauge("millrace_front_connections") == 0 && gauge("millrace_front_grpc_connections") == 0;
    }
};

unsigned statusOf(const std::string& answer)
{
    return answer.size() > 12 ? static_cast<unsigned>(std::strtoul(answer.c_str() + 9, nullptr, 10)) : 0;
}

/// The fields of an answer that do not belong to its connection, "name: value", sorted; of either protocol.
std::set<std::string> fieldsOf(const std::string& answer)
{
    std::set<std::string> out;
    std::size_t at = answer.find("\r\n") + 2;
    while (at < answer.size() && answer.compare(at, 2, "\r\n") != 0) {
        const auto end = answer.find("\r\n", at);
        std::string line = answer.substr(at, end - at);
        const auto colon = line.find(':');
        std::transform(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon), line.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        if (!line.starts_with("connection:") && !line.starts_with("x-request-id:")) out.insert(line);
        at = end + 2;
    }
    return out;
}
std::set<std::string> fieldsOf(const http::HttpFields& head)
{
    std::set<std::string> out;
    for (std::size_t i = 0; i < head.size(); ++i)
        if (head[i].name != ":status" && head[i].name != "x-request-id")
            out.insert(std::string(head[i].name) + ": " + std::string(head[i].value));
    return out;
}

}  // namespace

class TestHttp2Front : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // ---- one policy ----

    void theSameRequestHasTheSameAnswer_data()
    {
        QTest::addColumn<QByteArray>("method");
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<Fields>("fields");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<unsigned>("status");
        const auto row = [](const char* name, const char* method, const std::string& path, const Fields& fields,
                            const std::string& body, unsigned status) {
            QTest::newRow(name) << QByteArray(method) << QByteArray::fromStdString(path) << fields
                                << QByteArray::fromStdString(body) << status;
        };
        row("root", "GET", "/", {}, "", 200);
        row("health", "GET", "/healthz", {}, "", 200);
        row("health, HEAD", "HEAD", "/healthz", {}, "", 200);
        row("metrics", "GET", "/metrics", {}, "", 200);
        row("models", "GET", "/v1/models?x=1", {}, "", 200);
        row("model, escaped", "GET", "/v1/models/digits%2Dl", {}, "", 200);
        row("server", "GET", "/v2", {}, "", 200);
        row("not ready", "GET", "/v2/models/digits-l/ready", {}, "", 503);
        row("metadata", "GET", "/v2/models/scribe", {}, "", 200);
        row("index", "POST", "/v2/repository/index", {}, "{}", 200);
        row("infer", "POST", "/v2/models/digits-l/infer", {},
            R"({"inputs":[{"name":"x","shape":[2],"datatype":"FP32","data":[1.5,2]}]})", 200);
        row("chat", "POST", kChatPath, {{"user-agent", "OpenAI/Python 1.2"}}, kChat, 200);
        row("embeddings", "POST", "/v1/embeddings", {}, R"({"model":"scribe","input":"x"})", 200);
        row("an id of its own", "POST", kChatPath, {{"x-request-id", "mine-1"}}, kChat, 200);
        row("options", "OPTIONS", "/v1/models", {}, "", 204);
        row("a page of ours", "GET", "/v1/models", {{"origin", "http://localhost:3000"}}, "", 200);
        row("preflight", "OPTIONS", "/v1/embeddings",
            {{"origin", "http://localhost:3000"},
             {"access-control-request-method", "POST"},
             {"access-control-request-headers", "content-type"}},
            "", 204);
        row("packed", "POST", kChatPath, {{"content-encoding", "gzip"}}, packed(kChat), 200);
        row("unpacks to nothing", "POST", kChatPath, {{"content-encoding", "gzip"}}, "no gzip", 400);
        row("strange content encoding", "POST", kChatPath, {{"content-encoding", "br"}}, kChat, 415);
        row("strange expectation", "POST", kChatPath, {{"expect", "wonders"}}, kChat, 417);
        row("foreign page", "GET", "/v1/models", {{"origin", "https://evil.example"}}, "", 403);
        row("page without a name", "GET", "/v1/models", {{"origin", "null"}}, "", 403);
        row("a form of another site", "POST", kChatPath, {{"sec-fetch-site", "cross-site"}}, kChat, 403);
        row("unknown path", "GET", "/v1/nothing", {}, "", 404);
        row("unknown path, KServe", "GET", "/v2/nothing", {}, "", 404);
        row("Ollama's routes", "POST", "/api/chat", {}, "{}", 404);
        row("wrong method", "GET", kChatPath, {}, "", 405);
        row("broken JSON", "POST", "/v1/embeddings", {}, R"({"model":"a",)", 400);
        row("broken JSON, Anthropic", "POST", "/v1/messages", {}, "{", 400);
        row("no model", "POST", kChatPath, {}, "{}", 400);
        row("unknown model", "GET", "/v1/models/nobody", {}, "", 404);
        row("a priority that is none", "POST", kChatPath, {{"x-millrace-priority", "high"}}, kChat, 400);
        row("odd bytes in a name", "GET", "/v2/models/%ff%fe", {}, "", 400);
        row("larger than allowed", "POST", kChatPath, {}, std::string(5000, ' '), 413);
        row("headers larger than allowed", "GET", "/healthz", {{"x-long", std::string(9000, 'x')}}, "", 431);
    }
    void theSameRequestHasTheSameAnswer()
    {
        QFETCH(QByteArray, method);
        QFETCH(QByteArray, path);
        QFETCH(Fields, fields);
        QFETCH(QByteArray, body);
        QFETCH(unsigned, status);
        Options options;
        options.bodyBytesMax = 4000;
        options.headerBytesMax = 8192;
        Stage stage(options);
        LoopbackClient old(stage.io, stage.http->port());
        std::string request = method.toStdString() + " " + path.toStdString() + " HTTP/1.1\r\nHost: localhost\r\n";
        for (const auto& [name, value] : fields) request += name + ": " + value + "\r\n";
        if (!body.isEmpty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
        old.send(request + "\r\n" + body.toStdString());
        const std::string before = old.answer(method == "HEAD" || status == 204);
        QCOMPARE(statusOf(before), status);

        for (const std::uint16_t port : {stage.http->port(), stage.grpc->port()}) {
            H2Loopback client(stage.io, port);
            Fields sent = fields;
            if (!body.isEmpty()) sent.emplace_back("content-length", std::to_string(body.size()));
            const auto head = H2Loopback::head(method.toStdString(), path.toStdString(), sent);
            const auto stream = *client.session.request(head, body.isEmpty());
            if (!body.isEmpty()) {
                client.session.send(stream, body.toStdString());
                client.session.finish(stream);
            }
            const auto& answer = client.answer(stage.io, stream);
            QCOMPARE(answer.status(), status);
            QCOMPARE(answer.closed.value(), kNoError + 0u);
            const std::string expected = before.substr(before.find("\r\n\r\n") + 4);
            // Our own ids count on.
            QCOMPARE(answer.body, expected);
            QCOMPARE(fieldsOf(answer.heads.back()), fieldsOf(before));
            QVERIFY(!answer.field("x-request-id").empty());
            // The connection is good for more.
            QCOMPARE(client.answer(stage.io, client.get("/v2/health/live")).status(), 200u);
        }
        for (const auto& call : stage.service.calls) QVERIFY(call->finished);
        if (stage.service.calls.size() > 1) {
            const auto& one = *stage.service.calls[0];
            const auto& two = *stage.service.calls[1];
            QCOMPARE(two.httpStatus, one.httpStatus);
            QCOMPARE(two.bytesOut, one.bytesOut);
            QCOMPARE(two.info.route, one.info.route);
            QCOMPARE(two.info.program, one.info.program);
            QCOMPARE(two.firstByte, one.firstByte);
        }
        if (stage.service.asked.size() > 1) {
            QCOMPARE(stage.service.asked[1].request.body, stage.service.asked[0].request.body);
            QCOMPARE(stage.service.asked[1].request.target, stage.service.asked[0].request.target);
            QCOMPARE(stage.service.asked[1].request.fields.size(), stage.service.asked[0].request.fields.size());
        }
    }

    void whoIsMeantMustBeSaidOnce_data()
    {
        QTest::addColumn<QString>("authority");
        QTest::addColumn<Fields>("fields");
        QTest::addColumn<unsigned>("status");
        QTest::newRow("authority") << "localhost:1" << Fields{} << 200u;
        QTest::newRow("Host alone, of a gateway that speaks HTTP/1.1") << "" << Fields{{"host", "localhost"}} << 200u;
        QTest::newRow("both, the same") << "localhost" << Fields{{"host", "LOCALHOST"}} << 200u;
        QTest::newRow("both, another") << "localhost" << Fields{{"host", "127.0.0.1"}} << 400u;
        QTest::newRow("neither") << "" << Fields{} << 400u;
        QTest::newRow("foreign") << "evil.example" << Fields{} << 403u;
        QTest::newRow("foreign Host") << "" << Fields{{"host", "evil.example"}} << 403u;
    }
    void whoIsMeantMustBeSaidOnce()
    {
        QFETCH(QString, authority);
        QFETCH(Fields, fields);
        QFETCH(unsigned, status);
        Stage stage;
        H2Loopback client(stage.io, stage.http->port());
        const auto head = H2Loopback::head("GET", "/healthz", fields, authority.toStdString());
        // What nghttp2 itself would not let pass ends the stream.
        const auto& answer = client.answer(stage.io, *client.session.request(head, true));
        if (answer.heads.empty()) {
            QCOMPARE(status, 400u);
            QCOMPARE(answer.closed.value(), kProtocol + 0u);
        } else {
            QCOMPARE(answer.status(), status);
        }
    }

    void aTunnelIsNotOpened()
    {
        Stage stage;
        H2Loopback client(stage.io, stage.http->port());
        http::HttpFields head;
        head.add(":method", "CONNECT");
        head.add(":authority", "localhost:22");
        const auto stream = *client.session.request(head, false);
        QVERIFY(client.until(stage.io, [&] { return client.answers[stream].closed.has_value(); }));
        QVERIFY(client.answers[stream].status() >= 400 && client.answers[stream].status() < 500);
    }

    // ---- one port ----

    void thePortsSpeakEverything_data()
    {
        QTest::addColumn<bool>("grpcPort");
        QTest::addColumn<int>("piece");
        for (const bool grpcPort : {false, true})
            for (const int piece : {1, 3, 5, 1 << 20})
                QTest::addRow("%s, in pieces of %d", grpcPort ? "gRPC port" : "HTTP port", piece) << grpcPort << piece;
    }
    void thePortsSpeakEverything()
    {
        QFETCH(bool, grpcPort);
        QFETCH(int, piece);
        Stage stage;
        const std::uint16_t port = grpcPort ? stage.grpc->port() : stage.http->port();
        {  // HTTP/1.1, from its first byte; the first letters of POST are those of the preface
            LoopbackClient client(stage.io, port);
            const std::string request =
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\nConnection: Upgrade, "
                "HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: " +
                std::to_string(kChat.size()) + "\r\n\r\n" + kChat;
            for (std::size_t at = 0; at < request.size(); at += static_cast<std::size_t>(piece)) {
                QVERIFY(client.send(std::string_view(request).substr(at, static_cast<std::size_t>(piece))));
                if (piece < 100) poll(stage.io);
            }
            // An upgrade to h2c is not offered and not taken (RFC 9113 has none).
            const std::string answer = client.answer();
            QVERIFY2(answer.starts_with("HTTP/1.1 200 OK\r\n"), answer.c_str());
            QCOMPARE(statusOf(client.exchange("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")), 200u);
            QCOMPARE(stage.gauge("millrace_front_connections"), 1.0);
        }
        {  // HTTP/2 and gRPC beside each other
            H2Loopback client(stage.io, port);
            http::H2Out out;
            const auto chat = client.post(kChatPath, kChat);
            client.session.pull(out, 1u << 20);
            while (!out.empty()) {
                iovec first[1] = {};
                out.gather(first);
                const std::size_t size = std::min(first[0].iov_len, static_cast<std::size_t>(piece));
                QVERIFY(client.socket.send({static_cast<const char*>(first[0].iov_base), size}));
                out.consume(size);
                if (piece < 100) poll(stage.io);
            }
            QCOMPARE(client.answer(stage.io, chat).status(), 200u);
            const auto call = client.post("/inference.GRPCInferenceService/ServerLive", std::string(5, '\0'),
                                          {{"content-type", "application/grpc"}, {"te", "trailers"}});
            const auto page = client.get("/healthz");
            QCOMPARE(client.answer(stage.io, call).field("grpc-status"), std::string("0"));
            QCOMPARE(client.answer(stage.io, page).status(), 200u);
            QCOMPARE(stage.gauge("millrace_front_grpc_connections"), 1.0);
        }
        QVERIFY(stage.settle([&] { return stage.nothingLeft(); }));
    }

    void whatIsNeitherIsRefused()
    {
        Stage stage;
        for (const std::uint16_t port : {stage.http->port(), stage.grpc->port()}) {
            LoopbackClient noise(stage.io, port);
            noise.send("hello there\r\n\r\n");
            QCOMPARE(statusOf(noise.answer()), 400u);
            LoopbackClient astray(stage.io, port);  // a preface that goes astray
            astray.send("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n");
            QVERIFY(astray.receiveEnd());
            LoopbackClient late(stage.io, port);  // a preface where a request should be
            QCOMPARE(statusOf(late.exchange("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")), 200u);
            QCOMPARE(statusOf(late.exchange("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")), 400u);
            LoopbackClient gone(stage.io, port);
            gone.send("PR");
        }
        QVERIFY(stage.settle([&] { return stage.nothingLeft(); }));
        QCOMPARE(stage.refused("grpc_protocol"), 2.0);
    }

    void whoSaysNothingIsClosed()
    {
        Options options;
        options.headerTimeout = 10s;
        Stage stage(options);
        for (const std::uint16_t port : {stage.http->port(), stage.grpc->port()}) {
            LoopbackClient silent(stage.io, port), hesitant(stage.io, port);
            hesitant.send("P");
            QVERIFY(stage.settle([&] {
                return stage.gauge("millrace_front_connections") + stage.gauge("millrace_front_grpc_connections") == 2;
            }));
            poll(stage.io);
            stage.clock.advance(9s);
            silent.pull();
            hesitant.pull();
            QVERIFY(!silent.ended() && !hesitant.ended());
            stage.clock.advance(2s);
            QVERIFY(silent.receiveEnd() && hesitant.receiveEnd());
            QVERIFY(silent.received().empty());
        }
        QVERIFY(stage.settle([&] { return stage.nothingLeft(); }));
    }

    void tooManyClientsAreTurnedAway()
    {
        Options options;
        options.clientsMax = 2;
        Stage stage(options);
        H2Loopback first(stage.io, stage.http->port()), second(stage.io, stage.grpc->port());
        QCOMPARE(first.answer(stage.io, first.get("/healthz")).status(), 200u);
        QCOMPARE(second.answer(stage.io, second.get("/healthz")).status(), 200u);
        H2Loopback third(stage.io, stage.http->port());
        const auto refused = third.get("/healthz");
        third.answer(stage.io, refused);
        QVERIFY(third.leaving && third.answers[refused].heads.empty());
        QCOMPARE(stage.refused("grpc_clients"), 1.0);
        // HTTP/1.1 has its own, on either port.
        LoopbackClient old(stage.io, stage.http->port()), older(stage.io, stage.grpc->port());
        QCOMPARE(statusOf(old.exchange("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")), 200u);
    }

    // ---- answers ----

    void eventsLeaveAsTheyCome()
    {
        Stage stage;
        OneShot<bool> next;
        stage.service.onOpenAi = [&](const serve::OpenAiCall&) -> FakeService::OpenAiAnswer {
            return FakeService::heldEvents({"data: a\n\n", "data: b\n\n", "data: [DONE]\n\n"}, 1, next);
        };
        H2Loopback client(stage.io, stage.http->port());
        const auto stream = client.post(kChatPath, kStreamedChat);
        QVERIFY2(stage.settle(client, [&] { return client.answers[stream].body == "data: a\n\n"; }),
                 client.answers[stream].body.c_str());
        const auto& answer = client.answers[stream];
        QCOMPARE(answer.field("content-type"), std::string("text/event-stream"));
        QCOMPARE(answer.field("cache-control"), std::string("no-cache"));
        QVERIFY(answer.field("content-length").empty() && answer.field("transfer-encoding").empty());
        QVERIFY(!answer.ended);
        next.set(true);
        client.answer(stage.io, stream);
        QCOMPARE(answer.body, std::string("data: a\n\ndata: b\n\ndata: [DONE]\n\n"));
        QVERIFY(stage.settle([&] { return stage.service.last().finished; }));
        QCOMPARE(stage.service.last().httpStatus, 200);
        QCOMPARE(stage.service.last().bytesOut, std::uint64_t(answer.body.size()));
    }

    void manyStreamsOfAConnectionAreAnswered()
    {
        Stage stage;
        stage.service.onOpenAi = [](const serve::OpenAiCall& call) {
            return FakeService::OpenAiAnswer(FakeService::whole(call.model));
        };
        stage.service.holding = true;
        H2Loopback client(stage.io, stage.http->port());
        std::map<http::H2StreamId, std::string> wanted;
        for (int i = 0; i < 500; ++i) {
            const std::string model = "m" + std::to_string(i);
            wanted[client.post("/v1/embeddings", "{\"model\":\"" + model + "\",\"input\":1}")] = model;
        }
        QVERIFY(stage.settle(client, [&] { return stage.service.calls.size() == 500; }));
        stage.service.release();
        for (const auto& [stream, model] : wanted) {
            QCOMPARE(client.answer(stage.io, stream).status(), 200u);
            QCOMPARE(client.answers[stream].body, model);
        }
    }

    /// As an operator who drags a slider, while bodies, answers and heads are on their way.
    void limitsThatChangeInFlightDisturbNobody()
    {
        Options options;
        Stage stage(options);
        stage.service.onOpenAi = [](const serve::OpenAiCall& call) {
            return FakeService::OpenAiAnswer(FakeService::whole(call.model));
        };
        H2Loopback client(stage.io, stage.http->port());
        std::map<http::H2StreamId, std::string> wanted;
        for (int i = 0; i < 500; ++i) {
            const std::string model = "m" + std::to_string(i);
            wanted[client.post("/v1/embeddings", "{\"model\":\"" + model + "\",\"input\":1}",
                               {{"x-large", std::string(500, 'x')}})] = model;
            options.headerBytesMax = 2'000 + static_cast<std::uint32_t>(i % 7) * 1'000;
            options.bodyTimeout = std::chrono::seconds(1 + i % 5);
            stage.http->apply(options);
            stage.grpc->apply(options);
            if (i % 3 == 0) client.pump();
            stage.io.poll();
        }
        for (const auto& [stream, model] : wanted) {
            QCOMPARE(client.answer(stage.io, stream).status(), 200u);
            QCOMPARE(client.answers[stream].body, model);
        }
        QVERIFY(client.problem.ok());
        QVERIFY(!client.leaving);
        options.headerBytesMax = 1'024;
        stage.http->apply(options);
        stage.grpc->apply(options);
        const auto refused =
            client.post("/v1/embeddings", R"({"model":"m","input":1})", {{"x-large", std::string(1'000, 'x')}});
        QCOMPARE(client.answer(stage.io, refused).status(), 431u);
    }

    void anAnswerThatBreaksOffIsReset_data()
    {
        QTest::addColumn<bool>("length");
        QTest::addColumn<bool>("fails");
        QTest::newRow("the backend failed") << false << true;
        QTest::newRow("the backend failed, of known length") << true << true;
        QTest::newRow("shorter than promised") << true << false;
    }
    void anAnswerThatBreaksOffIsReset()
    {
        QFETCH(bool, length);
        QFETCH(bool, fails);
        Stage stage;
        stage.service.onOpenAi = [&](const serve::OpenAiCall&) -> FakeService::OpenAiAnswer {
            auto answer = FakeService::whole("half of it");
            auto& stream = static_cast<FakeStream&>(*answer.stream);
            stream.length.reset();
            if (length) stream.length = 20;
            if (fails) stream.ending = unavailable("the backend closed the connection");
            return answer;
        };
        H2Loopback client(stage.io, stage.http->port());
        const auto& answer = client.answer(stage.io, client.post(kChatPath, kChat));
        QCOMPARE(answer.closed.value(), kInternal + 0u);
        QVERIFY(!answer.ended);
        QVERIFY(stage.settle([&] { return stage.service.last().finished; }));
        QVERIFY(!stage.service.last().status.ok());
        QCOMPARE(stage.service.last().cancelledWhy, std::string());
        QCOMPARE(client.answer(stage.io, client.get("/healthz")).status(), 200u);
    }

    void aFailureBeforeTheFirstByteIsARefusal()
    {
        Stage stage;
        stage.service.onOpenAi = [&](const serve::OpenAiCall&) -> FakeService::OpenAiAnswer {
            auto answer = FakeService::whole("");
            auto& stream = static_cast<FakeStream&>(*answer.stream);
            stream.pieces.clear();
            stream.ending = withRetryAfter(unavailable("not now"), 1200ms);
            return answer;
        };
        H2Loopback client(stage.io, stage.http->port());
        const auto& answer = client.answer(stage.io, client.post(kChatPath, kChat));
        QCOMPARE(answer.status(), 503u);
        QCOMPARE(answer.field("retry-after"), std::string("2"));
        QCOMPARE(stage.service.last().httpStatus, 503);
    }

    void waitingStreamsGetSignsOfLife()
    {
        Stage stage(FrontStage::tenSecondHeartbeat());
        stage.holdStreams();
        H2Loopback client(stage.io, stage.http->port());
        const auto stream = client.post(kChatPath, R"({"model":"digits-l","stream":true})");
        const auto plain = client.post(kChatPath, kChat);
        QVERIFY(stage.settle(client, [&] { return stage.service.calls.size() == 2; }));
        stage.pass(client, 9s);
        QVERIFY(client.answers[stream].heads.empty());
        stage.pass(client, 1200ms);
        QVERIFY(stage.settle(client,
                             [&] { return client.answers[stream].body == ": loading digits-l, about 3 s left\n"; }));
        QCOMPARE(client.answers[stream].status(), 200u);
        QVERIFY(client.answers[plain].heads.empty());  // waits for no events
        stage.service.release();
        QCOMPARE(client.answer(stage.io, stream).body,
                 std::string(": loading digits-l, about 3 s left\ndata: a\n\ndata: [DONE]\n\n"));
        QVERIFY(client.answers[stream].ended);
        QVERIFY(stage.service.calls[0]->status.ok());
    }

    void whatFollowsASignOfLifeIsAnEvent_data()
    {
        QTest::addColumn<bool>("fails");
        QTest::addColumn<QByteArray>("event");
        QTest::newRow("a failure") << true
                                   << QByteArray(
                                          "data: {\"error\":{\"message\":\"it could not be loaded\",\"type\":"
                                          "\"server_error\",\"param\":null,\"code\":\"unavailable\"}}\n\n");
        QTest::newRow("an object") << false << QByteArray("data: {\"a\":1}\n\ndata: [DONE]\n\n");
    }
    void whatFollowsASignOfLifeIsAnEvent()
    {
        QFETCH(bool, fails);
        QFETCH(QByteArray, event);
        Options options;
        options.heartbeat = 1s;
        Stage stage(options);
        stage.service.holding = true;
        stage.service.onOpenAi = [&](const serve::OpenAiCall&) -> FakeService::OpenAiAnswer {
            if (fails) return unavailable("it could not be loaded");
            return FakeService::whole(" {\"a\":\n1}");
        };
        H2Loopback client(stage.io, stage.http->port());
        const auto stream = client.post(kChatPath, kStreamedChat);
        QVERIFY(stage.settle(client, [&] { return stage.service.calls.size() == 1; }));
        stage.pass(client, 1300ms);
        stage.service.release();
        const auto& answer = client.answer(stage.io, stream);
        QCOMPARE(QByteArray::fromStdString(answer.body), ": queued, scribe\n" + event);
        QVERIFY(answer.ended && answer.closed == kNoError);
    }

    // ---- slow clients ----

    void aClientThatDoesNotReadHoldsItsAnswerBack()
    {
        Options options;
        options.bodyTimeout = 20s;
        Stage stage(options);
        std::size_t taken = 0;
        stage.service.onOpenAi = [&](const serve::OpenAiCall&) -> FakeService::OpenAiAnswer {
            auto answer = FakeService::whole("");
            auto& stream = static_cast<FakeStream&>(*answer.stream);
            stream.pieces.assign(200, std::string(50'000, 'x'));
            stream.length = 10'000'000;
            stream.before = [&](std::size_t i) -> net::awaitable<void> {
                taken = i;
                co_return;
            };
            return answer;
        };
        H2Loopback reading(stage.io, stage.http->port());
        const auto whole = reading.post(kChatPath, kChat);
        QCOMPARE(reading.answer(stage.io, whole).body.size(), std::size_t(10'000'000));
        QVERIFY(reading.answers[whole].ended);

        taken = 0;
        H2Loopback client(stage.io, stage.http->port());
        client.consumes = false;
        const auto stream = client.post(kChatPath, kChat);
        const auto other = client.get("/healthz");
        const std::size_t window = http::H2Limits{}.streamWindow;
        QVERIFY(stage.settle(client, [&] { return client.answers[stream].body.size() == window; }));
        for (int i = 0; i < 100; ++i) client.pump();
        QVERIFY2(taken <= window / 50'000 + 2, qPrintable(QString::number(taken)));
        QCOMPARE(client.answer(stage.io, other).status(), 200u);  // others are not held back
        QVERIFY(!stage.service.last().finished);
        // Reading on goes on with it.
        client.session.consume(stream, 200'000);
        QVERIFY(stage.settle(client, [&] { return client.answers[stream].body.size() > window; }));
        stage.pass(client, 15s);
        QVERIFY(!client.answers[stream].closed);
        stage.pass(client, 10s);
        QCOMPARE(client.answer(stage.io, stream).closed.value(), kCancel + 0u);
        QVERIFY(stage.settle([&] { return stage.service.last().finished; }));
        QCOMPARE(stage.service.last().httpStatus, 499);
        QVERIFY2(stage.service.last().cancelledWhy.find("limits.body_timeout_ms") != std::string::npos,
                 stage.service.last().cancelledWhy.c_str());
        QCOMPARE(client.answer(stage.io, client.get("/healthz")).status(), 200u);
    }

    void whatIsCompleteButNotReadIsGivenUp()
    {
        Options options;
        options.bodyTimeout = 20s;
        Stage stage(options);
        http::H2Limits limits;
        limits.streamWindow = 1;
        H2Loopback client(stage.io, stage.http->port(), limits);
        client.consumes = false;
        const auto stream = client.post(kChatPath, kChat);
        QVERIFY(stage.settle(client, [&] { return client.answers[stream].body.size() == 1; }));
        QVERIFY(stage.service.last().finished);
        stage.pass(client, 21s);
        QCOMPARE(client.answer(stage.io, stream).closed.value(), kCancel + 0u);
    }

    void slowRequestsAreRefused()
    {
        Stage stage(FrontStage::impatient());
        H2Loopback client(stage.io, stage.http->port());
        const auto stream = client.post(kChatPath, "{", {}, false);
        QVERIFY(stage.settle(client, [&] { return stage.service.calls.size() == 1; }));
        stage.pass(client, 15s);
        client.session.send(stream, std::string(100'000, ' '));  // which buys it 25 s
        client.pump();
        stage.pass(client, 15s);
        QVERIFY(client.answers[stream].heads.empty());
        stage.pass(client, 6s);
        const auto& late = client.answer(stage.io, stream);
        QCOMPARE(late.status(), 408u);
        QVERIFY(late.body.find("limits.body_timeout_ms") != std::string::npos);
        QCOMPARE(late.closed.value(), kNoError + 0u);
        QCOMPARE(stage.service.last().httpStatus, 408);

        // One that trickles in: each byte in time, the whole never.
        const auto trickle = client.post(kChatPath, " ", {}, false);
        int bytes = 0;
        for (; bytes < 60 && client.answers[trickle].heads.empty(); ++bytes) {
            client.session.send(trickle, " ");
            stage.pass(client, 1s);
        }
        QVERIFY2(bytes >= 19 && bytes < 30, qPrintable(QString::number(bytes)));
        QCOMPARE(client.answer(stage.io, trickle).status(), 408u);

        // A header block without its end, beside a stream that is open for long.
        stage.service.holding = true;
        const auto open = client.post(kChatPath, kStreamedChat);
        QVERIFY(stage.settle(client, [&] { return stage.service.calls.size() == 3; }));
        const std::string half("\x00\x00\x01\x01\x00\x00\x00\x7f\xff\x82", 10);  // HEADERS, not the last of its block
        QVERIFY(client.socket.send(half));
        stage.pass(client, 9s);
        QVERIFY(!client.socket.ended());
        stage.pass(client, 2s);
        QVERIFY(stage.settle(client, [&] { return client.socket.ended(); }));
        QVERIFY(stage.settle([&] { return stage.service.calls[2]->finished; }));
        QCOMPARE(stage.service.calls[2]->httpStatus, 499);
        static_cast<void>(open);
    }

    void anIdleConnectionIsNotifiedAndClosed()
    {
        Stage stage;
        H2Loopback client(stage.io, stage.http->port());
        QCOMPARE(client.answer(stage.io, client.get("/healthz")).status(), 200u);
        stage.pass(client, 74s);
        QVERIFY(!client.leaving);
        stage.pass(client, 4s);
        QVERIFY(stage.settle(client, [&] { return client.leaving && client.socket.ended(); }));
        QVERIFY(stage.settle([&] { return stage.nothingLeft(); }));
    }

    // ---- bodies ----

    void bodiesArriveWhole()
    {
        Stage stage;
        H2Loopback client(stage.io, stage.http->port());
        const std::string body = "{\"model\":\"scribe\",\"x\":\"" + std::string(3'000'000, 'y') + "\"}";
        QCOMPARE(client.answer(stage.io, client.post(kChatPath, body)).status(), 200u);
        QVERIFY(stage.service.asked.back().request.body == body);
        // A small one takes no more memory than it has.
        stage.service.holding = true;
        const auto small = client.post(kChatPath, kChat);
        QVERIFY(stage.settle(client, [&] { return stage.gauge("millrace_front_body_bytes") > 0; }));
        QVERIFY(stage.gauge("millrace_front_body_bytes") <= 2.0 * static_cast<double>(kChat.size()));
        stage.service.release();
        QCOMPARE(client.answer(stage.io, small).status(), 200u);
        // with its length, packed, and in many frames with trailers
        const Fields length = {{"content-length", std::to_string(body.size())}};
        QCOMPARE(client.answer(stage.io, client.post(kChatPath, body, length)).status(), 200u);
        QVERIFY(stage.service.asked.back().request.body == body);
        const Fields gzip = {{"content-encoding", "gzip"}};
        QCOMPARE(client.answer(stage.io, client.post(kChatPath, packed(body), gzip)).status(), 200u);
        QVERIFY(stage.service.asked.back().request.body == body);
        const auto pieces = client.post(kChatPath, "", {}, false);
        for (const char c : kChat) {
            client.session.send(pieces, std::string(1, c));
            client.pump();
            poll(stage.io);
        }
        http::HttpFields trailers;
        trailers.add("x-checksum", "1");
        client.session.finish(pieces, trailers);
        QCOMPARE(client.answer(stage.io, pieces).status(), 200u);
        QCOMPARE(stage.service.asked.back().request.body, kChat);
        QCOMPARE(stage.gauge("millrace_front_body_bytes"), 0.0);
    }

    void bodiesHaveTheirLimits()
    {
        Options options;
        options.bodyBytesMax = 1'000'000;
        options.bodiesBytesMax = 2'000'000;
        Stage stage(options);
        H2Loopback client(stage.io, stage.http->port());
        // What is too large is refused before it is there, and its sender need not go on.
        const Fields length = {{"content-length", "1000001"}};
        const auto announced = client.post(kChatPath, " ", length, false);
        QCOMPARE(client.answer(stage.io, announced).status(), 413u);
        QCOMPARE(client.answers[announced].closed.value(), kNoError + 0u);
        const auto grown = client.post(kChatPath, std::string(1'100'000, ' '), {}, false);
        QCOMPARE(client.answer(stage.io, grown).status(), 413u);
        QVERIFY(client.answers[grown].body.find("limits.body_bytes_max") != std::string::npos);
        const Fields gzip = {{"content-encoding", "gzip"}};
        const auto bomb = client.post(kChatPath, packed(std::string(4 << 20, ' ')), gzip);
        QCOMPARE(client.answer(stage.io, bomb).status(), 413u);
        QVERIFY(stage.settle([&] { return stage.gauge("millrace_front_body_bytes") == 0; }));

        stage.service.holding = true;
        const std::string body = "{\"model\":\"scribe\",\"x\":\"" + std::string(900'000, 'y') + "\"}";
        const Fields known = {{"content-length", std::to_string(body.size())}};
        const auto first = client.post(kChatPath, body, known), second = client.post(kChatPath, body, known);
        QVERIFY(stage.settle(client, [&] { return stage.gauge("millrace_front_body_bytes") >= 1'800'000; }));
        for (const auto& fields : {Fields{}, known}) {
            const auto& full = client.answer(stage.io, client.post(kChatPath, body, fields));
            QCOMPARE(full.status(), 503u);
            QVERIFY(full.body.find("limits.bodies_bytes_max") != std::string::npos);
            QCOMPARE(full.field("retry-after"), std::string("1"));
        }
        QVERIFY(stage.settle(client, [&] {
            return std::count_if(stage.service.calls.begin(), stage.service.calls.end(),
                                 [](const auto& call) { return !call->finished; }) == 2;
        }));
        stage.service.release();
        QCOMPARE(client.answer(stage.io, first).status(), 200u);
        QCOMPARE(client.answer(stage.io, second).status(), 200u);
        QCOMPARE(stage.gauge("millrace_front_body_bytes"), 0.0);
    }

    void aLengthThatIsWrongEndsTheStream()
    {
        Stage stage;
        H2Loopback client(stage.io, stage.http->port());
        for (const auto* length : {"10", "1000"}) {
            const Fields fields = {{"content-length", length}};
            const auto& answer = client.answer(stage.io, client.post(kChatPath, kChat, fields));
            QVERIFY(answer.heads.empty());
            QCOMPARE(answer.closed.value(), kProtocol + 0u);
            QVERIFY(stage.settle([&] { return stage.service.last().finished; }));
            QCOMPARE(stage.service.last().httpStatus, 499);
        }
        QCOMPARE(stage.gauge("millrace_front_body_bytes"), 0.0);
    }

    void expectedBodiesAreAskedFor()
    {
        Stage stage;
        H2Loopback client(stage.io, stage.http->port());
        const auto stream = client.post(kChatPath, "", {{"expect", "100-continue"}}, false);
        QVERIFY(stage.settle(client, [&] { return !client.answers[stream].heads.empty(); }));
        QCOMPARE(client.answers[stream].status(), 100u);
        client.session.send(stream, kChat);
        client.session.finish(stream);
        QCOMPARE(client.answer(stage.io, stream).status(), 200u);
        QCOMPARE(client.answers[stream].heads.size(), std::size_t(2));
    }

    void aCancelledUploadIsAnswered()
    {
        Stage stage;
        H2Loopback client(stage.io, stage.http->port());
        const auto stream = client.post(kChatPath, "{", {}, false);
        QVERIFY(stage.settle(client, [&] { return stage.service.calls.size() == 1; }));
        onStrand(stage.io, [&] { stage.service.handles.back().lock()->cancel("not wanted any more"); });
        const auto& answer = client.answer(stage.io, stream);
        QCOMPARE(answer.status(), 499u);
        QVERIFY2(answer.body.find("not wanted any more") != std::string::npos, answer.body.c_str());
    }

    // ---- clients that leave ----

    void aResetCancelsItsRequestAlone_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<bool>("whole");
        QTest::newRow("a plain request") << QByteArray::fromStdString(kChat) << true;
        QTest::newRow("a streamed one") << QByteArray::fromStdString(kStreamedChat) << true;
        QTest::newRow("an upload") << QByteArray("{") << false;
    }
    void aResetCancelsItsRequestAlone()
    {
        QFETCH(QByteArray, body);
        QFETCH(bool, whole);
        for (const auto code : {http::H2Code::Cancel, http::H2Code::NoError}) {
            Stage stage;
            stage.service.holding = true;
            H2Loopback client(stage.io, stage.http->port());
            const auto other = client.post(kChatPath, kChat);
            const auto stream = client.post(kChatPath, body.toStdString(), {}, whole);
            QVERIFY(stage.settle(client, [&] { return stage.service.calls.size() == 2; }));
            client.session.reset(stream, code);
            QVERIFY(stage.settle(client, [&] { return stage.service.last().finished; }));
            QCOMPARE(stage.service.last().cancelledWhy, std::string("the client disconnected"));
            QCOMPARE(stage.service.last().httpStatus, 499);
            QVERIFY(!stage.service.calls[0]->finished);
            stage.service.release();
            QCOMPARE(client.answer(stage.io, other).status(), 200u);
            QVERIFY(stage.settle([&] { return stage.gauge("millrace_front_body_bytes") == 0; }));
        }
    }

    void aResetWithinAnAnswerStopsIt()
    {
        Stage stage;
        OneShot<bool> next;
        stage.service.onOpenAi = [&](const serve::OpenAiCall&) -> FakeService::OpenAiAnswer {
            return FakeService::heldEvents({"data: a\n\n", "data: b\n\n"}, 1, next);
        };
        H2Loopback client(stage.io, stage.http->port());
        const auto stream = client.post(kChatPath, kStreamedChat);
        QVERIFY(stage.settle(client, [&] { return !client.answers[stream].body.empty(); }));
        client.session.reset(stream, http::H2Code::Cancel);
        QVERIFY(stage.settle(client, [&] { return !stage.service.last().cancelledWhy.empty(); }));
        next.set(true);
        QVERIFY(stage.settle([&] { return stage.service.last().finished; }));
        QCOMPARE(stage.service.last().httpStatus, 499);
    }

    void aConnectionThatIsLostCancelsAll()
    {
        for (const bool reset : {false, true}) {
            Stage stage;
            stage.service.holding = true;
            H2Loopback client(stage.io, stage.http->port());
            for (int i = 0; i < 50; ++i) client.post(kChatPath, i % 2 ? kChat : kStreamedChat);
            for (int i = 0; i < 50; ++i) client.post(kChatPath, "{", {}, false);
            QVERIFY(stage.settle(client, [&] { return stage.service.calls.size() == 100; }));
            reset ? client.socket.reset() : client.socket.close();
            QVERIFY(stage.settle([&] { return stage.nothingLeft(); }));
            for (const auto& call : stage.service.calls) QCOMPARE(call->httpStatus, 499);
        }
    }

    /// "Rapid reset" (CVE-2023-44487): up to the limit nothing is left over, beyond it the connection ends.
    void burstsOfResetsLeaveNothing()
    {
        Stage stage;
        stage.service.holding = true;
        H2Loopback client(stage.io, stage.http->port());
        for (int i = 0; i < 900; ++i) {
            const bool uploads = i % 3 == 0;
            const auto stream = client.post(kChatPath, uploads ? "{" : kChat, {}, !uploads);
            if (i % 2) client.pump();  // at work, or not even seen
            client.session.reset(stream, http::H2Code::Cancel);
        }
        const auto last = client.get("/healthz");
        QCOMPARE(client.answer(stage.io, last).status(), 200u);
        QVERIFY(stage.settle([&] {
            return std::all_of(stage.service.calls.begin(), stage.service.calls.end(),
                               [](const auto& call) { return call->finished && call->httpStatus == 499; });
        }));
        QCOMPARE(stage.gauge("millrace_front_body_bytes"), 0.0);
        for (int i = 0; i < 1000 && !client.leaving; ++i) {
            const auto stream = client.post(kChatPath, "{", {}, false);
            client.pump();
            client.session.reset(stream, http::H2Code::Cancel);
        }
        QVERIFY(stage.settle(client, [&] { return client.leaving && client.socket.ended(); }));
        client.socket.close();
        QVERIFY(stage.settle([&] { return stage.nothingLeft(); }));
        QCOMPARE(stage.refused("grpc_protocol"), 1.0);
    }

    /// What a session answers to broken rules is tst_h2_session's; here: the front keeps nothing of it.
    void brokenRulesLeaveNothing_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        const auto row = [](const char* name, const std::string& bytes) {
            QTest::newRow(name) << QByteArray::fromStdString(bytes);
        };
        const auto frame = [](char type, char flags, char stream, const std::string& payload) {
            const auto size = payload.size();
            std::string out{static_cast<char>(size >> 16), static_cast<char>(size >> 8), static_cast<char>(size), type,
                            flags};
            return out + std::string("\0\0\0", 3) + stream + payload;
        };
        row("DATA on stream 0", frame(0, 0, 0, "x"));
        row("DATA on an idle stream", frame(0, 0, 99, "x"));
        row("a frame larger than allowed", frame(0, 0, 1, std::string(70'000, 'x')));
        row("HPACK garbage", frame(1, 4, 99, "\xff\xff\xff\xff\xff\xff\xff"));
        row("CONTINUATION alone", frame(9, 4, 1, ""));
        row("PUSH_PROMISE", frame(5, 4, 1, std::string("\0\0\0\2\x82", 5)));
        row("WINDOW_UPDATE beyond its limit", frame(8, 0, 0, "\x7f\xff\xff\xff"));
        row("WINDOW_UPDATE of nothing", frame(8, 0, 0, std::string(4, '\0')));
        row("SETTINGS of five bytes", frame(4, 0, 0, "12345"));
        row("PING of seven bytes", frame(6, 0, 0, "1234567"));
        row("GOAWAY", frame(7, 0, 0, std::string(8, '\0')) + frame(0, 0, 0, "x"));
        const auto flood = [&](const std::string& one, int times) {
            std::string all;
            for (int i = 0; i < times; ++i) all += one;
            return all;
        };
        row("a flood of PINGs", flood(frame(6, 0, 0, "12345678"), 3000));
        row("a flood of SETTINGS", flood(frame(4, 0, 0, ""), 3000));
        row("a flood of empty DATA", flood(frame(0, 0, 1, ""), 3000));
        row("a flood of PRIORITY", flood(frame(2, 0, 1, std::string("\0\0\0\0\x10", 5)), 3000));
        row("a flood of CONTINUATION", frame(1, 0, 99, "\x82") + flood(frame(9, 0, 99, "\x84"), 1000));
    }
    void brokenRulesLeaveNothing()
    {
        QFETCH(QByteArray, bytes);
        Stage stage;
        stage.service.holding = true;
        H2Loopback client(stage.io, stage.http->port());
        client.post(kChatPath, "{", {}, false);  // stream 1
        client.post(kChatPath, kStreamedChat);
        QVERIFY(stage.settle(client, [&] { return stage.service.calls.size() == 2; }));
        client.socket.send(bytes.toStdString());
        QVERIFY(stage.settle([&] {
            client.socket.pull();
            return client.socket.ended();
        }));
        client.socket.close();
        QVERIFY(stage.settle([&] { return stage.nothingLeft(); }));
        for (const auto& call : stage.service.calls) QCOMPARE(call->httpStatus, 499);
        H2Loopback next(stage.io, stage.http->port());
        QCOMPARE(next.answer(stage.io, next.get("/healthz")).status(), 200u);
    }

    /// Clients that do whatever comes to mind, and leave.
    void noiseLeavesNothing()
    {
        std::mt19937 random(testSeed());
        const auto below = [&](std::size_t most) { return static_cast<std::size_t>(random() % most); };
        Options options;
        options.bodyBytesMax = 200'000;
        options.bodiesBytesMax = 1'000'000;
        options.heartbeat = 1s;
        Stage stage(options);
        stage.service.onOpenAi = [&](const serve::OpenAiCall& call) -> FakeService::OpenAiAnswer {
            if (below(5) == 0) return unavailable("not now");
            if (call.eventStream) return FakeService::events({"data: a\n\n", "data: b\n\n"});
            auto answer = FakeService::whole(std::string(below(300'000), 'x'));
            if (below(5) == 0) static_cast<FakeStream&>(*answer.stream).ending = unavailable("broken off");
            return answer;
        };
        for (int round = 0; round < 150; ++round) {
            H2Loopback client(stage.io, round % 2 ? stage.http->port() : stage.grpc->port());
            client.consumes = below(2) == 0;
            std::vector<http::H2StreamId> streams;
            stage.service.holding = below(2) == 0;
            for (std::size_t steps = below(60); steps > 0 && !client.leaving; --steps) {
                switch (below(9)) {
                    case 0:
                    case 1:
                        streams.push_back(client.post(kChatPath, below(2) ? kChat : kStreamedChat));
                        break;
                    case 2:
                        streams.push_back(client.post(kChatPath, std::string(below(250'000), ' '), {}, below(2) == 0));
                        break;
                    case 3:
                        streams.push_back(client.get(below(2) ? "/metrics" : "/v2/models/scribe"));
                        break;
                    case 4:
                        streams.push_back(client.post("/inference.GRPCInferenceService/ModelInfer",
                                                      std::string(below(20), static_cast<char>(below(3))),
                                                      {{"content-type", "application/grpc"}}, below(2) == 0));
                        break;
                    case 5:
                        if (!streams.empty())
                            client.session.reset(streams[below(streams.size())], static_cast<http::H2Code>(below(14)));
                        break;
                    case 6:
                        if (!streams.empty()) client.session.finish(streams[below(streams.size())]);
                        break;
                    case 7:
                        stage.clock.advance(std::chrono::milliseconds(below(1200)));
                        break;
                    case 8: {
                        if (below(20) > 0) break;
                        std::string frame(9 + below(40), '\0');
                        for (char& c : frame) c = static_cast<char>(below(256));
                        frame[0] = frame[1] = 0;
                        frame[2] = static_cast<char>(frame.size() - 9);
                        frame[3] = static_cast<char>(below(11));
                        client.socket.send(frame);
                        break;
                    }
                }
                client.pump();
            }
            if (below(2)) stage.service.release();
            if (below(2)) stage.pass(client, 300ms);
            if (below(2)) client.socket.reset();
        }
        stage.service.release();
        QVERIFY(stage.settle([&] {
            stage.clock.advance(100ms);
            return stage.nothingLeft();
        }));
    }

    // ---- the end ----

    void drainingLetsRequestsEnd()
    {
        Stage stage;
        stage.service.holding = true;
        H2Loopback client(stage.io, stage.http->port());
        const auto working = client.post(kChatPath, kChat);
        const auto uploading = client.post(kChatPath, "{", {}, false);
        QVERIFY(stage.settle(client, [&] { return stage.service.calls.size() == 2; }));
        stage.http->beginDrain();
        stage.pass(client, 1s);
        QCOMPARE(client.answer(stage.io, uploading).status(), 503u);
        QVERIFY(!client.answers[uploading].field("retry-after").empty());
        QCOMPARE(stage.refused("draining"), 1.0);

        auto closed = start(stage.io, stage.grpc->close(stage.clock.now() + 100ms));
        auto drained = start(stage.io, stage.http->drain());
        stage.pass(client, 1s);
        QVERIFY(stage.settle(client, [&] { return client.leaving; }));
        QVERIFY(!client.session.request(H2Loopback::head("GET", "/healthz"), true));
        QVERIFY(!closed.done() && !drained.done());
        stage.service.release();
        QCOMPARE(client.answer(stage.io, working).status(), 200u);
        stage.pass(client, 500ms);
        QVERIFY(stage.settle(client, [&] {
            stage.clock.advance(10ms);
            return closed.done() && drained.done();
        }));
        QVERIFY(stage.nothingLeft());
    }

    void anAbortEndsAll()
    {
        Stage stage;
        stage.service.holding = true;
        H2Loopback client(stage.io, stage.http->port());
        const auto working = client.post(kChatPath, kStreamedChat);
        const auto uploading = client.post(kChatPath, "{", {}, false);
        QVERIFY(stage.settle(client, [&] { return stage.service.calls.size() == 2; }));
        onStrand(stage.io, [&] { stage.http->abort(); });
        QCOMPARE(client.answer(stage.io, working).closed.value(), kCancel + 0u);
        QCOMPARE(client.answer(stage.io, uploading).closed.value(), kCancel + 0u);
        QVERIFY(stage.settle([&] {
            return std::all_of(stage.service.calls.begin(), stage.service.calls.end(),
                               [](const auto& call) { return call->finished && call->httpStatus == 499; });
        }));
    }

    void aFrontThatEndsFirstLeavesNothing()
    {
        for (const bool httpFirst : {false, true}) {
            Stage stage;
            stage.service.holding = true;
            H2Loopback client(stage.io, stage.http->port()), other(stage.io, stage.grpc->port());
            client.post(kChatPath, kStreamedChat);
            other.post(kChatPath, "{", {}, false);
            QVERIFY(stage.settle(client, [&] {
                other.pump();
                return stage.service.calls.size() == 2;
            }));
            if (httpFirst) {
                stage.http.reset();
                poll(stage.io);
                H2Loopback late(stage.io, stage.grpc->port());
                const auto refused = late.get("/healthz");
                late.answer(stage.io, refused);
                QVERIFY(late.answers[refused].heads.empty() || late.answers[refused].status() >= 400);
                stage.grpc.reset();
            } else {
                stage.grpc.reset();
                stage.http.reset();
            }
            poll(stage.io);
            for (const auto& call : stage.service.calls) QVERIFY(call->finished && call->httpStatus == 499);
        }
    }
};

QTEST_GUILESS_MAIN(TestHttp2Front)
#include "tst_http2_front.moc"
