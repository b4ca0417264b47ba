// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/openai/openai_backend.h"
#include "backend/openai/unpacking_body.h"
#include "support/manual_clock.h"
#include "support/packed.h"
#include "support/scripted_upstream.h"

#include <QtTest>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <deque>

/// What an OpenAI-shaped server does beside answering: sends on to another place, packs unasked.
using namespace millrace;
using namespace millrace::backend;
using namespace millrace::testing;
using Answer = ScriptedUpstream::Answer;

namespace {

struct Rig {
    explicit Rig(ScriptedUpstream::Script script, const std::string& path = "") : upstream(io, std::move(script))
    {
        BackendOptions options;
        options.name = "up";
        options.kind = BackendKind::OpenAi;
        options.address = upstream.url(path);
        options.pool.httpSizeMin = 0;
        options.pool.healthInterval = 24h;
        made = *makeBackend(options, io.get_executor(), clock, registry, eventLog);
        made->start();
        MR_CHECK(runUntil(io, [&] { return made->available(nullptr); }));
    }
    net::awaitable<Status> heading(pool::HttpRequest request, std::optional<pool::HttpResponse>& into)
    {
        auto got = co_await made->http(std::move(request), context);
        if (got.ok()) into = *std::move(got);
        co_return got.status();
    }
    Status ask(const std::string& method, const std::string& target, const std::string& body = "{}")
    {
        pool::HttpRequest request;
        request.method = method;
        request.target = target;
        if (method != "GET") request.body = body;
        answer.reset();
        const Status status = runToEnd(io, heading(std::move(request), answer));
        if (status.ok()) whole = runToEnd(io, pool::readAll(*answer->body, 1 << 20));
        return status;
    }

    net::io_context io;
    ManualClock clock{io};
    Registry registry;
    EventLog eventLog{clock, 100};
    ScriptedUpstream upstream;
    std::shared_ptr<AdministeredBackend> made;
    CallContext context;
    std::optional<pool::HttpResponse> answer;
    StatusOr<std::string> whole;
};

/// Pieces, then the end.
class Pieces final : public pool::HttpBody {
public:
    explicit Pieces(std::deque<std::string> pieces) : pieces_(std::move(pieces)) {}
    net::awaitable<StatusOr<std::string>> read() override
    {
        if (pieces_.empty()) co_return std::string();
        std::string piece = std::move(pieces_.front());
        pieces_.pop_front();
        co_return piece;
    }

private:
    std::deque<std::string> pieces_;
};

}  // namespace

class TestOpenAiAnswers : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void redirectTargets_data()
    {
        QTest::addColumn<QString>("location");
        QTest::addColumn<QString>("target");  // empty: not followed
        QTest::newRow("path") << "/v2/x?b=1#part"
                              << "/v2/x?b=1";
        QTest::newRow("relative") << "y?b=1"
                                  << "/v1/chat/y?b=1";
        QTest::newRow("query alone") << "?b=2"
                                     << "/v1/chat/completions?b=2";
        QTest::newRow("absolute, same server") << "http://here.test:8080/v1/y/"
                                               << "/v1/y/";
        QTest::newRow("same server, other letters") << "HTTP://HERE.test:8080/y"
                                                    << "/y";
        QTest::newRow("no path") << "http://here.test:8080"
                                 << "/";
        QTest::newRow("query without a path") << "http://here.test:8080?x=http://other/"
                                              << "/?x=http://other/";
        QTest::newRow("without scheme") << "//here.test:8080/y"
                                        << "/y";
        QTest::newRow("another port") << "http://here.test:8081/y"
                                      << "";
        QTest::newRow("another host") << "http://there.test:8080/y"
                                      << "";
        QTest::newRow("another host without scheme") << "//there.test/y"
                                                     << "";
        QTest::newRow("https for http") << "https://here.test:8080/y"
                                        << "";
        QTest::newRow("user") << "http://here.test:8080@there.test/y"
                              << "";
        QTest::newRow("another scheme") << "ftp://here.test:8080/y"
                                        << "";
        QTest::newRow("nothing") << ""
                                 << "";
        for (const auto* wrong : {"/a b", "/a\tb", "/a\x7f", "/\xc3\xa4", "http://here.test:8080/a b", "?a b"})
            QTest::newRow(qPrintable(QStringLiteral("not an address: %1").arg(wrong))) << wrong << "";
        QTest::newRow("a path with a scheme in it") << "/to?u=http://there.test/"
                                                    << "/to?u=http://there.test/";
    }
    void redirectTargets()
    {
        QFETCH(QString, location);
        QFETCH(QString, target);
        const pool::Endpoint server{"here.test", "8080", false};
        const auto found = OpenAiBackend::redirectTarget(server, "/v1/chat/completions?a=1", location.toStdString());
        QCOMPARE(found.ok() ? QString::fromStdString(*found) : QString(), target);
    }

    void redirectsAreFollowedOnTheSameServer_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("method");
        QTest::addColumn<bool>("followed");
        for (const int status : {301, 302, 303, 307, 308}) {
            QTest::addRow("GET %d", status) << status << "GET" << true;
            QTest::addRow("POST %d", status) << status << "POST" << (status >= 307);
        }
    }
    void redirectsAreFollowedOnTheSameServer()
    {
        QFETCH(int, status);
        QFETCH(QString, method);
        QFETCH(bool, followed);
        Rig rig([&](const ScriptedUpstream::Request& seen) {
            Answer answer;
            answer.body = seen.method + " " + seen.target + " " + seen.body;
            if (seen.target == "/v1/chat") {
                answer.status = static_cast<unsigned>(status);
                answer.fields = {{"Location", "/v1/chat/"}};
            }
            return answer;
        });
        const Status got = rig.ask(method.toStdString(), "/v1/chat", R"({"a":1})");
        if (followed) {
            QVERIFY2(got.ok(), text(got).c_str());
            QCOMPARE(*rig.whole, method.toStdString() + " /v1/chat/ " + (method == "GET" ? "" : R"({"a":1})"));
            QCOMPARE(rig.made->pools().at(0).created, 1u);  // the connection serves on
        } else {
            QCOMPARE(toHttp(got), 502u);
            QVERIFY2(text(got).find("\"/v1/chat/\"") != std::string::npos, text(got).c_str());
            QVERIFY2(text(got).find("not valid for a POST") != std::string::npos, text(got).c_str());
        }
    }

    void redirectsThatLeadNowhereAreErrors_data()
    {
        QTest::addColumn<QByteArray>("location");
        QTest::addColumn<int>("requests");
        QTest::newRow("round and round") << QByteArray("/v1/chat") << 4;
        QTest::newRow("another server") << QByteArray("http://127.0.0.1:1/v1/chat") << 1;
        QTest::newRow("https") << QByteArray("https://127.0.0.1/v1/chat") << 1;
        QTest::newRow("without Location") << QByteArray() << 1;
        QTest::newRow("endless Location") << QByteArray("http://") + QByteArray(20000, 'x') << 1;
        QTest::newRow("a space in Location") << QByteArray("/v1/a chat") << 1;
        QTest::newRow("bytes in Location") << QByteArray("http://\xff\xfe/") << 1;
    }
    void redirectsThatLeadNowhereAreErrors()
    {
        QFETCH(QByteArray, location);
        QFETCH(int, requests);
        Rig rig([&](const ScriptedUpstream::Request& seen) {
            Answer answer;
            if (seen.target != "/v1/chat") return answer;
            answer.status = 307;
            if (!location.isEmpty()) answer.fields = {{"Location", location.toStdString()}};
            return answer;
        });
        const std::size_t before = rig.upstream.requests().size();
        const Status got = rig.ask("POST", "/v1/chat");
        QCOMPARE(toHttp(got), 502u);
        QVERIFY(text(got).size() < 600);
        QVERIFY(isWashed(text(got), kMessageBytesMax));
        QCOMPARE(rig.upstream.requests().size() - before, static_cast<std::size_t>(requests));
        QCOMPARE(rig.made->outstanding(), 0u);
    }

    void nobodyIsAskedToPack()
    {
        Rig rig([](const auto&) { return Answer(); });
        QVERIFY(rig.ask("POST", "/v1/chat").ok());
        const auto& seen = rig.upstream.requests().back();
        QCOMPARE(std::string(pool::fieldValue(seen.fields, "accept-encoding")), std::string("identity"));
    }

    void answersPackedUnaskedAreUnpacked_data()
    {
        QTest::addColumn<QString>("encoding");
        QTest::addColumn<bool>("fixed");  // no-transform
        QTest::addColumn<bool>("plain");
        QTest::newRow("gzip") << "gzip" << false << true;
        QTest::newRow("x-gzip") << "X-GZIP" << false << true;
        QTest::newRow("deflate") << "deflate" << false << true;
        QTest::newRow("another") << "br" << false << false;
        QTest::newRow("no-transform") << "gzip" << true << false;
    }
    void answersPackedUnaskedAreUnpacked()
    {
        QFETCH(QString, encoding);
        QFETCH(bool, fixed);
        QFETCH(bool, plain);
        std::string text = "{\"data\":[{\"id\":\"llama\"}],\"pad\":\"";
        for (int i = 0; i < 30000; ++i) text += std::to_string(i * 7919 % 1000);
        text += "\"}";
        std::string bytes = packed(text, encoding == "deflate" ? 15 : 15 + 16);
        if (encoding == "br") std::reverse(bytes.begin(), bytes.end());  // something that is no gzip
        Rig rig([&](const auto&) {
            Answer answer;
            answer.fields = {{"Content-Encoding", encoding.toStdString()}, {"Content-Type", "application/json"}};
            if (fixed) answer.fields.push_back({"Cache-Control", "private, No-Transform"});
            answer.body = bytes;
            return answer;
        });
        QVERIFY(rig.ask("POST", "/v1/embeddings").ok());
        QVERIFY(*rig.whole == (plain ? text : bytes));
        // Never packed without saying so.
        QCOMPARE(pool::fieldValue(rig.answer->fields, "content-encoding").empty(), plain);
        if (plain) QVERIFY(pool::fieldValue(rig.answer->fields, "content-length").empty());
        const auto models = runToEnd(rig.io, rig.made->listModels(rig.context));
        QCOMPARE(models.ok(), encoding != "br");
        if (models.ok()) QCOMPARE(models->at(0).name, std::string("llama"));
    }

    /// A megabyte of gzip may be a gigabyte: the loop used to do nothing else until all of it was unpacked.
    void unpackingLetsOthersHaveTheirTurns()
    {
        net::io_context io;
        UnpackingBody body(std::make_unique<Pieces>(std::deque<std::string>{packed(std::string(8u << 20, 'a'))}));
        bool ended = false, between = false;
        net::co_spawn(io, pool::readAll(body, 16u << 20),
                      [&](std::exception_ptr, StatusOr<std::string> whole) { ended = whole.ok(); });
        net::post(io, [&] { between = !ended; });
        QVERIFY(runUntil(io, [&] { return ended; }));
        QVERIFY(between);
    }

    void unpacksHoweverItIsCut()
    {
        const std::string first(70'000, 'a'), second = "the second member";
        const std::string all = packed(first) + packed(second);
        net::io_context io;
        for (const std::size_t cut : {std::size_t(1), std::size_t(7), std::size_t(100), all.size()}) {
            std::deque<std::string> pieces;
            for (std::size_t at = 0; at < all.size(); at += cut) pieces.push_back(all.substr(at, cut));
            UnpackingBody body(std::make_unique<Pieces>(pieces));
            const auto whole = runToEnd(io, pool::readAll(body, 1 << 20));
            QVERIFY(whole.ok());
            QVERIFY(*whole == first + second);
            // What ends too soon is not whole.
            pieces.back().pop_back();
            UnpackingBody torn(std::make_unique<Pieces>(pieces));
            QVERIFY(absl::IsUnavailable(runToEnd(io, pool::readAll(torn, 1 << 20)).status()));
        }
        UnpackingBody garbage(std::make_unique<Pieces>(std::deque<std::string>{"{\"plain\":1}"}));
        const Status why = runToEnd(io, pool::readAll(garbage, 1 << 20)).status();
        QVERIFY2(text(why).find("declared as compressed") != std::string::npos, text(why).c_str());
        UnpackingBody nothing(std::make_unique<Pieces>(std::deque<std::string>{}));
        QCOMPARE(*runToEnd(io, pool::readAll(nothing, 1 << 20)), std::string());
    }
};

QTEST_GUILESS_MAIN(TestOpenAiAnswers)
#include "tst_openai_answers.moc"
