// SPDX-License-Identifier: GPL-3.0-or-later
#include "console_scene.h"

#include <QtTest/QTest>

using namespace millrace::desktop;

/// The fixture itself: what it finds, what it presses, and that it hears of warnings.
class TestConsoleScene : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void findsWhatIsSeenOnly();
    void clicksAndKeysArrive();
    void hearsWarnings();
    void stepsMoveTheEnginesClock();
};

void TestConsoleScene::findsWhatIsSeenOnly()
{
    ConsoleScene scene({.page = QStringLiteral("flow")});
    QVERIFY(scene.byObjectName(QStringLiteral("pause")));
    QVERIFY(scene.named(QStringLiteral("Throughput")));
    QVERIFY(!scene.ofType(QStringLiteral("ChartCard")).isEmpty());
    scene.open(QStringLiteral("events"));
    QVERIFY(scene.ofType(QStringLiteral("ChartCard")).isEmpty());  // those of Flow are hidden now
    QVERIFY(!scene.byObjectName(QStringLiteral("no such thing")));
}

void TestConsoleScene::clicksAndKeysArrive()
{
    ConsoleScene scene;
    scene.click(scene.byObjectName(QStringLiteral("pause")));
    QVERIFY(scene.time().isPaused());
    scene.key(Qt::Key_2, Qt::ControlModifier);
    QCOMPARE(scene.shell().page(), 1);
    QVERIFY(ConsoleScene::colours(scene.grab()) > 12);
}

void TestConsoleScene::hearsWarnings()
{
    ConsoleScene scene;
    qWarning("made for this test");
    QCOMPARE(scene.takeWarnings(), QStringList{QStringLiteral("made for this test")});
    QVERIFY(scene.takeWarnings().isEmpty());
}

void TestConsoleScene::stepsMoveTheEnginesClock()
{
    ConsoleScene scene;
    const qint64 before = scene.time().endMs();
    scene.step(3);
    QCOMPARE(scene.time().endMs(), before + 3000);
}

CONSOLE_TEST_MAIN(TestConsoleScene)
#include "tst_console_scene.moc"
