// SPDX-License-Identifier: GPL-3.0-or-later
#include "inference.pb.h"
#include "serve/admission.h"
#include "serve/failover.h"
#include "serve/retry_budget.h"
#include "serve/router.h"
#include "support/seed.h"

#include <QtTest>

#include <map>
#include <random>
#include <set>

using namespace millrace;
using namespace millrace::serve;

namespace {

/// A backend that is only ever asked whether it is there.
class NamedBackend final : public backend::Backend {
public:
    explicit NamedBackend(std::string name) : name_(std::move(name)) {}

    const std::string& name() const override { return name_; }
    backend::BackendKind kind() const override { return backend::BackendKind::OpenAi; }
    backend::Capabilities capabilities() const override { return can; }
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
    net::awaitable<StatusOr<pool::HttpResponse>> http(pool::HttpRequest&&, const CallContext&) override
    {
        co_return unimplemented("not asked");
    }
    std::uint32_t outstanding() const override { return busy; }

    backend::Capabilities can{.tensors = true, .openai = true};
    bool up = true;
    std::uint32_t busy = 0;

private:
    std::string name_;
};

/// Requests around an Admission: the permits they hold, and what the others were told.
struct Queue {
    enum Fate { Runs, Waits, Refused };

    Queue(std::uint32_t runningMax, std::uint32_t queueMax) : admission(runningMax, queueMax) {}

    Fate arrive(std::uint64_t id, const std::string& program, TimePoint deadline = TimePoint::max())
    {
        if (auto permit = admission.tryEnter()) {
            permits.emplace(id, std::move(permit));
            return Runs;
        }
        const bool waits =
            admission.queue(RequestId{id}, program, deadline, [this, id](StatusOr<Admission::Permit> permit) {
                if (!permit.ok())
                    refused.emplace(id, permit.status());
                else if (!drops)
                    (delays ? travelling : permits).emplace(id, *std::move(permit));
            });
        return waits ? Waits : Refused;
    }

    // A permit that ends may bring another one, so that it must not end while the map changes.
    void end(std::uint64_t id) { const auto permit = permits.extract(id); }
    void endFirst() { end(permits.begin()->first); }
    void endAll() { const auto all = std::exchange(permits, {}); }

    Admission admission;
    bool drops = false;   ///< a permit that is granted is not wanted any more
    bool delays = false;  ///< it is on its way for a while
    std::map<std::uint64_t, Admission::Permit> permits, travelling;
    std::map<std::uint64_t, Status> refused;
};

std::shared_ptr<NamedBackend> backendCalled(const char* name)
{
    return std::make_shared<NamedBackend>(name);
}

const TimePoint t0{1h};

std::string nameOf(const StatusOr<Router::Choice>& choice)
{
    return choice.ok() ? choice->backend->name() : text(choice.status());
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
        Queue queue(2, 1);
        QCOMPARE(queue.arrive(1, "a"), Queue::Runs);
        QCOMPARE(queue.arrive(2, "a"), Queue::Runs);
        QCOMPARE(queue.arrive(3, "a"), Queue::Waits);
        QCOMPARE(queue.arrive(4, "a"), Queue::Refused);
        queue.end(1);
        QVERIFY(queue.permits.contains(3));
        QCOMPARE(queue.admission.running(), 2u);
        queue.endAll();
        QCOMPARE(queue.admission.running(), 0u);
    }

    void programsTakeTurns()
    {
        Queue queue(1, 10);
        queue.arrive(1, "busy");
        for (std::uint64_t id = 2; id <= 4; ++id) queue.arrive(id, "busy");
        queue.arrive(5, "quiet");
        for (const std::uint64_t next : {2, 5, 3, 4}) {  // quiet's not behind all of the busy one's
            queue.endFirst();
            QCOMPARE(queue.permits.begin()->first, next);
        }
    }

    void whoLeavesIsForgottenWithItsProgram()
    {
        Queue queue(1, 1000);
        queue.arrive(1, "a");
        for (std::uint64_t id = 2; id < 500; ++id) {
            queue.arrive(id, "program " + std::to_string(id));
            queue.admission.leave(RequestId{id});
        }
        queue.arrive(900, "b");
        QCOMPARE(queue.admission.waiting(), 1u);
        QCOMPARE(queue.admission.programs(), 1u);
        queue.admission.leave(RequestId{1});  // it does not wait
        queue.endAll();
        QVERIFY(queue.permits.contains(900));
    }

    void aWaiterIsRefusedAtItsDeadline()
    {
        Queue queue(1, 10);
        queue.arrive(1, "a");
        queue.arrive(2, "a", t0 + 200ms);
        queue.arrive(3, "a", t0 + 100ms);
        QCOMPARE(queue.admission.wakeAt(), std::optional(t0 + 100ms));
        queue.admission.expire(t0 + 99ms);
        QVERIFY(queue.refused.empty());
        queue.admission.expire(t0 + 100ms);
        QCOMPARE(queue.refused.at(3).code(), absl::StatusCode::kDeadlineExceeded);
        QCOMPARE(queue.admission.wakeAt(), std::optional(t0 + 200ms));
        queue.admission.refuseAll(unavailable("closing"));
        QCOMPARE(queue.refused.at(2).code(), absl::StatusCode::kUnavailable);
        QVERIFY(!queue.admission.wakeAt());
    }

    void aLowerLimitDrainsAndAHigherOneFrees()
    {
        Queue queue(3, 10);
        for (std::uint64_t id = 1; id <= 5; ++id) queue.arrive(id, "a");
        queue.admission.apply(1, 10);
        QCOMPARE(queue.admission.running(), 3u);
        queue.end(1);
        queue.end(2);
        QCOMPARE(queue.admission.running(), 1u);
        queue.end(3);
        QVERIFY(queue.permits.contains(4));
        queue.admission.apply(4, 10);
        QVERIFY(queue.permits.contains(5));
        QCOMPARE(queue.admission.running(), 2u);
    }

    void aPermitThatIsDroppedAtOnceGoesToTheNext()
    {
        Queue queue(1, 10000);
        queue.arrive(1, "a");
        queue.drops = true;
        for (std::uint64_t id = 2; id <= 9000; ++id) queue.arrive(id, "a");
        queue.endAll();  // no deep recursion, and none is lost
        QCOMPARE(queue.admission.waiting(), 0u);
        QCOMPARE(queue.admission.running(), 0u);
    }

    void admissionHoldsItsInvariantsWhateverHappens()
    {
        const auto seed = testSeed();
        std::mt19937 random(seed);
        for (int round = 0; round < 20; ++round) {
            Queue queue(4, 8);
            // Those that were granted a permit go on later: until then it travels.
            queue.delays = true;
            std::set<std::uint64_t> arrived;
            std::uint64_t next = 0;
            TimePoint now = t0;
            for (int step = 0; step < 2000; ++step) {
                now += 1ms;
                switch (random() % 7) {
                    case 0:
                    case 1: {
                        const auto id = ++next;
                        const auto deadline = random() % 2 ? TimePoint::max() : now + 10ms;
                        const auto fate =
                            queue.arrive(id, std::string(1, static_cast<char>('a' + random() % 3)), deadline);
                        if (fate == Queue::Refused)
                            QVERIFY(queue.admission.waiting() >= queue.admission.queueMax());
                        else
                            arrived.insert(id);
                        break;
                    }
                    case 2:
                        if (!queue.permits.empty()) queue.endFirst();
                        break;
                    case 3:  // leaves, whether it waits, travels or runs
                        if (!arrived.empty()) {
                            const auto id = *std::next(arrived.begin(), static_cast<long>(random() % arrived.size()));
                            queue.admission.leave(RequestId{id});
                            const auto permit = queue.travelling.extract(id);
                            arrived.erase(id);
                        }
                        break;
                    case 4:
                        queue.admission.expire(now);
                        break;
                    case 5:
                        for (auto& [id, permit] : std::exchange(queue.travelling, {}))
                            queue.permits.emplace(id, std::move(permit));
                        break;
                    default:
                        if (step % 50 == 0)
                            queue.admission.apply(static_cast<std::uint32_t>(1 + random() % 6),
                                                  static_cast<std::uint32_t>(random() % 10));
                }
                QCOMPARE(queue.admission.running(),
                         static_cast<std::uint32_t>(queue.permits.size() + queue.travelling.size()));
                QVERIFY(queue.admission.programs() <= queue.admission.waiting());
                if (queue.admission.running() < queue.admission.runningMax()) QCOMPARE(queue.admission.waiting(), 0u);
            }
            queue.drops = true;
            queue.endAll();
            static_cast<void>(std::exchange(queue.travelling, {}));
            QCOMPARE(queue.admission.running(), 0u);
            QCOMPARE(queue.admission.waiting(), 0u);
            QCOMPARE(queue.admission.programs(), 0u);
            QVERIFY(!queue.admission.wakeAt());
        }
    }

    void retriesStayWithinTheirShare()
    {
        RetryBudget budget(20);
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
        router.setModels(first, {modelCalled("m")}, 0);
        router.setModels(second, {modelCalled("m"), modelCalled("only")}, 1);
        first->busy = 3;
        QCOMPARE(nameOf(router.route("m", Need::OpenAi, t0)), std::string("second"));
        second->up = false;
        const auto one = router.route("m", Need::OpenAi, t0);
        QCOMPARE(nameOf(one), std::string("first"));
        QVERIFY(!one->others);
        const auto refused = router.route("only", Need::OpenAi, t0);
        QCOMPARE(refused.status().code(), absl::StatusCode::kUnavailable);
        QVERIFY(text(refused.status()).find("second: is down") != std::string::npos);
        const auto tried = router.route("m", Need::OpenAi, t0, {first.get()});
        QCOMPARE(tried.status().code(), absl::StatusCode::kUnavailable);
    }

    void prefersThoseThatDidNotRefuseThenTheWarmOnes()
    {
        std::string warm;
        Router router([&](const std::string&, const backend::Backend& backend) { return backend.name() == warm; });
        auto first = backendCalled("first"), second = backendCalled("second");
        router.setModels(first, {modelCalled("m")}, 0);
        router.setModels(second, {modelCalled("m")}, 1);
        second->busy = 9;
        warm = "second";
        QCOMPARE(nameOf(router.route("m", Need::OpenAi, t0)), std::string("second"));
        router.avoid("m", *second, t0 + 5s);
        QCOMPARE(nameOf(router.route("m", Need::OpenAi, t0)), std::string("first"));
        router.setModels(second, {modelCalled("m")}, 1);  // it lists again: that does not make it better
        QCOMPARE(nameOf(router.route("m", Need::OpenAi, t0)), std::string("first"));
        QCOMPARE(nameOf(router.route("m", Need::OpenAi, t0 + 5s)), std::string("second"));
        first->up = false;
        QCOMPARE(nameOf(router.route("m", Need::OpenAi, t0)), std::string("second"));  // better than nobody
    }

    void listingDoesNotReorderTies()
    {
        Router router;
        auto first = backendCalled("first"), second = backendCalled("second");
        router.setModels(second, {modelCalled("m")}, 1);
        router.setModels(first, {modelCalled("m")}, 0);
        for (int i = 0; i < 4; ++i) {
            QCOMPARE(nameOf(router.route("m", Need::OpenAi, t0)), std::string("first"));
            router.setModels(i % 2 ? first : second, {modelCalled("m")}, i % 2 ? 0 : 1);
        }
    }

    void aBackendThatDoesNotSpeakItIsPassedOver()
    {
        Router router;
        auto tensors = backendCalled("tensors"), texts = backendCalled("texts");
        tensors->can = {.tensors = true};
        texts->can = {.openai = true};
        router.setModels(tensors, {modelCalled("m"), modelCalled("t")}, 0);
        router.setModels(texts, {modelCalled("m")}, 1);
        QCOMPARE(nameOf(router.route("m", Need::OpenAi, t0)), std::string("texts"));
        QCOMPARE(nameOf(router.route("m", Need::Tensors, t0)), std::string("tensors"));
        const auto none = router.route("t", Need::OpenAi, t0);
        QCOMPARE(none.status().code(), absl::StatusCode::kInvalidArgument);
        QVERIFY(text(none.status()).find("does not support OpenAI routes") != std::string::npos);
    }

    void theErrorForAnUnknownModelListsTheModels()
    {
        Router router;
        auto backend = backendCalled("b");
        router.setModels(backend, {modelCalled("digits-s"), modelCalled("scribe")});
        const auto refused = router.route("digits", Need::OpenAi, t0);
        QCOMPARE(refused.status().code(), absl::StatusCode::kNotFound);
        QVERIFY(text(refused.status()).find("digits-s, scribe") != std::string::npos);
        QCOMPARE(fieldOf(refused.status()), std::string("model"));
        router.removeBackend(*backend);
        QVERIFY(!router.knows("digits-s"));
    }

    void retryAfterIsReadFromAnswers()
    {
        using Fields = http::HttpFields;
        QCOMPARE(Failover::retryAfter(Fields{{"Retry-After", "7"}}), std::optional(std::chrono::milliseconds(7000)));
        QCOMPARE(Failover::retryAfter(Fields{{"retry-after-ms", "250"}, {"Retry-After", "7"}}),
                 std::optional(std::chrono::milliseconds(250)));
        for (const char* none : {"", "-1", "Wed, 21 Oct 2026 07:28:00 GMT", "7 s", "nan", "1e300"})
            QVERIFY(!Failover::retryAfter(Fields{{"Retry-After", none}}));
    }
};

QTEST_GUILESS_MAIN(TestServe)
#include "tst_serve.moc"
