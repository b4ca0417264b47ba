// SPDX-License-Identifier: GPL-3.0-or-later
// The pool of gRPC connections against servers whose every frame is in the test's hands, and against Python's grpcio.
#include "http/grpc_text.h"
#include "pool/grpc_pool.h"
#include "pool/lookup.h"
#include "pool_stage.h"
#include "support/grpc_bytes.h"
#include "support/manual_clock.h"
#include "support/named_addresses.h"
#include "support/scripted_grpc.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <vector>

using namespace millrace;
using namespace millrace::pool;
using namespace millrace::testing;
using Peer = ScriptedGrpc::Peer;
using Call = ScriptedGrpc::Call;
using CallPtr = std::shared_ptr<Call>;

namespace {

constexpr char kPath[] = "/some.Service/Method";

http::GrpcFramed message(const std::string& bytes)
{
    return http::GrpcFramed(framed(bytes));
}

Options few(std::uint32_t sizeMin, std::uint32_t sizeMax = 50)
{
    Options options;
    options.grpcSizeMin = sizeMin;
    options.grpcSizeMax = sizeMax;
    return options;
}

/// A pool, its server and their time.
struct Rig {
    explicit Rig(Options options = few(1), ScriptedGrpc::Options server = {}, const std::string& address = {})
        : upstream(std::make_unique<ScriptedGrpc>(io, clock, std::move(server)))
    {
        upstream->onCall = [](Peer& peer, const CallPtr& call) { peer.answer(call->stream, "pong"); };
        GrpcPool::Target target;
        target.address = address.empty() ? upstream->address() : address;
        target.checkPath = "/check";
        PoolSetup setup{io.get_executor(), clock, registry, "test", options, 7};
        pool = std::make_unique<GrpcPool>(setup, target);
        pool->start();
    }
    ~Rig()
    {
        pool.reset();
        upstream.reset();
        poll(io);
    }

    struct Outcome {
        Status status;
        std::string message;
    };
    net::awaitable<Outcome> exchange(std::string bytes, TimePoint deadline, CancelToken cancel)
    {
        Outcome outcome;
        GrpcRequest request;
        request.path = kPath;
        request.framed = message(bytes);
        std::string& message = outcome.message;
        request.read = [&message](http::GrpcMessageReader::Message& answer) {
            message = answer.bytes();
            return absl::OkStatus();
        };
        outcome.status = co_await pool->call(std::move(request), deadline, std::move(cancel));
        co_return outcome;
    }
    Running<Outcome> begin(const std::string& bytes = "ping", Duration within = 1min, CancelToken cancel = {})
    {
        return start(io, exchange(bytes, clock.now() + within, std::move(cancel)));
    }
    /// A call that the server has and does not answer.
    Running<Outcome> unanswered()
    {
        upstream->onCall = nullptr;
        auto running = begin();
        if (!called(1)) qFatal("the call did not reach the server");
        return running;
    }
    Outcome ask(const std::string& bytes = "ping") { return end(begin(bytes)); }
    Outcome end(Running<Outcome> running)
    {
        if (!runUntil(io, [&] { return running.done(); })) qFatal("a call did not end");
        return running.take();
    }
    bool until(std::function<bool(const PoolSnapshot&)> holds)
    {
        return runUntil(io, [&] { return holds(pool->snapshot()); });
    }
    bool called(std::size_t count)
    {
        return runUntil(io, [&] { return upstream->calls.size() >= count; });
    }
    bool ready()
    {
        return until([](const PoolSnapshot& now) { return now.health == Health::Healthy && now.active == 0; });
    }
    void pass(Duration span, Duration step = 1s) { testing::pass(io, clock, span, step); }
    Peer& peerOf(const CallPtr& call) { return *call->peer.lock(); }
    bool balanced() const { return isBalanced(pool->snapshot()); }

    net::io_context io;
    ManualClock clock{io};
    Registry registry;
    std::unique_ptr<ScriptedGrpc> upstream;
    std::unique_ptr<GrpcPool> pool;
};

/// Another pool on the loop of `rig`, of its own address.
std::unique_ptr<GrpcPool> poolOf(Rig& rig, const std::string& address, const Options& options)
{
    GrpcPool::Target target;
    target.address = address;
    target.checkPath = "/check";
    auto pool = std::make_unique<GrpcPool>(
        PoolSetup{rig.io.get_executor(), rig.clock, rig.registry, "many", options, 7}, target);
    pool->start();
    return pool;
}

/// While it lives, "many.example" is at these addresses.
struct ManyAt {
    ManyAt(std::vector<std::string> hosts, unsigned short port)
    {
        Lookup::setFind([hosts, port](const std::string&, const std::string&) -> StatusOr<Lookup::Endpoints> {
            Lookup::Endpoints all;
            for (const auto& host : hosts) all.emplace_back(net::ip::make_address(host), port);
            return all;
        });
    }
    ~ManyAt() { Lookup::setFind(nullptr); }
};

/// A name with addresses that the test changes, and a server at each of three.
struct Named {
    explicit Named(Options options, const std::string& first, const std::string& greeting = {}) : name(first)
    {
        rig.pool.reset();  // its server is the one at a
        for (const char letter : std::string("bc")) {
            ScriptedGrpc::Options server;
            server.host = host(letter);
            server.greeting = greeting;
            server.port = rig.upstream->port();
            others.emplace(letter, std::make_unique<ScriptedGrpc>(rig.io, rig.clock, server));
            others.at(letter)->onCall = [](Peer& peer, const CallPtr& call) { peer.answer(call->stream, "pong"); };
        }
        const unsigned short port = rig.upstream->port();
        name.serve(port);
        options.dialsMax = 1;
        pool = poolOf(rig, "many.example:" + std::to_string(port), options);
    }
    void has(const std::string& letters) { name.has(letters); }
    static std::string host(char letter) { return NamedAddresses::host(letter); }
    ScriptedGrpc& at(char letter) { return letter == 'a' ? *rig.upstream : *others.at(letter); }
    std::size_t open(char letter)
    {
        const auto& peers = at(letter).peers;
        return static_cast<std::size_t>(
            std::count_if(peers.begin(), peers.end(), [](const auto& peer) { return peer->open(); }));
    }
    std::string spread()
    {
        return std::to_string(open('a')) + " " + std::to_string(open('b')) + " " + std::to_string(open('c'));
    }
    bool rests(const std::string& as)
    {
        return runUntil(rig.io, [&] {
            const PoolSnapshot now = pool->snapshot();
            return now.connecting == 0 && now.active == 0 && spread() == as;
        });
    }
    /// The pool looks the name up as often as it does in `span`. The lookup has a thread of its own.
    void pass(Duration span)
    {
        for (Duration gone{}; gone < span; gone += 1s) {
            rig.clock.advance(1s);
            runUntil(
                rig.io, [] { return false; }, 5ms);
        }
    }
    Running<Status> ask(Duration within = 10min)
    {
        GrpcRequest request;
        request.path = kPath;
        request.framed = message("ping");
        return start(rig.io, pool->call(std::move(request), rig.clock.now() + within));
    }

    Rig rig{few(0)};
    std::map<char, std::unique_ptr<ScriptedGrpc>> others;
    NamedAddresses name;
    std::unique_ptr<GrpcPool> pool;
};
Options steady(std::uint32_t sizeMin)
{
    Options options = few(sizeMin);
    options.healthInterval = 24h;
    options.idleTimeout = 24h;
    options.ageMax = 24h;
    options.connectTimeout = options.healthTimeout = 10min;  // their time is not the loop's
    return options;
}

}  // namespace

class TestGrpcPool : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void callsAreAnswered_data()
    {
        QTest::addColumn<bool>("local");
        QTest::newRow("TCP") << false;
        QTest::newRow("a Unix socket") << true;
    }
    void callsAreAnswered()
    {
        QFETCH(bool, local);
        QTemporaryDir folder;
        ScriptedGrpc::Options server;
        if (local) server.path = folder.filePath("s").toStdString();
        Rig rig(few(1), server);
        QVERIFY(rig.ready());
        for (int i = 0; i < 50; ++i) {
            const auto outcome = rig.ask("ping " + std::to_string(i));
            QVERIFY2(outcome.status.ok(), text(outcome.status).c_str());
            QCOMPARE(outcome.message, std::string("pong"));
        }
        QCOMPARE(rig.upstream->calls.size(), std::size_t(50));
        const Call& call = *rig.upstream->calls.back();
        QCOMPARE(call.body, framed("ping 49"));
        QCOMPARE(call.fields.get(":method"), std::string_view("POST"));
        QCOMPARE(call.fields.get(":path"), std::string_view(kPath));
        QCOMPARE(call.fields.get("te"), std::string_view("trailers"));
        QCOMPARE(call.fields.get("content-type"), std::string_view("application/grpc"));
        QCOMPARE(http::parseGrpcTimeout(call.fields.get("grpc-timeout")), std::optional<Duration>(1min));
        QCOMPARE(call.fields.get(":authority"),
                 std::string_view(local ? std::string("localhost") : rig.upstream->address()));
        QCOMPARE(rig.pool->snapshot().created, 1u);
        QVERIFY(rig.balanced());
    }

    void aLargeRequestAndALargeAnswerCome()
    {
        Rig rig;
        const std::string large(30'000'000, 'x');
        rig.upstream->onCall = [&](Peer& peer, const CallPtr& call) { peer.answer(call->stream, large); };
        const auto outcome = rig.ask(large);
        QVERIFY2(outcome.status.ok(), text(outcome.status).c_str());
        QCOMPARE(outcome.message.size(), large.size());
        QCOMPARE(rig.upstream->calls.at(0)->body.size(), large.size() + http::kGrpcPrefix);
    }

    void theServersStatusIsTheCalls()
    {
        Rig rig;
        rig.upstream->onCall = [](Peer& peer, const CallPtr& call) {
            peer.head(call->stream);
            peer.trailers(call->stream, 5, "kein Modell „größe“");
        };
        const auto outcome = rig.ask();
        QVERIFY(absl::IsNotFound(outcome.status));
        QCOMPARE(text(outcome.status), std::string("kein Modell „größe“"));
        QVERIFY(rig.pool->available());
    }

    // ---- GOAWAY, REFUSED_STREAM ----

    void aGoodbyeLetsCallsEnd()
    {
        Rig rig;
        QVERIFY(rig.ready());
        auto first = rig.unanswered();
        Peer& leaving = rig.peerOf(rig.upstream->calls.at(0));
        leaving.goAway(rig.upstream->calls.at(0)->stream);
        QVERIFY(rig.until([](const PoolSnapshot& now) { return now.draining == 1; }));
        auto second = rig.begin();
        QVERIFY(rig.called(2));
        QVERIFY(rig.upstream->calls.at(1)->peer.lock()->number != leaving.number);
        QVERIFY(!first.done());
        leaving.answer(rig.upstream->calls.at(0)->stream, "late");
        rig.peerOf(rig.upstream->calls.at(1)).answer(rig.upstream->calls.at(1)->stream, "other");
        const auto outcome = rig.end(first);
        QVERIFY2(outcome.status.ok(), text(outcome.status).c_str());
        QCOMPARE(outcome.message, std::string("late"));
        QCOMPARE(rig.end(second).message, std::string("other"));
        QVERIFY(rig.until([](const PoolSnapshot& now) { return now.draining == 0; }));
        QCOMPARE(rig.pool->snapshot().closed.at(CloseReason::ServerClosed), 1u);
        QVERIFY(runUntil(rig.io, [&] { return !leaving.open(); }));  // we have closed it
        QVERIFY(rig.balanced());
        QVERIFY(rig.pool->available());
    }

    void whatAGoodbyeDoesNotCoverIsAskedElsewhere()
    {
        Rig rig;
        QVERIFY(rig.ready());
        rig.upstream->onCall = [](Peer& peer, const CallPtr& call) {
            if (peer.number == 0)
                peer.goAway(call->stream - 2);  // this one was not looked at
            else
                peer.answer(call->stream, "pong");
        };
        const auto outcome = rig.ask();
        QVERIFY2(outcome.status.ok(), text(outcome.status).c_str());
        QCOMPARE(rig.upstream->calls.size(), std::size_t(2));
        QVERIFY(rig.pool->available());
        QVERIFY(rig.balanced());
    }

    void anIdleConnectionThatIsLeftCloses()
    {
        Rig rig(few(2));
        QVERIFY(rig.until([](const PoolSnapshot& now) { return now.idle == 2 && now.health == Health::Healthy; }));
        rig.upstream->peers.at(0)->goAway(0x7fffffff);
        QVERIFY(rig.until([](const PoolSnapshot& now) { return now.closed.count(CloseReason::ServerClosed) > 0; }));
        QVERIFY(runUntil(rig.io, [&] { return !rig.upstream->peers.at(0)->open(); }));
        QVERIFY(rig.ask().status.ok());
        QVERIFY(rig.balanced());
    }

    void whatIsRefusedIsAskedOnceMore()
    {
        Rig rig;
        QVERIFY(rig.ready());
        int refusals = 1;
        rig.upstream->onCall = [&](Peer& peer, const CallPtr& call) {
            if (refusals-- > 0)
                peer.reset(call->stream, 7);
            else
                peer.answer(call->stream, "pong");
        };
        QVERIFY(rig.ask().status.ok());
        QCOMPARE(rig.upstream->calls.size(), std::size_t(2));
        QCOMPARE(rig.upstream->calls.at(0)->body, rig.upstream->calls.at(1)->body);
        refusals = 1000;
        const auto outcome = rig.ask();
        QVERIFY(absl::IsUnavailable(outcome.status));
        QVERIFY(isUnsent(outcome.status));  // another backend may be asked
        QCOMPARE(rig.upstream->calls.size(), std::size_t(4));
    }

    void aLargeRequestIsNotKeptToBeSentAgain()
    {
        Rig rig;
        QVERIFY(rig.ready());
        rig.upstream->onCall = [&](Peer& peer, const CallPtr& call) { peer.reset(call->stream, 7); };
        const auto outcome = rig.ask(std::string(GrpcPool::kReplayBytesMax + 1, 'x'));
        QVERIFY(isUnsent(outcome.status));
        QCOMPARE(rig.upstream->calls.size(), std::size_t(1));
    }

    void whatWasResetOtherwiseIsNotAskedAgain()
    {
        Rig rig;
        QVERIFY(rig.ready());
        rig.upstream->onCall = [&](Peer& peer, const CallPtr& call) { peer.reset(call->stream, 2); };
        const auto outcome = rig.ask();
        QVERIFY(absl::IsInternal(outcome.status));
        QVERIFY(!isUnsent(outcome.status));
        QCOMPARE(rig.upstream->calls.size(), std::size_t(1));
    }

    // ---- broken and odd answers ----

    void aConnectionThatEndsBeforeTheTrailersFailsItsCall()
    {
        Rig rig;
        QVERIFY(rig.ready());
        rig.upstream->onCall = [&](Peer& peer, const CallPtr& call) {
            peer.head(call->stream);
            peer.message(call->stream, "pong");
            // Half of the trailers.
            peer.raw(std::string("\0\0\x20\1\5\0\0\0", 8) + static_cast<char>(call->stream) + "\x40\x0bgrpc-st");
            peer.close();
        };
        const auto outcome = rig.ask();
        QVERIFY(absl::IsUnavailable(outcome.status));
        QVERIFY(!isUnsent(outcome.status));
        QVERIFY2(text(outcome.status).find("the connection was closed") != std::string::npos,
                 text(outcome.status).c_str());
        QCOMPARE(rig.upstream->calls.size(), std::size_t(1));
        QCOMPARE(rig.pool->snapshot().closed.at(CloseReason::Error), 1u);
        QVERIFY(rig.balanced());
    }

    void anAnswerOfAProxyIsUnderstood()
    {
        Rig rig;
        QVERIFY(rig.ready());
        rig.upstream->onCall = [&](Peer& peer, const CallPtr& call) {
            http::HttpFields fields;
            fields.add(":status", "503");
            fields.add("content-type", "text/html");
            peer.respond(call->stream, fields, false);
            peer.session().send(call->stream, std::string("<html>no backend is up</html>"));
            peer.session().finish(call->stream);
            peer.flush();
        };
        const auto outcome = rig.ask();
        QVERIFY(absl::IsUnavailable(outcome.status));
        QVERIFY(text(outcome.status).find("HTTP 503 instead of gRPC: <html>no backend is up") != std::string::npos);
    }

    void anAnswerWithoutStatusIsNone()
    {
        Rig rig;
        QVERIFY(rig.ready());
        rig.upstream->onCall = [&](Peer& peer, const CallPtr& call) {
            peer.head(call->stream);
            peer.message(call->stream, "pong");
            peer.session().finish(call->stream);
            peer.flush();
        };
        const auto outcome = rig.ask();
        QCOMPARE(toGrpc(outcome.status), 2);
    }

    void aHugeAnswerIsRefusedBeforeItComes()
    {
        Rig rig;
        QVERIFY(rig.ready());
        rig.upstream->onCall = [&](Peer& peer, const CallPtr& call) {
            peer.head(call->stream);
            peer.session().send(call->stream, std::string("\0\x30\0\0\0", 5) + "the first of 768 MB");
            peer.flush();
        };
        const auto outcome = rig.ask();
        QCOMPARE(toHttp(outcome.status), 502u);
        QVERIFY2(text(outcome.status).find("larger than 512 MiB") != std::string::npos, text(outcome.status).c_str());
        const CallPtr call = rig.upstream->calls.at(0);
        QVERIFY(runUntil(rig.io, [&] { return call->closed.has_value(); }));
        QCOMPARE(*call->closed, 8u);
        rig.upstream->onCall = [](Peer& peer, const CallPtr& next) { peer.answer(next->stream, "pong"); };
        QVERIFY(rig.ask().status.ok());  // on the same connection
        QCOMPARE(rig.pool->snapshot().created, 1u);
    }

    void whatIsAnsweredEarlyNeedNotBeSent()
    {
        ScriptedGrpc::Options server;
        server.early = true;
        Rig rig(few(1), server);
        QVERIFY(rig.ready());
        rig.upstream->onCall = [](Peer& peer, const CallPtr& call) {
            // As servers do that keep the rest from coming: no window for it, trailers alone.
            http::HttpFields fields;
            fields.add(":status", "200");
            fields.add("content-type", "application/grpc");
            fields.add("grpc-status", "8");
            fields.add("grpc-message", "too much");
            peer.respond(call->stream, fields, true);
        };
        const auto outcome = rig.ask(std::string(20'000'000, 'x'));
        QVERIFY(absl::IsResourceExhausted(outcome.status));
        rig.upstream->onCall = [](Peer& peer, const CallPtr& next) { peer.answer(next->stream, "pong"); };
        QVERIFY(rig.ask().status.ok());
        QCOMPARE(rig.pool->snapshot().created, 1u);
    }

    void aSlowAnswerIsWaitedFor()
    {
        Rig rig;
        QVERIFY(rig.ready());
        auto running = rig.unanswered();
        const CallPtr call = rig.upstream->calls.at(0);
        Peer& peer = rig.peerOf(call);
        peer.head(call->stream);
        const std::string slow = framed("slow");
        for (const char c : slow) {
            rig.pass(5s);
            peer.session().send(call->stream, std::string(1, c));
            peer.flush();
        }
        QVERIFY(!running.done());
        peer.trailers(call->stream, 0);
        const auto outcome = rig.end(running);
        QVERIFY2(outcome.status.ok(), text(outcome.status).c_str());
        QCOMPARE(outcome.message, std::string("slow"));
    }

    void aSilentServerIsGivenUpAtTheDeadline()
    {
        Rig rig;
        QVERIFY(rig.ready());
        rig.upstream->onCall = nullptr;
        auto running = rig.begin("ping", 700ms);
        QVERIFY(rig.called(1));
        const CallPtr call = rig.upstream->calls.at(0);
        rig.clock.advance(690ms);
        QVERIFY(!running.done());
        rig.clock.advance(20ms);
        const auto outcome = rig.end(running);
        QVERIFY(absl::IsDeadlineExceeded(outcome.status));
        QVERIFY(!isUnsent(outcome.status));
        QVERIFY(runUntil(rig.io, [&] { return call->closed.has_value(); }));
        QCOMPARE(*call->closed, 8u);
        QVERIFY(rig.pool->available());
        QCOMPARE(rig.pool->snapshot().idle, 1u);  // the connection is as good as before
    }

    void aCallThatNobodyWaitsForIsReset()
    {
        Rig rig;
        QVERIFY(rig.ready());
        rig.upstream->onCall = nullptr;
        const CancelSource source;
        auto running = rig.begin("ping", 1min, source.token());
        QVERIFY(rig.called(1));
        source.cancel("the client left");
        const auto outcome = rig.end(running);
        QVERIFY(absl::IsCancelled(outcome.status));
        QCOMPARE(text(outcome.status), std::string("the client left"));
        const CallPtr call = rig.upstream->calls.at(0);
        QVERIFY(runUntil(rig.io, [&] { return call->closed.has_value(); }));
        QCOMPARE(*call->closed, 8u);
        QCOMPARE(rig.pool->snapshot().idle, 1u);
    }

    void allCallsOfALostConnectionFail()
    {
        Options options = few(1, 1);
        options.breakerFailures = 100;
        Rig rig(options);
        QVERIFY(rig.ready());
        rig.upstream->onCall = nullptr;
        std::vector<Running<Rig::Outcome>> running;
        for (int i = 0; i < 40; ++i) running.push_back(rig.begin());
        QVERIFY(rig.called(40));
        QCOMPARE(rig.pool->snapshot().connections.at(0).calls, 40u);
        rig.upstream->peers.at(0)->close();
        for (auto& each : running) {
            const auto outcome = rig.end(each);
            QVERIFY(absl::IsUnavailable(outcome.status));
            QVERIFY(!isUnsent(outcome.status));
        }
        QCOMPARE(rig.pool->outstanding(), 0u);
        QCOMPARE(rig.pool->snapshot().closed.at(CloseReason::Error), 1u);
        QVERIFY(rig.balanced());
        rig.upstream->onCall = [](Peer& peer, const CallPtr& call) { peer.answer(call->stream, "pong"); };
        QVERIFY(rig.ask().status.ok());
    }

    void callsEndWithThePool()
    {
        Rig rig;
        QVERIFY(rig.ready());
        auto running = rig.unanswered();
        rig.pool.reset();
        QVERIFY(runUntil(rig.io, [&] { return running.done(); }));
        QVERIFY(absl::IsUnavailable(running.take().status));
    }

    // ---- what the pool decides ----

    void noMoreCallsAreSentThanTheServerAllows()
    {
        ScriptedGrpc::Options server;
        server.streamsMax = 2;
        Rig rig(few(1, 3), server);
        QVERIFY(rig.ready());
        QCOMPARE(rig.pool->snapshot().headroom, 6u);
        rig.upstream->onCall = nullptr;
        std::vector<Running<Rig::Outcome>> running;
        for (int i = 0; i < 9; ++i) running.push_back(rig.begin());
        QVERIFY(rig.called(6));
        rig.pass(2s, 500ms);
        QCOMPARE(rig.upstream->calls.size(), std::size_t(6));  // three wait here
        QCOMPARE(rig.pool->snapshot().waiters, 3u);
        for (std::size_t i = 0; i < 9; ++i) {
            QVERIFY(rig.called(i + 1));
            rig.peerOf(rig.upstream->calls.at(i)).answer(rig.upstream->calls.at(i)->stream, "pong");
        }
        for (auto& each : running) QVERIFY(rig.end(each).status.ok());
        for (const auto& peer : rig.upstream->peers) QVERIFY(peer->streamsMost <= 2);
        // It may say another number at any time.
        for (const auto& peer : rig.upstream->peers)
            if (peer->open()) peer->allow(50);
        QVERIFY(rig.until([](const PoolSnapshot& now) { return now.headroom == 150; }));
    }

    /// Each call is given up before the server lets it begin; what is left of it must not gather.
    void callsThatMayNeverBeginDoNotGather()
    {
        Rig rig(few(1, 1));
        QVERIFY(rig.ready());
        rig.upstream->peers.at(0)->allow(0);
        QVERIFY(rig.until([](const PoolSnapshot& now) { return now.headroom == 1; }));
        const std::size_t before = rig.upstream->calls.size();
        for (int i = 0; i < 300 && rig.pool->snapshot().closed.empty(); ++i) {
            const CancelSource source;
            auto running = rig.begin("ping", 1min, source.token());
            runUntil(rig.io, [] { return true; });
            source.cancel("enough");
            QVERIFY(absl::IsCancelled(rig.end(running).status));
        }
        QCOMPARE(rig.upstream->calls.size(), before);
        QVERIFY(rig.until([](const PoolSnapshot& now) { return now.created == 2; }));  // it was replaced
        QVERIFY(rig.ask().status.ok());
        QVERIFY(rig.balanced());
    }

    void anIdlePoolSaysNothing()
    {
        Options options = few(2);
        options.healthInterval = 24h;
        options.idleTimeout = 30min;
        options.ageMax = 24h;
        Rig rig(options);
        QVERIFY(rig.until([](const PoolSnapshot& now) { return now.idle == 2 && now.health == Health::Healthy; }));
        rig.pass(20min, 10s);
        for (const auto& peer : rig.upstream->peers) {
            QVERIFY(peer->open());
            QCOMPARE(peer->session().counters().pings, 0u);  // servers answer such ones with GOAWAY
        }
        QCOMPARE(rig.pool->snapshot().created, 2u);
    }

    void idleAndOldConnectionsAreClosed()
    {
        Options options = few(0);
        options.idleTimeout = 20s;
        options.ageMax = 60s;
        options.healthInterval = 24h;
        Rig rig(options);
        QVERIFY(rig.ask().status.ok());
        rig.pass(40s);
        QVERIFY(rig.until([](const PoolSnapshot& now) { return now.idle == 0; }));
        QVERIFY(rig.pool->snapshot().closed.count(CloseReason::Idle) +
                    rig.pool->snapshot().closed.count(CloseReason::Shrink) >
                0);
        // One in use is not cut at its age: it ends with its call, and others go elsewhere.
        rig.upstream->onCall = nullptr;
        const std::size_t before = rig.upstream->calls.size();
        auto running = rig.begin("ping", 10min);
        QVERIFY(rig.called(before + 1));
        const CallPtr call = rig.upstream->calls.back();
        rig.pass(70s);
        QVERIFY(!running.done());
        QCOMPARE(rig.pool->snapshot().draining, 1u);
        rig.peerOf(call).answer(call->stream, "old");
        QCOMPARE(rig.end(running).message, std::string("old"));
        QVERIFY(rig.until([](const PoolSnapshot& now) { return now.closed.count(CloseReason::Age) > 0; }));
        QVERIFY(rig.balanced());
    }

    void theAddressesOfANameShareTheConnections()
    {
        Rig other(few(0));  // for its loop and clock: two servers on one port
        ScriptedGrpc::Options server;
        server.host = "127.0.0.2";
        server.port = other.upstream->port();
        ScriptedGrpc second(other.io, other.clock, server);
        const unsigned short port = other.upstream->port();
        const ManyAt many({"127.0.0.1", "127.0.0.2"}, port);
        Options options = few(6);
        options.dialsMax = 1;  // one after the other
        const auto pool = poolOf(other, "many.example:" + std::to_string(port), options);
        const bool open = runUntil(other.io, [&] { return pool->snapshot().idle == 6; });
        QVERIFY(open);
        const std::size_t mine = other.upstream->peers.size();
        QVERIFY2(second.peers.size() == 3, std::to_string(second.peers.size()).c_str());
        QVERIFY(mine >= 3);
    }

    void anAddressThatDoesNotAnswerIsPassedOver()
    {
        Rig rig(few(0));
        const unsigned short port = rig.upstream->port();
        const ManyAt many({"127.0.0.3", "127.0.0.1"}, port);
        const auto pool = poolOf(rig, "many.example:" + std::to_string(port), few(2));
        const bool open = runUntil(rig.io, [&] { return pool->snapshot().idle == 2; });
        QVERIFY(open);
        QCOMPARE(pool->snapshot().failed, 0u);
    }

    /// The kernel of a server whose queue is full answers no SYN.
    void anAddressThatIsSilentLeavesTimeForTheOthers()
    {
        Rig rig(few(0));
        net::ip::tcp::acceptor full(rig.io);
        const net::ip::tcp::endpoint where(net::ip::make_address("127.0.0.4"), rig.upstream->port());
        full.open(where.protocol());
        full.bind(where);
        full.listen(0);
        std::vector<net::ip::tcp::socket> queue;
        for (int i = 0; i < 4; ++i) {
            queue.emplace_back(rig.io);
            queue.back().open(where.protocol());
            queue.back().native_non_blocking(true);  // Asio's own would wait
            static_cast<void>(
                ::connect(queue.back().native_handle(), where.data(), static_cast<socklen_t>(where.size())));
        }
        const unsigned short port = where.port();
        const ManyAt many({"127.0.0.4", "127.0.0.1"}, port);
        const auto pool = poolOf(rig, "many.example:" + std::to_string(port), few(1, 2));
        const std::size_t before = rig.upstream->peers.size();
        runUntil(
            rig.io, [] { return false; }, 100ms);  // the lookup has ended, the attempt is in flight
        QCOMPARE(pool->snapshot().connecting, 1u);
        rig.clock.advance(1600ms);  // of 3 s
        const bool open = runUntil(
            rig.io, [&] { return pool->snapshot().idle == 1; }, 5s);
        QVERIFY(open);
        QCOMPARE(pool->snapshot().failed, 0u);
        QVERIFY(rig.upstream->peers.size() > before);
    }

    // ---- a name whose addresses change ----

    void aNewAddressGetsItsShare()
    {
        Named named(steady(6), "a");
        QVERIFY(named.rests("6 0 0"));
        named.has("ab");
        named.pass(40s);
        QVERIFY2(named.rests("3 3 0"), named.spread().c_str());
        named.has("abc");
        named.pass(40s);
        QVERIFY2(named.rests("2 2 2"), named.spread().c_str());
        QCOMPARE(named.pool->snapshot().closed.at(CloseReason::Moved), 5u);
        QCOMPARE(named.pool->snapshot().failed, 0u);
        named.pass(5min);  // and there it stays
        QVERIFY(named.rests("2 2 2"));
        QCOMPARE(named.pool->snapshot().closed.at(CloseReason::Moved), 5u);
    }

    void anAddressThatLeavesTheNameDrains()
    {
        Named named(steady(4), "ab");
        QVERIFY(named.rests("2 2 0"));
        // Four calls, one on each connection; those at b go on when b has left.
        for (const char letter : std::string("ab")) named.at(letter).onCall = nullptr;
        std::vector<Running<Status>> running;
        for (int i = 0; i < 4; ++i) running.push_back(named.ask());
        QVERIFY(
            runUntil(named.rig.io, [&] { return named.at('a').calls.size() >= 2 && named.at('b').calls.size() == 2; }));
        named.has("a");
        named.pass(35s);
        QCOMPARE(named.pool->snapshot().draining, 2u);
        for (const auto& each : running) QVERIFY(!each.done());
        named.at('a').onCall = [](Peer& peer, const CallPtr& call) { peer.answer(call->stream, "pong"); };
        for (int i = 0; i < 20; ++i) {
            auto another = named.ask();
            QVERIFY(runUntil(named.rig.io, [&] { return another.done(); }));
            QVERIFY(another.take().ok());
        }
        QCOMPARE(named.at('b').calls.size(), std::size_t(2));  // nobody new is sent there
        for (const char letter : std::string("ab"))
            for (const CallPtr& call : named.at(letter).calls)
                if (!call->closed) named.rig.peerOf(call).answer(call->stream, "late");
        for (auto& each : running) {
            QVERIFY(runUntil(named.rig.io, [&] { return each.done(); }));
            QVERIFY(each.take().ok());
        }
        QVERIFY2(named.rests("4 0 0"), named.spread().c_str());
        QCOMPARE(named.pool->snapshot().closed.at(CloseReason::Moved), 2u);
        QVERIFY(named.pool->snapshot().health == Health::Healthy);
    }

    void aNameWhoseServerIsAwayChangesNothing()
    {
        Named named(steady(4), "ab");
        QVERIFY(named.rests("2 2 0"));
        named.has("");
        named.pass(3min);
        QVERIFY2(named.rests("2 2 0"), named.spread().c_str());
        QCOMPARE(named.pool->snapshot().created, 4u);
        auto call = named.ask();
        QVERIFY(runUntil(named.rig.io, [&] { return call.done(); }));
        QVERIFY(call.take().ok());
        named.has("bc");  // back, and all is another way
        named.pass(40s);
        QVERIFY2(named.rests("0 2 2"), named.spread().c_str());
    }

    /// A new address behind which nobody is must not cost connections again and again.
    void aNewAddressThatRefusesIsLeftAlone()
    {
        Named named(steady(8), "a");
        QVERIFY(named.rests("8 0 0"));
        named.has("ax");  // 127.0.0.24
        named.pass(5min);
        QVERIFY2(named.rests("8 0 0"), named.spread().c_str());
        QVERIFY(named.pool->snapshot().closed.at(CloseReason::Moved) <= 2);
        QVERIFY(named.pool->snapshot().health == Health::Healthy);
    }

    /// It accepts connections, and is something else. The others are not to suffer for it.
    void anAddressThatIsNoGrpcIsLeftAlone()
    {
        Named named(steady(4), "a", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        QVERIFY(named.rests("4 0 0"));
        named.has("ab");
        named.pass(5min);
        QVERIFY(runUntil(named.rig.io, [&] { return named.pool->snapshot().idle == 4; }));
        QCOMPARE(named.open('a'), std::size_t(4));
        QVERIFY(named.pool->snapshot().failed <= 2);
        QVERIFY(named.pool->snapshot().health == Health::Healthy);
        auto call = named.ask();
        QVERIFY(runUntil(named.rig.io, [&] { return call.done(); }));
        QVERIFY(call.take().ok());
    }

    void eachAddressHasAConnectionWithoutTraffic()
    {
        Named named(steady(1), "abc");
        QVERIFY2(named.rests("1 1 1"), named.spread().c_str());
    }

    void zeroLooksUpForEachDialAlone()
    {
        Options options = steady(4);
        options.resolveInterval = 0s;
        Named named(options, "a");
        QVERIFY(named.rests("4 0 0"));
        named.has("b");
        named.pass(2min);
        QVERIFY(named.rests("4 0 0"));
        QCOMPARE(named.pool->snapshot().created, 4u);
        options.resolveInterval = 5s;  // it takes effect at once
        named.pool->apply(options);
        named.pass(20s);
        QVERIFY2(named.rests("0 4 0"), named.spread().c_str());
    }

    void aNameThatDoesNotExistIsNoConnection()
    {
        Rig rig(few(0));
        Lookup::setFind([](const std::string&, const std::string&) -> StatusOr<Lookup::Endpoints> {
            return unavailable("no such name");
        });
        GrpcPool::Target target;
        target.address = "none.example:1";
        target.checkPath = "/check";
        GrpcPool pool(PoolSetup{rig.io.get_executor(), rig.clock, rig.registry, "none", few(1, 1), 7}, target);
        pool.start();
        const bool failed = runUntil(rig.io, [&] { return pool.snapshot().failed > 0; });
        Lookup::setFind(nullptr);
        QVERIFY(failed);
    }

    void aServerThatIsSilentFromTheStartIsNoConnection()
    {
        ScriptedGrpc::Options server;
        server.mute = true;
        Rig rig(few(1, 1), server);
        auto running = rig.begin("ping", 1min);
        QVERIFY(rig.until([](const PoolSnapshot& now) { return now.connecting == 1; }));
        QVERIFY(runUntil(rig.io, [&] { return !rig.upstream->peers.empty(); }));
        rig.clock.advance(2900ms);
        QVERIFY(!running.done());
        rig.clock.advance(200ms);
        const auto outcome = rig.end(running);
        QVERIFY(absl::IsUnavailable(outcome.status));
        QVERIFY(isUnsent(outcome.status));
        QVERIFY2(text(outcome.status).find("timed out") != std::string::npos, text(outcome.status).c_str());
        QVERIFY(rig.pool->snapshot().failed > 0);
    }

    void whatIsNoHttp2IsNoConnection()
    {
        ScriptedGrpc::Options server;
        server.greeting = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
        Rig rig(few(1, 1), server);
        const auto outcome = rig.ask();
        QVERIFY(absl::IsUnavailable(outcome.status));
        QVERIFY(isUnsent(outcome.status));
        QVERIFY2(text(outcome.status).find("connecting to ") != std::string::npos, text(outcome.status).c_str());
    }

    void aConnectionThatWasClosedUnseenIsNotGivenOut()
    {
        Rig rig(few(1, 2));
        QVERIFY(rig.ready());
        QVERIFY(rig.ask().status.ok());
        rig.clock.advance(1ms);
        // Closed by the server; the loop has not turned since.
        rig.upstream->peers.at(0)->close();
        const auto outcome = rig.ask();
        QVERIFY2(outcome.status.ok(), text(outcome.status).c_str());
        QCOMPARE(rig.pool->snapshot().closed.at(CloseReason::ServerClosed), 1u);
        QVERIFY(rig.balanced());
    }

    // ---- servers of other makes ----

    void pythonsServerIsUnderstood()
    {
        QTemporaryDir folder;
        QFile script(folder.filePath("server.py"));
        QVERIFY(script.open(QIODevice::WriteOnly));
        script.write(R"(
import sys, time, threading
from concurrent import futures
import grpc

def echo(request, context):
    if request == b"fail":
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "l\u00e4dt noch")
    if request == b"slow":
        time.sleep(5)
    return request

class Handler(grpc.GenericRpcHandler):
    def service(self, details):
        if details.method != "/some.Service/Method":
            return None
        return grpc.unary_unary_rpc_method_handler(echo)

server = grpc.server(futures.ThreadPoolExecutor(8), compression=getattr(grpc.Compression, sys.argv[1]),
                     options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)])
server.add_generic_rpc_handlers((Handler(),))
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
sys.stdin.read()
server.stop(0)
)");
        script.close();
        for (const char* packing : {"NoCompression", "Gzip"}) {
            QProcess server;
            server.start("/usr/bin/python3", {script.fileName(), packing});
            QVERIFY(server.waitForStarted() && server.waitForReadyRead(20000));
            const std::string port = server.readLine().trimmed().toStdString();
            {
                Rig rig(few(1), {}, "127.0.0.1:" + port);
                const auto small = rig.ask("hello hello hello hello hello hello");
                QVERIFY2(small.status.ok(), text(small.status).c_str());
                QCOMPARE(small.message, std::string("hello hello hello hello hello hello"));
                const std::string large(5'000'000, 'y');
                QCOMPARE(rig.ask(large).message.size(), large.size());
                const auto failed = rig.ask("fail");
                QVERIFY(absl::IsFailedPrecondition(failed.status));
                QCOMPARE(text(failed.status), std::string("lädt noch"));
                std::vector<Running<Rig::Outcome>> running;
                for (int i = 0; i < 300; ++i) running.push_back(rig.begin(std::to_string(i)));
                for (int i = 0; i < 300; ++i)
                    QCOMPARE(rig.end(running[static_cast<std::size_t>(i)]).message, std::to_string(i));
                QVERIFY(rig.balanced());
                QCOMPARE(rig.pool->snapshot().failed, 0u);
            }
            server.closeWriteChannel();
            QVERIFY(server.waitForFinished(20000));
            QCOMPARE(server.exitCode(), 0);
        }
    }
};

QTEST_GUILESS_MAIN(TestGrpcPool)
#include "tst_grpc_pool.moc"
