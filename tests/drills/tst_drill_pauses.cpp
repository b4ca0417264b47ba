// SPDX-License-Identifier: GPL-3.0-or-later
#include "drill.h"

#include <QElapsedTimer>
#include <QProcess>

#include <csignal>
#include <cstdint>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace drill;

namespace {

/// A frame of HTTP/2.
QByteArray frame(char type, char flags, std::uint32_t stream, const QByteArray& payload)
{
    QByteArray head;
    for (const int shift : {16, 8, 0}) head += static_cast<char>(payload.size() >> shift);
    head += type;
    head += flags;
    for (const int shift : {24, 16, 8, 0}) head += static_cast<char>(stream >> shift);
    return head + payload;
}

/// Watches the engine with windows as large as they go, and never reads: what a console is that was stopped for long.
class Watcher {
public:
    explicit Watcher(const QString& path)
    {
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        const QByteArray name = path.toLocal8Bit();
        if (name.size() >= static_cast<qsizetype>(sizeof address.sun_path)) return;
        std::copy(name.begin(), name.end(), address.sun_path);
        if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;
        QByteArray fields;
        const auto field = [&](const QByteArray& key, const QByteArray& value) {
            fields += '\0';  // a literal that is not indexed
            for (const auto& text : {key, value}) fields += static_cast<char>(text.size()) + text;
        };
        field(":method", "POST");
        field(":scheme", "http");
        field(":path", "/millrace.control.v1.Control/Watch");
        field(":authority", "localhost");
        field("content-type", "application/grpc");
        field("te", "trailers");
        const QByteArray rate("\x09\0\0\0\0\0\0\x34\x40", 9);  // rate_hz: 20
        const QByteArray bytes = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" +
                                 frame(4, 0, 0, QByteArray("\0\x04\x7f\xff\xff\xff", 6)) +  // a stream's first window
                                 frame(8, 0, 0, QByteArray("\x7f\xf0\0\0", 4)) +            // the connection's
                                 frame(1, 4, 1, fields) + frame(0, 1, 1, QByteArray("\0\0\0\0\x09", 5) + rate);
        sent_ = ::send(fd_, bytes.data(), static_cast<std::size_t>(bytes.size()), MSG_NOSIGNAL) == bytes.size();
    }
    ~Watcher() { ::close(fd_); }
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;

    bool sent() const { return sent_; }
    int unread() const
    {
        int bytes = 0;
        return ::ioctl(fd_, FIONREAD, &bytes) == 0 ? bytes : -1;
    }

private:
    int fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool sent_ = false;
};

/// Requests until the kernel takes no more for that watcher. Empty: it does not.
QString fill(EngineProcess& engine, const Watcher& watcher)
{
    if (!watcher.sent()) return QStringLiteral("it could not ask");
    if (!QTest::qWaitFor([&] { return watcher.unread() > 0; }, 10000)) return QStringLiteral("nothing came");
    QElapsedTimer same;
    int before = 0;
    for (int i = 0; i < 20000 && !(before > 0 && same.elapsed() > 1000); ++i) {
        RawClient client(engine.http());
        if (!client.ask(inferPath("one"), tensor("one"))) return QStringLiteral("no connection");
        if (const auto answer = client.answer(10000); answer.status != 200) return answer.describe();
        if (const int now = watcher.unread(); now != before) {
            before = now;
            same.start();
        }
    }
    if (before <= 50000) return QStringLiteral("only %1 bytes came").arg(before);
    return same.elapsed() > 1000 ? QString() : QStringLiteral("the engine still writes");
}

}  // namespace

/// SIGSTOP and SIGCONT: what a suspended laptop, a debugger or a driver that hangs does to each process.
class TestDrillPauses : public QObject {
    Q_OBJECT

private:
    QTemporaryDir folder_;

    QStringList models() const
    {
        return synthetic(folder_, {{"one", {}}, {"text", {{"tokens_per_s", 40}}}, {"cold", {{"load_ms", 200}}}});
    }

private Q_SLOTS:
    /// Streams go on where they were, and nobody is ejected for the time in which the engine itself did not run.
    void thePausedEngineGoesOn()
    {
        EngineProcess engine(models() + sets({"pool.health_interval_ms=200", "pool.health_timeout_ms=300"}));
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        GOOD(answersAgain(engine, "one"));
        GOOD(answersAgain(engine, "text"));
        const auto rest = nothing_left::restOf(engine);
        for (int round = 0; round < 2; ++round) {
            std::vector<RawClient> streams;
            for (int i = 0; i < 4; ++i) {
                streams.emplace_back(engine.http());
                QVERIFY(streams.back().ask("/v1/chat/completions", chat("text", true, 60)));
                QVERIFY(streams.back().waitFor("data: "));
            }
            engine.signal(SIGSTOP);
            RawClient meanwhile(engine.http());
            QVERIFY(meanwhile.ask(inferPath("one"), tensor("one")));
            const bool answered = meanwhile.waitFor("HTTP/1.1", 1200);
            engine.signal(SIGCONT);
            QVERIFY(!answered);
            const auto late = meanwhile.answer(15000);
            QVERIFY2(late.status == 200, qPrintable(late.describe()));
            for (auto& stream : streams) {
                const auto answer = stream.answer(30000);
                GOOD(judgedStream(answer));
                QVERIFY2(answer.body.contains("[DONE]"), qPrintable(answer.describe()));
            }
            meanwhile.hangUp();
            streams.clear();
            NOTHING_LEFT(engine, rest);
        }
        QCOMPARE(engine.stop(), 0);
    }

    void thePausedRuntimeIsWaitedForOrReplaced()
    {
        EngineProcess engine(models() + sets({"pool.health_interval_ms=300", "pool.health_timeout_ms=300",
                                              "limits.request_timeout_ms=3000", "loader.timeout_ms=3000",
                                              "loader.preload=false", "loader.failed_backoff_ms=0"}));
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        GOOD(answersAgain(engine, "one"));
        GOOD(answersAgain(engine, "text"));
        const auto rest = nothing_left::restOf(engine);
        for (const bool goesOn : {true, false}) {
            const auto runtime = engine.runtimePid();
            QVERIFY(runtime > 0);
            ::kill(static_cast<pid_t>(runtime), SIGSTOP);
            std::vector<RawClient> clients;
            for (int i = 0; i < 9; ++i) {
                clients.emplace_back(engine.http());
                if (i % 3 == 0)
                    QVERIFY(clients.back().ask("/v1/chat/completions", chat("text", true, 4)));
                else
                    QVERIFY(clients.back().ask(inferPath(i % 3 == 1 ? "one" : "cold"), tensor("one")));
            }
            if (goesOn) {
                QVERIFY(!clients[1].waitFor("HTTP/1.1", 400));
                ::kill(static_cast<pid_t>(runtime), SIGCONT);
            }
            for (auto& client : clients) GOOD(judgedStream(client.answer(20000)));
            clients.clear();
            if (!goesOn) {
                // A process that does not answer at all is replaced, not waited for.
                QTRY_VERIFY_WITH_TIMEOUT(engine.hasRuntimeBut(runtime), 30000);
            }
            for (const auto* model : {"one", "text", "cold"}) GOOD(answersAgain(engine, model, 20000));
            NOTHING_LEFT(engine, rest);
        }
        QCOMPARE(engine.stop(), 0);
    }

    /// SIGTERM and the end of its standard input do not reach a process that does not run.
    void aPausedRuntimeDoesNotOutliveTheEngine()
    {
        for (const bool hurried : {false, true}) {
            EngineProcess engine(models());
            QVERIFY2(engine.start(), qPrintable(engine.problem()));
            GOOD(answersAgain(engine, "one"));
            const auto runtime = engine.runtimePid();
            QVERIFY(runtime > 0);
            ::kill(static_cast<pid_t>(runtime), SIGSTOP);
            if (hurried) {
                engine.signal(SIGTERM);
                QTRY_VERIFY_WITH_TIMEOUT(engine.log().contains("engine_stopping"), 5000);
            }
            QCOMPARE(engine.stop(), hurried ? 1 : 0);
            const auto gone = [&] {
                QFile state(QStringLiteral("/proc/%1/stat").arg(runtime));
                return !state.open(QIODevice::ReadOnly) || state.readAll().contains(") Z ");
            };
            if (!gone()) ::kill(static_cast<pid_t>(runtime), SIGKILL);
            QTRY_VERIFY2(gone(), "the runtime was left behind");
        }
    }

    /// A console that does not run costs the engine nothing; it may even stay.
    void aPausedConsoleHoldsNobody()
    {
        EngineProcess engine(models());
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        GOOD(answersAgain(engine, "one"));
        QCOMPARE(engine.ctl({"status"}).code, 0);
        QProcess watcher;
        const QString picture = folder_.filePath("top");
        watcher.setStandardOutputFile(picture);
        watcher.start(QStringLiteral(MILLRACE_BIN_DIR) + "/millracectl",
                      {"--control", engine.control(), "top", "--rate", "20"}, QIODevice::ReadOnly);
        QTRY_VERIFY_WITH_TIMEOUT(QFileInfo(picture).size() > 0, 10000);
        ::kill(static_cast<pid_t>(watcher.processId()), SIGSTOP);
        // More than its window takes: records of requests and of events.
        for (int i = 0; i < 300; ++i) {
            RawClient client(engine.http());
            QVERIFY(client.ask(inferPath("one"), tensor("one")));
            const auto answer = client.answer(10000);
            QVERIFY2(answer.status == 200, qPrintable(answer.describe()));
        }
        QCOMPARE(engine.ctl({"requests", "--json"}).code, 0);
        QCOMPARE(engine.ctl({"config", "set", "batcher.size_max=71"}).code, 0);
        ::kill(static_cast<pid_t>(watcher.processId()), SIGCONT);
        QCOMPARE(engine.post(inferPath("one"), tensor("one")).status, 200);
        // And the engine may end although it stands still again.
        ::kill(static_cast<pid_t>(watcher.processId()), SIGSTOP);
        QCOMPARE(engine.stop(20000), 0);
        ::kill(static_cast<pid_t>(watcher.processId()), SIGCONT);
        watcher.kill();
        QVERIFY(watcher.waitForFinished(10000));
    }

    /// A control socket that is removed meanwhile used to come back only when that client had disconnected.
    void aWatcherWhoNeverReadsDoesNotKeepTheSocketFromComingBack()
    {
        EngineProcess engine(models());
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        GOOD(answersAgain(engine, "one"));
        const Watcher watcher(engine.control());
        GOOD(fill(engine, watcher));
        for (int round = 0; round < 2; ++round) {
            QVERIFY(QFile::remove(engine.control()));
            QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(engine.control()), 15000);
            QCOMPARE(engine.ctl({"status"}).code, 0);
        }
        QVERIFY(watcher.unread() > 0);
        QCOMPARE(engine.stop(20000), 0);
    }

    /// A write to it is in flight, and the kernel takes no more.
    void aWatcherWhoNeverReadsDoesNotHoldTheStop()
    {
        EngineProcess engine(models());
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        GOOD(answersAgain(engine, "one"));
        const Watcher watcher(engine.control());
        GOOD(fill(engine, watcher));
        QCOMPARE(engine.ctl({"status"}).code, 0);
        QCOMPARE(engine.stop(12000), 0);
    }
};

QTEST_GUILESS_MAIN(TestDrillPauses)
#include "tst_drill_pauses.moc"
