// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/configuration.h"
#include "phrases.h"

#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>
#include <QSet>
#include <QTemporaryDir>
#include <QTest>

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>

using namespace millrace;

namespace {

QString problemText(const config::Config& config)
{
    QString all;
    for (const auto& problem : config::validate(config))
        all += QString::fromStdString(problem.path + ": " + problem.message.english() + '\n');
    return all;
}

constexpr const char* kStableJson = R"({
  "backends": [
    {
      "name": "runtime",
      "kind": "runtime",
      "enabled": true
    },
    {
      "name": "say \"hi\""
    }
  ],
  "pool": {
    "http_size_max": 50
  },
  "loader": {
    "preload_threshold": 0.25
  },
  "security": {
    "hosts_allowed": [
      "a.lan",
      "b.lan"
    ]
  }
}
)";

/// A path of the schema that a configuration can really hold.
std::string concrete(std::string path)
{
    const auto at = path.find("[]");
    if (at != std::string::npos) path.replace(at, 2, "[0]");
    return path;
}

/// A valid value other than the default; empty where none is free of relations to others.
std::string otherValue(const config::SettingInfo& info)
{
    if (info.path == "endpoints.control") return "/run/millrace/other.sock";
    if (info.path == "backends[].address") return "http://127.0.0.1:9000/v1";
    if (info.path == "backends[].name") return "other";
    if (info.path == "backends[].api_key_env") return "OTHER_KEY";
    if (info.path == "security.hosts_allowed") return "alpha.lan,beta.lan";
    if (info.path.rfind("endpoints.", 0) == 0) return "127.0.0.1:12345";
    if (info.path == "batcher.size_min") return "7";
    if (info.path == "batcher.size_initial") return "150";
    if (info.path == "pool.http_size_min" || info.path == "pool.grpc_size_min") return "3";
    if (info.type == config::v1::SETTING_TYPE_SWITCH) return info.defaultText == "true" ? "false" : "true";
    if (info.type == config::v1::SETTING_TYPE_CHOICE) return info.choices.back();
    if (info.type == config::v1::SETTING_TYPE_TEXT) return "/some/place";
    if (info.type == config::v1::SETTING_TYPE_NUMBER) return info.defaultText == "0.5" ? "0.75" : "0.5";
    const double wanted = info.max.value_or(1e9);
    return std::to_string(static_cast<unsigned long long>(wanted));
}

}  // namespace

class TestConfig : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void schemaNamesEverySetting()
    {
        QVERIFY(config::schema().size() > 70);
        for (const auto& info : config::schema()) {
            QVERIFY2(!info.title.empty() && !info.help.empty(), info.path.c_str());
            QVERIFY2(!info.groupTitle.empty(), info.path.c_str());
            if (info.type == config::v1::SETTING_TYPE_INTEGER || info.type == config::v1::SETTING_TYPE_NUMBER)
                QVERIFY2(info.min && info.max, info.path.c_str());
        }
    }

    void everySettingGoesThereAndBack_data()
    {
        QTest::addColumn<int>("row");
        for (std::size_t i = 0; i < config::schema().size(); ++i)
            QTest::newRow(config::schema()[i].path.c_str()) << static_cast<int>(i);
    }
    void everySettingGoesThereAndBack()
    {
        QFETCH(int, row);
        const auto& info = config::schema()[static_cast<std::size_t>(row)];
        const std::string path = concrete(info.path);
        const std::string wanted = otherValue(info);
        config::Config config;
        // A list's entry has its own words where the entry stands for nothing yet.
        const std::string before = config::get(config, path).value();
        if (info.path != "backends[].name") QCOMPARE(before, info.defaultText);
        QVERIFY2(config::set(config, path, wanted).ok(), wanted.c_str());
        QCOMPARE(config::get(config, path).value(), wanted);
        QVERIFY(config::isSet(config, path));
        if (info.path == "backends[].kind") config.mutable_backends(0)->set_address("http://127.0.0.1:1");
        QVERIFY2(problemText(config).isEmpty(), qPrintable(problemText(config)));

        const std::string json = config::toJson(config);
        const auto read = config::parseJson(json);
        QVERIFY2(read.ok(), json.c_str());
        QVERIFY2(google::protobuf::util::MessageDifferencer::Equals(*read, config), json.c_str());
        QCOMPARE(config::toJson(*read), json);
        const auto marked = config::parseJson("\xEF\xBB\xBF" + json);
        QVERIFY2(marked.ok() && config::toJson(*marked) == json, "with a byte order mark");

        const auto changes = config::diff({}, config);
        const auto found =
            std::find_if(changes.begin(), changes.end(), [&](const auto& one) { return one.path == path; });
        QVERIFY(found != changes.end());
        QCOMPARE(found->before, before);
        QCOMPARE(found->after, wanted);
        QCOMPARE(found->takesEffect, info.takesEffect);

        // Through the environment it is the same setting.
        const auto overrides = config::fromEnvironment({{config::environmentName(path), wanted}});
        QVERIFY(overrides.ok());
        QCOMPARE(overrides->size(), std::size_t{1});
        QCOMPARE(overrides->front().path, path);
        config::Config overlaid;
        QVERIFY(config::apply(overlaid, *overrides).ok());
        QCOMPARE(config::get(overlaid, path).value(), wanted);

        QVERIFY(config::set(config, path, "").ok());
        if (info.path == "backends[].kind") config.mutable_backends(0)->clear_address();
        if (info.path != "backends[].name") QVERIFY(config::diff({}, config).empty());
        if (info.path != "backends[].name") QVERIFY(config::sparse(config).ByteSizeLong() == 0);
    }

    void rangesAreKept_data()
    {
        QTest::addColumn<int>("row");
        QTest::addColumn<bool>("high");
        for (std::size_t i = 0; i < config::schema().size(); ++i) {
            const auto& info = config::schema()[i];
            if (info.min && *info.min > 0)
                QTest::newRow((info.path + " below").c_str()) << static_cast<int>(i) << false;
            if (info.max) QTest::newRow((info.path + " above").c_str()) << static_cast<int>(i) << true;
        }
    }
    void rangesAreKept()
    {
        QFETCH(int, row);
        QFETCH(bool, high);
        const auto& info = config::schema()[static_cast<std::size_t>(row)];
        const std::string path = concrete(info.path);
        const bool whole = info.type == config::v1::SETTING_TYPE_INTEGER;
        const double value = high ? *info.max + 1 : whole ? *info.min - 1 : *info.min / 2;
        const std::string text = whole ? std::to_string(static_cast<unsigned long long>(value)) : std::to_string(value);
        config::Config config;
        const Status status = config::set(config, path, text);
        if (!status.ok()) {  // does not even fit the type
            QVERIFY(text.find("must be") != std::string::npos || fieldOf(status) == path);
            QVERIFY(millrace::text(status).find("must be") != std::string::npos);
            return;
        }
        const auto problems = config::validate(config);
        QCOMPARE(problems.size(), std::size_t{1});
        QCOMPARE(problems.front().path, path);
        const std::string message = problems.front().message.english();
        QVERIFY2(message.find("must be ") == 0, message.c_str());
        QVERIFY2(message.find(", is ") != std::string::npos, message.c_str());
    }

    void problemsNameValueAndRange()
    {
        config::Config config;
        config.mutable_batcher()->set_size_min(0);
        const auto problems = config::validate(config);
        QCOMPARE(problems.size(), std::size_t{1});
        QCOMPARE(problems[0].path, std::string("batcher.size_min"));
        QCOMPARE(problems[0].message.english(), std::string("must be 1 – 4096 rows, is 0"));
    }

    void refuses_data()
    {
        QTest::addColumn<QString>("json");
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("words");
        const auto row = [](const char* name, const char* json, const char* path, const char* words) {
            QTest::newRow(name) << QString(json) << QString(path) << QString(words);
        };
        row("pool minimum above maximum", R"({"pool":{"http_size_min":200}})", "pool.http_size_min",
            "must be at most pool.http_size_max (100), is 200");
        row("channels minimum above maximum", R"({"pool":{"grpc_size_min":60}})", "pool.grpc_size_min",
            "must be at most pool.grpc_size_max (50), is 60");
        row("batch minimum above maximum", R"({"batcher":{"size_min":300}})", "batcher.size_min",
            "must be at most batcher.size_max (200), is 300");
        row("first size above maximum", R"({"batcher":{"size_initial":300}})", "batcher.size_initial",
            "must be at most batcher.size_max (200), is 300");
        row("batch minimum above first size", R"({"batcher":{"size_min":120,"size_initial":110}})", "batcher.size_min",
            "must be at most batcher.size_initial (110), is 120");
        row("both given", R"({"batcher":{"size_initial":90,"size_max":80}})", "batcher.size_initial",
            "must be at most batcher.size_max (80), is 90");
        row("share above one", R"({"loader":{"preload_threshold":1.5}})", "loader.preload_threshold",
            "must be 0 – 1, is 1.5");
        row("backend without name", R"({"backends":[{"kind":"runtime"}]})", "backends[0].name", "letters, digits");
        row("backend with a slash", R"({"backends":[{"name":"a/b"}]})", "backends[0].name", "a/b");
        row("backend name too long",
            R"({"backends":[{"name":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}]})",
            "backends[0].name", "must be at most 64 bytes, has 70");
        row("backend twice", R"({"backends":[{"name":"a"},{"name":"a"}]})", "backends[1].name", "unique");
        row("openai without address", R"({"backends":[{"name":"a","kind":"openai"}]})", "backends[0].address",
            "is empty");
        row("openai with ftp", R"({"backends":[{"name":"a","kind":"openai","address":"ftp://x"}]})",
            "backends[0].address", "http or https");
        row("openai with a bad port", R"({"backends":[{"name":"a","kind":"openai","address":"http://x:99999"}]})",
            "backends[0].address", "http or https");
        row("openai with an empty port", R"({"backends":[{"name":"a","kind":"openai","address":"http://x:/v1"}]})",
            "backends[0].address", "http or https");
        row("openai with a query", R"({"backends":[{"name":"a","kind":"openai","address":"http://x/v1?key=1"}]})",
            "backends[0].address", "http or https");
        row("openai with a port of zero", R"({"backends":[{"name":"a","kind":"openai","address":"http://x:0"}]})",
            "backends[0].address", "http or https");
        row("openai with an at in the path",
            R"({"backends":[{"name":"a","kind":"openai","address":"http://x/v1/@me"}]})", "backends[0].address",
            "http or https");
        row("openai without scheme", R"({"backends":[{"name":"a","kind":"openai","address":"x:80/v1"}]})",
            "backends[0].address", "http or https");
        row("openai with an open bracket", R"({"backends":[{"name":"a","kind":"openai","address":"http://[::1/v1"}]})",
            "backends[0].address", "bracket");
        row("openai with a password", R"({"backends":[{"name":"a","kind":"openai","address":"http://u:p@x/v1"}]})",
            "backends[0].address", "api_key_env");
        row("openai at our own address",
            R"({"backends":[{"name":"a","kind":"openai","address":"http://localhost:11500/v1"}]})",
            "backends[0].address", "own address");
        row("openai at our own gRPC address",
            R"({"endpoints":{"grpc":"127.0.0.1:7000"},"backends":[{"name":"a","kind":"openai","address":"http://127.0.0.1:7000"}]})",
            "backends[0].address", "own address");
        row("a model without a name", R"({"backends":[{"name":"a","models":["m",""]}]})", "backends[0].models[1]",
            "1 to 256");
        row("key instead of variable", R"({"backends":[{"name":"a","api_key_env":"sk-123"}]})",
            "backends[0].api_key_env", "environment variable");
        row("wide listen", R"({"endpoints":{"http":"0.0.0.0:11500"}})", "endpoints.http", "loopback");
        row("wide listen v6", R"({"endpoints":{"http":"[::]:11500"}})", "endpoints.http", "loopback");
        row("name that begins like loopback", R"({"endpoints":{"http":"127.0.0.1.evil.example:80"}})", "endpoints.http",
            "loopback");
        row("no port", R"({"endpoints":{"http":"127.0.0.1"}})", "endpoints.http", "host:port");
        row("port too high", R"({"endpoints":{"grpc":"127.0.0.1:70000"}})", "endpoints.grpc", "host:port");
        row("same address twice", R"({"endpoints":{"grpc":"127.0.0.1:11500"}})", "endpoints.grpc", "must differ");
        row("relative socket", R"({"endpoints":{"control":"here.sock"}})", "endpoints.control", "full path");
        row("host with a slash", R"({"security":{"hosts_allowed":["ok.lan","http://x"]}})", "security.hosts_allowed[1]",
            "host name");
    }
    void refuses()
    {
        QFETCH(QString, json);
        QFETCH(QString, path);
        QFETCH(QString, words);
        const auto config = config::parseJson(json.toStdString());
        QVERIFY2(config.ok(), text(config.status()).c_str());
        const auto problems = config::validate(*config);
        QVERIFY2(problems.size() == 1, qPrintable(problemText(*config)));
        QCOMPARE(QString::fromStdString(problems[0].path), path);
        const QString message = QString::fromStdString(problems[0].message);
        QVERIFY2(message.contains(words), qPrintable(message));
        QVERIFY2(problems[0].message.phrase() != Phrase::Unspecified, "the console cannot say it in its language");
    }

    void accepts_data()
    {
        QTest::addColumn<QString>("json");
        QTest::newRow("nothing") << "{}";
        QTest::newRow("free ports") << R"({"endpoints":{"http":"127.0.0.1:0","grpc":"127.0.0.1:0"}})";
        QTest::newRow("v6 loopback") << R"({"endpoints":{"http":"[::1]:8080"}})";
        QTest::newRow("localhost") << R"({"endpoints":{"http":"localhost:8080"}})";
        QTest::newRow("openai with https")
            << R"({"backends":[{"name":"a","kind":"openai","address":"https://host/v1"}]})";
        QTest::newRow("openai in capitals")
            << R"({"backends":[{"name":"a","kind":"openai","address":"HTTPS://Host/v1"}]})";
        QTest::newRow("openai on v6") << R"({"backends":[{"name":"a","kind":"openai","address":"http://[::1]:8080"}]})";
        QTest::newRow("two backends")
            << R"({"backends":[{"name":"a"},{"name":"b","kind":"openai","address":"http://h:1"}]})";
        QTest::newRow("whole number with a point") << R"({"batcher":{"size_max":128.0}})";
    }
    void accepts()
    {
        QFETCH(QString, json);
        const auto config = config::parseJson(json.toStdString());
        QVERIFY2(config.ok(), text(config.status()).c_str());
        QVERIFY2(problemText(*config).isEmpty(), qPrintable(problemText(*config)));
    }

    void whatIsNotGivenGivesWay_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("other");
        QTest::addColumn<QString>("becomes");
        QTest::newRow("a low largest batch") << "batcher.size_max"
                                             << "64"
                                             << "batcher.size_initial"
                                             << "64";
        QTest::newRow("a high smallest batch") << "batcher.size_min"
                                               << "120"
                                               << "batcher.size_initial"
                                               << "120";
        QTest::newRow("few connections") << "pool.http_size_max"
                                         << "4"
                                         << "pool.http_size_min"
                                         << "4";
        QTest::newRow("few channels") << "pool.grpc_size_max"
                                      << "1"
                                      << "pool.grpc_size_min"
                                      << "1";
    }
    void whatIsNotGivenGivesWay()
    {
        QFETCH(QString, path);
        QFETCH(QString, value);
        QFETCH(QString, other);
        QFETCH(QString, becomes);
        config::Config config;
        QVERIFY(config::set(config, path.toStdString(), value.toStdString()).ok());
        QVERIFY2(problemText(config).isEmpty(), qPrintable(problemText(config)));
        QCOMPARE(config::get(config, other.toStdString()).value(), becomes.toStdString());
        QCOMPARE(config::diff({}, config).size(), std::size_t{2});
        // Sent back filled in, it is still only the one setting that was given.
        const auto sparse = config::sparse(config::effective(config));
        QVERIFY(config::isSet(sparse, path.toStdString()));
        QVERIFY(!config::isSet(sparse, other.toStdString()));
        QVERIFY(config::diff(config, sparse).empty());
    }

    void jsonIsStrict_data()
    {
        QTest::addColumn<QString>("json");
        QTest::addColumn<QString>("field");
        QTest::addColumn<QString>("words");
        const auto row = [](const char* name, const char* json, const char* field, const char* words) {
            QTest::newRow(name) << QString(json) << QString(field) << QString(words);
        };
        row("unknown name", R"({"batcher":{"size_mx":3}})", "batcher.size_mx", "did you mean batcher.size_max?");
        row("unknown group", R"({"btcher":{}})", "btcher", "did you mean batcher?");
        row("camel case", R"({"pool":{"httpSizeMax":3}})", "pool.httpSizeMax", "did you mean pool.http_size_max?");
        row("unknown in a list", R"({"backends":[{"name":"a","adress":"x"}]})", "backends[0].adress",
            "did you mean backends[0].address?");
        row("far from anything", R"({"pool":{"zzzzzzzz":3}})", "pool.zzzzzzzz", "pool has enabled, http_size_min");
        row("text for a number", R"({"batcher":{"size_max":"many"}})", "batcher.size_max", "a whole number, is a text");
        row("number for a switch", R"({"pool":{"enabled":1}})", "pool.enabled", "true or false, is a number");
        row("null", R"({"pool":{"enabled":null}})", "pool.enabled", "is null");
        row("list for a group", R"({"pool":[]})", "pool", "an object, is a list");
        row("object for a list", R"({"backends":{}})", "backends", "a list, is an object");
        row("number in a list of texts", R"({"security":{"hosts_allowed":[1]}})", "security.hosts_allowed[0]",
            "a text");
        row("unknown choice", R"({"backends":[{"name":"a","kind":"ollama"}]})", "backends[0].kind",
            "one of runtime, openai, is \"ollama\"");
        row("half a row", R"({"batcher":{"size_max":1.5}})", "batcher.size_max", "a whole number, is 1.5");
        row("negative", R"({"batcher":{"size_max":-1}})", "batcher.size_max", "1 – 4096 rows, is -1");
        row("beyond the type", R"({"batcher":{"size_max":5000000000}})", "batcher.size_max",
            "1 – 4096 rows, is 5000000000");
        row("a group twice", R"({"batcher":{"size_max":7},"limits":{},"batcher":{"timeout_ms":9}})", "batcher",
            "batcher is specified twice");
        row("a setting twice", R"({"batcher":{"size_max":7,"size_max":7}})", "batcher.size_max", "specified twice");
        row("twice by an escape", R"({"batcher":{"size_max":7,"size\u005fmax":8}})", "batcher.size_max",
            "specified twice");
        row("twice in a list", R"({"backends":[{"name":"a"},{"name":"b","name":"c"}]})", "backends[1].name",
            "specified twice");
        row("no object", "[]", "", "must be a JSON object");
        row("cut off", "{\n\"pool\": {\n", "", "line 3");
        row("extra text", "{} {}", "", "line 1");
        row("nothing at all", "", "", "not valid JSON");
    }
    void jsonIsStrict()
    {
        QFETCH(QString, json);
        QFETCH(QString, field);
        QFETCH(QString, words);
        const auto config = config::parseJson(json.toStdString());
        QVERIFY(!config.ok());
        QCOMPARE(QString::fromStdString(fieldOf(config.status()).value_or("")), field);
        const auto message = QString::fromStdString(text(config.status()));
        QVERIFY2(message.contains(words), qPrintable(message));
        if (config::findJsonError(json.toStdString())) return;
        const auto problem = config::problemOf(config.status());
        QVERIFY2(problem.message.phrase() != Phrase::Unspecified, "the console cannot say it in its language");
        QCOMPARE(QString::fromStdString(problem.path), field);
        QCOMPARE(message, field + (field.isEmpty() ? "" : " ") + QString::fromStdString(problem.message));
    }

    /// A refusal is "path message", and both apart: nobody has to look for the path in the message.
    void pathsAreRefusedInASentence_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("message");
        const auto row = [](const char* path, const char* message) {
            QTest::newRow(*path ? path : "empty") << QString(path) << QString(message);
        };
        row("poool", "is not a setting; did you mean pool?");
        row("b",
            "is not a setting; the groups are endpoints, backends, pool, batcher, loader, streamer, limits, security, "
            "telemetry");
        row("pool", "is a group; set one of its settings, such as pool.enabled");
        row("pool[0].enabled", "is not there: pool is not a list");
        row("batcher.size_max.x", "is not there: batcher.size_max is a setting, not a group");
        row("backends.name", "is not there: backends is a list; give an index: backends[0].name");
        row("backends[9].name", "is not there: backends has 1 entry: backends[0]");
        row("pool..x", "is not the path of a setting: a name is missing");
        row("", "is not the path of a setting: a name is missing");
        row("batcher.size_max", "must be 1 – 4096 rows, is \"x\"");
    }
    void pathsAreRefusedInASentence()
    {
        QFETCH(QString, path);
        QFETCH(QString, message);
        config::Config config;
        const Status status = config::set(config, path.toStdString(), "x");
        const QString named = path.isEmpty() ? QString("\"\"") : path;
        QCOMPARE(QString::fromStdString(text(status)), named + ' ' + message);
        QCOMPARE(QString::fromStdString(fieldOf(status).value_or("")), named);
        const auto problems = config::set(config, {{path.toStdString(), "x"}});
        QCOMPARE(problems.size(), std::size_t(1));
        QCOMPARE(QString::fromStdString(problems[0].path), path);
        QCOMPARE(QString::fromStdString(problems[0].message), message);
    }

    void jsonIsStable()
    {
        config::Config config;
        QVERIFY(config::set(config, "pool.http_size_max", "50").ok());
        QVERIFY(config::set(config, "loader.preload_threshold", "25%").ok());
        QVERIFY(config::set(config, "backends[1].name", "say \"hi\"").ok());
        QVERIFY(config::set(config, "security.hosts_allowed", "a.lan, b.lan").ok());
        QCOMPARE(config::toJson(config), std::string(kStableJson));
    }

    void suffixes_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("stored");  // empty: refused
        const auto row = [](const char* path, const char* text, const char* stored) {
            QTest::newRow(qPrintable(QString(path) + QChar(32) + QString(text).replace("\n", "\\n")))
                << QString(path) << QString(text) << QString(stored);
        };
        row("streamer.chunk_bytes", "64KB", "65536");
        row("streamer.chunk_bytes", "64 kib", "65536");
        row("streamer.backpressure_bytes_max", "10MiB", "10485760");
        row("loader.budget_bytes", "1.5GB", "1610612736");
        row("pool.idle_timeout_ms", "5min", "300000");
        row("pool.idle_timeout_ms", "250ms", "250");
        row("pool.idle_timeout_ms", "1.5 s", "1500");
        row("pool.age_max_ms", "2h", "7200000");
        row("loader.idle_ttl_ms", "7d", "604800000");
        row("limits.retry_budget_percent", "30%", "30");
        row("streamer.compression_saving_min", "20%", "0.2");
        row("batcher.size_max", "150 rows", "150");
        row("batcher.latency_goal_ms", "0.5s", "500");
        row("pool.enabled", "off", "false");
        row("telemetry.log_level", "Debug", "debug");
        row("pool.idle_timeout_ms", "5 parsecs", "");
        row("pool.idle_timeout_ms", "5KB", "");
        row("pool.idle_timeout_ms", "1us", "");
        row("batcher.size_max", "nan", "");
        row("batcher.size_max", "inf", "");
        row("batcher.size_max", "-1", "");
        row("batcher.size_max", "1e99", "");
        row("batcher.size_max", "x", "");
        row("pool.enabled", "maybe", "");
        row("telemetry.log_level", "loud", "");
        row("endpoints.http", "a\nb", "");
        row("pool", "1", "");
        row("backends", "1", "");
        row("pool[0].enabled", "1", "");
        row("pool.enabled.x", "1", "");
        row("backends.name", "x", "");
        row("backends[5].name", "x", "");
        row("backends[0]x.name", "x", "");
        row("backends[-1].name", "x", "");
        row("", "x", "");
        row("pool..enabled", "1", "");
    }
    void suffixes()
    {
        QFETCH(QString, path);
        QFETCH(QString, text);
        QFETCH(QString, stored);
        config::Config config;
        const Status status = config::set(config, path.toStdString(), text.toStdString());
        if (stored.isEmpty()) {
            QVERIFY(!status.ok());
            QVERIFY(!millrace::text(status).empty());
            QVERIFY2(config.ByteSizeLong() == 0, "a refused value must change nothing");
            return;
        }
        QVERIFY2(status.ok(), millrace::text(status).c_str());
        QCOMPARE(QString::fromStdString(config::get(config, path.toStdString()).value()), stored);
    }

    void backendsGrowFromTheDefault()
    {
        config::Config config;
        QCOMPARE(config::effective(config).backends_size(), 1);
        QCOMPARE(config::get(config, "backends[0].name").value(), std::string("runtime"));
        QVERIFY(config::effective(config).backends(0).enabled());
        QVERIFY(config::set(config, "backends[1].name", "ollama").ok());
        QVERIFY(config::set(config, "backends[1].kind", "openai").ok());
        QVERIFY(config::set(config, "backends[1].address", "http://127.0.0.1:11434").ok());
        QCOMPARE(config.backends_size(), 2);
        QCOMPARE(config.backends(0).name(), std::string("runtime"));
        QVERIFY(problemText(config).isEmpty());
        QVERIFY(config::reset(config, "backends[0]").ok());
        QCOMPARE(config.backends_size(), 1);
        QCOMPARE(config.backends(0).name(), std::string("ollama"));
        QVERIFY(!config::reset(config, "backends[3]").ok());
        QVERIFY(config::reset(config, "backends").ok());
        QVERIFY(config::diff({}, config).empty());
    }

    void groupsReadAsJson()
    {
        config::Config config;
        QVERIFY(config::set(config, "telemetry.history", "off").ok());
        QCOMPARE(config::get(config, "telemetry").value(),
                 std::string("{\n  \"log_level\": \"info\",\n  \"events_max\": 10000,\n  \"history\": false\n}"));
        QVERIFY(config::reset(config, "telemetry").ok());
        QVERIFY(config::diff({}, config).empty());
        QVERIFY(!config::get(config, "telemetri").ok());
    }

    void sparseKeepsTheMeaning()
    {
        config::Config config = config::effective({});
        QCOMPARE(config::sparse(config).ByteSizeLong(), std::size_t{0});
        config.mutable_batcher()->set_size_max(300);
        config.add_backends()->set_name("b");
        const auto sparse = config::sparse(config);
        QVERIFY(config::diff(config, sparse).empty());
        QVERIFY(!sparse.has_pool());
        QCOMPARE(sparse.batcher().size_max(), 300U);
        QVERIFY(!sparse.batcher().has_size_min());
    }

    void unknownWireFieldsAreNotDropped()
    {
        config::Config config;
        auto& pool = *config.mutable_pool();
        pool.GetReflection()->MutableUnknownFields(&pool)->AddVarint(999, 1);
        const auto problems = config::validate(config);
        QCOMPARE(problems.size(), std::size_t{1});
        QCOMPARE(problems[0].path, std::string("pool"));
    }

    void unknownChoiceNumberIsRefused()
    {
        config::Config config;
        config.mutable_telemetry()->set_log_level(static_cast<config::v1::LogLevel>(17));
        const auto problems = config::validate(config);
        QCOMPARE(problems.size(), std::size_t{1});
        QCOMPARE(problems[0].message.english(), std::string("must be one of info, debug, warning, error, is 17"));
    }

    void environmentIsReadByName()
    {
        const auto overrides = config::fromEnvironment({{"MILLRACE_POOL_HTTP_SIZE_MAX", "50"},
                                                        {"MILLRACE_BACKENDS_0_NAME", "x"},
                                                        {"MILLRACE_SOMETHING", "kept alone"},
                                                        {"PATH", "/bin"}});
        QVERIFY(overrides.ok());
        QCOMPARE(overrides->size(), std::size_t{2});
        config::Config config;
        QVERIFY(config::apply(config, *overrides).ok());
        QCOMPARE(config::get(config, "pool.http_size_max").value(), std::string("50"));
        QCOMPARE(config::get(config, "backends[0].name").value(), std::string("x"));

        const auto wrong = config::fromEnvironment({{"MILLRACE_POOL_HTTP_SIZEMAX", "50"}});
        QVERIFY(!wrong.ok());
        QVERIFY(text(wrong.status()).find("MILLRACE_POOL_HTTP_SIZE_MAX") != std::string::npos);

        const auto bad = config::fromEnvironment({{"MILLRACE_POOL_ENABLED", "perhaps"}});
        QVERIFY(bad.ok());
        const Status refused = config::apply(config, *bad);
        QVERIFY(text(refused).find("MILLRACE_POOL_ENABLED") != std::string::npos);
    }

    void flagsAreAssignments()
    {
        const auto flag = config::fromFlag("backends[0].address=http://h/?a=b");
        QVERIFY(flag.ok());
        QCOMPARE(flag->path, std::string("backends[0].address"));
        QCOMPARE(flag->text, std::string("http://h/?a=b"));
        QVERIFY(!config::fromFlag("nothing").ok());
        QVERIFY(!config::fromFlag("=x").ok());
    }

    void filesAreNamedInErrors()
    {
        QTemporaryDir dir;
        const QString path = dir.filePath("engine.json");
        QVERIFY(absl::IsNotFound(config::readFile(path.toStdString()).status()));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(R"({"pool":{"enabled":"x"}})");
        file.close();
        const auto read = config::readFile(path.toStdString());
        QVERIFY(text(read.status()).find("engine.json: pool.enabled") != std::string::npos);
        QCOMPARE(fieldOf(read.status()).value(), std::string("pool.enabled"));
    }

    void onlyAMissingFileIsAbsent()
    {
        QTemporaryDir dir;
        const auto refusal = [](const QString& path) { return config::readFile(path.toStdString()).status(); };
        QVERIFY(absl::IsNotFound(refusal(dir.filePath("nothing.json"))));
        QVERIFY(absl::IsInvalidArgument(refusal(dir.path())));
        QVERIFY(text(refusal(dir.path())).find(dir.path().toStdString() + " is a folder") == 0);
        const QString loop = dir.filePath("loop.json");
        QVERIFY(QFile::link(loop, loop));
        QVERIFY(absl::IsUnavailable(refusal(loop)));
        QVERIFY(text(refusal(loop)).find("loop.json cannot be opened") != std::string::npos);
        QFile plain(dir.filePath("plain"));
        QVERIFY(plain.open(QIODevice::WriteOnly));
        QVERIFY(absl::IsUnavailable(refusal(dir.filePath("plain/engine.json"))));  // a part of the path is no folder
        QVERIFY(absl::IsInvalidArgument(refusal("/dev/zero")));
    }

    void controlPathFollowsTheRuntimeFolder()
    {
        qputenv("XDG_RUNTIME_DIR", "/run/user/7");
        QCOMPARE(config::defaultControlPath(), std::string("/run/user/7/millrace/control.sock"));
        qunsetenv("XDG_RUNTIME_DIR");
        QVERIFY(config::defaultControlPath().find("/tmp/millrace-") == 0);
    }

    void docsTableIsCurrent()
    {
        QFile file(MILLRACE_SOURCE_DIR "/engine/docs/settings.md");
        const QByteArray table = QByteArray::fromStdString(config::schemaMarkdown());
        if (qEnvironmentVariableIsSet("MILLRACE_UPDATE_DOCS")) {
            QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
            QCOMPARE(file.write(table), table.size());
            return;
        }
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY2(file.readAll() == table,
                 "run: MILLRACE_UPDATE_DOCS=1 build/release/tests/tst_config docsTableIsCurrent");
    }

    /// A document that names a setting which has another name sends its reader nowhere.
    void documentsNameSettingsThatExist()
    {
        QSet<QString> known, groups;
        for (const auto& info : config::schema()) {
            known << QString::fromStdString(info.path);
            groups << QString::fromStdString(info.group);
        }
        // `batcher.size_max`, with a value or without; names of files and of classes' members have other groups.
        static const QRegularExpression path(QStringLiteral("`([a-z]+(?:\\[\\d*\\])?)\\.([a-z_0-9]+)(?:[ =][^`]*)?`"));
        static const QRegularExpression index(QStringLiteral("\\[\\d*\\]"));
        QStringList missing;
        int seen = 0;
        for (const char* folder : {"/README.md", "/engine/docs", "/desktop/docs"}) {
            QStringList documents;
            const QString start = QStringLiteral(MILLRACE_SOURCE_DIR) + QLatin1String(folder);
            if (start.endsWith(QLatin1String(".md"))) documents << start;
            for (QDirIterator it(start, {"*.md"}, QDir::Files, QDirIterator::Subdirectories); it.hasNext();)
                documents << it.next();
            for (const QString& document : documents) {
                QFile file(document);
                QVERIFY(file.open(QIODevice::ReadOnly));
                for (auto all = path.globalMatch(QString::fromUtf8(file.readAll())); all.hasNext();) {
                    const auto match = all.next();
                    const QString group = match.captured(1).remove(index);
                    static const QSet<QString> kinds{"h", "cpp", "md", "py", "json", "proto"};
                    if (!groups.contains(group) || kinds.contains(match.captured(2))) continue;
                    ++seen;
                    const QString name =
                        (group == u"backends" ? QStringLiteral("backends[]") : group) + u'.' + match.captured(2);
                    if (!known.contains(name)) missing << document + ": " + match.captured();
                }
            }
        }
        QVERIFY(seen > 100);
        QVERIFY2(missing.isEmpty(), qPrintable(missing.join(u'\n')));
    }
};

QTEST_GUILESS_MAIN(TestConfig)
#include "tst_config.moc"
