// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/configuration.h"
#include "effect_stage.h"
#include "load/load_core.h"
#include "module_options.h"

#include <variant>

namespace millrace::testing {

namespace {

using namespace std::chrono_literals;
using namespace load;

constexpr std::uint64_t kMiB = 1 << 20;

/// The loader's core, as the engine drives it, on the options of a whole configuration, in virtual time. Loads and
/// unloads wait for perform().
class Loads {
public:
    explicit Loads(Settings settings = {}) : settings_(std::move(settings)), core(options())
    {
        std::vector<EntrySpec> specs;
        for (const char* model : {"a", "b", "c"}) specs.push_back({model, "r", {}, true, false, 10 * kMiB});
        core.setCatalogue(specs, now);
    }
    void set(const std::string& path, const std::string& value)
    {
        settings_[path] = value;
        core.apply(options(), now);
    }
    EntryId entry(const std::string& model) const { return *core.find(model, "r"); }
    const ModelEntry& at(const std::string& model) const { return core.scheduler().at(entry(model)); }
    Status ask(const std::string& model, Ask with = {})
    {
        return core.scheduler().ask(entry(model), ids_.next(), with, now);
    }
    std::uint32_t loading() const { return core.scheduler().loading(); }
    bool unloading(const std::string& model) const { return at(model).state == ModelState::Unloading; }
    /// What the backend has been asked for, until nothing more follows.
    void perform(const Status& loads = absl::OkStatus())
    {
        for (auto effects = core.takeEffects(); !effects.empty(); effects = core.takeEffects()) {
            now += 500ms;
            for (const Effect& effect : effects) {
                if (const auto* load = std::get_if<StartLoad>(&effect))
                    core.scheduler().loadEnded(load->entry, load->load, loads, 10 * kMiB, now);
                else if (const auto* unload = std::get_if<StartUnload>(&effect))
                    core.scheduler().unloadEnded(unload->entry, unload->unload, absl::OkStatus(), now);
            }
        }
    }
    void load(const std::string& model)
    {
        QVERIFY(ask(model).ok());
        perform();
        core.release(entry(model), now);
    }
    /// A request of a client that goes on to another model after each.
    void use(const std::string& model)
    {
        now += 1s;
        if (!core.request(entry(model), "client", now)) {
            QVERIFY(ask(model).ok());
            perform();
        }
        core.release(entry(model), now);
        perform();
    }
    void forget(const std::string& model)
    {
        core.scheduler().unload(entry(model), ids_.next(), now, UnloadBy::Client).IgnoreError();
        perform();
    }
    /// "b" follows "a", and is never in memory when it does.
    void learn()
    {
        for (int i = 0; i < 60; ++i) {
            use("a");
            use("b");
            forget("b");
        }
    }

private:
    Options options() const
    {
        config::Config config;
        for (const auto& problem : config::set(config, settings_)) qFatal("%s", problem.message.english().c_str());
        return loadOptions(config::effective(config));
    }
    Settings settings_;
    IdSource<WaiterId> ids_;

public:
    TimePoint now = TimePoint{} + 1h;
    LoadCore core;
};

/// "b", which is likely next, is loaded once `setting` is `after`; with `before` it was not.
void preloadsOnce(const std::string& setting, const std::string& before, const std::string& after)
{
    Loads loads(Settings{{setting, before}});
    loads.learn();
    loads.use("a");
    loads.core.considerPreload(loads.now);
    QVERIFY(loads.at("b").state == ModelState::Cold);
    loads.set(setting, after);
    QVERIFY(loads.at("b").state == ModelState::Loading);
}

void preload()
{
    preloadsOnce("loader.preload", "false", "true");
}

void prediction()
{
    Loads loads(Settings{{"loader.prediction", "false"}});
    loads.learn();
    QCOMPARE(loads.core.predictor().log().size(), 0u);
    loads.set("loader.prediction", "true");
    loads.use("a");
    QVERIFY(loads.core.predictor().log().size() > 0);
}

void concurrentMax()
{
    Loads loads(Settings{{"loader.concurrent_max", "1"}});
    for (const char* model : {"a", "b", "c"}) QVERIFY(loads.ask(model).ok());
    QCOMPARE(loads.loading(), 1u);
    loads.set("loader.concurrent_max", "3");
    QCOMPARE(loads.loading(), 3u);
}

void timeout()
{
    Loads loads;
    QVERIFY(loads.ask("a").ok());
    loads.set("loader.timeout_ms", "1000");
    QCOMPARE(loads.at("a").deadline, loads.now + 30s);
    QVERIFY(loads.ask("b").ok());
    QCOMPARE(loads.at("b").deadline, loads.now + 1s);
}

void historyMax()
{
    Loads loads, unchanged;
    const auto each = [&](const char* model, int times) {
        for (int i = 0; i < times; ++i) {
            loads.use(model);
            unchanged.use(model);
        }
    };
    const auto likely = [](const Loads& of) {
        for (const ModelSnapshot& model : of.core.models(of.now))
            if (model.model == "b") return model.nextProbability;
        return -1.0;
    };
    each("a", 60);
    each("b", 3);
    loads.set("loader.history_max", "2");
    each("c", 1);
    QVERIFY(likely(unchanged) > 0);
    QVERIFY(likely(loads) != likely(unchanged));
}

void queueMax()
{
    Loads loads(Settings{{"loader.concurrent_max", "1"}});
    QVERIFY(loads.ask("a").ok());
    QVERIFY(loads.ask("b").ok());
    loads.set("loader.queue_max", "1");
    QVERIFY(absl::IsResourceExhausted(loads.ask("c")));
}

void budgetBytes()
{
    Loads loads;
    loads.load("a");
    loads.load("b");
    loads.set("loader.budget_bytes", std::to_string(15 * kMiB));
    QVERIFY(loads.unloading("a") != loads.unloading("b"));
}

void residentMax()
{
    Loads loads;
    loads.load("a");
    loads.load("b");
    loads.set("loader.resident_max", "1");
    QVERIFY(loads.unloading("a") != loads.unloading("b"));
}

/// One that is in use takes no more requests once it has been there for that long, and makes room then.
void residencyMin()
{
    Loads loads(Settings{{"loader.residency_min_ms", "3600000"}, {"loader.resident_max", "1"}});
    QVERIFY(loads.ask("a").ok());
    loads.perform();
    QVERIFY(loads.ask("b").ok());
    QVERIFY(!loads.at("a").reservedFor);
    loads.set("loader.residency_min_ms", "0");
    QVERIFY(loads.at("a").reservedFor);
}

void idleTtl()
{
    Loads loads;
    loads.load("a");
    loads.now += 1h;
    loads.core.scheduler().tick(loads.now);
    QVERIFY(!loads.unloading("a"));
    loads.set("loader.idle_ttl_ms", "1000");
    QVERIFY(loads.core.scheduler().wakeAt() <= loads.now);
    loads.core.scheduler().tick(loads.now);
    QVERIFY(loads.unloading("a"));
}

void preloadThreshold()
{
    preloadsOnce("loader.preload_threshold", "1", "0.1");
}

void failedBackoff()
{
    Loads loads(Settings{{"loader.failed_backoff_ms", "3600000"}});
    QVERIFY(loads.ask("a").ok());
    loads.perform(absl::InternalError("broken"));
    QVERIFY(absl::IsUnavailable(loads.ask("a")));
    loads.set("loader.failed_backoff_ms", "0");
    QVERIFY(loads.ask("a").ok());  // it had failed before
}

}  // namespace

EffectRows loaderEffects()
{
    return {{"loader.preload", config::v1::EFFECT_LIVE, preload},
            {"loader.prediction", config::v1::EFFECT_LIVE, prediction},
            {"loader.concurrent_max", config::v1::EFFECT_LIVE, concurrentMax},
            {"loader.timeout_ms", config::v1::EFFECT_NEXT_REQUEST, timeout},
            {"loader.history_max", config::v1::EFFECT_LIVE, historyMax},
            {"loader.queue_max", config::v1::EFFECT_LIVE, queueMax},
            {"loader.budget_bytes", config::v1::EFFECT_LIVE, budgetBytes},
            {"loader.resident_max", config::v1::EFFECT_LIVE, residentMax},
            {"loader.residency_min_ms", config::v1::EFFECT_LIVE, residencyMin},
            {"loader.idle_ttl_ms", config::v1::EFFECT_LIVE, idleTtl},
            {"loader.preload_threshold", config::v1::EFFECT_LIVE, preloadThreshold},
            {"loader.failed_backoff_ms", config::v1::EFFECT_LIVE, failedBackoff}};
}

}  // namespace millrace::testing
