// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/gateway.h"
#include "support/fake_backend.h"
#include "support/manual_clock.h"
#include "support/stream_fakes.h"

#include <QtTest>

#include <cstring>
#include <random>

using namespace millrace;
using namespace millrace::serve;
using namespace millrace::testing;

namespace {

using Inferred = StatusOr<std::unique_ptr<inference::ModelInferResponse>>;

std::unique_ptr<inference::ModelInferRequest> tensor(const std::string& model)
{
    auto made = std::make_unique<inference::ModelInferRequest>();
    made->set_model_name(model);
    auto* input = made->add_inputs();
    input->set_name("x");
    input->set_datatype("INT32");
    input->add_shape(1);
    const std::int32_t value = 7;
    made->add_raw_input_contents(std::string(reinterpret_cast<const char*>(&value), sizeof value));
    return made;
}

/// A request as a front has it: the call, and what came of it. finish() is the front's last word.
template <typename Answer>
struct Asked {
    std::shared_ptr<Call> call;
    Running<Answer> answer;

    bool done() const { return answer.done(); }
    Status status()
    {
        if (!held && !answer.done()) return internal("the request is still in flight");
        if (!held) held.emplace(answer.take());
        return held->status();
    }
    void finish()
    {
        const Status last = status();
        call->finish(static_cast<int>(last.ok() ? 200 : toHttp(last)), last, 0);
        call.reset();
    }
    std::optional<Answer> held;
};

struct Rig {
    explicit Rig(Options options = {}, load::Options loading = {})
        : batcher(io.get_executor(), clock, registry, journal, {}),
          loader(io.get_executor(), clock, registry, journal, loading, ""),
          streamer(io.get_executor(), clock, registry, journal, {}),
          gateway(io.get_executor(), clock, registry, journal, batcher, loader, streamer, options)
    {}
    ~Rig()
    {
        onStrand(io, [&] { gateway.cutOff("the test ends"); });
        clock.advance(1s);
        if (gateway.inFlight() > 0) qFatal("calls are left over");
    }

    std::shared_ptr<FakeBackend> backend(const std::string& name, std::vector<std::string> models = {"m"})
    {
        auto made = std::make_shared<FakeBackend>(clock, name);
        for (const auto& model : models) {
            backend::ModelInfo info;
            info.name = model;
            made->models[model] = info;
        }
        made->base = 10ms;
        made->onHttp = [name](const pool::HttpRequest&) {
            return FakeBackend::HttpAnswer{200, R"({"from":")" + name + "\"}", {{"Content-Type", "application/json"}}};
        };
        return made;
    }
    void serve(std::vector<std::shared_ptr<FakeBackend>> backends)
    {
        onStrand(io, [&] { gateway.setBackends({backends.begin(), backends.end()}); });
        clock.advance(250ms);  // they have been listed
    }

    std::shared_ptr<Call> open(const std::string& client = "test · 1", std::optional<Duration> timeout = {})
    {
        std::shared_ptr<Call> call;
        onStrand(io, [&] {
            CallInfo info;
            info.client = client;
            info.route = "POST test";
            info.timeout = timeout;
            call = gateway.open(std::move(info));
        });
        return call;
    }
    Asked<Inferred> infer(const std::string& model = "m", const std::string& client = "test · 1",
                          std::optional<Duration> timeout = {})
    {
        auto call = open(client, timeout);
        auto answer = start(io, gateway.infer(call, tensor(model)));
        return {call, answer, {}};
    }
    Asked<StatusOr<OpenAiAnswer>> chat(const std::string& model = "m", bool stream = false)
    {
        auto call = open();
        OpenAiCall request;
        request.model = model;
        request.request.target = "/v1/chat/completions";
        request.request.body = R"({"model":")" + model + "\"}";
        request.eventStream = stream;
        request.errorEvent = [](const Status& status) { return "data: {\"error\":\"" + text(status) + "\"}\n\n"; };
        auto answer = start(io, gateway.openAi(call, std::move(request)));
        return {call, answer, {}};
    }
    std::uint64_t ended(const char* outcome) const
    {
        return registry.counterTotal("millrace_requests_total", {{"outcome", outcome}});
    }

    Registry registry;  // outlives the frames that go with the io_context
    net::io_context io;
    ManualClock clock{io};
    Journal journal{clock, 1000};
    batch::Batcher batcher;
    load::Loader loader;
    stream::Streamer streamer;
    Gateway gateway;
};

Options limited(std::uint32_t running, std::uint32_t waiting = 100)
{
    Options options;
    options.requestsMax = running;
    options.queueMax = waiting;
    return options;
}

}  // namespace

class TestGateway : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // ---- admission ----

    void aWaiterRunsWhenASlotIsFree()
    {
        Rig rig(limited(1));
        rig.serve({rig.backend("a")});
        auto first = rig.infer();
        auto second = rig.infer();
        rig.clock.advance(10ms);
        QVERIFY(first.status().ok());
        rig.clock.advance(1s);
        QVERIFY(!second.done());
        first.finish();
        rig.clock.advance(10ms);
        QVERIFY2(second.status().ok(), text(second.status()).c_str());
    }

    void cancelledWhileQueuedLeavesAtOnce()
    {
        Rig rig(limited(1));
        rig.serve({rig.backend("a")});
        auto first = rig.infer();
        auto second = rig.infer();
        second.call->cancel("the client left");
        poll(rig.io);
        QCOMPARE(second.status().code(), absl::StatusCode::kCancelled);
        second.finish();
        rig.clock.advance(10ms);
        QVERIFY(first.status().ok());
        first.finish();
        auto third = rig.infer();
        rig.clock.advance(10ms);
        QVERIFY(third.status().ok());
    }

    void theDeadlineCountsInTheQueue()
    {
        Rig rig(limited(1));
        rig.serve({rig.backend("a")});
        auto first = rig.infer();
        rig.clock.advance(10ms);
        auto second = rig.infer("m", "test · 2", 300ms);
        auto third = rig.infer("m", "test · 3", 200ms);
        rig.clock.advance(200ms - 1ns);
        QVERIFY(!third.done());
        rig.clock.advance(1ns);
        QCOMPARE(third.status().code(), absl::StatusCode::kDeadlineExceeded);
        QVERIFY(!second.done());
        rig.clock.advance(102ms);
        QCOMPARE(second.status().code(), absl::StatusCode::kDeadlineExceeded);
    }

    void aGrantThatMeetsACancelLosesNoSlot()
    {
        // The cancel and the grant happen before the waiter goes on: the slot went to somebody who does not run.
        for (const bool cancelFirst : {true, false}) {
            Rig rig(limited(1));
            rig.serve({rig.backend("a")});
            auto first = rig.infer();
            auto second = rig.infer();
            rig.clock.advance(10ms);
            QVERIFY(first.status().ok());
            onStrand(rig.io, [&] {
                if (cancelFirst) second.call->cancel("the client left");
                first.finish();
                if (!cancelFirst) second.call->cancel("the client left");
            });
            QCOMPARE(second.status().code(), absl::StatusCode::kCancelled);
            second.finish();
            auto third = rig.infer();
            rig.clock.advance(10ms);
            QVERIFY2(third.status().ok(), text(third.status()).c_str());
        }
    }

    void aRaisedLimitThatMeetsACancelLosesNoSlot()
    {
        for (const bool cancelFirst : {true, false}) {
            Rig rig(limited(1));
            rig.serve({rig.backend("a")});
            auto first = rig.infer();
            auto second = rig.infer();
            onStrand(rig.io, [&] {
                if (cancelFirst) second.call->cancel("the client left");
                rig.gateway.apply(limited(2));
                if (!cancelFirst) second.call->cancel("the client left");
            });
            QVERIFY(second.done());
            auto third = rig.infer();
            rig.clock.advance(20ms);
            QVERIFY(third.done());
            QVERIFY(third.status().ok());
        }
    }

    void noSlotIsLostWhateverHappens()
    {
        const auto seed = std::random_device{}();
        qInfo("seed %u", seed);
        std::mt19937 random(seed);
        Rig rig(limited(3, 20));
        rig.serve({rig.backend("a")});
        std::vector<Asked<Inferred>> asked;
        for (int step = 0; step < 3000; ++step) {
            switch (random() % 6) {
                case 0:
                case 1:
                    asked.push_back(rig.infer("m", "p" + std::to_string(random() % 4) + " · 1",
                                              random() % 3 ? std::optional<Duration>() : 15ms));
                    break;
                case 2: {
                    // Several things between two turns of the loop.
                    std::vector<std::size_t> gone;
                    for (std::size_t i = 0; i < asked.size(); ++i)
                        if (random() % 4 == 0) gone.push_back(i);
                    onStrand(rig.io, [&] {
                        for (const auto i : gone)
                            if (random() % 2) asked[i].call->cancel("left");
                        rig.gateway.apply(limited(static_cast<std::uint32_t>(1 + random() % 5), 20));
                        for (const auto i : gone) asked[i].call.reset();
                    });
                    std::erase_if(asked, [](const auto& each) { return !each.call; });
                    break;
                }
                case 3:
                    for (auto& each : asked)
                        if (each.done() && random() % 2) {
                            each.finish();
                        }
                    std::erase_if(asked, [](const auto& each) { return !each.call; });
                    break;
                default:
                    rig.clock.advance(std::chrono::milliseconds(random() % 8));
            }
        }
        asked.clear();
        rig.clock.advance(1s);
        QCOMPARE(rig.gateway.inFlight(), 0U);
        onStrand(rig.io, [&] { rig.gateway.apply(limited(1)); });
        auto last = rig.infer();
        rig.clock.advance(10ms);
        QVERIFY2(last.status().ok(), text(last.status()).c_str());
        last.finish();
        const auto outcomes = rig.ended("ok") + rig.ended("failed") + rig.ended("cancelled") + rig.ended("refused");
        QCOMPARE(outcomes, rig.gateway.total());
        QCOMPARE(rig.registry.counterTotal("millrace_requests_offered_total"), rig.gateway.total());
    }

    void programsTakeTurnsNotConnections()
    {
        Rig rig(limited(1));
        rig.serve({rig.backend("a")});
        auto running = rig.infer("m", "busy · 1");
        std::vector<Asked<Inferred>> busy;
        for (int port = 2; port < 10; ++port) busy.push_back(rig.infer("m", "busy · " + std::to_string(port)));
        auto quiet = rig.infer("m", "quiet · 99");
        rig.clock.advance(10ms);
        QVERIFY(running.status().ok());
        running.finish();
        rig.clock.advance(10ms);
        QVERIFY(busy[0].status().ok());
        busy[0].finish();
        rig.clock.advance(10ms);
        QVERIFY(quiet.done());  // second in turn, not tenth
    }

    // ---- the end ----

    void drainRefusesWhatWaitsAndLetsFinishWhatRuns()
    {
        Rig rig(limited(1));
        rig.serve({rig.backend("a")});
        auto first = rig.infer();
        auto second = rig.infer();
        auto drained = start(rig.io, rig.gateway.drain());
        QCOMPARE(second.status().code(), absl::StatusCode::kUnavailable);
        QVERIFY(retryAfterOf(second.status()));
        second.finish();
        auto third = rig.infer();
        QCOMPARE(third.status().code(), absl::StatusCode::kUnavailable);
        third.finish();
        rig.clock.advance(10ms);
        QVERIFY(first.status().ok());
        QVERIFY(!drained.done());
        first.finish();
        poll(rig.io);
        QVERIFY(drained.done());
    }

    void cutOffIsToldToThoseWhoWait()
    {
        Rig rig;
        auto backend = rig.backend("a");
        backend->stalled = true;
        rig.serve({backend});
        backend->resume();
        poll(rig.io);
        rig.clock.advance(6s);
        backend->stalled = true;
        auto tensors = rig.infer();
        auto chat = rig.chat();
        rig.clock.advance(100ms);
        std::uint32_t cut = 0;
        onStrand(rig.io, [&] { cut = rig.gateway.cutOff("the engine is stopping"); });
        QCOMPARE(cut, 2U);
        for (const auto& status : {tensors.status(), chat.status()}) {
            QCOMPARE(status.code(), absl::StatusCode::kUnavailable);
            QVERIFY(text(status).find("the engine is stopping") != std::string::npos);
        }
        backend->resume();
    }
};

QTEST_GUILESS_MAIN(TestGateway)
#include "tst_gateway.moc"
