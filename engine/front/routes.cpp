// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/routes.h"

#include "front/http_text.h"
#include "front/kserve_write.h"
#include "front/openai.h"
#include "serve/model_name.h"

#include <algorithm>
#include <array>

namespace millrace::front {

namespace {

struct Fixed {
    std::string_view path;
    Endpoint endpoint;
    Dialect dialect;
    bool post;
    const char* label;
};

constexpr std::array kFixed = {
    Fixed{"/", Endpoint::Root, Dialect::Plain, false, "GET /"},
    Fixed{"/healthz", Endpoint::Health, Dialect::Plain, false, "GET /healthz"},
    Fixed{"/health", Endpoint::Health, Dialect::Plain, false, "GET /healthz"},  // for clients of llama.cpp and vLLM
    Fixed{"/v1/health", Endpoint::Health, Dialect::OpenAi, false, "GET /healthz"},
    Fixed{"/metrics", Endpoint::Metrics, Dialect::Plain, false, "GET /metrics"},
    Fixed{"/v1/models", Endpoint::OpenAiModels, Dialect::OpenAi, false, "GET /v1/models"},
    Fixed{"/v1/chat/completions", Endpoint::OpenAiCall, Dialect::OpenAi, true, "POST /v1/chat/completions"},
    Fixed{"/v1/completions", Endpoint::OpenAiCall, Dialect::OpenAi, true, "POST /v1/completions"},
    Fixed{"/v1/embeddings", Endpoint::OpenAiCall, Dialect::OpenAi, true, "POST /v1/embeddings"},
    Fixed{"/v1/responses", Endpoint::OpenAiCall, Dialect::OpenAi, true, "POST /v1/responses"},
    Fixed{"/v1/moderations", Endpoint::OpenAiCall, Dialect::OpenAi, true, "POST /v1/moderations"},
    Fixed{"/v1/rerank", Endpoint::OpenAiCall, Dialect::OpenAi, true, "POST /v1/rerank"},
    Fixed{"/v1/messages", Endpoint::OpenAiCall, Dialect::Anthropic, true, "POST /v1/messages"},
    Fixed{"/v1/messages/count_tokens", Endpoint::OpenAiCall, Dialect::Anthropic, true,
          "POST /v1/messages/count_tokens"},
    Fixed{"/rerank", Endpoint::OpenAiCall, Dialect::OpenAi, true, "POST /rerank"},
    Fixed{"/v2", Endpoint::KServer, Dialect::KServe, false, "GET /v2"},
    Fixed{"/v2/models/stats", Endpoint::KModelStats, Dialect::KServe, false, "GET /v2/models/stats"},
    Fixed{"/v2/health/live", Endpoint::KServerLive, Dialect::KServe, false, "GET /v2/health/live"},
    Fixed{"/v2/health/ready", Endpoint::KServerReady, Dialect::KServe, false, "GET /v2/health/ready"},
    Fixed{"/v2/repository/index", Endpoint::KIndex, Dialect::KServe, true, "POST /v2/repository/index"},
};

constexpr std::string_view kOpenAiModelPrefix = "/v1/models/";
constexpr std::string_view kModelsPrefix = "/v2/models/";
constexpr std::string_view kRepositoryPrefix = "/v2/repository/models/";

bool isBelow(std::string_view path, std::string_view folder)
{
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

Dialect dialectOf(std::string_view path)
{
    if (isBelow(path, "/v2")) return Dialect::KServe;
    if (isBelow(path, "/api")) return Dialect::Ollama;
    if (isBelow(path, "/v1/messages")) return Dialect::Anthropic;
    return isBelow(path, "/v1") ? Dialect::OpenAi : Dialect::Plain;
}

bool isTidy(std::string_view path)
{
    return path.find("//") == std::string_view::npos && (path.size() < 2 || path.back() != '/');
}

/// Removes duplicate slashes before the first two segments, and trailing ones. Others may be part of a model's name.
std::string tidied(std::string_view path)
{
    if (!path.starts_with('/')) return std::string(path);
    constexpr int kOurs = 2;
    std::string out;
    std::size_t at = 0;
    for (int segments = 0; segments < kOurs; ++segments) {
        at = path.find_first_not_of('/', at);
        if (at == std::string_view::npos) return out.empty() ? "/" : out;
        const auto end = std::min(path.find('/', at), path.size());
        out += '/';
        out += path.substr(at, end - at);
        at = end;
    }
    out += path.substr(at);
    while (out.back() == '/') out.pop_back();
    return out;
}

bool takeName(std::string_view text, std::string& name, const char* field, Route& route)
{
    const auto decoded = percentDecoded(text);
    if (!decoded || decoded->empty()) return false;
    if (Status status = serve::checkName(*decoded, field); status.ok())
        name = *decoded;
    else
        route.problem = status;
    return true;
}

bool takeModel(std::string_view text, Route& route)
{
    return takeName(text, route.model, "model", route);
}

void set(Route& route, Endpoint endpoint, const char* label, bool post, bool counted = false)
{
    route.endpoint = endpoint;
    route.label = label;
    route.allow = post ? "POST, OPTIONS" : "GET, HEAD, OPTIONS";
    route.counted = counted;
}

/// M[/versions/V][/ready | /config | /stats | /infer]
void findKServeModel(std::string_view rest, Route& route)
{
    const auto slash = rest.find('/');
    if (!takeModel(rest.substr(0, slash), route)) return;
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
    constexpr std::string_view kVersions = "/versions/";
    if (rest.starts_with(kVersions)) {
        rest.remove_prefix(kVersions.size());
        const auto end = rest.find('/');
        if (!takeName(rest.substr(0, end), route.version, "version", route)) return;
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end);
    }
    if (rest.empty()) set(route, Endpoint::KModel, "GET /v2/models/{model}", false, true);
    // The model's backend checks the version.
    if (rest == "/ready")
        set(route, Endpoint::KModelReady, "GET /v2/models/{model}/ready", false, !route.version.empty());
    if (rest == "/config") set(route, Endpoint::KModelConfig, "GET /v2/models/{model}/config", false, true);
    if (rest == "/stats") set(route, Endpoint::KModelStats, "GET /v2/models/{model}/stats", false);
    if (rest == "/infer") set(route, Endpoint::KInfer, "POST /v2/models/{model}/infer", true, true);
}

void findRepository(std::string_view rest, Route& route)
{
    const auto slash = rest.rfind('/');
    if (slash == std::string_view::npos || !takeModel(rest.substr(0, slash), route)) return;
    const auto what = rest.substr(slash);
    if (what == "/load") set(route, Endpoint::KLoad, "POST /v2/repository/models/{model}/load", true);
    if (what == "/unload") set(route, Endpoint::KUnload, "POST /v2/repository/models/{model}/unload", true);
}

}  // namespace

Route findRoute(std::string_view method, std::string_view path)
{
    Route route;
    std::string tidy;
    if (!isTidy(path)) path = tidy = tidied(path);
    route.dialect = dialectOf(path);
    for (const Fixed& fixed : kFixed) {
        if (fixed.path != path) continue;
        const bool call = fixed.endpoint == Endpoint::OpenAiCall;
        set(route, fixed.endpoint, fixed.label, fixed.post, call);
        route.dialect = fixed.dialect;
        route.path = fixed.path;
        route.embeddings = path == "/v1/embeddings";
        route.completions = path == "/v1/completions";
        route.responses = path == "/v1/responses";
    }
    if (route.endpoint == Endpoint::Unknown) {
        if (path.starts_with(kModelsPrefix)) findKServeModel(path.substr(kModelsPrefix.size()), route);
        if (path.starts_with(kRepositoryPrefix)) findRepository(path.substr(kRepositoryPrefix.size()), route);
        // Model names may contain slashes: the rest of the path is the name.
        if (path.starts_with(kOpenAiModelPrefix) && takeModel(path.substr(kOpenAiModelPrefix.size()), route))
            set(route, Endpoint::OpenAiModel, "GET /v1/models/{model}", false);
    }
    const bool wantsPost = route.allow[0] == 'P';
    route.methodAllowed = wantsPost ? method == "POST" : method == "GET" || method == "HEAD";
    return route;
}

std::string errorBody(Dialect dialect, const Status& status)
{
    switch (dialect) {
        case Dialect::KServe:
        case Dialect::Ollama:
            return kserveError(status);  // {"error": "text"} for both
        case Dialect::Anthropic:
            return anthropicError(status);
        default:
            return openAiError(status);
    }
}

std::string (*errorEvent(const Route& route))(const Status& status)
{
    if (route.responses) return &responsesErrorEvent;
    return route.dialect == Dialect::Anthropic ? &anthropicErrorEvent : &openAiErrorEvent;
}

}  // namespace millrace::front
