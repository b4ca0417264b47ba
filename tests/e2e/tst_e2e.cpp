// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine_process.h"
#include "inference.grpc.pb.h"
#include "support/grpc_context.h"
#include "support/raw_client.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QElapsedTimer>
#include <QImage>
#include <QJsonArray>
#include <QPainter>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

using millrace::testing::BoundedContext;

namespace {

/// A digit as somebody would draw it: white on black, 28 × 28, as the models expect it (0..1, row-major).
QVector<float> drawnDigit(int digit)
{
    QImage image(28, 28, QImage::Format_Grayscale8);
    image.fill(Qt::black);
    QPainter painter(&image);
    QFont font("DejaVu Sans");
    font.setPixelSize(22);
    painter.setFont(font);
    painter.setPen(Qt::white);
    painter.drawText(image.rect(), Qt::AlignCenter, QString::number(digit));
    painter.end();
    QVector<float> pixels;
    for (int y = 0; y < 28; ++y)
        for (int x = 0; x < 28; ++x) pixels << static_cast<float>(qGray(image.pixel(x, y))) / 255.0f;
    return pixels;
}

int largest(const QVector<double>& scores)
{
    return static_cast<int>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

QJsonObject digitRequest(int digit)
{
    QJsonArray data;
    for (const auto pixel : drawnDigit(digit)) data << static_cast<double>(pixel);
    return {{"inputs", QJsonArray{QJsonObject{
                           {"name", "pixels"}, {"datatype", "FP32"}, {"shape", QJsonArray{1, 784}}, {"data", data}}}}};
}

QVector<double> scoresOf(const QJsonObject& answer)
{
    QVector<double> scores;
    for (const auto& value : answer["outputs"].toArray().at(0).toObject()["data"].toArray()) scores << value.toDouble();
    return scores;
}

QJsonObject chat(const QString& model, bool stream, int tokens = 24)
{
    return {{"model", model},
            {"stream", stream},
            {"max_tokens", tokens},
            {"messages", QJsonArray{QJsonObject{{"role", "user"}, {"content", "The freedom to"}}}}};
}

}  // namespace

class TestE2e : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<EngineProcess> engine_;

private Q_SLOTS:
    void initTestCase()
    {
        engine_ = std::make_unique<EngineProcess>();
        QVERIFY2(engine_->start(), qPrintable(engine_->problem()));
        QTRY_VERIFY_WITH_TIMEOUT(engine_->get("/v1/models").body.contains("scribe"), 10000);
    }
    void cleanupTestCase()
    {
        if (engine_) {
            QCOMPARE(engine_->stop(), 0);
            QVERIFY(!engine_->log().contains("Sanitizer"));
        }
    }

    void theReadyLineSaysWhereItListens()
    {
        const auto ready = engine_->readyLine();
        QVERIFY(ready["http"].toString().startsWith("127.0.0.1:"));
        QVERIFY(ready["grpc"].toString().startsWith("127.0.0.1:"));
        QCOMPARE(ready["pid"].toInteger(), engine_->pid());
        QCOMPARE(engine_->get("/healthz").status, 200);
    }

    /// What hung up clients leave behind must not be touched once its modules are destroyed.
    void stopsCleanlyAfterClientsHungUp()
    {
        for (int round = 0; round < 3; ++round) {
            EngineProcess engine;
            QVERIFY2(engine.start(), qPrintable(engine.problem()));
            QTRY_COMPARE_WITH_TIMEOUT(engine.post("/v1/chat/completions", chat("scribe", false, 2)).status, 200, 15000);
            for (int client = 0; client < 12; ++client) {
                auto* reply = engine.begin("/v1/chat/completions", chat("scribe", true, 400));
                QSignalSpy read(reply, &QNetworkReply::readyRead);
                QVERIFY(read.wait(10000));
                reply->abort();
                reply->deleteLater();
            }
            QCOMPARE(engine.stop(), 0);
        }
    }

    /// What streams hold outlives its owners for a moment; it used to be given back to freed memory.
    void aSecondSignalEndsAtOnceAndInOrder()
    {
        for (int round = 0; round < 2; ++round) {
            EngineProcess engine;
            QVERIFY2(engine.start(), qPrintable(engine.problem()));
            QTRY_COMPARE_WITH_TIMEOUT(engine.post("/v1/chat/completions", chat("scribe", false, 2)).status, 200, 15000);
            std::vector<QNetworkReply*> streams;  // as many as one access manager opens at a time
            for (int client = 0; client < 6; ++client) {
                streams.push_back(engine.begin("/v1/chat/completions", chat("scribe", true, 4000)));
                QSignalSpy read(streams.back(), &QNetworkReply::readyRead);
                QVERIFY(streams.back()->bytesAvailable() > 0 || read.wait(10000));
            }
            ::kill(static_cast<pid_t>(engine.pid()), SIGTERM);
            QTRY_VERIFY_WITH_TIMEOUT(engine.log().contains("engine_stopping"), 5000);
            QElapsedTimer took;
            took.start();
            ::kill(static_cast<pid_t>(engine.pid()), SIGTERM);
            QCOMPARE(engine.waitStopped(10000), 1);
            QVERIFY2(took.elapsed() < 5000, qPrintable(QString::number(took.elapsed())));
            QVERIFY2(!engine.log().contains("Sanitizer"), engine.log().right(4000).constData());
            for (auto* stream : streams) stream->deleteLater();
        }
    }

    void aClosedTerminalDrainsAndThoseCutOffHearOfIt()
    {
        EngineProcess engine({"--set", "limits.drain_timeout_ms=1500"});
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        QTRY_COMPARE_WITH_TIMEOUT(engine.post("/v1/chat/completions", chat("scribe", false, 2)).status, 200, 15000);
        auto* stream = engine.begin("/v1/chat/completions", chat("synthetic-slow", true, 4000));
        auto* plain = engine.begin("/v1/chat/completions", chat("synthetic-slow", false, 4000));
        QSignalSpy read(stream, &QNetworkReply::readyRead);
        QVERIFY(stream->bytesAvailable() > 0 || read.wait(15000));
        QSignalSpy streamed(stream, &QNetworkReply::finished), answered(plain, &QNetworkReply::finished);
        ::kill(static_cast<pid_t>(engine.pid()), SIGHUP);
        QVERIFY(plain->isFinished() || answered.wait(10000));
        QVERIFY(stream->isFinished() || streamed.wait(10000));
        const auto events = stream->readAll();
        QVERIFY2(events.contains("\"error\"") && events.contains("limits.drain_timeout_ms"),
                 events.right(600).constData());
        QCOMPARE(plain->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt(), 503);
        QVERIFY(plain->hasRawHeader("Retry-After"));
        QCOMPARE(engine.waitStopped(10000), 0);
        stream->deleteLater();
        plain->deleteLater();
    }

    void chatStreamsTokensAsTheyCome()
    {
        auto* reply = engine_->begin("/v1/chat/completions", chat("scribe", true, 64));
        int pieces = 0;
        QByteArray body;
        connect(reply, &QNetworkReply::readyRead, this, [&] {
            ++pieces;
            body += reply->readAll();
        });
        QSignalSpy finished(reply, &QNetworkReply::finished);
        QVERIFY(finished.wait(30000));
        QCOMPARE(reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt(), 200);
        QVERIFY(reply->header(QNetworkRequest::ContentTypeHeader).toString().startsWith("text/event-stream"));
        QVERIFY2(pieces > 3, qPrintable(QString::number(pieces)));
        QVERIFY(body.count("data: {") > 5);
        QVERIFY(body.trimmed().endsWith("data: [DONE]"));
        reply->deleteLater();
    }

    void chatAnswersWholeWithUsage()
    {
        const auto answer = engine_->post("/v1/chat/completions", chat("scribe", false));
        QCOMPARE(answer.status, 200);
        const auto choice = answer.json()["choices"].toArray().at(0).toObject();
        QVERIFY(!choice["message"].toObject()["content"].toString().isEmpty());
        QVERIFY(answer.json()["usage"].toObject()["completion_tokens"].toInt() > 0);
    }

    void embeddingsOfAnArrayKeepTheirOrder()
    {
        const auto ask = [&](const QJsonArray& texts) {
            return engine_->post("/v1/embeddings", QJsonObject{{"model", "embed-mini"}, {"input", texts}});
        };
        const auto both = ask({"a wheel in a stream", "the general public licence"});
        QCOMPARE(both.status, 200);
        const auto data = both.json()["data"].toArray();
        QCOMPARE(data.size(), 2);
        QCOMPARE(data.at(1).toObject()["index"].toInt(), 1);
        const auto second = ask({"the general public licence"});
        const auto a = data.at(1).toObject()["embedding"].toArray();
        const auto b = second.json()["data"].toArray().at(0).toObject()["embedding"].toArray();
        QVERIFY(!a.isEmpty());
        QCOMPARE(a.size(), b.size());
        for (int i = 0; i < a.size(); ++i) QVERIFY(std::abs(a.at(i).toDouble() - b.at(i).toDouble()) < 1e-4);
    }

    void aDigitGetsItsClass_data()
    {
        QTest::addColumn<int>("digit");
        for (const int digit : {0, 2, 3, 7}) QTest::newRow(qPrintable(QString::number(digit))) << digit;
    }
    void aDigitGetsItsClass()
    {
        QFETCH(int, digit);
        const auto rest = engine_->post("/v2/models/digits-l/infer", digitRequest(digit));
        QVERIFY2(rest.status == 200, rest.body.constData());
        QCOMPARE(largest(scoresOf(rest.json())), digit);

        auto stub = inference::GRPCInferenceService::NewStub(
            grpc::CreateChannel(engine_->grpc().toStdString(), grpc::InsecureChannelCredentials()));
        inference::ModelInferRequest request;
        request.set_model_name("digits-l");
        auto* input = request.add_inputs();
        input->set_name("pixels");
        input->set_datatype("FP32");
        input->add_shape(1);
        input->add_shape(784);
        const auto pixels = drawnDigit(digit);
        request.add_raw_input_contents(pixels.constData(), static_cast<std::size_t>(pixels.size()) * sizeof(float));
        inference::ModelInferResponse response;
        BoundedContext context;
        const auto status = stub->ModelInfer(&context, request, &response);
        QVERIFY2(status.ok(), status.error_message().c_str());
        QCOMPARE(response.raw_output_contents(0).size(), std::size_t{40});
        QVector<double> scores;
        for (std::size_t i = 0; i < 10; ++i) {
            float score = 0;
            std::memcpy(&score, response.raw_output_contents(0).data() + i * 4, 4);
            scores << static_cast<double>(score);
        }
        QCOMPARE(largest(scores), digit);
    }

    void manyClientsShareBatches()
    {
        const auto batches = engine_->metric("millrace_batch_batches_total");
        const auto requests = engine_->metric("millrace_batch_requests_total");
        QProcess bench;
        bench.start(QStringLiteral(MILLRACE_BIN_DIR) + "/millrace-bench",
                    {"load", "--http", engine_->http(), "--model", "digits-l", "--concurrency", "64", "--duration", "3",
                     "--json", engine_->stateDir() + "/load.json"});
        QVERIFY(bench.waitForFinished(60000));
        QCOMPARE(bench.exitCode(), 0);
        QFile file(engine_->stateDir() + "/load.json");
        QVERIFY(file.open(QIODevice::ReadOnly));
        const auto result = QJsonDocument::fromJson(file.readAll()).object();
        QVERIFY2(result["errors"].toObject().isEmpty(), QJsonDocument(result).toJson().constData());
        QVERIFY(result["requests"].toInt() > 100);
        QVERIFY2(result["batch_average"].toDouble() > 2, QJsonDocument(result).toJson().constData());
        const auto average = (engine_->metric("millrace_batch_requests_total") - requests) /
                             (engine_->metric("millrace_batch_batches_total") - batches);
        QVERIFY(average > 2);
    }

    void aColdModelLoadsWithoutBlockingOthers()
    {
        QTemporaryDir models;
        for (const auto& [name, loadMs] : {std::pair{"quick", 0}, {"cold", 60'000}}) {
            QFile from(QStringLiteral(MILLRACE_SOURCE_DIR) + "/resources/models/synthetic-fast/config.json");
            QVERIFY(from.open(QIODevice::ReadOnly));
            auto config = QJsonDocument::fromJson(from.readAll()).object();
            auto synthetic = config["synthetic"].toObject();
            synthetic["load_ms"] = loadMs;
            config["synthetic"] = synthetic;
            QVERIFY(QDir(models.path()).mkpath(name));
            QFile to(models.filePath(QString(name) + "/config.json"));
            QVERIFY(to.open(QIODevice::WriteOnly) && to.write(QJsonDocument(config).toJson()) > 0);
        }
        EngineProcess engine({"--sample-models", models.path(), "--set", "loader.preload=false"});
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        QTRY_COMPARE_WITH_TIMEOUT(engine.post("/v1/chat/completions", chat("quick", false, 2)).status, 200, 15000);
        auto* cold = engine.begin("/v1/chat/completions", chat("cold", false, 4));
        QTRY_COMPARE_WITH_TIMEOUT(engine.metric("millrace_load_loading"), 1.0, 10000);
        QCOMPARE(engine.post("/v1/chat/completions", chat("quick", false, 2)).status, 200);
        QCOMPARE(engine.metric("millrace_load_loading"), 1.0);  // still
        QVERIFY(!cold->isFinished());
        cold->abort();
        cold->deleteLater();
        QCOMPARE(engine.stop(), 0);
    }

    void refusesInTheCallersDialect()
    {
        const auto openAi = engine_->post("/v1/chat/completions", chat("no-such-model", false));
        QCOMPARE(openAi.status, 404);
        const auto error = openAi.json()["error"].toObject();
        QVERIFY(error["message"].toString().contains("no-such-model"));
        for (const auto* key : {"message", "type", "param", "code"}) QVERIFY(error.contains(key));
        QCOMPARE(error["param"].toString(), QString("model"));
        const auto kserve = engine_->post("/v2/models/no-such-model/infer", digitRequest(1));
        QCOMPARE(kserve.status, 404);
        QVERIFY(kserve.json()["error"].toString().contains("no-such-model"));
        auto wrong = digitRequest(1);
        auto inputs = wrong["inputs"].toArray();
        auto input = inputs.at(0).toObject();
        input["shape"] = QJsonArray{1, 783};
        inputs[0] = input;
        wrong["inputs"] = inputs;
        const auto shape = engine_->post("/v2/models/digits-l/infer", wrong);
        QCOMPARE(shape.status, 400);
        QVERIFY2(shape.body.contains("inputs[0]"), shape.body.constData());
        QCOMPARE(engine_->post("/v1/chat/completions", QByteArray("{\"model\":")).status, 400);
    }

    void settingsChangeUnderLoadWithoutAFailedRequest()
    {
        QProcess bench;
        bench.start(QStringLiteral(MILLRACE_BIN_DIR) + "/millrace-bench",
                    {"load", "--http", engine_->http(), "--model", "digits-l,embed-mini,scribe", "--concurrency", "24",
                     "--duration", "5", "--tokens", "8", "--json", engine_->stateDir() + "/live.json"});
        QVERIFY(bench.waitForStarted());
        const QStringList changes = {"batcher.size_max=128",   "batcher.timeout_ms=5",       "pool.http_size_max=20",
                                     "pool.grpc_size_max=8",   "streamer.chunk_bytes=16384", "loader.concurrent_max=2",
                                     "batcher.adaptive=false", "batcher.size_max=64"};
        for (const auto& change : changes) {
            const auto set = engine_->ctl({"config", "set", change});
            QVERIFY2(set.code == 0, qPrintable(change + ": " + set.err));
            QVERIFY(engine_->ctl({"config", "get", change.section('=', 0, 0)})
                        .out.trimmed()
                        .contains(change.section('=', 1).toUtf8()));
        }
        const auto refused = engine_->ctl({"config", "set", "batcher.size_max=0"});
        QCOMPARE(refused.code, 1);
        QVERIFY2(refused.err.contains("batcher.size_max") && refused.err.contains("4096"), refused.err.constData());
        QVERIFY(engine_->ctl({"config", "get", "batcher.size_max"}).out.contains("64"));
        QVERIFY(bench.waitForFinished(60000));
        QFile file(engine_->stateDir() + "/live.json");
        QVERIFY(file.open(QIODevice::ReadOnly));
        const auto result = QJsonDocument::fromJson(file.readAll()).object();
        QVERIFY(result["requests"].toInt() > 50);
        QVERIFY2(result["errors"].toObject().isEmpty(), QJsonDocument(result).toJson().constData());
        const auto history = QJsonDocument::fromJson(engine_->ctl({"--json", "config", "history"}).out);
        QVERIFY(!history.isNull());
        for (const auto& change : {"pool", "batcher", "streamer", "loader"})
            QCOMPARE(engine_->ctl({"config", "set", QString(change) + "="}).code, 0);
    }

    void theSchemaIsAListOfSettings()
    {
        const auto schema = engine_->ctl({"config", "schema", "--json"});
        QCOMPARE(schema.code, 0);
        const auto settings = QJsonDocument::fromJson(schema.out).array();
        QVERIFY(settings.size() > 50);
        for (const auto& setting : settings)
            for (const auto* key : {"path", "type", "unit", "min", "max", "default", "help", "takes_effect"})
                QVERIFY2(setting.toObject().contains(key), key);
    }

    void aKilledRuntimeIsReportedToClientsAndHealsByItself()
    {
        QCOMPARE(engine_->post("/v2/models/digits-s/infer", digitRequest(3)).status, 200);
        const auto pid = engine_->runtimePid();
        QVERIFY(pid > 0);
        auto* open = engine_->begin("/v1/chat/completions", chat("synthetic-slow", true, 4000));
        QSignalSpy finished(open, &QNetworkReply::finished);
        QElapsedTimer healed;
        ::kill(static_cast<pid_t>(pid), SIGKILL);
        healed.start();
        QVERIFY(open->isFinished() || finished.wait(5000));
        const auto body = open->readAll();
        QVERIFY2(body.contains("error") && !body.contains("[DONE]"), body.left(400).constData());
        open->deleteLater();
        EngineProcess::Answer answer;
        do {
            answer = engine_->post("/v2/models/digits-s/infer", digitRequest(3));
            if (answer.status != 200) QVERIFY2(answer.json().contains("error"), answer.body.constData());
        } while (answer.status != 200 && healed.elapsed() < 6000);
        QCOMPARE(answer.status, 200);
        QVERIFY2(healed.elapsed() < 5000, qPrintable(QString::number(healed.elapsed())));
        QVERIFY(engine_->runtimePid() != pid);
    }

    /// What Prometheus shows of a metric is a sentence, and the documentation says the same.
    void metricsAreThoseOfTheDocument()
    {
        QFile file(MILLRACE_SOURCE_DIR "/engine/docs/metrics.md");
        QVERIFY(file.open(QIODevice::ReadOnly));
        QMap<QString, QString> documented;
        const QString text = QString::fromUtf8(file.readAll());
        static const QRegularExpression row("^\\| `((?:millrace|process)_\\w+)` \\|.*\\| ([^|]+) \\|$",
                                            QRegularExpression::MultilineOption);
        for (auto found = row.globalMatch(text); found.hasNext();) {
            const auto match = found.next();
            documented.insert(match.captured(1), match.captured(2));
        }
        const QString metrics = QString::fromUtf8(engine_->get("/metrics").body);
        static const QRegularExpression help("^# HELP (\\w+) (.+)$", QRegularExpression::MultilineOption);
        int checked = 0;
        for (auto found = help.globalMatch(metrics); found.hasNext(); ++checked) {
            const auto match = found.next();
            QVERIFY2(match.captured(2).endsWith('.'), qPrintable(match.captured()));
            QCOMPARE(match.captured(1) + ": " + match.captured(2),
                     match.captured(1) + ": " + documented.value(match.captured(1)));
        }
        QVERIFY2(checked > 40, qPrintable(QString::number(checked)));
    }

    void metricsPleasePromtool()
    {
        const auto metrics = engine_->get("/metrics");
        QCOMPARE(metrics.status, 200);
        QProcess promtool;
        promtool.start("promtool", {"check", "metrics"});
        QVERIFY2(promtool.waitForStarted(), "promtool is not installed");
        promtool.write(metrics.body);
        promtool.closeWriteChannel();
        QVERIFY(promtool.waitForFinished(10000));
        QVERIFY2(promtool.exitCode() == 0, promtool.readAllStandardError().constData());
    }

    void ctlSaysWhatItKnowsAndLeavesTheRight()
    {
        const auto status = QJsonDocument::fromJson(engine_->ctl({"status", "--json"}).out).object();
        QCOMPARE(status["http"].toString(), engine_->http());
        const auto models = engine_->ctl({"models", "--json"});
        QVERIFY(models.out.contains("digits-l"));
        QCOMPARE(engine_->ctl({"load", "digits-m"}).out, "digits-m is loaded\n");
        QCOMPARE(engine_->ctl({"load", "no-such-model"}).code, 1);
        QCOMPARE(engine_->ctl({"no-such-command"}).code, 2);
        QVERIFY(engine_->ctl({"events", "--json"}).out.contains("model_loaded"));
        QProcess away;
        away.start(QStringLiteral(MILLRACE_BIN_DIR) + "/millracectl", {"--control", "/nonexistent.sock", "status"});
        QVERIFY(away.waitForFinished(20000));
        QCOMPARE(away.exitCode(), 3);
    }

    void aHungUpClientStopsTheUpstream()
    {
        const auto interrupted = engine_->metric("millrace_stream_interrupted_total", "by=\"client\"");
        auto* reply = engine_->begin("/v1/chat/completions", chat("scribe", true, 4000));
        QSignalSpy some(reply, &QNetworkReply::readyRead);
        QVERIFY(some.wait(10000));
        reply->abort();
        reply->deleteLater();
        const auto before = std::isnan(interrupted) ? 0 : interrupted;
        QTRY_VERIFY_WITH_TIMEOUT(engine_->metric("millrace_stream_interrupted_total", "by=\"client\"") > before, 10000);
        QTRY_COMPARE_WITH_TIMEOUT(engine_->metric("millrace_requests_in_flight"), 0.0, 10000);
    }

    void aStalledEngineSaysSo()
    {
        ::kill(static_cast<pid_t>(engine_->pid()), SIGSTOP);
        auto* reply = engine_->begin("/v1/chat/completions", chat("synthetic-fast", false, 4));
        QSignalSpy finished(reply, &QNetworkReply::finished);
        const bool answered = finished.wait(900);
        ::kill(static_cast<pid_t>(engine_->pid()), SIGCONT);
        QVERIFY(!answered);
        QVERIFY(reply->isFinished() || finished.wait(10000));
        reply->deleteLater();
        QTRY_VERIFY_WITH_TIMEOUT(engine_->ctl({"events", "--json"}).out.contains("loop_stalled"), 5000);
        QVERIFY(engine_->metric("millrace_engine_loop_lag_seconds_sum") > 0.5);
    }

    void sigtermLetsARequestFinish()
    {
        EngineProcess other;
        QVERIFY2(other.start(), qPrintable(other.problem()));
        QTRY_VERIFY_WITH_TIMEOUT(other.get("/v1/models").body.contains("synthetic-slow"), 10000);
        auto* reply = other.begin("/v1/chat/completions", chat("synthetic-slow", false, 30));
        QSignalSpy finished(reply, &QNetworkReply::finished);
        QTRY_VERIFY_WITH_TIMEOUT(other.metric("millrace_requests_in_flight") > 0, 10000);
        ::kill(static_cast<pid_t>(other.pid()), SIGTERM);
        QVERIFY(reply->isFinished() || finished.wait(10000));
        QCOMPARE(reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt(), 200);
        reply->deleteLater();
        QCOMPARE(other.waitStopped(), 0);
    }

    /// It used to fail with "another engine uses the state folder", however soon that one would be gone.
    void aStartWaitsForAnEngineThatIsStopping()
    {
        EngineProcess first({"--set", "limits.drain_timeout_ms=60000"});
        QVERIFY2(first.start(), qPrintable(first.problem()));
        EngineProcess second;
        second.setStateDir(first.stateDir());
        QVERIFY(!second.start());  // one that runs is not waited for
        const QString running = QString("another engine (pid %1) uses the state folder").arg(first.pid());
        QVERIFY2(second.problem().contains(running), qPrintable(second.problem()));

        QTRY_COMPARE_WITH_TIMEOUT(first.post("/v1/chat/completions", chat("scribe", false, 2)).status, 200, 15000);
        RawClient stream(first.http());
        QVERIFY(stream.ask("/v1/chat/completions", chat("synthetic-slow", true, 4000)));
        QVERIFY(stream.waitFor("data: ", 15000));
        const qint64 firstPid = first.pid();
        ::kill(static_cast<pid_t>(firstPid), SIGTERM);
        QTRY_VERIFY_WITH_TIMEOUT(first.log().contains("engine_stopping"), 5000);
        EngineProcess third;
        third.setStateDir(first.stateDir());
        const QRegularExpression words(
            QString("millraced: the engine \\(pid %1\\) is stopping; up to [1-9]\\d? s left").arg(firstPid));
        // start() returns once it is ready: its line is looked for meanwhile, and then the first has nothing left to
        // do.
        std::thread end([&] {
            const QDeadlineTimer most(20000);
            while (!words.match(QString::fromUtf8(third.log())).hasMatch() && !most.hasExpired())
                std::this_thread::sleep_for(std::chrono::milliseconds(10));
            stream.hangUp();
        });
        const bool started = third.start();
        end.join();
        QVERIFY2(started, qPrintable(third.problem()));
        QVERIFY2(words.match(QString::fromUtf8(third.log())).hasMatch(), third.log().constData());
        QCOMPARE(first.waitStopped(10000), 0);
        QCOMPARE(third.stop(), 0);
    }

    void whatWasAppliedSurvivesAKill()
    {
        EngineProcess first({"--set", "loader.preload=false"});
        QVERIFY2(first.start(), qPrintable(first.problem()));
        QCOMPARE(first.ctl({"config", "set", "batcher.size_max=77"}).code, 0);
        first.kill();
        EngineProcess again({"--state-dir", first.stateDir()});
        QVERIFY2(again.start(), qPrintable(again.problem()));
        QVERIFY(again.ctl({"config", "get", "batcher.size_max"}).out.contains("77"));
    }
};

QTEST_MAIN(TestE2e)
#include "tst_e2e.moc"
