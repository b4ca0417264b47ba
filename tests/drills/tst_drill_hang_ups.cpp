// SPDX-License-Identifier: GPL-3.0-or-later
#include "drill.h"
#include "http/h2_session.h"

#include <QJsonDocument>

#include <memory>
#include <string_view>
#include <vector>

using namespace drill;

namespace {

/// A client of HTTP/2 that asks much at once and reads nothing.
class H2Client final : public millrace::http::H2Events {
public:
    explicit H2Client(const QString& address) : session_(millrace::http::H2Role::Client, {}, *this), socket_(address) {}

    bool ask(const QByteArray& path, const QJsonObject& body, int times)
    {
        for (int i = 0; i < times; ++i) {
            millrace::http::HttpFields head;
            head.add(":method", "POST");
            head.add(":scheme", "http");
            head.add(":path", path.toStdString());
            head.add(":authority", "localhost");
            streams_.push_back(*session_.request(head, false));
            session_.send(streams_.back(), QJsonDocument(body).toJson().toStdString());
            session_.finish(streams_.back());
        }
        return flush();
    }
    bool resetStreams()
    {
        for (const auto stream : streams_) session_.reset(stream, millrace::http::H2Code::Cancel);
        return flush();
    }
    void hangUp() { socket_.hangUp(); }
    void reset() { socket_.reset(); }

private:
    void onHeaders(millrace::http::H2StreamId, millrace::http::HttpFields, bool, bool) override {}
    void onData(millrace::http::H2StreamId, std::string_view) override {}
    void onEnd(millrace::http::H2StreamId) override {}
    void onClosed(millrace::http::H2StreamId, std::uint32_t) override {}
    bool flush()
    {
        millrace::http::H2Out out;
        session_.pull(out, std::size_t{1} << 20);
        struct Piece {
            void* data;
            std::size_t size;
        } piece[1];
        while (out.gather(piece) > 0) {
            if (!socket_.send({static_cast<const char*>(piece[0].data), static_cast<qsizetype>(piece[0].size)}))
                return false;
            out.consume(piece[0].size);
        }
        return true;
    }

    millrace::http::H2Session session_;
    RawClient socket_;
    std::vector<millrace::http::H2StreamId> streams_;
};

}  // namespace

/// Clients that hang up, many at once, wherever a request can be: what they held is free again.
class TestDrillHangUps : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void burstsLeaveNothing_data()
    {
        QTest::addColumn<QStringList>("settings");
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("metric");  // where they must have come to before they leave
        QTest::newRow("admission") << QStringList{"limits.requests_max=4"} << "zoo"
                                   << "chat"
                                   << "millrace_requests_in_flight";
        QTest::newRow("admission, one slot") << QStringList{"limits.requests_max=1"} << "zoo"
                                             << "stream"
                                             << "millrace_requests_in_flight";
        QTest::newRow("admission queue is full") << QStringList{"limits.requests_max=2", "limits.queue_max=8"} << "zoo"
                                                 << "chat"
                                                 << "millrace_requests_in_flight";
        QTest::newRow("waiters of a pool") << QStringList{"pool.http_size_min=0", "pool.http_size_max=2"} << "zoo"
                                           << "chat"
                                           << "millrace_pool_waiters";
        QTest::newRow("lanes") << QStringList{"batcher.size_max=4", "batcher.size_initial=4", "batcher.timeout_ms=300"}
                               << "zoo"
                               << "embeddings"
                               << "millrace_batch_in_flight";
        QTest::newRow("lanes of tensors")
            << QStringList{"batcher.idle_dispatch=false", "batcher.timeout_ms=300"} << "slow-run"
            << "infer"
            << "millrace_batch_in_flight";
        QTest::newRow("loads") << QStringList{"loader.preload=false", "loader.concurrent_max=1"} << "slow-load"
                               << "chat"
                               << "millrace_load_loading";
        QTest::newRow("loads, streamed") << QStringList{"loader.preload=false"} << "slow-load"
                                         << "stream"
                                         << "millrace_load_loading";
        QTest::newRow("streams") << QStringList{} << "endless"
                                 << "stream"
                                 << "millrace_stream_streams";
        QTest::newRow("streams of the runtime") << QStringList{} << "long-text"
                                                << "stream"
                                                << "millrace_stream_streams";
    }
    void burstsLeaveNothing()
    {
        QFETCH(QStringList, settings);
        QFETCH(QString, model);
        QFETCH(QString, kind);
        QFETCH(QString, metric);
        QTemporaryDir folder;
        Zoo slow({"zoo"}, "slow"), endless({"endless"}, "endless");
        Zoo::Traits traits;
        traits.manner = Zoo::Manner::Slow;
        traits.gap = std::chrono::milliseconds(400);
        slow.become(traits);
        endless.become(Zoo::Manner::Endless);
        auto arguments = synthetic(folder, {{"slow-load", {{"load_ms", 1200}}},
                                            {"slow-run", {{"fixed_ms", 150}}},
                                            {"long-text", {{"tokens_per_s", 100}}}});
        QStringList backends{"backends[0].name=runtime", "backends[0].kind=runtime"};
        for (const auto& setting : slow.settings(1)) backends << QString::fromStdString(setting);
        for (const auto& setting : endless.settings(2)) backends << QString::fromStdString(setting);
        EngineProcess engine(arguments + sets(backends + settings));
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        for (const auto* ready : {"zoo", "endless", "slow-load"})
            QTRY_VERIFY_WITH_TIMEOUT(engine.get("/v1/models").body.contains(ready), 15000);
        GOOD(answersAgain(engine, "zoo"));
        GOOD(answersAgain(engine, "long-text"));
        if (model == "slow-run") GOOD(answersAgain(engine, "slow-run"));
        const auto rest = nothing_left::restOf(engine);

        QByteArray path = "/v1/chat/completions";
        QJsonObject body = chat(model, kind == "stream", 400);
        if (kind == "embeddings") {
            path = "/v1/embeddings";
            body = embeddings(model, {"a", "b"});
        } else if (kind == "infer") {
            path = inferPath(model);
            body = tensor(model);
        }
        constexpr int kClients = 40, kBursts = 6;
        for (int burst = 0; burst < kBursts; ++burst) {
            std::vector<RawClient> clients;
            clients.reserve(kClients);
            for (int i = 0; i < kClients; ++i) {
                clients.emplace_back(engine.http());
                QVERIFY(clients.back().ask(path, body));
            }
            // A burst that has come nowhere yet proves nothing; after the first, some leave before they are read.
            if (burst == 0)
                QTRY_VERIFY_WITH_TIMEOUT(nothing_left::sum(nothing_left::metrics(engine), metric) > 0, 10000);
            for (int i = 0; i < kClients; ++i) {
                if (i % 3 == 0)
                    clients[static_cast<std::size_t>(i)].reset();
                else
                    clients[static_cast<std::size_t>(i)].hangUp();
            }
        }
        NOTHING_LEFT(engine, rest);
        // As many over HTTP/2, on either port: some reset their streams, some their connection, some just leave.
        for (int burst = 0; burst < kBursts; ++burst) {
            std::vector<std::unique_ptr<H2Client>> clients;
            for (int i = 0; i < 6; ++i) {
                clients.push_back(std::make_unique<H2Client>(i % 2 == 0 ? engine.http() : engine.grpc()));
                QVERIFY(clients.back()->ask(path, body, kClients / 6));
            }
            if (burst == 0 && metric != "millrace_load_loading")  // the model is there by now
                QTRY_VERIFY_WITH_TIMEOUT(nothing_left::sum(nothing_left::metrics(engine), metric) > 0, 10000);
            for (std::size_t i = 0; i < clients.size(); ++i) {
                if (i / 2 == 0) QVERIFY(clients[i]->resetStreams());
                if (i / 2 == 1) clients[i]->reset();
                if (i / 2 == 2) clients[i]->hangUp();
            }
            // What was reset is over before its connection is.
            if (burst == 0)
                QTRY_COMPARE_WITH_TIMEOUT(
                    nothing_left::sum(nothing_left::metrics(engine), "millrace_requests_in_flight"), 0.0, 10000);
        }
        QTRY_COMPARE_WITH_TIMEOUT(nothing_left::sum(nothing_left::metrics(engine), "millrace_front_grpc_connections"),
                                  0.0, 10000);
        NOTHING_LEFT(engine, rest);
        // Nobody is served worse than before: as many as there are slots at once.
        slow.become(Zoo::Manner::Right);
        std::vector<RawClient> after;
        for (int i = 0; i < 4; ++i) {
            after.emplace_back(engine.http());
            QVERIFY(after.back().ask("/v1/chat/completions", chat("zoo", false)));
        }
        for (auto& client : after) {
            const auto answer = client.answer(10000);
            QVERIFY2(answer.status == 200, qPrintable(answer.describe()));
        }
        after.clear();
        NOTHING_LEFT(engine, rest);
        QCOMPARE(engine.stop(), 0);
        QVERIFY2(!engine.log().contains("Sanitizer"), engine.log().right(4000).constData());
    }
};

QTEST_GUILESS_MAIN(TestDrillHangUps)
#include "tst_drill_hang_ups.moc"
