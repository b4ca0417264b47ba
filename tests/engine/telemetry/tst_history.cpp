// SPDX-License-Identifier: GPL-3.0-or-later
#include "telemetry/history.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <future>

using namespace millrace;
using telemetry::History;
using telemetry::Sample;

namespace {

constexpr std::int64_t kNow = 1'800'000'000'000;  // a full minute

std::unique_ptr<History> opened(const QString& path, std::int64_t now = kNow)
{
    auto history = History::open(path.toStdString(), now);
    return history.ok() ? std::move(*history) : nullptr;
}

History::Answer asked(History& history, History::Query query)
{
    std::promise<StatusOr<History::Answer>> promise;
    history.query(std::move(query),
                  [&promise](StatusOr<History::Answer> answer) { promise.set_value(std::move(answer)); });
    return promise.get_future().get().value();
}

std::vector<double> known(const std::vector<double>& values)
{
    std::vector<double> out;
    for (double value : values)
        if (!std::isnan(value)) out.push_back(value);
    return out;
}

Event applied(std::int64_t time, const std::string& text)
{
    return {7, time, Severity::Notice, "config_applied", "batcher.size_max", text};
}

}  // namespace

class TestHistory : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void secondsAreAnsweredFromMemory()
    {
        auto history = opened({});
        for (int i = 0; i < 10; ++i) history->add(Sample{kNow + i * 1000 + 7, {{"a", i}}});
        const auto answer = asked(*history, {{}, kNow, kNow + 9000, 300});
        QCOMPARE(answer.points.names, std::vector<std::string>{"a"});
        QCOMPARE(answer.points.timesMs.size(), std::size_t{10});
        QCOMPARE(answer.points.timesMs.front(), kNow);
        QCOMPARE(answer.points.values[0], (std::vector<double>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
    }

    void whatWasNotMeasuredIsNoNumber()
    {
        auto history = opened({});
        history->add(Sample{kNow, {{"a", 1}}});
        history->add(Sample{kNow + 1000, {{"b", 2}}});
        history->add(Sample{kNow + 3000, {{"a", 4}}});
        const auto answer = asked(*history, {{"b", "a", "unknown"}, kNow, kNow + 3000, 300});
        QCOMPARE(answer.points.names, (std::vector<std::string>{"b", "a"}));
        QVERIFY(std::isnan(answer.points.values[0][0]));
        QCOMPARE(answer.points.values[0][1], 2.0);
        QCOMPARE(answer.points.values[1][0], 1.0);
        QVERIFY(std::isnan(answer.points.values[1][1]));
        QVERIFY(std::isnan(answer.points.values[1][2]));
        QCOMPARE(answer.points.values[1][3], 4.0);
    }

    void pointsAreNeverMoreThanAsked_data()
    {
        QTest::addColumn<qint64>("from");
        QTest::addColumn<qint64>("to");
        QTest::addColumn<int>("most");
        QTest::newRow("exact") << qint64{0} << qint64{299'000} << 300;
        QTest::newRow("odd ends") << qint64{777} << qint64{3'599'111} << 300;
        QTest::newRow("one") << qint64{5500} << qint64{100'000} << 1;
        QTest::newRow("two") << qint64{5500} << qint64{100'000} << 2;
        QTest::newRow("a day") << qint64{1} << qint64{86'400'001} << 300;
        QTest::newRow("a month") << qint64{1} << qint64{31LL * 86'400'000} << 777;
    }
    void pointsAreNeverMoreThanAsked()
    {
        QFETCH(qint64, from);
        QFETCH(qint64, to);
        QFETCH(int, most);
        auto history = opened({});
        const auto answer = asked(*history, {{}, kNow + from, kNow + to, static_cast<std::size_t>(most)});
        QVERIFY(answer.points.timesMs.size() <= static_cast<std::size_t>(std::max(most, 2)));
        QVERIFY(answer.points.timesMs.size() * 3 >= static_cast<std::size_t>(most));
        QVERIFY(answer.points.timesMs.front() <= kNow + from);
        QVERIFY(answer.points.timesMs.back() <= kNow + to);
    }

    void coarserPointsAreMeans()
    {
        auto history = opened({});
        for (int i = 0; i < 100; ++i) history->add(Sample{kNow + i * 1000, {{"a", i}}});
        const auto answer = asked(*history, {{}, kNow, kNow + 99'999, 10});
        QCOMPARE(answer.points.timesMs.size(), std::size_t{10});
        QCOMPARE(answer.points.values[0][0], 4.5);
        QCOMPARE(answer.points.values[0][9], 94.5);
    }

    void memoryIsBounded()
    {
        auto history = opened({});
        for (int i = 0; i < 5000; ++i) history->add(Sample{kNow + i * 1000, {{"a", 1}}});
        const auto answer = asked(*history, {{}, kNow + 4'999'000 - 3'660'000, kNow + 4'999'000, 5000});
        QCOMPARE(known(answer.points.values[0]).size(), std::size_t{3601});
    }

    void survivesTheProcess()
    {
        QTemporaryDir dir;
        const QString path = dir.filePath("history.db");
        {
            auto history = opened(path);
            for (int i = 0; i < 30; ++i) history->add(Sample{kNow + i * 1000, {{"a", i}, {"b", 2}}});
            history->add(applied(kNow + 5000, "x"));
        }
        auto history = opened(path, kNow + 60'000);
        history->add(Sample{kNow + 60'000, {{"new", 1}, {"a", 100}}});
        const auto answer = asked(*history, {{"a", "new"}, kNow, kNow + 60'000, 300});
        QCOMPARE(known(answer.points.values[0]).size(), std::size_t{31});
        QCOMPARE(answer.points.values[0][29], 29.0);
        QCOMPARE(answer.points.values[0][60], 100.0);
        QCOMPARE(answer.events.size(), std::size_t{1});
        QCOMPARE(answer.events[0].text, std::string("x"));
        QCOMPARE(answer.events[0].subject, std::string("batcher.size_max"));
        QVERIFY(answer.events[0].severity == Severity::Notice);
    }

    void aKilledProcessLosesNothingFlushed()
    {
        QTemporaryDir dir;
        auto history = opened(dir.filePath("history.db"));
        for (int i = 0; i < 100; ++i) history->add(Sample{kNow + i * 1000, {{"a", i}}});
        history->flush();
        // As a kill -9 leaves it: database and log, with the writer still holding both.
        for (const char* end : {"", "-wal"})
            QVERIFY(QFile::copy(dir.filePath("history.db") + end, dir.filePath("copy.db") + end));
        auto copy = opened(dir.filePath("copy.db"), kNow + 100'000);
        const auto answer = asked(*copy, {{}, kNow, kNow + 99'000, 300});
        QCOMPARE(known(answer.points.values[0]).size(), std::size_t{100});
    }

    void olderHistoryIsCoarser()
    {
        QTemporaryDir dir;
        const QString path = dir.filePath("history.db");
        constexpr int kSeconds = 3 * 3600;
        {
            auto history = opened(path);
            for (int i = 0; i < kSeconds; ++i) {
                history->add(Sample{kNow + i * 1000LL, {{"a", i / 60}}});  // constant within a minute
                if (i % 2000 == 0) history->flush();
            }
            history->flush();
            QCOMPARE(history->dropped(), std::uint64_t{0});
            // Three hours: tens of seconds from disk, joined to the seconds in memory.
            const auto answer = asked(*history, {{}, kNow, kNow + (kSeconds - 1) * 1000LL, 180});
            QCOMPARE(answer.points.timesMs.size(), std::size_t{180});
            const auto& values = answer.points.values[0];
            QCOMPARE(known(values).size(), std::size_t{180});
            for (std::size_t i = 0; i < 180; ++i) QCOMPARE(values[i], static_cast<double>(i));
        }
        // Two days later only the minutes are left to answer with.
        const std::int64_t later = kNow + 2 * 86'400'000LL;
        auto history = opened(path, later);
        history->add(Sample{later, {{"a", 7}}});
        history->flush();
        const auto answer = asked(*history, {{}, kNow, kNow + (kSeconds - 1) * 1000LL, 180});
        QCOMPARE(answer.points.timesMs.size(), std::size_t{180});
        for (std::size_t i = 0; i < 180; ++i) QCOMPARE(answer.points.values[0][i], static_cast<double>(i));
        // What was dropped by age is gone from the tables too.
        const auto fine = asked(*history, {{}, later - 30'000, later, 300});
        QCOMPARE(known(fine.points.values[0]), std::vector<double>{7.0});
    }

    void unfinishedMeansAreTakenUpAgain()
    {
        QTemporaryDir dir;
        const QString path = dir.filePath("history.db");
        for (int part = 0; part < 6; ++part) {  // six runs of ten seconds make a minute
            auto history = opened(path, kNow + part * 10'000);
            for (int i = 0; i < 10; ++i) {
                const int second = part * 10 + i;
                history->add(Sample{kNow + second * 1000, {{"a", second}}});
            }
        }
        const std::int64_t later = kNow + 3 * 86'400'000LL;
        auto history = opened(path, later);
        history->add(Sample{later, {{"a", 0}}});
        history->flush();
        const auto answer = asked(*history, {{}, kNow, kNow + 59'999, 300});
        QCOMPARE(known(answer.points.values[0]), std::vector<double>{29.5});
    }

    void aClockSetBackIsFollowed()
    {
        auto history = opened({});
        for (int i = 0; i < 100; ++i) history->add(Sample{kNow + i * 1000, {{"a", 1}}});
        history->add(Sample{kNow + 10'000, {{"a", 5}}});
        const auto answer = asked(*history, {{}, kNow, kNow + 99'000, 300});
        QCOMPARE(known(answer.points.values[0]).size(), std::size_t{11});
        QCOMPARE(answer.points.values[0][10], 5.0);
    }

    void unreadableFilesAreMovedAside()
    {
        QTemporaryDir dir;
        const QString path = dir.filePath("history.db");
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray(8192, 'x'));
        file.close();
        auto history = opened(path);
        QVERIFY(history);
        QCOMPARE(history->movedAside(), path.toStdString() + ".unreadable");
        QVERIFY(QFile::exists(path + ".unreadable"));
        history->add(Sample{kNow, {{"a", 1}}});
        history->flush();
        QVERIFY(history->problem().empty());
    }

    void anImpossibleFolderIsRefused()
    {
        const auto history = History::open("/proc/nowhere/history.db", kNow);
        QVERIFY(!history.ok());
        QVERIFY(text(history.status()).find("/proc/nowhere/history.db") != std::string::npos);
    }

    void queriesAreChecked()
    {
        auto history = opened({});
        Status seen;
        history->query({{}, kNow + 1, kNow, 10}, [&seen](StatusOr<History::Answer> answer) { seen = answer.status(); });
        QVERIFY(absl::IsInvalidArgument(seen));
    }

    void meansOfASpan()
    {
        auto history = opened({});
        for (int i = 0; i < 10; ++i) history->add(Sample{kNow + i * 1000, {{"a", i}}});
        QCOMPARE(history->means(kNow + 2000, kNow + 4000).at("a"), 3.0);
        QVERIFY(history->means(kNow + 20'000, kNow + 30'000).empty());
    }

    void seriesAreBounded()
    {
        telemetry::SeriesNames names;
        Sample sample;
        for (int i = 0; i < 600; ++i) sample.values["series" + std::to_string(i)] = i;
        QCOMPARE(names.row(sample).values.size(), telemetry::SeriesNames::kSeriesMax);
        const std::string garbage(25, '\xff');
        QVERIFY(telemetry::unpackRow(garbage.data(), garbage.size()).empty());
    }
};

QTEST_GUILESS_MAIN(TestHistory)
#include "tst_history.moc"
