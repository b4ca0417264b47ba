// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <string_view>

namespace millrace::backend {

/// What a model is for, as far as its server says it. Servers' own words end at the adapters (modelKind()).
enum class ModelKind {
    Unknown,     ///< the server does not say, or has another one
    Classifier,  ///< tensors in, tensors out
    Embedding,   ///< text in, one vector per row
    Text,        ///< continues a prompt
    Synthetic,   ///< fixed cost, no meaning: for tests and benches
};

inline constexpr std::array kModelKinds{ModelKind::Classifier, ModelKind::Embedding, ModelKind::Text,
                                        ModelKind::Synthetic};  ///< without Unknown

/// "" for Unknown.
constexpr std::string_view nameOf(ModelKind kind)
{
    switch (kind) {
        case ModelKind::Unknown:
            return "";
        case ModelKind::Classifier:
            return "classifier";
        case ModelKind::Embedding:
            return "embedding";
        case ModelKind::Text:
            return "text";
        case ModelKind::Synthetic:
            return "synthetic";
    }
    return "";
}

constexpr ModelKind modelKind(std::string_view name)
{
    for (const ModelKind kind : kModelKinds)
        if (name == nameOf(kind)) return kind;
    return ModelKind::Unknown;
}

}  // namespace millrace::backend
