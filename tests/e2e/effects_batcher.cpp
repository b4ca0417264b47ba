// SPDX-License-Identifier: GPL-3.0-or-later
#include "effect_stage.h"

namespace millrace::testing {

namespace {

using namespace config::v1;

double queued(const EffectStage& stage)
{
    return stage.metric("millrace_batch_queue");
}

double limit(const EffectStage& stage)
{
    return stage.metric("millrace_batch_size_limit");
}

/// With a backend that never meets the goal: the size that is adaptive falls.
bool shrinks(EffectStage& stage, int below)
{
    for (int i = 0; i < 400 && (i == 0 || limit(stage) >= below); ++i)
        if (stage.embed(64).answer().status != 200) return false;
    return limit(stage) < below;
}

void sizeMin()
{
    EffectStage stage(Settings{{"batcher.size_initial", "8"}, {"batcher.latency_goal_ms", "0.1"}});
    EFFECT_START(stage);
    QVERIFY(shrinks(stage, 5));
    EFFECT_SET(stage, "batcher.size_min", "5");
    QCOMPARE(stage.embed().answer().status, 200);
    QVERIFY(limit(stage) >= 5);
}

/// A batch runs at the backend, and is held there.
#define EFFECT_HOLD_ONE(stage, name)  \
    (stage).up.hold = true;           \
    RawClient name = (stage).embed(); \
    EFFECT_TRY((stage).up.held() == 1)

void merge()
{
    EffectStage stage;
    EFFECT_START(stage);
    EFFECT_HOLD_ONE(stage, first);
    RawClient before = stage.embed();
    EFFECT_TRY(queued(stage) == 1);
    EFFECT_SET(stage, "batcher.enabled", "false");
    RawClient after = stage.embed();
    EFFECT_TRY(stage.up.held() == 2);
}

void sizeInitial()
{
    EffectStage stage(Settings{{"batcher.adaptive", "false"}});
    EFFECT_START(stage);
    EFFECT_HOLD_ONE(stage, first);
    std::vector<RawClient> clients;
    for (int i = 0; i < 6; ++i) clients.push_back(stage.embed());
    EFFECT_TRY(queued(stage) == 6);
    EFFECT_SET(stage, "batcher.size_initial", "2");
    stage.up.release();
    for (RawClient& client : clients) QCOMPARE(client.answer().status, 200);
    QCOMPARE(stage.up.largest(), 2);
}

void sizeMax()
{
    EffectStage stage;
    EFFECT_START(stage);
    EFFECT_HOLD_ONE(stage, first);
    std::vector<RawClient> clients;
    for (int i = 0; i < 6; ++i) clients.push_back(stage.embed());
    EFFECT_TRY(queued(stage) == 6);
    EFFECT_SET(stage, "batcher.size_max", "3");
    stage.up.release();
    for (RawClient& client : clients) QCOMPARE(client.answer().status, 200);
    QVERIFY(stage.up.largest() <= 3);
}

void timeout()
{
    EffectStage stage(Settings{{"batcher.idle_dispatch", "false"}, {"batcher.timeout_ms", "10000"}});
    EFFECT_START(stage);
    RawClient waits = stage.embed();
    EFFECT_TRY(queued(stage) == 1);
    EFFECT_SET(stage, "batcher.timeout_ms", "1");
    QCOMPARE(waits.answer(5000).status, 200);  // the batch that was forming
}

void adaptive()
{
    EffectStage stage(
        {{"batcher.adaptive", "false"}, {"batcher.size_initial", "50"}, {"batcher.latency_goal_ms", "0.1"}});
    EFFECT_START(stage);
    for (int i = 0; i < 40; ++i) QCOMPARE(stage.embed(64).answer().status, 200);
    QCOMPARE(limit(stage), 50.0);
    EFFECT_SET(stage, "batcher.adaptive", "true");
    QVERIFY(shrinks(stage, 50));
}

void latencyGoal()
{
    EffectStage stage(Settings{{"batcher.size_initial", "50"}, {"batcher.latency_goal_ms", "60000"}});
    EFFECT_START(stage);
    for (int i = 0; i < 40; ++i) QCOMPARE(stage.embed(64).answer().status, 200);
    QVERIFY(limit(stage) >= 50);
    EFFECT_SET(stage, "batcher.latency_goal_ms", "0.1");
    QVERIFY(shrinks(stage, 50));
}

void preserveOrder()
{
    EffectStage stage(
        Settings{{"batcher.in_flight_max", "2"}, {"batcher.size_initial", "1"}, {"batcher.adaptive", "false"}});
    EFFECT_START(stage);
    EFFECT_HOLD_ONE(stage, first);
    stage.up.hold = false;
    RawClient second = stage.embed();
    EFFECT_TRY(stage.up.requests().size() == 2);
    // Its answer is there, and waits for the first.
    EFFECT_TRY(stage.metric("millrace_pool_connections", "state=\"active\"") == 1);
    QVERIFY(!second.waitFor("HTTP/1.1", 0));
    EFFECT_SET(stage, "batcher.preserve_order", "false");
    QCOMPARE(stage.embed().answer(5000).status, 200);
    QCOMPARE(stage.up.held(), 1u);
}

void idleDispatch()
{
    EffectStage stage(Settings{{"batcher.timeout_ms", "10000"}});
    EFFECT_START(stage);
    QCOMPARE(stage.embed().answer(5000).status, 200);
    EFFECT_SET(stage, "batcher.idle_dispatch", "false");
    const auto before = stage.up.requests().size();
    RawClient waits = stage.embed();
    EFFECT_TRY(queued(stage) == 1);
    RawClient waitsToo = stage.embed();
    EFFECT_TRY(queued(stage) == 2);
    QCOMPARE(stage.up.requests().size(), before);
}

void inFlightMax()
{
    EffectStage stage(Settings{{"batcher.size_initial", "1"}, {"batcher.adaptive", "false"}});
    EFFECT_START(stage);
    EFFECT_HOLD_ONE(stage, first);
    RawClient second = stage.embed();
    EFFECT_TRY(queued(stage) == 1);
    EFFECT_SET(stage, "batcher.in_flight_max", "2");
    EFFECT_TRY(stage.up.held() == 2);
}

void queueMax()
{
    EffectStage stage;
    EFFECT_START(stage);
    EFFECT_HOLD_ONE(stage, first);
    RawClient before = stage.embed(), too = stage.embed();
    EFFECT_TRY(queued(stage) == 2);
    EFFECT_SET(stage, "batcher.queue_max", "1");
    QCOMPARE(stage.embed().answer().status, 429);
    stage.up.release();
    QCOMPARE(before.answer().status, 200);
    QCOMPARE(too.answer().status, 200);
}

void completions()
{
    EffectStage stage;
    EFFECT_START(stage);
    stage.up.hold = true;
    RawClient first = stage.complete(), second = stage.complete();
    EFFECT_TRY(stage.up.held() == 2);
    EFFECT_SET(stage, "batcher.completions", "true");
    RawClient third = stage.complete();
    EFFECT_TRY(stage.up.held() == 3);
    RawClient fourth = stage.complete(), fifth = stage.complete();
    EFFECT_TRY(queued(stage) == 2);
    stage.up.release();
    QCOMPARE(fifth.answer().status, 200);
    QCOMPARE(stage.up.largest(), 2);
}

}  // namespace

EffectRows batcherEffects()
{
    return {{"batcher.enabled", EFFECT_NEXT_REQUEST, merge},
            {"batcher.size_initial", EFFECT_NEXT_BATCH, sizeInitial},
            {"batcher.size_min", EFFECT_NEXT_BATCH, sizeMin},
            {"batcher.size_max", EFFECT_NEXT_BATCH, sizeMax},
            {"batcher.timeout_ms", EFFECT_NEXT_BATCH, timeout},
            {"batcher.adaptive", EFFECT_NEXT_BATCH, adaptive},
            {"batcher.latency_goal_ms", EFFECT_NEXT_BATCH, latencyGoal},
            {"batcher.preserve_order", EFFECT_NEXT_BATCH, preserveOrder},
            {"batcher.idle_dispatch", EFFECT_NEXT_BATCH, idleDispatch},
            {"batcher.in_flight_max", EFFECT_NEXT_BATCH, inFlightMax},
            {"batcher.queue_max", EFFECT_NEXT_REQUEST, queueMax},
            {"batcher.completions", EFFECT_NEXT_REQUEST, completions}};
}

}  // namespace millrace::testing
