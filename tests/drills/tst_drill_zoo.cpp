// SPDX-License-Identifier: GPL-3.0-or-later
#include "drill.h"

using namespace drill;
using Manner = Zoo::Manner;
using Listing = Zoo::Listing;

/// Every kind of server that has been met: clients get whole answers or words, in time, and the engine is none the
/// worse.
class TestDrillZoo : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<Zoo> zoo_;
    std::unique_ptr<EngineProcess> engine_;
    nothing_left::Rest rest_;

private Q_SLOTS:
    void initTestCase()
    {
        zoo_ = std::make_unique<Zoo>();
        engine_ = std::make_unique<EngineProcess>(
            behind({zoo_.get()}) +
            sets({"limits.request_timeout_ms=1500", "limits.body_timeout_ms=1500", "pool.breaker_open_ms=200",
                  "pool.health_interval_ms=300", "pool.health_timeout_ms=500", "pool.http_size_max=20"}));
        QVERIFY2(engine_->start(), qPrintable(engine_->problem()));
        GOOD(answersAgain(*engine_, "m"));
        rest_ = nothing_left::restOf(*engine_);
    }
    void cleanupTestCase()
    {
        if (!engine_) return;
        QCOMPARE(engine_->stop(), 0);
        QVERIFY2(!engine_->log().contains("Sanitizer"), engine_->log().right(4000).constData());
    }

    void everyMannerIsSurvived_data()
    {
        QTest::addColumn<int>("manner");
        QTest::addColumn<int>("count");
        for (const auto manner : Zoo::manners()) {
            const bool cuts = manner == Manner::ClosesAt || manner == Manner::ResetsAt || manner == Manner::StallsAt ||
                              manner == Manner::HalfClosesAt;
            const QList<int> counts =
                cuts ? QList<int>{0, 9, 40, 130, 300} : QList<int>{manner == Manner::Refuses ? 3 : 1};
            for (const int count : counts)
                QTest::addRow("%s %s", Zoo::nameOf(manner), cuts ? qPrintable(QString::number(count)) : "")
                    << static_cast<int>(manner) << count;
        }
    }
    void everyMannerIsSurvived()
    {
        QFETCH(int, manner);
        QFETCH(int, count);
        Zoo::Traits traits;
        traits.manner = static_cast<Manner>(manner);
        traits.count = static_cast<std::size_t>(count);
        traits.gap = std::chrono::milliseconds(20);
        traits.fields = {{"Retry-After", "2"}, {"x-ratelimit-remaining-requests", "0"}};
        zoo_->become(traits);

        constexpr int kWithinMs = 8000;  // the deadline, and what an engine under sanitizers needs beside others
        RawClient plain(engine_->http()), stream(engine_->http());
        QVERIFY(plain.ask("/v1/chat/completions", chat("m", false)));
        QVERIFY(stream.ask("/v1/chat/completions", chat("m", true)));
        std::vector<RawClient> batch;
        for (int i = 0; i < 6; ++i) {
            batch.emplace_back(engine_->http());
            QVERIFY(batch.back().ask("/v1/embeddings", embeddings("m", {QString(i + 1, 'x')})));
        }
        const bool endless = traits.manner == Manner::Endless;
        if (endless) {
            QVERIFY(stream.waitFor("data: "));
            stream.hangUp();
        }
        const auto plainAnswer = plain.answer(kWithinMs);
        if (traits.manner != Manner::PackedSilently) GOOD(judged(plainAnswer));
        if (!endless) {
            const auto streamAnswer = stream.answer(kWithinMs);
            // A server that ends its framing in order says itself that this was all: it goes on as it came.
            const bool saysWhole = traits.manner == Manner::NoDone || traits.manner == Manner::TornEvent;
            const bool text = streamAnswer.field("Content-Encoding").isEmpty() &&
                              traits.manner != Manner::PackedSilently && !saysWhole;
            if (saysWhole) QVERIFY2(streamAnswer.whole, qPrintable(streamAnswer.describe()));
            if (text) GOOD(judgedStream(streamAnswer));
            QVERIFY2(streamAnswer.afterMs < kWithinMs, qPrintable(streamAnswer.describe()));
        }
        for (auto& client : batch) {
            const auto answer = client.answer(kWithinMs);
            if (traits.manner != Manner::PackedSilently) GOOD(judged(answer));
            // One member's fault is its own: the others are served.
            if (traits.manner == Manner::Right || traits.manner == Manner::Trickles) QCOMPARE(answer.status, 200);
            if (answer.status == 200 && traits.manner == Manner::RefusesLong)
                QCOMPARE(answer.json()["data"].toArray().size(), 1);
        }

        plain.hangUp();
        stream.hangUp();
        batch.clear();
        zoo_->become(Manner::Right);
        GOOD(answersAgain(*engine_, "m"));
        QCOMPARE(engine_->ctl({"requests", "--json"}).code, 0);
        NOTHING_LEFT(*engine_, rest_);
    }

    /// A server that cannot say what it has takes nothing from those that can, and is known once it can.
    void everyListingIsSurvived_data()
    {
        QTest::addColumn<int>("listing");
        QTest::newRow("loading") << static_cast<int>(Listing::Loading);
        QTest::newRow("no JSON") << static_cast<int>(Listing::NotJson);
        QTest::newRow("no object") << static_cast<int>(Listing::NotAnObject);
        QTest::newRow("empty") << static_cast<int>(Listing::Empty);
        QTest::newRow("HTML") << static_cast<int>(Listing::Html);
        QTest::newRow("packed") << static_cast<int>(Listing::Packed);
        QTest::newRow("silent") << static_cast<int>(Listing::Silent);
        QTest::newRow("huge") << static_cast<int>(Listing::Huge);
    }
    void everyListingIsSurvived()
    {
        QFETCH(int, listing);
        Zoo good({"good"}, "good"), odd({"odd"}, "odd");
        Zoo::Traits traits;
        traits.listing = static_cast<Listing>(listing);
        odd.become(traits);
        EngineProcess engine(behind({&good, &odd}) + sets({"pool.health_interval_ms=300", "pool.health_timeout_ms=500",
                                                           "limits.request_timeout_ms=3000"}));
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        GOOD(answersAgain(engine, "good"));
        // It may exist: what is not known is not "does not exist".
        RawClient client(engine.http());
        QVERIFY(client.ask("/v1/chat/completions", chat("odd", false)));
        const auto answer = client.answer(10000);
        QVERIFY2(answer.status == 503 || answer.status == 200 || answer.status == 504, qPrintable(answer.describe()));
        if (answer.status == 503) QVERIFY2(!answer.field("Retry-After").isEmpty(), qPrintable(answer.describe()));
        odd.become(Manner::Right);
        GOOD(answersAgain(engine, "odd", 20000));
        client.hangUp();
        const auto rest = nothing_left::restOf(engine);
        NOTHING_LEFT(engine, rest);
        QCOMPARE(engine.stop(), 0);
    }
};

QTEST_GUILESS_MAIN(TestDrillZoo)
#include "tst_drill_zoo.moc"
