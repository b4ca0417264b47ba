// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/bottleneck.h"

#include <QtTest>

#include <memory>
#include <optional>
#include <vector>

using namespace millrace;
using namespace millrace::serve;
using Stage = Bottleneck::Stage;

namespace {

constexpr TimePoint kNow{1h};

struct Lap {
    Phase phase;
    Duration span;
};

struct Past {
    std::vector<Lap> laps;
    Outcome outcome = Outcome::Ok;
    Duration endedBefore = 1s;
    unsigned times = 1;
};

void put(RequestRecords& records, const Past& past)
{
    for (unsigned i = 0; i < past.times; ++i) {
        auto record = std::make_shared<RequestRecord>();
        for (const Lap& lap : past.laps) record->total += lap.span;
        TimePoint at = record->arrived = kNow - past.endedBefore - record->total;
        for (const Lap& lap : past.laps) {
            record->trace.enter(lap.phase, at);
            at += lap.span;
        }
        record->trace.close(at);
        record->outcome = past.outcome;
        records.push(std::move(record));
    }
}

}  // namespace

Q_DECLARE_METATYPE(std::vector<Past>)

class TestBottleneck : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void isWhereTimeIsSpent_data()
    {
        QTest::addColumn<std::vector<Past>>("past");
        QTest::addColumn<int>("stage");  // -1: none
        QTest::addColumn<double>("share");
        QTest::addColumn<quint64>("requests");
        const auto row = [](const char* name, std::vector<Past> past, std::optional<Stage> stage = {}, double share = 0,
                            quint64 requests = 0) {
            QTest::newRow(name) << std::move(past) << (stage ? static_cast<int>(*stage) : -1) << share << requests;
        };
        row("nothing happened", {});
        row("a request that took no time", {{}});
        row("only the engine's own work",
            {{{{Phase::Receiving, 5ms}, {Phase::Processing, 1ms}, {Phase::Queued, 2ms}}}});
        row("waiting for connections", {{{{Phase::Connecting, 3ms}, {Phase::Running, 1ms}}}}, Stage::Connections, 0.75,
            1);
        row("waiting in batches", {{{{Phase::Batching, 3ms}, {Phase::Running, 1ms}}}}, Stage::Batches, 0.75, 1);
        row("waiting for models", {{{{Phase::Model, 3ms}, {Phase::Running, 1ms}}}}, Stage::Models, 0.75, 1);
        row("at the backend", {{{{Phase::Running, 3ms}, {Phase::Connecting, 1ms}}}}, Stage::Inference, 0.75, 1);
        // What is streamed is what the backend generates meanwhile.
        row("a stream that its client reads at once",
            {{{{Phase::Connecting, 20ms},
               {Phase::Running, 10ms},
               {Phase::Streaming, 60ms},
               {Phase::ClientReads, 10ms}}}},
            Stage::Inference, 0.7, 1);
        row("a client that reads slowly", {{{{Phase::Streaming, 1ms}, {Phase::ClientReads, 3ms}}}}, Stage::Streams,
            0.75, 1);
        row("together it counts, not in most requests",
            {{{{Phase::Running, 1ms}}, Outcome::Ok, 1s, 9}, {{{Phase::Model, 27ms}}}}, Stage::Models, 0.75, 10);
        row("one that failed does not count",
            {{{{Phase::Connecting, 1min}}, Outcome::Failed}, {{{Phase::Running, 1ms}}}}, Stage::Inference, 1, 1);
        row("only one that was cancelled", {{{{Phase::Connecting, 1min}}, Outcome::Cancelled}});
        row("just within its age", {{{{Phase::Running, 1ms}}, Outcome::Ok, kBottleneckAge}}, Stage::Inference, 1, 1);
        row("just too old", {{{{Phase::Running, 1ms}}, Outcome::Ok, kBottleneckAge + 1ns}});
        row("what is too old is not looked at",
            {{{{Phase::Model, 1min}}, Outcome::Ok, 1min, 50}, {{{Phase::Running, 1ms}}, Outcome::Ok, 2s}},
            Stage::Inference, 1, 1);
        row("more than are looked at",
            {{{{Phase::Model, 1min}}, Outcome::Ok, 3s, 50},
             {{{Phase::Running, 1ms}}, Outcome::Ok, 2s, unsigned(kBottleneckRequests)}},
            Stage::Inference, 1, kBottleneckRequests);
    }

    void isWhereTimeIsSpent()
    {
        QFETCH(const std::vector<Past>, past);
        QFETCH(const int, stage);
        QFETCH(const double, share);
        QFETCH(const quint64, requests);
        RequestRecords records(2000);
        for (const Past& each : past) put(records, each);
        const auto found = bottleneckOf(records, kNow);
        QCOMPARE(found ? static_cast<int>(found->stage) : -1, stage);
        QCOMPARE(found ? found->share : 0, share);
        QCOMPARE(found ? found->requests : 0, std::uint64_t{requests});
    }
};

QTEST_GUILESS_MAIN(TestBottleneck)
#include "tst_bottleneck.moc"
