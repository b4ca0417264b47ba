// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/admission_control.h"
#include "serve/open_calls.h"
#include "support/manual_clock.h"

#include <QtTest>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace millrace;
using namespace millrace::serve;
using namespace millrace::testing;

namespace {

/// Calls that ask to be let in, in time that moves only when told.
struct Stage {
    explicit Stage(std::uint32_t runningMax = 1, std::uint32_t queueMax = 2)
        : admission(io.get_executor(), clock, registry, runningMax, queueMax),
          poll(io.get_executor(), clock, registry, 0us),
          calls(std::make_shared<OpenCalls>(clock, registry, admission, poll))
    {}

    std::shared_ptr<CallState> call(Duration limit = 1min, const std::string& program = "p")
    {
        CallInfo info;
        info.client = program + " · 1";
        info.program = program;
        return std::make_shared<CallState>(calls, info, limit);
    }
    /// As the gateway asks: at once, or in the queue.
    static net::awaitable<Status> enter(AdmissionControl& admission, std::shared_ptr<CallState> call)
    {
        if (const auto now = admission.admitNow(*call)) co_return *now;
        co_return co_await admission.admit(*call);
    }
    Running<Status> enter(const std::shared_ptr<CallState>& call) { return start(io, enter(admission, call)); }
    double permits() const { return registry.gaugeTotal("millrace_admission_permits"); }
    double waiters() const { return registry.gaugeTotal("millrace_admission_waiters"); }

    Registry registry;
    net::io_context io;
    ManualClock clock{io};
    AdmissionControl admission;
    BusyPoll poll;
    std::shared_ptr<OpenCalls> calls;
};

}  // namespace

/// How calls are let in; who is next is Admission's (tst_serve).
class TestAdmissionControl : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whatBecomesOfAWaiter_data()
    {
        using Happens = std::function<void(Stage&, CallState & first, CallState & second)>;
        QTest::addColumn<Happens>("happens");
        QTest::addColumn<int>("code");  // -1: it waits still
        QTest::addColumn<QString>("says");
        const auto row = [](const char* name, absl::StatusCode code, const char* says, Happens happens) {
            QTest::newRow(name) << happens << static_cast<int>(code) << says;
        };
        QTest::newRow("nothing happens") << Happens([](Stage&, CallState&, CallState&) {}) << -1 << "";
        row("a slot becomes free", absl::StatusCode::kOk, "", [](Stage& stage, CallState& first, CallState&) {
            onStrand(stage.io, [&] { stage.admission.release(first.permit); });
        });
        row("the limit is raised", absl::StatusCode::kOk, "",
            [](Stage& stage, CallState&, CallState&) { onStrand(stage.io, [&] { stage.admission.apply(2, 2); }); });
        row("its deadline comes", absl::StatusCode::kDeadlineExceeded, "",
            [](Stage& stage, CallState&, CallState&) { stage.clock.advance(1min); });
        row("its client leaves", absl::StatusCode::kCancelled, "has left",
            [](Stage& stage, CallState&, CallState& second) {
                onStrand(stage.io, [&] { second.cancel("the client has left"); });
            });
        row("the engine stops", absl::StatusCode::kUnavailable, "draining",
            [](Stage& stage, CallState&, CallState& second) {
                onStrand(stage.io, [&] { second.cutOff("draining"); });
            });
        row("all are refused", absl::StatusCode::kUnavailable, "no more", [](Stage& stage, CallState&, CallState&) {
            onStrand(stage.io, [&] { stage.admission.refuseAll(unavailable("no more")); });
        });
        row("its client leaves as the slot becomes free", absl::StatusCode::kCancelled, "has left",
            [](Stage& stage, CallState& first, CallState& second) {
                onStrand(stage.io, [&] {
                    stage.admission.release(first.permit);
                    second.cancel("the client has left");
                });
            });
    }

    void whatBecomesOfAWaiter()
    {
        using Happens = std::function<void(Stage&, CallState & first, CallState & second)>;
        QFETCH(const Happens, happens);
        QFETCH(const int, code);
        QFETCH(const QString, says);
        Stage stage;
        const auto first = stage.call(), second = stage.call();
        auto entered = stage.enter(first);
        QVERIFY(entered.done() && entered.take().ok());
        QCOMPARE(stage.permits(), 1.0);
        auto waits = stage.enter(second);
        QVERIFY(!waits.done());
        QCOMPARE(stage.waiters(), 1.0);
        happens(stage, *first, *second);
        QCOMPARE(waits.done(), code >= 0);
        if (code < 0) {
            onStrand(stage.io, [&] { second->cancel("the end of the test"); });
            return;
        }
        const Status status = waits.take();
        QCOMPARE(static_cast<int>(status.code()), code);
        QVERIFY2(QString::fromStdString(text(status)).contains(says), text(status).c_str());
        QCOMPARE(static_cast<bool>(second->permit), status.ok());
        QCOMPARE(stage.waiters(), 0.0);
        // Whatever became of it, no slot is lost.
        onStrand(stage.io, [&] {
            stage.admission.apply(1, 2);
            stage.admission.release(first->permit);
            stage.admission.release(second->permit);
        });
        QCOMPARE(stage.permits(), 0.0);
        const auto third = stage.call();
        auto again = stage.enter(third);
        QVERIFY(again.done() && again.take().ok());
    }

    void aFullQueueIsRefusedAtOnce()
    {
        Stage stage(1, 2);
        std::vector<std::shared_ptr<CallState>> calls;
        std::vector<Running<Status>> waiting;
        for (int i = 0; i < 3; ++i) {
            calls.push_back(stage.call());
            waiting.push_back(stage.enter(calls.back()));
        }
        QCOMPARE(stage.waiters(), 2.0);
        const auto late = stage.call();
        auto refused = stage.enter(late);
        QVERIFY(refused.done());
        const Status status = refused.take();
        QCOMPARE(status.code(), absl::StatusCode::kResourceExhausted);
        QVERIFY(retryAfterOf(status).has_value());
        for (const char* named : {"limits.requests_max", "limits.queue_max"})
            QVERIFY2(text(status).find(named) != std::string::npos, text(status).c_str());
        onStrand(stage.io, [&] { stage.admission.refuseAll(unavailable("the end of the test")); });
        QVERIFY(waiting[1].done() && waiting[2].done());
    }

    void requestsDuringShutdownAreRefusedWithTheReason()
    {
        Stage stage;
        onStrand(stage.io, [&] { stage.calls->gate().close(); });
        const auto call = stage.call();
        auto entered = stage.enter(call);
        QVERIFY(entered.done());
        QCOMPARE(entered.take().code(), absl::StatusCode::kUnavailable);
        QCOMPARE(stage.permits(), 0.0);
    }

    void theTimeOfTheWaitIsKept()
    {
        Stage stage;
        const auto first = stage.call(), second = stage.call();
        auto entered = stage.enter(first);
        QVERIFY(entered.done());
        auto waits = stage.enter(second);
        QCOMPARE(second->ctx.trace->phase(), Phase::Queued);
        stage.clock.advance(250ms);
        onStrand(stage.io, [&] { stage.admission.release(first->permit); });
        QVERIFY(waits.done() && waits.take().ok());
        QCOMPARE(second->admitted, stage.clock.now());
        QVERIFY(!second->ctx.trace->decisions.empty());
    }
};

QTEST_GUILESS_MAIN(TestAdmissionControl)
#include "tst_admission_control.moc"
