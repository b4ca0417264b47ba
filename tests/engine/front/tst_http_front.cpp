// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/http_front.h"
#include "front/off_loop.h"
#include "front_stage.h"
#include "http/field_policy.h"
#include "http/socket_reader.h"
#include "support/loopback_client.h"
#include "support/packed.h"

#include <QtTest>

#include <boost/asio/detached.hpp>

#include <algorithm>
#include <future>

using namespace millrace;
using namespace millrace::front;
using namespace millrace::testing;

namespace {

std::string post(const std::string& path, const std::string& body, const std::string& fields = {})
{
    return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + fields +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string get(const std::string& path, const std::string& fields = {}, const std::string& method = "GET")
{
    return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
}

// Raw strings here have an even number of quotes: with an odd one moc 6.4 takes the rest of the file for a string.
const std::string kChat = R"({"model":"scribe","messages":[]})";
const std::string kStreamedChat = R"({"model":"scribe","stream":true})";

bool has(const std::string& all, std::string_view part)
{
    return all.find(part) != std::string::npos;
}

unsigned statusOf(const std::string& answer)
{
    return answer.size() > 12 ? static_cast<unsigned>(std::strtoul(answer.c_str() + 9, nullptr, 10)) : 0;
}

/// The body of a chunked answer; stops at what is no chunk.
std::string unchunked(const std::string& answer)
{
    std::string out;
    std::size_t at = answer.find("\r\n\r\n") + 4;
    while (at < answer.size()) {
        char* end = nullptr;
        const unsigned long size = std::strtoul(answer.c_str() + at, &end, 16);
        const auto begin = static_cast<std::size_t>(end - answer.c_str()) + 2;
        if (size == 0) return out;
        out += answer.substr(begin, size);
        at = begin + size + 2;
    }
    return out + " (no last chunk)";
}

/// A front with everything it needs.
struct Stage : FrontStage {
    std::unique_ptr<HttpFront> front;

    explicit Stage(Options options = {}, Hooks hooks = {})
    {
        hooks = withMetrics(std::move(hooks));
        auto made = HttpFront::create(io.get_executor(), clock, registry, eventLog, service, std::move(hooks),
                                      std::move(options), "127.0.0.1:0");
        if (made.ok()) front = *std::move(made);
    }
    ~Stage()
    {
        front.reset();
        clock.advance(1s);
    }
    std::uint16_t port() const { return front->port(); }
    bool settle(const std::function<bool()>& done) { return runUntil(io, done, std::chrono::seconds(10)); }
};

}  // namespace

class TestHttpFront : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void answersOnAKeptConnection()
    {
        Stage stage;
        QVERIFY(stage.front);
        LoopbackClient client(stage.io, stage.port());
        for (int i = 0; i < 3; ++i) {
            const std::string answer =
                client.exchange(post("/v1/chat/completions", kChat, "User-Agent: curl/7.88\r\n"));
            QCOMPARE(statusOf(answer), 200u);
            QVERIFY(answer.ends_with(R"({"ok":true})"));
            QVERIFY(!has(answer, "Connection: close"));
            QVERIFY(has(answer, "Server: millrace\r\n"));
            QVERIFY(has(answer, "x-request-id: mr-" + std::to_string(i + 1)));
            QVERIFY2(has(answer, "Server-Timing: millrace;dur=2\r\n"), answer.c_str());
        }
        QCOMPARE(stage.front->clients(), 1u);
        QCOMPARE(stage.service.calls.size(), std::size_t(3));
        const CallNote& note = stage.service.last();
        QVERIFY(note.info.client.str().starts_with("curl · "));
        QCOMPARE(note.info.route, std::string("POST /v1/chat/completions"));
        QVERIFY(note.finished && note.firstByte);
        QCOMPARE(note.httpStatus, 200);
        QCOMPARE(note.bytesOut, std::uint64_t(11));
        QCOMPARE(stage.service.asked.back().request.body, kChat);
        QCOMPARE(stage.service.asked.back().request.target, std::string("/v1/chat/completions"));
    }

    void refusesInTheDialectOfThePath_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<unsigned>("status");
        QTest::addColumn<QByteArray>("part");
        const auto row = [](const char* name, const std::string& request, unsigned status, const char* part) {
            QTest::newRow(name) << QByteArray::fromStdString(request) << status << QByteArray(part);
        };
        row("unknown path", get("/v3/models"), 404, R"("type":"invalid_request_error")");
        row("unknown path, OpenAI", get("/v1/nothing"), 404, R"("param":null,"code":null}})");
        row("unknown path, KServe", get("/v2/nothing"), 404, "{\"error\":\"there is no GET /v2/nothing; GET / lists");
        row("wrong method", get("/v1/chat/completions"), 405, "Allow: POST, OPTIONS\r\n");
        row("wrong method, KServe", post("/v2", "{}"), 405, "Allow: GET, HEAD, OPTIONS\r\n");
        row("broken JSON", post("/v1/embeddings", R"({"model":"a",)"), 400, "at byte 13 (line 1, column 14)");
        row("no model", post("/v1/chat/completions", "{}"), 400, R"("param":"model")");
        row("model is a number", post("/v1/chat/completions", R"({"model":3})"), 400, "model must be a string");
        row("unknown model", get("/v1/models/nobody"), 404, R"("code":"model_not_found")");
        row("no Host", "GET /healthz HTTP/1.1\r\n\r\n", 400, "no Host header");
        row("two Hosts", get("/healthz", "Host: localhost\r\n"), 400, "more than one Host");
        row("foreign Host", "GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403, "security.hosts_allowed");
        row("foreign host in the target", "GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 403,
            "security.hosts_allowed");
        row("foreign page", get("/v1/models", "Origin: https://evil.example\r\n"), 403, "may not call");
        row("page without a name", get("/v1/models", "Origin: null\r\n"), 403, "may not call");
        row("strange expectation", post("/v1/embeddings", "{}", "Expect: wonders\r\n"), 417, "100-continue");
        row("strange content encoding", post("/v1/embeddings", "{}", "Content-Encoding: br\r\n"), 415, "'br'");
        row("strange transfer encoding", get("/healthz", "Transfer-Encoding: gzip\r\n"), 501, "chunked");
        row("two origins, the second foreign",
            get("/v1/models", "Origin: http://localhost:1\r\nOrigin: https://evil.example\r\n"), 403, "evil.example");
        row("an image of another site", get("/v2/models/scribe", "Sec-Fetch-Site: cross-site\r\n"), 403,
            "Sec-Fetch-Site");
        row("a list for a page of the same site", get("/v1/models", "Sec-Fetch-Site: same-site\r\n"), 403,
            R"("code":"forbidden")");
        row("a form of another site", post("/v1/chat/completions", kChat, "Sec-Fetch-Site: cross-site\r\n"), 403,
            "Sec-Fetch-Site");
        row("odd bytes in a name", get("/v2/models/%ff%fe"), 400, "must be UTF-8");
        row("odd bytes in a name, OpenAI", get("/v1/models/%c3%28"), 400, R"("param":"model")");
        row("odd bytes in a version", post("/v2/models/scribe/versions/%ff/infer", "{}"), 400, "version");
        row("a name without end", get("/v1/models/" + std::string(5000, 'm')), 400, "has 5000 bytes");
        row("Ollama's routes", get("/api/tags"), 404, "{\"error\":\"this is Millrace, not Ollama");
        row("Ollama's routes, with the address", post("/api/chat", "{}"), 404, "/v1\"}");
        row("a version that is not there", get("/v2/models/scribe/versions/99"), 404, "no version '99'; there is 1");
        row("not ready in that version", get("/v2/models/scribe/versions/99/ready"), 404, "no version '99'");
        row("statistics of nobody", get("/v2/models/nobody/stats"), 404, "there is no model 'nobody'");
        row("statistics of a version that is not there", get("/v2/models/scribe/versions/99/stats"), 404,
            "has version 1, not '99'");
        row("a priority that is none", post("/v1/chat/completions", kChat, "X-Millrace-Priority: high\r\n"), 400,
            "X-Millrace-Priority must be a whole number from -8 to 8");
        row("a priority beyond the last", post("/v2/models/scribe/infer", "{}", "X-Millrace-Priority: 9\r\n"), 400,
            "X-Millrace-Priority");
        row("no such route, Anthropic", get("/v1/messages/batches"), 404,
            R"({"type":"error","error":{"type":"not_found_error")");
        row("broken JSON, Anthropic", post("/v1/messages", "{"), 400,
            R"({"type":"error","error":{"type":"invalid_request_error")");
        row("no HTTP at all", "hello there\r\n\r\n", 400, "malformed HTTP/1.1");
        row("both lengths", get("/v1/embeddings", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "POST"), 400,
            "malformed HTTP/1.1");
        row("unpacks to nothing", post("/v1/embeddings", "no gzip", "Content-Encoding: gzip\r\n"), 400,
            "compressed data is corrupt");
    }
    void refusesInTheDialectOfThePath()
    {
        QFETCH(QByteArray, request);
        QFETCH(unsigned, status);
        QFETCH(QByteArray, part);
        Stage stage;
        LoopbackClient client(stage.io, stage.port());
        const std::string answer = client.exchange(request.toStdString());
        QCOMPARE(statusOf(answer), status);
        QVERIFY2(has(answer, part.toStdString()), answer.c_str());
        for (const auto& call : stage.service.calls) QVERIFY(call->finished);
    }

    void answersPages_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<unsigned>("status");
        QTest::addColumn<QByteArray>("part");
        const auto row = [](const char* name, const std::string& request, unsigned status, const char* part) {
            QTest::newRow(name) << QByteArray::fromStdString(request) << status << QByteArray(part);
        };
        row("root", get("/"), 200, "POST /v1/chat/completions");
        row("health", get("/healthz"), 200, R"("status":"ok")");
        row("metrics", get("/metrics"), 200, "millrace_up 1\n");
        row("models", get("/v1/models?x=1"), 200, R"({"object":"list","data":[{"id":"scribe","object":"model")");
        row("model", get("/v1/models/scribe"), 200, R"("owned_by":"fake")");
        row("escaped model", get("/v1/models/digits%2Dl"), 200, R"({"id":"digits-l")");
        row("server", get("/v2"), 200, "binary_tensor_data");
        row("live", get("/v2/health/live"), 200, R"({"live":true})");
        row("ready", get("/v2/health/ready"), 200, R"({"ready":true})");
        row("model ready", get("/v2/models/scribe/ready"), 200, R"({"name":"scribe","ready":true})");
        row("model not ready", get("/v2/models/digits-l/ready"), 503, R"("ready":false)");
        row("no such model", get("/v2/models/nobody/ready"), 404, R"({"error":)");
        row("metadata", get("/v2/models/scribe"), 200, R"("inputs":[{"name":"x","datatype":"FP32","shape":[-1,4]}])");
        row("ready in that version", get("/v2/models/scribe/versions/1/ready"), 200, R"("ready":true)");
        row("configuration", get("/v2/models/scribe/config"), 200,
            R"("input":[{"name":"x","data_type":"TYPE_FP32","dims":[-1,4]}],"output":[])");
        row("health, llama.cpp's name", get("/health"), 200, R"("status":"ok")");
        row("health, vLLM's name", get("/v1/health"), 200, R"("status":"ok")");
        row("a slash too many", get("//v1/models/"), 200, R"("id":"scribe")");
        row("what every page may see", get("/healthz", "Sec-Fetch-Site: cross-site\r\n"), 200, "ok");
        row("a page of ours", get("/v1/models", "Origin: http://localhost:3000\r\nSec-Fetch-Site: cross-site\r\n"), 200,
            "Access-Control-Allow-Origin: http://localhost:3000\r\n");
        row("a program's page", get("/v1/models", "Origin: app://obsidian.md\r\nSec-Fetch-Site: cross-site\r\n"), 200,
            "Access-Control-Allow-Origin: app://obsidian.md\r\n");
        row("typed into the browser", get("/v1/models", "Sec-Fetch-Site: none\r\n"), 200, "scribe");
        row("preflight into this machine",
            get("/v1/embeddings",
                "Origin: app://obsidian.md\r\nSec-Fetch-Site: cross-site\r\nAccess-Control-Request-Method: POST\r\n"
                "Access-Control-Request-Private-Network: true\r\n",
                "OPTIONS"),
            204, "Access-Control-Allow-Private-Network: true\r\n");
        row("metadata of a version", get("/v2/models/scribe/versions/1"), 200, R"("platform":"fake")");
        row("index", post("/v2/repository/index", ""), 200,
            R"({"name":"digits-l","version":"1","state":"UNAVAILABLE")");
        row("own options", get("/v1/models", "", "OPTIONS"), 204, "Allow: GET, HEAD, OPTIONS\r\n");
        row("preflight of a local page",
            get("/v1/embeddings",
                "Origin: http://localhost:3000\r\nAccess-Control-Request-Method: POST\r\n"
                "Access-Control-Request-Headers: content-type\r\n",
                "OPTIONS"),
            204, "Access-Control-Allow-Origin: http://localhost:3000\r\n");
        row("a loopback name", "GET /healthz HTTP/1.1\r\nHost: [::1]:11500\r\n\r\n", 200, "ok");
        row("HTTP/1.0 without a host", "GET /healthz HTTP/1.0\r\n\r\n", 200, "Connection: close\r\n");
        row("absolute target", "GET http://localhost/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 200, "ok");
        row("repository hook missing", post("/v2/repository/models/scribe/load", "{}"), 501, R"({"error":)");
    }
    void answersPages()
    {
        QFETCH(QByteArray, request);
        QFETCH(unsigned, status);
        QFETCH(QByteArray, part);
        Stage stage;
        LoopbackClient client(stage.io, stage.port());
        client.send(request.toStdString());
        const std::string answer = client.answer(request.startsWith("OPTIONS"));
        QCOMPARE(statusOf(answer), status);
        QVERIFY2(has(answer, part.toStdString()), answer.c_str());
    }

    /// The same counts as gRPC's ModelStatistics, in the form of Triton's "Statistics Extension".
    void statisticsAreAnswered()
    {
        Stage stage;
        stage.service.catalogue.front().info.bytes = 5000;
        stage.service.catalogue.front().info.loaded = true;
        stage.service.statistics["scribe"] = {7, 2, 3, 70ms, 1ms, 10ms, 40ms, 1234};
        LoopbackClient client(stage.io, stage.port());
        const std::string none = R"({"count":0,"ns":0})";
        const std::string scribe =
            R"({"name":"scribe","version":"1","last_inference":1234,"inference_count":7,"execution_count":3,)"
            R"("inference_stats":{"success":{"count":7,"ns":70000000},"fail":{"count":2,"ns":1000000},)"
            R"("queue":{"count":7,"ns":10000000},"compute_input":)" +
            none + R"(,"compute_infer":{"count":7,"ns":40000000},"compute_output":)" + none +
            R"(},"batch_stats":[],"memory_usage":[{"type":"CPU","id":0,"byte_size":5000}]})";
        for (const auto* path : {"/v2/models/scribe/stats", "/v2/models/scribe/versions/1/stats"}) {
            const std::string one = client.exchange(get(path));
            QCOMPARE(statusOf(one), 200u);
            QVERIFY2(has(one, "\r\n\r\n{\"model_stats\":[" + scribe + "]}"), one.c_str());
        }
        // A model that two backends have is one model.
        stage.service.offer("scribe");
        const std::string all = client.exchange(get("/v2/models/stats"));
        QVERIFY2(has(all, "{\"model_stats\":[" + scribe + R"(,{"name":"digits-l")"), all.c_str());
        QCOMPARE(all.find(R"("name":"scribe")"), all.rfind(R"("name":"scribe")"));
        QVERIFY(has(client.exchange(get("/v2")), R"("statistics")"));
    }

    void headHasTheHeadOnly()
    {
        Stage stage;
        LoopbackClient client(stage.io, stage.port());
        client.send(get("/healthz", "", "HEAD") + get("/v2/health/live"));
        const std::string head = client.answer(true);
        QCOMPARE(statusOf(head), 200u);
        QVERIFY(!has(head, "Content-Length: 0\r\n"));
        const std::string next = client.answer();
        QVERIFY2(next.ends_with(R"({"live":true})"), next.c_str());
    }

    void unreadyEngineSaysSo()
    {
        Stage stage;
        stage.service.isReady = false;
        LoopbackClient client(stage.io, stage.port());
        QCOMPARE(statusOf(client.exchange(get("/healthz"))), 503u);
        QCOMPARE(statusOf(client.exchange(get("/v2/health/ready"))), 503u);
    }

    void pipelinedRequestsAreAnsweredInOrder()
    {
        Stage stage;
        LoopbackClient client(stage.io, stage.port());
        std::string all;
        for (int i = 0; i < 200; ++i)
            all += post("/v1/embeddings", "{\"model\":\"m" + std::to_string(i) + "\",\"input\":\"x\"}");
        QVERIFY(client.send(all));
        for (int i = 0; i < 200; ++i) QCOMPARE(statusOf(client.answer()), 200u);
        QCOMPARE(stage.service.asked.size(), std::size_t(200));
        for (std::size_t i = 0; i < 200; ++i) QCOMPARE(stage.service.asked[i].model, "m" + std::to_string(i));
    }

    void smallAnswersReachAClientThatReadsLate()
    {
        Stage stage;
        // Together they are more than the kernel holds, so that some of them go out in parts.
        const std::string padding(6000, 'x');
        stage.service.onOpenAi = [&](const serve::OpenAiCall& call) {
            return FakeService::OpenAiAnswer(FakeService::whole(padding + call.model));
        };
        constexpr int kRequests = 2000;
        LoopbackClient client(stage.io, stage.port(), 8192);
        std::string all;
        for (int i = 0; i < kRequests; ++i)
            all += post("/v1/embeddings", "{\"model\":\"m" + std::to_string(i) + "\",\"input\":\"x\"}");
        QVERIFY(client.send(all));
        std::size_t seen = 0;
        int unchanged = 0;
        QVERIFY(stage.settle([&] {  // until nothing more goes out
            const std::size_t before = std::exchange(seen, stage.service.asked.size());
            unchanged = seen > 0 && seen == before ? unchanged + 1 : 0;
            return unchanged == 4;
        }));
        QVERIFY2(seen < kRequests, "the kernel held all of them");
        for (int i = 0; i < kRequests; ++i) {
            const std::string answer = client.answer();
            QCOMPARE(statusOf(answer), 200u);
            QVERIFY(answer.ends_with("\r\n\r\n" + padding + "m" + std::to_string(i)));
        }
    }

    void aRequestInSingleBytesArrives()
    {
        Stage stage;
        LoopbackClient client(stage.io, stage.port());
        // the body as chunks of one byte
        std::string chunked =
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
            "Transfer-Encoding: chunked\r\n\r\n";
        for (const char c : kChat) chunked += "1;x=y\r\n" + std::string(1, c) + "\r\n";
        chunked += "0\r\nTrailer-Field: ignored\r\n\r\n";
        for (const char c : chunked) QVERIFY(client.send(std::string_view(&c, 1)));
        QCOMPARE(statusOf(client.answer()), 200u);
        QCOMPARE(stage.service.asked.back().request.body, kChat);
        // and the connection is still in step
        QCOMPARE(statusOf(client.exchange(post("/v1/chat/completions", kChat))), 200u);
    }

    void largeBodiesArriveWhole()
    {
        Stage stage;
        LoopbackClient client(stage.io, stage.port());
        const std::string body = "{\"model\":\"scribe\",\"x\":\"" + std::string(3'000'000, 'y') + "\"}";
        QVERIFY(client.send(post("/v1/chat/completions", body)));
        QCOMPARE(statusOf(client.answer()), 200u);
        QVERIFY(stage.service.asked.back().request.body == body);
    }

    void refusesLargeHeadersAndBodies()
    {
        Options options;
        options.headerBytesMax = 2048;
        options.bodyBytesMax = 1000;
        Stage stage(options);
        {
            LoopbackClient client(stage.io, stage.port());
            const std::string answer = client.exchange(get("/healthz", "X-Long: " + std::string(3000, 'x') + "\r\n"));
            QCOMPARE(statusOf(answer), 431u);
            QVERIFY(has(answer, "limits.header_bytes_max"));
            QVERIFY(has(answer, "Connection: close"));
            QVERIFY(client.receiveEnd() || client.ended());
        }
        {
            LoopbackClient client(stage.io, stage.port());
            std::string fields;
            for (int i = 0; i < 100; ++i) fields += "X-Many-" + std::to_string(i) + ": value of a field\r\n";
            const std::string request = get("/healthz", fields);
            for (const char c : request)
                if (!client.send(std::string_view(&c, 1)) || !client.received().empty()) break;
            QCOMPARE(statusOf(client.answer()), 431u);
        }
        {
            LoopbackClient client(stage.io, stage.port());
            const std::string answer = client.exchange(post("/v1/embeddings", std::string(1001, ' ')));
            QCOMPARE(statusOf(answer), 413u);
            QVERIFY(has(answer, "limits.body_bytes_max"));
            QCOMPARE(stage.service.last().httpStatus, 413);
        }
        {
            LoopbackClient client(stage.io, stage.port());
            client.send(
                "POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                "200\r\n" +
                std::string(512, ' ') + "\r\n200\r\n" + std::string(512, ' ') + "\r\n0\r\n\r\n");
            QCOMPARE(statusOf(client.answer()), 413u);
        }
        {  // a small gzip body that would unpack to half a megabyte
            LoopbackClient client(stage.io, stage.port());
            const std::string bomb = packed(std::string(1 << 19, ' '));
            QVERIFY(bomb.size() < options.bodyBytesMax);
            const std::string answer = client.exchange(post("/v1/embeddings", bomb, "Content-Encoding: gzip\r\n"));
            QCOMPARE(statusOf(answer), 413u);
            QVERIFY(has(answer, "the decompressed request body is larger than"));
        }
    }

    void gzipBodiesAreUnpacked()
    {
        Stage stage;
        LoopbackClient client(stage.io, stage.port());
        QCOMPARE(statusOf(client.exchange(post("/v1/chat/completions", packed(kChat), "Content-Encoding: gzip\r\n"))),
                 200u);
        const auto& asked = stage.service.asked.back();
        QCOMPARE(asked.request.body, kChat);
        for (const auto& field : asked.request.fields) QVERIFY(field.name != "Content-Encoding");
        // several members, as pigz and cat make them
        std::string members;
        for (std::size_t i = 0; i < kChat.size(); ++i) members += packed(kChat.substr(i, 1)) + packed("");
        QCOMPARE(statusOf(client.exchange(post("/v1/chat/completions", members, "Content-Encoding: gzip\r\n"))), 200u);
        QCOMPARE(stage.service.asked.back().request.body, kChat);
        // something else behind it
        QCOMPARE(statusOf(client.exchange(
                     post("/v1/chat/completions", packed(kChat) + "more", "Content-Encoding: gzip\r\n"))),
                 400u);
        // cut short
        const std::string half = packed(kChat).substr(0, 20);
        QCOMPARE(statusOf(client.exchange(post("/v1/chat/completions", half, "Content-Encoding: gzip\r\n"))), 400u);
    }

    void expectedBodiesAreAskedFor()
    {
        Stage stage;
        LoopbackClient client(stage.io, stage.port());
        QVERIFY(
            client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                        "Content-Length: " +
                        std::to_string(kChat.size()) + "\r\n\r\n"));
        QVERIFY(client.receive("HTTP/1.1 100 Continue\r\n\r\n"));
        client.forget();
        QCOMPARE(statusOf(client.exchange(kChat)), 200u);
    }

    void slowClientsAreDropped()
    {
        Stage stage(FrontStage::impatient());
        LoopbackClient silent(stage.io, stage.port());
        LoopbackClient halfHead(stage.io, stage.port());
        LoopbackClient halfBody(stage.io, stage.port());
        LoopbackClient idle(stage.io, stage.port());
        QCOMPARE(statusOf(idle.exchange(get("/healthz"))), 200u);
        halfHead.send("GET /healthz HTTP/1.1\r\nHo");
        halfBody.send("POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc");
        QVERIFY(stage.settle([&] { return stage.front->clients() == 4 && stage.service.calls.size() == 1; }));
        stage.clock.advance(9s);
        silent.pull();
        halfHead.pull();
        QVERIFY(!silent.ended() && !halfHead.ended());
        stage.clock.advance(2s);
        QVERIFY(halfHead.receive("408 Request Timeout"));
        QVERIFY(silent.receiveEnd());
        QVERIFY(silent.received().empty());
        halfBody.pull();
        QVERIFY(halfBody.received().empty());
        stage.clock.advance(10s);
        QVERIFY(halfBody.receive("limits.body_timeout_ms"));
        QCOMPARE(stage.service.last().httpStatus, 408);
        idle.pull();
        QVERIFY(!idle.ended());
        stage.clock.advance(60s);
        QVERIFY(idle.receiveEnd());
        QCOMPARE(stage.front->clients(), 0u);
    }

    void tooManyClientsAreTurnedAway()
    {
        Options options;
        options.clientsMax = 2;
        Stage stage(options);
        LoopbackClient first(stage.io, stage.port()), second(stage.io, stage.port());
        QVERIFY(stage.settle([&] { return stage.front->clients() == 2; }));
        LoopbackClient third(stage.io, stage.port());
        QVERIFY(third.receive("limits.clients_max"));
        QCOMPARE(statusOf(third.received()), 503u);
        QVERIFY(third.receiveEnd());
        options.clientsMax = 3;
        stage.front->apply(options);
        LoopbackClient fourth(stage.io, stage.port());
        QCOMPARE(statusOf(fourth.exchange(get("/healthz"))), 200u);
    }

    /// What such a client has sent was read to its end before, however much of it there was.
    void aFloodingClientIsTurnedAwayAtOnce()
    {
        Options options;
        options.clientsMax = 0;
        Stage stage(options);
        LoopbackClient client(stage.io, stage.port());
        const std::string flood(4 << 20, 'x');
        client.send(flood);
        QVERIFY(client.receiveEnd());
        QCOMPARE(stage.front->clients(), 0u);
    }

    /// A limit that was lowered while a large head was in the buffer used to write past the buffer's end.
    void aFloodBehindALargeHeadStaysInItsBuffer()
    {
        Options options;
        options.headerBytesMax = 1u << 20;
        Stage stage(options);
        stage.service.holding = true;
        LoopbackClient client(stage.io, stage.port());
        client.send(post("/v1/chat/completions", kChat, "X-Pad: " + std::string(300'000, 'a') + "\r\n"));
        QVERIFY(stage.settle([&] { return stage.service.calls.size() == 1; }));
        std::string requests;
        for (int i = 0; i < 4000; ++i) requests += get("/v2/health/live");
        client.send(std::string_view(requests).substr(0, 100'000));
        stage.clock.advance(100ms);
        options.headerBytesMax = 4096;
        stage.front->apply(options);
        stage.service.release();
        QCOMPARE(statusOf(client.answer()), 200u);
        QVERIFY(client.send(std::string_view(requests).substr(100'000)));
        for (int i = 0; i < 4000; ++i) QCOMPARE(statusOf(client.answer()), 200u);
    }

    void hangUpsAreSeen_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<bool>("pipelines");
        QTest::newRow("a plain request") << QByteArray::fromStdString(kChat) << false;
        QTest::newRow("a streamed one") << QByteArray::fromStdString(kStreamedChat) << false;
        QTest::newRow("after the next request was sent") << QByteArray::fromStdString(kChat) << true;
    }
    void hangUpsAreSeen()
    {
        QFETCH(QByteArray, body);
        QFETCH(bool, pipelines);
        Stage stage;
        stage.service.holding = true;
        LoopbackClient client(stage.io, stage.port());
        client.send(post("/v1/chat/completions", body.toStdString()));
        if (pipelines) client.send(get("/healthz"));
        QVERIFY(stage.settle([&] { return stage.service.calls.size() == 1; }));
        stage.clock.advance(1s);
        QVERIFY(stage.service.last().cancelledWhy.empty());
        client.close();
        stage.clock.advance(50ms);
        QVERIFY(stage.settle([&] { return stage.service.last().finished; }));
        QCOMPARE(stage.service.last().cancelledWhy, std::string("the client disconnected"));
        QCOMPARE(stage.service.last().httpStatus, 499);
        QVERIFY(stage.settle([&] { return stage.front->clients() == 0; }));
    }

    void hangUpsInAFloodAreSeen()
    {
        // More is pipelined than is read ahead: the end of it cannot be seen by reading.
        Stage stage;
        stage.service.holding = true;
        LoopbackClient client(stage.io, stage.port());
        client.send(post("/v1/chat/completions", kChat));
        QVERIFY(stage.settle([&] { return stage.service.calls.size() == 1; }));
        stage.clock.advance(40ms);
        client.send(std::string(150'000, 'x'));
        stage.clock.advance(40ms);
        client.reset();
        stage.clock.advance(60ms);
        QVERIFY(stage.settle([&] { return stage.service.last().finished; }));
        QCOMPARE(stage.service.last().cancelledWhy, std::string("the client disconnected"));
    }

    /// A reset that comes together with the request is no event of its own.
    void aResetBehindTheRequestIsSeen()
    {
        Stage stage;
        stage.service.holding = true;
        LoopbackClient client(stage.io, stage.port());
        client.exchange(get("/healthz"));
        client.send(post("/v1/chat/completions", kChat));
        client.reset();
        QVERIFY(stage.settle([&] { return stage.service.calls.size() == 1; }));
        stage.clock.advance(60ms);
        QVERIFY(stage.settle([&] { return stage.service.last().finished; }));
        QCOMPARE(stage.service.last().cancelledWhy, std::string("the client disconnected"));
        QCOMPARE(stage.service.last().httpStatus, 499);
    }

    /// One that sends its request, closes its half and did not say so is still answered when that is quick.
    void aQuickAnswerIsSentToAHalfClosedClient()
    {
        Stage stage;
        LoopbackClient client(stage.io, stage.port());
        client.send(post("/v1/chat/completions", kChat));
        client.halfClose();
        QVERIFY(client.receiveEnd());
        QCOMPARE(statusOf(client.received()), 200u);
        QCOMPARE(stage.service.last().httpStatus, 200);
        QVERIFY(stage.settle([&] { return stage.front->clients() == 0; }));
    }

    void aRequestOfAKeptConnectionIsReadWithOneCall()
    {
        Stage stage;
        LoopbackClient client(stage.io, stage.port());
        QCOMPARE(statusOf(client.exchange(post("/v1/chat/completions", kChat))), 200u);
        const auto before = http::SocketReader::receives();
        for (int i = 0; i < 10; ++i) QCOMPARE(statusOf(client.exchange(post("/v1/chat/completions", kChat))), 200u);
        QCOMPARE(http::SocketReader::receives() - before, std::uint64_t{10});
    }

    /// Some clients close their half after their last request and wait for its answer.
    void aHalfClosedLastRequestIsAnswered_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::newRow("plain") << QByteArray::fromStdString(
            post("/v1/chat/completions", kChat, "Connection: close\r\n"));
        QTest::newRow("streamed") << QByteArray::fromStdString(
            post("/v1/chat/completions", kStreamedChat, "Connection: close\r\n"));
        std::string old = post("/v1/chat/completions", kChat);
        old.replace(old.find("HTTP/1.1"), 8, "HTTP/1.0");
        QTest::newRow("HTTP/1.0") << QByteArray::fromStdString(old);
    }
    void aHalfClosedLastRequestIsAnswered()
    {
        QFETCH(QByteArray, request);
        Stage stage;
        stage.service.holding = true;
        stage.service.onOpenAi = [](const serve::OpenAiCall&) -> FakeService::OpenAiAnswer {
            return FakeService::events({"data: 1\n\n", "data: 2\n\n"});
        };
        LoopbackClient client(stage.io, stage.port());
        client.send(request.toStdString());
        client.halfClose();
        QVERIFY(stage.settle([&] { return stage.service.calls.size() == 1; }));
        for (int i = 0; i < 20; ++i) stage.clock.advance(100ms);
        QVERIFY(stage.service.last().cancelledWhy.empty());
        stage.service.release();
        QVERIFY(client.receiveEnd());
        QVERIFY(has(client.received(), "data: 2"));
        QCOMPARE(stage.service.last().httpStatus, 200);
    }

    void aHalfClosedClientThatResetsHasLeft()
    {
        Stage stage;
        stage.service.holding = true;
        LoopbackClient client(stage.io, stage.port());
        client.send(post("/v1/chat/completions", kChat, "Connection: close\r\n"));
        client.halfClose();
        QVERIFY(stage.settle([&] { return stage.service.calls.size() == 1; }));
        stage.clock.advance(100ms);
        client.reset();
        stage.clock.advance(60ms);
        QVERIFY(stage.settle([&] { return stage.service.last().finished; }));
        QCOMPARE(stage.service.last().httpStatus, 499);
    }

    void aHalfClosedKeptConnectionHasLeft()
    {
        Stage stage;
        stage.service.holding = true;
        LoopbackClient client(stage.io, stage.port());
        client.send(post("/v1/chat/completions", kChat));
        QVERIFY(stage.settle([&] { return stage.service.calls.size() == 1; }));
        client.halfClose();
        stage.clock.advance(60ms);
        QVERIFY(stage.settle([&] { return stage.service.last().finished; }));
        QCOMPARE(stage.service.last().httpStatus, 499);
    }

    /// The body timeout is for silence; what trickles in indefinitely is ended by its rate.
    void slowBodiesMayTakeTheirTime()
    {
        Options options;
        options.bodyTimeout = 5s;
        Stage stage(options);
        const std::string body = "{\"model\":\"scribe\",\"x\":\"" + std::string(1'000'000, 'y') + "\"}";
        LoopbackClient steady(stage.io, stage.port());
        const std::string request = post("/v1/chat/completions", body);
        for (std::size_t at = 0; at < request.size(); at += 20'000) {
            QVERIFY(steady.send(std::string_view(request).substr(at, 20'000)));
            stage.clock.advance(4s);
        }
        QCOMPARE(statusOf(steady.answer()), 200u);  // after 200 s

        LoopbackClient trickling(stage.io, stage.port());
        trickling.send(std::string_view(request).substr(0, 200));
        int bytes = 0;
        for (; bytes < 20 && trickling.received().empty(); ++bytes) {
            trickling.send("y");
            stage.clock.advance(1s);
            trickling.pull();
        }
        QCOMPARE(statusOf(trickling.answer()), 408u);
        QVERIFY2(bytes >= 4 && bytes <= 7, qPrintable(QString::number(bytes)));
    }

    void aCancelledUploadIsAnswered()
    {
        Stage stage;
        LoopbackClient client(stage.io, stage.port());
        client.send("POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc");
        QVERIFY(stage.settle([&] { return stage.service.calls.size() == 1; }));
        onStrand(stage.io, [&] { stage.service.handles.back().lock()->cancel("not wanted any more"); });
        const std::string answer = client.answer();
        QCOMPARE(statusOf(answer), 499u);
        QVERIFY2(has(answer, "not wanted any more"), answer.c_str());
    }

    void theBodiesOfAllHaveALimit()
    {
        Options options;
        options.bodyBytesMax = 1'000'000;
        options.bodiesBytesMax = 2'000'000;
        Stage stage(options);
        auto& held = stage.registry.gauge("millrace_front_body_bytes", "");
        stage.service.holding = true;
        const std::string body = "{\"model\":\"scribe\",\"x\":\"" + std::string(900'000, 'y') + "\"}";
        LoopbackClient first(stage.io, stage.port()), second(stage.io, stage.port()), third(stage.io, stage.port());
        first.send(post("/v1/chat/completions", body));
        second.send(post("/v1/chat/completions", body));
        QVERIFY(stage.settle([&] { return held.value() >= 1'800'000; }));
        const std::string answer = third.exchange(post("/v1/chat/completions", body));
        QCOMPARE(statusOf(answer), 503u);
        QVERIFY(has(answer, "limits.bodies_bytes_max") && has(answer, "Retry-After: 1\r\n"));
        // in chunks, where nobody said how much would come
        LoopbackClient chunked(stage.io, stage.port());
        chunked.send(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n60000\r\n" +
            std::string(0x60000, ' '));
        QCOMPARE(statusOf(chunked.answer()), 503u);
        // a packed one, which becomes large here
        LoopbackClient small(stage.io, stage.port());
        QCOMPARE(statusOf(small.exchange(
                     post("/v1/chat/completions", packed(std::string(900'000, ' ')), "Content-Encoding: gzip\r\n"))),
                 503u);
        second.close();
        stage.clock.advance(100ms);
        stage.service.release();
        QCOMPARE(statusOf(first.answer()), 200u);
        QVERIFY(stage.settle([&] { return held.value() == 0; }));
        LoopbackClient again(stage.io, stage.port());
        QCOMPARE(statusOf(again.exchange(post("/v1/chat/completions", body))), 200u);
        QCOMPARE(held.value(), 0.0);
    }

    /// Large bodies are read beside the loop; whatever becomes of their clients meanwhile.
    void largeBodiesAreReadBesideTheLoop()
    {
        Stage stage;
        const std::string large = "{\"model\":\"scribe\",\"x\":[" + [] {
            std::string numbers = "1";
            for (int i = 0; i < 1'500'000; ++i) numbers += ",1";
            return numbers;
        }() + "]}";
        LoopbackClient client(stage.io, stage.port());
        QVERIFY(client.send(post("/v1/chat/completions", large)));
        QCOMPARE(statusOf(client.answer()), 200u);
        QVERIFY(stage.service.asked.back().request.body == large);
        const std::string broken = client.exchange(post("/v1/chat/completions", large + "}"));
        QCOMPARE(statusOf(broken), 400u);
        QVERIFY2(has(broken, "at byte " + std::to_string(large.size())), broken.c_str());

        std::string tensor = R"({"inputs":[{"name":"x","shape":[400000],"datatype":"FP32","data":[1.5)";
        for (int i = 1; i < 400'000; ++i) tensor += ",1.5";
        tensor += "]}]}";
        const std::string answer = client.exchange(post("/v2/models/digits-l/infer", tensor));
        QCOMPARE(statusOf(answer), 200u);
        QCOMPARE(stage.service.inferred.back().raw_input_contents(0).size(), std::size_t(1'600'000));
        QVERIFY(has(answer, R"("data":[1.5,1.5,)"));

        // one that leaves, and a front that stops, while the work is done
        LoopbackClient leaving(stage.io, stage.port());
        QVERIFY(leaving.send(post("/v1/chat/completions", large)));
        leaving.close();
        QVERIFY(stage.settle([&] { return stage.service.last().finished; }));
        LoopbackClient last(stage.io, stage.port());
        QVERIFY(last.send(post("/v1/chat/completions", large)));
        stage.front.reset();
    }

    /// Held by its thread, so that it cannot end: everything else goes on.
    void whatIsReadBesideTheLoopHoldsUpNobody()
    {
        Hooks hooks;
        HeldMetrics metricsHeld(hooks);
        Stage stage({}, hooks);
        LoopbackClient metrics(stage.io, stage.port()), large(stage.io, stage.port()), other(stage.io, stage.port());
        metrics.send(get("/metrics"));
        QVERIFY(stage.settle([&] { return metricsHeld.reached(); }));
        const std::string body = "{\"model\":\"scribe\",\"x\":\"" + std::string(2u << 20, 'y') + "\"}";
        large.send(post("/v1/chat/completions", body));
        auto& held = stage.registry.gauge("millrace_front_body_bytes", "");
        QVERIFY(stage.settle([&] { return held.value() >= static_cast<double>(body.size()); }));
        QCOMPARE(statusOf(other.exchange(get("/healthz"))), 200u);
        QCOMPARE(statusOf(other.exchange(post("/v1/chat/completions", kChat))), 200u);
        QCOMPARE(stage.service.asked.size(), std::size_t(1));
        large.pull();
        QVERIFY(large.received().empty());
        metricsHeld.end();
        QCOMPARE(statusOf(metrics.answer()), 200u);
        QCOMPARE(statusOf(large.answer()), 200u);
        QCOMPARE(stage.service.asked.size(), std::size_t(2));
    }

    void workBesideTheLoopIsBoundedAndEnds()
    {
        net::io_context io{1};
        OffLoop beside(io.get_executor());
        std::promise<void> open;
        int well = 0, refused = 0, dropped = 0;
        const auto one = [](OffLoop& where, std::shared_future<void> gate, int& ok, int& full,
                            int& notBegun) -> net::awaitable<void> {
            auto work = [gate] {
                gate.wait();
                return 1;
            };
            const auto result = co_await where.run(std::move(work));
            ++(result.ok() ? ok : codeName(result.status()) == "Unavailable" ? full : notBegun);
        };
        constexpr int kMost = static_cast<int>(OffLoop::kWaitingMax);
        const auto gate = open.get_future().share();
        for (int i = 0; i < kMost + 5; ++i) net::co_spawn(io, one(beside, gate, well, refused, dropped), net::detached);
        poll(io);
        QCOMPARE(refused, 5);
        open.set_value();
        QVERIFY(runUntil(io, [&] { return well > 0; }));
        beside.stop();
        QVERIFY(runUntil(io, [&] { return well + dropped == kMost; }));
        net::co_spawn(io, one(beside, gate, well, refused, dropped), net::detached);
        poll(io);
        QCOMPARE(refused, 6);
    }

    /// Clients that send all before they read get to read the refusal.
    void aRefusalIsReadableAfterALongUpload()
    {
        Options options;
        options.bodyBytesMax = 1000;
        Stage stage(options);
        LoopbackClient client(stage.io, stage.port());
        QVERIFY(client.send(post("/v1/embeddings", std::string(40'000'000, ' '))));
        QCOMPARE(statusOf(client.answer()), 413u);
        QVERIFY(client.received().empty());
        client.close();
        stage.clock.advance(1s);
        QVERIFY(stage.settle([&] { return stage.front->clients() == 0; }));
        // but not indefinitely
        LoopbackClient endless(stage.io, stage.port());
        endless.send("POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n");
        QCOMPARE(statusOf(endless.answer()), 413u);
        for (int i = 0; i < 30 && stage.front->clients() > 0; ++i) {
            endless.send("more");
            stage.clock.advance(1s);
        }
        QCOMPARE(stage.front->clients(), 0u);
    }

    void hangUpWhileTheBodyArrives()
    {
        Stage stage;
        LoopbackClient client(stage.io, stage.port());
        client.send("POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc");
        QVERIFY(stage.settle([&] { return stage.service.calls.size() == 1; }));
        client.close();
        QVERIFY(stage.settle([&] { return stage.service.last().finished; }));
        QCOMPARE(stage.service.last().httpStatus, 499);
    }

    void hangUpInTheMiddleOfAStream()
    {
        Stage stage;
        const OneShot<bool> more;
        stage.service.onOpenAi = [&](const serve::OpenAiCall&) -> FakeService::OpenAiAnswer {
            auto answer = FakeService::events({"data: 1\n\n", "data: 2\n\n"});
            static_cast<FakeStream&>(*answer.stream).before = [more](std::size_t i) -> net::awaitable<void> {
                return i == 0 ? [](OneShot<bool>) -> net::awaitable<void> { co_return; }(more)
                              : [](OneShot<bool> wanted) -> net::awaitable<void> { co_await wanted.wait(); }(more);
            };
            return answer;
        };
        LoopbackClient client(stage.io, stage.port());
        client.send(post("/v1/chat/completions", kStreamedChat));
        QVERIFY(client.receive("data: 1\n\n"));
        client.close();
        stage.clock.advance(50ms);
        QVERIFY(stage.settle([&] { return !stage.service.last().cancelledWhy.empty(); }));
        more.set(true);
        QVERIFY(stage.settle([&] { return stage.service.last().finished; }));
        QCOMPARE(stage.service.last().httpStatus, 499);
    }

    void eventsArriveOneByOne()
    {
        Stage stage;
        std::vector<OneShot<bool>> gates(3);
        stage.service.onOpenAi = [&](const serve::OpenAiCall&) -> FakeService::OpenAiAnswer {
            auto answer = FakeService::events({"data: a\n\n", "data: b\n\n", "data: [DONE]\n\n"});
            static_cast<FakeStream&>(*answer.stream).before = [gates](std::size_t i) {
                return [](OneShot<bool> gate) -> net::awaitable<void> { co_await gate.wait(); }(gates[i]);
            };
            return answer;
        };
        LoopbackClient client(stage.io, stage.port());
        client.send(post("/v1/chat/completions", kStreamedChat));
        QVERIFY(stage.settle([&] { return stage.service.asked.size() == 1; }));
        QVERIFY(stage.service.asked.back().eventStream);
        gates[0].set(true);
        QVERIFY(client.receive("data: a\n\n"));
        QVERIFY(has(client.received(), "Content-Type: text/event-stream\r\n"));
        QVERIFY(has(client.received(), "Cache-Control: no-cache\r\n"));
        QVERIFY(has(client.received(), "X-Accel-Buffering: no\r\n"));
        QVERIFY(has(client.received(), "Transfer-Encoding: chunked\r\n"));
        QVERIFY(!has(client.received(), "data: b"));
        gates[1].set(true);
        QVERIFY(client.receive("data: b\n\n"));
        QVERIFY(!has(client.received(), "DONE"));
        gates[2].set(true);
        QVERIFY(client.receive("\r\n0\r\n\r\n"));
        QCOMPARE(unchunked(client.received()), std::string("data: a\n\ndata: b\n\ndata: [DONE]\n\n"));
        QVERIFY(stage.service.last().finished);
        client.forget();
        QCOMPARE(statusOf(client.exchange(get("/healthz"))), 200u);  // still in step
    }

    void waitingStreamsGetSignsOfLife()
    {
        Stage stage(FrontStage::tenSecondHeartbeat());
        stage.holdStreams();
        LoopbackClient client(stage.io, stage.port());
        client.send(post("/v1/chat/completions", R"({"model":"digits-l","stream":true})"));
        QVERIFY(stage.settle([&] { return stage.service.calls.size() == 1; }));
        stage.clock.advance(9s);
        client.pull();
        QVERIFY(client.received().empty());
        stage.clock.advance(1100ms);
        QVERIFY(client.receive(": loading digits-l, about 3 s left\n"));
        QCOMPARE(statusOf(client.received()), 200u);
        stage.service.left.reset();
        stage.clock.advance(10s);
        QVERIFY(client.receive(": queued, digits-l\n"));
        stage.service.release();
        QVERIFY(client.receiveEnd());
        QCOMPARE(unchunked(client.received()), std::string(": loading digits-l, about 3 s left\n"
                                                           ": queued, digits-l\n"
                                                           "data: a\n\ndata: [DONE]\n\n"));
        QVERIFY(stage.service.last().status.ok());
    }

    void aFailureAfterASignOfLifeIsAnEvent_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("event");
        QTest::newRow("chat") << QByteArray("/v1/chat/completions")
                              << QByteArray(
                                     "data: {\"error\":{\"message\":\"it could not be loaded\",\"type\":"
                                     "\"server_error\",\"param\":null,\"code\":\"unavailable\"}}\n\n");
        QTest::newRow("responses") << QByteArray("/v1/responses")
                                   << QByteArray(
                                          "event: error\ndata: {\"type\":\"error\",\"code\":\"unavailable\","
                                          "\"message\":\"it could not be loaded\",\"param\":null}\n\n");
    }
    void aFailureAfterASignOfLifeIsAnEvent()
    {
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, event);
        Stage stage;
        stage.service.holding = true;
        stage.service.onOpenAi = [](const serve::OpenAiCall&) -> FakeService::OpenAiAnswer {
            return unavailable("it could not be loaded");
        };
        LoopbackClient client(stage.io, stage.port());
        client.send(post(path.toStdString(), kStreamedChat));
        QVERIFY(stage.settle([&] { return stage.service.calls.size() == 1; }));
        stage.clock.advance(11s);
        QVERIFY(client.receive(": queued, scribe\n"));
        stage.service.release();
        QVERIFY(client.receiveEnd());
        QCOMPARE(QByteArray::fromStdString(unchunked(client.received())), ": queued, scribe\n" + event);
        QVERIFY(!stage.service.last().status.ok());
    }

    void plainRequestsGetNoSignsOfLife()
    {
        Stage stage;
        stage.service.holding = true;
        LoopbackClient client(stage.io, stage.port());
        client.send(post("/v1/chat/completions", kChat));
        QVERIFY(stage.settle([&] { return stage.service.calls.size() == 1; }));
        stage.clock.advance(60s);
        client.pull();
        QVERIFY(client.received().empty());
    }

    void packedEventsAfterASignOfLifeAreUnpacked()
    {
        Stage stage;
        stage.service.holding = true;
        stage.service.onOpenAi = [](const serve::OpenAiCall&) -> FakeService::OpenAiAnswer {
            auto answer = FakeService::events({packed("data: a\n\ndata: [DONE]\n\n")});
            static_cast<FakeStream&>(*answer.stream).encoding = "gzip";
            return answer;
        };
        LoopbackClient client(stage.io, stage.port());
        client.send(post("/v1/chat/completions", kStreamedChat, "Accept-Encoding: gzip\r\n"));
        QVERIFY(stage.settle([&] { return stage.service.calls.size() == 1; }));
        stage.clock.advance(11s);
        stage.service.release();
        QVERIFY(client.receiveEnd());
        QVERIFY(unchunked(client.received()).ends_with("data: a\n\ndata: [DONE]\n\n"));
        QVERIFY(stage.service.asked.back().acceptGzip);
    }

    void whatAnUpstreamPackedStaysPacked()
    {
        Stage stage;
        stage.service.onOpenAi = [](const serve::OpenAiCall& call) -> FakeService::OpenAiAnswer {
            const bool refuses = call.model == "refuses";
            auto answer = FakeService::whole(packed(refuses ? "{\"error\":\"no\"}" : "{}"), refuses ? 400 : 200);
            answer.fields.push_back({"content-encoding", "gzip"});
            return answer;
        };
        LoopbackClient client(stage.io, stage.port());
        const std::string answer = client.exchange(post("/v1/chat/completions", kChat, "Accept-Encoding: gzip\r\n"));
        QVERIFY(has(answer, "Content-Encoding: gzip\r\n"));
        QVERIFY(answer.ends_with(packed("{}")));
        // but not for a client that does not take it
        client.send(post("/v1/chat/completions", kChat, "Accept-Encoding: identity\r\n"));
        QVERIFY(client.receive("\r\n0\r\n\r\n"));
        QVERIFY(!has(client.received(), "Content-Encoding"));
        QVERIFY2(unchunked(client.received()) == "{}", client.received().c_str());
        client.forget();
        // a refusal is read, so it is unpacked
        const std::string refused = client.exchange(post("/v1/chat/completions", "{\"model\":\"refuses\"}"));
        QVERIFY(!has(refused, "Content-Encoding"));
        QVERIFY(has(refused, "\"message\":\"no\""));
    }

    void anAnswerThatBreaksOffIsSeenToBeCut()
    {
        Stage stage;
        stage.service.onOpenAi = [](const serve::OpenAiCall& call) -> FakeService::OpenAiAnswer {
            auto stream = std::make_unique<FakeStream>();
            if (call.model == "at once") {
                stream->ending = unavailable("the backend broke off");
            } else {
                stream->pieces = {"half of "};
                stream->ending = unavailable("the backend broke off");
            }
            serve::OpenAiAnswer answer;
            answer.fields = {{"Content-Type", "application/json"}};
            answer.stream = std::move(stream);
            return answer;
        };
        LoopbackClient client(stage.io, stage.port());
        client.send(post("/v1/chat/completions", kChat));
        QVERIFY(client.receiveEnd());
        QVERIFY(has(client.received(), "half of "));
        QVERIFY(!has(client.received(), "0\r\n\r\n"));
        QCOMPARE(codeName(stage.service.last().status), std::string("Unavailable"));
        // without a byte sent it is a proper refusal
        LoopbackClient other(stage.io, stage.port());
        QCOMPARE(statusOf(other.exchange(post("/v1/chat/completions", R"({"model":"at once"})"))), 503u);
    }

    void answersWithoutABodyHaveNoFraming_data()
    {
        QTest::addColumn<unsigned>("status");
        QTest::newRow("204") << 204u;
        QTest::newRow("304") << 304u;
    }
    /// They used to go out with "Transfer-Encoding: chunked" and a last chunk, which the next answer began with.
    void answersWithoutABodyHaveNoFraming()
    {
        QFETCH(unsigned, status);
        Stage stage;
        stage.service.onOpenAi = [&](const serve::OpenAiCall& call) -> FakeService::OpenAiAnswer {
            auto answer = FakeService::whole("", status, call.eventStream ? "text/event-stream" : "application/json");
            static_cast<FakeStream&>(*answer.stream).length.reset();
            static_cast<FakeStream&>(*answer.stream).pieces.clear();
            answer.fields.push_back({"X-Kept", "yes"});
            return answer;
        };
        LoopbackClient client(stage.io, stage.port());
        for (const auto& body : {kChat, kStreamedChat}) {
            client.send(post("/v1/chat/completions", body) + get("/v2/health/live"));
            const std::string head = client.answer(true);
            QCOMPARE(statusOf(head), status);
            for (const char* framing : {"Transfer-Encoding", "Content-Length", "Content-Type"})
                QVERIFY2(!has(head, framing), head.c_str());
            QVERIFY(has(head, "X-Kept: yes"));
            const std::string next = client.answer();
            QVERIFY2(next.starts_with("HTTP/1.1 200 OK") && next.ends_with(R"({"live":true})"), next.c_str());
        }
    }

    void statusesThatNoClientKnowsAreABadGateway_data()
    {
        QTest::addColumn<unsigned>("status");
        for (const unsigned status : {0u, 99u, 101u, 199u, 600u, 999u})
            QTest::newRow(qPrintable(QString::number(status))) << status;
    }
    void statusesThatNoClientKnowsAreABadGateway()
    {
        QFETCH(unsigned, status);
        Stage stage;
        stage.service.onOpenAi = [&](const serve::OpenAiCall&) -> FakeService::OpenAiAnswer {
            return FakeService::whole("{}", status);
        };
        LoopbackClient client(stage.io, stage.port());
        const std::string answer = client.exchange(post("/v1/chat/completions", kChat));
        QCOMPARE(statusOf(answer), 502u);
        QVERIFY2(has(answer, "status " + std::to_string(status)), answer.c_str());
    }

    /// It used to be a 429.
    void anAnswerTooLargeToHoldIsABadGateway()
    {
        Stage stage;
        stage.service.onOpenAi = [](const serve::OpenAiCall&) -> FakeService::OpenAiAnswer {
            return pool::answerTooLarge(128u << 20);
        };
        const std::string words = "the backend's answer is larger than 128 MiB, the most that is held of one";
        LoopbackClient client(stage.io, stage.port());
        const std::string openAi = client.exchange(post("/v1/embeddings", R"({"model":"scribe","input":"a"})"));
        QCOMPARE(statusOf(openAi), 502u);
        QVERIFY2(has(openAi, "\"message\":\"" + words), openAi.c_str());
        QVERIFY2(has(openAi, R"("param":null)") && !has(openAi, "Retry-After"), openAi.c_str());
        const std::string anthropic = client.exchange(post("/v1/messages", kChat));
        QCOMPARE(statusOf(anthropic), 502u);
        QVERIFY2(has(anthropic, R"("type":"api_error")") && has(anthropic, words), anthropic.c_str());
        QCOMPARE(stage.service.last().httpStatus, 502);
    }

    void upstreamRefusalsKeepTheirWords()
    {
        Stage stage;
        stage.service.onOpenAi = [](const serve::OpenAiCall&) -> FakeService::OpenAiAnswer {
            auto answer = FakeService::whole(R"({"error":{"code":400,"message":"context too long","type":"x"}})", 400);
            answer.fields.push_back({"Retry-After", "7"});
            return answer;
        };
        LoopbackClient client(stage.io, stage.port());
        const std::string answer = client.exchange(post("/v1/chat/completions", kChat));
        QCOMPARE(statusOf(answer), 400u);
        QVERIFY(answer.ends_with(R"({"error":{"code":400,"message":"context too long","type":"x","param":null}})"));
        QVERIFY(has(answer, "Retry-After: 7\r\n"));
        QCOMPARE(text(stage.service.last().status), std::string("context too long"));
    }

    void anUpstreamWithoutTheRouteIsNamed_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("upstream");
        QTest::addColumn<QByteArray>("body");
        const auto row = [](const char* name, const char* path, const char* upstream, const QByteArray& body) {
            QTest::newRow(name) << QByteArray(path) << QByteArray(upstream) << body;
        };
        row("text", "/v1/responses", "no such route",
            R"({"error":{"message":"the backend of 'scribe' responded with 404 to POST /v1/responses: no such route",)"
            R"("type":"invalid_request_error","param":null,"code":null}})");
        row("its error has no code", "/v1/rerank", R"({"error":{"message":"File Not Found","code":404}})",
            R"({"error":{"message":"the backend of 'scribe' responded with 404 to POST /v1/rerank: File Not Found",)"
            R"("type":"invalid_request_error","param":null,"code":null}})");
        row("its error says what it means", "/v1/chat/completions",
            R"({"error":{"message":"m","type":"t","param":"model","code":"model_not_found"}})",
            R"({"error":{"message":"m","type":"t","param":"model","code":"model_not_found"}})");
        row("Anthropic's route", "/v1/messages", R"({"error":{"message":"File Not Found","code":404}})",
            R"({"type":"error","error":{"type":"not_found_error","message":)"
            R"("the backend of 'scribe' responded with 404 to POST /v1/messages: File Not Found"}})");
        row("Anthropic's error", "/v1/messages",
            R"({"type":"error","error":{"type":"x","message":"m"},"request_id":1})",
            R"({"type":"error","error":{"type":"x","message":"m"},"request_id":1})");
    }
    void anUpstreamWithoutTheRouteIsNamed()
    {
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, upstream);
        QFETCH(QByteArray, body);
        Stage stage;
        stage.service.onOpenAi = [&](const serve::OpenAiCall&) -> FakeService::OpenAiAnswer {
            return FakeService::whole(upstream.toStdString(), 404);
        };
        LoopbackClient client(stage.io, stage.port());
        const std::string answer = client.exchange(post(path.toStdString(), kChat));
        QCOMPARE(statusOf(answer), 404u);
        QCOMPARE(QByteArray::fromStdString(answer.substr(answer.find("\r\n\r\n") + 4)), body);
    }

    void anthropicsRoutesArePassedOn()
    {
        Stage stage;
        stage.service.onOpenAi = [](const serve::OpenAiCall&) -> FakeService::OpenAiAnswer {
            return FakeService::events({"event: message_stop\ndata: {}\n\n"});
        };
        LoopbackClient client(stage.io, stage.port());
        client.send(post("//v1/messages/?beta=true", kStreamedChat,
                         "anthropic-version: 2023-06-01\r\nx-api-key: secret\r\nCookie: s=1\r\n"
                         "Origin: http://localhost:1\r\nReferer: http://localhost:1/\r\nSec-Fetch-Mode: cors\r\n"));
        QVERIFY(client.receive("0\r\n\r\n"));
        QCOMPARE(unchunked(client.received()), std::string("event: message_stop\ndata: {}\n\n"));
        const auto& asked = stage.service.asked.back();
        QCOMPARE(asked.request.target, std::string("/v1/messages?beta=true"));
        QVERIFY(has(asked.errorEvent(unavailable("x")), "event: error\ndata: {\"type\":\"error\""));
        for (const auto field : asked.request.fields)
            QVERIFY2(field.name == "anthropic-version" || field.name == "Content-Type",
                     std::string(field.name).c_str());
        QCOMPARE(stage.service.last().info.route, std::string("POST /v1/messages"));
    }

    void whatTheUpstreamSaysOfItsAnswerIsKept()
    {
        Stage stage;
        stage.service.onOpenAi = [](const serve::OpenAiCall& call) -> FakeService::OpenAiAnswer {
            auto answer =
                call.eventStream ? FakeService::events({"data: a\n\n"}) : FakeService::whole(R"({"error":"no"})", 429);
            for (const char* name : {"Retry-After", "retry-after-ms", "x-ratelimit-remaining-tokens", "openai-version"})
                answer.fields.push_back({name, "7"});
            answer.fields.push_back({"Cache-Control", "no-transform, private"});
            answer.fields.push_back({"Vary", "Accept"});
            answer.fields.push_back({"Connection", "X-Hop"});
            for (const char* name :
                 {"X-Hop", "Set-Cookie", "Server", "Date", "Access-Control-Allow-Origin", "Location"})
                answer.fields.push_back({name, "dropped"});
            return answer;
        };
        for (const auto& body : {kChat, kStreamedChat}) {
            LoopbackClient client(stage.io, stage.port());
            client.send(post("/v1/chat/completions", body, "Origin: http://localhost:1\r\n"));
            QVERIFY(client.receive("\r\n\r\n"));
            const std::string head = client.received().substr(0, client.received().find("\r\n\r\n") + 2);
            for (const char* part :
                 {"Retry-After: 7\r\n", "retry-after-ms: 7\r\n", "x-ratelimit-remaining-tokens: 7\r\n",
                  "no-transform, private", "Vary: Accept, Origin\r\n",
                  "Access-Control-Expose-Headers: Retry-After, retry-after-ms, "
                  "x-ratelimit-remaining-tokens, openai-version, x-request-id, server-timing\r\n"})
                QVERIFY2(has(head, part), head.c_str());
            QVERIFY2(!has(head, "dropped"), head.c_str());
            QCOMPARE(has(head, "no-cache"), body == kStreamedChat);
            for (const char* once : {"Vary:", "Cache-Control:", "Server:", "Date:"})
                QVERIFY2(head.find(once) == head.rfind(once) && has(head, once), head.c_str());
        }
    }

    /// What was asked for and what comes decide, not the label.
    void eventsUnderAnotherLabelAreEvents()
    {
        Options options;
        options.heartbeat = 1s;
        for (const bool late : {false, true}) {
            Stage stage(options);
            stage.service.holding = late;
            stage.service.onOpenAi = [](const serve::OpenAiCall& call) -> FakeService::OpenAiAnswer {
                auto answer = FakeService::events({"data: a\n", "\ndata: [DONE]\n\n"});
                answer.fields = {{"Content-Type", call.model == "json" ? "application/json" : "text/plain"}};
                return answer;
            };
            for (const char* model : {"text", "json"}) {
                LoopbackClient client(stage.io, stage.port());
                client.send(post("/v1/chat/completions", std::string("{\"stream\":true,\"model\":\"") + model + "\"}"));
                if (late) {
                    QVERIFY(
                        stage.settle([&] { return !stage.service.calls.empty() && !stage.service.last().finished; }));
                    stage.clock.advance(1100ms);
                    QVERIFY(client.receive(": queued"));
                    stage.service.release();
                    stage.service.holding = true;
                }
                QVERIFY(client.receive("0\r\n\r\n"));
                const std::string events = unchunked(client.received());
                QVERIFY2(events.ends_with("data: a\n\ndata: [DONE]\n\n"), events.c_str());
                QVERIFY(!has(events, "data: data:"));
                QVERIFY(has(client.received(), "text/event-stream"));
            }
        }
    }

    void anObjectWhereEventsWerePromisedIsOneEvent()
    {
        Options options;
        options.heartbeat = 1s;
        Stage stage(options);
        stage.service.holding = true;
        stage.service.onOpenAi = [](const serve::OpenAiCall&) -> FakeService::OpenAiAnswer {
            return FakeService::whole(" {\"a\":\n1}");
        };
        LoopbackClient client(stage.io, stage.port());
        client.send(post("/v1/chat/completions", kStreamedChat));
        QVERIFY(stage.settle([&] { return stage.service.calls.size() == 1; }));
        stage.clock.advance(1100ms);
        stage.service.release();
        QVERIFY(client.receiveEnd());
        QCOMPARE(unchunked(client.received()), std::string(": queued, scribe\ndata: {\"a\":1}\n\ndata: [DONE]\n\n"));
    }

    void limitsSayWhenToComeBack()
    {
        Stage stage;
        stage.service.onOpenAi = [](const serve::OpenAiCall&) -> FakeService::OpenAiAnswer {
            return withRetryAfter(resourceExhausted("full"), 1200ms);
        };
        LoopbackClient client(stage.io, stage.port());
        const std::string answer = client.exchange(post("/v1/chat/completions", kChat));
        QCOMPARE(statusOf(answer), 429u);
        QVERIFY(has(answer, "Retry-After: 2\r\n"));
        QVERIFY(has(answer, "Retry-After-Ms: 1200\r\n"));
        QVERIFY(has(answer, R"("type":"rate_limit_error")"));
    }

    void whatTheClientSaysOfItselfIsPassedOn()
    {
        Stage stage;
        LoopbackClient client(stage.io, stage.port());
        const std::string answer = client.exchange(
            post("/v1/chat/completions?a=b", kChat,
                 "User-Agent: OpenAI/Python 1.3.0\r\nX-Request-Id: abc-1\r\nx-stainless-timeout: 2.5\r\n"
                 "X-Millrace-Own: 1\r\nX-Millrace-Priority: -3\r\nX-Custom: kept\r\nConnection: keep-alive, "
                 "X-Hop\r\nX-Hop: dropped\r\n"));
        QVERIFY(has(answer, "x-request-id: abc-1\r\n"));
        const auto& info = stage.service.last().info;
        QVERIFY(info.client.str().starts_with("OpenAI/Python · "));
        QCOMPARE(info.program, std::string("OpenAI/Python 127.0.0.1"));
        QVERIFY(info.own);
        QCOMPARE(info.priority, -3);
        QVERIFY(info.timeout == Duration(2500ms));
        const auto& request = stage.service.asked.back().request;
        QCOMPARE(request.target, std::string("/v1/chat/completions?a=b"));
        const auto kept = [&](const char* name) {
            return std::any_of(request.fields.begin(), request.fields.end(),
                               [&](const auto& field) { return field.name == name; });
        };
        QVERIFY(kept("X-Custom"));
        for (const char* dropped :
             {"Host", "Connection", "X-Hop", "Content-Length", "X-Millrace-Own", "X-Millrace-Priority"})
            QVERIFY2(!kept(dropped), dropped);
    }

    void tensorsInBinary()
    {
        Stage stage;
        LoopbackClient client(stage.io, stage.port());
        const std::string json = R"({"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32",)"
                                 R"("parameters":{"binary_data_size":8}}],"parameters":{"binary_data_output":true}})";
        const std::string tensor("\0\0\x80\x3f\0\0\0\x40", 8);
        const std::string answer =
            client.exchange(post("/v2/models/digits-l/versions/3/infer", json + tensor,
                                 "Inference-Header-Content-Length: " + std::to_string(json.size()) + "\r\n"));
        QCOMPARE(statusOf(answer), 200u);
        QVERIFY(has(answer, "Content-Type: application/octet-stream\r\n"));
        QVERIFY(answer.ends_with(tensor));
        const auto& request = stage.service.inferred.back();
        QCOMPARE(request.model_name(), std::string("digits-l"));
        QCOMPARE(request.model_version(), std::string("3"));
        QCOMPARE(request.raw_input_contents(0), tensor);
        const auto at = answer.find("Inference-Header-Content-Length: ");
        const auto length = std::stoul(answer.substr(at + 33));
        const auto body = answer.substr(answer.find("\r\n\r\n") + 4);
        QCOMPARE(body.size(), length + 8);
        QVERIFY(has(body.substr(0, length), R"("parameters":{"binary_data_size":8})"));
    }

    void aStalledReaderIsGivenUp()
    {
        Options options;
        options.bodyTimeout = 5s;
        Stage stage(options);
        stage.service.onOpenAi = [](const serve::OpenAiCall&) -> FakeService::OpenAiAnswer {
            return FakeService::whole(std::string(30'000'000, 'x'));
        };
        LoopbackClient client(stage.io, stage.port(), 4096);
        client.send(post("/v1/chat/completions", kChat));
        QVERIFY(stage.settle([&] { return stage.service.calls.size() == 1 && stage.service.last().firstByte; }));
        stage.clock.advance(4s);
        QVERIFY(!stage.service.last().finished);
        stage.clock.advance(2s);
        QVERIFY(stage.settle([&] { return stage.service.last().finished; }));
        QCOMPARE(stage.service.last().httpStatus, 499);
    }

    /// The latency of a large answer used to be the time its client took to read it.
    void aWholeAnswerIsCompleteWhileItsClientReads()
    {
        Stage stage;
        stage.service.onInfer = [](const inference::ModelInferRequest& request) -> FakeService::InferAnswer {
            auto answer = std::make_unique<inference::ModelInferResponse>();
            answer->set_model_name(request.model_name());
            auto* output = answer->add_outputs();
            output->set_name("y");
            output->set_datatype("FP32");
            output->add_shape(4'000'000);
            answer->add_raw_output_contents(std::string(16'000'000, '\0'));
            return answer;
        };
        const std::string json = R"({"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}],)"
                                 R"("parameters":{"binary_data_output":true}})";
        LoopbackClient client(stage.io, stage.port(), 4096);
        client.send(post("/v2/models/digits-l/infer", json));
        QVERIFY(stage.settle([&] { return stage.service.calls.size() == 1 && stage.service.last().firstByte; }));
        QVERIFY(stage.settle([&] { return stage.service.last().complete; }));
        QVERIFY(!stage.service.last().finished);
        LoopbackClient quick(stage.io, stage.port());
        QCOMPARE(statusOf(quick.exchange(post("/v1/chat/completions", kChat))), 200u);
        QVERIFY(!stage.service.last().complete);  // it was taken at once
    }

    void drainFinishesWhatIsInFlight()
    {
        Stage stage;
        stage.service.holding = true;
        LoopbackClient idle(stage.io, stage.port()), busy(stage.io, stage.port());
        QCOMPARE(statusOf(idle.exchange(get("/healthz"))), 200u);
        busy.send(post("/v1/chat/completions", kChat));
        QVERIFY(stage.settle([&] { return stage.service.calls.size() == 1; }));
        auto drained = start(stage.io, stage.front->drain());
        QVERIFY(idle.receiveEnd());
        LoopbackClient late(stage.io, stage.port());
        QVERIFY(!late.connected());
        QVERIFY(!drained.done());
        stage.service.release();
        const std::string answer = busy.answer();
        QCOMPARE(statusOf(answer), 200u);
        QVERIFY(has(answer, "Connection: close\r\n"));
        QVERIFY(busy.receiveEnd());
        stage.clock.advance(1s);
        QVERIFY(drained.done());
        QCOMPARE(stage.front->clients(), 0u);
    }

    /// Half a body used to hold up the end until limits.drain_timeout_ms: it counted as a request in flight.
    void drainDoesNotWaitForBodies_data()
    {
        QTest::addColumn<QString>("fields");
        QTest::addColumn<QString>("sent");
        QTest::addColumn<bool>("counted");
        QTest::newRow("of known length") << "POST /v1/embeddings HTTP/1.1\r\nContent-Length: 100\r\n"
                                         << "abc" << true;
        QTest::newRow("in chunks") << "POST /v1/embeddings HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
                                   << "3\r\nabc\r\n"
                                   << true;
        QTest::newRow("of tensors") << "POST /v2/models/scribe/infer HTTP/1.1\r\nContent-Length: 100\r\n"
                                    << "{" << true;
        QTest::newRow("of a load") << "POST /v2/repository/models/scribe/load HTTP/1.1\r\nContent-Length: 9\r\n"
                                   << "{" << false;
    }
    void drainDoesNotWaitForBodies()
    {
        QFETCH(QString, fields);
        QFETCH(QString, sent);
        QFETCH(bool, counted);
        Stage stage;
        stage.service.holding = true;
        LoopbackClient half(stage.io, stage.port()), busy(stage.io, stage.port()), late(stage.io, stage.port());
        busy.send(post("/v1/chat/completions", kChat));
        half.send(fields.toStdString() + "Host: localhost\r\n\r\n" + sent.toStdString());
        QVERIFY(stage.settle([&] { return stage.service.calls.size() == (counted ? 2u : 1u); }));
        poll(stage.io);
        onStrand(stage.io, [&] { stage.front->beginDrain(); });
        stage.clock.advance(1s);
        const std::string answer = half.answer();
        QCOMPARE(statusOf(answer), 503u);
        QVERIFY2(has(answer, "body had not been received") && has(answer, "Retry-After"), answer.c_str());
        const auto& calls = stage.service.calls;
        const auto refused = [](const auto& call) { return call->finished && call->httpStatus == 503; };
        QVERIFY(stage.settle([&] { return std::count_if(calls.begin(), calls.end(), refused) == (counted ? 1 : 0); }));
        // One that comes now with its body whole is the service's to refuse.
        QCOMPARE(statusOf(late.exchange(get("/healthz"))), 200u);
        auto drained = start(stage.io, stage.front->drain());
        stage.clock.advance(3s);
        QVERIFY(half.receiveEnd());
        QVERIFY(!drained.done());  // the one in flight
        stage.service.release();
        QCOMPARE(statusOf(busy.answer()), 200u);
        stage.clock.advance(1s);
        QVERIFY(stage.settle([&] { return drained.done(); }));
    }

    void abortCutsOff()
    {
        Stage stage;
        stage.service.holding = true;
        LoopbackClient client(stage.io, stage.port());
        client.send(post("/v1/chat/completions", kChat));
        QVERIFY(stage.settle([&] { return stage.service.calls.size() == 1; }));
        onStrand(stage.io, [&] { stage.front->abort(); });
        QVERIFY(client.receiveEnd());
        QVERIFY(stage.service.last().finished);
        QCOMPARE(stage.service.last().cancelledWhy, std::string("the engine is stopping"));
    }

    void onlyThisMachineIsListenedTo_data()
    {
        QTest::addColumn<QString>("address");
        QTest::addColumn<bool>("allowed");
        QTest::newRow("loopback") << "127.0.0.1:0" << true;
        QTest::newRow("name") << "localhost:0" << true;
        QTest::newRow("everywhere") << "0.0.0.0:0" << false;
        QTest::newRow("a name that begins like loopback") << "127.0.0.1.example.org:0" << false;
        QTest::newRow("no port") << "127.0.0.1" << false;
        QTest::newRow("port too large") << "127.0.0.1:65536" << false;
    }
    void onlyThisMachineIsListenedTo()
    {
        QFETCH(QString, address);
        QFETCH(bool, allowed);
        Stage stage;
        auto made = HttpFront::create(stage.io.get_executor(), stage.clock, stage.registry, stage.eventLog,
                                      stage.service, {}, {}, address.toStdString());
        QCOMPARE(made.ok(), allowed);
        if (made.ok()) QVERIFY((*made)->port() != 0);
        // an address that is taken
        auto again = HttpFront::create(stage.io.get_executor(), stage.clock, stage.registry, stage.eventLog,
                                       stage.service, {}, {}, stage.front->address());
        QVERIFY(!again.ok());
    }
};

QTEST_GUILESS_MAIN(TestHttpFront)
#include "tst_http_front.moc"
