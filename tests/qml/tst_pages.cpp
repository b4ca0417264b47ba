// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/fake_engine_client.h"
#include "items/console_qml_engine.h"
#include "support/qml_test.h"
#include "viewmodels/preferences.h"
#include "viewmodels/session.h"
#include "viewmodels/shell_view_model.h"

#include <QtCore/QDir>
#include <QtGui/QAccessible>
#include <QtGui/QImage>
#include <QtQml/QQmlComponent>
#include <QtQml/QQmlExtensionPlugin>
#include <QtQuick/QQuickItem>
#include <QtQuick/QQuickWindow>
#include <QtTest/QTest>
#include <QtWidgets/QApplication>

using namespace millrace::desktop;

namespace {

constexpr std::int64_t kStart = 1'700'000'000'000;

bool needsName(QAccessible::Role role)
{
    switch (role) {
        case QAccessible::Button:
        case QAccessible::CheckBox:
        case QAccessible::EditableText:
        case QAccessible::PageTab:
        case QAccessible::Chart:
        case QAccessible::ComboBox:
        case QAccessible::Table:
        case QAccessible::List:
            return true;
        default:
            return false;
    }
}

void walk(QAccessibleInterface* item, QStringList& nameless, int& seen, int depth = 0)
{
    if (!item || depth > 60 || item->state().invisible) return;
    if (needsName(item->role())) {
        ++seen;
        if (item->text(QAccessible::Name).isEmpty()) {
            const QObject* object = item->object();
            nameless.append(QStringLiteral("%1 (role %2)")
                                .arg(object ? QString::fromLatin1(object->metaObject()->className()) : QString())
                                .arg(item->role()));
        }
    }
    for (int i = 0; i < item->childCount(); ++i) walk(item->child(i), nameless, seen, depth + 1);
}

// How many colours a picture has, coarsely: a blank one has very few.
int colours(const QImage& image)
{
    QSet<QRgb> seen;
    for (int y = 0; y < image.height(); y += 7) {
        for (int x = 0; x < image.width(); x += 7) seen.insert(image.pixel(x, y) & 0xF0F0F0);
    }
    return static_cast<int>(seen.size());
}

// Items by the name of their type, as they stand in the scene (pages are no QObject children of the window).
void collect(QQuickItem* item, const QString& type, QList<QQuickItem*>& found)
{
    if (QString::fromLatin1(item->metaObject()->className()).startsWith(type)) found.append(item);
    const auto children = item->childItems();
    for (QQuickItem* child : children) collect(child, type, found);
}

struct Window {
    Window()
        : preferences({}),
          client(new FakeEngineClient(false, kStart)),
          session(std::unique_ptr<EngineClient>(client)),
          shell(session, preferences)
    {
        engine.addImportPath(QStringLiteral("qrc:/qt/qml"));
        engine.setInitialProperties({{QStringLiteral("shell"), QVariant::fromValue(&shell)}});
        engine.load(QUrl(QStringLiteral("qrc:/qt/qml/Millrace/Main.qml")));
        if (!engine.rootObjects().isEmpty()) window = qobject_cast<QQuickWindow*>(engine.rootObjects().constFirst());
        client->start();
    }
    void settle() const
    {
        // A page that is opened is made in slices.
        QVERIFY(QTest::qWaitFor([this] { return !window->property("loading").toBool(); }, 20'000));
        for (int i = 0; i < 4; ++i) {
            client->step(1000);
            QCoreApplication::processEvents();
        }
    }
    Preferences preferences;
    FakeEngineClient* client;
    Session session;
    ShellViewModel shell;
    ConsoleQmlEngine engine;
    QQuickWindow* window = nullptr;
};

}  // namespace

class TestPages : public QmlTest {
    Q_OBJECT
private Q_SLOTS:
    void iconsCanBeDrawn();
    void everyPageLoadsAndIsNotBlank_data();
    void everyPageLoadsAndIsNotBlank();
    void aPageThatIsBeingMadeMayGo_data();
    void aPageThatIsBeingMadeMayGo();
    void eachStageHasItsColour_data();
    void eachStageHasItsColour();
    void awayIsSaidAndGreyed();
    void keysSteerTime();
    void paletteOpensAPage();
    void aChartTurnsIntoATable();
};

/// Qt reads SVG through a plugin of a package of its own; without it every icon is missing, and nothing says so.
void TestPages::iconsCanBeDrawn()
{
    const QDir icons(QStringLiteral(MILLRACE_SOURCE_DIR "/resources/icons"));
    const auto names = icons.entryList({QStringLiteral("*.svg")});
    QVERIFY(!names.isEmpty());
    for (const QString& name : names) QVERIFY2(!QImage(icons.filePath(name)).isNull(), qPrintable(name));
}

void TestPages::everyPageLoadsAndIsNotBlank_data()
{
    QTest::addColumn<int>("page");
    QTest::addColumn<bool>("dark");
    QTest::addColumn<QSize>("size");
    Preferences preferences({});
    Session session(std::make_unique<FakeEngineClient>(false, kStart));
    const PageList pages(session);
    for (int page = 0; page < pages.rowCount(); ++page) {
        for (const bool dark : {true, false}) {
            for (const QSize size : {QSize(1440, 900), QSize(1024, 640)}) {
                QTest::addRow("%s %s %dx%d", qPrintable(pages.keyAt(page)), dark ? "dark" : "light", size.width(),
                              size.height())
                    << page << dark << size;
            }
        }
    }
}

void TestPages::everyPageLoadsAndIsNotBlank()
{
    QFETCH(int, page);
    QFETCH(bool, dark);
    QFETCH(QSize, size);
    Window console;
    QVERIFY(console.window);
    console.window->resize(size);
    console.preferences.setTheme(dark ? Preferences::Dark : Preferences::Light);
    console.shell.setPage(page);
    console.settle();
    const QImage image = console.window->grabWindow();
    QCOMPARE(image.size(), size);
    QVERIFY2(colours(image) > 12, qPrintable(QString::number(colours(image))));
    const QColor ground = image.pixelColor(size.width() - 6, 60);
    QCOMPARE(ground.lightness() < 128, dark);

    QStringList nameless;
    int seen = 0;
    walk(QAccessible::queryAccessibleInterface(console.window), nameless, seen);
    QVERIFY2(nameless.isEmpty(), qPrintable(nameless.join(u'\n')));
    QVERIFY2(seen >= console.shell.pages()->rowCount(), qPrintable(QString::number(seen)));
}

void TestPages::aPageThatIsBeingMadeMayGo_data()
{
    QTest::addColumn<int>("page");
    Preferences preferences({});
    Session session(std::make_unique<FakeEngineClient>(false, kStart));
    const PageList pages(session);
    for (int page = 0; page < pages.rowCount(); ++page) QTest::addRow("%s", qPrintable(pages.keyAt(page))) << page;
}

/// cleanup() finds what Qt says of it.
void TestPages::aPageThatIsBeingMadeMayGo()
{
    QFETCH(int, page);
    for (int turns = 0; turns < 4; ++turns) {
        Window console;
        console.client->step(1000);
        console.shell.setPage(page);
        for (int turn = 0; turn < turns; ++turn) QCoreApplication::processEvents();
    }
}

void TestPages::eachStageHasItsColour_data()
{
    QTest::addColumn<QString>("stage");
    QTest::addColumn<QString>("color");
    for (const char* name : {"connections", "batches", "models", "inference", "streams"}) {
        const QString color = QString::fromLatin1(name);
        QTest::newRow(name) << color.at(0).toUpper() + color.mid(1) << color;
    }
    QTest::newRow("none") << QStringLiteral("None") << QStringLiteral("accent");
    QTest::newRow("clients") << QStringLiteral("Clients") << QStringLiteral("inference");
}

void TestPages::eachStageHasItsColour()
{
    QFETCH(QString, stage);
    QFETCH(QString, color);
    QQmlEngine engine;
    engine.addImportPath(QStringLiteral("qrc:/qt/qml"));
    QQmlComponent component(&engine);
    component.setData(
        QStringLiteral("import QtQml; import Millrace; import Millrace.Desktop; import Millrace.Theme; QtObject {"
                       "property bool same: Tones.stage(Stage.%1) === Theme.color.%2 }")
            .arg(stage, color)
            .toUtf8(),
        QUrl());
    const std::unique_ptr<QObject> item(component.create());
    QVERIFY2(item, qPrintable(component.errorString()));
    QVERIFY(item->property("same").toBool());
}

void TestPages::awayIsSaidAndGreyed()
{
    Window console;
    console.settle();
    console.client->setPhaseForTest(EngineClient::Phase::Reconnecting, QStringLiteral("the socket closed"));
    QCoreApplication::processEvents();
    QVERIFY(console.session.isStale());
    QVERIFY(colours(console.window->grabWindow()) > 12);  // the last data stays
    QVERIFY(console.shell.engine()->problem().contains(QStringLiteral("the socket closed")));
}

void TestPages::keysSteerTime()
{
    Window console;
    console.settle();
    console.window->requestActivate();
    QTest::keyClick(console.window, Qt::Key_Space);
    QVERIFY(console.session.time()->isPaused());
    QTest::keyClick(console.window, Qt::Key_End);
    QVERIFY(!console.session.time()->isPaused());
    QTest::keyClick(console.window, Qt::Key_2, Qt::ControlModifier);
    QCOMPARE(console.shell.page(), 1);
}

void TestPages::paletteOpensAPage()
{
    Window console;
    console.settle();
    QTest::keyClick(console.window, Qt::Key_K, Qt::ControlModifier);
    for (const char letter : QByteArray("settings")) QTest::keyClick(console.window, letter);
    QTest::keyClick(console.window, Qt::Key_Return);
    QCOMPARE(console.shell.pageKey(), QStringLiteral("settings"));
}

void TestPages::aChartTurnsIntoATable()
{
    Window console;
    console.settle();
    QList<QQuickItem*> cards;
    collect(console.window->contentItem(), QStringLiteral("ChartCard"), cards);
    QVERIFY(!cards.isEmpty());
    cards.first()->forceActiveFocus();
    QTest::keyClick(console.window, Qt::Key_T);
    QCOMPARE(cards.first()->property("asTable").toBool(), true);
    console.settle();
    QVERIFY(colours(console.window->grabWindow()) > 12);
}

QTEST_MAIN(TestPages)
#include "tst_pages.moc"
