// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/elision_tip.h"
#include "support/qml_test.h"

#include <QtGui/QAccessible>
#include <QtQml/QQmlApplicationEngine>
#include <QtQml/QQmlComponent>
#include <QtQuick/QQuickItem>
#include <QtQuick/QQuickWindow>
#include <QtTest/QTest>
#include <QtWidgets/QApplication>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <memory>

using namespace millrace::desktop;

namespace {

constexpr const char* kDocument = R"(
import QtQuick
import Millrace.Style
import Millrace.Theme

ApplicationWindow {
    width: 480
    height: 360
    visible: true
    Binding { target: Theme; property: "dark"; value: true }

    Label { objectName: "cut"; width: 60; height: 20; text: "a name that is much too long" }
    Button { objectName: "narrow"; x: 240; y: 60; width: 90; icon.name: "play"; text: "a name that is much too long" }
    Button { objectName: "wide"; x: 240; y: 100; icon.name: "play"; text: "a name that is not too long" }
    ScrollView {
        objectName: "scroll"; x: 240; y: 140; width: 100; height: 100; contentHeight: 400
        Column { Repeater { model: 10; Button { required property int index; objectName: "in" + index; text: index; height: 40 } } }
    }
    Label { objectName: "whole"; y: 24; width: 200; height: 20; text: "a name" }
    Button {
        property int clicks: 0
        objectName: "plain"; y: 60; text: "Go"; ToolTip.text: "why"; ToolTip.delay: 0
        onClicked: { ++clicks; menu.open() }
        Menu { id: menu; objectName: "menu"; MenuItem { text: "first" } MenuItem { text: "second" } }
    }
    Button { objectName: "refused"; y: 100; width: 160; text: "Apply guarded"; highlighted: true; enabled: false }
    ComboBox { objectName: "choice"; y: 140; model: ["one", "two", "three"] }
    TextField { objectName: "focused"; y: 180; width: 120; text: "1" }
    TextField { objectName: "edited"; y: 220; width: 120; text: "1"; edited: true }
    Switch {
        property int toggles: 0
        objectName: "switch"; y: 260; Accessible.name: "Batching"
        onToggled: ++toggles
    }
    Dialog {
        id: dialog
        property int accepted: 0
        objectName: "dialog"
        title: "Stop the engine?"
        onAccepted: ++accepted
        Label { text: "Three requests are in flight." }
        footer: DialogButtonBox {
            Button { objectName: "keep"; text: "Cancel"; onClicked: dialog.reject() }
            Button { objectName: "stop"; text: "Stop engine"; danger: true; onClicked: dialog.accept() }
        }
    }
}
)";

QQuickItem* find(QQuickItem* root, const QString& name)
{
    if (root->objectName() == name) return root;
    const auto children = root->childItems();
    for (QQuickItem* child : children) {
        if (QQuickItem* found = find(child, name)) return found;
    }
    return nullptr;
}

using Visit = std::function<void(const QQuickItem*)>;

void visitChildren(const QQuickItem* root, const Visit& each)
{
    const auto children = root->childItems();
    for (const QQuickItem* child : children) {
        if (!child->isVisible()) continue;
        each(child);
        visitChildren(child, each);
    }
}

bool isRead(const QQuickItem* root, const QString& text)
{
    if (!root->isVisible()) return false;
    if (root->inherits("QQuickText") && root->property("text").toString() == text) return true;
    const auto children = root->childItems();
    return std::any_of(children.begin(), children.end(), [&](const QQuickItem* child) { return isRead(child, text); });
}

double luminance(const QColor& color)
{
    const auto part = [](double value) {
        return value <= 0.03928 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * part(color.redF()) + 0.7152 * part(color.greenF()) + 0.0722 * part(color.blueF());
}

struct Scene {
    Scene()
    {
        engine.addImportPath(QStringLiteral("qrc:/qt/qml"));
        engine.loadData(kDocument);
        if (engine.rootObjects().isEmpty()) return;
        window = qobject_cast<QQuickWindow*>(engine.rootObjects().constFirst());
        window->requestActivate();
        QTest::mouseMove(window, QPoint(470, 350));
        settle();
    }
    QQuickItem* item(const char* name) const { return find(window->contentItem(), QString::fromLatin1(name)); }
    QPoint middle(const char* name) const
    {
        const QQuickItem* at = item(name);
        return at->mapToScene(QPointF(at->width() / 2, at->height() / 2)).toPoint();
    }
    QImage picture(const char* name)
    {
        const QQuickItem* at = item(name);
        return window->grabWindow().copy(
            at->mapRectToScene(QRectF(-3, -3, at->width() + 6, at->height() + 6)).toRect());
    }
    void click(const char* name) { QTest::mouseClick(window, Qt::LeftButton, {}, middle(name)); }
    static void settle()
    {
        for (int i = 0; i < 5; ++i) QCoreApplication::processEvents();
    }
    QQmlApplicationEngine engine;
    QQuickWindow* window = nullptr;
};

}  // namespace

/// The controls of Millrace.Style by themselves.
class TestStyle : public QmlTest {
    Q_OBJECT
private Q_SLOTS:
    void aCutTextIsShownWholeAndOthersAreNot();
    void theWholeOfACutTextGoesWithItsMoment_data();
    void theWholeOfACutTextGoesWithItsMoment();
    void aButtonCutsItsTextToItsWidth();
    void whatGetsTheKeysIsScrolledIntoSight();
    void aButtonIsPressedOnceByEachWay_data();
    void aButtonIsPressedOnceByEachWay();
    void aTooltipGivesWayToTheMenuOfItsButton();
    void whatCannotBePressedCanBeRead();
    void coloursReachTheirContrast_data();
    void coloursReachTheirContrast();
    void anEditedFieldDiffersFromAFocusedOne();
    void aChoiceIsMadeByMouseAndByKeys();
    void aSwitchTogglesByKeys();
    void aDialogCarriesItsVerb();
};

void TestStyle::aCutTextIsShownWholeAndOthersAreNot()
{
    Scene scene;
    QVERIFY(scene.window);
    auto* tip = scene.window->findChild<ElisionTip*>();
    QVERIFY(tip);
    tip->setProperty("delay", 0);
    QTest::mouseMove(scene.window, scene.middle("cut"));
    scene.settle();
    QCOMPARE(tip->item(), scene.item("cut"));
    QCOMPARE(tip->text(), QStringLiteral("a name that is much too long"));
    QTest::mouseMove(scene.window, scene.middle("whole"));
    scene.settle();
    QVERIFY(!tip->item());
    // What lies under an open dialog is not looked at.
    QVERIFY(QMetaObject::invokeMethod(scene.window->findChild<QObject*>(QStringLiteral("dialog")), "open"));
    scene.settle();
    QTest::mouseMove(scene.window, scene.middle("stop"));
    scene.settle();
    QVERIFY(!tip->item());
}

void TestStyle::theWholeOfACutTextGoesWithItsMoment_data()
{
    QTest::addColumn<int>("why");
    QTest::newRow("a key") << 0;
    QTest::newRow("its page is left") << 1;
    QTest::newRow("another window") << 2;
}

/// It stayed over the next page, which a key had opened.
void TestStyle::theWholeOfACutTextGoesWithItsMoment()
{
    QFETCH(int, why);
    Scene scene;
    auto* tip = scene.window->findChild<ElisionTip*>();
    tip->setProperty("delay", 0);
    QTest::mouseMove(scene.window, scene.middle("cut"));
    scene.settle();
    QCOMPARE(tip->item(), scene.item("cut"));
    if (why == 0) {
        QTest::keyClick(scene.window, Qt::Key_Escape);
    } else if (why == 1) {
        scene.item("cut")->setVisible(false);
    } else {
        QFocusEvent out(QEvent::FocusOut);
        QCoreApplication::sendEvent(scene.window, &out);
    }
    QVERIFY(!tip->item());
    QVERIFY(tip->text().isEmpty());
}

void TestStyle::aButtonCutsItsTextToItsWidth()
{
    Scene scene;
    for (const char* name : {"narrow", "wide"}) {
        const QQuickItem* button = scene.item(name);
        const bool cut = QByteArray(name) == "narrow";
        int texts = 0;
        Visit visit = [&](const QQuickItem* item) {
            const QRectF at = item->mapRectToItem(button, item->boundingRect());
            if (item->inherits("QQuickText")) {
                ++texts;
                QCOMPARE(item->property("truncated").toBool(), cut);
            }
            QVERIFY2(at.left() >= 0 && at.right() <= button->width(), name);
        };
        visitChildren(button, visit);
        QCOMPARE(texts, 1);
    }
}

/// Tab went on below the edge of the page, out of sight.
void TestStyle::whatGetsTheKeysIsScrolledIntoSight()
{
    Scene scene;
    const QQuickItem* view = scene.item("scroll");
    scene.item("in0")->forceActiveFocus();
    const auto isSeen = [&](const QQuickItem* item) {
        const QRectF at = item->mapRectToItem(view, item->boundingRect());
        return at.top() >= 0 && at.bottom() <= view->height();
    };
    for (int i = 1; i < 10; ++i) {
        QTest::keyClick(scene.window, Qt::Key_Tab);
        scene.settle();
        QCOMPARE(scene.window->activeFocusItem()->objectName(), QStringLiteral("in%1").arg(i));
        QVERIFY2(isSeen(scene.window->activeFocusItem()), qPrintable(QString::number(i)));
    }
    for (int i = 8; i >= 0; --i) {
        QTest::keyClick(scene.window, Qt::Key_Backtab);
        scene.settle();
        QVERIFY2(isSeen(scene.item(qPrintable(QStringLiteral("in%1").arg(i)))), qPrintable(QString::number(i)));
    }
    // What was pressed is in sight, and stays where the pointer is.
    const double before = scene.item("in2")->mapToItem(view, {}).y();
    QVERIFY(before > 60 && before < 100);
    QTest::mouseClick(scene.window, Qt::LeftButton, {}, view->mapToScene(QPointF(20, 95)).toPoint());
    scene.settle();
    QCOMPARE(scene.window->activeFocusItem(), scene.item("in2"));
    QCOMPARE(scene.item("in2")->mapToItem(view, {}).y(), before);
}

void TestStyle::aButtonIsPressedOnceByEachWay_data()
{
    QTest::addColumn<int>("way");
    QTest::newRow("mouse") << 0;
    QTest::newRow("space") << 1;
    QTest::newRow("return") << 2;
    QTest::newRow("accessibility") << 3;
}

void TestStyle::aButtonIsPressedOnceByEachWay()
{
    QFETCH(int, way);
    Scene scene;
    QQuickItem* button = scene.item("plain");
    button->forceActiveFocus();
    if (way == 0) scene.click("plain");
    if (way == 1) QTest::keyClick(scene.window, Qt::Key_Space);
    if (way == 2) QTest::keyClick(scene.window, Qt::Key_Return);
    if (way == 3) {
        auto* actions = QAccessible::queryAccessibleInterface(button)->actionInterface();
        QVERIFY(actions);
        actions->doAction(QAccessibleActionInterface::pressAction());
    }
    QCOMPARE(button->property("clicks").toInt(), 1);
}

/// Tooltips used to lie over the menu that the click had opened.
void TestStyle::aTooltipGivesWayToTheMenuOfItsButton()
{
    Scene scene;
    const QString tip = QStringLiteral("why");
    QTest::mouseMove(scene.window, scene.middle("plain"));
    scene.settle();
    QVERIFY(isRead(scene.window->contentItem(), tip));
    scene.click("plain");
    scene.settle();
    QVERIFY(!isRead(scene.window->contentItem(), tip));
    QTest::mouseMove(scene.window, scene.middle("plain") + QPoint(1, 0));
    scene.settle();
    QVERIFY(!isRead(scene.window->contentItem(), tip));
}

/// A disabled primary button was dark blue on blue.
void TestStyle::whatCannotBePressedCanBeRead()
{
    Scene scene;
    const QImage image = scene.picture("refused");
    double darkest = 1;
    double lightest = 0;
    for (int y = 6; y < image.height() - 6; ++y) {
        for (int x = 6; x < image.width() - 6; ++x) {
            const double one = luminance(image.pixelColor(x, y));
            darkest = std::min(darkest, one);
            lightest = std::max(lightest, one);
        }
    }
    const double contrast = (lightest + 0.05) / (darkest + 0.05);
    QVERIFY2(contrast >= 4.5, qPrintable(QString::number(contrast)));
}

void TestStyle::coloursReachTheirContrast_data()
{
    QTest::addColumn<bool>("dark");
    QTest::addColumn<bool>("unknown");
    QTest::newRow("dark") << true << false;
    QTest::newRow("light") << false << false;
    QTest::newRow("dark, no engine") << true << true;
    QTest::newRow("light, no engine") << false << true;
}

/// Words reach 4.5:1 and lines 3:1 on every ground (WCAG 2.1, 1.4.3 and 1.4.11). What is from before is fainter, not
/// unreadable: its figures still tell what was, just when somebody wonders what happened.
void TestStyle::coloursReachTheirContrast()
{
    QFETCH(bool, dark);
    QFETCH(bool, unknown);
    QQmlEngine engine;
    engine.addImportPath(QStringLiteral("qrc:/qt/qml"));
    QQmlComponent component(&engine);
    component.setData(
        "import QtQml; import Millrace.Theme; QtObject {"
        "property QtObject colors: Theme.color; property real stale: Theme.stale;"
        "property bool dark; onDarkChanged: Theme.dark = dark;"
        "property bool unknown; onUnknownChanged: Theme.unknown = unknown }",
        QUrl());
    const std::unique_ptr<QObject> theme(component.create());
    QVERIFY2(theme, qPrintable(component.errorString()));
    theme->setProperty("dark", !dark);
    theme->setProperty("dark", dark);
    theme->setProperty("unknown", unknown);
    const double stale = theme->property("stale").toDouble();
    const auto* colors = theme->property("colors").value<QObject*>();
    QVERIFY(colors);
    const auto color = [&](const char* name) { return colors->property(name).value<QColor>(); };
    const QColor window = color("window");
    QCOMPARE(luminance(window) < 0.5, dark);
    const auto faded = [&](const QColor& of) {
        const auto part = [&](float one, float under) { return float(stale * one + (1 - stale) * under); };
        return QColor::fromRgbF(part(of.redF(), window.redF()), part(of.greenF(), window.greenF()),
                                part(of.blueF(), window.blueF()));
    };
    const auto contrast = [](const QColor& a, const QColor& b) {
        const double one = luminance(a), other = luminance(b);
        return (std::max(one, other) + 0.05) / (std::min(one, other) + 0.05);
    };
    struct Row {
        const char* name;
        double least;
        double leastStale;
    };
    static constexpr std::array kRows = {
        Row{"text", 7, 4.5},        Row{"textSecond", 4.5, 4.5}, Row{"textThird", 4.5, 3}, Row{"accent", 3, 2.5},
        Row{"connections", 3, 2.5}, Row{"batches", 3, 2.5},      Row{"models", 3, 2.5},    Row{"inference", 3, 2.5},
        Row{"streams", 3, 2.5},     Row{"queued", 3, 2},         Row{"ok", 3, 2.5},        Row{"warning", 3, 2.5},
        Row{"critical", 3, 2.5},
    };
    for (const Row& row : kRows) {
        for (const char* ground : {"window", "panel", "raised"}) {
            const double now = contrast(color(row.name), color(ground));
            const double before = contrast(faded(color(row.name)), faded(color(ground)));
            const QString words = QStringLiteral("%1 on %2: %3, stale %4")
                                      .arg(QLatin1String(row.name), QLatin1String(ground))
                                      .arg(now)
                                      .arg(before);
            QVERIFY2(now >= row.least && before >= row.leastStale, qPrintable(words));
            QVERIFY2(before < now, qPrintable(words));
        }
    }
}

void TestStyle::anEditedFieldDiffersFromAFocusedOne()
{
    Scene scene;
    scene.item("focused")->forceActiveFocus();
    scene.settle();
    const QImage focused = scene.picture("focused");
    const QImage edited = scene.picture("edited");
    QCOMPARE(focused.size(), edited.size());
    QVERIFY(focused != edited);
    // The mark of an edit stays while the field has the focus.
    scene.item("edited")->forceActiveFocus();
    scene.settle();
    QVERIFY(scene.picture("edited") != focused);
}

void TestStyle::aChoiceIsMadeByMouseAndByKeys()
{
    Scene scene;
    QQuickItem* choice = scene.item("choice");
    choice->forceActiveFocus();
    QTest::keyClick(scene.window, Qt::Key_Return);
    scene.settle();
    QTest::keyClick(scene.window, Qt::Key_Down);
    QTest::keyClick(scene.window, Qt::Key_Return);
    scene.settle();
    QCOMPARE(choice->property("currentIndex").toInt(), 1);
    scene.click("choice");
    scene.settle();
    QTest::keyClick(scene.window, Qt::Key_Down);
    QTest::keyClick(scene.window, Qt::Key_Space);
    scene.settle();
    QCOMPARE(choice->property("displayText").toString(), QStringLiteral("three"));
}

void TestStyle::aSwitchTogglesByKeys()
{
    Scene scene;
    QQuickItem* item = scene.item("switch");
    item->forceActiveFocus();
    QTest::keyClick(scene.window, Qt::Key_Space);
    QVERIFY(item->property("checked").toBool());
    QTest::keyClick(scene.window, Qt::Key_Return);
    QVERIFY(!item->property("checked").toBool());
    QCOMPARE(item->property("toggles").toInt(), 2);
}

void TestStyle::aDialogCarriesItsVerb()
{
    Scene scene;
    auto* dialog = scene.window->findChild<QObject*>(QStringLiteral("dialog"));
    QVERIFY(QMetaObject::invokeMethod(dialog, "open"));
    scene.settle();
    QVERIFY(dialog->property("opened").toBool());
    scene.click("stop");
    scene.settle();
    QCOMPARE(dialog->property("accepted").toInt(), 1);
    QVERIFY(!dialog->property("visible").toBool());
}

QTEST_MAIN(TestStyle)
#include "tst_style.moc"
