// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "http/body_budget.h"
#include "http/request_head.h"
#include "pool/http_message.h"
#include "serve/serve.h"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::http {
class Inflater;
}

namespace millrace::front {

struct Hooks;
class OffLoop;
using http::BodyBytes;

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
    bool responses = false;      ///< its events carry their kind and have an end of their own
    std::string_view path;       ///< as backends know it, of a call that is passed on
    std::string model, version;  ///< from the path
    Status problem;              ///< what is wrong with them
};

/// A slash too many ("//v1/models", "/v1/models/") does not matter.
Route findRoute(std::string_view method, std::string_view path);

std::string errorBody(Dialect dialect, const Status& status);
/// The same as an event of a stream that has begun.
std::string (*errorEvent(const Route& route))(const Status& status);

inline constexpr const char* kJsonType = "application/json";

/// An answer in HTTP's terms, whatever carries it.
struct Reply {
    unsigned status = 200;
    std::string contentType;  ///< empty: there is none
    pool::HttpFields fields;
    std::string body;
    std::unique_ptr<stream::Stream> stream;  ///< set: the body comes from there
    bool events = false;                     ///< it is an event stream
    std::string encoding;                    ///< of the stream: our own packing, or the upstream's
    Status why;                              ///< of a refusal
};

Reply refusal(Dialect dialect, const Status& status);
/// A refusal in HTTP's own terms: 413, 431 …
Status httpRefusal(unsigned httpStatus, const std::string& message);
Status clientLeft();
/// The bodies of all requests have `held` bytes, and `most` is the limit.
Status bodiesFull(std::uint64_t held, std::uint64_t most);

/// One request on its way through the handlers.
struct Exchange {
    explicit Exchange(const http::RequestHead& from) : head(from) {}

    const http::RequestHead& head;
    Route route;
    std::string body;
    BodyBytes held;                     ///< for the body, until the service has answered
    std::shared_ptr<serve::Call> call;  ///< of counted routes
    bool acceptGzip = false;
    /// Learnt from the body: the client waits for events, so that progress can be reported in between.
    bool waitsForEvents = false;
    std::string model;
};

/// What is behind each path. Pure of sockets; HTTP and our own gRPC stream share it.
/// Thread: the strand.
class Handlers {
public:
    /// `offLoop`: where large bodies are read and written.
    Handlers(serve::Service& service, const Hooks& hooks, OffLoop& offLoop)
        : service_(service), hooks_(hooks), offLoop_(offLoop)
    {}

    /// The answers that need no waiting; none for the others.
    std::optional<Reply> answerNow(const Route& route, bool draining) const;
    boost::asio::awaitable<Reply> answer(Exchange& exchange) const;

private:
    boost::asio::awaitable<Reply> answerOther(Exchange& exchange) const;
    boost::asio::awaitable<Reply> openAi(Exchange& exchange) const;
    boost::asio::awaitable<Reply> infer(Exchange& exchange) const;
    boost::asio::awaitable<Reply> metadata(Exchange& exchange) const;
    boost::asio::awaitable<Reply> repository(Exchange& exchange) const;
    Reply modelPage(const std::string& name) const;
    Reply readyPage(const std::string& name) const;
    Reply statisticsPage(const Route& route) const;

    serve::Service& service_;
    const Hooks& hooks_;
    OffLoop& offLoop_;
};

/// Collects an answer that must be held whole: at most kHeldMax, and says when it was more.
class Collector final : public stream::Sink {
public:
    static constexpr std::size_t kHeldMax = 4u << 20;

    /// `encoding`: the stream's; gzip is unpacked.
    explicit Collector(std::string_view encoding);
    ~Collector() override;
    boost::asio::awaitable<Status> write(std::string_view bytes) override;
    std::string take() { return std::move(held_); }

private:
    std::string held_;
    std::unique_ptr<http::Inflater> inflater_;
};

}  // namespace millrace::front
