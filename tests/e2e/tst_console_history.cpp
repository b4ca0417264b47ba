// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/grpc_engine_client.h"
#include "control.pb.h"
#include "engine_process.h"
#include "series/plot_pieces.h"
#include "series/series_store.h"
#include "telemetry/history.h"
#include "viewmodels/session.h"

#include <QtCore/QDateTime>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

#include <cmath>

using namespace millrace::desktop;
namespace telemetry = millrace::telemetry;

namespace {

constexpr qint64 kSecond = 1000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;

/// What is known of a moment: throughput goes up and down with the day, so that a picture can be told from another.
double throughputAt(qint64 when)
{
    return 200 + 100 * std::sin(2 * 3.14159265358979 * static_cast<double>(when % kDay) / static_cast<double>(kDay));
}

struct Gap {
    qint64 fromMs;
    qint64 toMs;
};

}  // namespace

/// The time bar's hour, day, week and month over what a real engine has kept of a month, with times when it did not
/// run: written by the engine's own history, read by the console over its own connection.
class TestConsoleHistory : public QObject {
    Q_OBJECT

private:
    QTemporaryDir folder_;
    qint64 now_ = 0;
    QList<Gap> gaps_;
    std::unique_ptr<EngineProcess> engine_;

    bool isKept(qint64 when) const
    {
        return std::none_of(gaps_.begin(), gaps_.end(),
                            [when](const Gap& gap) { return when >= gap.fromMs && when < gap.toMs; });
    }
    void fill(telemetry::History& history, qint64 from, qint64 to, qint64 step) const
    {
        for (qint64 when = from; when < to; when += step) {
            if (!isKept(when)) continue;
            telemetry::Sample sample;
            sample.timeMs = when;
            sample.values["served_per_second"] = throughputAt(when);
            sample.values["engine_resident_bytes"] = 3e7;
            sample.values["requests_in_flight"] = 4;
            history.add(sample);
            if (when / step % 1000 == 0) history.flush();
        }
        history.flush();
    }

private Q_SLOTS:
    void initTestCase()
    {
        now_ = QDateTime::currentMSecsSinceEpoch() / kMinute * kMinute;
        // The engine was off: a weekend, a night, and an hour ago for a quarter of an hour.
        gaps_ = {{now_ - 20 * kDay, now_ - 18 * kDay},
                 {now_ - 3 * kDay - 10 * kHour, now_ - 3 * kDay - 2 * kHour},
                 {now_ - 12 * kHour, now_ - 10 * kHour},
                 {now_ - 40 * kMinute, now_ - 25 * kMinute}};
        auto history =
            telemetry::History::open(folder_.filePath(QStringLiteral("history.db")).toStdString(), now_ - 30 * kDay);
        QVERIFY(history);
        fill(*history, now_ - 30 * kDay, now_ - kDay, kMinute);
        fill(*history, now_ - kDay, now_ - kHour, 10 * kSecond);
        fill(*history, now_ - kHour, now_, kSecond);
        QCOMPARE(QString::fromStdString(history->problem()), QString());
        QCOMPARE(history->dropped(), std::uint64_t(0));
        history.reset();
        engine_ = std::make_unique<EngineProcess>();
        engine_->setStateDir(folder_.path());
        QVERIFY2(engine_->start(), qPrintable(engine_->problem()));
    }
    void cleanupTestCase()
    {
        if (engine_) QCOMPARE(engine_->stop(), 0);
    }

    void eachWindowShowsWhatWasKept_data()
    {
        QTest::addColumn<qint64>("windowMs");
        QTest::addColumn<qint64>("stepMaxMs");
        for (const qint64 window : TimeWindow::kWindowsMs) {
            if (window < kHour) continue;
            // Points enough for a picture.
            QTest::addRow("%lld h", static_cast<long long>(window / kHour)) << window << window / 150;
        }
    }
    void eachWindowShowsWhatWasKept()
    {
        QFETCH(qint64, windowMs);
        QFETCH(qint64, stepMaxMs);
        GrpcEngineClient::Options options;
        options.socket = engine_->control();
        auto* client = new GrpcEngineClient(options);
        Session session{std::unique_ptr<EngineClient>(client)};
        const auto& all = TimeWindow::kWindowsMs;
        session.time()->setWindowIndex(static_cast<int>(std::find(all.begin(), all.end(), windowMs) - all.begin()));
        client->start();
        QTRY_COMPARE_WITH_TIMEOUT(client->phase(), EngineClient::Phase::Connected, 15'000);
        const auto points = [&] { return session.shownSeries().points(QStringLiteral("served_per_second")); };
        // What is there reaches as far back as the window, or as what was kept.
        const qint64 begin = std::max(now_ - windowMs, now_ - 30 * kDay);
        QTRY_VERIFY_WITH_TIMEOUT(!points().empty() && points().front().timeMs < begin + windowMs / 20, 20'000);
        QVERIFY2(session.problem().isEmpty(), qPrintable(session.problem()));
        QVERIFY2(session.shownSeries().stepMs() <= stepMaxMs,
                 qPrintable(QString::number(session.shownSeries().stepMs())));

        const qint64 step = session.shownSeries().stepMs();
        int compared = 0;
        for (const auto& point : points()) {
            if (point.timeMs < begin || point.timeMs > now_ - step) continue;
            // The mean over a step, and of the engine's own steps.
            const double error = std::abs(point.value - throughputAt(point.timeMs + step / 2));
            QVERIFY2(error < 20,
                     qPrintable(QStringLiteral("%1 ago: %2").arg((now_ - point.timeMs) / kMinute).arg(point.value)));
            ++compared;
        }
        QVERIFY2(compared > 50, qPrintable(QString::number(compared)));

        // Where the engine was off nothing is drawn: no line leads over it.
        PieceRules rules;
        rules.bridgeMs = std::max(rules.bridgeMs, 3 * step);
        const auto pieces = buildPieces(points(), session.shownSeries().outages(), begin, now_, rules);
        int seen = 0;
        for (const Gap& gap : gaps_) {
            if (gap.fromMs < begin || gap.toMs - gap.fromMs < 4 * step || gap.toMs - gap.fromMs < windowMs / 100)
                continue;
            ++seen;
            for (const auto& line : pieces.lines)
                for (qsizetype i = 1; i < line.size(); ++i)
                    QVERIFY2(!(line[i - 1].x() < static_cast<double>(gap.fromMs + step) &&
                               line[i].x() > static_cast<double>(gap.toMs - step)),
                             qPrintable(
                                 QStringLiteral("a line leads over the gap %1 h ago").arg((now_ - gap.toMs) / kHour)));
        }
        QVERIFY(seen >= 1);
        QVERIFY2(pieces.lines.size() >= seen + 1, qPrintable(QString::number(pieces.lines.size())));
    }
};

QTEST_GUILESS_MAIN(TestConsoleHistory)
#include "tst_console_history.moc"
