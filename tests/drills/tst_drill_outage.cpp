// SPDX-License-Identifier: GPL-3.0-or-later
#include "drill.h"

using namespace drill;

/// All backends go at once, in the middle of everything, and come back.
class TestDrillOutage : public QObject {
    Q_OBJECT

private:
    static constexpr int kWithinMs = 8000;

    /// What is in flight when it happens: a stream each way, answers, batches.
    static std::vector<RawClient> crowd(EngineProcess& engine, const QStringList& models)
    {
        std::vector<RawClient> clients;
        for (int i = 0; i < 24; ++i) {
            const auto& model = models.at(i % models.size());
            clients.emplace_back(engine.http());
            if (i % 3 == 2)
                clients.back().ask("/v1/embeddings", embeddings(model, {QString::number(i)}));
            else
                clients.back().ask("/v1/chat/completions", chat(model, i % 3 == 1));
        }
        return clients;
    }
    static const QStringList& settings()
    {
        static const QStringList all{"limits.request_timeout_ms=4000", "pool.breaker_open_ms=200",
                                     "pool.health_interval_ms=300",    "pool.health_timeout_ms=500",
                                     "pool.connect_timeout_ms=500",    "pool.wait_timeout_ms=1000"};
        return all;
    }

private Q_SLOTS:
    void totalOutageAndReturn()
    {
        Zoo first({"a", "both"}, "first"), second({"b", "both"}, "second");
        EngineProcess engine(behind({&first, &second}) + sets(settings()));
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        for (const auto* model : {"a", "b", "both"}) GOOD(answersAgain(engine, model));
        const auto rest = nothing_left::restOf(engine);
        Zoo::Traits slow;
        slow.gap = std::chrono::milliseconds(100);
        slow.events = 10;

        for (int round = 0; round < 3; ++round) {
            first.become(slow);
            second.become(slow);
            auto clients = crowd(engine, {"a", "b", "both"});
            QTRY_VERIFY_WITH_TIMEOUT(engine.metric("millrace_stream_streams") > 0, 5000);
            first.die();
            second.die();
            for (auto& client : clients) GOOD(judgedStream(client.answer(kWithinMs)));
            // While all is gone: refused in words, at once or after what was configured.
            for (const auto* model : {"a", "b", "both"}) {
                RawClient client(engine.http());
                QVERIFY(client.ask("/v1/chat/completions", chat(model, false)));
                const auto answer = client.answer(kWithinMs);
                GOOD(judged(answer));
                QVERIFY2(answer.status == 502 || answer.status == 503 || answer.status == 504,
                         qPrintable(answer.describe()));
            }
            QCOMPARE(engine.get("/v2/health/live").status, 200);
            first.revive();
            second.revive();
            for (const auto* model : {"a", "b", "both"}) GOOD(answersAgain(engine, model));
        }
        NOTHING_LEFT(engine, rest);
        QCOMPARE(engine.stop(), 0);
        QVERIFY2(!engine.log().contains("Sanitizer"), engine.log().right(4000).constData());
    }

    /// One of two: after a moment nobody notices.
    void oneOfTwoIsEnough()
    {
        Zoo first({"both"}, "first"), second({"both"}, "second");
        EngineProcess engine(behind({&first, &second}) + sets(settings()));
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        GOOD(answersAgain(engine, "both"));
        const auto rest = nothing_left::restOf(engine);
        for (auto* gone : {&first, &second}) {
            gone->die();
            GOOD(answersAgain(engine, "both"));
            int refused = 0;
            for (int i = 0; i < 30; ++i) {
                RawClient client(engine.http());
                QVERIFY(client.ask("/v1/chat/completions", chat("both", false)));
                const auto answer = client.answer(kWithinMs);
                GOOD(judged(answer));
                refused += answer.status == 200 ? 0 : 1;
            }
            QVERIFY2(refused <= 2,
                     qPrintable(QString::number(refused) + " of 30 were refused beside a server that works"));
            gone->revive();
            // With more to do than one has hands for, both are in use again.
            const auto before = gone->requests();
            const auto together = [&engine] {
                std::vector<RawClient> clients;
                for (int i = 0; i < 8; ++i) {
                    clients.emplace_back(engine.http());
                    clients.back().ask("/v1/chat/completions", chat("both", true));
                }
                bool good = true;
                for (auto& client : clients) good = client.answer(kWithinMs).status == 200 && good;
                return good;
            };
            QTRY_VERIFY_WITH_TIMEOUT(together() && gone->requests() > before, 20000);
        }
        NOTHING_LEFT(engine, rest);
        QCOMPARE(engine.stop(), 0);
    }

    /// The backend comes after the engine: until then 503, never "does not exist".
    void aBackendMayStartLater()
    {
        Zoo zoo;
        zoo.die();
        EngineProcess engine(behind({&zoo}) + sets(settings()));
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        for (int i = 0; i < 5; ++i) {
            RawClient client(engine.http());
            QVERIFY(client.ask("/v1/chat/completions", chat("m", false)));
            const auto answer = client.answer(kWithinMs);
            QVERIFY2(answer.status == 503 && !answer.field("Retry-After").isEmpty(), qPrintable(answer.describe()));
        }
        const auto rest = nothing_left::restOf(engine);
        zoo.revive();
        GOOD(answersAgain(engine, "m"));
        NOTHING_LEFT(engine, rest);
        QCOMPARE(engine.stop(), 0);
    }
};

QTEST_GUILESS_MAIN(TestDrillOutage)
#include "tst_drill_outage.moc"
