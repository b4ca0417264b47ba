// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/raw_client.h"
#include "drill.h"

using namespace drill;
using millrace::bench::postRequest;
using millrace::bench::runStreams;

namespace {

/// Resident and anonymous memory of a process, KiB: what it asked for, not the libraries that it shares.
qint64 anonymousKib(qint64 pid)
{
    QFile status(QStringLiteral("/proc/%1/status").arg(pid));
    if (!status.open(QFile::ReadOnly)) return -1;
    for (const auto& line : status.readAll().split('\n'))
        if (line.startsWith("RssAnon:")) return line.simplified().split(' ').value(1).toLongLong();
    return -1;
}

}  // namespace

/// What a peak took goes back to the system. Not for builds with a sanitizer: those have allocators of their own.
class TestDrillMemory : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whatStreamsTookGoesBack()
    {
        constexpr unsigned kStreams = 400;
        BenchUpstream upstream;
        QVERIFY(upstream.start());
        EngineProcess engine(upstream.settings({"pool.http_size_max=1000", "pool.idle_timeout_ms=1000"}));
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        GOOD(answersAgain(engine, "upstream"));
        const auto rest = nothing_left::restOf(engine);
        const qint64 before = anonymousKib(engine.pid());
        QVERIFY(before > 0);

        const std::string at = engine.http().toStdString();
        const std::string request =
            postRequest(at, "/v1/chat/completions",
                        R"({"model":"upstream","stream":true,"max_tokens":10,"gap_ms":50,"messages":[]})");
        qint64 most = before;
        const auto result =
            runStreams({at, request, kStreams, std::chrono::milliseconds(500), std::chrono::seconds(30)},
                       [&](unsigned) { most = std::max(most, anonymousKib(engine.pid())); });
        QVERIFY(result.ok());
        QCOMPARE(result->recorder.failed(), std::uint64_t{0});
        QVERIFY2(most > before + 1500, qPrintable(QStringLiteral("%1 KiB, then %2").arg(before).arg(most)));

        // The records of the latest requests stay, and are bounded; the streams' own memory does not.
        QTRY_VERIFY2_WITH_TIMEOUT(
            anonymousKib(engine.pid()) < before + (most - before) / 2,
            qPrintable(
                QStringLiteral("%1 KiB, at most %2, still %3").arg(before).arg(most).arg(anonymousKib(engine.pid()))),
            20000);
        NOTHING_LEFT(engine, rest);
        QCOMPARE(engine.stop(), 0);
        QVERIFY(upstream.stop());
    }
};

QTEST_GUILESS_MAIN(TestDrillMemory)
#include "tst_drill_memory.moc"
