// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/model_metadata.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QUrl>
#include <QtNetwork/QNetworkAccessManager>
#include <QtNetwork/QNetworkReply>
#include <QtNetwork/QNetworkRequest>

namespace millrace::desktop {

QString metadataPath(const QString& model)
{
    return QStringLiteral("/v2/models/") + QString::fromLatin1(QUrl::toPercentEncoding(model));
}

QList<TensorInput> inputsFromMetadata(const QByteArray& json)
{
    QList<TensorInput> out;
    const QJsonArray inputs = QJsonDocument::fromJson(json).object().value(QStringLiteral("inputs")).toArray();
    for (const QJsonValue& entry : inputs) {
        const QJsonObject input = entry.toObject();
        TensorInput tensor{
            input.value(QStringLiteral("name")).toString(), input.value(QStringLiteral("datatype")).toString(), {}};
        const QJsonArray shape = input.value(QStringLiteral("shape")).toArray();
        for (const QJsonValue& dimension : shape) tensor.shape.append(dimension.toInteger());
        if (tensor.name.isEmpty() || tensor.datatype.isEmpty() || tensor.shape.isEmpty()) return {};
        out.append(tensor);
    }
    return out;
}

void ModelMetadata::ask(const QString& endpoint, const QString& engine, const QString& model)
{
    if (engine != engine_) {
        models_.clear();
        engine_ = engine;
    }
    if (endpoint.isEmpty() || model.isEmpty() || models_.contains(model) || models_.size() >= kModelsMax) return;
    models_.insert(model, {});
    if (!network_) network_ = new QNetworkAccessManager(this);
    QNetworkRequest request(QUrl(QStringLiteral("http://") + endpoint + metadataPath(model)));
    request.setTransferTimeout(kTimeoutMs);
    request.setHeader(QNetworkRequest::UserAgentHeader, QStringLiteral("millrace-console"));
    request.setRawHeader("x-millrace-own", "1");  // traffic of the console, hidden where requests are listed
    QNetworkReply* reply = network_->get(request);
    connect(reply, &QNetworkReply::finished, this, [this, reply, model, engine] {
        reply->deleteLater();
        if (engine != engine_) return;
        take(model, reply->readAll(), reply->error() == QNetworkReply::NoError ? QString() : reply->errorString());
    });
}

const ModelMetadata::Model* ModelMetadata::find(const QString& model) const
{
    const auto found = models_.constFind(model);
    return found == models_.cend() ? nullptr : &*found;
}

void ModelMetadata::take(const QString& model, const QByteArray& json, const QString& problem)
{
    Model& known = models_[model];
    known.inputs = problem.isEmpty() ? inputsFromMetadata(json) : QList<TensorInput>();
    known.problem = !problem.isEmpty()       ? problem
                    : known.inputs.isEmpty() ? tr("its metadata names no inputs")
                                             : QString();
    Q_EMIT learned(model);
}

}  // namespace millrace::desktop
