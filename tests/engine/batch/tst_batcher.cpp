// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/text.h"
#include "batch/batcher.h"
#include "support/fake_backend.h"
#include "support/manual_clock.h"
#include "support/seed.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <cstring>
#include <random>

using namespace millrace;
using namespace millrace::batch;
using namespace millrace::testing;

namespace {

using Reply = StatusOr<std::unique_ptr<inference::ModelInferResponse>>;
using ListReply = StatusOr<ListAnswer>;

/// Leaves by size or time alone: what most claims are about.
Options classic(std::uint32_t sizeInitial = Options().sizeInitial)
{
    Options options;
    options.sizeInitial = sizeInitial;
    options.adaptive = false;
    options.idleDispatch = false;
    return options;
}

/// A request of rows of one INT32 each.
std::unique_ptr<inference::ModelInferRequest> request(std::vector<std::int32_t> values, const std::string& model = "m",
                                                      const std::string& id = "")
{
    auto made = std::make_unique<inference::ModelInferRequest>();
    made->set_model_name(model);
    made->set_id(id);
    auto* input = made->add_inputs();
    input->set_name("x");
    input->set_datatype("INT32");
    input->add_shape(static_cast<std::int64_t>(values.size()));
    made->add_raw_input_contents(std::string(reinterpret_cast<const char*>(values.data()), values.size() * 4));
    return made;
}

std::vector<std::int32_t> valuesOf(const std::string& raw)
{
    std::vector<std::int32_t> values(raw.size() / 4);
    std::memcpy(values.data(), raw.data(), raw.size());
    return values;
}

/// Refuses runs that contain the value.
std::function<Status(const inference::ModelInferRequest&)> poisonedBy(std::int32_t poison)
{
    return [poison](const inference::ModelInferRequest& run) {
        for (const auto value : valuesOf(run.raw_input_contents(0))) {
            if (value == poison) return invalidArgument("row with " + std::to_string(poison));
        }
        return Status();
    };
}

struct Rig {
    explicit Rig(Options options = classic()) : batcher(io.get_executor(), clock, registry, eventLog, options)
    {
        backend->base = 1ms;
    }
    ~Rig()
    {
        // Nothing may be left behind, whatever the test did.
        backend->resume();
        auto drained = start(io, batcher.drain());
        for (int i = 0; i < 1000 && !drained.done(); ++i) clock.advance(100ms);
        if (!drained.done()) qFatal("the batcher did not drain");
    }

    Running<Reply> ask(std::vector<std::int32_t> values, CallContext context = {}, std::uint32_t rowsMax = 0)
    {
        return start(io, batcher.infer(backend, request(std::move(values)), rowsMax, std::move(context)));
    }
    Running<ListReply> askList(const std::string& body, const std::string& target = "/v1/embeddings",
                               pool::HttpFields fields = {}, CallContext context = {})
    {
        pool::HttpRequest request;
        request.target = target;
        request.fields = std::move(fields);
        request.body = body;
        const auto kind = target.starts_with("/v1/embeddings") ? ListKind::Embeddings : ListKind::Completions;
        return start(io, batcher.list(backend, "e", kind, std::move(request), 0, std::move(context)));
    }
    /// Several that arrive at the same moment.
    std::vector<Running<Reply>> askMany(int count, int firstValue = 0)
    {
        std::vector<Running<Reply>> asked;
        for (int i = 0; i < count; ++i) asked.push_back(ask({firstValue + i}));
        return asked;
    }
    std::vector<std::uint32_t> runs() const
    {
        std::vector<std::uint32_t> rows;
        for (const auto& call : backend->callsOf("infer")) rows.push_back(call.rows);
        return rows;
    }
    std::uint64_t left(const char* why) const
    {
        return registry.counterTotal("millrace_batch_batches_total", {{"reason", why}});
    }

    net::io_context io;
    ManualClock clock{io};
    Registry registry;
    EventLog eventLog{clock, 100};
    std::shared_ptr<FakeBackend> backend = std::make_shared<FakeBackend>(clock);
    Batcher batcher;
};

void compareAnswer(Running<Reply>& asked, const std::vector<std::int32_t>& expected)
{
    QVERIFY(asked.done());
    auto reply = asked.take();
    QVERIFY2(reply.ok(), text(reply.status()).c_str());
    QCOMPARE(valuesOf((*reply)->raw_output_contents(0)), expected);
    QCOMPARE((*reply)->outputs(0).shape(0), static_cast<std::int64_t>(expected.size()));
}

void compareStatus(Running<Reply>& asked, absl::StatusCode code)
{
    QVERIFY(asked.done());
    QCOMPARE(asked.take().status().code(), code);
}

using Rows = std::vector<std::uint32_t>;

/// An embeddings server: the embedding of a text is its length. Refuses texts that begin with "bad".
FakeBackend::HttpAnswer embed(const pool::HttpRequest& request)
{
    const auto body = QJsonDocument::fromJson(QByteArray::fromStdString(request.body)).object();
    const auto input = body.value("input");
    const auto inputs = input.isArray() && !input[0].isDouble() ? input.toArray() : QJsonArray{input};
    QJsonArray data;
    FakeBackend::HttpAnswer answer;
    for (const auto& each : inputs) {
        if (each.toString().startsWith("bad")) {
            answer.status = 400;
            answer.body =
                R"({"error":{"message":"a bad text","type":"invalid_request_error","param":"input","code":null}})";
            return answer;
        }
        const auto length = each.isArray() ? each.toArray().size() : each.toString().size();
        data.append(QJsonObject{{"object", "embedding"}, {"index", data.size()}, {"embedding", QJsonArray{length}}});
    }
    const QJsonObject usage{{"prompt_tokens", 2 * inputs.size()}, {"total_tokens", 2 * inputs.size()}};
    const QJsonObject whole{{"object", "list"}, {"model", body.value("model")}, {"data", data}, {"usage", usage}};
    answer.body = QJsonDocument(whole).toJson(QJsonDocument::Compact).toStdString();
    return answer;
}

/// First numbers of the embeddings of an answer.
QList<int> lengths(const std::string& answer)
{
    QList<int> out;
    const auto data = QJsonDocument::fromJson(QByteArray::fromStdString(answer)).object().value("data").toArray();
    for (const auto& each : data) out << each.toObject().value("embedding").toArray().at(0).toInt();
    return out;
}

}  // namespace

class TestBatcher : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // ---- the twelve of the specification ----

    void accumulation()
    {
        Rig rig;
        auto asked = rig.askMany(10);
        QCOMPARE(rig.runs(), Rows{});
        QCOMPARE(rig.batcher.lanes().at(0).waiting, 10U);
        rig.clock.advance(50ms);
        QCOMPARE(rig.runs(), Rows{10});
        rig.clock.advance(1ms);
        for (int i = 0; i < 10; ++i) compareAnswer(asked[static_cast<std::size_t>(i)], {i});
    }

    void timeoutDispatch()
    {
        Rig rig;
        auto asked = rig.ask({1});
        rig.clock.advance(20ms);
        auto later = rig.ask({2});
        rig.clock.advance(30ms - 1ns);
        QCOMPARE(rig.runs(), Rows{});
        rig.clock.advance(1ns);
        QCOMPARE(rig.runs(), Rows{2});  // to the nanosecond; ±10 ms were asked for
        QCOMPARE(rig.left("timeout"), 1U);
        rig.clock.advance(1ms);
        QCOMPARE(rig.batcher.recent().newest().why, DispatchReason::Timeout);
        compareAnswer(later, {2});
    }

    void sizeDispatch()
    {
        Rig rig;
        auto asked = rig.askMany(99);
        QCOMPARE(rig.runs(), Rows{});
        auto last = rig.ask({99});
        QCOMPARE(rig.runs(), Rows{100});
        QCOMPARE(rig.left("full"), 1U);
        rig.clock.advance(1ms);
        compareAnswer(last, {99});
    }

    void orderPreservation()
    {
        // Two batches at once, of which the second is done first.
        for (const bool keep : {true, false}) {
            Options options = classic(2);
            options.inFlightMax = 2;
            options.preserveOrder = keep;
            Rig rig(options);
            rig.backend->base = 10ms;
            auto first = rig.ask({1});
            auto second = rig.ask({2});
            rig.backend->base = 1ms;
            auto third = rig.ask({3});
            auto fourth = rig.ask({4});
            rig.clock.advance(5ms);
            QCOMPARE(rig.runs(), (Rows{2, 2}));
            QCOMPARE(third.done(), !keep);
            QCOMPARE(fourth.done(), !keep);
            rig.clock.advance(5ms);
            compareAnswer(first, {1});
            compareAnswer(second, {2});
            compareAnswer(third, {3});
            compareAnswer(fourth, {4});
            QCOMPARE(rig.registry.counterTotal("millrace_batch_reordered_total"), 0U);
        }
    }

    void errorPropagation()
    {
        Rig rig;
        rig.backend->failures.push_back(withUnsent(unavailable("it burned down")));
        auto asked = rig.askMany(3);
        rig.clock.advance(60ms);
        for (auto& each : asked) {
            QVERIFY(each.done());
            const Status status = each.take().status();
            QCOMPARE(status.code(), absl::StatusCode::kUnavailable);
            QCOMPARE(text(status), std::string("it burned down"));
        }
        QCOMPARE(rig.runs(), Rows{3});  // nobody was heard: whom to ask next is for serve to say
        QVERIFY(rig.batcher.recent().newest().failed);
        QCOMPARE(rig.registry.counterTotal("millrace_batch_failed_total"), 1U);
        auto next = rig.ask({4});
        rig.clock.advance(60ms);
        compareAnswer(next, {4});
    }

    void adaptiveSizing()
    {
        Options options;
        options.latencyGoal = 25ms;
        Rig rig(options);
        rig.backend->base = 1ms;
        rig.backend->perRow = 20us;
        // More than fits, always: grows to the largest, since 200 rows take 5 ms, far below the goal.
        const auto press = [&](int rounds) {
            for (int i = 0; i < rounds; ++i) {
                for (int each = 0; each < 20; ++each) static_cast<void>(rig.ask(std::vector<std::int32_t>(10, each)));
                rig.clock.advance(4ms);
            }
            rig.clock.advance(1s);
        };
        press(400);
        const auto grown = rig.batcher.lanes().at(0);
        QCOMPARE(grown.sizeLimit, 200U);
        QVERIFY(std::abs(*grown.costBaseMs - 1) < 0.05);
        QVERIFY(std::abs(*grown.costPerRowMs - 0.02) < 0.001);
        // The same model becomes slow: 200 rows take 101 ms. Cut until the goal is nearly held.
        rig.backend->perRow = 500us;
        for (int i = 0; i < 100; ++i) {
            for (int each = 0; each < 20; ++each) static_cast<void>(rig.ask(std::vector<std::int32_t>(10, each)));
            rig.clock.advance(150ms);
        }
        const auto cut = rig.batcher.lanes().at(0);
        QVERIFY2(cut.sizeLimit < 60, cut.limitWhy.english().c_str());
        QVERIFY2(cut.sizeLimit >= 20, cut.limitWhy.english().c_str());  // two runs of 24 rows take 25 ms
    }

    void metricsAccuracy()
    {
        Rig rig(classic(4));
        auto full = rig.askMany(8);
        rig.clock.advance(10ms);
        auto wide = rig.ask({1, 2, 3});
        rig.clock.advance(60ms);
        QCOMPARE(rig.registry.counterTotal("millrace_batch_batches_total", {{"model", "m"}}), 3U);
        QCOMPARE(rig.left("full"), 2U);
        QCOMPARE(rig.left("timeout"), 1U);
        QCOMPARE(rig.registry.counterTotal("millrace_batch_requests_total", {{"model", "m"}}), 9U);
        QCOMPARE(rig.registry.counterTotal("millrace_batch_rows_total", {{"model", "m"}}), 11U);
        const auto rows = rig.registry.histogramTotal("millrace_batch_rows");
        QCOMPARE(rows.count, 3U);
        QCOMPARE(rows.sum, 11.0);
        QCOMPARE(rig.registry.histogramTotal("millrace_batch_wait_seconds").count, 9U);
        // The second batch of four waited 1 ms for the first; the wide one for the timeout.
        QVERIFY(std::abs(rig.registry.histogramTotal("millrace_batch_wait_seconds").sum - (4 * 0.001 + 0.050)) < 1e-6);
        QVERIFY(std::abs(rig.registry.histogramTotal("millrace_batch_run_seconds").sum - 0.003) < 1e-6);
        QCOMPARE(rig.registry.gaugeTotal("millrace_batch_in_flight"), 0.0);
        QCOMPARE(rig.registry.gaugeTotal("millrace_batch_queue"), 0.0);
        QCOMPARE(rig.registry.gaugeTotal("millrace_batch_size_limit", {{"model", "m"}}), 4.0);
        QCOMPARE(rig.registry.gaugeTotal("millrace_batch_size_max"), 200.0);
        const auto lane = rig.batcher.lanes().at(0);
        QCOMPARE(lane.batches, 3U);
        QCOMPARE(lane.requests, 9U);
        QCOMPARE(lane.rows, 11U);
        QCOMPARE(lane.rowsLargest, 4U);
        QCOMPARE(lane.closed,
                 (std::map<DispatchReason, std::uint64_t>{{DispatchReason::Full, 2}, {DispatchReason::Timeout, 1}}));
        QCOMPARE(lane.signature, std::string("x INT32 []"));
        const auto& record = rig.batcher.recent().newest();
        QCOMPARE(record.requests, 1U);
        QCOMPARE(record.rows, 3U);
        QCOMPARE(record.wait, Duration(50ms));
        QCOMPARE(record.run, Duration(1ms));
        QVERIFY(!record.failed);
        compareAnswer(wide, {1, 2, 3});
    }

    void concurrentBatching()
    {
        Options options = classic(10);
        options.inFlightMax = 3;
        Rig rig(options);
        auto asked = rig.askMany(50);
        QCOMPARE(rig.runs(), (Rows{10, 10, 10}));
        QCOMPARE(rig.batcher.lanes().at(0).inFlight, 3U);
        rig.clock.advance(1ms);
        QCOMPARE(rig.runs(), (Rows{10, 10, 10, 10, 10}));
        rig.clock.advance(1ms);
        for (int i = 0; i < 50; ++i) compareAnswer(asked[static_cast<std::size_t>(i)], {i});
        QCOMPARE(rig.backend->runningMax, 3U);
    }

    void singleRequest()
    {
        // With everything as shipped, one lonely client never waits: not at first, not after a thousand requests.
        Rig rig{Options{}};
        for (int i = 0; i < 1000; ++i) {
            const TimePoint asked = rig.clock.now();
            auto one = rig.ask({i});
            rig.clock.advance(1ms);
            compareAnswer(one, {i});
            QCOMPARE(rig.backend->calls.back().began, asked);
        }
        QCOMPARE(rig.left("idle"), 1000U);
        QCOMPARE(rig.left("timeout"), 0U);
    }

    /// One whose forerunner was alone needs neither a turn of the loop nor a timer.
    void aLoneRequestLeavesWithinTheCall()
    {
        Rig rig{Options{}};
        std::vector<std::size_t> within;  // requests at the backend before the turn that asked has ended
        const auto round = [&](int count) {
            int answered = 0;
            net::post(rig.io, [&] {
                const auto before = rig.backend->calls.size();
                for (int i = 0; i < count; ++i)
                    net::co_spawn(rig.io, rig.batcher.infer(rig.backend, request({i}), 0, {}),
                                  [&answered](std::exception_ptr, Reply reply) { answered += reply.ok() ? 1 : 0; });
                within.push_back(rig.backend->calls.size() - before);
            });
            rig.clock.advance(5ms);
            QCOMPARE(answered, count);
        };
        round(1);
        const auto sleepers = rig.clock.sleepers();
        for (int i = 0; i < 5; ++i) round(1);
        QCOMPARE(within, (std::vector<std::size_t>{0, 1, 1, 1, 1, 1}));
        QCOMPARE(rig.clock.sleepers(), sleepers);
        // Company: the first one of it cannot know.
        within.clear();
        rig.backend->calls.clear();
        for (int i = 0; i < 3; ++i) round(4);
        QCOMPARE(within, (std::vector<std::size_t>{1, 0, 0}));
        QCOMPARE(rig.runs(), (Rows{1, 3, 4, 4}));
    }

    /// The loop is to hear of the backend and of other clients while many get their answers.
    void answersOfALargeBatchAreGivenInTurns()
    {
        Rig rig;
        rig.backend->base = 0ms;
        rig.backend->stalled = true;
        auto asked = rig.askMany(100);
        poll(rig.io);
        QCOMPARE(rig.runs(), (Rows{100}));
        rig.backend->resume();
        std::ptrdiff_t done = 0, most = 0;
        rig.io.restart();
        while (rig.io.poll_one() > 0) {
            const auto now = std::count_if(asked.begin(), asked.end(), [](const auto& one) { return one.done(); });
            most = std::max(most, now - done);
            done = now;
        }
        QCOMPARE(done, std::ptrdiff_t(100));
        QVERIFY2(most <= 32, qPrintable(QString::number(most)));
        for (int i = 0; i < 100; ++i) compareAnswer(asked[static_cast<std::size_t>(i)], {i});
    }

    void batchFull()
    {
        Options options = classic();
        options.queueMax = 5;
        options.sizeInitial = 3;
        Rig rig(options);
        auto running = rig.askMany(3);
        auto held = rig.askMany(5);
        auto refused = rig.ask({9});
        QVERIFY(refused.done());
        const Status status = refused.take().status();
        QCOMPARE(status.code(), absl::StatusCode::kResourceExhausted);
        QVERIFY2(text(status).find("5 requests are queued for model m") == 0, text(status).c_str());
        QVERIFY(retryAfterOf(status).has_value());
        QVERIFY(retryAfterOf(status)->count() > 0);
        rig.clock.advance(1ms);
        auto accepted = rig.ask({10});
        rig.clock.advance(100ms);
        compareAnswer(accepted, {10});
        for (int i = 0; i < 5; ++i) compareAnswer(held[static_cast<std::size_t>(i)], {i});
    }

    void stressRapidRequests()
    {
        Rig rig{Options{}};
        rig.backend->perRow = 10us;
        const auto seed = testSeed();
        std::mt19937 random(seed);
        std::vector<Running<Reply>> asked;
        for (int i = 0; i < 20000; ++i) {
            asked.push_back(rig.ask({i}));
            if (random() % 8 == 0) rig.clock.advance(std::chrono::microseconds(random() % 400));
        }
        rig.clock.advance(1s);
        for (int i = 0; i < 20000; ++i) compareAnswer(asked[static_cast<std::size_t>(i)], {i});
        QCOMPARE(rig.registry.counterTotal("millrace_batch_requests_total"), 20000U);
        QCOMPARE(rig.registry.counterTotal("millrace_batch_rows_total"), 20000U);
        QCOMPARE(rig.registry.counterTotal("millrace_batch_reordered_total"), 0U);
        QVERIFY(rig.registry.counterTotal("millrace_batch_batches_total") < 4000);
    }

    void stressBatchExplosion()
    {
        // All at once, far more than a batch: full batches in order, none larger than the limit.
        Options options;
        options.queueMax = 20000;
        options.adaptive = false;
        Rig rig(options);
        auto asked = rig.askMany(10050);
        rig.clock.advance(1s);
        for (int i = 0; i < 10050; ++i) compareAnswer(asked[static_cast<std::size_t>(i)], {i});
        const auto rows = rig.runs();
        QCOMPARE(rows.size(), 102U);  // the first leaves alone, for the idle backend
        QCOMPARE(std::count(rows.begin(), rows.end(), 100U), 100);
        QVERIFY(std::all_of(rows.begin(), rows.end(), [](auto each) { return each <= 100; }));
        QCOMPARE(rig.registry.gaugeTotal("millrace_batch_queue"), 0.0);
    }

    // ---- beyond ----

    void absorbsWhileTheBackendIsBusy()
    {
        Rig rig{Options{}};
        auto first = rig.ask({0});
        QCOMPARE(rig.runs(), Rows{1});
        auto gathered = rig.askMany(30, 1);
        QCOMPARE(rig.runs(), Rows{1});
        rig.clock.advance(1ms);
        QCOMPARE(rig.runs(), (Rows{1, 30}));
        rig.clock.advance(1ms);
        compareAnswer(gathered[29], {30});
        QVERIFY2(rig.batcher.recent().newest().whyText.english().find("the backend became idle; 30 of 100 rows") == 0,
                 rig.batcher.recent().newest().whyText.english().c_str());
    }

    void isolatesAPoisonedMember()
    {
        Rig rig;
        rig.backend->judge = poisonedBy(5);
        auto asked = rig.askMany(8);
        rig.clock.advance(100ms);
        for (int i = 0; i < 8; ++i) {
            auto& each = asked[static_cast<std::size_t>(i)];
            if (i != 5) {
                compareAnswer(each, {i});
                continue;
            }
            QVERIFY(each.done());
            const Status status = each.take().status();
            QCOMPARE(status.code(), absl::StatusCode::kInvalidArgument);
            QCOMPARE(text(status), std::string("row with 5"));
        }
        QCOMPARE(rig.runs(), (Rows{8, 4, 4, 2, 2, 1, 1}));
        QCOMPARE(rig.registry.counterTotal("millrace_batch_failed_total"), 0U);
        QCOMPARE(rig.batcher.lanes().at(0).note.english(), std::string());  // a member's fault, not the size's
    }

    void learnsWhatTheBackendTakesAtOnce()
    {
        Rig rig;
        rig.backend->judge = [](const inference::ModelInferRequest& run) {
            return run.inputs(0).shape(0) > 4 ? invalidArgument("batch-size must be <= 4") : Status();
        };
        auto asked = rig.askMany(8);
        rig.clock.advance(100ms);
        for (int i = 0; i < 8; ++i) compareAnswer(asked[static_cast<std::size_t>(i)], {i});
        QCOMPARE(rig.runs(), (Rows{8, 4, 4}));
        const auto lane = rig.batcher.lanes().at(0);
        QCOMPARE(lane.sizeLimit, 4U);
        QVERIFY2(lane.note.english().find("at most 4 rows") == 0, lane.note.english().c_str());
        auto more = rig.askMany(8);
        rig.clock.advance(100ms);
        QCOMPARE(rig.runs(), (Rows{8, 4, 4, 4, 4}));
    }

    /// What was learned expires, is tried again by steps, and is forgotten where it does not hold any more.
    void triesAgainWhatTheBackendTakesAtOnce()
    {
        Rig rig;
        std::int64_t takes = 4;
        rig.backend->judge = [&](const inference::ModelInferRequest& run) {
            return run.inputs(0).shape(0) > takes ? invalidArgument("too many") : Status();
        };
        const auto round = [&](int count) {
            const std::size_t before = rig.runs().size();
            auto asked = rig.askMany(count);
            rig.clock.advance(1s);
            for (int i = 0; i < count; ++i) compareAnswer(asked[static_cast<std::size_t>(i)], {i});
            Rows rows = rig.runs();
            rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(before));
            return rows;
        };
        const auto note = [&] { return rig.batcher.lanes().at(0).note; };
        QCOMPARE(round(8), (Rows{8, 4, 4}));
        QVERIFY2(note().english().find("for another 10 min") != std::string::npos, note().english().c_str());
        rig.clock.advance(9min);
        QCOMPARE(round(8), (Rows{4, 4}));
        rig.clock.advance(1min);
        QVERIFY2(note().english().find("probing for more") != std::string::npos, note().english().c_str());
        QCOMPARE(round(8), (Rows{8, 4, 4}));  // as before: it holds twice as long now
        QVERIFY2(note().english().find("for another 20 min") != std::string::npos, note().english().c_str());
        rig.clock.advance(20min);
        takes = 1000;  // mended
        QCOMPARE(round(32), (Rows{8, 16, 8}));
        rig.clock.advance(1min);
        QCOMPARE(round(128), (Rows{32, 64, 32}));
        QCOMPARE(round(200), (Rows{100, 100}));  // as many as the settings allow
        QCOMPARE(note().english(), std::string());
        QCOMPARE(round(200), (Rows{100, 100}));
    }

    void anotherBackendIsAnotherBackend()
    {
        Rig rig;
        const auto refuses = [](const inference::ModelInferRequest& run) {
            return run.inputs(0).shape(0) > 4 ? invalidArgument("too many") : Status();
        };
        const auto learn = [&] {
            rig.backend->judge = refuses;
            auto asked = rig.askMany(8);
            rig.clock.advance(100ms);
            return rig.batcher.lanes().at(0).sizeLimit;
        };
        QCOMPARE(learn(), 4U);
        rig.batcher.forget("other");
        QCOMPARE(rig.batcher.lanes().at(0).sizeLimit, 4U);
        rig.batcher.forget("fake");  // its process was started anew
        QCOMPARE(rig.batcher.lanes().at(0).sizeLimit, 100U);
        QCOMPARE(learn(), 4U);
        rig.backend = std::make_shared<FakeBackend>(rig.clock);  // of the same name, at another address
        auto asked = rig.ask({1});
        QCOMPARE(rig.batcher.lanes().at(0).sizeLimit, 100U);
    }

    /// A backend that breaks off over one member's request may be asked again for the others, as far as retries go.
    void aBrokenConnectionIsNotTheFateOfAll()
    {
        Rig rig;
        rig.backend->judge = [](const inference::ModelInferRequest& run) {
            const auto values = valuesOf(run.raw_input_contents(0));
            return std::find(values.begin(), values.end(), 2) == values.end() ? Status() : unavailable("reset by peer");
        };
        auto warm = rig.askMany(60, 100);  // what the budget is a share of
        rig.clock.advance(100ms);
        auto asked = rig.askMany(4);
        rig.clock.advance(100ms);
        for (const int good : {0, 1, 3}) compareAnswer(asked[static_cast<std::size_t>(good)], {good});
        compareStatus(asked[2], absl::StatusCode::kUnavailable);
        QCOMPARE(rig.batcher.lanes().at(0).note.english(), std::string());  // says nothing about rows
        QCOMPARE(rig.registry.counterTotal("millrace_retries_total"), 4U);
    }

    void aBackendThatIsGoneIsNotAskedForEach()
    {
        Options options = classic();
        options.retryBudgetPercent = 10;
        Rig rig(options);
        rig.backend->judge = [](const inference::ModelInferRequest&) { return unavailable("reset by peer"); };
        auto asked = rig.askMany(100);
        rig.clock.advance(1s);
        for (auto& each : asked) compareStatus(each, absl::StatusCode::kUnavailable);
        QVERIFY2(rig.runs().size() <= 1 + 12, std::to_string(rig.runs().size()).c_str());  // a tenth of 100, and 2
        QVERIFY(rig.batcher.recent().newest().failed);
    }

    void sendsOneByOneWhatDoesNotSplit()
    {
        Rig rig;
        rig.backend->answer = [](const inference::ModelInferRequest& run) {
            auto reply = FakeBackend::echo(run);
            reply->mutable_outputs(0)->set_shape(0, 1);  // the sum, say
            reply->set_raw_output_contents(0, reply->raw_output_contents(0).substr(0, 4));
            return FakeBackend::InferAnswer(std::move(reply));
        };
        auto asked = rig.askMany(3, 7);
        rig.clock.advance(100ms);
        for (int i = 0; i < 3; ++i) compareAnswer(asked[static_cast<std::size_t>(i)], {7 + i});
        QCOMPARE(rig.runs(), (Rows{3, 1, 1, 1}));
        QVERIFY2(
            rig.batcher.lanes().at(0).note.english().find("one by one (output \"x\" has 1 rows") != std::string::npos,
            rig.batcher.lanes().at(0).note.english().c_str());
        auto more = rig.askMany(2);
        rig.clock.advance(100ms);
        QCOMPARE(rig.runs(), (Rows{3, 1, 1, 1, 1, 1}));
        // New settings: worth another try.
        rig.batcher.apply(classic());
        QVERIFY(rig.batcher.lanes().at(0).note.empty());
    }

    void aCancelledMemberLeavesTheQueue()
    {
        Rig rig;
        CancelSource gone;
        CallContext context;
        context.cancel = gone.token();
        auto stays = rig.ask({1});
        auto leaves = rig.ask({2}, context);
        gone.cancel("the client disconnected");
        poll(rig.io);
        compareStatus(leaves, absl::StatusCode::kCancelled);
        rig.clock.advance(51ms);
        compareAnswer(stays, {1});
        QCOMPARE(rig.runs(), Rows{1});
    }

    void aBatchGoesOnWithoutItsCancelledMember()
    {
        Rig rig;
        CancelSource gone;
        CallContext context;
        context.cancel = gone.token();
        rig.backend->base = 10ms;
        auto stays = rig.ask({1});
        auto leaves = rig.ask({2}, context);
        auto after = rig.ask({3});
        rig.clock.advance(55ms);
        gone.cancel("the client disconnected");
        poll(rig.io);
        compareStatus(leaves, absl::StatusCode::kCancelled);
        QVERIFY(!stays.done());
        rig.clock.advance(5ms);
        compareAnswer(stays, {1});
        compareAnswer(after, {3});
        QCOMPARE(rig.backend->calls.at(0).outcome, std::string("OK"));
    }

    void aBatchWithoutMembersIsCancelled()
    {
        Rig rig;
        rig.backend->stalled = true;
        CancelSource gone;
        CallContext context;
        context.cancel = gone.token();
        auto one = rig.ask({1}, context);
        auto two = rig.ask({2}, context);
        rig.clock.advance(50ms);
        QCOMPARE(rig.backend->running, 1U);
        gone.cancel("all left");
        poll(rig.io);
        QCOMPARE(rig.backend->running, 0U);
        QCOMPARE(rig.backend->calls.at(0).outcome, std::string("Cancelled"));
        compareStatus(one, absl::StatusCode::kCancelled);
        QCOMPARE(rig.registry.counterTotal("millrace_batch_failed_total"), 0U);
        QCOMPARE(rig.batcher.lanes().at(0).inFlight, 0U);
    }

    void leavesInTimeForADeadline()
    {
        Rig rig;
        rig.backend->base = 8ms;
        auto teaches = rig.ask({0});
        rig.clock.advance(60ms);
        const TimePoint began = rig.clock.now();
        CallContext hurried;
        hurried.deadline = began + 20ms;
        auto slow = rig.ask({1});
        auto fast = rig.ask({2}, hurried);
        rig.clock.advance(20ms);
        compareAnswer(fast, {2});
        QCOMPARE(rig.left("deadline"), 1U);
        QCOMPARE(rig.backend->calls.back().began, began + 11ms);  // 8 ms for the run and an eighth to spare
        compareAnswer(slow, {1});
    }

    void expiresWhatWaitsPastItsDeadline()
    {
        Rig rig;
        rig.backend->stalled = true;
        Options options = classic(1);
        rig.batcher.apply(options);
        auto stuck = rig.ask({0});
        CallContext context;
        context.deadline = rig.clock.now() + 30ms;
        auto waits = rig.ask({1}, context);
        rig.clock.advance(30ms - 1ns);
        QVERIFY(!waits.done());
        rig.clock.advance(1ns);
        compareStatus(waits, absl::StatusCode::kDeadlineExceeded);
    }

    void expiresARunningMemberWithoutTheOthers()
    {
        Rig rig;
        auto learn = rig.ask({0});
        rig.clock.advance(60ms);
        rig.backend->base = 30ms;
        CallContext context;
        context.deadline = rig.clock.now() + 10ms;
        auto hurried = rig.ask({1}, context);
        auto patient = rig.ask({2});
        rig.clock.advance(10ms);
        compareStatus(hurried, absl::StatusCode::kDeadlineExceeded);
        QVERIFY(!patient.done());
        rig.clock.advance(50ms);
        compareAnswer(patient, {2});
    }

    void higherPriorityLeavesFirst()
    {
        Rig rig(classic(2));
        auto first = rig.askMany(2);
        auto ordinary = rig.askMany(2, 10);
        CallContext context;
        context.priority = 5;
        auto urgent = rig.ask({20}, context);
        rig.clock.advance(1ms);
        QCOMPARE(valuesOf(rig.backend->calls.at(1).request->raw_input_contents(0)),
                 (std::vector<std::int32_t>{20, 10}));
        rig.clock.advance(1ms);
        compareAnswer(urgent, {20});
        compareAnswer(ordinary[0], {10});
    }

    void keepsToTheModelsOwnLimit()
    {
        Rig rig;
        std::vector<Running<Reply>> asked;
        for (int i = 0; i < 10; ++i) asked.push_back(rig.ask({i}, {}, 4));
        rig.clock.advance(100ms);
        QCOMPARE(rig.runs(), (Rows{4, 4, 2}));
        QCOMPARE(rig.batcher.lanes().at(0).limitWhy.english(), std::string("the model accepts at most 4 rows"));
    }

    void aRequestLargerThanTheLimitGoesAlone()
    {
        Rig rig(classic(4));
        auto small = rig.ask({1});
        auto large = rig.ask({1, 2, 3, 4, 5, 6});
        auto next = rig.ask({2});
        rig.clock.advance(100ms);
        compareAnswer(large, {1, 2, 3, 4, 5, 6});
        QCOMPARE(rig.runs(), (Rows{1, 6, 1}));
    }

    void differentSignaturesAreDifferentBatches()
    {
        Rig rig;
        auto one = rig.ask({1});
        auto other = request({2});
        (*other->mutable_parameters())["temperature"].set_int64_param(1);
        auto two = start(rig.io, rig.batcher.infer(rig.backend, std::move(other), 0, {}));
        auto three = start(rig.io, rig.batcher.infer(rig.backend, request({3}, "other"), 0, {}));
        QCOMPARE(rig.batcher.lanes().size(), 3U);
        rig.clock.advance(51ms);
        QCOMPARE(rig.runs(), (Rows{1, 1, 1}));
        compareAnswer(three, {3});
    }

    void sequencesAreNotMerged()
    {
        Rig rig;
        auto made = request({1});
        (*made->mutable_parameters())["sequence_id"].set_int64_param(7);
        CallContext context;
        auto asked = start(rig.io, rig.batcher.infer(rig.backend, std::move(made), 0, context));
        rig.clock.advance(1ms);
        compareAnswer(asked, {1});
        QCOMPARE(context.trace->decisions.at(0).text(), std::string("sent alone: sequence requests are not batched"));
        QCOMPARE(context.trace->batchRows, 0U);
        QCOMPARE(context.trace->spent(Phase::Running), Duration(1ms));
    }

    void switchedOffEveryRequestIsARunOfItsOwn()
    {
        Options options = classic();
        Rig rig(options);
        auto held = rig.askMany(2);
        options.enabled = false;
        rig.batcher.apply(options);
        poll(rig.io);
        QCOMPARE(rig.runs(), Rows{2});  // what waited leaves
        QCOMPARE(rig.left("flush"), 1U);
        auto asked = rig.askMany(3);
        QCOMPARE(rig.runs(), (Rows{2, 1, 1, 1}));
        rig.clock.advance(1ms);
        compareAnswer(asked[2], {2});
    }

    void newSettingsHoldForTheNextBatch()
    {
        Rig rig;
        auto asked = rig.askMany(5);
        Options options = classic(5);
        rig.batcher.apply(options);
        poll(rig.io);
        QCOMPARE(rig.runs(), Rows{5});
        rig.clock.advance(1ms);
        options.sizeInitial = 100;
        options.timeout = 5ms;
        rig.batcher.apply(options);
        auto more = rig.ask({1});
        rig.clock.advance(5ms);
        QCOMPARE(rig.runs(), (Rows{5, 1}));
    }

    void everyMemberGetsItsOwnId()
    {
        Rig rig;
        auto one = start(rig.io, rig.batcher.infer(rig.backend, request({1}, "m", "one"), 0, {}));
        auto two = start(rig.io, rig.batcher.infer(rig.backend, request({2}, "m", "two"), 0, {}));
        rig.clock.advance(51ms);
        QCOMPARE(one.take().value()->id(), std::string("one"));
        QCOMPARE(two.take().value()->id(), std::string("two"));
    }

    void tellsWhereTheTimeWent()
    {
        Rig rig;
        CallContext context;
        auto one = rig.ask({1}, context);
        QCOMPARE(context.trace->phase(), Phase::Batching);
        rig.clock.advance(20ms);
        auto two = rig.ask({2});
        rig.clock.advance(30ms);
        QCOMPARE(context.trace->phase(), Phase::Running);
        rig.clock.advance(1ms);
        QCOMPARE(context.trace->spent(Phase::Batching), Duration(50ms));
        QCOMPARE(context.trace->spent(Phase::Running), Duration(1ms));
        QCOMPARE(context.trace->phase(), Phase::Processing);
        QCOMPARE(context.trace->batchRows, 2U);
        QCOMPARE(context.trace->batch, rig.batcher.recent().newest().id);
        QCOMPARE(context.trace->decisions.at(0).text(),
                 std::string("dispatched in a batch of 2 rows (2 requests): the batch timeout of 50 ms had passed "
                             "(batcher.timeout_ms); its oldest request waited 50 ms"));
    }

    void drainSendsWhatIsHeldAndRefusesTheRest()
    {
        Rig rig;
        auto held = rig.askMany(3);
        auto drained = start(rig.io, rig.batcher.drain());
        QVERIFY(!drained.done());
        QCOMPARE(rig.runs(), Rows{3});
        auto late = rig.ask({9});
        compareStatus(late, absl::StatusCode::kUnavailable);
        rig.clock.advance(1ms);
        QVERIFY(drained.done());
        compareAnswer(held[0], {0});
        QCOMPARE(rig.left("flush"), 1U);
    }

    void oneTimerWhateverTheTraffic()
    {
        Rig rig;
        std::vector<Running<Reply>> asked;
        for (int i = 0; i < 500; ++i) {
            CallContext context;
            context.deadline = rig.clock.now() + 60s - i * 10ms;  // each earlier than all before
            asked.push_back(rig.ask({i}, context));
            rig.clock.advance(1ms);
        }
        QVERIFY2(rig.clock.sleepers() <= 3, std::to_string(rig.clock.sleepers()).c_str());
    }

    void forgetsLanesThatAreLongUnused()
    {
        Rig rig{Options{}};
        rig.backend->base = 0ms;
        for (int i = 0; i < 1500; ++i) {
            auto asked = start(rig.io, rig.batcher.infer(rig.backend, request({i}, "m" + std::to_string(i)), 0, {}));
            QVERIFY(asked.done());
            rig.clock.advance(1ms);
        }
        QCOMPARE(rig.batcher.lanes().size(), Batcher::kLanesMax);
    }

    void anAnswerAtOnceIsFineToo()
    {
        Rig rig{Options{}};
        rig.backend->base = 0ms;
        auto asked = rig.askMany(5000);
        for (int i = 0; i < 5000; ++i) compareAnswer(asked[static_cast<std::size_t>(i)], {i});
    }

    void cutsBatchesByBytes()
    {
        Rig rig;
        std::vector<Running<Reply>> asked;
        const std::vector<std::int32_t> wide(3 << 20, 7);  // 12 MiB
        for (int i = 0; i < 5; ++i) {
            auto made = request(wide);
            made->mutable_inputs(0)->set_shape(0, 1);
            made->mutable_inputs(0)->add_shape(3 << 20);
            asked.push_back(start(rig.io, rig.batcher.infer(rig.backend, std::move(made), 0, {})));
        }
        rig.clock.advance(1s);
        QCOMPARE(rig.runs(), (Rows{2, 2, 1}));
        for (auto& each : asked) QVERIFY(each.take().ok());
    }

    /// What clients write into parameters and names is compared, but neither kept nor shown at length.
    void keepsNoLongTexts()
    {
        Rig rig;
        const auto ask = [&](const std::string& value) {
            auto made = request({1}, std::string(300, 'm'));
            (*made->mutable_parameters())["p"].set_string_param(value);
            made->mutable_inputs(0)->set_name(std::string(2000, 'x') + "\x1b[31m");
            return start(rig.io, rig.batcher.infer(rig.backend, std::move(made), 0, {}));
        };
        const std::string longer(8000, 'p');
        auto one = ask(longer + "a");
        auto two = ask(longer + "a");
        auto other = ask(longer + "b");
        auto huge = ask(std::string(8 << 20, 'p'));
        rig.clock.advance(60ms);
        QCOMPARE(rig.runs(), (Rows{1, 2, 1}));
        for (auto* asked : {&one, &two, &other, &huge}) QVERIFY(asked->take().ok());
        QCOMPARE(rig.batcher.lanes().size(), std::size_t{2});
        for (const auto& lane : rig.batcher.lanes()) {
            QVERIFY(isWashed(lane.signature));
            QVERIFY(isWashed(lane.model, kNameBytesMax));
        }
    }

    /// One text that is too much for the server, which says so as servers do: nobody else notices.
    void oneBadTextIsOnesOwnTrouble_data()
    {
        QTest::addColumn<unsigned>("status");
        // 200: an error in spite of it.
        for (const unsigned status : {200U, 400U, 403U, 413U, 422U, 429U, 500U, 503U, 529U})
            QTest::addRow("%u", status) << status;
    }
    void oneBadTextIsOnesOwnTrouble()
    {
        QFETCH(unsigned, status);
        for (const bool idle : {false, true}) {
            Options options = classic();
            options.idleDispatch = idle;
            options.retryBudgetPercent = 100;
            Rig rig(options);
            rig.backend->onHttp = [&](const pool::HttpRequest& request) {
                auto answer = embed(request);
                if (answer.status == 200) return answer;
                answer.status = status;
                answer.fields = {{"x-trouble", "text"}};
                return answer;
            };
            std::vector<Running<ListReply>> asked;
            for (int i = 0; i < 8; ++i)
                asked.push_back(
                    rig.askList(i == 4 ? R"({"input":"bad"})"
                                       : "{\"input\":\"" + std::string(static_cast<std::size_t>(i + 1), 'x') + "\"}"));
            rig.clock.advance(1s);
            for (int i = 0; i < 8; ++i) {
                const ListAnswer answer = asked[static_cast<std::size_t>(i)].take().value();
                if (i == 4) {
                    QCOMPARE(answer.status, status);
                    QVERIFY(answer.body.find("a bad text") != std::string::npos);
                    QCOMPARE(http::fieldValue(answer.fields, "x-trouble"), std::string_view("text"));
                } else {
                    QCOMPARE(answer.status, 200U);
                    QVERIFY2(lengths(answer.body) == QList<int>{i + 1}, answer.body.c_str());
                    QVERIFY(http::fieldValue(answer.fields, "x-trouble").empty());
                }
            }
            QVERIFY(rig.backend->calls.size() <= 8);  // idle: the first left alone
            QCOMPARE(rig.batcher.lanes().at(0).note.english(), std::string());
        }
    }

    /// One text whose embedding is no JSON: it goes out as it came, the others get theirs, and merging goes on.
    void oneAnswerThatDoesNotSplitIsOnesOwnTrouble()
    {
        Rig rig;
        rig.backend->onHttp = [&](const pool::HttpRequest& request) {
            auto answer = embed(request);
            if (answer.status == 200) return answer;
            answer.status = 200;
            answer.body = R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[nan]}]})";
            return answer;
        };
        std::vector<Running<ListReply>> asked;
        for (int i = 0; i < 8; ++i) asked.push_back(rig.askList(i == 4 ? R"({"input":"bad"})" : R"({"input":"xx"})"));
        rig.clock.advance(1s);
        for (int i = 0; i < 8; ++i) {
            const ListAnswer answer = asked[static_cast<std::size_t>(i)].take().value();
            QCOMPARE(answer.status, 200U);
            if (i == 4)
                QVERIFY(answer.body.find("[nan]") != std::string::npos);
            else
                QCOMPARE(lengths(answer.body), QList<int>{2});
        }
        QCOMPARE(rig.backend->calls.size(), std::size_t{7});
        QCOMPARE(rig.batcher.lanes().at(0).note.english(), std::string());
    }

    void aBusyServerIsNotAskedForEach()
    {
        Options options = classic();
        options.retryBudgetPercent = 10;
        for (const char* after : {"", "7"}) {
            Rig rig(options);
            rig.backend->onHttp = [&](const pool::HttpRequest&) {
                FakeBackend::HttpAnswer answer;
                answer.status = 503;
                if (*after) answer.fields = {{"Retry-After", after}};
                answer.body = "busy";
                return answer;
            };
            std::vector<Running<ListReply>> asked;
            for (int i = 0; i < 100; ++i) asked.push_back(rig.askList(R"({"input":"x"})"));
            rig.clock.advance(1s);
            for (auto& each : asked) {
                const ListAnswer answer = each.take().value();
                QCOMPARE(answer.status, 503U);
                QCOMPARE(answer.body, std::string("busy"));
                QCOMPARE(http::fieldValue(answer.fields, "retry-after"), std::string_view(after));
            }
            QVERIFY(*after ? rig.backend->calls.size() == 1 : rig.backend->calls.size() <= 13);
            QVERIFY(rig.batcher.recent().newest().failed);
        }
    }

    /// The server may have written what it broke off over: completions are not asked for twice.
    void completionsAreNotRepeatedAfterABreak()
    {
        Options options = classic();
        options.completions = true;
        options.retryBudgetPercent = 100;
        Rig rig(options);
        rig.backend->failures.push_back(unavailable("reset by peer"));
        auto one = rig.askList(R"({"prompt":"a"})", "/v1/completions");
        auto two = rig.askList(R"({"prompt":"b"})", "/v1/completions");
        rig.clock.advance(60ms);
        for (auto* asked : {&one, &two}) QCOMPARE(asked->take().status().code(), absl::StatusCode::kUnavailable);
        QCOMPARE(rig.backend->calls.size(), std::size_t{1});
    }

    /// A backend that hangs over one request: those that come after are served beside it.
    void aHangingBatchDoesNotKeepTheOthers()
    {
        Rig rig;
        auto warm = rig.ask({0});  // what a run costs is known
        rig.clock.advance(60ms);
        rig.backend->stalled = true;
        CancelSource gone;
        CallContext context;
        context.cancel = gone.token();
        auto hangs = rig.askMany(2, 1);
        auto leaves = rig.ask({7}, context);
        rig.clock.advance(51ms);
        rig.backend->stalled = false;
        auto next = rig.ask({3});
        rig.clock.advance(1900ms);
        QVERIFY(!next.done());
        rig.clock.advance(200ms);
        compareAnswer(next, {3});
        gone.cancel("left");
        poll(rig.io);
        compareStatus(leaves, absl::StatusCode::kCancelled);
        // So many may hang; then it is the backend that does, and the next ones wait.
        rig.backend->stalled = true;
        std::vector<Running<Reply>> more;
        for (int i = 0; i < 8; ++i) {
            more.push_back(rig.ask({10 + i}));
            rig.clock.advance(5s);
        }
        QCOMPARE(rig.backend->running, 5U);
        rig.backend->resume();
        rig.clock.advance(1s);
        for (int i = 0; i < 2; ++i) compareAnswer(hangs[static_cast<std::size_t>(i)], {1 + i});
        for (int i = 0; i < 8; ++i) compareAnswer(more[static_cast<std::size_t>(i)], {10 + i});
        QCOMPARE(rig.registry.counterTotal("millrace_batch_reordered_total"), 0U);
        QCOMPARE(rig.registry.gaugeTotal("millrace_batch_in_flight"), 0.0);
    }

    /// A member whose client left while its batch is sent in parts is not sent any more, and takes nobody along.
    void hangUpsWhileABatchIsSentInParts()
    {
        Rig rig;
        rig.backend->onHttp = embed;
        std::vector<CancelSource> sources(8);
        std::vector<Running<ListReply>> asked;
        for (int i = 0; i < 8; ++i) {
            CallContext context;
            context.cancel = sources[static_cast<std::size_t>(i)].token();
            asked.push_back(
                rig.askList(i == 6 ? R"({"input":"bad"})" : R"({"input":"xx"})", "/v1/embeddings", {}, context));
        }
        rig.clock.advance(51ms);  // refused as a whole
        for (const std::size_t leaves : {4U, 5U, 7U}) sources[leaves].cancel("left");
        rig.clock.advance(1s);
        for (const std::size_t stays : {0U, 1U, 2U, 3U})
            QCOMPARE(lengths(asked[stays].take().value().body), QList<int>{2});
        for (const std::size_t left : {4U, 5U, 7U})
            QCOMPARE(asked[left].take().status().code(), absl::StatusCode::kCancelled);
        QCOMPARE(asked[6].take().value().status, 400U);
        QCOMPARE(rig.registry.gaugeTotal("millrace_batch_in_flight"), 0.0);
    }

    void mergesEmbeddings()
    {
        Rig rig;
        rig.backend->onHttp = embed;
        const auto ask = [&](const char* body) { return rig.askList(body); };
        auto one = ask(R"({"model":"e","input":"four"})");
        auto two = ask(R"({"model":"e","input":["a","abc"]})");
        auto tokens = ask(R"({"model":"e","input":[[7,8],[9]]})");
        auto other = ask(R"({"model":"e","input":"x","encoding_format":"base64"})");
        rig.clock.advance(51ms);
        QCOMPARE(rig.backend->calls.size(), 3U);
        QCOMPARE(rig.backend->calls.at(0).body, std::string(R"({"model":"e","input":["four","a","abc"]})"));
        QCOMPARE(rig.backend->calls.at(0).model, std::string("/v1/embeddings"));
        QCOMPARE(lengths(one.take().value().body), QList<int>{4});
        const std::string own = two.take().value().body;
        QCOMPARE(lengths(own), (QList<int>{1, 3}));
        QVERIFY(own.find("\"millrace_estimated\":true") != std::string::npos);
        QCOMPARE(lengths(tokens.take().value().body), (QList<int>{2, 1}));
        // Alone it passes as it came and as it was answered: the usage is the server's own.
        QVERIFY(other.take().value().body.find("millrace_estimated") == std::string::npos);
    }

    void mergesCompletionsWhenConfigured()
    {
        Options options = classic();
        QVERIFY(!Rig(options).batcher.mergesCompletions());
        options.completions = true;
        Rig rig(options);
        QVERIFY(rig.batcher.mergesCompletions());
        rig.backend->onHttp = [](const pool::HttpRequest& request) {
            FakeBackend::HttpAnswer answer;
            if (request.target != "/v1/completions") answer.status = 404;
            answer.body = R"({"choices":[{"index":0,"text":"x"},{"index":1,"text":"y"}]})";
            return answer;
        };
        const auto ask = [&](const char* body) { return rig.askList(body, "/v1/completions"); };
        auto one = ask(R"({"model":"m","prompt":"a"})");
        auto two = ask(R"({"model":"m","prompt":"b"})");
        rig.clock.advance(51ms);
        QCOMPARE(rig.backend->calls.size(), 1U);
        QCOMPARE(rig.backend->calls.at(0).body, std::string(R"({"model":"m","prompt":["a","b"]})"));
        QCOMPARE(one.take().value().body, std::string(R"({"choices":[{"text":"x","index":0}]})"));
        QCOMPARE(two.take().value().body, std::string(R"({"choices":[{"text":"y","index":0}]})"));
        QCOMPARE(rig.batcher.lanes().at(0).signature, std::string("completions of text"));
    }

    void isolatesAPoisonedEmbedding()
    {
        Rig rig;
        rig.backend->onHttp = embed;
        std::vector<Running<ListReply>> asked;
        for (const char* text : {"a", "bb", "bad", "dddd"})
            asked.push_back(rig.askList(std::string("{\"input\":\"") + text + "\"}"));
        rig.clock.advance(60ms);
        QCOMPARE(lengths(asked[0].take().value().body), QList<int>{1});
        QCOMPARE(lengths(asked[1].take().value().body), QList<int>{2});
        QCOMPARE(lengths(asked[3].take().value().body), QList<int>{4});
        const ListAnswer refused = asked[2].take().value();
        QCOMPARE(refused.status, 400U);
        QVERIFY(refused.body.find("a bad text") != std::string::npos);
    }

    void aRefusalPassesAsItIs()
    {
        Rig rig;
        const std::string words =
            R"({"error":{"message":"no credit left","type":"insufficient_quota","param":null,"code":"insufficient_quota","n_ctx":512}})";
        rig.backend->onHttp = [&](const pool::HttpRequest&) {
            FakeBackend::HttpAnswer answer;
            answer.status = 429;
            answer.fields = {{"Retry-After", "7"}, {"x-ratelimit-reset-tokens", "17s"}, {"Set-Cookie", "up=1"}};
            answer.body = words;
            return answer;
        };
        auto lone = rig.askList(R"({"input":"a","user":"lone"})");
        auto one = rig.askList(R"({"input":"a"})");
        auto two = rig.askList(R"({"input":"b"})");
        rig.clock.advance(60ms);
        for (auto* asked : {&lone, &one, &two}) {
            QVERIFY(asked->done());
            const ListAnswer answer = asked->take().value();
            QCOMPARE(answer.status, 429U);
            QCOMPARE(answer.body, words);
            QCOMPARE(http::fieldValue(answer.fields, "retry-after"), std::string_view("7"));
            QCOMPARE(http::fieldValue(answer.fields, "x-ratelimit-reset-tokens"), std::string_view("17s"));
            QVERIFY(http::fieldValue(answer.fields, "set-cookie").empty());
        }
        auto malformed = rig.askList("{");
        QCOMPARE(malformed.take().status().code(), absl::StatusCode::kInvalidArgument);
    }

    void carriesWhatTheServerMayLookAt()
    {
        Rig rig;
        rig.backend->onHttp = embed;
        const pool::HttpFields fields = {{"OpenAI-Organization", "org1"},
                                         {"User-Agent", "client"},
                                         {"Content-Type", "application/json; charset=utf-8"},
                                         {"Cookie", "s=1"},
                                         {"Via", "1.1 here"}};
        const std::string target = "/v1/embeddings?api-version=7";
        auto lone = rig.askList(R"({"input":"a","user":"lone"})", target, fields);
        auto one = rig.askList(R"({"input":"a"})", target, fields);
        auto two = rig.askList(R"({"input":"b"})", target, {{"OPENAI-organization", "org1"}, {"Via", "1.1 there"}});
        auto query = rig.askList(R"({"input":"c"})", "/v1/embeddings?api-version=8", fields);
        auto other = rig.askList(R"({"input":"d"})", target, {{"OpenAI-Organization", "org2"}});
        rig.clock.advance(60ms);
        QCOMPARE(rig.backend->calls.size(), 4U);  // one and two together
        const auto value = [&](std::size_t call, const char* name) {
            return std::string(http::fieldValue(rig.backend->calls.at(call).fields, name));
        };
        for (const std::size_t call : {0U, 1U}) {
            QCOMPARE(rig.backend->calls.at(call).model, target);
            QCOMPARE(value(call, "OpenAI-Organization"), std::string("org1"));
            QCOMPARE(value(call, "Cookie"), std::string());
        }
        QCOMPARE(value(0, "User-Agent"), std::string("client"));
        QCOMPARE(value(0, "Content-Type"), std::string("application/json; charset=utf-8"));
        QCOMPARE(value(1, "User-Agent"), std::string());
        QCOMPARE(value(1, "Content-Type"), std::string("application/json"));
        QStringList passed;  // where either has been, so that a loop is found
        for (const auto& field : rig.backend->calls.at(1).fields)
            if (field.name == "Via") passed << QString::fromStdString(std::string(field.value));
        QCOMPARE(passed, (QStringList{"1.1 here", "1.1 there"}));
        QCOMPARE(rig.backend->calls.at(2).model, std::string("/v1/embeddings?api-version=8"));
        QCOMPARE(value(3, "OpenAI-Organization"), std::string("org2"));
        for (auto* asked : {&lone, &one, &two, &query, &other}) QCOMPARE(asked->take().value().status, 200U);
    }

    /// Arrivals, cancellations, deadlines, poison, failures, stalls and new settings in any order: everyone gets one
    /// answer, its own, and a refusal only for a reason of its own.
    void everyoneGetsTheirOwnAnswerWhateverHappens()
    {
        const auto seed = testSeed();
        std::mt19937 random(seed);
        const auto below = [&](std::uint32_t bound) { return static_cast<std::uint32_t>(random() % bound); };
        const auto randomOptions = [&] {
            Options options;
            options.enabled = below(10) != 0;
            options.sizeInitial = 1 + below(30);
            options.sizeMax = options.sizeInitial + below(30);
            options.timeout = std::chrono::milliseconds(below(30));
            options.adaptive = below(2) == 0;
            options.preserveOrder = below(2) == 0;
            options.idleDispatch = below(2) == 0;
            options.inFlightMax = 1 + below(4);
            options.queueMax = 5 + below(100);
            return options;
        };
        struct Asked {
            Running<Reply> reply;
            std::vector<std::int32_t> values;
            CancelSource source;
            bool cancelled = false;
            bool hurried = false;
            bool poisoned = false;
        };
        for (int round = 0; round < 12; ++round) {
            Rig rig(randomOptions());
            rig.backend->perRow = 50us;
            rig.backend->instances = below(3);
            rig.backend->judge = [](const inference::ModelInferRequest& run) {
                for (const auto value : valuesOf(run.raw_input_contents(0))) {
                    if (value < 0) return invalidArgument("poison");
                }
                return Status();
            };
            std::vector<Asked> all;
            bool failures = false;
            std::int32_t value = 0;
            for (int step = 0; step < 400; ++step) {
                switch (below(12)) {
                    case 0: {
                        auto& some =
                            all.empty() ? all.emplace_back() : all[below(static_cast<std::uint32_t>(all.size()))];
                        if (some.values.empty()) {
                            all.pop_back();
                            break;
                        }
                        some.cancelled = some.cancelled || !some.reply.done();
                        some.source.cancel("left");
                        break;
                    }
                    case 1:
                        if (below(6) == 0) {
                            failures = true;
                            rig.backend->failures.push_back(unavailable("out of order"));
                        }
                        break;
                    case 2:
                        rig.backend->stalled = below(3) == 0;
                        break;
                    case 3:
                        rig.backend->resume();
                        break;
                    case 4:
                        if (below(8) == 0) rig.batcher.apply(randomOptions());
                        break;
                    case 5:
                    case 6:
                        rig.clock.advance(std::chrono::microseconds(below(8000)));
                        break;
                    default: {
                        Asked asked;
                        for (std::uint32_t row = 0; row <= below(4); ++row) asked.values.push_back(++value);
                        if (below(25) == 0) {
                            asked.values.back() = -asked.values.back();
                            asked.poisoned = true;
                        }
                        CallContext context;
                        context.cancel = asked.source.token();
                        if (below(4) == 0) {
                            context.deadline = rig.clock.now() + std::chrono::milliseconds(1 + below(40));
                            asked.hurried = true;
                        }
                        if (below(5) == 0) context.priority = static_cast<int>(below(5)) - 2;
                        asked.reply = rig.ask(asked.values, context);
                        all.push_back(std::move(asked));
                    }
                }
                QVERIFY(rig.batcher.lanes().empty() || rig.batcher.lanes()[0].inFlight <= 4);
            }
            rig.backend->resume();
            rig.clock.advance(60s);
            for (auto& asked : all) {
                QVERIFY2(asked.reply.done(), "a request without an answer");
                auto reply = asked.reply.take();
                if (reply.ok()) {
                    QVERIFY(!asked.poisoned);
                    QCOMPARE(valuesOf((*reply)->raw_output_contents(0)), asked.values);
                    continue;
                }
                switch (reply.status().code()) {
                    case absl::StatusCode::kInvalidArgument:
                        QVERIFY(asked.poisoned);
                        break;
                    case absl::StatusCode::kCancelled:
                        QVERIFY(asked.cancelled);
                        break;
                    case absl::StatusCode::kDeadlineExceeded:
                        QVERIFY(asked.hurried);
                        break;
                    case absl::StatusCode::kUnavailable:
                        QVERIFY(failures);
                        break;
                    case absl::StatusCode::kResourceExhausted:
                        break;
                    default:
                        QFAIL(reply.status().ToString().c_str());
                }
            }
            QCOMPARE(rig.registry.counterTotal("millrace_batch_reordered_total"), 0U);
            QCOMPARE(rig.registry.gaugeTotal("millrace_batch_queue"), 0.0);
            QCOMPARE(rig.registry.gaugeTotal("millrace_batch_in_flight"), 0.0);
        }
    }

    void endsItsWaitersWhenItIsDestroyed()
    {
        net::io_context io;
        ManualClock clock{io};
        Registry registry;
        EventLog eventLog{clock, 10};
        auto backend = std::make_shared<FakeBackend>(clock);
        auto batcher = std::make_unique<Batcher>(io.get_executor(), clock, registry, eventLog, classic());
        auto asked = start(io, batcher->infer(backend, request({1}), 0, {}));
        batcher.reset();
        poll(io);
        compareStatus(asked, absl::StatusCode::kUnavailable);
    }
};

QTEST_GUILESS_MAIN(TestBatcher)
#include "tst_batcher.moc"
