// SPDX-License-Identifier: GPL-3.0-or-later
#include "console_scene.h"
#include "control.pb.h"
#include "viewmodels/requests_view_model.h"
#include "viewmodels/settings_view_model.h"

#include <QtCore/QRegularExpression>
#include <QtTest/QTest>

using namespace millrace::desktop;

namespace {

QStringList wordsOf(QQuickItem* root)
{
    QStringList out;
    ConsoleScene::visit(root, [&out](QQuickItem* item) {
        if (item->inherits("QQuickText")) out.append(item->property("text").toString());
    });
    return out;
}

/// A sentence whose figure or name is missing: "Send one to  and it appears", "7 match(es)", "%1 left".
QString holeIn(const QString& text)
{
    static const QRegularExpression holes(
        QStringLiteral("\\S  [a-z]|%\\d|\\w\\(e?s\\)|\\b(to|at|of|from) [.,;]|undefined|\\bnan\\b|null"));
    const auto match = holes.match(text);
    return match.hasMatch() ? text : QString();
}

}  // namespace

/// A walk through everything that can be seen, in the states that an engine can be in.
class TestTour : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void sentencesHaveNoHoles_data();
    void sentencesHaveNoHoles();
    void aWalkWarnsOfNothing();
    void aShortToastIsOneLine();
    void rowsOfTwoBackendsDiffer();
    void unloadIsNotATrashCan();
};

void TestTour::sentencesHaveNoHoles_data()
{
    QTest::addColumn<int>("state");
    QTest::newRow("no engine") << 0;
    QTest::newRow("an engine that says no address") << 1;
    QTest::newRow("an engine without load") << 2;
    QTest::newRow("an engine under load") << 3;
    QTest::newRow("an engine that is gone") << 4;
}

/// "Send one to  and it appears here": the address was missing where no engine ran.
void TestTour::sentencesHaveNoHoles()
{
    QFETCH(int, state);
    ConsoleScene scene({.start = state >= 2});
    if (state == 0) scene.client().setPhaseForTest(EngineClient::Phase::NoEngine);
    if (state == 1) {
        scene.client().setPhaseForTest(EngineClient::Phase::Connected);
        control::Frame frame;
        frame.set_boot_id("bare");
        frame.set_full(true);
        frame.set_sequence(1);
        frame.set_time_ms(ConsoleScene::kStartMs);
        frame.mutable_flow();
        frame.mutable_streams();
        frame.mutable_batches();
        frame.mutable_pools();
        frame.mutable_models();
        Q_EMIT scene.client().frameArrived(frame);
    }
    if (state >= 3) scene.step(30);
    if (state == 4)
        scene.client().setPhaseForTest(EngineClient::Phase::Reconnecting, QStringLiteral("There is no socket."));
    QStringList holes;
    for (int i = 0; i < scene.shell().pages()->rowCount(); ++i) {
        scene.open(scene.shell().pages()->keyAt(i));
        const QStringList words = wordsOf(scene.window()->contentItem());
        QVERIFY(words.size() > 10);
        for (const QString& text : words) {
            if (const QString hole = holeIn(text); !hole.isEmpty())
                holes.append(scene.shell().pageKey() + QStringLiteral(": ") + hole);
        }
    }
    QVERIFY2(holes.isEmpty(), qPrintable(holes.join(u'\n')));
}

/// In ordinary use stderr had dozens of "Component is not ready", TypeErrors of null anchors and indices out of range.
/// What a scene warns of fails its test; this one touches what an hour at the console touches.
void TestTour::aWalkWarnsOfNothing()
{
    ConsoleScene scene;
    scene.step(20);
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < scene.shell().pages()->rowCount(); ++i) {
            scene.open(scene.shell().pages()->keyAt(i));
            scene.step(3);
            scene.time().pan(-1);
            scene.step(2);
            scene.time().goLive();
            for (int k = 0; k < 12; ++k) scene.key(Qt::Key_Tab);
            scene.key(Qt::Key_Down);
            scene.key(Qt::Key_Escape);
        }
        scene.window()->resize(round == 0 ? QSize(1024, 640) : QSize(1600, 1000));
        scene.settle();
    }
    auto& settings = *qobject_cast<SettingsViewModel*>(scene.shell().pages()->viewModel(QStringLiteral("settings")));
    scene.open(QStringLiteral("settings"));
    for (const char* words : {"wait", "backend", "no such setting", "", "@modified", ""}) {
        settings.setQuery(QString::fromLatin1(words));
        scene.step(1);
    }
    auto& requests = *qobject_cast<RequestsViewModel*>(scene.shell().pages()->viewModel(QStringLiteral("requests")));
    scene.open(QStringLiteral("requests"));
    for (const char* words : {"model:scribe", "slow:>1", "is:failed", "nothing at all", ""}) {
        requests.requests()->setQuery(QString::fromLatin1(words));
        scene.step(1);
    }
    scene.client().setPhaseForTest(EngineClient::Phase::Reconnecting, QStringLiteral("gone"));
    scene.settle();
    scene.client().setPhaseForTest(EngineClient::Phase::Connected);
    scene.step(2);
    QCOMPARE(scene.takeWarnings(), QStringList());
}

/// "Revision 2 is in force" stood in two lines.
void TestTour::aShortToastIsOneLine()
{
    ConsoleScene scene;
    for (const char* text :
         {"Revision 2 is active", "Copied", "A sentence that is a little longer than the others are"}) {
        scene.shell().notify(QString::fromLatin1(text), false);
        scene.settle();
        const QList<QQuickItem*> toasts = scene.ofType(QStringLiteral("Toast"));
        QCOMPARE(toasts.size(), 1);
        for (QQuickItem* label : ConsoleScene::ofType(toasts.constFirst(), QStringLiteral("Label"))) {
            if (label->property("text").toString() != QLatin1String(text)) continue;
            QCOMPARE(label->property("lineCount").toInt(), 1);
            QVERIFY(!label->property("truncated").toBool());
        }
    }
}

/// Two rows of one backend both read "runtime-with-a-r…": names are cut in the middle, so that their ends differ.
void TestTour::rowsOfTwoBackendsDiffer()
{
    ConsoleScene scene({.page = QStringLiteral("connections")});
    scene.step(5);
    int names = 0;
    for (QQuickItem* panel : scene.ofType(QStringLiteral("OpenConnections"))) {
        for (QQuickItem* label : ConsoleScene::ofType(panel, QStringLiteral("Label"))) {
            if (!label->property("text").toString().contains(QStringLiteral("grpc"), Qt::CaseInsensitive)) continue;
            QCOMPARE(label->property("elide").toInt(), 2);  // Text.ElideMiddle
            ++names;
        }
    }
    QVERIFY(names > 0);
}

void TestTour::unloadIsNotATrashCan()
{
    ConsoleScene scene({.page = QStringLiteral("models")});
    scene.step(5);
    QQuickItem* row = scene.ofType(QStringLiteral("DataTableRow")).constFirst();
    scene.click(row, {0.5, 0.5}, {}, Qt::RightButton);
    scene.settle();
    bool found = false;
    for (QQuickItem* entry : scene.ofType(QStringLiteral("MenuItem"))) {
        if (ConsoleScene::accessibleName(entry) != QStringLiteral("Unload")) continue;
        found = true;
        const QVariant icon = entry->property("icon");
        QVERIFY(icon.isValid());
        for (QQuickItem* symbol : ConsoleScene::ofType(entry, QStringLiteral("SvgIcon")))
            QVERIFY(symbol->property("name").toString() != QStringLiteral("trash"));
    }
    QVERIFY(found);
}

CONSOLE_TEST_MAIN(TestTour)
#include "tst_tour.moc"
