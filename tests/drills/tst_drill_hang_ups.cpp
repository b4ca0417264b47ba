// SPDX-License-Identifier: GPL-3.0-or-later
#include "drill.h"

using namespace drill;

/// Clients that hang up, many at once, wherever a request can be: what they held is free again.
class TestDrillHangUps : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void burstsLeaveNothing_data()
    {
        QTest::addColumn<QStringList>("settings");
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("metric");  // where they must have come to before they leave
        QTest::newRow("admission") << QStringList{"limits.requests_max=4"} << "zoo"
                                   << "chat"
                                   << "millrace_requests_in_flight";
        QTest::newRow("admission, one slot") << QStringList{"limits.requests_max=1"} << "zoo"
                                             << "stream"
                                             << "millrace_requests_in_flight";
        QTest::newRow("admission queue is full") << QStringList{"limits.requests_max=2", "limits.queue_max=8"} << "zoo"
                                                 << "chat"
                                                 << "millrace_requests_in_flight";
        QTest::newRow("waiters of a pool") << QStringList{"pool.http_size_min=0", "pool.http_size_max=2"} << "zoo"
                                           << "chat"
                                           << "millrace_pool_waiters";
        QTest::newRow("lanes") << QStringList{"batcher.size_max=4", "batcher.size_initial=4", "batcher.timeout_ms=300"}
                               << "zoo"
                               << "embeddings"
                               << "millrace_batch_in_flight";
        QTest::newRow("lanes of tensors")
            << QStringList{"batcher.idle_dispatch=false", "batcher.timeout_ms=300"} << "slow-run"
            << "infer"
            << "millrace_batch_in_flight";
        QTest::newRow("loads") << QStringList{"loader.preload=false", "loader.concurrent_max=1"} << "slow-load"
                               << "chat"
                               << "millrace_load_loading";
        QTest::newRow("loads, streamed") << QStringList{"loader.preload=false"} << "slow-load"
                                         << "stream"
                                         << "millrace_load_loading";
        QTest::newRow("streams") << QStringList{} << "endless"
                                 << "stream"
                                 << "millrace_stream_streams";
        QTest::newRow("streams of the runtime") << QStringList{} << "long-text"
                                                << "stream"
                                                << "millrace_stream_streams";
    }
    void burstsLeaveNothing()
    {
        QFETCH(QStringList, settings);
        QFETCH(QString, model);
        QFETCH(QString, kind);
        QFETCH(QString, metric);
        QTemporaryDir folder;
        Zoo slow({"zoo"}, "slow"), endless({"endless"}, "endless");
        Zoo::Traits traits;
        traits.manner = Zoo::Manner::Slow;
        traits.gap = std::chrono::milliseconds(400);
        slow.become(traits);
        endless.become(Zoo::Manner::Endless);
        auto arguments = synthetic(folder, {{"slow-load", {{"load_ms", 1200}}},
                                            {"slow-run", {{"fixed_ms", 150}}},
                                            {"long-text", {{"tokens_per_s", 100}}}});
        QStringList backends{"backends[0].name=runtime", "backends[0].kind=runtime"};
        for (const auto& setting : slow.settings(1)) backends << QString::fromStdString(setting);
        for (const auto& setting : endless.settings(2)) backends << QString::fromStdString(setting);
        EngineProcess engine(arguments + sets(backends + settings));
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        for (const auto* ready : {"zoo", "endless", "slow-load"})
            QTRY_VERIFY_WITH_TIMEOUT(engine.get("/v1/models").body.contains(ready), 15000);
        GOOD(answersAgain(engine, "zoo"));
        GOOD(answersAgain(engine, "long-text"));
        if (model == "slow-run") GOOD(answersAgain(engine, "slow-run"));
        const auto rest = nothing_left::restOf(engine);

        QByteArray path = "/v1/chat/completions";
        QJsonObject body = chat(model, kind == "stream", 400);
        if (kind == "embeddings") {
            path = "/v1/embeddings";
            body = embeddings(model, {"a", "b"});
        } else if (kind == "infer") {
            path = inferPath(model);
            body = tensor(model);
        }
        constexpr int kClients = 40, kBursts = 6;
        for (int burst = 0; burst < kBursts; ++burst) {
            std::vector<RawClient> clients;
            clients.reserve(kClients);
            for (int i = 0; i < kClients; ++i) {
                clients.emplace_back(engine.http());
                QVERIFY(clients.back().ask(path, body));
            }
            // A burst that has come nowhere yet proves nothing; after the first, some leave before they are read.
            if (burst == 0)
                QTRY_VERIFY_WITH_TIMEOUT(nothing_left::sum(nothing_left::metrics(engine), metric) > 0, 10000);
            for (int i = 0; i < kClients; ++i) {
                if (i % 3 == 0)
                    clients[static_cast<std::size_t>(i)].reset();
                else
                    clients[static_cast<std::size_t>(i)].hangUp();
            }
        }
        NOTHING_LEFT(engine, rest);
        // Nobody is served worse than before: as many as there are slots at once.
        slow.become(Zoo::Manner::Right);
        std::vector<RawClient> after;
        for (int i = 0; i < 4; ++i) {
            after.emplace_back(engine.http());
            QVERIFY(after.back().ask("/v1/chat/completions", chat("zoo", false)));
        }
        for (auto& client : after) {
            const auto answer = client.answer(10000);
            QVERIFY2(answer.status == 200, qPrintable(answer.describe()));
        }
        after.clear();
        NOTHING_LEFT(engine, rest);
        QCOMPARE(engine.stop(), 0);
        QVERIFY2(!engine.log().contains("Sanitizer"), engine.log().right(4000).constData());
    }
};

QTEST_GUILESS_MAIN(TestDrillHangUps)
#include "tst_drill_hang_ups.moc"
