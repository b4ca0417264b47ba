// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/routes.h"

#include <array>

namespace millrace::front {

namespace {

struct Fixed {
    std::string_view path;
    Page page;
    Dialect dialect;
    bool post;
    const char* label;
};

constexpr std::array kFixed = {
    Fixed{"/", Page::Root, Dialect::Plain, false, "GET /"},
    Fixed{"/healthz", Page::Health, Dialect::Plain, false, "GET /healthz"},
    Fixed{"/metrics", Page::Metrics, Dialect::Plain, false, "GET /metrics"},
    Fixed{"/v1/models", Page::OpenAiModels, Dialect::OpenAi, false, "GET /v1/models"},
    Fixed{"/v1/chat/completions", Page::OpenAiCall, Dialect::OpenAi, true, "POST /v1/chat/completions"},
    Fixed{"/v1/completions", Page::OpenAiCall, Dialect::OpenAi, true, "POST /v1/completions"},
    Fixed{"/v1/embeddings", Page::OpenAiCall, Dialect::OpenAi, true, "POST /v1/embeddings"},
    Fixed{"/v1/responses", Page::OpenAiCall, Dialect::OpenAi, true, "POST /v1/responses"},
    Fixed{"/v1/moderations", Page::OpenAiCall, Dialect::OpenAi, true, "POST /v1/moderations"},
    Fixed{"/v1/rerank", Page::OpenAiCall, Dialect::OpenAi, true, "POST /v1/rerank"},
    Fixed{"/rerank", Page::OpenAiCall, Dialect::OpenAi, true, "POST /rerank"},
    Fixed{"/v2", Page::KServer, Dialect::KServe, false, "GET /v2"},
    Fixed{"/v2/health/live", Page::KServerLive, Dialect::KServe, false, "GET /v2/health/live"},
    Fixed{"/v2/health/ready", Page::KServerReady, Dialect::KServe, false, "GET /v2/health/ready"},
    Fixed{"/v2/repository/index", Page::KIndex, Dialect::KServe, true, "POST /v2/repository/index"},
};

constexpr std::string_view kOpenAiModelPrefix = "/v1/models/";
constexpr std::string_view kModelsPrefix = "/v2/models/";
constexpr std::string_view kRepositoryPrefix = "/v2/repository/models/";

Dialect dialectOf(std::string_view path)
{
    if (path == "/v2" || path.starts_with("/v2/")) return Dialect::KServe;
    return path.starts_with("/v1/") ? Dialect::OpenAi : Dialect::Plain;
}

bool takeModel(std::string_view text, Route& route)
{
    const auto decoded = percentDecoded(text);
    if (!decoded || decoded->empty()) return false;
    route.model = *decoded;
    return true;
}

void set(Route& route, Page page, const char* label, bool post, bool counted = false)
{
    route.page = page;
    route.label = label;
    route.allow = post ? "POST, OPTIONS" : "GET, HEAD, OPTIONS";
    route.counted = counted;
}

/// M[/versions/V][/ready | /infer]
void findKServeModel(std::string_view rest, Route& route)
{
    const auto slash = rest.find('/');
    if (!takeModel(rest.substr(0, slash), route)) return;
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
    constexpr std::string_view kVersions = "/versions/";
    if (rest.starts_with(kVersions)) {
        rest.remove_prefix(kVersions.size());
        const auto end = rest.find('/');
        const auto version = percentDecoded(rest.substr(0, end));
        if (!version || version->empty()) return;
        route.version = *version;
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end);
    }
    if (rest.empty()) set(route, Page::KModel, "GET /v2/models/{model}", false, true);
    if (rest == "/ready") set(route, Page::KModelReady, "GET /v2/models/{model}/ready", false);
    if (rest == "/infer") set(route, Page::KInfer, "POST /v2/models/{model}/infer", true, true);
}

void findRepository(std::string_view rest, Route& route)
{
    const auto slash = rest.rfind('/');
    if (slash == std::string_view::npos || !takeModel(rest.substr(0, slash), route)) return;
    const auto what = rest.substr(slash);
    if (what == "/load") set(route, Page::KLoad, "POST /v2/repository/models/{model}/load", true);
    if (what == "/unload") set(route, Page::KUnload, "POST /v2/repository/models/{model}/unload", true);
}

}  // namespace

Route findRoute(std::string_view method, std::string_view path)
{
    Route route;
    route.dialect = dialectOf(path);
    for (const Fixed& fixed : kFixed) {
        if (fixed.path != path) continue;
        const bool call = fixed.page == Page::OpenAiCall;
        set(route, fixed.page, fixed.label, fixed.post, call);
        route.dialect = fixed.dialect;
        route.embeddings = path == "/v1/embeddings";
        route.completions = path == "/v1/completions";
        route.responses = path == "/v1/responses";
    }
    if (route.page == Page::Unknown) {
        if (path.starts_with(kModelsPrefix)) findKServeModel(path.substr(kModelsPrefix.size()), route);
        if (path.starts_with(kRepositoryPrefix)) findRepository(path.substr(kRepositoryPrefix.size()), route);
        // Names of models may have slashes in them: all that follows is the name.
        if (path.starts_with(kOpenAiModelPrefix) && takeModel(path.substr(kOpenAiModelPrefix.size()), route))
            set(route, Page::OpenAiModel, "GET /v1/models/{model}", false);
    }
    const bool wantsPost = route.allow[0] == 'P';
    route.methodAllowed = wantsPost ? method == "POST" : method == "GET" || method == "HEAD";
    return route;
}

}  // namespace millrace::front
