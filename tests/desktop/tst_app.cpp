// SPDX-License-Identifier: GPL-3.0-or-later
#include "app.h"
#include "console_scene.h"

#include <QtTest/QTest>

using namespace millrace::desktop;

/// The program put together as main.cpp does it.
class TestApp : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aPageMayNameASetting_data();
    void aPageMayNameASetting();
};

void TestApp::aPageMayNameASetting_data()
{
    QTest::addColumn<QString>("page");
    QTest::addColumn<QString>("focused");
    QTest::newRow("a number") << "settings/batcher.size_max"
                              << "batcher.size_max";
    QTest::newRow("a switch") << "settings/streamer.compression"
                              << "streamer.compression";
    QTest::newRow("of the last group") << "settings/limits.drain_timeout_ms"
                                       << "limits.drain_timeout_ms";
}

/// --page settings/batcher.size_max opens the settings where that one is, and gives it the keys.
void TestApp::aPageMayNameASetting()
{
    QFETCH(QString, page);
    QFETCH(QString, focused);
    QmlWarnings warnings;
    {
        App::Options options;
        options.demo = true;
        options.language = QStringLiteral("en");
        options.page = page;
        options.size = QSize(1024, 640);
        App app(options);
        QVERIFY(app.load());
        app.window()->requestActivate();
        QTRY_COMPARE(app.shell()->pageKey(), QStringLiteral("settings"));
        QTRY_VERIFY(app.window()->activeFocusItem() && app.window()->activeFocusItem()->objectName() == focused);
        const QQuickItem* field = app.window()->activeFocusItem();
        const QRectF place = field->mapRectToScene(field->boundingRect());
        QVERIFY(QRectF(0, 0, 1024, 640).contains(place));
    }
    QCOMPARE(warnings.take(), QStringList());
}

CONSOLE_TEST_MAIN(TestApp)
#include "tst_app.moc"
