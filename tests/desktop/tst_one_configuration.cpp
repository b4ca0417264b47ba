// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/fake_engine_client.h"
#include "control/config_store.h"
#include "control/configuration.h"
#include "format/said.h"
#include "viewmodels/session.h"
#include "viewmodels/settings_view_model.h"

#include <QtCore/QRegularExpression>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <optional>

using namespace millrace::desktop;
namespace config = millrace::config;
namespace net = boost::asio;

namespace {

constexpr std::int64_t kStart = 1'700'000'000'000;

void answers()
{
    for (int i = 0; i < 8; ++i) QCoreApplication::processEvents();
}

class FixedClock final : public millrace::Clock {
public:
    millrace::TimePoint now() const override { return {}; }
    std::int64_t unixMs() const override { return kStart; }
    net::awaitable<void> sleepUntil(millrace::TimePoint) override { co_return; }
};

/// The engine's door: its store, with the configuration that the console's fake engine has, too.
class EngineDoor {
public:
    explicit EngineDoor(const config::Config& begin)
    {
        auto opened = millrace::control::ConfigStore::open(io_.get_executor(), clock_, eventLog_,
                                                           {folder_.path().toStdString(), begin, {}, "engine.json"});
        if (!opened.ok()) qFatal("%s", millrace::text(opened.status()).c_str());
        store_ = *std::move(opened);
    }
    ~EngineDoor()
    {
        net::post(io_, [this] { store_.reset(); });
        work_.reset();
        io_.run();
    }
    control::ApplyConfigReply dryRun(const std::string& path, const std::string& text)
    {
        control::ApplyConfigRequest request;
        (*request.mutable_set())[path] = text;
        request.set_dry_run(true);
        std::optional<control::ApplyConfigReply> reply;
        net::post(io_, [&] { store_->apply(request, [&reply](auto got) { reply = *std::move(got); }); });
        while (!reply) io_.run_one();
        return *std::move(reply);
    }
    const config::Config& current() const { return store_->current(); }

private:
    QTemporaryDir folder_;
    FixedClock clock_;
    millrace::EventLog eventLog_{clock_, 100};
    net::io_context io_;
    net::executor_work_guard<net::io_context::executor_type> work_{io_.get_executor()};
    std::unique_ptr<millrace::control::ConfigStore> store_;
};

/// The console's: the page of settings, over the fake engine.
class ConsoleDoor {
public:
    ConsoleDoor() : client_(new FakeEngineClient(false, kStart)), session_(std::unique_ptr<EngineClient>(client_))
    {
        page_ = std::make_unique<SettingsViewModel>(session_);
        client_->start();
        page_->setActive(true);
        answers();
    }
    void edit(const QString& path, const QString& text)
    {
        page_->discard();
        page_->reveal(path);
        page_->edit(path, text);
        page_->validate();
        answers();
    }
    SettingRow row(const QString& path) const
    {
        for (const SettingRow& row : page_->settings()->rows())
            if (row.path == path) return row;
        return {};
    }
    control::ApplyConfigReply dryRun(const std::string& path, const std::string& text)
    {
        control::ApplyConfigRequest request;
        (*request.mutable_set())[path] = text;
        request.set_dry_run(true);
        std::optional<control::ApplyConfigReply> reply;
        client_->applyConfig(request, client_, [&](const auto& outcome) { reply = *outcome.reply; });
        answers();
        return reply.value_or(control::ApplyConfigReply());
    }
    SettingsViewModel& page() { return *page_; }
    config::Config config() const
    {
        std::optional<control::ConfigState> state;
        client_->getConfig(client_, [&](const auto& outcome) { state = *outcome.reply; });
        answers();
        return state->config();
    }

private:
    FakeEngineClient* client_;
    Session session_;
    std::unique_ptr<SettingsViewModel> page_;
};

std::string pathOf(const config::SettingInfo& info)
{
    std::string path = info.path;
    if (const auto list = path.find("[]"); list != std::string::npos)
        path.insert(list + 1, info.forKind == config::v1::BACKEND_KIND_RUNTIME ? "0" : "1");
    return path;
}

}  // namespace

/// There were two readers of values, one of the console and one of the engine, and they differed: "64KB" was no number
/// for one of them. Whatever is typed, both accept it, and as the same, or refuse it, and in the same words.
class TestOneConfiguration : public QObject {
    Q_OBJECT

    std::unique_ptr<ConsoleDoor> console_;
    std::unique_ptr<EngineDoor> engine_;

private Q_SLOTS:
    void initTestCase()
    {
        console_ = std::make_unique<ConsoleDoor>();
        engine_ = std::make_unique<EngineDoor>(console_->config());
        QCOMPARE(config::toJson(config::effective(console_->config())), config::toJson(engine_->current()));
    }
    void cleanupTestCase()
    {
        console_.reset();
        engine_.reset();
    }

    void bothDoorsTakeTheSame_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("text");
        const auto add = [](const config::SettingInfo& info, const char* name, const std::string& text) {
            QTest::addRow("%s, %s", info.path.c_str(), name)
                << QString::fromStdString(pathOf(info)) << QString::fromStdString(text);
        };
        const auto number = [](double value) { return QString::number(value, 'f', value < 1 ? 3 : 0).toStdString(); };
        for (const auto& info : config::schema()) {
            add(info, "default", info.defaultText);
            add(info, "nothing", "");
            add(info, "garbage", "many things");
            add(info, "control characters", "a\x01\x1b[2J");
            add(info, "a switch", "on");
            add(info, "a list", "a, b ,,c");
            add(info, "a quote", "\"\\");
            if (info.min) {
                add(info, "smallest", number(*info.min));
                add(info, "too small", number(*info.min - 1));
            }
            if (info.max) {
                add(info, "largest", number(*info.max));
                add(info, "too large", number(*info.max + 1));
            }
            if (info.type == config::v1::SETTING_TYPE_INTEGER || info.type == config::v1::SETTING_TYPE_NUMBER) {
                for (const char* text : {"-1", "1.5", "1e3", "0x10", "nan", "inf", "99999999999999999999", "64KiB",
                                         "64kb", "1 MiB", "2GiB", "250ms", "5s", "1.5 min", "2h", "25%", "7 rows"})
                    add(info, text, text);
            }
            for (const auto& choice : info.choices) add(info, choice.c_str(), choice);
            if (!info.choices.empty())
                add(info, "in capitals", QString::fromStdString(info.choices.back()).toUpper().toStdString());
        }
    }
    void bothDoorsTakeTheSame()
    {
        QFETCH(QString, path);
        QFETCH(QString, text);
        const auto byEngine = engine_->dryRun(path.toStdString(), text.toStdString());
        const auto byFake = console_->dryRun(path.toStdString(), text.toStdString());
        QCOMPARE(byFake.problems_size(), byEngine.problems_size());
        for (int i = 0; i < byEngine.problems_size(); ++i)
            QCOMPARE(byFake.problems(i).SerializeAsString(), byEngine.problems(i).SerializeAsString());
        QCOMPARE(byFake.changes_size(), byEngine.changes_size());
        for (int i = 0; i < byEngine.changes_size(); ++i)
            QCOMPARE(byFake.changes(i).SerializeAsString(), byEngine.changes(i).SerializeAsString());

        // What the field says, and the JSON beside it.
        console_->edit(path, text);
        QString refused;
        for (const auto& problem : byEngine.problems())
            if (refused.isEmpty() && QString::fromStdString(problem.path()).startsWith(path))
                refused = format::said(problem.words(), problem.message());
        if (byEngine.problems_size() == 0) QCOMPARE(console_->page().problemCount(), 0);
        if (!refused.isEmpty()) QCOMPARE(console_->row(path).problem, refused);
        config::Config wanted = console_->config();
        (void)config::set(wanted, path.toStdString(), text.toStdString());
        const auto shown = config::parseJson(console_->page().json()->text().toStdString());
        QVERIFY2(shown.ok(), shown.ok() ? "" : millrace::text(shown.status()).c_str());
        QCOMPARE(config::toJson(config::effective(*shown)), config::toJson(config::effective(wanted)));
    }

    void bothDoorsReadTheSameJson_data()
    {
        QTest::addColumn<QByteArray>("text");
        for (const char* text :
             {"", "[]", "{", "{}x", "{\"batcher\": {\"size_max\": 64}}", "{\"batcher\": {\"size_max\": \"64\"}}",
              "{\"batcher\": {\"size_max\": 6.5}}", "{\"batcher\": {\"size_max\": -1}}", "{\"batcher\": 3}",
              "{\"batcher\": {\"sise_max\": 3}}", "{\"pool\": {}, \"pool\": {}}", "{\"backends\": {}}",
              "{\"backends\": [{\"kind\": \"none\"}]}", "{\"backends\": [3]}",
              "{\"security\": {\"hosts_allowed\": [\"a\", 3]}}", "{\"batcher\": {\"adaptive\": \"on\"}}",
              "{\"batcher\": {\"adaptive\": null}}", "\xEF\xBB\xBF{\"batcher\": {\"timeout_ms\": 7}}"})
            QTest::addRow("%s", text) << QByteArray(text);
    }
    void bothDoorsReadTheSameJson()
    {
        QFETCH(QByteArray, text);
        const auto read = config::parseJson(text.toStdString());
        console_->page().discard();
        JsonViewModel& json = *console_->page().json();
        json.edit(QString::fromUtf8(text));
        const QString problem = json.problem();
        QCOMPARE(json.accept(), read.ok());
        json.revert();
        if (read.ok()) {
            const auto shown = config::parseJson(json.text().toStdString());
            QVERIFY(shown.ok());
            QCOMPARE(config::toJson(config::effective(*shown)), config::toJson(config::effective(*read)));
        } else if (const auto error = config::findJsonError(text.toStdString())) {
            // The console says the column besides.
            QCOMPARE(problem, QStringLiteral("not valid JSON: ") + QString::fromStdString(error->reason));
        } else {
            // The console groups digits.
            static const QRegularExpression grouped(QStringLiteral("(\\d),(?=\\d{3}\\b)"));
            QCOMPARE(QString(problem).replace(grouped, QStringLiteral("\\1")),
                     QString::fromStdString(millrace::text(read.status())));
        }
    }
};

QTEST_MAIN(TestOneConfiguration)
#include "tst_one_configuration.moc"
