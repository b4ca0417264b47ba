// SPDX-License-Identifier: GPL-3.0-or-later
// The real runtime under runs and loads: how many of its threads want a core at a time.
#include "inference.grpc.pb.h"
#include "support/grpc_context.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QtTest>

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using Stub = inference::GRPCInferenceService::Stub;

using millrace::testing::BoundedContext;

namespace {

constexpr int kPixels = 784;

bool infer(Stub& stub, const std::string& model, int rows)
{
    inference::ModelInferRequest request;
    request.set_model_name(model);
    auto* input = request.add_inputs();
    input->set_name("pixels");
    input->set_datatype("FP32");
    input->add_shape(rows);
    input->add_shape(kPixels);
    request.add_raw_input_contents()->assign(static_cast<std::size_t>(rows) * kPixels * sizeof(float), '\0');
    inference::ModelInferResponse response;
    BoundedContext context;
    return stub.ModelInfer(&context, request, &response).ok();
}

bool load(Stub& stub, const std::string& model, const char* urgency)
{
    inference::RepositoryModelLoadRequest request;
    request.set_model_name(model);
    if (*urgency != 0) (*request.mutable_parameters())["urgency"].set_string_param(urgency);
    inference::RepositoryModelLoadResponse response;
    BoundedContext context;
    return stub.RepositoryModelLoad(&context, request, &response).ok();
}

bool unload(Stub& stub, const std::string& model)
{
    inference::RepositoryModelUnloadRequest request;
    request.set_model_name(model);
    inference::RepositoryModelUnloadResponse response;
    BoundedContext context;
    return stub.RepositoryModelUnload(&context, request, &response).ok();
}

/// Threads of a process that run or want to; their names with a space after each.
int runnable(qint64 pid, std::string& names)
{
    int count = 0;
    names.clear();
    std::error_code gone;
    const std::filesystem::path tasks("/proc/" + std::to_string(pid) + "/task");
    for (std::filesystem::directory_iterator at(tasks, gone), end; !gone && at != end; at.increment(gone)) {
        std::ifstream file(at->path() / "stat");
        std::string line;
        std::getline(file, line);
        const auto name = line.rfind(')');
        if (name != std::string::npos && name + 2 < line.size() && line[name + 2] == 'R') {
            ++count;
            names += line.substr(line.find('('), name - line.find('(') + 1) + ' ';
        }
    }
    return count;
}

}  // namespace

class TestRuntimeThreads : public QObject {
    Q_OBJECT

private:
    QProcess process_;
    std::shared_ptr<grpc::Channel> channel_;

private Q_SLOTS:
    void initTestCase()
    {
        process_.start(MILLRACE_BIN_DIR "/millrace-runtime",
                       {"--repository", MILLRACE_SOURCE_DIR "/resources/models", "--load", "digits-l", "--load-threads",
                        "3", "--threads", QString::number(std::max(1U, std::thread::hardware_concurrency()))});
        QVERIFY(process_.waitForStarted());
        while (!process_.canReadLine()) QVERIFY(process_.waitForReadyRead(60000));
        const auto ready = QJsonDocument::fromJson(process_.readLine()).object();
        channel_ = grpc::CreateChannel(ready["grpc"].toString().toStdString(), grpc::InsecureChannelCredentials());
    }
    void cleanupTestCase()
    {
        process_.terminate();
        if (!process_.waitForFinished(20000)) process_.kill();
    }

    /// The loop and a thread for each core, whatever is run and loaded at a time.
    void noMoreThreadsWantACoreThanThereAreCoresAndOne()
    {
        constexpr int kRuns = 200, kLoads = 20, kSamples = 2000;
        const int most = static_cast<int>(std::max(2U, std::thread::hardware_concurrency())) + 1;
        std::atomic<int> runs{0}, loads{0}, failed{0};
        std::vector<std::jthread> clients;  // which are stopped and joined wherever the test ends
        for (int i = 0; i < 6; ++i)
            clients.emplace_back([&](const std::stop_token& stop) {
                const auto stub = inference::GRPCInferenceService::NewStub(channel_);
                while (!stop.stop_requested()) ++(infer(*stub, "digits-l", 32) ? runs : failed);
            });
        for (const char* model : {"digits-m", "digits-s", "embed-mini"})
            clients.emplace_back([&, model](const std::stop_token& stop) {
                const auto stub = inference::GRPCInferenceService::NewStub(channel_);
                for (int turn = 0; !stop.stop_requested(); ++turn) {
                    ++(load(*stub, model, turn % 2 == 0 ? "preload" : "") ? loads : failed);
                    if (!unload(*stub, model)) ++failed;
                }
            });
        std::map<int, int> seen;
        std::map<std::string, int> who;
        std::string names;
        // However long that takes on a busy machine.
        const auto until = std::chrono::steady_clock::now() + 60s;
        for (int taken = 0; (runs < kRuns || loads < kLoads || taken < kSamples); ++taken) {
            if (std::chrono::steady_clock::now() > until) break;
            const int count = runnable(process_.processId(), names);
            ++seen[count];
            if (count > most) ++who[names];
            std::this_thread::sleep_for(500us);
        }
        for (auto& client : clients) client.request_stop();
        clients.clear();
        int samples = 0, over = 0;
        QString all;
        for (const auto& [count, times] : seen) {
            samples += times;
            if (count > most) over += times;
            all += QStringLiteral("%1: %2, ").arg(count).arg(times);
        }
        for (const auto& [all_, times] : who)
            if (times > 10) qInfo("%d × %s", times, all_.c_str());
        QCOMPARE(failed.load(), 0);
        QVERIFY2(runs >= kRuns && loads >= kLoads,
                 qPrintable(QStringLiteral("%1 runs, %2 loads").arg(runs).arg(loads)));
        qInfo("runnable threads: times seen: %s%d runs, %d loads", qPrintable(all), runs.load(), loads.load());
        // One that has just given its turn to another, or looks whether it may go on, is seen beside it for a moment.
        QVERIFY2(over * 10 <= samples, qPrintable(all));
    }

    /// Somebody begins to wait for it while it makes way for others: it must come.
    void aPreloadThatIsWaitedForComes()
    {
        std::vector<std::jthread> clients;  // which are stopped and joined wherever the test ends
        for (int i = 0; i < 6; ++i)
            clients.emplace_back([&](const std::stop_token& stop) {
                const auto stub = inference::GRPCInferenceService::NewStub(channel_);
                while (!stop.stop_requested()) infer(*stub, "digits-l", 64);
            });
        const auto stub = inference::GRPCInferenceService::NewStub(channel_);
        for (int turn = 0; turn < 5; ++turn) {
            auto preload = std::async(std::launch::async, [&] {
                return load(*inference::GRPCInferenceService::NewStub(channel_), "digits-m", "preload");
            });
            QVERIFY(load(*stub, "digits-m", "expedite"));
            const auto began = std::chrono::steady_clock::now();
            QVERIFY(load(*stub, "digits-m", ""));
            QVERIFY(std::chrono::steady_clock::now() - began < 10s);
            QVERIFY(preload.get());
            QVERIFY(infer(*stub, "digits-m", 1));
            QVERIFY(unload(*stub, "digits-m"));
        }
        // Nothing is begun for it.
        QVERIFY(load(*stub, "digits-m", "expedite"));
        QVERIFY(!infer(*stub, "digits-m", 1));
    }
};

QTEST_GUILESS_MAIN(TestRuntimeThreads)
#include "tst_runtime_threads.moc"
