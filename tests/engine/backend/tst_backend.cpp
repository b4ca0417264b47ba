// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/make_backend.h"
#include "backend/model_list.h"
#include "backend/openai/openai_backend.h"
#include "backend/runtime/child_environment.h"
#include "backend/runtime/child_process.h"
#include "backend/runtime/restart_policy.h"
#include "backend/runtime/runtime_backend.h"
#include "backend/trial.h"
#include "inference.grpc.pb.h"
#include "support/manual_clock.h"
#include "support/packed.h"
#include "support/scripted_upstream.h"

#include <QtTest>

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <thread>

using namespace millrace;
using namespace millrace::backend;
using namespace millrace::testing;
using Answer = ScriptedUpstream::Answer;
using Then = ScriptedUpstream::Then;

namespace {

constexpr auto kCancelMax = std::chrono::milliseconds(100);

Answer json(const std::string& body, unsigned status = 200)
{
    Answer answer;
    answer.status = status;
    answer.body = body;
    answer.fields = {{"Content-Type", "application/json"}};
    return answer;
}

constexpr char kModels[] = R"({"object":"list","data":[
    {"id":"a","object":"model","created":17,"millrace":{"kind":"synthetic","platform":"synthetic","state":"loaded",
     "bytes":4096,"batch_max":8}},
    {"id":"b","millrace":{"kind":"classifier","platform":"pytorch_libtorch","state":"unloaded","bytes":0,"batch_max":200}},
    {"id":"c"}]})";

/// What every rig has; real time, for there are sockets, threads and processes.
struct House {
    std::vector<Event> events(const std::string& kind) const
    {
        std::vector<Event> out;
        for (const Event& event : eventLog.after(0, 1000))
            if (event.kind == kind) out.push_back(event);
        return out;
    }
    CallContext context(Duration timeout = 10s, CancelToken cancel = {})
    {
        CallContext out;
        out.deadline = clock.now() + timeout;
        out.cancel = std::move(cancel);
        return out;
    }
    std::shared_ptr<AdministeredBackend> make(BackendOptions options)
    {
        auto made = makeBackend(std::move(options), io.get_executor(), clock, registry, eventLog);
        MR_CHECK_MSG(made.ok(), made.ok() ? "" : text(made.status()));
        return *std::move(made);
    }

    net::io_context io;
    SystemClock clock;
    Registry registry;
    EventLog eventLog{clock, 1000};
};

/// KServe v2 as far as the adapter needs it, in threads of gRPC.
class SmallServer final : public inference::GRPCInferenceService::Service {
public:
    SmallServer()
    {
        grpc::ServerBuilder builder;
        builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
        builder.SetMaxReceiveMessageSize(64 << 20);
        builder.SetMaxSendMessageSize(64 << 20);
        builder.RegisterService(this);
        server_ = builder.BuildAndStart();
    }
    ~SmallServer() override { server_->Shutdown(std::chrono::system_clock::now()); }

    grpc::Status ServerLive(grpc::ServerContext*, const inference::ServerLiveRequest*,
                            inference::ServerLiveResponse* response) override
    {
        response->set_live(live);
        return grpc::Status::OK;
    }
    grpc::Status ModelInfer(grpc::ServerContext* context, const inference::ModelInferRequest* request,
                            inference::ModelInferResponse* response) override
    {
        ++inferring;
        if (request->model_name() == "slow")
            while (!context->IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
        if (context->IsCancelled()) ++cancelled;
        --inferring;
        if (request->model_name() == "unknown")
            return {grpc::StatusCode::NOT_FOUND, "there is no model unknown, but there are a, b"};
        if (request->model_name() == "poisoned") return {grpc::StatusCode::INVALID_ARGUMENT, "row 3 is not a number"};
        response->set_model_name(request->model_name());
        *response->mutable_raw_output_contents() = request->raw_input_contents();
        return grpc::Status::OK;
    }
    grpc::Status ModelMetadata(grpc::ServerContext*, const inference::ModelMetadataRequest* request,
                               inference::ModelMetadataResponse* response) override
    {
        response->set_name(request->name());
        response->set_platform("synthetic");
        return grpc::Status::OK;
    }
    grpc::Status RepositoryModelLoad(grpc::ServerContext*, const inference::RepositoryModelLoadRequest* request,
                                     inference::RepositoryModelLoadResponse*) override
    {
        if (request->model_name() == "broken")
            return {grpc::StatusCode::FAILED_PRECONDITION, "model.pt is not a TorchScript archive"};
        ++loads;
        return grpc::Status::OK;
    }
    grpc::Status RepositoryModelUnload(grpc::ServerContext*, const inference::RepositoryModelUnloadRequest*,
                                       inference::RepositoryModelUnloadResponse*) override
    {
        ++unloads;
        return grpc::Status::OK;
    }

    int port = 0;
    std::atomic<bool> live{true};
    std::atomic<int> inferring{0}, cancelled{0}, loads{0}, unloads{0};

private:
    std::unique_ptr<grpc::Server> server_;
};

/// A runtime backend whose child is a shell script that says where our own small servers listen.
struct RuntimeRig : House {
    explicit RuntimeRig(const QByteArray& script = {})
        : http(io, [this](const ScriptedUpstream::Request& seen) {
              if (seen.target == "/v1/models") return json(kModels);
              return json(seen.body);
          })
    {
        ready = R"({"ready":true,"http":"127.0.0.1:)" + std::to_string(http.port()) + R"(","grpc":"127.0.0.1:)" +
                std::to_string(grpc.port) + R"(","pid":1})";
        options.name = "rt";
        options.kind = BackendKind::Runtime;
        options.modelRepositories = {folder.path().toStdString()};
        options.threads = 3;
        options.runtimeBinary = folder.filePath("runtime").toStdString();
        options.log = [this](const std::string& line) { lines.push_back(line); };
        options.pool.httpSizeMin = 1;
        options.pool.grpcSizeMin = 1;
        write(script.isEmpty()
                  ? "echo \"args $*\" >&2\necho '" + QByteArray::fromStdString(ready) + "'\ncat >/dev/null\n"
                  : script);
    }
    void write(const QByteArray& script)
    {
        QFile file(folder.filePath("runtime"));
        MR_CHECK(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write("#!/bin/sh\n" + script);
        file.close();
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    }
    void begin()
    {
        made = std::static_pointer_cast<RuntimeBackend>(make(options));
        BackendListener listener;
        listener.onUp = [this] { ++ups; };
        listener.onDown = [this](const std::string& why, bool lost) {
            downs.push_back(why);
            downsAt.push_back(clock.now());
            losses += lost ? 1 : 0;
            availableWhenDown = made && made->available(nullptr);
        };
        made->setListener(listener);
        made->start();
    }
    bool up()
    {
        return runUntil(io, [&] { return made->available(nullptr); });
    }
    StatusOr<std::unique_ptr<inference::ModelInferResponse>> infer(const std::string& model, CallContext context)
    {
        auto request = std::make_shared<inference::ModelInferRequest>();
        request->set_model_name(model);
        request->add_raw_input_contents("abcd");
        return runToEnd(io, made->infer(request, std::move(context)));
    }

    QTemporaryDir folder;
    SmallServer grpc;
    ScriptedUpstream http;
    std::string ready;
    BackendOptions options;
    std::vector<std::string> lines;
    int ups = 0, losses = 0;
    std::vector<std::string> downs;
    std::vector<TimePoint> downsAt;
    bool availableWhenDown = true;
    std::shared_ptr<RuntimeBackend> made;
};

struct OpenAiRig : House {
    explicit OpenAiRig(const std::string& path = {}, ScriptedUpstream::Script script = {})
        : upstream(io, std::move(script))
    {
        options.name = "up";
        options.kind = BackendKind::OpenAi;
        options.address = upstream.url(path);
        options.pool.httpSizeMin = 1;
    }
    void begin()
    {
        made = make(options);
        BackendListener listener;
        listener.onUp = [this] { ++ups; };
        listener.onDown = [this](const std::string&, bool lost) {
            ++downs;
            losses += lost ? 1 : 0;
        };
        made->setListener(listener);
        made->start();
    }
    bool up()
    {
        return runUntil(io, [&] { return made->available(nullptr) && ups > 0; });
    }

    ScriptedUpstream upstream;
    BackendOptions options;
    std::shared_ptr<AdministeredBackend> made;
    int ups = 0, downs = 0, losses = 0;
};

}  // namespace

class TestBackend : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void optionsAreChecked_data();
    void optionsAreChecked();
    void modelListsAreRead();
    void modelListsInOddShapesAreRead_data();
    void modelListsInOddShapesAreRead();
    void modelListsMayBeEmpty();
    void modelListsSayWhatGoesIn();
    void modelListsThatAreNone_data();
    void modelListsThatAreNone();
    void targetsAreFoundUnderTheBase_data();
    void targetsAreFoundUnderTheBase();

    void openAiListsAndAsks();
    void openAiSendsTheKeyAndNobodyElses();
    void openAiKeysAreTrimmed();
    void openAiKeysThatCannotBeSentMakeItUnavailable();
    void openAiRefusalOfTheKeyIsSaid();
    void openAiCannotLoadOrInfer();
    void openAiFindsItsRoutesBelowTheBase();
    void openAiServesTheModelsOfItsSettings();
    void openAiRouterLoadsAndUnloads();
    void openAiRouterSaysWhatFailed();
    void openAiGoesDownAndComesBack();
    void openAiStaysDisabledUntilEnabled();
    void openAiShowsItsPool();
    void aTrialListsWhatAServerHas_data();
    void aTrialListsWhatAServerHas();
    void aTrialOfASilentServerEnds();
    void aTrialOfARuntimeSaysThereIsNothingToTest();

    void restartsAtOnceThenWithPatience();
    void childSaysItsLinesAndItsEnd_data();
    void childSaysItsLinesAndItsEnd();
    void childThatCannotStartSaysSo();
    void childSeesTheEndOfStdin();
    void childInheritsNoSockets();
    void childIsGivenNoSecrets_data();
    void childIsGivenNoSecrets();
    void childSeesNoKeysInItsEnvironment();

    void runtimeStartsAndServes();
    void runtimeRefusalsKeepTheirWords();
    void runtimeLoadsAndUnloads();
    void runtimeCallsAreCancelled();
    void runtimeCallsEndAtTheirDeadline();
    void runtimeCarriesLargeTensors();
    void runtimeIsStartedAgainAfterAKill();
    void runtimeThatKeepsEndingWaitsLonger();
    void runtimeThatIsMissingSaysSo();
    void runtimeStopsWithTheEngine();
    void runtimeIsDisabledAndEnabled();
    void runtimeThatIsDisabledEndsAfterItsCalls();
    void runtimeThatHangsIsStartedAgain();
    void runtimeDrainsAndIsProbed();
    void realRuntimeServesAndHeals();
};

void TestBackend::optionsAreChecked_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<BackendKind>("kind");
    QTest::addColumn<QString>("address");
    QTest::addColumn<QString>("repository");
    QTest::addColumn<QString>("field");  // empty: they are good
    QTest::newRow("openai") << "a" << BackendKind::OpenAi << "http://127.0.0.1:1"
                            << ""
                            << "";
    QTest::newRow("runtime") << "a" << BackendKind::Runtime << ""
                             << "/models"
                             << "";
    QTest::newRow("no name") << "" << BackendKind::OpenAi << "http://127.0.0.1:1"
                             << ""
                             << "name";
    QTest::newRow("no address") << "a" << BackendKind::OpenAi << ""
                                << ""
                                << "address";
    QTest::newRow("bad address") << "a" << BackendKind::OpenAi << "http://:1"
                                 << ""
                                 << "address";
    QTest::newRow("no repository") << "a" << BackendKind::Runtime << ""
                                   << ""
                                   << "model_repository";
}

void TestBackend::optionsAreChecked()
{
    QFETCH(QString, name);
    QFETCH(BackendKind, kind);
    QFETCH(QString, address);
    QFETCH(QString, repository);
    QFETCH(QString, field);
    House house;
    BackendOptions options;
    options.name = name.toStdString();
    options.kind = kind;
    options.address = address.toStdString();
    if (!repository.isEmpty()) options.modelRepositories = {repository.toStdString()};
    const auto made = makeBackend(options, house.io.get_executor(), house.clock, house.registry, house.eventLog);
    QCOMPARE(made.ok(), field.isEmpty());
    if (made.ok()) {
        QVERIFY((*made)->kind() == options.kind);
        QVERIFY(!(*made)->available(nullptr));
    } else {
        QVERIFY(absl::IsInvalidArgument(made.status()));
        QCOMPARE(QString::fromStdString(fieldOf(made.status()).value_or("")), field);
    }
}

void TestBackend::modelListsAreRead()
{
    const auto models = parseModelList(kModels);
    QVERIFY(models.ok());
    QCOMPARE(models->size(), 3u);
    QCOMPARE(models->at(0).name, std::string("a"));
    QVERIFY(models->at(0).kind == backend::ModelKind::Synthetic);
    QCOMPARE(models->at(0).created, std::int64_t(17));
    QCOMPARE(models->at(0).bytes, std::uint64_t(4096));
    QCOMPARE(models->at(0).batchMax, 8u);
    QVERIFY(models->at(0).loaded);
    QVERIFY(!models->at(1).loaded);
    QVERIFY(models->at(2).loaded);  // nobody says otherwise
    QVERIFY(parseModelList(R"({"data":[]})")->empty());
    const auto strange =
        parseModelList(R"({"data":[{"id":"\u001b[2J"},{"id":"a\nb"},{"id":"a\u0000b"},{"id":"\u202eb"},{"id":")" +
                       std::string(300, 'n') + R"("},{"id":"org/ünï:7b"}]})");
    QVERIFY2(strange.ok(), text(strange.status()).c_str());
    QCOMPARE(strange->size(), 1u);  // the others cannot be kept or shown
    QCOMPARE(strange->at(0).name, std::string("org/ünï:7b"));
    // What no console could show and no router should hold is refused with the remedy.
    std::string endless = R"({"data":[)";
    for (int i = 0; i < 10'000; ++i) endless += R"({"id":"m)" + std::to_string(i) + "\"},";
    QCOMPARE(parseModelList(endless.substr(0, endless.size() - 1) + "]}")->size(), 10'000u);
    const Status tooMany = parseModelList(endless + R"({"id":"x"}]})").status();
    QVERIFY(absl::IsFailedPrecondition(tooMany));
    QVERIFY2(text(tooMany).find("backends[].models") != std::string::npos, text(tooMany).c_str());
}

void TestBackend::modelListsInOddShapesAreRead_data()
{
    QTest::addColumn<QByteArray>("body");
    const QByteArray plain = R"({"data":[{"id":"a"},{"id":"b"}]})";
    QTest::newRow("as OpenAI has it") << plain;
    QTest::newRow("bare array") << QByteArray(R"([{"id":"a"},{"id":"b","created":3}])");
    QTest::newRow("models by name") << QByteArray(R"({"models":[{"name":"a"},{"name":"b"}]})");
    QTest::newRow("strings") << QByteArray(R"({"object":"list","data":["a","b"]})");
    QTest::newRow("names that no request can carry") << QByteArray(R"({"data":["a","\u001b[2J","b"]})");
    QTest::newRow("packed unasked") << QByteArray::fromStdString(packed(plain.toStdString()));
}

void TestBackend::modelListsInOddShapesAreRead()
{
    QFETCH(QByteArray, body);
    const auto models = parseModelList(body.toStdString());
    QVERIFY2(models.ok(), text(models.status()).c_str());
    QCOMPARE(models->size(), 2u);
    QCOMPARE(models->at(0).name, std::string("a"));
    QCOMPARE(models->at(1).name, std::string("b"));
}

void TestBackend::modelListsMayBeEmpty()
{
    for (const char* body : {"[]", R"({"data":[]})", R"({"data":null})", R"({"models":[]})"})
        QVERIFY(parseModelList(body)->empty());
}

void TestBackend::modelListsSayWhatGoesIn()
{
    const auto models = parseModelList(R"({"data":[{"id":"a","millrace":{"state":"unloaded","version":"1",
        "problem":"it is broken","inputs":[{"name":"x","datatype":"FP32","shape":[-1,4]}],"outputs":[]}}]})");
    QVERIFY(models.ok());
    const ModelInfo& model = models->front();
    QCOMPARE(model.version, std::string("1"));
    QCOMPARE(model.problem, std::string("it is broken"));
    QVERIFY(model.signature && model.signature->outputs.empty());
    QCOMPARE(model.signature->inputs.front().shape, (std::vector<std::int64_t>{-1, 4}));
}

void TestBackend::modelListsThatAreNone_data()
{
    QTest::addColumn<QString>("body");
    QTest::newRow("words") << "Ollama is running";
    QTest::newRow("empty") << "";
    QTest::newRow("neither data nor models") << R"({"object":"list"})";
    QTest::newRow("entries without a name") << R"({"data":[{"owned_by":"x"}]})";
    QTest::newRow("damaged gzip") << QString::fromLatin1("\x1f\x8b\x08oops", 7);
    QTest::newRow("data is a number") << R"({"data":3})";
    QTest::newRow("deep") << QString(2000, '[');
}

void TestBackend::modelListsThatAreNone()
{
    QFETCH(QString, body);
    QVERIFY(absl::IsFailedPrecondition(parseModelList(body.toLatin1().toStdString()).status()));
}

void TestBackend::targetsAreFoundUnderTheBase_data()
{
    QTest::addColumn<QString>("base");
    QTest::addColumn<QString>("target");
    QTest::addColumn<QString>("sent");
    QTest::newRow("no base") << ""
                             << "/v1/models"
                             << "/v1/models";
    QTest::newRow("the version is not doubled") << "/v1"
                                                << "/v1/models"
                                                << "/v1/models";
    QTest::newRow("below a prefix") << "/api"
                                    << "/v1/models"
                                    << "/api/v1/models";
    QTest::newRow("prefix and version") << "/openai/v1"
                                        << "/v1/chat/completions?x=1"
                                        << "/openai/v1/chat/completions?x=1";
    QTest::newRow("another version") << "/v3"
                                     << "/v1/embeddings"
                                     << "/v3/embeddings";
    QTest::newRow("no version in the target") << "/v1"
                                              << "/rerank"
                                              << "/v1/rerank";
    QTest::newRow("a name like a version") << "/vault"
                                           << "/v1/models"
                                           << "/vault/v1/models";
}

void TestBackend::targetsAreFoundUnderTheBase()
{
    QFETCH(QString, base);
    QFETCH(QString, target);
    QTEST(QString::fromStdString(OpenAiBackend::targetUnder(base.toStdString(), target.toStdString())), "sent");
}

// ---- openai ----

void TestBackend::openAiListsAndAsks()
{
    OpenAiRig rig("/v1", [](const ScriptedUpstream::Request& seen) {
        if (seen.target == "/v1/models") return json(R"({"data":[{"id":"llama"}]})");
        return json(seen.body, 418);
    });
    rig.begin();
    QVERIFY(rig.up());
    QCOMPARE(rig.events("backend_up").size(), 1u);
    const auto models = runToEnd(rig.io, rig.made->listModels(rig.context()));
    QVERIFY(models.ok());
    QCOMPARE(models->at(0).name, std::string("llama"));
    pool::HttpRequest request;
    request.target = "/v1/chat/completions";
    request.body = "{}";
    CallContext context = rig.context();
    auto answer = runToEnd(rig.io, rig.made->http(pool::HttpRequest(request), context));
    QVERIFY(answer.ok());
    QCOMPARE(answer->status, 418u);  // an answer, whatever it says
    QCOMPARE(*runToEnd(rig.io, pool::readAll(*answer->body, 100)), std::string("{}"));
    QVERIFY(context.trace->connectionReused);
    QCOMPARE(rig.upstream.requests().back().target, std::string("/v1/chat/completions"));
    QCOMPARE(rig.made->outstanding(), 0u);
    QVERIFY(rig.made->capabilities().openai && !rig.made->capabilities().loads);
}

void TestBackend::openAiSendsTheKeyAndNobodyElses()
{
    qputenv("MILLRACE_TEST_KEY", "s3cret");
    OpenAiRig rig;
    rig.options.apiKeyEnv = "MILLRACE_TEST_KEY";
    rig.begin();
    QVERIFY(rig.up());
    pool::HttpRequest request;
    request.target = "/v1/x";
    request.fields = {{"authorization", "Bearer the-clients-own"}};
    QVERIFY(runToEnd(rig.io, rig.made->http(pool::HttpRequest(request), rig.context())).ok());
    for (const auto& seen : rig.upstream.requests())
        QCOMPARE(std::string(pool::fieldValue(seen.fields, "Authorization")), std::string("Bearer s3cret"));
    for (const Event& event : rig.eventLog.after(0, 100))
        QVERIFY(event.text.english().find("s3cret") == std::string::npos);

    OpenAiRig without;
    without.options.apiKeyEnv = "MILLRACE_TEST_KEY_THAT_IS_NOT_SET";
    without.begin();
    QCOMPARE(without.events("backend_key_missing").size(), 1u);
}

void TestBackend::openAiKeysAreTrimmed()
{
    for (const char* value : {"s3cret\n", "s3cret\r\n\n", " s3cret\t"}) {
        qputenv("MILLRACE_TEST_KEY", value);
        OpenAiRig rig;
        rig.options.apiKeyEnv = "MILLRACE_TEST_KEY";
        rig.begin();
        QVERIFY(rig.up());
        QCOMPARE(std::string(pool::fieldValue(rig.upstream.requests().back().fields, "Authorization")),
                 std::string("Bearer s3cret"));
    }
    qputenv("MILLRACE_TEST_KEY", "\n");
    OpenAiRig empty;
    empty.options.apiKeyEnv = "MILLRACE_TEST_KEY";
    empty.begin();
    QCOMPARE(empty.events("backend_key_missing").size(), 1u);
}

void TestBackend::openAiKeysThatCannotBeSentMakeItUnavailable()
{
    qputenv("MILLRACE_TEST_KEY", "s3\ncret");
    OpenAiRig rig;
    rig.options.apiKeyEnv = "MILLRACE_TEST_KEY";
    QCOMPARE(fieldOf(checkBackend(rig.options)).value_or(""), std::string("api_key_env"));
    rig.begin();
    const auto told = rig.events("backend_key_invalid");
    QCOMPARE(told.size(), 1u);
    QVERIFY(told[0].text.english().find("MILLRACE_TEST_KEY") != std::string::npos);
    std::string why;
    QVERIFY(!rig.made->available(&why));
    QVERIFY2(why.find("MILLRACE_TEST_KEY") != std::string::npos, why.c_str());
    pool::HttpRequest request;
    request.target = "/v1/x";
    const auto answer = runToEnd(rig.io, rig.made->http(pool::HttpRequest(request), rig.context()));
    QVERIFY2(absl::IsUnavailable(answer.status()), text(answer.status()).c_str());
    const auto probed = runToEnd(rig.io, rig.made->probe());
    QVERIFY(!probed.healthy && probed.reason.find("MILLRACE_TEST_KEY") != std::string::npos);
    QVERIFY(rig.upstream.requests().empty());
    for (const Event& event : rig.eventLog.after(0, 100))
        QVERIFY(event.text.english().find("cret") == std::string::npos);
}

void TestBackend::openAiRefusalOfTheKeyIsSaid()
{
    OpenAiRig rig({}, [](const auto&) { return json("no", 401); });
    rig.begin();
    QVERIFY(runUntil(rig.io, [&] { return !rig.events("backend_down").empty(); }));
    std::string why;
    QVERIFY(!rig.made->available(&why));
    QVERIFY2(why.find("401") != std::string::npos && why.find("key") != std::string::npos, why.c_str());
    const auto models = runToEnd(rig.io, rig.made->listModels(rig.context()));
    QVERIFY(absl::IsUnauthenticated(models.status()));
}

void TestBackend::openAiCannotLoadOrInfer()
{
    OpenAiRig rig;
    rig.begin();
    QVERIFY(absl::IsUnimplemented(runToEnd(rig.io, rig.made->loadModel("m", rig.context())).status()));
    QVERIFY(absl::IsUnimplemented(runToEnd(rig.io, rig.made->unloadModel("m", rig.context()))));
    auto request = std::make_shared<inference::ModelInferRequest>();
    QVERIFY(absl::IsUnimplemented(runToEnd(rig.io, rig.made->infer(request, rig.context())).status()));
    QVERIFY(absl::IsUnimplemented(runToEnd(rig.io, rig.made->modelMetadata("m", rig.context())).status()));
}

void TestBackend::openAiFindsItsRoutesBelowTheBase()
{
    // With a path of its own it is not said whether "/v1" comes after it.
    for (const std::string base : {"/v1beta/openai", "/llm", "/prefix"}) {
        const std::string routes = base == "/prefix" ? base + "/v1" : base;
        OpenAiRig rig(base, [routes](const ScriptedUpstream::Request& seen) {
            if (seen.target == routes + "/models") return json(R"({"data":[{"id":"m"}]})");
            return json(seen.target, seen.target.starts_with(routes + "/chat") ? 200 : 404);
        });
        rig.begin();
        QVERIFY(rig.up());
        const auto models = runToEnd(rig.io, rig.made->listModels(rig.context()));
        QVERIFY2(models.ok(), text(models.status()).c_str());
        pool::HttpRequest request;
        request.target = "/v1/chat/completions";
        QCOMPARE(runToEnd(rig.io, rig.made->http(pool::HttpRequest(request), rig.context()))->status, 200u);
    }
}

void TestBackend::openAiServesTheModelsOfItsSettings()
{
    OpenAiRig rig("/v1", [](const auto&) { return json("no such route", 404); });
    rig.options.models = {"one", "two"};
    rig.begin();
    const auto models = runToEnd(rig.io, rig.made->listModels(rig.context()));
    QVERIFY(models.ok());
    QCOMPARE(models->size(), 2u);
    QCOMPARE(models->at(1).name, std::string("two"));
}

void TestBackend::openAiRouterLoadsAndUnloads()
{
    std::string state = "unloaded";
    int looks = 0;
    OpenAiRig rig("/v1", [&](const ScriptedUpstream::Request& seen) {
        if (seen.target == "/models/load" || seen.target == "/models/unload") {
            if (seen.body != R"({"model":"m"})") return json("what?", 400);
            state = seen.target == "/models/load" ? "loading" : "loaded";
            looks = 0;
            return json(R"({"success":true})");
        }
        if (++looks == 2) state = state == "loading" ? "loaded" : state == "loaded" ? "unloaded" : state;
        return json(R"({"data":[{"id":"m","status":{"value":")" + state + "\"}}]}");
    });
    rig.begin();
    QVERIFY(rig.up());
    auto models = runToEnd(rig.io, rig.made->listModels(rig.context()));
    QVERIFY(models.ok() && !models->front().loaded);
    QVERIFY(rig.made->capabilities().loads);
    QVERIFY(runToEnd(rig.io, rig.made->loadModel("m", rig.context())).ok());
    QCOMPARE(state, std::string("loaded"));
    QVERIFY(runToEnd(rig.io, rig.made->unloadModel("m", rig.context())).ok());
    QCOMPARE(state, std::string("unloaded"));
    QVERIFY(absl::IsNotFound(runToEnd(rig.io, rig.made->loadModel("other", rig.context())).status()) ||
            absl::IsInvalidArgument(runToEnd(rig.io, rig.made->loadModel("other", rig.context())).status()));
}

void TestBackend::openAiRouterSaysWhatFailed()
{
    OpenAiRig rig("/v1", [&](const ScriptedUpstream::Request& seen) {
        if (seen.method == "POST") return json(R"({"success":true})");
        return json(R"({"data":[{"id":"m","status":{"value":"unloaded","failed":true,"exit_code":139}}]})");
    });
    rig.begin();
    QVERIFY(rig.up());
    QVERIFY(runToEnd(rig.io, rig.made->listModels(rig.context())).ok());
    const auto loaded = runToEnd(rig.io, rig.made->loadModel("m", rig.context()));
    QVERIFY(absl::IsUnavailable(loaded.status()));
    QVERIFY2(text(loaded.status()).find("139") != std::string::npos, text(loaded.status()).c_str());
}

void TestBackend::openAiGoesDownAndComesBack()
{
    OpenAiRig rig;
    rig.options.pool.breakerOpen = 200ms;
    rig.begin();
    QVERIFY(rig.up());
    rig.upstream.refuse();
    // The floor's own dials fail: nobody has to ask for it to be noticed.
    QVERIFY(runUntil(rig.io, [&] { return rig.downs == 1; }));
    QCOMPARE(rig.losses, 0);
    QCOMPARE(rig.events("backend_ejected").size(), 1u);
    std::string why;
    QVERIFY(!rig.made->available(&why));
    QVERIFY2(why.find("refused") != std::string::npos, why.c_str());
    rig.upstream.listen();
    QVERIFY(runUntil(
        rig.io, [&] { return rig.ups == 2; }, 5s));
    QVERIFY(rig.made->available(nullptr));
    QCOMPARE(rig.events("backend_up").size(), 2u);
}

void TestBackend::openAiStaysDisabledUntilEnabled()
{
    OpenAiRig rig;
    rig.options.enabled = false;
    rig.begin();
    runUntil(
        rig.io, [] { return false; }, std::chrono::milliseconds(50));
    QCOMPARE(rig.upstream.accepted(), 0u);
    std::string why;
    QVERIFY(!rig.made->available(&why));
    QVERIFY(why.find("disabled") != std::string::npos);
    QVERIFY(rig.made->pools().at(0).health == pool::Health::Disabled);
    rig.made->setEnabled(true);
    QVERIFY(rig.up());
}

void TestBackend::openAiShowsItsPool()
{
    OpenAiRig rig;
    rig.begin();
    QVERIFY(rig.up());
    QVERIFY(runUntil(rig.io, [&] { return rig.made->pools().at(0).idle == 1; }));
    const auto pool = rig.made->pools().at(0);
    QCOMPARE(pool.backend, std::string("up"));
    QVERIFY(pool.protocol == pool::Protocol::Http);
    QCOMPARE("http://" + pool.address, rig.upstream.url());
    QCOMPARE(rig.made->evict(pool::Protocol::Grpc, {}), 0u);
    QCOMPARE(rig.made->evict(pool::Protocol::Http, {pool.connections.at(0).id}), 1u);
    QVERIFY(runUntil(rig.io, [&] { return rig.made->pools().at(0).idle == 1; }));
    QVERIFY(runToEnd(rig.io, rig.made->probe()).healthy);
    pool::Options options = rig.options.pool;
    options.httpSizeMin = 3;
    rig.made->apply(options);
    QVERIFY(runUntil(rig.io, [&] { return rig.made->pools().at(0).idle == 3; }));
    QCOMPARE(rig.made->setDraining(true), 3u);
    QVERIFY(!rig.made->available(nullptr));
    rig.made->setDraining(false);
    QVERIFY(runUntil(rig.io, [&] { return rig.made->available(nullptr); }));
    runToEnd(rig.io, rig.made->stop());
    QCOMPARE(rig.made->pools().at(0).connections.size(), 0u);
}

// ---- the child ----

void TestBackend::aTrialListsWhatAServerHas_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<bool>("reachable");
    QTest::addColumn<int>("models");
    QTest::addColumn<QByteArray>("reason");
    QTest::newRow("models") << 200 << QByteArray(R"({"data":[{"id":"a"},{"id":"b"}]})") << true << 2 << QByteArray();
    QTest::newRow("none") << 200 << QByteArray(R"({"data":[]})") << true << 0 << QByteArray("no models");
    QTest::newRow("another kind of server") << 404 << QByteArray("no") << true << 0 << QByteArray("404");
    QTest::newRow("key refused") << 401 << QByteArray("no") << true << 0 << QByteArray("401");
    QTest::newRow("not JSON") << 200 << QByteArray("<html>") << true << 0 << QByteArray("not JSON");
}

void TestBackend::aTrialListsWhatAServerHas()
{
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(bool, reachable);
    QFETCH(int, models);
    QFETCH(QByteArray, reason);
    OpenAiRig rig({}, [&](const auto&) { return json(body.toStdString(), static_cast<unsigned>(status)); });
    rig.options.models = {"named in the settings"};
    const auto result = runToEnd(rig.io, tryBackend(rig.options, rig.io.get_executor(), rig.clock, 5s));
    QCOMPARE(result.reachable, reachable);
    QCOMPARE(static_cast<int>(result.models.size()), models);
    QVERIFY2(reason.isEmpty() ? result.reason.empty() : QByteArray::fromStdString(result.reason).contains(reason),
             result.reason.c_str());
    QVERIFY(result.latency > Duration{});
    QVERIFY2(rig.eventLog.after(0, 10).empty(), "no event");
    QCOMPARE(rig.registry.counterTotal("millrace_pool_connections_created_total"), std::uint64_t{0});
}

void TestBackend::aTrialOfASilentServerEnds()
{
    OpenAiRig rig;
    rig.options.address = "http://127.0.0.1:1";
    auto result = runToEnd(rig.io, tryBackend(rig.options, rig.io.get_executor(), rig.clock, 5s));
    QVERIFY(!result.reachable);
    QVERIFY2(!result.reason.empty(), "says why");
    rig.options.address = "not a URL";
    result = runToEnd(rig.io, tryBackend(rig.options, rig.io.get_executor(), rig.clock, 5s));
    QVERIFY(!result.reachable && !result.reason.empty());
    // Takes the connection and never answers.
    net::ip::tcp::acceptor mute(rig.io, {net::ip::address_v4::loopback(), 0});
    rig.options.address = "http://127.0.0.1:" + std::to_string(mute.local_endpoint().port());
    result = runToEnd(rig.io, tryBackend(rig.options, rig.io.get_executor(), rig.clock, 300ms));
    QVERIFY(!result.reachable && !result.reason.empty());
}

void TestBackend::aTrialOfARuntimeSaysThereIsNothingToTest()
{
    OpenAiRig rig;
    rig.options.kind = BackendKind::Runtime;
    const auto result = runToEnd(rig.io, tryBackend(rig.options, rig.io.get_executor(), rig.clock, 5s));
    QVERIFY(!result.reachable && result.reason.find("runtime") != std::string::npos);
}

void TestBackend::restartsAtOnceThenWithPatience()
{
    RestartPolicy policy;
    QCOMPARE(policy.ended(1h), Duration::zero());
    QCOMPARE(policy.ended(1h), Duration::zero());  // it had been well in between
    QCOMPARE(policy.ended(0s), Duration(200ms));
    QCOMPARE(policy.ended(0s), Duration(400ms));
    Duration last{};
    for (int i = 0; i < 50; ++i) last = policy.ended(1s);
    QCOMPARE(last, Duration(RestartPolicy::kMax));
    QCOMPARE(policy.ended(10s), Duration::zero());
}

void TestBackend::childSaysItsLinesAndItsEnd_data()
{
    QTest::addColumn<QString>("script");
    QTest::addColumn<QString>("out");
    QTest::addColumn<QString>("err");
    QTest::addColumn<QString>("end");
    QTest::newRow("lines") << "echo a; echo b >&2; echo c; exit 3"
                           << "a|c"
                           << "b"
                           << "exited with status 3";
    QTest::newRow("last line is not ended") << "printf x; printf y >&2"
                                            << "x"
                                            << "y"
                                            << "exited with status 0";
    QTest::newRow("killed") << "kill -9 $$"
                            << ""
                            << ""
                            << "was killed by signal 9 (Killed)";
    QTest::newRow("a grandchild holds the pipes") << "sleep 1000 & echo a"
                                                  << "a"
                                                  << ""
                                                  << "exited with status 0";
}

void TestBackend::childSaysItsLinesAndItsEnd()
{
    QFETCH(QString, script);
    House house;
    std::string out, err, end;
    const auto add = [](std::string& to, const std::string& line) { to += (to.empty() ? "" : "|") + line; };
    ChildProcess::Handlers handlers;
    handlers.onOutput = [&](const std::string& line) { add(out, line); };
    handlers.onError = [&](const std::string& line) { add(err, line); };
    handlers.onExit = [&](const std::string& why) { end = why; };
    auto child = ChildProcess::start(house.io.get_executor(), "/bin/sh", {"-c", script.toStdString()}, handlers);
    QVERIFY(child.ok());
    const int group = (*child)->pid();
    QVERIFY(runUntil(house.io, [&] { return !end.empty(); }));
    QTEST(QString::fromStdString(out), "out");
    QTEST(QString::fromStdString(err), "err");
    QTEST(QString::fromStdString(end), "end");
    ::kill(-group, SIGKILL);  // the grandchild
}

void TestBackend::childThatCannotStartSaysSo()
{
    House house;
    const auto child = ChildProcess::start(house.io.get_executor(), "/nowhere/at-all", {}, {});
    QVERIFY(absl::IsUnavailable(child.status()));
    QVERIFY(text(child.status()).find("/nowhere/at-all") != std::string::npos);
}

void TestBackend::childSeesTheEndOfStdin()
{
    House house;
    std::string end;
    ChildProcess::Handlers handlers;
    handlers.onExit = [&](const std::string& why) { end = why; };
    auto child = ChildProcess::start(house.io.get_executor(), "/bin/sh", {"-c", "trap '' TERM; cat; exit 7"}, handlers);
    QVERIFY(child.ok());
    runUntil(
        house.io, [] { return false; }, std::chrono::milliseconds(50));
    QVERIFY(end.empty());
    (*child)->askToEnd();
    QVERIFY(runUntil(house.io, [&] { return !end.empty(); }));
    const int pid = (*child)->pid();
    child->reset();
    QCOMPARE(::kill(pid, 0), -1);  // gone and reaped
}

/// A child started while sockets were open used to hold them: the port stayed taken after our end, clients hung.
void TestBackend::childInheritsNoSockets()
{
    House house;
    using tcp = net::ip::tcp;
    tcp::acceptor acceptor(house.io, tcp::endpoint(net::ip::address_v4::loopback(), 0));
    tcp::socket client(house.io);
    client.connect(acceptor.local_endpoint());
    const tcp::socket accepted = acceptor.accept();
    QVERIFY(accepted.is_open());
    std::string out, end;
    ChildProcess::Handlers handlers;
    handlers.onOutput = [&](const std::string& line) { out += line + " "; };
    handlers.onExit = [&](const std::string& why) { end = why; };
    auto child = ChildProcess::start(house.io.get_executor(), "/bin/sh", {"-c", "ls /proc/$$/fd"}, handlers);
    QVERIFY(child.ok());
    QVERIFY(runUntil(house.io, [&] { return !end.empty(); }));
    QCOMPARE(out, std::string("0 1 2 "));
}

void TestBackend::childIsGivenNoSecrets_data()
{
    QTest::addColumn<bool>("passes");
    for (const char* name :
         {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
          "TORCH_HOME", "CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH", "XDG_RUNTIME_DIR", "ASAN_OPTIONS"})
        QTest::newRow(name) << true;
    for (const char* name : {"OPENAI_API_KEY", "HOSTED_KEY", "AWS_SECRET_ACCESS_KEY", "HF_TOKEN", "PGPASSWORD",
                             "TORCH_HUB_TOKEN", "XDG_API_KEY", "cuda_secret", "CUDA_secret", "SSH_AUTH_SOCK",
                             "LD_PRELOAD", "PATHS", "HOMEBREW", "http_proxy", "DATABASE_URL", ""})
        QTest::newRow(*name ? name : "no name") << false;
}

void TestBackend::childIsGivenNoSecrets()
{
    QFETCH(bool, passes);
    const std::string name = QTest::currentDataTag();
    QCOMPARE(passesToChild(name == "no name" ? "" : name), passes);
}

void TestBackend::childSeesNoKeysInItsEnvironment()
{
    qputenv("HOSTED_KEY", "secret-of-hosted");
    qputenv("OMP_WAIT_POLICY", "passive");
    House house;
    std::string out, end;
    ChildProcess::Handlers handlers;
    handlers.onOutput = [&](const std::string& line) { out += line + "\n"; };
    handlers.onExit = [&](const std::string& why) { end = why; };
    auto child = ChildProcess::start(house.io.get_executor(), "/bin/sh", {"-c", "exec env"}, handlers);
    QVERIFY(child.ok());
    QVERIFY(runUntil(house.io, [&] { return !end.empty(); }));
    QVERIFY2(out.find("OMP_WAIT_POLICY=passive") != std::string::npos, out.c_str());
    QVERIFY2(out.find("secret-of-hosted") == std::string::npos, out.c_str());
    qunsetenv("HOSTED_KEY");
    qunsetenv("OMP_WAIT_POLICY");
}

// ---- runtime ----

void TestBackend::runtimeStartsAndServes()
{
    RuntimeRig rig;
    rig.begin();
    std::string why;
    QVERIFY(!rig.made->available(&why));
    QVERIFY(rig.up());
    QVERIFY(runUntil(rig.io, [&] { return rig.ups == 1; }));
    QCOMPARE(rig.events("backend_up").size(), 1u);
    QVERIFY(!rig.lines.empty());
    const std::string args = rig.lines.at(0);
    for (const std::string& wanted :
         {"--repository " + rig.folder.path().toStdString(), std::string("--threads 3"), std::string("--sockets /"),
          std::string("--load-threads 64"), std::string("--exit-on-stdin-eof")})
        QVERIFY2(args.find(wanted) != std::string::npos, args.c_str());

    CallContext context = rig.context();
    const auto answer = rig.infer("a", context);
    QVERIFY2(answer.ok(), text(answer.status()).c_str());
    QCOMPARE((*answer)->raw_output_contents(0), std::string("abcd"));
    QVERIFY(context.trace->connectionReused);  // a health check was there before
    const auto models = runToEnd(rig.io, rig.made->listModels(rig.context()));
    QCOMPARE(models->size(), 3u);
    pool::HttpRequest request;
    request.target = "/v1/embeddings";
    request.body = "[1]";
    auto http = runToEnd(rig.io, rig.made->http(pool::HttpRequest(request), rig.context()));
    QCOMPARE(*runToEnd(rig.io, pool::readAll(*http->body, 100)), std::string("[1]"));
    const auto metadata = runToEnd(rig.io, rig.made->modelMetadata("a", rig.context()));
    QCOMPARE((*metadata)->platform(), std::string("synthetic"));
    QCOMPARE(rig.made->pools().size(), 2u);
    QCOMPARE(rig.made->outstanding(), 0u);
}

void TestBackend::runtimeRefusalsKeepTheirWords()
{
    RuntimeRig rig;
    rig.begin();
    QVERIFY(rig.up());
    const auto unknown = rig.infer("unknown", rig.context());
    QVERIFY(absl::IsNotFound(unknown.status()));
    QCOMPARE(text(unknown.status()), std::string("there is no model unknown, but there are a, b"));
    for (int i = 0; i < 20; ++i) QVERIFY(absl::IsInvalidArgument(rig.infer("poisoned", rig.context()).status()));
    QVERIFY(rig.made->available(nullptr));  // its refusals are no failures of the transport
}

void TestBackend::runtimeLoadsAndUnloads()
{
    RuntimeRig rig;
    rig.begin();
    QVERIFY(rig.up());
    const auto loaded = runToEnd(rig.io, rig.made->loadModel("a", rig.context()));
    QVERIFY(loaded.ok());
    QCOMPARE(*loaded, std::uint64_t(4096));
    QVERIFY(runToEnd(rig.io, rig.made->unloadModel("a", rig.context())).ok());
    QCOMPARE(rig.grpc.loads.load(), 1);
    QCOMPARE(rig.grpc.unloads.load(), 1);
    const auto broken = runToEnd(rig.io, rig.made->loadModel("broken", rig.context()));
    QVERIFY(absl::IsFailedPrecondition(broken.status()));
    QVERIFY(text(broken.status()).find("TorchScript") != std::string::npos);
}

void TestBackend::runtimeCallsAreCancelled()
{
    RuntimeRig rig;
    rig.begin();
    QVERIFY(rig.up());
    // The quickest of a few: other programs may hold the processors.
    auto quickest = std::chrono::steady_clock::duration::max();
    for (int i = 1; i <= 5; ++i) {
        CancelSource source;
        auto request = std::make_shared<inference::ModelInferRequest>();
        request->set_model_name("slow");
        auto inferring = start(rig.io, rig.made->infer(request, rig.context(10s, source.token())));
        QVERIFY(runUntil(rig.io, [&] { return rig.grpc.inferring == 1; }));
        QCOMPARE(rig.made->outstanding(), 1u);
        const auto before = std::chrono::steady_clock::now();
        source.cancel("the client disconnected");
        QVERIFY(runUntil(rig.io, [&] { return inferring.done(); }));
        quickest = std::min(quickest, std::chrono::steady_clock::now() - before);
        const auto answer = inferring.take();
        QVERIFY(absl::IsCancelled(answer.status()));
        QCOMPARE(text(answer.status()), std::string("the client disconnected"));
        QVERIFY(runUntil(rig.io, [&] { return rig.grpc.cancelled == i; }));  // and the server knows
        QCOMPARE(rig.made->outstanding(), 0u);
    }
    QVERIFY(quickest < kCancelMax);
    QVERIFY(rig.made->available(nullptr));
}

void TestBackend::runtimeCallsEndAtTheirDeadline()
{
    RuntimeRig rig;
    rig.begin();
    QVERIFY(rig.up());
    const auto answer = rig.infer("slow", rig.context(100ms));
    QVERIFY(absl::IsDeadlineExceeded(answer.status()));
    QVERIFY(rig.made->available(nullptr));
}

void TestBackend::runtimeCarriesLargeTensors()
{
    RuntimeRig rig;
    rig.begin();
    QVERIFY(rig.up());
    auto request = std::make_shared<inference::ModelInferRequest>();
    request->set_model_name("a");
    request->add_raw_input_contents(std::string(20 << 20, 'x'));  // beyond gRPC's own 4 MB
    const auto answer = runToEnd(rig.io, rig.made->infer(request, rig.context()));
    QVERIFY2(answer.ok(), text(answer.status()).c_str());
    QCOMPARE((*answer)->raw_output_contents(0).size(), std::size_t(20 << 20));
}

void TestBackend::runtimeIsStartedAgainAfterAKill()
{
    RuntimeRig rig;
    rig.begin();
    QVERIFY(rig.up());
    QVERIFY(runUntil(rig.io, [&] { return rig.ups == 1; }));
    const int first = rig.made->pid();
    QVERIFY(first > 0);
    const auto before = std::chrono::steady_clock::now();
    ::kill(first, SIGKILL);
    QVERIFY(runUntil(rig.io, [&] { return rig.downs.size() == 1; }));
    QCOMPARE(rig.losses, 1);  // its models are gone
    QVERIFY2(rig.downs[0].find("signal 9") != std::string::npos, rig.downs[0].c_str());
    QVERIFY(!rig.availableWhenDown);  // asked at that moment: the next process may be there within milliseconds
    QVERIFY(runUntil(rig.io, [&] { return rig.ups == 2; }));
    QVERIFY(std::chrono::steady_clock::now() - before < std::chrono::seconds(5));
    QVERIFY(rig.made->pid() != first);
    QVERIFY(rig.infer("a", rig.context()).ok());
    QCOMPARE(rig.events("runtime_restarted").size(), 1u);
    QCOMPARE(rig.events("backend_down").size(), 1u);
    QVERIFY(rig.made->pools().at(0).health == pool::Health::Healthy);
}

void TestBackend::runtimeThatKeepsEndingWaitsLonger()
{
    RuntimeRig rig("echo run >> \"$2/runs\"\necho 'no such device' >&2\nexit 4\n");
    rig.begin();
    QVERIFY(runUntil(rig.io, [&] { return rig.downs.size() == 3; }));
    QVERIFY2(
        rig.downs[0].find("status 4") != std::string::npos && rig.downs[0].find("no such device") != std::string::npos,
        rig.downs[0].c_str());
    QVERIFY(runUntil(rig.io, [&] { return rig.downs.size() == 4; }));
    // The listener is called before the delay begins.
    QVERIFY(rig.downsAt[2] - rig.downsAt[1] >= RestartPolicy::kFirst);
    QVERIFY(rig.downsAt[3] - rig.downsAt[2] >= 2 * RestartPolicy::kFirst);
}

void TestBackend::runtimeThatIsMissingSaysSo()
{
    RuntimeRig rig;
    rig.options.runtimeBinary = "/nowhere/millrace-runtime";
    rig.begin();
    QCOMPARE(rig.downs.size(), 1u);
    std::string why;
    QVERIFY(!rig.made->available(&why));
    QVERIFY2(why.find("/nowhere/millrace-runtime") != std::string::npos, why.c_str());
    QCOMPARE(rig.events("backend_down").size(), 1u);
}

void TestBackend::runtimeStopsWithTheEngine()
{
    RuntimeRig rig;
    rig.begin();
    QVERIFY(rig.up());
    int pid = rig.made->pid();
    runToEnd(rig.io, rig.made->stop());
    QCOMPARE(rig.made->pid(), 0);
    QCOMPARE(::kill(pid, 0), -1);
    runUntil(
        rig.io, [] { return false; }, std::chrono::milliseconds(50));
    QCOMPARE(rig.made->pid(), 0);  // nor is it started again
    QVERIFY(rig.downs.empty());

    // Without stop(): nothing is left behind either.
    RuntimeRig other;
    other.begin();
    QVERIFY(other.up());
    pid = other.made->pid();
    other.made.reset();
    QCOMPARE(::kill(pid, 0), -1);
}

void TestBackend::runtimeIsDisabledAndEnabled()
{
    RuntimeRig rig;
    rig.options.enabled = false;
    rig.begin();
    QCOMPARE(rig.made->pid(), 0);
    QVERIFY(rig.made->pools().at(1).health == pool::Health::Disabled);
    rig.made->setEnabled(true);
    QVERIFY(rig.up());
    QVERIFY(runUntil(rig.io, [&] { return rig.ups == 1; }));
    rig.made->setEnabled(false);
    QVERIFY(!rig.made->available(nullptr));
    QCOMPARE(rig.downs.size(), 1u);
    QCOMPARE(rig.losses, 0);
}

/// It used to go on with all that it had in memory.
void TestBackend::runtimeThatIsDisabledEndsAfterItsCalls()
{
    RuntimeRig rig;
    rig.begin();
    QVERIFY(rig.up());
    QVERIFY(runUntil(rig.io, [&] { return rig.ups == 1; }));
    CancelSource source;
    auto request = std::make_shared<inference::ModelInferRequest>();
    request->set_model_name("slow");
    auto inferring = start(rig.io, rig.made->infer(request, rig.context(10s, source.token())));
    QVERIFY(runUntil(rig.io, [&] { return rig.grpc.inferring == 1; }));
    const int first = rig.made->pid();
    rig.made->setEnabled(false);
    runUntil(
        rig.io, [] { return false; }, std::chrono::milliseconds(200));
    QCOMPARE(rig.made->pid(), first);  // the call goes on
    QCOMPARE(rig.losses, 0);
    source.cancel("the client disconnected");
    QVERIFY(runUntil(rig.io, [&] { return rig.losses == 1; }));
    QCOMPARE(rig.made->pid(), 0);
    QCOMPARE(::kill(first, 0), -1);
    rig.made->setEnabled(true);
    QVERIFY(runUntil(rig.io, [&] { return rig.ups == 2; }));
    QVERIFY(rig.made->pid() > 0);
}

/// A driver or a deadlock never comes back: it used to be 503 indefinitely.
void TestBackend::runtimeThatHangsIsStartedAgain()
{
    RuntimeRig rig;
    rig.options.pool.healthInterval = 100ms;
    rig.options.pool.healthTimeout = 100ms;
    rig.begin();
    QVERIFY(runUntil(rig.io, [&] { return rig.ups == 1; }));
    const int first = rig.made->pid();
    rig.grpc.live = false;  // it is there, and does not get well
    QVERIFY(runUntil(
        rig.io, [&] { return rig.losses == 1; }, std::chrono::seconds(20)));
    QVERIFY2(rig.downs.back().find("consecutive failed health checks") != std::string::npos, rig.downs.back().c_str());
    QCOMPARE(::kill(first, 0), -1);
    rig.grpc.live = true;
    QVERIFY(runUntil(rig.io, [&] { return rig.ups == 2; }));
    QVERIFY(rig.made->pid() != first);
    const auto events = rig.events("runtime_restarted");
    QCOMPARE(events.size(), 1u);
    QVERIFY2(events[0].text.english().find("consecutive failed health checks") != std::string::npos,
             events[0].text.english().c_str());
}

void TestBackend::runtimeDrainsAndIsProbed()
{
    RuntimeRig rig;
    rig.begin();
    QVERIFY(rig.up());
    QVERIFY(runToEnd(rig.io, rig.made->probe()).healthy);
    rig.grpc.live = false;
    const auto unwell = runToEnd(rig.io, rig.made->probe());
    QVERIFY(!unwell.healthy);
    QVERIFY2(unwell.reason.find("not live") != std::string::npos, unwell.reason.c_str());
    rig.grpc.live = true;
    QVERIFY(runToEnd(rig.io, rig.made->probe()).healthy);
    QVERIFY(rig.made->evict(std::nullopt, {}) >= 2u);
    QVERIFY(rig.made->setDraining(true) <= 4u);
    QVERIFY(absl::IsUnavailable(rig.infer("a", rig.context()).status()));
    rig.made->setDraining(false);
    QVERIFY(rig.up());
}

void TestBackend::realRuntimeServesAndHeals()
{
#ifndef MILLRACE_HAS_RUNTIME
    QSKIP("millrace-runtime is not part of this build");
#else
    RuntimeRig rig;
    QVERIFY(QDir(rig.folder.path()).mkpath("echo/1"));
    QFile config(rig.folder.filePath("echo/config.json"));
    QVERIFY(config.open(QIODevice::WriteOnly));
    config.write(R"({"kind":"synthetic","batch_max":8,
        "inputs":[{"name":"x","datatype":"INT32","shape":[-1,2]}],"outputs":[{"name":"y","datatype":"INT32","shape":[-1,3]}],
        "synthetic":{"fixed_ms":1,"row_ms":0,"load_ms":0,"bytes":4096,"tokens_per_s":0}})");
    config.close();
    rig.options.runtimeBinary = MILLRACE_BIN_DIR "/millrace-runtime";
    rig.begin();
    QVERIFY(rig.up());
    QVERIFY(runUntil(rig.io, [&] { return rig.ups == 1; }));
    const auto ask = [&] {
        auto request = std::make_shared<inference::ModelInferRequest>();
        request->set_model_name("echo");
        auto* input = request->add_inputs();
        input->set_name("x");
        input->set_datatype("INT32");
        input->add_shape(1);
        input->add_shape(2);
        request->add_raw_input_contents(std::string(8, '\1'));
        return runToEnd(rig.io, rig.made->infer(request, rig.context()));
    };
    auto models = runToEnd(rig.io, rig.made->listModels(rig.context()));
    QVERIFY2(models.ok(), text(models.status()).c_str());
    QCOMPARE(models->size(), 1u);
    QVERIFY(!models->at(0).loaded);
    QCOMPARE(models->at(0).batchMax, 8u);
    const auto bytes = runToEnd(rig.io, rig.made->loadModel("echo", rig.context()));
    QVERIFY2(bytes.ok() && *bytes >= 4096, text(bytes.status()).c_str());
    const auto answer = ask();
    QVERIFY2(answer.ok(), text(answer.status()).c_str());
    QCOMPARE((*answer)->raw_output_contents(0).size(), 12u);

    const auto before = std::chrono::steady_clock::now();
    ::kill(rig.made->pid(), SIGKILL);
    QVERIFY(runUntil(rig.io, [&] { return rig.ups == 2; }));
    const auto healed = std::chrono::steady_clock::now() - before;
    qInfo("healed %.0f ms after kill -9", toMs(healed));
    QVERIFY(healed < std::chrono::seconds(5));
    models = runToEnd(rig.io, rig.made->listModels(rig.context()));
    QVERIFY(!models->at(0).loaded);  // what was loaded is gone
    QVERIFY(runToEnd(rig.io, rig.made->loadModel("echo", rig.context())).ok());
    QVERIFY(ask().ok());
    runToEnd(rig.io, rig.made->stop());
#endif
}

QTEST_GUILESS_MAIN(TestBackend)
#include "tst_backend.moc"
