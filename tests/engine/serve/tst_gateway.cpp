// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/field_policy.h"
#include "serve/gateway.h"
#include "serve/server_timing.h"
#include "support/fake_backend.h"
#include "support/manual_clock.h"
#include "support/seed.h"
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
        : batcher(io.get_executor(), clock, registry, eventLog, {}),
          loader(io.get_executor(), clock, registry, eventLog, loading, ""),
          streamer(io.get_executor(), clock, registry, eventLog, {}),
          gateway(io.get_executor(), clock, registry, eventLog, batcher, loader, streamer, options)
    {}
    ~Rig()
    {
        onStrand(io, [&] { gateway.cutOff("the test ends"); });
        clock.advance(1s);
        if (gateway.inFlight() > 0) qFatal("calls are left over");
    }

    /// "a" alone, which has the model "m".
    std::shared_ptr<FakeBackend> serveOne()
    {
        auto made = backend("a");
        serve({made});
        return made;
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
        set(std::move(backends));
        clock.advance(250ms);  // they have been listed
    }
    void set(std::vector<std::shared_ptr<FakeBackend>> backends, std::shared_ptr<backend::Backend> replaced = {})
    {
        std::vector<Served> served;
        for (auto& each : backends) served.push_back({each, true, replaced});
        onStrand(io, [&] { gateway.setBackends(std::move(served)); });
    }
    std::vector<Event> events(const std::string& kind) const
    {
        std::vector<Event> found;
        for (auto& event : eventLog.after(0, 1000))
            if (event.kind == kind) found.push_back(event);
        return found;
    }
    /// The body of an answer, as its client has it.
    std::string bodyOf(OpenAiAnswer& answer)
    {
        FakeSink sink(clock);
        auto sent = start(io, answer.stream->run(sink));
        clock.advance(1s);
        return sent.done() ? sink.text : "(it does not end)";
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
    /// Keeps the request while it is answered.
    static net::awaitable<StatusOr<OpenAiAnswer>> asked(Gateway& gateway, std::shared_ptr<Call> call,
                                                        OpenAiCall request)
    {
        co_return co_await gateway.openAi(std::move(call), std::move(request));
    }
    Asked<StatusOr<OpenAiAnswer>> chat(const std::string& model = "m", bool stream = false,
                                       pool::HttpFields fields = {})
    {
        auto call = open();
        OpenAiCall request;
        request.model = model;
        request.request.target = "/v1/chat/completions";
        request.request.fields = std::move(fields);
        request.request.body = R"({"model":")" + model + "\"}";
        request.eventStream = stream;
        request.errorEvent = [](const Status& status) { return "data: {\"error\":\"" + text(status) + "\"}\n\n"; };
        auto answer = start(io, asked(gateway, call, std::move(request)));
        return {call, answer, {}};
    }
    Asked<StatusOr<OpenAiAnswer>> embed(const std::string& model = "m")
    {
        auto call = open();
        OpenAiCall request;
        request.model = model;
        request.request.target = "/v1/embeddings";
        request.request.body = R"({"model":"m","input":"a"})";
        request.request.replaySafe = true;
        request.embeddings = true;
        auto answer = start(io, asked(gateway, call, std::move(request)));
        return {call, answer, {}};
    }
    Asked<StatusOr<std::unique_ptr<inference::ModelMetadataResponse>>> metadata(const std::string& model,
                                                                                const std::string& version = {})
    {
        auto call = open();
        auto answer = start(io, gateway.modelMetadata(call, model, version));
        return {call, answer, {}};
    }
    std::uint64_t ended(const char* outcome) const
    {
        return registry.counterTotal("millrace_requests_total", {{"outcome", outcome}});
    }

    Registry registry;  // outlives the frames that go with the io_context
    net::io_context io;
    ManualClock clock{io};
    EventLog eventLog{clock, 1000};
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

/// A gateway with one slot, which `first` has; `second` waits for it.
struct OneSlot : Rig {
    OneSlot() : Rig(limited(1)), first(takesTheSlot()), second(infer()) {}
    Asked<Inferred> takesTheSlot()
    {
        serveOne();
        return infer();
    }
    Asked<Inferred> first, second;
};

/// Between two turns of the loop its client leaves and something else happens.
template <typename Result, typename Happens>
void meets(Rig& rig, Asked<Result>& asked, bool cancelFirst, Happens happens)
{
    onStrand(rig.io, [&] {
        if (cancelFirst) asked.call->cancel("the client disconnected");
        happens();
        if (!cancelFirst) asked.call->cancel("the client disconnected");
    });
}

}  // namespace

class TestGateway : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aClientsPriorityIsThatOfItsWork()
    {
        Rig rig;
        std::shared_ptr<Call> call;
        onStrand(rig.io, [&] {
            CallInfo info;
            info.client = "test · 1";
            info.priority = -4;
            call = rig.gateway.open(std::move(info));
        });
        QCOMPARE(call->context().priority, -4);
        call->finish(200, absl::OkStatus(), 0);
    }

    // ---- admission ----

    void aWaiterRunsWhenASlotIsFree()
    {
        OneSlot rig;
        rig.clock.advance(10ms);
        QVERIFY(rig.first.status().ok());
        rig.clock.advance(1s);
        QVERIFY(!rig.second.done());
        rig.first.finish();
        rig.clock.advance(10ms);
        QVERIFY2(rig.second.status().ok(), text(rig.second.status()).c_str());
    }

    void cancelledWhileQueuedLeavesAtOnce()
    {
        OneSlot rig;
        rig.second.call->cancel("the client disconnected");
        poll(rig.io);
        QCOMPARE(rig.second.status().code(), absl::StatusCode::kCancelled);
        rig.second.finish();
        rig.clock.advance(10ms);
        QVERIFY(rig.first.status().ok());
        rig.first.finish();
        auto third = rig.infer();
        rig.clock.advance(10ms);
        QVERIFY(third.status().ok());
    }

    void theDeadlineCountsInTheQueue()
    {
        Rig rig(limited(1));
        rig.serveOne();
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
            OneSlot rig;
            rig.clock.advance(10ms);
            QVERIFY(rig.first.status().ok());
            meets(rig, rig.second, cancelFirst, [&] { rig.first.finish(); });
            QCOMPARE(rig.second.status().code(), absl::StatusCode::kCancelled);
            rig.second.finish();
            auto third = rig.infer();
            rig.clock.advance(10ms);
            QVERIFY2(third.status().ok(), text(third.status()).c_str());
        }
    }

    void aRaisedLimitThatMeetsACancelLosesNoSlot()
    {
        for (const bool cancelFirst : {true, false}) {
            OneSlot rig;
            meets(rig, rig.second, cancelFirst, [&] { rig.gateway.apply(limited(2)); });
            QVERIFY(rig.second.done());
            auto third = rig.infer();
            rig.clock.advance(20ms);
            QVERIFY(third.done());
            QVERIFY(third.status().ok());
        }
    }

    void noSlotIsLostWhateverHappens()
    {
        const auto seed = testSeed();
        std::mt19937 random(seed);
        Rig rig(limited(3, 20));
        rig.serveOne();
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
        const auto outcomes = rig.ended("ok") + rig.ended("failed") + rig.ended("cancelled") + rig.ended("refused") +
                              rig.ended("rejected");
        QCOMPARE(outcomes, rig.gateway.total());
        QCOMPARE(rig.registry.counterTotal("millrace_requests_offered_total"), rig.gateway.total());
    }

    void programsTakeTurnsNotConnections()
    {
        Rig rig(limited(1));
        rig.serveOne();
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

    // ---- another backend ----

    void aModelThatCannotBeLoadedIsServedByAnother()
    {
        Rig rig;
        auto bad = rig.backend("bad"), good = rig.backend("good");
        for (const auto& each : {bad, good}) each->models["m"].loaded = false;
        bad->loadFailures["m"] = invalidArgument("its weights are not there");
        rig.serve({bad, good});
        auto first = rig.infer();
        rig.clock.advance(50ms);
        QVERIFY2(first.status().ok(), text(first.status()).c_str());
        QCOMPARE(bad->callsOf("load").size(), 1U);
        // From now on the one where it is in memory.
        auto second = rig.chat();
        rig.clock.advance(50ms);
        QVERIFY(second.status().ok());
        QCOMPARE(bad->callsOf("load").size(), 1U);
        QCOMPARE(good->callsOf("http").size(), 1U);
    }

    void aModelThatNobodyCanLoadIsTheServersFault()
    {
        Rig rig;
        auto bad = rig.backend("bad");
        bad->models["m"].loaded = false;
        bad->loadFailures["m"] = invalidArgument("its weights are not there");
        rig.serve({bad});
        for (int i = 0; i < 2; ++i) {  // the second one meets the pause after the first
            auto asked = rig.infer();
            rig.clock.advance(50ms);
            QCOMPARE(toHttp(asked.status()), 503U);
            QVERIFY(retryAfterOf(asked.status()));
            QVERIFY(text(asked.status()).find("its weights") != std::string::npos);
        }
        QVERIFY(!rig.gateway.modelReady("m"));
    }

    void refusalsAreTriedElsewhere_data()
    {
        QTest::addColumn<unsigned>("status");
        for (const unsigned status : {429U, 502U, 503U, 504U, 529U})
            QTest::newRow(std::to_string(status).c_str()) << status;
    }
    void refusalsAreTriedElsewhere()
    {
        QFETCH(unsigned, status);
        Rig rig;
        auto full = rig.backend("full"), idle = rig.backend("idle");
        full->onHttp = [status](const pool::HttpRequest&) {
            return FakeBackend::HttpAnswer{status, R"({"error":{"message":"not now"}})", {{"Retry-After", "20"}}};
        };
        rig.serve({full, idle});
        for (int i = 0; i < 4; ++i) {
            auto chat = rig.chat();
            rig.clock.advance(30ms);
            QVERIFY2(chat.status().ok(), text(chat.status()).c_str());
            QCOMPARE((*chat.held)->status, 200U);
            QCOMPARE(rig.bodyOf(**chat.held), std::string(R"({"from":"idle"})"));
        }
        QCOMPARE(full->callsOf("http").size(), 1U);  // left alone for its Retry-After
        rig.clock.advance(20s);
        auto chat = rig.chat();
        rig.clock.advance(30ms);
        QCOMPARE(full->callsOf("http").size(), 2U);
    }

    /// The Content-Length of a 304 is that of what it does not send.
    void answersWithoutABodyMayNameALength_data()
    {
        QTest::addColumn<unsigned>("status");
        QTest::addColumn<bool>("whole");
        QTest::newRow("204") << 204U << true;
        QTest::newRow("304") << 304U << true;
        QTest::newRow("200") << 200U << false;
    }
    void answersWithoutABodyMayNameALength()
    {
        QFETCH(unsigned, status);
        QFETCH(bool, whole);
        Rig rig;
        auto only = rig.backend("only");
        only->onHttp = [status](const pool::HttpRequest&) {
            return FakeBackend::HttpAnswer{status, "", {{"Content-Length", "5"}}};
        };
        rig.serve({only});
        auto asked = rig.chat();
        rig.clock.advance(30ms);
        Status ended = asked.status();
        if (ended.ok()) {
            QCOMPARE((*asked.held)->status, status);
            FakeSink sink(rig.clock);
            auto sent = start(rig.io, (*asked.held)->stream->run(sink));
            rig.clock.advance(1s);
            ended = sent.take();
        }
        QVERIFY2(ended.ok() == whole, text(ended).c_str());
    }

    void aRefusalOfAMergedRequestIsTriedElsewhere()
    {
        Rig rig;
        auto full = rig.backend("full"), idle = rig.backend("idle");
        full->onHttp = [](const pool::HttpRequest&) { return FakeBackend::HttpAnswer{429, "{}", {}}; };
        idle->onHttp = [](const pool::HttpRequest&) {
            return FakeBackend::HttpAnswer{
                200, R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[1]}]})", {}};
        };
        rig.serve({full, idle});
        auto asked = rig.embed();
        rig.clock.advance(200ms);
        QVERIFY2(asked.status().ok(), text(asked.status()).c_str());
        QCOMPARE((*asked.held)->status, 200U);
        QCOMPARE(full->callsOf("http").size(), 1U);
    }

    void theOnlyBackendsRefusalIsTheAnswer()
    {
        Rig rig;
        auto full = rig.backend("full");
        full->onHttp = [](const pool::HttpRequest&) {
            return FakeBackend::HttpAnswer{429, R"({"error":"full"})", {{"Retry-After", "3"}}};
        };
        rig.serve({full});
        auto chat = rig.chat();
        rig.clock.advance(30ms);
        QVERIFY(chat.status().ok());
        QCOMPARE((*chat.held)->status, 429U);
        QCOMPARE(std::string(pool::fieldValue((*chat.held)->fields, "retry-after")), std::string("3"));
        QCOMPARE(rig.bodyOf(**chat.held), std::string(R"({"error":"full"})"));
    }

    void whatAServerMayHaveIsNotSentToASecondOne()
    {
        Rig rig;
        auto dies = rig.backend("dies"), well = rig.backend("well");
        rig.serve({dies, well});
        dies->failures.push_back(unavailable("it closed the connection"));
        auto chat = rig.chat();
        rig.clock.advance(30ms);
        QCOMPARE(chat.status().code(), absl::StatusCode::kUnavailable);
        QCOMPARE(well->callsOf("http").size(), 0U);
        // Nothing of it was sent: another one may have it.
        rig.clock.advance(6s);
        dies->failures.push_back(withUnsent(unavailable("connection refused")));
        auto unsent = rig.chat();
        rig.clock.advance(30ms);
        QVERIFY(unsent.status().ok());
        QCOMPARE(well->callsOf("http").size(), 1U);
        // Tensors may be worked on twice.
        rig.clock.advance(6s);
        dies->failures.push_back(unavailable("it closed the connection"));
        auto tensors = rig.infer();
        rig.clock.advance(50ms);
        QVERIFY(tensors.status().ok());
        QCOMPARE(well->callsOf("infer").size(), 1U);
    }

    void retriesStayWithinTheBudget()
    {
        Options options;
        options.retryBudgetPercent = 0;
        Rig rig(options);
        auto full = rig.backend("full"), idle = rig.backend("idle");
        full->onHttp = [](const pool::HttpRequest&) { return FakeBackend::HttpAnswer{503, "{}", {}}; };
        rig.serve({full, idle});
        auto first = rig.chat();
        rig.clock.advance(30ms);
        QVERIFY(first.status().ok());
        QCOMPARE((*first.held)->status, 503U);
        QCOMPARE(idle->callsOf("http").size(), 0U);
        auto second = rig.chat();  // no retry, but the other one is preferred now
        rig.clock.advance(30ms);
        QCOMPARE((*second.held.emplace(second.answer.take())).status, 200U);
    }

    void aPlaceWithoutTheRoutesIsPassedOver()
    {
        Rig rig;
        auto tensors = rig.backend("tensors"), both = rig.backend("both");
        tensors->can.openai = false;
        rig.serve({tensors, both});
        auto chat = rig.chat();
        rig.clock.advance(30ms);
        QVERIFY2(chat.status().ok(), text(chat.status()).c_str());
        QCOMPARE(both->callsOf("http").size(), 1U);
    }

    void aRetriedRequestsTimesAddUp()
    {
        Rig rig;
        auto full = rig.backend("full"), idle = rig.backend("idle");
        full->onHttp = [](const pool::HttpRequest&) { return FakeBackend::HttpAnswer{503, "{}", {}}; };
        rig.serve({full, idle});
        auto chat = rig.chat();
        rig.clock.advance(20ms);
        QVERIFY(chat.status().ok());
        chat.finish();
        const auto& record = *rig.gateway.ended().newest();
        QCOMPARE(record.trace.spent(Phase::Running), Duration(20ms));
        QCOMPARE(record.total, Duration(20ms));
    }

    // ---- where the time goes ----

    /// A request that is slow now used to show nothing: a phase was counted when it ended.
    void thePhaseThatGoesOnIsCounted()
    {
        Rig rig(limited(1));
        auto backend = rig.backend("a");
        backend->models["m"].loaded = false;
        backend->base = 2s;
        backend->loadTime = 200ms;
        rig.serve({backend});
        const auto newest = [&rig] { return rig.gateway.openRequests(1).at(0); };
        auto asked = rig.open();
        rig.clock.advance(300ms);
        QCOMPARE(newest().trace.phase(), Phase::Receiving);
        QCOMPARE(newest().trace.spent(Phase::Receiving), Duration(300ms));
        auto answer = start(rig.io, rig.gateway.infer(asked, tensor("m")));
        rig.clock.advance(3ms);
        QCOMPARE(newest().trace.phase(), Phase::Model);
        QCOMPARE(newest().trace.spent(Phase::Model), Duration(3ms));
        auto second = rig.infer();
        rig.clock.advance(1ms);
        QCOMPARE(newest().trace.phase(), Phase::Queued);
        QCOMPARE(newest().trace.spent(Phase::Queued), Duration(1ms));
        second.call->cancel("enough");
        poll(rig.io);
        second.finish();
        rig.clock.advance(1s);
        QCOMPARE(newest().trace.phase(), Phase::Running);
        const auto record = newest();
        QVERIFY(record.trace.spent(Phase::Running) > 500ms);
        Duration sum{};
        for (const Phase phase : {Phase::Receiving, Phase::Processing, Phase::Queued, Phase::Model, Phase::Batching,
                                  Phase::Connecting, Phase::Running, Phase::Streaming, Phase::ClientReads})
            sum += record.trace.spent(phase);
        QCOMPARE(sum, record.total);
        rig.clock.advance(3s);
        QVERIFY(answer.done());
        onStrand(rig.io, [&] { asked->firstByte(); });
        rig.clock.advance(400ms);
        QCOMPARE(newest().trace.phase(), Phase::Streaming);
        QCOMPARE(newest().trace.spent(Phase::Streaming), Duration(400ms));
        onStrand(rig.io, [&] { asked->finish(200, absl::OkStatus(), 1); });
    }

    /// Of loading and running nothing was added by us; of waiting everything was.
    void whatWeAddedIsWhatIsNobodyElses()
    {
        Rig rig(limited(1));
        auto backend = rig.backend("a");
        backend->base = 40ms;
        rig.serve({backend});
        auto first = rig.infer();
        auto second = rig.open();
        rig.clock.advance(100ms);  // a slow upload
        onStrand(rig.io, [&] { second->received(); });
        auto answer = start(rig.io, rig.gateway.infer(second, tensor("m")));
        rig.clock.advance(25ms);  // waits for the slot of the first
        QVERIFY(first.done());
        first.finish();
        rig.clock.advance(40ms);
        QVERIFY(answer.done());
        onStrand(rig.io, [&] { second->firstByte(); });
        std::string timing;
        appendServerTiming(timing, *second->context().trace);
        QCOMPARE(timing, std::string("queue;dur=25, backend;dur=40, millrace;dur=25"));
        onStrand(rig.io, [&] { second->answerComplete(); });
        rig.clock.advance(500ms);  // a slow reader
        QCOMPARE(rig.gateway.openRequests(1).at(0).trace.phase(), Phase::ClientReads);
        onStrand(rig.io, [&] { second->finish(200, absl::OkStatus(), 1); });
        const auto& record = *rig.gateway.ended().newest();
        // The latency used to have the client's sending and reading in it.
        QCOMPARE(record.trace.spent(Phase::ClientReads), Duration(500ms));
        QCOMPARE(record.latency(), Duration(65ms));
        const auto latencies = rig.registry.histogramTotal("millrace_request_duration_seconds");
        QCOMPARE(latencies.sum, 0.125 + 0.065);  // the first one waited for its finish()
        QCOMPARE(record.trace.added(), Duration(25ms));
        QCOMPARE(record.trace.spent(Phase::Running), Duration(40ms));
        QCOMPARE(record.firstByte, std::optional<Duration>(165ms));
        QCOMPARE(record.total, Duration(665ms));
        QCOMPARE(rig.registry.histogramTotal("millrace_added_seconds").count, 2u);
    }

    void serverTimingHasMilliseconds_data()
    {
        QTest::addColumn<qint64>("micros");
        QTest::addColumn<QString>("text");
        QTest::newRow("none") << qint64(0) << "0";
        QTest::newRow("a microsecond") << qint64(1) << "0.001";
        QTest::newRow("no needless zeros") << qint64(1'500) << "1.5";
        QTest::newRow("three digits") << qint64(12'045) << "12.045";
        QTest::newRow("two digits") << qint64(12'340) << "12.34";
        QTest::newRow("minutes") << qint64(600'000'000) << "600000";
    }
    void serverTimingHasMilliseconds()
    {
        QFETCH(qint64, micros);
        QFETCH(QString, text);
        Trace trace;
        const TimePoint begin = TimePoint{} + 1h;
        trace.enter(Phase::Processing, begin);
        trace.enter(Phase::Streaming, begin + std::chrono::microseconds(micros));
        std::string timing = "x: ";
        appendServerTiming(timing, trace);
        QCOMPARE(QString::fromStdString(timing), "x: millrace;dur=" + text);
    }

    void routesHaveTheirClass_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::newRow("ModelInfer") << "tensor";
        QTest::newRow("POST /v2/models/{model}/infer") << "tensor";
        QTest::newRow("POST /v1/embeddings") << "embedding";
        QTest::newRow("POST /v1/chat/completions") << "generation";
        QTest::newRow("POST /v1/messages") << "generation";
        QTest::newRow("Stream.Call POST /v1/completions") << "generation";
        QTest::newRow("POST /v1/messages/count_tokens") << "other";
        QTest::newRow("GET /v2/models/{model}") << "other";
        QTest::newRow("") << "other";
    }
    void routesHaveTheirClass()
    {
        QFETCH(QString, kind);
        QCOMPARE(QString(nameOf(classOf(QTest::currentDataTag()))), kind);
    }

    /// Answers with an error used to be counted into the time to first byte.
    void onlyAnswersThatSucceedHaveTimes()
    {
        Rig rig;
        rig.serveOne();
        const auto end = [&rig](int status, const Status& why) {
            auto chat = rig.chat("m", true);
            rig.clock.advance(10ms);
            QVERIFY(chat.status().ok());
            onStrand(rig.io, [&] {
                chat.call->firstByte();
                chat.call->finish(status, why, 10);
            });
        };
        end(502, unavailable("it broke off"));
        end(429, resourceExhausted("full"));
        QCOMPARE(rig.registry.histogramTotal("millrace_time_to_first_byte_seconds").count, 0u);
        QCOMPARE(rig.registry.histogramTotal("millrace_request_duration_seconds").count, 0u);
        end(200, absl::OkStatus());
        QCOMPARE(rig.registry.histogramTotal("millrace_time_to_first_byte_seconds").count, 1u);
        QCOMPARE(rig.registry.histogramTotal("millrace_request_duration_seconds", {{"class", "other"}}).count, 1u);
        QCOMPARE(rig.gateway.count(Outcome::Ok), 1u);
        QCOMPARE(rig.gateway.count(Outcome::Failed), 1u);
        QCOMPARE(rig.gateway.count(Outcome::Refused), 1u);
    }

    /// A client that asks for what there is not used to look like an engine that fails.
    void anEndHasOneOutcome_data()
    {
        QTest::addColumn<int>("httpStatus");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("outcome");
        const auto row = [](const char* name, int httpStatus, absl::StatusCode code, const char* outcome) {
            QTest::newRow(name) << httpStatus << static_cast<int>(code) << QString(outcome);
        };
        using Code = absl::StatusCode;
        row("served", 200, Code::kOk, "ok");
        row("served, then broken off", 200, Code::kUnavailable, "failed");
        row("no such model", 404, Code::kNotFound, "rejected");
        row("too large", 413, Code::kInvalidArgument, "rejected");
        row("too large for gRPC", 413, Code::kResourceExhausted, "rejected");
        row("not understood", 400, Code::kInvalidArgument, "rejected");
        row("the backend says so, and its answer passes", 422, Code::kOk, "rejected");
        row("no key", 401, Code::kUnauthenticated, "rejected");
        row("not now", 409, Code::kFailedPrecondition, "rejected");
        row("a limit", 429, Code::kResourceExhausted, "refused");
        row("a limit of the backend's", 429, Code::kOk, "refused");
        row("the client disconnected", 499, Code::kCancelled, "cancelled");
        row("cancelled", 200, Code::kCancelled, "cancelled");
        row("our fault", 500, Code::kInternal, "failed");
        row("the backend's fault", 502, Code::kUnavailable, "failed");
        row("too late", 504, Code::kDeadlineExceeded, "failed");
    }
    void anEndHasOneOutcome()
    {
        QFETCH(int, httpStatus);
        QFETCH(int, code);
        QFETCH(QString, outcome);
        const Status status(static_cast<absl::StatusCode>(code), "why");
        QCOMPARE(QString(nameOf(outcomeOf(httpStatus, status))), outcome);
        Registry registry;
        RequestLog log(registry);
        const auto record = std::make_shared<RequestRecord>();
        record->route = "chat";
        log.began(*record);
        log.ended(record, httpStatus, status, 0);
        QCOMPARE(
            registry.counter("millrace_requests_total", "", {{"route", "chat"}, {"outcome", outcome.toStdString()}})
                .value(),
            1u);
        QVERIFY(log.records().newest()->outcome);
        QCOMPARE(QString(nameOf(*log.records().newest()->outcome)), outcome);
    }

    /// What an engine at rest does: the records say the same, and whoever holds one of before may go on reading it.
    void renewedRecordsAreTheSame()
    {
        Registry registry;
        RequestLog log(registry);
        for (int i = 0; i < 250; ++i) {
            const auto record = std::make_shared<RequestRecord>();
            record->id = RequestId{static_cast<std::uint64_t>(i + 1)};
            record->route = "chat";
            record->client = i < 200 ? "one that asks again and again" : "another one";
            record->trace.addDecision("decided " + std::to_string(i));
            log.began(*record);
            log.ended(record, 200, absl::OkStatus(), 7);
        }
        const auto bytes = log.bytes();
        const auto held = log.records().at(3);
        std::vector<std::shared_ptr<const RequestRecord>> replaced;
        std::uint64_t position = 0;
        for (int slices = 1; position < log.records().end(); ++slices) {
            replaced.clear();
            position = log.renew(position, 100, replaced);
            QVERIFY(slices <= 3 && replaced.size() <= 100);
        }
        QCOMPARE(replaced.size(), std::size_t{50});
        QCOMPARE(log.bytes(), bytes);
        QVERIFY(log.records().at(3) != held);
        QCOMPARE(held->trace.decisions.front().text(), std::string("decided 3"));
        for (std::uint64_t i = 0; i < 250; ++i) {
            const auto& record = *log.records().at(i);
            QCOMPARE(record.id, RequestId{i + 1});
            QCOMPARE(record.route.str(), std::string("chat"));
            QCOMPARE(record.client.str(), std::string(i < 200 ? "one that asks again and again" : "another one"));
            QCOMPARE(record.trace.decisions.front().text(), "decided " + std::to_string(i));
            QCOMPARE(record.bytesOut, std::uint64_t{7});
        }
        replaced.clear();
        QCOMPARE(log.renew(position, 100, replaced), position);
        QVERIFY(replaced.empty());
    }

    /// The one who cancels says why; what the front finds afterwards came of that.
    void theFirstReasonOfACancelIsKept()
    {
        Rig rig;
        rig.serveOne();
        auto chat = rig.chat("m", true);
        rig.clock.advance(1ms);
        const auto id = chat.call->context().id;
        onStrand(rig.io, [&] { QVERIFY(rig.gateway.cancel(id, "cancelled by the operator")); });
        poll(rig.io);
        onStrand(rig.io, [&] { chat.call->finish(499, cancelled("the client disconnected"), 0); });
        QCOMPARE(rig.gateway.ended().newest()->reason, std::string("cancelled by the operator"));
        auto left = rig.chat("m", true);
        rig.clock.advance(1ms);
        onStrand(rig.io, [&] { left.call->cancel("the client disconnected"); });
        poll(rig.io);
        onStrand(rig.io, [&] { left.call->finish(499, cancelled("nobody reads it"), 0); });
        QCOMPARE(rig.gateway.ended().newest()->reason, std::string("the client disconnected"));
    }

    /// A batch that goes on for others may still hold the trace of one whose client has left.
    void aRecordStaysAsItIsWhenItsRequestHasEnded()
    {
        Rig rig;
        rig.serveOne();
        auto call = rig.open("somebody");
        const auto trace = call->context().trace;
        rig.clock.advance(5ms);
        onStrand(rig.io, [&] { call->finish(499, cancelled("left"), 0); });
        const RequestRecord before = *rig.gateway.ended().newest();
        rig.clock.advance(1s);
        trace->enter(Phase::Running, rig.clock.now());
        trace->move(Phase::Receiving, Phase::Running, 5ms);
        trace->addDecision("too late");
        const RequestRecord& after = *rig.gateway.ended().newest();
        QCOMPARE(after.trace.phase(), before.trace.phase());
        QCOMPARE(after.trace.spent(Phase::Receiving), Duration(5ms));
        QVERIFY(after.trace.decisions.empty());
        QCOMPARE(after.total, Duration(5ms));
    }

    // ---- what backends have ----

    void aModelIsNotUnknownWhileABackendHasNotListed()
    {
        Rig rig;
        auto known = rig.backend("known", {"other"}), late = rig.backend("late");
        late->up = false;
        rig.serve({known, late});
        auto asked = rig.chat();
        rig.clock.advance(3s);
        QCOMPARE(toHttp(asked.status()), 503U);
        QVERIFY(retryAfterOf(asked.status()));
        QVERIFY(text(asked.status()).find("late is down") != std::string::npos);
        late->up = true;
        rig.clock.advance(250ms);
        auto again = rig.chat();
        rig.clock.advance(30ms);
        QVERIFY(again.status().ok());
        auto missing = rig.infer("nobody-has-it");
        rig.clock.advance(3s);
        QCOMPARE(toHttp(missing.status()), 404U);
        QCOMPARE(fieldOf(missing.status()), std::optional<std::string>("model"));
    }

    void anUnknownModelAsksForANewList()
    {
        Rig rig;
        auto backend = rig.serveOne();
        rig.clock.advance(1s);
        const auto before = backend->callsOf("list").size();
        backend->models["new"].name = "new";
        auto asked = rig.chat("new");
        rig.clock.advance(30ms);
        QVERIFY2(asked.status().ok(), text(asked.status()).c_str());
        QCOMPARE(backend->callsOf("list").size(), before + 1);
    }

    void aFloodOfUnknownNamesCostsOneListingASecond()
    {
        Rig rig;
        auto backend = rig.serveOne();
        rig.clock.advance(4s);
        const auto before = backend->callsOf("list").size();
        std::vector<Asked<Inferred>> asked;
        for (int i = 0; i < 200; ++i) asked.push_back(rig.infer("no-" + std::to_string(i)));
        rig.clock.advance(3s);
        for (auto& each : asked) QCOMPARE(toHttp(each.status()), 404U);
        QVERIFY(backend->callsOf("list").size() <= before + 4);
    }

    /// A server that closes idle connections within 5 s (uvicorn, Node) was dialled for each listing, 12 times a
    /// minute.
    void aListingThatCostsAConnectionIsRare()
    {
        struct Closing final : FakeBackend {
            using FakeBackend::FakeBackend;
            const TimePoint dialledAt = TimePoint{} + 1h;
            bool closes = true;
            net::awaitable<StatusOr<std::vector<backend::ModelInfo>>> listModels(CallContext context) override
            {
                context.trace->connectionReused = !closes;
                if (closes) {
                    context.trace->enter(Phase::Connecting, dialledAt);
                    context.trace->enter(Phase::Running, dialledAt + 1ms);
                }
                co_return co_await FakeBackend::listModels(context);
            }
        };
        Rig rig;
        auto backend = std::make_shared<Closing>(rig.clock, "a");
        backend->models["m"].name = "m";
        rig.serve({backend});
        const auto lists = [&] { return backend->callsOf("list").size(); };
        rig.clock.advance(1min);
        const auto before = lists();
        rig.clock.advance(5min);
        QVERIFY2(lists() - before <= 10, std::to_string(lists() - before).c_str());
        // Whoever wants a model that is new does not wait for that.
        backend->models["new"].name = "new";
        auto asked = rig.infer("new");
        rig.clock.advance(30ms);
        QVERIFY(!asked.done() || asked.status().ok());
        rig.clock.advance(1s);
        QVERIFY2(asked.status().ok(), text(asked.status()).c_str());
        // In use, a connection is there anyway.
        backend->closes = false;
        rig.clock.advance(31s);
        const auto used = lists();
        rig.clock.advance(1min);
        QVERIFY2(lists() - used >= 11, std::to_string(lists() - used).c_str());
    }

    void anUnreadableListIsSaidOnce()
    {
        struct Odd final : FakeBackend {
            using FakeBackend::FakeBackend;
            net::awaitable<StatusOr<std::vector<backend::ModelInfo>>> listModels(CallContext context) override
            {
                if (!list.ok()) co_return list;
                co_return co_await FakeBackend::listModels(std::move(context));
            }
            Status list = failedPrecondition("GET /v1/models: the list of models is not JSON: oops");
        };
        Rig rig;
        auto odd = std::make_shared<Odd>(rig.clock, "odd");
        rig.serve({odd});
        rig.clock.advance(30s);
        QCOMPARE(rig.events("listing_unreadable").size(), 1U);
        QVERIFY(rig.gateway.listingProblem(*odd).english().find("oops") != std::string::npos);
        auto asked = rig.chat();
        rig.clock.advance(3s);
        QCOMPARE(toHttp(asked.status()), 503U);
        QVERIFY(text(asked.status()).find("oops") != std::string::npos);
        odd->list = absl::OkStatus();
        rig.clock.advance(6s);
        QCOMPARE(rig.events("listing_empty").size(), 1U);
        odd->models["m"].name = "m";
        odd->onHttp = [](const pool::HttpRequest&) { return FakeBackend::HttpAnswer{}; };
        rig.clock.advance(6s);
        QVERIFY(rig.gateway.listingProblem(*odd).empty());
        auto served = rig.chat();
        rig.clock.advance(30ms);
        QVERIFY(served.status().ok());
    }

    void aBackendIsReplacedWithoutAGap()
    {
        Rig rig;
        std::vector<std::string> retired;
        rig.gateway.onRetired([&](std::shared_ptr<backend::Backend> gone) { retired.push_back(gone->name()); });
        auto before = rig.backend("same"), after = rig.backend("same");
        after->onHttp = [](const pool::HttpRequest&) { return FakeBackend::HttpAnswer{200, "after", {}}; };
        rig.serve({before});
        after->up = false;
        before->base = 500ms;
        auto inFlight = rig.chat();
        rig.set({after}, before);
        for (int i = 0; i < 5; ++i) {
            rig.clock.advance(1s);
            auto asked = rig.chat();
            rig.clock.advance(600ms);
            QVERIFY2(asked.status().ok(), text(asked.status()).c_str());
        }
        QVERIFY(inFlight.status().ok());
        QVERIFY(retired.empty());
        after->up = true;
        rig.clock.advance(250ms);
        QCOMPARE(retired.size(), std::size_t{1});
        auto asked = rig.chat();
        rig.clock.advance(600ms);
        QVERIFY(asked.status().ok());
        QCOMPARE(rig.bodyOf(**asked.held), std::string("after"));
        QCOMPARE(after->callsOf("http").size(), 1U);
    }

    void aReplacementThatNeverListsServesAfterABoundedTime()
    {
        Rig rig;
        int retired = 0;
        rig.gateway.onRetired([&](std::shared_ptr<backend::Backend>) { ++retired; });
        auto before = rig.backend("before"), after = rig.backend("after"), third = rig.backend("third");
        rig.serve({before});
        after->up = false;
        rig.set({after}, before);
        rig.clock.advance(10s);
        third->up = false;
        rig.set({third}, after);  // changed again before it served
        QCOMPARE(retired, 1);
        auto asked = rig.chat();
        rig.clock.advance(30ms);
        QVERIFY(asked.status().ok());
        rig.set({before}, third);  // and taken back
        QCOMPARE(retired, 2);
        rig.clock.advance(BackendCatalogue::kReplaceMax + 1s);
        auto again = rig.chat();
        rig.clock.advance(30ms);
        QVERIFY(again.status().ok());
        rig.set({after}, before);
        rig.clock.advance(BackendCatalogue::kReplaceMax + 1s);
        QCOMPARE(retired, 3);
        QCOMPARE(rig.events("backend_replaced").size(), 1U);
        auto none = rig.chat();
        rig.clock.advance(3s);
        QCOMPARE(toHttp(none.status()), 503U);
    }

    // ---- looking ----

    void lookingAtAModelLoadsNothing()
    {
        Rig rig;
        auto backend = rig.backend("a");
        auto& model = backend->models["m"];
        model.loaded = false;
        model.version = "1";
        auto signature = std::make_shared<backend::ModelSignature>();
        signature->inputs.push_back({"x", "FP32", {-1, 4}});
        model.signature = signature;
        backend::ModelInfo plain;
        plain.name = "plain";
        plain.loaded = false;
        backend->models["plain"] = plain;
        rig.serve({backend});
        auto known = rig.metadata("m");
        QVERIFY(known.status().ok());
        QCOMPARE((**known.held)->inputs(0).name(), std::string("x"));
        auto asked = rig.metadata("plain");
        QVERIFY(asked.status().ok());
        QCOMPARE(backend->callsOf("load").size(), 0U);
        QCOMPARE(backend->callsOf("metadata").size(), 1U);
        QVERIFY(rig.gateway.modelReady("m"));  // it is loaded when it is asked for
        for (const auto& each : rig.loader.models()) QCOMPARE(each.requests, 0U);
        backend->up = false;
        QVERIFY(!rig.gateway.modelReady("m"));
    }

    void aVersionThatDoesNotExistIsNotFoundAnywhere()
    {
        Rig rig;
        auto backend = rig.backend("a");
        backend->models["m"].version = "1";
        rig.serve({backend});
        QCOMPARE(toHttp(rig.metadata("m", "99").status()), 404U);
        QVERIFY(rig.metadata("m", "1").status().ok());
        QCOMPARE(toHttp(rig.gateway.known("m", "99")), 404U);
        QVERIFY(rig.gateway.known("m", "").ok());
        auto call = rig.open();
        auto request = tensor("m");
        request->set_model_version("99");
        auto asked = start(rig.io, rig.gateway.infer(call, std::move(request)));
        QCOMPARE(toHttp(asked.take().status()), 404U);
    }

    // ---- fields, names, records ----

    void fieldsForThisHopEndHereAndLoopsAreFound()
    {
        Options options;
        options.viaName = "millrace-test";
        Rig rig(options);
        auto backend = rig.backend("a");
        pool::HttpFields seen;
        backend->onHttp = [&](const pool::HttpRequest& request) {
            seen = request.fields;
            return FakeBackend::HttpAnswer{200, "{}", {{"Set-Cookie", "up=1"}, {"X-Ratelimit-Remaining", "7"}}};
        };
        rig.serve({backend});
        auto chat = rig.chat("m", false,
                             {{"Cookie", "s=1"},
                              {"Authorization", "Bearer k"},
                              {"Origin", "http://x"},
                              {"OpenAI-Organization", "o"},
                              {"Via", "1.1 proxy"}});
        rig.clock.advance(30ms);
        QVERIFY(chat.status().ok());
        for (const char* gone : {"cookie", "authorization", "origin"}) QVERIFY(pool::fieldValue(seen, gone).empty());
        QCOMPARE(std::string(pool::fieldValue(seen, "openai-organization")), std::string("o"));
        QVERIFY(http::passedBefore(seen, "millrace-test"));
        QVERIFY(http::passedBefore(seen, "proxy"));
        QVERIFY(pool::fieldValue((*chat.held)->fields, "set-cookie").empty());
        QCOMPARE(std::string(pool::fieldValue((*chat.held)->fields, "x-ratelimit-remaining")), std::string("7"));
        auto loop = rig.chat("m", false, seen);
        QCOMPARE(toHttp(loop.status()), 508U);
        QCOMPARE(backend->callsOf("http").size(), 1U);
    }

    void namesAreBoundedAndRecordsToo()
    {
        Rig rig;
        rig.serveOne();
        for (const std::string& name : {std::string(300, 'x'), std::string("\xff\xfe"), std::string("a\x1b[2J")}) {
            for (auto* status : {new Status(rig.infer(name).status()), new Status(rig.chat(name).status())}) {
                QCOMPARE(toHttp(*status), 400U);
                QCOMPARE(fieldOf(*status), std::optional<std::string>("model"));
                QVERIFY(text(*status).size() < 600);
                delete status;
            }
        }
        for (int i = 0; i < 3000; ++i) {
            auto call = rig.open("client" + std::string(100000, 'c'));
            call->setModel(std::string(100000, 'm'));
            for (int j = 0; j < 40; ++j) call->context().trace->addDecision(std::string(100000, 's'));
            call->finish(500, internal(std::string(100000, 'e')), 0);
        }
        QVERIFY(rig.gateway.ended().size() <= RequestLog::kRecordsMax);
        std::size_t bytes = 0;
        for (const auto& record : rig.gateway.ended().values()) {
            bytes += record->client.size() + record->model.size() + record->reason.size();
            for (const Decision& decision : record->trace.decisions) bytes += decision.text().size();
        }
        QVERIFY(bytes <= RequestLog::kBytesMax);
        QVERIFY(rig.gateway.ended().size() > 100);
    }

    // ---- the end ----

    void drainRefusesWhatWaitsAndLetsFinishWhatRuns()
    {
        OneSlot rig;
        auto drained = start(rig.io, rig.gateway.drain());
        QCOMPARE(rig.second.status().code(), absl::StatusCode::kUnavailable);
        QVERIFY(retryAfterOf(rig.second.status()));
        rig.second.finish();
        auto third = rig.infer();
        QCOMPARE(third.status().code(), absl::StatusCode::kUnavailable);
        third.finish();
        rig.clock.advance(10ms);
        QVERIFY(rig.first.status().ok());
        QVERIFY(!drained.done());
        rig.first.finish();
        poll(rig.io);
        QVERIFY(drained.done());
    }

    void waitersAreNotifiedOfTheCutOff()
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

    void aStreamThatIsCutOffEndsWithAnErrorInItsDialect()
    {
        // A server that has sent one event and goes on thinking.
        struct Thinking final : FakeBackend {
            using FakeBackend::FakeBackend;
            net::awaitable<StatusOr<pool::HttpResponse>> http(pool::HttpRequest&& request,
                                                              const CallContext& context) override
            {
                silence = request.silenceMax;
                onEnd = context.cancel.onCancel([this, token = context.cancel] { upstream.fail(token.status()); });
                pool::HttpResponse response;
                response.status = 200;
                response.fields = {{"Content-Type", "text/event-stream"}};
                response.body = upstream.body();
                co_return response;
            }
            FakeUpstream upstream;
            CancelToken::Registration onEnd;
            std::optional<Duration> silence;
        };
        Options options;
        options.requestTimeout = 7s;
        Rig rig(options);
        auto backend = std::make_shared<Thinking>(rig.clock, "a");
        backend->models["m"].name = "m";
        rig.serve({backend});
        auto chat = rig.chat("m", true);
        backend->upstream.push("data: {\"n\":1}\n\n");
        rig.clock.advance(1s);
        QVERIFY2(chat.status().ok(), text(chat.status()).c_str());
        QCOMPARE(backend->silence, std::optional<Duration>(7s));
        FakeSink sink(rig.clock);
        auto sent = start(rig.io, (*chat.held)->stream->run(sink));
        rig.clock.advance(1s);
        QVERIFY(!sent.done());
        onStrand(rig.io, [&] { rig.gateway.cutOff("the engine is stopping"); });
        rig.clock.advance(1s);
        QVERIFY(sent.done());
        QVERIFY2(sink.text.find("\"error\":\"the engine is stopping\"") != std::string::npos, sink.text.c_str());
        chat.finish();
    }

    void aClientThatLeftHearsNothing()
    {
        Rig rig;
        auto backend = rig.serveOne();
        auto asked = rig.chat();
        asked.call->cancel("the client disconnected");
        onStrand(rig.io, [&] { rig.gateway.cutOff("the engine is stopping"); });
        QCOMPARE(asked.status().code(), absl::StatusCode::kCancelled);
        asked.finish();
        QCOMPARE(rig.ended("cancelled"), 1U);
        QCOMPARE(backend->callsOf("http").at(0).outcome, std::string("Cancelled"));
    }
};

QTEST_GUILESS_MAIN(TestGateway)
#include "tst_gateway.moc"
