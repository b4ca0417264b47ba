// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/http_server.h"

#include "base/text.h"
#include "http/hosts.h"
#include "runtime/answering.h"
#include "runtime/http_request.h"
#include "runtime/listener.h"
#include "runtime/openai.h"
#include "runtime/random.h"
#include "runtime/tokenizer.h"
#include "runtime/version.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <atomic>
#include <functional>
#include <random>
#include <sys/socket.h>

namespace millrace::runtime {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = boost::asio::ip::tcp;
using Response = http::response<http::string_body>;

constexpr auto kIdleLimit = std::chrono::seconds(300);  // said in Keep-Alive, so that pools can stay below it
constexpr auto kBodyLimit = std::chrono::seconds(60);
constexpr auto kWriteLimit = std::chrono::seconds(60);
constexpr auto asTuple = net::as_tuple(net::use_awaitable);

constexpr std::size_t kParsedHere = 256 << 10;  // larger bodies are read on a worker: others have their turns meanwhile

/// Over TCP or a Unix socket.
using Stream = beast::basic_stream<net::generic::stream_protocol>;

/// What a caller can do instead.
std::string routesOf(Kind kind, const std::string& model)
{
    switch (kind) {
        case Kind::Text:
            return "it is served by POST /v1/chat/completions and /v1/completions";
        case Kind::Embedding:
            return "it is served by POST /v1/embeddings and /v2/models/" + model + "/infer";
        case Kind::Synthetic:
            return "it is served by POST /v1/chat/completions, /v1/completions, /v1/embeddings and /v2/models/" +
                   model + "/infer";
        case Kind::Classifier:
            break;
    }
    return "it is served by POST /v2/models/" + model + "/infer";
}

void keepTail(std::string& prompt, std::int64_t characters)
{
    std::string tail(Characters::tail(prompt, static_cast<std::size_t>(characters)));
    if (tail.size() < prompt.size()) prompt = std::move(tail);
}

struct Shared {
    Repository& repository;
    Workers& workers;
    Clock& clock;
    Random random;
    std::size_t busy = 0;
    bool stopping = false;
};

/// One connection, one request after another.
class Session : public std::enable_shared_from_this<Session> {
public:
    /// `ours`: whoever comes this way is the engine.
    Session(Stream::socket_type socket, Shared& shared, bool ours)
        : stream_(std::move(socket)), shared_(shared), ours_(ours)
    {}

    net::awaitable<void> run();
    void close()
    {
        beast::error_code ignored;
        stream_.socket().close(ignored);
    }

private:
    net::awaitable<bool> serve(const Request& request);  // false: the connection ends
    Status checkOrigin(const Request& request) const;
    net::awaitable<Status> refuseRoute(const Request& request, std::string path);
    /// What `read` gives, on a worker when the body is large.
    template <typename T>
    net::awaitable<StatusOr<T>> readBody(const Request& request, std::function<StatusOr<T>(std::string_view)> read);
    net::awaitable<bool> send(Response response);
    net::awaitable<bool> sendJson(const Request& request, unsigned status, std::string body);
    net::awaitable<bool> sendError(const Request& request, Status status);
    net::awaitable<bool> serveText(const Request& request, bool chat);
    net::awaitable<bool> serveEmbedding(const Request& request);
    net::awaitable<bool> stream(const Request& request, const openai::TextCall& call, const openai::AnswerHead& head,
                                std::shared_ptr<PieceQueue> queue);
    net::awaitable<bool> writeChunk(std::string_view text, bool chunked);
    /// Calls `gone` when the client disconnects while its answer is being made; not once `answer` has ended.
    void watch(std::weak_ptr<void> answer, std::function<void()> gone);

    Stream stream_;
    beast::flat_buffer buffer_;
    Shared& shared_;
    const bool ours_;
};

net::awaitable<void> Session::run()
{
    auto self = shared_from_this();
    while (!shared_.stopping) {
        RequestParser parser;
        parser.header_limit(HttpServer::kHeaderBytesMax);
        parser.body_limit(HttpServer::kBodyBytesMax);
        stream_.expires_after(kIdleLimit);
        auto [headError, headBytes] = co_await http::async_read_header(stream_, buffer_, parser, asTuple);
        if (headError == http::error::header_limit) {
            Status tooLarge = withHttpStatus(invalidArgument("headers of more than 1 MiB"), 431);
            const Request unread;
            co_await sendError(unread, std::move(tooLarge));
            break;
        }
        if (headError) break;
        if (parser.request().expectsContinue()) {
            http::response<http::empty_body> goOn(http::status::continue_, parser.request().version());
            auto [error, bytes] = co_await http::async_write(stream_, goOn, asTuple);
            if (error) break;
        }
        stream_.expires_after(kBodyLimit);
        auto [bodyError, bodyBytes] = co_await http::async_read(stream_, buffer_, parser, asTuple);
        if (bodyError == http::error::body_limit) {
            Status tooLarge = withHttpStatus(invalidArgument("a body of more than 512 MiB"), 413);
            co_await sendError(parser.request(), std::move(tooLarge));
            break;
        }
        if (bodyError) break;
        stream_.expires_never();
        const Request request = parser.take();
        ++shared_.busy;
        const bool goOn = co_await serve(request);
        --shared_.busy;
        if (!goOn) break;
    }
    beast::error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
}

net::awaitable<bool> Session::send(Response response)
{
    response.set(http::field::server, std::string("millrace-runtime/") + kVersion);
    if (shared_.stopping)
        response.keep_alive(false);
    else if (response.keep_alive())
        response.set("Keep-Alive", "timeout=" + std::to_string(kIdleLimit.count()));
    response.prepare_payload();
    stream_.expires_after(kWriteLimit);
    auto [error, bytes] = co_await http::async_write(stream_, response, asTuple);
    stream_.expires_never();
    co_return !error && response.keep_alive();
}

net::awaitable<bool> Session::sendJson(const Request& request, unsigned status, std::string body)
{
    Response response(static_cast<http::status>(status), request.version());
    response.keep_alive(request.keep_alive());
    response.set(http::field::content_type, "application/json");
    response.body() = std::move(body);
    return send(std::move(response));
}

net::awaitable<bool> Session::sendError(const Request& request, Status status)
{
    Response response(static_cast<http::status>(toHttp(status)), request.version());
    response.keep_alive(request.keep_alive());
    response.set(http::field::content_type, "application/json");
    if (const auto after = retryAfterOf(status))
        response.set(http::field::retry_after, std::to_string((after->count() + 999) / 1000));
    response.body() = openai::error(status);
    return send(std::move(response));
}

net::awaitable<bool> Session::serve(const Request& request)
{
    const std::string_view whole = request.target();
    const std::string_view path = whole.substr(0, whole.find('?'));
    if (Status refused = checkOrigin(request); !refused.ok()) co_return co_await sendError(request, std::move(refused));

    const bool reads = path == "/v1/models" || path.starts_with("/v1/models/") || path == "/healthz";
    const bool chat = path == "/v1/chat/completions";
    const bool writes = chat || path == "/v1/completions" || path == "/v1/embeddings";
    if (!reads && !writes) {
        Status status = co_await refuseRoute(request, std::string(path));
        co_return co_await sendError(request, std::move(status));
    }
    if (request.method() != (reads ? http::verb::get : http::verb::post)) {
        Status status =
            withHttpStatus(invalidArgument(std::string(path) + " takes " + (reads ? "GET" : "POST") + " only"), 405);
        co_return co_await sendError(request, std::move(status));
    }
    if (path == "/healthz") co_return co_await sendJson(request, 200, R"({"status":"ok"})");
    if (path == "/v1/models") co_return co_await sendJson(request, 200, openai::models(shared_.repository.list()));
    if (reads) {
        const std::string name(path.substr(std::string_view("/v1/models/").size()));
        const auto info = shared_.repository.info(name);
        if (info) co_return co_await sendJson(request, 200, openai::model(*info));
        Status status = shared_.repository.describe(name, "").status();
        co_return co_await sendError(request, std::move(status));
    }
    if (path == "/v1/embeddings") co_return co_await serveEmbedding(request);
    co_return co_await serveText(request, chat);
}

/// A page in a browser that made its own name point here must not get in; nor one that gives no name.
Status Session::checkOrigin(const Request& request) const
{
    if (ours_) return absl::OkStatus();
    for (const auto& [name, value] : request.origins()) {
        if (name == http::field::host && !millrace::http::hostAllowed(value, {}))
            return withHttpStatus(invalidArgument("Host '" + washed(value, kNameBytesMax) + "' is not served"), 403);
        const bool allowed =
            name == http::field::host ||
            (name == http::field::origin ? millrace::http::originAllowed(value, {}) : value != "cross-site");
        if (!allowed) return withHttpStatus(invalidArgument("requests from web pages are not served"), 403);
    }
    return absl::OkStatus();
}

template <typename T>
net::awaitable<StatusOr<T>> Session::readBody(const Request& request, std::function<StatusOr<T>(std::string_view)> read)
{
    const std::string_view body = request.body();
    if (body.size() <= kParsedHere) co_return read(body);
    OneShot<StatusOr<T>> result;
    auto executor = co_await net::this_coro::executor;
    const Status taken = shared_.workers.submit([executor, result, body, read] {
        StatusOr<T> call = read(body);
        net::post(executor, [result, given = std::move(call)]() mutable { result.set(std::move(given)); });
    });
    if (!taken.ok()) co_return taken;
    co_return co_await result.wait();
}

/// OpenAI's routes that are not served: the model is there, the route is not.
net::awaitable<Status> Session::refuseRoute(const Request& request, std::string path)
{
    std::string what =
        "there is no " + request.methodName() + " " + washed(path, kNameBytesMax) + " in Millrace's embedded runtime";
    StatusOr<std::string> model = std::string();
    if (request.method() == http::verb::post && !request.body().empty())
        model = co_await readBody<std::string>(
            request, [](std::string_view body) -> StatusOr<std::string> { return openai::modelNamed(body); });
    const auto info = model.ok() && !model->empty() ? shared_.repository.info(*model) : std::nullopt;
    if (info && info->config)
        what += ", which serves model '" + info->name + "': " + routesOf(info->config->kind, info->name);
    co_return withHttpStatus(invalidArgument(what), 404);
}

net::awaitable<bool> Session::serveEmbedding(const Request& request)
{
    StatusOr<openai::EmbeddingCall> call = co_await readBody<openai::EmbeddingCall>(request, &openai::readEmbedding);
    if (!call.ok()) co_return co_await sendError(request, call.status());
    StatusOr<ModelShare> model = shared_.repository.find(call->model, "");
    if (!model.ok()) co_return co_await sendError(request, model.status());
    const Kind kind = (*model)->config.kind;
    if (kind != Kind::Embedding && kind != Kind::Synthetic) {
        Status status = withField(
            invalidArgument("POST /v1/embeddings: model '" + call->model + "' is a " + std::string(nameOf(kind)) +
                            " model; it has no embeddings, " + routesOf(kind, call->model)),
            "model");
        co_return co_await sendError(request, std::move(status));
    }
    if (Status tooLong = checkTexts(**model, call->texts, "input"); !tooLong.ok())
        co_return co_await sendError(request, std::move(tooLong));
    // The body is written on the worker too: two thousand vectors are half a million numbers.
    OneShot<StatusOr<std::string>> body;
    auto executor = co_await net::this_coro::executor;
    auto shared = std::make_shared<openai::EmbeddingCall>(*std::move(call));
    const auto left = std::make_shared<std::atomic<bool>>(false);
    watch(left, [weak = std::weak_ptr(left)] {
        if (const auto here = weak.lock()) *here = true;
    });
    embedAll(
        shared_.workers, *std::move(model), shared->texts, [left] { return left->load(); },
        [executor, body, shared](StatusOr<std::vector<std::vector<float>>> vectors) {
            StatusOr<std::string> text =
                vectors.ok() ? openai::embeddings(*shared, *std::move(vectors)) : vectors.status();
            net::post(executor, [body, given = std::move(text)]() mutable { body.set(std::move(given)); });
        });
    StatusOr<std::string> text = co_await body.wait();
    if (!text.ok()) co_return co_await sendError(request, text.status());
    co_return co_await sendJson(request, 200, *std::move(text));
}

void Session::watch(std::weak_ptr<void> answer, std::function<void()> gone)
{
    const auto onBytes = [self = shared_from_this(), answer = std::move(answer),
                          gone = std::move(gone)](beast::error_code error) {
        if (answer.expired()) return;  // answered meanwhile: what came is the next request
        char byte = 0;
        const auto got = error ? -1 : ::recv(self->stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (got > 0) return;  // a request sent ahead
        gone();
    };
    stream_.socket().async_wait(Stream::socket_type::wait_read, onBytes);
}

net::awaitable<bool> Session::serveText(const Request& request, bool chat)
{
    const std::uint64_t entropy = shared_.random.next();
    StatusOr<openai::TextCall> call =
        co_await readBody<openai::TextCall>(request, [chat, entropy](std::string_view body) {
            return chat ? openai::readChat(body, entropy) : openai::readCompletion(body, entropy);
        });
    if (!call.ok()) co_return co_await sendError(request, call.status());
    StatusOr<ModelShare> found = shared_.repository.find(call->model, "");
    if (!found.ok()) co_return co_await sendError(request, found.status());
    ModelShare model = *std::move(found);
    if (const Kind kind = model->config.kind; kind != Kind::Text && kind != Kind::Synthetic) {
        Status status =
            withField(invalidArgument(std::string(chat ? "POST /v1/chat/completions" : "POST /v1/completions") +
                                      ": model '" + call->model + "' is a model of kind " + std::string(nameOf(kind)) +
                                      "; it does not generate text, " + routesOf(kind, call->model)),
                      "model");
        co_return co_await sendError(request, std::move(status));
    }

    if (Status tooLong = checkPrompts(*model, call->texts, chat ? "messages" : "prompt"); !tooLong.ok())
        co_return co_await sendError(request, std::move(tooLong));
    if (model->config.kind == Kind::Text)  // what is not read need not be kept while the text is written
        for (GenerationRequest& text : call->texts) keepTail(text.writing.prompt, model->config.text.promptMax);

    auto executor = co_await net::this_coro::executor;
    auto queue = std::make_shared<PieceQueue>(executor, HttpServer::kPiecesMax);
    for (std::size_t choice = 0; choice < call->texts.size(); ++choice) {
        auto text = Generation::start(shared_.workers, model, std::move(call->texts[choice]),
                                      [queue, choice](Piece piece) { return queue->push(choice, std::move(piece)); });
        if (!text.ok()) {
            queue->close();
            co_return co_await sendError(request, text.status());
        }
        queue->writes(*std::move(text));
    }
    model.reset();
    watch(queue, [weak = std::weak_ptr(queue)] {
        if (const auto here = weak.lock()) here->close();
    });

    openai::AnswerHead head;
    char number[17];
    std::snprintf(number, sizeof(number), "%016llx", static_cast<unsigned long long>(shared_.random.next()));
    head.id = std::string(chat ? "chatcmpl-" : "cmpl-") + number;
    head.model = call->model;
    head.createdS = shared_.clock.unixMs() / 1000;
    head.chat = chat;
    head.usageAsked = call->usageAsked;
    if (call->stream) co_return co_await stream(request, *call, head, queue);

    std::vector<Piece> choices(call->texts.size());
    std::size_t open = choices.size();
    openai::Usage usage;
    while (open > 0) {
        auto entries = co_await queue->take();
        if (entries.empty()) co_return false;  // the client went
        for (PieceQueue::Entry& entry : entries) {
            if (entry.piece.finish == Finish::Failed) {
                queue->close();
                co_return co_await sendError(request, entry.piece.problem);
            }
            Piece& choice = choices[entry.choice];
            choice.text += entry.piece.text;
            choice.finish = entry.piece.finish;
            if (entry.piece.finish == Finish::None) continue;
            usage.prompt += entry.piece.promptTokens;
            usage.completion += entry.piece.tokens;
            --open;
        }
    }
    queue->close();
    co_return co_await sendJson(request, 200, openai::answer(head, choices, usage));
}

net::awaitable<bool> Session::writeChunk(std::string_view text, bool chunked)
{
    stream_.expires_after(kWriteLimit);
    const net::const_buffer bytes(text.data(), text.size());
    beast::error_code error;
    if (chunked) {
        const auto chunk = http::make_chunk(bytes);
        std::tie(error, std::ignore) = co_await net::async_write(stream_, chunk, asTuple);
    } else {
        std::tie(error, std::ignore) = co_await net::async_write(stream_, bytes, asTuple);
    }
    stream_.expires_never();
    co_return !error;
}

net::awaitable<bool> Session::stream(const Request& request, const openai::TextCall& call,
                                     const openai::AnswerHead& head, std::shared_ptr<PieceQueue> queue)
{
    const bool chunked = request.version() >= 11;
    bool keep = chunked && request.keep_alive() && !shared_.stopping;
    std::vector<bool> begun(call.texts.size(), false);
    std::size_t open = begun.size();
    openai::Usage usage;
    bool failed = false;
    bool headSent = false;
    while (open > 0 && !failed) {
        auto entries = co_await queue->take();
        if (entries.empty()) co_return false;  // the client went
        std::string events;
        for (PieceQueue::Entry& entry : entries) {
            if (entry.piece.finish == Finish::Failed) {
                if (!headSent) {  // nothing has left yet: an ordinary error
                    queue->close();
                    co_return co_await sendError(request, entry.piece.problem);
                }
                events += openai::errorEvent(entry.piece.problem);
                failed = true;
                break;
            }
            events += openai::event(head, entry.choice, entry.piece, !begun[entry.choice]);
            begun[entry.choice] = true;
            if (entry.piece.finish == Finish::None) continue;
            usage.prompt += entry.piece.promptTokens;
            usage.completion += entry.piece.tokens;
            --open;
        }
        if (open == 0) {
            if (head.usageAsked) events += openai::usageEvent(head, usage);
            events += openai::kDoneEvent;
        }
        if (!headSent) {
            http::response<http::empty_body> start(http::status::ok, request.version());
            start.set(http::field::server, std::string("millrace-runtime/") + kVersion);
            start.set(http::field::content_type, "text/event-stream");
            start.set(http::field::cache_control, "no-cache");
            start.keep_alive(keep);
            start.chunked(chunked);
            http::response_serializer<http::empty_body> serializer(start);
            stream_.expires_after(kWriteLimit);
            auto [error, bytes] = co_await http::async_write_header(stream_, serializer, asTuple);
            if (error) {
                queue->close();
                co_return false;
            }
            headSent = true;
        }
        if (!co_await writeChunk(events, chunked)) {
            queue->close();
            co_return false;
        }
    }
    queue->close();
    if (failed) co_return false;
    if (chunked) {
        stream_.expires_after(kWriteLimit);
        const auto last = http::make_chunk_last();
        auto [error, bytes] = co_await net::async_write(stream_, last, asTuple);
        stream_.expires_never();
        keep = keep && !error;
    }
    co_return keep;
}

class Server final : public HttpServer {
public:
    Server(net::io_context& io, Repository& repository, Workers& workers, Clock& clock)
        : io_(io),
          shared_{repository, workers, clock, Random(std::random_device{}())},
          listener_(std::make_shared<Listener>(io.get_executor(), clock, [this](Listener::Socket socket, bool local) {
              take(std::move(socket), local);
          }))
    {}
    ~Server() override
    {
        stop();
        for (const auto& weak : sessions_)
            if (const auto session = weak.lock()) session->close();
    }
    Status listen(const std::string& host, std::uint16_t port) { return listener_->listen(host, port); }
    std::uint16_t port() const override { return listener_->port(); }
    std::size_t busy() const override { return shared_.busy; }
    void stop() override
    {
        shared_.stopping = true;
        listener_->stop();
    }

private:
    void take(Listener::Socket socket, bool local)
    {
        beast::error_code noted;
        if (!local) socket.set_option(tcp::no_delay(true), noted);
        std::erase_if(sessions_, [](const auto& session) { return session.expired(); });
        if (sessions_.size() >= kConnectionsMax) return;  // closed unheard
        auto session = std::make_shared<Session>(Stream::socket_type(std::move(socket)), shared_, local);
        sessions_.push_back(session);
        net::co_spawn(io_, session->run(), [session](std::exception_ptr thrown) {
            if (thrown) session->close();
        });
    }

    net::io_context& io_;
    Shared shared_;
    const std::shared_ptr<Listener> listener_;
    std::vector<std::weak_ptr<Session>> sessions_;
};

}  // namespace

StatusOr<std::unique_ptr<HttpServer>> HttpServer::create(net::io_context& io, const std::string& host,
                                                         std::uint16_t port, Repository& repository, Workers& workers,
                                                         Clock& clock)
{
    auto server = std::make_unique<Server>(io, repository, workers, clock);
    if (Status status = server->listen(host, port); !status.ok()) return status;
    return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace millrace::runtime
