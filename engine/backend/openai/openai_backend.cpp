// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/openai/openai_backend.h"

#include "backend/api_key.h"
#include "backend/model_list.h"
#include "inference.pb.h"

#include <algorithm>
#include <cctype>

namespace millrace::backend {

namespace {

constexpr char kListTarget[] = "/v1/models";

bool isVersion(std::string_view segment)
{
    return segment.size() >= 2 && segment[0] == 'v' &&
           std::all_of(segment.begin() + 1, segment.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

bool isAuthorization(const pool::HttpField& field)
{
    static constexpr std::string_view kName = "authorization";
    return field.name.size() == kName.size() &&
           std::equal(kName.begin(), kName.end(), field.name.begin(), [](char wanted, char got) {
               return wanted == static_cast<char>(std::tolower(static_cast<unsigned char>(got)));
           });
}

pool::HttpPool::Target targetOf(const pool::BaseUrl& url, const std::string& key)
{
    pool::HttpPool::Target target;
    target.endpoint = url.endpoint;
    target.healthTarget = OpenAiBackend::targetUnder(url.path, kListTarget);
    if (!key.empty()) target.healthFields.push_back({"Authorization", "Bearer " + key});
    return target;
}

}  // namespace

std::string OpenAiBackend::targetUnder(const std::string& basePath, const std::string& target)
{
    const std::string_view last = std::string_view(basePath).substr(basePath.rfind('/') + 1);
    // The base URL as clients know it ends in the version ("…/v1", "…/v3"), and so do the targets they send begin.
    if (isVersion(last) && target.size() > 1) {
        const auto end = target.find('/', 1);
        const auto first = std::string_view(target).substr(1, end == std::string::npos ? end : end - 1);
        if (isVersion(first)) return basePath + (end == std::string::npos ? "" : target.substr(end));
    }
    return basePath + target;
}

StatusOr<std::shared_ptr<Backend>> OpenAiBackend::create(BackendOptions options, Strand strand, Clock& clock,
                                                         Registry& registry, Journal& journal)
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
            journal.note(Severity::Warning, "backend_key_missing", options.name,
                         text(read.status()) + ": requests go without an API key");
        } else {
            problem = text(read.status());
            journal.note(Severity::Error, "backend_key_invalid", options.name,
                         problem + "; the backend is not used until it is mended and the engine started again");
        }
    }
    auto made = std::make_shared<OpenAiBackend>(std::move(options), *std::move(url), std::move(key), strand, clock,
                                                registry, journal);
    if (!problem.empty()) made->pool_.setDown(problem);  // for good: nobody takes it back
    return made;
}

OpenAiBackend::OpenAiBackend(BackendOptions options, pool::BaseUrl url, std::string key, Strand strand, Clock& clock,
                             Registry& registry, Journal& journal)
    : options_(std::move(options)),
      basePath_(url.path),
      key_(std::move(key)),
      journal_(journal),
      pool_(pool::PoolSetup{strand, clock, registry, options_.name, options_.pool, options_.seed}, targetOf(url, key_))
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
            journal_.note(Severity::Info, "backend_up", name(), change.reason);
            break;
        case Kind::Down:
            journal_.note(Severity::Warning, "backend_down", name(), change.reason);
            break;
        case Kind::Ejected:
            journal_.note(Severity::Warning, "backend_ejected", name(), change.reason);
            break;
    }
    if (change.kind == Kind::Up) {
        if (listener_.onUp) listener_.onUp();
    } else if (listener_.onDown) {
        listener_.onDown(change.reason, false);
    }
}

std::uint32_t OpenAiBackend::evict(const std::string& protocol, const std::vector<ConnectionId>& ids)
{
    return protocol.empty() || protocol == "http" ? pool_.evict(ids) : 0;
}

net::awaitable<StatusOr<pool::HttpResponse>> OpenAiBackend::http(pool::HttpRequest request, CallContext context)
{
    request.target = targetUnder(basePath_, request.target);
    if (!key_.empty()) {
        std::erase_if(request.fields, isAuthorization);
        request.fields.push_back({"Authorization", "Bearer " + key_});
    }
    // The exchange runs as long as the trace lives: the body needs neither.
    const auto trace = context.trace;
    if (!request.silenceMax && context.silenceMax != Duration::max()) request.silenceMax = context.silenceMax;
    co_return co_await pool_.exchange(std::move(request), context.deadline, context.cancel, trace.get());
}

net::awaitable<StatusOr<std::vector<ModelInfo>>> OpenAiBackend::listModels(CallContext context)
{
    pool::HttpRequest request;
    request.method = "GET";
    request.target = kListTarget;
    StatusOr<pool::HttpResponse> answer = co_await http(std::move(request), std::move(context));
    co_return co_await readModelList(std::move(answer), kListTarget);
}

net::awaitable<StatusOr<std::uint64_t>> OpenAiBackend::loadModel(std::string, CallContext)
{
    co_return unimplemented("backend " + name() + " loads its models by itself");
}

net::awaitable<Status> OpenAiBackend::unloadModel(std::string, CallContext)
{
    co_return unimplemented("backend " + name() + " unloads its models by itself");
}

net::awaitable<StatusOr<std::unique_ptr<inference::ModelInferResponse>>> OpenAiBackend::infer(
    std::shared_ptr<const inference::ModelInferRequest>, CallContext)
{
    co_return unimplemented("backend " + name() + " has no tensor inference, only OpenAI routes");
}

net::awaitable<StatusOr<std::unique_ptr<inference::ModelMetadataResponse>>> OpenAiBackend::modelMetadata(std::string,
                                                                                                         CallContext)
{
    co_return unimplemented("backend " + name() + " has no tensor inference, only OpenAI routes");
}

}  // namespace millrace::backend
