// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/grpc_message.h"
#include "http/h2_session.h"
#include "pool/grpc_answer.h"
#include "support/grpc_bytes.h"
#include "support/packed.h"

#include <QtTest>

#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace millrace;
using namespace millrace::testing;
using namespace millrace::pool;
using http::H2Code;
using http::HttpFields;

namespace {

constexpr std::uint64_t kMost = 1000;

using Pairs = std::vector<std::pair<std::string, std::string>>;

HttpFields fields(const Pairs& pairs)
{
    HttpFields out;
    for (const auto& [name, value] : pairs) out.add(name, value);
    return out;
}

const Pairs kHead = {{":status", "200"}, {"content-type", "application/grpc"}};

Pairs and_(Pairs pairs, const Pairs& more)
{
    pairs.insert(pairs.end(), more.begin(), more.end());
    return pairs;
}

struct Feed {
    GrpcAnswer& answer;
    void head(const Pairs& pairs = kHead, bool last = false) { answer.onHeaders(fields(pairs), false, last); }
    void data(const std::string& bytes) { answer.onData(bytes); }
    void trailers(const Pairs& pairs, bool tooLarge = false) { answer.onHeaders(fields(pairs), tooLarge, true); }
    void end() { answer.onEnd(); }
    void reset(std::uint32_t code) { answer.onReset(code); }
};

}  // namespace

Q_DECLARE_METATYPE(std::function<void(Feed&)>)

class TestGrpcAnswer : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whatAnAnswerComesTo_data()
    {
        QTest::addColumn<std::function<void(Feed&)>>("feed");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("words");  // part of the status's; of a good answer: the message
        QTest::addColumn<bool>("undone");    // nothing was done for it
        const auto row = [](const char* name, int code, const char* words, std::function<void(Feed&)> feed,
                            bool undone = false) {
            QTest::newRow(name) << std::move(feed) << code << QString::fromUtf8(words) << undone;
        };
        const Pairs good = {{"grpc-status", "0"}};

        row("a message and its trailers", 0, "hello", [=](Feed& f) {
            f.head();
            f.data(framed("hello"));
            f.trailers(good);
        });
        row("byte for byte", 0, "hello", [=](Feed& f) {
            f.head();
            for (const char c : framed("hello")) f.data(std::string(1, c));
            f.trailers(good);
        });
        row("an empty message", 0, "", [=](Feed& f) {
            f.head();
            f.data(framed(""));
            f.trailers(good);
        });
        row("after informational heads", 0, "hello", [=](Feed& f) {
            f.head({{":status", "100"}});
            f.head({{":status", "103"}});
            f.head();
            f.data(framed("hello"));
            f.trailers(good);
        });
        row("packed by gzip", 0, "hello", [=](Feed& f) {
            f.head(and_(kHead, {{"grpc-encoding", "gzip"}}));
            f.data(framed(packed("hello"), true));
            f.trailers(good);
        });
        row("a content-type with parameters", 0, "hello", [=](Feed& f) {
            f.head({{":status", "200"}, {"content-type", "application/grpc+proto; charset=utf-8"}});
            f.data(framed("hello"));
            f.trailers(good);
        });

        row("trailers alone", 5, "no such model", [](Feed& f) {
            f.head(and_(kHead, {{"grpc-status", "5"}, {"grpc-message", "no such model"}}), true);
        });
        row("an error after its message", 8, "full", [=](Feed& f) {
            f.head();
            f.data(framed("hello"));
            f.trailers({{"grpc-status", "8"}, {"grpc-message", "full"}});
        });
        row("words that are encoded", 3, "größer als 100 %", [](Feed& f) {
            f.head(and_(kHead, {{"grpc-status", "3"}, {"grpc-message", "gr%C3%B6%C3%9Fer als 100 %25"}}), true);
        });
        row("words that are encoded badly", 3, "50%zz 1%", [](Feed& f) {
            f.head(and_(kHead, {{"grpc-status", "3"}, {"grpc-message", "50%zz 1%"}}), true);
        });
        row("a status out of range", 2, "odd", [](Feed& f) {
            f.head(and_(kHead, {{"grpc-status", "99"}, {"grpc-message", "odd"}}), true);
        });
        row("a status that is no number", 2, "", [](Feed& f) { f.head(and_(kHead, {{"grpc-status", "ok"}}), true); });

        row("trailers without a status", 2, "without a status", [](Feed& f) {
            f.head();
            f.data(framed("hello"));
            f.trailers({{"x-more", "1"}});
        });
        row("no trailers", 2, "without a status", [](Feed& f) {
            f.head();
            f.data(framed("hello"));
            f.end();
        });
        row("good without a message", 13, "no message", [=](Feed& f) {
            f.head();
            f.trailers(good);
        });
        row("good, trailers alone", 13, "no message", [=](Feed& f) { f.head(and_(kHead, good), true); });
        row("good with half a message", 13, "cut off", [=](Feed& f) {
            f.head();
            f.data(framed("hello").substr(0, 7));
            f.trailers(good);
        });
        row("good with half a prefix", 13, "cut off", [=](Feed& f) {
            f.head();
            f.data("\x01");
            f.trailers(good);
        });
        row("two messages", 13, "more than one message", [](Feed& f) {
            f.head();
            f.data(framed("one") + framed("two"));
        });
        row("not gRPC within", 13, "malformed gRPC message", [](Feed& f) {
            f.head();
            f.data("<html>");
        });
        row("packed without saying how", 13, "does not say how", [](Feed& f) {
            f.head();
            f.data(framed("hello", true));
        });
        row("packed by what was not offered", 13, "'br'", [](Feed& f) {
            f.head(and_(kHead, {{"grpc-encoding", "br"}}));
        });
        row("larger than is accepted", 13, "larger than", [](Feed& f) {
            f.head();
            f.data(framed(std::string(kMost + 1, 'x')).substr(0, http::kGrpcPrefix));
        });
        row("unpacked larger than is accepted", 13, "larger than", [](Feed& f) {
            f.head(and_(kHead, {{"grpc-encoding", "gzip"}}));
            f.data(framed(packed(std::string(100'000, 'x')), true));
        });
        row("trailers larger than is accepted", 13, "fields are larger", [](Feed& f) {
            f.head();
            f.data(framed("hello"));
            f.trailers({}, true);
        });
        row("large trailers whose status fits", 5, "", [](Feed& f) {
            f.head();
            f.trailers({{"grpc-status", "5"}}, true);
        });
        row("fields in the middle", 13, "in the middle", [](Feed& f) {
            f.head();
            f.head({{"x-more", "1"}});
        });

        row("503 of a proxy", 14, "HTTP 503 instead of gRPC: <html> busy", [](Feed& f) {
            f.head({{":status", "503"}, {"content-type", "text/html"}});
            f.data("<html> ");
            f.data("busy");
            f.end();
        });
        row("503 that goes on and on", 14, "HTTP 503 instead of gRPC: xxx", [](Feed& f) {
            f.head({{":status", "503"}});
            f.data(std::string(10'000, 'x'));
        });
        row("503 with no body", 14, "HTTP 503", [](Feed& f) { f.head({{":status", "503"}}, true); });
        row("503 with a status of gRPC", 8, "full", [](Feed& f) {
            f.head({{":status", "503"}, {"grpc-status", "8"}, {"grpc-message", "full"}}, true);
        });
        for (const auto& [http, code] : std::vector<std::pair<const char*, int>>{
                 {"400", 13}, {"401", 16}, {"403", 7}, {"404", 12}, {"429", 14}, {"502", 14}, {"504", 14}, {"302", 2}})
            row(http, code, http, [http = http](Feed& f) { f.head({{":status", http}}, true); });
        row("a page where gRPC should be", 2, "HTTP 200 instead of gRPC: hello", [](Feed& f) {
            f.head({{":status", "200"}, {"content-type", "text/html"}});
            f.data("hello");
            f.end();
        });
        row("bytes that are washed", 14,
            "a\xef\xbf\xbd"
            "b",
            [](Feed& f) {
                f.head({{":status", "503"}});
                f.data(
                    "a\x01"
                    "b");
                f.end();
            });

        for (const auto& [name, reset, code] :
             std::vector<std::tuple<const char*, int, int>>{{"reset: no error", 0, 13},
                                                            {"reset: protocol", 1, 13},
                                                            {"reset: internal", 2, 13},
                                                            {"reset: flow", 3, 13},
                                                            {"reset: size", 6, 13},
                                                            {"reset: cancel", 8, 1},
                                                            {"reset: calm", 11, 8},
                                                            {"reset: security", 12, 7},
                                                            {"reset: unknown", 99, 13}})
            row(name, code, "was reset", [reset = reset](Feed& f) {
                f.head();
                f.reset(static_cast<std::uint32_t>(reset));
            });
        row(
            "refused", 14, "refused", [](Feed& f) { f.reset(7); }, true);
        row("reset after its end", 0, "hello", [=](Feed& f) {
            f.head();
            f.data(framed("hello"));
            f.trailers(good);
            f.reset(0);
        });
    }
    void whatAnAnswerComesTo()
    {
        QFETCH(std::function<void(Feed&)>, feed);
        QFETCH(int, code);
        QFETCH(QString, words);
        QFETCH(bool, undone);
        std::string read;
        GrpcAnswer answer(kMost, [&](http::GrpcMessageReader::Message& message) {
            read = message.bytes();
            return absl::OkStatus();
        });
        Feed fed{answer};
        feed(fed);
        QVERIFY(answer.over());
        QCOMPARE(toGrpc(answer.status()), code);
        const QString said = QString::fromStdString(code == 0 ? read : text(answer.status()));
        QVERIFY2(said.contains(words), qPrintable(said));
        QCOMPARE(isUnsent(answer.status()), undone);
    }

    void aMessageThatCannotBeReadIsTheAnswersFault()
    {
        GrpcAnswer answer(kMost, [](http::GrpcMessageReader::Message&) { return internal("no such message"); });
        Feed feed{answer};
        feed.head();
        feed.data(framed("hello"));
        QVERIFY(answer.over());
        QCOMPARE(text(answer.status()), std::string("no such message"));
        feed.trailers({{"grpc-status", "0"}});
        QVERIFY(!answer.status().ok());
    }

    void theServersLimitIsNotOurs()
    {
        const auto ended = [](const std::string& words) {
            GrpcAnswer answer(kMost, nullptr);
            answer.onHeaders(fields(and_(kHead, {{"grpc-status", "8"}, {"grpc-message", words}})), false, true);
            return answer.status();
        };
        QCOMPARE(toHttp(ended("Received message larger than max (6000000 vs. 4194304)")), 413u);
        QCOMPARE(toHttp(ended("the queue is full")), 429u);
        GrpcAnswer tooLarge(kMost, nullptr);
        Feed feed{tooLarge};
        feed.head();
        feed.data(framed(std::string(kMost + 1, 'x')));
        QCOMPARE(toHttp(tooLarge.status()), 502u);
        QVERIFY(!retryAfterOf(tooLarge.status()));
    }
};

QTEST_GUILESS_MAIN(TestGrpcAnswer)
#include "tst_grpc_answer.moc"
