// SPDX-License-Identifier: GPL-3.0-or-later
#include "console_scene.h"
#include "control.pb.h"
#include "format/translation.h"
#include "viewmodels/idle_ttl_editor.h"
#include "viewmodels/model_rules.h"
#include "viewmodels/models_view_model.h"
#include "viewmodels/page_list.h"

#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

#include <google/protobuf/text_format.h>

#include <algorithm>

using namespace millrace::desktop;

namespace {

/// With usual spaces between figures and units.
QString plain(QString text)
{
    return text.replace(QChar::Nbsp, u' ');
}

template <class Message>
Message parsed(const QString& text)
{
    Message out;
    if (!google::protobuf::TextFormat::ParseFromString(text.toStdString(), &out)) qFatal("not a message");
    return out;
}

ModelsViewModel& modelsOf(ConsoleScene& scene)
{
    return *qobject_cast<ModelsViewModel*>(scene.shell().pages()->viewModel(QStringLiteral("models")));
}

ModelRow rowOf(ConsoleScene& scene, const QString& name)
{
    for (const ModelRow& row : modelsOf(scene).models()->rows()) {
        if (row.name == name) return row;
    }
    qFatal("no such model");
}

QQuickItem* itemOf(ConsoleScene& scene, const QString& name)
{
    for (QQuickItem* row : scene.ofType(QStringLiteral("DataTableRow"))) {
        if (row->property("name").toString() == name) return row;
    }
    return nullptr;
}

void openMenu(ConsoleScene& scene, const QString& name)
{
    scene.click(itemOf(scene, name), {0.5, 0.5}, {}, Qt::RightButton);
    scene.settle();
}

void choose(ConsoleScene& scene, const char* item)
{
    QQuickItem* found = scene.byObjectName(QString::fromLatin1(item));
    QVERIFY2(found, item);
    scene.click(found);
    scene.settle();
}

void show(ConsoleScene& scene, const std::function<void(control::ModelSection&)>& change)
{
    auto frame = scene.client().world().fullFrame();
    change(*frame.mutable_models());
    Q_EMIT scene.client().frameArrived(frame);
    scene.settle();
}

}  // namespace

/// What is set for one model by itself: its time to live, and whether it may be preloaded.
class TestModelRules : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatHoldsIsSaid_data();
    void whatHoldsIsSaid();
    void aTimeIsTyped_data();
    void aTimeIsTyped();
    void whatWasTypedComesBack_data();
    void whatWasTypedComesBack();
    void aTimeToLiveIsSetByMouseAndTakenBack();
    void aTimeOfOnesOwnIsSetByKeys();
    void preloadsAreSwitchedOffAndOn();
    void aRefusalIsReportedAndChangesNothing();
    void whatCannotBeSetIsGreyedWithTheReason_data();
    void whatCannotBeSetIsGreyedWithTheReason();
    void longNamesLeaveRoomForTheRules_data();
    void longNamesLeaveRoomForTheRules();
};

void TestModelRules::whatHoldsIsSaid_data()
{
    QTest::addColumn<QString>("model");
    QTest::addColumn<QString>("section");
    QTest::addColumn<QString>("tag");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("unloads");
    QTest::addColumn<QString>("fixed");
    const auto row = [](const char* name, const char* model, const char* section, const char* tag, const char* text,
                        const char* unloads, const char* fixed = "") {
        QTest::newRow(name) << model << section << tag << text << unloads << fixed;
    };
    row("by the setting", "loadable: true", "idle_ttl_ms: 300000", "", "unloaded after 5 min unused · by the setting",
        "5 min");
    row("never, by the setting", "loadable: true", "idle_ttl_ms: 0", "",
        "not unloaded for being unused · by the setting", "never");
    row("its own time", "loadable: true idle_ttl_ms: 90000", "idle_ttl_ms: 0", "TTL 90 s",
        "unloaded after 90 s unused · own rule", "90 s · own");
    row("never, of its own", "loadable: true idle_ttl_ms: 0", "idle_ttl_ms: 60000", "TTL ∞",
        "not unloaded for being unused · own rule", "never · own");
    row("a pin comes first", "loadable: true pinned: true idle_ttl_ms: 7200000", "idle_ttl_ms: 0", "pinned · TTL 2 h",
        "pinned: stays in memory\nunloaded after 2 h unused · own rule", "never");
    row("everything", "loadable: true pinned: true idle_ttl_ms: 60000 never_preloaded: true", "idle_ttl_ms: 0",
        "pinned · TTL 60 s · no preloads",
        "pinned: stays in memory\nunloaded after 60 s unused · own rule\nnever preloaded · own rule", "never");
    row("an older engine", "loadable: true", "", "", "", "–", "needs a newer engine");
    row("an older engine with a pin", "loadable: true pinned: true", "", "pinned", "pinned: stays in memory", "never",
        "needs a newer engine");
    row("managed by its server", "loadable: false", "idle_ttl_ms: 0", "", "loaded and unloaded by its own server", "–",
        "loaded and unloaded by its own server");
}

void TestModelRules::whatHoldsIsSaid()
{
    QFETCH(QString, model);
    QFETCH(QString, section);
    const ModelRules rules = modelRules(parsed<control::ModelState>(model), parsed<control::ModelSection>(section));
    QTEST(plain(rules.tag), "tag");
    QTEST(plain(rules.text), "text");
    QTEST(plain(rules.unloads), "unloads");
    QTEST(rules.fixed, "fixed");
}

void TestModelRules::aTimeIsTyped_data()
{
    QTest::addColumn<QString>("amount");
    QTest::addColumn<int>("unit");
    QTest::addColumn<QString>("problem");
    QTest::addColumn<quint64>("ms");
    constexpr quint64 kNothing = 0;
    QTest::newRow("minutes") << "90" << 1 << "" << quint64(5'400'000);
    QTest::newRow("with spaces") << " 45 " << 0 << "" << quint64(45'000);
    QTest::newRow("half an hour") << "0.5" << 2 << "" << quint64(1'800'000);
    QTest::newRow("the longest") << "30" << 3 << "" << quint64(2'592'000'000);
    QTest::newRow("too long") << "31" << 3 << "must be more than 0 and at most 30 d" << kNothing;
    QTest::newRow("nothing") << "0" << 1 << "must be more than 0 and at most 30 d" << kNothing;
    QTest::newRow("less than nothing") << "-5" << 1 << "must be more than 0 and at most 30 d" << kNothing;
    QTest::newRow("no number") << "soon" << 1 << "“soon” is not a number" << kNothing;
    QTest::newRow("endless") << "1e400" << 1 << "“1e400” is not a number" << kNothing;
    QTest::newRow("not yet") << "" << 1 << "" << kNothing;
}

void TestModelRules::aTimeIsTyped()
{
    QFETCH(QString, amount);
    QFETCH(int, unit);
    QFETCH(quint64, ms);
    IdleTtlEditor editor;
    editor.open(QStringLiteral("a"), {}, std::nullopt, 0);
    QCOMPARE(editor.choice(), 0);
    QVERIFY(editor.isAcceptable());
    std::optional<quint64> applied;
    connect(&editor, &IdleTtlEditor::applied, this, [&](const QString&, std::optional<quint64> ttl) { applied = ttl; });
    editor.setChoice(static_cast<int>(editor.choices().size()) - 1);
    QVERIFY(editor.isCustom());
    editor.setAmount(amount);
    editor.setUnit(unit);
    QTEST(plain(editor.problem()), "problem");
    QCOMPARE(editor.isAcceptable(), ms > 0);
    editor.apply();
    QCOMPARE(applied.value_or(0), ms);
}

void TestModelRules::whatWasTypedComesBack_data()
{
    QTest::addColumn<quint64>("ms");
    QTest::addColumn<QString>("choice");
    QTest::addColumn<QString>("amount");
    QTest::addColumn<int>("unit");
    QTest::newRow("one of the list") << quint64(300'000) << "5 min"
                                     << "" << 1;
    QTest::newRow("never") << quint64(0) << "never"
                           << "" << 1;
    QTest::newRow("seconds") << quint64(90'000) << "another time"
                             << "90" << 0;
    QTest::newRow("minutes") << quint64(2'700'000) << "another time"
                             << "45" << 1;
    QTest::newRow("hours") << quint64(10'800'000) << "another time"
                           << "3" << 2;
    QTest::newRow("days") << quint64(604'800'000) << "another time"
                          << "7" << 3;
    QTest::newRow("by millracectl") << quint64(1'500) << "another time"
                                    << "1.500" << 0;
}

void TestModelRules::whatWasTypedComesBack()
{
    QFETCH(quint64, ms);
    IdleTtlEditor editor;
    editor.open(QStringLiteral("a"), {}, ms, 0);
    QTEST(plain(editor.choices().at(editor.choice())), "choice");
    QTEST(editor.amount(), "amount");
    QTEST(editor.unit(), "unit");
    QSignalSpy applied(&editor, &IdleTtlEditor::applied);
    editor.apply();
    QCOMPARE(applied.size(), 1);
    QCOMPARE(applied.at(0).at(1).value<std::optional<quint64>>(), std::optional(ms));
}

void TestModelRules::aTimeToLiveIsSetByMouseAndTakenBack()
{
    ConsoleScene scene({.page = QStringLiteral("models")});
    scene.step(2);
    const QString name = QStringLiteral("scribe");
    openMenu(scene, name);
    choose(scene, "idle-ttl-item");
    QQuickItem* holds = scene.byObjectName(QStringLiteral("idle-ttl-holds"));
    QVERIFY(holds);
    QCOMPARE(holds->property("text").toString(), QStringLiteral("not unloaded for being unused · by the setting"));
    QVERIFY(!scene.byObjectName(QStringLiteral("idle-ttl-amount")));
    choose(scene, "idle-ttl-choice");
    QQuickItem* span = scene.named(QStringLiteral("5\u00a0min"));
    QVERIFY(span);
    scene.click(span);
    scene.settle();
    choose(scene, "idle-ttl-apply");
    QVERIFY(!scene.byObjectName(QStringLiteral("idle-ttl-choice")));
    QCOMPARE(plain(scene.shell().toast()), QStringLiteral("scribe: unloaded after 5 min unused"));
    scene.step();
    QCOMPARE(plain(rowOf(scene, name).unloads), QStringLiteral("5 min · own"));
    QQuickItem* tag = nullptr;
    for (QQuickItem* item : ConsoleScene::ofType(itemOf(scene, name), QStringLiteral("Tag"))) tag = item;
    QVERIFY(tag);
    QCOMPARE(plain(tag->property("text").toString()), QStringLiteral("TTL 5 min"));
    choose(scene, "undo");
    scene.step();
    QCOMPARE(plain(rowOf(scene, name).unloads), QStringLiteral("never"));
    QVERIFY(rowOf(scene, name).ruleTag.isEmpty());
    QVERIFY(!scene.byObjectName(QStringLiteral("undo")));
}

void TestModelRules::aTimeOfOnesOwnIsSetByKeys()
{
    ConsoleScene scene({.page = QStringLiteral("models")});
    scene.step(2);
    scene.byObjectName(QStringLiteral("models"))->forceActiveFocus(Qt::TabFocusReason);
    scene.key(Qt::Key_Menu);
    scene.settle();
    const auto highlighted = [&](const char* name) {
        QQuickItem* item = scene.byObjectName(QString::fromLatin1(name));
        return item && item->property("highlighted").toBool();
    };
    for (int i = 0; i < 9 && !highlighted("idle-ttl-item"); ++i) scene.key(Qt::Key_Down);
    QVERIFY(highlighted("idle-ttl-item"));
    scene.key(Qt::Key_Return);
    scene.settle();
    const QString name = modelsOf(scene).idleTtl()->model();
    QVERIFY(scene.focused() && scene.focused()->objectName() == QStringLiteral("idle-ttl-choice"));
    for (int i = 0; i < 9; ++i) scene.key(Qt::Key_Down);
    scene.settle();
    QVERIFY(scene.byObjectName(QStringLiteral("idle-ttl-amount")));
    scene.key(Qt::Key_Tab);
    QCOMPARE(scene.focused()->objectName(), QStringLiteral("idle-ttl-amount"));
    scene.type(QStringLiteral("x"));
    scene.settle();
    QVERIFY(scene.byObjectName(QStringLiteral("idle-ttl-problem")));
    scene.key(Qt::Key_Return);  // is not taken
    scene.settle();
    QVERIFY(scene.byObjectName(QStringLiteral("idle-ttl-amount")));
    scene.key(Qt::Key_Backspace);
    scene.type(QStringLiteral("45"));
    scene.key(Qt::Key_Return);
    scene.settle();
    QVERIFY(!scene.byObjectName(QStringLiteral("idle-ttl-amount")));
    scene.step();
    QCOMPARE(plain(rowOf(scene, name).unloads), QStringLiteral("45 min · own"));
}

void TestModelRules::preloadsAreSwitchedOffAndOn()
{
    ConsoleScene scene({.page = QStringLiteral("models")});
    scene.step(2);
    QString name;
    for (const ModelRow& row : modelsOf(scene).models()->rows()) {
        if (row.level == ModelList::Cold) name = row.name;
    }
    QVERIFY(!name.isEmpty());
    const auto checked = [&] {
        return scene.byObjectName(QStringLiteral("preload-item"))->property("checked").toBool();
    };
    openMenu(scene, name);
    QVERIFY(checked());
    choose(scene, "preload-item");
    QVERIFY(scene.shell().toast().startsWith(name + QStringLiteral(": never preloaded")));
    scene.step();
    QVERIFY(!rowOf(scene, name).preloads);
    QCOMPARE(rowOf(scene, name).ruleTag, QStringLiteral("no preloads"));
    openMenu(scene, name);
    QVERIFY(!checked());
    scene.key(Qt::Key_Escape);
    scene.settle();
    scene.step(ActionNotes::kShownMs / 1000 + 1);  // what was done just now is said first
    if (rowOf(scene, name).level == ModelList::Cold)
        QVERIFY2(rowOf(scene, name).why.contains(QStringLiteral("preloading is off for this model")),
                 qPrintable(rowOf(scene, name).why));
    openMenu(scene, name);
    choose(scene, "preload-item");
    scene.step();
    QVERIFY(rowOf(scene, name).preloads);
    choose(scene, "undo");
    scene.step();
    QVERIFY(!rowOf(scene, name).preloads);
}

void TestModelRules::aRefusalIsReportedAndChangesNothing()
{
    ConsoleScene scene({.page = QStringLiteral("models")});
    scene.step(2);
    const QString name = QStringLiteral("scribe");
    scene.client().failCalls(QStringLiteral("the engine is stopping"));
    for (int round = 0; round < 2; ++round) {  // the check mark is true to the model again
        openMenu(scene, name);
        QVERIFY(scene.byObjectName(QStringLiteral("preload-item"))->property("checked").toBool());
        choose(scene, "preload-item");
        QVERIFY(scene.shell().isToastBad());
        QVERIFY(!scene.byObjectName(QStringLiteral("undo")));
        QVERIFY(rowOf(scene, name).whyBad);
    }
}

void TestModelRules::whatCannotBeSetIsGreyedWithTheReason_data()
{
    QTest::addColumn<bool>("loadable");
    QTest::addColumn<bool>("known");
    QTest::addColumn<QString>("reason");
    QTest::newRow("managed by its server") << false << true << "loaded and unloaded by its own server";
    QTest::newRow("an older engine") << true << false << "needs a newer engine";
    QTest::newRow("nothing in the way") << true << true << "";
}

void TestModelRules::whatCannotBeSetIsGreyedWithTheReason()
{
    QFETCH(bool, loadable);
    QFETCH(bool, known);
    QFETCH(QString, reason);
    ConsoleScene scene({.page = QStringLiteral("models")});
    scene.step(2);
    show(scene, [&](control::ModelSection& section) {
        if (!known) section.clear_idle_ttl_ms();
        for (auto& model : *section.mutable_models()) model.set_loadable(loadable);
    });
    openMenu(scene, QStringLiteral("scribe"));
    for (const char* item : {"idle-ttl-item", "preload-item"})
        QCOMPARE(scene.byObjectName(QString::fromLatin1(item))->isEnabled(), reason.isEmpty());
    QQuickItem* fixed = scene.byObjectName(QStringLiteral("rules-fixed"));
    QCOMPARE(fixed != nullptr, !reason.isEmpty());
    if (fixed) QCOMPARE(fixed->property("text").toString(), reason);
}

void TestModelRules::longNamesLeaveRoomForTheRules_data()
{
    QTest::addColumn<QSize>("size");
    QTest::addColumn<QLocale::Language>("language");
    QTest::newRow("wide") << QSize(1440, 900) << QLocale::English;
    QTest::newRow("narrow") << QSize(1024, 640) << QLocale::English;
    QTest::newRow("narrow, German") << QSize(1024, 640) << QLocale::German;
}

void TestModelRules::longNamesLeaveRoomForTheRules()
{
    QFETCH(QSize, size);
    QFETCH(QLocale::Language, language);
    ConsoleScene scene({.size = size, .language = language, .page = QStringLiteral("models")});
    scene.step(2);
    show(scene, [&](control::ModelSection& section) {
        section.clear_models();
        for (int i = 0; i < 62; ++i) {
            auto& model = *section.add_models();
            model.set_model(i % 3 == 2 ? "m" + std::to_string(i)
                                       : "Qwen2.5-Coder-32B-Instruct-quantised-" + std::to_string(i));
            model.set_backend("runtime");
            model.set_state(control::MODEL_PHASE_WARM);
            model.set_loadable(true);
            model.set_pinned(i % 2 == 0);
            if (i % 3 > 0) model.set_idle_ttl_ms(5'400'000);
            model.set_never_preloaded(i % 5 < 3);
        }
    });
    int seen = 0;
    for (QQuickItem* row : scene.ofType(QStringLiteral("DataTableRow"))) {
        for (QQuickItem* tag : ConsoleScene::ofType(row, QStringLiteral("Tag"))) {
            ++seen;
            // The dot, the name and the tag are side by side in the column of names.
            QQuickItem* column = tag->parentItem();
            const QRectF place = tag->mapRectToItem(column, tag->boundingRect());
            QVERIFY2(place.right() <= column->width() + 0.5, qPrintable(row->property("name").toString()));
            QVERIFY(place.width() > 30);
            QQuickItem* name = nullptr;
            for (QQuickItem* item : column->childItems()) {
                if (item->property("text") == row->property("name")) name = item;
            }
            QVERIFY(name);
            QVERIFY2(name->width() >= std::min(name->implicitWidth(), 0.3 * column->width()),
                     qPrintable(row->property("name").toString()));
        }
    }
    QVERIFY(seen >= 4);
}

CONSOLE_TEST_MAIN(TestModelRules)
#include "tst_model_rules.moc"
