// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/send_now.h"
#include "http/socket_reader.h"
#include "support/manual_clock.h"

#include <QtTest>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

using namespace millrace;
using http::SocketReader;
using millrace::testing::poll;

namespace {

template <typename Protocol>
using Socket = net::basic_stream_socket<Protocol, Strand>;
using net::ip::tcp;
using Local = net::local::stream_protocol;

std::pair<Socket<tcp>, Socket<tcp>> tcpPair(net::io_context& io)
{
    net::basic_socket_acceptor<tcp, Strand> acceptor(io.get_executor(),
                                                     tcp::endpoint(net::ip::address_v4::loopback(), 0));
    Socket<tcp> near(io.get_executor());
    near.connect(acceptor.local_endpoint());
    return {std::move(near), acceptor.accept()};
}

std::pair<Socket<Local>, Socket<Local>> localPair(net::io_context& io)
{
    Socket<Local> near(io.get_executor()), far(io.get_executor());
    net::local::connect_pair(near, far);
    return {std::move(near), std::move(far)};
}

/// A connection that takes what comes, so many bytes at a time, and waits on unless `waitsOn` is false.
template <typename Protocol>
class Taker final : public std::enable_shared_from_this<Taker<Protocol>>, private SocketReader::Listener {
public:
    explicit Taker(Socket<Protocol> from, std::size_t atOnceIn = 4096, bool handedOver = false)
        : socket(std::move(from)), atOnce(atOnceIn)
    {
        reader.opened(handedOver);
    }
    void wait() { reader.wait(this->shared_from_this()); }

    Socket<Protocol> socket;
    SocketReader reader{socket, *this};
    const std::size_t atOnce;
    bool waitsOn = true;
    std::string text;
    std::optional<boost::system::error_code> error;  // of the read or of the wait that ended it
    int told = 0, dropped = 0;
    std::function<void()> heard;  // behind what was read

private:
    void onReadable(const boost::system::error_code& ended) override
    {
        ++told;
        if (ended) {
            error = ended;
            return;
        }
        std::string room(atOnce, '\0');
        boost::system::error_code problem;
        room.resize(reader.receive(net::buffer(room), problem));
        text += room;
        if (heard) heard();
        if (problem && problem != net::error::would_block)
            error = problem;
        else if (waitsOn)
            wait();
    }
    void onDropped() override { ++dropped; }
};

template <typename Protocol>
void say(Socket<Protocol>& from, const std::string& text)
{
    QCOMPARE(::send(from.native_handle(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
}

/// A connected pair of which one end waits; whatever came before its first wait has been looked for.
struct Waiting {
    explicit Waiting(std::size_t atOnce = 4096) : taker(std::make_shared<Taker<tcp>>(std::move(pair.first), atOnce))
    {
        taker->wait();
        poll(io);
    }
    /// Another reader gets the socket, and what the first one left.
    std::shared_ptr<Taker<tcp>> handOver()
    {
        auto next = std::make_shared<Taker<tcp>>(std::move(taker->socket), 4096, true);
        next->wait();
        poll(io);
        return next;
    }
    net::io_context io{1};
    std::pair<Socket<tcp>, Socket<tcp>> pair = tcpPair(io);
    Socket<tcp>& far = pair.second;
    std::shared_ptr<Taker<tcp>> taker;
};

}  // namespace

class TestSocketReader : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void eachMessageCostsOneCall()
    {
        Waiting stage;
        auto& [io, pair, far, taker] = stage;
        const auto before = SocketReader::receives();
        std::string said;
        for (int i = 0; i < 20; ++i) {
            const std::string text = "message " + std::to_string(i) + ";";
            say(far, text);
            said += text;
            poll(io);
            QCOMPARE(taker->text, said);
        }
        QCOMPARE(SocketReader::receives() - before, std::uint64_t{20});
    }

    /// What few bytes begin is over at once; what many begin is timed.
    void anArrivalHasOneTimeUnlessItIsLarge()
    {
        Waiting stage(std::size_t{64} << 10);
        auto& [io, pair, far, taker] = stage;
        const SystemClock clock;
        TimePoint first, second;
        taker->heard = [&] {
            first = clock.now();
            while (std::chrono::steady_clock::now() <= first) {
            }
            second = clock.now();
        };
        say(far, "little");
        poll(io);
        QCOMPARE(second, first);
        say(far, std::string(LoopTime::kLargeBytes, 'x'));
        poll(io);
        QCOMPARE(taker->text.size(), LoopTime::kLargeBytes + 6);
        QVERIFY(second > first);
        say(far, "little");
        poll(io);
        QCOMPARE(second, first);
    }

    /// Bytes and end in one event: nothing more will come to tell of the end.
    void theEndBehindTheLastBytesIsSeen()
    {
        Waiting stage;
        auto& [io, pair, far, taker] = stage;
        say(far, "all");
        far.shutdown(net::socket_base::shutdown_send);
        poll(io);
        QCOMPARE(taker->text, std::string("all"));
        QVERIFY(taker->error == net::error::eof);
        QVERIFY(!taker->reader.waiting());
    }

    /// The first reader's wait has used up the event of what it left.
    void whatTheReaderBeforeLeftIsRead()
    {
        Waiting stage(3);
        auto& [io, pair, far, first] = stage;
        first->waitsOn = false;
        say(far, "abcdef");
        poll(io);
        QCOMPARE(first->text, std::string("abc"));
        const auto second = stage.handOver();
        QCOMPARE(second->text, std::string("def"));
        say(far, "ghi");
        poll(io);
        QCOMPARE(second->text, std::string("defghi"));
    }

    void whatDoesNotFitIsReadOn()
    {
        Waiting stage(3);
        auto& [io, pair, far, taker] = stage;
        say(far, "0123456789");
        poll(io);
        QCOMPARE(taker->text, std::string("0123456789"));
        QVERIFY(taker->reader.waiting());
        say(far, "abc");  // as many as there is room for
        poll(io);
        say(far, "def");
        poll(io);
        QCOMPARE(taker->text, std::string("0123456789abcdef"));
    }

    /// What comes while nobody waits is there for the next wait.
    void nothingIsLostBetweenWaits()
    {
        net::io_context io(1);
        auto [near, far] = tcpPair(io);
        const auto taker = std::make_shared<Taker<tcp>>(std::move(near));
        say(far, "first");
        poll(io);
        taker->wait();
        poll(io);
        QCOMPARE(taker->text, std::string("first"));
        taker->waitsOn = false;
        say(far, ", second");
        poll(io);
        QCOMPARE(taker->text, std::string("first, second"));
        say(far, ", third");
        poll(io);
        QCOMPARE(taker->text, std::string("first, second"));
        taker->wait();
        poll(io);
        QCOMPARE(taker->text, std::string("first, second, third"));
    }

    /// A listener that was told and did not read is told again.
    void whoDoesNotReadIsNotifiedAgain()
    {
        struct Idler final : std::enable_shared_from_this<Idler>, SocketReader::Listener {
            explicit Idler(Socket<tcp> from) : socket(std::move(from)) { reader.opened(); }
            void onReadable(const boost::system::error_code&) override { ++told; }
            Socket<tcp> socket;
            SocketReader reader{socket, *this};
            int told = 0;
        };
        net::io_context io(1);
        auto [near, far] = tcpPair(io);
        const auto idler = std::make_shared<Idler>(std::move(near));
        say(far, "x");
        for (int i = 1; i <= 3; ++i) {
            idler->reader.wait(idler);
            poll(io);
            QCOMPARE(idler->told, i);
        }
    }

    void cancellingEndsTheWait_data()
    {
        QTest::addColumn<bool>("closes");
        QTest::newRow("cancelled") << false;
        QTest::newRow("closed") << true;
    }
    void cancellingEndsTheWait()
    {
        QFETCH(bool, closes);
        Waiting stage;
        auto& [io, pair, far, taker] = stage;
        if (closes)
            taker->socket.close();
        else
            taker->socket.cancel();
        poll(io);
        QVERIFY(taker->error == net::error::operation_aborted);
        QVERIFY(!taker->reader.waiting());
        if (!closes) {
            taker->error.reset();
            taker->wait();
            say(far, "goes on");
            poll(io);
            QCOMPARE(taker->text, std::string("goes on"));
        }
        const std::weak_ptr<Taker<tcp>> weak = taker;
        taker->socket.close();
        taker.reset();
        poll(io);
        QVERIFY(weak.expired());  // the wait kept it until it was told
    }

    void aResetIsAnError()
    {
        Waiting stage;
        auto& [io, pair, far, taker] = stage;
        far.set_option(net::socket_base::linger(true, 0));
        far.close();
        poll(io);
        QVERIFY(taker->error == net::error::connection_reset);
    }

    void whatTheKernelTakesIsSentAtOnce()
    {
        net::io_context io(1);
        auto [near, far] = tcpPair(io);
        boost::system::error_code error;
        const auto send = [&, &from = near](std::initializer_list<std::string_view> texts) {
            std::vector<net::const_buffer> pieces;
            for (const auto text : texts) pieces.emplace_back(text.data(), text.size());
            return http::sendNow(from.native_handle(), pieces, error);
        };
        QCOMPARE(send({"one piece"}), std::size_t(9));
        QCOMPARE(send({", ", "", "then three"}), std::size_t(12));
        QVERIFY(!error);
        std::array<char, 64> room;
        QCOMPARE(::recv(far.native_handle(), room.data(), room.size(), MSG_WAITALL | MSG_DONTWAIT), ssize_t{21});
        QCOMPARE(std::string(room.data(), 21), std::string("one piece, then three"));
        const std::string much(1 << 20, 'x');
        for (int i = 0; i < 100 && !error; ++i) send({much, much});
        QVERIFY(error == net::error::would_block);
        QCOMPARE(send({"more"}), std::size_t(0));
        far.close();
        for (int i = 0; i < 2; ++i) send({"nobody is there"});
        QVERIFY(error == net::error::broken_pipe || error == net::error::connection_reset);
    }

    /// The kernel keeps what came before a reset.
    void theResetBehindTheLastBytesIsSeen()
    {
        Waiting stage;
        auto& [io, pair, far, taker] = stage;
        say(far, "all");
        far.set_option(net::socket_base::linger(true, 0));
        far.close();
        poll(io);
        QCOMPARE(taker->text, std::string("all"));
        QVERIFY(taker->error == net::error::connection_reset);
        QVERIFY(!taker->reader.waiting());
    }

    /// recv() stops before urgent data, although more is behind it.
    void urgentDataDoesNotHideTheRest()
    {
        Waiting stage;
        auto& [io, pair, far, taker] = stage;
        say(far, "abc");
        QCOMPARE(::send(far.native_handle(), "!", 1, MSG_OOB | MSG_NOSIGNAL), ssize_t{1});
        say(far, "def");
        poll(io);
        QCOMPARE(taker->text, std::string("abcdef"));
        QVERIFY(!taker->error);
    }

    /// The event that the first reader's wait consumed reported the end, too.
    void theEndIsHandedOver()
    {
        Waiting stage(3);
        auto& [io, pair, far, first] = stage;
        first->waitsOn = false;
        say(far, "abcdef");
        far.shutdown(net::socket_base::shutdown_send);
        poll(io);
        QCOMPARE(first->text, std::string("abc"));
        const auto second = stage.handOver();
        QCOMPARE(second->text, std::string("def"));
        QVERIFY(second->error == net::error::eof);
    }

    /// Asio uses a descriptor's state again, and with it the latest event of a socket that has ended.
    void theNextSocketHasNotEnded()
    {
        net::io_context io(1);
        std::vector<std::shared_ptr<Taker<tcp>>> ended;
        for (int i = 0; i < 8; ++i) {
            auto [near, far] = tcpPair(io);
            ended.push_back(std::make_shared<Taker<tcp>>(std::move(near)));
            ended.back()->wait();
            poll(io);
            far.close();
            poll(io);
            QVERIFY(ended.back()->error == net::error::eof);
        }
        ended.clear();  // more than the next pair and its acceptor need
        auto [near, far] = tcpPair(io);
        const auto taker = std::make_shared<Taker<tcp>>(std::move(near));
        taker->wait();
        poll(io);
        const auto before = SocketReader::receives();
        for (int i = 0; i < 5; ++i) {
            say(far, "message;");
            poll(io);
        }
        QCOMPARE(SocketReader::receives() - before, std::uint64_t{5});
    }

    /// A send that has to wait makes Asio register the socket once more.
    void aSendThatWaitsDoesNotHideTheEnd()
    {
        Waiting stage;
        auto& [io, pair, far, taker] = stage;
        const std::string much(16 << 20, 'x');
        bool sent = false;
        net::async_write(taker->socket, net::buffer(much), [&](const auto& error, std::size_t) { sent = !error; });
        poll(io);
        QVERIFY(!sent);
        std::string room(1 << 20, '\0');
        for (std::size_t got = 0; got < much.size(); poll(io)) {
            const auto bytes = ::recv(far.native_handle(), room.data(), room.size(), MSG_DONTWAIT);
            if (bytes > 0) got += static_cast<std::size_t>(bytes);
        }
        QVERIFY(sent);
        say(far, "all");
        far.shutdown(net::socket_base::shutdown_send);
        poll(io);
        QCOMPARE(taker->text, std::string("all"));
        QVERIFY(taker->error == net::error::eof);
    }

    void otherSocketsAreReadToo()
    {
        net::io_context io(1);
        auto [near, far] = localPair(io);
        const auto taker = std::make_shared<Taker<Local>>(std::move(near), 3);
        taker->wait();
        poll(io);
        say(far, "0123456789");
        poll(io);
        QCOMPARE(taker->text, std::string("0123456789"));
        const auto before = SocketReader::receives();
        for (const char* word : {"ab", "cd", "ef"}) {
            say(far, word);
            poll(io);
        }
        QCOMPARE(taker->text, std::string("0123456789abcdef"));
        QCOMPARE(SocketReader::receives() - before, std::uint64_t{3});
        say(far, "last");
        far.close();
        poll(io);
        QCOMPARE(taker->text, std::string("0123456789abcdeflast"));
        QVERIFY(taker->error == net::error::eof);
    }

    void aLoopThatEndsDropsTheWait_data()
    {
        QTest::addColumn<bool>("posted");
        QTest::newRow("that waits for the socket") << false;
        QTest::newRow("that is about to be told") << true;
    }
    void aLoopThatEndsDropsTheWait()
    {
        QFETCH(bool, posted);
        std::weak_ptr<Taker<tcp>> weak;
        std::shared_ptr<Taker<tcp>> held;
        {
            struct Loop : net::io_context {
                using net::io_context::io_context;
                void dropWork() { shutdown(); }
            } io(1);
            auto [near, far] = tcpPair(io);
            held = std::make_shared<Taker<tcp>>(std::move(near));
            held->wait();
            if (!posted) poll(io);
            weak = held;
            io.dropWork();
            QCOMPARE(held->dropped, 1);
            QCOMPARE(held->told, posted ? 0 : 1);
            held.reset();
        }
        QVERIFY(weak.expired());
    }
};

QTEST_GUILESS_MAIN(TestSocketReader)
#include "tst_socket_reader.moc"
