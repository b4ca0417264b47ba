// SPDX-License-Identifier: GPL-3.0-or-later
// What clients of the control socket do that no console does: each ends with the others served and nothing left.
#include "base/text.h"
#include "control_fixture.h"
#include "support/grpc_bytes.h"
#include "support/wire_client.h"

#include <QTemporaryDir>
#include <QTest>

#include <grpcpp/create_channel.h>

#include <memory>
#include <random>
#include <vector>

using namespace millrace;
using Engine = ControlFixture;
using millrace::testing::connectUnix;
using millrace::testing::framed;
using millrace::testing::WireClient;
namespace v1 = control::v1;

namespace {

std::string path(const char* method)
{
    return std::string("/millrace.control.v1.Control/") + method;
}

http::H2StreamId watch(WireClient& client, double rate = 20)
{
    v1::WatchRequest request;
    request.set_rate_hz(rate);
    return client.ask(WireClient::head(path("Watch")), framed(request.SerializeAsString()));
}

constexpr char kPreface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A frame of HTTP/2 with the length that it says, whatever follows.
std::string frame(std::size_t length, char type, char flags, char stream, const std::string& payload)
{
    return std::string{static_cast<char>(length >> 16),
                       static_cast<char>(length >> 8),
                       static_cast<char>(length),
                       type,
                       flags,
                       0,
                       0,
                       0,
                       stream} +
           payload;
}

const std::string kGreeting = std::string(kPreface) + frame(0, 4, 0, 0, "");

std::string repeated(const std::string& what, int count)
{
    std::string out;
    for (int i = 0; i < count; ++i) out += what;
    return out;
}

void sendAll(int socket, const std::string& bytes)
{
    for (std::size_t at = 0; at < bytes.size();) {
        const ssize_t sent = ::send(socket, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
        if (sent <= 0) return;  // the server has had enough
        at += static_cast<std::size_t>(sent);
    }
}

bool isClosedByServer(int socket)
{
    char some[4096];
    pollfd ready{socket, POLLIN, 0};
    while (::poll(&ready, 1, 5000) > 0) {
        const ssize_t got = ::recv(socket, some, sizeof some, 0);
        if (got <= 0) return true;
    }
    return false;
}

}  // namespace

class TestControlWire : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { dir_ = std::make_unique<QTemporaryDir>(); }

    void whatIsNoGrpcEndsItsConnectionAlone_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<bool>("closes");
        const auto row = [](const char* name, const std::string& bytes, bool closes = true) {
            QTest::newRow(name) << QByteArray(bytes.data(), static_cast<qsizetype>(bytes.size())) << closes;
        };
        std::mt19937 random(7);
        std::string garbage(200'000, '\0');
        for (char& byte : garbage) byte = static_cast<char>(random());
        row("garbage", garbage);
        row("HTTP/1.1", "GET / HTTP/1.1\r\nhost: a\r\n\r\n");
        row("garbage after the greeting", kGreeting + garbage);
        row("a frame larger than the limit", kGreeting + frame(0xffffff, 0, 0, 1, std::string(100, 'x')));
        row("data of no stream", kGreeting + frame(3, 0, 0, 1, "abc"));
        row("a flood of pings", kGreeting + repeated(frame(8, 6, 0, 0, "12345678"), 5000));
        row("a flood of settings", kGreeting + repeated(frame(0, 4, 0, 0, ""), 5000));
        row("half a greeting", std::string(kPreface).substr(0, 10), false);
        row("half a header block", kGreeting + frame(40, 1, 0, 1, std::string(20, '\x82')), false);
        row("a header block that goes on", kGreeting + frame(3, 1, 0, 1, "\x83\x86\x84"), false);
        row("header blocks without end", kGreeting + frame(3, 1, 0, 1, "\x83\x86\x84") +
                                             repeated(frame(1000, 9, 0, 1, std::string(1000, '\x82')), 2000));
    }
    void whatIsNoGrpcEndsItsConnectionAlone()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(bool, closes);
        Engine engine(dir_->path());
        auto stub = engine.stub();
        v1::Status status;
        QVERIFY(stub->GetStatus(context().get(), {}, &status).ok());
        const int socket = connectUnix(engine.socket());
        QVERIFY(socket >= 0);
        sendAll(socket, bytes.toStdString());
        QVERIFY(stub->GetStatus(context().get(), {}, &status).ok());
        if (closes) QVERIFY(isClosedByServer(socket));
        ::close(socket);
        stub.reset();
        QTRY_COMPARE_WITH_TIMEOUT(connections(engine), 0.0, 5000);
    }

    void messagesHaveALimit()
    {
        Engine engine(dir_->path());
        auto stub = engine.stub();
        v1::ModelRequest load;
        load.set_model(std::string(5u << 20, 'm'));
        v1::ModelReply reply;
        const auto tooLarge = stub->LoadModel(context().get(), load, &reply);
        QCOMPARE(tooLarge.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
        QVERIFY2(tooLarge.error_message().find("4194304") != std::string::npos, tooLarge.error_message().c_str());
        load.set_model(std::string(3u << 20, 'm'));  // read beside the loop
        QCOMPARE(stub->LoadModel(context().get(), load, &reply).error_code(), grpc::StatusCode::NOT_FOUND);

        WireClient client(connectUnix(engine.socket()));
        const auto unreadable = client.ask(WireClient::head(path("LoadModel")), framed("\xff\xff\xff"));
        QVERIFY(client.answered(unreadable));
        QCOMPARE(client.told[unreadable].last("grpc-status"), std::string("3"));
        const auto large = client.ask(WireClient::head(path("LoadModel")), framed(std::string(200'000, '\xff')));
        QVERIFY(client.answered(large));
        QCOMPARE(client.told[large].last("grpc-status"), std::string("3"));
        const auto none = client.ask(WireClient::head(path("GetStatus")), "");
        QVERIFY(client.answered(none));
        QCOMPARE(client.told[none].last("grpc-status"), std::string("12"));
        const auto unknown = client.ask(WireClient::head(path("Nothing")), framed(""));
        QVERIFY(client.answered(unknown));
        QCOMPARE(client.told[unknown].last("grpc-status"), std::string("12"));
    }

    void deadlinesHold()
    {
        Engine engine(dir_->path());
        WireClient client(connectUnix(engine.socket()));
        v1::ModelRequest load;
        load.set_model("alpha");
        load.set_wait(true);
        auto head = WireClient::head(path("LoadModel"));
        head.add("grpc-timeout", "100m");
        const auto call = client.ask(head, framed(load.SerializeAsString()));
        QVERIFY(client.answered(call));
        QCOMPARE(client.told[call].last("grpc-status"), std::string("4"));
        engine.onStrand([&] { engine.view.finishLoads(); });  // a reply that comes too late
        v1::Status status;
        QVERIFY(engine.stub()->GetStatus(context().get(), {}, &status).ok());
    }

    /// A console that was stopped (Ctrl-Z, a debugger) has one frame on its way, and gets the sum of what it missed.
    void aWatcherThatDoesNotReadHoldsUpNobody()
    {
        Engine engine(dir_->path());
        engine.onStrand([&] { engine.view.addModels(3000); });
        std::vector<std::unique_ptr<WireClient>> stopped;
        for (int i = 0; i < 8; ++i) {
            stopped.push_back(std::make_unique<WireClient>(connectUnix(engine.socket())));
            stopped.back()->reading = false;
            const auto stream = watch(*stopped.back());
            QVERIFY(stopped.back()->until([&] { return !stopped.back()->told[stream].body.empty(); }));
        }
        v1::WatchRequest request;
        request.set_rate_hz(20);
        auto stub = engine.stub();
        auto ctx = context();
        auto reader = stub->Watch(ctx.get(), request);
        v1::Frame frame;
        for (std::uint32_t i = 1; i <= 20; ++i) {
            engine.onStrand([&] { engine.view.setConnections(i); });
            do {
                QVERIFY(reader->Read(&frame));
            } while (!frame.has_pools() || frame.pools().pools(0).active() != i);
        }
        for (auto& client : stopped) QVERIFY(client->told[1].body.size() < 1u << 20);  // what its window takes
        auto& first = *stopped.front();
        first.reading = true;
        first.session.consume(1, first.told[1].body.size());
        std::size_t frames = 0;
        QVERIFY(first.until([&] {
            frames = framesIn(first.told[1].body, frame);
            return frames >= 2;
        }));
        QCOMPARE(frame.sequence(), std::uint64_t{2});
        QCOMPARE(frame.pools().pools(0).active(), 20U);
        ctx->TryCancel();
        (void)reader->Finish();
        reader.reset();
        ctx.reset();
        stub.reset();
        stopped.clear();  // killed in the middle of their frames
        QTRY_COMPARE_WITH_TIMEOUT(engine.server->watchers(), std::size_t{0}, 5000);
        QTRY_COMPARE_WITH_TIMEOUT(connections(engine), 0.0, 5000);
    }

    void repliesThatNobodyReadsAreBounded()
    {
        Engine engine(dir_->path());
        for (int i = 0; i < 1000; ++i)
            engine.eventLog.append(Severity::Info, "kind", "subject", std::string(kMessageBytesMax, 'e'));
        v1::ListEventsRequest request;
        request.set_most(1000);
        WireClient client(connectUnix(engine.socket()));
        client.reading = false;
        for (int i = 0; i < 100; ++i)
            (void)client.ask(WireClient::head(path("ListEvents")), framed(request.SerializeAsString()));
        const auto refused = [&] {
            int count = 0;
            for (const auto& [stream, told] : client.told)
                if (told.last("grpc-status") == "8") ++count;
            return count;
        };
        QVERIFY(client.until([&] { return refused() > 10; }));
        client.leave();
        v1::Events events;
        auto stub = engine.stub();
        QTRY_VERIFY([&] { return stub->ListEvents(context().get(), request, &events).ok(); }());
        QCOMPARE(events.events_size(), 1000);
        stub.reset();
        QTRY_COMPARE_WITH_TIMEOUT(connections(engine), 0.0, 5000);
    }

    void sixtyFourWatchers()
    {
        Engine engine(dir_->path());
        struct One {
            std::unique_ptr<v1::Control::Stub> stub;
            std::unique_ptr<grpc::ClientContext> ctx = context();
            std::unique_ptr<grpc::ClientReader<v1::Frame>> reader;
        };
        v1::WatchRequest request;
        request.set_rate_hz(20);
        std::vector<One> all(64);
        int refused = 0;
        v1::Frame frame;
        for (auto& one : all) {
            grpc::ChannelArguments own;
            own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
            one.stub = v1::Control::NewStub(
                grpc::CreateCustomChannel("unix:" + engine.socket(), grpc::InsecureChannelCredentials(), own));
            one.reader = one.stub->Watch(one.ctx.get(), request);
            if (one.reader->Read(&frame)) continue;
            QCOMPARE(one.reader->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
            one.reader.reset();
            ++refused;
        }
        QCOMPARE(refused, 32);
        QCOMPARE(connections(engine), 64.0);
        for (auto& one : all) {
            if (!one.reader) continue;
            engine.onStrand([&] { engine.view.endBatch(1); });
            QVERIFY(one.reader->Read(&frame));
            one.ctx->TryCancel();
            while (one.reader->Read(&frame)) {
            }
            (void)one.reader->Finish();
        }
        all.clear();
        QTRY_COMPARE_WITH_TIMEOUT(engine.server->watchers(), std::size_t{0}, 5000);
        QTRY_COMPARE_WITH_TIMEOUT(connections(engine), 0.0, 5000);
    }

    void connectionsAreBounded()
    {
        Engine engine(dir_->path());
        constexpr int kMax = 256;
        std::vector<std::unique_ptr<WireClient>> all;
        for (int i = 0; i < kMax; ++i) all.push_back(std::make_unique<WireClient>(connectUnix(engine.socket())));
        QTRY_COMPARE_WITH_TIMEOUT(connections(engine), double(kMax), 5000);
        WireClient oneMore(connectUnix(engine.socket()));
        const auto call = oneMore.ask(WireClient::head(path("GetStatus")), framed(""));
        (void)oneMore.answered(call);
        QVERIFY(oneMore.session.leaving());  // GOAWAY
        QCOMPARE(engine.registry.counterTotal("millrace_control_refused_total"), std::uint64_t{1});
        all.clear();
        QTRY_COMPARE_WITH_TIMEOUT(connections(engine), 0.0, 5000);
        v1::Status status;
        QVERIFY(engine.stub()->GetStatus(context().get(), {}, &status).ok());
    }

    /// One that does not read keeps nobody from stopping.
    void stoppingWaitsForNobody()
    {
        Engine engine(dir_->path());
        engine.onStrand([&] { engine.view.addModels(3000); });
        WireClient client(connectUnix(engine.socket()));
        client.reading = false;
        const auto stream = watch(client);
        QVERIFY(client.until([&] { return !client.told[stream].body.empty(); }));
        const auto began = std::chrono::steady_clock::now();
        engine.onStrand([&] { engine.server->stop(); });
        engine.onStrand([&] { engine.server.reset(); });
        QVERIFY(std::chrono::steady_clock::now() - began < std::chrono::seconds(10));
        QCOMPARE(connections(engine), 0.0);
        QVERIFY(connectUnix(engine.socket()) < 0);
    }

private:
    static double connections(const Engine& engine)
    {
        return engine.registry.gaugeTotal("millrace_control_connections");
    }
    /// Those that are complete; `last` is the last of them.
    static std::size_t framesIn(const std::string& body, v1::Frame& last)
    {
        std::size_t count = 0;
        for (std::size_t at = 0; at + http::kGrpcPrefix <= body.size();) {
            std::size_t size = 0;
            for (std::size_t i = 1; i < http::kGrpcPrefix; ++i)
                size = size << 8 | static_cast<unsigned char>(body[at + i]);
            at += http::kGrpcPrefix + size;
            if (at > body.size()) break;
            ++count;
            if (!last.ParseFromArray(body.data() + at - size, static_cast<int>(size))) return 0;
        }
        return count;
    }

    std::unique_ptr<QTemporaryDir> dir_;
};

QTEST_GUILESS_MAIN(TestControlWire)
#include "tst_control_wire.moc"
