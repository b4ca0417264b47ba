// SPDX-License-Identifier: GPL-3.0-or-later
#include "control.pb.h"
#include "format/enum_words.h"
#include "format/event_words.h"
#include "format/numbers.h"
#include "format/series_words.h"
#include "format/setting_text.h"
#include "format/translation.h"
#include "series/nice_scale.h"
#include "series/series_store.h"
#include "support/enum_of.h"
#include "viewmodels/connections_view_model.h"

#include <QtCore/QDirIterator>
#include <QtCore/QFile>
#include <QtCore/QRegularExpression>
#include <QtTest/QTest>

#include <limits>

using namespace millrace::desktop;
using format::Unit;
Q_DECLARE_METATYPE(millrace::desktop::format::Unit)

class TestFormat : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aNumberOfANewerEngineIsSaidAsSuch();
    void writesNumbersAsPeopleReadThem_data();
    void writesNumbersAsPeopleReadThem();
    void writesAPartInTheUnitOfTheWhole();
    void whatWasNotMeasuredIsADash();
    void writesGermanFigures();
    void everyKindOfEventHasWords();
    void whatOthersWroteIsSetApart();
    void readsGermanSettings_data();
    void readsGermanSettings();
    void writesSpans_data();
    void writesSpans();
    void writesAxisWords_data();
    void writesAxisWords();
    void quotesCsvOnlyWhereNeeded();
    void unitsFollowSeriesNames_data();
    void unitsFollowSeriesNames();
    void scaleGrowsAtOnceAndShrinksLate();
    void axesOfBytesAreRoundInTheirUnit();
    void axesOfCountsAreWhole();
    void ticksAreRoundAndFew_data();
    void ticksAreRoundAndFew();
    void storeIsBounded();
    void storeKeepsWhatIsNewerThanHistory();
    void aSecondIsTakenOnce();
};

void TestFormat::writesNumbersAsPeopleReadThem_data()
{
    QTest::addColumn<double>("value");
    QTest::addColumn<Unit>("unit");
    QTest::addColumn<QString>("text");
    const auto row = [](const char* name, double value, Unit unit, const char* text) {
        QTest::newRow(name) << value << unit << QString::fromUtf8(text).replace(u' ', QChar(0x00A0));
    };
    row("thousands", 12480, Unit::Count, "12,480");
    row("small count", 3.24, Unit::Count, "3.2");
    row("zero", 0, Unit::Count, "0");
    row("nanoseconds", 0.00047, Unit::Milliseconds, "0.5 µs");
    row("few microseconds", 0.0047, Unit::Milliseconds, "4.7 µs");
    row("microseconds", 0.0472, Unit::Milliseconds, "47 µs");
    row("never 100 µs", 0.0996, Unit::Milliseconds, "0.10 ms");
    row("sub-millisecond", 0.416, Unit::Milliseconds, "0.42 ms");
    row("never 1.00 ms", 0.996, Unit::Milliseconds, "1.0 ms");
    row("milliseconds", 8.13, Unit::Milliseconds, "8.1 ms");
    row("around the goal", 10.4, Unit::Milliseconds, "10.4 ms");
    row("tens of milliseconds", 41.3, Unit::Milliseconds, "41 ms");
    row("never 1000 ms", 999.6, Unit::Milliseconds, "1.0 s");
    row("seconds", 1940, Unit::Milliseconds, "1.9 s");
    row("a goal", 10, Unit::Milliseconds, "10 ms");
    row("a goal of seconds", 2000, Unit::Milliseconds, "2 s");
    row("tens of seconds", 90'000, Unit::Milliseconds, "90 s");
    row("five minutes", 300'000, Unit::Milliseconds, "5 min");
    row("never 120 min", 7'185'000, Unit::Milliseconds, "2.0 h");
    row("hours", 20.0 * 3'600'000, Unit::Milliseconds, "20 h");
    row("days", 3.5 * 86'400'000, Unit::Milliseconds, "3.5 d");
    row("a difference below zero", -0.0472, Unit::Milliseconds, "-47 µs");
    row("bytes", 812, Unit::Bytes, "812 B");
    row("mebibytes", 3.1 * 1024 * 1024, Unit::Bytes, "3.1 MiB");
    row("never 1000 KiB", 1000 * 1024, Unit::Bytes, "1.0 MiB");
    row("a limit", 4.0 * 1024 * 1024 * 1024, Unit::Bytes, "4 GiB");
    row("rate of bytes", 182.0 * 1024 * 1024, Unit::BytesPerSecond, "182 MiB/s");
    row("share", 0.994, Unit::Share, "99.4 %");
    row("whole share", 1, Unit::Share, "100 %");
    row("nearly all", 0.9999, Unit::Share, "99.99 %");
    row("all but one of many", 0.9999999, Unit::Share, "> 99.99 %");
    row("nearly all, in tenths", 0.9994, Unit::Share, "99.9 %");
    row("hardly any", 0.0004, Unit::Share, "0.04 %");
    row("one of many", 1e-7, Unit::Share, "< 0.01 %");
    row("a sum of shares", 0.1 + 0.2 + 0.7, Unit::Share, "100 %");
    row("no share", 0, Unit::Share, "0 %");
    row("ratio", 3.84, Unit::Ratio, "3.8 ×");
    row("cores", 1.42, Unit::Cores, "1.4 cores");
    row("part of a core", 0.042, Unit::Cores, "0.04 cores");
    row("a tenth of a core", 0.098, Unit::Cores, "0.1 cores");
    row("no core", 0.0, Unit::Cores, "0 cores");
}

void TestFormat::writesNumbersAsPeopleReadThem()
{
    QFETCH(double, value);
    QFETCH(Unit, unit);
    QFETCH(QString, text);
    QCOMPARE(format::text(value, unit), text);
}

void TestFormat::writesAPartInTheUnitOfTheWhole()
{
    constexpr double kMib = 1024.0 * 1024;
    QCOMPARE(format::bytesOf(3.14 * kMib, 10 * kMib), QStringLiteral("3.1 of 10\u00a0MiB"));
    QCOMPARE(format::bytesOf(0, 10 * kMib), QStringLiteral("0 of 10\u00a0MiB"));
    QCOMPARE(format::bytesOf(0.5 * kMib, 1.5 * kMib), QStringLiteral("0.5 of 1.5\u00a0MiB"));
    Translation translation;
    translation.use(QLocale::German);
    QCOMPARE(format::bytesOf(0.5 * kMib, 1.5 * kMib), QStringLiteral("0,5 von 1,5\u00a0MiB"));
    translation.use(QLocale::English);
}

void TestFormat::whatWasNotMeasuredIsADash()
{
    for (const Unit unit : {Unit::Count, Unit::Milliseconds, Unit::Bytes, Unit::Share, Unit::Cores}) {
        QCOMPARE(format::text(std::nullopt, unit), format::kNone);
        QCOMPARE(format::text(std::numeric_limits<double>::quiet_NaN(), unit), format::kNone);
        QCOMPARE(format::figure(std::nullopt, unit).value, format::kNone);
    }
}

void TestFormat::writesGermanFigures()
{
    Translation translation;
    translation.use(QLocale::German);
    QCOMPARE(format::count(12480), QStringLiteral("12.480"));
    QCOMPARE(format::text(8.14, Unit::Milliseconds), QStringLiteral("8,1\u00a0ms"));
    QCOMPARE(format::text(0.994, Unit::Share), QStringLiteral("99,4\u00a0%"));
    QCOMPARE(format::text(1.23 * 1024 * 1024, Unit::Bytes), QStringLiteral("1,2\u00a0MiB"));
    QCOMPARE(format::text(12, Unit::Rows), QStringLiteral("12\u00a0Zeilen"));
    QCOMPARE(format::difference(0, Unit::Milliseconds), QStringLiteral("±0\u00a0ms"));
    QCOMPARE(format::difference(0.00001, Unit::Milliseconds), QStringLiteral("±0,0\u00a0µs"));
    QCOMPARE(format::axis(1500, Unit::Count), QStringLiteral("1,5k"));
    QCOMPARE(format::axis(2000, Unit::Count), QStringLiteral("2k"));
    QCOMPARE(format::span(250'000), QStringLiteral("4 min 10 s"));
    QCOMPARE(format::ago(38'000), QStringLiteral("vor 38 s"));
    QVERIFY2(format::day(1'700'000'000'000).endsWith(QStringLiteral(". Nov.")),
             qPrintable(format::day(1'700'000'000'000)));
    QCOMPARE(format::seriesWords(QStringLiteral("served_per_second"))->title, QStringLiteral("Durchsatz"));
    translation.use(QLocale::English);
    QCOMPARE(format::count(12480), QStringLiteral("12,480"));
    QCOMPARE(format::seriesWords(QStringLiteral("served_per_second"))->title, QStringLiteral("Throughput"));
}

/// Of all that the engine's sources note.
void TestFormat::everyKindOfEventHasWords()
{
    static const QRegularExpression call(QStringLiteral("eventLog_?(?:\\.|->)append\\(([^;]*);"));
    static const QRegularExpression kind(QStringLiteral("\"([a-z]+(?:_[a-z]+)+)\""));
    QStringList unknown;
    int seen = 0;
    QDirIterator it(QStringLiteral(MILLRACE_SOURCE_DIR "/engine"), {QStringLiteral("*.cpp")}, QDir::Files,
                    QDirIterator::Subdirectories);
    while (it.hasNext()) {
        QFile file(it.next());
        QVERIFY(file.open(QIODevice::ReadOnly));
        auto calls = call.globalMatch(QString::fromUtf8(file.readAll()));
        while (calls.hasNext()) {
            auto kinds = kind.globalMatch(calls.next().captured(1));
            while (kinds.hasNext()) {
                ++seen;
                const QString found = kinds.next().captured(1);
                control::EventKind known{};
                if (!control::EventKind_Parse("EVENT_KIND_" + found.toUpper().toStdString(), &known))
                    unknown.append(found);
            }
        }
    }
    QVERIFY2(unknown.isEmpty(), qPrintable(unknown.join(u' ')));
    QVERIFY2(seen > 35, qPrintable(QString::number(seen)));
    Translation translation;
    translation.use(QLocale::German);
    QCOMPARE(format::eventKindText(control::EVENT_KIND_MODEL_PRELOADED), QStringLiteral("Modell vorgeladen"));
    QCOMPARE(format::eventKindText(0, QStringLiteral("made_up_today")), QStringLiteral("made up today"));
    translation.use(QLocale::English);
    QCOMPARE(format::eventKindText(777), QStringLiteral("Unknown (777)"));
    control::Event event;
    event.set_kind(control::EVENT_KIND_BACKEND_DOWN);
    QCOMPARE(format::eventKindName(event), QStringLiteral("backend_down"));
    event.set_kind(control::EVENT_KIND_UNSPECIFIED);
    event.set_kind_name("made_up_today");
    QCOMPARE(format::eventKindName(event), QStringLiteral("made_up_today"));
}

void TestFormat::whatOthersWroteIsSetApart()
{
    QCOMPARE(format::quoted(QStringLiteral(" connection refused. ")), QStringLiteral("“connection refused”"));
    QCOMPARE(format::quoted(QStringLiteral("waiting ...")), QStringLiteral("“waiting ...”"));
    QCOMPARE(format::quoted({}), QString());
    Translation translation;
    translation.use(QLocale::German);
    QCOMPARE(format::quoted(QStringLiteral("connection refused")), QStringLiteral("„connection refused“"));
    translation.use(QLocale::English);
}

void TestFormat::readsGermanSettings_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("typed");
    QTest::addColumn<QString>("meant");
    QTest::newRow("decimal comma") << "number"
                                   << "0,35"
                                   << "0.35";
    QTest::newRow("decimal point, as the engine writes it") << "number"
                                                            << "0.35"
                                                            << "0.35";
    QTest::newRow("three decimals are no group") << "number"
                                                 << "1.125"
                                                 << "1.125";
    QTest::newRow("while it is being typed") << "number"
                                             << "0,"
                                             << "0,";
    QTest::newRow("groups of an integer") << "integer"
                                          << "16.384"
                                          << "16384";
    QTest::newRow("two groups") << "integer"
                                << "1.048.576"
                                << "1048576";
    QTest::newRow("with a unit") << "integer"
                                 << "10 MiB"
                                 << "10 MiB";
    QTest::newRow("text is left alone") << "text"
                                        << "127.0.0.1:11.500"
                                        << "127.0.0.1:11.500";
}

void TestFormat::readsGermanSettings()
{
    QFETCH(QString, type);
    QFETCH(QString, typed);
    QFETCH(QString, meant);
    Translation translation;
    translation.use(QLocale::German);
    setting_text::Schema setting;
    setting.set_type(millrace::testing::enumOf<millrace::config::v1::SettingType>(type.toStdString()));
    const QString read = setting_text::ungrouped(setting, typed);
    const QString back = setting_text::ungrouped(setting, setting_text::grouped(setting, read));
    const QString edited = setting_text::ungrouped(setting, setting_text::typed(setting, read));
    translation.use(QLocale::English);
    QCOMPARE(read, meant);
    QCOMPARE(back, meant);  // what is shown is read as what it was
    QCOMPARE(edited, meant);
}

void TestFormat::writesSpans_data()
{
    QTest::addColumn<qint64>("ms");
    QTest::addColumn<QString>("text");
    QTest::newRow("seconds") << qint64(38'900) << "38 s";
    QTest::newRow("minutes") << qint64(250'000) << "4 m 10 s";
    QTest::newRow("hours") << qint64(11'520'000) << "3 h 12 m";
    QTest::newRow("days") << qint64(180'000'000) << "2 d 2 h";
    QTest::newRow("clock went back") << qint64(-5) << "0 s";
}

void TestFormat::writesSpans()
{
    QFETCH(qint64, ms);
    QFETCH(QString, text);
    QCOMPARE(format::span(ms), text);
}

void TestFormat::writesAxisWords_data()
{
    QTest::addColumn<double>("value");
    QTest::addColumn<Unit>("unit");
    QTest::addColumn<QString>("text");
    QTest::newRow("thousands") << 12000.0 << Unit::PerSecond << "12k";
    QTest::newRow("quarter") << 3750.0 << Unit::PerSecond << "3.75k";
    QTest::newRow("milliseconds") << 4.0 << Unit::Milliseconds << "4 ms";
    QTest::newRow("seconds") << 1500.0 << Unit::Milliseconds << "1.5 s";
    QTest::newRow("share") << 0.975 << Unit::Share << "97.5%";
    QTest::newRow("bytes") << 9.0 * 1024 * 1024 << Unit::Bytes << "9 MiB";
    QTest::newRow("rate of bytes") << 256.0 * 1024 << Unit::BytesPerSecond << "256 KiB";
    QTest::newRow("no bytes") << 0.0 << Unit::Bytes << "0";
}

void TestFormat::writesAxisWords()
{
    QFETCH(double, value);
    QFETCH(Unit, unit);
    QFETCH(QString, text);
    QCOMPARE(format::axis(value, unit), text);
}

void TestFormat::quotesCsvOnlyWhereNeeded()
{
    QCOMPARE(format::csvCell(QStringLiteral("plain")), QStringLiteral("plain"));
    QCOMPARE(format::csvCell(QStringLiteral("a,b")), QStringLiteral("\"a,b\""));
    QCOMPARE(format::csvCell(QStringLiteral("say \"x\"")), QStringLiteral("\"say \"\"x\"\"\""));
}

void TestFormat::unitsFollowSeriesNames_data()
{
    QTest::addColumn<QString>("series");
    QTest::addColumn<Unit>("unit");
    QTest::newRow("latency") << "latency_tensor_p99_ms" << Unit::Milliseconds;
    QTest::newRow("rate") << "served_per_second" << Unit::PerSecond;
    QTest::newRow("bytes out") << "stream_bytes_out_per_second" << Unit::BytesPerSecond;
    QTest::newRow("memory") << "memory_per_request_bytes" << Unit::Bytes;
    QTest::newRow("reuse") << "connection_reuse" << Unit::Share;
    QTest::newRow("hits") << "preload_hit_rate" << Unit::Share;
    QTest::newRow("rows") << "batch_rows_average" << Unit::Rows;
    QTest::newRow("rows a second") << "batch_rows_per_second" << Unit::PerSecond;
    QTest::newRow("count") << "requests_in_flight" << Unit::Count;
}

void TestFormat::unitsFollowSeriesNames()
{
    QFETCH(QString, series);
    QFETCH(Unit, unit);
    QCOMPARE(format::unitOf(series), unit);
}

void TestFormat::scaleGrowsAtOnceAndShrinksLate()
{
    NiceScale scale;
    QCOMPARE(scale.update(9, 1, 0), 10.0);
    QCOMPARE(scale.update(90, 1, 1000), 100.0);
    QCOMPARE(scale.update(9, 1, 2000), 100.0);
    QCOMPARE(scale.update(9, 1, 2000 + NiceScale::kShrinkAfterMs - 1), 100.0);
    QCOMPARE(scale.update(9, 1, 2000 + NiceScale::kShrinkAfterMs), 10.0);
    QCOMPARE(scale.update(0, 5, 20'000), 10.0);  // never below what is asked for, but not at once either
}

/// Bytes are written in steps of 1024, and so must be where their axis ends.
void TestFormat::axesOfBytesAreRoundInTheirUnit()
{
    constexpr double kMib = 1024 * 1024;
    QCOMPARE(NiceScale::roundUp(9.1 * kMib, NiceScale::Binary), 10 * kMib);
    QCOMPARE(NiceScale::roundUp(900 * 1024, NiceScale::Binary), kMib);
    QCOMPARE(NiceScale::roundUp(0.3, NiceScale::Binary), 0.3);
    QStringList words;
    for (const double tick : NiceScale::ticks(0, kMib, NiceScale::Binary)) words << format::axis(tick, Unit::Bytes);
    QCOMPARE(words, QStringList({"0", "256 KiB", "512 KiB", "768 KiB", "1 MiB"}));
    // "0, 768 KiB, 1.5 MiB, 2.25 MiB" is no axis.
    for (const double most : {1.1, 1.4, 2.2, 2.9, 4.7, 7.0, 11.0, 100.0}) {
        const double top = NiceScale::roundUp(most * kMib, NiceScale::Binary);
        for (const double tick : NiceScale::ticks(0, top, NiceScale::Binary)) {
            const QString word = format::axis(tick, Unit::Bytes);
            QVERIFY2(tick == 0 || word.endsWith(QStringLiteral(" MiB")) || word == QStringLiteral("512 KiB"),
                     qPrintable(word));
        }
    }
}

/// The axis of one closed connection read 0, 0.25, 0.5, 0.75, 1.
void TestFormat::axesOfCountsAreWhole()
{
    for (const double most :
         {0.2, 1.0, 1.2, 2.0, 3.0, 5.0, 6.0, 7.0, 9.0, 12.0, 17.0, 24.0, 47.0, 99.0, 101.0, 1234.0}) {
        const double top = NiceScale::roundUp(most, NiceScale::Whole);
        QVERIFY(top >= most && top <= std::max(1.0, 2 * most));
        const QList<double> ticks = NiceScale::ticks(0, top, NiceScale::Whole);
        QVERIFY2(ticks.size() >= 2 && ticks.size() <= 6, qPrintable(QString::number(top)));
        QCOMPARE(ticks.constFirst(), 0.0);
        QCOMPARE(ticks.constLast(), top);
        for (const double tick : ticks) QCOMPARE(tick, std::floor(tick));
    }
}

void TestFormat::ticksAreRoundAndFew_data()
{
    QTest::addColumn<double>("from");
    QTest::addColumn<double>("to");
    QTest::newRow("0..10") << 0.0 << 10.0;
    QTest::newRow("0..12") << 0.0 << 12.0;
    QTest::newRow("0..16") << 0.0 << 16.0;
    QTest::newRow("0..2500") << 0.0 << 2500.0;
    QTest::newRow("0.9..1") << 0.9 << 1.0;
    QTest::newRow("0..6e6") << 0.0 << 6e6;
}

void TestFormat::ticksAreRoundAndFew()
{
    QFETCH(double, from);
    QFETCH(double, to);
    const QList<double> ticks = NiceScale::ticks(from, to);
    QVERIFY2(ticks.size() >= 3 && ticks.size() <= 6, qPrintable(QString::number(ticks.size())));
    QCOMPARE(ticks.first(), from);
    QVERIFY(ticks.last() <= to * (1 + 1e-6));
}

void TestFormat::storeIsBounded()
{
    SeriesStore store;
    for (int i = 1; i <= SeriesStore::kPointsMax + 50; ++i) {
        control::Sample sample;
        sample.set_time_ms(i * 1000);
        (*sample.mutable_values())["a"] = i;
        store.append(sample);
    }
    QCOMPARE(static_cast<int>(store.points(QStringLiteral("a")).size()), SeriesStore::kPointsMax);
    QCOMPARE(store.points(QStringLiteral("a")).front().value, 51.0);

    control::Sample crowd;
    crowd.set_time_ms(10'000'000);
    for (int i = 0; i < SeriesStore::kSeriesMax + 20; ++i) (*crowd.mutable_values())["s" + std::to_string(i)] = 1;
    store.append(crowd);
    QCOMPARE(static_cast<int>(store.names().size()), SeriesStore::kSeriesMax);
}

void TestFormat::storeKeepsWhatIsNewerThanHistory()
{
    SeriesStore store;
    control::Sample sample;
    sample.set_time_ms(5000);
    (*sample.mutable_values())["a"] = 50;
    store.append(sample);

    control::History history;
    auto& series = *history.add_series();
    series.set_name("a");
    for (int i = 1; i <= 6; ++i) {
        history.add_times_ms(i * 1000);
        series.add_values(i == 3 ? std::numeric_limits<double>::quiet_NaN() : i);
    }
    store.backfill(history);
    const auto& points = store.points(QStringLiteral("a"));
    QCOMPARE(static_cast<int>(points.size()), 5);            // what had no value is no point
    QCOMPARE(points.at(3), (SeriesStore::Point{5000, 50}));  // the one held
    QCOMPARE(points.front().timeMs, qint64(1000));
}

void TestFormat::aSecondIsTakenOnce()
{
    SeriesStore store;
    control::Sample sample;
    sample.set_time_ms(5000);
    (*sample.mutable_values())["a"] = 1;
    store.append(sample);
    store.append(sample);
    QCOMPARE(static_cast<int>(store.points(QStringLiteral("a")).size()), 1);
    QCOMPARE(store.at(QStringLiteral("a"), 6000), std::optional(1.0));
    QVERIFY(!store.at(QStringLiteral("a"), 9000));
    QVERIFY(!store.latest(QStringLiteral("unknown")));
}

/// Of every enum of the contract: each switch over one ends here.
void TestFormat::aNumberOfANewerEngineIsSaidAsSuch()
{
    QCOMPARE(format::unknownText(7), QStringLiteral("Unknown (7)"));
    QCOMPARE(format::unknownText(0), format::kNone);
    QCOMPARE(ConnectionsViewModel::healthWord(static_cast<control::BackendHealth>(77)), QStringLiteral("Unknown (77)"));
    for (const auto health : millrace::testing::allOf<control::BackendHealth>())
        QVERIFY(!ConnectionsViewModel::healthWord(health).startsWith(QStringLiteral("Unknown")));
}

QTEST_GUILESS_MAIN(TestFormat)
#include "tst_format.moc"
