// SPDX-License-Identifier: GPL-3.0-or-later
#include "ledger_stage.h"
#include "pool/breaker.h"
#include "pool/grpc_pool.h"
#include "pool/http_pool.h"
#include "pool/idle_limit.h"
#include "pool/ledger.h"
#include "pool_stage.h"
#include "support/manual_clock.h"
#include "support/scripted_upstream.h"
#include "support/seed.h"

#include <QtTest>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <deque>
#include <random>

using namespace millrace;
using namespace millrace::pool;
using namespace millrace::testing;

namespace {

/// Carries out a ledger's effects at once: every dial succeeds, unless `dialsFail`.
struct Shell {
    explicit Shell(LedgerLimits given) : ledger(given, half) {}

    void settle(TimePoint now)
    {
        while (ledger.hasEffects()) {
            carryOut(ledger, dialling, [this](const Ledger::Effect& effect) {
                if (effect.kind == Ledger::Effect::Kind::Close)
                    closed.push_back({effect.connection, effect.reason});
                else
                    (effect.kind == Ledger::Effect::Kind::Grant ? granted : refused).push_back(effect);
            });
            if (!dialAtOnce) continue;
            for (const ConnectionId id : std::exchange(dialling, {})) ledger.connected(id, now);
        }
    }
    std::vector<CloseReason> reasons() const
    {
        std::vector<CloseReason> out;
        for (const auto& [id, reason] : closed) out.push_back(reason);
        return out;
    }

    Ledger ledger;
    bool dialAtOnce = true;
    std::vector<ConnectionId> dialling;
    std::vector<std::pair<ConnectionId, CloseReason>> closed;
    std::vector<Ledger::Effect> granted, refused;
};

/// An HTTP pool, its upstream and its time.
struct Rig {
    explicit Rig(Options options = {}, ScriptedUpstream::Script script = {}) : upstream(io, std::move(script))
    {
        HttpPool::Target target;
        target.endpoint = parseBaseUrl(upstream.url())->endpoint;
        PoolSetup setup{io.get_executor(), clock, registry, "test", options, 7};
        pool = std::make_unique<HttpPool>(setup, target);
    }
    PoolSnapshot now() const { return pool->snapshot(); }
    bool until(std::function<bool(const PoolSnapshot&)> holds)
    {
        return runUntil(io, [&] { return holds(now()); });
    }
    StatusOr<std::string> ask(const std::string& method = "GET")
    {
        HttpRequest request;
        request.method = method;
        request.target = "/v1/thing";
        return runToEnd(io, exchangeWhole(*pool, std::move(request), clock.now() + 1min));
    }
    HttpLease lease()
    {
        auto leased = runToEnd(io, pool->acquire(clock.now() + 1min));
        MR_CHECK_MSG(leased.ok(), leased.ok() ? "" : text(leased.status()));
        return *std::move(leased);
    }
    void pass(Duration span, Duration step = 1s) { testing::pass(io, clock, span, step); }
    /// The same until something holds; what was begun at each step ends before the next.
    bool passUntil(std::function<bool(const PoolSnapshot&)> holds, Duration most)
    {
        for (Duration gone{}; gone < most && !holds(now()); gone += 100ms) {
            clock.advance(100ms);
            until([](const PoolSnapshot& held) { return held.active + held.connecting == 0; });
        }
        return holds(now());
    }

    net::io_context io;
    ManualClock clock{io};
    Registry registry;
    ScriptedUpstream upstream;
    std::unique_ptr<HttpPool> pool;
};

/// An upstream that answers when the test says so: its health checks are in flight until then.
struct HeldChecks : Rig {
    HeldChecks()
        : Rig(options(), [](const ScriptedUpstream::Request&) {
              ScriptedUpstream::Answer answer;
              answer.held = true;
              return answer;
          })
    {}
    static Options options()
    {
        Options out;
        out.httpSizeMin = 1;
        out.healthTimeout = 2s;
        return out;
    }
    std::uint64_t checksTimed() const { return registry.histogramTotal("millrace_pool_health_seconds").count; }
};

/// A gRPC server without services: it answers every call with UNIMPLEMENTED, which proves that it is there.
struct GrpcRig {
    /// `address`: of another server than its own.
    GrpcRig(Options options = {}, const std::string& address = "")
    {
        grpc::ServerBuilder builder;
        builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
        builder.RegisterCallbackGenericService(&service);
        server = builder.BuildAndStart();
        GrpcPool::Target target;
        target.address = address.empty() ? "127.0.0.1:" + std::to_string(port) : address;
        target.checkPath = "/none/None";
        PoolSetup setup{io.get_executor(), clock, registry, "test", options, 7};
        pool = std::make_unique<GrpcPool>(setup, target);
    }
    bool until(std::function<bool(const PoolSnapshot&)> holds)
    {
        return runUntil(io, [&] { return holds(pool->snapshot()); });
    }
    ChannelLease lease()
    {
        auto leased = runToEnd(io, pool->acquire(clock.now() + 1min));
        MR_CHECK_MSG(leased.ok(), leased.ok() ? "" : text(leased.status()));
        return *std::move(leased);
    }

    net::io_context io;
    ManualClock clock{io};
    Registry registry;
    grpc::CallbackGenericService service;
    int port = 0;
    std::unique_ptr<grpc::Server> server;
    std::unique_ptr<GrpcPool> pool;
};

}  // namespace

class TestPool : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initialisation();
    void httpClientAllocation();
    void grpcChannelAllocation();
    void connectionReuse();
    void expansion();
    void shrinkage();
    void healthChecksPass();
    void healthChecksFail();
    void theCheckThatFindsABackendUpIsNoLatencyOfHealthChecks();
    void aCheckWhileTheEngineStoodStillDoesNotCount();
    void anAnswerBeyondTheLimitIsTheServersFault();
    void cleanupAtMaximumAge();
    void cleanupAtIdleTimeout();

    void holdsItsInvariantsWhateverHappens();
    void reusesTheNewestFirst();
    void capIsExactAndCountsDials();
    void waitersAreServedInOrder();
    void waitersAreBoundedAndRefused();
    void waiterLeavesAndItsDialServesTheNext();
    void waiterIsRefusedAtItsDeadline();
    void floorIsRefilledFromZeroWithoutTraffic();
    void backoffOfFailedDialsIsBounded();
    void allWaitersFailWhenNothingConnects();
    void ageIsJitteredAndNeverCutsACall();
    void loweringTheCapDrains();
    void withoutReuseEachCallHasItsOwn();
    void callsShareAChannelLeastLoadedFirst();
    void aConnectionCarriesNoMoreThanTheServerAllows();
    void aConnectionThatTheServerLeavesEndsWithItsCalls();
    void rejectedGrantIsNotCounted();
    void drainGivesNothingOut();
    void breakerEjectsAndComesBack();
    void breakerNeverGivesUp();
    void breakerIgnoresCallsFromBefore();
    void idleLimitIsWhatTheServerSays();
    void idleLimitIsLearnedFromWhatTheServerDoes();
    void idleLimitIsNotLearnedFromARestart();
    void keepAliveFieldIsRead_data();
    void keepAliveFieldIsRead();
    void baseUrlsAreRead_data();
    void baseUrlsAreRead();
    void grpcPoolNoticesAServerThatIsGone();
    void grpcPoolWaitsForASlowServer();
    void metricsFollowTheLedger();
};

// ---- the ten that were named ----

void TestPool::initialisation()
{
    Rig rig;
    const PoolSnapshot before = rig.now();
    QCOMPARE(before.idle + before.active + before.connecting, 0u);
    rig.pool->start();
    QVERIFY(rig.until([](const PoolSnapshot& pool) { return pool.idle == 10 && pool.active == 0; }));
    const PoolSnapshot pool = rig.now();
    QCOMPARE(pool.sizeMin, 10u);
    QCOMPARE(pool.sizeMax, 100u);
    QCOMPARE(pool.created, 10u);
    QCOMPARE(pool.connections.size(), 10u);
    QCOMPARE(pool.idleLimit, Duration(5min));

    GrpcRig grpc;
    grpc.pool->start();
    QVERIFY(grpc.until([](const PoolSnapshot& now) { return now.idle == 5; }));
    QCOMPARE(grpc.pool->snapshot().sizeMin, 5u);
    QCOMPARE(grpc.pool->snapshot().sizeMax, 50u);
}

void TestPool::httpClientAllocation()
{
    Rig rig;
    rig.pool->start();
    // The first check has had its connection and given it back.
    QVERIFY(rig.until([](const PoolSnapshot& pool) { return pool.healthPassed > 0 && pool.idle == 10; }));
    ConnectionId first;
    {
        HttpLease lease = rig.lease();
        first = lease.id();
        QCOMPARE(rig.now().active, 1u);
        QCOMPARE(rig.now().idle, 9u);
        HttpRequest request;
        request.method = "GET";
        request.target = "/v1/thing";
        auto answer = runToEnd(rig.io, lease.exchange(request, rig.clock.now() + 1min));
        QVERIFY(answer.ok());
        QCOMPARE(answer->status, 200u);
        QCOMPARE(*runToEnd(rig.io, readAll(*answer->body, 1000)), std::string("{}"));
        QCOMPARE(rig.now().active, 1u);  // still leased
    }
    QCOMPARE(rig.now().active, 0u);
    QCOMPARE(rig.now().idle, 10u);
    QCOMPARE(rig.lease().id(), first);
}

void TestPool::grpcChannelAllocation()
{
    GrpcRig rig;
    rig.pool->start();
    // The first check has had its channel and given it back.
    QVERIFY(rig.until([](const PoolSnapshot& pool) { return pool.healthPassed > 0 && pool.idle == 5; }));
    {
        const ChannelLease one = rig.lease(), two = rig.lease();
        QVERIFY(one.id() != two.id());  // the least loaded one
        QCOMPARE(rig.pool->snapshot().active, 2u);
        QCOMPARE(rig.pool->outstanding(), 2u);
    }
    QCOMPARE(rig.pool->snapshot().active, 0u);
    QCOMPARE(rig.pool->snapshot().idle, 5u);
}

void TestPool::connectionReuse()
{
    Options options;
    options.httpSizeMin = 1;
    Rig rig(options);
    rig.pool->start();
    QVERIFY(rig.until([](const PoolSnapshot& pool) { return pool.health == Health::Healthy && pool.active == 0; }));
    for (int i = 0; i < 200; ++i) QVERIFY(rig.ask().ok());
    const PoolSnapshot pool = rig.now();
    QCOMPARE(pool.created, 1u);
    QCOMPARE(pool.acquired, 201u);  // and the health check
    QCOMPARE(pool.reused, 200u);
    QVERIFY(pool.reuseRate.value() > 0.95);
    QCOMPARE(rig.upstream.accepted(), 1u);
}

void TestPool::expansion()
{
    Options options;
    options.httpSizeMin = 2;
    options.httpSizeMax = 20;
    Rig rig(options);
    rig.pool->start();
    QVERIFY(rig.until([](const PoolSnapshot& pool) { return pool.healthPassed > 0 && pool.idle == 2; }));
    std::deque<HttpLease> leases;
    for (std::uint32_t i = 1; i <= 20; ++i) {
        leases.push_back(rig.lease());
        QCOMPARE(rig.now().active, i);
    }
    // One more waits: the cap is exact.
    auto waiting = start(rig.io, rig.pool->acquire(rig.clock.now() + 1min));
    QVERIFY(!waiting.done());
    QCOMPARE(rig.now().waiters, 1u);
    QCOMPARE(rig.now().active + rig.now().connecting, 20u);
    QCOMPARE(rig.now().utilisation, 1.0);
    const ConnectionId freed = leases.front().id();
    leases.pop_front();
    QVERIFY(runUntil(rig.io, [&] { return waiting.done(); }));
    QCOMPARE(waiting.take()->id(), freed);
    QCOMPARE(rig.upstream.accepted(), 20u);
}

void TestPool::shrinkage()
{
    Options options;
    options.httpSizeMin = 2;
    Rig rig(options);
    rig.pool->start();
    std::deque<HttpLease> leases;
    for (int i = 0; i < 32; ++i) leases.push_back(rig.lease());
    leases.clear();
    QCOMPARE(rig.now().idle, 32u);
    // The burst is remembered for a while, then forgotten by half and half again.
    rig.pass(10s);
    const std::uint32_t early = rig.now().idle;
    QVERIFY2(early < 32 && early > 16, qPrintable(QString::number(early)));
    rig.pass(100s);
    QCOMPARE(rig.now().idle, 2u);
    QCOMPARE(rig.now().closed.at(CloseReason::Shrink), 30u);
    QVERIFY(runUntil(rig.io, [&] { return rig.upstream.open() == 2; }));
}

void TestPool::healthChecksPass()
{
    Rig rig;
    std::vector<HealthChange> changes;
    rig.pool->onHealth([&](const HealthChange& change) { changes.push_back(change); });
    QVERIFY(!rig.pool->available());
    QVERIFY(rig.now().health == Health::Unknown);
    rig.pool->start();
    QVERIFY(rig.until([](const PoolSnapshot& pool) { return pool.healthPassed == 1 && pool.active == 0; }));
    QVERIFY(rig.pool->available());
    QVERIFY(rig.now().health == Health::Healthy);
    QVERIFY(rig.now().healthLatency.has_value());
    QCOMPARE(rig.now().healthChecked.value(), rig.clock.now());
    QVERIFY(runUntil(rig.io, [&] { return changes.size() == 1; }));
    QVERIFY(changes[0].kind == HealthChange::Kind::Up);
    QCOMPARE(rig.upstream.requests().at(0).target, std::string("/v1/models"));

    rig.pass(34s);  // 30 s, jittered by a tenth
    QVERIFY(rig.until([](const PoolSnapshot& pool) { return pool.healthPassed == 2; }));
    QCOMPARE(rig.now().healthFailed, 0u);
    QCOMPARE(rig.registry.counterTotal("millrace_pool_health_checks_total", {{"result", "passed"}}), 2u);
    // A person asks.
    const ProbeResult probe = runToEnd(rig.io, rig.pool->probe());
    QVERIFY(probe.healthy);
    QCOMPARE(rig.now().healthPassed, 3u);
}

void TestPool::healthChecksFail()
{
    bool well = true;
    Options options;
    options.httpSizeMin = 3;
    options.breakerFailures = 3;
    Rig rig(options, [&](const ScriptedUpstream::Request&) {
        ScriptedUpstream::Answer answer;
        if (!well) answer.status = 500;
        return answer;
    });
    std::vector<HealthChange> changes;
    rig.pool->onHealth([&](const HealthChange& change) { changes.push_back(change); });
    rig.pool->start();
    QVERIFY(rig.until([](const PoolSnapshot& pool) { return pool.health == Health::Healthy && pool.idle == 3; }));

    well = false;
    rig.pass(34s);
    QVERIFY(rig.until([](const PoolSnapshot& pool) { return pool.healthFailed >= 1; }));
    QVERIFY(rig.now().health != Health::Healthy);
    QVERIFY2(rig.now().healthReason.find("500") != std::string::npos, rig.now().healthReason.c_str());
    // It looks again soon, and takes the upstream out after three in a row.
    QVERIFY2(rig.passUntil([](const PoolSnapshot& pool) { return pool.health == Health::Ejected; }, 5s),
             rig.now().healthReason.c_str());
    QVERIFY(!rig.pool->available());
    QCOMPARE(rig.now().headroom, 0u);
    QCOMPARE(rig.registry.gaugeTotal("millrace_pool_headroom"), 0.0);
    QVERIFY(rig.now().closed.at(CloseReason::Unhealthy) >= 3);  // its connections are removed
    QVERIFY(runUntil(rig.io, [&] { return changes.size() == 2; }));
    QVERIFY(changes[1].kind == HealthChange::Kind::Ejected);
    const auto refused = rig.ask();
    QVERIFY(absl::IsUnavailable(refused.status()));
    QVERIFY2(text(refused.status()).find("3 consecutive failures") != std::string::npos,
             text(refused.status()).c_str());
    QVERIFY(retryAfterOf(refused.status()).has_value());

    // A lone upstream is asked again and again, and comes back by itself.
    well = true;
    QVERIFY(rig.passUntil([](const PoolSnapshot& pool) { return pool.health == Health::Healthy; }, 20s));
    QVERIFY(rig.pool->available());
    QVERIFY(rig.now().headroom > 0);
    QCOMPARE(rig.registry.gaugeTotal("millrace_pool_headroom"), double(rig.now().headroom));
    QVERIFY(rig.ask().ok());
    QVERIFY(rig.until([](const PoolSnapshot& pool) { return pool.idle == 3; }));
}

/// The 700 ms that a runtime takes to start used to be the p99 of health checks for a minute.
void TestPool::theCheckThatFindsABackendUpIsNoLatencyOfHealthChecks()
{
    HeldChecks rig;
    const auto answeredAfter = [&](Duration time, std::uint64_t passed) {
        QVERIFY(runUntil(rig.io, [&] { return rig.upstream.held() == 1; }));
        rig.clock.advance(time);
        rig.upstream.release();
        QVERIFY(rig.until([&](const PoolSnapshot& pool) { return pool.healthPassed == passed; }));
    };
    rig.pool->start();
    answeredAfter(700ms, 1);
    QCOMPARE(rig.checksTimed(), 0u);
    QCOMPARE(rig.now().healthLatency.value(), Duration(700ms));
    QVERIFY(rig.now().health == Health::Healthy);
    auto probe = start(rig.io, rig.pool->probe());
    answeredAfter(2ms, 2);
    QVERIFY(runUntil(rig.io, [&] { return probe.done(); }));
    QCOMPARE(rig.checksTimed(), 1u);

    // The same when it comes back.
    rig.pool->setDown("its process exited");
    rig.pool->setDown(std::nullopt);
    answeredAfter(600ms, 3);
    QCOMPARE(rig.checksTimed(), 1u);
}

/// A check that was in flight while the engine itself was stopped used to be a slow or a failed one of the server's.
void TestPool::aCheckWhileTheEngineStoodStillDoesNotCount()
{
    HeldChecks rig;
    const auto isHeld = [&] { return rig.upstream.held() == 1; };
    rig.pool->start();
    QVERIFY(runUntil(rig.io, isHeld));
    rig.clock.pulse().sleeps(rig.clock.now() + 100ms);
    rig.clock.advance(1900ms);
    rig.upstream.release();  // its answer is read before the loop's own wake-up
    QVERIFY(rig.until([](const PoolSnapshot& pool) { return pool.healthPassed == 1; }));
    rig.clock.pulse().woke(rig.clock.now());
    QCOMPARE(rig.checksTimed(), 0u);
    QVERIFY(!rig.now().healthLatency);

    auto late = start(rig.io, rig.pool->probe());
    QVERIFY(runUntil(rig.io, isHeld));
    rig.clock.pulse().sleeps(rig.clock.now() + 100ms);
    rig.clock.advance(10s);
    QVERIFY(runUntil(rig.io, [&] { return late.done(); }));
    rig.clock.pulse().woke(rig.clock.now());
    QVERIFY2(late.take().reason.find("the engine itself stood still") != std::string::npos, "");
    QCOMPARE(rig.now().healthFailed, 0u);
    QVERIFY(rig.now().health == Health::Healthy);

    // A server that takes so long by itself fails, and one that is a little late is timed.
    rig.upstream.release();
    auto failing = start(rig.io, rig.pool->probe());
    QVERIFY(runUntil(rig.io, isHeld));
    rig.clock.advance(3s);
    QVERIFY(runUntil(rig.io, [&] { return failing.done(); }));
    QVERIFY(rig.now().healthFailed > 0);
    rig.upstream.release();
    auto passing = start(rig.io, rig.pool->probe());
    QVERIFY(runUntil(rig.io, isHeld));
    rig.clock.advance(1s);
    rig.upstream.release();
    QVERIFY(runUntil(rig.io, [&] { return passing.done(); }));
    QVERIFY(rig.checksTimed() > 0);
    QCOMPARE(rig.now().healthLatency.value(), Duration(1s));
}

/// It used to be a 429, as if the client had asked for too much and could come back.
void TestPool::anAnswerBeyondTheLimitIsTheServersFault()
{
    Rig rig({}, [](const ScriptedUpstream::Request&) {
        ScriptedUpstream::Answer answer;
        answer.body = std::string(3000, 'x');
        return answer;
    });
    rig.pool->start();
    HttpRequest request;
    request.method = "GET";
    request.target = "/";
    auto answer = runToEnd(rig.io, rig.pool->exchange(request, rig.clock.now() + 1min));
    QVERIFY(answer.ok());
    const auto body = runToEnd(rig.io, readAll(*answer->body, 2048));
    QCOMPARE(toHttp(body.status()), 502u);
    QVERIFY2(text(body.status()).find("larger than 2 KiB") != std::string::npos, text(body.status()).c_str());
    QVERIFY(!retryAfterOf(body.status()));
}

void TestPool::cleanupAtMaximumAge()
{
    Options options;
    options.httpSizeMin = 1;
    options.idleTimeout = 24h;
    options.healthInterval = 24h;
    Rig rig(options);
    rig.pool->start();
    QVERIFY(rig.until([](const PoolSnapshot& pool) { return pool.idle == 1; }));
    const ConnectionId first = rig.now().connections.at(0).id;
    HttpLease held = rig.lease();
    QCOMPARE(held.id(), first);
    rig.pass(671s, 11s);  // 10 min and a tenth are over; what is in use is not cut
    QCOMPARE(rig.now().draining, 1u);
    HttpRequest request;
    request.method = "GET";
    request.target = "/";
    auto answer = runToEnd(rig.io, held.exchange(request, rig.clock.now() + 1min));
    QVERIFY(answer.ok());
    QVERIFY(runToEnd(rig.io, readAll(*answer->body, 100)).ok());
    QCOMPARE(rig.now().closed.count(CloseReason::Age), 0u);
    held.release();
    QCOMPARE(rig.now().closed.at(CloseReason::Age), 1u);
    QVERIFY(rig.until([&](const PoolSnapshot& pool) { return pool.idle == 1; }));
    QVERIFY(rig.now().connections.at(0).id != first);

    // An idle one is closed by its age alone.
    const ConnectionId second = rig.now().connections.at(0).id;
    rig.pass(671s, 11s);
    QVERIFY(rig.until([&](const PoolSnapshot& pool) { return pool.idle == 1 && pool.connections.at(0).id != second; }));
    QVERIFY(rig.now().closed.at(CloseReason::Age) >= 2u);
}

void TestPool::cleanupAtIdleTimeout()
{
    Options options;
    options.httpSizeMin = 0;
    options.healthInterval = 24h;
    Rig rig(options);
    rig.pool->start();
    QVERIFY(rig.ask().ok());
    QVERIFY(rig.until([](const PoolSnapshot& pool) { return pool.idle >= 1 && pool.active == 0; }));
    // As many as the high-water mark keeps for a while; the idle timeout takes all.
    rig.pass(299s, 13s);
    rig.pass(14s);
    QCOMPARE(rig.now().idle, 0u);
    std::uint64_t closed = 0;
    for (const auto& [reason, count] : rig.now().closed) closed += count;
    QCOMPARE(closed, rig.now().created);

    Shell shell(limits(0, 10));
    const auto acquired = shell.ledger.acquire(kNow);
    QVERIFY(acquired.waiter);
    shell.settle(kNow);
    shell.ledger.release(shell.granted.at(0).connection, kNow);
    shell.ledger.lost(ConnectionId{999}, CloseReason::Error, kNow);  // unknown: nothing
    shell.ledger.tick(kNow + 4min);
    shell.settle(kNow + 4min);
    const bool shrunk = !shell.closed.empty();
    if (!shrunk) {
        QCOMPARE(shell.ledger.wakeAt(kNow + 4min).has_value(), true);
        shell.ledger.tick(kNow + 5min);
        shell.settle(kNow + 5min);
        QCOMPARE(shell.reasons(), std::vector{CloseReason::Idle});
    }
    QCOMPARE(shell.closed.size(), 1u);
}

// ---- the ledger ----

void TestPool::holdsItsInvariantsWhateverHappens()
{
    const auto seed = testSeed();
    std::mt19937_64 random(seed);
    const auto chance = [&](double p) { return std::uniform_real_distribution<double>(0, 1)(random) < p; };
    const auto pick = [&](std::uint64_t n) { return std::uniform_int_distribution<std::uint64_t>(0, n - 1)(random); };

    for (int round = 0; round < 60; ++round) {
        LedgerLimits given = limits(static_cast<std::uint32_t>(pick(6)), static_cast<std::uint32_t>(1 + pick(12)));
        given.dialsMax = static_cast<std::uint32_t>(1 + pick(5));
        given.waitersMax = static_cast<std::uint32_t>(pick(8));
        given.waitTimeout = 2s;
        given.idleLimit = 20s;
        given.ageMax = 60s;
        given.reuse = chance(0.85);
        if (given.reuse && chance(0.4)) {
            given.callsAim = 2;
            given.callsMax = 5;
        }
        Ledger ledger(given, [&] { return std::uniform_real_distribution<double>(0, 1)(random); });
        TimePoint now = kNow;
        std::vector<ConnectionId> dialling;
        std::vector<ConnectionId> leased;  // one entry a call
        std::deque<WaiterId> waiting;
        std::uint64_t closed = 0, granted = 0, refused = 0, cancelled = 0, asked = 0;
        std::uint32_t ceiling = given.sizeMax;  // while a lowered cap drains, no more than there were

        const auto settle = [&] {
            carryOut(ledger, dialling, [&](const Ledger::Effect& effect) {
                if (effect.kind == Ledger::Effect::Kind::Close) {
                    ++closed;
                } else if (effect.kind == Ledger::Effect::Kind::Grant) {
                    // First come, first served.
                    QCOMPARE(waiting.front().value, effect.waiter.value);
                    waiting.pop_front();
                    leased.push_back(effect.connection);
                    ++granted;
                } else {
                    QVERIFY(std::erase(waiting, effect.waiter) == 1);
                    ++refused;
                }
            });
        };
        for (int step = 0; step < 400; ++step) {
            const std::uint32_t totalBefore = ledger.total();
            switch (pick(15)) {
                case 0:
                case 1:
                case 2: {
                    ++asked;
                    const auto roomBefore = ledger.headroom();
                    const auto got = ledger.acquire(now, chance(0.2) ? now + 500ms : TimePoint::max());
                    QCOMPARE((got.connection ? 1 : 0) + (got.waiter ? 1 : 0) + (got.refusal ? 1 : 0), 1);
                    QVERIFY(roomBefore > 0 || !got.connection);
                    if (got.connection || got.waiter)
                        QCOMPARE(ledger.headroom(), roomBefore - std::min<std::uint64_t>(roomBefore, 1));
                    if (got.connection) {
                        leased.push_back(got.connection);
                        ++granted;
                    } else if (got.waiter) {
                        waiting.push_back(got.waiter);
                    } else {
                        ++refused;
                    }
                    break;
                }
                case 3:
                case 4:
                    if (!leased.empty()) {
                        const auto at = static_cast<std::ptrdiff_t>(pick(leased.size()));
                        const ConnectionId id = leased[static_cast<std::size_t>(at)];
                        leased.erase(leased.begin() + at);
                        std::optional<CloseReason> broken;
                        if (chance(0.2)) broken = CloseReason::Error;
                        ledger.release(id, now, broken);
                    }
                    break;
                case 5:
                case 6:
                    if (!dialling.empty()) {
                        const auto at = static_cast<std::ptrdiff_t>(pick(dialling.size()));
                        const ConnectionId id = dialling[static_cast<std::size_t>(at)];
                        dialling.erase(dialling.begin() + at);
                        if (chance(0.75))
                            QVERIFY(ledger.connected(id, now));
                        else
                            ledger.dialFailed(id, now);
                    }
                    break;
                case 7:
                    if (!waiting.empty()) {
                        const auto at = static_cast<std::ptrdiff_t>(pick(waiting.size()));
                        const WaiterId id = waiting[static_cast<std::size_t>(at)];
                        waiting.erase(waiting.begin() + at);
                        QVERIFY(ledger.cancelWaiter(id, now));
                        QVERIFY(!ledger.cancelWaiter(id, now));
                        ++cancelled;
                    }
                    break;
                case 8:
                    now += std::chrono::milliseconds(pick(4000));
                    ledger.tick(now);
                    break;
                case 9:
                    if (const auto& idle = ledger.entries(State::Idle); !idle.empty())
                        ledger.lost(idle.back().id, CloseReason::ServerClosed, now);
                    break;
                case 10: {
                    LedgerLimits changed = ledger.limits();
                    changed.sizeMax = static_cast<std::uint32_t>(1 + pick(12));
                    changed.sizeMin = static_cast<std::uint32_t>(pick(6));
                    changed.waitersMax = static_cast<std::uint32_t>(pick(8));
                    if (chance(0.1)) changed.reuse = !changed.reuse;
                    if (!changed.reuse) changed.callsAim = changed.callsMax = 1;
                    ledger.apply(changed, now);
                    ceiling = std::max(changed.sizeMax, totalBefore);
                    break;
                }
                case 11:
                    if (chance(0.3)) ledger.setDraining(!ledger.draining(), now);
                    break;
                case 12:
                    if (chance(0.3))
                        ledger.evictAll(CloseReason::Unhealthy, now);
                    else if (chance(0.5))
                        ledger.evictIdle(now);
                    break;
                case 13:
                    if (const State state = chance(0.5) ? State::Active : State::Connecting;
                        !ledger.entries(state).empty())
                        ledger.allows(ledger.entries(state).back().id, static_cast<std::uint32_t>(pick(7)), now);
                    break;
                case 14:
                    if (const State state = chance(0.5) ? State::Active : State::Idle; !ledger.entries(state).empty())
                        ledger.leaves(ledger.entries(state).back().id, CloseReason::ServerClosed, now);
                    break;
            }
            settle();
            if (QTest::currentTestFailed()) return;
            const std::string broken = ledger.audit();
            if (broken == "too many calls" || broken == "idle connections without reuse") {
                // Limits that were lowered under calls in flight hold for the next ones.
            } else {
                QVERIFY2(broken.empty(), (broken + " at step " + std::to_string(step)).c_str());
            }
            // The cap is exact: beyond it there is only what a lowered cap still has to drain.
            QVERIFY2(ledger.total() <= std::max(ceiling, ledger.limits().sizeMax), "beyond the cap");
            if (ledger.total() > ledger.limits().sizeMax) QVERIFY(ledger.total() <= std::max(totalBefore, 1u));
            QVERIFY(ledger.count(State::Connecting) <= ledger.limits().dialsMax);
            QCOMPARE(ledger.totals().opened, closed + ledger.open());
            QCOMPARE(asked, granted + refused + cancelled + waiting.size());
            QCOMPARE(ledger.totals().acquired, granted);
        }
        // Everybody goes: nothing is left but the floor.
        ledger.setDraining(false, now);
        settle();
        for (const WaiterId id : std::exchange(waiting, {})) ledger.cancelWaiter(id, now);
        settle();
        for (const ConnectionId id : std::exchange(leased, {})) ledger.release(id, now);
        settle();
        QVERIFY2(ledger.audit().empty(), ledger.audit().c_str());
        QCOMPARE(ledger.calls(), 0u);
        QCOMPARE(ledger.count(State::Active) + ledger.count(State::Draining), 0u);
        ledger.retryNow(now);  // nothing is held against the upstream any more
        settle();
        for (int i = 0; i < 100 && ledger.open() < std::min(ledger.limits().sizeMin, ledger.limits().sizeMax); ++i) {
            now += 2s;
            ledger.tick(now);
            settle();
            for (const ConnectionId id : std::exchange(dialling, {})) ledger.connected(id, now);
            settle();
        }
        if (ledger.limits().reuse) QVERIFY(ledger.open() >= std::min(ledger.limits().sizeMin, ledger.limits().sizeMax));
    }
}

void TestPool::reusesTheNewestFirst()
{
    Shell shell(limits(3, 10));
    shell.ledger.retryNow(kNow);
    shell.settle(kNow);
    const ConnectionId a = shell.ledger.acquire(kNow).connection;
    const ConnectionId b = shell.ledger.acquire(kNow).connection;
    const ConnectionId c = shell.ledger.acquire(kNow).connection;
    QVERIFY(a && b && c && a != b && b != c);
    shell.ledger.release(b, kNow + 1s);
    shell.ledger.release(a, kNow + 2s);
    shell.ledger.release(c, kNow + 3s);
    QCOMPARE(shell.ledger.acquire(kNow + 4s).connection.value, c.value);
    QCOMPARE(shell.ledger.acquire(kNow + 4s).connection.value, a.value);
    QCOMPARE(shell.ledger.acquire(kNow + 4s).connection.value, b.value);
    QCOMPARE(shell.ledger.totals().reused, 3u);
}

void TestPool::capIsExactAndCountsDials()
{
    LedgerLimits given = limits(0, 4);
    given.dialsMax = 3;
    Shell shell(given);
    shell.dialAtOnce = false;
    for (int i = 0; i < 10; ++i) QVERIFY(shell.ledger.acquire(kNow).waiter);
    shell.settle(kNow);
    QCOMPARE(shell.dialling.size(), 3u);  // dials have a limit of their own
    QCOMPARE(shell.ledger.total(), 3u);
    QVERIFY(shell.ledger.connected(shell.dialling[0], kNow));
    shell.settle(kNow);
    QCOMPARE(shell.dialling.size(), 4u);
    QCOMPARE(shell.ledger.total(), 4u);
    for (int i = 1; i < 4; ++i) shell.ledger.connected(shell.dialling[static_cast<std::size_t>(i)], kNow);
    shell.settle(kNow);
    QCOMPARE(shell.ledger.total(), 4u);
    QCOMPARE(shell.granted.size(), 4u);
    QCOMPARE(shell.ledger.waiters(), 6u);
}

void TestPool::waitersAreServedInOrder()
{
    Shell shell(limits(0, 1));
    std::vector<WaiterId> waiters;
    for (int i = 0; i < 5; ++i) waiters.push_back(shell.ledger.acquire(kNow).waiter);
    for (std::size_t i = 0; i < 5; ++i) {
        shell.settle(kNow);
        QCOMPARE(shell.granted.size(), i + 1);
        QCOMPARE(shell.granted[i].waiter.value, waiters[i].value);
        shell.ledger.release(shell.granted[i].connection, kNow);
    }
    QCOMPARE(shell.ledger.totals().opened, 1u);
    QCOMPARE(shell.ledger.totals().reused, 4u);
}

void TestPool::waitersAreBoundedAndRefused()
{
    LedgerLimits given = limits(0, 1);
    given.waitersMax = 2;
    Shell shell(given);
    shell.dialAtOnce = false;
    QVERIFY(shell.ledger.acquire(kNow).waiter);  // a dial is in flight for it
    QVERIFY(shell.ledger.acquire(kNow).waiter);
    QVERIFY(shell.ledger.acquire(kNow).waiter);
    QVERIFY(shell.ledger.acquire(kNow).refusal == Refusal::WaitersFull);
    QCOMPARE(shell.ledger.waiters(), 3u);

    given.waitersMax = 0;
    Shell none(given);
    QVERIFY(none.ledger.acquire(kNow).waiter);
    QVERIFY(none.ledger.acquire(kNow).refusal == Refusal::WaitersFull);
}

void TestPool::waiterLeavesAndItsDialServesTheNext()
{
    Shell shell(limits(0, 5));
    shell.dialAtOnce = false;
    const WaiterId gone = shell.ledger.acquire(kNow).waiter;
    shell.settle(kNow);
    QVERIFY(shell.ledger.cancelWaiter(gone, kNow));
    QCOMPARE(shell.ledger.count(State::Connecting), 1u);
    const WaiterId next = shell.ledger.acquire(kNow).waiter;
    shell.settle(kNow);
    QCOMPARE(shell.dialling.size(), 1u);  // no second dial
    shell.ledger.connected(shell.dialling[0], kNow);
    shell.settle(kNow);
    QCOMPARE(shell.granted.at(0).waiter.value, next.value);
}

void TestPool::waiterIsRefusedAtItsDeadline()
{
    Shell shell(limits(0, 1));
    shell.dialAtOnce = false;
    const WaiterId patient = shell.ledger.acquire(kNow).waiter;
    const WaiterId hasty = shell.ledger.acquire(kNow, kNow + 50ms).waiter;
    shell.settle(kNow);
    QCOMPARE(shell.ledger.wakeAt(kNow).value(), kNow + 50ms);
    shell.ledger.tick(kNow + 49ms);
    shell.settle(kNow + 49ms);
    QVERIFY(shell.refused.empty());
    shell.ledger.tick(kNow + 50ms);
    shell.settle(kNow + 50ms);
    QCOMPARE(shell.refused.at(0).waiter.value, hasty.value);
    QVERIFY(shell.refused.at(0).refusal == Refusal::WaitedTooLong);
    shell.ledger.tick(kNow + 10s);
    shell.settle(kNow + 10s);
    QCOMPARE(shell.refused.at(1).waiter.value, patient.value);
}

void TestPool::floorIsRefilledFromZeroWithoutTraffic()
{
    Shell shell(limits(4, 10));
    shell.ledger.retryNow(kNow);
    shell.settle(kNow);
    QCOMPARE(shell.ledger.count(State::Idle), 4u);
    // An outage: all are lost, and dials fail for a minute.
    shell.dialAtOnce = false;
    TimePoint now = kNow + 1s;
    while (!shell.ledger.entries(State::Idle).empty())
        shell.ledger.lost(shell.ledger.entries(State::Idle).front().id, CloseReason::ServerClosed, now);
    for (; now < kNow + 1min; now += 100ms) {
        shell.settle(now);
        for (const ConnectionId id : std::exchange(shell.dialling, {})) shell.ledger.dialFailed(id, now);
        shell.ledger.tick(now);
    }
    QCOMPARE(shell.ledger.open(), 0u);
    // The upstream is back: the floor stands again within a second or so, and nobody had to ask.
    shell.dialAtOnce = true;
    const TimePoint back = now;
    for (; now <= back + 1100ms; now += 50ms) {
        shell.ledger.tick(now);
        shell.settle(now);
    }
    QCOMPARE(shell.ledger.count(State::Idle), 4u);
}

void TestPool::backoffOfFailedDialsIsBounded()
{
    Shell shell(limits(1, 10));
    shell.dialAtOnce = false;
    shell.ledger.retryNow(kNow);
    TimePoint now = kNow;
    std::vector<TimePoint> dials;
    for (; now < kNow + 10s; now += 10ms) {
        shell.settle(now);
        for (const ConnectionId id : std::exchange(shell.dialling, {})) {
            dials.push_back(now);
            shell.ledger.dialFailed(id, now);
        }
        shell.ledger.tick(now);
    }
    QVERIFY2(dials.size() >= 10 && dials.size() < 20, std::to_string(dials.size()).c_str());
    for (std::size_t i = 1; i < dials.size(); ++i) QVERIFY(dials[i] - dials[i - 1] <= Ledger::kBackoffMax + 20ms);
    QVERIFY(dials[1] - dials[0] < 200ms);
}

void TestPool::allWaitersFailWhenNothingConnects()
{
    LedgerLimits given = limits(0, 5);
    given.dialsMax = 1;
    Shell shell(given);
    shell.dialAtOnce = false;
    for (int i = 0; i < 3; ++i) shell.ledger.acquire(kNow);
    shell.settle(kNow);
    shell.ledger.dialFailed(shell.dialling.at(0), kNow);
    shell.settle(kNow);
    QCOMPARE(shell.refused.size(), 3u);
    QVERIFY(shell.refused[0].refusal == Refusal::NoConnection);
    QCOMPARE(shell.ledger.totals().failed, 1u);
    QCOMPARE(shell.ledger.totals().opened, 0u);
}

void TestPool::ageIsJitteredAndNeverCutsACall()
{
    std::mt19937_64 random(5);
    LedgerLimits given = limits(50, 100);
    given.idleLimit = 24h;
    Ledger ledger(given, [&] { return std::uniform_real_distribution<double>(0, 1)(random); });
    ledger.retryNow(kNow);
    std::vector<Ledger::Effect> batch;
    ledger.takeEffects(batch);
    for (const auto& effect : batch) ledger.connected(effect.connection, kNow);
    TimePoint earliest = TimePoint::max(), latest = TimePoint::min();
    for (const auto& entry : ledger.entries(State::Idle)) {
        earliest = std::min(earliest, entry.ageEnd);
        latest = std::max(latest, entry.ageEnd);
    }
    QVERIFY(earliest >= kNow + 540s && latest <= kNow + 660s);
    QVERIFY(latest - earliest > 60s);  // not all at once
    const ConnectionId held = ledger.acquire(kNow).connection;
    ledger.tick(kNow + 700s);
    QCOMPARE(ledger.find(held)->calls, 1u);
    QVERIFY(ledger.find(held)->state == State::Draining);
    ledger.release(held, kNow + 800s);
    QVERIFY(ledger.find(held) == nullptr);
    QCOMPARE(ledger.totals().closed[static_cast<std::size_t>(CloseReason::Age)], 50u);
}

void TestPool::loweringTheCapDrains()
{
    Shell shell(limits(0, 10));
    std::vector<ConnectionId> held;
    for (int i = 0; i < 8; ++i) shell.ledger.acquire(kNow);
    shell.settle(kNow);
    for (const auto& grant : shell.granted) held.push_back(grant.connection);
    shell.ledger.release(held.back(), kNow);
    held.pop_back();
    shell.ledger.apply(limits(0, 3), kNow);
    shell.settle(kNow);
    QCOMPARE(shell.ledger.count(State::Idle), 0u);
    QCOMPARE(shell.ledger.count(State::Active), 3u);
    QCOMPARE(shell.ledger.count(State::Draining), 4u);
    QCOMPARE(shell.ledger.calls(), 7u);  // nobody was cut
    QVERIFY(shell.ledger.acquire(kNow).waiter);
    for (const ConnectionId id : held) shell.ledger.release(id, kNow);
    shell.settle(kNow);
    QVERIFY(shell.ledger.total() <= 3);
    QCOMPARE(shell.ledger.waiters(), 0u);
}

void TestPool::withoutReuseEachCallHasItsOwn()
{
    LedgerLimits given = limits(5, 10);
    given.reuse = false;
    Shell shell(given);
    shell.ledger.tick(kNow);
    shell.settle(kNow);
    QCOMPARE(shell.ledger.total(), 0u);  // no floor
    for (std::size_t i = 0; i < 3; ++i) {
        QVERIFY(shell.ledger.acquire(kNow).waiter);
        shell.settle(kNow);
        QVERIFY(!shell.granted.at(i).reused);
        shell.ledger.release(shell.granted[i].connection, kNow);
        shell.settle(kNow);
    }
    QCOMPARE(shell.reasons(), (std::vector{CloseReason::OneShot, CloseReason::OneShot, CloseReason::OneShot}));
    QCOMPARE(shell.ledger.totals().reused, 0u);
}

void TestPool::callsShareAChannelLeastLoadedFirst()
{
    LedgerLimits given = limits(2, 3);
    given.callsAim = 2;
    given.callsMax = 4;
    given.waitersMax = 1;
    Shell shell(given);
    shell.ledger.retryNow(kNow);
    shell.settle(kNow);
    std::map<std::uint64_t, int> calls;
    for (int i = 0; i < 12; ++i) {
        const auto got = shell.ledger.acquire(kNow);
        QVERIFY(got.connection);
        ++calls[got.connection.value];
        shell.settle(kNow);
        int least = 100, most = 0;
        for (const auto& entry : shell.ledger.entries(State::Active)) {
            least = std::min(least, static_cast<int>(entry.calls));
            most = std::max(most, static_cast<int>(entry.calls));
        }
        if (shell.ledger.count(State::Idle) == 0 && i > 5) QVERIFY(most - least <= 1);
    }
    QCOMPARE(calls.size(), 3u);  // a third one was opened when two had what they should
    QCOMPARE(shell.ledger.calls(), 12u);
    QVERIFY(shell.ledger.acquire(kNow).waiter);
    QVERIFY(shell.ledger.acquire(kNow).refusal.has_value());
    shell.ledger.release(ConnectionId{calls.begin()->first}, kNow);
    shell.settle(kNow);
    QCOMPARE(shell.granted.size(), 1u);
}

void TestPool::aConnectionCarriesNoMoreThanTheServerAllows()
{
    LedgerLimits given = limits(1, 3);
    given.callsAim = 8;
    given.callsMax = 100;
    Shell shell(given);
    shell.ledger.retryNow(kNow);
    shell.settle(kNow);
    QCOMPARE(shell.ledger.headroom(), 300u);
    const ConnectionId first = shell.ledger.entries(State::Idle).back().id;
    shell.ledger.allows(first, 2, kNow);
    QCOMPARE(shell.ledger.headroom(), 6u);  // others of the same server will be told the same
    for (int i = 0; i < 6; ++i) {
        shell.ledger.acquire(kNow);
        shell.settle(kNow);
        for (const auto& entry : shell.ledger.entries(State::Active)) shell.ledger.allows(entry.id, 2, kNow);
        shell.settle(kNow);
    }
    QCOMPARE(shell.ledger.count(State::Active), 3u);
    QCOMPARE(shell.ledger.calls(), 6u);
    for (const auto& entry : shell.ledger.entries(State::Active)) QCOMPARE(entry.calls, 2u);
    QVERIFY(shell.ledger.acquire(kNow).waiter);
    QCOMPARE(shell.ledger.headroom(), 0u);
    const std::size_t granted = shell.granted.size();
    shell.ledger.allows(first, 3, kNow);  // more now: who waits has it
    shell.settle(kNow);
    QCOMPARE(shell.granted.size(), granted + 1);
    shell.ledger.allows(first, 0, kNow);  // none at all: it waits there, rather than nowhere
    QCOMPARE(shell.ledger.find(first)->callsMax, 1u);
}

void TestPool::aConnectionThatTheServerLeavesEndsWithItsCalls()
{
    LedgerLimits given = limits(0, 2);
    given.callsAim = given.callsMax = 4;
    Shell shell(given);
    shell.ledger.acquire(kNow);
    shell.settle(kNow);
    const ConnectionId first = shell.granted.at(0).connection;
    shell.ledger.leaves(first, CloseReason::ServerClosed, kNow);
    shell.settle(kNow);
    QCOMPARE(shell.ledger.count(State::Draining), 1u);
    QVERIFY(shell.closed.empty());
    shell.ledger.acquire(kNow);
    shell.settle(kNow);
    QVERIFY(shell.granted.at(1).connection != first);  // nothing new goes there
    shell.ledger.release(first, kNow);
    shell.settle(kNow);
    QCOMPARE(shell.reasons(), std::vector{CloseReason::ServerClosed});
    shell.ledger.release(shell.granted.at(1).connection, kNow);
    shell.ledger.leaves(shell.granted.at(1).connection, CloseReason::ServerClosed, kNow);  // idle: at once
    shell.settle(kNow);
    QCOMPARE(shell.closed.size(), 2u);
    QVERIFY(shell.ledger.audit().empty());
}

void TestPool::rejectedGrantIsNotCounted()
{
    Shell shell(limits(1, 2));
    shell.ledger.retryNow(kNow);
    shell.settle(kNow);
    const auto first = shell.ledger.acquire(kNow).connection;
    shell.ledger.release(first, kNow);
    const auto second = shell.ledger.acquire(kNow);
    QVERIFY(second.reused);
    shell.ledger.reject(second.connection, CloseReason::ServerClosed, kNow);
    shell.settle(kNow);
    QCOMPARE(shell.ledger.totals().acquired, 1u);
    QCOMPARE(shell.ledger.totals().reused, 0u);
    QCOMPARE(shell.reasons(), std::vector{CloseReason::ServerClosed});
    QCOMPARE(shell.ledger.count(State::Idle), 1u);  // the floor again
}

void TestPool::drainGivesNothingOut()
{
    Shell shell(limits(2, 4));
    shell.ledger.retryNow(kNow);
    shell.settle(kNow);
    const auto held = shell.ledger.acquire(kNow).connection;
    shell.ledger.setDraining(true, kNow);
    shell.settle(kNow);
    QVERIFY(shell.ledger.acquire(kNow).refusal == Refusal::Draining);
    QCOMPARE(shell.ledger.total(), 1u);
    shell.ledger.release(held, kNow);
    shell.settle(kNow);
    QCOMPARE(shell.ledger.total(), 0u);
    QCOMPARE(shell.reasons(), (std::vector{CloseReason::Drain, CloseReason::Drain}));
    shell.ledger.setDraining(false, kNow);
    shell.settle(kNow);
    QCOMPARE(shell.ledger.count(State::Idle), 2u);
}

// ---- breaker ----

void TestPool::breakerEjectsAndComesBack()
{
    Breaker breaker(3, 2s);
    QVERIFY(breaker.failed(kNow, "a") == Breaker::Change::None);
    QVERIFY(breaker.failed(kNow, "b") == Breaker::Change::None);
    breaker.succeeded();
    QCOMPARE(breaker.failures(), 0u);
    breaker.failed(kNow, "a");
    breaker.failed(kNow, "b");
    QVERIFY(breaker.failed(kNow, "c") == Breaker::Change::Ejected);
    QVERIFY(!breaker.passes());
    QCOMPARE(breaker.reason(), std::string("c"));
    QVERIFY(!breaker.tryStartProbe(kNow + 1999ms));
    QVERIFY(breaker.tryStartProbe(kNow + 2s));
    QVERIFY(!breaker.tryStartProbe(kNow + 2s));  // one probe
    QVERIFY(breaker.succeeded(true) == Breaker::Change::Restored);
    QVERIFY(breaker.passes());
}

void TestPool::breakerNeverGivesUp()
{
    Breaker breaker(1, 2s);
    TimePoint now = kNow;
    breaker.failed(now, "down");
    Duration longest{};
    for (int i = 0; i < 100; ++i) {
        QVERIFY(breaker.probeAt().has_value());
        longest = std::max(longest, *breaker.probeAt() - now);
        now = *breaker.probeAt();
        QVERIFY(breaker.tryStartProbe(now));
        breaker.failed(now, "still down", true);
    }
    QCOMPARE(longest, Duration(2s * Breaker::kOpenFactorMax));
    QVERIFY(breaker.tryStartProbe(*breaker.probeAt()));
    breaker.probeAbandoned(now);
    QVERIFY(breaker.probeAt().has_value());
}

void TestPool::breakerIgnoresCallsFromBefore()
{
    Breaker breaker(1, 2s);
    breaker.failed(kNow, "down");
    QVERIFY(breaker.succeeded() == Breaker::Change::None);
    QVERIFY(!breaker.passes());
    breaker.tryStartProbe(kNow + 2s);
    breaker.failed(kNow + 2s, "old call");
    QVERIFY(breaker.state() == Breaker::State::HalfOpen);
}

// ---- idle limit ----

void TestPool::idleLimitIsWhatTheServerSays()
{
    IdleLimit limit(5min);
    QCOMPARE(limit.limit(kNow), Duration(5min));
    QCOMPARE(limit.why(kNow).english(), std::string("configured"));
    limit.announced(5s);
    QCOMPARE(limit.limit(kNow), Duration(4s));
    QVERIFY(limit.why(kNow).english().find("5.0 s") != std::string::npos);
    limit.announced(1h);
    QCOMPARE(limit.limit(kNow), Duration(5min));
}

void TestPool::idleLimitIsLearnedFromWhatTheServerDoes()
{
    IdleLimit limit(5min);
    limit.seenClosed(5010ms, kNow);
    QCOMPARE(limit.limit(kNow), Duration(5min));  // once is no evidence
    limit.seenClosed(5030ms, kNow + 20s);
    QVERIFY(limit.limit(kNow + 20s) < 5s && limit.limit(kNow + 20s) >= 3s);
    QVERIFY2(limit.why(kNow + 20s).english().find("2 times") != std::string::npos,
             limit.why(kNow + 20s).english().c_str());
    // Long after, the upstream may have changed.
    QCOMPARE(limit.limit(kNow + 20s + 31min), Duration(5min));
    limit.forget();
    QCOMPARE(limit.limit(kNow + 20s), Duration(5min));
}

void TestPool::idleLimitIsNotLearnedFromARestart()
{
    IdleLimit limit(5min);
    // A restart closes all at once, after whatever time.
    for (int i = 0; i < 10; ++i) limit.seenClosed(1s + i * 2s, kNow);
    QCOMPARE(limit.limit(kNow), Duration(5min));
    // Even if all had been idle for the same time: one occasion.
    limit.forget();
    for (int i = 0; i < 10; ++i) limit.seenClosed(7s, kNow + 10s);
    QCOMPARE(limit.limit(kNow + 10s), Duration(5min));
    // Fresh connections that are closed say nothing of idleness.
    limit.forget();
    for (int i = 0; i < 10; ++i) limit.seenClosed(10ms, kNow + i * 10s);
    QCOMPARE(limit.limit(kNow + 100s), Duration(5min));
}

void TestPool::keepAliveFieldIsRead_data()
{
    QTest::addColumn<QString>("field");
    QTest::addColumn<int>("seconds");  // -1: none
    QTest::newRow("alone") << "timeout=5" << 5;
    QTest::newRow("with max") << "timeout=15, max=100" << 15;
    QTest::newRow("after max") << "max=100, timeout=20" << 20;
    QTest::newRow("spaces and case") << "Timeout = 7" << 7;
    QTest::newRow("no timeout") << "max=5" << -1;
    QTest::newRow("no number") << "timeout=soon" << -1;
    QTest::newRow("empty") << "" << -1;
    QTest::newRow("huge is capped at a day") << "timeout=999999999" << 86400;
}

void TestPool::keepAliveFieldIsRead()
{
    QFETCH(QString, field);
    QFETCH(int, seconds);
    const auto read = keepAliveTimeout(field.toStdString());
    QCOMPARE(read.has_value(), seconds >= 0);
    if (read) QCOMPARE(*read, Duration(std::chrono::seconds(seconds)));
}

void TestPool::baseUrlsAreRead_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("address");  // empty: refused
    QTest::addColumn<QString>("authority");
    QTest::addColumn<QString>("path");
    QTest::addColumn<bool>("tls");
    QTest::newRow("plain") << "http://127.0.0.1:8080"
                           << "127.0.0.1:8080"
                           << "127.0.0.1:8080"
                           << "" << false;
    QTest::newRow("slash") << "http://127.0.0.1:8080/"
                           << "127.0.0.1:8080"
                           << "127.0.0.1:8080"
                           << "" << false;
    QTest::newRow("prefix") << "https://api.example.com/v1/"
                            << "api.example.com:443"
                            << "api.example.com"
                            << "/v1" << true;
    QTest::newRow("no scheme") << "localhost:11434"
                               << "localhost:11434"
                               << "localhost:11434"
                               << "" << false;
    QTest::newRow("port of its own") << "http://host"
                                     << "host:80"
                                     << "host"
                                     << "" << false;
    QTest::newRow("IPv6") << "http://[::1]:9000/a/b"
                          << "[::1]:9000"
                          << "[::1]:9000"
                          << "/a/b" << false;
    QTest::newRow("no host") << "http://:80"
                             << ""
                             << ""
                             << "" << false;
    QTest::newRow("other scheme") << "ftp://host"
                                  << ""
                                  << ""
                                  << "" << false;
    QTest::newRow("bad port") << "http://host:99999"
                              << ""
                              << ""
                              << "" << false;
    QTest::newRow("port zero") << "http://host:0"
                               << ""
                               << ""
                               << "" << false;
    QTest::newRow("space") << "http://ho st"
                           << ""
                           << ""
                           << "" << false;
    QTest::newRow("line break") << "http://host\r\nX: y"
                                << ""
                                << ""
                                << "" << false;
    QTest::newRow("user") << "http://me@host"
                          << ""
                          << ""
                          << "" << false;
    QTest::newRow("naked IPv6") << "http://::1:80"
                                << ""
                                << ""
                                << "" << false;
    QTest::newRow("open bracket") << "http://[::1"
                                  << ""
                                  << ""
                                  << "" << false;
}

void TestPool::baseUrlsAreRead()
{
    QFETCH(QString, url);
    QFETCH(QString, address);
    const auto read = parseBaseUrl(url.toStdString());
    QCOMPARE(read.ok(), !address.isEmpty());
    if (!read.ok()) return;
    QCOMPARE(QString::fromStdString(read->endpoint.address()), address);
    QTEST(QString::fromStdString(read->endpoint.authority()), "authority");
    QTEST(QString::fromStdString(read->path), "path");
    QTEST(read->endpoint.tls, "tls");
}

// ---- shells ----

void TestPool::grpcPoolNoticesAServerThatIsGone()
{
    GrpcRig rig;
    rig.pool->start();
    QVERIFY(rig.until([](const PoolSnapshot& pool) { return pool.idle == 5 && pool.health == Health::Healthy; }));
    rig.server->Shutdown(std::chrono::system_clock::now());
    rig.server.reset();
    for (int i = 0; i < 200 && rig.pool->snapshot().idle > 0; ++i) {
        rig.clock.advance(250ms);
        runUntil(rig.io, [] { return true; });
        std::this_thread::yield();
    }
    const PoolSnapshot pool = rig.pool->snapshot();
    QCOMPARE(pool.idle, 0u);
    QVERIFY(pool.closed.count(CloseReason::ServerClosed) + pool.closed.count(CloseReason::Unhealthy) > 0);
    // Dials fail, with back-off, until the breaker takes it out.
    for (int i = 0; i < 400 && rig.pool->available(); ++i) {
        rig.clock.advance(250ms);
        runUntil(
            rig.io, [] { return false; }, 5ms);
    }
    QVERIFY(!rig.pool->available());
    auto refused = start(rig.io, rig.pool->acquire(rig.clock.now() + 1s));
    QVERIFY(runUntil(rig.io, [&] { return refused.done(); }));
    QVERIFY(absl::IsUnavailable(refused.take().status()));
}

/// An attempt to connect used to have 100 ms, whatever the settings said: on a busy machine no dial ever succeeded.
void TestPool::grpcPoolWaitsForASlowServer()
{
    net::io_context elsewhere;
    const net::ip::tcp::acceptor silent(elsewhere, {net::ip::address_v4::loopback(), 0});  // the kernel accepts
    Options options;
    options.grpcSizeMin = 1;
    GrpcRig rig(options, "127.0.0.1:" + std::to_string(silent.local_endpoint().port()));
    rig.pool->start();
    QVERIFY(rig.until([](const PoolSnapshot& pool) { return pool.connecting == 1; }));
    rig.clock.advance(options.connectTimeout - 1ms);
    QCOMPARE(rig.pool->snapshot().failed, 0u);
    QCOMPARE(rig.pool->snapshot().connecting, 1u);
    rig.clock.advance(1ms);
    QVERIFY(rig.until([](const PoolSnapshot& pool) { return pool.failed == 1; }));
}

void TestPool::metricsFollowTheLedger()
{
    Options options;
    options.httpSizeMin = 2;
    Rig rig(options);
    rig.pool->start();
    QVERIFY(rig.until([](const PoolSnapshot& pool) { return pool.idle == 2 && pool.healthPassed == 1; }));
    for (int i = 0; i < 5; ++i) QVERIFY(rig.ask().ok());
    const PoolSnapshot pool = rig.now();
    const Labels match{{"backend", "test"}, {"protocol", "http"}};
    QCOMPARE(rig.registry.counterTotal("millrace_pool_connections_created_total", match), pool.created);
    QCOMPARE(rig.registry.counterTotal("millrace_pool_connections_reused_total", match), pool.reused);
    QCOMPARE(rig.registry.counterTotal("millrace_pool_acquired_total", match), pool.acquired);
    QCOMPARE(rig.registry.gaugeTotal("millrace_pool_connections", {{"state", "idle"}}), 2.0);
    QCOMPARE(rig.registry.gaugeTotal("millrace_pool_size_max", match), 100.0);
    QCOMPARE(pool.headroom, 100u);
    {
        const HttpLease lease = rig.lease();
        QCOMPARE(rig.now().headroom, 99u);
        QCOMPARE(rig.now().utilisation, 0.01);
        QCOMPARE(rig.registry.gaugeTotal("millrace_pool_headroom", match), 99.0);
        QCOMPARE(rig.registry.gaugeTotal("millrace_pool_utilisation_ratio", match), 0.01);
    }
    QVERIFY(rig.registry.histogramTotal("millrace_pool_create_seconds", match).count == pool.created);
    QVERIFY(pool.createP99Ms.has_value());
    rig.pool->evict({});
    QVERIFY(rig.until([](const PoolSnapshot& now) { return now.idle == 2; }));
    QCOMPARE(rig.registry.counterTotal("millrace_pool_connections_closed_total", {{"reason", "evicted"}}), 2u);
    QCOMPARE(rig.now().created, 4u);
}

QTEST_GUILESS_MAIN(TestPool)
#include "tst_pool.moc"
