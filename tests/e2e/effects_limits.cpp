// SPDX-License-Identifier: GPL-3.0-or-later
#include "effect_stage.h"

#include <QElapsedTimer>

namespace millrace::testing {

namespace {

using namespace config::v1;

QByteArray chatBody(int bytes)
{
    return R"({"model":"m","messages":[],"user":")" + QByteArray(bytes, 'u') + "\"}";
}

int post(RawClient& client, const QByteArray& body, const RawClient::Fields& fields = {})
{
    client.ask("POST", "/v1/chat/completions", body, fields);
    return client.answer().status;
}

void requestsMax()
{
    EffectStage stage(Settings{{"limits.requests_max", "1"}});
    EFFECT_START(stage);
    stage.up.hold = true;
    RawClient first = stage.chat();
    EFFECT_TRY(stage.up.held() == 1);
    RawClient second = stage.chat();
    EFFECT_TRY(stage.metric("millrace_admission_waiters") == 1);
    EFFECT_SET(stage, "limits.requests_max", "2");
    EFFECT_TRY(stage.up.held() == 2);
}

void queueMax()
{
    EffectStage stage(Settings{{"limits.requests_max", "1"}});
    EFFECT_START(stage);
    stage.up.hold = true;
    RawClient first = stage.chat();
    EFFECT_TRY(stage.up.held() == 1);
    EFFECT_SET(stage, "limits.queue_max", "0");
    QCOMPARE(stage.chatStatus(), 429);
}

/// Once `setting` is 1024, such a request is refused with `status`: also on a connection that was open before.
void refusesAbove1024(const char* setting, int status, const QByteArray& body, const RawClient::Fields& fields = {})
{
    EffectStage stage;
    EFFECT_START(stage);
    RawClient kept = stage.client();
    QCOMPARE(post(kept, body, fields), 200);
    EFFECT_SET(stage, setting, "1024");
    QCOMPARE(post(kept, body, fields), status);
    RawClient fresh = stage.client();
    QCOMPARE(post(fresh, body, fields), status);
}

void bodyBytesMax()
{
    refusesAbove1024("limits.body_bytes_max", 413, chatBody(2000));
}

void headerBytesMax()
{
    refusesAbove1024("limits.header_bytes_max", 431, chatBody(1), {{"X-Large", QByteArray(2000, 'x')}});
}

void headerTimeout()
{
    EffectStage stage(Settings{{"limits.header_timeout_ms", "600000"}});
    EFFECT_START(stage);
    RawClient kept = stage.client();
    QCOMPARE(post(kept, chatBody(1)), 200);
    EFFECT_SET(stage, "limits.header_timeout_ms", "100");
    QVERIFY(kept.send("POST /v1/chat/completions HTTP/1.1\r\nHost: loc"));
    QCOMPARE(kept.answer(10'000).status, 408);
    RawClient fresh = stage.client();
    QVERIFY(fresh.send("POST /v1/chat/completions HTTP/1.1\r\nHost: loc"));
    QCOMPARE(fresh.answer(10'000).status, 408);
}

void bodyTimeout()
{
    EffectStage stage(Settings{{"limits.body_timeout_ms", "600000"}});
    EFFECT_START(stage);
    RawClient kept = stage.client();
    QCOMPARE(post(kept, chatBody(1)), 200);
    EFFECT_SET(stage, "limits.body_timeout_ms", "100");
    QVERIFY(kept.send("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"));
    QCOMPARE(kept.answer(10'000).status, 408);
}

void keepaliveTimeout()
{
    EffectStage stage;
    EFFECT_START(stage);
    RawClient kept = stage.client();
    QCOMPARE(post(kept, chatBody(1)), 200);
    EFFECT_SET(stage, "limits.keepalive_timeout_ms", "50");
    QCOMPARE(post(kept, chatBody(1)), 200);
    QVERIFY(kept.waitClosed(10'000));
}

void clientsMax()
{
    EffectStage stage;
    EFFECT_START(stage);
    RawClient first = stage.client();
    QCOMPARE(post(first, chatBody(1)), 200);
    EFFECT_SET(stage, "limits.clients_max", "1");
    RawClient second = stage.client();
    second.ask("GET", "/healthz");
    QCOMPARE(second.answer().status, 503);
    QCOMPARE(post(first, chatBody(1)), 200);
}

void requestTimeout()
{
    EffectStage stage;
    EFFECT_START(stage);
    stage.up.hold = true;
    RawClient before = stage.chat();
    EFFECT_TRY(stage.up.held() == 1);
    EFFECT_SET(stage, "limits.request_timeout_ms", "50");
    QCOMPARE(stage.chatStatus(), 504);
    stage.up.release();
    QCOMPARE(before.answer().status, 200);
}

void drainTimeout()
{
    EffectStage stage(Settings{{"limits.drain_timeout_ms", "600000"}});
    EFFECT_START(stage);
    stage.up.hold = true;
    RawClient before = stage.chat();
    EFFECT_TRY(stage.up.held() == 1);
    EFFECT_SET(stage, "limits.drain_timeout_ms", "0");
    QElapsedTimer took;
    took.start();
    stage.stop();
    QVERIFY(took.elapsed() < 30'000);
}

/// Two backends have the model; the one that is preferred breaks off.
void retryBudget()
{
    EffectUpstream other;
    EffectStage stage(Settings{{"limits.retry_budget_percent", "0"},
                               {"pool.breaker_failures", "1000"},
                               {"backends[1].name", "other"},
                               {"backends[1].kind", "openai"},
                               {"backends[1].address", other.url()}});
    EFFECT_START(stage);
    EFFECT_TRY(other.onThread([](auto& it) { return !it.requests().empty(); }));
    const auto retries = [&] { return stage.metric("millrace_retries_total"); };
    stage.up.reset = true;
    QVERIFY(stage.embed().answer().status >= 500);
    QCOMPARE(retries(), 0.0);
    EFFECT_SET(stage, "limits.retry_budget_percent", "100");
    const auto isRetried = [&] {
        stage.up.reset = !stage.up.reset;
        other.reset = !stage.up.reset;
        static_cast<void>(stage.embed().answer());
        return retries() > 0;
    };
    EFFECT_TRY(isRetried());
}

void bodiesBytesMax()
{
    EffectStage stage(Settings{{"limits.body_bytes_max", "1048576"}});
    EFFECT_START(stage);
    stage.up.hold = true;
    RawClient first = stage.client();
    first.ask("POST", "/v1/chat/completions", chatBody(900'000));
    EFFECT_TRY(stage.up.held() == 1);
    EFFECT_SET(stage, "limits.bodies_bytes_max", "1048576");
    RawClient second = stage.client();
    QCOMPARE(post(second, chatBody(900'000)), 503);
}

void hostsAllowed()
{
    EffectStage stage;
    EFFECT_START(stage);
    RawClient kept = stage.client();
    const QByteArray request = "GET /v1/models HTTP/1.1\r\nHost: mybox\r\n\r\n";
    QVERIFY(kept.send("GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    QCOMPARE(kept.answer().status, 200);
    RawClient refused = stage.client();
    QVERIFY(refused.send(request));
    QVERIFY(refused.answer().status >= 400);
    EFFECT_SET(stage, "security.hosts_allowed", "mybox");
    QVERIFY(kept.send(request));
    QCOMPARE(kept.answer().status, 200);
}

void busyPoll()
{
    EffectStage stage(Settings{{"limits.busy_poll_ms", "0"}});
    EFFECT_START(stage);
    RawClient kept = stage.client();
    const auto polledAfterMany = [&] {
        for (int i = 0; i < 40; ++i)
            if (post(kept, chatBody(1)) != 200) return -1.0;
        return stage.metric("millrace_engine_busy_poll_seconds_total");
    };
    QCOMPARE(polledAfterMany(), 0.0);
    EFFECT_SET(stage, "limits.busy_poll_ms", "10");
    EFFECT_TRY(polledAfterMany() > 0);
}

}  // namespace

EffectRows limitEffects()
{
    return {{"limits.requests_max", EFFECT_LIVE, requestsMax},
            {"limits.queue_max", EFFECT_LIVE, queueMax},
            {"limits.body_bytes_max", EFFECT_NEXT_REQUEST, bodyBytesMax},
            {"limits.header_bytes_max", EFFECT_NEXT_REQUEST, headerBytesMax},
            {"limits.header_timeout_ms", EFFECT_NEXT_REQUEST, headerTimeout},
            {"limits.body_timeout_ms", EFFECT_NEXT_REQUEST, bodyTimeout},
            {"limits.keepalive_timeout_ms", EFFECT_NEXT_REQUEST, keepaliveTimeout},
            {"limits.clients_max", EFFECT_LIVE, clientsMax},
            {"limits.request_timeout_ms", EFFECT_NEXT_REQUEST, requestTimeout},
            {"limits.drain_timeout_ms", EFFECT_LIVE, drainTimeout},
            {"limits.retry_budget_percent", EFFECT_LIVE, retryBudget},
            {"limits.bodies_bytes_max", EFFECT_NEXT_REQUEST, bodiesBytesMax},
            {"limits.busy_poll_ms", EFFECT_LIVE, busyPoll},
            {"security.hosts_allowed", EFFECT_NEXT_REQUEST, hostsAllowed}};
}

}  // namespace millrace::testing
