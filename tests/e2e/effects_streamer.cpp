// SPDX-License-Identifier: GPL-3.0-or-later
#include "effect_stage.h"

namespace millrace::testing {

namespace {

using namespace config::v1;

constexpr int kBulk = 4 << 20;

/// An answer of `bytes` to a client that takes gzip.
RawClient::Answer packed(EffectStage& stage, int bytes)
{
    stage.up.bodyBytes = bytes;
    RawClient client = stage.client();
    client.ask("POST", "/v1/chat/completions", R"({"model":"m","messages":[]})",
               {{"Content-Type", "application/json"}, {"Accept-Encoding", "gzip"}});
    return client.answer();
}

/// The same for one that takes none of it; it comes slowly.
RawClient unread(EffectStage& stage)
{
    stage.up.bodyBytes = 8 * kBulk;
    stage.up.takesMs = 5;
    RawClient client(stage.http(), 4096);
    client.ask("POST", "/v1/chat/completions", R"({"model":"m","messages":[]})",
               {{"Content-Type", "application/json"}});
    return client;
}

double chunksOf(EffectStage& stage, int bytes)
{
    const double before = stage.metric("millrace_stream_chunks_sent_total");
    stage.up.bodyBytes = bytes;
    if (stage.chat().answer().status != 200) return -1;
    return stage.metric("millrace_stream_chunks_sent_total") - before;
}

void enabled()
{
    EffectStage stage;
    EFFECT_START(stage);
    const auto streamed = stage.chat(R"(,"stream":true)").answer();
    QCOMPARE(streamed.field("transfer-encoding"), QByteArray("chunked"));
    EFFECT_SET(stage, "streamer.enabled", "false");
    const auto buffered = stage.chat(R"(,"stream":true)").answer();
    QCOMPARE(buffered.status, 200);
    QVERIFY(!buffered.field("content-length").isEmpty());
}

void chunkBytes()
{
    EffectStage stage(Settings{{"streamer.chunk_adaptive", "false"}, {"streamer.chunk_bytes", "1048576"}});
    EFFECT_START(stage);
    const double large = chunksOf(stage, kBulk);
    QVERIFY(large > 0);
    EFFECT_SET(stage, "streamer.chunk_bytes", "4096");
    const double small = chunksOf(stage, kBulk);
    QVERIFY2(small > 2 * large && small >= kBulk / 4096, qPrintable(QString::number(small)));
}

void chunkAdaptive()
{
    EffectStage stage(Settings{{"streamer.chunk_adaptive", "false"}, {"streamer.chunk_bytes", "4096"}});
    EFFECT_START(stage);
    const double fixed = chunksOf(stage, kBulk);
    QVERIFY(fixed >= kBulk / 4096);
    EFFECT_SET(stage, "streamer.chunk_adaptive", "true");
    const double grown = chunksOf(stage, kBulk);
    QVERIFY2(grown < fixed, qPrintable(QString::number(grown)));
}

/// With `setting` at `value` answers are not compressed any more.
void stopsCompression(const char* setting, const char* value)
{
    EffectStage stage;
    EFFECT_START(stage);
    QCOMPARE(packed(stage, 100'000).field("content-encoding"), QByteArray("gzip"));
    EFFECT_SET(stage, setting, value);
    QCOMPARE(packed(stage, 100'000).field("content-encoding"), QByteArray());
}

void compression()
{
    stopsCompression("streamer.compression", "false");
}

void compressionBytesMin()
{
    stopsCompression("streamer.compression_bytes_min", "200000");
}

void compressionSavingMin()
{
    stopsCompression("streamer.compression_saving_min", "1");
}

void backpressureBytesMax()
{
    EffectStage stage(Settings{{"streamer.backpressure_bytes_max", "65536"}, {"streamer.window_bytes", "1073741824"}});
    EFFECT_START(stage);
    RawClient client = unread(stage);
    const auto resumes = [&] { return stage.metric("millrace_stream_resumes_total"); };
    double before = -1;
    const auto isStuck = [&] {  // paused, and nothing goes on: what the kernel takes is full
        const double last = std::exchange(before, resumes());
        return stage.metric("millrace_stream_pauses_total", "by=\"limit\"") > 0 && before == last;
    };
    EFFECT_TRY(isStuck());
    EFFECT_SET(stage, "streamer.backpressure_bytes_max", "1073741824");
    EFFECT_TRY(resumes() > before);  // the one that is open
}

void windowBytes()
{
    EffectStage stage(Settings{{"streamer.window_bytes", "1073741824"}});
    EFFECT_START(stage);
    EFFECT_SET(stage, "streamer.window_bytes", "65536");
    RawClient client = unread(stage);
    EFFECT_TRY(stage.metric("millrace_stream_pauses_total", "by=\"client\"") > 0);
    QVERIFY(stage.metric("millrace_stream_buffered_bytes") < 1 << 20);
}

void heartbeat()
{
    EffectStage stage(Settings{{"streamer.heartbeat_ms", "0"}});
    EFFECT_START(stage);
    stage.up.hold = true;
    RawClient before = stage.chat(R"(,"stream":true)");
    EFFECT_TRY(stage.up.held() == 1);
    EFFECT_SET(stage, "streamer.heartbeat_ms", "10");
    RawClient after = stage.chat(R"(,"stream":true)");
    QVERIFY(after.waitFor("\n:"));
    RawClient last = stage.chat(R"(,"stream":true)");
    QVERIFY(last.waitFor("\n:"));
    QVERIFY(!before.waitFor("HTTP/1.1", 0));
}

}  // namespace

EffectRows streamerEffects()
{
    return {{"streamer.enabled", EFFECT_NEXT_REQUEST, enabled},
            {"streamer.chunk_bytes", EFFECT_NEXT_REQUEST, chunkBytes},
            {"streamer.chunk_adaptive", EFFECT_NEXT_REQUEST, chunkAdaptive},
            {"streamer.compression", EFFECT_NEXT_REQUEST, compression},
            {"streamer.compression_bytes_min", EFFECT_NEXT_REQUEST, compressionBytesMin},
            {"streamer.compression_saving_min", EFFECT_NEXT_REQUEST, compressionSavingMin},
            {"streamer.backpressure_bytes_max", EFFECT_LIVE, backpressureBytesMax},
            {"streamer.window_bytes", EFFECT_NEXT_REQUEST, windowBytes},
            {"streamer.heartbeat_ms", EFFECT_NEXT_REQUEST, heartbeat}};
}

}  // namespace millrace::testing
