// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/openai/openai_backend.h"

#include "backend/api_key.h"
#include "backend/model_list.h"
#include "backend/openai/unpacking_body.h"
#include "base/text.h"
#include "inference.pb.h"
#include "phrases.h"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <cctype>

namespace millrace::backend {

namespace {

constexpr char kListTarget[] = "/v1/models";
constexpr std::size_t kLocationMax = 256;            ///< of a Location in a message
constexpr std::size_t kRedirectBytesMax = 64 << 10;  ///< of a redirect's body that are read

constexpr Duration kStatusEvery = 200ms;  // a router is asked how far a load is

/// "v1", "v4"; `beta`: "v1beta" too.
bool isVersion(std::string_view segment, bool beta = false)
{
    if (segment.size() < 2 || segment[0] != 'v' || std::isdigit(static_cast<unsigned char>(segment[1])) == 0)
        return false;
    return beta ||
           std::all_of(segment.begin() + 1, segment.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// "/v1beta/openai" has its version in the middle: what follows is asked for right below it.
bool hasVersion(std::string_view path)
{
    while (!path.empty()) {
        const auto end = std::min(path.find('/', 1), path.size());
        if (isVersion(path.substr(1, end - 1), true)) return true;
        path.remove_prefix(end);
    }
    return false;
}

/// The path without a version at its end: where llama-server's own routes are.
std::string withoutVersion(const std::string& path)
{
    const auto slash = path.rfind('/');
    return slash != std::string::npos && isVersion(std::string_view(path).substr(slash + 1)) ? path.substr(0, slash)
                                                                                             : path;
}

std::string nameAsJson(const std::string& model)
{
    return "{\"model\":" + boost::json::serialize(boost::json::string(model)) + "}";
}

bool isAuthorization(const pool::HttpField& field)
{
    return http::sameName(field.name, "authorization");
}

pool::HttpPool::Target targetOf(const pool::BaseUrl& url, const std::string& key, bool bare)
{
    pool::HttpPool::Target target;
    target.endpoint = url.endpoint;
    target.healthTarget = OpenAiBackend::targetUnder(url.path, kListTarget, bare);
    if (!key.empty()) target.healthFields.push_back({"Authorization", "Bearer " + key});
    return target;
}

/// There may be a list later.
bool isTransient(const Status& status)
{
    return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) || absl::IsCancelled(status) ||
           absl::IsResourceExhausted(status);
}

bool isRedirect(unsigned status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Status misled(const std::string& why)
{
    return withHttpStatus(unavailable(why), 502);
}

/// `always`: also when the server wants nobody to change its answer.
pool::HttpResponse unpacked(pool::HttpResponse answer, bool always)
{
    if (!unpacks(http::fieldValue(answer.fields, "content-encoding"))) return answer;
    if (!always && http::noTransform(answer.fields)) return answer;
    answer.fields.eraseIf([](const pool::HttpField& field) {
        return http::sameName(field.name, "content-encoding") || http::sameName(field.name, "content-length");
    });
    answer.body = std::make_unique<UnpackingBody>(std::move(answer.body));
    return answer;
}

}  // namespace

std::string OpenAiBackend::targetUnder(const std::string& basePath, const std::string& target, bool bare)
{
    if (bare && target.size() > 1) {
        const auto end = target.find('/', 1);
        const bool versioned = isVersion(std::string_view(target).substr(1, end == std::string::npos ? end : end - 1));
        return basePath + (versioned ? (end == std::string::npos ? "" : target.substr(end)) : target);
    }
    const std::string_view last = std::string_view(basePath).substr(basePath.rfind('/') + 1);
    // The base URL as clients know it ends in the version ("…/v1", "…/v3"), and so do the targets they send begin.
    if (isVersion(last) && target.size() > 1) {
        const auto end = target.find('/', 1);
        const auto first = std::string_view(target).substr(1, end == std::string::npos ? end : end - 1);
        if (isVersion(first)) return basePath + (end == std::string::npos ? "" : target.substr(end));
    }
    return basePath + target;
}

StatusOr<std::shared_ptr<AdministeredBackend>> OpenAiBackend::create(BackendOptions options, Strand strand,
                                                                     Clock& clock, Registry& registry,
                                                                     EventLog& eventLog)
{
    if (options.address.empty())
        return withField(invalidArgument("backend " + options.name + " needs an address such as http://127.0.0.1:8080"),
                         "address");
    auto url = pool::parseBaseUrl(options.address);
    if (!url.ok()) return withField(url.status(), "address");
    std::string key;
    std::string problem;
    if (!options.apiKeyEnv.empty()) {
        auto read = readApiKey(options.apiKeyEnv);
        if (read.ok()) {
            key = *std::move(read);
        } else if (absl::IsNotFound(read.status())) {
            eventLog.append(Severity::Warning, "backend_key_missing", options.name,
                            say(Phrase::BackendKeyMissing, Value::quote(text(read.status()))));
        } else {
            problem = text(read.status());
            eventLog.append(Severity::Error, "backend_key_invalid", options.name,
                            say(Phrase::BackendKeyInvalid, Value::quote(problem)));
        }
    }
    auto backend = std::make_shared<OpenAiBackend>(std::move(options), *std::move(url), std::move(key), strand, clock,
                                                   registry, eventLog);
    if (!problem.empty()) backend->pool_.setDown(problem);  // for good: nobody takes it back
    return backend;
}

OpenAiBackend::OpenAiBackend(BackendOptions options, pool::BaseUrl url, std::string key, Strand strand, Clock& clock,
                             Registry& registry, EventLog& eventLog)
    : options_(std::move(options)),
      url_(std::move(url)),
      key_(std::move(key)),
      clock_(clock),
      eventLog_(eventLog),
      bare_(hasVersion(url_.path) && withoutVersion(url_.path) == url_.path),
      pool_(pool::PoolSetup{strand, clock, registry, options_.name, options_.pool, options_.seed},
            targetOf(url_, key_, bare_))
{
    pool_.onHealth([this](const pool::HealthChange& change) { healthChanged(change); });
    if (!options_.enabled) pool_.setEnabled(false);
}

void OpenAiBackend::start()
{
    pool_.start();
}

void OpenAiBackend::healthChanged(const pool::HealthChange& change)
{
    using Kind = pool::HealthChange::Kind;
    switch (change.kind) {
        case Kind::Up:
            eventLog_.append(Severity::Info, "backend_up", name(), change.reason);
            break;
        case Kind::Down:
            eventLog_.append(Severity::Warning, "backend_down", name(), change.reason);
            break;
        case Kind::Ejected:
            eventLog_.append(Severity::Warning, "backend_ejected", name(), change.reason);
            break;
    }
    if (change.kind == Kind::Up) {
        if (listener_.onUp) listener_.onUp();
    } else if (listener_.onDown) {
        listener_.onDown(change.reason, false);
    }
}

std::uint32_t OpenAiBackend::evict(std::optional<pool::Protocol> protocol, const std::vector<ConnectionId>& ids)
{
    return protocol.value_or(pool::Protocol::Http) == pool::Protocol::Http ? pool_.evict(ids) : 0;
}

StatusOr<std::string> OpenAiBackend::redirectTarget(const pool::Endpoint& server, std::string_view target,
                                                    std::string_view location)
{
    location = location.substr(0, location.find('#'));
    if (location.empty()) return invalidArgument("has no target");
    const auto isVisible = [](char letter) { return letter > ' ' && letter != '\x7f'; };
    if (!std::all_of(location.begin(), location.end(), isVisible))
        return invalidArgument("contains characters that an address cannot have");
    const auto scheme = location.find("://");
    const bool absolute = scheme != location.npos && scheme < location.find_first_of("/?");
    if (absolute || location.starts_with("//")) {
        const std::size_t begin = absolute ? scheme + 3 : 2;
        const std::size_t end = std::min(location.find_first_of("/?", begin), location.size());
        const std::string_view own = server.tls ? "https" : "http";
        auto url = pool::parseBaseUrl(std::string(absolute ? location.substr(0, scheme) : own) + "://" +
                                      std::string(location.substr(begin, end - begin)));
        if (!url.ok()) return invalidArgument("has an invalid target address");
        if (url->endpoint.tls != server.tls) return invalidArgument("switches between http and https");
        const bool same = http::sameName(url->endpoint.host, server.host) && url->endpoint.port == server.port;
        if (!same) return invalidArgument("points to another server");
        const std::string_view rest = location.substr(end);
        return rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
    }
    const std::string_view path = target.substr(0, target.find('?'));
    if (location.starts_with('/')) return std::string(location);
    if (location.starts_with('?')) return std::string(path) + std::string(location);
    return std::string(path.substr(0, path.rfind('/') + 1)) + std::string(location);
}

net::awaitable<StatusOr<pool::HttpResponse>> OpenAiBackend::http(pool::HttpRequest&& request,
                                                                 const CallContext& context)
{
    if (bare_ || !url_.path.empty()) request.target = targetUnder(url_.path, request.target, bare_);
    return send(std::move(request), context, false);
}

net::awaitable<StatusOr<pool::HttpResponse>> OpenAiBackend::send(pool::HttpRequest&& request,
                                                                 const CallContext& context, bool unpack)
{
    if (!key_.empty()) {
        request.fields.eraseIf(isAuthorization);
        request.fields.push_back({"Authorization", "Bearer " + key_});
    }
    // What clients accept is between them and us.
    if (request.fields.get("accept-encoding").empty()) request.fields.push_back({"Accept-Encoding", "identity"});
    if (!request.silenceMax && context.silenceMax != Duration::max()) request.silenceMax = context.silenceMax;
    Trace* const trace = context.trace.get();
    for (unsigned followed = 0;; ++followed) {
        StatusOr<pool::HttpResponse> answer =
            co_await pool_.send(std::move(request), context.deadline, context.cancel, trace);
        if (!answer.ok()) co_return answer.status();
        if (!isRedirect(answer->status)) {
            co_return unpacked(*std::move(answer), unpack);
        }
        const std::string location = washed(http::fieldValue(answer->fields, "location"), kLocationMax);
        const std::string what = "backend " + name() + " answered " + std::to_string(answer->status) +
                                 ", a redirect to \"" + location + "\"";
        const std::string remedy = "; correct backends[].address";
        if (!answer->redirected) co_return misled(what + " before reading the request" + remedy);
        const std::string method = answer->redirected->method;
        const bool keeps = answer->status == 307 || answer->status == 308 || method == "GET" || method == "HEAD";
        if (!keeps) co_return misled(what + ", which is not valid for a " + method + remedy);
        if (followed == kRedirectsMax)
            co_return misled(what + ", after " + std::to_string(followed) + " previous redirects" + remedy);
        const std::string& target = answer->redirected->target;
        auto next = redirectTarget(url_.endpoint, target, http::fieldValue(answer->fields, "location"));
        if (!next.ok()) co_return misled(what + ", which " + text(next.status()) + remedy);
        request = std::move(*answer->redirected);
        request.target = *std::move(next);
        if (trace)
            trace->addDecision("followed a redirect (" + std::to_string(answer->status) + ") to " + request.target);
        const auto rest = co_await pool::readAll(*answer->body, kRedirectBytesMax);  // the connection serves on
        if (absl::IsCancelled(rest.status())) co_return rest.status();
    }
}

net::awaitable<StatusOr<std::vector<ModelInfo>>> OpenAiBackend::listModels(CallContext context)
{
    if (!options_.models.empty()) {
        std::vector<ModelInfo> named(options_.models.size());
        for (std::size_t i = 0; i < named.size(); ++i) named[i].name = options_.models[i];
        co_return named;
    }
    auto models = co_await listUnder(bare_, context);
    const bool hasPath = !url_.path.empty() && withoutVersion(url_.path) == url_.path;
    if (!models.ok() && hasPath && !isTransient(models.status())) {
        // "…/openai": whether its routes are below it or below its "/v1" is found out by asking.
        auto other = co_await listUnder(!bare_, context);
        if (other.ok()) {
            bare_ = !bare_;
            pool_.setTarget(targetOf(url_, key_, bare_));
            models = std::move(other);
        }
    }
    if (models.ok())
        managed_ = std::any_of(models->begin(), models->end(), [](const ModelInfo& info) { return info.managed; });
    co_return models;
}

net::awaitable<StatusOr<std::vector<ModelInfo>>> OpenAiBackend::listUnder(bool bare, CallContext context)
{
    pool::HttpRequest request;
    request.method = "GET";
    request.target = targetUnder(url_.path, kListTarget, bare);
    const std::string target = request.target;
    StatusOr<pool::HttpResponse> answer = co_await send(std::move(request), context, true);
    co_return co_await readModelList(std::move(answer), target);
}

// ---- loading: llama-server's router ----

net::awaitable<Status> OpenAiBackend::order(std::string what, std::string model, CallContext context)
{
    pool::HttpRequest request;
    request.target = withoutVersion(url_.path) + "/models/" + what;
    request.fields.push_back({"Content-Type", "application/json"});
    request.body = nameAsJson(model);
    auto answer = co_await send(std::move(request), context, true);
    if (!answer.ok()) co_return answer.status();
    const auto body = co_await pool::readAll(*answer->body, 64U << 10);
    if (answer->status < 300) co_return absl::OkStatus();
    co_return fromHttp(answer->status, "POST /models/" + what + " answered " + std::to_string(answer->status) +
                                           (body.ok() ? ": " + washed(*body, kRefusalMax) : std::string()));
}

/// The router answers at once and goes on by itself: the list says how far it is.
net::awaitable<Status> OpenAiBackend::awaitState(std::string model, bool loaded, Status ordered, CallContext context)
{
    for (bool seen = false;;) {
        const auto models = co_await listUnder(bare_, context);
        if (!models.ok()) co_return models.status();
        const auto found =
            std::find_if(models->begin(), models->end(), [&](const ModelInfo& info) { return info.name == model; });
        if (found == models->end()) co_return withField(notFound(name() + " has no model " + model), "model");
        if (found->loaded == loaded) co_return absl::OkStatus();
        if (!ordered.ok()) co_return ordered;
        // What the list says of the time before the order does not count.
        if (loaded && seen && !found->problem.empty()) co_return unavailable(model + ": " + found->problem);
        seen = true;
        const TimePoint next = clock_.now() + kStatusEvery;
        if (context.cancel.cancelled()) co_return context.cancel.status();
        if (next >= context.deadline)
            co_return deadlineExceeded(model + " is not " + (loaded ? "loaded" : "unloaded") + " yet");
        co_await clock_.sleepUntil(next);
    }
}

net::awaitable<StatusOr<std::uint64_t>> OpenAiBackend::loadModel(std::string model, CallContext context)
{
    if (!managed_) co_return unimplemented("backend " + name() + " manages model loading itself");
    Status ordered = co_await order("load", model, context);
    // Refused: it may be there already, requested by another client. The list knows.
    const Status there = co_await awaitState(model, true, std::move(ordered), context);
    if (!there.ok()) co_return there;
    co_return std::uint64_t{0};
}

net::awaitable<Status> OpenAiBackend::unloadModel(std::string model, CallContext context)
{
    if (!managed_) co_return unimplemented("backend " + name() + " manages model unloading itself");
    Status ordered = co_await order("unload", model, context);
    co_return co_await awaitState(model, false, std::move(ordered), context);
}

net::awaitable<StatusOr<std::unique_ptr<inference::ModelInferResponse>>> OpenAiBackend::infer(
    std::shared_ptr<const inference::ModelInferRequest>, CallContext)
{
    co_return unimplemented("backend " + name() + " does not support tensor inference, only OpenAI routes");
}

net::awaitable<StatusOr<std::unique_ptr<inference::ModelMetadataResponse>>> OpenAiBackend::modelMetadata(std::string,
                                                                                                         CallContext)
{
    co_return unimplemented("backend " + name() + " does not support tensor inference, only OpenAI routes");
}

}  // namespace millrace::backend
