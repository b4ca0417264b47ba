// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <string>
#include <string_view>

namespace millrace::front {

/// Whose words an answer speaks. Ollama's is spoken in refusals only.
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

/// What a method and a path mean.
struct Route {
    Endpoint endpoint = Endpoint::Unknown;
    Dialect dialect = Dialect::Plain;
    const char* label = "";  ///< one of a bounded set: labels metrics
    const char* allow = "";  ///< methods that the path has
    bool methodAllowed = false;
    bool counted = false;  ///< a request of the service, with a Call; the others are answered by the front alone
    bool embeddings = false;
    bool completions = false;
    bool responses = false;      ///< its events carry their type and end with a dedicated one
    std::string_view path;       ///< as backends know it, of a call that is passed on
    std::string model, version;  ///< from the path
    Status problem;              ///< what is wrong with them
};

/// A slash too many ("//v1/models", "/v1/models/") does not matter.
Route findRoute(std::string_view method, std::string_view path);

std::string errorBody(Dialect dialect, const Status& status);
/// The same as an event of a stream that has begun.
std::string (*errorEvent(const Route& route))(const Status& status);

}  // namespace millrace::front
