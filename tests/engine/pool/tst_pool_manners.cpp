// SPDX-License-Identifier: GPL-3.0-or-later
#include "ledger_stage.h"
#include "pool/http_pool.h"
#include "pool/ledger.h"
#include "pool/lookup.h"
#include "pool_stage.h"
#include "support/certificate.h"
#include "support/manual_clock.h"
#include "support/scripted_upstream.h"

#include <QtTest>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <condition_variable>
#include <fcntl.h>
#include <mutex>
#include <netinet/in.h>
#include <random>
#include <sys/socket.h>

/// How a pool behaves towards servers that are small, busy, or keep nothing.
using namespace millrace;
using namespace millrace::pool;
using namespace millrace::testing;
using tcp = boost::asio::ip::tcp;

namespace {

/// A ledger whose dials succeed at once, beside an upstream that closes what has been idle for `keeps`.
struct Upstream {
    explicit Upstream(LedgerLimits given, Duration keepsIdle, std::uint64_t seed = 1)
        : random(seed),
          ledger(given, [this] { return std::uniform_real_distribution<double>(0, 1)(random); }),
          keeps(keepsIdle)
    {
        ledger.retryNow(now);
        settle();
    }
    void settle()
    {
        while (ledger.hasEffects()) {
            carryOut(ledger, dialling, [this](const Ledger::Effect& effect) {
                if (effect.kind == Ledger::Effect::Kind::Grant) granted.push_back(effect.connection);
            });
            for (const ConnectionId id : std::exchange(dialling, {})) {
                dials.push_back(now);
                ledger.connected(id, now);
            }
        }
    }
    void pass(Duration span)
    {
        for (const TimePoint end = now + span; now < end;) {
            now += 250ms;
            std::vector<ConnectionId> gone;
            for (const auto& entry : ledger.entries(State::Idle))
                if (now - entry.since >= keeps) gone.push_back(entry.id);
            for (const ConnectionId id : gone) ledger.lost(id, CloseReason::ServerClosed, now);
            settle();
            ledger.tick(now);
            settle();
        }
    }
    /// One request, answered at once.
    void ask()
    {
        const auto acquired = ledger.acquire(now);
        ConnectionId id = acquired.connection;
        settle();
        if (!id) id = granted.back();
        ledger.release(id, now);
        settle();
    }
    std::size_t dialsSince(TimePoint since) const
    {
        return static_cast<std::size_t>(
            std::count_if(dials.begin(), dials.end(), [&](TimePoint at) { return at > since; }));
    }

    TimePoint now = kNow;
    std::mt19937_64 random;
    Ledger ledger;
    Duration keeps;
    std::vector<ConnectionId> dialling;
    std::vector<TimePoint> dials;
    std::vector<ConnectionId> granted;
};

/// A server with one thread: it serves a connection until that ends, and only then the next.
class OneByOneServer {
public:
    explicit OneByOneServer(net::io_context& io) : acceptor_(io, tcp::endpoint(net::ip::make_address("127.0.0.1"), 0))
    {
        net::co_spawn(io, serve(), net::detached);
    }
    ~OneByOneServer() { *alive_ = false; }
    Endpoint endpoint() const { return {"127.0.0.1", std::to_string(acceptor_.local_endpoint().port()), false}; }
    std::size_t accepted() const { return accepted_; }
    std::size_t answered() const { return answered_; }
    bool holding() const { return holding_; }
    void release() { released_ = true; }

private:
    net::awaitable<void> serve()
    {
        const auto alive = alive_;
        while (*alive) {
            boost::system::error_code error;
            auto socket = co_await acceptor_.async_accept(net::redirect_error(net::use_awaitable, error));
            if (error || !*alive) co_return;
            ++accepted_;
            std::string data;
            while (*alive) {
                const auto bytes = co_await net::async_read_until(socket, net::dynamic_buffer(data), "\r\n\r\n",
                                                                  net::redirect_error(net::use_awaitable, error));
                if (error) break;
                const bool holds = data.find(" /v1/hold ") != data.npos;
                data.erase(0, bytes);
                std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
                if (holds) {
                    // A head, and the rest when it is told.
                    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab";
                    co_await net::async_write(socket, net::buffer(head),
                                              net::redirect_error(net::use_awaitable, error));
                    holding_ = true;
                    while (!released_ && *alive) {
                        net::steady_timer pause(socket.get_executor(), std::chrono::milliseconds(1));
                        co_await pause.async_wait(net::use_awaitable);
                    }
                    holding_ = false;
                    if (!*alive) co_return;
                    answer = "cd";
                }
                co_await net::async_write(socket, net::buffer(answer), net::redirect_error(net::use_awaitable, error));
                ++answered_;
            }
        }
    }

    tcp::acceptor acceptor_;
    std::size_t accepted_ = 0, answered_ = 0;
    bool holding_ = false, released_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

struct Rig {
    explicit Rig(Options options = {})
    {
        setup.emplace(PoolSetup{io.get_executor(), clock, registry, "test", options, 7});
    }
    void begin(Endpoint endpoint)
    {
        HttpPool::Target target;
        target.endpoint = std::move(endpoint);
        pool = std::make_unique<HttpPool>(*setup, target);
        pool->onHealth([this](const HealthChange& change) { changes.push_back(change); });
        pool->start();
    }
    PoolSnapshot now() const { return pool->snapshot(); }
    bool until(std::function<bool(const PoolSnapshot&)> holds)
    {
        return runUntil(io, [&] { return holds(now()); });
    }
    net::awaitable<StatusOr<std::string>> asking(std::string target)
    {
        HttpRequest request;
        request.method = "GET";
        request.target = std::move(target);
        auto answer = co_await pool->exchange(std::move(request), clock.now() + 10min);
        if (!answer.ok()) co_return answer.status();
        co_return co_await readAll(*answer->body, 1 << 20);
    }
    StatusOr<std::string> ask(const std::string& target = "/v1/thing") { return runToEnd(io, asking(target)); }
    /// Time passes in steps, and sockets get a moment of their own at each.
    void pass(Duration span, Duration step = 1s)
    {
        for (Duration gone{}; gone < span; gone += step) {
            clock.advance(step);
            for (int turn = 0; turn < 5; ++turn) runUntil(io, [] { return true; });
            poll(io);
        }
    }
    bool ejected() const
    {
        return std::any_of(changes.begin(), changes.end(),
                           [](const HealthChange& change) { return change.kind != HealthChange::Kind::Up; });
    }

    net::io_context io;
    ManualClock clock{io};
    Registry registry;
    std::optional<PoolSetup> setup;
    std::vector<HealthChange> changes;
    std::unique_ptr<HttpPool> pool;
};

}  // namespace

class TestPoolManners : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void nobodyIsDialledForNothing_data()
    {
        QTest::addColumn<int>("keepsMs");
        for (const int keeps : {500, 1000, 5000, 65000, 240000}) QTest::addRow("closes after %d ms", keeps) << keeps;
    }
    void nobodyIsDialledForNothing()
    {
        QFETCH(int, keepsMs);
        Upstream upstream(limits(10, 100), std::chrono::milliseconds(keepsMs));
        QCOMPARE(upstream.dials.size(), 10u);
        upstream.pass(std::chrono::milliseconds(keepsMs) + 2min);
        // From then on never more than two a minute, and ever fewer.
        const TimePoint since = upstream.now;
        upstream.pass(10min);
        QVERIFY2(upstream.dialsSince(since) <= 20, std::to_string(upstream.dialsSince(since)).c_str());
        const TimePoint later = upstream.now;
        upstream.pass(3h);
        QVERIFY2(upstream.dialsSince(later) <= 12, std::to_string(upstream.dialsSince(later)).c_str());
        for (std::size_t i = 10; i + 2 < upstream.dials.size(); ++i)
            if (upstream.dials[i] > since) QVERIFY(upstream.dials[i + 2] - upstream.dials[i] >= 1min);
        QVERIFY2(upstream.ledger.audit().empty(), upstream.ledger.audit().c_str());
    }

    void floorStandsWhereItDoesNoHarm()
    {
        Upstream upstream(limits(10, 100), 24h);
        upstream.pass(4min);
        QCOMPARE(upstream.ledger.count(State::Idle), 10u);
        QCOMPARE(upstream.dials.size(), 10u);
        // Nobody came: our own idle limit ends them, and one is kept for the first who comes.
        upstream.pass(2min);
        QCOMPARE(upstream.ledger.floor(), 1u);
        QVERIFY(upstream.ledger.total() <= 1);
        // Known to be back, or another one: all of it again.
        upstream.ledger.retryNow(upstream.now);
        upstream.settle();
        QCOMPARE(upstream.ledger.count(State::Idle), 10u);
    }

    void dialsFollowRequests()
    {
        // Whatever the server does and whenever requests come: dials are for requests, but for the first floor and two
        // a minute.
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            std::mt19937_64 random(seed);
            const auto pick = [&](std::uint64_t below) { return random() % below; };
            Upstream upstream(limits(static_cast<std::uint32_t>(pick(12)), 20),
                              std::chrono::milliseconds(300 + pick(20000)), seed);
            std::size_t asked = 0;
            const TimePoint began = upstream.now;
            for (int step = 0; step < 200; ++step) {
                upstream.pass(std::chrono::milliseconds(250 * (1 + pick(80))));
                for (std::uint64_t n = pick(4); n > 0; --n, ++asked) upstream.ask();
                QVERIFY2(upstream.ledger.audit().empty(), upstream.ledger.audit().c_str());
            }
            const auto minutes = static_cast<std::size_t>((upstream.now - began) / 1min) + 1;
            const std::size_t most = 12 + asked + 2 * minutes;
            QVERIFY2(upstream.dials.size() <= most,
                     ("seed " + std::to_string(seed) + ": " + std::to_string(upstream.dials.size()) + " dials for " +
                      std::to_string(asked) + " requests in " + std::to_string(minutes) + " min")
                         .c_str());
        }
    }

    void connectionsThatHaveNotProvedThemselvesGoLast()
    {
        Upstream upstream(limits(3, 10), 24h);
        const ConnectionId used = upstream.ledger.acquire(upstream.now).connection;
        upstream.ledger.release(used, upstream.now);
        upstream.settle();
        QCOMPARE(upstream.ledger.acquire(upstream.now).connection.value, used.value);
        upstream.ledger.release(used, upstream.now);
        // One that is opened now does not come before it.
        upstream.ledger.evict({upstream.ledger.entries(State::Idle).back().id}, upstream.now);
        upstream.settle();
        QCOMPARE(upstream.ledger.count(State::Idle), 3u);
        QCOMPARE(upstream.ledger.acquire(upstream.now).connection.value, used.value);
    }

    void serverThatKeepsNothingIsAskedOnceForEach()
    {
        LedgerLimits given = limits(10, 100);
        given.idleLimit = 0s;
        Upstream upstream(given, 24h);
        QCOMPARE(upstream.dials.size(), 0u);
        for (int i = 0; i < 5; ++i) {
            upstream.ask();
            upstream.pass(10s);
        }
        QCOMPARE(upstream.dials.size(), 5u);
        QCOMPARE(upstream.ledger.totals().closed[static_cast<std::size_t>(CloseReason::Idle)], 5u);
        QCOMPARE(upstream.ledger.total(), 0u);
    }

    void burstIsDialledAtOnce()
    {
        LedgerLimits given = limits(10, 1000);
        given.dialsMax = 1000;
        Upstream upstream(given, 5s);
        upstream.pass(30min);
        const std::size_t before = upstream.dials.size();
        for (int i = 0; i < 1000; ++i) upstream.ledger.acquire(upstream.now);
        upstream.settle();
        QVERIFY(upstream.dials.size() - before >= 999);
        QCOMPARE(upstream.ledger.count(State::Active), 1000u);
    }

    // ---- a server with one thread ----

    void serverWithOneThreadIsServedWell()
    {
        Rig rig;
        OneByOneServer server(rig.io);
        rig.begin(server.endpoint());
        QVERIFY(rig.until([](const PoolSnapshot& pool) { return pool.healthPassed == 1; }));
        // It takes a second connection and never answers on it: no further one is opened, nothing stands behind it.
        rig.pass(5s, 250ms);
        QCOMPARE(rig.now().idle, 1u);
        for (int i = 0; i < 20; ++i) {
            QVERIFY(rig.ask().ok());  // at once: no time passes
            rig.pass(3s);
        }
        rig.pass(5min, 5s);
        QVERIFY(rig.ask().ok());
        QVERIFY(!rig.ejected());
        QVERIFY2(rig.now().created <= 4, std::to_string(rig.now().created).c_str());
    }

    void whoWaitsForTheOneThreadIsServedNext()
    {
        Rig rig;
        OneByOneServer server(rig.io);
        rig.begin(server.endpoint());
        QVERIFY(rig.until([](const PoolSnapshot& pool) { return pool.healthPassed == 1; }));
        rig.pass(5s, 250ms);
        auto first = start(rig.io, rig.asking("/v1/hold"));
        QVERIFY(runUntil(rig.io, [&] { return server.holding(); }));
        auto second = start(rig.io, rig.asking("/v1/thing"));
        // It is busy for minutes: checks say nothing then.
        rig.pass(3min, 1s);
        QVERIFY(!second.done());
        QVERIFY(!rig.ejected());
        QVERIFY(rig.pool->available());
        server.release();
        QVERIFY(runUntil(rig.io, [&] { return first.done() && second.done(); }));
        QCOMPARE(*first.take(), std::string("abcd"));
        QVERIFY(second.take().ok());
    }

    void whoWaitsIsServedNextWhileItIsFoundOut()
    {
        Rig rig;
        OneByOneServer server(rig.io);
        rig.begin(server.endpoint());
        QVERIFY(rig.until([](const PoolSnapshot& pool) { return pool.healthPassed == 1; }));
        // The question is out on a second connection, and will not be answered.
        QVERIFY(rig.until([](const PoolSnapshot& pool) { return pool.active == 1; }));
        auto first = start(rig.io, rig.asking("/v1/hold"));
        QVERIFY(runUntil(rig.io, [&] { return server.holding(); }));
        auto second = start(rig.io, rig.asking("/v1/thing"));
        QVERIFY(rig.until([](const PoolSnapshot& pool) { return pool.active == 3; }));
        server.release();
        QVERIFY(runUntil(rig.io, [&] { return first.done() && second.done(); }));
        QVERIFY(second.take().ok());
    }

    void manyThreadsAreFoundOutByOneQuestion()
    {
        Rig rig;
        ScriptedUpstream upstream(rig.io);
        rig.begin({"127.0.0.1", std::to_string(upstream.port()), false});
        QVERIFY(rig.until([](const PoolSnapshot& pool) { return pool.idle == 10 && pool.active == 0; }));
        QVERIFY(upstream.requests().size() <= 2);  // the check, and one on a second connection
        QCOMPARE(rig.now().healthPassed, 1u);
    }

    // ---- work ----

    void serverThatIsBusyAnsweringIsNotEjected()
    {
        Options options;
        options.httpSizeMin = 0;
        Rig rig(options);
        bool busy = false;
        ScriptedUpstream upstream(rig.io, [&](const ScriptedUpstream::Request& asked) {
            Answer answer;
            if (asked.target == "/v1/models" && busy) {
                answer.cut = 0;
                answer.then = Then::Stall;  // nobody has time for questions
            }
            if (asked.target == "/v1/hold") {
                answer.body = std::string(200, 'x');
                answer.cut = 60;
                answer.then = Then::Stall;
            }
            return answer;
        });
        rig.begin({"127.0.0.1", std::to_string(upstream.port()), false});
        QVERIFY(rig.until([](const PoolSnapshot& pool) { return pool.healthPassed == 1; }));
        busy = true;
        // Work all the time: no question is asked at all.
        const auto questions = [&] {
            return std::count_if(upstream.requests().begin(), upstream.requests().end(),
                                 [](const auto& seen) { return seen.target == "/v1/models"; });
        };
        const auto before = questions();
        for (int i = 0; i < 30; ++i) {
            QVERIFY(rig.ask().ok());
            rig.pass(10s);
        }
        QCOMPARE(questions(), before);
        QVERIFY(rig.now().health == Health::Healthy);
        // Asked by a person, it does not answer; but it works.
        auto probe = start(rig.io, rig.pool->probe());
        QVERIFY(runUntil(rig.io, [&] { return questions() == before + 1; }));
        rig.clock.advance(2s);
        QVERIFY(runUntil(rig.io, [&] { return probe.done(); }));
        const ProbeResult result = probe.take();
        QVERIFY(!result.healthy);
        QVERIFY2(result.reason.find("it responds to requests") != std::string::npos, result.reason.c_str());
        QCOMPARE(rig.now().healthFailed, 0u);
        // Nothing is heard any more: checks count again.
        rig.pass(90s);
        QVERIFY(rig.ejected());
    }

    /// All its threads compute, silently: no check is answered, and none says that it is dead. What it has been seen to
    /// take it may take again; beyond that checks count.
    void serverThatComputesIsNotEjected()
    {
        Options options;
        options.httpSizeMin = 0;
        Rig rig(options);
        bool busy = false;
        ScriptedUpstream upstream(rig.io, [&](const ScriptedUpstream::Request&) {
            Answer answer;
            answer.held = busy;
            return answer;
        });
        rig.begin({"127.0.0.1", std::to_string(upstream.port()), false});
        QVERIFY(rig.until([](const PoolSnapshot& pool) { return pool.healthPassed == 1; }));
        rig.pass(25s);  // idle: nothing has been heard of it when the next check is due
        busy = true;
        auto first = start(rig.io, rig.asking("/v1/thing"));
        QVERIFY(runUntil(rig.io, [&] { return upstream.held() == 1; }));
        rig.pass(22s);
        QVERIFY(!rig.ejected());
        QCOMPARE(rig.now().healthFailed, 0u);
        auto probe = start(rig.io, rig.pool->probe());
        rig.pass(1s);
        QVERIFY(runUntil(rig.io, [&] {
            rig.clock.advance(1s);
            return probe.done();
        }));
        const ProbeResult result = probe.take();
        QVERIFY2(result.reason.find("may be busy") != std::string::npos, result.reason.c_str());
        upstream.release();
        QVERIFY(runUntil(rig.io, [&] { return first.done(); }));
        QVERIFY(first.take().ok());

        auto second = start(rig.io, rig.asking("/v1/thing"));
        QVERIFY(runUntil(rig.io, [&] { return upstream.held() >= 1; }));
        rig.pass(42s);  // twice of what was seen has not passed
        QVERIFY(!rig.ejected());
        QVERIFY(!second.done());
        rig.pass(60s);
        QVERIFY(rig.ejected());
        upstream.release();
        QVERIFY(runUntil(rig.io, [&] { return second.done(); }));
        QVERIFY(second.take().ok());  // what is in flight is not cut off
    }

    // ---- names and sockets ----

    void nameThatHangsHoldsNothing()
    {
        // Shared with the threads: one of them may look only when this test is over.
        struct Door {
            std::mutex mutex;
            std::condition_variable changed;
            bool released = false;
            int hanging = 0;
        };
        const auto door = std::make_shared<Door>();
        Lookup::setFind([door](const std::string& host, const std::string& port) -> StatusOr<Lookup::Endpoints> {
            if (host == "hangs.test") {
                std::unique_lock lock(door->mutex);
                ++door->hanging;
                door->changed.wait(lock, [&] { return door->released; });
                --door->hanging;
                door->changed.notify_all();
                return unavailable("too late");
            }
            return Lookup::Endpoints{
                tcp::endpoint(net::ip::make_address("127.0.0.1"), static_cast<unsigned short>(std::stoi(port)))};
        });
        {
            Options options;
            options.httpSizeMin = 0;
            options.healthInterval = 24h;
            options.breakerFailures = 1000;
            Rig rig(options);
            ScriptedUpstream upstream(rig.io);
            const std::string port = std::to_string(upstream.port());
            rig.begin({"hangs.test", port, false});
            rig.pass(1s);
            QVERIFY(rig.now().connecting > 0);
            auto asking = start(rig.io, rig.asking("/"));
            rig.pass(12s);
            QVERIFY(runUntil(rig.io, [&] { return asking.done(); }));
            const Status why = asking.take().status();
            QVERIFY(isUnsent(why));
            QVERIFY(absl::IsUnavailable(why));
            QVERIFY2(text(why).find("timed out") != std::string::npos, text(why).c_str());
            QVERIFY(rig.now().failed >= 1);
            // Another name is found at once, while that one hangs.
            HttpPool::Target target;
            target.endpoint = {"fine.test", port, false};
            rig.pool->setTarget(target);
            QVERIFY(rig.ask().ok());
        }
        std::unique_lock lock(door->mutex);
        QVERIFY(door->hanging > 0);
        door->released = true;
        door->changed.notify_all();
        door->changed.wait(lock, [&] { return door->hanging == 0; });
        Lookup::setFind({});
    }

    void noChildInheritsASocket()
    {
        Options options;
        options.httpSizeMin = 0;
        Rig rig(options);
        ScriptedUpstream upstream(rig.io);
        rig.begin({"localhost", std::to_string(upstream.port()), false});
        QVERIFY(rig.ask().ok());
        int ours = 0;
        for (int fd = 3; fd < 1000; ++fd) {
            sockaddr_storage peer{};
            socklen_t size = sizeof peer;
            if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0 || peer.ss_family != AF_INET)
                continue;
            if (ntohs(reinterpret_cast<const sockaddr_in*>(&peer)->sin_port) != upstream.port()) continue;
            ++ours;
            QVERIFY(::fcntl(fd, F_GETFD) & FD_CLOEXEC);
        }
        QVERIFY(ours > 0);
    }

    void upstreamIsNotifiedAlthoughTheSocketIsHeldElsewhere()
    {
        Options options;
        options.httpSizeMin = 0;
        Rig rig(options);
        ScriptedUpstream upstream(rig.io);
        rig.begin({"127.0.0.1", std::to_string(upstream.port()), false});
        QVERIFY(rig.ask().ok());
        std::vector<int> copies;  // as a child has them
        for (int fd = 3; fd < 1000; ++fd) {
            sockaddr_storage peer{};
            socklen_t size = sizeof peer;
            if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0 || peer.ss_family != AF_INET)
                continue;
            if (ntohs(reinterpret_cast<const sockaddr_in*>(&peer)->sin_port) == upstream.port())
                copies.push_back(::dup(fd));
        }
        QVERIFY(!copies.empty());
        rig.pool->evict({});
        QVERIFY(runUntil(rig.io, [&] { return upstream.open() == 0; }));
        for (const int fd : copies) ::close(fd);
    }

    void statusThatIsNoneIsMalformed_data()
    {
        QTest::addColumn<QByteArray>("head");
        for (const char* status : {"099", "600", "999", "000", "20", "2000", "abc"})
            QTest::newRow(status) << QByteArray("HTTP/1.1 ") + status + " X\r\nContent-Length: 0\r\n\r\n";
        QTest::newRow("mail") << QByteArray("220 mail.test ESMTP\r\n\r\n");
        QTest::newRow("bytes") << QByteArray("\x16\x03\x01\x02\r\n\r\n");
    }
    void statusThatIsNoneIsMalformed()
    {
        QFETCH(QByteArray, head);
        Options options;
        options.httpSizeMin = 0;
        Rig rig(options);
        ScriptedUpstream upstream(rig.io, [&](const ScriptedUpstream::Request& asked) {
            Answer answer;
            if (asked.target != "/v1/models") answer.raw = head.toStdString();
            return answer;
        });
        rig.begin({"127.0.0.1", std::to_string(upstream.port()), false});
        const auto got = rig.ask();
        QVERIFY(absl::IsUnavailable(got.status()));
        QVERIFY2(text(got.status()).starts_with("malformed response from 127.0.0.1:"), text(got.status()).c_str());
    }

    // ---- TLS ----

    void certificateThatIsRefusedSaysWhy_data()
    {
        QTest::addColumn<bool>("trusted");
        QTest::addColumn<QString>("words");
        QTest::newRow("vouches for itself") << false << "self-signed certificate; if it is to be trusted, name a file";
        QTest::newRow("for another name") << true << "it was issued for another name than localhost";
    }
    void certificateThatIsRefusedSaysWhy()
    {
        QFETCH(bool, trusted);
        QFETCH(QString, words);
        const Certificate certificate("model.test");
        std::optional<Trust> trust;
        if (trusted) trust.emplace(certificate);
        {
            Options options;
            options.httpSizeMin = 0;
            Rig rig(options);
            net::ssl::context context(net::ssl::context::tls_server);
            SSL_CTX_use_certificate(context.native_handle(), certificate.certificate);
            SSL_CTX_use_PrivateKey(context.native_handle(), certificate.key);
            tcp::acceptor acceptor(rig.io, tcp::endpoint(net::ip::make_address("127.0.0.1"), 0));
            net::co_spawn(
                rig.io,
                [](tcp::acceptor& from, net::ssl::context& with) -> net::awaitable<void> {
                    for (;;) {
                        boost::system::error_code error;
                        auto socket = co_await from.async_accept(net::redirect_error(net::use_awaitable, error));
                        if (error) co_return;
                        net::ssl::stream<tcp::socket> stream(std::move(socket), with);
                        co_await stream.async_handshake(net::ssl::stream_base::server,
                                                        net::redirect_error(net::use_awaitable, error));
                    }
                }(acceptor, context),
                net::detached);
            rig.begin({"localhost", std::to_string(acceptor.local_endpoint().port()), true});
            const auto got = rig.ask();
            const std::string said = text(got.status());
            QVERIFY2(said.find("the certificate was rejected: " + words.toStdString()) != std::string::npos,
                     said.c_str());
        }
    }
};

QTEST_GUILESS_MAIN(TestPoolManners)
#include "tst_pool_manners.moc"
