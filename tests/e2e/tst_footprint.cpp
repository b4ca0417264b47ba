// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine_process.h"

#include <QElapsedTimer>
#include <QFile>
#include <QRegularExpression>
#include <QTcpSocket>
#include <QTest>

#include <algorithm>
#include <memory>
#include <sys/resource.h>
#include <thread>
#include <vector>

namespace {

QByteArray proc(const EngineProcess& engine, const char* file)
{
    QFile from(QStringLiteral("/proc/%1/%2").arg(engine.pid()).arg(QLatin1String(file)));
    return from.open(QFile::ReadOnly) ? from.readAll() : QByteArray();
}

int statusOf(const EngineProcess& engine, const char* name)
{
    for (const auto& line : proc(engine, "status").split('\n'))
        if (line.startsWith(name)) return line.simplified().split(' ').value(1).toInt();
    return -1;
}

const QStringList kNoBackend{"--set", "backends[0].enabled=false"};

}  // namespace

/// What an engine takes while nobody asks or watches.
class TestFootprint : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QElapsedTimer timer;
        timer.start();
        QVERIFY2(engine_.start(), qPrintable(engine_.problem()));
        qInfo("ready after %lld ms", timer.elapsed());
    }

    /// gRPC is spoken by http/: adr/0004, adr/0010.
    void grpcsLibrariesAreNotThere()
    {
        const auto maps = proc(engine_, "maps");
        QVERIFY(maps.contains("millraced"));
        for (const char* library : {"libgrpc", "libgpr", "libaddress_sorting", "libupb", "libcares", "libre2"})
            QVERIFY2(!maps.contains(library), library);
    }

    /// The loop, the recorder, the history, the settings, the log, the allocator: the rest starts with its first work.
    void threadsAreFew()
    {
        EngineProcess engine(kNoBackend);  // that has answered nothing yet
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        const int threads = statusOf(engine, "Threads:");
        QVERIFY2(threads >= 1 && threads <= 7, qPrintable(QString::number(threads)));
    }

    /// The kernel would enlarge it in the middle of an accept(), for some 10 ms.
    void tableOfFilesIsLargeFromTheStart()
    {
        rlimit limit = {};
        QCOMPARE(::getrlimit(RLIMIT_NOFILE, &limit), 0);
        const int size = statusOf(engine_, "FDSize:");
        QVERIFY2(size >= static_cast<int>(std::min<rlim_t>(limit.rlim_max, 16384)), qPrintable(QString::number(size)));
    }

    /// Soon after the start, whose own memory has been given back by then; the aim is 15 MiB.
    void memoryIsLittle()
    {
        if (sanitized()) return;
        int resident = 0;
        QTRY_VERIFY2_WITH_TIMEOUT((resident = statusOf(engine_, "VmRSS:")) <= 15 * 1024,
                                  qPrintable(QString::number(resident)), 15000);
        QCOMPARE(engine_.get("/healthz").status, 503);  // the only backend is disabled: it serves as before
        QCOMPARE(engine_.get("/metrics").status, 200);
        QVERIFY(engine_.ctl({"status"}).code == 0);
    }

    /// What many connections at once need is given back; what stays is theirs alone whose requests are kept.
    void memoryComesBackAfterEachPeak()
    {
        if (sanitized()) return;
        const int atRest = statusOf(engine_, "RssAnon:");
        const QString address = engine_.http();
        const QByteArray request =
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}";
        for (int peak = 0; peak < 5; ++peak) {
            std::vector<std::unique_ptr<QTcpSocket>> clients;
            for (int i = 0; i < 400; ++i) {
                clients.push_back(std::make_unique<QTcpSocket>());
                clients.back()->connectToHost(address.section(':', 0, 0), address.section(':', 1).toUShort());
            }
            for (auto& client : clients) {
                QVERIFY(client->waitForConnected());
                client->write(request);
            }
            for (auto& client : clients) QVERIFY(client->waitForReadyRead());
        }
        int resident = 0;
        QTRY_VERIFY2_WITH_TIMEOUT((resident = statusOf(engine_, "RssAnon:")) <= atRest + 2048,
                                  qPrintable(QStringLiteral("%1, at rest %2").arg(resident).arg(atRest)), 15000);
        qInfo("%d KiB, before %d", resident, atRest);
    }

private:
    static bool sanitized()
    {
#ifdef __SANITIZE_ADDRESS__
        return true;
#elif defined(__SANITIZE_THREAD__)
        return true;
#else
        return false;
#endif
    }
    EngineProcess engine_{kNoBackend};
};

QTEST_GUILESS_MAIN(TestFootprint)
#include "tst_footprint.moc"
