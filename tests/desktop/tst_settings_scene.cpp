// SPDX-License-Identifier: GPL-3.0-or-later
#include "console_scene.h"
#include "format/natural_order.h"
#include "viewmodels/settings_view_model.h"

#include <QtCore/QTemporaryDir>
#include <QtGui/QClipboard>
#include <QtGui/QGuiApplication>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

using namespace millrace::desktop;

/// The settings page as a user drives it: types, clicks, looks. Warnings of QML fail the test that ran into them.
class TestSettingsScene : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void headingsDistinguishBackends();
    void aBackendIsAddedTestedAndRemoved();
    void anEditIsMarkedOtherwiseThanTheFocus();
    void aFieldGroupsDigitsUntilItIsEdited();
    void typingIsValidatedAndApplied();
    void jsonKeepsWhatWasTyped();
    void jsonMarksTheGroupThatWasShown();
    void aClickBelowTheLastLineFocusesTheJson();
    void importComesFromTheClipboard();
    void guardedApplyIsSeen();
    void aChosenGroupLeavesTheJson();
    void revealScrollsToTheField();
    void decimalsAreEditedInTheLanguage();
    void undoByKey();
    void pendingRowsOpenTheirSetting();
    void pendingChangesAreATable();
    void theSmallestWindowHasAllOfIt();
};

namespace {

struct Settings : ConsoleScene {
    explicit Settings(const QString& group = {}, QSize size = {1440, 900},
                      QLocale::Language language = QLocale::English)
        : ConsoleScene({.size = size, .language = language, .page = QStringLiteral("settings")})
    {
        settle();
        page = qobject_cast<SettingsViewModel*>(shell().pages()->viewModel(QStringLiteral("settings")));
        if (!page || page->phase() != SettingsViewModel::Ready) qFatal("the settings are not there");
        if (!group.isEmpty()) page->setGroup(group);
        settle();
    }
    QQuickItem* at(const char* objectName) const { return byObjectName(QString::fromLatin1(objectName)); }
    void validated()
    {
        // What was typed may be on its way to the engine already, an older state of it.
        page->validate();
        if (!QTest::qWaitFor([this] { return page->isValidated() || page->hasConflict(); }))
            qFatal("the pending changes were not validated");
        settle();
    }
    /// Everything in the field is replaced, as a user does it.
    void retype(const char* objectName, const QString& text)
    {
        click(at(objectName));
        key(Qt::Key_A, Qt::ControlModifier);
        type(text);
        settle();
    }
    SettingsViewModel* page = nullptr;
};

}  // namespace

void TestSettingsScene::headingsDistinguishBackends()
{
    Settings scene(QStringLiteral("backends"));
    const auto headings = scene.ofType(QStringLiteral("BackendHeading"));
    QCOMPARE(headings.size(), 2);
    QVERIFY(ConsoleScene::accessibleName(headings.first()).startsWith(QStringLiteral("runtime")));
    scene.page->setQuery(QStringLiteral("minimum size_min"));
    scene.settle();
    QCOMPARE(scene.ofType(QStringLiteral("SettingHeading")).size(), 2);
    scene.click(scene.ofType(QStringLiteral("SettingHeading")).last());
    QCOMPARE(scene.page->group(), QStringLiteral("batcher"));
}

void TestSettingsScene::aBackendIsAddedTestedAndRemoved()
{
    Settings scene(QStringLiteral("backends"));
    scene.click(scene.at("add-backend"));
    scene.click(scene.at("preset-0"));
    scene.settle();
    QVERIFY(scene.at("backends[2].address"));
    scene.retype("backends[2].name", QStringLiteral("mine"));
    scene.validated();
    scene.click(scene.at("test-mine"));
    scene.settle();
    QVERIFY(scene.at("test-result")->property("text").toString().contains(QStringLiteral("nomic-embed-text")));
    scene.click(scene.at("apply"));
    scene.settle();
    scene.step();
    QCOMPARE(scene.page->pendingCount(), 0);
    scene.page->reveal(QStringLiteral("backends[2].name"));
    scene.settle();
    scene.click(scene.at("remove-mine"));
    scene.settle();
    QCOMPARE(scene.page->pendingCount(), 1);
    QVERIFY(!scene.at("backends[2].address"));
    scene.click(scene.at("keep-mine"));
    scene.settle();
    QCOMPARE(scene.page->pendingCount(), 0);
}

void TestSettingsScene::anEditIsMarkedOtherwiseThanTheFocus()
{
    Settings scene(QStringLiteral("batcher"));
    QVERIFY(!scene.at("pending-mark"));
    scene.click(scene.at("batcher.size_max"));
    scene.settle();
    QVERIFY2(!scene.at("pending-mark"), "the focus alone is no edit");
    scene.retype("batcher.size_max", QStringLiteral("192"));
    QVERIFY(scene.at("pending-mark"));
    scene.key(Qt::Key_Escape);
    scene.settle();
    QVERIFY(!scene.at("pending-mark"));
}

void TestSettingsScene::aFieldGroupsDigitsUntilItIsEdited()
{
    Settings scene(QStringLiteral("limits"));
    QQuickItem* field = scene.at("limits.requests_max");
    QCOMPARE(field->property("text").toString(), QStringLiteral("4,096"));
    scene.click(field);
    scene.settle();
    QCOMPARE(field->property("text").toString(), QStringLiteral("4096"));
    scene.retype("limits.requests_max", QStringLiteral("20,000"));
    QCOMPARE(scene.page->pending()->rows().first().after,
             QStringLiteral("20,000 requests").replace(QStringLiteral(" r"), QChar(0x00A0) + QStringLiteral("r")));
}

void TestSettingsScene::typingIsValidatedAndApplied()
{
    Settings scene(QStringLiteral("batcher"));
    scene.retype("batcher.size_max", QStringLiteral("99999"));
    scene.validated();
    QVERIFY(scene.at("problem-batcher.size_max"));
    QVERIFY(!scene.at("apply")->isEnabled());
    scene.retype("batcher.size_max", QStringLiteral("192"));
    QCOMPARE(scene.at("batcher.size_max")->property("text").toString(), QStringLiteral("192"));
    scene.validated();
    scene.click(scene.at("apply"));
    scene.settle();
    QCOMPARE(scene.page->pendingCount(), 0);
    scene.click(scene.at("undo-apply"));
    scene.settle();
    QCOMPARE(scene.at("batcher.size_max")->property("text").toString(), QStringLiteral("200"));
}

void TestSettingsScene::jsonKeepsWhatWasTyped()
{
    Settings scene;
    scene.click(scene.at("as-json"));
    scene.settle();
    QQuickItem* json = scene.at("json");
    scene.click(json);
    scene.key(Qt::Key_A, Qt::ControlModifier);
    const QString slip = QStringLiteral("{ \"batcher\": { \"size_maxx\": 3 } }");
    scene.type(slip);
    scene.settle();
    QVERIFY(scene.at("json-problem")->property("text").toString().startsWith(QStringLiteral("line 1, column 16")));
    QVERIFY(scene.at("problem-line"));
    QVERIFY(!scene.at("json-accept")->isEnabled());
    scene.key(Qt::Key_Return, Qt::ControlModifier);
    scene.settle();
    QCOMPARE(json->property("text").toString(), slip);
    // To another page and back.
    scene.open(QStringLiteral("flow"));
    scene.open(QStringLiteral("settings"));
    QCOMPARE(scene.at("json")->property("text").toString(), slip);
    scene.click(scene.at("json"));
    scene.key(Qt::Key_A, Qt::ControlModifier);
    scene.type(QStringLiteral("{ \"batcher\": { \"size_max\": 30 } }"));
    scene.settle();
    scene.click(scene.at("json-accept"));
    scene.validated();
    QVERIFY2(scene.page->isApplicable(), qPrintable(scene.page->whyNot()));
}

/// It began at its first line, whatever group the form was at.
void TestSettingsScene::jsonMarksTheGroupThatWasShown()
{
    Settings scene(QStringLiteral("batcher"));
    scene.retype("batcher.size_max", QStringLiteral("150"));
    scene.validated();
    scene.click(scene.at("as-json"));
    scene.settle();
    QQuickItem* json = scene.at("json");
    const auto place = json->property("text").toString().indexOf(QStringLiteral("\"batcher\""));
    QVERIFY(place > 0);
    QCOMPARE(json->property("cursorPosition").toInt(), place);
    QQuickItem* mark = scene.at("asked-group");
    QVERIFY(mark);
    QCOMPARE(mark->y(), json->property("cursorRectangle").toRectF().y());
}

void TestSettingsScene::aClickBelowTheLastLineFocusesTheJson()
{
    Settings scene;
    scene.click(scene.at("as-json"));
    scene.settle();
    scene.click(scene.at("json"), {0.5, 0.97});
    QCOMPARE(scene.focused(), scene.at("json"));
}

void TestSettingsScene::importComesFromTheClipboard()
{
    Settings scene;
    QGuiApplication::clipboard()->setText(QStringLiteral("{ \"batcher\": { \"size_max\": 64 } }"));
    scene.page->json()->importClipboard();
    scene.validated();
    QVERIFY(scene.page->pendingCount() > 0);
    QVERIFY(scene.shell().toast().contains(QStringLiteral("Imported")));
}

void TestSettingsScene::guardedApplyIsSeen()
{
    Settings scene(QStringLiteral("batcher"));
    scene.client().world().makeNextGuardWorse();
    scene.retype("batcher.size_max", QStringLiteral("192"));
    scene.validated();
    scene.click(scene.at("apply-guarded"));
    scene.settle();
    scene.step(6);
    QVERIFY(scene.at("guard")->property("text").toString().contains(QStringLiteral("24 s left")));
    scene.open(QStringLiteral("flow"));  // the outcome is told wherever one looks
    scene.step(28);
    QVERIFY2(scene.shell().toast().contains(QStringLiteral("reverted")), qPrintable(scene.shell().toast()));
    scene.open(QStringLiteral("settings"));
    QVERIFY(scene.at("outcome"));
    QCOMPARE(scene.at("batcher.size_max")->property("text").toString(), QStringLiteral("200"));
}

void TestSettingsScene::aChosenGroupLeavesTheJson()
{
    Settings scene(QStringLiteral("pool"));
    scene.click(scene.at("as-json"));
    scene.settle();
    QVERIFY(!scene.at("settings"));
    scene.click(scene.named(QStringLiteral("Streaming")));
    scene.settle();
    QVERIFY(scene.at("settings"));
    QVERIFY(scene.at("streamer.chunk_bytes"));
}

void TestSettingsScene::revealScrollsToTheField()
{
    Settings scene(QStringLiteral("pool"), {1024, 640});
    scene.open(QStringLiteral("flow"));
    scene.shell().openPage(QStringLiteral("settings/limits.bodies_bytes_max"));  // as other pages link to it
    scene.settle();
    QVERIFY2(scene.focused() && scene.focused()->objectName() == QStringLiteral("limits.bodies_bytes_max"),
             scene.focused() ? qPrintable(scene.focused()->objectName()) : "no focus");
    const QPointF seen = scene.focused()->mapToScene({0, 0});
    QVERIFY(seen.y() > 50 && seen.y() < 610);
}

/// "0,25" became "0.25" once its field had the focus.
void TestSettingsScene::decimalsAreEditedInTheLanguage()
{
    Settings scene(QStringLiteral("loader"), {1440, 900}, QLocale::German);
    const auto shown = [&] { return scene.at("loader.preload_threshold")->property("text").toString(); };
    QCOMPARE(shown(), QStringLiteral("0,25"));
    scene.shell().openPage(QStringLiteral("settings/loader.preload_threshold"));
    scene.settle();
    QVERIFY(scene.focused() == scene.at("loader.preload_threshold"));
    QCOMPARE(shown(), QStringLiteral("0,25"));
    scene.retype("loader.preload_threshold", QStringLiteral("0,35"));
    QCOMPARE(shown(), QStringLiteral("0,35"));
    QCOMPARE(scene.page->pendingCount(), 1);
    scene.validated();
    QCOMPARE(scene.page->problemCount(), 0);
}

void TestSettingsScene::undoByKey()
{
    Settings scene(QStringLiteral("streamer"));
    scene.click(scene.at("streamer.compression"));
    scene.settle();
    QCOMPARE(scene.page->pendingCount(), 1);
    scene.key(Qt::Key_Z, Qt::ControlModifier);
    scene.settle();
    QCOMPARE(scene.page->pendingCount(), 0);
    QVERIFY2(scene.at("streamer.compression")->property("checked").toBool(), "the switch follows");
    scene.key(Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    scene.settle();
    QCOMPARE(scene.page->pendingCount(), 1);
}

void TestSettingsScene::pendingRowsOpenTheirSetting()
{
    Settings scene(QStringLiteral("batcher"));
    scene.retype("batcher.size_max", QStringLiteral("192"));
    scene.page->setGroup(QStringLiteral("security"));
    scene.settle();
    scene.click(scene.at("change-batcher.size_max"), {0.2, 0.3});
    scene.settle();
    QCOMPARE(scene.page->group(), QStringLiteral("batcher"));
    scene.click(scene.at("change-batcher.size_max"), {0.2, 0.3}, {}, Qt::RightButton);
    scene.click(scene.at("revert"));
    scene.settle();
    QCOMPARE(scene.page->pendingCount(), 0);
}

/// As every table: it sorts by its headings, its rows have the keys, and a row too far down is scrolled into sight.
void TestSettingsScene::pendingChangesAreATable()
{
    Settings scene(QStringLiteral("batcher"), {1024, 640});
    scene.retype("batcher.size_max", QStringLiteral("192"));
    for (const char* path :
         {"pool.http_size_max", "pool.waiters_max", "batcher.timeout_ms", "loader.timeout_ms", "limits.requests_max",
          "limits.queue_max", "loader.history_max", "streamer.heartbeat_ms", "limits.clients_max", "loader.queue_max"})
        scene.page->edit(QString::fromLatin1(path), QStringLiteral("64"));
    scene.settle();
    QQuickItem* list = scene.at("pending");
    auto* rows = list->property("model").value<QAbstractItemModel*>();
    QVERIFY2(rows->rowCount() >= 11, qPrintable(QString::number(rows->rowCount())));
    QCOMPARE(list->height(), list->property("contentHeight").toDouble());  // it does not scroll by itself
    const auto titles = [&] {
        QStringList out;
        const int title = rows->roleNames().key("title");
        for (int i = 0; i < rows->rowCount(); ++i) out.append(rows->index(i, 0).data(title).toString());
        return out;
    };
    QStringList sorted = titles();
    std::sort(sorted.begin(), sorted.end(),
              [](const QString& a, const QString& b) { return format::compareNatural(a, b) < 0; });
    QQuickItem* head = nullptr;
    for (QQuickItem* item : scene.ofType(QStringLiteral("DataTableHeaderCell")))
        if (!head) head = item;
    QVERIFY(head);
    scene.click(head, {0.2, 0.5});
    QCOMPARE(titles(), sorted);
    scene.click(head, {0.2, 0.5});
    std::reverse(sorted.begin(), sorted.end());
    QCOMPARE(titles(), sorted);

    list->forceActiveFocus(Qt::TabFocusReason);
    scene.key(Qt::Key_End);
    const auto current = [&]() -> QQuickItem* {
        for (QQuickItem* row : scene.ofType(QStringLiteral("DataTableRow")))
            if (row->property("current").toBool()) return row;
        return nullptr;
    };
    QVERIFY(current());
    const QRectF place = current()->mapRectToScene(current()->boundingRect());
    QVERIFY2(place.top() > 52 && place.bottom() < 610, qPrintable(QString::number(place.bottom())));
    const QString path = current()->property("changeId").toString();
    scene.key(Qt::Key_Return);
    scene.settle();
    QCOMPARE(scene.focused()->objectName(), path);
    list->forceActiveFocus(Qt::TabFocusReason);
    const int before = scene.page->pendingCount();
    scene.key(Qt::Key_Delete);
    scene.settle();
    QCOMPARE(scene.page->pendingCount(), before - 1);
    scene.key(Qt::Key_Menu);
    QVERIFY(scene.at("revert"));
}

void TestSettingsScene::theSmallestWindowHasAllOfIt()
{
    Settings scene(QStringLiteral("backends"), {1024, 640});
    scene.page->addBackend(0);
    scene.validated();
    for (const auto& name : {"apply-guarded", "apply", "discard", "add-backend", "as-form", "as-json"}) {
        QQuickItem* item = scene.at(name);
        QVERIFY2(item, name);
        const QRectF place = item->mapRectToScene({0, 0, item->width(), item->height()});
        QVERIFY2(QRectF(0, 0, 1024, 640).contains(place), name);
    }
    QVERIFY(ConsoleScene::colours(scene.grab()) > 12);
}

CONSOLE_TEST_MAIN(TestSettingsScene)
#include "tst_settings_scene.moc"
