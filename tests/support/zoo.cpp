// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/zoo.h"

#include "support/packed.h"

#include <QByteArray>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <future>
#include <utility>

namespace millrace::testing {

namespace {

constexpr const char* kJson = "application/json";
constexpr const char* kEvents = "text/event-stream";

std::string text(const QJsonObject& object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString();
}

std::string errorBody(const QString& message)
{
    return text(
        {{"error",
          QJsonObject{
              {"message", message}, {"type", "server_error"}, {"param", QJsonValue()}, {"code", QJsonValue()}}}});
}

std::string event(std::size_t number)
{
    return "data: " +
           text({{"id", "c"},
                 {"object", "chat.completion.chunk"},
                 {"created", 0},
                 {"model", "m"},
                 {"choices", QJsonArray{QJsonObject{{"index", 0},
                                                    {"delta", QJsonObject{{"content", QString::number(number) + " "}}},
                                                    {"finish_reason", QJsonValue()}}}}}) +
           "\n\n";
}

QJsonArray inputsOf(const QJsonObject& body)
{
    const auto input = body["input"];
    return input.isArray() ? input.toArray() : QJsonArray{input};
}

ScriptedUpstream::Answer plain(unsigned status, std::string body, const char* type = kJson)
{
    ScriptedUpstream::Answer answer;
    answer.status = status;
    answer.fields = {{"Content-Type", type}};
    answer.body = std::move(body);
    return answer;
}

}  // namespace

template <typename Function>
auto Zoo::onThread(Function function) const
{
    std::packaged_task<decltype(function())()> task(std::move(function));
    auto done = task.get_future();
    net::post(io_, [&task] { task(); });
    return done.get();
}

Zoo::Zoo(std::vector<std::string> models, std::string name)
    : name_(std::move(name)),
      models_(std::move(models)),
      upstream_(std::make_unique<ScriptedUpstream>(io_, [this](const Request& request) { return answer(request); })),
      thread_([this] { io_.run(); })
{
    onThread([this] { upstream_->keepRequests(64); });
}

Zoo::~Zoo()
{
    onThread([this] { upstream_.reset(); });
    work_.reset();
    io_.stop();
    thread_.join();
}

std::vector<std::string> Zoo::settings(int index) const
{
    const std::string place = "backends[" + std::to_string(index) + "].";
    return {place + "name=" + name_, place + "kind=openai",
            place + "address=http://127.0.0.1:" + std::to_string(port())};
}

void Zoo::become(const Traits& traits)
{
    const std::lock_guard lock(mutex_);
    traits_ = traits;
    requests_ = 0;
}

void Zoo::become(Manner manner)
{
    Traits traits;
    traits.manner = manner;
    become(traits);
}

void Zoo::offer(std::vector<std::string> models)
{
    const std::lock_guard lock(mutex_);
    models_ = std::move(models);
}

void Zoo::die()
{
    onThread([this] { upstream_->refuse(); });
}

void Zoo::revive()
{
    onThread([this] { upstream_->listen(); });
}

std::size_t Zoo::accepted() const
{
    return onThread([this] { return upstream_->accepted(); });
}

std::size_t Zoo::open() const
{
    return onThread([this] { return upstream_->open(); });
}

Zoo::Answer Zoo::answer(const Request& request)
{
    Traits traits;
    std::vector<std::string> models;
    {
        const std::lock_guard lock(mutex_);
        traits = traits_;
        models = models_;
    }
    if (request.method == "GET") {
        ++listings_;
        return list(traits, models);
    }
    const std::size_t turn = ++requests_;
    if (request.target.find("/elsewhere") != std::string::npos) return right(traits, request);

    Answer answer = right(traits, request);
    const auto cutAt = [&](ScriptedUpstream::Then then) {
        answer.cut = traits.count;
        answer.then = then;
        return answer;
    };
    switch (traits.manner) {
        case Manner::Right:
            return answer;
        case Manner::Slow: {
            // An answer in one piece has no gap of its own.
            if (answer.pieces.empty()) {
                answer.pieces = {answer.body};
                answer.gap = traits.gap;
            }
            return answer;
        }
        case Manner::Refuses:
            if (turn > traits.count) return answer;
            [[fallthrough]];
        case Manner::Status: {
            auto refused = plain(traits.status, errorBody("refused by the script"));
            for (const auto field : traits.fields) refused.fields.push_back(field);
            return refused;
        }
        case Manner::NoContent:
            answer.raw = "HTTP/1.1 204 No Content\r\n\r\n";
            return answer;
        case Manner::OddStatus:
            answer.raw =
                std::string("HTTP/1.1 ") + (turn % 2 == 0 ? "099" : "600") + " Odd\r\nContent-Length: 2\r\n\r\n{}";
            return answer;
        case Manner::Redirects: {
            auto away = plain(307, "");
            away.fields.push_back({"Location", "/v1/elsewhere" + request.target.substr(request.target.rfind('/'))});
            return away;
        }
        case Manner::RedirectsAway: {
            auto away = plain(307, "");
            away.fields.push_back({"Location", "http://127.0.0.2:9/v1/elsewhere"});
            return away;
        }
        case Manner::Packed:
        case Manner::PackedSilently: {
            std::string whole = answer.body;
            for (const auto& piece : answer.pieces) whole += piece;
            answer.pieces.clear();
            answer.body = packed(whole);
            if (traits.manner == Manner::Packed) answer.fields.push_back({"Content-Encoding", "gzip"});
            return answer;
        }
        case Manner::Mislabelled:
            answer.fields = {{"Content-Type", "text/plain"}};
            return answer;
        case Manner::CommentsBetween:
            for (std::size_t i = 0; i < answer.pieces.size(); ++i)
                answer.pieces[i] = ": still here\n\nid: " + std::to_string(i) + "\n" + answer.pieces[i];
            return answer;
        case Manner::NoDone:
            if (!answer.pieces.empty()) answer.pieces.pop_back();
            return answer;
        case Manner::AfterDone:
            if (!answer.pieces.empty()) answer.pieces.push_back(event(99));
            return answer;
        case Manner::Silent:
            answer.cut = 0;
            answer.then = ScriptedUpstream::Then::Stall;
            return answer;
        case Manner::SilentMiddle:
            if (answer.pieces.empty()) {
                answer.cut = 0;
            } else {
                answer.pieces.resize(2);
            }
            answer.then = ScriptedUpstream::Then::Stall;
            return answer;
        case Manner::ClosesAt:
            return cutAt(ScriptedUpstream::Then::Close);
        case Manner::ResetsAt:
            return cutAt(ScriptedUpstream::Then::Reset);
        case Manner::StallsAt:
            return cutAt(ScriptedUpstream::Then::Stall);
        case Manner::HalfClosesAt:
            return cutAt(ScriptedUpstream::Then::HalfClose);
        case Manner::TornEvent:
            if (!answer.pieces.empty()) {
                answer.pieces.resize(2);
                answer.pieces.push_back(R"(data: {"id":"c","choices":[{"del)");
            }
            return answer;
        case Manner::Trickles: {
            if (!answer.pieces.empty()) {
                for (const auto& piece : std::exchange(answer.pieces, {})) answer.body += piece;
                answer.chunked = true;
            }
            answer.trickle = 1;
            return answer;
        }
        case Manner::Endless:
            if (!answer.pieces.empty()) answer.pieces.assign(20000, event(7));
            return answer;
        case Manner::Loading: {
            auto refused = plain(503, errorBody("Loading model"));
            refused.fields.push_back({"Retry-After", "1"});
            return refused;
        }
        case Manner::RefusesLong: {
            const auto body = QJsonDocument::fromJson(QByteArray::fromStdString(request.body)).object();
            for (const auto& input : inputsOf(body))
                if (static_cast<std::size_t>(input.toString().size()) > traits.count)
                    return plain(500, errorBody("input is too large to process"));
            return answer;
        }
        case Manner::RowShort: {
            auto body = QJsonDocument::fromJson(QByteArray::fromStdString(answer.body)).object();
            auto rows = body["data"].toArray();
            if (rows.isEmpty()) return answer;
            rows.removeLast();
            body["data"] = rows;
            answer.body = text(body);
            return answer;
        }
        case Manner::NotUtf8:
            return plain(500, "<html><h1>Fehler</h1>nicht verf\xfcgbar\xff\xfe</html>", "text/html");
        case Manner::LongError: {
            std::string page;
            while (page.size() < 65536) page += "\xe5\x85\xa5\xe5\x8a\x9b\xe3\x81\x8c";
            return plain(500, errorBody(QString::fromStdString(page)));
        }
        case Manner::TerminalError:
            return plain(500, errorBody(QStringLiteral("\u001b[2J\u001b]0;owned\u0007\r\n\u202egone")));
        case Manner::ClosesIdle:
            answer.fields.push_back({"Keep-Alive", "timeout=" + std::to_string(traits.count)});
            return answer;
        case Manner::Garbage:
            answer.raw = std::string("\x16\x03\x01 this is no HTTP\r\n\r\n");
            return answer;
        case Manner::HugeHead:
            answer.fields.push_back({"X-Huge", std::string(1u << 20, 'h')});
            return answer;
    }
    return answer;
}

Zoo::Answer Zoo::list(const Traits& traits, const std::vector<std::string>& models) const
{
    QJsonArray data;
    for (const auto& model : models)
        data << QJsonObject{
            {"id", QString::fromStdString(model)}, {"object", "model"}, {"created", 0}, {"owned_by", "zoo"}};
    const std::string whole = text({{"object", "list"}, {"data", data}});
    const auto listing = traits.manner == Manner::Loading ? Listing::Loading : traits.listing;
    switch (listing) {
        case Listing::Right: {
            auto answer = plain(200, whole);
            if (traits.manner == Manner::ClosesIdle)
                answer.fields.push_back({"Keep-Alive", "timeout=" + std::to_string(traits.count)});
            return answer;
        }
        case Listing::Loading: {
            auto answer = plain(503, errorBody("Loading model"));
            answer.fields.push_back({"Retry-After", "1"});
            return answer;
        }
        case Listing::NotJson:
            return plain(200, "oops");
        case Listing::NotAnObject:
            return plain(200, "42");
        case Listing::Empty:
            return plain(200, "");
        case Listing::Html:
            return plain(200, "<html>sign in</html>", "text/html");
        case Listing::Packed: {
            auto answer = plain(200, packed(whole));
            answer.fields.push_back({"Content-Encoding", "gzip"});
            return answer;
        }
        case Listing::Silent: {
            Answer answer;
            answer.cut = 0;
            answer.then = ScriptedUpstream::Then::Stall;
            return answer;
        }
        case Listing::Huge:
            return plain(200, std::string(R"({"object":"list","data":[)") + std::string(64u << 20, ' ') + "]}");
    }
    return plain(200, whole);
}

Zoo::Answer Zoo::right(const Traits& traits, const Request& request) const
{
    const auto body = QJsonDocument::fromJson(QByteArray::fromStdString(request.body)).object();
    if (body["stream"].toBool()) {
        Answer answer;
        answer.fields = {{"Content-Type", kEvents}};
        for (std::size_t i = 0; i < traits.events; ++i) answer.pieces.push_back(event(i));
        answer.pieces.emplace_back("data: [DONE]\n\n");
        answer.gap = traits.gap;
        return answer;
    }
    if (request.target.find("embeddings") != std::string::npos) {
        QJsonArray rows;
        for (const auto& input : inputsOf(body))
            rows << QJsonObject{{"object", "embedding"},
                                {"index", rows.size()},
                                {"embedding", QJsonArray{input.toString().size(), 1.0}}};
        return plain(200,
                     text({{"object", "list"},
                           {"model", body["model"]},
                           {"data", rows},
                           {"usage", QJsonObject{{"prompt_tokens", rows.size()}, {"total_tokens", rows.size()}}}}));
    }
    return plain(
        200,
        text({{"id", "c"},
              {"object", "chat.completion"},
              {"created", 0},
              {"model", body["model"]},
              {"choices", QJsonArray{QJsonObject{{"index", 0},
                                                 {"message", QJsonObject{{"role", "assistant"}, {"content", "hello"}}},
                                                 {"finish_reason", "stop"}}}},
              {"usage", QJsonObject{{"prompt_tokens", 1}, {"completion_tokens", 1}, {"total_tokens", 2}}}}));
}

const std::vector<Zoo::Manner>& Zoo::manners()
{
    static const std::vector<Manner> all = [] {
        std::vector<Manner> out;
        for (int i = 0; i <= static_cast<int>(Manner::HugeHead); ++i) out.push_back(static_cast<Manner>(i));
        return out;
    }();
    return all;
}

const char* Zoo::nameOf(Manner manner)
{
    static constexpr const char* kNames[] = {"right",          "slow",
                                             "status",         "refuses the first",
                                             "no content",     "odd status",
                                             "redirects",      "redirects away",
                                             "packed",         "packed silently",
                                             "mislabelled",    "comments between",
                                             "no [DONE]",      "after [DONE]",
                                             "silent",         "silent in the middle",
                                             "closes at",      "resets at",
                                             "stalls at",      "half-closes at",
                                             "torn event",     "trickles",
                                             "endless",        "loading",
                                             "refuses long",   "row short",
                                             "not UTF-8",      "long error",
                                             "terminal error", "closes idle",
                                             "garbage",        "huge head"};
    return kNames[static_cast<std::size_t>(manner)];
}

}  // namespace millrace::testing
