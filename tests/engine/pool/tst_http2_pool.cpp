// SPDX-License-Identifier: GPL-3.0-or-later
// HTTP/2 to backends that choose it: against a server whose every frame is in the test's hands, behind a door with TLS,
// and against nginx and HAProxy.
#include "pool/http_pool.h"
#include "pool_stage.h"
#include "support/manual_clock.h"
#include "support/scripted_grpc.h"
#include "support/scripted_upstream.h"
#include "support/tls_door.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

using namespace millrace;
using namespace millrace::pool;
using namespace millrace::testing;
using Peer = ScriptedGrpc::Peer;
using CallPtr = std::shared_ptr<ScriptedGrpc::Call>;
using Fields = std::vector<std::pair<std::string, std::string>>;

namespace {

constexpr std::uint32_t kCancel = 8, kRefused = 7, kInternal = 2;

Options small()
{
    Options options = smallPool(4);
    options.connectTimeout = 3s;
    return options;
}

void head(Peer& peer, const CallPtr& call, const Fields& more = {}, const std::string& status = "200",
          bool last = false)
{
    http::HttpFields fields;
    fields.add(":status", status);
    for (const auto& [name, value] : more) fields.add(name, value);
    peer.respond(call->stream, fields, last);
}

void send(Peer& peer, const CallPtr& call, const std::string& bytes, bool last = false)
{
    peer.session().send(call->stream, bytes);
    if (last) peer.session().finish(call->stream);
    peer.flush();
}

void answer(Peer& peer, const CallPtr& call, const std::string& body, const Fields& more = {})
{
    head(peer, call, more);
    send(peer, call, body, true);
}

/// A pool, a door with TLS, and a server of HTTP/2 behind that.
struct Rig {
    explicit Rig(Options options = small(), ScriptedGrpc::Options server = {}, const std::string& alpn = "h2 http/1.1",
                 bool ready = true)
        : upstream(io, clock, std::move(server))
    {
        upstream.onCall = [this](Peer& peer, const CallPtr& call) {
            if (call->fields.get(":path") == "/v1/models") return answer(peer, call, "{}");  // the health check
            calls.push_back(call);
            if (script)
                script(peer, call);
            else
                answer(peer, call, "{}");
        };
        TlsDoor::Options doorOptions;
        doorOptions.alpn = alpn;
        door.emplace(io, certificate, upstream.port(), doorOptions);
        HttpPool::Target target;
        target.endpoint = {"localhost", std::to_string(door->port()), true};
        PoolSetup setup{io.get_executor(), clock, registry, "test", options, 7};
        pool = std::make_unique<HttpPool>(setup, target);
        pool->start();
        if (!ready) return;
        MR_CHECK(runUntil(io, [&] { return isReady(now()); }));
    }
    ~Rig()
    {
        pool.reset();
        poll(io);
    }
    net::awaitable<StatusOr<std::string>> asking(HttpRequest what, CancelToken cancel = {}, Duration within = 1min)
    {
        return exchangeWhole(*pool, std::move(what), clock.now() + within, std::move(cancel));
    }
    Running<StatusOr<std::string>> begin(HttpRequest what, CancelToken cancel = {}, Duration within = 1min)
    {
        return start(io, asking(std::move(what), std::move(cancel), within));
    }
    StatusOr<std::string> end(Running<StatusOr<std::string>> running)
    {
        if (!runUntil(io, [&] { return running.done(); })) qFatal("an exchange did not end");
        return running.take();
    }
    StatusOr<std::string> ask(HttpRequest what) { return end(begin(std::move(what))); }
    StatusOr<HttpResponse> headOf(HttpRequest what)
    {
        return runToEnd(io, pool->exchange(std::move(what), clock.now() + 1min));
    }
    bool called(std::size_t count)
    {
        return runUntil(io, [&] { return calls.size() >= count; });
    }
    Peer& peerOf(const CallPtr& call) { return *call->peer.lock(); }
    PoolSnapshot now() const { return pool->snapshot(); }
    bool balanced() const { return isBalanced(now()); }

    const Certificate certificate{"localhost"};
    const Trust trust{certificate};
    net::io_context io;
    ManualClock clock{io};
    Registry registry;
    std::function<void(Peer&, const CallPtr&)> script;
    std::vector<CallPtr> calls;
    ScriptedGrpc upstream;
    std::optional<TlsDoor> door;
    std::unique_ptr<HttpPool> pool;
};

std::string bytesOf(std::size_t size)
{
    std::string out(size, '\0');
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 7 + i / 251);
    return out;
}

}  // namespace

class TestHttp2Pool : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void requestsShareAConnection()
    {
        Rig rig;
        QCOMPARE(rig.door->chosen, std::vector<std::string>{"h2"});
        std::vector<Running<StatusOr<std::string>>> running;
        rig.script = [](Peer&, const CallPtr&) {};
        for (int i = 0; i < 6; ++i) {
            HttpRequest asked = request("POST", std::to_string(i));
            asked.fields = {{"X-Thing", "  a b "}, {"Host", "other"}, {"Connection", "close"}, {"TE", "gzip"}};
            running.push_back(rig.begin(std::move(asked)));
        }
        QVERIFY(rig.called(6));
        const PoolSnapshot busy = rig.now();
        QCOMPARE(busy.created, 1u);
        QCOMPARE(busy.active, 1u);
        QCOMPARE(busy.connections.at(0).calls, 6u);
        QVERIFY(busy.connections.at(0).http2);
        QCOMPARE(rig.registry.gauge("millrace_pool_connections_http2", "", {{"backend", "test"}, {"protocol", "http"}})
                     .value(),
                 1.0);
        // In another order than they were asked.
        for (const std::size_t i : {3u, 0u, 5u, 1u, 4u, 2u})
            answer(rig.peerOf(rig.calls[i]), rig.calls[i], rig.calls[i]->body);
        for (std::size_t i = 0; i < 6; ++i) QCOMPARE(rig.end(std::move(running[i])).value(), std::to_string(i));
        const auto& fields = rig.calls[0]->fields;
        QCOMPARE(fields.get(":method"), std::string_view("POST"));
        QCOMPARE(fields.get(":scheme"), std::string_view("https"));
        QCOMPARE(fields.get(":path"), std::string_view("/v1/thing"));
        QCOMPARE(fields.get(":authority"), std::string_view("localhost:" + std::to_string(rig.door->port())));
        QCOMPARE(fields.get("content-length"), std::string_view("1"));
        std::set<std::string_view> names;
        for (const auto& field : fields) names.insert(field.name);
        QVERIFY(names.contains("x-thing"));
        for (const auto* name : {"host", "connection", "te", "Host"}) QVERIFY(!names.contains(name));
        QCOMPARE(fields.get("x-thing"), std::string_view("a b"));
        QVERIFY(rig.balanced());
        QCOMPARE(rig.now().closed.size(), std::size_t(0));
    }

    /// Another connection where each has some already, none beyond what the server allows.
    void connectionsFollowRequests()
    {
        ScriptedGrpc::Options server;
        server.streamsMax = 2;
        Rig rig(small(), server);
        rig.script = [](Peer&, const CallPtr&) {};
        std::vector<Running<StatusOr<std::string>>> running;
        for (int i = 0; i < 8; ++i) running.push_back(rig.begin(request()));
        QVERIFY(rig.called(8));
        QCOMPARE(rig.now().active, 4u);
        auto late = rig.begin(request());
        QVERIFY(runUntil(rig.io, [&] { return rig.now().waiters == 1; }));
        for (std::size_t i = 0; i < 8; ++i) answer(rig.peerOf(rig.calls[i]), rig.calls[i], "x");
        for (auto& one : running) QVERIFY(rig.end(std::move(one)).ok());
        QVERIFY(rig.called(9));
        answer(rig.peerOf(rig.calls[8]), rig.calls[8], "x");
        QVERIFY(rig.end(std::move(late)).ok());
        for (const auto& peer : rig.upstream.peers) QVERIFY(peer->streamsMost <= 2);
    }

    void bodiesOfAllSizesGoBothWays_data()
    {
        QTest::addColumn<int>("bytes");
        for (const int bytes : {0, 1, 16383, 16385, 65535, 65537, 131072, 140000, 20'000'000})
            QTest::addRow("%d", bytes) << bytes;
    }
    void bodiesOfAllSizesGoBothWays()
    {
        QFETCH(int, bytes);
        Rig rig;
        rig.script = [](Peer& peer, const CallPtr& call) { answer(peer, call, call->body); };
        const std::string body = bytesOf(static_cast<std::size_t>(bytes));
        for (int round = 0; round < 2; ++round) {
            const auto got = rig.ask(request("POST", body));
            QVERIFY2(got.ok(), text(got.status()).c_str());
            QVERIFY(*got == body);
        }
        QCOMPARE(rig.now().created, 1u);
    }

    void aHeadWithoutABodyIsWhole()
    {
        Rig rig;
        rig.script = [](Peer& peer, const CallPtr& call) {
            head(peer, call, {{"content-length", "1000"}, {"x-a", "b"}}, "200", true);
        };
        const auto got = rig.headOf(request("HEAD", ""));
        QVERIFY(got.ok());
        QCOMPARE(got->status, 200u);
        QCOMPARE(got->fields.get("x-a"), std::string_view("b"));
        QVERIFY(!got->fields.find(":status"));
        QCOMPARE(got->body->takeWhole(), std::optional<std::string>(""));
    }

    void interimAnswersAndTrailersAreNotPassedOn()
    {
        Rig rig;
        rig.script = [](Peer& peer, const CallPtr& call) {
            for (const auto* status : {"100", "103", "103"}) {
                http::HttpFields fields;
                fields.add(":status", status);
                fields.add("link", "</x>");
                peer.session().inform(call->stream, fields);
            }
            head(peer, call, {{"x-real", "1"}});
            peer.session().send(call->stream, std::string("abc"));
            http::HttpFields trailers;
            trailers.add("x-sum", "7");
            peer.session().finish(call->stream, trailers);
            peer.flush();
        };
        auto got = rig.headOf(request());
        QVERIFY2(got.ok(), text(got.status()).c_str());
        QCOMPARE(got->status, 200u);
        QVERIFY(!got->fields.find("link"));
        const auto body = runToEnd(rig.io, readAll(*got->body, 1000));
        QCOMPARE(body.value(), std::string("abc"));
        QVERIFY(!got->fields.find("x-sum"));
    }

    /// One who does not read holds back his own answer, at the size of its window, and nobody else's.
    void slowReadersHoldUpNobody()
    {
        Rig rig;
        rig.script = [](Peer& peer, const CallPtr& call) {
            answer(peer, call, call->fields.get(":method") == "GET" ? "small" : bytesOf(1'000'000));
        };
        std::vector<HttpResponse> slow;
        for (int i = 0; i < 60; ++i) {  // more than the connection's window holds
            auto got = rig.headOf(request());
            QVERIFY2(got.ok(), text(got.status()).c_str());
            slow.push_back(*std::move(got));
        }
        for (int i = 0; i < 100; ++i) poll(rig.io);
        for (const auto& call : rig.calls)
            QVERIFY(call->closed || rig.peerOf(call).session().unsent(call->stream) >= 1'000'000 - 300'000);
        for (int i = 0; i < 20; ++i) QCOMPARE(rig.ask(request("GET", "")).value(), std::string("small"));
        for (auto& one : slow) {
            const auto body = runToEnd(rig.io, readAll(*one.body, 2'000'000));
            QVERIFY2(body.ok(), text(body.status()).c_str());
            QVERIFY(*body == bytesOf(1'000'000));
        }
        slow.clear();
        QVERIFY(rig.now().created <= 4);
        QVERIFY(runUntil(rig.io, [&] { return rig.now().active == 0; }));
        QVERIFY(rig.balanced());
    }

    // ---- cancelling ----

    void whoIsCancelledResetsHisStreamAlone_data()
    {
        QTest::addColumn<QString>("when");
        for (const auto* when : {"before the head", "within the body", "dropped", "late"})
            QTest::newRow(when) << QString(when);
    }
    void whoIsCancelledResetsHisStreamAlone()
    {
        QFETCH(QString, when);
        Rig rig;
        rig.script = [](Peer&, const CallPtr&) {};
        auto other = rig.begin(request());
        QVERIFY(rig.called(1));
        CancelSource source;
        if (when == "dropped") {
            rig.script = [](Peer& peer, const CallPtr& call) {
                head(peer, call);
                send(peer, call, "some");
            };
            auto got = rig.headOf(request());
            QVERIFY(got.ok());
            got->body = nullptr;
        } else {
            auto running = rig.begin(request(), source.token(), 10s);
            QVERIFY(rig.called(2));
            if (when == "within the body") {
                head(rig.peerOf(rig.calls[1]), rig.calls[1]);
                send(rig.peerOf(rig.calls[1]), rig.calls[1], "some");
                for (int i = 0; i < 20; ++i) poll(rig.io);
            }
            if (when == "late")
                rig.clock.advance(11s);
            else
                source.cancel("the client left");
            const auto got = rig.end(std::move(running));
            QVERIFY(when == "late" ? absl::IsDeadlineExceeded(got.status()) : absl::IsCancelled(got.status()));
        }
        QVERIFY(runUntil(rig.io, [&] { return rig.calls[1]->closed.has_value(); }));
        QCOMPARE(*rig.calls[1]->closed, kCancel);
        answer(rig.peerOf(rig.calls[0]), rig.calls[0], "well");
        QCOMPARE(rig.end(std::move(other)).value(), std::string("well"));
        QCOMPARE(rig.now().created, 1u);
        QCOMPARE(rig.now().closed.size(), std::size_t(0));
    }

    void silenceWithinABodyEndsIt()
    {
        Rig rig;
        rig.script = [](Peer& peer, const CallPtr& call) {
            head(peer, call);
            send(peer, call, "data: 1\n\n");
        };
        HttpRequest asked = request();
        asked.silenceMax = 20s;
        auto answered = runToEnd(rig.io, rig.pool->exchange(std::move(asked), rig.clock.now() + 5s));
        QVERIFY2(answered.ok(), text(answered.status()).c_str());
        QCOMPARE(runToEnd(rig.io, answered->body->read()).value(), std::string("data: 1\n\n"));
        for (int i = 0; i < 5; ++i) {  // beyond its deadline, which counts no more
            auto reading = start(rig.io, answered->body->read());
            rig.clock.advance(10s);
            QVERIFY(!reading.done());
            send(rig.peerOf(rig.calls[0]), rig.calls[0], "data: 2\n\n");
            QVERIFY(runUntil(rig.io, [&] { return reading.done(); }));
            QCOMPARE(reading.take().value(), std::string("data: 2\n\n"));
        }
        auto reading = start(rig.io, answered->body->read());
        rig.clock.advance(21s);
        QVERIFY(runUntil(rig.io, [&] { return reading.done(); }));
        const auto got = reading.take();
        QVERIFY(absl::IsDeadlineExceeded(got.status()));
        QVERIFY2(text(got.status()).find("sent nothing for") != std::string::npos, text(got.status()).c_str());
        QVERIFY(runUntil(rig.io, [&] { return rig.calls[0]->closed == kCancel; }));
    }

    // ---- what servers do ----

    void resetsAreReported_data()
    {
        QTest::addColumn<QString>("when");
        QTest::addColumn<QString>("words");
        QTest::newRow("before") << "before"
                                << "broke off the request before responding (HTTP/2: INTERNAL_ERROR)";
        QTest::newRow("head") << "head"
                              << "broke off its response after 0 bytes (HTTP/2: INTERNAL_ERROR)";
        QTest::newRow("body") << "body"
                              << "broke off its response after 4 bytes (HTTP/2: INTERNAL_ERROR)";
    }
    void resetsAreReported()
    {
        QFETCH(QString, when);
        QFETCH(QString, words);
        Rig rig;
        rig.script = [&](Peer& peer, const CallPtr& call) {
            if (when != "before") head(peer, call);
            if (when == "body") send(peer, call, "some");
            peer.reset(call->stream, kInternal);
        };
        const auto got = rig.ask(request("GET", ""));
        QVERIFY(absl::IsUnavailable(got.status()));
        QVERIFY2(text(got.status()).find(words.toStdString()) != std::string::npos, text(got.status()).c_str());
        QVERIFY(!isUnsent(got.status()));
        QCOMPARE(rig.calls.size(), std::size_t(1));  // it was the server's decision: not sent again
        QCOMPARE(rig.now().created, 1u);
        rig.script = nullptr;
        QVERIFY(rig.ask(request()).ok());
    }

    /// The server has done nothing for it: whatever it asks for, it is sent again, once.
    void whatIsRefusedIsSentAgain_data()
    {
        QTest::addColumn<int>("times");
        QTest::newRow("once") << 1;
        QTest::newRow("always") << 100;
    }
    void whatIsRefusedIsSentAgain()
    {
        QFETCH(int, times);
        Rig rig;
        rig.script = [&](Peer& peer, const CallPtr& call) {
            if (times-- > 0) return peer.reset(call->stream, kRefused);
            answer(peer, call, call->body);
        };
        const std::string body = bytesOf(300'000);
        const auto got = rig.ask(request("POST", body));
        QCOMPARE(rig.calls.size(), std::size_t(2));
        if (times < 1) {
            QVERIFY2(got.ok(), text(got.status()).c_str());
            QVERIFY(*got == body);
        } else {
            QVERIFY(absl::IsUnavailable(got.status()));
            QVERIFY(isUnsent(got.status()));  // another backend may have it
            QVERIFY2(text(got.status()).find("refused the request") != std::string::npos, text(got.status()).c_str());
        }
    }

    /// Those that it names are answered, those after them go elsewhere, and nothing new comes.
    void goAwayInTheMiddle()
    {
        Rig rig;
        rig.script = [](Peer&, const CallPtr&) {};
        auto first = rig.begin(request("POST", "first")), second = rig.begin(request("POST", "second"));
        QVERIFY(rig.called(2));
        const CallPtr one = rig.calls[0], two = rig.calls[1];
        rig.script = [](Peer& peer, const CallPtr& call) { answer(peer, call, "elsewhere: " + call->body); };
        rig.peerOf(one).goAway(one->stream);
        QCOMPARE(rig.end(std::move(second)).value(), std::string("elsewhere: second"));
        QVERIFY(!first.done());
        QCOMPARE(rig.ask(request("POST", "third")).value(), std::string("elsewhere: third"));
        answer(rig.peerOf(one), one, "here");
        QCOMPARE(rig.end(std::move(first)).value(), std::string("here"));
        QVERIFY(runUntil(rig.io, [&] { return rig.now().closed.contains(CloseReason::ServerClosed); }));
        QCOMPARE(rig.now().created, 2u);
        QVERIFY(rig.now().health == Health::Healthy);
        QVERIFY(rig.balanced());
    }

    void aLostConnectionIsReported_data()
    {
        QTest::addColumn<QString>("method");
        QTest::addColumn<bool>("begun");
        QTest::addColumn<QString>("words");
        QTest::newRow("GET before the head: sent again") << "GET" << false << "";
        QTest::newRow("POST before the head") << "POST" << false << "closed the connection before responding";
        QTest::newRow("GET within the body") << "GET" << true << "closed the connection after 4 bytes of its response";
    }
    void aLostConnectionIsReported()
    {
        QFETCH(QString, method);
        QFETCH(bool, begun);
        QFETCH(QString, words);
        Rig rig;
        rig.script = [&](Peer& peer, const CallPtr& call) {
            rig.script = nullptr;
            if (begun) {
                head(peer, call);
                send(peer, call, "some");
            }
            peer.close();
        };
        const auto got = rig.ask(request(method.toStdString(), method == "GET" ? "" : "{}"));
        if (words.isEmpty()) {
            QVERIFY2(got.ok(), text(got.status()).c_str());
            QCOMPARE(rig.calls.size(), std::size_t(2));
        } else {
            QVERIFY(absl::IsUnavailable(got.status()));
            QVERIFY2(text(got.status()).find("the connection was closed") != std::string::npos ||
                         text(got.status()).find(words.toStdString()) != std::string::npos,
                     text(got.status()).c_str());
            QCOMPARE(rig.calls.size(), std::size_t(1));
        }
        QVERIFY(runUntil(rig.io, [&] { return rig.now().closed.contains(CloseReason::Error); }));
        QVERIFY(rig.balanced());
        QVERIFY(rig.ask(request()).ok());
    }

    void headsThatAreTooMuchEndTheirExchange()
    {
        Rig rig;
        rig.script = [](Peer& peer, const CallPtr& call) {
            Fields many;
            for (int i = 0; i < 2000; ++i)
                many.emplace_back("x-a", "b");  // as lists of fields are counted: 32 for each
            head(peer, call, many);
            send(peer, call, "some", true);
        };
        const auto got = rig.ask(request());
        QVERIFY(absl::IsUnavailable(got.status()));
        QVERIFY2(text(got.status()).find("has more than 65536 bytes of headers") != std::string::npos,
                 text(got.status()).c_str());
        rig.script = nullptr;
        QVERIFY(rig.ask(request()).ok());
        QCOMPARE(rig.now().created, 1u);
    }

    void interimAnswersWithoutEndAreOne()
    {
        Rig rig;
        rig.script = [](Peer& peer, const CallPtr& call) {
            http::HttpFields fields;
            fields.add(":status", "103");
            for (int i = 0; i < 1000; ++i) peer.session().inform(call->stream, fields);
            peer.flush();
        };
        const auto got = rig.ask(request());
        QVERIFY2(text(got.status()).find("interim responses without end") != std::string::npos,
                 text(got.status()).c_str());
        rig.script = nullptr;
        QVERIFY(rig.ask(request()).ok());
    }

    /// Of frames that cost the server nothing: the connection ends, and its exchanges are told.
    void floodsEndTheConnection_data()
    {
        QTest::addColumn<QByteArray>("frame");
        QTest::newRow("PING") << QByteArray("\0\0\x08\6\0\0\0\0\0abcdefgh", 17);
        QTest::newRow("SETTINGS") << QByteArray("\0\0\0\4\0\0\0\0\0", 9);
        QTest::newRow("empty DATA") << QByteArray("\0\0\0\0\0\0\0\0\3", 9);
    }
    void floodsEndTheConnection()
    {
        QFETCH(QByteArray, frame);
        Rig rig;
        rig.script = [&](Peer& peer, const CallPtr& call) {
            head(peer, call);
            QByteArray one = frame;
            if (one[3] == 0) one[8] = static_cast<char>(call->stream);
            peer.raw(one.repeated(100'000).toStdString());
        };
        const auto got = rig.ask(request());
        QVERIFY2(absl::IsUnavailable(got.status()), text(got.status()).c_str());
        QVERIFY(runUntil(rig.io, [&] { return rig.now().closed.contains(CloseReason::Error); }));
        rig.script = nullptr;
        QVERIFY(rig.ask(request()).ok());
        QVERIFY(rig.balanced());
    }

    void aStatusThatIsNoneIsMalformed()
    {
        Rig rig;
        rig.script = [](Peer& peer, const CallPtr& call) { head(peer, call, {}, "777", true); };
        const auto got = rig.ask(request());
        QVERIFY2(text(got.status()).starts_with("malformed response from localhost:"), text(got.status()).c_str());
        rig.script = nullptr;
        QVERIFY(rig.ask(request()).ok());
    }

    void aBodyOfAnotherLengthIsBroken()
    {
        Rig rig;
        rig.script = [](Peer& peer, const CallPtr& call) { answer(peer, call, "four", {{"content-length", "5"}}); };
        const auto got = rig.ask(request());
        QVERIFY(absl::IsUnavailable(got.status()));
        rig.script = nullptr;
        QVERIFY(rig.ask(request()).ok());
    }

    /// It says h2 and then speaks something else, or nothing, or ends.
    void aServerThatDoesNotDoWhatItSaysIsUnhealthy_data()
    {
        QTest::addColumn<QByteArray>("greeting");
        QTest::addColumn<QString>("words");
        QTest::newRow("HTTP/1.1") << QByteArray("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                                  << "HTTP/2 with localhost:";
        QTest::newRow("noise") << QByteArray(100, '\xee') << "HTTP/2 with localhost:";
        QTest::newRow("nothing") << QByteArray() << "connecting to localhost:";
    }
    void aServerThatDoesNotDoWhatItSaysIsUnhealthy()
    {
        QFETCH(QByteArray, greeting);
        QFETCH(QString, words);
        ScriptedGrpc::Options server;
        server.greeting = greeting.toStdString();
        server.mute = greeting.isEmpty();
        Rig rig(small(), server, "h2", false);
        auto running = rig.begin(request());
        QVERIFY(runUntil(rig.io, [&] { return !rig.upstream.peers.empty(); }));
        for (int i = 0; i < 50; ++i) poll(rig.io);
        if (greeting.isEmpty()) rig.clock.advance(4s);
        const auto got = rig.end(std::move(running));
        QVERIFY(absl::IsUnavailable(got.status()));
        QVERIFY(isUnsent(got.status()));
        QVERIFY2(text(got.status()).find(words.toStdString()) != std::string::npos, text(got.status()).c_str());
        QVERIFY(rig.now().failed > 0);
        QVERIFY(rig.now().created == 0);
        QVERIFY(runUntil(rig.io, [&] { return rig.now().health != Health::Healthy; }));
    }

    // ---- what is offered, and what is chosen ----

    void withoutTheSettingItIsNotOffered()
    {
        Options options = small();
        options.http2 = false;
        Rig rig(options, {}, "h2 http/1.1", false);
        QVERIFY(runUntil(rig.io, [&] { return !rig.door->chosen.empty(); }));
        QCOMPARE(rig.door->chosen.front(), std::string());
    }

    void aServerMayChooseTheOther()
    {
        const Certificate certificate("localhost");
        const Trust trust(certificate);
        net::io_context io;
        ManualClock clock(io);
        Registry registry;
        ScriptedUpstream upstream(io, [](const ScriptedUpstream::Request& asked) {
            ScriptedUpstream::Answer out;
            out.held = asked.method == "POST";
            return out;
        });
        TlsDoor::Options options;
        options.alpn = "http/1.1";
        TlsDoor door(io, certificate, upstream.port(), options);
        HttpPool::Target target;
        target.endpoint = {"localhost", std::to_string(door.port()), true};
        HttpPool pool(PoolSetup{io.get_executor(), clock, registry, "test", small(), 7}, target);
        pool.start();
        QVERIFY(runUntil(io, [&] { return pool.snapshot().healthPassed == 1; }));
        std::vector<Running<StatusOr<HttpResponse>>> running;
        for (int i = 0; i < 3; ++i) running.push_back(start(io, pool.exchange(request(), clock.now() + 1min)));
        QVERIFY(runUntil(io, [&] { return upstream.held() == 3; }));
        upstream.release();
        for (auto& one : running) {
            QVERIFY(runUntil(io, [&] { return one.done(); }));
            QVERIFY(one.take().ok());
        }
        QCOMPARE(door.chosen.front(), std::string("http/1.1"));
        QCOMPARE(pool.snapshot().created, 3u);  // each had one of its own
        QVERIFY(!pool.snapshot().connections.at(0).http2);
    }

    /// A change takes effect while requests flow: what is open ends with its requests.
    void theSettingMayChange()
    {
        Rig rig;
        rig.script = [](Peer&, const CallPtr&) {};
        auto running = rig.begin(request());
        QVERIFY(rig.called(1));
        Options options = small();
        options.http2 = false;
        rig.pool->apply(options);
        QVERIFY(!running.done());
        QCOMPARE(rig.now().draining, 1u);
        answer(rig.peerOf(rig.calls[0]), rig.calls[0], "well");
        QCOMPARE(rig.end(std::move(running)).value(), std::string("well"));
        QVERIFY(runUntil(rig.io, [&] { return rig.now().closed.contains(CloseReason::Evicted); }));
        options.http2 = true;
        rig.pool->apply(options);
        rig.script = nullptr;
        QVERIFY(rig.ask(request()).ok());
        QCOMPARE(rig.door->chosen.back(), std::string("h2"));
    }

    void withoutReuseEachRequestHasAConnection()
    {
        Options options = small();
        options.enabled = false;
        Rig rig(options);
        const auto before = rig.now().created;
        for (int i = 0; i < 3; ++i) QVERIFY(rig.ask(request()).ok());
        QCOMPARE(rig.now().created, before + 3);
        QVERIFY(runUntil(rig.io, [&] { return rig.door->open() == 0; }));
    }

    /// Where one carries what ten do else, ten are not kept.
    void theFloorIsOneConnection()
    {
        Options options = small();
        options.httpSizeMin = 3;
        Rig rig(options);
        for (int i = 0; i < 50; ++i) poll(rig.io);
        QVERIFY(rig.ask(request()).ok());
        QCOMPARE(rig.now().created, 1u);
        QCOMPARE(rig.now().sizeMin, 1u);
    }

    void aConnectionThatWasClosedUnseenIsNotGivenOut()
    {
        Rig rig;
        QVERIFY(rig.ask(request()).ok());
        rig.clock.advance(1ms);
        rig.upstream.peers.at(0)->close();
        const auto got = rig.ask(request());
        QVERIFY2(got.ok() || absl::IsUnavailable(got.status()), text(got.status()).c_str());
        QVERIFY(rig.ask(request()).ok());
        QVERIFY(rig.balanced());
    }

    void whatIsInFlightWhenThePoolIsDestroyedIsReported()
    {
        Rig rig;
        rig.script = [](Peer& peer, const CallPtr& call) {
            head(peer, call);
            send(peer, call, "some");
        };
        auto got = rig.headOf(request());
        QVERIFY(got.ok());
        rig.pool.reset();
        const auto body = runToEnd(rig.io, readAll(*got->body, 1000));
        QVERIFY(absl::IsUnavailable(body.status()));
    }

    // ---- servers of other makes ----

    void realServersAreUnderstood_data()
    {
        QTest::addColumn<QString>("program");
        QTest::newRow("nginx") << "nginx";
        QTest::newRow("haproxy") << "haproxy";
    }
    void realServersAreUnderstood()
    {
        QFETCH(QString, program);
        const QString path =
            QStandardPaths::findExecutable(program, {"/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"});
        if (path.isEmpty()) QSKIP(qPrintable(program + " is not installed (Debian package " + program + ")"));
        const Certificate certificate("localhost");
        const Trust trust(certificate);
        net::io_context io;
        SystemClock clock;
        Registry registry;
        ScriptedUpstream behind(io, [](const ScriptedUpstream::Request& asked) {
            ScriptedUpstream::Answer out;
            out.body = asked.body.empty() ? "{}" : asked.body;
            if (asked.body == "without end") {
                out.pieces.assign(1000, "data\n\n");
                out.gap = 20ms;
            }
            if (asked.body == "in pieces") {
                out.pieces = {"data: 1\n\n", "data: 2\n\n", "data: 3\n\n"};
                out.gap = 20ms;
            }
            return out;
        });
        QTemporaryDir folder;
        certificate.write(folder.filePath("both.pem"), true);
        const QString listen = "127.0.0.1:PORT", to = QStringLiteral("127.0.0.1:%1").arg(behind.port());
        const QString pem = folder.filePath("both.pem"), at = folder.path();
        QString config;
        QStringList arguments;
        if (program == "nginx") {
            config = QStringLiteral(
                         "daemon off;\nmaster_process off;\nerror_log stderr warn;\npid %1/pid;\n"
                         "events { worker_connections 512; }\nhttp {\n access_log off;\n"
                         " client_body_temp_path %1/b;\n proxy_temp_path %1/p;\n fastcgi_temp_path %1/f;\n"
                         " uwsgi_temp_path %1/u;\n scgi_temp_path %1/s;\n client_max_body_size 256m;\n"
                         " keepalive_requests 50;\n"  // GOAWAY after so many
                         " server {\n  listen %2 ssl http2;\n  ssl_certificate %3;\n  ssl_certificate_key %3;\n"
                         "  location / { proxy_pass http://%4; proxy_buffering off; }\n }\n}\n")
                         .arg(at, listen, pem, to);
            arguments = {"-e", "stderr", "-p", at, "-c", folder.filePath("config")};
        } else {
            config = QStringLiteral(
                         "global\n  nbthread 1\n  maxconn 512\ndefaults\n  mode http\n  timeout connect 5s\n"
                         "  timeout client 60s\n  timeout server 60s\nfrontend all\n"
                         "  bind %1 ssl crt %2 alpn h2,http/1.1\n  default_backend one\nbackend one\n"
                         "  server one %3\n")
                         .arg(listen, pem, to);
            arguments = {"-db", "-f", folder.filePath("config")};
        }
        QProcess server;
        server.setProcessChannelMode(QProcess::MergedChannels);
        std::unique_ptr<HttpPool> made;
        // A port that was free may be taken by another program before the server binds it: then another.
        for (int attempt = 0;; ++attempt) {
            QFile file(folder.filePath("config"));
            const unsigned short port =
                net::ip::tcp::acceptor(io, {net::ip::address_v4::loopback(), 0}).local_endpoint().port();
            QVERIFY(file.open(QIODevice::WriteOnly) &&
                    file.write(QString(config).replace("PORT", QString::number(port)).toUtf8()) > 0);
            file.close();
            server.start(path, arguments);
            QVERIFY(server.waitForStarted());
            HttpPool::Target target;
            target.endpoint = {"localhost", std::to_string(port), true};
            made =
                std::make_unique<HttpPool>(PoolSetup{io.get_executor(), clock, registry, "test", small(), 7}, target);
            made->start();
            const auto healthy = [&] { return made->snapshot().health == Health::Healthy; };
            const auto exited = [&] { return server.state() == QProcess::NotRunning || server.waitForFinished(0); };
            runUntil(io, [&] { return healthy() || exited(); });
            if (healthy()) break;
            const std::string why = made->snapshot().healthReason;
            server.kill();
            server.waitForFinished();
            const QByteArray output = server.readAll();
            const bool taken = output.contains(" bind");  // nginx: "bind() to …", haproxy: "cannot bind socket"
            QVERIFY2(taken && attempt < 5, (why + output.toStdString()).c_str());
            made.reset();
        }
        HttpPool& pool = *made;
        const auto exchange = [&](std::string body) -> net::awaitable<StatusOr<std::string>> {
            return [](HttpPool& from, std::string asked, TimePoint deadline) -> net::awaitable<StatusOr<std::string>> {
                auto got = co_await from.exchange(request("POST", std::move(asked)), deadline);
                if (!got.ok()) co_return got.status();
                co_return co_await readAll(*got->body, 64 << 20);
            }(pool, std::move(body), clock.now() + 20s);
        };
        // Many at once, small and large, over several GOAWAYs.
        for (int round = 0; round < 6; ++round) {
            std::vector<Running<StatusOr<std::string>>> running;
            std::vector<std::string> bodies;
            for (int i = 0; i < 20; ++i) {
                bodies.push_back(bytesOf(i == 7 ? 2'000'000 : 10 + static_cast<std::size_t>(i) * 777));
                running.push_back(start(io, exchange(bodies.back())));
            }
            for (std::size_t i = 0; i < running.size(); ++i) {
                QVERIFY(runUntil(io, [&] { return running[i].done(); }));
                const auto got = running[i].take();
                QVERIFY2(got.ok(), text(got.status()).c_str());
                QVERIFY(*got == bodies[i]);
            }
        }
        const auto streamed = runToEnd(io, exchange("in pieces"));
        QCOMPARE(streamed.value(), std::string("data: 1\n\ndata: 2\n\ndata: 3\n\n"));
        const PoolSnapshot now = pool.snapshot();
        QVERIFY(now.acquired >= 121);
        QVERIFY2(now.created <= 12, std::to_string(now.created).c_str());
        QVERIFY(std::any_of(now.connections.begin(), now.connections.end(), [](const auto& one) { return one.http2; }));
        if (program == "nginx") QVERIFY(now.closed.contains(CloseReason::ServerClosed));
        // It dies within an answer.
        auto dying = start(io, exchange("without end"));
        QVERIFY(runUntil(io, [&] { return behind.requests().back().body == "without end"; }));
        runUntil(
            io, [] { return false; }, 200ms);
        QVERIFY(!dying.done());
        server.kill();
        QVERIFY(runUntil(io, [&] { return dying.done(); }));
        QVERIFY(absl::IsUnavailable(dying.take().status()));
        QVERIFY(server.waitForFinished());
        const auto refused = runToEnd(io, exchange("{}"));
        QVERIFY(absl::IsUnavailable(refused.status()));
        QVERIFY(isUnsent(refused.status()));
    }
};

QTEST_GUILESS_MAIN(TestHttp2Pool)
#include "tst_http2_pool.moc"
