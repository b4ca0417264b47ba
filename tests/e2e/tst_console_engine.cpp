// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/grpc_engine_client.h"
#include "control.pb.h"
#include "viewmodels/engine_view_model.h"
#include "viewmodels/health_view_model.h"

#include <QtCore/QDir>
#include <QtCore/QProcess>
#include <QtCore/QTemporaryDir>
#include <QtNetwork/QTcpServer>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

#include <csignal>

using namespace millrace::desktop;
using Phase = EngineClient::Phase;

namespace {

constexpr int kSoonMs = 30'000;

QString program(const char* name)
{
    return QStringLiteral(MILLRACE_BIN_DIR) + u'/' + QString::fromLatin1(name);
}

/// The engine that consoles start, by its name. It lives apart from them by design, so that one of an aborted test
/// would stay: this one is watched, and ends with the test.
QString watchedEngine(const QDir& folder)
{
    QFile script(folder.filePath(QStringLiteral("millraced")));
    if (!script.open(QIODevice::WriteOnly)) qFatal("the engine's script cannot be written");
    script.write(QStringLiteral("#!/bin/sh\n"
                                "(while kill -0 %1 && kill -0 $$; do sleep 0.5; done; kill -9 $$) >/dev/null 2>&1 &\n"
                                "exec '%2' \"$@\"\n")
                     .arg(QCoreApplication::applicationPid())
                     .arg(program("millraced"))
                     .toLocal8Bit());
    script.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    return script.fileName();
}

/// A console on an engine of its own, in a folder of its own. Whatever it started is stopped at the end.
struct Console {
    explicit Console(QStringList options = {}, bool atOnce = true)
    {
        qputenv("XDG_CONFIG_HOME", folder.filePath(QStringLiteral("config")).toLocal8Bit());
        GrpcEngineClient::Options grpc;
        grpc.socket = folder.filePath(QStringLiteral("control.sock"));
        grpc.engine = watchedEngine(QDir(folder.path()));
        grpc.engineOptions =
            QStringList{QStringLiteral("--state-dir"), folder.filePath(QStringLiteral("state"))} + options;
        grpc.log = folder.filePath(QStringLiteral("log/millraced.log"));
        grpc.startAtOnce = atOnce;
        client = new GrpcEngineClient(grpc);
        session = std::make_unique<Session>(std::unique_ptr<EngineClient>(client));
        engine = std::make_unique<EngineViewModel>(*session);
        health = std::make_unique<HealthViewModel>(*session, *engine);
        client->start();
    }
    ~Console()
    {
        if (pid() > 0) ::kill(static_cast<pid_t>(pid()), SIGKILL);
    }
    qint64 pid() const { return session->status().pid(); }
    bool connected() const { return client->phase() == Phase::Connected; }

    QTemporaryDir folder;
    GrpcEngineClient* client;
    std::unique_ptr<Session> session;
    std::unique_ptr<EngineViewModel> engine;
    std::unique_ptr<HealthViewModel> health;
};

const QStringList kFreePorts{QStringLiteral("--http"), QStringLiteral("127.0.0.1:0"), QStringLiteral("--grpc"),
                             QStringLiteral("127.0.0.1:0")};

}  // namespace

/// The life of an engine as the console steers and sees it: real processes.
class TestConsoleEngine : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void itIsStartedStoppedAndStartedAgain();
    void itIsRestarted();
    void afterKillThereIsAWayToStartIt();
    void aFailedStartSaysWhyAtOnce();
    void aProgramThatDoesNotRunIsSaid();
    void anEngineStartedElsewhereIsFound();
    void eventsOfBothStartsAreThere();
    void drainingLeavesAnEventAndAMark();
    void eachStateSaysWhatIsAndWhatToDo_data();
    void eachStateSaysWhatIsAndWhatToDo();
    void theCopiedCallWorks_data();
    void theCopiedCallWorks();
};

void TestConsoleEngine::itIsStartedStoppedAndStartedAgain()
{
    Console console(kFreePorts);
    QCOMPARE(console.client->phase(), Phase::Starting);
    QTRY_VERIFY_WITH_TIMEOUT(console.connected(), kSoonMs);
    QVERIFY(console.client->isStartedHere());
    console.engine->stop();
    QTRY_COMPARE_WITH_TIMEOUT(console.client->phase(), Phase::NoEngine, kSoonMs);
    QVERIFY2(console.engine->problem().contains(QStringLiteral("stopped from this console")),
             qPrintable(console.engine->problem()));
    QCOMPARE(console.engine->action(), QStringLiteral("Start engine"));
    QVERIFY(console.engine->isStartable());
    const qint64 before = console.pid();
    console.engine->act();
    QTRY_VERIFY_WITH_TIMEOUT(console.connected() && console.pid() != before, kSoonMs);
}

void TestConsoleEngine::itIsRestarted()
{
    Console console(kFreePorts);
    QTRY_VERIFY_WITH_TIMEOUT(console.connected(), kSoonMs);
    const qint64 before = console.pid();
    QVERIFY(console.engine->isRestartable());
    QSignalSpy restarted(console.session.get(), &Session::restarted);
    console.engine->restart();
    QTRY_VERIFY_WITH_TIMEOUT(console.connected() && console.pid() != before, kSoonMs);
    QCOMPARE(restarted.count(), 1);
    QVERIFY(console.client->isStartedHere());
}

/// "Trying again by itself", raw words of gRPC's and no button, indefinitely.
void TestConsoleEngine::afterKillThereIsAWayToStartIt()
{
    Console console(kFreePorts);
    QTRY_VERIFY_WITH_TIMEOUT(console.connected(), kSoonMs);
    const qint64 before = console.pid();
    ::kill(static_cast<pid_t>(before), SIGKILL);
    QTRY_COMPARE_WITH_TIMEOUT(console.client->phase(), Phase::NoEngine, 5000);
    QVERIFY2(console.engine->problem().contains(QStringLiteral("exited")), qPrintable(console.engine->problem()));
    QVERIFY2(!console.engine->problem().contains(QStringLiteral("failed to connect")),
             qPrintable(console.engine->problem()));
    QCOMPARE(console.engine->action(), QStringLiteral("Start engine"));
    console.engine->act();
    QTRY_VERIFY_WITH_TIMEOUT(console.connected() && console.pid() != before, kSoonMs);
}

/// It said "is starting" for 20 s, while the log had the reason at once.
void TestConsoleEngine::aFailedStartSaysWhyAtOnce()
{
    QTcpServer taken;
    QVERIFY(taken.listen(QHostAddress::LocalHost));
    const QString address = QStringLiteral("127.0.0.1:%1").arg(taken.serverPort());
    Console console({QStringLiteral("--set"), QStringLiteral("endpoints.http=") + address, QStringLiteral("--set"),
                     QStringLiteral("endpoints.grpc=127.0.0.1:0")});
    QTRY_COMPARE_WITH_TIMEOUT(console.client->phase(), Phase::NoEngine, 10'000);
    QVERIFY2(console.engine->problem().contains(address), qPrintable(console.engine->problem()));
    QVERIFY2(console.engine->problem().contains(QStringLiteral("in use"), Qt::CaseInsensitive),
             qPrintable(console.engine->problem()));
    QVERIFY(console.client->isPortTaken());
    QCOMPARE(console.engine->action(), QStringLiteral("Start on free ports"));
    QCOMPARE(console.engine->otherAction(), QStringLiteral("Try again"));
    console.engine->act();
    QTRY_VERIFY_WITH_TIMEOUT(console.connected(), kSoonMs);
    QVERIFY(console.engine->endpoint() != address);
    // Restarted, it is where its clients know it.
    const QString found = console.engine->endpoint();
    const qint64 before = console.pid();
    console.engine->restart();
    QTRY_VERIFY_WITH_TIMEOUT(console.connected() && console.pid() != before, kSoonMs);
    QCOMPARE(console.engine->endpoint(), found);
}

void TestConsoleEngine::aProgramThatDoesNotRunIsSaid()
{
    Console console({QStringLiteral("--no-such-option")});
    QTRY_COMPARE_WITH_TIMEOUT(console.client->phase(), Phase::NoEngine, 10'000);
    QVERIFY2(console.engine->problem().contains(QStringLiteral("did not start")),
             qPrintable(console.engine->problem()));
    QVERIFY(!console.client->isPortTaken());
    QCOMPARE(console.engine->action(), QStringLiteral("Start engine"));
}

void TestConsoleEngine::anEngineStartedElsewhereIsFound()
{
    Console console({}, false);
    QCOMPARE(console.client->phase(), Phase::NoEngine);
    QProcess engine;
    engine.start(program("millraced"),
                 QStringList{QStringLiteral("--control"), console.client->address(), QStringLiteral("--state-dir"),
                             console.folder.filePath(QStringLiteral("state"))} +
                     kFreePorts);
    QTRY_VERIFY_WITH_TIMEOUT(console.connected(), kSoonMs);
    QVERIFY(!console.client->isStartedHere());
    QVERIFY(console.engine->restartQuestion().contains(QStringLiteral("not started from this console")));
    engine.terminate();
    QTRY_COMPARE_WITH_TIMEOUT(console.client->phase(), Phase::NoEngine, kSoonMs);
    QTRY_COMPARE_WITH_TIMEOUT(engine.state(), QProcess::NotRunning, kSoonMs);
}

/// Numbers of events begin at 1 with each start.
void TestConsoleEngine::eventsOfBothStartsAreThere()
{
    Console console(kFreePorts);
    QTRY_VERIFY_WITH_TIMEOUT(console.connected(), kSoonMs);
    const auto starts = [](const Session& session) {
        int count = 0;
        for (const Annotation& mark : session.annotations().of(Annotation::Kind::Engine))
            count += mark.text.contains(QStringLiteral("listens on")) ? 1 : 0;
        return count;
    };
    QTRY_COMPARE_WITH_TIMEOUT(starts(*console.session), 1, kSoonMs);
    const qint64 before = console.pid();
    console.engine->restart();
    QTRY_VERIFY_WITH_TIMEOUT(console.connected() && console.pid() != before, kSoonMs);
    QTRY_COMPARE_WITH_TIMEOUT(starts(*console.session), 2, kSoonMs);

    // A console that is started afresh sees the same.
    GrpcEngineClient::Options grpc;
    grpc.socket = console.client->address();
    auto* client = new GrpcEngineClient(grpc);
    Session fresh{std::unique_ptr<EngineClient>(client)};
    client->start();
    QTRY_COMPARE_WITH_TIMEOUT(starts(fresh), 2, kSoonMs);
    for (int i = 1; i < fresh.events().rowCount(); ++i)
        QVERIFY(fresh.events().row(i - 1).timeMs <= fresh.events().row(i).timeMs);
}

void TestConsoleEngine::drainingLeavesAnEventAndAMark()
{
    Console console(kFreePorts);
    QTRY_VERIFY_WITH_TIMEOUT(console.connected() && console.session->frame().pools().pools_size() > 0, kSoonMs);
    const QString backend = QString::fromStdString(console.session->frame().pools().pools(0).backend());
    const auto marks = [&] {
        int count = 0;
        for (const Annotation& mark : console.session->annotations().of(Annotation::Kind::Backend))
            count += mark.text.contains(QStringLiteral("by the operator")) ? 1 : 0;
        return count;
    };
    console.client->drainBackend(backend, true, this, [](const auto&) {});
    QTRY_COMPARE_WITH_TIMEOUT(marks(), 1, kSoonMs);
    console.client->drainBackend(backend, false, this, [](const auto&) {});
    QTRY_COMPARE_WITH_TIMEOUT(marks(), 2, kSoonMs);
}

void TestConsoleEngine::eachStateSaysWhatIsAndWhatToDo_data()
{
    QTest::addColumn<QString>("drill");
    QTest::addColumn<QString>("title");   // of the pill
    QTest::addColumn<QString>("says");    // in the banner
    QTest::addColumn<QString>("action");  // its button; empty: there is nothing to do but to wait
    const auto row = [](const char* drill, const char* title, const char* says, const char* action) {
        QTest::newRow(drill) << QString::fromLatin1(drill) << QString::fromLatin1(title) << QString::fromLatin1(says)
                             << QString::fromLatin1(action);
    };
    row("killed", "No engine", "It has exited.", "Start engine");
    row("stopped by a signal", "No engine", "It has exited.", "Start engine");
    row("stopped here", "No engine", "It was stopped from this console.", "Start engine");
    row("frozen", "Not responding", "has not responded for more than 2 s", "");
    row("all backends draining", "No backend takes requests", "1 draining", "Resume");
    row("all backends away", "No backend takes requests", "1 unhealthy", "Check now");
}

/// The drills, in front of a console: never green, and always a next step.
void TestConsoleEngine::eachStateSaysWhatIsAndWhatToDo()
{
    QFETCH(QString, drill);
    QFETCH(QString, title);
    QFETCH(QString, says);
    QFETCH(QString, action);
    QStringList options = kFreePorts;
    if (drill == u"all backends away") {
        for (const char* setting :
             {"backends[0].name=away", "backends[0].kind=openai", "backends[0].address=http://127.0.0.1:9/v1"})
            options << QStringLiteral("--set") << QString::fromLatin1(setting);
    }
    Console console(options);
    QTRY_VERIFY_WITH_TIMEOUT(console.connected() && console.session->frame().has_pools(), kSoonMs);
    const auto pid = static_cast<pid_t>(console.pid());
    if (drill == u"killed") ::kill(pid, SIGKILL);
    if (drill == u"stopped by a signal") ::kill(pid, SIGTERM);
    if (drill == u"stopped here") console.engine->stop();
    if (drill == u"frozen") ::kill(pid, SIGSTOP);
    if (drill == u"all backends draining")
        console.client->drainBackend(QStringLiteral("runtime"), true, this, [](const auto&) {});

    QTRY_COMPARE_WITH_TIMEOUT(console.health->text(), title, kSoonMs);
    QTRY_VERIFY2_WITH_TIMEOUT(console.health->outage().contains(says), qPrintable(console.health->outage()), kSoonMs);
    QCOMPARE(console.health->outageAction(), action);
    QVERIFY(console.health->level() >= HealthViewModel::Warning);
    QVERIFY2(!console.health->outage().contains(QStringLiteral("..")), qPrintable(console.health->outage()));
    if (drill == u"all backends away") return;

    // The way back.
    if (drill == u"frozen")
        ::kill(pid, SIGCONT);
    else
        console.health->fixOutage();
    // A goal may be missed for a minute: a check that was in flight while the engine stood still was slow.
    QTRY_VERIFY_WITH_TIMEOUT(console.connected() && console.health->outage().isEmpty(), kSoonMs);
    QTRY_VERIFY2_WITH_TIMEOUT(console.health->level() <= HealthViewModel::Warning && console.health->text() != title,
                              qPrintable(console.health->text()), kSoonMs);
    QCOMPARE(console.pid() == pid, drill == u"frozen" || drill == u"all backends draining");
}

void TestConsoleEngine::theCopiedCallWorks_data()
{
    QTest::addColumn<QStringList>("models");  // of the sample models, those that the runtime has
    QTest::addColumn<QString>("answer");
    QTest::addColumn<bool>("python");  // without packages beyond Python's own
    QTest::newRow("text") << QStringList{"digits-s", "scribe"} << "\"delta\"" << false;
    QTest::newRow("embeddings") << QStringList{"digits-s", "embed-mini"} << "\"embedding\"" << false;
    QTest::newRow("tensors") << QStringList{"digits-s"} << "outputs" << true;
    QTest::newRow("synthetic") << QStringList{"synthetic-fast"} << "outputs" << true;
}

/// The first thing that a newcomer does gave a 400: a classifier was asked to chat.
void TestConsoleEngine::theCopiedCallWorks()
{
    QFETCH(QStringList, models);
    QFETCH(QString, answer);
    QFETCH(bool, python);
    QTemporaryDir repository;
    for (const QString& model : models)
        QVERIFY(
            QFile::link(QStringLiteral(MILLRACE_SOURCE_DIR "/resources/models/") + model, repository.filePath(model)));
    Console console(kFreePorts + QStringList{QStringLiteral("--sample-models"), repository.path()});
    QTRY_VERIFY_WITH_TIMEOUT(console.connected(), kSoonMs);
    QTRY_VERIFY_WITH_TIMEOUT(console.session->frame().models().models_size() == models.size(), kSoonMs);
    QTRY_VERIFY_WITH_TIMEOUT(!console.engine->curl().isEmpty(), kSoonMs);
    const auto run = [](const QString& shell, const QStringList& arguments) {
        QProcess process;
        process.start(shell, arguments);
        process.waitForFinished(kSoonMs);
        return QString::fromUtf8(process.readAllStandardOutput() + process.readAllStandardError());
    };
    const QString said = run(QStringLiteral("/bin/sh"), {QStringLiteral("-c"), console.engine->curl()});
    QVERIFY2(said.contains(answer) && !said.contains(QStringLiteral("\"error\"")), qPrintable(said.left(500)));
    if (!python) return;
    const QString printed = run(QStringLiteral("python3"), {QStringLiteral("-c"), console.engine->python()});
    QVERIFY2(printed.contains(answer), qPrintable(printed.left(500)));
}

QTEST_GUILESS_MAIN(TestConsoleEngine)
#include "tst_console_engine.moc"
