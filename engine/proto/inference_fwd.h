// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The messages of inference.proto for headers that only name them.
namespace inference {
class InferTensorContents;
class ModelInferRequest;
class ModelInferResponse;
class ModelMetadataResponse;
class ModelStatisticsResponse;
}  // namespace inference
