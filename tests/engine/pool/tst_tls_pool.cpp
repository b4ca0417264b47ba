// SPDX-License-Identifier: GPL-3.0-or-later
// The pools against servers behind TLS, of HTTP/1.1 and of gRPC.
#include "pool/grpc_pool.h"
#include "pool/http_pool.h"
#include "pool_stage.h"
#include "support/grpc_bytes.h"
#include "support/manual_clock.h"
#include "support/scripted_grpc.h"
#include "support/scripted_upstream.h"
#include "support/tls_door.h"

#include <QtTest>

#include <memory>
#include <optional>
#include <string>

using namespace millrace;
using namespace millrace::pool;
using namespace millrace::testing;

namespace {

/// A pool, a door with TLS, and a server of HTTP/1.1 behind that.
struct Rig : HttpStage {
    explicit Rig(ScriptedUpstream::Script given = {}, TlsDoor::Options doorOptions = {})
        : HttpStage(std::move(given)), door(io, certificate, upstream.port(), std::move(doorOptions))
    {
        open({"localhost", std::to_string(door.port()), true}, smallPool(4));
    }
    ~Rig()
    {
        pool.reset();
        poll(io);
    }
    StatusOr<std::string> ask(HttpRequest what)
    {
        return runToEnd(io, exchangeWhole(*pool, std::move(what), clock.now() + 1min));
    }

    const Certificate certificate{"localhost"};
    const Trust trust{certificate};
    TlsDoor door;
};

}  // namespace

class TestTlsPool : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void bodiesOfAllSizesGoBothWays_data()
    {
        QTest::addColumn<int>("bytes");
        QTest::addColumn<int>("atOnce");
        for (const int bytes : {0, 1, 2047, 2049, 16383, 16385, 65535, 70000, 20'000'000})
            QTest::addRow("%d bytes", bytes) << bytes << 0;
        QTest::newRow("records of one byte") << 3000 << 1;
        QTest::newRow("records of 1000 bytes") << 500'000 << 1000;
    }
    void bodiesOfAllSizesGoBothWays()
    {
        QFETCH(int, bytes);
        QFETCH(int, atOnce);
        TlsDoor::Options options;
        options.atOnce = static_cast<std::size_t>(atOnce);
        Rig rig(
            [](const ScriptedUpstream::Request& asked) {
                Answer answer;
                answer.body = asked.body;
                answer.chunked = asked.body.size() == 70000;
                answer.chunkBytes = 777;
                return answer;
            },
            options);
        std::string body(static_cast<std::size_t>(bytes), '\0');
        for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7 + i / 251);
        for (int round = 0; round < 3; ++round) {
            const auto got = rig.ask(request("POST", body));
            QVERIFY2(got.ok(), text(got.status()).c_str());
            QVERIFY(*got == body);
        }
        QCOMPARE(rig.now().created, 1u);
    }

    /// Only who says that nothing follows may end a body by ending the connection.
    void aBodyThatWasCutOffIsNoWholeOne_data()
    {
        QTest::addColumn<bool>("says");
        QTest::newRow("it says that nothing follows") << true;
        QTest::newRow("it is cut off") << false;
    }
    void aBodyThatWasCutOffIsNoWholeOne()
    {
        QFETCH(bool, says);
        TlsDoor::Options options;
        options.says = says;
        Rig rig(
            [](const ScriptedUpstream::Request&) {
                Answer answer;
                answer.body = "half of it";
                answer.untilClose = true;
                answer.then = Then::Close;
                return answer;
            },
            options);
        const auto got = rig.ask(request());
        QCOMPARE(got.ok(), says);
        if (says)
            QCOMPARE(*got, std::string("half of it"));
        else
            QVERIFY2(
                text(got.status()).find("closed the connection after 10 bytes of its response") != std::string::npos,
                text(got.status()).c_str());
        QVERIFY(runUntil(rig.io, [&] { return rig.door.open() == 0; }));
    }

    void whatIsSaidUnaskedEndsAnIdleConnection()
    {
        Rig rig;
        QVERIFY(rig.ask(request()).ok());
        rig.door.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        QVERIFY(runUntil(rig.io, [&] { return rig.now().closed.contains(CloseReason::Error); }));
        QVERIFY(rig.ask(request()).ok());
    }

    void bytesThatAreNoTlsEndTheConnection()
    {
        Rig rig([](const ScriptedUpstream::Request&) {
            Answer answer;
            answer.held = true;
            return answer;
        });
        auto asking = start(rig.io, exchangeWhole(*rig.pool, request(), rig.clock.now() + 1min));
        QVERIFY(runUntil(rig.io, [&] { return rig.upstream.held() == 1; }));
        rig.door.sayRaw("this is no record");
        QVERIFY(runUntil(rig.io, [&] { return asking.done(); }));
        const auto got = asking.take();
        QVERIFY(absl::IsUnavailable(got.status()));
        QVERIFY2(text(got.status()).starts_with("reading from localhost:"), text(got.status()).c_str());
        QVERIFY2(text(got.status()).find(": TLS: ") != std::string::npos, text(got.status()).c_str());
        QVERIFY(runUntil(rig.io, [&] { return rig.door.open() == 0; }));
    }

    /// The client answers by itself, between its requests' bytes.
    void keysMayChange()
    {
        Rig rig;
        for (int round = 0; round < 5; ++round) {
            QVERIFY(rig.ask(request("POST", std::string(100'000, 'x'))).ok());
            rig.door.changeKeys();
        }
        QCOMPARE(rig.now().created, 1u);
    }

    void aServerThatSaysNothingIsGivenUp()
    {
        const Certificate certificate("localhost");
        net::io_context io;
        ManualClock clock(io);
        Registry registry;
        ScriptedUpstream mute(io, [](const ScriptedUpstream::Request&) { return Answer(); });
        HttpPool::Target target;
        target.endpoint = {"127.0.0.1", std::to_string(mute.port()), true};
        HttpPool pool(PoolSetup{io.get_executor(), clock, registry, "test", smallPool(4), 7}, target);
        pool.start();
        QVERIFY(runUntil(io, [&] { return mute.accepted() == 1; }));
        poll(io);
        clock.advance(4s);
        QVERIFY(runUntil(io, [&] { return pool.snapshot().failed >= 1; }));
        QVERIFY(runUntil(io, [&] { return pool.snapshot().healthReason.find("timed out") != std::string::npos; }));
    }

    void aServerWithoutTlsIsRecognised()
    {
        net::io_context io;
        ManualClock clock(io);
        Registry registry;
        ScriptedGrpc plain(io, clock, [] {
            ScriptedGrpc::Options options;
            options.greeting = "220 mail.test ESMTP\r\n";
            return options;
        }());
        HttpPool::Target target;
        target.endpoint = {"127.0.0.1", std::to_string(plain.port()), true};
        HttpPool pool(PoolSetup{io.get_executor(), clock, registry, "test", smallPool(4), 7}, target);
        pool.start();
        QVERIFY(runUntil(
            io, [&] { return pool.snapshot().healthReason.find("TLS with 127.0.0.1:") != std::string::npos; }));
        QVERIFY2(pool.snapshot().healthReason.find("wrong version number") != std::string::npos,
                 pool.snapshot().healthReason.c_str());
    }

    // ---- gRPC ----

    void callsGoOverTls_data()
    {
        QTest::addColumn<QByteArray>("alpn");
        QTest::addColumn<QString>("problem");
        QTest::newRow("h2") << QByteArray("h2") << QString();
        QTest::newRow("h2 before others") << QByteArray("h2 http/1.1") << QString();
        QTest::newRow("no ALPN") << QByteArray() << "does not offer HTTP/2 (ALPN), which gRPC needs";
        QTest::newRow("http/1.1 alone") << QByteArray("http/1.1") << "does not offer HTTP/2 (ALPN), which gRPC needs";
    }
    void callsGoOverTls()
    {
        QFETCH(QByteArray, alpn);
        QFETCH(QString, problem);
        const Certificate certificate("localhost");
        const Trust trust(certificate);
        net::io_context io;
        ManualClock clock(io);
        Registry registry;
        ScriptedGrpc server(io, clock);
        const std::string large(3'000'000, 'y');
        server.onCall = [&](ScriptedGrpc::Peer& peer, const auto& call) { peer.answer(call->stream, large); };
        TlsDoor::Options options;
        options.alpn = alpn.toStdString();
        TlsDoor door(io, certificate, server.port(), options);
        GrpcPool::Target target;
        target.address = "https://localhost:" + std::to_string(door.port());
        target.checkPath = "/check";
        GrpcPool pool(PoolSetup{io.get_executor(), clock, registry, "test", smallPool(4), 7}, target);
        pool.start();
        std::string answer;
        const auto ask = [&](const std::string& message) {
            GrpcRequest call;
            call.path = "/some.Service/Method";
            call.framed = http::GrpcFramed(framed(message));
            call.read = [&](http::GrpcMessageReader::Message& said) {
                answer = said.bytes();
                return absl::OkStatus();
            };
            return runToEnd(io, pool.call(std::move(call), clock.now() + 1min));
        };
        if (!problem.isEmpty()) {
            const Status status = ask("ping");
            QVERIFY(absl::IsUnavailable(status));
            QVERIFY2(text(status).find(problem.toStdString()) != std::string::npos, text(status).c_str());
            return;
        }
        for (int i = 0; i < 5; ++i) {
            const Status status = ask(std::string(5'000'000, 'x'));
            QVERIFY2(status.ok(), text(status).c_str());
            QVERIFY(answer == large);
        }
        QCOMPARE(server.calls.size(), std::size_t(5));
        QCOMPARE(server.calls.back()->body.size(), std::size_t(5'000'005));
        QCOMPARE(server.calls.back()->fields.get(":scheme"), std::string_view("https"));
        QCOMPARE(pool.snapshot().created, 1u);
        QCOMPARE(door.chosen, std::vector<std::string>{"h2"});
        // It ends as it should: with a word of HTTP/2 and one of TLS.
        pool.evict({});
        QVERIFY(runUntil(io, [&] { return door.open() == 0; }));
        QCOMPARE(pool.snapshot().closed.at(CloseReason::Evicted), 1u);
    }
};

QTEST_GUILESS_MAIN(TestTlsPool)
#include "tst_tls_pool.moc"
