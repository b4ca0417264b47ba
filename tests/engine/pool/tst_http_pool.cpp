// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/closing_turn.h"
#include "http/socket_reader.h"
#include "pool/http_pool.h"
#include "pool_stage.h"
#include "support/manual_clock.h"
#include "support/named_addresses.h"
#include "support/scripted_upstream.h"

#include <QtTest>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <deque>
#include <filesystem>
#include <iterator>
#include <map>

using namespace millrace;
using namespace millrace::pool;
using namespace millrace::testing;

namespace {

struct Rig : HttpStage {
    explicit Rig(ScriptedUpstream::Script given = {}, Options options = smallPool(2)) : HttpStage(std::move(given))
    {
        open(parseBaseUrl(upstream.url())->endpoint, options);
        pool->evict({});  // begin without connections
        MR_CHECK(runUntil(io, [&] { return upstream.open() == 0; }));
    }

    net::awaitable<StatusOr<std::string>> asking(HttpRequest what, CancelToken cancel = {}, Trace* trace = nullptr)
    {
        return exchangeWhole(*pool, std::move(what), clock.now() + 1min, std::move(cancel), trace);
    }
    StatusOr<std::string> ask(HttpRequest what, Trace* trace = nullptr)
    {
        return runToEnd(io, asking(std::move(what), {}, trace));
    }
    /// The head of the answer goes to `into`.
    net::awaitable<Status> heading(HttpRequest what, TimePoint deadline, CancelToken cancel,
                                   std::optional<HttpResponse>& into)
    {
        auto answer = co_await pool->exchange(std::move(what), deadline, std::move(cancel));
        if (answer.ok()) into = *std::move(answer);
        co_return answer.status();
    }
    StatusOr<HttpResponse> head(HttpRequest what, CancelToken cancel = {})
    {
        return runToEnd(io, pool->exchange(std::move(what), clock.now() + 1min, std::move(cancel)));
    }
    /// Requests but those of health checks.
    std::size_t asked() const
    {
        return static_cast<std::size_t>(std::count_if(upstream.requests().begin(), upstream.requests().end(),
                                                      [](const auto& seen) { return seen.target != "/v1/models"; }));
    }
    const ScriptedUpstream::Request& lastAsked() const { return upstream.requests().back(); }
    bool balanced() const { return isBalanced(now()); }
};

/// A server that is too busy to take another connection: who connects to it waits. An address that leads nowhere will
/// not do instead: what becomes of it depends on the network of the machine.
class BusyServer {
public:
    explicit BusyServer(net::io_context& io) : acceptor_(io), taken_(io)
    {
        acceptor_.open(net::ip::tcp::v4());
        acceptor_.bind({net::ip::address_v4::loopback(), 0});
        acceptor_.listen(0);  // room for one, and that is taken
        taken_.connect(acceptor_.local_endpoint());
    }
    std::string address() const { return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }

private:
    net::ip::tcp::acceptor acceptor_;
    net::ip::tcp::socket taken_;
};

/// A name with addresses that the test changes, and a server at each of three.
struct Named {
    static constexpr std::size_t kAtOnce = 6;  ///< requests

    explicit Named(const std::string& first) : name(first)
    {
        servers.emplace('a', std::make_unique<ScriptedUpstream>(io, nullptr, host('a')));
        const unsigned short port = servers.at('a')->port();
        for (const char letter : std::string("bc"))
            servers.emplace(letter, std::make_unique<ScriptedUpstream>(io, nullptr, host(letter), port));
        name.serve(port);
        Options options = smallPool(2);
        options.httpSizeMin = options.httpSizeMax = kAtOnce;
        options.idleTimeout = options.ageMax = 24h;
        options.connectTimeout = options.healthTimeout = 10min;  // their time is not the loop's
        HttpPool::Target target;
        target.endpoint = parseBaseUrl("http://many.example:" + std::to_string(port))->endpoint;
        pool = std::make_unique<HttpPool>(PoolSetup{io.get_executor(), clock, registry, "many", options, 7}, target);
        pool->start();
    }
    static std::string host(char letter) { return NamedAddresses::host(letter); }
    void has(const std::string& letters) { name.has(letters); }
    std::string spread() const
    {
        const auto open = [this](char letter) { return std::to_string(servers.at(letter)->open()); };
        return open('a') + " " + open('b') + " " + open('c');
    }
    std::size_t asked(char letter) const { return servers.at(letter)->requests().size(); }
    /// So many requests at once, each second; how many were not answered. The lookups have a thread of their own.
    std::size_t traffic(Duration span)
    {
        std::size_t bad = 0;
        for (Duration gone{}; gone < span; gone += 1s) {
            clock.advance(1s);
            std::size_t left = kAtOnce;
            for (std::size_t i = 0; i < kAtOnce; ++i)
                net::co_spawn(io, ask(), [&](const std::exception_ptr& thrown, const Status& status) {
                    --left;
                    if (thrown || !status.ok()) ++bad;
                });
            if (!runUntil(io, [&] { return left == 0; })) return bad + left;
            runUntil(
                io, [] { return false; }, 5ms);
        }
        return bad;
    }
    net::awaitable<Status> ask()
    {
        auto answer = co_await pool->exchange(request(), clock.now() + 10min);
        if (!answer.ok()) co_return answer.status();
        const auto body = co_await readAll(*answer->body, 1024);
        co_return body.status();
    }
    bool rests(const std::string& as)
    {
        return runUntil(io, [&] { return pool->snapshot().connecting == 0 && spread() == as; });
    }

    net::io_context io;
    ManualClock clock{io};
    Registry registry;
    NamedAddresses name;
    std::map<char, std::unique_ptr<ScriptedUpstream>> servers;
    std::unique_ptr<HttpPool> pool;
};

Answer cutAt(std::size_t bytes, Then then, const std::string& body = "0123456789")
{
    Answer answer;
    answer.body = body;
    answer.cut = bytes;
    answer.then = then;
    return answer;
}

}  // namespace

class TestHttpPool : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sendsTheRequestAsGiven();
    void writesItsOwnConnectionFields();
    void refusesWhatWouldBreakTheMessage_data();
    void refusesWhatWouldBreakTheMessage();
    void readsBodies_data();
    void readsBodies();
    void streamsPiecesAsTheyCome();
    void largeAnswerIsBoundedInMemory();
    void largeRequestIsSentWhole();
    void skipsInformationalAnswers();
    void headHasNoBody();
    void errorStatusIsAnAnswer();
    void keepsTheConnectionOnlyWhenComplete_data();
    void keepsTheConnectionOnlyWhenComplete();
    void connectionsFollowTheAddressesOfANameUnderTraffic();
    void anAnswerIsReadWithOneCall();
    void aServerThatClosesBehindItsAnswerIsNotAskedAgain();
    void unfinishedBodyClosesAtOnce();
    void brokenAnswersAreUnavailable_data();
    void brokenAnswersAreUnavailable();
    void garbageIsNotAnAnswer_data();
    void garbageIsNotAnAnswer();
    void neverGivesOutAConnectionTheServerClosed();
    void neverGivesOutAConnectionThatSpokeUnasked();
    void replaysOnceWhenAKeptConnectionDied_data();
    void replaysOnceWhenAKeptConnectionDied();
    void doesNotReplayOnAFreshConnection();
    void doesNotReplayAfterAByte();
    void deadlineEndsAStalledAnswer();
    void silenceEndsAnAnswerThatFlows_data();
    void silenceEndsAnAnswerThatFlows();
    void answerThatIsHeldBackIsNotSilent();
    void saysWhetherTheRequestWasSent_data();
    void saysWhetherTheRequestWasSent();
    void manyOfOneTurnAreSentAtItsEnd_data();
    void manyOfOneTurnAreSentAtItsEnd();
    void waitForAConnectionIsCountedOnce();
    void deadlineEndsADial();
    void cancelStopsFromAnyState_data();
    void cancelStopsFromAnyState();
    void cancelledWaiterLetsTheNextGo();
    void waiterLimitSaysSo();
    void withoutReuseEachRequestDials();
    void keepAliveHintShortensTheIdleLimit();
    void learnsWhenTheServerClosesIdleConnections();
    void failedConnectionsEjectAndRecover();
    void drainFinishesWhatRuns();
    void stopEndsWhenLeasesEnd();
    void optionsChangeUnderTraffic();
    void movesToAnotherTarget();
    void poolMayDieUnderItsLeases();
    void manyAreClosedAFewInATurn();
    void manyAtOnceKeepTheBooks();
    void tlsRefusesAPlainServer();
};

void TestHttpPool::sendsTheRequestAsGiven()
{
    Rig rig;
    HttpRequest what = request("POST", R"({"model":"m"})");
    what.target = "/v1/chat/completions?x=1";
    what.fields = {{"Content-Type", "application/json"}, {"X-Thing", "a b"}};
    QCOMPARE(*rig.ask(what), std::string("{}"));
    const auto& seen = rig.lastAsked();
    QCOMPARE(seen.method, std::string("POST"));
    QCOMPARE(seen.target, std::string("/v1/chat/completions?x=1"));
    QCOMPARE(seen.body, std::string(R"({"model":"m"})"));
    QCOMPARE(std::string(fieldValue(seen.fields, "content-type")), std::string("application/json"));
    QCOMPARE(std::string(fieldValue(seen.fields, "x-thing")), std::string("a b"));
    QCOMPARE(std::string(fieldValue(seen.fields, "host")), "127.0.0.1:" + std::to_string(rig.upstream.port()));
    QCOMPARE(std::string(fieldValue(seen.fields, "content-length")), std::string("13"));
}

void TestHttpPool::writesItsOwnConnectionFields()
{
    Rig rig;
    HttpRequest what = request();
    what.fields = {{"Connection", "close"}, {"content-length", "999"}, {"Transfer-Encoding", "chunked"}, {"HOST", "x"}};
    QVERIFY(rig.ask(what).ok());
    const auto& seen = rig.lastAsked();
    QVERIFY(fieldValue(seen.fields, "connection").empty());
    QVERIFY(fieldValue(seen.fields, "transfer-encoding").empty());
    QCOMPARE(std::string(fieldValue(seen.fields, "content-length")), std::string("7"));
    QCOMPARE(rig.now().idle, 1u);
}

void TestHttpPool::refusesWhatWouldBreakTheMessage_data()
{
    QTest::addColumn<QString>("target");
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("value");
    QTest::newRow("line break in a value") << "/"
                                           << "X"
                                           << "a\r\nY: b";
    for (int at = 0; at < 20; ++at) {
        QString value(20, QChar('\t'));
        value[at] = at % 2 ? QChar('\n') : QChar('\r');
        QTest::addRow("line break at %d", at) << "/"
                                              << "X" << value;
    }
    QTest::newRow("line break in a name") << "/"
                                          << "X\nY"
                                          << "a";
    QTest::newRow("space in the target") << "/a b"
                                         << "X"
                                         << "a";
    QTest::newRow("line break in the target") << "/\r\nX:"
                                              << "X"
                                              << "a";
    QTest::newRow("no target") << ""
                               << "X"
                               << "a";
}

void TestHttpPool::refusesWhatWouldBreakTheMessage()
{
    QFETCH(QString, target);
    QFETCH(QString, name);
    QFETCH(QString, value);
    Rig rig;
    HttpRequest what = request();
    what.target = target.toStdString();
    what.fields = {{name.toStdString(), value.toStdString()}};
    const auto answer = rig.ask(what);
    QVERIFY(absl::IsInvalidArgument(answer.status()));
    QCOMPARE(rig.asked(), 0u);
    QVERIFY(rig.ask(request()).ok());
}

void TestHttpPool::readsBodies_data()
{
    QTest::addColumn<int>("bytes");
    QTest::addColumn<bool>("chunked");
    QTest::addColumn<bool>("untilClose");
    QTest::addColumn<int>("trickle");
    for (const int bytes : {0, 1, 10, 9000, 70000})
        for (const int trickle : {0, 1, 7}) {
            if (bytes > 10000 && trickle == 1) continue;
            QTest::addRow("length, %d bytes, %d at a time", bytes, trickle) << bytes << false << false << trickle;
            QTest::addRow("chunked, %d bytes, %d at a time", bytes, trickle) << bytes << true << false << trickle;
            QTest::addRow("until close, %d bytes, %d at a time", bytes, trickle) << bytes << false << true << trickle;
        }
}

void TestHttpPool::readsBodies()
{
    QFETCH(int, bytes);
    QFETCH(bool, chunked);
    QFETCH(bool, untilClose);
    QFETCH(int, trickle);
    std::string whole;
    for (int i = 0; i < bytes; ++i) whole.push_back(static_cast<char>('a' + i % 26));
    Rig rig([&](const auto&) {
        Answer answer;
        answer.body = whole;
        answer.chunked = chunked;
        answer.chunkBytes = 37;
        answer.untilClose = untilClose;
        answer.trickle = static_cast<std::size_t>(trickle);
        if (untilClose) answer.then = Then::Close;
        return answer;
    });
    const auto got = rig.ask(request());
    QVERIFY2(got.ok(), text(got.status()).c_str());
    QVERIFY(*got == whole);
    QCOMPARE(rig.now().idle, untilClose ? 0u : 1u);
    QVERIFY(rig.balanced());
}

void TestHttpPool::streamsPiecesAsTheyCome()
{
    // The second event never comes: the first is handed on all the same.
    Rig rig([&](const auto&) {
        Answer answer;
        answer.fields = {{"Content-Type", "text/event-stream"}};
        answer.raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n";
        answer.then = Then::Stall;
        return answer;
    });
    CancelSource source;
    auto answer = rig.head(request(), source.token());
    QVERIFY(answer.ok());
    const auto piece = runToEnd(rig.io, answer->body->read());
    QCOMPARE(*piece, std::string("first"));
    auto next = start(rig.io, answer->body->read());
    QVERIFY(!next.done());
    QCOMPARE(rig.now().active, 1u);
    source.cancel("enough");
    poll(rig.io);
    QVERIFY(next.done());
    QVERIFY(absl::IsCancelled(next.take().status()));
}

void TestHttpPool::largeAnswerIsBoundedInMemory()
{
    const std::string whole(20 << 20, 'x');
    Rig rig([&](const auto&) {
        Answer answer;
        answer.body = whole;
        return answer;
    });
    auto answer = rig.head(request());
    QVERIFY(answer.ok());
    std::size_t bytes = 0, pieces = 0;
    for (;;) {
        const auto piece = runToEnd(rig.io, answer->body->read());
        QVERIFY(piece.ok());
        if (piece->empty()) break;
        QVERIFY(piece->size() <= 64 << 10);
        bytes += piece->size();
        ++pieces;
    }
    QCOMPARE(bytes, whole.size());
    QVERIFY2(pieces < 3000, std::to_string(pieces).c_str());  // it reads more at a time once there is more
    QCOMPARE(rig.now().idle, 1u);
    // Read to its end it says so again.
    QVERIFY(runToEnd(rig.io, answer->body->read())->empty());
}

void TestHttpPool::largeRequestIsSentWhole()
{
    Rig rig([&](const ScriptedUpstream::Request& seen) {
        Answer answer;
        answer.body = std::to_string(seen.body.size());
        return answer;
    });
    const std::string body(8 << 20, 'y');
    for (int i = 0; i < 2; ++i) QCOMPARE(*rig.ask(request("POST", body)), std::to_string(body.size()));
    QCOMPARE(rig.now().created, 2u);  // the check's and ours
    QVERIFY(rig.lastAsked().body == body);
}

void TestHttpPool::skipsInformationalAnswers()
{
    Rig rig([&](const auto&) {
        Answer answer;
        answer.raw =
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
            "HTTP/1.1 201 Created\r\nX-A: b\r\nContent-Length: 2\r\n\r\nok";
        return answer;
    });
    auto answer = rig.head(request());
    QVERIFY(answer.ok());
    QCOMPARE(answer->status, 201u);
    QVERIFY(fieldValue(answer->fields, "link").empty());
    QCOMPARE(std::string(fieldValue(answer->fields, "x-a")), std::string("b"));
    QCOMPARE(*runToEnd(rig.io, readAll(*answer->body, 100)), std::string("ok"));
    QCOMPARE(rig.now().idle, 1u);
}

void TestHttpPool::headHasNoBody()
{
    Rig rig([&](const auto&) {
        Answer answer;
        answer.raw = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
        return answer;
    });
    QCOMPARE(*rig.ask(request("HEAD", "")), std::string());
    QCOMPARE(rig.now().idle, 1u);
}

void TestHttpPool::errorStatusIsAnAnswer()
{
    Rig rig([&](const auto&) {
        Answer answer;
        answer.status = 503;
        answer.body = "busy";
        return answer;
    });
    for (int i = 0; i < 20; ++i) {
        auto answer = rig.head(request());
        QVERIFY(answer.ok());
        QCOMPARE(answer->status, 503u);
        QCOMPARE(*runToEnd(rig.io, readAll(*answer->body, 100)), std::string("busy"));
    }
    QVERIFY(rig.pool->available());
}

void TestHttpPool::keepsTheConnectionOnlyWhenComplete_data()
{
    QTest::addColumn<QString>("raw");
    QTest::addColumn<bool>("kept");
    QTest::newRow("1.1") << "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" << true;
    QTest::newRow("1.1, close") << "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok" << false;
    QTest::newRow("1.0") << "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok" << false;
    QTest::newRow("1.0, keep-alive") << "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok"
                                     << true;
    QTest::newRow("more than the body") << "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok???" << false;
    QTest::newRow("no content") << "HTTP/1.1 204 No Content\r\n\r\n" << true;
    QTest::newRow("chunked with trailer")
        << "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n"
        << true;
}

void TestHttpPool::keepsTheConnectionOnlyWhenComplete()
{
    QFETCH(QString, raw);
    QFETCH(bool, kept);
    Rig rig([&](const auto&) {
        Answer answer;
        answer.raw = raw.toStdString();
        return answer;
    });
    const auto got = rig.ask(request());
    QVERIFY2(got.ok(), text(got.status()).c_str());
    QCOMPARE(rig.now().idle, kept ? 1u : 0u);
    QCOMPARE(rig.now().active, 0u);
    QVERIFY(rig.balanced());
}

void TestHttpPool::connectionsFollowTheAddressesOfANameUnderTraffic()
{
    Named named("a");
    QCOMPARE(named.traffic(5s), std::size_t(0));
    QVERIFY2(named.rests("6 0 0"), named.spread().c_str());
    named.has("abc");
    QCOMPARE(named.traffic(80s), std::size_t(0));
    QVERIFY2(named.rests("2 2 2"), named.spread().c_str());
    QVERIFY(named.asked('b') > 0 && named.asked('c') > 0);
    named.has("bc");
    QCOMPARE(named.traffic(80s), std::size_t(0));
    QVERIFY2(named.rests("0 3 3"), named.spread().c_str());
    const std::size_t before = named.asked('a');
    QCOMPARE(named.traffic(5s), std::size_t(0));
    QCOMPARE(named.asked('a'), before);  // nobody is sent there any more
    QCOMPARE(named.pool->snapshot().failed, std::uint64_t{0});
    QVERIFY(named.pool->snapshot().closed.at(CloseReason::Moved) >= 6);
    QVERIFY(named.pool->snapshot().health == Health::Healthy);
}

void TestHttpPool::anAnswerIsReadWithOneCall()
{
    Rig rig;
    QCOMPARE(*rig.ask(request()), std::string("{}"));
    const auto before = http::SocketReader::receives();
    for (int i = 0; i < 10; ++i) QCOMPARE(*rig.ask(request()), std::string("{}"));
    QCOMPARE(rig.now().created, std::uint64_t{2});  // one was for the health check
    QCOMPARE(http::SocketReader::receives() - before, std::uint64_t{10});
}

/// The end comes together with the last bytes of the answer, and is no event of its own.
void TestHttpPool::aServerThatClosesBehindItsAnswerIsNotAskedAgain()
{
    Rig rig([](const auto&) {
        Answer answer;
        answer.raw = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        answer.then = Then::Close;
        return answer;
    });
    for (int i = 0; i < 5; ++i) {
        QCOMPARE(*rig.ask(request()), std::string("ok"));
        QVERIFY(runUntil(rig.io, [&] { return rig.now().idle == 0; }));
    }
    QCOMPARE(rig.asked(), std::size_t(5));
    QCOMPARE(rig.now().closed.at(CloseReason::ServerClosed), std::uint64_t{5});
}

void TestHttpPool::unfinishedBodyClosesAtOnce()
{
    Rig rig([&](const auto&) { return cutAt(70, Then::Stall, std::string(1000, 'z')); });
    auto answer = rig.head(request());
    QVERIFY(answer.ok());
    QCOMPARE(rig.upstream.open(), 1u);
    answer->body.reset();
    QVERIFY(runUntil(rig.io, [&] { return rig.upstream.open() == 0; }));
    QCOMPARE(rig.now().closed.at(CloseReason::Cancelled), 1u);
    QCOMPARE(rig.now().active, 0u);
    QVERIFY(rig.balanced());
    QVERIFY(rig.pool->available());  // not the server's fault
}

void TestHttpPool::brokenAnswersAreUnavailable_data()
{
    QTest::addColumn<int>("cut");
    QTest::addColumn<int>("then");
    QTest::addColumn<bool>("chunked");
    for (const Then then : {Then::Close, Then::Reset, Then::HalfClose})
        for (const int cut : {1, 15, 40, 44, 50})
            for (const bool chunked : {false, true})
                QTest::addRow("%s at byte %d%s",
                              then == Then::Close   ? "FIN"
                              : then == Then::Reset ? "RST"
                                                    : "half-close",
                              cut, chunked ? ", chunked" : "")
                    << cut << static_cast<int>(then) << chunked;
}

void TestHttpPool::brokenAnswersAreUnavailable()
{
    QFETCH(int, cut);
    QFETCH(int, then);
    QFETCH(bool, chunked);
    Rig rig([&](const auto&) {
        Answer answer = cutAt(static_cast<std::size_t>(cut), static_cast<Then>(then), std::string(100, 'q'));
        answer.chunked = chunked;
        return answer;
    });
    const auto got = rig.ask(request());
    QVERIFY(absl::IsUnavailable(got.status()));
    QVERIFY(!text(got.status()).empty());
    QCOMPARE(rig.now().active, 0u);
    QCOMPARE(rig.now().idle, 0u);
    QCOMPARE(rig.now().closed.at(CloseReason::Error), 1u);
    QVERIFY(rig.balanced());
    QCOMPARE(rig.asked(), 1u);  // something of an answer had come: never sent again
}

void TestHttpPool::garbageIsNotAnAnswer_data()
{
    QTest::addColumn<QByteArray>("raw");
    QTest::newRow("words") << QByteArray("hello there\r\n\r\n");
    QTest::newRow("TLS") << QByteArray("\x15\x03\x01\x00\x02\x02\x28", 7);
    QTest::newRow("bad length") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: nine\r\n\r\n");
    QTest::newRow("two lengths") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx");
    QTest::newRow("bad chunk") << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    QTest::newRow("changes protocol") << QByteArray(
        "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n");
    QTest::newRow("endless headers") << QByteArray("HTTP/1.1 200 OK\r\n") + QByteArray(100000, 'a');
    QTest::newRow("very many fields") << QByteArray("HTTP/1.1 200 OK\r\n") + QByteArray("a: b\r\n").repeated(1000) +
                                             "\r\n";
}

void TestHttpPool::garbageIsNotAnAnswer()
{
    QFETCH(QByteArray, raw);
    Rig rig([&](const auto&) {
        Answer answer;
        answer.raw = raw.toStdString();
        answer.then = Then::Close;
        return answer;
    });
    const auto got = rig.ask(request());
    QVERIFY(absl::IsUnavailable(got.status()));
    QCOMPARE(rig.now().active + rig.now().idle, 0u);
    QVERIFY(rig.balanced());
}

void TestHttpPool::neverGivesOutAConnectionTheServerClosed()
{
    Rig rig;
    QVERIFY(rig.ask(request()).ok());
    QCOMPARE(rig.now().idle, 1u);
    // Closed by the server, and the pool's loop has had no turn to notice: POSTs are not replayed, so only the
    // check at hand-out saves this one.
    rig.upstream.closeIdle();
    rig.clock.jump(1ms);
    QVERIFY(rig.ask(request()).ok());
    QCOMPARE(rig.now().closed.at(CloseReason::ServerClosed), 1u);
    // Closed, and noticed without a request.
    rig.upstream.closeIdle();
    QVERIFY(runUntil(rig.io, [&] { return rig.now().idle == 0; }));
    QCOMPARE(rig.now().closed.at(CloseReason::ServerClosed), 2u);
    QVERIFY(rig.balanced());
}

void TestHttpPool::neverGivesOutAConnectionThatSpokeUnasked()
{
    Rig rig;
    QVERIFY(rig.ask(request()).ok());
    rig.upstream.speakUnasked("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
    rig.clock.jump(1ms);
    const auto got = rig.ask(request());
    QVERIFY(got.ok());
    QCOMPARE(*got, std::string("{}"));
    rig.upstream.speakUnasked("HTTP/1.1 408 Request Timeout\r\n\r\n");
    QVERIFY(runUntil(rig.io, [&] { return rig.now().idle == 0; }));
    QVERIFY(rig.balanced());
}

void TestHttpPool::replaysOnceWhenAKeptConnectionDied_data()
{
    QTest::addColumn<QString>("method");
    QTest::addColumn<bool>("replaySafe");
    QTest::addColumn<int>("deaths");
    QTest::addColumn<bool>("served");
    QTest::newRow("GET") << "GET" << false << 1 << true;
    QTest::newRow("POST is not") << "POST" << false << 1 << false;
    QTest::newRow("POST that is safe") << "POST" << true << 1 << true;
    QTest::newRow("DELETE") << "DELETE" << false << 1 << true;
    QTest::newRow("only once") << "GET" << false << 2 << false;
}

void TestHttpPool::replaysOnceWhenAKeptConnectionDied()
{
    QFETCH(QString, method);
    QFETCH(bool, replaySafe);
    QFETCH(int, deaths);
    QFETCH(bool, served);
    int left = 0;
    Rig rig([&](const auto&) {
        if (left > 0) {
            --left;
            return cutAt(0, Then::Close);
        }
        return Answer();
    });
    // Two kept connections.
    {
        auto one = runToEnd(rig.io, rig.pool->acquire(rig.clock.now() + 1min));
        auto two = runToEnd(rig.io, rig.pool->acquire(rig.clock.now() + 1min));
        for (auto* lease : {&one, &two}) {
            auto answer = runToEnd(rig.io, (*lease)->exchange(request("GET", ""), rig.clock.now() + 1min));
            QVERIFY(answer.ok() && runToEnd(rig.io, readAll(*answer->body, 100)).ok());
        }
    }
    left = deaths;
    const std::size_t before = rig.asked();
    HttpRequest what = request(method.toStdString(), method == "POST" ? "{}" : "");
    what.replaySafe = replaySafe;
    Trace trace;
    const auto got = rig.ask(what, &trace);
    QCOMPARE(got.ok(), served);
    if (!served) QVERIFY(absl::IsUnavailable(got.status()));
    QCOMPARE(rig.asked() - before, method == "POST" && !replaySafe ? 1u : 2u);
    QCOMPARE(trace.decisions.empty(), method == "POST" && !replaySafe);
    QVERIFY(rig.balanced());
}

void TestHttpPool::doesNotReplayOnAFreshConnection()
{
    Rig rig([&](const auto&) { return cutAt(0, Then::Close); });
    QVERIFY(absl::IsUnavailable(rig.ask(request("GET", "")).status()));
    QCOMPARE(rig.asked(), 1u);
}

void TestHttpPool::doesNotReplayAfterAByte()
{
    bool die = false;
    Rig rig([&](const auto&) { return die ? cutAt(1, Then::Close) : Answer(); });
    QVERIFY(rig.ask(request("GET", "")).ok());
    die = true;
    QVERIFY(absl::IsUnavailable(rig.ask(request("GET", "")).status()));
    QCOMPARE(rig.asked(), 2u);
}

void TestHttpPool::deadlineEndsAStalledAnswer()
{
    Rig rig([&](const auto&) { return cutAt(60, Then::Stall, std::string(100, 's')); });
    // within the body
    auto answer = rig.head(request());
    QVERIFY(answer.ok());
    QVERIFY(runToEnd(rig.io, answer->body->read()).ok());
    auto reading = start(rig.io, answer->body->read());
    rig.clock.advance(59s);
    QVERIFY(!reading.done());
    rig.clock.advance(1s);
    QVERIFY(reading.done());
    QVERIFY(absl::IsDeadlineExceeded(reading.take().status()));
    answer->body.reset();
    // before the head
    rig.script = [](const auto&) { return cutAt(0, Then::Stall); };
    auto asking = start(rig.io, rig.asking(request()));
    QVERIFY(runUntil(rig.io, [&] { return rig.asked() == 2; }));
    rig.clock.advance(1min);
    QVERIFY(runUntil(rig.io, [&] { return asking.done(); }));
    QVERIFY(absl::IsDeadlineExceeded(asking.take().status()));
    QVERIFY(rig.balanced());
}

void TestHttpPool::silenceEndsAnAnswerThatFlows_data()
{
    QTest::addColumn<bool>("chunked");
    QTest::newRow("length") << false;
    QTest::newRow("chunked") << true;
}

void TestHttpPool::silenceEndsAnAnswerThatFlows()
{
    QFETCH(bool, chunked);
    // The head and ten bytes of the body, and then nothing.
    Rig rig([&](const auto&) {
        Answer answer = cutAt(0, Then::Stall, std::string(100, 's'));
        answer.chunked = chunked;
        answer.chunkBytes = 10;
        answer.cut = chunked ? 75 : 60;
        return answer;
    });
    HttpRequest what = request();
    what.silenceMax = 5s;
    auto answer = rig.head(what);
    QVERIFY(answer.ok());
    QVERIFY(runToEnd(rig.io, answer->body->read()).ok());
    auto reading = start(rig.io, answer->body->read());
    rig.clock.advance(4900ms);
    QVERIFY(!reading.done());
    rig.clock.advance(100ms);
    QVERIFY(reading.done());
    const Status why = reading.take().status();
    QVERIFY(absl::IsDeadlineExceeded(why));
    QVERIFY2(text(why).find("sent nothing for 5.0 s after ") != std::string::npos, text(why).c_str());
    QVERIFY(!isUnsent(why));
    answer->body.reset();
    QVERIFY(rig.balanced());

    // Before the first byte of the body the deadline holds, not the silence.
    rig.script = [](const auto&) { return cutAt(0, Then::Stall); };
    auto asking = start(rig.io, rig.asking(what));
    QVERIFY(runUntil(rig.io, [&] { return rig.asked() == 2; }));
    rig.clock.advance(59s);
    QVERIFY(!asking.done());
    rig.clock.advance(1s);
    QVERIFY(runUntil(rig.io, [&] { return asking.done(); }));
    QVERIFY(absl::IsDeadlineExceeded(asking.take().status()));
}

void TestHttpPool::answerThatIsHeldBackIsNotSilent()
{
    // One byte each time that the reader takes one, over much more than the deadline.
    Rig rig([](const auto&) {
        Answer answer;
        answer.body.assign(300'000, 'b');
        answer.held = true;
        return answer;
    });
    HttpRequest what = request();
    what.silenceMax = 2s;
    std::optional<HttpResponse> answer;
    auto asking = start(rig.io, rig.heading(what, rig.clock.now() + 10s, {}, answer));
    QVERIFY(runUntil(rig.io, [&] { return rig.upstream.held() == 1; }));
    rig.clock.advance(9s);
    rig.upstream.release();
    QVERIFY(runUntil(rig.io, [&] { return asking.done(); }));
    QVERIFY(asking.take().ok());
    // Nobody takes what has come: that is the reader's time, not the upstream's.
    rig.clock.advance(1h);
    const auto whole = runToEnd(rig.io, readAll(*answer->body, 1 << 20));
    QVERIFY2(whole.ok(), text(whole.status()).c_str());
    QCOMPARE(whole->size(), 300'000u);
    QVERIFY(rig.balanced());
}

void TestHttpPool::saysWhetherTheRequestWasSent_data()
{
    QTest::addColumn<QString>("when");
    QTest::addColumn<bool>("unsent");
    for (const char* when : {"deadline passed", "cancelled before", "refused dial", "waiters full", "waited too long",
                             "waited to the deadline", "ejected", "draining", "bad field"})
        QTest::newRow(when) << when << true;
    for (const char* when : {"closed before the answer", "cut in the answer", "deadline within the answer", "garbage",
                             "cancelled while it answers", "kept connection died, then refused"})
        QTest::newRow(when) << when << false;
}

void TestHttpPool::saysWhetherTheRequestWasSent()
{
    QFETCH(QString, when);
    QFETCH(bool, unsent);
    Options options = smallPool(2);
    options.httpSizeMax = 1;
    options.waitersMax = 0;
    options.waitTimeout = 10s;
    options.breakerFailures = when == "ejected" ? 1 : 100;
    Rig rig({}, options);
    HttpRequest what = request();
    CancelSource source;
    TimePoint deadline = rig.clock.now() + 1min;
    std::deque<StatusOr<HttpLease>> taken;
    const bool waits = when.startsWith("waited");
    if (waits) {
        options.waitersMax = 1;
        rig.pool->apply(options);
    }
    if (waits || when == "waiters full") taken.push_back(runToEnd(rig.io, rig.pool->acquire(deadline)));
    if (when == "deadline passed") deadline = rig.clock.now();
    if (when == "waited to the deadline") deadline = rig.clock.now() + 5s;
    if (when == "cancelled before") source.cancel("the client disconnected");
    if (when == "refused dial" || when == "ejected") rig.upstream.refuse();
    if (when == "ejected") QVERIFY(!rig.ask(what).ok());
    if (when == "draining") rig.pool->setDraining(true);
    if (when == "bad field") what.fields = {{"X", "a\r\nb"}};
    if (when == "closed before the answer") rig.script = [](const auto&) { return cutAt(0, Then::Close); };
    if (when == "cut in the answer") rig.script = [](const auto&) { return cutAt(20, Then::Close); };
    if (when == "garbage") {
        rig.script = [](const auto&) {
            Answer answer;
            answer.raw = "220 mail ready\r\n\r\n";
            return answer;
        };
    }
    const bool stalls = when == "deadline within the answer" || when == "cancelled while it answers";
    if (stalls) rig.script = [](const auto&) { return cutAt(0, Then::Stall); };
    if (when == "kept connection died, then refused") {
        QVERIFY(rig.ask(what).ok());
        what.method = "PUT";  // may be sent again
        rig.script = [&](const auto&) {
            rig.upstream.refuse();
            return cutAt(0, Then::Reset);
        };
    }
    std::optional<HttpResponse> answer;
    auto asking = start(rig.io, rig.heading(what, deadline, source.token(), answer));
    if (stalls) QVERIFY(runUntil(rig.io, [&] { return rig.asked() == 1; }));
    if (when == "cancelled while it answers") source.cancel("the client disconnected");
    if (stalls || waits) rig.clock.advance(1min);
    QVERIFY(runUntil(rig.io, [&] { return asking.done(); }));
    const Status why = asking.take();
    QVERIFY(!why.ok());
    QVERIFY2(isUnsent(why) == unsent, text(why).c_str());
}

void TestHttpPool::manyOfOneTurnAreSentAtItsEnd_data()
{
    QTest::addColumn<QString>("meanwhile");
    for (const char* meanwhile : {"nothing", "half are cancelled", "the server closes them", "the server is gone",
                                  "the pool is drained", "their connections are evicted", "the pool is removed"})
        QTest::newRow(meanwhile) << meanwhile;
}

/// With many in flight those of a turn wait for its end. Until then nothing of them has left.
void TestHttpPool::manyOfOneTurnAreSentAtItsEnd()
{
    QFETCH(QString, meanwhile);
    constexpr std::size_t kMany = 40;
    Options options = smallPool(2);
    options.httpSizeMax = kMany;
    Rig rig({}, options);
    std::vector<CancelSource> sources(kMany);
    std::vector<std::optional<HttpResponse>> answers(kMany);
    std::vector<std::optional<Status>> came(kMany);
    const auto begin = [&] {
        for (std::size_t i = 0; i < kMany; ++i) {
            came[i].reset();
            answers[i].reset();
            HttpRequest what = request("PUT", i % 2 ? std::string(3000, 'b') : "{}");  // in one piece and in two
            net::co_spawn(rig.io, rig.heading(std::move(what), rig.clock.now() + 1min, sources[i].token(), answers[i]),
                          [&came, i](std::exception_ptr, Status status) { came[i] = std::move(status); });
        }
    };
    const auto ended = [&] {
        return runUntil(
            rig.io, [&] { return std::all_of(came.begin(), came.end(), [](auto& one) { return one.has_value(); }); });
    };
    rig.script = [](const auto&) {
        Answer answer;
        answer.held = true;
        return answer;
    };
    begin();  // opens the connections
    QVERIFY(runUntil(rig.io, [&] { return rig.upstream.held() == kMany; }));
    rig.script = {};
    rig.upstream.release();
    QVERIFY(ended());
    for (auto& answer : answers) answer.reset();
    QVERIFY(runUntil(rig.io, [&] { return rig.now().idle == kMany; }));
    const std::size_t before = rig.asked();

    begin();
    for (std::size_t i = 0; i < 10 * kMany && rig.now().active < kMany; ++i) rig.io.poll_one();
    QCOMPARE(rig.now().active, kMany);
    if (meanwhile == "half are cancelled")
        for (std::size_t i = kMany / 2; i < kMany; ++i) sources[i].cancel("the client disconnected");
    if (meanwhile == "the server closes them") rig.upstream.closeIdle();
    if (meanwhile == "the server is gone") rig.upstream.refuse();
    if (meanwhile == "the pool is drained") rig.pool->setDraining(true);
    if (meanwhile == "their connections are evicted") rig.pool->evict({});
    if (meanwhile == "the pool is removed") rig.pool.reset();
    QVERIFY(ended());

    std::size_t answered = 0, unsent = 0;
    for (const auto& status : came) {
        answered += status->ok();
        unsent += isUnsent(*status);
    }
    if (meanwhile == "half are cancelled") {
        QCOMPARE(answered, kMany / 2);
        QCOMPARE(unsent, kMany / 2);
        QCOMPARE(rig.asked() - before, kMany / 2);
    } else if (meanwhile == "the server is gone" || meanwhile == "the pool is removed") {
        QCOMPARE(answered, 0u);
    } else {
        QCOMPARE(answered, kMany);
    }
    if (!rig.pool) return;
    for (auto& answer : answers) answer.reset();
    rig.pool->setDraining(false);
    QVERIFY(runUntil(rig.io, [&] { return rig.now().active == 0; }));
    QVERIFY(rig.balanced());
}

void TestHttpPool::waitForAConnectionIsCountedOnce()
{
    Options options = smallPool(2);
    options.httpSizeMax = 1;
    Rig rig({}, options);
    std::deque<StatusOr<HttpLease>> taken;
    taken.push_back(runToEnd(rig.io, rig.pool->acquire(rig.clock.now() + 1min)));
    QVERIFY(runToEnd(rig.io, taken.front()->exchange(request("GET", ""), rig.clock.now() + 1min)).ok());
    Trace trace;
    const std::uint64_t createdBefore = rig.now().created;
    auto asking = start(rig.io, rig.asking(request(), {}, &trace));
    rig.clock.advance(2s);
    // It is granted the connection, but before it has come to use that, the server's close is seen: it waits again.
    rig.upstream.closeIdle();
    const auto later = [&rig](auto what) { net::post(rig.io, what); };
    later([&] { taken.clear(); });
    QVERIFY(runUntil(rig.io, [&] { return asking.done(); }));
    QVERIFY(asking.take().ok());
    QCOMPARE(rig.now().created, createdBefore + 1);
    QCOMPARE(toMs(trace.spent(Phase::Connecting)), 2000.0);
}

void TestHttpPool::deadlineEndsADial()
{
    Rig rig;
    const BusyServer busy(rig.io);
    HttpPool::Target target;
    target.endpoint = parseBaseUrl("http://" + busy.address())->endpoint;
    rig.pool->setTarget(target);
    auto asking = start(rig.io, rig.asking(request()));
    rig.clock.advance(2999ms);
    QVERIFY(!asking.done());
    rig.clock.advance(1ms);
    QVERIFY(runUntil(rig.io, [&] { return asking.done(); }));
    const auto got = asking.take();
    QVERIFY(absl::IsUnavailable(got.status()));
    QVERIFY2(text(got.status()).find(busy.address()) != std::string::npos, text(got.status()).c_str());
    QVERIFY(rig.now().failed >= 1);
}

void TestHttpPool::cancelStopsFromAnyState_data()
{
    QTest::addColumn<QString>("state");
    for (const char* state : {"queued", "dialling", "sending", "waiting", "reading", "before"})
        QTest::newRow(state) << state;
}

void TestHttpPool::cancelStopsFromAnyState()
{
    QFETCH(QString, state);
    Rig rig([&](const auto&) {
        if (state == "reading") return cutAt(60, Then::Stall, std::string(100, 'r'));
        return cutAt(0, Then::Stall);
    });
    std::deque<StatusOr<HttpLease>> taken;
    CancelSource source;
    HttpRequest what = request();
    if (state == "queued")
        for (int i = 0; i < 2; ++i) taken.push_back(runToEnd(rig.io, rig.pool->acquire(rig.clock.now() + 1min)));
    const BusyServer busy(rig.io);
    if (state == "dialling") {
        HttpPool::Target target;
        target.endpoint = parseBaseUrl("http://" + busy.address())->endpoint;
        rig.pool->setTarget(target);
    }
    // More than the socket's buffers take: a server that does not read.
    if (state == "sending") what.body.assign(64 << 20, 'b');
    if (state == "before") source.cancel("the client disconnected");
    std::optional<Running<StatusOr<std::string>>> asking;
    if (state == "sending") {
        // Nobody accepts: the kernel does, and nothing is read.
        net::ip::tcp::acceptor deaf(rig.io, net::ip::tcp::endpoint(net::ip::make_address("127.0.0.1"), 0));
        HttpPool::Target target;
        target.endpoint = parseBaseUrl("http://127.0.0.1:" + std::to_string(deaf.local_endpoint().port()))->endpoint;
        rig.pool->setTarget(target);
        asking = start(rig.io, rig.asking(what, source.token()));
        QVERIFY(runUntil(rig.io, [&] { return rig.now().active == 1; }));
        poll(rig.io);
        QVERIFY(!asking->done());
        source.cancel("the client disconnected");
        poll(rig.io);  // it waits for nothing
        QVERIFY(asking->done());
        QVERIFY(absl::IsCancelled(asking->take().status()));
        QCOMPARE(rig.now().active, 0u);
        QVERIFY(rig.balanced());
        return;
    }
    asking = start(rig.io, rig.asking(what, source.token()));
    if (state == "waiting") QVERIFY(runUntil(rig.io, [&] { return rig.asked() == 1; }));
    if (state == "reading") {
        QVERIFY(runUntil(rig.io, [&] { return rig.asked() == 1; }));
        runUntil(
            rig.io, [] { return false; }, std::chrono::milliseconds(20));
    }
    if (state == "queued") QCOMPARE(rig.now().waiters, 1u);
    if (state != "before") QVERIFY(!asking->done());
    source.cancel("the client disconnected");
    poll(rig.io);  // it waits for nothing
    QVERIFY(asking->done());
    const auto got = asking->take();
    QVERIFY2(absl::IsCancelled(got.status()), text(got.status()).c_str());
    QCOMPARE(text(got.status()), std::string("the client disconnected"));
    if (state == "waiting" || state == "reading") {
        QVERIFY(runUntil(rig.io, [&] { return rig.upstream.open() == 0; }));
        QCOMPARE(rig.now().closed.at(CloseReason::Cancelled), 1u);
    }
    QCOMPARE(rig.now().waiters, 0u);
    taken.clear();
    QCOMPARE(rig.now().active, 0u);
    QVERIFY(rig.balanced());
}

void TestHttpPool::cancelledWaiterLetsTheNextGo()
{
    Rig rig;
    std::deque<StatusOr<HttpLease>> taken;
    for (int i = 0; i < 2; ++i) taken.push_back(runToEnd(rig.io, rig.pool->acquire(rig.clock.now() + 1min)));
    CancelSource source;
    auto first = start(rig.io, rig.asking(request(), source.token()));
    auto second = start(rig.io, rig.asking(request()));
    QCOMPARE(rig.now().waiters, 2u);
    source.cancel("left");
    poll(rig.io);
    QVERIFY(first.done());
    QCOMPARE(rig.now().waiters, 1u);
    taken.pop_front();
    QVERIFY(runUntil(rig.io, [&] { return second.done(); }));
    QVERIFY(second.take().ok());
}

void TestHttpPool::waiterLimitSaysSo()
{
    Options options = smallPool(2);
    options.waitersMax = 1;
    Rig rig({}, options);
    std::deque<StatusOr<HttpLease>> taken;
    for (int i = 0; i < 2; ++i) taken.push_back(runToEnd(rig.io, rig.pool->acquire(rig.clock.now() + 1min)));
    auto waiting = start(rig.io, rig.asking(request()));
    rig.clock.advance(3s);
    const auto refused = rig.ask(request());
    QVERIFY(absl::IsResourceExhausted(refused.status()));
    const std::string words = text(refused.status());
    QVERIFY2(words.find("pool.waiters_max: 1") != std::string::npos && words.find("3.0 s") != std::string::npos,
             words.c_str());
    QVERIFY(retryAfterOf(refused.status()).has_value());
    // The one who waits is refused at its time.
    rig.clock.advance(7s);
    QVERIFY(waiting.done());
    const auto late = waiting.take();
    QVERIFY(absl::IsResourceExhausted(late.status()));
    QVERIFY(text(late.status()).find("wait_timeout_ms") != std::string::npos);
}

void TestHttpPool::withoutReuseEachRequestDials()
{
    Options options = smallPool(2);
    options.enabled = false;
    Rig rig({}, options);
    const std::size_t before = rig.upstream.accepted();
    for (int i = 0; i < 5; ++i) QVERIFY(rig.ask(request()).ok());
    QCOMPARE(rig.upstream.accepted() - before, 5u);
    QCOMPARE(rig.now().idle, 0u);
    QCOMPARE(rig.now().reused, 0u);
    QCOMPARE(rig.now().closed.at(CloseReason::OneShot), 6u);  // and the health check's
    QVERIFY(rig.balanced());
}

void TestHttpPool::keepAliveHintShortensTheIdleLimit()
{
    Rig rig([&](const auto&) {
        Answer answer;
        answer.fields = {{"Keep-Alive", "timeout=5, max=100"}};
        return answer;
    });
    QVERIFY(rig.ask(request()).ok());
    QCOMPARE(rig.now().idleLimit, Duration(4s));
    QVERIFY(rig.now().idleLimitWhy.english().find("5.0 s") != std::string::npos);
    rig.clock.advance(3900ms);
    QCOMPARE(rig.now().idle, 1u);
    rig.clock.advance(200ms);
    QCOMPARE(rig.now().idle, 0u);
    QCOMPARE(rig.now().closed.at(CloseReason::Idle), 1u);
}

void TestHttpPool::learnsWhenTheServerClosesIdleConnections()
{
    Rig rig;
    for (int i = 0; i < 2; ++i) {
        QVERIFY(rig.ask(request()).ok());
        rig.clock.advance(4s);
        QCOMPARE(rig.now().idle, 1u);
        rig.upstream.closeIdle();
        QVERIFY(runUntil(rig.io, [&] { return rig.now().idle == 0; }));
        rig.clock.advance(2s);
    }
    QVERIFY(rig.now().idleLimit < 4s);
    QVERIFY2(rig.now().idleLimitWhy.english().find("4.0 s, 2 times") != std::string::npos,
             rig.now().idleLimitWhy.english().c_str());
    QVERIFY(rig.ask(request()).ok());
    rig.clock.advance(3900ms);
    QCOMPARE(rig.now().idle, 0u);
    QCOMPARE(rig.now().closed.at(CloseReason::Idle), 1u);
}

void TestHttpPool::failedConnectionsEjectAndRecover()
{
    Options options = smallPool(2);
    options.breakerFailures = 3;
    Rig rig({}, options);
    std::vector<HealthChange> changes;
    rig.pool->onHealth([&](const HealthChange& change) { changes.push_back(change); });
    rig.upstream.refuse();
    for (int i = 0; i < 3; ++i) {
        const auto got = rig.ask(request());
        QVERIFY(absl::IsUnavailable(got.status()));
        QVERIFY2(text(got.status()).find("refused") != std::string::npos, text(got.status()).c_str());
    }
    QVERIFY(rig.now().health == Health::Ejected);
    QCOMPARE(rig.now().failed, 3u);
    const std::uint64_t tries = rig.now().failed;
    QVERIFY(absl::IsUnavailable(rig.ask(request()).status()));
    QCOMPARE(rig.now().failed, tries);  // fails fast
    rig.upstream.listen();
    for (int i = 0; i < 30 && !rig.pool->available(); ++i) {
        rig.clock.advance(100ms);
        runUntil(rig.io, [&] { return rig.now().connecting + rig.now().active == 0; });
    }
    QVERIFY(rig.pool->available());
    QVERIFY(rig.ask(request()).ok());
    QVERIFY(changes.size() == 2 && changes[1].kind == HealthChange::Kind::Up);
}

void TestHttpPool::drainFinishesWhatRuns()
{
    Rig rig([&](const auto&) {
        Answer answer;
        answer.held = true;
        return answer;
    });
    auto asking = start(rig.io, rig.asking(request()));
    QVERIFY(runUntil(rig.io, [&] { return rig.upstream.held() == 1; }));
    QCOMPARE(rig.pool->setDraining(true), 1u);
    QVERIFY(rig.now().health == Health::Draining);
    QVERIFY(absl::IsUnavailable(rig.ask(request()).status()));
    rig.upstream.release();
    QVERIFY(runUntil(rig.io, [&] { return asking.done(); }));
    QVERIFY(asking.take().ok());
    QCOMPARE(rig.now().closed.at(CloseReason::Drain), 1u);
    QCOMPARE(rig.now().draining, 0u);
    rig.pool->setDraining(false);
    rig.script = {};
    QVERIFY(rig.ask(request()).ok());
}

void TestHttpPool::stopEndsWhenLeasesEnd()
{
    Rig rig;
    auto lease = runToEnd(rig.io, rig.pool->acquire(rig.clock.now() + 1min));
    auto stopping = start(rig.io, rig.pool->stop());
    QVERIFY(!stopping.done());
    lease->release();
    poll(rig.io);
    QVERIFY(stopping.done());
    QVERIFY(absl::IsUnavailable(rig.ask(request()).status()));
    QVERIFY(runUntil(rig.io, [&] { return rig.upstream.open() == 0; }));
    QVERIFY(rig.balanced());
    QCOMPARE(rig.clock.sleepers(), 0u);  // nothing is left behind
}

void TestHttpPool::optionsChangeUnderTraffic()
{
    Rig rig;
    QVERIFY(rig.ask(request()).ok());
    Options options = smallPool(2);
    options.httpSizeMin = 5;
    options.httpSizeMax = 9;
    rig.pool->apply(options);
    QVERIFY(runUntil(rig.io, [&] { return rig.now().idle == 5; }));
    QCOMPARE(rig.now().sizeMax, 9u);
    options.httpSizeMin = 1;
    options.httpSizeMax = 2;
    rig.pool->apply(options);
    QCOMPARE(rig.now().idle, 2u);
    QCOMPARE(rig.now().closed.at(CloseReason::Shrink), 3u);
    options.idleTimeout = 500ms;
    rig.pool->apply(options);
    rig.clock.advance(600ms);
    QVERIFY(rig.now().closed.at(CloseReason::Idle) >= 2u);
    options.enabled = false;
    rig.pool->apply(options);
    QVERIFY(rig.ask(request()).ok());
    QCOMPARE(rig.now().idle, 0u);
    QVERIFY(rig.balanced());
}

void TestHttpPool::movesToAnotherTarget()
{
    Rig rig;
    QVERIFY(rig.ask(request()).ok());
    ScriptedUpstream other(rig.io, [](const auto&) {
        Answer answer;
        answer.body = "other";
        return answer;
    });
    HttpPool::Target target;
    target.endpoint = parseBaseUrl(other.url())->endpoint;
    rig.pool->setTarget(target);
    QCOMPARE(*rig.ask(request()), std::string("other"));
    QVERIFY(runUntil(rig.io, [&] { return rig.upstream.open() == 0; }));
}

void TestHttpPool::poolMayDieUnderItsLeases()
{
    Rig rig([&](const auto&) { return cutAt(60, Then::Stall, std::string(100, 's')); });
    auto answer = rig.head(request());
    QVERIFY(answer.ok());
    auto lease = runToEnd(rig.io, rig.pool->acquire(rig.clock.now() + 1min));
    QVERIFY(runToEnd(rig.io, answer->body->read()).ok());
    auto reading = start(rig.io, answer->body->read());
    auto waiting = start(rig.io, rig.asking(request()));
    rig.pool.reset();
    QVERIFY(runUntil(rig.io, [&] { return reading.done() && waiting.done(); }));
    QVERIFY(absl::IsUnavailable(reading.take().status()));
    QVERIFY(absl::IsUnavailable(waiting.take().status()));
    lease->release();
    answer->body.reset();
    QVERIFY(runUntil(rig.io, [&] { return rig.upstream.open() == 0; }));
}

void TestHttpPool::manyAreClosedAFewInATurn()
{
    constexpr std::uint32_t kMany = 100;
    bool held = true;
    Options options = smallPool(2);
    options.httpSizeMax = kMany;
    Rig rig(
        [&](const auto&) {
            Answer answer;
            answer.held = held;
            return answer;
        },
        options);
    const auto burst = [&] {
        held = true;
        std::deque<Running<StatusOr<std::string>>> asking;
        for (std::uint32_t i = 0; i < kMany; ++i) asking.push_back(start(rig.io, rig.asking(request())));
        const bool open = runUntil(rig.io, [&] { return rig.now().active == kMany && rig.upstream.open() == kMany; });
        held = false;
        rig.upstream.release();
        return runUntil(rig.io, [&] { return rig.now().idle == kMany; }) && open;
    };
    const auto openFiles = [] {
        return static_cast<std::size_t>(
            std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator()));
    };
    QVERIFY(burst());
    const std::size_t before = openFiles();
    QCOMPARE(rig.pool->evict({}), kMany);
    QCOMPARE(rig.now().idle, 0U);
    QVERIFY(rig.balanced());
    QCOMPARE(before - openFiles(), http::ClosingTurn::kAtOnce);
    // A request does not wait for those that are still being closed, and takes none of them.
    auto next = start(rig.io, rig.asking(request()));
    QVERIFY(runUntil(rig.io, [&] { return next.done() && rig.upstream.open() == 1; }));
    QVERIFY(next.take().ok());

    // Nor do they stay when the pool goes meanwhile.
    QVERIFY(burst());
    rig.pool->evict({});
    rig.pool.reset();
    QVERIFY(runUntil(rig.io, [&] { return rig.upstream.open() == 0; }));
}

void TestHttpPool::manyAtOnceKeepTheBooks()
{
    int count = 0;
    Options options = smallPool(2);
    options.httpSizeMax = 8;
    options.breakerFailures = 1000000;
    Rig rig(
        [&](const auto&) {
            switch (++count % 11) {
                case 3:
                    return cutAt(0, Then::Close);
                case 5:
                    return cutAt(50, Then::Reset, std::string(100, 'x'));
                case 7: {
                    Answer answer;
                    answer.body = std::string(200000, 'l');
                    answer.chunked = true;
                    answer.chunkBytes = 5000;
                    return answer;
                }
                case 9: {
                    Answer answer;
                    answer.untilClose = true;
                    answer.then = Then::Close;
                    return answer;
                }
                default:
                    return Answer();
            }
        },
        options);
    std::deque<Running<StatusOr<std::string>>> asking;
    std::deque<CancelSource> sources;
    for (int i = 0; i < 300; ++i) {
        sources.emplace_back();
        asking.push_back(start(rig.io, rig.asking(request(), sources.back().token())));
        if (i % 13 == 0) sources.back().cancel("left");
        QVERIFY(rig.now().active + rig.now().connecting + rig.now().idle + rig.now().draining <= 8);
        QVERIFY(rig.balanced());
    }
    QVERIFY(runUntil(
        rig.io, [&] { return std::all_of(asking.begin(), asking.end(), [](const auto& one) { return one.done(); }); }));
    std::size_t ok = 0, failed = 0, cancelled = 0;
    for (auto& one : asking) {
        const auto got = one.take();
        if (got.ok())
            ++ok;
        else if (absl::IsCancelled(got.status()))
            ++cancelled;
        else
            ++failed;
    }
    QCOMPARE(ok + failed + cancelled, 300u);
    QVERIFY(ok > 200 && failed > 20);
    QCOMPARE(rig.now().active, 0u);
    QCOMPARE(rig.now().waiters, 0u);
    QVERIFY(rig.balanced());
}

void TestHttpPool::tlsRefusesAPlainServer()
{
    Rig rig;
    HttpPool::Target target;
    target.endpoint = parseBaseUrl("https://127.0.0.1:" + std::to_string(rig.upstream.port()))->endpoint;
    rig.pool->setTarget(target);
    // The scripted server takes the hello for a request that never ends: the connect timeout ends it.
    auto asking = start(rig.io, rig.asking(request()));
    runUntil(
        rig.io, [] { return false; }, std::chrono::milliseconds(30));
    QVERIFY(!asking.done());
    rig.clock.advance(3s);
    QVERIFY(runUntil(rig.io, [&] { return asking.done(); }));
    QVERIFY(absl::IsUnavailable(asking.take().status()));
    QCOMPARE(rig.asked(), 0u);
}

QTEST_GUILESS_MAIN(TestHttpPool)
#include "tst_http_pool.moc"
