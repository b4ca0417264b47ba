// SPDX-License-Identifier: GPL-3.0-or-later
// The real program on free ports, spoken to over gRPC and HTTP.
#include "health.grpc.pb.h"
#include "http/grpc_framed.h"
#include "http/h2_session.h"
#include "inference.grpc.pb.h"
#include "support/grpc_context.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocalSocket>
#include <QProcess>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QtTest>

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstring>
#include <deque>
#include <future>
#include <map>
#include <memory>
#include <thread>

using millrace::testing::BoundedContext;

namespace {

struct Answer {
    int status = 0;
    QByteArray head;
    QByteArray body;
    QJsonObject json() const { return QJsonDocument::fromJson(body).object(); }
    QJsonObject error() const { return json()["error"].toObject(); }
};

/// What lies at "choices/0/message/content".
QJsonValue dig(QJsonValue value, const QString& path)
{
    for (const QString& step : path.split('/')) {
        bool number = false;
        const int place = step.toInt(&number);
        value = number ? value.toArray().at(place) : value.toObject().value(step);
    }
    return value;
}

QByteArray unchunked(QByteArray body)
{
    QByteArray whole;
    while (true) {
        const auto line = body.indexOf("\r\n");
        if (line < 0) return whole;
        const auto size = body.left(line).toInt(nullptr, 16);
        if (size == 0) return whole;
        whole += body.mid(line + 2, size);
        body.remove(0, line + 2 + size + 2);
    }
}

/// gRPC byte by byte, to say what no library would.
class RawGrpc final : public millrace::http::H2Events {
public:
    struct Call {
        std::string body;
        std::string status;  // of gRPC
        bool over = false;
    };

    explicit RawGrpc(quint16 port, millrace::http::H2Limits limits = {})
        : session(millrace::http::H2Role::Client, limits, *this)
    {
        socket_.connectToHost("127.0.0.1", port);
        if (!socket_.waitForConnected(10000)) qFatal("no connection");
        flush();
    }
    millrace::http::H2StreamId begin(const char* method)
    {
        millrace::http::HttpFields head;
        head.add(":method", "POST");
        head.add(":scheme", "http");
        head.add(":path", std::string("/inference.GRPCInferenceService/") + method);
        head.add(":authority", "localhost");
        head.add("te", "trailers");
        head.add("content-type", "application/grpc");
        return *session.request(head, false);
    }
    void flush()
    {
        struct Buffer {
            void* data;
            std::size_t size;
        } pieces[16];
        millrace::http::H2Out out;
        session.pull(out, std::size_t{1} << 30);
        while (!out.empty()) {
            const std::size_t count = out.gather(pieces);
            std::size_t bytes = 0;
            for (std::size_t i = 0; i < count; ++i) {
                socket_.write(static_cast<const char*>(pieces[i].data), static_cast<qint64>(pieces[i].size));
                bytes += pieces[i].size;
            }
            out.consume(bytes);
        }
        socket_.flush();
    }
    /// Until `done`, or for so long.
    template <typename Done>
    bool wait(Done done, int ms = 20000)
    {
        QElapsedTimer timer;
        timer.start();
        while (!done() && timer.elapsed() < ms && socket_.state() == QTcpSocket::ConnectedState) {
            if (!socket_.waitForReadyRead(100)) continue;
            const QByteArray bytes = socket_.readAll();
            static_cast<void>(session.receive({bytes.constData(), static_cast<std::size_t>(bytes.size())}, {}));
            flush();
        }
        return done();
    }

    millrace::http::H2Session session;
    std::map<millrace::http::H2StreamId, Call> calls;
    bool takes = true;  // what comes; else the window closes

private:
    void onHeaders(millrace::http::H2StreamId stream, millrace::http::HttpFields fields, bool, bool) override
    {
        if (const auto status = fields.get("grpc-status"); !status.empty()) calls[stream].status = status;
    }
    void onData(millrace::http::H2StreamId stream, std::string_view bytes) override
    {
        calls[stream].body += bytes;
        if (takes) session.consume(stream, bytes.size());
    }
    void onEnd(millrace::http::H2StreamId) override {}
    void onClosed(millrace::http::H2StreamId stream, std::uint32_t) override { calls[stream].over = true; }

    QTcpSocket socket_;
};

/// For so many texts, which are yet to be added.
inference::ModelInferRequest textRequest(int rows)
{
    inference::ModelInferRequest request;
    request.set_model_name("embed-mini");
    auto* input = request.add_inputs();
    input->set_name("text");
    input->set_datatype("BYTES");
    input->add_shape(rows);
    return request;
}

}  // namespace

class TestRuntimeServer : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<QProcess> process_;
    QJsonObject ready_;
    std::unique_ptr<inference::GRPCInferenceService::Stub> stub_;

    static QString binary() { return MILLRACE_BIN_DIR "/millrace-runtime"; }

    bool start(const QStringList& more = {})
    {
        process_ = std::make_unique<QProcess>();
        QStringList arguments{"--repository", MILLRACE_SOURCE_DIR "/resources/models", "--threads", "2"};
        process_->start(binary(), arguments + more);
        if (!process_->waitForStarted()) return false;
        while (!process_->canReadLine())
            if (!process_->waitForReadyRead(30000)) return false;
        ready_ = QJsonDocument::fromJson(process_->readLine()).object();
        stub_ = inference::GRPCInferenceService::NewStub(
            grpc::CreateChannel(ready_["grpc"].toString().toStdString(), grpc::InsecureChannelCredentials()));
        return ready_["ready"].toBool();
    }

    QTcpSocket* connected()
    {
        auto* socket = new QTcpSocket(this);
        const QString address = ready_["http"].toString();
        socket->connectToHost("127.0.0.1", address.section(':', 1).toUShort());
        if (!socket->waitForConnected(10000)) qFatal("no connection");
        return socket;
    }
    Answer exchange(const QByteArray& method, const QByteArray& path, const QByteArray& body = {},
                    const QByteArray& headers = {})
    {
        std::unique_ptr<QTcpSocket> socket(connected());
        socket->write(method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" + headers +
                      "Content-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body);
        QByteArray all;
        while (socket->waitForReadyRead(30000)) all += socket->readAll();
        Answer answer;
        const auto end = all.indexOf("\r\n\r\n");
        answer.head = all.left(end);
        answer.body = all.mid(end + 4);
        answer.status = answer.head.mid(9, 3).toInt();
        if (answer.head.contains("chunked")) answer.body = unchunked(answer.body);
        return answer;
    }
    Answer post(const QByteArray& path, const QJsonObject& body)
    {
        return exchange("POST", path, QJsonDocument(body).toJson(QJsonDocument::Compact));
    }
    using Stub = inference::GRPCInferenceService::Stub;
    template <typename Request, typename Response>
    grpc::Status ask(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*), const char* model)
    {
        BoundedContext context;
        Request request;
        Response response;
        request.set_model_name(model);
        return (stub_.get()->*method)(&context, request, &response);
    }
    grpc::Status load(const char* name) { return ask(&Stub::RepositoryModelLoad, name); }
    grpc::Status unload(const char* name) { return ask(&Stub::RepositoryModelUnload, name); }
    grpc::Status infer(const inference::ModelInferRequest& request, inference::ModelInferResponse& response)
    {
        BoundedContext context;
        return stub_->ModelInfer(&context, request, &response);
    }
    static inference::ModelInferRequest synthetic(int rows, bool raw)
    {
        inference::ModelInferRequest request;
        request.set_model_name("synthetic-fast");
        request.set_id("r1");
        auto* input = request.add_inputs();
        input->set_name("values");
        input->set_datatype("FP32");
        input->add_shape(rows);
        input->add_shape(16);
        std::vector<float> values(static_cast<std::size_t>(rows) * 16);
        for (std::size_t at = 0; at < values.size(); ++at) values[at] = static_cast<float>(at);
        if (raw)
            request.add_raw_input_contents(values.data(), values.size() * sizeof(float));
        else
            input->mutable_contents()->mutable_fp32_contents()->Add(values.begin(), values.end());
        return request;
    }
    quint16 grpcPort() const { return ready_["grpc"].toString().section(':', 1).toUShort(); }
    /// Calls beside each other, whose answers come when they come.
    struct Many {
        struct One {
            BoundedContext context;
            inference::ModelInferRequest request;
            inference::ModelInferResponse response;
            grpc::Status status;
            int place = 0;  // among those that ended
        };
        std::deque<One> calls;
        std::atomic<int> order{0}, ended{0};
        void start(inference::GRPCInferenceService::Stub& stub, inference::ModelInferRequest request)
        {
            One& call = calls.emplace_back();
            call.request = std::move(request);
            stub.async()->ModelInfer(&call.context, &call.request, &call.response, [this, &call](grpc::Status status) {
                call.status = std::move(status);
                call.place = order++;
                ++ended;
            });
        }
        bool allEnded() const { return ended == static_cast<int>(calls.size()); }
        ~Many()
        {
            for (One& call : calls) call.context.TryCancel();
            while (!allEnded()) std::this_thread::yield();
        }
    };
    /// The runtime waits 5 s for what is in flight, and says when it has waited in vain.
    bool stoppedInOrder() { return process_->readAllStandardError().endsWith("millrace-runtime: stopped\n"); }
    QString stateOf(const char* name)
    {
        BoundedContext context;
        inference::RepositoryIndexResponse index;
        stub_->RepositoryIndex(&context, {}, &index);
        for (const auto& model : index.models())
            if (model.name() == name) return QString::fromStdString(model.state());
        return "not there";
    }

private Q_SLOTS:
    void init() { QVERIFY(start()); }
    void cleanup()
    {
        if (process_ && process_->state() == QProcess::Running) {
            process_->terminate();
            if (!process_->waitForFinished(10000)) process_->kill();
        }
        process_.reset();
    }

    void saysWhereItIs()
    {
        QVERIFY(ready_["http"].toString().startsWith("127.0.0.1:"));
        QVERIFY(ready_["grpc"].toString().startsWith("127.0.0.1:"));
        QCOMPARE(ready_["pid"].toInteger(), process_->processId());
        process_->terminate();
        QVERIFY(process_->waitForFinished(10000));
        QCOMPARE(process_->exitStatus(), QProcess::NormalExit);
        QCOMPARE(process_->exitCode(), 0);
    }

    void stopsWhenItsParentGoes()
    {
        cleanup();
        QVERIFY(start({"--exit-on-stdin-eof"}));
        process_->closeWriteChannel();
        QVERIFY(process_->waitForFinished(10000));
        QCOMPARE(process_->exitCode(), 0);
    }

    void refusesOtherMachines()
    {
        QProcess other;
        other.start(binary(), {"--repository", MILLRACE_SOURCE_DIR "/resources/models", "--http", "0.0.0.0:0"});
        QVERIFY(other.waitForFinished(10000));
        QCOMPARE(other.exitCode(), 1);
        QVERIFY(other.readAllStandardError().contains("reachable from other machines"));
    }

    void loadsNothingByItself()
    {
        BoundedContext context;
        inference::RepositoryIndexResponse index;
        QVERIFY(stub_->RepositoryIndex(&context, {}, &index).ok());
        QVERIFY(index.models_size() >= 7);
        for (const auto& model : index.models()) {
            QCOMPARE(model.state(), std::string("UNAVAILABLE"));
            QCOMPARE(model.reason(), std::string("unloaded"));
        }
        inference::ModelInferResponse response;
        const auto status = infer(synthetic(1, true), response);
        QCOMPARE(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
        QVERIFY(QString::fromStdString(status.error_message()).contains("'synthetic-fast' is not loaded"));
        const Answer chat =
            post("/v1/chat/completions",
                 {{"model", "scribe"}, {"messages", QJsonArray{QJsonObject{{"role", "user"}, {"content", "x"}}}}});
        QCOMPARE(chat.status, 409);
        QCOMPARE(chat.error()["code"].toString(), "model_not_loaded");
        QCOMPARE(post("/v1/embeddings", {{"model", "nobody"}, {"input", "x"}}).status, 404);
        QCOMPARE(stateOf("synthetic-fast"), "UNAVAILABLE");
    }

    void loadsRunsAndUnloads()
    {
        QVERIFY(load("synthetic-fast").ok());
        QCOMPARE(stateOf("synthetic-fast"), "READY");
        for (const bool raw : {true, false}) {
            inference::ModelInferResponse response;
            const auto status = infer(synthetic(3, raw), response);
            QVERIFY2(status.ok(), status.error_message().c_str());
            QCOMPARE(response.model_name(), std::string("synthetic-fast"));
            QCOMPARE(response.id(), std::string("r1"));
            QCOMPARE(response.outputs(0).shape(0), 3);
            QCOMPARE(response.raw_output_contents_size(), raw ? 1 : 0);
            std::vector<float> values(48);
            if (raw)
                std::memcpy(values.data(), response.raw_output_contents(0).data(), 48 * sizeof(float));
            else
                std::copy(response.outputs(0).contents().fp32_contents().begin(),
                          response.outputs(0).contents().fp32_contents().end(), values.begin());
            for (std::size_t at = 0; at < 48; ++at) QCOMPARE(values[at], static_cast<float>(at));
        }
        QVERIFY(unload("synthetic-fast").ok());
        QCOMPARE(stateOf("synthetic-fast"), "UNAVAILABLE");
        QVERIFY(unload("synthetic-fast").ok());  // nothing to do
        QCOMPARE(unload("nobody").error_code(), grpc::StatusCode::NOT_FOUND);
        QCOMPARE(load("nobody").error_code(), grpc::StatusCode::NOT_FOUND);
    }

    void tellsMetadata()
    {
        BoundedContext server;
        inference::ServerMetadataResponse about;
        QVERIFY(stub_->ServerMetadata(&server, {}, &about).ok());
        QVERIFY(std::find(about.extensions().begin(), about.extensions().end(), "model_repository") !=
                about.extensions().end());
        inference::ModelMetadataRequest request;
        request.set_name("digits-s");
        inference::ModelMetadataResponse response;
        BoundedContext early;
        // Of a cold model: looking at it does not load it.
        QVERIFY(stub_->ModelMetadata(&early, request, &response).ok());
        QCOMPARE(response.inputs(0).name(), std::string("pixels"));
        QCOMPARE(stateOf("digits-s"), "UNAVAILABLE");
        for (const char* version : {"99", "latest"}) {
            BoundedContext other, ready;
            request.set_version(version);
            QCOMPARE(stub_->ModelMetadata(&other, request, &response).error_code(), grpc::StatusCode::NOT_FOUND);
            inference::ModelReadyRequest asked;
            inference::ModelReadyResponse isReady;
            asked.set_name("digits-s");
            asked.set_version(version);
            QCOMPARE(stub_->ModelReady(&ready, asked, &isReady).error_code(), grpc::StatusCode::NOT_FOUND);
        }
        request.clear_version();
        response.Clear();
        QVERIFY(load("digits-s").ok());
        BoundedContext context;
        QVERIFY(stub_->ModelMetadata(&context, request, &response).ok());
        QCOMPARE(response.platform(), std::string("pytorch_libtorch"));
        QCOMPARE(response.inputs(0).name(), std::string("pixels"));
        QCOMPARE(response.inputs(0).shape(0), -1);
        QCOMPARE(response.outputs(0).shape(1), 10);

        const QJsonArray models = exchange("GET", "/v1/models").json()["data"].toArray();
        for (const auto& one : models) {
            const QJsonObject own = one.toObject()["millrace"].toObject();
            const QString name = one.toObject()["id"].toString();
            QCOMPARE(own["state"].toString(), name == "digits-s" ? "loaded" : "unloaded");
            QVERIFY2(own["bytes"].toInteger() > 0, qPrintable(name));
            QCOMPARE(own["platform"].toString(), name.startsWith("synthetic") ? "synthetic" : "pytorch_libtorch");
        }
        QCOMPARE(dig(exchange("GET", "/v1/models/digits-s").json(), "millrace/inputs/0/name").toString(), "pixels");
        QCOMPARE(exchange("GET", "/v1/models/nobody").status, 404);
    }

    void refusesWrongTensors_data()
    {
        QTest::addColumn<QString>("what");
        QTest::addColumn<QString>("words");
        for (const auto& [what, words] : std::initializer_list<std::pair<const char*, const char*>>{
                 {"name", "no such input; it has 'values'"},
                 {"long name", "no such input; it has 'values'"},
                 {"long output", "is unknown to the model"},
                 {"long datatype", "is not one of KServe v2"},
                 {"datatype", "is not one of KServe v2"},
                 {"other type", "datatype is INT32, the model has FP32"},
                 {"shape", "shape is [2,15], the model has [-1,16]"},
                 {"rows", "has 257 rows, the model's batch_max is 256"},
                 {"bytes", "needs 128 bytes, got 127"},
                 {"both", "typed contents while raw_input_contents is used"},
                 {"entries", "raw_input_contents has 2 entries for 1 inputs"},
                 {"list", "contents are in a list that is not the one of FP32"},
                 {"two lists", "more than one list"},
                 {"no inputs", "missing; the model needs 'values'"},
                 {"output", "output 'nothing' is unknown"},
                 {"sequence", "keep no state between requests"},
                 {"text kind", "/v1/chat/completions"}})
            QTest::newRow(what) << QString(what) << QString(words);
    }
    void refusesWrongTensors()
    {
        QFETCH(QString, what);
        QFETCH(QString, words);
        QVERIFY(load("synthetic-fast").ok());
        auto request = synthetic(what == "rows" ? 257 : 2, what != "list" && what != "two lists");
        auto* input = request.mutable_inputs(0);
        if (what == "name") input->set_name("valves");
        // Longer than a client admits of metadata, and than HTTP/2 libraries send of a head.
        const std::string tooLong(100'000, 'x');
        if (what == "long name") input->set_name(tooLong);
        if (what == "long output") request.add_outputs()->set_name(tooLong);
        if (what == "long datatype") input->set_datatype(tooLong);
        if (what == "datatype") input->set_datatype("FLOAT");
        if (what == "other type") input->set_datatype("INT32");
        if (what == "shape") input->set_shape(1, 15);
        if (what == "bytes") request.mutable_raw_input_contents(0)->pop_back();
        if (what == "both") input->mutable_contents()->add_fp32_contents(1.0F);
        if (what == "entries") request.add_raw_input_contents("x");
        if (what == "list") {
            input->mutable_contents()->clear_fp32_contents();
            input->mutable_contents()->add_int_contents(1);
        }
        if (what == "two lists") input->mutable_contents()->add_int_contents(1);
        if (what == "no inputs") request.clear_inputs(), request.clear_raw_input_contents();
        if (what == "output") request.add_outputs()->set_name("nothing");
        if (what == "sequence") (*request.mutable_parameters())["sequence_id"].set_int64_param(1);
        if (what == "text kind") {
            QVERIFY(load("scribe").ok());
            request.set_model_name("scribe");
        }
        inference::ModelInferResponse response;
        const auto status = infer(request, response);
        QCOMPARE(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
        QVERIFY2(QString::fromStdString(status.error_message()).contains(words), status.error_message().c_str());
    }

    void readsBytesTensors()
    {
        QVERIFY(load("embed-mini").ok());
        inference::ModelInferRequest request = textRequest(2);
        request.add_raw_input_contents(std::string("\4\0\0\0mill\5\0\0\0wheel", 17));
        inference::ModelInferResponse response;
        auto status = infer(request, response);
        QVERIFY2(status.ok(), status.error_message().c_str());
        QCOMPARE(response.raw_output_contents(0).size(), 2 * 256 * sizeof(float));
        request.mutable_raw_input_contents(0)->pop_back();
        status = infer(request, response);
        QVERIFY(QString::fromStdString(status.error_message()).contains("end inside an element"));
        request.set_raw_input_contents(0, std::string("\xFF\xFF\xFF\xFFmill", 8));
        QCOMPARE(infer(request, response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    }

    void streamsInferences()
    {
        QVERIFY(load("synthetic-fast").ok());
        BoundedContext context;
        auto stream = stub_->ModelStreamInfer(&context);
        inference::ModelStreamInferResponse response;
        for (int turn = 0; turn < 3; ++turn) {
            auto request = synthetic(1, true);
            request.set_id("s" + std::to_string(turn));
            if (turn == 1) request.set_model_name("nobody");
            QVERIFY(stream->Write(request));
            QVERIFY(stream->Read(&response));
            QCOMPARE(response.infer_response().id(), request.id());
            QCOMPARE(response.error_message().empty(), turn != 1);  // one failure does not end the stream
        }
        stream->WritesDone();
        QVERIFY(!stream->Read(&response));
        QVERIFY(stream->Finish().ok());
    }

    void manyCallsAtOnceHaveTheirOwnAnswers()
    {
        QVERIFY(load("synthetic-fast").ok());
        Many many;
        for (int at = 0; at < 300; ++at) {
            auto request = synthetic(1 + at % 5, true);
            request.set_id("m" + std::to_string(at));
            many.start(*stub_, std::move(request));
        }
        QTRY_VERIFY_WITH_TIMEOUT(many.allEnded(), 30000);
        for (int at = 0; at < 300; ++at) {
            const auto& call = many.calls[static_cast<std::size_t>(at)];
            QVERIFY2(call.status.ok(), call.status.error_message().c_str());
            QCOMPARE(call.response.id(), "m" + std::to_string(at));
            QCOMPARE(call.response.outputs(0).shape(0), 1 + at % 5);
        }
    }

    void answersLeaveInTheOrderTheyAreReady()
    {
        QVERIFY(load("synthetic-fast").ok());
        QVERIFY(load("synthetic-slow").ok());
        Many many;
        for (const int rows : {128, 1}) {
            auto request = synthetic(rows, true);
            if (rows == 128) request.set_model_name("synthetic-slow");  // 45 ms
            many.start(*stub_, std::move(request));
        }
        QTRY_VERIFY_WITH_TIMEOUT(many.allEnded(), 10000);
        QVERIFY(many.calls[0].status.ok() && many.calls[1].status.ok());
        QCOMPARE(many.calls[1].place, 0);
    }

    void cancelledCallsLeaveNothing()
    {
        QVERIFY(load("synthetic-slow").ok());
        {
            Many many;
            for (int at = 0; at < 40; ++at) {
                auto request = synthetic(1, true);
                request.set_model_name("synthetic-slow");
                many.start(*stub_, std::move(request));
            }
            QTRY_VERIFY_WITH_TIMEOUT(many.ended > 0, 10000);  // some run, the others wait
            for (auto& call : many.calls) call.context.TryCancel();
            QTRY_VERIFY_WITH_TIMEOUT(many.allEnded(), 10000);
        }
        QVERIFY(unload("synthetic-slow").ok());  // no run holds it
        QCOMPARE(stateOf("synthetic-slow"), "UNAVAILABLE");
    }

    void largeMessagesAreReadAndAnswered()
    {
        QVERIFY(load("embed-mini").ok());
        inference::ModelInferRequest request = textRequest(60);
        auto* input = request.mutable_inputs(0);
        for (int row = 0; row < 60; ++row)
            input->mutable_contents()->add_bytes_contents(std::string(30000, static_cast<char>('a' + row % 26)));
        QVERIFY(request.ByteSizeLong() > std::size_t{1} << 20);
        inference::ModelInferResponse response;
        const auto status = infer(request, response);
        QVERIFY2(status.ok(), status.error_message().c_str());
        QCOMPARE(response.outputs(0).contents().fp32_contents_size(), 60 * 256);
        request.set_model_name("nobody");
        QCOMPARE(infer(request, response).error_code(), grpc::StatusCode::NOT_FOUND);
    }

    void whatIsNoGrpcIsClosed_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<bool>("closes");
        const QByteArray preface("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        QTest::newRow("HTTP/1.1") << QByteArray("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") << true;
        QTest::newRow("noise") << QByteArray(512, '\x91') << true;
        QTest::newRow("DATA of no stream") << preface + QByteArray("\0\0\0\4\0\0\0\0\0\0\0\1\0\0\0\0\0\1x", 19) << true;
        QTest::newRow("half a preface") << preface.left(10) << false;
        QTest::newRow("half a frame") << preface + QByteArray("\0\0\0\4\0\0\0\0\0\0\1\0\1\5\0\0\0\1\x83", 19) << false;
    }
    void whatIsNoGrpcIsClosed()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(bool, closes);
        QTcpSocket socket;
        socket.connectToHost("127.0.0.1", grpcPort());
        QVERIFY(socket.waitForConnected(10000));
        socket.write(bytes);
        if (closes) {
            QVERIFY(socket.state() == QTcpSocket::UnconnectedState || socket.waitForDisconnected(10000));
        } else {
            QVERIFY(socket.waitForBytesWritten(10000));
        }
        BoundedContext context;
        inference::ServerLiveResponse live;
        QVERIFY(stub_->ServerLive(&context, {}, &live).ok() && live.live());
    }

    void messagesOverTheLimitAreRefusedBeforeTheyCome()
    {
        RawGrpc raw(grpcPort());
        const auto call = raw.begin("ModelInfer");
        raw.session.send(call, std::string("\0\x30\0\0\0some of it", 15));  // 768 MiB
        raw.flush();
        QVERIFY(raw.wait([&] { return !raw.calls[call].status.empty(); }));
        QCOMPARE(raw.calls[call].status, std::string("8"));
    }

    void aStreamThatIsNotReadHoldsNobodyUp()
    {
        QVERIFY(load("synthetic-fast").ok());
        millrace::http::H2Limits limits;
        limits.streamWindow = 1000;  // of an answer of 1.2 KB
        RawGrpc raw(grpcPort(), limits);
        raw.takes = false;
        const auto stream = raw.begin("ModelStreamInfer");
        for (int turn = 0; turn < 20; ++turn)
            raw.session.send(stream, millrace::http::writeMessage(synthetic(16, true)));
        raw.flush();
        QVERIFY(raw.wait([&] { return raw.calls[stream].body.size() == 1000; }));
        const auto other = raw.begin("ServerLive");
        raw.session.send(other, std::string(5, '\0'));
        raw.session.finish(other);
        raw.flush();
        QVERIFY(raw.wait([&] { return raw.calls[other].over; }));
        QCOMPARE(raw.calls[other].status, std::string("0"));
        QCOMPARE(raw.calls[stream].body.size(), std::size_t(1000));
        raw.takes = true;
        raw.session.consume(stream, 1000);
        raw.session.finish(stream);
        raw.flush();
        QVERIFY(raw.wait([&] { return raw.calls[stream].over; }));
        QCOMPARE(raw.calls[stream].status, std::string("0"));
        QVERIFY(raw.calls[stream].body.size() > 20 * 16 * 16 * sizeof(float));
    }

    void tellsHealth()
    {
        const auto health = grpc::health::v1::Health::NewStub(
            grpc::CreateChannel(ready_["grpc"].toString().toStdString(), grpc::InsecureChannelCredentials()));
        for (const char* service : {"", "inference.GRPCInferenceService", "nobody"}) {
            grpc::health::v1::HealthCheckRequest request;
            grpc::health::v1::HealthCheckResponse response;
            request.set_service(service);
            BoundedContext context;
            const auto status = health->Check(&context, request, &response);
            if (std::string(service) == "nobody") {
                QCOMPARE(status.error_code(), grpc::StatusCode::NOT_FOUND);
            } else {
                QVERIFY2(status.ok(), status.error_message().c_str());
                QCOMPARE(response.status(), grpc::health::v1::HealthCheckResponse::SERVING);
            }
        }
        // Whoever watches is told, and does not keep the runtime from stopping.
        BoundedContext context;
        grpc::health::v1::HealthCheckResponse response;
        const auto watch = health->Watch(&context, {});
        QVERIFY(watch->Read(&response));
        QCOMPARE(response.status(), grpc::health::v1::HealthCheckResponse::SERVING);
        process_->terminate();
        QVERIFY(process_->waitForFinished(20000));
        QVERIFY(stoppedInOrder());
        QVERIFY(!watch->Read(&response));
        QCOMPARE(watch->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
    }

    void aLoadHoldsNobodyUp()
    {
        QTemporaryDir models;
        QVERIFY(QDir(models.path()).mkpath("loads-for-long"));
        QFile config(models.filePath("loads-for-long/config.json"));
        QVERIFY(config.open(QIODevice::WriteOnly));
        config.write(R"({"kind":"synthetic","batch_max":8,
            "inputs":[{"name":"values","datatype":"FP32","shape":[-1,16]}],
            "outputs":[{"name":"values_out","datatype":"FP32","shape":[-1,16]}],
            "synthetic":{"load_ms":600000}})");
        config.close();
        cleanup();
        QVERIFY(start({"--repository", models.path()}));
        QVERIFY(load("synthetic-fast").ok());
        auto loading = std::async(std::launch::async, [&] { return load("loads-for-long"); });
        QTRY_COMPARE(stateOf("loads-for-long"), QString("LOADING"));
        for (int turn = 0; turn < 3; ++turn) {
            inference::ModelInferResponse response;
            QVERIFY(infer(synthetic(1, true), response).ok());
        }
        QCOMPARE(stateOf("loads-for-long"), QString("LOADING"));
        process_->terminate();
        QVERIFY(!loading.get().ok());
    }

    void givesEmbeddings()
    {
        QVERIFY(load("embed-mini").ok());
        const Answer floats =
            post("/v1/embeddings", {{"model", "embed-mini"}, {"input", QJsonArray{"one", "two words"}}});
        QCOMPARE(floats.status, 200);
        const QJsonArray data = floats.json()["data"].toArray();
        QCOMPARE(data.size(), 2);
        QCOMPARE(dig(data, "1/index").toInt(), 1);
        const QJsonArray values = dig(data, "1/embedding").toArray();
        QCOMPARE(values.size(), 256);
        QCOMPARE(dig(floats.json(), "usage/prompt_tokens").toInt(), 3);

        const Answer coded =
            post("/v1/embeddings", {{"model", "embed-mini"}, {"input", "two words"}, {"encoding_format", "base64"}});
        const QByteArray bytes = QByteArray::fromBase64(dig(coded.json(), "data/0/embedding").toString().toLatin1());
        QCOMPARE(bytes.size(), 256 * 4);
        for (int at = 0; at < 256; ++at) {
            float value = 0.0F;
            std::memcpy(&value, bytes.constData() + at * 4, 4);
            QVERIFY(std::abs(static_cast<double>(value) - values.at(at).toDouble()) < 1e-6);
        }
        const Answer cut = post("/v1/embeddings", {{"model", "embed-mini"}, {"input", "two words"}, {"dimensions", 8}});
        double square = 0.0;
        for (const auto& value : dig(cut.json(), "data/0/embedding").toArray())
            square += value.toDouble() * value.toDouble();
        QVERIFY(std::abs(square - 1.0) < 1e-4);
        QJsonArray many;
        for (int at = 0; at < 300; ++at) many.append(QString("text %1").arg(at));  // more than a batch
        const Answer all = post("/v1/embeddings", {{"model", "embed-mini"}, {"input", many}});
        QCOMPARE(all.json()["data"].toArray().size(), 300);
        QCOMPARE(dig(all.json(), "data/299/index").toInt(), 299);
        QCOMPARE(post("/v1/embeddings", {{"model", "embed-mini"}, {"input", "x"}, {"dimensions", 300}})
                     .error()["param"]
                     .toString(),
                 "dimensions");
        QVERIFY(load("digits-s").ok());
        const Answer wrong = post("/v1/embeddings", {{"model", "digits-s"}, {"input", "x"}});
        QCOMPARE(wrong.status, 400);
        QCOMPARE(wrong.error()["param"].toString(), "model");
    }

    QJsonObject chat(bool stream) const
    {
        return {{"model", "scribe"},
                {"messages", QJsonArray{QJsonObject{{"role", "user"}, {"content", "The license"}}}},
                {"max_tokens", 24},
                {"seed", 5},
                {"temperature", 0.7},
                {"stream", stream},
                {"stream_options", QJsonObject{{"include_usage", true}}}};
    }

    void streamsAChat()
    {
        QVERIFY(load("scribe").ok());
        const Answer whole = post("/v1/chat/completions", chat(false));
        QCOMPARE(whole.status, 200);
        const QString content = dig(whole.json(), "choices/0/message/content").toString();
        QCOMPARE(content.size(), 96);
        QCOMPARE(dig(whole.json(), "choices/0/finish_reason").toString(), "length");
        QCOMPARE(dig(whole.json(), "usage/completion_tokens").toInt(), 24);

        const Answer streamed = post("/v1/chat/completions", chat(true));
        QVERIFY(streamed.head.contains("text/event-stream"));
        QVERIFY(streamed.body.endsWith("data: [DONE]\n\n"));
        QString joined;
        QString finish;
        QJsonObject usage;
        int events = 0;
        for (const QByteArray& event : streamed.body.split('\n')) {
            if (!event.startsWith("data: {")) continue;
            const QJsonObject chunk = QJsonDocument::fromJson(event.mid(6)).object();
            QCOMPARE(chunk["object"].toString(), "chat.completion.chunk");
            if (chunk["choices"].toArray().isEmpty()) {
                usage = chunk["usage"].toObject();
                continue;
            }
            QVERIFY(usage.isEmpty());  // usage comes last
            QVERIFY(chunk.contains("usage") && chunk["usage"].isNull());
            if (events++ == 0) QCOMPARE(dig(chunk, "choices/0/delta/role").toString(), "assistant");
            joined += dig(chunk, "choices/0/delta/content").toString();
            if (!dig(chunk, "choices/0/finish_reason").isNull())
                finish = dig(chunk, "choices/0/finish_reason").toString();
        }
        QCOMPARE(joined, content);  // the seed
        QCOMPARE(finish, "length");
        QCOMPARE(events, 25);
        QCOMPARE(usage["completion_tokens"].toInt(), 24);
        QVERIFY(usage["prompt_tokens"].toInt() > 0);

        QJsonObject plain = chat(true);
        plain.remove("stream_options");
        QVERIFY(!post("/v1/chat/completions", plain).body.contains("usage"));
        QJsonObject stopped = chat(false);
        stopped["stop"] = content.mid(20, 4);
        const Answer ended = post("/v1/chat/completions", stopped);
        QCOMPARE(dig(ended.json(), "choices/0/finish_reason").toString(), "stop");
        QVERIFY(content.startsWith(dig(ended.json(), "choices/0/message/content").toString()));
    }

    void completesSeveralPrompts()
    {
        QVERIFY(load("scribe").ok());
        const QJsonObject body{
            {"model", "scribe"}, {"prompt", QJsonArray{"You may", "The work"}}, {"max_tokens", 6}, {"seed", 1}};
        const Answer both = post("/v1/completions", body);
        QCOMPARE(both.json()["object"].toString(), "text_completion");
        QCOMPARE(both.json()["choices"].toArray().size(), 2);
        QJsonObject single = body;
        single["prompt"] = "The work";
        QCOMPARE(dig(post("/v1/completions", single).json(), "choices/0/text").toString(),
                 dig(both.json(), "choices/1/text").toString());
    }

    void aClientThatGoesEndsItsText()
    {
        QVERIFY(load("synthetic-fast").ok());
        const QByteArray body =
            R"({"model":"synthetic-fast","messages":[{"role":"user","content":"x"}],"max_tokens":16384,"stream":true})";
        QTcpSocket* socket = connected();
        socket->write("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                      QByteArray::number(body.size()) + "\r\n\r\n" + body);
        QByteArray got;
        while (got.count("data: ") < 3) {
            QVERIFY(socket->waitForReadyRead(10000));
            got += socket->readAll();
        }
        socket->abort();
        // The text alone would hold the model for five minutes more.
        QElapsedTimer timer;
        timer.start();
        QVERIFY(unload("synthetic-fast").ok());
        QVERIFY2(timer.elapsed() < 5000, qPrintable(QString::number(timer.elapsed())));
        socket->deleteLater();
    }

    void aClientThatGoesIsSeenBehindWhatItSentAhead()
    {
        const QByteArray chat =
            R"({"model":"synthetic-fast","messages":[{"role":"user","content":"x"}],"max_tokens":16384})";
        const auto request = [](const QByteArray& path, const QByteArray& body) {
            return "POST " + path +
                   " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" +
                   body;
        };
        for (const bool reset : {false, true}) {
            QVERIFY(load("synthetic-fast").ok());
            std::unique_ptr<QTcpSocket> socket(connected());
            socket->write(request("/v1/chat/completions", chat) + request("/v1/embeddings", QByteArray(400'000, 'x')));
            while (socket->bytesToWrite() > 0) QVERIFY(socket->waitForBytesWritten(10000));
            if (reset)
                socket->abort();
            else
                socket.reset();
            QElapsedTimer timer;
            timer.start();
            QVERIFY(unload("synthetic-fast").ok());
            QVERIFY2(timer.elapsed() < 5000, qPrintable(QString::number(timer.elapsed())));
        }
    }

    void answersOneRequestAfterAnother()
    {
        std::unique_ptr<QTcpSocket> socket(connected());
        socket->write(
            "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /v1/models/nobody HTTP/1.1\r\nHost: "
            "localhost\r\n\r\n");
        QByteArray all;
        while (!all.contains("model_not_found")) {
            QVERIFY(socket->waitForReadyRead(10000));
            all += socket->readAll();
        }
        QCOMPARE(all.count("HTTP/1.1 "), 2);
        QVERIFY(all.startsWith("HTTP/1.1 200"));
    }

    /// 300 connections at once, each with a chat, a stream and a look at a model sent ahead: all are answered in order.
    void manyConnectionsAtOnce()
    {
        QVERIFY(load("synthetic-fast").ok());
        const auto chat = [](bool stream) {
            const QByteArray body =
                R"({"model":"synthetic-fast","messages":[{"role":"user","content":"x"}],"max_tokens":2,"stream":)" +
                QByteArray(stream ? "true}" : "false}");
            return "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                   QByteArray::number(body.size()) + "\r\n\r\n" + body;
        };
        std::vector<std::unique_ptr<QTcpSocket>> sockets;
        for (int i = 0; i < 300; ++i) {
            auto& socket = sockets.emplace_back(connected());
            socket->write(chat(false) + chat(true) +
                          "GET /v1/models/synthetic-fast HTTP/1.1\r\nHost: localhost\r\n\r\n");
            socket->flush();
        }
        for (auto& socket : sockets) {
            QByteArray all;
            while (!all.contains("\"object\":\"model\"")) {
                QVERIFY(socket->waitForReadyRead(20000));
                all += socket->readAll();
            }
            QCOMPARE(all.count("HTTP/1.1 200 OK"), 3);
            QVERIFY(all.indexOf("chat.completion\"") < all.indexOf("chat.completion.chunk"));
            QVERIFY(all.indexOf("chat.completion.chunk") < all.indexOf("[DONE]\n\n\r\n0\r\n\r\nHTTP/1.1 200 OK"));
        }
    }

    void tellsWhatIsNoHttp_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<int>("status");
        QTest::newRow("garbage") << QByteArray("\x16\x03\x01\r\n\r\n") << 400;
        QTest::newRow("two lengths") << QByteArray(
                                            "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab")
                                     << 400;
        QTest::newRow("headers") << QByteArray("GET / HTTP/1.1\r\nA: " + QByteArray(1'200'000, 'x')) << 431;
        QTest::newRow("body") << QByteArray("POST / HTTP/1.1\r\nContent-Length: 536870913\r\n\r\n") << 413;
    }
    /// Only the last two were; the others found their connection closed.
    void tellsWhatIsNoHttp()
    {
        QFETCH(QByteArray, request);
        QFETCH(int, status);
        std::unique_ptr<QTcpSocket> socket(connected());
        socket->write(request);
        QByteArray all;
        while (socket->waitForReadyRead(10000)) all += socket->readAll();
        QVERIFY2(all.startsWith("HTTP/1.1 " + QByteArray::number(status)), all.left(200).constData());
        const auto error = QJsonDocument::fromJson(all.mid(all.indexOf("\r\n\r\n") + 4)).object()["error"].toObject();
        QVERIFY(!error["message"].toString().isEmpty());
    }

    void refusesWhatIsNotHttpForUs_data()
    {
        QTest::addColumn<QByteArray>("method");
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("headers");
        QTest::addColumn<int>("status");
        const QByteArray none;
        QTest::newRow("route") << QByteArray("GET") << QByteArray("/v2/models") << none << 404;
        QTest::newRow("GET to a writer") << QByteArray("GET") << QByteArray("/v1/embeddings") << none << 405;
        QTest::newRow("POST to a reader") << QByteArray("POST") << QByteArray("/v1/models") << none << 405;
        QTest::newRow("web page") << QByteArray("POST") << QByteArray("/v1/embeddings")
                                  << QByteArray("Origin: https://example.org\r\n") << 403;
        QTest::newRow("HEAD of a reader") << QByteArray("HEAD") << QByteArray("/healthz") << none << 200;
        QTest::newRow("own page") << QByteArray("GET") << QByteArray("/healthz")
                                  << QByteArray("Origin: http://localhost:3000\r\n") << 200;
    }
    void refusesWhatIsNotHttpForUs()
    {
        QFETCH(QByteArray, method);
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, headers);
        QFETCH(int, status);
        const Answer answer = exchange(method, path, {}, headers);
        QCOMPARE(answer.status, status);
        if (method == "HEAD") QCOMPARE(answer.body, QByteArray());
        if (status != 200) QVERIFY(!answer.error()["message"].toString().isEmpty());
    }

    void refusesARebroundName_data()
    {
        QTest::addColumn<QByteArray>("fields");
        QTest::addColumn<int>("status");
        const auto row = [](const char* fields, int status) { QTest::newRow(fields) << QByteArray(fields) << status; };
        row("Host: evil.example\r\n", 403);
        row("Host: 127.evil.example\r\n", 403);  // begins like an address
        row("Host: [::1].evil.example\r\n", 403);
        row("Host: localhost.evil.example\r\n", 403);
        row("Host: 127.0.0.1\r\nHost: evil.example\r\n", 403);
        row("Host: localhost\r\nOrigin: http://127.evil.example\r\n", 403);
        row("Host: localhost\r\nOrigin: null\r\n", 403);
        row("Host: localhost\r\nSec-Fetch-Site: cross-site\r\n", 403);
        row("Host: 127.0.0.1:8080\r\n", 200);
        row("Host: [::1]\r\n", 200);
        row("Host: localhost\r\nOrigin: http://localhost:3000\r\n", 200);
    }
    void refusesARebroundName()
    {
        QFETCH(QByteArray, fields);
        QFETCH(int, status);
        std::unique_ptr<QTcpSocket> socket(connected());
        socket->write("GET /v1/models HTTP/1.1\r\n" + fields + "Connection: close\r\n\r\n");
        QByteArray all;
        while (socket->waitForReadyRead(10000)) all += socket->readAll();
        QVERIFY2(all.startsWith("HTTP/1.1 " + QByteArray::number(status)), all.left(80).constData());
    }

    void otherRoutesNameModelAndRoute()
    {
        for (const char* path : {"/v1/responses", "/v1/moderations", "/v1/rerank"}) {
            const Answer answer = post(path, {{"model", "scribe"}, {"input", "x"}});
            QCOMPARE(answer.status, 404);
            QCOMPARE(answer.error()["type"].toString(), "invalid_request_error");
            const QString message = answer.error()["message"].toString();
            QVERIFY2(message.contains(path) && message.contains("'scribe'") && message.contains("/v1/chat/completions"),
                     qPrintable(message));
        }
    }

    void refusesWhatItDoesNotDoWithTensors()
    {
        QVERIFY(load("synthetic-fast").ok());
        const auto refused = [&](auto change, const char* word) {
            inference::ModelInferRequest request = synthetic(1, true);
            change(request);
            inference::ModelInferResponse response;
            const auto status = infer(request, response);
            QCOMPARE(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
            QVERIFY2(status.error_message().find(word) != std::string::npos, status.error_message().c_str());
        };
        using Request = inference::ModelInferRequest;
        const auto setString = [](auto& tensor, const char* name, const char* value) {
            (*tensor.mutable_parameters())[name].set_string_param(value);
        };
        refused([&](Request& r) { (*r.mutable_parameters())["timeout"].set_int64_param(5); }, "timeout");
        refused([&](Request& r) { (*r.mutable_parameters())["sequence_id"].set_int64_param(5); }, "sequence_id");
        refused([&](Request& r) { setString(*r.mutable_inputs(0), "shared_memory_region", "r"); }, "shared memory");
        refused([&](Request& r) { setString(*r.add_outputs(), "shared_memory_region", "r"); }, "shared memory");
        refused([&](Request& r) { (*r.add_outputs()->mutable_parameters())["classification"].set_int64_param(3); },
                "classification");
    }

    void longPromptsAreRefusedOrCut()
    {
        QVERIFY(load("scribe").ok());
        const QString longest(1 << 20, 'a');
        const auto chat = [](const QString& content) {
            return QJsonObject{{"model", "scribe"},
                               {"max_tokens", 1},
                               {"messages", QJsonArray{QJsonObject{{"role", "user"}, {"content", content}}}}};
        };
        const Answer refused = post("/v1/chat/completions", chat(longest));  // with the line that ends a message
        QCOMPARE(refused.status, 400);
        QCOMPARE(refused.error()["param"].toString(), "messages");
        QVERIFY(refused.error()["message"].toString().contains("input_max"));
        const Answer prompt = post("/v1/completions", {{"model", "scribe"}, {"prompt", longest + "a"}});
        QCOMPARE(prompt.status, 400);
        QCOMPARE(prompt.error()["param"].toString(), "prompt");
        // What is taken is read from its end: 512 characters, four a token.
        const Answer cut = post("/v1/completions", {{"model", "scribe"}, {"prompt", longest}, {"max_tokens", 1}});
        QCOMPARE(cut.status, 200);
        QCOMPARE(cut.json()["usage"].toObject()["prompt_tokens"].toInt(), 128);
    }

    /// 4.6 KB of memory and 17 µs a byte, without a limit.
    void longTextsAreRefusedOrCheap()
    {
        QVERIFY(load("embed-mini").ok());
        const QString longest(32768, 'a');
        QCOMPARE(post("/v1/embeddings", {{"model", "embed-mini"}, {"input", longest}}).status, 200);
        const Answer refused = post("/v1/embeddings", {{"model", "embed-mini"}, {"input", longest.repeated(10)}});
        QCOMPARE(refused.status, 400);
        QCOMPARE(refused.error()["param"].toString(), "input");
        QVERIFY(refused.error()["message"].toString().contains("input_max"));
        inference::ModelInferRequest request = textRequest(3);
        auto* input = request.mutable_inputs(0);
        for (int row = 0; row < 3; ++row)
            input->mutable_contents()->add_bytes_contents(std::string(20000, static_cast<char>('a' + row)));
        inference::ModelInferResponse response;
        QVERIFY(infer(request, response).ok());  // in parts
        QCOMPARE(response.outputs(0).contents().fp32_contents_size(), 3 * 256);
        input->mutable_contents()->set_bytes_contents(1, std::string(40000, 'x'));
        QCOMPARE(infer(request, response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    }

    /// As the engine starts it: nothing listens that a web page could reach, and nothing is left behind.
    void servesOnSocketsAlone()
    {
        QTemporaryDir folder;
        const QString sockets = folder.filePath("s");
        QVERIFY(QDir(folder.path()).mkdir("s"));
        QProcess other;
        other.start(binary(), {"--repository", MILLRACE_SOURCE_DIR "/resources/models", "--sockets", sockets,
                               "--exit-on-stdin-eof"});
        QVERIFY(other.waitForStarted());
        while (!other.canReadLine()) QVERIFY(other.waitForReadyRead(30000));
        const QJsonObject said = QJsonDocument::fromJson(other.readLine()).object();
        QCOMPARE(said["http"].toString(), "unix:" + sockets + "/http");
        QCOMPARE(said["grpc"].toString(), "unix:" + sockets + "/grpc");
        const auto stub = inference::GRPCInferenceService::NewStub(
            grpc::CreateChannel(said["grpc"].toString().toStdString(), grpc::InsecureChannelCredentials()));
        BoundedContext context;
        inference::ServerLiveResponse live;
        QVERIFY(stub->ServerLive(&context, {}, &live).ok() && live.live());
        QLocalSocket http;
        http.connectToServer(sockets + "/http");
        QVERIFY(http.waitForConnected(5000));
        http.write("GET /healthz HTTP/1.1\r\nHost: any.example\r\nConnection: close\r\nX-Pad: " +
                   QByteArray(900000, 'x') + "\r\n\r\n");
        QByteArray all;
        while (http.waitForReadyRead(10000)) all += http.readAll();
        QVERIFY2(all.startsWith("HTTP/1.1 200"), all.left(80).constData());
        other.closeWriteChannel();
        QVERIFY(other.waitForFinished(5000));
        QVERIFY(!QFileInfo::exists(sockets));
    }

    void drainsCallsThatAreComputed()
    {
        QVERIFY(load("synthetic-slow").ok());
        Many many;
        for (int at = 0; at < 10; ++at) {
            auto request = synthetic(50, true);  // 30 ms each, on two threads
            request.set_model_name("synthetic-slow");
            many.start(*stub_, std::move(request));
        }
        QTRY_VERIFY_WITH_TIMEOUT(many.ended > 0, 10000);
        process_->terminate();
        QVERIFY(process_->waitForFinished(10000));
        QCOMPARE(process_->exitCode(), 0);
        QTRY_VERIFY_WITH_TIMEOUT(many.allEnded(), 10000);
        for (const auto& call : many.calls) QVERIFY2(call.status.ok(), call.status.error_message().c_str());
    }

    void aStopIsNotHeldUpByAStream()
    {
        QVERIFY(load("synthetic-fast").ok());
        BoundedContext context;
        auto stream = stub_->ModelStreamInfer(&context);
        inference::ModelStreamInferResponse response;
        QVERIFY(stream->Write(synthetic(1, true)) && stream->Read(&response));
        process_->terminate();
        QVERIFY(process_->waitForFinished(20000));
        QVERIFY(stoppedInOrder());
        QCOMPARE(process_->exitCode(), 0);
        QVERIFY(!stream->Read(&response));
        QVERIFY(!stream->Finish().ok());
    }

    void drainsStreamsInFlight()
    {
        QVERIFY(load("synthetic-fast").ok());
        const QByteArray body =
            R"({"model":"synthetic-fast","messages":[{"role":"user","content":"x"}],"max_tokens":40,"stream":true})";
        std::unique_ptr<QTcpSocket> socket(connected());
        socket->write("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                      QByteArray::number(body.size()) + "\r\n\r\n" + body);
        QVERIFY(socket->waitForReadyRead(10000));
        process_->terminate();
        QByteArray all;
        while (socket->waitForReadyRead(10000)) all += socket->readAll();
        QVERIFY(all.contains("[DONE]"));  // 40 words at 50 a second
        QVERIFY(process_->waitForFinished(10000));
        QCOMPARE(process_->exitCode(), 0);
    }
};

QTEST_GUILESS_MAIN(TestRuntimeServer)
#include "tst_runtime_server.moc"
