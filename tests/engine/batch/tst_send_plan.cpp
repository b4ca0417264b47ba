// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/send_plan.h"
#include "support/seed.h"

#include <QTest>

#include <bit>
#include <random>
#include <set>

using namespace millrace;
using batch::Blame;
using batch::blameOf;
using batch::SendPlan;
using Outcome = SendPlan::Outcome;

namespace {

/// How a backend behaves that refuses parts with a member at fault, or of more rows than it takes.
struct Backend {
    std::set<std::size_t> faulty;
    std::size_t rowsMax = SIZE_MAX;
    bool divides = true;
    Blame blame = Blame::Member;  ///< as which its refusals count
    std::size_t retries = 0;      ///< calls that the retry budget gives
};

/// Sends a batch of `members` rows, one each, to its end. The parts as "0-8 0-4 …"; answered and refused members.
struct Sent {
    QString parts;
    std::size_t calls = 0;
    std::size_t retries = 0;
    std::multiset<std::size_t> answered, refused;
};

Sent send(SendPlan& plan, const Backend& backend)
{
    Sent sent;
    const auto retry = [&] { return sent.retries < backend.retries && ++sent.retries > 0; };
    while (const auto part = plan.next(retry)) {
        ++sent.calls;
        sent.parts += QString("%1%2-%3").arg(sent.parts.isEmpty() ? "" : " ").arg(part->from).arg(part->to);
        const std::size_t rows = part->to - part->from;
        const auto fault = backend.faulty.lower_bound(part->from);
        const bool refuses = rows > backend.rowsMax || (fault != backend.faulty.end() && *fault < part->to);
        if (refuses) {
            const auto outcome =
                plan.refused(rows, static_cast<std::uint32_t>(rows), invalidArgument("no"), backend.blame);
            if (outcome != SendPlan::Outcome::Again) sent.refused.insert(part->from);
        } else if (!backend.divides && rows > 1) {
            plan.indivisible(true);
        } else {
            plan.answered(rows, static_cast<std::uint32_t>(rows));
            for (std::size_t i = part->from; i < part->to; ++i) sent.answered.insert(i);
        }
    }
    return sent;
}

bool never()
{
    return false;
}

}  // namespace

Q_DECLARE_METATYPE(millrace::Status)

/// In which parts a batch is sent, and what that says about the backend.
class TestSendPlan : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void parts_data()
    {
        QTest::addColumn<int>("members");
        QTest::addColumn<QList<int>>("faulty");
        QTest::addColumn<int>("rowsMax");
        QTest::addColumn<bool>("divides");
        QTest::addColumn<QString>("parts");
        QTest::addColumn<QString>("limit");
        const int any = 1000;
        QTest::newRow("whole") << 8 << QList<int>{} << any << true << "0-8"
                               << "";
        QTest::newRow("one alone") << 1 << QList<int>{} << any << true << "0-1"
                                   << "";
        QTest::newRow("one alone, at fault") << 1 << QList<int>{0} << any << true << "0-1"
                                             << "";
        QTest::newRow("the last at fault") << 4 << QList<int>{3} << any << true << "0-4 0-2 2-4 2-3 3-4"
                                           << "";
        QTest::newRow("odd") << 5 << QList<int>{0} << any << true << "0-5 3-5 0-3 2-3 0-2 0-1 1-2"
                             << "";
        QTest::newRow("all at fault") << 3 << QList<int>{0, 1, 2} << any << true << "0-3 2-3 0-2 0-1 1-2"
                                      << "";
        QTest::newRow("too many rows") << 8 << QList<int>{} << 4 << true << "0-8 0-4 4-8"
                                       << "4 of 8";
        QTest::newRow("much too many") << 8 << QList<int>{} << 2 << true << "0-8 0-4 4-8 0-2 2-4 4-6 6-8"
                                       << "2 of 4";
        QTest::newRow("too many, and one at fault: not known which")
            << 4 << QList<int>{0} << 2 << true << "0-4 0-2 2-4 0-1 1-2"
            << "";
        QTest::newRow("does not divide") << 3 << QList<int>{} << any << false << "0-3 0-1 1-2 2-3"
                                         << "";
        QTest::newRow("refused, then its half does not divide")
            << 4 << QList<int>{} << 2 << false << "0-4 0-2 0-1 2-4 1-2 2-3 3-4"
            << "1 of 4";
    }
    void parts()
    {
        QFETCH(int, members);
        QFETCH(QList<int>, faulty);
        QFETCH(int, rowsMax);
        QFETCH(bool, divides);
        QFETCH(QString, parts);
        QFETCH(QString, limit);
        Backend backend;
        backend.faulty = {faulty.begin(), faulty.end()};
        backend.rowsMax = static_cast<std::size_t>(rowsMax);
        backend.divides = divides;
        SendPlan plan(static_cast<std::size_t>(members));
        QCOMPARE(send(plan, backend).parts, parts);
        const auto found = plan.rowLimit();
        QCOMPARE(found ? QString("%1 of %2").arg(found->taken).arg(found->refused) : "", limit);
    }

    void whatConcernsEveryoneEndsIt()
    {
        SendPlan plan(8);
        QVERIFY(plan.next(never));
        QVERIFY(plan.refused(8, 8, invalidArgument("shape"), Blame::Member) == Outcome::Again);
        QCOMPARE(QString::fromStdString(std::string(plan.refusal().message())), "shape");
        QVERIFY(plan.next(never) == (SendPlan::Part{0, 4}));
        plan.answered(4, 4);
        QVERIFY(plan.next(never) == (SendPlan::Part{4, 8}));
        QVERIFY(plan.refused(4, 4, unavailable("down"), Blame::Everyone) == Outcome::ForAll);
        QVERIFY(!plan.next(never));
        QVERIFY(!plan.rowLimit());  // who fails for reasons of its own says nothing about rows
        QVERIFY(!plan.gaveUp());
    }

    void aPartThatNobodyWaitsForIsPassedOver()
    {
        SendPlan plan(4);
        plan.next(never);
        plan.refused(4, 4, invalidArgument("no"), Blame::Member);
        plan.next(never);  // both of its members have left
        QVERIFY(plan.next(never) == (SendPlan::Part{2, 4}));
        // One of these has left: the other was alone, and is not sent a second time.
        QVERIFY(plan.refused(1, 1, invalidArgument("no"), Blame::Member) == Outcome::ForPart);
        QVERIFY(!plan.next(never));
    }

    /// One member's answer that spoils the whole is found in halves; where no answer divides, the rest goes one by one.
    void anAnswerThatDoesNotDivide()
    {
        const auto run = [](std::size_t members, const std::function<bool(SendPlan::Part)>& divides) {
            SendPlan plan(members);
            QString parts;
            while (const auto part = plan.next(never)) {
                parts += QString(" %1-%2").arg(part->from).arg(part->to);
                const std::size_t several = part->to - part->from;
                if (several == 1 || divides(*part))
                    plan.answered(several, static_cast<std::uint32_t>(several));
                else
                    plan.indivisible(false);
            }
            return parts + (plan.oneByOne() ? " for good" : "");
        };
        QCOMPARE(run(8, [](auto) { return false; }), " 0-8 0-4 4-8 0-2 2-4 0-1 1-2 2-3 3-4 4-5 5-6 6-7 7-8 for good");
        QCOMPARE(run(8, [](auto part) { return part.from > 5 || part.to <= 5; }), " 0-8 0-4 4-8 4-6 6-8 4-5 5-6");
        QCOMPARE(run(2, [](auto) { return false; }), " 0-2 0-1 1-2");
    }

    /// A backend that is busy is not asked n times instead of once.
    void whoIsBusyIsAskedAgainOnlyWithinTheBudget()
    {
        Backend backend;
        backend.rowsMax = 0;
        backend.blame = Blame::Backend;
        for (const std::size_t retries : {0U, 1U, 5U}) {
            backend.retries = retries;
            SendPlan plan(128);
            const Sent sent = send(plan, backend);
            QCOMPARE(sent.calls, 1 + retries);
            QVERIFY(plan.gaveUp());
        }
        backend.rowsMax = 64;  // the whole was too much; that it was busy says nothing about rows
        backend.retries = 2;
        SendPlan plan(128);
        QCOMPARE(send(plan, backend).parts, "0-128 0-64 64-128");
        QVERIFY(!plan.gaveUp());
        QVERIFY(!plan.rowLimit());
    }

    /// A backend that fails at everything is not asked n times either; each of a small batch is tried.
    void whoFailsAtEverythingIsLeftAlone()
    {
        Backend backend;
        backend.rowsMax = 0;
        backend.blame = Blame::Unclear;
        SendPlan large(500);
        QCOMPARE(send(large, backend).calls, SendPlan::hopeMax(500) + 1);
        QVERIFY(large.gaveUp());
        SendPlan small(8);
        const Sent sent = send(small, backend);
        QCOMPARE(sent.calls, std::size_t{15});
        QCOMPARE(sent.refused.size(), std::size_t{8});
        QVERIFY(!small.gaveUp());
        // Its judgement is everybody's right, and costs little more than if nothing had been merged.
        backend.blame = Blame::Member;
        SendPlan judged(500);
        const Sent all = send(judged, backend);
        QCOMPARE(all.refused.size(), std::size_t{500});
        QVERIFY(all.calls <= 500 + SendPlan::hopeMax(500) + 1);
    }

    void blame_data()
    {
        QTest::addColumn<Status>("why");
        QTest::addColumn<unsigned>("http");
        QTest::addColumn<int>("blame");
        const auto http = [](unsigned status, Blame blame) {
            QTest::addRow("%u", status) << fromHttp(status, "no") << status << static_cast<int>(blame);
        };
        for (const unsigned status : {400U, 403U, 409U, 413U, 422U, 431U, 451U}) http(status, Blame::Member);
        for (const unsigned status : {500U, 507U, 508U}) http(status, Blame::Unclear);
        for (const unsigned status : {408U, 425U, 429U, 502U, 503U, 504U, 520U, 529U}) http(status, Blame::Backend);
        for (const unsigned status : {301U, 307U, 401U, 402U, 404U, 405U, 415U, 501U}) http(status, Blame::Everyone);
        const auto call = [](const char* name, const Status& why, Blame blame) {
            QTest::newRow(name) << why << 0U << static_cast<int>(blame);
        };
        call("invalid argument", invalidArgument("row 3"), Blame::Member);
        call("internal", internal("it threw"), Blame::Unclear);
        call("broke off", unavailable("connection reset"), Blame::Backend);
        call("exhausted", resourceExhausted("out of memory"), Blame::Backend);
        call("not sent", withUnsent(unavailable("connection refused")), Blame::Everyone);
        call("too late", deadlineExceeded("late"), Blame::Everyone);
        call("cancelled", cancelled("left"), Blame::Everyone);
        call("no such model", notFound("m"), Blame::Everyone);
        QTest::newRow("come back later") << withRetryAfter(fromHttp(429, "slow down"), std::chrono::seconds(7)) << 429U
                                         << static_cast<int>(Blame::Everyone);
    }
    void blame()
    {
        QFETCH(Status, why);
        QFETCH(unsigned, http);
        QFETCH(int, blame);
        QCOMPARE(static_cast<int>(blameOf(why, http, true)), blame);
        // What may have been done is not done again; an answer says that it was not.
        const bool brokeOff = http == 0 && blame == static_cast<int>(Blame::Backend);
        QCOMPARE(static_cast<int>(blameOf(why, http, false)), brokeOff ? static_cast<int>(Blame::Everyone) : blame);
    }

    /// Whatever the backend refuses: each member has one outcome, those at fault are refused and nobody else, and the
    /// calls stay within what halving costs.
    void eachMemberHasItsOwnOutcome()
    {
        const auto seed = testSeed();
        std::mt19937 random(seed);
        for (int round = 0; round < 3000; ++round) {
            const std::size_t members = 1 + random() % 130;
            Backend backend;
            if (random() % 2 == 0) {
                for (std::size_t i = random() % 4; i > 0; --i) backend.faulty.insert(random() % members);
            } else {
                // From a few to all, scattered or side by side.
                const std::size_t share = random() % 101;
                for (std::size_t i = 0; i < members; ++i)
                    if (random() % 100 < share) backend.faulty.insert(i);
                if (random() % 2 == 0 && !backend.faulty.empty()) {
                    const std::size_t from = random() % members;
                    std::set<std::size_t> together;
                    for (std::size_t i = 0; i < backend.faulty.size(); ++i) together.insert((from + i) % members);
                    backend.faulty = together;
                }
            }
            if (random() % 3 == 0) backend.rowsMax = 1 + random() % members;
            backend.divides = random() % 4 != 0;
            SendPlan plan(members);
            const Sent sent = send(plan, backend);
            const QByteArray where = "seed " + QByteArray::number(seed) + " round " + QByteArray::number(round);
            QVERIFY2(sent.refused == std::multiset<std::size_t>(backend.faulty.begin(), backend.faulty.end()), where);
            QVERIFY2(sent.answered.size() + sent.refused.size() == members, where);
            QVERIFY2(std::set<std::size_t>(sent.answered.begin(), sent.answered.end()).size() == sent.answered.size(),
                     where);
            QVERIFY2(sent.retries == 0 && !plan.gaveUp(), where);
            QVERIFY2(sent.calls <= 2 * members, where);
            // Each at fault costs its way down the halves.
            if (backend.divides && backend.rowsMax >= members)
                QVERIFY2(sent.calls <= 1 + 2 * backend.faulty.size() * std::bit_width(members), where);
            if (const auto limit = plan.rowLimit())
                QVERIFY2(backend.faulty.empty() && limit->taken <= backend.rowsMax && limit->refused > backend.rowsMax,
                         where);
        }
    }

    /// The same where a failure may be the backend's own: up to half of the members at fault in a pattern, or a fourth
    /// of them anywhere, and no innocent one goes without its answer.
    void theInnocentAreServedByABackendThatFailsOverTheGuilty()
    {
        const auto seed = testSeed();
        std::mt19937 random(seed);
        for (int round = 0; round < 3000; ++round) {
            const std::size_t members = 2 + random() % 200;
            Backend backend;
            backend.blame = Blame::Unclear;
            const bool pattern = round % 2 == 0;
            const std::size_t guilty = random() % (members / (pattern ? 2 : 4) + 1);
            const std::size_t stride = 1 + random() % 3;
            for (std::size_t i = 0, at = random() % members; i < guilty; ++i, at += stride)
                backend.faulty.insert(pattern ? at % members : random() % members);
            SendPlan plan(members);
            const Sent sent = send(plan, backend);
            const QByteArray where = "seed " + QByteArray::number(seed) + " round " + QByteArray::number(round);
            QVERIFY2(sent.answered.size() == members - backend.faulty.size(), where);
            QVERIFY2(sent.calls <= 2 * members, where);
        }
    }
};

QTEST_GUILESS_MAIN(TestSendPlan)
#include "tst_send_plan.moc"
