// SPDX-License-Identifier: GPL-3.0-or-later
// The engine's ports as programs of others meet them: curl, nghttp, h2load and Python's grpcio.
#include "front/grpc_front.h"
#include "front/http_front.h"
#include "front_stage.h"
#include "support/program_output.h"

#include <QtTest>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <future>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace millrace;
using namespace millrace::front;
using namespace millrace::testing;

namespace {

/// Both fronts on a loop of their own.
struct Stage : FrontThread {
    explicit Stage(Options options = {})
    {
        service.offer("scribe");
        Hooks hooks;
        hooks.metrics = [] { return std::string("millrace_up 1\n"); };
        const auto bodies = makeBodies(io.get_executor(), registry);
        http = *HttpFront::create(io.get_executor(), clock, registry, eventLog, service, hooks, options, "127.0.0.1:0",
                                  bodies);
        grpc = *GrpcFront::create(io.get_executor(), clock, registry, eventLog, service, hooks, options, "127.0.0.1:0",
                                  bodies);
        grpc->join(*http);
        start();
    }
    ~Stage()
    {
        close(*grpc);
        onStrand([&] {
            grpc.reset();
            http.reset();
            return true;
        });
        join();
    }
    /// "http://127.0.0.1:1234" of one port, then of the other.
    QStringList bases() const
    {
        return {"http://" + QString::fromStdString(http->address()),
                "http://" + QString::fromStdString(grpc->address())};
    }

    std::unique_ptr<HttpFront> http;
    std::unique_ptr<GrpcFront> grpc;
};

QString missing(const QString& program, const char* package)
{
    if (!QStandardPaths::findExecutable(program).isEmpty()) return {};
    return program + " is not installed (Debian package " + package + ")";
}

QString written(const QTemporaryDir& folder, const QByteArray& bytes)
{
    const QString name = folder.filePath("body");
    QFile file(name);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size()) return {};
    return name;
}

// Raw strings here have an even number of quotes: with an odd one moc 6.4 takes the rest of the file for a string.
const QByteArray kChat = R"({"model":"scribe","messages":[]})";
const QByteArray kStreamed = R"({"model":"scribe","stream":true})";

}  // namespace

class TestOnePort : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void curlTalksToIt()
    {
        if (const auto why = missing("curl", "curl"); !why.isEmpty()) QSKIP(qPrintable(why));
        Stage stage;
        stage.onStrand([&] {
            stage.service.onOpenAi = [](const serve::OpenAiCall& call) -> FakeService::OpenAiAnswer {
                if (call.eventStream) return FakeService::events({"data: a\n\n", "data: b\n\n", "data: [DONE]\n\n"});
                if (call.request.body.size() > 100'000) return FakeService::whole(std::string(call.request.body));
                return FakeService::whole(R"({"ok":true})");
            };
            return true;
        });
        QTemporaryDir folder;
        const QByteArray large = "{\"model\":\"scribe\",\"x\":\"" + QByteArray(5'000'000, 'y') + "\"}";
        const QString upload = written(folder, large);
        for (const auto& base : stage.bases()) {
            for (const auto& protocol : {"--http2-prior-knowledge", "--http2", "--http1.1"}) {
                const auto curl = [&](const QStringList& more, const QString& path) {
                    return output("curl",
                                  QStringList{"-sS", protocol, "--max-time", "20"} + more + QStringList{base + path});
                };
                const QByteArray version =
                    protocol == QByteArray("--http2-prior-knowledge") ? "HTTP/2 200" : "HTTP/1.1 200";
                const auto chat =
                    curl({"-i", "-d", kChat, "-H", "content-type: application/json"}, "/v1/chat/completions");
                QVERIFY2(chat.startsWith(version) && chat.endsWith("\r\n\r\n{\"ok\":true}"), chat.constData());
                QVERIFY2(chat.toLower().contains("\r\nserver-timing: millrace;dur=2\r\n"), chat.constData());
                const auto stream = curl({"-N", "-d", kStreamed}, "/v1/chat/completions");
                QCOMPARE(stream, QByteArray("data: a\n\ndata: b\n\ndata: [DONE]\n\n"));
                const auto page = curl({"-i"}, "/metrics");
                QVERIFY2(page.startsWith(version) && page.endsWith("millrace_up 1\n"), page.constData());
                const auto head = curl({"-I"}, "/healthz");
                QVERIFY2(head.startsWith(version), head.constData());
                const auto back =
                    curl({"--data-binary", "@" + upload, "-H", "Expect: 100-continue"}, "/v1/chat/completions");
                QVERIFY(back == large);
                const auto refused = curl({"-d", "{", "-w", " %{http_code}"}, "/v1/embeddings");
                QVERIFY2(refused.endsWith(" 400"), refused.constData());
            }
        }
        QVERIFY(stage.eventually([&] {
            return std::all_of(stage.service.calls.begin(), stage.service.calls.end(),
                               [](const auto& call) { return call->finished; });
        }));
    }

    void nghttpTalksToIt()
    {
        if (const auto why = missing("nghttp", "nghttp2-client"); !why.isEmpty()) QSKIP(qPrintable(why));
        Stage stage;
        QTemporaryDir folder;
        const QString body = written(folder, kChat);
        for (const auto& base : stage.bases()) {
            const auto pages = output("nghttp", {"-n", "-s", "-m", "20", base + "/healthz"});
            QCOMPARE(pages.count(" 200 "), 20);
            const auto chat = output("nghttp", {"-v", "-d", body, "-H", "expect: 100-continue", "--trailer", "x-sum: 1",
                                                base + "/v1/chat/completions"});
            QVERIFY2(chat.contains(":status: 100") && chat.contains(":status: 200"), chat.constData());
            QVERIFY2(chat.contains("\"ok\":true") && !chat.contains("RST_STREAM"), chat.constData());
            // in padded frames, under a small window
            const auto small = output(
                "nghttp", {"-n", "-s", "-w", "5", "-W", "5", "-b", "200", "-d", body, base + "/v1/chat/completions"});
            QVERIFY2(small.contains(" 200 "), small.constData());
        }
    }

    /// All of a request is there before the first look at it, and more than one read takes: nothing more will come to
    /// tell of the rest.
    void whatCameBeforeTheHandOverIsRead()
    {
        Stage stage;
        const std::string body = "{\"model\":\"scribe\",\"x\":\"" + std::string(400'000, 'y') + "\"}";
        const std::string one =
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            "Content-Length: " +
            std::to_string(body.size()) + "\r\n\r\n" + body;
        std::string two("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33);
        two += std::string("\0\0\6\1\4\0\0\0\1\x83\x86\x84\x41\x01\x61", 15);
        for (const char last : {'\0', '\0', '\0', '\1'}) {
            std::string data("\0\x3e\x80\0\0\0\0\0\1", 9);  // 16,000 bytes
            data[4] = last;
            two += data + std::string(16'000, 'z');
        }
        for (const bool http2 : {false, true}) {
            const std::string& request = http2 ? two : one;
            const auto address = http2 ? stage.http->address() : stage.grpc->address();
            const int client = ::socket(AF_INET, SOCK_STREAM, 0);
            sockaddr_in to{};
            to.sin_family = AF_INET;
            to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            to.sin_port = htons(static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1))));
            const timeval patience{10, 0};
            ::setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
            QCOMPARE(::connect(client, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
            const auto sent = stage.onStrand([&] {  // it cannot look meanwhile
                return ::send(client, request.data(), request.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            });
            QVERIFY(sent > 60'000);
            ::send(client, request.data() + sent, request.size() - static_cast<std::size_t>(sent), MSG_NOSIGNAL);
            QByteArray seen;
            const auto complete = [&] {
                return http2 ? seen.contains(QByteArray("\1\4\0\0\0\1", 6)) : seen.contains("{\"ok\":true}");
            };
            char some[4096];
            for (ssize_t got = 1; got > 0 && !complete(); seen.append(some, std::max<ssize_t>(got, 0)))
                got = ::recv(client, some, sizeof some, 0);
            ::close(client);
            QVERIFY2(complete(), (QByteArray(http2 ? "2 " : "1 ") + seen.left(300).toHex()).constData());
        }
    }

    void h2loadTalksToIt_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QByteArray>("body");
        QTest::newRow("a small chat") << "/v1/chat/completions" << kChat;
        QTest::newRow("a streamed one") << "/v1/chat/completions" << kStreamed;
        QTest::newRow("a page") << "/v1/models" << QByteArray();
    }
    void h2loadTalksToIt()
    {
        QFETCH(QString, path);
        QFETCH(QByteArray, body);
        if (const auto why = missing("h2load", "nghttp2-client"); !why.isEmpty()) QSKIP(qPrintable(why));
        Stage stage;
        stage.onStrand([&] {
            stage.service.onOpenAi = [](const serve::OpenAiCall& call) -> FakeService::OpenAiAnswer {
                if (call.eventStream) return FakeService::events({"data: a\n\n", "data: [DONE]\n\n"});
                return FakeService::whole(R"({"ok":true})");
            };
            return true;
        });
        QTemporaryDir folder;
        for (const auto& base : stage.bases()) {
            QStringList arguments = {"-n", "2000", "-c", "10", "-m", "10"};
            if (!body.isEmpty()) arguments << "-d" << written(folder, body);
            const auto seen = output("h2load", arguments << base + path);
            QVERIFY2(seen.contains("2000 succeeded, 0 failed, 0 errored, 0 timeout"), seen.constData());
            QVERIFY2(seen.contains("status codes: 2000 2xx"), seen.constData());
        }
        // Nothing is left over, and nothing was counted as broken.
        QVERIFY(stage.eventually([&] {
            return stage.registry.gauge("millrace_front_grpc_connections", "").value() == 0 &&
                   stage.registry.gauge("millrace_front_body_bytes", "").value() == 0 &&
                   std::all_of(stage.service.calls.begin(), stage.service.calls.end(),
                               [](const auto& call) { return call->finished && call->httpStatus == 200; });
        }));
        QCOMPARE(stage.registry.counter("millrace_front_refused_total", "", {{"reason", "grpc_protocol"}}).value(),
                 std::uint64_t{0});
    }

    void grpcioTalksToTheHttpPort()
    {
        Stage stage;
        QTemporaryDir folder;
        const QString script = written(folder, R"(
import sys
try:
    import grpc
except ImportError:
    sys.exit("grpcio is not installed: Debian package python3-grpcio")
for address in sys.argv[1:]:
    channel = grpc.insecure_channel(address)
    def unary(name): return channel.unary_unary("/inference.GRPCInferenceService/" + name)
    assert unary("ServerLive")(b"", timeout=10) == b"\x08\x01"
    small = b"\x0a\x06scribe" + b"\x2a\x0b\x0a\x01x\x12\x04INT8\x1a\x00" + b"\x3a\x00"
    futures = [unary("ModelInfer").future(small, timeout=20) for _ in range(200)]
    assert all(future.result() for future in futures)
print("all is well")
)");
        const auto seen = output("/usr/bin/python3", {"-I", script, QString::fromStdString(stage.http->address()),
                                                      QString::fromStdString(stage.grpc->address())});
        if (seen.startsWith("grpcio is not")) QSKIP(seen.constData());
        QVERIFY2(seen.trimmed().endsWith("all is well"), seen.constData());
    }
};

QTEST_GUILESS_MAIN(TestOnePort)
#include "tst_one_port.moc"
