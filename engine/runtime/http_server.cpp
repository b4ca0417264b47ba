// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/http_server.h"

#include "base/text.h"
#include "http/hosts.h"
#include "http/http1_server.h"
#include "http/http1_session.h"
#include "http/listener.h"
#include "runtime/openai_answers.h"
#include "runtime/openai_write.h"
#include "runtime/version.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace millrace::runtime {

namespace {

http::Http1Limits limits()
{
    http::Http1Limits all;
    all.connections = HttpServer::kConnectionsMax;
    all.headerBytes = HttpServer::kHeaderBytesMax;
    all.bodyBytes = HttpServer::kBodyBytesMax;
    all.bodiesBytes = HttpServer::kBodiesBytesMax;
    all.idle = 300s;
    return all;
}

/// Assigns request ids.
class Routes final : public http::Http1Server {
public:
    Routes(Strand strand, Repository& repository, Workers& workers, Clock& clock)
        : Http1Server(strand, clock, limits(), std::string("millrace-runtime/") + kVersion),
          repository_(repository),
          answers_(repository, workers, clock)
    {}

private:
    net::awaitable<void> serve(http::Http1Session& session) override;
    http::Response refusal(const Status& why) const override { return errorAnswer(why); }
    Status checkOrigin(const http::Http1Session& session) const;
    http::Response read(std::string_view path) const;

    Repository& repository_;
    OpenAiAnswers answers_;
};

net::awaitable<void> Routes::serve(http::Http1Session& session)
{
    if (const Status refused = checkOrigin(session); !refused.ok())
        co_return co_await session.respond(errorAnswer(refused));

    const std::string_view path = session.head().path(), method = session.head().method();
    const bool reads = path == "/v1/models" || path.starts_with("/v1/models/") || path == "/healthz";
    const bool chat = path == "/v1/chat/completions", embedding = path == "/v1/embeddings";
    if (!reads && !chat && !embedding && path != "/v1/completions") {
        const Status status = co_await answers_.notServed(session);
        co_return co_await session.respond(errorAnswer(status));
    }
    if (reads ? method != "GET" && method != "HEAD" : method != "POST") {
        const char* allowed = reads ? "GET" : "POST";
        http::Response refused = errorAnswer(
            withHttpStatus(invalidArgument(washed(path, kNameBytesMax) + " takes " + allowed + " only"), 405));
        refused.fields.push_back({"Allow", reads ? "GET, HEAD" : "POST"});
        co_return co_await session.respond(std::move(refused));
    }
    if (reads) co_return co_await session.respond(read(path));
    if (embedding) co_return co_await answers_.embedding(session);
    co_await answers_.text(session, chat);
}

http::Response Routes::read(std::string_view path) const
{
    if (path == "/healthz") return jsonAnswer(R"({"status":"ok"})");
    if (path == "/v1/models") return jsonAnswer(openai::models(repository_.list()));
    const std::string name(path.substr(std::string_view("/v1/models/").size()));
    if (const auto info = repository_.info(name)) return jsonAnswer(openai::model(*info));
    return errorAnswer(repository_.describe(name, "").status());
}

/// Refuses web pages with a rebound host name, and requests without one.
Status Routes::checkOrigin(const http::Http1Session& session) const
{
    if (session.local()) return absl::OkStatus();  // only the engine connects to the Unix socket
    const http::RequestHead& head = session.head();
    Status status;
    head.any("host", [&](std::string_view host) {
        if (http::hostAllowed(host, {})) return false;
        status = withHttpStatus(invalidArgument("Host " + quotedName(host) + " is not served"), 403);
        return true;
    });
    if (!status.ok()) return status;
    const bool page =
        head.any("origin", [](std::string_view origin) { return !http::originAllowed(origin, {}); }) ||
        head.any("sec-fetch-site", [](std::string_view site) { return http::sameName(site, "cross-site"); });
    if (page) return withHttpStatus(invalidArgument("requests from web pages are not served"), 403);
    return absl::OkStatus();
}

class Server final : public HttpServer {
public:
    Server(net::io_context& io, Repository& repository, Workers& workers, Clock& clock)
        : routes_(std::make_shared<Routes>(io.get_executor(), repository, workers, clock)),
          listener_(std::make_shared<http::Listener>(io.get_executor(), clock,
                                                     [routes = routes_](http::Listener::Socket socket, bool local) {
                                                         routes->accept(std::move(socket), local);
                                                     }))
    {}
    ~Server() override
    {
        stop();
        routes_->abort();
    }
    Status listen(const std::string& host, std::uint16_t port) { return listener_->listen(host, port); }
    std::uint16_t port() const override { return listener_->port(); }
    std::size_t busy() const override { return routes_->busy(); }
    void stop() override
    {
        routes_->stop();
        listener_->stop();
    }

private:
    const std::shared_ptr<Routes> routes_;
    const std::shared_ptr<http::Listener> listener_;
};

}  // namespace

StatusOr<std::unique_ptr<HttpServer>> HttpServer::create(net::io_context& io, const std::string& host,
                                                         std::uint16_t port, Repository& repository, Workers& workers,
                                                         Clock& clock)
{
    return http::listening<HttpServer>(std::make_unique<Server>(io, repository, workers, clock), host, port);
}

}  // namespace millrace::runtime
