// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/model_kind.h"
#include "runtime/tensor.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::runtime {

using backend::ModelKind;  // determines the routes that serve a model; here never Unknown

/// The tokenizer; see tokenizer.h.
struct TokenizerConfig {
    enum class How { None, HashedNgrams, Characters };
    How how = How::None;
    std::int64_t buckets = 0;  // HashedNgrams: rows of the embedding table
    std::string alphabet;      // Characters: UTF-8; the position of a character is its token
};

/// Parameters of a text model.
struct TextConfig {
    std::vector<std::int64_t> state;      // shape of the recurrent state
    std::int64_t charactersPerToken = 4;  // characters per token in usage and max_tokens
    std::int64_t promptMax = 2048;        // last characters of the prompt that are used
    double tokensPerS = 0.0;              // 0: unlimited
};

struct SyntheticConfig {
    double fixedMs = 1.0;
    double rowMs = 0.0;
    double loadMs = 0.0;
    std::uint64_t bytes = 0;
    bool burns = false;  // busy instead of sleeping
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
    std::int64_t inputMax = 32768;  // bytes of one text to embed, or of one prompt; longer ones are refused
    bool halfWeights = false;       // weights are stored in FP16, and widened when loaded
    double loadMs = 0.0;            // least duration of a load, to simulate a slow disk or a larger file
    TokenizerConfig tokenizer;
    TextConfig text;
    SyntheticConfig synthetic;

    std::int64_t promptBytesMax() const { return kind == ModelKind::Text ? inputMax : kPromptBytesMax; }
    std::string_view platform() const;  // KServe's platform: "pytorch_libtorch" or "synthetic"
};

/// Parses and validates a config.json. Unknown keys are rejected, so that a misspelt limit is not ignored.
/// InvalidArgument with the key ("inputs[0].shape"). Pure.
StatusOr<ModelConfig> parseModelConfig(std::string_view json);

}  // namespace millrace::runtime
