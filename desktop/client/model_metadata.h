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
QList<TensorInput> inputsFromMetadata(const QByteArray& json);  ///< empty: none that could be read

/// Which tensors a model takes, read from the engine's public API (GET /v2/models/NAME) and kept while that engine
/// runs.
///
/// Thread: GUI.  Bound: kModelsMax models, one call each; a reply that does not come in kTimeoutMs is a failure.
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

    /// `engine`: which process it is; another one may have other models. A model is read once.
    void ask(const QString& endpoint, const QString& engine, const QString& model);
    const Model* find(const QString& model) const;                                    ///< null: never requested
    void take(const QString& model, const QByteArray& json, const QString& problem);  ///< what was answered

Q_SIGNALS:
    void learned(const QString& model);

private:
    QNetworkAccessManager* network_ = nullptr;  // a child, once needed
    QString engine_;
    QHash<QString, Model> models_;
};

}  // namespace millrace::desktop
