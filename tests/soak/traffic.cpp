// SPDX-License-Identifier: GPL-3.0-or-later
#include "traffic.h"

#include "drill.h"
#include "inference.grpc.pb.h"

#include <grpcpp/grpcpp.h>

namespace soak {

namespace {

using std::chrono::milliseconds;

constexpr int kAnswerMs = 20000;

inference::ModelInferRequest request(const char* model, std::mt19937& random)
{
    inference::ModelInferRequest out;
    out.set_model_name(model);
    auto* input = out.add_inputs();
    input->set_name("values");
    input->set_datatype("FP32");
    const int rows = 1 + static_cast<int>(random() % 4);
    input->add_shape(rows);
    input->add_shape(16);
    for (int i = 0; i < rows * 16; ++i) input->mutable_contents()->add_fp32_contents(static_cast<float>(i));
    return out;
}

}  // namespace

std::size_t Faults::begin(const std::string& scope, const std::string& what)
{
    const std::lock_guard lock(mutex_);
    faults_.push_back({scope, what, std::chrono::steady_clock::now(), Time::max()});
    return faults_.size() - 1;
}

void Faults::end(std::size_t fault, milliseconds grace)
{
    const std::lock_guard lock(mutex_);
    faults_[fault].to = std::chrono::steady_clock::now() + grace;
}

bool Faults::excuse(const std::string& scope, Time from, Time to)
{
    const std::lock_guard lock(mutex_);
    for (const auto& fault : faults_)
        if (fault.scope == scope && fault.from <= to && fault.to >= from) return true;
    return false;
}

std::map<std::string, int> Faults::counts() const
{
    const std::lock_guard lock(mutex_);
    std::map<std::string, int> out;
    for (const auto& fault : faults_) ++out[fault.what];
    return out;
}

void Traffic::worker(const std::string& kind, milliseconds pause, Work work)
{
    auto& tally = tallies_[kind];
    const auto seed = static_cast<std::mt19937::result_type>(threads_.size() + 1);
    threads_.emplace_back([this, pause, work = std::move(work), &tally, seed] {
        std::mt19937 random(seed);
        while (!stopping_) {
            work(random, tally);
            std::this_thread::sleep_for(pause / 2 + milliseconds(random() % static_cast<unsigned>(pause.count() + 1)));
        }
    });
}

void Traffic::judge(Tally& tally, const std::string& scope, Time from, const QString& problem)
{
    if (problem.isEmpty()) {
        ++tally.good;
        return;
    }
    if (faults_.excuse(scope, from, std::chrono::steady_clock::now())) {
        ++tally.excused;
        return;
    }
    ++tally.wrong;
    const std::lock_guard lock(mutex_);
    if (wrong_.size() < 20) wrong_ << QString::fromStdString(scope) + ": " + problem.left(600);
}

QStringList Traffic::wrong() const
{
    const std::lock_guard lock(mutex_);
    return wrong_;
}

void Traffic::chats(const std::string& kind, const char* model, const char* scope, bool stream)
{
    worker(kind, milliseconds(40), [this, model, scope, stream](std::mt19937&, Tally& tally) {
        const auto from = std::chrono::steady_clock::now();
        RawClient client(http_);
        ++tally.asked;
        client.ask("/v1/chat/completions", drill::chat(model, stream));
        const auto answer = client.answer(kAnswerMs);
        // Whatever happened: it must be told as it is; and if it was not right, there must be a reason.
        QString problem = stream ? drill::judgedStream(answer) : drill::judged(answer);
        if (!problem.isEmpty()) {
            ++tally.wrong;
            const std::lock_guard lock(mutex_);
            if (wrong_.size() < 20) wrong_ << problem.left(600);
            return;
        }
        if (answer.status != 200 || !answer.whole || (stream && !answer.body.contains("[DONE]")))
            problem = answer.describe();
        judge(tally, scope, from, problem);
    });
}

void Traffic::start()
{
    for (int i = 0; i < 3; ++i) chats("chat streams", "steady", "steady", true);
    chats("chats", "steady", "steady", false);
    chats("chat streams, moody", "moody", "moody", true);
    chats("chats, moody", "moody", "moody", false);
    chats("text of the runtime", "text", "runtime", true);

    for (int i = 0; i < 4; ++i)
        worker("embeddings", milliseconds(30), [this](std::mt19937& random, Tally& tally) {
            const auto from = std::chrono::steady_clock::now();
            QStringList texts;
            for (unsigned n = 0; n <= random() % 3; ++n) texts << QString(1 + static_cast<int>(random() % 40), 'x');
            RawClient client(http_);
            ++tally.asked;
            client.ask("/v1/embeddings", drill::embeddings("steady", texts));
            const auto answer = client.answer(kAnswerMs);
            const bool right = answer.status == 200 && answer.json()["data"].toArray().size() == texts.size();
            judge(tally, "steady", from, right ? QString() : answer.describe());
        });
    for (const char* model : {"one", "two", "three"})
        worker("tensors by HTTP", milliseconds(30), [this, model](std::mt19937& random, Tally& tally) {
            const auto from = std::chrono::steady_clock::now();
            RawClient client(http_);
            ++tally.asked;
            client.ask(drill::inferPath(model), drill::tensor(model, 1 + static_cast<int>(random() % 3)));
            const auto answer = client.answer(kAnswerMs);
            judge(tally, "runtime", from, answer.status == 200 && answer.whole ? QString() : answer.describe());
        });
    for (const char* model : {"one", "two"}) {
        const std::shared_ptr<grpc::Channel> channel =
            grpc::CreateChannel(grpc_.toStdString(), grpc::InsecureChannelCredentials());
        const std::shared_ptr<inference::GRPCInferenceService::Stub> stub =
            inference::GRPCInferenceService::NewStub(channel);
        worker("tensors by gRPC", milliseconds(30), [this, model, stub](std::mt19937& random, Tally& tally) {
            const auto from = std::chrono::steady_clock::now();
            grpc::ClientContext context;
            context.set_deadline(std::chrono::system_clock::now() + milliseconds(kAnswerMs));
            inference::ModelInferResponse response;
            ++tally.asked;
            const auto status = stub->ModelInfer(&context, request(model, random), &response);
            judge(tally, "runtime", from,
                  status.ok() ? QString()
                              : QStringLiteral("gRPC %1: %2")
                                    .arg(status.error_code())
                                    .arg(QString::fromStdString(status.error_message())));
        });
    }
    worker("metadata", milliseconds(60), [this](std::mt19937& random, Tally& tally) {
        static constexpr const char* kPaths[] = {"/v1/models", "/v2/models/one", "/v2/health/ready", "/healthz",
                                                 "/v2/models/one/ready"};
        const auto from = std::chrono::steady_clock::now();
        RawClient client(http_);
        ++tally.asked;
        client.ask("GET", kPaths[random() % 5]);
        const auto answer = client.answer(kAnswerMs);
        judge(tally, "runtime", from, answer.status == 200 && answer.whole ? QString() : answer.describe());
    });
    for (int i = 0; i < 2; ++i)
        worker("slow readers", milliseconds(200), [this](std::mt19937& random, Tally& tally) {
            RawClient client(http_, 4096);
            ++tally.asked;
            client.ask("/v1/chat/completions", drill::chat("endless", true));
            for (int pieces = 0; pieces < 10 && !stopping_; ++pieces) {
                if (!client.waitFor("data: ", 2000)) break;
                std::this_thread::sleep_for(milliseconds(random() % 100));
            }
            ++tally.left;
        });
    worker("hang-ups", milliseconds(500), [this](std::mt19937& random, Tally& tally) {
        std::vector<RawClient> clients;
        for (int i = 0; i < 20; ++i) {
            clients.emplace_back(http_);
            ++tally.asked;
            switch (random() % 4) {
                case 0:
                    clients.back().ask("/v1/chat/completions", drill::chat("steady", true));
                    break;
                case 1:
                    clients.back().ask("/v1/embeddings", drill::embeddings("steady", {"a"}));
                    break;
                case 2:
                    clients.back().ask(drill::inferPath("two"), drill::tensor("two"));
                    break;
                default:
                    clients.back().send("POST /v1/chat/completions HTTP/1.1\r\nHost: local");
                    break;
            }
        }
        std::this_thread::sleep_for(milliseconds(random() % 60));
        for (auto& client : clients) {
            if (random() % 2 == 0) client.reset();
            ++tally.left;
        }
    });
}

void Traffic::stop()
{
    stopping_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
}

}  // namespace soak
