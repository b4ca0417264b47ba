// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine.h"
#include "support/raw_client.h"
#include "support/scripted_upstream.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <csignal>
#include <future>
#include <memory>
#include <thread>

using namespace millrace;
using testing::ScriptedUpstream;

namespace {

/// A server with one model, on a thread of its own.
struct Upstream {
    Upstream()
        : server(io,
                 [](const ScriptedUpstream::Request& request) {
                     ScriptedUpstream::Answer answer;
                     answer.fields = {{"Content-Type", "application/json"}};
                     const bool lists = request.target.find("/models") != std::string::npos;
                     answer.body = lists ? R"({"object":"list","data":[{"id":"m"}]})" : R"({"answered":true})";
                     return answer;
                 }),
          thread([this] { io.run(); })
    {}
    ~Upstream()
    {
        io.stop();
        thread.join();
    }

    net::io_context io{1};
    net::executor_work_guard<net::io_context::executor_type> work{io.get_executor()};
    ScriptedUpstream server;
    std::thread thread;
};

/// An engine in this process, its loop on a thread of its own.
class Running {
public:
    explicit Running(std::unique_ptr<Engine> engine) : engine_(std::move(engine))
    {
        std::promise<void> ready;
        auto isReady = ready.get_future();
        thread_ = std::thread([this, &ready] { exitCode_ = engine_->run([&] { ready.set_value(); }); });
        isReady.wait();
    }
    ~Running()
    {
        if (thread_.joinable()) stop();
    }
    QString http() const { return QString::fromStdString(engine_->addresses().http); }
    void askToStop() const { ::kill(::getpid(), SIGTERM); }
    int wait()
    {
        thread_.join();
        engine_.reset();
        return exitCode_;
    }
    int stop()
    {
        askToStop();
        return wait();
    }

private:
    std::unique_ptr<Engine> engine_;
    int exitCode_ = -1;
    std::thread thread_;
};

}  // namespace

/// The engine as main() has it, without a process: built, started, asked, stopped.
class TestEngine : public QObject {
    Q_OBJECT

private:
    QTemporaryDir folder_;
    Upstream upstream_;

    EngineOptions options(const std::vector<std::pair<std::string, std::string>>& more = {}) const
    {
        EngineOptions options;
        options.stateDir = folder_.filePath("state").toStdString();
        options.filePath = folder_.filePath("engine.json").toStdString();
        options.fileMissing = true;
        const auto set = [&](const std::string& path, const std::string& value) {
            options.overrides.push_back({path, value, config::Override::Source::Flag, "--set"});
        };
        set("endpoints.http", "127.0.0.1:0");
        set("endpoints.grpc", "127.0.0.1:0");
        set("endpoints.control", folder_.filePath("control.sock").toStdString());
        set("telemetry.log_level", "error");
        set("backends[0].name", "up");
        set("backends[0].kind", "openai");
        set("backends[0].address", upstream_.server.url("/v1"));
        for (const auto& [path, value] : more) set(path, value);
        return options;
    }
    /// What an engine on those settings answers to a chat, once it knows the model.
    static RawClient::Answer chat(const Running& engine)
    {
        RawClient::Answer answer;
        const bool asked = QTest::qWaitFor(
            [&] {
                RawClient client(engine.http());
                client.ask("/v1/chat/completions", QJsonObject{{"model", "m"}, {"messages", QJsonArray()}});
                answer = client.answer();
                return answer.status != 503;  // not listed yet
            },
            10'000);
        return asked ? answer : RawClient::Answer();
    }

private Q_SLOTS:
    void servesAndStops()
    {
        auto engine = Engine::create(options());
        QVERIFY2(engine.ok(), text(engine.status()).c_str());
        Running running(*std::move(engine));
        const auto answer = chat(running);
        QVERIFY2(answer.status == 200, qPrintable(answer.describe()));
        QCOMPARE(answer.body, QByteArray(R"({"answered":true})"));
        RawClient health(running.http());
        health.ask("GET", "/healthz");
        QCOMPARE(health.answer().json()["status"].toString(), "ok");
        QCOMPARE(running.stop(), 0);
    }

    void aStateIsOneEnginesAtATime()
    {
        for (int start = 0; start < 2; ++start) {
            auto engine = Engine::create(options());
            QVERIFY2(engine.ok(), text(engine.status()).c_str());
            Running running(*std::move(engine));
            const auto second = Engine::create(options());
            QVERIFY(absl::IsUnavailable(second.status()));
            QVERIFY2(text(second.status()).find("another engine") != std::string::npos, text(second.status()).c_str());
            QCOMPARE(chat(running).status, 200);  // the one that was refused has taken nothing from it
            QCOMPARE(running.stop(), 0);
        }
    }

    void anAddressThatIsTakenIsSaid()
    {
        auto engine = Engine::create(options());
        QVERIFY2(engine.ok(), text(engine.status()).c_str());
        Running running(*std::move(engine));
        auto other = options({{"endpoints.http", running.http().toStdString()}});
        other.stateDir = folder_.filePath("other").toStdString();
        const auto second = Engine::create(std::move(other));
        QVERIFY(!second.ok());
        QVERIFY2(text(second.status()).find(running.http().toStdString()) != std::string::npos,
                 text(second.status()).c_str());
        QCOMPARE(running.stop(), 0);
    }

    /// It used to count as a request in flight until limits.drain_timeout_ms.
    void halfABodyDoesNotHoldUpTheStop()
    {
        auto engine = Engine::create(options({{"limits.drain_timeout_ms", "600000"}}));
        QVERIFY2(engine.ok(), text(engine.status()).c_str());
        Running running(*std::move(engine));
        QCOMPARE(chat(running).status, 200);
        RawClient half(running.http());
        QVERIFY(half.send("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"));
        RawClient other(running.http());
        other.ask("GET", "/healthz");
        QCOMPARE(other.answer().status, 200);  // so the half has been read
        running.askToStop();
        const auto refused = half.answer(20'000);
        QVERIFY2(refused.status == 503, qPrintable(refused.describe()));
        QCOMPARE(running.wait(), 0);
    }
};

QTEST_GUILESS_MAIN(TestEngine)
#include "tst_engine.moc"
