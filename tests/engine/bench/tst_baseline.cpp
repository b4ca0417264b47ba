// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/baseline.h"

#include <QtTest>

#include <cmath>

using namespace millrace;
using namespace millrace::bench;

namespace {

constexpr char kCompare[] =
    R"({"machine":"x","rounds":3,"notes":["n"],"peers":{
        "nginx":{"http.64.rps":{"median":60000,"values":[1,2,3]},"http.64.cpu":{"median":10,"values":[]}},
        "millrace":{"http.64.rps":{"median":54000,"values":[1]},"http.64.cpu":{"median":12,"values":[2]}}}})";

Difference one(const std::string& name, double before, double after, double tolerance)
{
    return differences({{name, before}}, {{name, after}}, "", tolerance).at(0);
}

}  // namespace

class TestBaseline : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void figuresGoByTheirPlaces()
    {
        const auto compared = figuresOf(kCompare);
        QVERIFY(compared.ok());
        QCOMPARE(compared->size(), std::size_t(5));
        QCOMPARE(compared->at("rounds"), 3.0);
        QCOMPARE(compared->at("peers.millrace.http.64.rps"), 54000.0);
        const auto seed = figuresOf(
            R"({"rows":[{"name":"pool","ratio":1.2,"ratio_asked":null,"ratio_rounds":[1,2]},{}],"quick":true})");
        QVERIFY(seed.ok());
        QCOMPARE(seed->size(), std::size_t(1));
        QCOMPARE(seed->at("rows.pool.ratio"), 1.2);
        const auto micro =
            figuresOf(R"({"context":{"date":"d"},"benchmarks":[{"name":"parse/64","cpu_time":5.5,"time_unit":"ns"}]})");
        QVERIFY(micro.ok());
        QCOMPARE(micro->at("benchmarks.parse/64.cpu_time"), 5.5);
    }

    void whatIsNoResultIsRefused_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("half") << QByteArray(kCompare).left(100);
        QTest::newRow("garbage") << QByteArray("\xff\x00{", 3);
        QTest::newRow("nothing in it") << QByteArray("{}");
        QTest::newRow("words alone") << QByteArray(R"({"a":["b",null]})");
        QTest::newRow("too deep") << QByteArray(1000, '[');
    }
    void whatIsNoResultIsRefused()
    {
        QFETCH(const QByteArray, text);
        const auto figures = figuresOf({text.data(), static_cast<std::size_t>(text.size())});
        QCOMPARE(figures.status().code(), absl::StatusCode::kInvalidArgument);
    }

    void aFigureIsJudgedByItsName_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<double>("after");  // before: 100
        QTest::addColumn<bool>("worse");
        QTest::newRow("fewer requests") << "peers.millrace.http.64.rps" << 89.0 << true;
        QTest::newRow("within the tolerance") << "peers.millrace.http.64.rps" << 91.0 << false;
        QTest::newRow("more requests") << "peers.millrace.http.64.rps" << 150.0 << false;
        QTest::newRow("later") << "rows.pool.p99_ms" << 111.0 << true;
        QTest::newRow("sooner") << "rows.pool.p99_ms" << 50.0 << false;
        QTest::newRow("more memory") << "peers.millrace.memory.idle" << 120.0 << true;
        QTest::newRow("dearer") << "benchmarks.parse.cpu_time" << 112.0 << true;
        QTest::newRow("less gained") << "rows.all.ratio" << 80.0 << true;
        QTest::newRow("what was asked") << "rows.all.ratio_asked" << 80.0 << false;
        QTest::newRow("how long it ran") << "seconds" << 20.0 << false;
    }
    void aFigureIsJudgedByItsName()
    {
        QFETCH(const QString, name);
        QFETCH(const double, after);
        QFETCH(const bool, worse);
        QCOMPARE(one(name.toStdString(), 100, after, 0.1).worse, worse);
    }

    void zeroBeforeHasNoRatio()
    {
        const auto failed = one("rows.pool.failed", 0, 3, 0.1);
        QVERIFY(std::isnan(failed.ratio));
        QVERIFY(failed.worse);
        QVERIFY(!one("rows.pool.failed", 0, 0, 0.1).worse);
    }

    /// A machine of half the speed is not a gateway of half the speed.
    void aPeerMakesMachinesComparable()
    {
        auto before = *figuresOf(kCompare), after = before;
        for (auto& [name, value] : after) value *= name.ends_with("rps") ? 0.5 : 2;
        const auto plain = differences(before, after, "", 0.1);
        QVERIFY(std::any_of(plain.begin(), plain.end(), [](const Difference& found) { return found.worse; }));
        const auto related = differences(before, after, "nginx", 0.1);
        QCOMPARE(related.size(), std::size_t(2));
        for (const auto& found : related) {
            QVERIFY(!found.worse);
            QCOMPARE(found.ratio, 1.0);
        }
        QVERIFY(differences(before, after, "absent", 0.1).empty());
    }
};

QTEST_APPLESS_MAIN(TestBaseline)
#include "tst_baseline.moc"
