// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/fake_engine_client.h"
#include "control.pb.h"
#include "viewmodels/shell_view_model.h"
#include "viewmodels/window_geometry.h"

#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

using namespace millrace::desktop;
using Phase = EngineClient::Phase;

namespace {

constexpr std::int64_t kStart = 1'700'000'000'000;

struct Console {
    explicit Console(const QString& file = {}, const QString& bench = {})
        : preferences(file),
          client(new FakeEngineClient(false, kStart)),
          session(std::unique_ptr<EngineClient>(client)),
          shell(session, preferences, bench)
    {
        session.setPreferences(&preferences);
        client->start();
        client->step(1000);
        answers();
        client->step(1000);
    }
    void answers() const
    {
        for (int i = 0; i < 8; ++i) QCoreApplication::processEvents();
    }
    QStringList find(const QString& query)
    {
        shell.palette()->open();
        shell.palette()->setQuery(query);
        QStringList out;
        for (int i = 0; i < shell.palette()->rowCount(); ++i) out.append(shell.palette()->index(i).data().toString());
        return out;
    }
    Preferences preferences;
    FakeEngineClient* client;
    Session session;
    ShellViewModel shell;
};

}  // namespace

class TestShell : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void thePaletteFindsWhatIsMeant_data();
    void thePaletteFindsWhatIsMeant();
    void thePaletteSaysLoadedNotWarm();
    void thePaletteNeverOffersDangerByChance_data();
    void thePaletteNeverOffersDangerByChance();
    void thePaletteKnowsTheStateOfTheEngine();
    void aSettingOpensItsPage();
    void keysSteerTimeAndNothingElse();
    void theThemeOfOneRunIsNotKept();
    void closingAsksAboutAnEngineStartedHere();
    void closingDoesWhatWasChosen_data();
    void closingDoesWhatWasChosen();
    void closingIsSilentWithoutAnEngineOfOurs();
    void nothingToCallIsSaid();
    void failedRequestsAreShown();
    void windowsOpenWhereTheyFit_data();
    void windowsOpenWhereTheyFit();
    void theSampleLoadIsAChild();
    void theSampleLoadNeedsAModel();
    void aSampleLoadThatEndsSaysWhy();
};

void TestShell::thePaletteFindsWhatIsMeant_data()
{
    QTest::addColumn<QString>("query");
    QTest::addColumn<QString>("first");
    QTest::newRow("page") << "sett"
                          << "Settings";
    QTest::newRow("a setting, before its page was open") << "maximum batch"
                                                         << "Maximum batch size";
    QTest::newRow("pin") << "pin"
                         << "Pin scribe";
    QTest::newRow("probe") << "probe"
                           << "Probe llama";
    QTest::newRow("drain") << "drain"
                           << "Drain llama";
    QTest::newRow("evict") << "evict run"
                           << "Evict idle connections of runtime";
    QTest::newRow("a backend") << "llama"
                               << "llama";
    QTest::newRow("a model") << "digits-l"
                             << "digits-l";
    QTest::newRow("an action") << "copy curl"
                               << "Copy as curl";
    QTest::newRow("stop by its name") << "stop eng" << QString::fromUtf8("Stop engine…");
    QTest::newRow("restart") << "restart" << QString::fromUtf8("Restart engine…");
}

void TestShell::thePaletteFindsWhatIsMeant()
{
    QFETCH(QString, query);
    QFETCH(QString, first);
    Console console;
    const QStringList found = console.find(query);
    QVERIFY2(!found.isEmpty(), qPrintable(query));
    QCOMPARE(found.first(), first);
}

/// The engine's own words of a state, "warm" and "cold", stood in the palette, in German too.
void TestShell::thePaletteSaysLoadedNotWarm()
{
    Console console;
    console.find(QStringLiteral("digits"));
    QStringList hints;
    for (int i = 0; i < console.shell.palette()->rowCount(); ++i)
        hints.append(console.shell.palette()->index(i).data(PaletteList::HintRole).toString());
    QVERIFY(hints.contains(QStringLiteral("loaded")) || hints.contains(QStringLiteral("not loaded")));
    QVERIFY2(!hints.contains(QStringLiteral("warm")) && !hints.contains(QStringLiteral("cold")),
             qPrintable(hints.join(u' ')));
}

void TestShell::thePaletteNeverOffersDangerByChance_data()
{
    QTest::addColumn<QString>("query");
    for (const char* query : {"pin", "hist", "max", "probe", "se", "op", "load digits", "ing", "n", "con"})
        QTest::newRow(query) << query;
}

void TestShell::thePaletteNeverOffersDangerByChance()
{
    QFETCH(QString, query);
    Console console;
    const QStringList found = console.find(query);
    for (const QString& title : found) {
        for (const char* danger :
             {"Stop engine", "Restart engine", "Unload digits", "Unload scribe", "Drain llama", "Drain runtime"})
            QVERIFY2(!title.startsWith(QLatin1String(danger)), qPrintable(title));
    }
}

void TestShell::thePaletteKnowsTheStateOfTheEngine()
{
    Console console;
    QVERIFY(console.find(QStringLiteral("start engine")).isEmpty());
    console.client->setPhaseForTest(Phase::NoEngine, QStringLiteral("It has exited."));
    QCOMPARE(console.find(QStringLiteral("engine")).first(), QStringLiteral("Start engine"));
    QVERIFY(!console.find(QStringLiteral("engine")).contains(QString::fromUtf8("Stop engine…")));
    console.client->setPortTaken(true);
    QVERIFY(console.find(QStringLiteral("engine")).contains(QStringLiteral("Start engine on free ports")));
    console.find(QStringLiteral("start engine on"));
    console.shell.palette()->run(0);
    QCOMPARE(console.client->starts(), QList<EngineClient::Ports>{EngineClient::Ports::Free});
}

void TestShell::aSettingOpensItsPage()
{
    Console console;
    console.find(QStringLiteral("batcher.size_max"));
    console.shell.palette()->run(0);
    QCOMPARE(console.shell.pageKey(), QStringLiteral("settings"));
}

void TestShell::keysSteerTimeAndNothingElse()
{
    Console console;
    TimeView& time = *console.session.time();
    QVERIFY(console.shell.steer(Qt::Key_Space, Qt::NoModifier));
    QVERIFY(time.isPaused());
    QVERIFY(console.shell.steer(Qt::Key_End, Qt::KeypadModifier));
    QVERIFY(!time.isPaused());
    QVERIFY(console.shell.steer(Qt::Key_Left, Qt::NoModifier));
    QVERIFY(time.isPaused());
    QVERIFY(!console.shell.steer(Qt::Key_Left, Qt::AltModifier));
    QVERIFY(!console.shell.steer(Qt::Key_Space, Qt::ControlModifier));
    QVERIFY(!console.shell.steer(Qt::Key_A, Qt::NoModifier));
}

void TestShell::theThemeOfOneRunIsNotKept()
{
    QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("console.ini"));
    {
        Preferences preferences(file);
        preferences.setTheme(Preferences::Light);
    }
    {
        Preferences preferences(file);
        QSignalSpy changed(&preferences, &Preferences::themeChanged);
        preferences.overrideTheme(Preferences::Dark);
        QCOMPARE(changed.count(), 1);
        QVERIFY(preferences.isDark());
        preferences.overrideTheme(Preferences::Dark);
        QCOMPARE(changed.count(), 1);
    }
    Preferences preferences(file);
    QCOMPARE(preferences.theme(), Preferences::Light);
    preferences.overrideTheme(Preferences::Dark);
    preferences.setTheme(Preferences::System);  // chosen during that run: this is kept
    QCOMPARE(Preferences(file).theme(), Preferences::System);
}

void TestShell::closingAsksAboutAnEngineStartedHere()
{
    Console console;
    console.client->setPhaseForTest(Phase::NoEngine);
    console.shell.engine()->start();
    console.client->step(1000);
    QVERIFY(console.shell.engine()->isStartedHere());
    QSignalSpy asked(&console.shell, &ShellViewModel::closeRequested);
    QSignalSpy quit(&console.shell, &ShellViewModel::quitRequested);
    QVERIFY(!console.shell.mayClose());
    QCOMPARE(asked.count(), 1);
    console.shell.closeWith(false, false);
    QCOMPARE(quit.count(), 1);
    QVERIFY(console.shell.mayClose());  // this time for good
    QCOMPARE(console.client->phase(), Phase::Connected);
}

void TestShell::closingDoesWhatWasChosen_data()
{
    QTest::addColumn<bool>("stop");
    QTest::newRow("keep") << false;
    QTest::newRow("stop") << true;
}

void TestShell::closingDoesWhatWasChosen()
{
    QFETCH(bool, stop);
    QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("console.ini"));
    for (const bool first : {true, false}) {
        Console console(file);
        console.client->setPhaseForTest(Phase::NoEngine);
        console.shell.engine()->start();
        console.client->step(1000);
        QSignalSpy asked(&console.shell, &ShellViewModel::closeRequested);
        QSignalSpy quit(&console.shell, &ShellViewModel::quitRequested);
        const bool may = console.shell.mayClose();
        QCOMPARE(asked.count(), first ? 1 : 0);
        if (first) console.shell.closeWith(stop, true);
        console.answers();
        QCOMPARE(may || quit.count() > 0, true);
        QCOMPARE(console.client->phase() == Phase::NoEngine, stop);
    }
}

void TestShell::closingIsSilentWithoutAnEngineOfOurs()
{
    Console console;  // attached to one that ran
    QVERIFY(console.shell.mayClose());
}

void TestShell::nothingToCallIsSaid()
{
    Console console;
    QSignalSpy toast(&console.shell, &ShellViewModel::toastChanged);
    console.shell.copy({}, QStringLiteral("curl command"));
    QCOMPARE(toast.count(), 1);
    QVERIFY(console.shell.isToastBad());
}

void TestShell::failedRequestsAreShown()
{
    Console console;
    Q_EMIT console.shell.health()->requestsRequested(QStringLiteral("phase:failed"));
    QCOMPARE(console.shell.pageKey(), QStringLiteral("requests"));
}

void TestShell::windowsOpenWhereTheyFit_data()
{
    QTest::addColumn<QRect>("kept");
    QTest::addColumn<QList<QRect>>("screens");
    QTest::addColumn<QRect>("rect");
    QTest::addColumn<bool>("placed");
    const QRect small(0, 0, 1440, 900), large(0, 0, 2560, 1440), right(2560, 0, 1920, 1080);
    QTest::newRow("first time, large screen") << QRect() << QList{large} << QRect(0, 0, 1440, 900) << false;
    QTest::newRow("first time, as large as the screen") << QRect() << QList{small} << QRect(0, 0, 1436, 856) << false;
    QTest::newRow("never below the least")
        << QRect() << QList{QRect(0, 0, 800, 600)} << QRect(0, 0, 1024, 640) << false;
    QTest::newRow("as it was left") << QRect(100, 80, 1200, 700) << QList{large} << QRect(100, 80, 1200, 700) << true;
    QTest::newRow("on the second screen")
        << QRect(2700, 80, 1200, 700) << QList{large, right} << QRect(2700, 80, 1200, 700) << true;
    QTest::newRow("the second screen is gone")
        << QRect(2700, 80, 1200, 700) << QList{large} << QRect(0, 0, 1200, 700) << false;
    QTest::newRow("half outside") << QRect(2000, 80, 1200, 700) << QList{large} << QRect(1360, 80, 1200, 700) << true;
    QTest::newRow("left on a larger screen")
        << QRect(0, 0, 2500, 1400) << QList{small} << QRect(0, 0, 1436, 856) << true;
    QTest::newRow("no screen") << QRect() << QList<QRect>{} << QRect(0, 0, 1440, 900) << false;
    QTest::newRow("nonsense was kept") << QRect(0, 0, 3, 3) << QList{large} << QRect(0, 0, 1440, 900) << false;
}

void TestShell::windowsOpenWhereTheyFit()
{
    QFETCH(QRect, kept);
    QFETCH(QList<QRect>, screens);
    QFETCH(QRect, rect);
    QFETCH(bool, placed);
    const auto opening = openingGeometry(kept, QSize(1440, 900), QSize(1024, 640), screens, QSize(4, 44));
    QCOMPARE(opening.rect, rect);
    QCOMPARE(opening.placed, placed);
}

void TestShell::theSampleLoadIsAChild()
{
    Console console({}, QStringLiteral("/bin/sh"));
    // A program of its own, in place of the real one.
    SampleLoad load(console.session, QStringLiteral("/bin/sh"),
                    {QStringLiteral("-c"), QStringLiteral("exec sleep 60"), QStringLiteral("sample")});
    QVERIFY(load.isStartable());
    load.start();
    QCOMPARE(load.state(), SampleLoad::Running);
    QVERIFY(load.text().contains(QStringLiteral("127.0.0.1:11500")));
    QVERIFY(!load.isStartable());
    load.restart();
    QCOMPARE(load.state(), SampleLoad::Running);
    // The engine comes back elsewhere: the load follows it.
    control::Status status;
    status.set_boot_id("another");
    status.set_http("127.0.0.1:4711");
    console.client->setPhaseForTest(Phase::NoEngine);
    QVERIFY2(load.text().contains(QStringLiteral("waiting")), qPrintable(load.text()));
    Q_EMIT console.client->attached(status);  // the phase follows with the first frame
    console.client->setPhaseForTest(Phase::Connected);
    console.client->step(1000);
    QCOMPARE(load.state(), SampleLoad::Running);
    QVERIFY(load.text().contains(QStringLiteral("127.0.0.1:4711")));
    load.stop();
    QCOMPARE(load.state(), SampleLoad::Stopped);
    // As desktop/run asks for it: once there is an engine, and not again after it was stopped.
    console.client->setPhaseForTest(Phase::NoEngine);
    load.startWhenReady();
    QCOMPARE(load.state(), SampleLoad::Stopped);
    console.client->setPhaseForTest(Phase::Connected);
    console.client->step(1000);
    QCOMPARE(load.state(), SampleLoad::Running);
    load.stop();
    console.client->step(1000);
    QCOMPARE(load.state(), SampleLoad::Stopped);
}

/// With all backends down it was offered as the thing to do, and then "running: clients send requests".
void TestShell::theSampleLoadNeedsAModel()
{
    Console console({}, QStringLiteral("/bin/sh"));
    SampleLoad load(console.session, QStringLiteral("/bin/sh"),
                    {QStringLiteral("-c"), QStringLiteral("exec sleep 60")});
    const auto show = [&console](control::BackendHealth health, bool models) {
        control::Frame frame = console.session.frame();
        frame.set_full(true);
        for (auto& pool : *frame.mutable_pools()->mutable_pools()) pool.set_health(health);
        if (!models) frame.mutable_models()->clear_models();
        Q_EMIT console.client->frameArrived(frame);
    };
    QVERIFY(load.isStartable());
    show(control::BACKEND_HEALTH_EJECTED, true);
    QVERIFY(!load.isStartable());
    QVERIFY2(load.text().contains(QStringLiteral("no model is available")), qPrintable(load.text()));
    show(control::BACKEND_HEALTH_HEALTHY, true);
    QVERIFY(load.isStartable());
    load.start();
    QVERIFY2(load.text().contains(QStringLiteral("send requests")), qPrintable(load.text()));
    show(control::BACKEND_HEALTH_HEALTHY, false);
    QVERIFY(load.isRunning());
    QVERIFY2(load.text().contains(QStringLiteral("no model is available")), qPrintable(load.text()));
    load.stop();
    QVERIFY(!load.isStartable());
}

void TestShell::aSampleLoadThatEndsSaysWhy()
{
    Console console;
    QSignalSpy notice(&console.session, &Session::notice);
    SampleLoad load(console.session, QStringLiteral("/bin/sh"),
                    {QStringLiteral("-c"), QStringLiteral("echo no such model >&2; exit 1"), QStringLiteral("sample")});
    load.start();
    QTRY_COMPARE(load.state(), SampleLoad::Failed);
    QVERIFY(load.text().contains(QStringLiteral("no such model")));
    QCOMPARE(notice.count(), 1);
    QVERIFY(load.isStartable());
    SampleLoad none(console.session, QString());
    QCOMPARE(none.state(), SampleLoad::Unavailable);
    SampleLoad missing(console.session, QStringLiteral("/nowhere/bench"));
    missing.start();
    QTRY_COMPARE(missing.state(), SampleLoad::Failed);
}

QTEST_MAIN(TestShell)
#include "tst_shell.moc"
