// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/fake_engine_client.h"
#include "config/config_text.h"
#include "control.pb.h"
#include "viewmodels/preferences.h"
#include "viewmodels/session.h"
#include "viewmodels/settings_view_model.h"

#include <QtCore/QTemporaryDir>
#include <QtGui/QGuiApplication>
#include <QtTest/QAbstractItemModelTester>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

using namespace millrace::desktop;

namespace {

constexpr std::int64_t kStart = 1'700'000'000'000;

// Answers of the fake come with the event loop, some ask for the next one.
void answers()
{
    for (int i = 0; i < 8; ++i) QCoreApplication::processEvents();
}

struct Console {
    explicit Console(Preferences* preferences = nullptr)
        : client(new FakeEngineClient(false, kStart)), session(std::unique_ptr<EngineClient>(client))
    {
        session.setPreferences(preferences);
        page = std::make_unique<SettingsViewModel>(session);
        client->start();
        page->setActive(true);
        answers();
    }
    // The judge is asked when typing pauses: here at once.
    void judged() const
    {
        page->judge();
        answers();
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
private Q_SLOTS:
    void formComesFromTheSchema();
    void stagingShowsBeforeAndAfter();
    void theEngineIsTheJudge();
    void stagingWhatIsInForceIsNoChange();
    void applyMakesARevisionAndUndoTakesItBack();
    void resetGoesToTheDefault();
    void stagedEditsSurviveAReconnect();
    void stagedEditsSurviveACrash();
    void somebodyElsesChangeIsAConflictNotALoss();
    void searchAndModified();
    void jsonIsStagedWhole();
    void badJsonSaysWhere();
    void backendsAreListedEntryByEntry();
    void aBackendIsAdded();
    void nothingIsWrittenWhileAway();
    void configTextReadsAndWritesByPath_data();
    void configTextReadsAndWritesByPath();
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
    QCOMPARE(row->type, QStringLiteral("integer"));
    QCOMPARE(console.page->groupStage(), QStringLiteral("batches"));
}

void TestSettings::stagingShowsBeforeAndAfter()
{
    Console console;
    console.page->setGroup(QStringLiteral("batcher"));
    console.page->stage(QStringLiteral("batcher.size_max"), QStringLiteral("192"));
    QCOMPARE(console.page->stagedCount(), 1);
    QVERIFY(!console.page->isApplicable());  // not judged yet
    console.judged();
    QVERIFY(console.page->isApplicable());
    QCOMPARE(console.page->pending()->rowCount(), 1);
    const ChangeRow& change = console.page->pending()->rows().first();
    QVERIFY(change.before.startsWith(QStringLiteral("200")));
    QVERIFY(change.after.startsWith(QStringLiteral("192")));
    QVERIFY(find(*console.page, QStringLiteral("batcher.size_max"))->staged);
}

void TestSettings::theEngineIsTheJudge()
{
    Console console;
    console.page->setGroup(QStringLiteral("batcher"));
    console.page->stage(QStringLiteral("batcher.queue_max"), QStringLiteral("0"));
    console.page->stage(QStringLiteral("batcher.timeout_ms"), QStringLiteral("many"));
    console.judged();
    QVERIFY(!console.page->isApplicable());
    QVERIFY(!find(*console.page, QStringLiteral("batcher.timeout_ms"))->problem.isEmpty());
    console.page->stage(QStringLiteral("batcher.timeout_ms"), QStringLiteral("30"));
    console.judged();
    QVERIFY(find(*console.page, QStringLiteral("batcher.timeout_ms"))->problem.isEmpty());
    QVERIFY(!find(*console.page, QStringLiteral("batcher.queue_max"))->problem.isEmpty());
    QCOMPARE(console.page->problemCount(), 1);
    const auto before = console.session.frame().revision();
    console.page->apply(false);
    answers();
    console.client->step(1000);
    QCOMPARE(console.session.frame().revision(), before);  // what is not applicable is not sent
}

void TestSettings::stagingWhatIsInForceIsNoChange()
{
    Console console;
    console.page->stage(QStringLiteral("batcher.size_max"), QStringLiteral("200"));
    QCOMPARE(console.page->stagedCount(), 0);
    console.page->stage(QStringLiteral("batcher.size_max"), QStringLiteral("150"));
    console.page->stage(QStringLiteral("batcher.size_max"), QStringLiteral("200"));
    QCOMPARE(console.page->stagedCount(), 0);
}

void TestSettings::applyMakesARevisionAndUndoTakesItBack()
{
    Console console;
    console.page->setGroup(QStringLiteral("batcher"));
    console.page->stage(QStringLiteral("batcher.size_max"), QStringLiteral("192"));
    console.judged();
    console.page->apply(false);
    answers();
    QCOMPARE(console.page->stagedCount(), 0);
    QCOMPARE(find(*console.page, QStringLiteral("batcher.size_max"))->value, QStringLiteral("192"));
    QCOMPARE(console.page->revisions()->rowCount(), 1);
    QVERIFY(!console.page->undoText().isEmpty());
    console.page->undo();
    answers();
    QCOMPARE(find(*console.page, QStringLiteral("batcher.size_max"))->value, QStringLiteral("200"));
    QCOMPARE(console.page->revisions()->rowCount(), 2);
}

void TestSettings::resetGoesToTheDefault()
{
    Console console;
    console.page->setGroup(QStringLiteral("batcher"));
    QVERIFY(find(*console.page, QStringLiteral("batcher.timeout_ms"))->modified);  // the fake's is 20, the default 50
    console.page->resetToDefault(QStringLiteral("batcher.timeout_ms"));
    console.judged();
    QCOMPARE(find(*console.page, QStringLiteral("batcher.timeout_ms"))->value, QStringLiteral("50"));
    console.page->apply(false);
    answers();
    QVERIFY(!find(*console.page, QStringLiteral("batcher.timeout_ms"))->modified);
}

void TestSettings::stagedEditsSurviveAReconnect()
{
    Console console;
    console.page->setGroup(QStringLiteral("batcher"));
    console.page->stage(QStringLiteral("batcher.size_max"), QStringLiteral("192"));
    console.client->setPhaseForTest(EngineClient::Phase::Reconnecting);
    QVERIFY(!console.page->isApplicable());
    console.client->start();
    answers();
    console.judged();
    QCOMPARE(console.page->stagedCount(), 1);
    QVERIFY(console.page->isApplicable());
    QCOMPARE(find(*console.page, QStringLiteral("batcher.size_max"))->value, QStringLiteral("192"));
}

void TestSettings::stagedEditsSurviveACrash()
{
    QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("console.ini"));
    {
        Preferences preferences(file);
        Console console(&preferences);
        console.page->stage(QStringLiteral("batcher.size_max"), QStringLiteral("192"));
    }
    Preferences preferences(file);
    Console console(&preferences);
    console.judged();
    QCOMPARE(console.page->stagedCount(), 1);
    QVERIFY(console.page->isApplicable());
    console.page->discard();
    QCOMPARE(console.page->stagedCount(), 0);
}

void TestSettings::somebodyElsesChangeIsAConflictNotALoss()
{
    Console console;
    console.page->stage(QStringLiteral("batcher.size_max"), QStringLiteral("192"));
    console.judged();
    control::ApplyConfigRequest other;
    (*other.mutable_set())["streamer.compression"] = "false";
    console.client->applyConfig(other, this, [](const Outcome<control::ApplyConfigReply>&) {});
    console.page->apply(false);  // still on the old revision
    answers();
    QCOMPARE(console.page->stagedCount(), 1);
    QVERIFY(console.page->hasConflict());
    console.judged();
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
    console.page->setQuery(QStringLiteral("heartbeat"));
    QCOMPARE(console.page->settings()->rowCount(), 1);
    console.page->setQuery(QStringLiteral("@modified"));
    QCOMPARE(console.page->settings()->rowCount(), 1);
    QVERIFY(find(*console.page, QStringLiteral("batcher.timeout_ms")));
    console.page->setQuery(QStringLiteral("@modified heartbeat"));
    QCOMPARE(console.page->settings()->rowCount(), 0);
}

void TestSettings::jsonIsStagedWhole()
{
    Console console;
    QString json = console.page->json();
    QVERIFY2(json.contains(QStringLiteral("\"timeout_ms\": 20")), qPrintable(json));
    json.replace(QStringLiteral("\"timeout_ms\": 20"), QStringLiteral("\"timeout_ms\": 35"));
    console.page->stageJson(json);
    console.judged();
    QVERIFY(console.page->isApplicable());
    QCOMPARE(console.page->pending()->rowCount(), 1);
    console.page->apply(false);
    answers();
    console.page->setGroup(QStringLiteral("batcher"));
    QCOMPARE(find(*console.page, QStringLiteral("batcher.timeout_ms"))->value, QStringLiteral("35"));
}

void TestSettings::badJsonSaysWhere()
{
    Console console;
    console.page->stageJson(QStringLiteral("{ \"batcher\": { \"size\": 3 } }"));
    QVERIFY(console.page->jsonProblem().contains(QStringLiteral("size")));
    QCOMPARE(console.page->stagedCount(), 0);
}

void TestSettings::backendsAreListedEntryByEntry()
{
    Console console;
    console.page->setGroup(QStringLiteral("backends"));
    QVERIFY(find(*console.page, QStringLiteral("backends[0].name")));
    const SettingRow* row = find(*console.page, QStringLiteral("backends[1].address"));
    QVERIFY(row);
    QCOMPARE(row->section, QStringLiteral("llama"));
    console.page->stage(QStringLiteral("backends[1].address"), QStringLiteral("http://127.0.0.1:9090"));
    console.judged();
    QVERIFY(console.page->isApplicable());
}

void TestSettings::aBackendIsAdded()
{
    Console console;
    console.page->addBackend();
    console.judged();
    QVERIFY2(console.page->isApplicable(), qPrintable(console.page->whyNot()));
    console.page->apply(false);
    answers();
    console.page->setGroup(QStringLiteral("backends"));
    QVERIFY(find(*console.page, QStringLiteral("backends[2].name")));
    QVERIFY(find(*console.page, QStringLiteral("backends[0].name")));
}

void TestSettings::nothingIsWrittenWhileAway()
{
    Console console;
    console.page->stage(QStringLiteral("batcher.size_max"), QStringLiteral("192"));
    console.judged();
    console.client->setPhaseForTest(EngineClient::Phase::Silent);
    QVERIFY(!console.page->isApplicable());
    QVERIFY(!console.page->whyNot().isEmpty());
}

void TestSettings::configTextReadsAndWritesByPath_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<bool>("good");
    const auto row = [](const char* name, const char* path, const char* text, bool good) {
        QTest::newRow(name) << QByteArray(path) << QByteArray(text) << good;
    };
    row("integer", "batcher.size_max", "12", true);
    row("number", "batcher.latency_goal_ms", "2.5", true);
    row("switch", "batcher.adaptive", "true", true);
    row("choice", "telemetry.log_level", "warning", true);
    row("text", "endpoints.http", "127.0.0.1:1", true);
    row("list", "security.hosts_allowed", "a, b", true);
    row("entry", "backends[0].name", "x", true);
    row("letters", "batcher.size_max", "many", false);
    row("negative", "batcher.size_max", "-1", false);
    row("too large", "batcher.size_max", "4294967296", false);
    row("no such choice", "telemetry.log_level", "loud", false);
    row("no such setting", "batcher.sise_max", "1", false);
    row("a group", "batcher", "1", false);
    row("beyond the list", "backends[4].name", "x", false);
}

void TestSettings::configTextReadsAndWritesByPath()
{
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, text);
    QFETCH(bool, good);
    millrace::config::v1::Config config;
    const std::string problem = config_text::setPath(config, path.toStdString(), text.toStdString());
    QCOMPARE(problem.empty(), good);
    if (!good) return;
    std::string read;
    config_text::forEach(config, [&](const std::string& at, const std::string& value) {
        if (at == path.toStdString()) read = value;
    });
    QCOMPARE(QByteArray::fromStdString(read), text);
    config_text::setPath(config, path.toStdString(), "");  // back to the default
    config_text::forEach(config, [&](const std::string& at, const std::string& value) {
        if (at == path.toStdString()) read = value;
    });
    QVERIFY(QByteArray::fromStdString(read) != text);
}

QTEST_MAIN(TestSettings)
#include "tst_settings.moc"
