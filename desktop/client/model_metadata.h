// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QByteArray>
#include <QtCore/QHash>
#include <QtCore/QList>
#include <QtCore/QObject>
#include <QtCore/QString>

QT_FORWARD_DECLARE_CLASS(QNetworkAccessManager)

namespace millrace::desktop {

struct TensorInput {
    QString name;
    QString datatype;     ///< KServe v2: FP32, INT64, BYTES …
    QList<qint64> shape;  ///< -1: any
    bool operator==(const TensorInput&) const = default;
};

QString metadataPath(const QString& model);                     ///< "/v2/models/NAME"
QList<TensorInput> inputsFromMetadata(const QByteArray& json);  ///< empty: malformed

/// The input tensors of models, from the engine's public API (GET /v2/models/NAME), cached while that engine runs.
///
///     metadata.ask(endpoint, engineId, "digits-m");            // learned("digits-m") follows
///     if (const auto* model = metadata.find("digits-m")) use(model->inputs);
///
/// Thread: GUI.  Bound: kModelsMax models, one call each, with a time-out of kTimeoutMs.
class ModelMetadata : public QObject {
    Q_OBJECT
public:
    static constexpr int kModelsMax = 256;
    static constexpr int kTimeoutMs = 5000;
    struct Model {
        QList<TensorInput> inputs;  ///< empty: not known (yet)
        QString problem;            ///< why not; empty: known, or still being read
    };

    using QObject::QObject;

    /// `engine`: identifies the process; the cache is cleared when it changes. Each model is requested once.
    void ask(const QString& endpoint, const QString& engine, const QString& model);
    const Model* find(const QString& model) const;                                    ///< null: not requested
    void take(const QString& model, const QByteArray& json, const QString& problem);  ///< a response

Q_SIGNALS:
    void learned(const QString& model);

private:
    QNetworkAccessManager* network_ = nullptr;  // a child, once needed
    QString engine_;
    QHash<QString, Model> models_;
};

}  // namespace millrace::desktop
