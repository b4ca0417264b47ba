// SPDX-License-Identifier: GPL-3.0-or-later
#include "app.h"
#include "console_scene.h"
#include "render_backend.h"

#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace millrace::desktop;

/// The program put together as main.cpp does it.
class TestApp : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aPageMayNameASetting_data();
    void aPageMayNameASetting();
    void whatIsKeptIsOnDiskAtOnce();
    void softwareRenderersAreKnown_data();
    void softwareRenderersAreKnown();
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

/// Where the window stood and the page were kept when it was closed only, not by SIGTERM or a crash: they are on disk
/// while it runs.
void TestApp::whatIsKeptIsOnDiskAtOnce()
{
    QTemporaryDir folder;
    QVERIFY(folder.isValid());
    QmlWarnings warnings;
    App::Options options;
    options.demo = true;
    options.language = QStringLiteral("en");
    options.preferences = folder.filePath(QStringLiteral("kept.ini"));
    const QRect place(12, 34, 1100, 700);
    {
        App app(options);
        QVERIFY(app.load());
        app.window()->setGeometry(place);
        app.shell()->openPage(QStringLiteral("streams"));
        const auto onDisk = [&] {
            QFile file(options.preferences);
            return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
        };
        QTRY_VERIFY2_WITH_TIMEOUT(onDisk().contains(QStringLiteral("streams")), qPrintable(onDisk()), 10'000);
        QTRY_VERIFY2_WITH_TIMEOUT(onDisk().contains(QStringLiteral("12 34 1100 700")), qPrintable(onDisk()), 10'000);
    }
    App next(options);
    QVERIFY(next.load());
    QCOMPARE(next.shell()->pageKey(), QStringLiteral("streams"));
    QCOMPARE(warnings.take(), QStringList());
}

void TestApp::softwareRenderersAreKnown_data()
{
    QTest::addColumn<QString>("renderer");
    QTest::addColumn<bool>("software");
    QTest::newRow("Mesa") << "llvmpipe (LLVM 15.0.6, 256 bits)" << true;
    QTest::newRow("Mesa, old") << "softpipe" << true;
    QTest::newRow("X server's") << "Software Rasterizer" << true;
    QTest::newRow("Chromium's") << "Google SwiftShader" << true;
    QTest::newRow("none") << "" << true;
    QTest::newRow("Intel") << "Mesa Intel(R) UHD Graphics 620 (KBL GT2)" << false;
    QTest::newRow("AMD") << "AMD Radeon RX 6600 (navi23, LLVM 15.0.6, DRM 3.49)" << false;
    QTest::newRow("NVIDIA") << "NVIDIA GeForce RTX 3060/PCIe/SSE2" << false;
}

/// Where OpenGL is computed by the processor, the software scene graph is a third of the work.
void TestApp::softwareRenderersAreKnown()
{
    QFETCH(QString, renderer);
    QFETCH(bool, software);
    QCOMPARE(isSoftwareRenderer(renderer), software);
}

CONSOLE_TEST_MAIN(TestApp)
#include "tst_app.moc"
