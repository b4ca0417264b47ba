// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "runtime/tensor.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace millrace::runtime {

/// Parameters of text generation.
struct WritingOptions {
    std::string prompt;
    double temperature = 1.0;  // 0: always the likeliest
    double topP = 1.0;
    std::uint64_t seed = 0;
};

/// One text being generated. Thread: any worker, one call at a time.
class Writing {
public:
    virtual ~Writing() = default;
    /// Generates the next token, and returns its text.
    virtual StatusOr<std::string> next() = 0;
    /// Number of tokens in the prompt.
    virtual std::int64_t promptTokens() const = 0;
};

/// A loaded model.
///
/// Owner:  the repository; every run and Writing holds a share.
/// Thread: any worker, concurrently.
/// Errors: FailedPrecondition for what the kind cannot do, Internal when the model itself fails.
class Model {
public:
    virtual ~Model() = default;
    /// Returns the outputs in the order of the config, with one row per input row. REQUIRES: `inputs` match the config,
    /// in its order.
    virtual StatusOr<std::vector<Tensor>> run(const std::vector<Tensor>& inputs) = 0;
    /// One vector per text, in their order, all of the model's embedding size. Those of the models that come with
    /// Millrace have length 1 (Euclidean norm); nothing here checks that or makes it so.
    virtual StatusOr<std::vector<std::vector<float>>> embed(const std::vector<std::string>& texts) = 0;
    /// Begins a text that continues options.prompt; Writing::next() generates it. The same options give the same text.
    /// The model must outlive it.
    virtual StatusOr<std::unique_ptr<Writing>> write(const WritingOptions& options) = 0;
    /// Measured memory footprint.
    virtual std::uint64_t bytes() const = 0;
};

}  // namespace millrace::runtime
