// SPDX-License-Identifier: GPL-3.0-or-later
#include "drill.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QFile>
#include <QJsonDocument>

namespace drill {

QStringList sets(const QStringList& settings)
{
    QStringList out;
    for (const auto& setting : settings) out << "--set" << setting;
    return out;
}

QStringList behind(const std::vector<const Zoo*>& zoos)
{
    QStringList settings;
    int index = 0;
    for (const auto* zoo : zoos)
        for (const auto& setting : zoo->settings(index++)) settings << QString::fromStdString(setting);
    return sets(settings);
}

BenchUpstream::~BenchUpstream()
{
    kill();
}

bool BenchUpstream::start()
{
    process_.start(QStringLiteral(MILLRACE_BIN_DIR "/millrace-bench"), {"upstream"});
    if (process_.waitForReadyRead(10000))
        address_ = QJsonDocument::fromJson(process_.readLine()).object()["http"].toString();
    return !address_.isEmpty();
}

QStringList BenchUpstream::settings(const QStringList& more) const
{
    return sets(
        QStringList{"backends[0].name=upstream", "backends[0].kind=openai", "backends[0].address=http://" + address_} +
        more);
}

bool BenchUpstream::stop()
{
    process_.terminate();
    return process_.waitForFinished(5000);
}

bool BenchUpstream::kill()
{
    process_.kill();
    return process_.state() == QProcess::NotRunning || process_.waitForFinished(5000);
}

QStringList synthetic(const QTemporaryDir& folder, const QList<QPair<QString, QJsonObject>>& models)
{
    const auto values = [](const char* name) {
        return QJsonArray{QJsonObject{{"name", name}, {"datatype", "FP32"}, {"shape", QJsonArray{-1, 16}}}};
    };
    for (const auto& [name, differs] : models) {
        QJsonObject cost{{"fixed_ms", 1}, {"row_ms", 0.1}, {"load_ms", 20}, {"bytes", 1000000}, {"tokens_per_s", 200}};
        for (auto entry = differs.begin(); entry != differs.end(); ++entry) cost[entry.key()] = entry.value();
        QDir(folder.path()).mkpath("models/" + name);
        QFile file(folder.filePath("models/" + name + "/config.json"));
        if (!file.open(QIODevice::WriteOnly)) continue;
        file.write(QJsonDocument(QJsonObject{{"kind", "synthetic"},
                                             {"batch_max", 64},
                                             {"inputs", values("values")},
                                             {"outputs", values("values_out")},
                                             {"synthetic", cost}})
                       .toJson());
    }
    return {"--sample-models", folder.filePath("models")};
}

QJsonObject chat(const QString& model, bool stream, int tokens)
{
    return {{"model", model},
            {"stream", stream},
            {"max_tokens", tokens},
            {"messages", QJsonArray{QJsonObject{{"role", "user"}, {"content", "The freedom to"}}}}};
}

QJsonObject embeddings(const QString& model, const QStringList& texts)
{
    return {{"model", model}, {"input", QJsonArray::fromStringList(texts)}};
}

QJsonObject tensor(const QString&, int rows)
{
    QJsonArray data;
    for (int i = 0; i < rows * 16; ++i) data << i;
    return {
        {"inputs", QJsonArray{QJsonObject{
                       {"name", "values"}, {"datatype", "FP32"}, {"shape", QJsonArray{rows, 16}}, {"data", data}}}}};
}

QByteArray inferPath(const QString& model)
{
    return "/v2/models/" + model.toUtf8() + "/infer";
}

QString judged(const RawClient::Answer& answer)
{
    if (answer.status == 0) return "no answer: " + answer.describe();
    if (!answer.whole) return "an answer that is cut off: " + answer.describe();
    if (answer.status < 200 || answer.status > 599) return "no status of HTTP: " + answer.describe();
    if (answer.status < 400) return {};
    QJsonParseError problem;
    const auto body = QJsonDocument::fromJson(answer.body, &problem);
    if (problem.error != QJsonParseError::NoError || !body.object().contains("error"))
        return "a refusal without words: " + answer.describe();
    return {};
}

QString judgedStream(const RawClient::Answer& answer)
{
    if (answer.status != 200) return judged(answer);
    if (!answer.field("Content-Type").startsWith("text/event-stream")) return judged(answer);
    bool done = false, error = false;
    for (const auto& line : answer.body.split('\n')) {
        if (!line.startsWith("data:")) continue;
        const auto data = line.mid(5).trimmed();
        if (done) return "events after the end: " + answer.describe();
        if (data == "[DONE]") {
            done = true;
            continue;
        }
        QJsonParseError problem;
        const auto event = QJsonDocument::fromJson(data, &problem).object();
        if (problem.error != QJsonParseError::NoError) return "a torn event: " + QString::fromUtf8(data.left(200));
        error = error || event.contains("error");
    }
    if (answer.whole && !done && !error) return "a stream that ends as if it were whole: " + answer.describe();
    return {};
}

QString answersAgain(EngineProcess& engine, const QString& model, int withinMs)
{
    const QDeadlineTimer deadline(withinMs);
    QString last = "never asked";
    while (!deadline.hasExpired()) {
        RawClient client(engine.http());
        client.ask("/v1/chat/completions", chat(model, false, 2));
        const auto answer = client.answer(5000);
        if (answer.status == 200 && answer.whole) return {};
        last = answer.describe();
        QTest::qWait(50);
    }
    return model + " is not answered again: " + last;
}

}  // namespace drill
