// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <string_view>

namespace millrace::backend {

/// What a model is for, according to its server. Adapters convert the server's own words (modelKind()).
enum class ModelKind {
    Unknown,     ///< not reported, or another kind
    Classifier,  ///< tensors in, tensors out
    Embedding,   ///< text in, one vector per row
    Text,        ///< text generation
    Synthetic,   ///< fixed cost, meaningless output: for tests and benches
};

inline constexpr std::array kModelKinds{ModelKind::Classifier, ModelKind::Embedding, ModelKind::Text,
                                        ModelKind::Synthetic};  ///< without Unknown

/// Empty for Unknown.
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

/// Unknown for any other name.
constexpr ModelKind modelKind(std::string_view name)
{
    for (const ModelKind kind : kModelKinds)
        if (name == nameOf(kind)) return kind;
    return ModelKind::Unknown;
}

}  // namespace millrace::backend
