// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/sample_call.h"

#include "control.pb.h"
#include "format/enum_words.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>

#include <algorithm>

namespace millrace::desktop {
namespace {

using Route = SampleCall::Route;

Route routeOf(const control::ModelState& model)
{
    switch (model.kind()) {
        case control::MODEL_KIND_TEXT:
        case control::MODEL_KIND_UNSPECIFIED:  // a server that says no kind: most chat
            return Route::Chat;
        case control::MODEL_KIND_EMBEDDING:
            return Route::Embeddings;
        case control::MODEL_KIND_CLASSIFIER:
        case control::MODEL_KIND_SYNTHETIC:
            MILLRACE_NEWER_VALUES(ModelKind);
    }
    return Route::Infer;
}

bool takesRequests(const control::Frame& frame, const std::string& backend)
{
    bool known = false;
    for (const auto& pool : frame.pools().pools()) {
        if (pool.backend() != backend) continue;
        known = true;
        switch (pool.health()) {
            case control::BACKEND_HEALTH_HEALTHY:
            case control::BACKEND_HEALTH_UNKNOWN:
            case control::BACKEND_HEALTH_PROBING:
                return true;
            case control::BACKEND_HEALTH_EJECTED:
            case control::BACKEND_HEALTH_DRAINING:
            case control::BACKEND_HEALTH_DISABLED:
            case control::BACKEND_HEALTH_UNSPECIFIED:
                MILLRACE_NEWER_VALUES(BackendHealth);
        }
    }
    return !known;
}

constexpr qint64 kElementsMax = 20'000;  // of a body that one can still paste

struct Words {
    Q_DECLARE_TR_FUNCTIONS(SampleCall)
};

// A line of a shell that is not run, whatever a name has in it.
QString comment(const QString& text)
{
    return QStringLiteral("# %1\n").arg(text.simplified());
}

// Less is better.
int rank(const control::Frame& frame, const control::ModelState& model)
{
    const int route = model.kind() == control::MODEL_KIND_TEXT        ? 0
                      : routeOf(model) == Route::Chat                 ? 1
                      : routeOf(model) == Route::Embeddings           ? 2
                      : model.kind() == control::MODEL_KIND_SYNTHETIC ? 4
                                                                      : 3;
    const bool failed = model.state() == control::MODEL_PHASE_FAILED;
    const int state = failed ? 2 : model.state() == control::MODEL_PHASE_WARM ? 0 : 1;
    return (takesRequests(frame, model.backend()) ? 0 : 1000) + (failed ? 100 : 0) + route * 10 + state;
}

qint64 elements(const TensorInput& input)
{
    qint64 count = 1;
    for (qsizetype i = 1; i < input.shape.size(); ++i) count *= std::max<qint64>(1, input.shape.at(i));
    return count;
}

QList<qint64> oneRow(const TensorInput& input)
{
    QList<qint64> shape{1};
    for (qsizetype i = 1; i < input.shape.size(); ++i) shape.append(std::max<qint64>(1, input.shape.at(i)));
    return shape;
}

QJsonValue element(const TensorInput& input)
{
    if (input.datatype == u"BYTES") return QStringLiteral("Hello");
    if (input.datatype == u"BOOL") return false;
    return 0;
}

QString shellQuoted(const QString& text)
{
    return u'\'' + QString(text).replace(u'\'', QStringLiteral("'\\''")) + u'\'';
}

QString pythonQuoted(const QString& text)
{
    // A JSON string is a Python string.
    const QByteArray json = QJsonDocument(QJsonArray{text}).toJson(QJsonDocument::Compact);
    return QString::fromUtf8(json.mid(1, json.size() - 2));
}

QString inferPath(const QString& model)
{
    return metadataPath(model) + QStringLiteral("/infer");
}

QJsonObject bodyOf(const SampleCall& call)
{
    switch (call.route) {
        case Route::Chat:
            return {{QStringLiteral("model"), call.model},
                    {QStringLiteral("stream"), true},
                    {QStringLiteral("max_tokens"), 100},
                    {QStringLiteral("messages"),
                     QJsonArray{QJsonObject{{QStringLiteral("role"), QStringLiteral("user")},
                                            {QStringLiteral("content"), QStringLiteral("Hello")}}}}};
        case Route::Embeddings:
            return {{QStringLiteral("model"), call.model}, {QStringLiteral("input"), QStringLiteral("Hello")}};
        case Route::Completion:
            return {{QStringLiteral("model"), call.model},
                    {QStringLiteral("stream"), true},
                    {QStringLiteral("max_tokens"), 100},
                    {QStringLiteral("prompt"), QStringLiteral("Hello")}};
        default:
            break;
    }
    QJsonArray inputs;
    for (const TensorInput& input : call.inputs) {
        QJsonArray shape, data;
        const QList<qint64> dimensions = oneRow(input);
        for (const qint64 dimension : dimensions) shape.append(dimension);
        for (qint64 i = 0; i < elements(input); ++i) data.append(element(input));
        inputs.append(QJsonObject{{QStringLiteral("name"), input.name},
                                  {QStringLiteral("datatype"), input.datatype},
                                  {QStringLiteral("shape"), shape},
                                  {QStringLiteral("data"), data}});
    }
    return {{QStringLiteral("inputs"), inputs}};
}

QString pathOf(const SampleCall& call)
{
    switch (call.route) {
        case Route::Chat:
            return QStringLiteral("/v1/chat/completions");
        case Route::Embeddings:
            return QStringLiteral("/v1/embeddings");
        case Route::Completion:
            return QStringLiteral("/v1/completions");
        default:
            return inferPath(call.model);
    }
}

}  // namespace

SampleCall chooseSampleCall(const control::Frame& frame)
{
    const control::ModelState* best = nullptr;
    int bestRank = 0;
    for (const auto& model : frame.models().models()) {
        const int here = rank(frame, model);
        if (best && here >= bestRank) continue;
        best = &model;
        bestRank = here;
    }
    if (!best) return {};
    return {routeOf(*best), QString::fromStdString(best->model()), {}};
}

bool hasModelToCall(const control::Frame& frame)
{
    if (!frame.has_models()) return true;
    const auto& models = frame.models().models();
    return std::any_of(models.begin(), models.end(),
                       [&frame](const control::ModelState& model) { return takesRequests(frame, model.backend()); });
}

QString curlOf(const SampleCall& call, const QString& endpoint)
{
    if (!call.isReady() || endpoint.isEmpty()) return {};
    const QString body = QString::fromUtf8(QJsonDocument(bodyOf(call)).toJson(QJsonDocument::Compact));
    return QStringLiteral("curl -sS -N %1 \\\n  -H 'Content-Type: application/json' \\\n  -d %2")
        .arg(shellQuoted(QStringLiteral("http://") + endpoint + pathOf(call)), shellQuoted(body));
}

QString curlLike(const QString& route, const QString& model, const ModelMetadata::Model* metadata,
                 const QString& endpoint)
{
    if (model.isEmpty() || endpoint.isEmpty()) return {};
    SampleCall call{Route::Infer, model, {}};
    if (route.contains(u"/chat/completions")) {
        call.route = Route::Chat;
    } else if (route.contains(u"/embeddings")) {
        call.route = Route::Embeddings;
    } else if (route.contains(u"/completions")) {
        call.route = Route::Completion;
    }
    if (call.route != Route::Infer)
        return comment(Words::tr("The request body is not kept; a small example replaces it.")) +
               curlOf(call, endpoint);

    const QString ask =
        QStringLiteral("curl -sS %1").arg(shellQuoted(QStringLiteral("http://") + endpoint + metadataPath(model)));
    const auto why = [&](const QString& text) { return comment(text) + ask; };
    if (!metadata || (metadata->inputs.isEmpty() && metadata->problem.isEmpty()))
        return why(Words::tr("The request body is not kept, and the inputs of %1 are still being queried. This command "
                             "queries them:")
                       .arg(model));
    if (metadata->inputs.isEmpty())
        return why(
            Words::tr("The request body is not kept, and the inputs of %1 are unknown (%2). This command queries them:")
                .arg(model, metadata->problem));
    call.inputs = metadata->inputs;
    qint64 count = 0;
    for (const TensorInput& input : call.inputs) count += elements(input);
    if (count > kElementsMax)
        return why(Words::tr("The request body is not kept, and one row for %1 has %2 values, too many to paste. This "
                             "command lists the inputs:")
                       .arg(model, QString::number(count)));
    QString note =
        comment(Words::tr("The request body is not kept; one row of zeros in the shape of %1's inputs replaces it.")
                    .arg(model));
    if (!route.contains(u"/infer"))
        note += comment(Words::tr("It came via gRPC (%1); this is the same call via HTTP.").arg(route));
    return note + curlOf(call, endpoint);
}

QString pythonOf(const SampleCall& call, const QString& endpoint)
{
    if (!call.isReady() || endpoint.isEmpty()) return {};
    const QString openai = QStringLiteral(
                               "from openai import OpenAI  # pip install openai\n\n"
                               "client = OpenAI(base_url=\"http://%1/v1\", api_key=\"unused\")\n")
                               .arg(endpoint);
    if (call.route == Route::Chat)
        return openai + QStringLiteral(
                            "answer = client.chat.completions.create(\n"
                            "    model=%1,\n"
                            "    max_tokens=100,\n"
                            "    messages=[{\"role\": \"user\", \"content\": \"Hello\"}])\n"
                            "print(answer.choices[0].message.content)\n")
                            .arg(pythonQuoted(call.model));
    if (call.route == Route::Embeddings)
        return openai + QStringLiteral(
                            "answer = client.embeddings.create(model=%1, input=\"Hello\")\n"
                            "print(answer.data[0].embedding[:8])\n")
                            .arg(pythonQuoted(call.model));
    QString inputs;
    for (const TensorInput& input : call.inputs) {
        QStringList shape;
        const QList<qint64> dimensions = oneRow(input);
        for (const qint64 dimension : dimensions) shape.append(QString::number(dimension));
        const QString value = input.datatype == u"BYTES"  ? QStringLiteral("\"Hello\"")
                              : input.datatype == u"BOOL" ? QStringLiteral("False")
                                                          : QStringLiteral("0");
        inputs += QStringLiteral("    {\"name\": %1, \"datatype\": %2, \"shape\": [%3], \"data\": [%4] * %5},\n")
                      .arg(pythonQuoted(input.name), pythonQuoted(input.datatype), shape.join(QStringLiteral(", ")),
                           value, QString::number(elements(input)));
    }
    return QStringLiteral(
               "import json, urllib.request\n\n"
               "body = {\"inputs\": [\n%1]}\n"
               "request = urllib.request.Request(\n"
               "    \"http://%2%3\",\n"
               "    json.dumps(body).encode(), {\"Content-Type\": \"application/json\"})\n"
               "print(json.load(urllib.request.urlopen(request)))\n")
        .arg(inputs, endpoint, inferPath(call.model));
}

}  // namespace millrace::desktop
