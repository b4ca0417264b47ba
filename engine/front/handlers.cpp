// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/handlers.h"

#include "base/free_buffer.h"
#include "base/letters.h"
#include "base/number.h"
#include "base/one_shot.h"
#include "front/collector.h"
#include "front/front.h"
#include "front/http_text.h"
#include "front/json_scan.h"
#include "front/json_text.h"
#include "front/kserve_read.h"
#include "front/kserve_write.h"
#include "front/model_statistics.h"
#include "front/off_loop.h"
#include "front/openai.h"
#include "front/routes.h"
#include "front/upstream_reply.h"
#include "inference.pb.h"

#include <algorithm>

namespace millrace::front {

namespace {

constexpr const char* kRootPage =
    "Millrace, a local inference gateway.\n\n"
    "OpenAI      GET  /v1/models  /v1/models/{model}\n"
    "            POST /v1/chat/completions  /v1/completions  /v1/embeddings\n"
    "            POST /v1/responses  /v1/moderations  /v1/rerank  /rerank\n"
    "Anthropic   POST /v1/messages  /v1/messages/count_tokens\n"
    "KServe v2   GET  /v2  /v2/health/live  /v2/health/ready\n"
    "            GET  /v2/models/{model}  /v2/models/{model}/ready  /v2/models/{model}/config\n"
    "            GET  /v2/models/stats  /v2/models/{model}/stats\n"
    "            POST /v2/models/{model}/infer  /v2/repository/index\n"
    "Operation   GET  /healthz  /metrics\n";

constexpr const char* kMetricsType = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::size_t kUpstreamErrorMax = 1u << 20;
// Fields that may be added on the way: Via, Authorization, Accept-Encoding.
constexpr std::size_t kFieldsAdded = 3, kFieldBytesAdded = 160;

Reply textReply(std::string body, const char* contentType)
{
    Reply reply;
    reply.contentType = contentType;
    reply.body = std::move(body);
    return reply;
}

Reply jsonReply(std::string body)
{
    Reply reply;
    reply.contentType = kJsonType;
    reply.body = std::move(body);
    return reply;
}

/// A body, without its byte order mark, and its parsed form.
struct ReadHead {
    explicit ReadHead(std::string bodyIn) : body(std::move(bodyIn)), head(readOpenAiHead(body))
    {
        if (const auto mark = head.ok() ? byteOrderMark(body) : 0) body.erase(0, mark);
    }
    std::string body;
    StatusOr<OpenAiHead> head;
};

/// Refuses a body on routes without one.
class Discarder final : public stream::Sink {
public:
    net::awaitable<Status> write(std::string_view) override { co_return absl::OkStatus(); }
};

StatusOr<std::optional<std::size_t>> headerLength(const RequestHead& head)
{
    const auto given = head.find("inference-header-content-length");
    if (!given) return std::optional<std::size_t>();
    const auto length = readNumber<std::size_t>(trimmed(*given));
    if (!length) return withField(invalidArgument("must be a number of bytes"), "Inference-Header-Content-Length");
    return length;
}

}  // namespace

std::optional<Reply> Handlers::answerNow(const Route& route, bool draining) const
{
    if (!route.problem.ok()) return refusal(route.dialect, route.problem);
    switch (route.endpoint) {
        case Endpoint::Root:
            return textReply(kRootPage, "text/plain; charset=utf-8");
        case Endpoint::Metrics:
            break;
        case Endpoint::Health: {
            const bool ready = service_.ready() && !draining;
            const auto models = service_.modelCounts();
            std::string body = R"({"status":)";
            appendQuoted(body, draining ? "draining" : ready ? "ok" : "unavailable");
            body += R"(,"version":)";
            appendQuoted(body, hooks_.version);
            body +=
                R"(,"models":)" + std::to_string(models.all) + R"(,"models_warm":)" + std::to_string(models.warm) + "}";
            Reply reply = jsonReply(std::move(body));
            reply.status = ready ? 200 : 503;
            return reply;
        }
        case Endpoint::OpenAiModels:
            return jsonReply(openAiModels(service_.models()));
        case Endpoint::OpenAiModel:
            return modelPage(route.model);
        case Endpoint::KServer: {
            std::string body = R"({"name":"millrace","version":)";
            appendQuoted(body, hooks_.version);
            body += R"(,"extensions":[)";
            for (const auto* extension : kKServeExtensions) {
                if (body.back() != '[') body += ',';
                appendQuoted(body, extension);
            }
            body += "]}";
            return jsonReply(std::move(body));
        }
        case Endpoint::KServerLive:
            return jsonReply(R"({"live":true})");
        case Endpoint::KServerReady: {
            const bool ready = service_.ready() && !draining;
            Reply reply = jsonReply(ready ? R"({"ready":true})" : R"({"ready":false})");
            reply.status = ready ? 200 : 503;
            return reply;
        }
        case Endpoint::KModelReady:
            if (!route.version.empty()) break;
            return readyPage(route.model);
        case Endpoint::KModelStats:
            return statisticsPage(route);
        default:
            break;
    }
    return std::nullopt;
}

Reply Handlers::modelPage(const std::string& name) const
{
    const auto models = service_.models();
    const auto found =
        std::find_if(models.begin(), models.end(), [&](const auto& model) { return model.name == name; });
    if (found != models.end()) return jsonReply(openAiModel(*found));
    const Status known = service_.known(name, {});
    return refusal(Dialect::OpenAi, known.ok() ? unavailable("the model list is being refreshed") : known);
}

Reply Handlers::readyPage(const std::string& name) const
{
    if (const Status known = service_.known(name, {}); !known.ok()) return refusal(Dialect::KServe, known);
    const bool ready = service_.modelReady(name);
    std::string body = R"({"name":)";
    appendQuoted(body, name);
    body += ready ? R"(,"ready":true})" : R"(,"ready":false})";
    Reply reply = jsonReply(std::move(body));
    reply.status = ready ? 200 : 503;
    return reply;
}

Reply Handlers::statisticsPage(const Route& route) const
{
    const auto statistics = modelStatistics(service_, route.model, route.version);
    if (!statistics.ok()) return refusal(Dialect::KServe, statistics.status());
    return jsonReply(kserveStatistics(**statistics));
}

net::awaitable<Reply> Handlers::answer(Exchange& exchange) const
{
    switch (exchange.route.endpoint) {
        case Endpoint::OpenAiCall:
            return openAi(exchange);
        case Endpoint::KInfer:
            return infer(exchange);
        default:
            return answerOther(exchange);
    }
}

net::awaitable<Reply> Handlers::answerOther(Exchange& exchange) const
{
    switch (exchange.route.endpoint) {
        case Endpoint::KModel:
        case Endpoint::KModelConfig:
        case Endpoint::KModelReady:
            co_return co_await metadata(exchange);
        case Endpoint::KLoad:
        case Endpoint::KUnload:
            co_return co_await repository(exchange);
        case Endpoint::Metrics: {
            if (!hooks_.metrics)
                co_return refusal(exchange.route.dialect, httpRefusal(404, "metrics are not available"));
            auto page = co_await offLoop_.run(hooks_.metrics);
            if (!page.ok()) co_return refusal(exchange.route.dialect, page.status());
            co_return textReply(*std::move(page), kMetricsType);
        }
        case Endpoint::KIndex: {
            auto onlyReady = readIndexRequest(exchange.body);
            if (!onlyReady.ok()) co_return refusal(Dialect::KServe, onlyReady.status());
            co_return jsonReply(kserveIndex(service_.models(), *onlyReady));
        }
        default:
            co_return refusal(exchange.route.dialect, httpRefusal(404, "unknown path"));
    }
}

net::awaitable<Reply> Handlers::openAi(Exchange& exchange) const
{
    const Dialect dialect = exchange.route.dialect;
    const std::size_t bytes = exchange.body.size();
    std::optional<ReadHead> read;
    if (bytes < OffLoop::kBytesMin) {
        read.emplace(std::move(exchange.body));
    } else {
        auto reading = [body = std::move(exchange.body)]() mutable { return ReadHead(std::move(body)); };
        auto done = co_await offLoop_.run(std::move(reading));
        if (!done.ok()) co_return refusal(dialect, done.status());
        read.emplace(*std::move(done));
    }
    const auto& head = read->head;
    if (!head.ok()) co_return refusal(dialect, head.status());
    exchange.model = head->model;
    exchange.waitsForEvents = head->stream && !exchange.route.embeddings;

    serve::OpenAiCall request;
    request.model = head->model;
    const std::string_view query = exchange.head.query();
    request.request.target.reserve(exchange.route.path.size() + query.size());
    request.request.target.append(exchange.route.path).append(query);
    // The service filters the fields for the backend.
    request.request.fields = exchange.head.fields().copy(kFieldsAdded, kFieldBytesAdded);
    request.request.body = std::move(read->body);
    request.request.replaySafe = exchange.route.embeddings;
    request.eventStream = head->stream;
    request.acceptGzip = exchange.acceptGzip;
    request.embeddings = exchange.route.embeddings;
    request.completions = exchange.route.completions;
    request.errorEvent = errorEvent(exchange.route);
    auto answer = co_await service_.openAi(exchange.call, std::move(request));
    exchange.held.release();
    if (!answer.ok()) co_return refusal(dialect, answer.status());
    if (answer->status < 200 || answer->status > 599)
        co_return refusal(
            dialect, withHttpStatus(unavailable("the backend responded with status " + std::to_string(answer->status) +
                                                ", which is not a valid HTTP status"),
                                    502));
    Reply reply = shaped(exchange, *answer);
    if (hasNoBody(reply.status)) {
        if (const auto stream = std::move(reply.stream)) {
            Discarder nobody;
            const Status status = co_await stream->run(nobody);
            if (!status.ok()) co_return refusal(dialect, status);
        }
        reply.contentType.clear();
        reply.encoding.clear();
        co_return reply;
    }
    // An encoding that we do not support is passed through to the client.
    if (reply.status < 400 || !reply.stream || !(reply.encoding.empty() || isGzip(reply.encoding))) co_return reply;

    // A refusal is collected whole, to be converted to the client's dialect.
    Collector collector(reply.encoding);
    const Status arrived = co_await reply.stream->run(collector);
    reply.stream.reset();
    reply.encoding.clear();
    std::string body = collector.take();
    if (!arrived.ok() && body.empty()) co_return refusal(dialect, arrived);
    if (body.size() > kUpstreamErrorMax) body.resize(kUpstreamErrorMax);
    refuseWith(exchange, reply, std::move(body));
    co_return reply;
}

net::awaitable<Reply> Handlers::infer(Exchange& exchange) const
{
    auto length = headerLength(exchange.head);
    if (!length.ok()) co_return refusal(Dialect::KServe, length.status());
    exchange.call->setModel(exchange.route.model);
    const std::size_t bytes = exchange.body.size();
    auto reading = [body = std::move(exchange.body), json = *length]() mutable {
        auto call = readInfer(body, json);
        freeBuffer(body);
        return call;
    };
    auto done = co_await beside(offLoop_, bytes, std::move(reading));
    if (!done.ok()) co_return refusal(Dialect::KServe, done.status());
    auto& read = *done;
    if (!read.ok()) co_return refusal(Dialect::KServe, read.status());
    exchange.model = exchange.route.model;
    read->request->set_model_name(exchange.route.model);
    read->request->set_model_version(exchange.route.version);
    const OutputForm form = std::move(read->form);

    auto response = co_await service_.infer(exchange.call, std::move(read->request));
    exchange.held.release();
    if (!response.ok()) co_return refusal(Dialect::KServe, response.status());
    std::size_t answered = 0;
    for (const auto& tensor : (*response)->raw_output_contents()) answered += tensor.size();
    auto writing = [answer = *std::move(response), form] { return writeInfer(*answer, form); };
    auto wrote = co_await beside(offLoop_, answered, std::move(writing));
    if (!wrote.ok()) co_return refusal(Dialect::KServe, wrote.status());
    auto& written = *wrote;
    if (!written.ok()) co_return refusal(Dialect::KServe, written.status());
    Reply reply = jsonReply(std::move(written->body));
    if (written->jsonBytes) {
        reply.contentType = "application/octet-stream";
        reply.fields.push_back({"Inference-Header-Content-Length", std::to_string(*written->jsonBytes)});
    }
    co_return reply;
}

net::awaitable<Reply> Handlers::metadata(Exchange& exchange) const
{
    exchange.model = exchange.route.model;
    auto metadata = co_await service_.modelMetadata(exchange.call, exchange.route.model, exchange.route.version);
    if (!metadata.ok()) co_return refusal(Dialect::KServe, metadata.status());
    const auto& versions = (*metadata)->versions();
    const std::string& version = exchange.route.version;
    if (!version.empty() && !versions.empty() && std::find(versions.begin(), versions.end(), version) == versions.end())
        co_return refusal(Dialect::KServe, notFound("model '" + exchange.model + "' has no version '" + version +
                                                    "'; there is " + versions[0]));
    switch (exchange.route.endpoint) {
        case Endpoint::KModelReady:
            co_return readyPage(exchange.model);
        case Endpoint::KModelConfig: {
            std::uint32_t rowsMax = 0;
            for (const auto& model : service_.models())
                if (model.name == exchange.model) rowsMax = std::max(rowsMax, model.info.batchMax);
            co_return jsonReply(kserveConfig(**metadata, rowsMax));
        }
        default:
            co_return jsonReply(kserveMetadata(**metadata));
    }
}

net::awaitable<Reply> Handlers::repository(Exchange& exchange) const
{
    const auto& hook = exchange.route.endpoint == Endpoint::KLoad ? hooks_.loadModel : hooks_.unloadModel;
    if (!hook)
        co_return refusal(Dialect::KServe, unimplemented("models cannot be loaded or unloaded over this interface"));
    OneShot<Status> done;
    hook(exchange.route.model, [done](Status status) { done.set(std::move(status)); });
    const Status status = co_await done.wait();
    if (!status.ok()) co_return refusal(Dialect::KServe, status);
    co_return jsonReply("{}");
}

}  // namespace millrace::front
