// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/ablation_report.h"

#include <QtTest>

#include <limits>

using namespace millrace::bench;

namespace {

AblationRun run(double rps, double ratio)
{
    AblationRun out;
    out.rps = rps;
    out.ratio = ratio;
    return out;
}

QString lineOf(const AblationReport& report, const QString& name)
{
    const auto lines = QString::fromStdString(report.markdown()).split(u'\n');
    for (const QString& line : lines)
        if (line.startsWith(QStringLiteral("| ") + name)) return line.simplified().remove(u' ');
    return {};
}

}  // namespace

class TestAblationReport : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aRowIsJudgedByItsRatio_data()
    {
        QTest::addColumn<double>("ratio");
        QTest::addColumn<QString>("said");
        QTest::newRow("more than asked") << 1.31 << "|loader|4500|1.31×|1.30✓|";
        QTest::newRow("as much") << 1.30 << "|loader|4500|1.30×|1.30✓|";
        QTest::newRow("less") << 1.29 << "|loader|4500|1.29×|1.30✗|";
        QTest::newRow("no baseline was run") << std::numeric_limits<double>::quiet_NaN() << "|loader|4500|–|1.30|";
    }
    void aRowIsJudgedByItsRatio()
    {
        QFETCH(const double, ratio);
        QFETCH(const QString, said);
        AblationReport report;
        report.runs["loader"] = {run(4500, ratio)};
        const QString line = lineOf(report, QStringLiteral("loader"));
        QVERIFY2(line.startsWith(said), qPrintable(line));
    }

    void theBaselineIsNotJudged()
    {
        AblationReport report;
        report.runs["baseline"] = {run(3000, 1)};
        const QString line = lineOf(report, QStringLiteral("baseline"));
        QVERIFY2(line.startsWith(QStringLiteral("|baseline|3000|1.00×||")), qPrintable(line));
    }

    void figuresAreMediansOfTheRounds()
    {
        AblationReport report;
        report.runs["pool"] = {run(3000, 1.0), run(3600, 1.2), run(3300, 1.1)};
        report.figures["single_client_ratio"] = {1.01, 1.05, 1.02};
        QVERIFY(lineOf(report, QStringLiteral("pool")).startsWith(QStringLiteral("|pool|3300|1.10×|1.10✓|")));
        const QString line = lineOf(report, QStringLiteral("one client"));
        QVERIFY2(line.endsWith(QStringLiteral("|1.020x|≤1.02x✓|")), qPrintable(line));
    }
};

QTEST_GUILESS_MAIN(TestAblationReport)
#include "tst_ablation_report.moc"
