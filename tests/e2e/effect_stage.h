// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config.pb.h"
#include "control.grpc.pb.h"
#include "engine.h"
#include "support/raw_client.h"
#include "support/scripted_upstream.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace millrace::testing {

/// An OpenAI-compatible server with the model "m", on its own thread, whose answers a test holds and shapes.
class EffectUpstream {
public:
    EffectUpstream();
    ~EffectUpstream();

    /// Runs on the server's thread, and returns what it returned.
    template <typename Function>
    auto onThread(Function function)
    {
        std::promise<decltype(function(std::declval<ScriptedUpstream&>()))> result;
        boost::asio::post(io_, [&] { result.set_value(function(server)); });
        return result.get_future().get();
    }
    std::string url() const { return server.url("/v1"); }
    std::size_t open()
    {
        return onThread([](auto& it) { return it.open(); });
    }
    std::size_t held()
    {
        return onThread([](auto& it) { return it.held(); });
    }
    /// Requests other than for lists of models.
    std::vector<ScriptedUpstream::Request> requests();
    /// Inputs or prompts of the largest request so far.
    qsizetype largest();
    void release();

    std::atomic<bool> hold{false};        ///< answers to requests wait for release()
    std::atomic<bool> holdModels{false};  ///< and those to GET /v1/models
    std::atomic<bool> reset{false};       ///< requests are answered by a reset
    std::atomic<int> bodyBytes{0};        ///< of answers to chats; 0: a short one
    std::atomic<int> takesMs{0};          ///< each 64 KiB of an answer

private:
    ScriptedUpstream::Answer answer(const ScriptedUpstream::Request& request) const;

    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};

public:
    ScriptedUpstream server;

private:
    std::thread thread_;
};

using Settings = std::map<std::string, std::string>;

/// An engine in this process between a client and an upstream. What `settings` say was in force when it started; set()
/// changes it as the console does.
class EffectStage {
public:
    /// `up`: the address of backend "up", whose model is "m", goes with it; false: `settings` name the backends.
    explicit EffectStage(Settings settings = {}, bool withUpstream = true);
    ~EffectStage();

    /// False: it was refused, and problem() says why.
    bool set(const Settings& settings);
    bool set(const std::string& path, const std::string& value) { return set(Settings{{path, value}}); }
    const QString& problem() const { return problem_; }
    bool start();
    /// SIGTERM; returns when it has ended.
    void stop();
    bool running() const { return engine_ != nullptr; }

    QString http() const { return QString::fromStdString(engine_->addresses().http); }
    control::v1::Control::Stub& control() { return *control_; }
    RawClient client() const { return RawClient(http()); }
    /// A request that is on its way.
    RawClient chat(const QByteArray& more = {}) const;
    RawClient embed(int inputs = 1) const;
    RawClient complete() const;
    int chatStatus() const { return chat().answer().status; }
    /// Sum of the metric's samples whose labels contain `label`.
    double metric(const QString& name, const QString& label = {}) const;
    QByteArray models() const;
    bool knowsModel(const QByteArray& model = "m") const { return models().contains("\"id\":\"" + model + '"'); }
    bool sawEvent(const std::string& kind);
    QString file(const QString& name) const { return folder_.filePath(name); }

    EffectUpstream up;

private:
    const bool withUpstream_;
    QTemporaryDir folder_;
    config::Config config_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<control::v1::Control::Stub> control_;
    std::thread thread_;
    QString problem_;
};

/// An engine whose only backend is the embedded runtime, with a synthetic model of each name.
class RuntimeStage : public EffectStage {
public:
    explicit RuntimeStage(const Settings& settings = {}, const QStringList& models = {"a"});
    /// In the folder "models", which is the runtime's unless a setting names another.
    void addModel(const QString& name, const QString& folder = "models");
};

/// The whole configuration, with one setting changed: for consumers that are looked at without an engine.
config::Config effectiveWith(const std::string& path, const std::string& value);

/// What shows that a setting takes effect when its words say so. The path is that of the schema: backends[].address.
struct EffectRow {
    const char* path;
    config::v1::Effect says;
    std::function<void()> probe;
};
using EffectRows = std::vector<EffectRow>;

EffectRows poolEffects();
EffectRows batcherEffects();
EffectRows loaderEffects();
EffectRows streamerEffects();
EffectRows limitEffects();
EffectRows engineEffects();
/// Of what holds for the next request: that of a connection of HTTP/2 that is open.
EffectRows http2Effects();

}  // namespace millrace::testing

/// As QVERIFY and QTRY_VERIFY within a probe, with enough time for a machine that is busy.
#define EFFECT_TRY(condition) QTRY_VERIFY2_WITH_TIMEOUT(condition, "the setting had no effect", 10'000)
#define EFFECT_SET(stage, ...) QVERIFY2((stage).set(__VA_ARGS__), qPrintable((stage).problem()))
#define EFFECT_START(stage) QVERIFY2((stage).start(), qPrintable((stage).problem()))
