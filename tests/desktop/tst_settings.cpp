// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/fake_engine_client.h"
#include "control.pb.h"
#include "format/numbers.h"
#include "format/translation.h"
#include "lists/setting_list.h"
#include "viewmodels/preferences.h"
#include "viewmodels/session.h"
#include "viewmodels/settings_view_model.h"

#include <QtCore/QFile>
#include <QtCore/QScopeGuard>
#include <QtCore/QTemporaryDir>
#include <QtGui/QGuiApplication>
#include <QtTest/QAbstractItemModelTester>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

#include <algorithm>
#include <cmath>

using namespace millrace::desktop;

namespace {

constexpr std::int64_t kStart = 1'700'000'000'000;

// Answers of the fake come with the event loop, some ask for the next one.
void answers()
{
    for (int i = 0; i < 8; ++i) QCoreApplication::processEvents();
}

struct Console {
    explicit Console(Preferences* preferences = nullptr, const std::string& stateDir = "/state")
        : client(new FakeEngineClient(false, kStart)), session(std::unique_ptr<EngineClient>(client))
    {
        client->setStateDirForTest(stateDir);
        session.setPreferences(preferences);
        page = std::make_unique<SettingsViewModel>(session);
        client->start();
        page->setActive(true);
        answers();
    }
    // The engine is asked when the typing pauses: here at once.
    void validated() const
    {
        page->validate();
        answers();
    }
    void apply() const
    {
        validated();
        page->apply(false);
        answers();
    }
    void apply(const char* path, const char* value) const
    {
        page->edit(QString::fromLatin1(path), QString::fromLatin1(value));
        apply();
    }
    void applyElsewhere(const std::string& path, const std::string& text)
    {
        control::ApplyConfigRequest other;
        (*other.mutable_set())[path] = text;
        client->applyConfig(other, client, [](const Outcome<control::ApplyConfigReply>&) {});
        client->step(1000);
        answers();
    }
    void run(int seconds) const
    {
        for (int i = 0; i < seconds; ++i) {
            client->step(1000);
            answers();
        }
    }
    FakeEngineClient* client;
    Session session;
    std::unique_ptr<SettingsViewModel> page;
};

const SettingRow* find(SettingsViewModel& page, const QString& path)
{
    for (const SettingRow& row : page.settings()->rows()) {
        if (row.path == path) return &row;
    }
    return nullptr;
}

}  // namespace

class TestSettings : public QObject {
    Q_OBJECT
    Translation translation_;  // plural forms
private Q_SLOTS:
    void initTestCase() { translation_.use(QLocale::English); }
    void formComesFromTheSchema();
    void pendingShowsBeforeAndAfter();
    void theEngineValidates();
    void editingWhatIsActiveIsNoChange();
    void applyMakesARevisionAndUndoTakesItBack();
    void anOldRevisionSaysItsDay();
    void resetGoesToTheDefault();
    void pendingEditsSurviveAReconnect();
    void pendingEditsSurviveACrash();
    void anotherClientsChangeIsAConflictNotALoss();
    void searchAndModified();
    void jsonBecomesPending();
    void badJsonIsKeptAndMarked_data();
    void badJsonIsKeptAndMarked();
    void refusalsAreInTheLanguageOfTheConsole_data();
    void refusalsAreInTheLanguageOfTheConsole();
    void jsonGoesOnTopOfWhatAnotherClientApplied();
    void anEnginesWordsAreMarkedInTheJson();
    void importTakesAFileAsAWhole();
    void backendsHaveHeadings();
    void aBackendIsAddedInTheForm();
    void aBackendIsRemovedAndEditedAtOnce();
    void problemsOfABackendFindItsSlot();
    void aBackendIsTestedBeforeItIsApplied();
    void anotherClientRemovesABackendThatIsEdited();
    void undoAndRedo();
    void fieldsSayRangeDefaultAndSource();
    void anEmptyControlSocketShowsTheOneInUse();
    void separatorsAreUnderstoodWhenTyped_data();
    void separatorsAreUnderstoodWhenTyped();
    void aChangeIsDrawnBeforeAndAfter();
    void guardedApplyCountsDownAndReportsTheOutcome_data();
    void guardedApplyCountsDownAndReportsTheOutcome();
    void differencesCountBeyondTheNoise();
    void draftsAreOfOneEngine();
    void nothingIsPendingWithoutAnEngine();
    void revealOpensTheGroupOfASetting();
    void settingsAreThereWithoutOpeningThePage();
    void whatFollowsFromAChangeIsShown();
    void nothingIsWrittenWhileAway();
};

void TestSettings::formComesFromTheSchema()
{
    Console console;
    QAbstractItemModelTester settings(console.page->settings(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    QAbstractItemModelTester groups(console.page->groups(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    QCOMPARE(console.page->phase(), SettingsViewModel::Ready);
    QCOMPARE(console.page->groups()->rowCount(), 9);
    console.page->setGroup(QStringLiteral("batcher"));
    const SettingRow* row = find(*console.page, QStringLiteral("batcher.size_max"));
    QVERIFY(row);
    QCOMPARE(row->value, QStringLiteral("200"));
    QCOMPARE(row->unit, QStringLiteral("rows"));
    QCOMPARE(row->type, int(SettingList::Line));
    QCOMPARE(console.page->groupStage(), int(Stage::Batches));
}

void TestSettings::pendingShowsBeforeAndAfter()
{
    Console console;
    console.page->setGroup(QStringLiteral("batcher"));
    console.page->edit(QStringLiteral("batcher.size_max"), QStringLiteral("192"));
    QCOMPARE(console.page->pendingCount(), 1);
    QVERIFY(!console.page->isApplicable());  // not validated yet
    console.validated();
    QVERIFY(console.page->isApplicable());
    QCOMPARE(console.page->pending()->rowCount(), 1);
    const ChangeRow& change = console.page->pending()->rows().first();
    QVERIFY(change.before.startsWith(QStringLiteral("200")));
    QVERIFY(change.after.startsWith(QStringLiteral("192")));
    QVERIFY(find(*console.page, QStringLiteral("batcher.size_max"))->pending);
}

void TestSettings::theEngineValidates()
{
    Console console;
    console.page->setGroup(QStringLiteral("batcher"));
    console.page->edit(QStringLiteral("batcher.queue_max"), QStringLiteral("0"));
    console.page->edit(QStringLiteral("batcher.timeout_ms"), QStringLiteral("many"));
    console.validated();
    QVERIFY(!console.page->isApplicable());
    QVERIFY(!find(*console.page, QStringLiteral("batcher.timeout_ms"))->problem.isEmpty());
    console.page->edit(QStringLiteral("batcher.timeout_ms"), QStringLiteral("30"));
    console.validated();
    QVERIFY(find(*console.page, QStringLiteral("batcher.timeout_ms"))->problem.isEmpty());
    QVERIFY(!find(*console.page, QStringLiteral("batcher.queue_max"))->problem.isEmpty());
    QCOMPARE(console.page->problemCount(), 1);
    const auto before = console.session.frame().revision();
    console.page->apply(false);
    answers();
    console.client->step(1000);
    QCOMPARE(console.session.frame().revision(), before);  // what is not applicable is not sent
}

void TestSettings::editingWhatIsActiveIsNoChange()
{
    Console console;
    console.page->edit(QStringLiteral("batcher.size_max"), QStringLiteral("200"));
    QCOMPARE(console.page->pendingCount(), 0);
    console.page->edit(QStringLiteral("batcher.size_max"), QStringLiteral("150"));
    console.page->edit(QStringLiteral("batcher.size_max"), QStringLiteral("200"));
    QCOMPARE(console.page->pendingCount(), 0);
}

void TestSettings::applyMakesARevisionAndUndoTakesItBack()
{
    Console console;
    console.page->setGroup(QStringLiteral("batcher"));
    console.apply("batcher.size_max", "192");
    QCOMPARE(console.page->pendingCount(), 0);
    QCOMPARE(find(*console.page, QStringLiteral("batcher.size_max"))->value, QStringLiteral("192"));
    QCOMPARE(console.page->history()->revisions()->rowCount(), 1);
    QVERIFY(!console.page->undoApplyText().isEmpty());
    console.page->undoApply();
    answers();
    QCOMPARE(find(*console.page, QStringLiteral("batcher.size_max"))->value, QStringLiteral("200"));
    QCOMPARE(console.page->history()->revisions()->rowCount(), 2);
}

/// It had a time of day, and whose day was left to guess.
void TestSettings::anOldRevisionSaysItsDay()
{
    Console console;
    console.page->setGroup(QStringLiteral("batcher"));
    console.apply("batcher.size_max", "192");
    const RevisionRow& row = console.page->history()->revisions()->rows().constFirst();
    const QString today = row.timeText;
    QCOMPARE(today, format::clock(console.session.nowMs()));
    control::Frame later = console.session.frame();
    later.set_time_ms(console.session.nowMs() + 86'400'000);
    Q_EMIT console.client->frameArrived(later);
    QCOMPARE(console.page->history()->revisions()->rows().constFirst().timeText,
             format::day(kStart) + u' ' + today.left(5));
}

void TestSettings::resetGoesToTheDefault()
{
    Console console;
    console.page->setGroup(QStringLiteral("batcher"));
    QVERIFY(find(*console.page, QStringLiteral("batcher.timeout_ms"))->modified);  // the fake's is 20, the default 50
    console.page->reset(QStringLiteral("batcher.timeout_ms"));
    console.validated();
    QCOMPARE(find(*console.page, QStringLiteral("batcher.timeout_ms"))->value, QStringLiteral("50"));
    console.page->apply(false);
    answers();
    QVERIFY(!find(*console.page, QStringLiteral("batcher.timeout_ms"))->modified);
}

void TestSettings::pendingEditsSurviveAReconnect()
{
    Console console;
    console.page->setGroup(QStringLiteral("batcher"));
    console.page->edit(QStringLiteral("batcher.size_max"), QStringLiteral("192"));
    console.client->setPhaseForTest(EngineClient::Phase::Reconnecting);
    QVERIFY(!console.page->isApplicable());
    console.client->start();
    answers();
    console.validated();
    QCOMPARE(console.page->pendingCount(), 1);
    QVERIFY(console.page->isApplicable());
    QCOMPARE(find(*console.page, QStringLiteral("batcher.size_max"))->value, QStringLiteral("192"));
}

void TestSettings::pendingEditsSurviveACrash()
{
    QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("console.ini"));
    {
        Preferences preferences(file);
        Console console(&preferences);
        console.page->edit(QStringLiteral("batcher.size_max"), QStringLiteral("192"));
    }
    Preferences preferences(file);
    Console console(&preferences);
    console.validated();
    QCOMPARE(console.page->pendingCount(), 1);
    QVERIFY(console.page->isApplicable());
    console.page->discard();
    QCOMPARE(console.page->pendingCount(), 0);
}

void TestSettings::anotherClientsChangeIsAConflictNotALoss()
{
    Console console;
    console.page->edit(QStringLiteral("batcher.size_max"), QStringLiteral("192"));
    console.validated();
    control::ApplyConfigRequest other;
    (*other.mutable_set())["streamer.compression"] = "false";
    console.client->applyConfig(other, this, [](const Outcome<control::ApplyConfigReply>&) {});
    console.page->apply(false);  // still on the old revision
    answers();
    QCOMPARE(console.page->pendingCount(), 1);
    QVERIFY(console.page->hasConflict());
    console.validated();
    QVERIFY(console.page->isApplicable());
    console.page->apply(false);
    answers();
    console.page->setGroup(QStringLiteral("streamer"));
    QCOMPARE(find(*console.page, QStringLiteral("streamer.compression"))->value,
             QStringLiteral("false"));  // theirs stayed
    console.page->setGroup(QStringLiteral("batcher"));
    QCOMPARE(find(*console.page, QStringLiteral("batcher.size_max"))->value, QStringLiteral("192"));
}

void TestSettings::searchAndModified()
{
    Console console;
    const auto fields = [&] {
        const auto& rows = console.page->settings()->rows();
        return std::count_if(rows.begin(), rows.end(),
                             [](const SettingRow& row) { return row.rowKind == SettingList::Field; });
    };
    console.page->setQuery(QStringLiteral("heartbeat"));
    QCOMPARE(fields(), 1);
    QCOMPARE(console.page->groupTitle(), QStringLiteral("1 match"));
    console.page->setOnlyModified(true);
    QCOMPARE(console.page->query(), QStringLiteral("@modified heartbeat"));
    QCOMPARE(fields(), 0);
    console.page->setQuery(QStringLiteral("@modified"));
    QCOMPARE(fields(), 1);
    QVERIFY(find(*console.page, QStringLiteral("batcher.timeout_ms")));
    console.page->setOnlyModified(false);
    QVERIFY(console.page->query().isEmpty());
}

void TestSettings::jsonBecomesPending()
{
    Console console;
    JsonViewModel& json = *console.page->json();
    QString text = json.text();
    QVERIFY2(text.contains(QStringLiteral("\"timeout_ms\": 20")), qPrintable(text));
    text.replace(QStringLiteral("\"timeout_ms\": 20"), QStringLiteral("\"timeout_ms\": 35"));
    json.edit(text);
    QVERIFY(json.isDirty());
    QCOMPARE(console.page->pendingCount(), 0);
    QVERIFY(json.accept());
    console.validated();
    QVERIFY(console.page->isApplicable());
    QCOMPARE(console.page->pending()->rowCount(), 1);
    console.page->apply(false);
    answers();
    console.page->setGroup(QStringLiteral("batcher"));
    QCOMPARE(find(*console.page, QStringLiteral("batcher.timeout_ms"))->value, QStringLiteral("35"));
}

/// A slip used to throw away what was typed.
void TestSettings::badJsonIsKeptAndMarked_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("message");
    QTest::addColumn<int>("at");
    QTest::addColumn<QString>("place");
    const QString slip = QStringLiteral("{\n  \"batcher\": {\n    \"size_maxx\": 3\n  }\n}");
    QTest::newRow("no such setting") << slip << QStringLiteral("did you mean batcher.size_max?")
                                     << int(slip.indexOf(u"\"size_maxx\"")) << QStringLiteral("line 3, column 5");
    const QString kind = QStringLiteral("{\n  \"pool\": 3\n}");
    QTest::newRow("a group") << kind << QStringLiteral("pool must be an object") << int(kind.indexOf(u"\"pool\""))
                             << QStringLiteral("line 2, column 3");
    const QString entry = QStringLiteral("{\"backends\": [{\"name\": \"a\"},\n{\"nam\": \"b\"}]}");
    QTest::newRow("in an entry") << entry << QStringLiteral("backends[1].nam") << int(entry.indexOf(u"\"nam\":"))
                                 << QStringLiteral("line 2, column 2");
    const QString comma = QStringLiteral("{\n  \"pool\": {},\n}");
    QTest::newRow("a comma too many") << comma << QString() << int(comma.size()) - 1
                                      << QStringLiteral("line 3, column 1");
    QTest::newRow("not closed") << QStringLiteral("{ \"pool\": {") << QString() << 11
                                << QStringLiteral("line 1, column 12");
}

void TestSettings::badJsonIsKeptAndMarked()
{
    QFETCH(QString, text);
    QFETCH(QString, message);
    QFETCH(int, at);
    QFETCH(QString, place);
    Console console;
    JsonViewModel& json = *console.page->json();
    json.edit(text);
    QVERIFY(!json.accept());
    QCOMPARE(json.text(), text);
    QVERIFY2(!json.problem().isEmpty() && json.problem().contains(message), qPrintable(json.problem()));
    QVERIFY2(std::abs(json.problemAt() - at) <= (message.isEmpty() ? 2 : 0),
             qPrintable(QString::number(json.problemAt())));
    if (!message.isEmpty()) QCOMPARE(json.place(), place);
    QCOMPARE(console.page->pendingCount(), 0);
    // Neither somebody else's change nor an edit in the form takes it away.
    console.page->edit(QStringLiteral("batcher.size_max"), QStringLiteral("192"));
    console.applyElsewhere("streamer.compression", "false");
    QCOMPARE(json.text(), text);
    json.revert();
    QVERIFY(json.text().contains(QStringLiteral("192")));
    QVERIFY(json.problem().isEmpty());
}

/// The form and the JSON said in English what was wrong, in a German console.
void TestSettings::refusalsAreInTheLanguageOfTheConsole_data()
{
    QTest::addColumn<QString>("json");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, const char* json, const char* expected) {
        QTest::newRow(name) << QString::fromUtf8(json) << QString::fromUtf8(expected);
    };
    row("syntax", "{\"pool\": 3,, }", "kein gültiges JSON: Syntaxfehler");
    row("not closed", "{\"pool\": {", "kein gültiges JSON: unvollständig");
    row("a list", "[]", "die Konfiguration muss ein JSON-Objekt sein, angegeben: eine Liste");
    row("kind of a group", "{\"pool\": 3}", "pool erwartet: ein Objekt, angegeben: eine Zahl");
    row("kind of a number", "{\"batcher\": {\"size_max\": \"x\"}}",
        "batcher.size_max erwartet: eine ganze Zahl, angegeben: ein Text");
    row("a part of a row", "{\"batcher\": {\"size_max\": 1.5}}",
        "batcher.size_max erwartet: eine ganze Zahl, angegeben: 1.5");
    row("twice", "{\"pool\": {}, \"pool\": {}}", "pool ist doppelt angegeben");
    row("a choice", "{\"backends\": [{\"kind\": \"x\"}]}",
        "backends[0].kind erwartet: eines von runtime, openai, angegeben: \"x\"");
    row("unknown", "{\"batcher\": {\"size_maxx\": 3}}",
        "batcher.size_maxx ist keine Einstellung; ist batcher.size_max gemeint?");
    row("unknown, and part of other words", "{\"b\": 3}",
        "b ist keine Einstellung; die Gruppen sind endpoints, backends, pool, batcher, loader, streamer, limits, "
        "security, "
        "telemetry");
}

void TestSettings::refusalsAreInTheLanguageOfTheConsole()
{
    QFETCH(QString, json);
    QFETCH(QString, expected);
    translation_.use(QLocale::German);
    const auto english = qScopeGuard([this] { translation_.use(QLocale::English); });
    Console console;
    console.page->json()->edit(json);
    QCOMPARE(console.page->json()->problem(), expected);
    console.page->json()->revert();
    console.page->setGroup(QStringLiteral("batcher"));
    const auto problem = [&](const char* text) {
        console.page->edit(QStringLiteral("batcher.size_min"), QString::fromLatin1(text));
        console.validated();
        return find(*console.page, QStringLiteral("batcher.size_min"))->problem;
    };
    QCOMPARE(problem("0"), QStringLiteral("erwartet: 1 – 4.096 Zeilen, angegeben: 0"));
    QCOMPARE(problem("x"), QStringLiteral("erwartet: 1 – 4.096 Zeilen, angegeben: \"x\""));
    QCOMPARE(problem("4000"), QStringLiteral("darf höchstens batcher.size_max sein (200), angegeben: 4000"));
    QCOMPARE(console.page->json()->problem(),
             QStringLiteral("batcher.size_min darf höchstens batcher.size_max sein (200), angegeben: 4000"));
}

void TestSettings::jsonGoesOnTopOfWhatAnotherClientApplied()
{
    Console console;
    JsonViewModel& json = *console.page->json();
    QString text = json.text();
    json.edit(text.replace(QStringLiteral("\"timeout_ms\": 20"), QStringLiteral("\"timeout_ms\": 35")));
    console.applyElsewhere("streamer.compression", "false");
    QVERIFY(json.accept());
    console.validated();
    QVERIFY2(console.page->isApplicable(), qPrintable(console.page->whyNot()));
    console.page->apply(false);
    answers();
    console.page->setGroup(QStringLiteral("streamer"));
    QCOMPARE(find(*console.page, QStringLiteral("streamer.compression"))->value, QStringLiteral("false"));
    console.page->setGroup(QStringLiteral("batcher"));
    QCOMPARE(find(*console.page, QStringLiteral("batcher.timeout_ms"))->value, QStringLiteral("35"));
}

void TestSettings::anEnginesWordsAreMarkedInTheJson()
{
    Console console;
    console.page->edit(QStringLiteral("batcher.queue_max"), QStringLiteral("0"));
    console.validated();
    JsonViewModel& json = *console.page->json();
    QCOMPARE(json.problemAt(), int(json.text().indexOf(QStringLiteral("\"queue_max\""))));
    QVERIFY(json.problem().startsWith(QStringLiteral("batcher.queue_max")));
}

void TestSettings::importTakesAFileAsAWhole()
{
    Console console;
    QTemporaryDir folder;
    QFile file(folder.filePath(QStringLiteral("mine.json")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(
        R"({"batcher": {"size_max": 64}, "backends": [{"name": "llama", "kind": "openai", "address": "http://a:1"}]})");
    file.close();
    console.page->json()->importFile(QUrl::fromLocalFile(file.fileName()));
    console.validated();
    QVERIFY2(console.page->isApplicable(), qPrintable(console.page->whyNot()));
    console.page->apply(false);
    answers();
    console.page->setGroup(QStringLiteral("batcher"));
    QCOMPARE(find(*console.page, QStringLiteral("batcher.size_max"))->value, QStringLiteral("64"));
    QCOMPARE(find(*console.page, QStringLiteral("batcher.timeout_ms"))->value, QStringLiteral("50"));  // its default
    console.page->setGroup(QStringLiteral("backends"));
    QCOMPARE(find(*console.page, QStringLiteral("backends[0].name"))->value, QStringLiteral("llama"));
    QVERIFY(!find(*console.page, QStringLiteral("backends[1].name")));

    // What cannot be read is in the editor, with what is wrong about it.
    QSignalSpy notices(&console.session, &Session::notice);
    console.page->json()->importText(QStringLiteral("not JSON"));
    QVERIFY(console.page->isAsJson());
    QCOMPARE(console.page->json()->text(), QStringLiteral("not JSON"));
    QVERIFY(notices.last().at(1).toBool());
    console.page->json()->importFile(QUrl::fromLocalFile(folder.filePath(QStringLiteral("none.json"))));
    QVERIFY(notices.last().at(0).toString().contains(QStringLiteral("none.json")));
}

void TestSettings::backendsHaveHeadings()
{
    Console console;
    QAbstractItemModelTester tester(console.page->settings(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    console.page->setGroup(QStringLiteral("backends"));
    QStringList headings;
    for (const SettingRow& row : console.page->settings()->rows())
        if (row.rowKind == SettingList::Backend) headings.append(row.title);
    QCOMPARE(headings, QStringList({QStringLiteral("runtime"), QStringLiteral("llama")}));
    QVERIFY(find(*console.page, QStringLiteral("backends[0].threads")));
    QVERIFY2(!find(*console.page, QStringLiteral("backends[0].address")), "of another kind");
    QVERIFY(find(*console.page, QStringLiteral("backends[1].address")));
    // A search says whose a field is.
    console.page->setQuery(QStringLiteral("minimum size_min"));
    headings.clear();
    for (const SettingRow& row : console.page->settings()->rows())
        if (row.rowKind == SettingList::Heading) headings.append(row.title);
    QCOMPARE(headings, QStringList({QStringLiteral("Connections"), QStringLiteral("Batching")}));
    console.page->setQuery(QStringLiteral("llama address"));
    QCOMPARE(console.page->settings()->rowCount(), 2);
    console.page->edit(QStringLiteral("backends[1].address"), QStringLiteral("http://127.0.0.1:9090"));
    console.validated();
    QVERIFY(console.page->isApplicable());
}

/// Adding one used to make pending changes without any field to fill in.
void TestSettings::aBackendIsAddedInTheForm()
{
    Console console;
    console.page->addBackend(0);
    QCOMPARE(console.page->group(), QStringLiteral("backends"));
    QCOMPARE(find(*console.page, QStringLiteral("backends[2].name"))->value, QStringLiteral("ollama"));
    QCOMPARE(find(*console.page, QStringLiteral("backends[2].address"))->value,
             QStringLiteral("http://127.0.0.1:11434"));
    console.page->edit(QStringLiteral("backends[2].address"), QStringLiteral("http://127.0.0.1:9"));
    console.page->edit(QStringLiteral("backends[2].name"), QStringLiteral("mine"));
    console.validated();
    QCOMPARE(console.page->pendingCount(), 1);  // a backend, however many fields it has
    QCOMPARE(console.page->pending()->rows().first().title, QStringLiteral("Backend mine"));
    QVERIFY2(console.page->isApplicable(), qPrintable(console.page->whyNot()));
    console.page->apply(false);
    answers();
    QCOMPARE(console.page->pendingCount(), 0);
    QCOMPARE(find(*console.page, QStringLiteral("backends[2].name"))->value, QStringLiteral("mine"));
    QCOMPARE(find(*console.page, QStringLiteral("backends[1].name"))->value, QStringLiteral("llama"));
}

void TestSettings::aBackendIsRemovedAndEditedAtOnce()
{
    Console console;
    console.page->setGroup(QStringLiteral("backends"));
    console.page->addBackend(1);  // llama is taken: it gets another name
    QCOMPARE(find(*console.page, QStringLiteral("backends[2].name"))->value, QStringLiteral("llama-2"));
    console.page->edit(QStringLiteral("backends[1].address"), QStringLiteral("http://127.0.0.1:7"));
    console.page->removeBackend(0);
    console.validated();
    QCOMPARE(console.page->pendingCount(), 3);
    QVERIFY2(console.page->isApplicable(), qPrintable(console.page->whyNot()));
    QVERIFY(!find(*console.page, QStringLiteral("backends[0].name")));
    console.page->restoreBackend(0);
    QVERIFY(find(*console.page, QStringLiteral("backends[0].name")));
    console.page->undo();
    console.apply();
    QCOMPARE(find(*console.page, QStringLiteral("backends[0].name"))->value, QStringLiteral("llama"));
    QCOMPARE(find(*console.page, QStringLiteral("backends[0].address"))->value, QStringLiteral("http://127.0.0.1:7"));
    QCOMPARE(find(*console.page, QStringLiteral("backends[1].name"))->value, QStringLiteral("llama-2"));
    // The last one stays: without any the engine would have its own again.
    console.page->removeBackend(0);
    for (const SettingRow& row : console.page->settings()->rows())
        if (row.rowKind == SettingList::Backend) QVERIFY(!row.removable);
}

void TestSettings::problemsOfABackendFindItsSlot()
{
    Console console;
    console.page->addBackend(0);
    console.page->edit(QStringLiteral("backends[2].threads"), QStringLiteral("9999"));
    console.page->removeBackend(0);  // the engine counts it as backends[1] from now on
    console.validated();
    QVERIFY(!console.page->isApplicable());
    const SettingRow* row = find(*console.page, QStringLiteral("backends[2].threads"));
    QVERIFY2(row && !row->problem.isEmpty(), "shown although the kind has no threads: something is wrong there");
    QVERIFY(!console.page->pending()->rows().last().problem.isEmpty());
}

void TestSettings::aBackendIsTestedBeforeItIsApplied()
{
    Console console;
    const auto heading = [&]() -> const SettingRow& {
        for (const SettingRow& row : console.page->settings()->rows())
            if (row.rowKind == SettingList::Backend && row.slot == 2) return row;
        qFatal("no third backend");
    };
    console.page->addBackend(0);
    QVERIFY(heading().testable);
    console.page->testBackend(2);
    QCOMPARE(heading().testState, int(SettingList::Testing));
    answers();
    QCOMPARE(heading().testState, int(SettingList::Reachable));
    QVERIFY2(heading().testText.contains(QStringLiteral("qwen2.5-coder:7b")), qPrintable(heading().testText));
    console.page->edit(QStringLiteral("backends[2].address"), QStringLiteral("http://127.0.0.1:9"));
    QCOMPARE(heading().testState, int(SettingList::Untested));  // it was of another address
    console.page->testBackend(2);
    answers();
    QCOMPARE(heading().testState, int(SettingList::Unreachable));
    QVERIFY(heading().testText.contains(QStringLiteral("refused")));
    QCOMPARE(console.page->pendingCount(), 1);  // and nothing else came of it
}

void TestSettings::anotherClientRemovesABackendThatIsEdited()
{
    Console console;
    console.page->edit(QStringLiteral("backends[1].address"), QStringLiteral("http://127.0.0.1:7"));
    console.page->edit(QStringLiteral("batcher.size_max"), QStringLiteral("192"));
    control::ApplyConfigRequest other;
    other.mutable_config()->add_backends()->set_name("runtime");
    console.client->applyConfig(other, this, [](const Outcome<control::ApplyConfigReply>&) {});
    console.client->step(1000);
    answers();
    QCOMPARE(console.page->pendingCount(), 1);
    QVERIFY2(console.page->problem().contains(QStringLiteral("llama")), qPrintable(console.page->problem()));
}

void TestSettings::undoAndRedo()
{
    Console console;
    const QString path = QStringLiteral("batcher.size_max");
    console.page->setGroup(QStringLiteral("batcher"));
    QVERIFY(!console.page->canUndo());
    for (const char* typed : {"2", "25", "250"}) console.page->edit(path, QString::fromLatin1(typed));
    console.page->edit(QStringLiteral("batcher.queue_max"), QStringLiteral("500"));
    console.page->undo();
    QCOMPARE(find(*console.page, QStringLiteral("batcher.queue_max"))->value, QStringLiteral("10000"));
    console.page->undo();  // what was typed in one go is one step
    QCOMPARE(find(*console.page, path)->value, QStringLiteral("200"));
    QCOMPARE(console.page->pendingCount(), 0);
    QVERIFY(!console.page->canUndo());
    console.page->redo();
    QCOMPARE(find(*console.page, path)->value, QStringLiteral("250"));
    console.page->discard();
    QCOMPARE(console.page->pendingCount(), 0);
    console.page->undo();
    QCOMPARE(console.page->pendingCount(), 1);
    console.apply();
    QVERIFY2(!console.page->canUndo(), "what was applied is undone as a revision");
}

void TestSettings::fieldsSayRangeDefaultAndSource()
{
    Console console;
    console.page->setGroup(QStringLiteral("batcher"));
    const SettingRow* row = find(*console.page, QStringLiteral("batcher.size_max"));
    QVERIFY2(row->info.contains(QStringLiteral("1 – 4,096")), qPrintable(row->info));
    QVERIFY2(row->info.contains(QStringLiteral("default\u00A0200")), qPrintable(row->info));
    QVERIFY(!row->info.contains(QStringLiteral("set in")));
    console.apply("batcher.size_max", "192");
    row = find(*console.page, QStringLiteral("batcher.size_max"));
    QVERIFY2(row->info.contains(QStringLiteral("set in revision 4")), qPrintable(row->info));
    row = find(*console.page, QStringLiteral("batcher.queue_max"));
    QCOMPARE(row->value, QStringLiteral("10000"));
    QCOMPARE(row->display, QStringLiteral("10,000"));
    QVERIFY2(find(*console.page, QStringLiteral("batcher.latency_goal_ms"))
                 ->info.startsWith(QStringLiteral("0.1\u00A0ms – 1\u00A0min")),
             qPrintable(find(*console.page, QStringLiteral("batcher.latency_goal_ms"))->info));
    console.page->setGroup(QStringLiteral("streamer"));
    row = find(*console.page, QStringLiteral("streamer.backpressure_bytes_max"));
    QVERIFY2(row->info.contains(QStringLiteral("= 10")), qPrintable(row->info));
}

void TestSettings::anEmptyControlSocketShowsTheOneInUse()
{
    Console console;
    console.page->setGroup(QStringLiteral("endpoints"));
    const auto* row = find(*console.page, QStringLiteral("endpoints.control"));
    QVERIFY(row && row->value.isEmpty());
    QCOMPARE(row->normal, console.client->address());
    QVERIFY(!row->modified);
    QCOMPARE(find(*console.page, QStringLiteral("endpoints.http"))->normal, QStringLiteral("127.0.0.1:11500"));
}

void TestSettings::separatorsAreUnderstoodWhenTyped_data()
{
    QTest::addColumn<QString>("typed");
    QTest::addColumn<QString>("value");
    QTest::newRow("comma") << QStringLiteral("16,384") << QStringLiteral("16384");
    QTest::newRow("two commas") << QStringLiteral("1,016,384") << QStringLiteral("1016384");
    QTest::newRow("space") << QStringLiteral("16 384") << QStringLiteral("16384");
    QTest::newRow("unit") << QStringLiteral("16 KiB") << QStringLiteral("16 KiB");
    QTest::newRow("a decimal comma is left to the engine") << QStringLiteral("1,5") << QStringLiteral("1,5");
}

void TestSettings::separatorsAreUnderstoodWhenTyped()
{
    QFETCH(QString, typed);
    QFETCH(QString, value);
    Console console;
    console.page->setGroup(QStringLiteral("limits"));
    console.page->edit(QStringLiteral("limits.queue_max"), typed);
    QCOMPARE(find(*console.page, QStringLiteral("limits.queue_max"))->value, value);
}

void TestSettings::guardedApplyCountsDownAndReportsTheOutcome_data()
{
    QTest::addColumn<bool>("worse");
    QTest::newRow("kept") << false;
    QTest::newRow("taken back") << true;
}

/// It used to be silent: no countdown, no outcome, and figures only after choosing another revision.
void TestSettings::guardedApplyCountsDownAndReportsTheOutcome()
{
    QFETCH(bool, worse);
    Console console;
    RevisionsViewModel& history = *console.page->history();
    QSignalSpy notices(&console.session, &Session::notice);
    if (worse) console.client->world().makeNextGuardWorse();
    console.page->edit(QStringLiteral("batcher.size_max"), QStringLiteral("192"));
    console.validated();
    console.page->apply(true);
    answers();
    QVERIFY(history.isMeasuring());
    QCOMPARE(history.secondsLeft(), 30);
    console.run(6);
    QCOMPARE(history.secondsLeft(), 24);
    QVERIFY2(history.guardText().contains(QStringLiteral("24 s")), qPrintable(history.guardText()));
    console.run(27);
    QVERIFY(!history.isMeasuring());
    QVERIFY2(notices.size() >= 2, "in force, then the outcome");
    const QString said = history.outcome();
    QVERIFY2(said.contains(worse ? QStringLiteral("reverted") : QStringLiteral("kept")), qPrintable(said));
    QVERIFY(said.contains(QStringLiteral("p99")));
    QCOMPARE(history.isOutcomeBad(), worse);
    const bool told = std::any_of(notices.begin(), notices.end(),
                                  [&](const auto& notice) { return notice.at(0).toString() == said; });
    QVERIFY(told);
    console.page->setGroup(QStringLiteral("batcher"));
    QCOMPARE(find(*console.page, QStringLiteral("batcher.size_max"))->value,
             worse ? QStringLiteral("200") : QStringLiteral("192"));
    const auto& rows = history.revisions()->rows();
    const RevisionRow& judged = rows.at(worse ? 1 : 0);
    QCOMPARE(judged.revision, quint64{4});
    QVERIFY2(judged.outcome.contains(QStringLiteral("p99")), qPrintable(judged.outcome));
    if (worse) {
        // The guard's own revision says what it changed back, and why.
        QVERIFY2(rows.first().text.contains(QStringLiteral("Maximum batch size")), qPrintable(rows.first().text));
        QCOMPARE(rows.first().outcome,
                 QStringLiteral("reverts revision 4: p99 of tensor calls 11.2\u00A0ms → 26\u00A0ms"));
        return;
    }
    // The figures of the minute after come by themselves.
    QCOMPARE(history.effect()->rows().first().after, QStringLiteral("–"));
    console.run(30);
    QCOMPARE(history.effect()->rows().first().id, QStringLiteral("latency_tensor_p99_ms"));
    QVERIFY(history.effect()->rows().first().after.contains(QStringLiteral("8.1")));
}

void TestSettings::aChangeIsDrawnBeforeAndAfter()
{
    Console console;
    RevisionsViewModel& history = *console.page->history();
    QString announced;  // as a page has it
    connect(&history, &RevisionsViewModel::plotChanged, this, [&] { announced = history.plotSummary(); });
    console.run(30);
    console.page->edit(QStringLiteral("batcher.size_max"), QStringLiteral("192"));
    console.validated();
    console.page->apply(true);
    answers();
    console.run(10);
    const auto measured = [](const QList<double>& side) {
        return std::count_if(side.begin(), side.end(), [](double value) { return !std::isnan(value); });
    };
    QCOMPARE(history.plotBefore().size(), 60);
    QCOMPARE(history.plotAfter().size(), 60);
    QVERIFY(measured(history.plotBefore()) >= 25);
    const auto soon = measured(history.plotAfter());
    QVERIFY(soon >= 8 && soon <= 11);
    QVERIFY(!history.plotTitle().isEmpty());
    QVERIFY2(history.plotSummary().contains(QStringLiteral(" in the %1 s since").arg(soon)),
             qPrintable(history.plotSummary()));
    console.run(20);
    QCOMPARE(measured(history.plotAfter()), soon + 20);  // it goes on while it is measured
    console.run(90);
    QCOMPARE(measured(history.plotAfter()), 60);
    QVERIFY2(history.plotSummary().contains(QStringLiteral(" before, ")), qPrintable(history.plotSummary()));
    // One mean of it: the plot had one of its own, beside that of the table.
    const ChangeRow& row = history.effect()->rows().first();
    QVERIFY2(history.plotSummary() == QStringLiteral("Mean %1 before, %2 after").arg(row.before, row.after),
             qPrintable(history.plotSummary() + u' ' + row.before + u' ' + row.after));
    QCOMPARE(announced, history.plotSummary());
    QCOMPARE(history.plotHints().size(), 120);
    QVERIFY(history.plotHints().constFirst().startsWith(QStringLiteral("60 s before")));
}

void TestSettings::differencesCountBeyondTheNoise()
{
    Console console;
    console.apply("batcher.size_max", "192");
    console.run(64);
    QMap<QString, int> trends;
    for (const ChangeRow& row : console.page->history()->effect()->rows()) trends.insert(row.id, row.trend);
    QCOMPARE(trends.value(QStringLiteral("latency_tensor_p99_ms")), int(ChangeList::Better));
    QCOMPARE(trends.value(QStringLiteral("served_per_second")), int(ChangeList::Unclear));  // 2,710 → 2,752 ± 140
    QCOMPARE(trends.value(QStringLiteral("batch_rows_average")), int(ChangeList::Worse));   // 124 → 112 ± 9
}

/// One place for all engines: an edit made on one used to appear on another, and in the demo.
void TestSettings::draftsAreOfOneEngine()
{
    QTemporaryDir folder;
    Preferences preferences(folder.filePath(QStringLiteral("console.ini")));
    {
        Console first(&preferences, "/state/a");
        first.page->edit(QStringLiteral("batcher.size_max"), QStringLiteral("192"));
        first.page->json()->edit(QStringLiteral("{ half"));
    }
    {
        Console other(&preferences, "/state/b");
        QCOMPARE(other.page->pendingCount(), 0);
        QVERIFY(!other.page->json()->isDirty());
        other.page->edit(QStringLiteral("batcher.size_max"), QStringLiteral("7"));
    }
    {
        Session session(std::make_unique<FakeEngineClient>(true, kStart));  // a demo
        session.setPreferences(&preferences);
        SettingsViewModel page(session);
        session.client().start();
        answers();
        QCOMPARE(page.pendingCount(), 0);
        page.edit(QStringLiteral("batcher.size_max"), QStringLiteral("8"));
    }
    Console again(&preferences, "/state/a");
    again.page->setGroup(QStringLiteral("batcher"));
    QCOMPARE(find(*again.page, QStringLiteral("batcher.size_max"))->value, QStringLiteral("192"));
    QCOMPARE(again.page->json()->text(), QStringLiteral("{ half"));
    // The same window, and another engine behind the socket.
    again.client->setStateDirForTest("/state/b");
    again.client->start();
    answers();
    QCOMPARE(find(*again.page, QStringLiteral("batcher.size_max"))->value, QStringLiteral("7"));
    QVERIFY(!again.page->json()->isDirty());
}

void TestSettings::nothingIsPendingWithoutAnEngine()
{
    QTemporaryDir folder;
    Preferences preferences(folder.filePath(QStringLiteral("console.ini")));
    {
        Console console(&preferences);
        console.page->edit(QStringLiteral("batcher.size_max"), QStringLiteral("192"));
    }
    Session session(std::make_unique<FakeEngineClient>(false, kStart));
    session.setPreferences(&preferences);
    SettingsViewModel page(session);
    page.setActive(true);
    answers();
    QCOMPARE(page.pendingCount(), 0);  // used to be 1, over an empty table
    QCOMPARE(page.pending()->rowCount(), 0);
}

void TestSettings::revealOpensTheGroupOfASetting()
{
    Console console;
    QSignalSpy revealed(console.page.get(), &SettingsViewModel::revealed);
    console.page->setQuery(QStringLiteral("heartbeat"));
    console.page->reveal(QStringLiteral("batcher.size_max"));
    QCOMPARE(console.page->group(), QStringLiteral("batcher"));
    QVERIFY(console.page->query().isEmpty());
    QCOMPARE(revealed.size(), 1);
    QCOMPARE(console.page->settings()->rows().at(revealed.first().at(0).toInt()).path,
             QStringLiteral("batcher.size_max"));
    console.page->reveal(QStringLiteral("backends[].address"));
    QCOMPARE(console.page->group(), QStringLiteral("backends"));

    // Asked for before the settings are there.
    Session session(std::make_unique<FakeEngineClient>(false, kStart));
    SettingsViewModel page(session);
    page.reveal(QStringLiteral("pool.http_size_max"));
    session.client().start();
    answers();
    QCOMPARE(page.group(), QStringLiteral("pool"));
}

void TestSettings::settingsAreThereWithoutOpeningThePage()
{
    Session session(std::make_unique<FakeEngineClient>(false, kStart));
    SettingsViewModel page(session);
    session.client().start();
    answers();
    QVERIFY(page.all().size() > 50);
}

void TestSettings::whatFollowsFromAChangeIsShown()
{
    Console console;
    control::ApplyConfigReply reply;
    console.page->edit(QStringLiteral("batcher.size_max"), QStringLiteral("64"));
    console.page->edit(QStringLiteral("batcher.size_initial"), QStringLiteral("64"));
    console.validated();
    QCOMPARE(console.page->pending()->rowCount(), 2);
    for (const ChangeRow& row : console.page->pending()->rows()) QVERIFY(row.mine);
    console.page->revert(QStringLiteral("batcher.size_max"));
    console.validated();
    QCOMPARE(console.page->pending()->rowCount(), 1);
    QCOMPARE(console.page->pending()->rows().first().detail, QStringLiteral("Batching · next batch"));
}

void TestSettings::nothingIsWrittenWhileAway()
{
    Console console;
    console.page->edit(QStringLiteral("batcher.size_max"), QStringLiteral("192"));
    console.validated();
    console.client->setPhaseForTest(EngineClient::Phase::Silent);
    QVERIFY(!console.page->isApplicable());
    QVERIFY(!console.page->whyNot().isEmpty());
}

QTEST_MAIN(TestSettings)
#include "tst_settings.moc"
