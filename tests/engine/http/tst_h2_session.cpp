// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/flood_guard.h"
#include "http/h2_session.h"
#include "support/h2_text.h"

#include <QtTest>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

using namespace millrace;
using namespace millrace::http;
using millrace::testing::taken;

namespace {

constexpr TimePoint kStart{};

/// One end, and what it was told.
class End : public H2Events {
public:
    struct Told {
        std::vector<HttpFields> heads;
        std::string body;
        bool tooLarge = false, ended = false, sent = false;
        int closed = 0;
        std::uint32_t code = 0;
    };

    explicit End(H2Role role, H2Limits limits = {}) : session(role, limits, *this) {}

    std::string pulled()
    {
        H2Out out;
        session.pull(out, 1u << 30);
        return taken(out);
    }

    H2Session session;
    std::map<H2StreamId, Told> told;
    bool consumes = true;
    int leaving = 0, settings = 0;

private:
    void onLeaving() override { ++leaving; }
    void onSettings() override { ++settings; }
    void onHeaders(H2StreamId stream, HttpFields fields, bool tooLarge, bool last) override
    {
        told[stream].heads.push_back(std::move(fields));
        told[stream].tooLarge = tooLarge;
        told[stream].ended = last;
    }
    void onData(H2StreamId stream, std::string_view bytes) override
    {
        told[stream].body += bytes;
        if (consumes) session.consume(stream, bytes.size());
    }
    void onEnd(H2StreamId stream) override { told[stream].ended = true; }
    void onSent(H2StreamId stream) override { told[stream].sent = true; }
    void onClosed(H2StreamId stream, std::uint32_t code) override
    {
        ++told[stream].closed;
        told[stream].code = code;
    }
};

/// A client and a server, joined by nothing but their bytes.
struct Pair {
    explicit Pair(H2Limits serverLimits = {}, H2Limits clientLimits = {})
        : client(H2Role::Client, clientLimits), server(H2Role::Server, serverLimits)
    {
        pump();
    }
    /// Until neither has anything to say. `piece`: how the bytes are cut.
    void pump(std::size_t piece = std::string::npos)
    {
        for (bool more = true; more;) {
            more = false;
            for (auto [from, to] : {std::pair{&client, &server}, {&server, &client}}) {
                const std::string bytes = from->pulled();
                more = more || !bytes.empty();
                for (std::size_t i = 0; i < bytes.size(); i += std::min(piece, bytes.size() - i))
                    status.Update(to->session.receive(std::string_view(bytes).substr(i, piece), now));
            }
        }
    }

    End client, server;
    Status status;
    TimePoint now = kStart;
};

HttpFields requestHead()
{
    HttpFields head;
    head.add(":method", "POST");
    head.add(":scheme", "http");
    head.add(":path", "/a/b");
    head.add(":authority", "here");
    head.add("content-type", "application/grpc");
    return head;
}

HttpFields responseHead()
{
    HttpFields head;
    head.add(":status", "200");
    return head;
}

// ---- frames, byte by byte ----

enum Type : char { kData, kHeaders, kPriority, kReset, kSettings, kPush, kPing, kGoaway, kWindow, kContinuation };
constexpr char kEndStream = 1, kAck = 1, kEndHeaders = 4, kPadded = 8;

std::string frame(char type, char flags, std::uint32_t stream, const std::string& payload)
{
    const std::size_t size = payload.size();
    std::string out{static_cast<char>(size >> 16), static_cast<char>(size >> 8), static_cast<char>(size), type, flags};
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(stream >> shift);
    return out + payload;
}

std::string number(std::uint32_t value)
{
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
    return out;
}

const std::string kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const std::string kBlock = "\x83\x86\x84\x41\x01\x61";  // POST, http, /, :authority a

std::string greeting()
{
    return kPreface + frame(kSettings, 0, 0, "");
}
std::string request(std::uint32_t stream, char flags = kEndHeaders)
{
    return frame(kHeaders, flags, stream, kBlock);
}
std::string setting(std::uint16_t id, std::uint32_t value)
{
    return std::string{static_cast<char>(id >> 8), static_cast<char>(id)} + number(value);
}

struct Answer {
    char type;
    std::uint32_t stream, code;
};
/// The GOAWAYs and RST_STREAMs among the frames, and answers to PING (their code is their number).
std::vector<Answer> answers(const std::string& bytes)
{
    const auto at = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])); };
    const auto word = [&](std::size_t i) { return at(i) << 24 | at(i + 1) << 16 | at(i + 2) << 8 | at(i + 3); };
    std::vector<Answer> out;
    for (std::size_t i = 0; i + 9 <= bytes.size();) {
        const std::size_t size = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
        const char type = bytes[i + 3];
        if (type == kReset) out.push_back({type, word(i + 5), word(i + 9)});
        if (type == kGoaway) out.push_back({type, word(i + 9), word(i + 13)});
        if (type == kPing && bytes[i + 4] == kAck) out.push_back({type, 0, 0});
        i += 9 + size;
    }
    return out;
}

}  // namespace

class TestH2Session : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aCallGoesThereAndBack_data()
    {
        QTest::addColumn<int>("piece");
        for (const int piece : {1 << 30, 1, 7, 1000}) QTest::addRow("pieces of %d", piece) << piece;
    }
    void aCallGoesThereAndBack()
    {
        QFETCH(int, piece);
        const auto cut = static_cast<std::size_t>(piece);
        Pair pair;
        const auto stream = pair.client.session.request(requestHead(), false);
        QVERIFY(stream);
        pair.client.session.send(*stream, "half ");
        pair.client.session.send(*stream, std::string(10'000, 'x'));
        pair.client.session.finish(*stream);
        pair.pump(cut);
        auto& asked = pair.server.told[*stream];
        QCOMPARE(asked.heads.size(), std::size_t(1));
        QCOMPARE(asked.heads[0].get(":path"), std::string_view("/a/b"));
        QCOMPARE(asked.heads[0].get("nothing"), std::string_view());
        QCOMPARE(asked.body, "half " + std::string(10'000, 'x'));
        QVERIFY(asked.ended && asked.closed == 0);
        QVERIFY(pair.client.told[*stream].sent);

        pair.server.session.respond(*stream, responseHead(), false);
        pair.server.session.send(*stream, std::string(100'000, 'y'));
        HttpFields trailers;
        trailers.add("grpc-status", "0");
        pair.server.session.finish(*stream, trailers);
        pair.pump(cut);
        auto& got = pair.client.told[*stream];
        QCOMPARE(got.heads.size(), std::size_t(2));
        QCOMPARE(got.heads[1].get("grpc-status"), std::string_view("0"));
        QCOMPARE(got.body.size(), std::size_t(100'000));
        QVERIFY(got.ended);
        QCOMPARE(got.closed, 1);
        QCOMPARE(got.code, 0u);
        QCOMPARE(asked.closed, 1);
        QCOMPARE(pair.server.session.streamsOpen() + pair.client.session.streamsOpen(), std::size_t(0));
        QCOMPARE(pair.server.session.counters().streams, std::uint64_t(1));
        QVERIFY(pair.status.ok());
    }

    void aResponseMayBeItsHeadAlone()
    {
        Pair pair;
        const auto stream = pair.client.session.request(requestHead(), true);
        pair.pump();
        QVERIFY(pair.server.told[*stream].ended);
        pair.server.session.respond(*stream, responseHead(), true);
        pair.pump();
        QVERIFY(pair.client.told[*stream].ended);
        QCOMPARE(pair.client.told[*stream].closed, 1);
    }

    /// The client is told to stop, without an error, and all is forgotten.
    void anInterimResponseComesBeforeTheOther()
    {
        Pair pair;
        const auto stream = *pair.client.session.request(requestHead(), false);
        pair.pump();
        HttpFields interim;
        interim.add(":status", "100");
        pair.server.session.inform(stream, interim);
        pair.pump();
        QCOMPARE(pair.client.told[stream].heads.size(), std::size_t(1));
        QCOMPARE(pair.client.told[stream].heads[0].get(":status"), std::string_view("100"));
        pair.client.session.send(stream, "body");
        pair.client.session.finish(stream);
        pair.pump();
        QCOMPARE(pair.server.told[stream].body, std::string("body"));
        pair.server.session.respond(stream, responseHead(), true);
        pair.pump();
        QCOMPARE(pair.client.told[stream].heads.size(), std::size_t(2));
        QCOMPARE(pair.client.told[stream].code, 0u);
        QVERIFY(pair.status.ok());
        pair.server.session.inform(stream, interim);  // it is over: nothing happens
        QVERIFY(pair.server.pulled().empty());
    }

    void aHeaderBlockThatIsNotWholeIsKnown()
    {
        End server(H2Role::Server);
        const TimePoint later = kStart + 5s;
        QVERIFY(server.session.receive(greeting() + request(1), kStart).ok());
        QVERIFY(!server.session.headersBegan());
        const std::string half = request(3, 0);
        QVERIFY(server.session.receive(half.substr(0, half.size() - 2), later).ok());
        QCOMPARE(server.session.headersBegan().value(), later);
        QVERIFY(server.session.receive(half.substr(half.size() - 2) + frame(kContinuation, 0, 3, ""), later + 1s).ok());
        QCOMPARE(server.session.headersBegan().value(), later);
        QVERIFY(server.session.receive(frame(kContinuation, kEndHeaders, 3, ""), later + 2s).ok());
        QVERIFY(!server.session.headersBegan());
        // One that is wrong is over, too.
        const std::string wrong = kBlock + std::string(
                                               "\x00\x01"
                                               "A\x01"
                                               "b",
                                               5);
        QVERIFY(server.session.receive(frame(kHeaders, 0, 5, wrong) + frame(kContinuation, kEndHeaders, 5, ""), later)
                    .ok());
        server.pulled();
        QVERIFY(!server.session.headersBegan());
        QCOMPARE(server.told[5].closed, 1);
    }

    void aResponseBeforeItsRequestEndsBoth()
    {
        Pair pair;
        const auto stream = pair.client.session.request(requestHead(), false);
        pair.client.session.send(*stream, std::string(1'000'000, 'x'));
        pair.server.consumes = false;
        pair.pump();
        pair.server.session.respond(*stream, responseHead(), true);
        pair.pump();
        QVERIFY(pair.client.told[*stream].ended);
        QCOMPARE(pair.client.told[*stream].code, 0u);
        QCOMPARE(pair.client.told[*stream].closed, 1);
        QCOMPARE(pair.server.told[*stream].closed, 1);
        pair.server.session.consume(*stream, pair.server.told[*stream].body.size());
        pair.pump();
        QVERIFY(pair.status.ok());
    }

    void whatIsNotTakenStopsTheSender()
    {
        H2Limits limits;
        limits.streamWindow = 70'000;
        limits.connectionWindow = 150'000;
        Pair pair(limits);
        pair.server.consumes = false;
        std::vector<H2StreamId> streams;
        for (int i = 0; i < 3; ++i) {
            streams.push_back(*pair.client.session.request(requestHead(), false));
            pair.client.session.send(streams.back(), std::string(200'000, 'x'));
        }
        pair.pump();
        std::size_t all = 0;
        for (const auto stream : streams) {
            QVERIFY(pair.server.told[stream].body.size() <= 70'000);
            all += pair.server.told[stream].body.size();
        }
        QCOMPARE(all, std::size_t(150'000));
        QCOMPARE(pair.client.session.unsent(streams[0]), 200'000 - pair.server.told[streams[0]].body.size());
        // As much as was taken comes on.
        std::map<H2StreamId, std::size_t> had;
        for (const auto stream : streams) had[stream] = pair.server.told[stream].body.size();
        for (const auto stream : {streams[0], streams[1]}) pair.server.session.consume(stream, had[stream]);
        pair.pump();
        std::size_t more = 0;
        for (const auto stream : streams) more += pair.server.told[stream].body.size();
        QVERIFY(more > all && more <= all + had[streams[0]] + had[streams[1]]);
        pair.server.consumes = true;
        for (const auto stream : streams)
            pair.server.session.consume(
                stream, pair.server.told[stream].body.size() - (stream == streams[2] ? 0 : had[stream]));
        pair.pump();
        for (const auto stream : streams) QCOMPARE(pair.server.told[stream].body.size(), std::size_t(200'000));
    }

    /// Bytes of a stream that is gone must not stay counted against the others.
    void largeMessagesComeInFewFramesAndWaitForNothing()
    {
        H2Limits limits;
        limits.streamWindow = 1u << 20;
        limits.connectionWindow = 4u << 20;
        Pair pair(limits);
        auto& client = pair.client.session;
        const auto stream = *client.request(requestHead(), false);
        client.send(stream, std::string(400'000, 'x'));
        client.finish(stream);
        const std::string bytes = pair.client.pulled();
        QCOMPARE(client.unsent(stream), std::size_t(0));
        int frames = 0;
        for (std::size_t at = 0; at + 9 <= bytes.size();) {
            const auto byte = [&](std::size_t i) {
                return static_cast<std::size_t>(static_cast<std::uint8_t>(bytes[at + i]));
            };
            frames += byte(3) == 0 ? 1 : 0;
            at += 9 + (byte(0) << 16 | byte(1) << 8 | byte(2));
        }
        QVERIFY2(frames <= 7, qPrintable(QString::number(frames)));
        QVERIFY(pair.server.session.receive(bytes, kStart).ok());
        QCOMPARE(pair.server.told[stream].body.size(), std::size_t(400'000));
        QVERIFY(pair.server.told[stream].ended);
    }

    /// What is new in each call used to push the rest out of the table, which then had to be said again and again.
    void fieldsThatAreTheSameAreSaidOnce()
    {
        Pair pair;
        std::vector<std::size_t> asked, answered;
        for (int call = 0; call < 300; ++call) {
            const std::string number = std::to_string(1000 + call);
            HttpFields head = requestHead();
            head.add("te", "trailers");
            head.add("user-agent", "millrace");
            head.add("grpc-timeout", "59998" + number + "u");
            const auto stream = *pair.client.session.request(head, true);
            const std::string request = pair.client.pulled();
            QVERIFY(pair.server.session.receive(request, kStart).ok());
            asked.push_back(request.size());
            QCOMPARE(pair.server.told[stream].heads.front().get("grpc-timeout"), "59998" + number + "u");
            HttpFields answer = responseHead();
            answer.add("content-type", "application/grpc");
            answer.add("grpc-accept-encoding", "identity,deflate,gzip");
            answer.add("x-request-id", "mr-" + number);
            answer.add("server-timing",
                       "total;dur=0." + number + ", queue;dur=0.1, backend;dur=0.2" + std::string(60, 'x'));
            answer.add("grpc-status", "0");
            pair.server.session.respond(stream, answer, true);
            const std::string response = pair.server.pulled();
            QVERIFY(pair.client.session.receive(response, kStart).ok());
            answered.push_back(response.size());
        }
        for (const auto& sizes : {asked, answered}) {
            const auto [least, most] = std::minmax_element(sizes.begin() + 1, sizes.end());
            QVERIFY2(*most - *least < 4, qPrintable(QString("%1 to %2 bytes").arg(*least).arg(*most)));  // the digits'
        }
    }

    void theWindowOfTheConnectionComesBack()
    {
        H2Limits limits;
        limits.connectionWindow = 100'000;
        Pair pair(limits);
        pair.server.consumes = false;
        for (int i = 0; i < 10; ++i) {
            const auto stream = *pair.client.session.request(requestHead(), false);
            pair.client.session.send(stream, std::string(80'000, 'x'));
            pair.pump();
            QCOMPARE(pair.server.told[stream].body.size(), std::size_t(80'000));
            pair.client.session.reset(stream, H2Code::Cancel);
            pair.pump();
            QCOMPARE(pair.server.told[stream].code, static_cast<std::uint32_t>(H2Code::Cancel));
            pair.server.session.consume(stream, 80'000);
            pair.pump();
        }
    }

    void aReaderThatStopsStopsTheResponse()
    {
        H2Limits clientLimits;
        clientLimits.streamWindow = 65'535;
        clientLimits.connectionWindow = 65'535;
        Pair pair({}, clientLimits);
        pair.client.consumes = false;
        const auto stream = *pair.client.session.request(requestHead(), true);
        pair.pump();
        pair.server.session.respond(stream, responseHead(), false);
        pair.server.session.send(stream, std::string(1'000'000, 'x'));
        pair.pump();
        QCOMPARE(pair.server.session.unsent(stream), std::size_t(1'000'000 - 65'535));
        QVERIFY(!pair.server.told[stream].sent);
        pair.client.consumes = true;
        pair.client.session.consume(stream, 65'535);
        pair.pump();
        QVERIFY(pair.server.told[stream].sent);
        QCOMPARE(pair.client.told[stream].body.size(), std::size_t(1'000'000));
    }

    void whatIsPulledIsBounded()
    {
        Pair pair;
        const auto stream = *pair.client.session.request(requestHead(), true);
        pair.pump();
        pair.server.session.respond(stream, responseHead(), false);
        pair.server.session.send(stream, std::string(200'000, 'x'));
        H2Out out;
        pair.server.session.pull(out, 20'000);
        QVERIFY(out.size() >= 20'000 && out.size() < 20'000 + 65'536 + 100);
    }

    void headerListsAreBounded()
    {
        H2Limits limits;
        limits.headerListBytesMax = 1'000;
        Pair pair(limits);
        auto head = requestHead();
        head.add("a", std::string(500, 'a'));
        head.add("b", std::string(900, 'b'));
        head.add("c", "small, but after the limit");
        const auto stream = *pair.client.session.request(head, true);
        pair.pump();
        const auto& told = pair.server.told[stream];
        QVERIFY(told.tooLarge);
        QVERIFY(told.heads[0].listBytes() <= 1'000);
        QCOMPARE(told.heads[0].get("a").size(), std::size_t(500));
        QVERIFY(told.heads[0].get("c").empty());
        const auto next = *pair.client.session.request(requestHead(), true);
        pair.pump();
        QVERIFY(!pair.server.told[next].tooLarge);
    }

    void headerListsMayGetAnotherBound()
    {
        Pair pair;
        const auto refused = [&](std::size_t bytes) {
            auto head = requestHead();
            head.add("a", std::string(bytes, 'a'));
            const auto stream = *pair.client.session.request(head, true);
            pair.pump();
            return pair.server.told[stream].tooLarge;
        };
        QVERIFY(!refused(2'000));
        const int settings = pair.client.settings;
        pair.server.session.setHeaderListMax(1'000);
        QVERIFY(refused(2'000));
        QVERIFY(!refused(500));
        QCOMPARE(pair.client.settings, settings + 1);
        pair.server.session.setHeaderListMax(4'000);
        QVERIFY(!refused(2'000));
        QVERIFY(refused(5'000));
        QCOMPARE(pair.client.settings, settings + 2);
        pair.server.session.setHeaderListMax(4'000);
        pair.pump();
        QCOMPARE(pair.client.settings, settings + 2);
    }

    /// A client that acknowledges nothing is told once; then, when it has, the bound that holds by now.
    void boundsOfHeaderListsDoNotPileUp()
    {
        End server(H2Role::Server);
        QVERIFY(server.session.receive(greeting(), kStart).ok());
        server.pulled();
        for (std::uint32_t i = 0; i < 1'000; ++i) server.session.setHeaderListMax(2'000 + i);
        QVERIFY(server.pulled().empty());
        const std::string ack = frame(kSettings, kAck, 0, "");
        QVERIFY(server.session.receive(ack, kStart).ok());
        QCOMPARE(server.pulled(), frame(kSettings, 0, 0, std::string("\0\6\0\0\x0b\xb7", 6)));  // 2999
        for (std::uint32_t i = 0; i < 1'000; ++i) server.session.setHeaderListMax(2'000 + i);
        server.session.setHeaderListMax(1'000);
        QVERIFY(server.pulled().empty());
        QVERIFY(server.session.receive(ack, kStart).ok());
        QCOMPARE(server.pulled(), frame(kSettings, 0, 0, std::string("\0\6\0\0\x03\xe8", 6)));
        QVERIFY(server.session.receive(ack, kStart).ok());
        QVERIFY(server.pulled().empty());
    }

    void streamsAreBounded()
    {
        H2Limits limits;
        limits.streamsMax = 2;
        End server(H2Role::Server, limits);
        QVERIFY(server.session.receive(greeting() + frame(kSettings, kAck, 0, ""), kStart).ok());
        server.pulled();
        QVERIFY(server.session.receive(request(1) + request(3), kStart).ok());
        QVERIFY(server.session.receive(request(5), kStart).ok());
        QVERIFY(!server.told.contains(5) || server.told[5].heads.empty());
        // A client of ours keeps to what it is told: the third waits.
        Pair pair(limits);
        for (int i = 0; i < 3; ++i) QVERIFY(pair.client.session.request(requestHead(), true));
        pair.pump();
        QCOMPARE(pair.server.told.size(), std::size_t(2));
        pair.server.session.respond(pair.server.told.begin()->first, responseHead(), true);
        pair.pump();
        QCOMPARE(pair.server.told.size(), std::size_t(3));
    }

    void theEndIsSaidTwice()
    {
        Pair pair;
        const auto stream = *pair.client.session.request(requestHead(), true);
        pair.pump();
        pair.server.session.announceEnd();
        const auto said = pair.server.pulled();
        const auto first = answers(said);
        QCOMPARE(first.size(), std::size_t(1));
        QCOMPARE(first[0].stream, 0x7fffffffu);
        QVERIFY(!pair.server.session.endAnnounced());
        QVERIFY(pair.client.session.receive(said, kStart).ok());
        pair.pump();
        QVERIFY(pair.server.session.endAnnounced());
        QVERIFY(pair.client.session.leaving());
        QVERIFY(!pair.client.session.request(requestHead(), true));
        pair.server.session.end();
        const auto second = pair.server.pulled();
        QCOMPARE(answers(second).at(0).stream, static_cast<std::uint32_t>(stream));
        QVERIFY(pair.client.session.receive(second, kStart).ok());
        QVERIFY(!pair.server.session.over());
        pair.server.session.respond(stream, responseHead(), true);
        pair.pump();
        QVERIFY(pair.client.told[stream].ended);
        QVERIFY(pair.server.session.over());
    }

    void aClientIsNotifiedOfTheEnd()
    {
        Pair pair;
        const auto stream = *pair.client.session.request(requestHead(), true);
        pair.pump();
        pair.server.session.end();
        pair.pump();
        QCOMPARE(pair.client.leaving, 1);
        QVERIFY(!pair.client.session.request(requestHead(), true));
        pair.server.session.respond(stream, responseHead(), true);
        pair.pump();
        QVERIFY(pair.client.told[stream].ended);
    }

    /// Two requests are on their way when the server says that it looks at the first one alone.
    void whatAGoodbyeDoesNotCoverIsRefused()
    {
        Pair pair;
        const auto first = *pair.client.session.request(requestHead(), true);
        const auto second = *pair.client.session.request(requestHead(), true);
        static_cast<void>(pair.client.pulled());
        const auto late = *pair.client.session.request(requestHead(), true);  // never sent
        QVERIFY(pair.client.session
                    .receive(frame(kGoaway, 0, 0,
                                   std::string("\0\0\0", 3) + static_cast<char>(first) + std::string(4, '\0')),
                             pair.now)
                    .ok());
        static_cast<void>(pair.client.pulled());
        for (const auto stream : {second, late}) {
            QCOMPARE(pair.client.told[stream].closed, 1);
            QCOMPARE(pair.client.told[stream].code, static_cast<std::uint32_t>(H2Code::RefusedStream));
        }
        QCOMPARE(pair.client.told[first].closed, 0);
    }

    void whatWasNeverSentIsDistinguished()
    {
        Pair pair;
        const auto sent = *pair.client.session.request(requestHead(), false);
        static_cast<void>(pair.client.pulled());
        const auto unsent = *pair.client.session.request(requestHead(), false);
        pair.client.session.closeStreams();
        QCOMPARE(pair.client.told[sent].code, static_cast<std::uint32_t>(H2Code::Cancel));
        QCOMPARE(pair.client.told[unsent].code, static_cast<std::uint32_t>(H2Code::RefusedStream));
    }

    /// They wait for the server's limit, and would have to until the first one ends.
    void whatWaitsForTheLimitIsRefusedWithTheGoodbye()
    {
        H2Limits limits;
        limits.streamsMax = 1;
        Pair pair(limits);
        const auto first = *pair.client.session.request(requestHead(), true);
        const auto body = std::make_shared<const std::string>(1000, 'x');
        std::vector<H2StreamId> waiting;
        for (int i = 0; i < 3; ++i) {
            waiting.push_back(*pair.client.session.request(requestHead(), false));
            pair.client.session.send(waiting.back(), body);
        }
        pair.pump();
        QVERIFY(pair.server.told.count(waiting.front()) == 0);
        pair.server.session.end();
        pair.pump();
        for (const auto stream : waiting) {
            QCOMPARE(pair.client.told[stream].closed, 1);
            QCOMPARE(pair.client.told[stream].code, static_cast<std::uint32_t>(H2Code::RefusedStream));
        }
        QCOMPARE(body.use_count(), 1L);
        QCOMPARE(pair.client.told[first].closed, 0);
        pair.server.session.respond(first, responseHead(), true);
        pair.pump();
        QCOMPARE(pair.client.told[first].closed, 1);
        for (const auto stream : waiting) QCOMPARE(pair.client.told[stream].closed, 1);
        QVERIFY(pair.server.told.count(waiting.back()) == 0);
        QVERIFY(pair.status.ok());
    }

    void whatIsGivenUpKeepsNothing_data()
    {
        QTest::addColumn<int>("allowed");
        QTest::newRow("before it may begin") << 0;
        QTest::newRow("while the window is closed") << 1;
    }
    void whatIsGivenUpKeepsNothing()
    {
        QFETCH(int, allowed);
        H2Limits limits;
        limits.streamsMax = static_cast<std::uint32_t>(allowed);
        Pair pair(limits);
        pair.server.consumes = false;
        const auto body = std::make_shared<const std::string>(1u << 20, 'x');
        const auto stream = *pair.client.session.request(requestHead(), false);
        pair.client.session.send(stream, body);
        pair.client.session.finish(stream);
        pair.pump();
        QVERIFY(body.use_count() > 1);
        QVERIFY(pair.client.session.unsent(stream) > 0);
        pair.client.session.reset(stream, H2Code::Cancel);
        QCOMPARE(body.use_count(), 1L);  // though nothing can be pulled yet
        QCOMPARE(pair.client.session.unsent(stream), std::size_t(0));
        pair.client.session.send(stream, body);
        pair.client.session.finish(stream);
        QCOMPARE(body.use_count(), 1L);
        pair.pump();
        QCOMPARE(pair.client.told[stream].closed, 1);
        QCOMPARE(pair.client.session.streamsOpen(), std::size_t(0));
        if (allowed > 0) {
            QCOMPARE(pair.server.told[stream].closed, 1);
            QVERIFY(!pair.server.told[stream].ended);
        }
        QVERIFY(pair.status.ok());
        // The connection goes on.
        pair.server.session.consumeConnection(pair.server.told[stream].body.size());
        QVERIFY(pair.client.session.receive(frame(kSettings, 0, 0, std::string("\0\3\0\0\0\x09", 6)), pair.now).ok());
        const auto next = *pair.client.session.request(requestHead(), true);
        pair.client.pulled();
        QCOMPARE(pair.client.told[next].closed, 0);
    }

    void aClientKnowsHowManyStreamsItMayOpen()
    {
        H2Limits limits;
        limits.streamsMax = 7;
        Pair pair(limits);
        QCOMPARE(pair.client.settings, 1);
        QCOMPARE(pair.client.session.streamsAllowed(), 7u);
        QVERIFY(pair.client.session.receive(frame(kSettings, 0, 0, std::string("\0\3\0\0\0\x09", 6)), pair.now).ok());
        QCOMPARE(pair.client.settings, 2);
        QCOMPARE(pair.client.session.streamsAllowed(), 9u);
    }

    /// A server can end no more streams than the client has opened.
    void aServersResetsAreNoFlood()
    {
        Pair pair;
        for (int i = 0; i < 5000; ++i) {
            const auto stream = *pair.client.session.request(requestHead(), false);
            pair.pump();
            pair.server.session.reset(stream, H2Code::RefusedStream);
            pair.pump();
            QCOMPARE(pair.client.told[stream].code, static_cast<std::uint32_t>(H2Code::RefusedStream));
        }
        QVERIFY(pair.status.ok());
    }

    void lostConnectionsCloseTheirStreams()
    {
        Pair pair;
        const auto stream = *pair.client.session.request(requestHead(), false);
        pair.client.session.send(stream, "x");
        pair.pump();
        pair.server.session.closeStreams();
        QCOMPARE(pair.server.told[stream].closed, 1);
        QCOMPARE(pair.server.session.streamsOpen(), std::size_t(0));
        pair.server.session.closeStreams();
        QCOMPARE(pair.server.told[stream].closed, 1);
        QVERIFY(pair.server.pulled().size() < 1000);
    }

    // ---- what a server must say to what a client must not do ----

    void brokenRulesHaveTheirAnswer_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("type");  // -1: none of these; -2: the connection ends without a word
        QTest::addColumn<int>("code");
        const auto row = [](const char* name, const std::string& bytes, int type, int code) {
            QTest::newRow(name) << QByteArray::fromStdString(bytes) << type << code;
        };
        const std::string open = greeting() + request(1);
        const std::string half = greeting() + request(1, kEndHeaders | kEndStream);
        enum { Protocol = 1, Flow = 3, Closed = 5, FrameSize = 6, Compression = 9, Calm = 11 };

        row("HTTP/1.1 instead of the preface", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", -2, 0);
        row("a preface that goes astray", "PRI * HTTP/2.0\r\n\r\nSM\r\n\rX", -2, 0);
        row("no SETTINGS after the preface", kPreface + frame(kPing, 0, 0, "12345678"), kGoaway, Protocol);
        row("a frame larger than allowed", open + frame(kData, 0, 1, std::string(16'385, 'x')), kGoaway, FrameSize);
        row("DATA on stream 0", greeting() + frame(kData, 0, 0, "x"), kGoaway, Protocol);
        row("DATA on a stream that was never opened", greeting() + frame(kData, 0, 1, "x"), kGoaway, Protocol);
        row("DATA after the end", half + frame(kData, 0, 1, "x"), kGoaway, Closed);
        row("HEADERS on stream 0", greeting() + request(0), kGoaway, Protocol);
        row("HEADERS on an even stream", greeting() + request(2), kGoaway, Protocol);
        row("a stream lower than the last", greeting() + request(5) + request(3), -1, 0);
        row("HEADERS after the end", half + request(1), kGoaway, Closed);
        row("trailers that do not end",
            open + frame(kHeaders, kEndHeaders, 1,
                         std::string("\x00\x01"
                                     "a\x01"
                                     "b",
                                     5)),
            kReset, Protocol);
        row("WINDOW_UPDATE of nothing, connection", greeting() + frame(kWindow, 0, 0, number(0)), kGoaway, Protocol);
        row("WINDOW_UPDATE of nothing, stream", open + frame(kWindow, 0, 1, number(0)), kGoaway, Protocol);
        row("window beyond its limit, connection", greeting() + frame(kWindow, 0, 0, number(0x7fffffff)), kGoaway,
            Flow);
        row("window beyond its limit, stream", open + frame(kWindow, 0, 1, number(0x7fffffff)), kReset, Flow);
        row("window beyond its limit, by SETTINGS", greeting() + frame(kSettings, 0, 0, setting(4, 0x80000000u)),
            kGoaway, Flow);
        row("WINDOW_UPDATE of three bytes", greeting() + frame(kWindow, 0, 0, "abc"), kGoaway, FrameSize);
        row("WINDOW_UPDATE on a stream that was never opened", greeting() + frame(kWindow, 0, 1, number(1)), kGoaway,
            Protocol);
        row(
            "more DATA than the window",
            open +
                [] {
                    std::string all;
                    for (int i = 0; i < 17; ++i) all += frame(kData, 0, 1, std::string(16'384, 'x'));
                    return all;
                }(),
            kReset, Flow);
        row("SETTINGS on a stream", greeting() + frame(kSettings, 0, 1, ""), kGoaway, Protocol);
        row("SETTINGS of five bytes", greeting() + frame(kSettings, 0, 0, "abcde"), kGoaway, FrameSize);
        row("SETTINGS answer with content", greeting() + frame(kSettings, kAck, 0, setting(4, 1)), kGoaway, FrameSize);
        row("ENABLE_PUSH of 2", greeting() + frame(kSettings, 0, 0, setting(2, 2)), kGoaway, Protocol);
        row("MAX_FRAME_SIZE too small", greeting() + frame(kSettings, 0, 0, setting(5, 1)), kGoaway, Protocol);
        row("an unknown setting", greeting() + frame(kSettings, 0, 0, setting(0x99, 1)), -1, 0);
        row("PING", greeting() + frame(kPing, 0, 0, "12345678"), kPing, 0);
        row("PING of seven bytes", greeting() + frame(kPing, 0, 0, "1234567"), kGoaway, FrameSize);
        row("PING on a stream", greeting() + frame(kPing, 0, 1, "12345678"), kGoaway, Protocol);
        row("RST_STREAM on a stream that was never opened", greeting() + frame(kReset, 0, 1, number(8)), kGoaway,
            Protocol);
        row("RST_STREAM of three bytes", open + frame(kReset, 0, 1, "abc"), kGoaway, FrameSize);
        row("RST_STREAM", open + frame(kReset, 0, 1, number(8)), -1, 0);
        row("PUSH_PROMISE from a client", open + frame(kPush, kEndHeaders, 1, number(2) + kBlock), kGoaway, Protocol);
        row("CONTINUATION without HEADERS", greeting() + frame(kContinuation, kEndHeaders, 1, kBlock), kGoaway,
            Protocol);
        row("another frame within a header block", greeting() + request(1, 0) + frame(kPing, 0, 0, "12345678"), kGoaway,
            Protocol);
        row("another stream within a header block",
            greeting() + request(1, 0) + frame(kContinuation, kEndHeaders, 3, ""), kGoaway, Protocol);
        row("HPACK garbage", greeting() + frame(kHeaders, kEndHeaders, 1, "\xff\xff\xff\xff\xff\xff\xff\xff"), kGoaway,
            Compression);
        row("HPACK index that is none", greeting() + frame(kHeaders, kEndHeaders, 1, kBlock + "\xfe"), kGoaway,
            Compression);
        row("padding longer than the frame",
            open + frame(kData, kPadded, 1,
                         "\x09"
                         "abc"),
            kGoaway, Protocol);
        row("padding",
            open + frame(kData, kPadded, 1,
                         std::string("\x02"
                                     "abc\0\0",
                                     6)),
            -1, 0);
        row("HEADERS with padding longer than the frame",
            greeting() + frame(kHeaders, kEndHeaders | kPadded, 1, "\x20" + kBlock), kGoaway, Protocol);
        row("an unknown frame", greeting() + frame(0x7f, 0x7f, 0, "what?") + frame(kPing, 0, 0, "12345678"), kPing, 0);
        row("PRIORITY", greeting() + frame(kPriority, 0, 1, number(0) + "\x10") + request(3), -1, 0);
        row("PRIORITY of four bytes", greeting() + frame(kPriority, 0, 1, "abcd"), kGoaway, FrameSize);
        row("name with capitals",
            greeting() + frame(kHeaders, kEndHeaders, 1,
                               kBlock + std::string("\x00\x01"
                                                    "A\x01"
                                                    "b",
                                                    5)),
            kReset, Protocol);
        row("connection field",
            greeting() + frame(kHeaders, kEndHeaders, 1,
                               kBlock + std::string("\x00\x0a"
                                                    "connection\x05"
                                                    "close",
                                                    18)),
            kReset, Protocol);
        row("no method", greeting() + frame(kHeaders, kEndHeaders, 1, kBlock.substr(1)), kReset, Protocol);
        row("method twice", greeting() + frame(kHeaders, kEndHeaders, 1, "\x83" + kBlock), kReset, Protocol);
        row("pseudo field after others",
            greeting() + frame(kHeaders, kEndHeaders, 1,
                               std::string("\x83\x86\x84\x00\x01"
                                           "a\x01"
                                           "b\x41\x01"
                                           "a",
                                           11)),
            kReset, Protocol);
        row("unknown pseudo field",
            greeting() + frame(kHeaders, kEndHeaders, 1,
                               kBlock + std::string("\x00\x02:a\x01"
                                                    "b",
                                                    6)),
            kReset, Protocol);
        row("less body than its length",
            greeting() +
                frame(kHeaders, kEndHeaders, 1,
                      kBlock + std::string("\x00\x0e"
                                           "content-length\x01"
                                           "5",
                                           18)) +
                frame(kData, kEndStream, 1, "abc"),
            kReset, Protocol);
        row("a block in three frames",
            greeting() + request(1, 0) +
                frame(kContinuation, 0, 1,
                      std::string("\x00\x01"
                                  "a\x01"
                                  "b",
                                  5)) +
                frame(kContinuation, kEndHeaders, 1,
                      std::string("\x00\x01"
                                  "c\x01"
                                  "d",
                                  5)),
            -1, 0);
        row(
            "endless CONTINUATION",
            greeting() + request(1, 0) +
                [] {
                    std::string all;
                    for (int i = 0; i < 100; ++i) all += frame(kContinuation, 0, 1, "\x84");
                    return all;
                }(),
            -2, 0);
        row(
            "more CONTINUATION than allowed, all of them empty",
            greeting() + request(1, 0) +
                [] {
                    std::string all;
                    for (int i = 0; i < 200; ++i) all += frame(kContinuation, 0, 1, "");
                    return all + frame(kContinuation, kEndHeaders, 1, "");
                }(),
            kGoaway, Calm);
        // frames that h2spec tries beside those
        row("flags that mean nothing", greeting() + frame(kPing, 0x16, 0, "12345678"), kPing, 0);
        row("the reserved bit of a stream's number", greeting() + frame(kPing, 0, 0x80000000u, "12345678"), kPing, 0);
        row("HEADERS larger than allowed",
            greeting() + frame(kHeaders, kEndHeaders, 1, kBlock + std::string(70'000, 'x')), kGoaway, FrameSize);
        row("SETTINGS with a window and MAX_FRAME_SIZE too large",
            greeting() + frame(kSettings, 0, 0, setting(5, 1u << 24)), kGoaway, Protocol);
        // A stream that was reset is closed; what is sent on it may be ignored (RFC 9113, 5.1).
        row("DATA after RST_STREAM", open + frame(kReset, 0, 1, number(8)) + frame(kData, 0, 1, "x"), -1, 0);
        row("HEADERS after RST_STREAM", open + frame(kReset, 0, 1, number(8)) + request(1), -1, 0);
        row("WINDOW_UPDATE and PRIORITY after RST_STREAM",
            open + frame(kReset, 0, 1, number(8)) + frame(kWindow, 0, 1, number(1)) +
                frame(kPriority, 0, 1, number(0) + "\x10") + frame(kPing, 0, 0, "12345678"),
            kPing, 0);
        row("CONTINUATION after the end of the block", open + frame(kContinuation, kEndHeaders, 1, ""), kGoaway,
            Protocol);
        row("CONTINUATION on stream 0", greeting() + request(1, 0) + frame(kContinuation, kEndHeaders, 0, ""), kGoaway,
            Protocol);
        row("an unknown frame within a header block", greeting() + request(1, 0) + frame(0x7f, 0, 1, ""), kGoaway,
            Protocol);
        row("PRIORITY on stream 0", greeting() + frame(kPriority, 0, 0, number(1) + "\x10"), kGoaway, Protocol);
        row("RST_STREAM on stream 0", greeting() + frame(kReset, 0, 0, number(8)), kGoaway, Protocol);
        row("GOAWAY on a stream", open + frame(kGoaway, 0, 1, number(0) + number(0)), kGoaway, Protocol);
        row("GOAWAY of four bytes", greeting() + frame(kGoaway, 0, 0, number(0)), kGoaway, FrameSize);
        // header blocks
        row("HPACK index 0", greeting() + frame(kHeaders, kEndHeaders, 1, kBlock + "\x80"), kGoaway, Compression);
        row("HPACK table larger than allowed", greeting() + frame(kHeaders, kEndHeaders, 1, "\x3f\xe2\x1f" + kBlock),
            kGoaway, Compression);
        row("HPACK table changed after a field", greeting() + frame(kHeaders, kEndHeaders, 1, kBlock + "\x20"), kGoaway,
            Compression);
        const auto packed = [&](const std::string& value) {
            return greeting() + frame(kHeaders, kEndHeaders, 1, kBlock + std::string("\x00\x01x", 3) + value);
        };
        row("Huffman", packed("\x81\x1f"), -1, 0);
        row("Huffman padded with zeroes", packed("\x81\x18"), kGoaway, Compression);
        row("Huffman padded with a byte", packed("\x82\x1f\xff"), kGoaway, Compression);
        row("Huffman with its end symbol", packed("\x84\xff\xff\xff\xff"), kGoaway, Compression);
        // heads that are no request
        const auto head = [&](const std::string& block) { return greeting() + frame(kHeaders, kEndHeaders, 1, block); };
        const auto field = [](const std::string& name, const std::string& value) {
            return std::string(1, '\0') + static_cast<char>(name.size()) + name + static_cast<char>(value.size()) +
                   value;
        };
        row("no scheme", head("\x83\x84\x41\x01\x61"), kReset, Protocol);
        row("no path", head("\x83\x86\x41\x01\x61"), kReset, Protocol);
        row("path twice", head("\x83\x86\x84\x84\x41\x01\x61"), kReset, Protocol);
        row("scheme twice", head("\x83\x86\x86\x84\x41\x01\x61"), kReset, Protocol);
        row("an empty path", head("\x83\x86" + std::string("\x04\x00", 2) + "\x41\x01\x61"), kReset, Protocol);
        row("a path that is none", head("\x83\x86" + std::string("\x04\x01x", 3) + "\x41\x01\x61"), kReset, Protocol);
        row("a status", head("\x88" + kBlock), kReset, Protocol);
        row("te that is not trailers", head(kBlock + field("te", "gzip")), kReset, Protocol);
        row("te of trailers", head(kBlock + field("te", "trailers")), -1, 0);
        for (const auto* name : {"keep-alive", "proxy-connection", "transfer-encoding", "upgrade"})
            row(name, head(kBlock + field(name, "x")), kReset, Protocol);
        row("a name with a space", head(kBlock + field("a b", "x")), kReset, Protocol);
        row("a value with a line's end", head(kBlock + field("a", "x\r\nb: c")), kReset, Protocol);
        row("a length that is none", head(kBlock + field("content-length", "1x")), kReset, Protocol);
        row("a length twice", head(kBlock + field("content-length", "1") + field("content-length", "1")), kReset,
            Protocol);
        row("pseudo fields in trailers", open + frame(kHeaders, kEndHeaders | kEndStream, 1, "\x84"), kReset, Protocol);
        row("more body than its length, in two frames",
            head(kBlock + field("content-length", "5")) + frame(kData, 0, 1, "abc") +
                frame(kData, kEndStream, 1, "def"),
            kReset, Protocol);
        row("GOAWAY with open streams", open + frame(kGoaway, 0, 0, number(0) + number(0)), -1, 0);
    }
    void brokenRulesHaveTheirAnswer()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(int, type);
        QFETCH(int, code);
        for (const std::size_t piece : {std::size_t(1) << 30, std::size_t(1)}) {
            End server(H2Role::Server);
            server.consumes = false;
            const std::string all = bytes.toStdString();
            Status status;
            std::string out;
            for (std::size_t i = 0; i < all.size() && status.ok(); i += std::min(piece, all.size() - i)) {
                status = server.session.receive(std::string_view(all).substr(i, piece), kStart);
                out += server.pulled();
            }
            out += server.pulled();
            const auto seen = answers(out);
            if (type == -2) {
                QVERIFY(!status.ok() || !server.session.problem().ok());
                continue;
            }
            if (type == -1) {
                QVERIFY(seen.empty());
                QVERIFY(status.ok() && !server.session.over());
                continue;
            }
            QVERIFY2(!seen.empty(), text(status).c_str());
            QCOMPARE(static_cast<int>(seen[0].type), type);
            QCOMPARE(static_cast<int>(seen[0].code), code);
            QCOMPARE(server.session.over(), type == kGoaway);
            QCOMPARE(server.session.problem().ok(), type != kGoaway);
            for (const auto& [stream, told] : server.told) QVERIFY(told.closed <= 1);
        }
    }

    void floodsAreEnded_data()
    {
        QTest::addColumn<QByteArray>("once");
        QTest::addColumn<bool>("opens");
        QTest::newRow("PING") << QByteArray::fromStdString(frame(kPing, 0, 0, "12345678")) << false;
        QTest::newRow("SETTINGS") << QByteArray::fromStdString(frame(kSettings, 0, 0, "")) << false;
        QTest::newRow("empty DATA") << QByteArray::fromStdString(frame(kData, 0, 1, "")) << false;
        QTest::newRow("PRIORITY") << QByteArray::fromStdString(frame(kPriority, 0, 1, number(0) + "\x10")) << false;
        QTest::newRow("rapid reset") << QByteArray() << true;
    }
    void floodsAreEnded()
    {
        QFETCH(QByteArray, once);
        QFETCH(bool, opens);
        End server(H2Role::Server);
        QVERIFY(server.session.receive(greeting() + request(1), kStart).ok());
        int sent = 0;
        Status status;
        std::string out;
        while (status.ok() && sent < 5'000) {
            const auto stream = static_cast<std::uint32_t>(3 + 2 * sent++);
            status = server.session.receive(
                opens ? request(stream) + frame(kReset, 0, stream, number(8)) : once.toStdString(),
                kStart + sent * 10us);
            out += server.pulled();
        }
        QVERIFY2(sent >= 90 && sent < 1'200, qPrintable(QString::number(sent)));
        QVERIFY(absl::IsResourceExhausted(status));
        const auto seen = answers(out + server.pulled());
        QVERIFY(!seen.empty());
        QCOMPARE(seen.back().code, static_cast<std::uint32_t>(H2Code::EnhanceYourCalm));
        QVERIFY(server.session.over());
    }

    /// A head that nghttp2 does not send would leave its stream open: it ends at once.
    void headsThatAreTooLongAreSentOrEndTheirStream_data()
    {
        QTest::addColumn<int>("bytes");
        QTest::addColumn<bool>("sent");
        QTest::newRow("longer than a frame") << 20'000 << true;
        QTest::newRow("longer than nghttp2 sends by default") << 70'000 << true;
        QTest::newRow("as long as the largest limit") << (1 << 20) << true;
        QTest::newRow("longer than any limit") << (5 << 20) << false;
    }
    void headsThatAreTooLongAreSentOrEndTheirStream()
    {
        QFETCH(const int, bytes);
        QFETCH(const bool, sent);
        HttpFields wide = requestHead();
        HttpFields head = responseHead(), trailers;
        for (int left = bytes; left > 0; left -= 1000)
            for (HttpFields* fields : {&wide, &head, &trailers})
                fields->add("x-long", std::to_string(left) + std::string(std::size_t(std::min(left, 900)), 'x'));
        const auto code = static_cast<std::uint32_t>(H2Code::InternalError);
        H2Limits limits;
        limits.headerListBytesMax = 16u << 20;
        {
            Pair asks(limits, limits);
            const auto id = asks.client.session.request(wide, true);
            QVERIFY(id);
            asks.pump();
            QCOMPARE(asks.server.told.count(*id), std::size_t{sent});
            QCOMPARE(asks.client.told[*id].closed, sent ? 0 : 1);
            if (!sent) QCOMPARE(asks.client.told[*id].code, static_cast<std::uint32_t>(H2Code::RefusedStream));
        }
        for (const bool inHead : {true, false}) {
            Pair answers(limits, limits);
            const auto id = answers.client.session.request(requestHead(), true);
            QVERIFY(id);
            answers.pump();
            answers.server.session.respond(*id, inHead ? head : responseHead(), false);
            answers.server.session.finish(*id, inHead ? HttpFields() : trailers);
            answers.pump();
            for (auto* end : {&answers.client, &answers.server}) {
                QCOMPARE(end->told[*id].closed, 1);
                QCOMPARE(end->told[*id].code, sent ? 0 : code);
            }
        }
    }

    /// The other side's PINGs want answers, and it reads none: they are not kept indefinitely.
    void answersThatNobodyReadsAreBounded()
    {
        End server(H2Role::Server);
        Status status = server.session.receive(greeting(), kStart);
        int sent = 0;
        for (; status.ok() && sent < 100'000; ++sent)
            status = server.session.receive(frame(kPing, 0, 0, "12345678"), kStart + sent * 20ms);
        QVERIFY2(sent < 2'000, qPrintable(QString::number(sent)));
        QVERIFY(absl::IsResourceExhausted(status));
    }

    /// Who keeps to the pace may go on for hours.
    void steadyUseIsNoFlood()
    {
        FloodGuard guard;
        TimePoint now = kStart;
        for (int i = 0; i < 100'000; ++i) {
            now += 10ms;
            QVERIFY(guard.note(FloodGuard::Kind::Ping, now));
            QVERIFY(guard.note(FloodGuard::Kind::Reset, now));
        }
        for (int i = 0; i < 900; ++i) QVERIFY(guard.note(FloodGuard::Kind::Reset, now));
    }
};

QTEST_GUILESS_MAIN(TestH2Session)
#include "tst_h2_session.moc"
