// SPDX-License-Identifier: GPL-3.0-or-later
#include "inference.pb.h"
#include "serve/admission.h"
#include "serve/retry_budget.h"
#include "serve/router.h"

#include <QtTest>

#include <random>

using namespace millrace;
using namespace millrace::serve;

namespace {

/// A backend that is only ever asked whether it is there.
class NamedBackend final : public backend::Backend {
public:
    explicit NamedBackend(std::string name) : name_(std::move(name)) {}

    const std::string& name() const override { return name_; }
    const std::string& kind() const override { return name_; }
    backend::Capabilities capabilities() const override { return {}; }
    bool available(std::string* why) const override
    {
        if (why && !up) *why = "is down";
        return up;
    }
    void start() override {}
    net::awaitable<void> stop() override { co_return; }
    net::awaitable<StatusOr<std::vector<backend::ModelInfo>>> listModels(CallContext) override
    {
        co_return unimplemented("not asked");
    }
    net::awaitable<StatusOr<std::uint64_t>> loadModel(std::string, CallContext) override
    {
        co_return unimplemented("not asked");
    }
    net::awaitable<Status> unloadModel(std::string, CallContext) override { co_return unimplemented("not asked"); }
    net::awaitable<StatusOr<std::unique_ptr<inference::ModelInferResponse>>> infer(
        std::shared_ptr<const inference::ModelInferRequest>, CallContext) override
    {
        co_return unimplemented("not asked");
    }
    net::awaitable<StatusOr<std::unique_ptr<inference::ModelMetadataResponse>>> modelMetadata(std::string,
                                                                                              CallContext) override
    {
        co_return unimplemented("not asked");
    }
    net::awaitable<StatusOr<pool::HttpResponse>> http(pool::HttpRequest, CallContext) override
    {
        co_return unimplemented("not asked");
    }
    std::uint32_t outstanding() const override { return busy; }

    bool up = true;
    std::uint32_t busy = 0;

private:
    std::string name_;
};

std::shared_ptr<NamedBackend> backendCalled(const char* name)
{
    return std::make_shared<NamedBackend>(name);
}

backend::ModelInfo modelCalled(const char* name)
{
    backend::ModelInfo info;
    info.name = name;
    return info;
}

}  // namespace

class TestServe : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void runsUpToTheLimitThenQueuesThenRefuses()
    {
        Admission admission(2, 1);
        QCOMPARE(admission.arrive(RequestId{1}, "a"), Admission::Verdict::Run);
        QCOMPARE(admission.arrive(RequestId{2}, "a"), Admission::Verdict::Run);
        QCOMPARE(admission.arrive(RequestId{3}, "a"), Admission::Verdict::Wait);
        QCOMPARE(admission.arrive(RequestId{4}, "a"), Admission::Verdict::Refuse);
        QCOMPARE(admission.leave(), RequestId{3});
        QVERIFY(!admission.leave());
        QCOMPARE(admission.running(), 1u);
    }

    void waitingClientsTakeTurns()
    {
        Admission admission(1, 10);
        QCOMPARE(admission.arrive(RequestId{1}, "busy"), Admission::Verdict::Run);
        for (std::uint64_t id = 2; id <= 4; ++id) admission.arrive(RequestId{id}, "busy");
        admission.arrive(RequestId{5}, "quiet");
        QCOMPARE(admission.leave(), RequestId{2});
        QCOMPARE(admission.leave(), RequestId{5});  // not behind all of the busy one's
        QCOMPARE(admission.leave(), RequestId{3});
        QCOMPARE(admission.leave(), RequestId{4});
    }

    void whoGivesUpIsPassedOver()
    {
        Admission admission(1, 10);
        admission.arrive(RequestId{1}, "a");
        admission.arrive(RequestId{2}, "a");
        admission.arrive(RequestId{3}, "b");
        admission.giveUp(RequestId{2});
        QCOMPARE(admission.waiting(), 1u);
        QCOMPARE(admission.leave(), RequestId{3});
    }

    void aLowerLimitDrainsAndAHigherOneFrees()
    {
        Admission admission(3, 10);
        for (std::uint64_t id = 1; id <= 5; ++id) admission.arrive(RequestId{id}, "a");
        QVERIFY(admission.apply(1, 10).empty());
        QVERIFY(!admission.leave());
        QVERIFY(!admission.leave());
        QCOMPARE(admission.leave(), RequestId{4});
        const auto freed = admission.apply(4, 10);
        QCOMPARE(freed.size(), std::size_t{1});
        QCOMPARE(admission.running(), 2u);
    }

    void admissionHoldsItsInvariantsWhateverHappens()
    {
        const auto seed = std::random_device{}();
        qInfo("seed %u", seed);
        std::mt19937 random(seed);
        Admission admission(4, 8);
        std::set<std::uint64_t> running, waiting;
        std::uint64_t next = 0;
        const auto granted = [&](RequestId id) {
            QVERIFY(waiting.erase(id.value) == 1);
            running.insert(id.value);
        };
        for (int step = 0; step < 20000; ++step) {
            switch (random() % 5) {
                case 0:
                case 1: {
                    const RequestId id{++next};
                    const auto verdict = admission.arrive(id, std::string(1, static_cast<char>('a' + random() % 3)));
                    if (verdict == Admission::Verdict::Run) running.insert(id.value);
                    if (verdict == Admission::Verdict::Wait) waiting.insert(id.value);
                    if (verdict == Admission::Verdict::Refuse) QVERIFY(waiting.size() >= admission.queueMax());
                    break;
                }
                case 2:
                    if (!running.empty()) {
                        running.erase(running.begin());
                        if (const auto id = admission.leave()) granted(*id);
                    }
                    break;
                case 3:
                    if (!waiting.empty()) {
                        const auto id = *waiting.begin();
                        waiting.erase(id);
                        admission.giveUp(RequestId{id});
                    }
                    break;
                default:
                    if (step % 50 == 0)
                        for (const auto id : admission.apply(static_cast<std::uint32_t>(1 + random() % 6),
                                                             static_cast<std::uint32_t>(random() % 10)))
                            granted(id);
            }
            QCOMPARE(admission.running(), static_cast<std::uint32_t>(running.size()));
            QCOMPARE(admission.waiting(), static_cast<std::uint32_t>(waiting.size()));
            if (admission.running() < admission.runningMax()) QVERIFY(waiting.empty());
        }
    }

    void retriesStayWithinTheirShare()
    {
        RetryBudget budget(20);
        const TimePoint t0{1h};
        int spent = 0;
        for (int request = 0; request < 1000; ++request) {
            budget.request();
            if (budget.spend(t0)) ++spent;
        }
        QVERIFY2(spent >= 190 && spent <= 203, qPrintable(QString::number(spent)));
    }

    void aLoneRequestMayBeRetriedAfterAQuietSecond()
    {
        RetryBudget budget(20);
        const TimePoint t0{1h};
        while (budget.spend(t0)) {
        }
        QVERIFY(!budget.spend(t0 + 100ms));
        QVERIFY(budget.spend(t0 + 1s));
        budget.apply(0);
        QVERIFY(!budget.spend(t0 + 1h));
    }

    void routesToTheLeastBusyAvailableBackend()
    {
        Router router;
        auto first = backendCalled("first");
        auto second = backendCalled("second");
        router.setModels(first, {modelCalled("m")});
        router.setModels(second, {modelCalled("m"), modelCalled("only")});
        first->busy = 3;
        QCOMPARE(router.route("m")->backend->name(), std::string("second"));
        second->up = false;
        QCOMPARE(router.route("m")->backend->name(), std::string("first"));
        QVERIFY(!router.hasOther("m", "first"));
        const auto refused = router.route("only");
        QCOMPARE(refused.status().code(), absl::StatusCode::kUnavailable);
        QVERIFY(text(refused.status()).find("second is down") != std::string::npos);
        const auto tried = router.route("m", {"first"});
        QCOMPARE(tried.status().code(), absl::StatusCode::kUnavailable);
    }

    void anUnknownModelIsToldWhatThereIs()
    {
        Router router;
        router.setModels(backendCalled("b"), {modelCalled("digits-s"), modelCalled("scribe")});
        const auto refused = router.route("digits");
        QCOMPARE(refused.status().code(), absl::StatusCode::kNotFound);
        QVERIFY(text(refused.status()).find("digits-s, scribe") != std::string::npos);
        QCOMPARE(fieldOf(refused.status()), std::string("model"));
        router.removeBackend("b");
        QVERIFY(text(router.route("digits-s").status()).find("no backend has listed") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestServe)
#include "tst_serve.moc"
