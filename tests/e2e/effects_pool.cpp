// SPDX-License-Identifier: GPL-3.0-or-later
#include "effect_stage.h"
#include "module_options.h"
#include "pool/endpoint.h"
#include "pool/http_pool.h"
#include "pool/ledger.h"
#include "pool/pool_limits.h"
#include "pool/target_addresses.h"
#include "support/certificate.h"
#include "support/grpc_context.h"
#include "support/manual_clock.h"
#include "support/tls_door.h"

#include <QTcpServer>
#include <QTcpSocket>

#include <boost/asio/co_spawn.hpp>

namespace millrace::testing {

namespace {

using namespace config::v1;
using namespace std::chrono_literals;

/// Accepts connections and never says a word: a dial with TLS waits there.
class SilentServer : public QTcpServer {
public:
    SilentServer() { listen(QHostAddress::LocalHost); }
    std::string url() const { return "https://127.0.0.1:" + std::to_string(serverPort()); }
    QList<QTcpSocket*> clients;

protected:
    void incomingConnection(qintptr handle) override
    {
        auto* socket = new QTcpSocket(this);
        socket->setSocketDescriptor(handle);
        clients << socket;
    }
};

void reuse()
{
    EffectStage stage;
    EFFECT_START(stage);
    QCOMPARE(stage.chatStatus(), 200);
    QCOMPARE(stage.chatStatus(), 200);
    EFFECT_SET(stage, "pool.enabled", "false");
    EFFECT_TRY(stage.up.open() == 0);  // those that are idle now, too
    QCOMPARE(stage.chatStatus(), 200);
    QCOMPARE(stage.chatStatus(), 200);
    const auto requests = stage.up.requests();
    QCOMPARE(requests.size(), 4u);
    QCOMPARE(requests[1].connection, requests[0].connection);
    QVERIFY(requests[2].connection != requests[1].connection && requests[3].connection != requests[2].connection);
}

void httpSizeMin()
{
    EffectStage stage;
    EFFECT_START(stage);
    EFFECT_SET(stage, "pool.http_size_min", "7");
    EFFECT_TRY(stage.up.open() == 7);
}

void httpSizeMax()
{
    EffectStage stage(Settings{{"pool.http_size_max", "1"}});
    EFFECT_START(stage);
    stage.up.hold = true;
    RawClient first = stage.chat(), second = stage.chat();
    EFFECT_TRY(stage.metric("millrace_pool_waiters") == 1);
    EFFECT_SET(stage, "pool.http_size_max", "2");
    EFFECT_TRY(stage.up.held() == 2);
}

double channels(const EffectStage& stage)
{
    return stage.metric("millrace_pool_connections", "protocol=\"grpc\"");
}

void grpcSizeMin()
{
    RuntimeStage stage(Settings{{"pool.grpc_size_min", "1"}});
    EFFECT_START(stage);
    EFFECT_TRY(channels(stage) == 1);
    EFFECT_SET(stage, "pool.grpc_size_min", "4");
    EFFECT_TRY(channels(stage) == 4);
}

void grpcSizeMax()
{
    RuntimeStage stage;
    EFFECT_START(stage);
    EFFECT_TRY(channels(stage) == 5);
    EFFECT_SET(stage, "pool.grpc_size_max", "2");
    EFFECT_TRY(channels(stage) == 2);
}

void healthInterval()
{
    EffectStage stage;
    EFFECT_START(stage);
    const double before = stage.metric("millrace_pool_health_checks_total");
    EFFECT_SET(stage, "pool.health_interval_ms", "100");
    EFFECT_TRY(stage.metric("millrace_pool_health_checks_total") > before + 2);
}

void healthTimeout()
{
    EffectStage stage(Settings{{"pool.health_timeout_ms", "60000"}});
    EFFECT_START(stage);
    stage.up.holdModels = true;
    EFFECT_SET(stage, "pool.health_timeout_ms", "10");
    control::v1::ConnectionsRequest request;
    request.set_backend("up");
    control::v1::ProbeReply reply;
    testing::BoundedContext context;
    QVERIFY(stage.control().ProbeBackend(&context, request, &reply).ok());
    QVERIFY(!reply.healthy());
}

void idleTimeout()
{
    EffectStage stage;
    EFFECT_START(stage);
    QCOMPARE(stage.chatStatus(), 200);
    QVERIFY(stage.up.open() > 0);
    EFFECT_SET(stage, "pool.idle_timeout_ms", "100");
    EFFECT_TRY(stage.up.open() == 0);
}

void ageMax()
{
    EffectStage stage;
    EFFECT_START(stage);
    QCOMPARE(stage.chatStatus(), 200);
    EFFECT_SET(stage, "pool.age_max_ms", "1000");
    EFFECT_TRY(stage.up.open() == 0);
}

void waitersMax()
{
    EffectStage stage(Settings{{"pool.http_size_max", "1"}});
    EFFECT_START(stage);
    stage.up.hold = true;
    RawClient first = stage.chat(), second = stage.chat();
    EFFECT_TRY(stage.metric("millrace_pool_waiters") == 1);
    EFFECT_SET(stage, "pool.waiters_max", "0");
    QCOMPARE(second.answer().status, 429);  // one that waits already, too
    QCOMPARE(stage.chatStatus(), 429);
}

void waitTimeout()
{
    EffectStage stage(Settings{{"pool.http_size_max", "1"}, {"pool.wait_timeout_ms", "600000"}});
    EFFECT_START(stage);
    stage.up.hold = true;
    RawClient first = stage.chat(), before = stage.chat();
    EFFECT_TRY(stage.metric("millrace_pool_waiters") == 1);
    EFFECT_SET(stage, "pool.wait_timeout_ms", "20");
    QCOMPARE(stage.chatStatus(), 429);
    QCOMPARE(stage.metric("millrace_pool_waiters"), 1.0);  // the one from before goes on waiting
    stage.up.release();
    QCOMPARE(before.answer().status, 200);
}

/// Dials that hang do not make an upstream to which more would be dialled: its consumer decides.
void dialsMax()
{
    double uniform = 0.5;
    const auto limits = [](const char* dials) {
        return pool::httpLimits(poolOptions(effectiveWith("pool.dials_max", dials)), Endpoint(), false);
    };
    pool::Ledger ledger(limits("1"), [&] { return uniform; });
    const TimePoint now = TimePoint{} + 1h;
    for (int i = 0; i < 5; ++i) QVERIFY(ledger.acquire(now).waiter);
    QCOMPARE(ledger.count(pool::State::Connecting), 1u);
    ledger.apply(limits("3"), now);
    QCOMPARE(ledger.count(pool::State::Connecting), 3u);
}

/// With a clock that a test moves: how soon an engine dials again is another question.
void connectTimeout()
{
    const auto options = [](const char* timeout) {
        pool::Options out = poolOptions(effectiveWith("pool.connect_timeout_ms", timeout));
        out.httpSizeMin = 0;
        return out;
    };
    SilentServer server;
    net::io_context io;
    ManualClock clock(io);
    Registry registry;
    pool::HttpPool pool(
        {io.get_executor(), clock, registry, "up", options("60000"), 1},
        {.endpoint = *pool::parseEndpoint(server.url()), .healthTarget = "/v1/models", .healthFields = {}});
    pool.start();
    const auto later = [&](Duration span) {
        io.restart();
        clock.advance(span);
        return true;
    };
    const auto ended = [&](int client) { return server.clients[client]->state() == QTcpSocket::UnconnectedState; };
    EFFECT_TRY(later(0ms) && server.clients.size() == 1);
    pool.apply(options("10"));
    later(1s);
    // Begun before: once the server has seen another client, it would have seen an end.
    QTcpSocket another;
    another.connectToHost(QHostAddress::LocalHost, server.serverPort());
    EFFECT_TRY(server.clients.size() == 2);
    QVERIFY(!ended(0));
    later(1min);
    EFFECT_TRY(later(0ms) && ended(0));
    net::co_spawn(io, pool.acquire(clock.now() + 1h), [](const std::exception_ptr&, const auto&) {});
    EFFECT_TRY(later(1ms) && server.clients.size() > 2);
    EFFECT_TRY(later(1ms) && ended(2));
}

void breakerFailures()
{
    EffectStage stage(Settings{{"pool.breaker_failures", "1000"}, {"backends[0].models", "m"}});
    EFFECT_START(stage);
    stage.up.onThread([](auto& it) {
        it.refuse();
        return true;
    });
    for (int i = 0; i < 3; ++i) QVERIFY(stage.chatStatus() >= 500);
    QVERIFY(!stage.sawEvent("EVENT_KIND_BACKEND_EJECTED"));
    EFFECT_SET(stage, "pool.breaker_failures", "2");
    QVERIFY(stage.chatStatus() >= 500);  // those before count
    EFFECT_TRY(stage.sawEvent("EVENT_KIND_BACKEND_EJECTED"));
}

void breakerOpen()
{
    EffectStage stage(
        {{"pool.breaker_failures", "1"}, {"pool.breaker_open_ms", "600000"}, {"backends[0].models", "m"}});
    EFFECT_START(stage);
    stage.up.onThread([](auto& it) {
        it.refuse();
        return true;
    });
    QVERIFY(stage.chatStatus() >= 500);
    EFFECT_TRY(stage.sawEvent("EVENT_KIND_BACKEND_EJECTED"));
    stage.up.onThread([](auto& it) {
        it.listen();
        return true;
    });
    QCOMPARE(stage.chatStatus(), 503);
    EFFECT_SET(stage, "pool.breaker_open_ms", "100");
    EFFECT_TRY(stage.chatStatus() == 200);  // ejected before
}

/// What a name leads to is looked up within the machine: not even a count shows it. Its consumer says when it is due.
void resolveInterval()
{
    struct Owner final : pool::TargetAddresses::Owner {
        void addressesChanged(TimePoint) override {}
        void addressesRenewed(TimePoint, const std::vector<ConnectionId>&, const std::vector<ConnectionId>&) override {}
        void addressesDueAt(TimePoint) override {}
    } owner;
    net::io_context io;
    ManualClock clock(io);
    pool::TargetAddresses addresses(io.get_executor(), clock, owner, Duration{});
    std::vector<pool::Address> found{net::ip::tcp::endpoint(net::ip::address_v4::loopback(), 80)};
    Endpoint name;
    name.host = "localhost";
    static_cast<pool::Dial::Guide&>(addresses).found(name, found);
    QCOMPARE(addresses.lookUpAt(), TimePoint::max());
    addresses.apply(poolOptions(effectiveWith("pool.resolve_interval_ms", "500")).resolveInterval, clock.now());
    QCOMPARE(addresses.lookUpAt(), clock.now() + 500ms);
}

/// A server with TLS in front of an upstream, on its own thread.
class SecureDoor {
public:
    SecureDoor(const Certificate& certificate, unsigned short behind)
        : door_(io_, certificate, behind, {.alpn = "h2 http/1.1", .says = true, .atOnce = 0}),
          thread_([this] { io_.run(); })
    {}
    ~SecureDoor()
    {
        io_.stop();
        thread_.join();
    }
    std::string url() const { return "https://localhost:" + std::to_string(door_.port()); }
    /// The protocol of the newest connection; "none" before the first.
    std::string chosen()
    {
        std::promise<std::string> result;
        net::post(io_, [&] { result.set_value(door_.chosen.empty() ? "none" : door_.chosen.back()); });
        return result.get_future().get();
    }

private:
    net::io_context io_{1};
    net::executor_work_guard<net::io_context::executor_type> work_{io_.get_executor()};
    TlsDoor door_;
    std::thread thread_;
};

void http2()
{
    const Certificate certificate("localhost");
    const Trust trust(certificate);
    EffectUpstream behind;
    SecureDoor door(certificate, behind.server.port());
    EffectStage stage(Settings{{"pool.http2", "false"}, {"backends[0].models", "m"}});
    EFFECT_START(stage);
    EFFECT_SET(stage, "backends[0].address", door.url());
    EFFECT_TRY(stage.chatStatus() == 200 && door.chosen() == "");  // HTTP/1.1 need not be chosen
    EFFECT_SET(stage, "pool.http2", "true");
    EFFECT_TRY(stage.chatStatus() > 0 && door.chosen() == "h2");
}

}  // namespace

EffectRows poolEffects()
{
    return {{"pool.enabled", EFFECT_LIVE, reuse},
            {"pool.http_size_min", EFFECT_LIVE, httpSizeMin},
            {"pool.http_size_max", EFFECT_LIVE, httpSizeMax},
            {"pool.grpc_size_min", EFFECT_LIVE, grpcSizeMin},
            {"pool.grpc_size_max", EFFECT_LIVE, grpcSizeMax},
            {"pool.health_interval_ms", EFFECT_LIVE, healthInterval},
            {"pool.health_timeout_ms", EFFECT_LIVE, healthTimeout},
            {"pool.idle_timeout_ms", EFFECT_LIVE, idleTimeout},
            {"pool.age_max_ms", EFFECT_LIVE, ageMax},
            {"pool.waiters_max", EFFECT_LIVE, waitersMax},
            {"pool.wait_timeout_ms", EFFECT_NEXT_REQUEST, waitTimeout},
            {"pool.dials_max", EFFECT_LIVE, dialsMax},
            {"pool.connect_timeout_ms", EFFECT_NEW_CONNECTIONS, connectTimeout},
            {"pool.breaker_failures", EFFECT_LIVE, breakerFailures},
            {"pool.breaker_open_ms", EFFECT_LIVE, breakerOpen},
            {"pool.resolve_interval_ms", EFFECT_LIVE, resolveInterval},
            {"pool.http2", EFFECT_LIVE, http2}};
}

}  // namespace millrace::testing
