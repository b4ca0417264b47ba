// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <string>
#include <string_view>

namespace millrace::front {

/// The API family that determines the form of errors. Ollama's routes are only refused.
enum class Dialect { Plain, OpenAi, Anthropic, KServe, Ollama };

enum class Endpoint {
    Unknown,
    Root,
    Health,
    Metrics,
    OpenAiModels,
    OpenAiModel,
    OpenAiCall,
    KServer,
    KServerLive,
    KServerReady,
    KModel,
    KModelReady,
    KModelConfig,
    KModelStats,
    KInfer,
    KIndex,
    KLoad,
    KUnload,
};

/// The meaning of a method and a path.
struct Route {
    Endpoint endpoint = Endpoint::Unknown;
    Dialect dialect = Dialect::Plain;
    const char* label = "";  ///< label in metrics, from a bounded set
    const char* allow = "";  ///< value of the Allow field
    bool methodAllowed = false;
    bool counted = false;  ///< a request of the service, with a Call; others are answered by the front alone
    bool embeddings = false;
    bool completions = false;
    bool responses = false;      ///< /v1/responses: events carry their type and end with a dedicated one
    std::string_view path;       ///< the backend's path, for forwarded calls
    std::string model, version;  ///< from the path
    Status problem;              ///< an invalid model or version
};

/// Duplicate and trailing slashes ("//v1/models", "/v1/models/") are ignored. Pure.
Route findRoute(std::string_view method, std::string_view path);

std::string errorBody(Dialect dialect, const Status& status);
/// The same as an event, for a stream in progress.
std::string (*errorEvent(const Route& route))(const Status& status);

}  // namespace millrace::front
