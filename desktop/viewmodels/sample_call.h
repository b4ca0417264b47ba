// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"

#include <QtCore/QByteArray>
#include <QtCore/QList>
#include <QtCore/QString>

/// A first call of a model that exists, ready to paste: which model, by which route, with a body that it takes.
/// Pure core; what it does not know of a model (the shape of its inputs) is asked for with `metadataPath`.
namespace millrace::desktop {

struct TensorInput {
    QString name;
    QString datatype;     ///< KServe v2: FP32, INT64, BYTES …
    QList<qint64> shape;  ///< -1: any
    bool operator==(const TensorInput&) const = default;
};

struct SampleCall {
    enum class Route { None, Chat, Embeddings, Infer };
    Route route = Route::None;
    QString model;
    QList<TensorInput> inputs;  ///< of Infer, once known

    bool isReady() const { return route != Route::None && (route != Route::Infer || !inputs.isEmpty()); }
};

/// The first model that writes text, else one that embeds, else any; of these one that is loaded and whose backend
/// takes requests, if there is one.
SampleCall chooseSampleCall(const control::Frame& frame);

QString metadataPath(const QString& model);                     ///< "/v2/models/NAME"
QList<TensorInput> inputsFromMetadata(const QByteArray& json);  ///< empty: none that could be read

QString curlOf(const SampleCall& call, const QString& endpoint);    ///< empty: the call is not ready
QString pythonOf(const SampleCall& call, const QString& endpoint);  ///< empty: the call is not ready

}  // namespace millrace::desktop
