// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/compare_report.h"
#include "bench/http_client.h"
#include "bench/raw_client.h"
#include "bench/statistics.h"
#include "bench/upstream.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QtTest>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <limits>
#include <set>
#include <sys/resource.h>

using namespace millrace;
using namespace millrace::bench;

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// A program of ours; SIGTERM at the end.
class Program {
public:
    explicit Program(const QStringList& arguments)
    {
        process_.setProgram(QStringLiteral(MILLRACE_BIN_DIR "/millrace-bench"));
        process_.setArguments(arguments);
        process_.start();
    }
    ~Program()
    {
        process_.terminate();
        if (!process_.waitForFinished(5000)) process_.kill();
        process_.waitForFinished(5000);
    }
    QJsonObject readyLine()
    {
        while (!process_.canReadLine())
            if (!process_.waitForReadyRead(10000)) return {};
        return QJsonDocument::fromJson(process_.readLine()).object();
    }

private:
    QProcess process_;
};

std::string chat(const std::string& fields)
{
    return R"({"model":"upstream",)" + fields + R"("messages":[]})";
}

}  // namespace

class TestCompare : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void medianIsTheMiddle_data()
    {
        QTest::addColumn<QList<double>>("values");
        QTest::addColumn<double>("median");
        QTest::newRow("none") << QList<double>{} << kNone;
        QTest::newRow("one") << QList<double>{3} << 3.0;
        QTest::newRow("odd, in disorder") << QList<double>{9, 1, 5} << 5.0;
        QTest::newRow("even") << QList<double>{4, 1, 2, 3} << 2.5;
    }
    void medianIsTheMiddle()
    {
        QFETCH(QList<double>, values);
        QFETCH(double, median);
        const double got = bench::median({values.begin(), values.end()});
        QVERIFY(std::isnan(median) ? std::isnan(got) : got == median);
    }

    void quantilesAreOfNearestRank()
    {
        std::vector<float> values;
        for (int i = 100; i > 0; --i) values.push_back(static_cast<float>(i));
        QCOMPARE(quantile(values, 0.5), 50.0);
        QCOMPARE(quantile(values, 0.99), 99.0);
        QCOMPARE(quantile(values, 1), 100.0);
        QCOMPARE(quantile(values, 0), 1.0);
        QVERIFY(std::isnan(quantile({}, 0.5)));
    }

    void quartilesEncloseTheMiddleHalf()
    {
        using Pair = std::pair<double, double>;
        QCOMPARE(quartiles({8, 1, 7, 2, 6, 3, 5, 4}), Pair(2, 6));
        QCOMPARE(quartiles({5, kNone}), Pair(5, 5));
        QVERIFY(std::isnan(quartiles({}).first) && std::isnan(quartiles({kNone}).second));
    }

    void theSpreadIsThatOfTheRounds()
    {
        CompareReport report({"direct", "a"}, "a machine");
        for (int round = 0; round < 4; ++round) {
            report.add(round, "direct", "p50", 10 * round);
            report.add(round, "a", "p50", 10 * round + (round - 1));  // what is added: -1, 0, 1, 2
        }
        const CompareTable tables[] = {{"Speed", {{"p50", "p50", 0, true}, {"rps", "rps", 0, false}}}};
        const auto text = QString::fromStdString(report.text(tables, true));
        QVERIFY2(text.contains(QStringLiteral("| 15 (0 … 20) | +0 (-1 … +1) |")), qPrintable(text));
        QVERIFY(!text.contains(QStringLiteral("rps")));
    }

    void frontierTakesTheBestThatIsFastEnough()
    {
        const SweepPoint points[] = {{1, 1000, 0.5}, {8, 9000, 0.9}, {64, 20000, 4}, {256, 19000, 30}};
        QCOMPARE(frontier(points, 0.1), 0.0);
        QCOMPARE(frontier(points, 1), 9000.0);
        QCOMPARE(frontier(points, 5), 20000.0);
        QCOMPARE(frontier(points, 50), 20000.0);
    }

    void everyoneComesOnceInARound()
    {
        std::set<std::vector<std::size_t>> orders;
        for (std::uint64_t seed = 0; seed < 50; ++seed) {
            auto order = shuffled(4, seed);
            orders.insert(order);
            std::sort(order.begin(), order.end());
            QCOMPARE(order, (std::vector<std::size_t>{0, 1, 2, 3}));
        }
        QVERIFY(orders.size() > 10);
        QCOMPARE(shuffled(4, 7), shuffled(4, 7));
    }

    void whatIsAddedIsComparedWithinARound()
    {
        CompareReport report({"direct", "a", "b"}, "machine");
        // The machine slows down from round to round; what "a" adds does not.
        for (int round = 0; round < 3; ++round) {
            report.add(round, "direct", "p50", 10.0 * (round + 1));
            report.add(round, "a", "p50", 10.0 * (round + 1) + 4);
        }
        report.add(1, "b", "p50", 50);
        report.add(2, "b", "nothing", kNone);
        const CompareRow added{"p50", "p50", 0, true}, plain{"p50", "p50", 0, false};
        QCOMPARE(report.value("a", added), 4.0);
        QCOMPARE(report.value("a", plain), 24.0);
        QCOMPARE(report.value("direct", added), 20.0);
        QCOMPARE(report.value("b", added), 30.0);
        QVERIFY(std::isnan(report.value("b", {"nothing", "", 0, false})));
        QVERIFY(std::isnan(report.value("c", plain)));
    }

    void tablesSayWhatWasMeasured()
    {
        CompareReport report({"direct", "a"}, "a machine");
        report.add(0, "direct", "rps", 1234567.4);
        report.add(0, "a", "rps", 999.6);
        report.add(0, "direct", "p50", 1.25);
        report.add(0, "a", "p50", 1.0);
        report.note("Something.");
        report.note("Something.");
        const CompareTable tables[] = {
            {"Speed", {{"rps", "calls/s", 0, false}, {"p50", "p50 ms", 2, true}, {"p99", "p99", 0, false}}},
            {"Nothing", {{"p99", "p99", 0, false}}}};
        QCOMPARE(QString::fromStdString(report.text(tables)),
                 QStringLiteral("a machine; medians of 1 round\n\nSpeed\n\n"
                                "|         |    direct |     a |\n|---------|----------:|------:|\n"
                                "| calls/s | 1,234,567 | 1,000 |\n"
                                "| p50 ms  |      1.25 | -0.25 |\n"
                                "\nSomething.\n"));
        const auto json = QJsonDocument::fromJson(QByteArray::fromStdString(report.json())).object();
        QCOMPARE(json[QStringLiteral("rounds")].toInt(), 1);
        QCOMPARE(json[QStringLiteral("notes")].toArray().size(), 1);
        const QJsonObject own = json[QStringLiteral("peers")][QStringLiteral("a")][QStringLiteral("p50")].toObject();
        QCOMPARE(own[QStringLiteral("median")].toDouble(), 1.0);
        QCOMPARE(own[QStringLiteral("values")].toArray().size(), 1);
    }

    void wishesAreReadFromBodies_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<bool>("stream");
        QTest::addColumn<unsigned>("tokens");
        QTest::addColumn<unsigned>("gapMs");
        QTest::addColumn<qulonglong>("answerBytes");
        const Wish none;
        const auto row = [&](const char* name, const char* body, bool stream, unsigned tokens, unsigned gap,
                             qulonglong bytes) {
            QTest::newRow(name) << QByteArray(body) << stream << tokens << gap << bytes;
        };
        row("empty", "", false, none.tokens, none.gapMs, none.answerBytes);
        row("all", R"({"stream":true,"max_tokens":7,"gap_ms":20,"answer_bytes":9})", true, 7, 20, 9);
        row("spaces", R"({"stream" : true, "max_tokens" : 7})", true, 7, none.gapMs, none.answerBytes);
        row("not a stream", R"({"stream":false})", false, none.tokens, none.gapMs, none.answerBytes);
        row("cut", R"({"stream":)", false, none.tokens, none.gapMs, none.answerBytes);
        row("no number", R"({"max_tokens":"x","gap_ms":-4})", false, none.tokens, none.gapMs, none.answerBytes);
        row("too much", R"({"max_tokens":4000000000,"gap_ms":100000,"answer_bytes":99999999999})", false,
            Wish::kTokensMax, Wish::kGapMsMax, Wish::kAnswerBytesMax);
    }
    void wishesAreReadFromBodies()
    {
        QFETCH(QByteArray, body);
        const Wish wish = wishOf({body.data(), static_cast<std::size_t>(body.size())});
        QTEST(wish.stream, "stream");
        QTEST(wish.tokens, "tokens");
        QTEST(wish.gapMs, "gapMs");
        QTEST(static_cast<qulonglong>(wish.answerBytes), "answerBytes");
    }

    void eventsCarryTheirTime()
    {
        QCOMPARE(sentAt(tokenEvent(123456789012345)), std::uint64_t{123456789012345});
        QCOMPARE(sentAt("data: [DONE]"), std::uint64_t{0});
        QVERIFY(tokenEvent(1).ends_with("\n\n"));
    }

    /// However requests come, each has its answer; what is no HTTP has none.
    void upstreamReadsRequestsWhereverTheyAreCut()
    {
        Program upstream({QStringLiteral("upstream")});
        const QString address = upstream.readyLine()[QStringLiteral("http")].toString();
        const QByteArray wish = R"({"stream":true,"max_tokens":2})";
        const QByteArray begin = "POST /v1/chat/completions HTTP/1.1\r\n";
        const QByteArray all = "GET /v1/models HTTP/1.1\r\n\r\n" + begin + "Content-Length: 30\r\n\r\n" + wish + begin +
                               "Transfer-Encoding: chunked\r\n\r\na\r\n" + wish.left(10) + "\r\n14;x=y\r\n" +
                               wish.mid(10) + "\r\n0\r\nA: b\r\n\r\nGET /v1/models HTTP/1.1\r\n\r\n";
        for (const qsizetype piece : {1000, 13, 1}) {
            QTcpSocket socket;
            socket.connectToHost(address.section(':', 0, 0), address.section(':', 1).toUShort());
            QVERIFY(socket.waitForConnected(5000));
            socket.setSocketOption(QAbstractSocket::LowDelayOption, 1);
            for (qsizetype at = 0; at < all.size(); at += piece) {
                socket.write(all.mid(at, piece));
                socket.flush();
            }
            QByteArray heard;
            while (heard.count("\"object\":\"list\"") < 2) {
                QVERIFY2(socket.waitForReadyRead(5000), heard.constData());
                heard += socket.readAll();
            }
            QCOMPARE(heard.count("HTTP/1.1 200 OK"), 4);
            QCOMPARE(heard.count("data: {"), 4);
            QCOMPARE(heard.count("data: [DONE]\n\n\r\n0\r\n\r\nHTTP/1.1 200 OK"), 2);
            socket.write("SSH-2.0-OpenSSH\r\n\r\n");
            QVERIFY(socket.waitForDisconnected(5000));
        }
    }

    void clientReadsWhatItIsAskedTo()
    {
        Program upstream({QStringLiteral("upstream")});
        const std::string address = upstream.readyLine()[QStringLiteral("http")].toString().toStdString();
        net::io_context io(1);
        HttpClient client(address);
        const auto call = [&](const std::string& fields, unsigned events = 0) {
            const std::string body = chat(fields);
            const std::string head = requestHead("POST", "/v1/chat/completions", address, body.size(), {});
            StatusOr<HttpAnswer> answer = HttpAnswer();
            net::co_spawn(io, client.call(head, body, events),
                          [&](const std::exception_ptr& thrown, StatusOr<HttpAnswer> got) {
                              answer = thrown ? Status(absl::StatusCode::kInternal, "thrown") : std::move(got);
                          });
            io.restart();
            io.run();
            return answer;
        };
        for (const std::size_t bytes : {std::size_t{1000}, std::size_t{20} << 20}) {
            const auto whole = call("\"answer_bytes\":" + std::to_string(bytes) + ",");
            QVERIFY2(whole.ok(), std::string(whole.status().message()).c_str());
            QCOMPARE(whole->status, 200U);
            QCOMPARE(whole->body.size(), bytes);
            QCOMPARE(whole->wireBytes, std::uint64_t{bytes});
            QVERIFY(whole->firstByte);
        }
        const auto stream = call(R"("stream":true,"max_tokens":3,)");
        QVERIFY(stream.ok() && stream->body.ends_with("data: [DONE]\n\n"));
        QVERIFY(stream->wireBytes > stream->body.size() + 4 * 5);
        const auto begun = call(R"("stream":true,"max_tokens":1000,"gap_ms":20,)", 3);
        QVERIFY(begun.ok() && !begun->body.ends_with("data: [DONE]\n\n"));
        client.setReadingRate(1e6);
        const auto began = std::chrono::steady_clock::now();
        const auto slow = call(R"("answer_bytes":300000,)");
        QVERIFY(slow.ok() && slow->body.empty());
        QCOMPARE(slow->wireBytes, std::uint64_t{300'000});
        QVERIFY(std::chrono::steady_clock::now() - began >= std::chrono::milliseconds(290));
        HttpClient nobody("127.0.0.1:1");
        StatusOr<HttpAnswer> none = HttpAnswer();
        net::co_spawn(io, nobody.call(requestHead("GET", "/", "127.0.0.1:1", 0, {}), ""),
                      [&](const std::exception_ptr&, StatusOr<HttpAnswer> got) { none = std::move(got); });
        io.restart();
        io.run();
        QVERIFY(!none.ok());
    }

    void upstreamDoesWhatItIsAsked()
    {
        Program upstream({QStringLiteral("upstream")});
        const std::string address = upstream.readyLine()[QStringLiteral("http")].toString().toStdString();
        QVERIFY(!address.empty());

        const auto whole =
            runClosedLoop({address, postRequest(address, "/v1/chat/completions", chat("\"answer_bytes\":300000,")), 8,
                           std::chrono::milliseconds(10), std::chrono::milliseconds(300)});
        QVERIFY2(whole.ok(), std::string(whole.status().message()).c_str());
        QCOMPARE(whole->recorder.failed(), std::uint64_t{0});
        QVERIFY(whole->recorder.requests() > 20);

        // A body beyond what is read at once, and beyond a socket's buffer.
        const std::string large = chat("\"answer_bytes\":10,\"padding\":\"" + std::string(8u << 20, 'x') + "\",");
        const auto sent = runClosedLoop(
            {address, postRequest(address, "/v1/chat/completions", large), 2, {}, std::chrono::milliseconds(300)});
        QVERIFY2(sent.ok(), std::string(sent.status().message()).c_str());
        QVERIFY(sent->recorder.requests() > 0);

        const std::string asked = chat(R"("stream":true,"max_tokens":5,"gap_ms":60,)");
        unsigned openMost = 0;
        auto streams = runStreams({address, postRequest(address, "/v1/chat/completions", asked), 20,
                                   std::chrono::milliseconds(50), std::chrono::seconds(20)},
                                  [&](unsigned open) { openMost = std::max(openMost, open); });
        QVERIFY2(streams.ok(), std::string(streams.status().message()).c_str());
        QCOMPARE(streams->recorder.failed(), std::uint64_t{0});
        QCOMPARE(streams->recorder.requests(), std::uint64_t{20});
        QCOMPARE(streams->gapMs.size(), std::size_t{20 * 4});
        QVERIFY(streams->recorder.latencyMs(0.5) >= 239);  // four gaps
        QVERIFY(openMost > 1 && openMost <= 20);
    }

    void whatDoesNotAnswerIsReported()
    {
        const std::string request = postRequest("127.0.0.1:1", "/", "{}");
        const auto refused = runClosedLoop({"127.0.0.1:1", request, 1, {}, std::chrono::milliseconds(200)});
        QVERIFY(!refused.ok());
        const auto nonsense = runClosedLoop({"nowhere", request, 1, {}, std::chrono::milliseconds(200)});
        QVERIFY(!nonsense.ok());
        QVERIFY(std::string(nonsense.status().message()).find("'nowhere'") != std::string::npos);
        const auto streams = runStreams({"127.0.0.1:1", request, 3, {}, std::chrono::seconds(2)});
        QVERIFY(streams.ok());
        QCOMPARE(streams->recorder.failed(), std::uint64_t{3});
    }

    /// The whole command, as briefly as it goes.
    void comparesAnEngineWithTheDirectCall()
    {
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("out.json"));
        QProcess compare;
        compare.start(QStringLiteral(MILLRACE_BIN_DIR "/millrace-bench"),
                      {QStringLiteral("compare"), QStringLiteral("--only"), QStringLiteral("http,grpc"),
                       QStringLiteral("--rounds"), QStringLiteral("1"), QStringLiteral("--seconds"),
                       QStringLiteral("0.2"), QStringLiteral("--anyway"), QStringLiteral("--model"),
                       QStringLiteral("digits-s"), QStringLiteral("--json"), file});
        QVERIFY(compare.waitForFinished(60000));
        QVERIFY2(compare.exitCode() == 0, compare.readAllStandardError().constData());
        QVERIFY(compare.readAllStandardOutput().contains("| 64 connections, requests/s "));
        QFile json(file);
        QVERIFY(json.open(QFile::ReadOnly));
        const QJsonObject peers = QJsonDocument::fromJson(json.readAll()).object()[QStringLiteral("peers")].toObject();
        for (const char* peer : {"direct", "millrace"})
            for (const char* figure : {"http.1.rps", "http.64.rps", "grpc.16.rps"})
                QVERIFY2(peers[QLatin1String(peer)][QLatin1String(figure)][QStringLiteral("median")].toDouble() > 0,
                         figure);
        QVERIFY(peers[QStringLiteral("millrace")][QStringLiteral("memory.idle")][QStringLiteral("median")].toDouble() >
                1);
    }

    /// Scripts may still call it by its former name.
    void theAblationStudyHasAnAlias()
    {
        const auto help = [](const char* command) {
            QProcess process;
            process.start(QStringLiteral(MILLRACE_BIN_DIR "/millrace-bench"),
                          {QLatin1String(command), QStringLiteral("--help")});
            if (!process.waitForFinished(20000) || process.exitCode() != 0) return QByteArray();
            return process.readAllStandardOutput();
        };
        const QByteArray ablation = help("ablation");
        QVERIFY2(ablation.contains("millrace-bench ablation"), ablation.constData());
        QCOMPARE(help("seed"), ablation);
        QVERIFY(help("see").isEmpty());
    }

    void anotherProgramTakesItsShareAndNoMore()
    {
        const auto used = [] {
            rusage all{};
            ::getrusage(RUSAGE_CHILDREN, &all);
            return 1000.0 * static_cast<double>(all.ru_utime.tv_sec + all.ru_stime.tv_sec) +
                   static_cast<double>(all.ru_utime.tv_usec + all.ru_stime.tv_usec) / 1000;
        };
        const auto burn = [&](const char* share, const char* seconds) {
            const double before = used();
            const int code = QProcess::execute(QStringLiteral(MILLRACE_BIN_DIR "/millrace-bench"),
                                               {"burn", "--share", share, "--seconds", seconds});
            return code == 0 ? used() - before : -1;
        };
        // The program's start takes its time, too: on a busy machine, or with a sanitizer, hundreds of milliseconds.
        const double start = burn("0.01", "0.1");
        QVERIFY(start >= 0);
        // On a machine that gives it less it does not make up for that.
        const double ms = burn("0.3", "1");
        QVERIFY2(ms > 10 && ms < 400 + 2 * start, qPrintable(QString("%1, start %2").arg(ms).arg(start)));
    }

    void wrongCommandLinesAreRefused_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QByteArray>("words");
        QTest::newRow("part") << QStringList{QStringLiteral("compare"), QStringLiteral("--only"),
                                             QStringLiteral("nothing")}
                              << QByteArray("nothing");
        QTest::newRow("engine") << QStringList{QStringLiteral("compare"), QStringLiteral("--engine"),
                                               QStringLiteral("old")}
                                << QByteArray("NAME=VALUE");
        QTest::newRow("rounds") << QStringList{QStringLiteral("compare"), QStringLiteral("--rounds"),
                                               QStringLiteral("0")}
                                << QByteArray("--rounds");
        QTest::newRow("upstream") << QStringList{QStringLiteral("upstream"), QStringLiteral("--http"),
                                                 QStringLiteral("here:x")}
                                  << QByteArray("'here:x'");
    }
    void wrongCommandLinesAreRefused()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QByteArray, words);
        QProcess process;
        process.start(QStringLiteral(MILLRACE_BIN_DIR "/millrace-bench"), arguments);
        QVERIFY(process.waitForFinished(20000));
        QVERIFY(process.exitCode() != 0);
        const QByteArray said = process.readAllStandardError();
        QVERIFY2(said.contains(words), said.constData());
    }
};

QTEST_GUILESS_MAIN(TestCompare)
#include "tst_compare.moc"
