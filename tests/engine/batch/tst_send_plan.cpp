// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/send_plan.h"

#include <QTest>

#include <random>
#include <set>

using namespace millrace;
using batch::SendPlan;

namespace {

/// How a backend behaves that refuses parts with a member at fault, or of more rows than it takes.
struct Backend {
    std::set<std::size_t> faulty;
    std::size_t rowsMax = SIZE_MAX;
    bool divides = true;
};

/// Sends a batch of `members` rows, one each, to its end. The parts as "0-8 0-4 …"; answered and refused members.
struct Sent {
    QString parts;
    std::multiset<std::size_t> answered, refused;
};

Sent send(SendPlan& plan, const Backend& backend)
{
    Sent sent;
    while (const auto part = plan.next()) {
        sent.parts += QString("%1%2-%3").arg(sent.parts.isEmpty() ? "" : " ").arg(part->from).arg(part->to);
        const std::size_t rows = part->to - part->from;
        const auto fault = backend.faulty.lower_bound(part->from);
        const bool refuses = rows > backend.rowsMax || (fault != backend.faulty.end() && *fault < part->to);
        if (refuses && rows > 1) {
            plan.refused(static_cast<std::uint32_t>(rows), invalidArgument("no"));
        } else if (refuses) {
            plan.ownFault();
            sent.refused.insert(part->from);
        } else if (!backend.divides && rows > 1) {
            plan.indivisible();
        } else {
            plan.answered(static_cast<std::uint32_t>(rows));
            for (std::size_t i = part->from; i < part->to; ++i) sent.answered.insert(i);
        }
    }
    return sent;
}

}  // namespace

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
        QTest::newRow("odd") << 5 << QList<int>{0} << any << true << "0-5 0-3 0-2 0-1 1-2 2-3 3-5"
                             << "";
        QTest::newRow("all at fault") << 3 << QList<int>{0, 1, 2} << any << true << "0-3 0-2 0-1 1-2 2-3"
                                      << "";
        QTest::newRow("too many rows") << 8 << QList<int>{} << 4 << true << "0-8 0-4 4-8"
                                       << "4 of 8";
        QTest::newRow("much too many") << 8 << QList<int>{} << 2 << true << "0-8 0-4 0-2 2-4 4-8 4-6 6-8"
                                       << "2 of 4";
        QTest::newRow("too many, and one at fault: not known which")
            << 4 << QList<int>{0} << 2 << true << "0-4 0-2 0-1 1-2 2-4"
            << "";
        QTest::newRow("does not divide") << 3 << QList<int>{} << any << false << "0-3 0-1 1-2 2-3"
                                         << "";
        QTest::newRow("refused, then its half does not divide")
            << 4 << QList<int>{} << 2 << false << "0-4 0-2 0-1 1-2 2-4 2-3 3-4"
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
        Backend backend{{faulty.begin(), faulty.end()}, static_cast<std::size_t>(rowsMax), divides};
        SendPlan plan(static_cast<std::size_t>(members));
        QCOMPARE(send(plan, backend).parts, parts);
        const auto found = plan.rowLimit();
        QCOMPARE(found ? QString("%1 of %2").arg(found->taken).arg(found->refused) : "", limit);
    }

    void afterTheBackendFailedNothingMoreGoes()
    {
        SendPlan plan(8);
        QVERIFY(plan.next());
        plan.refused(8, invalidArgument("shape"));
        QCOMPARE(QString::fromStdString(std::string(plan.refusal().message())), "shape");
        QVERIFY(plan.next() == (SendPlan::Part{0, 4}));
        plan.answered(4);
        QVERIFY(plan.next() == (SendPlan::Part{4, 8}));
        plan.failed();
        QVERIFY(!plan.next());
        QVERIFY(!plan.rowLimit());  // who fails for reasons of its own says nothing about rows
    }

    void aPartThatNobodyWaitsForIsPassedOver()
    {
        SendPlan plan(4);
        plan.next();
        plan.refused(4, invalidArgument("no"));
        plan.next();  // both of its members have left
        QVERIFY(plan.next() == (SendPlan::Part{2, 4}));
        plan.answered(2);
        QVERIFY(!plan.next());
    }

    /// Whatever the backend refuses: each member has one outcome, those at fault are refused and nobody else, and the
    /// calls stay within what halving costs.
    void eachMemberHasItsOwnOutcome()
    {
        const auto seed = std::random_device{}();
        std::mt19937 random(seed);
        for (int round = 0; round < 3000; ++round) {
            const std::size_t members = 1 + random() % 130;
            Backend backend;
            for (std::size_t i = random() % 4; i > 0; --i) backend.faulty.insert(random() % members);
            if (random() % 3 == 0) backend.rowsMax = 1 + random() % members;
            backend.divides = random() % 4 != 0;
            SendPlan plan(members);
            const Sent sent = send(plan, backend);
            const QByteArray where = "seed " + QByteArray::number(seed) + " round " + QByteArray::number(round);
            QVERIFY2(sent.refused == std::multiset<std::size_t>(backend.faulty.begin(), backend.faulty.end()), where);
            QVERIFY2(sent.answered.size() + sent.refused.size() == members, where);
            QVERIFY2(std::set<std::size_t>(sent.answered.begin(), sent.answered.end()).size() == sent.answered.size(),
                     where);
            QVERIFY2(static_cast<std::size_t>(sent.parts.count(' ') + 1) <= 2 * members, where);
            if (const auto limit = plan.rowLimit())
                QVERIFY2(backend.faulty.empty() && limit->taken <= backend.rowsMax && limit->refused > backend.rowsMax,
                         where);
        }
    }
};

QTEST_GUILESS_MAIN(TestSendPlan)
#include "tst_send_plan.moc"
