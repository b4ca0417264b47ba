// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/lane.h"
#include "batch/size_controller.h"
#include "control/configuration.h"
#include "module_options.h"

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
    /// A module by itself, as tests have it, is one of an engine without a configuration: the defaults are those of
    /// config.proto, and a struct's own cannot drift away from them.
    void defaultsAreThoseOfTheContract()
    {
        const config::Config config = config::effective({});
        QVERIFY(batchOptions(config) == batch::Options());
        QVERIFY(loadOptions(config) == load::Options());
        QVERIFY(streamOptions(config) == stream::Options());
        QVERIFY(serveOptions(config, {}) == serve::Options());
        QVERIFY(poolOptions(config) == pool::Options());
        QVERIFY(frontOptions(config) == front::Options());
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
