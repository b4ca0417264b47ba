// SPDX-License-Identifier: GPL-3.0-or-later
#include "effect_stage.h"

#include "control/configuration.h"
#include "support/metric_text.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <chrono>
#include <csignal>

namespace millrace::testing {

namespace {

using namespace std::chrono_literals;

bool listsModels(const ScriptedUpstream::Request& request)
{
    return request.target.find("/models") != std::string::npos;
}

QJsonArray inputsOf(const ScriptedUpstream::Request& request)
{
    const auto body = QJsonDocument::fromJson(QByteArray::fromStdString(request.body)).object();
    const auto inputs = body.contains("input") ? body["input"] : body["prompt"];
    return inputs.isArray() ? inputs.toArray() : QJsonArray{inputs};
}

std::unique_ptr<grpc::ClientContext> soon()
{
    auto context = std::make_unique<grpc::ClientContext>();
    context->set_deadline(std::chrono::system_clock::now() + 20s);
    return context;
}

}  // namespace

EffectUpstream::EffectUpstream()
    : server(io_, [this](const ScriptedUpstream::Request& request) { return answer(request); }),
      thread_([this] { io_.run(); })
{}

EffectUpstream::~EffectUpstream()
{
    io_.stop();
    thread_.join();
}

ScriptedUpstream::Answer EffectUpstream::answer(const ScriptedUpstream::Request& request) const
{
    ScriptedUpstream::Answer answer;
    answer.fields = {{"Content-Type", "application/json"}};
    if (listsModels(request)) {
        answer.body = R"({"object":"list","data":[{"id":"m"}]})";
        answer.held = holdModels;
        return answer;
    }
    answer.held = hold;
    answer.gap = std::chrono::milliseconds(takesMs);
    if (reset) {
        answer.cut = 0;
        answer.then = ScriptedUpstream::Then::Reset;
    }
    QJsonArray rows;
    const QJsonArray inputs = inputsOf(request);
    if (request.target.find("embeddings") != std::string::npos) {
        for (int i = 0; i < inputs.size(); ++i)
            rows << QJsonObject{{"object", "embedding"}, {"index", i}, {"embedding", QJsonArray{1.0, 2.0}}};
        answer.body = QJsonDocument(QJsonObject{{"object", "list"},
                                                {"model", "m"},
                                                {"data", rows},
                                                {"usage", QJsonObject{{"prompt_tokens", 1}, {"total_tokens", 1}}}})
                          .toJson(QJsonDocument::Compact)
                          .toStdString();
    } else if (request.target.find("chat") == std::string::npos) {
        for (int i = 0; i < inputs.size(); ++i)
            rows << QJsonObject{{"text", "t"}, {"index", i}, {"finish_reason", "stop"}};
        answer.body = QJsonDocument(QJsonObject{{"id", "c"}, {"object", "text_completion"}, {"choices", rows}})
                          .toJson(QJsonDocument::Compact)
                          .toStdString();
    } else if (request.body.find("\"stream\":true") != std::string::npos) {
        answer.fields = {{"Content-Type", "text/event-stream"}};
        answer.chunked = true;
        answer.pieces = {"data: {\"a\":1}\n\n", "data: [DONE]\n\n"};
    } else {
        answer.body = R"({"answered":true})";
        if (bodyBytes > 0) answer.body = "{\"text\":\"" + std::string(static_cast<std::size_t>(bodyBytes), 'a') + "\"}";
    }
    if (takesMs > 0) answer.trickle = 64 << 10;
    return answer;
}

std::vector<ScriptedUpstream::Request> EffectUpstream::requests()
{
    return onThread([](auto& it) {
        std::vector<ScriptedUpstream::Request> out;
        for (const auto& request : it.requests())
            if (!listsModels(request)) out.push_back(request);
        return out;
    });
}

qsizetype EffectUpstream::largest()
{
    qsizetype most = 0;
    for (const auto& request : requests()) most = std::max(most, qsizetype(inputsOf(request).size()));
    return most;
}

void EffectUpstream::release()
{
    hold = holdModels = false;
    onThread([](auto& it) {
        it.release();
        return true;
    });
}

EffectStage::EffectStage(Settings settings, bool withUpstream) : withUpstream_(withUpstream)
{
    const Settings base{{"endpoints.http", "127.0.0.1:0"},
                        {"endpoints.grpc", "127.0.0.1:0"},
                        {"endpoints.control", folder_.filePath("control.sock").toStdString()},
                        {"telemetry.log_level", "error"},
                        {"pool.http_size_min", "0"},
                        {"pool.health_interval_ms", "3600000"}};
    Settings all = base;
    if (withUpstream)
        all.insert({{"backends[0].name", "up"}, {"backends[0].kind", "openai"}, {"backends[0].address", up.url()}});
    for (const auto& [path, value] : settings) all[path] = value;
    for (const auto& problem : config::set(config_, all))
        problem_ += QString::fromStdString(problem.path + ": " + problem.message.english() + "\n");
}

EffectStage::~EffectStage()
{
    up.release();
    if (engine_) stop();
}

bool EffectStage::start()
{
    if (!problem_.isEmpty()) return false;
    EngineOptions options;
    options.stateDir = folder_.filePath("state").toStdString();
    options.filePath = folder_.filePath("engine.json").toStdString();
    options.file = config_;
    options.runtimeProgram = std::string(MILLRACE_BIN_DIR) + "/millrace-runtime";
    options.sampleModels = folder_.filePath("models").toStdString();
    auto engine = Engine::create(std::move(options));
    if (!engine.ok()) {
        problem_ = QString::fromStdString(text(engine.status()));
        return false;
    }
    engine_ = *std::move(engine);
    std::promise<void> ready;
    thread_ = std::thread([this, &ready] { engine_->run([&] { ready.set_value(); }); });
    ready.get_future().wait();
    control_ = control::v1::Control::NewStub(
        grpc::CreateChannel("unix:" + engine_->addresses().control, grpc::InsecureChannelCredentials()));
    if (!withUpstream_) return true;
    if (QTest::qWaitFor([this] { return knowsModel(); }, 10'000)) return true;
    problem_ = QStringLiteral("the upstream's model was not listed: ") + models();
    return false;
}

void EffectStage::stop()
{
    ::kill(::getpid(), SIGTERM);
    thread_.join();
    control_.reset();
    engine_.reset();
}

bool EffectStage::set(const Settings& settings)
{
    control::v1::ApplyConfigRequest request;
    for (const auto& [path, value] : settings) (*request.mutable_set())[path] = value;
    control::v1::ApplyConfigReply reply;
    const auto status = control_->ApplyConfig(soon().get(), request, &reply);
    problem_ = QString::fromStdString(status.error_message());
    for (const auto& problem : reply.problems())
        problem_ += QString::fromStdString(problem.path() + ": " + problem.message() + "\n");
    return status.ok() && reply.applied();
}

RawClient EffectStage::chat(const QByteArray& more) const
{
    RawClient client(http());
    client.ask("POST", "/v1/chat/completions", R"({"model":"m","messages":[])" + more + '}',
               {{"Content-Type", "application/json"}});
    return client;
}

RawClient EffectStage::embed(int inputs) const
{
    QJsonArray texts;
    for (int i = 0; i < inputs; ++i) texts << QStringLiteral("text %1").arg(i);
    RawClient client(http());
    client.ask("/v1/embeddings", QJsonObject{{"model", "m"}, {"input", texts}});
    return client;
}

RawClient EffectStage::complete() const
{
    RawClient client(http());
    client.ask("/v1/completions", QJsonObject{{"model", "m"}, {"prompt", "a"}});
    return client;
}

double EffectStage::metric(const QString& name, const QString& label) const
{
    RawClient scrape(http());
    scrape.ask("GET", "/metrics");
    return metricSum(metricsOf(scrape.answer().body), name, label).value_or(0);
}

QByteArray EffectStage::models() const
{
    RawClient client(http());
    client.ask("GET", "/v1/models");
    return client.answer().body;
}

bool EffectStage::sawEvent(const std::string& kind)
{
    control::v1::ListEventsRequest request;
    request.set_most(1000);
    control::v1::Events events;
    if (!control_->ListEvents(soon().get(), request, &events).ok()) return false;
    return std::any_of(events.events().begin(), events.events().end(),
                       [&](const auto& event) { return control::v1::EventKind_Name(event.kind()) == kind; });
}

RuntimeStage::RuntimeStage(const Settings& settings, const QStringList& models) : EffectStage(settings, false)
{
    for (const QString& model : models) addModel(model);
}

void RuntimeStage::addModel(const QString& name, const QString& folder)
{
    const auto values = [](const char* tensor) {
        return QJsonArray{QJsonObject{{"name", tensor}, {"datatype", "FP32"}, {"shape", QJsonArray{-1, 16}}}};
    };
    const QJsonObject cost{{"fixed_ms", 1}, {"row_ms", 0.1}, {"load_ms", 5}, {"bytes", 1000000}, {"tokens_per_s", 200}};
    QDir().mkpath(file(folder + '/' + name));
    QFile config(file(folder + '/' + name + "/config.json"));
    if (!config.open(QIODevice::WriteOnly)) qFatal("cannot write a model");
    config.write(QJsonDocument(QJsonObject{{"kind", "synthetic"},
                                           {"batch_max", 64},
                                           {"inputs", values("values")},
                                           {"outputs", values("values_out")},
                                           {"synthetic", cost}})
                     .toJson());
}

config::Config effectiveWith(const std::string& path, const std::string& value)
{
    config::Config config;
    if (const Status status = config::set(config, path, value); !status.ok()) qFatal("%s", text(status).c_str());
    return config::effective(config);
}

}  // namespace millrace::testing
