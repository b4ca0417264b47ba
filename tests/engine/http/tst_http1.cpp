// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/request_parser.h"
#include "http/response_head.h"
#include "http/response_parser.h"

#include <QtTest>

#include <random>

using namespace millrace;
using namespace millrace::http;

namespace {

QByteArray bytes(const std::string& text)
{
    return QByteArray::fromStdString(text);
}

/// What a parser makes of a connection's bytes, which come in pieces of at most `pieceMax`; `ends`: then it is closed.
struct Heard final : ResponseParser::Listener {
    std::string text, body;

    void onField(std::string_view name, std::string_view value, bool hop) override
    {
        text.append(hop ? "(" : "").append(name).append("=").append(value).append(hop ? ")" : "").append(" ");
    }
    void onHead(unsigned status) override { text += std::to_string(status) + " "; }
    void onBody(std::string_view bytes) override { body += bytes; }

    static std::string of(std::string_view answers, std::size_t pieceMax, bool ends, bool bodyless = false,
                          ResponseParser::Limits limits = {})
    {
        std::string all;
        Heard heard;
        ResponseParser parser(heard, limits);
        parser.begin(bodyless);
        for (std::size_t at = 0, arrived = 0;;) {
            const auto fed = parser.feed(answers.substr(at, arrived));
            at += fed.used;
            arrived -= fed.used;
            if (fed.step == ResponseParser::Step::Failed) return all + "failed: " + parser.problem();
            const bool over = at + arrived == answers.size();
            const bool ended = fed.step == ResponseParser::Step::NeedMore && over && ends && parser.finish();
            if (fed.step == ResponseParser::Step::Done || ended) {
                all += heard.text + "\"" + heard.body + "\"" + (parser.keepsAlive() ? " stays; " : " closes; ");
                heard = Heard();
                if (ended || at == answers.size()) return all;
                parser.begin(bodyless);
            } else if (over) {
                return all + "more";
            } else {
                arrived += std::min(pieceMax, answers.size() - at - arrived);
            }
        }
    }
};

}  // namespace

/// HTTP/1.1 as bytes: what is read of requests, and what a server writes around a body.
class TestHttp1 : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void datesAreHttpDates()
    {
        QCOMPARE(httpDate(784'111'777), std::string("Sun, 06 Nov 1994 08:49:37 GMT"));
        QCOMPARE(httpDate(0), std::string("Thu, 01 Jan 1970 00:00:00 GMT"));
    }

    void randomRequestsAreParsedOrRefused()
    {
        // Fed in random pieces, changed at random: never more used than given, and the same outcome however it is cut.
        std::mt19937 random(7);
        const std::string seed =
            "POST /v1/x HTTP/1.1\r\nHost: localhost\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n"
            "5\r\nhello\r\n3;a=b\r\nabc\r\n0\r\nT: x\r\n\r\n";
        const auto outcome = [&](const std::string& request, std::size_t pieceMax) {
            RequestParser parser;
            RequestHead head;
            std::string body, held;
            parser.reset(4096);
            bool headDone = false;
            for (std::size_t at = 0; at < request.size();) {
                const std::size_t piece = std::min(request.size() - at, 1 + random() % pieceMax);
                held.append(request, at, piece);
                at += piece;
                for (bool again = true; again;) {
                    const auto fed = headDone ? parser.chunks(held, body, 100) : parser.head(held, head);
                    if (fed.used > held.size()) return std::string("used too much");
                    held.erase(0, fed.used);
                    if (fed.step == RequestParser::Step::Failed) return std::string("failed");
                    again = !headDone && fed.step == RequestParser::Step::Done && head.chunked;
                    if (!headDone && fed.step == RequestParser::Step::Done && !head.chunked)
                        return std::string("no chunks");
                    if (headDone && fed.step == RequestParser::Step::Done) return "body " + body;
                    headDone = headDone || fed.step == RequestParser::Step::Done;
                }
            }
            return std::string("more");
        };
        QCOMPARE(outcome(seed, 1), std::string("body helloabc"));
        QCOMPARE(outcome(seed, 1000), std::string("body helloabc"));
        for (int i = 0; i < 5'000; ++i) {
            std::string request = seed;
            request[random() % request.size()] = static_cast<char>(random() % 256);
            const std::string whole = outcome(request, 1000);
            QVERIFY(whole != "used too much");
            const std::string cut = outcome(request, 3);
            // Cut finely it may still wait for more where the whole was refused early, never the other way round.
            if (whole.starts_with("body") || cut.starts_with("body")) QCOMPARE(bytes(cut), bytes(whole));
        }
    }

    void answersAreTheSameHoweverTheyArrive_data()
    {
        QTest::addColumn<QByteArray>("answers");
        QTest::addColumn<bool>("ends");
        QTest::addColumn<QByteArray>("heard");
        const auto row = [](const char* name, const char* answers, bool ends, const char* heard) {
            QTest::newRow(name) << QByteArray(answers) << ends << QByteArray(heard);
        };
        row("length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", false, "Content-Length=2 200 \"{}\" stays; ");
        row("no body", "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", false,
            "204 \"\" stays; Content-Length=5 304 \"\" stays; ");
        row("chunks and a trailer",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;a=b\r\nabc\r\n0\r\nT: x\r\n\r\n",
            false, "(Transfer-Encoding=chunked) 200 \"helloabc\" stays; ");
        row("HTTP/1.0 ends with its connection", "HTTP/1.0 200 OK\r\nA: b\r\n\r\nall there is", true,
            "A=b 200 \"all there is\" closes; ");
        row("the end of the connection is no end of a length", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", true,
            "more");
        row("nor of chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r", true, "more");
        row("nor of a head", "HTTP/1.1 200 OK\r\nA: b\r\n", true, "more");
        row("informational",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: "
            "1\r\n\r\n-",
            false, "Content-Length=1 200 \"-\" stays; ");
        row("a protocol nobody asked for", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", false,
            "failed: it switches to a protocol that was not requested");
        row("last of its connection", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", false,
            "(Connection=close) Content-Length=0 200 \"\" closes; ");
        row("two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", false,
            "failed: multiple Content-Length");
        row("length and chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
            false, "failed: bad Content-Length");
        row("a status that is none", "HTTP/1.1 099 Odd\r\n\r\n", false, "failed: bad status");
        row("a chunk beyond any size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nx",
            false, "failed: bad chunk");
    }
    void answersAreTheSameHoweverTheyArrive()
    {
        QFETCH(QByteArray, answers);
        QFETCH(bool, ends);
        QFETCH(QByteArray, heard);
        for (const std::size_t pieceMax : {1000, 7, 2, 1}) {
            const QByteArray found = bytes(Heard::of(answers.toStdString(), pieceMax, ends));
            // What came before a problem may be told or not.
            if (heard.startsWith("failed")) {
                QVERIFY2(found.endsWith(heard), found.constData());
            } else {
                QCOMPARE(found, heard);
            }
        }
    }

    /// What follows an answer is the next one's.
    void noMoreThanAnAnswerIsTaken()
    {
        for (const char* framing :
             {"Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n"}) {
            const std::string answer = std::string("HTTP/1.1 200 OK\r\n") + framing;
            const std::string all = answer + "NEXT!";
            const std::size_t head = answer.find("\r\n\r\n") + 4;
            for (std::size_t cut = 0; cut <= answer.size(); ++cut) {
                Heard heard;
                ResponseParser parser(heard, {});
                parser.begin();
                auto fed = parser.feed(std::string_view(all).substr(0, cut));
                std::size_t used = fed.used;
                if (fed.step == ResponseParser::Step::NeedMore) {
                    fed = parser.feed(std::string_view(all).substr(used));
                    used += fed.used;
                }
                QVERIFY(fed.step == ResponseParser::Step::Done);
                QCOMPARE(used, answer.size());
                QCOMPARE(heard.body, std::string("hello"));
                QCOMPARE(parser.headBytes(), std::uint64_t{head});
            }
        }
    }

    void answersToHeadHaveNoBody()
    {
        QCOMPARE(
            bytes(Heard::of("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 5, false, true)),
            QByteArray("Content-Length=9 200 \"\" stays; 200 \"\" stays; "));
    }

    /// Beast holds its limit against each call alone: a head that came line by line had none.
    void headsAreBoundedHoweverTheyArrive()
    {
        std::string lines = "HTTP/1.1 200 OK\r\n";
        for (int i = 0; i < 40; ++i) lines += "A: " + std::string(50, 'x') + "\r\n";
        for (const std::size_t pieceMax : {10'000, 60, 11, 1})
            QCOMPARE(bytes(Heard::of(lines, pieceMax, false, false, {.headBytes = 1000, .fields = 100})),
                     QByteArray("failed: header limit exceeded"));
        std::string many = "HTTP/1.1 200 OK\r\nConnection: x\r\nKeep-Alive: y\r\n";
        for (int i = 0; i < 5; ++i) many += "A: b\r\n";
        many += "Content-Length: 0\r\n\r\n";
        for (const std::size_t pieceMax : {10'000, 1}) {
            QVERIFY(Heard::of(many, pieceMax, false, false, {.headBytes = 1000, .fields = 6}).ends_with("stays; "));
            QCOMPARE(bytes(Heard::of(many, pieceMax, false, false, {.headBytes = 1000, .fields = 5})),
                     QByteArray("failed: header limit exceeded"));
        }
    }
};

QTEST_GUILESS_MAIN(TestHttp1)
#include "tst_http1.moc"
