// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/exchange.h"

#include "backend/tensor_message.h"
#include "base/text.h"
#include "http/field_policy.h"
#include "inference.pb.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <iterator>
#include <string_view>
#include <utility>

namespace millrace::batch {

namespace net = boost::asio;

namespace {

constexpr std::size_t kAnswerBytesMax = 128U << 20;  // 2,048 vectors of 4,096 numbers in JSON have 100 MB
constexpr std::size_t kErrorBytesMax = 16U << 10;    // of an answer that may be an error in spite of its status
constexpr std::size_t kViaMax = 16;                  // gateways that a merged request says it has passed

std::vector<const InferRequest*> requestsOf(std::span<Work* const> members)
{
    std::vector<const InferRequest*> requests;
    requests.reserve(members.size());
    for (const Work* member : members) requests.push_back(member->infer.get());
    return requests;
}

std::vector<const ListRequest*> listsOf(std::span<Work* const> members)
{
    std::vector<const ListRequest*> requests;
    requests.reserve(members.size());
    for (const Work* member : members) requests.push_back(&member->list->request);
    return requests;
}

net::awaitable<StatusOr<Answer>> exchangeTensors(std::shared_ptr<backend::Backend> backend,
                                                 std::span<Work* const> members, CallContext context)
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

/// When the server says to come back; empty: it does not say, or at once.
std::optional<std::chrono::milliseconds> retryAfter(const http::HttpFields& fields)
{
    for (const auto& [name, unit] : {std::pair("retry-after-ms", 1), std::pair("retry-after", 1000)}) {
        const std::string_view text = http::fieldValue(fields, name);
        if (text.empty()) continue;
        double value = 1;  // a date
        std::from_chars(text.data(), text.data() + text.size(), value);
        if (value > 0) return std::chrono::milliseconds(static_cast<std::int64_t>(std::min(value, 1e9) * unit));
    }
    return std::nullopt;
}

/// What several send together: the query and the fields that they have the same, and every gateway they passed.
pool::HttpRequest together(std::span<Work* const> members)
{
    const pool::HttpRequest& first = members.front()->list->http;
    pool::HttpRequest request;
    request.target = first.target;
    request.fields = http::forBackend(first.fields, true);
    request.fields.push_back({"Accept", "application/json"});
    std::vector<std::string_view> passed;
    for (const Work* member : members) {
        for (const pool::HttpField field : member->list->http.fields) {
            if (!http::sameName(field.name, "via") || passed.size() >= kViaMax) continue;
            if (std::find(passed.begin(), passed.end(), field.value) == passed.end()) passed.push_back(field.value);
        }
    }
    for (const std::string_view via : passed) request.fields.push_back({"Via", via});
    request.body = merge(listsOf(members));
    return request;
}

pool::HttpRequest alone(Work& member)
{
    pool::HttpRequest request = std::move(member.list->http);
    request.method = "POST";
    request.fields = http::forBackend(request.fields);
    request.body = member.list->request.takeBody();
    return request;
}

net::awaitable<StatusOr<Answer>> exchangeLists(std::shared_ptr<backend::Backend> backend,
                                               std::span<Work* const> members, CallContext context)
{
    const bool embeds = members.front()->list->request.kind() == ListKind::Embeddings;
    pool::HttpRequest request = members.size() == 1 ? alone(*members.front()) : together(members);
    if (request.target.empty()) request.target = embeds ? "/v1/embeddings" : "/v1/completions";
    if (http::fieldValue(request.fields, "content-type").empty())
        request.fields.push_back({"Content-Type", "application/json"});
    request.replaySafe = embeds;  // the same text has the same embedding, however often it is asked
    auto response = co_await backend->http(std::move(request), context);
    if (!response.ok()) co_return response.status();
    context.trace->connectionReused = response->connectionReused;

    auto body = co_await pool::readAll(*response->body, kAnswerBytesMax);
    if (!body.ok()) co_return body.status();
    Answer answer;
    answer.list =
        std::make_unique<ListAnswer>(ListAnswer{response->status, http::forClient(response->fields), *std::move(body)});
    co_return answer;
}

/// Fields that describe the bytes of one body, and would be wrong beside a part of it.
bool ofWholeBody(const http::HttpField& field)
{
    constexpr std::string_view kNames[] = {"etag",           "content-md5",   "digest",
                                           "content-digest", "repr-digest",   "content-encoding",
                                           "accept-ranges",  "content-range", "signature"};
    return std::any_of(std::begin(kNames), std::end(kNames),
                       [&](std::string_view name) { return http::sameName(field.name, name); });
}

}  // namespace

Status verdict(const Answer& answer, bool merged)
{
    if (answer.infer) return absl::OkStatus();
    const ListAnswer& list = *answer.list;
    if (list.status >= 200 && list.status < 300) {
        if (!merged || list.body.size() > kErrorBytesMax) return absl::OkStatus();
        const std::string error = errorMessage(list.body);
        return error.empty() ? absl::OkStatus() : internal(error);
    }
    std::string message = errorMessage(list.body);
    if (message.empty()) message = washed(std::string_view(list.body).substr(0, kSentenceBytesMax));
    if (message.empty()) message = "the backend responded with status " + std::to_string(list.status);
    Status status = fromHttp(list.status, message);
    if (const auto after = retryAfter(list.fields)) status = withRetryAfter(status, *after);
    return status;
}

Answer sameFor(const Answer& refusal)
{
    Answer same;
    if (refusal.list) same.list = std::make_unique<ListAnswer>(*refusal.list);
    return same;
}

net::awaitable<StatusOr<Answer>> exchange(std::shared_ptr<backend::Backend> backend, std::span<Work* const> members,
                                          CallContext context)
{
    const bool tensors = members.front()->infer != nullptr;
    return tensors ? exchangeTensors(std::move(backend), members, std::move(context))
                   : exchangeLists(std::move(backend), members, std::move(context));
}

Status divides(const Answer& answer, std::span<Work* const> members)
{
    if (members.size() == 1 || !answer.infer) return absl::OkStatus();
    std::uint64_t rows = 0;
    for (const Work* member : members) rows += member->rows;
    return splits(*answer.infer, rows);
}

StatusOr<std::vector<Answer>> divide(Answer& answer, std::span<Work* const> members)
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
        auto own = split(answer.list->body, listsOf(members));
        if (!own.ok()) return own.status();
        const ListAnswer& whole = *answer.list;
        answer.list->fields.eraseIf(ofWholeBody);
        for (auto& part : *own)
            parts.push_back(
                {nullptr, std::make_unique<ListAnswer>(ListAnswer{whole.status, whole.fields, std::move(part)})});
    }
    return parts;
}

}  // namespace millrace::batch
