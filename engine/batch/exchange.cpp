// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/exchange.h"

#include "backend/tensor.h"
#include "inference.pb.h"

#include <utility>

namespace millrace::batch {

namespace net = boost::asio;

namespace {

constexpr std::size_t kAnswerBytesMax = 512U << 20;
constexpr std::size_t kErrorBytesMax = 64U << 10;
constexpr std::size_t kErrorTextMax = 300;  // of a body that is no OpenAI error

std::vector<const InferRequest*> requestsOf(const std::vector<Work*>& members)
{
    std::vector<const InferRequest*> requests;
    requests.reserve(members.size());
    for (const Work* member : members) requests.push_back(member->infer.get());
    return requests;
}

std::vector<const ListRequest*> listsOf(const std::vector<Work*>& members)
{
    std::vector<const ListRequest*> requests;
    requests.reserve(members.size());
    for (const Work* member : members) requests.push_back(&*member->list);
    return requests;
}

net::awaitable<StatusOr<Answer>> exchangeTensors(std::shared_ptr<backend::Backend> backend, std::vector<Work*> members,
                                                 CallContext context)
{
    std::shared_ptr<const InferRequest> request;
    if (members.size() == 1) {
        request = std::move(members.front()->infer);
    } else {
        request = merge(requestsOf(members));
    }
    auto reply = co_await backend->infer(std::move(request), std::move(context));
    if (!reply.ok()) co_return reply.status();
    Answer answer;
    answer.infer = *std::move(reply);
    const bool typed = answer.infer->raw_output_contents_size() == 0 && answer.infer->outputs_size() > 0;
    if (typed || members.size() > 1) {
        if (Status status = backend::normaliseResponse(answer.infer.get()); !status.ok()) co_return status;
    }
    co_return answer;
}

net::awaitable<StatusOr<Answer>> exchangeLists(std::shared_ptr<backend::Backend> backend, std::vector<Work*> members,
                                               CallContext context)
{
    pool::HttpRequest request;
    const bool embeds = members.front()->list->kind() == ListKind::Embeddings;
    request.target = embeds ? "/v1/embeddings" : "/v1/completions";
    request.fields.push_back({"Content-Type", "application/json"});
    request.fields.push_back({"Accept", "application/json"});
    request.body = members.size() == 1 ? members.front()->list->body() : merge(listsOf(members));
    request.replaySafe = embeds;  // the same text has the same embedding, however often it is asked
    auto response = co_await backend->http(std::move(request), context);
    if (!response.ok()) co_return response.status();
    context.trace->connectionReused = response->connectionReused;

    const bool fine = response->status >= 200 && response->status < 300;
    auto body = co_await pool::readAll(*response->body, fine ? kAnswerBytesMax : kErrorBytesMax);
    if (!fine) {
        std::string message = body.ok() ? errorMessage(*body) : std::string();
        if (message.empty() && body.ok()) message = body->substr(0, kErrorTextMax);
        if (message.empty()) message = "the backend answered with status " + std::to_string(response->status);
        co_return fromHttp(response->status, message);
    }
    if (!body.ok()) co_return body.status();
    Answer answer;
    answer.json = *std::move(body);
    co_return answer;
}

}  // namespace

net::awaitable<StatusOr<Answer>> exchange(std::shared_ptr<backend::Backend> backend, std::vector<Work*> members,
                                          CallContext context)
{
    const bool tensors = members.front()->infer != nullptr;
    return tensors ? exchangeTensors(std::move(backend), std::move(members), std::move(context))
                   : exchangeLists(std::move(backend), std::move(members), std::move(context));
}

Status divides(const Answer& answer, const std::vector<Work*>& members)
{
    if (members.size() == 1 || !answer.infer) return absl::OkStatus();
    std::uint64_t rows = 0;
    for (const Work* member : members) rows += member->rows;
    return splits(*answer.infer, rows);
}

StatusOr<std::vector<Answer>> divide(Answer answer, const std::vector<Work*>& members)
{
    std::vector<Answer> parts;
    parts.reserve(members.size());
    if (members.size() == 1) {
        parts.push_back(std::move(answer));
    } else if (answer.infer) {
        auto own = split(*answer.infer, requestsOf(members));
        if (!own.ok()) return own.status();
        for (auto& part : *own) parts.push_back({std::move(part), {}});
    } else {
        auto own = split(answer.json, listsOf(members));
        if (!own.ok()) return own.status();
        for (auto& part : *own) parts.push_back({nullptr, std::move(part)});
    }
    return parts;
}

}  // namespace millrace::batch
