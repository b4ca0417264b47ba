// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/one_shot.h"
#include "http/closing_turn.h"
#include "http/http1_server.h"
#include "http/http1_session.h"
#include "support/manual_clock.h"
#include "support/seed.h"

#include <QtTest>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <poll.h>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

using namespace millrace;
using namespace millrace::http;
using millrace::testing::ManualClock;
using millrace::testing::poll;

namespace {

QByteArray bytes(std::string_view text)
{
    return {text.data(), static_cast<qsizetype>(text.size())};
}

/// What is asked for says how it is answered.
class Answers final : public Http1Server {
public:
    using Http1Server::Http1Server;

    OneShot<bool> go;
    int gone = 0, asked = 0;
    std::size_t bodySize = 0;
    std::optional<bool> written;  // of the last piece

private:
    net::awaitable<void> serve(Http1Session& session) override
    {
        ++asked;
        bodySize = session.body().size();
        const std::string path(session.head().path());
        Response response;
        response.contentType = "text/plain";
        if (path == "/none") co_return;
        if (path == "/throw") throw std::runtime_error("a bug");
        if (path == "/wait" || path == "/wait-stream") {
            session.watch([this] {
                ++gone;
                go.set(false);
            });
            co_await go.waitForOwner();
            go = OneShot<bool>();
        }
        if (path == "/stream" || path == "/wait-stream") {
            response.fields.push_back({"Cache-Control", "no-cache"});
            session.begin(response);
            written = co_await session.write("one ");
            if (*written) written = co_await session.write("two ");
            if (*written) written = co_await session.write("three", true);
            co_return;
        }
        if (path == "/endless") {
            session.begin(response);
            const std::string piece(64 << 10, 'e');
            written = true;
            while (*written) written = co_await session.write(piece);
            co_return;
        }
        if (path == "/204") response.status = 204;
        response.body = path == "/large" ? std::string(8u << 20, 'l') : path + " " + session.body();
        co_await session.respond(std::move(response));
    }
    Response refusal(const Status& why) const override
    {
        Response response;
        response.status = toHttp(why);
        response.contentType = "text/plain";
        response.body = text(why);
        return response;
    }
};

/// The other end of a connection.
class Client {
public:
    Client(net::io_context& io, const std::shared_ptr<Answers>& server, bool local) : io_(io)
    {
        using Local = net::local::stream_protocol;
        using Tcp = net::ip::tcp;
        if (local) {
            net::basic_stream_socket<Local, Strand> near(io.get_executor()), far(io.get_executor());
            net::local::connect_pair(near, far);
            fd_ = near.release();
            server->accept(Http1Server::Socket(std::move(far)), true);
        } else {
            net::basic_socket_acceptor<Tcp, Strand> acceptor(io.get_executor(),
                                                             Tcp::endpoint(net::ip::address_v4::loopback(), 0));
            net::basic_stream_socket<Tcp, Strand> near(io.get_executor());
            near.connect(acceptor.local_endpoint());
            near.set_option(Tcp::no_delay(true));
            auto far = acceptor.accept();
            fd_ = near.release();
            server->accept(Http1Server::Socket(std::move(far)), false);
        }
        poll(io_);
    }
    ~Client() { close(); }
    Client(Client&& other) noexcept : io_(other.io_), fd_(std::exchange(other.fd_, -1)) {}

    /// In pieces of at most so many bytes; the server gets its turn after each.
    void say(std::string_view text, std::size_t pieceMax = std::string_view::npos)
    {
        while (!text.empty()) {
            const auto sent = ::send(fd_, text.data(), std::min(text.size(), pieceMax), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent < 0 && errno != EAGAIN) return;
            if (sent > 0) text.remove_prefix(static_cast<std::size_t>(sent));
            poll(io_);
        }
    }
    /// All that has come by now; `ended`: the server has closed.
    std::string hear()
    {
        std::string all;
        for (std::array<char, 65536> room;;) {
            poll(io_);
            const auto got = ::recv(fd_, room.data(), room.size(), MSG_DONTWAIT);
            if (got > 0) {
                all.append(room.data(), static_cast<std::size_t>(got));
                continue;
            }
            ended = got == 0 || errno != EAGAIN;
            return all;
        }
    }
    void finishSending() { ::shutdown(fd_, SHUT_WR); }
    void close()
    {
        if (fd_ < 0) return;
        ::close(std::exchange(fd_, -1));
        poll(io_);
    }
    /// Says it and is gone, before the server has had its turn.
    void sayAndLeave(std::string_view text, bool reset)
    {
        while (!text.empty()) {
            const auto sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent <= 0) break;
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
        const linger now{1, 0};
        if (reset) ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        close();
    }
    /// Its loop is gone.
    void drop() { ::close(std::exchange(fd_, -1)); }
    bool ended = false;

private:
    net::io_context& io_;
    int fd_ = -1;
};

Http1Limits small()
{
    Http1Limits limits;
    limits.connections = 400;
    limits.headerBytes = 4096;
    limits.bodyBytes = 1 << 20;
    limits.bodiesBytes = 2 << 20;
    limits.idle = 300s;
    return limits;
}

std::string get(const std::string& path, const std::string& fields = {})
{
    return "GET " + path + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
}
std::string post(const std::string& path, const std::string& body, const std::string& fields = {})
{
    return "POST " + path + " HTTP/1.1\r\nHost: h\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

}  // namespace

class TestHttp1Server : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<net::io_context> io_;
    std::unique_ptr<ManualClock> clock_;
    std::shared_ptr<Answers> server_;

    void makeServer(Http1Limits limits)
    {
        server_.reset();
        clock_.reset();
        io_ = std::make_unique<net::io_context>(1);
        clock_ = std::make_unique<ManualClock>(*io_);
        server_ = std::make_shared<Answers>(io_->get_executor(), *clock_, limits, "test/1");
    }
    Client connect(bool local = false) { return Client(*io_, server_, local); }

private Q_SLOTS:
    void init() { makeServer(small()); }
    /// Whatever a client did, nothing is left of it.
    void cleanup()
    {
        clock_->advance(400s);
        clock_->advance(400s);
        QCOMPARE(server_->connections(), std::size_t(0));
        QCOMPARE(server_->busy(), std::size_t(0));
        QCOMPARE(server_.use_count(), 1L);
    }

    void answers_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<QByteArray>("answer");
        QTest::addColumn<bool>("stays");
        const auto row = [](const char* name, const std::string& request, const std::string& answer, bool stays) {
            QTest::newRow(name) << bytes(request) << bytes(answer) << stays;
        };
        const std::string ok = "HTTP/1.1 200 OK\r\nServer: test/1\r\nContent-Type: text/plain\r\n";
        const std::string keeps = "Keep-Alive: timeout=300\r\n\r\n", closes = "Connection: close\r\n\r\n";
        row("whole", get("/a"), ok + "Content-Length: 3\r\n" + keeps + "/a ", true);
        row("an empty line before it", "\r\n\r\n" + get("/a"), ok + "Content-Length: 3\r\n" + keeps + "/a ", true);
        row("with a body", post("/b", "body"), ok + "Content-Length: 7\r\n" + keeps + "/b body", true);
        row("with chunks",
            "POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nbo\r\n2\r\ndy\r\n0\r\nA: b\r\n\r\n",
            ok + "Content-Length: 7\r\n" + keeps + "/b body", true);
        row("a URL for a target", "GET http://h/a?q HTTP/1.1\r\n\r\n", ok + "Content-Length: 3\r\n" + keeps + "/a ",
            true);
        row("the last one", get("/a", "Connection: close\r\n"), ok + "Content-Length: 3\r\n" + closes + "/a ", false);
        row("HEAD", "HEAD /a HTTP/1.1\r\n\r\n", ok + "Content-Length: 3\r\n" + keeps, true);
        row("HEAD of a stream", "HEAD /stream HTTP/1.1\r\n\r\n",
            ok + "Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n" + keeps, true);
        row("no content", get("/204"),
            "HTTP/1.1 204 No Content\r\nServer: test/1\r\nContent-Type: text/plain\r\n" + keeps, true);
        row("HTTP/1.0", "GET /a HTTP/1.0\r\n\r\n", ok + "Content-Length: 3\r\n" + closes + "/a ", false);
        row("HTTP/1.0, kept", "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            ok + "Content-Length: 3\r\nConnection: keep-alive\r\n" + keeps + "/a ", true);
        row("stream", get("/stream"),
            ok + "Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n" + keeps +
                "4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n0\r\n\r\n",
            true);
        row("stream to HTTP/1.0", "GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            ok + "Cache-Control: no-cache\r\n" + closes + "one two three", false);
        row("no answer", get("/none"), "", false);
        row("an exception", get("/throw"), "", false);
    }
    void answers()
    {
        QFETCH(QByteArray, request);
        QFETCH(QByteArray, answer);
        QFETCH(bool, stays);
        for (const bool local : {false, true}) {
            for (const std::size_t pieceMax : {10'000, 5, 1}) {
                Client client = connect(local);
                client.say(request.toStdString(), pieceMax);
                QCOMPARE(bytes(client.hear()), answer);
                QCOMPARE(client.ended, !stays);
                QCOMPARE(server_->connections(), std::size_t(stays ? 1 : 0));
                QCOMPARE(server_->busy(), std::size_t(0));
            }
        }
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<int>("status");
        const auto row = [](const char* name, const std::string& request, int status) {
            QTest::newRow(name) << bytes(request) << status;
        };
        const std::string chunks = "POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        row("garbage", "\x16\x03\x01\x02 what is this\r\n\r\n", 400);
        row("zero bytes", std::string(64, '\0'), 400);
        row("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400);
        row("HTTP/0.9", "GET /\r\n\r\n", 400);
        row("a space before the colon", "GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400);
        row("two lengths", "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400);
        row("length and chunks", "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400);
        row("a negative length", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400);
        row("a length beyond any", "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", 400);
        row("another encoding", "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501);
        row("too much of a field", get("/", "A: " + std::string(5000, 'x') + "\r\n"), 431);
        std::string many;
        for (int i = 0; i < 500; ++i) many += "A: 0123456789\r\n";
        row("too many fields", get("/", many), 431);
        row("a target without end", "GET /" + std::string(6000, 'x'), 431);
        row("too large by its length", "POST / HTTP/1.1\r\nContent-Length: 1048577\r\n\r\nx", 413);
        row("too large, and asks", "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1048577\r\n\r\n", 413);
        row("too large by a chunk", chunks + "100001\r\n", 413);
        row("too large by its chunks", chunks + "ffff0\r\n" + std::string(0xffff0, 'x') + "\r\n20\r\n", 413);
        row("no chunk", chunks + "xyz\r\n", 400);
        row("a chunk larger than it said", chunks + "1\r\nabcdef\r\n", 400);
        row("a chunk's size beyond any", chunks + "fffffffffffffffff\r\n", 400);
        row("a chunk's head without end", chunks + "1;" + std::string(70'000, 'x'), 400);
        row("expects something else", "POST / HTTP/1.1\r\nExpect: magic\r\nContent-Length: 1\r\n\r\n", 417);
    }
    void refuses()
    {
        QFETCH(QByteArray, request);
        QFETCH(int, status);
        for (const bool local : {false, true}) {
            for (const std::size_t pieceMax : {1'000'000, 997, 3}) {
                if (request.size() > 10'000 && pieceMax < 100) continue;
                Client client = connect(local);
                client.say(request.toStdString(), pieceMax);
                const std::string heard = client.hear();
                QVERIFY2(heard.starts_with("HTTP/1.1 " + std::to_string(status) + " "), heard.substr(0, 400).c_str());
                QVERIFY(heard.find("Connection: close\r\n") != std::string::npos);
                QCOMPARE(bytes(heard).count("Server: "), 1);
                client.say("more of it, which nobody reads");
                client.finishSending();
                QCOMPARE(client.hear(), std::string());
                QVERIFY(client.ended);
                QCOMPARE(server_->asked, 0);
                QCOMPARE(server_->connections(), std::size_t(0));
            }
        }
    }

    /// Whoever sends all before it reads is heard to the end, within bounds, and then finds the answer.
    void aRefusalReachesWhoSendsOn()
    {
        Client client = connect();
        client.say("POST / HTTP/1.1\r\nContent-Length: 5000000\r\n\r\n");
        client.say(std::string(5'000'000, 'x'));
        QVERIFY(client.hear().starts_with("HTTP/1.1 413 "));
        Client silent = connect();
        silent.say("POST / HTTP/1.1\r\nContent-Length: 5000000\r\n\r\n");
        QVERIFY(silent.hear().starts_with("HTTP/1.1 413 "));
        clock_->advance(3s);
        QCOMPARE(server_->connections(), std::size_t(0));
        Client endless = connect();
        endless.say("POST / HTTP/1.1\r\nContent-Length: 5000000\r\n\r\n");
        for (int i = 0; i < 25 && server_->connections() > 0; ++i) {
            endless.say("xxxxxxxxx");
            clock_->advance(1s);
        }
        QCOMPARE(server_->connections(), std::size_t(0));
    }

    void tellsToGoOn()
    {
        for (const char* ends : {"Content-Length: 4\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n"}) {
            Client client = connect();
            client.say(std::string("POST /b HTTP/1.1\r\nExpect: 100-Continue\r\n") + ends);
            QCOMPARE(client.hear(), std::string("HTTP/1.1 100 Continue\r\n\r\n"));
            client.say(ends[0] == 'C' ? "body" : "4\r\nbody\r\n0\r\n\r\n");
            QVERIFY(client.hear().ends_with("/b body"));
        }
        // Whoever has sent it already need not be told.
        Client client = connect();
        client.say(post("/b", "body", "Expect: 100-continue\r\n"));
        QVERIFY(client.hear().starts_with("HTTP/1.1 200 "));
    }

    void answersAHundredPipelinedRequests()
    {
        for (const bool local : {false, true}) {
            for (const std::size_t pieceMax : {100'000, 1000, 7}) {
                std::string all;
                for (int i = 0; i < 100; ++i) all += i % 2 == 0 ? get("/" + std::to_string(i)) : post("/b", "x");
                Client client = connect(local);
                client.say(all, pieceMax);
                const std::string heard = client.hear();
                QVERIFY2(!client.ended, heard.c_str());
                QCOMPARE(bytes(heard).count("HTTP/1.1 200 OK"), 100);
                std::size_t at = 0;
                for (int i = 0; i < 100; i += 2) {
                    at = heard.find("\r\n\r\n/" + std::to_string(i) + " ", at);
                    QVERIFY(at != std::string::npos);
                }
                QVERIFY(!client.ended);
            }
        }
    }

    void requestsBehindOneThatIsAnsweredWait()
    {
        Client client = connect();
        client.say(get("/wait") + post("/b", "next") + get("/stream"));
        QCOMPARE(client.hear(), std::string());
        QCOMPARE(server_->busy(), std::size_t(1));
        server_->go.set(true);
        const std::string heard = client.hear();
        QCOMPARE(bytes(heard).count("HTTP/1.1 200 OK"), 3);
        QVERIFY(heard.ends_with("0\r\n\r\n"));
        QCOMPARE(server_->gone, 0);
        // Too many to be held: it is not watched any more, but all are answered.
        client.say(get("/wait"));
        std::string flood;
        while (flood.size() < 1'000'000) flood += post("/b", std::string(500, 'x'));
        std::size_t sent = 0;
        std::string answers;
        server_->go = OneShot<bool>();
        std::size_t count = 0;
        for (bool told = false; sent < flood.size() || count < flood.size() / 560;) {
            client.say(std::string_view(flood).substr(sent, 50'000));
            sent = std::min(flood.size(), sent + 50'000);
            if (!std::exchange(told, true)) server_->go.set(true);
            answers += client.hear();
            count = static_cast<std::size_t>(bytes(answers).count("HTTP/1.1 200 OK"));
            if (client.ended) break;
        }
        QVERIFY(!client.ended);
    }

    void tellsOfAClientThatLeft_data()
    {
        QTest::addColumn<bool>("local");
        QTest::addColumn<QByteArray>("path");
        for (const bool local : {false, true})
            for (const char* path : {"/wait", "/wait-stream"})
                QTest::addRow("%s %s", local ? "unix" : "tcp", path) << local << QByteArray(path);
    }
    void tellsOfAClientThatLeft()
    {
        QFETCH(bool, local);
        QFETCH(QByteArray, path);
        Client client = connect(local);
        client.say(get(path.toStdString()));
        QCOMPARE(server_->busy(), std::size_t(1));
        client.close();
        QCOMPARE(server_->gone, 1);
        QCOMPARE(server_->busy(), std::size_t(0));
        QCOMPARE(server_->connections(), std::size_t(0));
        // A request sent ahead is no leaving; then it leaves.
        Client second = connect(local);
        second.say(get(path.toStdString()) + get("/b"));
        QCOMPARE(server_->gone, 1);
        second.close();
        QCOMPARE(server_->gone, 2);
        QCOMPARE(server_->connections(), std::size_t(0));
        QCOMPARE(server_->asked, 2);
    }

    /// A reset that came together with bytes is no event of its own, and what was sent ahead may be more than is read.
    void tellsOfAClientThatLeftInAHurry_data()
    {
        QTest::addColumn<bool>("local");
        QTest::addColumn<bool>("reset");
        QTest::addColumn<int>("ahead");
        for (const bool local : {false, true})
            for (const bool reset : {false, true})
                for (const int ahead : {0, 100, 100'000})
                    QTest::addRow("%s %s %d", local ? "unix" : "tcp", reset ? "reset" : "end", ahead)
                        << local << reset << ahead;
    }
    void tellsOfAClientThatLeftInAHurry()
    {
        QFETCH(bool, local);
        QFETCH(bool, reset);
        QFETCH(int, ahead);
        const std::string flood = ahead == 0 ? "" : post("/b", std::string(static_cast<std::size_t>(ahead), 'x'));
        Client atOnce = connect(local);
        atOnce.sayAndLeave(get("/wait") + flood, reset);
        QCOMPARE(server_->asked, 1);
        QCOMPARE(server_->gone, 1);
        Client later = connect(local);
        later.say(get("/wait"));
        later.sayAndLeave(flood, reset);
        QCOMPARE(server_->gone, 2);
        QCOMPARE(server_->connections(), std::size_t(0));
    }

    /// It used to be told nothing until the kernel's buffers were full, and then to wait indefinitely.
    void aClientThatDoesNotReadIsGivenUp()
    {
        for (const char* path : {"/large", "/endless"}) {
            Client client = connect();
            client.say(get(path));
            QCOMPARE(server_->busy(), std::size_t(1));
            clock_->advance(59s);
            QCOMPARE(server_->busy(), std::size_t(1));
            clock_->advance(2s);
            QCOMPARE(server_->busy(), std::size_t(0));
            QCOMPARE(server_->connections(), std::size_t(0));
        }
        QCOMPARE(server_->written, std::optional(false));
        // One that reads a little at a time is not.
        Client slow = connect();
        slow.say(get("/large"));
        std::size_t got = 0;
        for (int i = 0; i < 1000 && !slow.ended && server_->busy() > 0; ++i) {
            clock_->advance(30s);
            got += slow.hear().size();
        }
        QVERIFY(got > (8u << 20));
        QCOMPARE(server_->connections(), std::size_t(1));
    }

    void hangingUpWithinAStreamEndsIt()
    {
        for (const bool local : {false, true}) {
            Client client = connect(local);
            client.say(get("/endless"));
            QCOMPARE(server_->busy(), std::size_t(1));
            client.close();
            QCOMPARE(server_->written, std::optional(false));
            QCOMPARE(server_->busy(), std::size_t(0));
            QCOMPARE(server_->connections(), std::size_t(0));
        }
    }

    void nobodyWaitsIndefinitely_data()
    {
        QTest::addColumn<QByteArray>("begin");
        QTest::addColumn<QByteArray>("every10s");
        QTest::addColumn<int>("status");  // 0: closed without a word
        QTest::addColumn<int>("secondsMost");
        const auto row = [](const char* name, const std::string& begin, const char* every10s, int status, int most) {
            QTest::newRow(name) << bytes(begin) << QByteArray(every10s) << status << most;
        };
        row("idle from the start", "", "", 0, 301);
        row("idle", get("/a"), "", 0, 301);
        row("empty lines", "", "\r\n", 0, 301);
        row("half a head", "GET /a HT", "", 408, 61);
        row("a head that trickles", "GET /a HTTP/1.1\r\nA: ", "x", 408, 61);
        row("half a body", "POST /b HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf", "", 408, 61);
        row("a body that trickles", "POST /b HTTP/1.1\r\nContent-Length: 1000\r\n\r\n", "x", 408, 71);
        row("chunks that trickle", "POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n", 408, 71);
    }
    void nobodyWaitsIndefinitely()
    {
        QFETCH(QByteArray, begin);
        QFETCH(QByteArray, every10s);
        QFETCH(int, status);
        QFETCH(int, secondsMost);
        for (const bool local : {false, true}) {
            Client client = connect(local);
            client.say(begin.toStdString());
            client.hear();
            std::string heard;
            int seconds = 0;
            for (; heard.empty() && !client.ended && seconds < 1000; seconds += 10) {
                clock_->advance(10s);
                heard = client.hear();
                if (heard.empty() && !client.ended) client.say(every10s.toStdString());
            }
            QVERIFY2(seconds <= secondsMost + 10, qPrintable(QString::number(seconds)));
            if (status > 0)
                QVERIFY2(heard.starts_with("HTTP/1.1 " + std::to_string(status)), heard.c_str());
            else
                QCOMPARE(heard, std::string());
            clock_->advance(25s);
            QCOMPARE(server_->connections(), std::size_t(0));
        }
    }

    void aBodyMayTakeAsLongAsItComesOn()
    {
        Client client = connect();
        client.say("POST /b HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n");
        for (int i = 0; i < 4; ++i) {
            client.say(std::string(250'000, 'x'));
            QCOMPARE(client.hear().empty(), i < 3);
            clock_->advance(50s);
        }
        QCOMPARE(server_->bodySize, std::size_t(1'000'000));
    }

    void connectionsAreBounded()
    {
        std::vector<Client> clients;
        for (int i = 0; i < 400; ++i) clients.push_back(connect(i % 2 == 0));
        Client oneMore = connect();
        oneMore.hear();
        QVERIFY(oneMore.ended);
        for (auto& client : clients) client.say(post("/b", "x"));
        for (auto& client : clients) QVERIFY(client.hear().ends_with("/b x"));
        clients.clear();
        QCOMPARE(server_->connections(), std::size_t(0));
        QVERIFY((connect().say(get("/a")), true));
    }

    void bodiesOfAllAreBounded()
    {
        const std::string begin = "POST /b HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n" + std::string(900'000, 'x');
        Client first = connect(), second = connect(), third = connect();
        first.say(begin);
        second.say(begin);
        third.say(begin);
        const std::string heard = third.hear();
        QVERIFY2(heard.starts_with("HTTP/1.1 503 "), heard.c_str());
        first.say(std::string(100'000, 'x'));
        QVERIFY(first.hear().starts_with("HTTP/1.1 200 "));
        third.close();
        Client fourth = connect();
        fourth.say(begin + std::string(100'000, 'x'));
        QVERIFY(fourth.hear().starts_with("HTTP/1.1 200 "));
    }

    /// To close a socket costs the kernel as much as a request does: others get their turns in between.
    void manyThatHangUpAtOnceAreClosedAFewInATurn_data()
    {
        QTest::addColumn<QByteArray>("asked");
        QTest::newRow("at rest") << QByteArray("/rest");
        QTest::newRow("while their answers go out") << QByteArray("/endless");
    }
    void manyThatHangUpAtOnceAreClosedAFewInATurn()
    {
        QFETCH(const QByteArray, asked);
        constexpr std::size_t kMany = 200;
        std::vector<Client> clients;
        for (std::size_t i = 0; i < kMany; ++i) {
            clients.push_back(connect());
            clients.back().say(get(asked.toStdString()));
        }
        QCOMPARE(server_->connections(), kMany);
        for (Client& client : clients) client.drop();
        std::size_t before = kMany, most = 0;
        int turns = 0;
        std::function<void()> turn = [&] {
            const std::size_t left = server_->connections();
            most = std::max(most, before - left);
            before = left;
            if (left > 0 && ++turns < 100'000) net::post(io_->get_executor(), turn);
        };
        net::post(io_->get_executor(), turn);
        poll(*io_);
        clock_->advance(1s);  // when those that work are looked at
        QCOMPARE(server_->connections(), std::size_t(0));
        QVERIFY2(most <= 2 * ClosingTurn::kAtOnce, qPrintable(QString::number(most)));
    }

    void stoppingTakesNothingNew()
    {
        Client idle = connect(), half = connect(), working = connect(), streaming = connect(true);
        half.say("GET /a HT");
        working.say(get("/wait") + get("/b"));
        server_->stop();
        idle.hear();
        half.hear();
        QVERIFY(idle.ended && half.ended);
        QCOMPARE(server_->busy(), std::size_t(1));
        server_->go.set(true);
        const std::string heard = working.hear();
        QVERIFY(heard.find("Connection: close\r\n") != std::string::npos && heard.ends_with("/wait "));
        QVERIFY(working.ended);
        Client late = connect();
        late.hear();
        QVERIFY(late.ended);
    }

    void abortEndsAll()
    {
        Client idle = connect(), body = connect(), working = connect(), stuck = connect(), refused = connect();
        body.say("POST /b HTTP/1.1\r\nContent-Length: 10\r\n\r\n");
        working.say(get("/wait"));
        stuck.say(get("/endless"));
        refused.say("garbage\r\n\r\n");
        server_->abort();
        poll(*io_);
        QCOMPARE(server_->gone, 1);
        QCOMPARE(server_->busy(), std::size_t(0));
        QCOMPARE(server_->connections(), std::size_t(0));
    }

    /// The loop may go while clients are there; what they hold goes with it.
    void theLoopMayGoFirst()
    {
        Client idle = connect(), body = connect(true);
        body.say("POST /b HTTP/1.1\r\nContent-Length: 10\r\n\r\n");
        std::weak_ptr<Answers> weak = server_;
        server_.reset();
        QVERIFY(!weak.expired());
        clock_.reset();
        io_.reset();
        QVERIFY(weak.expired());
        idle.drop();
        body.drop();
        makeServer(small());
    }

    /// A request that comes as one costs one read, and one that is large is not read twice.
    void readsOnce()
    {
        Client client = connect();
        client.say(get("/a"));
        client.hear();
        const auto before = SocketReader::receives();
        for (int i = 0; i < 10; ++i) {
            client.say(post("/b", "x"));
            QVERIFY(client.hear().ends_with("/b x"));
        }
        QCOMPARE(SocketReader::receives() - before, std::uint64_t(10));
    }

    /// Requests changed at random, in random pieces, from clients that leave at random: answered or refused, and
    /// nothing is left of them.
    void randomRequestsLeaveNothing()
    {
        const auto seed = testSeed();
        std::mt19937 random(seed);
        const std::vector<std::string> seeds = {
            get("/a"),
            post("/b", "some body"),
            get("/stream") + get("/none"),
            "POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            get("/a") + post("/b", std::string(300, 'b')) + get("/stream", "Connection: close\r\n"),
            "HEAD /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"};
        for (int i = 0; i < 3000; ++i) {
            std::string request = seeds[random() % seeds.size()] + seeds[random() % seeds.size()];
            for (auto changes = random() % 4; changes > 0; --changes)
                request[random() % request.size()] = static_cast<char>(random() % 256);
            Client client = connect(random() % 2 == 0);
            const std::size_t sent = random() % 3 == 0 ? random() % request.size() : request.size();
            client.say(std::string_view(request).substr(0, sent), 1 + random() % 200);
            if (random() % 2 == 0) {
                const std::string heard = client.hear();
                QVERIFY(heard.empty() || heard.starts_with("HTTP/1.1 "));
            }
            if (random() % 50 == 0) clock_->advance(70s);
            client.close();
        }
    }
};

QTEST_GUILESS_MAIN(TestHttp1Server)
#include "tst_http1_server.moc"
