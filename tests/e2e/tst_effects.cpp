// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/configuration.h"
#include "effect_stage.h"

#include <map>
#include <set>
#include <string>

using namespace millrace;
using namespace millrace::testing;

/// Each setting says when a change of it takes effect (config.proto, `applies`). Here each is changed in a running
/// engine, or at its consumer, and the effect comes when the words say: at once also for what is open, waiting or
/// loaded; for the next request also on a connection that was open before; after a restart and no sooner.
class TestEffects : public QObject {
    Q_OBJECT

    static EffectRows rows()
    {
        EffectRows all;
        for (const auto& group :
             {poolEffects(), batcherEffects(), loaderEffects(), streamerEffects(), limitEffects(), engineEffects()})
            all.insert(all.end(), group.begin(), group.end());
        return all;
    }

private Q_SLOTS:
    void everySettingHasARow()
    {
        std::map<std::string, config::v1::Effect> tried;
        for (const EffectRow& row : rows()) QVERIFY2(tried.emplace(row.path, row.says).second, row.path);
        for (const config::SettingInfo& setting : config::schema()) {
            const auto found = tried.find(setting.path);
            QVERIFY2(found != tried.end(), ("nothing shows when it takes effect: " + setting.path).c_str());
            QVERIFY2(found->second == setting.takesEffect,
                     (setting.path + " says " + config::effectName(setting.takesEffect)).c_str());
            tried.erase(found);
        }
        QVERIFY2(tried.empty(), tried.empty() ? "" : tried.begin()->first.c_str());
    }

    /// What one front does for its connections the other one must do, too.
    void everyLimitOfARequestHasARowForHttp2()
    {
        std::set<std::string> tried;
        for (const EffectRow& row : http2Effects()) QVERIFY2(tried.insert(row.path).second, row.path);
        for (const config::SettingInfo& setting : config::schema()) {
            if (setting.group != "limits" && setting.group != "security") continue;
            QCOMPARE(tried.count(setting.path) == 1, setting.takesEffect == config::v1::EFFECT_NEXT_REQUEST);
        }
    }

    void takesEffectWhenItSays_data()
    {
        QTest::addColumn<std::function<void()>>("probe");
        for (const EffectRow& row : rows()) QTest::newRow(row.path) << row.probe;
    }
    void takesEffectWhenItSays()
    {
        QFETCH(const std::function<void()>, probe);
        probe();
    }

    void takesEffectOnOpenHttp2Connections_data()
    {
        QTest::addColumn<std::function<void()>>("probe");
        for (const EffectRow& row : http2Effects()) QTest::newRow(row.path) << row.probe;
    }
    void takesEffectOnOpenHttp2Connections() { takesEffectWhenItSays(); }
};

QTEST_GUILESS_MAIN(TestEffects)
#include "tst_effects.moc"
