// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/model_kind.h"
#include "runtime/tensor.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::runtime {

using backend::ModelKind;  // of a model: it decides the routes that serve it, and is not Unknown

/// How text becomes numbers; see tokenizer.h.
struct TokenizerConfig {
    enum class How { None, HashedNgrams, Characters };
    How how = How::None;
    std::int64_t buckets = 0;  // HashedNgrams: rows of the model's table
    std::string alphabet;      // Characters: UTF-8, place in it = token
};

/// A text model's manner of writing.
struct TextConfig {
    std::vector<std::int64_t> state;      // shape of the recurrent state
    std::int64_t charactersPerToken = 4;  // what one token of usage and max_tokens stands for
    std::int64_t promptMax = 2048;        // characters of the prompt that are read, the last ones
    double tokensPerS = 0.0;              // 0: as fast as it goes
};

struct SyntheticConfig {
    double fixedMs = 1.0;
    double rowMs = 0.0;
    double loadMs = 0.0;
    std::uint64_t bytes = 0;
    bool burns = false;  // spends the time computing instead of sleeping
    double tokensPerS = 50.0;
    std::int64_t embeddingSize = 16;
};

inline constexpr std::int64_t kPromptBytesMax = 1 << 20;

/// One model's config.json. Format: engine/docs/models.md.
struct ModelConfig {
    ModelKind kind = ModelKind::Classifier;
    std::string description;
    std::vector<TensorSpec> inputs;
    std::vector<TensorSpec> outputs;
    std::int64_t batchMax = 1;
    std::int64_t inputMax = 32768;  // bytes of one text to embed, or of one prompt (text models); more is refused
    bool halfWeights = false;       // floating weights are kept in FP16 on disk, widened when loaded
    double loadMs = 0.0;            // least time of a load: stands in for a slow disk or a larger file
    TokenizerConfig tokenizer;
    TextConfig text;
    SyntheticConfig synthetic;

    std::int64_t promptBytesMax() const { return kind == ModelKind::Text ? inputMax : kPromptBytesMax; }
    std::string_view platform() const;  // as KServe says it: "pytorch_libtorch" or "synthetic"
};

/// Reads and checks. Unknown keys are refused: a misspelt limit must not pass for the default.
/// Errors: InvalidArgument naming the key ("inputs[0].shape").
StatusOr<ModelConfig> parseModelConfig(std::string_view json);

}  // namespace millrace::runtime
