// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/h2_connection.h"
#include "support/manual_clock.h"

#include <QtTest>

#include <boost/asio/ip/tcp.hpp>

#include <map>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

using namespace millrace;
using namespace millrace::http;
using millrace::testing::ManualClock;
using millrace::testing::poll;

namespace {

using Socket = H2Connection::Socket;

/// Both ends of a connection through the loopback.
std::pair<Socket, Socket> socketPair(net::io_context& io)
{
    using net::ip::tcp;
    net::basic_socket_acceptor<tcp, Strand> acceptor(io.get_executor(),
                                                     tcp::endpoint(net::ip::address_v4::loopback(), 0));
    Socket near(io.get_executor());
    near.connect(acceptor.local_endpoint());
    return {std::move(near), acceptor.accept()};
}

HttpFields head(bool request)
{
    HttpFields fields;
    if (request) {
        fields.add(":method", "POST");
        fields.add(":scheme", "http");
        fields.add(":path", "/");
        fields.add(":authority", "here");
    } else {
        fields.add(":status", "200");
    }
    return fields;
}

class End final : public H2Connection::Owner {
public:
    void open(net::io_context& io, Clock& clock, Socket socket, H2Role role, H2Timeouts timeouts = {},
              bool mayBeOther = false)
    {
        connection = std::make_shared<H2Connection>(io.get_executor(), clock, std::move(socket), role, H2Limits{},
                                                    timeouts, *this);
        connection->start({}, mayBeOther);
    }

    std::shared_ptr<H2Connection> connection;
    std::map<H2StreamId, std::string> bodies;
    std::vector<H2StreamId> asked, ended, closed;
    std::optional<Status> gone;
    std::size_t closedBeforeGone = 0;
    bool answersAtOnce = false;
    std::optional<std::string> other;
    std::optional<Socket> otherSocket;

private:
    void onHeaders(H2StreamId stream, HttpFields, bool, bool last) override
    {
        asked.push_back(stream);
        if (last) ended.push_back(stream);
    }
    void onData(H2StreamId stream, std::string_view bytes) override
    {
        bodies[stream] += bytes;
        connection->session().consume(stream, bytes.size());
    }
    void onEnd(H2StreamId stream) override
    {
        ended.push_back(stream);
        if (!answersAtOnce) return;
        connection->session().respond(stream, head(false), true);
        connection->wakeNow();
    }
    void onClosed(H2StreamId stream, std::uint32_t) override { closed.push_back(stream); }
    void onGone(const Status& why) override
    {
        gone = why;
        closedBeforeGone = closed.size();
    }
    void onOther(Socket socket, std::string received) override
    {
        other = std::move(received);
        otherSocket.emplace(std::move(socket));
    }
};

struct Stage {
    explicit Stage(H2Timeouts timeouts = {}, bool mayBeOther = false)
    {
        auto [near, far] = socketPair(io);
        server.open(io, clock, std::move(far), H2Role::Server, timeouts, mayBeOther);
        nearSocket.emplace(std::move(near));
    }
    void connectClient()
    {
        client.open(io, clock, std::move(*nearSocket), H2Role::Client);
        poll(io);
    }
    /// Lets `span` pass in ticks.
    void pass(Duration span)
    {
        const TimePoint end = clock.now() + span;
        while (clock.now() < end) {
            clock.advance(std::min<Duration>(200ms, end - clock.now()));
            for (auto* each : {&server, &client})
                if (each->connection && !each->gone) each->connection->tick(clock.now());
            poll(io);
        }
    }
    /// What the raw client has got by now; nothing: the other side has closed.
    std::optional<std::string> received()
    {
        std::string all;
        char some[65536];
        for (;;) {
            const auto got = ::recv(nearSocket->native_handle(), some, sizeof some, MSG_DONTWAIT);
            if (got == 0) return all.empty() ? std::nullopt : std::optional(all);
            if (got < 0) return all;
            all.append(some, static_cast<std::size_t>(got));
        }
    }
    void send(const std::string& bytes)
    {
        QCOMPARE(::send(nearSocket->native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
                 static_cast<ssize_t>(bytes.size()));
        poll(io);
    }

    net::io_context io{1};
    ManualClock clock{io};
    End server, client;
    std::optional<Socket> nearSocket;
};

const std::string kGreeting("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33);

}  // namespace

class TestH2Connection : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void streamsGoBothWays()
    {
        Stage stage;
        stage.connectClient();
        auto& session = stage.client.connection->session();
        const auto stream = *session.request(head(true), false);
        session.send(stream, std::string(3'000'000, 'x'));
        session.finish(stream);
        stage.client.connection->wake();
        for (int i = 0; i < 2000 && stage.server.ended.empty(); ++i) poll(stage.io);
        QCOMPARE(stage.server.bodies[stream].size(), std::size_t(3'000'000));
        auto& answering = stage.server.connection->session();
        answering.respond(stream, head(false), false);
        answering.send(stream, std::string(3'000'000, 'y'));
        answering.finish(stream);
        stage.server.connection->wake();
        for (int i = 0; i < 2000 && stage.client.closed.empty(); ++i) poll(stage.io);
        QCOMPARE(stage.client.bodies[stream], std::string(3'000'000, 'y'));
        QCOMPARE(stage.client.closed.size(), std::size_t(1));
        QVERIFY(!stage.client.gone && !stage.server.gone);
    }

    /// A batch for the runtime: it used to wait for the loop, which was busy with the answers of the one before.
    void aLargeMessageLeavesWithinTheCall()
    {
        net::io_context io{1};
        ManualClock clock(io);
        int ends[2];
        QCOMPARE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        Socket far(io.get_executor(), net::generic::stream_protocol(AF_UNIX, 0), ends[1]);
        End client;
        client.open(io, clock, Socket(io.get_executor(), net::generic::stream_protocol(AF_UNIX, 0), ends[0]),
                    H2Role::Client);
        // Windows of 2 GiB, frames of 64 KiB.
        const std::string greeting(
            "\0\0\x0c\4\0\0\0\0\0\0\4\x7f\xff\xff\xff\0\5\0\1\0\0\0\0\4\x08\0\0\0\0\0\x7f\x00\xff\xff", 34);
        QCOMPARE(::send(ends[1], greeting.data(), greeting.size(), MSG_NOSIGNAL), ssize_t(greeting.size()));
        poll(io);
        std::string all(1u << 20, '\0');
        QVERIFY(::recv(ends[1], all.data(), all.size(), MSG_DONTWAIT) > 0);

        constexpr std::size_t kBatch = 390'000;
        auto& session = client.connection->session();
        const auto stream = *session.request(head(true), false);
        session.send(stream, std::string(kBatch, 'x'));
        session.finish(stream);
        client.connection->wakeNow();
        std::size_t came = 0;
        for (ssize_t got = 1; got > 0;) {
            got = ::recv(ends[1], all.data() + came, all.size() - came, MSG_DONTWAIT);
            if (got > 0) came += static_cast<std::size_t>(got);
        }
        std::size_t frames = 0, bytes = 0;
        for (std::size_t at = 0; at + 9 <= came;) {
            const auto byte = [&](std::size_t i) {
                return static_cast<std::size_t>(static_cast<std::uint8_t>(all[at + i]));
            };
            const std::size_t size = byte(0) << 16 | byte(1) << 8 | byte(2);
            if (byte(3) == 0) {
                ++frames;
                bytes += size;
            }
            at += 9 + size;
        }
        QCOMPARE(bytes, kBatch);
        QVERIFY2(frames <= 7, qPrintable(QString::number(frames)));
        QCOMPARE(session.unsent(stream), std::size_t(0));
    }

    void whatIsAnsweredWithinAnEventLeavesAfterIt()
    {
        Stage stage;
        stage.connectClient();
        stage.server.answersAtOnce = true;
        auto& session = stage.client.connection->session();
        const auto stream = *session.request(head(true), false);
        session.send(stream, "x");
        session.finish(stream);
        stage.client.connection->wakeNow();
        for (int i = 0; i < 100 && stage.client.closed.empty(); ++i) poll(stage.io);
        QCOMPARE(stage.client.closed, std::vector<H2StreamId>{stream});
        QVERIFY(!stage.client.gone && !stage.server.gone);
    }

    /// Each turn of the loop costs a look at all sockets: what is answered while it is read needs no second one.
    void aCallTakesOneTurnOfTheLoop()
    {
        Stage stage;
        stage.server.answersAtOnce = true;
        stage.send(kGreeting);
        QVERIFY(stage.received());
        const int raw = stage.nearSocket->release();  // or the loop would see what it gets
        std::vector<std::size_t> turns;
        for (char stream = 1; stream < 20; stream += 2) {
            std::string head("\0\0\6\1\4\0\0\0\1\x83\x86\x84\x41\x01\x61", 15), body("\0\0\1\0\1\0\0\0\1x", 10);
            head[8] = body[8] = stream;
            QCOMPARE(::send(raw, (head + body).data(), 25, MSG_NOSIGNAL), ssize_t(25));
            stage.io.restart();
            turns.push_back(stage.io.poll());
            char answer[64];
            QVERIFY(::recv(raw, answer, sizeof answer, MSG_DONTWAIT) > 9);
        }
        QCOMPARE(stage.server.ended.size(), std::size_t(10));
        QCOMPARE(turns, std::vector<std::size_t>(10, 1));
        ::close(raw);
    }

    void whoDoesNotGreetIsClosed()
    {
        Stage stage;
        stage.pass(9s);
        QVERIFY(!stage.server.gone);
        stage.pass(2s);
        QVERIFY(stage.server.gone);
        QVERIFY(absl::IsDeadlineExceeded(*stage.server.gone));
        static_cast<void>(stage.received());  // our own SETTINGS
        QVERIFY(!stage.received());
    }

    void anIdleConnectionIsNotifiedAndClosed()
    {
        Stage stage;
        stage.send(kGreeting);
        stage.pass(40s);
        stage.send(
            std::string("\0\0\x08\6\0\0\0\0\0"
                        "12345678",
                        17));  // a PING asks nothing
        stage.pass(34s);
        QVERIFY(!stage.server.gone);
        static_cast<void>(stage.received());
        stage.pass(2s);
        const auto said = stage.received();
        QVERIFY(said && said->find(std::string("\x7f\xff\xff\xff", 4)) != std::string::npos);  // the first GOAWAY
        QVERIFY(said->find(std::string("\0\0\x08\7\0\0\0\0\0\0\0\0\0\0\0\0\0", 17)) !=
                std::string::npos);  // the second
        QVERIFY(!stage.received());
        QVERIFY(!stage.server.gone);  // the other side may still read it
        stage.pass(2s);
        QVERIFY(stage.server.gone && stage.server.gone->ok());
    }

    void openStreamsAreNotIdle()
    {
        Stage stage;
        stage.connectClient();
        const auto stream = *stage.client.connection->session().request(head(true), true);
        stage.client.connection->wake();
        stage.pass(200s);
        QVERIFY(!stage.server.gone);
        stage.server.connection->closeGently();
        stage.pass(5s);
        QVERIFY(!stage.server.gone);
        stage.server.connection->session().respond(stream, head(false), true);
        stage.server.connection->wake();
        stage.pass(3s);
        QVERIFY(stage.server.gone && stage.server.gone->ok());
        QCOMPARE(stage.client.closed.size(), std::size_t(1));
        QVERIFY(stage.client.gone && stage.client.gone->ok());
    }

    void whoReadsNothingIsDisconnected()
    {
        H2Timeouts timeouts;
        timeouts.written = 5s;
        Stage stage(timeouts);
        const int small = 4096;
        ::setsockopt(stage.nearSocket->native_handle(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
        // Windows of 2 GiB, so that only the socket holds the answer back.
        stage.send(kGreeting +
                   std::string("\0\0\6\4\0\0\0\0\0\0\4\x7f\xff\xff\xff\0\0\4\x08\0\0\0\0\0\x7f\x00\xff\xff", 28) +
                   std::string("\0\0\6\1\5\0\0\0\1\x83\x86\x84\x41\x01\x61", 15));
        QCOMPARE(stage.server.asked.size(), std::size_t(1));
        auto& session = stage.server.connection->session();
        session.respond(1, head(false), false);
        constexpr std::size_t kAll = 64u << 20;
        session.send(1, std::string(kAll, 'x'));
        stage.server.connection->wake();
        stage.pass(4s);
        QVERIFY(session.unsent(1) > kAll / 2);
        QVERIFY(!stage.server.gone);
        stage.pass(3s);
        QVERIFY(stage.server.gone && absl::IsUnavailable(*stage.server.gone));
        QCOMPARE(stage.server.closedBeforeGone, std::size_t(1));
    }

    void aLostConnectionClosesItsStreamsFirst()
    {
        Stage stage;
        stage.connectClient();
        QVERIFY(stage.client.connection->session().request(head(true), false));
        stage.client.connection->wake();
        poll(stage.io);
        QCOMPARE(stage.server.asked.size(), std::size_t(1));
        stage.client.connection->abort(cancelled("enough"));
        QVERIFY(stage.client.gone && absl::IsCancelled(*stage.client.gone));
        poll(stage.io);
        QVERIFY(stage.server.gone && !stage.server.gone->ok());
        QCOMPARE(stage.server.closedBeforeGone, std::size_t(1));
    }

    /// A client has nothing to announce: no stream of the server's can be on its way.
    void aClientEndsAtOnce()
    {
        Stage stage;
        stage.connectClient();
        stage.client.connection->closeGently();
        poll(stage.io);
        QVERIFY(stage.client.gone && stage.client.gone->ok());
        QVERIFY(stage.server.gone && stage.server.gone->ok());
        QVERIFY(!stage.client.connection->otherSideOpen(stage.clock.now()));
    }

    void aClientSeesThatTheOtherSideHasClosed()
    {
        Stage stage;
        auto server = std::move(stage.server.connection);
        stage.client.open(stage.io, stage.clock, std::move(*stage.nearSocket), H2Role::Client);
        QVERIFY(stage.client.connection->otherSideOpen(stage.clock.now()));
        server->abort(cancelled("enough"));
        QVERIFY(!stage.client.connection->otherSideOpen(stage.clock.now()));  // though the loop has not turned since
        QVERIFY(!stage.client.gone);
    }

    /// What has just come stands for it: a caller that asks for one call after the other pays for no question.
    void whatHasJustComeStandsForTheOtherSide()
    {
        Stage stage;
        stage.connectClient();
        QVERIFY(stage.client.connection->otherSideOpen(stage.clock.now()));
        stage.server.connection->abort(cancelled("enough"));
        QVERIFY(stage.client.connection->otherSideOpen(stage.clock.now()));
        stage.clock.advance(0ms);
        QVERIFY(stage.client.gone);
        QVERIFY(!stage.client.connection->otherSideOpen(stage.clock.now()));
    }

    void aCallIsReadInOneSystemCall()
    {
        Stage stage;
        stage.server.answersAtOnce = true;
        stage.send(kGreeting);
        QVERIFY(stage.received());
        const auto before = SocketReader::receives();
        for (char stream = 1; stream < 20; stream += 2) {
            std::string head("\0\0\6\1\4\0\0\0\1\x83\x86\x84\x41\x01\x61", 15), body("\0\0\1\0\1\0\0\0\1x", 10);
            head[8] = body[8] = stream;
            stage.send(head + body);
        }
        QCOMPARE(stage.server.ended.size(), std::size_t(10));
        QCOMPARE(SocketReader::receives() - before, std::uint64_t(10));
    }

    /// One event for both: whoever waits for a long answer is not to be kept.
    void aResetBehindBytesIsSeenAtOnce_data()
    {
        QTest::addColumn<bool>("streamToo");
        QTest::newRow("a call waits") << false;
        QTest::newRow("its stream was reset before") << true;
    }
    void aResetBehindBytesIsSeenAtOnce()
    {
        QFETCH(const bool, streamToo);
        Stage stage;
        stage.send(kGreeting);
        const linger atOnce{1, 0};
        const int raw = stage.nearSocket->release();
        ::setsockopt(raw, SOL_SOCKET, SO_LINGER, &atOnce, sizeof atOnce);
        std::string call("\0\0\6\1\4\0\0\0\1\x83\x86\x84\x41\x01\x61\0\0\1\0\1\0\0\0\1x", 25);
        if (streamToo) call.append("\0\0\4\3\0\0\0\0\1\0\0\0\x8", 13);
        QCOMPARE(::send(raw, call.data(), call.size(), MSG_NOSIGNAL), ssize_t(call.size()));
        ::close(raw);
        poll(stage.io);
        QVERIFY(stage.server.gone && !stage.server.gone->ok());
        QCOMPARE(stage.server.closed, stage.server.asked);
    }

    void whatIsNoHttp2IsClosedWithItsReason()
    {
        Stage stage;
        stage.send("GET / HTTP/1.1\r\nHost: here\r\n\r\n");
        stage.pass(2s);
        QVERIFY(stage.server.gone && absl::IsInvalidArgument(*stage.server.gone));
        static_cast<void>(stage.received());
        QVERIFY(!stage.received());
    }

    void anotherProtocolIsHandedOver_data()
    {
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<bool>("other");
        QTest::newRow("HTTP/1.1") << QByteArray("GET / HTTP/1.1\r\n") << true;
        QTest::newRow("its first letters are the same") << QByteArray("PRIVATE / HTTP/1.1\r\n") << true;
        QTest::newRow("HTTP/2") << QByteArray::fromStdString(kGreeting) << false;
    }
    void anotherProtocolIsHandedOver()
    {
        QFETCH(QByteArray, first);
        QFETCH(bool, other);
        for (const std::size_t piece : {std::size_t(1), std::size_t(1000)}) {
            Stage stage({}, true);
            poll(stage.io);
            QCOMPARE(stage.received().value(), std::string());  // nothing is said before it is known
            const std::string all = first.toStdString();
            std::string sent;
            while (sent.size() < all.size() && !stage.server.other) {
                stage.send(all.substr(sent.size(), piece));
                sent += all.substr(sent.size(), piece);
            }
            QVERIFY(!stage.server.gone);
            QCOMPARE(stage.server.other.has_value(), other);
            if (other) {
                QCOMPARE(stage.server.other.value(), sent);
                QVERIFY(stage.server.otherSocket->is_open());
                stage.pass(20s);
                QVERIFY(!stage.server.gone && stage.received());  // it is no longer this one's
            } else {
                QVERIFY(stage.received()->size() > 9);
            }
        }
    }

    void whoSaysTooLittleToBeKnownIsClosed()
    {
        H2Timeouts timeouts;
        timeouts.greeting = 10s;
        for (const bool drained : {false, true}) {
            Stage stage(timeouts, true);
            stage.send("PR");
            if (drained) stage.server.connection->closeGently();
            stage.pass(drained ? 1s : 11s);
            QVERIFY(stage.server.gone && !stage.server.other);
            QVERIFY(!stage.received());
        }
    }

    void aHeaderBlockMustEnd()
    {
        H2Timeouts timeouts;
        timeouts.greeting = 10s;
        Stage stage(timeouts);
        stage.send(kGreeting + std::string("\0\0\1\1\0\0\0\0\1\x83", 10));  // HEADERS, not the last of the block
        stage.pass(9s);
        QVERIFY(!stage.server.gone);
        stage.pass(2s);
        QVERIFY(stage.server.gone && absl::IsDeadlineExceeded(*stage.server.gone));
    }

    /// The reason reaches a client that goes on sending.
    void aBrokenRuleIsSaidBeforeTheEnd()
    {
        Stage stage;
        stage.send(kGreeting + std::string("\0\0\1\0\0\0\0\0\0x", 10));  // DATA on stream 0
        for (int i = 0; i < 50; ++i) stage.send(std::string(1000, 'x'));
        const auto said = stage.received();
        QVERIFY(said && said->find("DATA: stream_id == 0") != std::string::npos);
        stage.pass(2s);
        QVERIFY(stage.server.gone && absl::IsInvalidArgument(*stage.server.gone));
    }
};

QTEST_GUILESS_MAIN(TestH2Connection)
#include "tst_h2_connection.moc"
