// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"
#include "client/model_metadata.h"

#include <QtCore/QList>
#include <QtCore/QString>

/// A first call of a model that exists, ready to paste: which model, by which route, with a body that it takes.
/// Pure core; what it does not know of a model (the shape of its inputs) is read from `metadataPath`.
namespace millrace::desktop {

struct SampleCall {
    enum class Route { None, Chat, Embeddings, Completion, Infer };
    Route route = Route::None;
    QString model;
    QList<TensorInput> inputs;  ///< of Infer, once known

    bool isReady() const { return route != Route::None && (route != Route::Infer || !inputs.isEmpty()); }
};

/// The first model that writes text, else one that embeds, else any; of these one that is loaded and whose backend
/// takes requests, if there is one.
SampleCall chooseSampleCall(const control::Frame& frame);

/// Some model is served by a backend that takes requests, as far as is known.
bool hasModelToCall(const control::Frame& frame);

QString curlOf(const SampleCall& call, const QString& endpoint);    ///< empty: the call is not ready
QString pythonOf(const SampleCall& call, const QString& endpoint);  ///< empty: the call is not ready

/// A call like one that was made before. Bodies are not kept: one that its model takes stands in, and a first line says
/// so. `model` is null while it is not known what a tensor call takes.
QString curlLike(const QString& route, const QString& model, const ModelMetadata::Model* metadata,
                 const QString& endpoint);

}  // namespace millrace::desktop
