// SPDX-License-Identifier: GPL-3.0-or-later
#include "effect_stage.h"
#include "support/h2_loopback.h"

namespace millrace::testing {

namespace {

using Fields = H2Loopback::Fields;
constexpr const char* kChat = "/v1/chat/completions";

std::string chatBody(std::size_t bytes)
{
    return R"({"model":"m","messages":[],"user":")" + std::string(bytes, 'u') + "\"}";
}

/// A connection of HTTP/2 that has served a request before anything is changed.
class OpenConnection {
public:
    explicit OpenConnection(const EffectStage& stage)
        : client(io_, static_cast<std::uint16_t>(stage.http().section(u':', -1).toUInt()))
    {
        isOpen = post(chatBody(1)) == 200;
    }

    unsigned post(const std::string& body, const Fields& fields = {})
    {
        return client.answer(io_, client.post(kChat, body, fields)).status();
    }
    /// A gRPC call without metadata that nobody needs; -1: it was not answered.
    int call(const Fields& fields)
    {
        Fields all{{"content-type", "application/grpc"}, {"te", "trailers"}};
        all.insert(all.end(), fields.begin(), fields.end());
        const auto stream = client.post("/inference.GRPCInferenceService/ServerLive", std::string(5, '\0'), all);
        const auto status = client.answer(io_, stream).field("grpc-status");
        return status.empty() ? -1 : std::stoi(status);
    }
    template <typename Done>
    bool until(Done done)
    {
        return client.until(io_, done);
    }
    boost::asio::io_context& io() { return io_; }

private:
    boost::asio::io_context io_{1};

public:
    H2Loopback client;
    bool isOpen = false;
};

#define OPEN_CONNECTION(name, stage)                          \
    QVERIFY2((stage).start(), qPrintable((stage).problem())); \
    OpenConnection name(stage);                               \
    QVERIFY(name.isOpen)

void bodyBytesMax()
{
    EffectStage stage;
    OPEN_CONNECTION(kept, stage);
    EFFECT_SET(stage, "limits.body_bytes_max", "1024");
    QCOMPARE(kept.post(chatBody(2000)), 413u);
    EFFECT_SET(stage, "limits.body_bytes_max", "4096");
    QCOMPARE(kept.post(chatBody(2000)), 200u);
}

/// In both directions, and for calls as for all else.
void headerBytesMax()
{
    EffectStage stage;
    OPEN_CONNECTION(kept, stage);
    const Fields large{{"x-large", std::string(2000, 'x')}};
    QCOMPARE(kept.post(chatBody(1), large), 200u);
    QCOMPARE(kept.call(large), 0);
    EFFECT_SET(stage, "limits.header_bytes_max", "1024");
    QCOMPARE(kept.post(chatBody(1), large), 431u);
    QCOMPARE(kept.call(large), 8);
    EFFECT_SET(stage, "limits.header_bytes_max", "4096");
    QCOMPARE(kept.post(chatBody(1), large), 200u);
    QCOMPARE(kept.call(large), 0);
    const Fields larger{{"x-large", std::string(5000, 'x')}};
    QCOMPARE(kept.post(chatBody(1), larger), 431u);
}

void headerTimeout()
{
    EffectStage stage(Settings{{"limits.header_timeout_ms", "600000"}});
    OPEN_CONNECTION(kept, stage);
    EFFECT_SET(stage, "limits.header_timeout_ms", "100");
    // HEADERS of stream 3 that CONTINUATION would have to follow: ":method: GET".
    QVERIFY(kept.client.socket.send(std::string_view("\0\0\1\1\0\0\0\0\3\x82", 10)));
    QVERIFY(kept.until([&] { return kept.client.socket.ended(); }));
}

void bodyTimeout()
{
    EffectStage stage(Settings{{"limits.body_timeout_ms", "600000"}});
    OPEN_CONNECTION(kept, stage);
    EFFECT_SET(stage, "limits.body_timeout_ms", "100");
    const auto stream = kept.client.post(kChat, "{", {}, false);
    QVERIFY(kept.until([&] { return kept.client.answers[stream].status() == 408; }));
}

void keepaliveTimeout()
{
    EffectStage stage;
    OPEN_CONNECTION(kept, stage);
    EFFECT_SET(stage, "limits.keepalive_timeout_ms", "50");
    QCOMPARE(kept.post(chatBody(1)), 200u);
    QVERIFY(kept.until([&] { return kept.client.leaving; }));
}

void requestTimeout()
{
    EffectStage stage;
    OPEN_CONNECTION(kept, stage);
    stage.up.hold = true;
    const auto before = kept.client.post(kChat, chatBody(1));
    QVERIFY(kept.until([&] { return stage.up.held() == 1; }));
    EFFECT_SET(stage, "limits.request_timeout_ms", "50");
    QCOMPARE(kept.post(chatBody(1)), 504u);
    stage.up.release();
    QCOMPARE(kept.client.answer(kept.io(), before).status(), 200u);
}

void bodiesBytesMax()
{
    EffectStage stage(Settings{{"limits.body_bytes_max", "1048576"}});
    OPEN_CONNECTION(kept, stage);
    stage.up.hold = true;
    kept.client.post(kChat, chatBody(900'000));
    QVERIFY(kept.until([&] { return stage.up.held() == 1; }));
    EFFECT_SET(stage, "limits.bodies_bytes_max", "1048576");
    QCOMPARE(kept.post(chatBody(900'000)), 503u);
}

void hostsAllowed()
{
    EffectStage stage;
    OPEN_CONNECTION(kept, stage);
    const auto status = [&] {
        const auto stream = kept.client.session.request(H2Loopback::head("GET", "/v1/models", {}, "mybox"), true);
        return stream ? kept.client.answer(kept.io(), *stream).status() : 0;
    };
    QVERIFY(status() >= 400);
    EFFECT_SET(stage, "security.hosts_allowed", "mybox");
    QCOMPARE(status(), 200u);
}

}  // namespace

EffectRows http2Effects()
{
    using config::v1::EFFECT_NEXT_REQUEST;
    return {{"limits.body_bytes_max", EFFECT_NEXT_REQUEST, bodyBytesMax},
            {"limits.header_bytes_max", EFFECT_NEXT_REQUEST, headerBytesMax},
            {"limits.header_timeout_ms", EFFECT_NEXT_REQUEST, headerTimeout},
            {"limits.body_timeout_ms", EFFECT_NEXT_REQUEST, bodyTimeout},
            {"limits.keepalive_timeout_ms", EFFECT_NEXT_REQUEST, keepaliveTimeout},
            {"limits.request_timeout_ms", EFFECT_NEXT_REQUEST, requestTimeout},
            {"limits.bodies_bytes_max", EFFECT_NEXT_REQUEST, bodiesBytesMax},
            {"security.hosts_allowed", EFFECT_NEXT_REQUEST, hostsAllowed}};
}

}  // namespace millrace::testing
