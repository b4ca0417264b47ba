// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "runtime/tensor.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace millrace::runtime {

/// How a text is to be written on.
struct WritingOptions {
    std::string prompt;
    double temperature = 1.0;  // 0: always the likeliest
    double topP = 1.0;
    std::uint64_t seed = 0;
};

/// One text being written. Thread: one call at a time, from any worker.
class Writing {
public:
    virtual ~Writing() = default;
    /// The next token's text.
    virtual StatusOr<std::string> next() = 0;
    /// Tokens that the prompt counted for.
    virtual std::int64_t promptTokens() const = 0;
};

/// A loaded model.
///
/// Owner:  the repository; every run and writing holds a share.
/// Thread: run() and write() from any worker, several at once.
/// Errors: FailedPrecondition for what the kind cannot do, Internal when the model itself fails.
class Model {
public:
    virtual ~Model() = default;
    /// `inputs` were checked against the config, in its order; the outputs come in its order too, one row for each.
    virtual StatusOr<std::vector<Tensor>> run(const std::vector<Tensor>& inputs) = 0;
    /// One vector for each text.
    virtual StatusOr<std::vector<std::vector<float>>> embed(const std::vector<std::string>& texts) = 0;
    virtual StatusOr<std::unique_ptr<Writing>> write(const WritingOptions& options) = 0;
    /// Memory that loading it took, as measured.
    virtual std::uint64_t bytes() const = 0;
};

}  // namespace millrace::runtime
