// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/lane.h"
#include "batch/size_controller.h"
#include "control/configuration.h"
#include "module_options.h"
#include "setting_defaults.h"

#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>
#include <QSet>
#include <QtTest>

#include <string>

using namespace millrace;

namespace {

/// What the modules are given.
struct AllOptions {
    explicit AllOptions(const config::Config& config)
        : batch(batchOptions(config)),
          load(loadOptions(config)),
          stream(streamOptions(config)),
          serve(serveOptions(config, {})),
          pool(poolOptions(config)),
          front(frontOptions(config))
    {}
    bool operator==(const AllOptions&) const = default;

    batch::Options batch;
    load::Options load;
    stream::Options stream;
    serve::Options serve;
    pool::Options pool;
    front::Options front;
};

/// Of one connection pool, whatever its protocol: always set by pool_limits.h, small where a test does not.
const QSet<QString> kOwnLimits{
    "pool/ledger_limits.h: LedgerLimits::sizeMin", "pool/ledger_limits.h: LedgerLimits::sizeMax",
    "pool/ledger_limits.h: LedgerLimits::dialsMax", "pool/ledger_limits.h: LedgerLimits::waitersMax"};

/// A value of the setting that is allowed, and not its default.
std::string another(const config::SettingInfo& info)
{
    if (info.type == config::v1::SETTING_TYPE_SWITCH) return info.defaultText == "true" ? "false" : "true";
    if (info.type == config::v1::SETTING_TYPE_LIST) return "somewhere.example";
    const double usual = QByteArray::fromStdString(info.defaultText).toDouble();
    const double least = info.min.value_or(0), most = info.max.value_or(usual + 1);
    return QByteArray::number(usual == most ? least : most, 'f', least == 0 && most == 1 ? 2 : 0).toStdString();
}

}  // namespace

class TestModuleOptions : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// A module by itself, as tests have it, is one of an engine without a configuration. setting_defaults.h is made of
    /// config.proto as a text; this is what its descriptors say.
    void defaultsAreThoseOfTheContract()
    {
        const config::Config config = config::effective({});
        QVERIFY(batchOptions(config) == batch::Options());
        QVERIFY(loadOptions(config) == load::Options());
        QVERIFY(streamOptions(config) == stream::Options());
        QVERIFY(serveOptions(config, {}) == serve::Options());
        QVERIFY(poolOptions(config) == pool::Options());
        QVERIFY(frontOptions(config) == front::Options());

        config::Config withBackend;
        withBackend.add_backends()->set_name("b");
        const config::Config effective = config::effective(withBackend);
        const backend::BackendOptions given = backendOptions(effective.backends(0), effective, {}, {}), own;
        QCOMPARE(given.enabled, own.enabled);
        QCOMPARE(given.threads, own.threads);
        QVERIFY(given.pool == own.pool);
        QCOMPARE(effective.endpoints().http(), std::string(defaults::endpoints::kHttp));
        QCOMPARE(effective.endpoints().grpc(), std::string(defaults::endpoints::kGrpc));
    }
    /// The same of the cores within a module.
    void defaultsOfCoresAreThoseOfTheirModule()
    {
        const batch::Options batch;
        const batch::Lane::Options lane;
        QVERIFY(lane.timeout == batch.timeout);
        QCOMPARE(lane.idleDispatch, batch.idleDispatch);
        QCOMPARE(lane.inFlightMax, batch.inFlightMax);
        QCOMPARE(lane.queueMax, batch.queueMax);
        const batch::SizeController::Options size;
        QCOMPARE(size.initial, batch.sizeInitial);
        QCOMPARE(size.min, batch.sizeMin);
        QCOMPARE(size.max, batch.sizeMax);
        QCOMPARE(size.adaptive, batch.adaptive);
        QVERIFY(size.goal == batch.latencyGoal);
    }

    /// A number written beside the contract would drift away from it.
    void optionsHaveTheirDefaultsOfTheContract()
    {
        QSet<QString> settings;
        for (const auto& info : config::schema()) {
            QString name = QString::fromStdString(info.path).section(u'.', 1);
            if (info.unit == "ms" && name.endsWith(u"_ms")) name.chop(3);
            const QStringList words = name.split(u'_');
            QString member = words.first();
            for (const QString& word : words.mid(1)) member += word.left(1).toUpper() + word.mid(1);
            settings << member;
        }
        // As they are called in the cores of a module.
        settings << "initial"
                 << "min"
                 << "max"
                 << "goal"
                 << "sizeMin"
                 << "sizeMax"
                 << "idleLimit";
        static const QRegularExpression options(QStringLiteral("\\bstruct (\\w*(?:Options|Limits)) \\{(.*?)\\n *\\};"),
                                                QRegularExpression::DotMatchesEverythingOption);
        static const QRegularExpression member(
            QStringLiteral("^ *[\\w:]+(?:<[^;=]*>)? (\\w+)(?: = ([^;]+)|\\{(.+)\\});"),
            QRegularExpression::MultilineOption);
        int seen = 0;
        for (const char* folder : {"pool", "backend", "batch", "load", "stream", "serve", "front"}) {
            QDirIterator headers(QStringLiteral(MILLRACE_SOURCE_DIR "/engine/") + QLatin1String(folder), {"*.h"},
                                 QDir::Files, QDirIterator::Subdirectories);
            while (headers.hasNext()) {
                QFile file(headers.next());
                QVERIFY(file.open(QIODevice::ReadOnly));
                const QString source = QString::fromUtf8(file.readAll());
                for (auto found = options.globalMatch(source); found.hasNext();) {
                    const auto part = found.next();
                    for (auto members = member.globalMatch(part.captured(2)); members.hasNext();) {
                        const auto match = members.next();
                        if (!settings.contains(match.captured(1))) continue;
                        const QString value = match.captured(2) + match.captured(3);
                        const QString where =
                            file.fileName().section(u'/', -2) + ": " + part.captured(1) + "::" + match.captured(1);
                        if (kOwnLimits.contains(where)) continue;
                        QVERIFY2(value.startsWith("defaults::"), qPrintable(where + " = " + value));
                        ++seen;
                    }
                }
            }
        }
        QVERIFY2(seen > 70, qPrintable(QString::number(seen)));
    }

    void everySettingOfAModuleReachesIt_data()
    {
        // Of the engine itself: how long it drains.
        const QStringList engines{"limits.drain_timeout_ms"};
        const QStringList groups{"batcher", "loader", "streamer", "pool", "limits"};
        QTest::addColumn<QString>("value");
        for (const auto& info : config::schema()) {
            const auto path = QString::fromStdString(info.path);
            if (!groups.contains(QString::fromStdString(info.group)) || engines.contains(path)) continue;
            QTest::newRow(qPrintable(path)) << QString::fromStdString(another(info));
        }
    }
    void everySettingOfAModuleReachesIt()
    {
        QFETCH(QString, value);
        config::Config config;
        const Status status = config::set(config, QTest::currentDataTag(), value.toStdString());
        QVERIFY2(status.ok(), text(status).c_str());
        QVERIFY2(AllOptions(config::effective(config)) != AllOptions(config::effective({})), qPrintable(value));
    }
};

QTEST_GUILESS_MAIN(TestModuleOptions)
#include "tst_module_options.moc"
