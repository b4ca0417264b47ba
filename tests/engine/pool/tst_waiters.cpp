// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/waiters.h"
#include "support/manual_clock.h"

#include <QtTest>

#include <functional>
#include <optional>
#include <set>

using namespace millrace;
using namespace millrace::pool;
using namespace millrace::testing;

namespace {

constexpr WaiterId kFirst{1}, kSecond{2};

/// As the ledger has it: who waits still.
struct Stage : Waiters::Owner {
    bool cancelWaiter(WaiterId id) override { return known.erase(id) == 1; }

    /// What a coroutine that waits finds.
    enum class Outcome { Granted, Refused, Cancelled };
    static net::awaitable<Outcome> wait(Waiters& waiters, WaiterId id, CancelToken cancel)
    {
        Waiters::Wait wait(waiters, id, cancel);
        while (!wait.over()) co_await wait.signal().wait();
        co_return wait.granted() ? Outcome::Granted : wait.refused() ? Outcome::Refused : Outcome::Cancelled;
    }
    Running<Outcome> begin(WaiterId id)
    {
        known.insert(id);
        return start(io, wait(waiters, id, cancel.token()));
    }

    net::io_context io;
    std::set<WaiterId> known;
    CancelSource cancel;
    Waiters waiters{io.get_executor(), *this};
};

}  // namespace

/// Who waits for a connection; who gets one is the ledger's (tst_pool).
class TestWaiters : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aWaiterHearsWhatWasDecided_data()
    {
        using Happens = std::function<void(Stage&)>;
        QTest::addColumn<Happens>("happens");
        QTest::addColumn<int>("outcome");  // -1: it waits still
        const auto row = [](const char* name, Stage::Outcome outcome, Happens happens) {
            QTest::newRow(name) << happens << static_cast<int>(outcome);
        };
        const auto grant = [](Stage& stage, WaiterId id) {
            stage.known.erase(id);
            return stage.waiters.grant(id, {ConnectionId{7}, true});
        };
        QTest::newRow("nothing") << Happens([](Stage&) {}) << -1;
        QTest::newRow("something of another one")
            << Happens([grant](Stage& stage) { QVERIFY(!grant(stage, kSecond)); }) << -1;
        row("granted", Stage::Outcome::Granted, [grant](Stage& stage) { QVERIFY(grant(stage, kFirst)); });
        row("refused", Stage::Outcome::Refused, [](Stage& stage) {
            stage.known.erase(kFirst);
            stage.waiters.refuse(kFirst, Refusal::WaitedTooLong);
        });
        row("cancelled", Stage::Outcome::Cancelled, [](Stage& stage) { stage.cancel.cancel("left"); });
        // What was decided is on its way: it must be taken, or nobody would give it back.
        row("granted, then cancelled", Stage::Outcome::Granted, [grant](Stage& stage) {
            QVERIFY(grant(stage, kFirst));
            stage.cancel.cancel("left");
        });
        row("cancelled, then refused in the same turn", Stage::Outcome::Refused, [](Stage& stage) {
            stage.cancel.cancel("left");
            stage.waiters.refuse(kFirst, Refusal::WaitedTooLong);
        });
    }

    void aWaiterHearsWhatWasDecided()
    {
        using Happens = std::function<void(Stage&)>;
        QFETCH(const Happens, happens);
        QFETCH(const int, outcome);
        Stage stage;
        auto waits = stage.begin(kFirst);
        QVERIFY(!waits.done());
        onStrand(stage.io, [&] { happens(stage); });
        QCOMPARE(waits.done(), outcome >= 0);
        if (outcome >= 0) {
            QCOMPARE(static_cast<int>(waits.take()), outcome);
            // It has taken itself out.
            onStrand(stage.io, [&] { QVERIFY(!stage.waiters.grant(kFirst, {ConnectionId{8}, false})); });
        } else {
            onStrand(stage.io, [&] { stage.waiters.refuse(kFirst, Refusal::WaitedTooLong); });
        }
    }

    void aGrantForACoroutineThatIsGoneIsNotTaken()
    {
        Stage stage;
        {
            Waiters::Wait wait(stage.waiters, kFirst, stage.cancel.token());
            QVERIFY(stage.waiters.grant(kFirst, {ConnectionId{7}, true}));
            QVERIFY(wait.over() && wait.granted()->reused);
        }
        QVERIFY(!stage.waiters.grant(kFirst, {ConnectionId{7}, true}));
        stage.waiters.refuse(kFirst, Refusal::WaitedTooLong);  // nobody hears it
        stage.known.insert(kFirst);
        stage.cancel.cancel("left");  // nor this
        QVERIFY(stage.known.contains(kFirst));
    }
};

QTEST_GUILESS_MAIN(TestWaiters)
#include "tst_waiters.moc"
