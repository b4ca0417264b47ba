// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/openai_answers.h"

#include "base/text.h"
#include "runtime/http_server.h"
#include "runtime/tokenizer.h"

#include <absl/strings/str_format.h>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <random>

namespace millrace::runtime {

namespace {

constexpr std::size_t kParsedHere = 256 << 10;  // larger bodies are read on a worker

/// Suggests an alternative to the caller.
std::string routesOf(ModelKind kind, const std::string& model)
{
    switch (kind) {
        case ModelKind::Text:
            return "it is served by POST /v1/chat/completions and /v1/completions";
        case ModelKind::Embedding:
            return "it is served by POST /v1/embeddings and /v2/models/" + model + "/infer";
        case ModelKind::Synthetic:
            return "it is served by POST /v1/chat/completions, /v1/completions, /v1/embeddings and /v2/models/" +
                   model + "/infer";
        case ModelKind::Unknown:
        case ModelKind::Classifier:
            break;
    }
    return "it is served by POST /v2/models/" + model + "/infer";
}

void keepTail(std::string& prompt, std::int64_t characters)
{
    std::string tail(Characters::tail(prompt, static_cast<std::size_t>(characters)));
    if (tail.size() < prompt.size()) prompt = std::move(tail);
}

/// Collects the texts of all choices.
struct Tally {
    explicit Tally(std::size_t choices) : open(choices) {}

    void add(const Piece& piece)
    {
        if (piece.finish == Finish::None) return;
        usage.prompt += piece.promptTokens;
        usage.completion += piece.tokens;
        --open;
    }

    std::size_t open;
    openai::Usage usage;
};

}  // namespace

http::Response jsonAnswer(std::string body)
{
    http::Response response;
    response.contentType = "application/json";
    response.body = std::move(body);
    return response;
}

http::Response errorAnswer(const Status& status)
{
    http::Response response = jsonAnswer(openai::error(status));
    response.status = toHttp(status);
    if (const auto after = retryAfterOf(status))
        response.fields.push_back({"Retry-After", std::to_string((after->count() + 999) / 1000)});
    return response;
}

OpenAiAnswers::OpenAiAnswers(Repository& repository, Workers& workers, Clock& clock)
    : repository_(repository), workers_(workers), clock_(clock), random_(std::random_device{}())
{}

template <typename T>
net::awaitable<StatusOr<T>> OpenAiAnswers::readBody(const http::Http1Session& session,
                                                    std::function<StatusOr<T>(std::string_view)> read)
{
    const std::string_view body = session.body();
    if (body.size() <= kParsedHere) co_return read(body);
    OneShot<StatusOr<T>> result;
    auto executor = co_await net::this_coro::executor;
    const Status taken = workers_.submit([executor, result, body, read] {
        StatusOr<T> call = read(body);
        net::post(executor, [result, given = std::move(call)]() mutable { result.set(std::move(given)); });
    });
    if (!taken.ok()) co_return taken;
    co_return co_await result.wait();
}

net::awaitable<Status> OpenAiAnswers::notServed(http::Http1Session& session)
{
    const http::RequestHead& head = session.head();
    std::string what = "there is no " + washed(head.method(), kNameBytesMax) + " " +
                       washed(head.path(), kNameBytesMax) + " in Millrace's embedded runtime";
    StatusOr<std::string> model = std::string();
    if (head.method() == "POST" && !session.body().empty())
        model = co_await readBody<std::string>(
            session, [](std::string_view body) -> StatusOr<std::string> { return openai::modelNamed(body); });
    const auto info = model.ok() && !model->empty() ? repository_.info(*model) : std::nullopt;
    if (info && info->config)
        what += ", which serves model '" + info->name + "': " + routesOf(info->config->kind, info->name);
    co_return withHttpStatus(invalidArgument(what), 404);
}

// ---- embeddings ----

net::awaitable<void> OpenAiAnswers::embedding(http::Http1Session& session)
{
    StatusOr<openai::EmbeddingCall> call = co_await readBody<openai::EmbeddingCall>(session, &openai::readEmbedding);
    if (!call.ok()) co_return co_await session.respond(errorAnswer(call.status()));
    StatusOr<ModelShare> model = repository_.find(call->model, "");
    if (!model.ok()) co_return co_await session.respond(errorAnswer(model.status()));
    const ModelKind kind = (*model)->config.kind;
    if (kind != ModelKind::Embedding && kind != ModelKind::Synthetic) {
        const Status status = withField(
            invalidArgument("POST /v1/embeddings: model '" + call->model + "' is a " + std::string(nameOf(kind)) +
                            " model; it has no embeddings, " + routesOf(kind, call->model)),
            "model");
        co_return co_await session.respond(errorAnswer(status));
    }
    if (const Status tooLong = checkTexts(**model, call->texts, "input"); !tooLong.ok())
        co_return co_await session.respond(errorAnswer(tooLong));
    // Serialised on the worker, too: two thousand vectors are half a million numbers.
    OneShot<StatusOr<std::string>> body;
    auto executor = co_await net::this_coro::executor;
    auto shared = std::make_shared<openai::EmbeddingCall>(*std::move(call));
    const auto left = std::make_shared<std::atomic<bool>>(false);
    session.watch([left] { *left = true; });
    embedAll(
        workers_, *std::move(model), shared->texts, [left] { return left->load(); },
        [executor, body, shared](StatusOr<std::vector<std::vector<float>>> vectors) {
            StatusOr<std::string> text =
                vectors.ok() ? openai::embeddings(*shared, *std::move(vectors)) : vectors.status();
            net::post(executor, [body, given = std::move(text)]() mutable { body.set(std::move(given)); });
        });
    StatusOr<std::string> text = co_await body.wait();
    if (!text.ok()) co_return co_await session.respond(errorAnswer(text.status()));
    co_await session.respond(jsonAnswer(*std::move(text)));
}

// ---- texts ----

net::awaitable<void> OpenAiAnswers::text(http::Http1Session& session, bool chat)
{
    const std::uint64_t entropy = random_.next();
    const std::function<StatusOr<openai::TextCall>(std::string_view)> read = [chat, entropy](std::string_view body) {
        return chat ? openai::readChat(body, entropy) : openai::readCompletion(body, entropy);
    };
    StatusOr<openai::TextCall> call = co_await readBody<openai::TextCall>(session, read);
    if (!call.ok()) co_return co_await session.respond(errorAnswer(call.status()));
    StatusOr<ModelShare> found = repository_.find(call->model, "");
    if (!found.ok()) co_return co_await session.respond(errorAnswer(found.status()));
    auto executor = co_await net::this_coro::executor;
    StatusOr<Queue> queue = start(executor, *std::move(found), *call);
    if (!queue.ok()) co_return co_await session.respond(errorAnswer(queue.status()));
    session.watch([weak = std::weak_ptr(*queue)] {
        if (const auto here = weak.lock()) here->close();
    });

    openai::AnswerHead head;
    head.id = (chat ? "chatcmpl-" : "cmpl-") + absl::StrFormat("%016x", random_.next());
    head.model = call->model;
    head.createdS = clock_.unixMs() / 1000;
    head.chat = chat;
    head.usageAsked = call->usageAsked;
    if (call->stream)
        co_await stream(session, *call, head, *queue);
    else
        co_await whole(session, *call, head, *queue);
    (*queue)->close();
}

/// Starts the texts of all choices.
StatusOr<OpenAiAnswers::Queue> OpenAiAnswers::start(const net::any_io_executor& executor, ModelShare model,
                                                    openai::TextCall& call)
{
    if (const ModelKind kind = model->config.kind; kind != ModelKind::Text && kind != ModelKind::Synthetic)
        return withField(
            invalidArgument(std::string(call.chat ? "POST /v1/chat/completions" : "POST /v1/completions") +
                            ": model '" + call.model + "' is a model of kind " + std::string(nameOf(kind)) +
                            "; it does not generate text, " + routesOf(kind, call.model)),
            "model");
    if (Status tooLong = checkPrompts(*model, call.texts, call.chat ? "messages" : "prompt"); !tooLong.ok())
        return tooLong;
    if (model->config.kind == ModelKind::Text)  // drops the unused part of the prompt
        for (GenerationRequest& text : call.texts) keepTail(text.writing.prompt, model->config.text.promptMax);
    auto queue = std::make_shared<PieceQueue>(executor, HttpServer::kPiecesMax);
    for (std::size_t choice = 0; choice < call.texts.size(); ++choice) {
        auto text = Generation::start(workers_, model, std::move(call.texts[choice]),
                                      [queue, choice](Piece piece) { return queue->push(choice, std::move(piece)); });
        if (!text.ok()) {
            queue->close();
            return text.status();
        }
        queue->writes(*std::move(text));
    }
    return queue;
}

net::awaitable<void> OpenAiAnswers::whole(http::Http1Session& session, const openai::TextCall& call,
                                          const openai::AnswerHead& head, Queue queue)
{
    std::vector<Piece> choices(call.texts.size());
    Tally tally(choices.size());
    while (tally.open > 0) {
        const auto entries = co_await queue->take();
        if (entries.empty()) co_return;  // the client disconnected
        for (const PieceQueue::Entry& entry : entries) {
            if (entry.piece.finish == Finish::Failed)
                co_return co_await session.respond(errorAnswer(entry.piece.problem));
            Piece& choice = choices[entry.choice];
            choice.text += entry.piece.text;
            choice.finish = entry.piece.finish;
            tally.add(entry.piece);
        }
    }
    co_await session.respond(jsonAnswer(openai::answer(head, choices, tally.usage)));
}

net::awaitable<void> OpenAiAnswers::stream(http::Http1Session& session, const openai::TextCall& call,
                                           const openai::AnswerHead& head, Queue queue)
{
    std::vector<bool> begun(call.texts.size(), false);
    Tally tally(begun.size());
    bool failed = false, answering = false;
    while (tally.open > 0 && !failed) {
        const auto entries = co_await queue->take();
        if (entries.empty()) co_return;  // the client disconnected
        std::string events;
        for (const PieceQueue::Entry& entry : entries) {
            if (entry.piece.finish == Finish::Failed) {
                if (!answering)  // nothing sent yet: an ordinary error
                    co_return co_await session.respond(errorAnswer(entry.piece.problem));
                events += openai::errorEvent(entry.piece.problem);
                failed = true;
                break;
            }
            events += openai::event(head, entry.choice, entry.piece, !begun[entry.choice]);
            begun[entry.choice] = true;
            tally.add(entry.piece);
        }
        const bool last = tally.open == 0 && !failed;
        if (last && head.usageAsked) events += openai::usageEvent(head, tally.usage);
        if (last) events += openai::kDoneEvent;
        if (!std::exchange(answering, true)) {
            http::Response response;
            response.contentType = "text/event-stream";
            response.fields.push_back({"Cache-Control", "no-cache"});
            session.begin(response);
        }
        if (!co_await session.write(events, last)) co_return;
    }
}

}  // namespace millrace::runtime
