// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/manners.h"
#include "pool/resend.h"

#include <QtTest>

#include <cstdint>
#include <functional>
#include <optional>

using namespace millrace;
using namespace millrace::pool;

namespace {

constexpr TimePoint kNow = TimePoint{} + 1h;
using Cap = std::optional<std::uint32_t>;
using Steps = std::function<void(Manners&)>;

/// A second connection is open and has been asked.
void ask(Manners& manners)
{
    manners.beginProof(1, 4);
    manners.takeProof(2);
    manners.ask(std::nullopt);
}

void learnOneByOne(Manners& manners)
{
    ask(manners);
    manners.answered(true, kNow);
    manners.proofOver();
}

}  // namespace

class TestManners : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void learnsWhatASecondConnectionIsGoodFor_data()
    {
        QTest::addColumn<Steps>("steps");
        QTest::addColumn<Manners::Kind>("kind");
        QTest::addColumn<int>("cap");  // 0: none
        QTest::addColumn<bool>("makesWay");
        QTest::newRow("nothing was tried") << Steps([](Manners&) {}) << Manners::Kind::Unknown << 1 << false;
        QTest::newRow("while it is asked") << Steps(ask) << Manners::Kind::Unknown << 1 << true;
        QTest::newRow("it answers beside another one") << Steps([](Manners& manners) {
            ask(manners);
            manners.answeredBesideAnother();
            manners.answered(false, kNow);
            manners.proofOver();
        }) << Manners::Kind::Concurrent << 0 << false;
        QTest::newRow("it answers once the others have ended") << Steps([](Manners& manners) {
            ask(manners);
            manners.answered(false, kNow);
            manners.proofOver();
        }) << Manners::Kind::Unknown << 1 << false;
        QTest::newRow("it does not answer") << Steps(learnOneByOne) << Manners::Kind::OneByOne << 1 << true;
        QTest::newRow("requests show it first, the proof is late") << Steps([](Manners& manners) {
            ask(manners);
            manners.answeredBesideAnother();
            manners.answered(true, kNow);
            manners.proofOver();
        }) << Manners::Kind::Concurrent << 0 << false;
        QTest::newRow("one by one, learned lately") << Steps([](Manners& manners) {
            learnOneByOne(manners);
            manners.refresh(kNow + IdleLimit::kLearnedFor - 1ms);
        }) << Manners::Kind::OneByOne << 1 << true;
        QTest::newRow("one by one, learned long ago") << Steps([](Manners& manners) {
            learnOneByOne(manners);
            manners.refresh(kNow + IdleLimit::kLearnedFor);
        }) << Manners::Kind::Unknown << 1 << false;
        QTest::newRow("one by one, then HTTP/2") << Steps([](Manners& manners) {
            learnOneByOne(manners);
            manners.chose(true);
        }) << Manners::Kind::Concurrent << 0 << false;
        QTest::newRow("HTTP/2, then another upstream") << Steps([](Manners& manners) {
            manners.chose(true);
            manners.chose(false);
        }) << Manners::Kind::Unknown << 1 << false;
    }
    void learnsWhatASecondConnectionIsGoodFor()
    {
        QFETCH(Steps, steps);
        QFETCH(Manners::Kind, kind);
        QFETCH(int, cap);
        QFETCH(bool, makesWay);
        Manners manners;
        steps(manners);
        QVERIFY(manners.kind() == kind);
        QVERIFY(manners.floorCap() == (cap ? Cap(static_cast<std::uint32_t>(cap)) : Cap()));
        QCOMPARE(manners.makesWay(), makesWay);
        QCOMPARE(manners.checkWouldWait(1), kind == Manners::Kind::OneByOne);
        QVERIFY(!manners.checkWouldWait(0));
    }

    void beginsAProofWhereThereIsSomethingToFindOut_data()
    {
        QTest::addColumn<Steps>("before");
        QTest::addColumn<std::uint32_t>("held");
        QTest::addColumn<std::uint32_t>("wanted");
        QTest::addColumn<int>("cap");  // 0: no proof
        const Steps nothing([](Manners&) {});
        QTest::newRow("one of four") << nothing << 1u << 4u << 2;
        QTest::newRow("none of four") << nothing << 0u << 4u << 2;
        QTest::newRow("three of four") << nothing << 3u << 4u << 4;
        QTest::newRow("all are there") << nothing << 4u << 4u << 0;
        QTest::newRow("one is all") << nothing << 1u << 1u << 0;
        QTest::newRow("one goes on") << Steps([](Manners& manners) { manners.beginProof(1, 4); }) << 1u << 4u << 0;
        QTest::newRow("it is known already") << Steps([](Manners& manners) { manners.chose(true); }) << 1u << 4u << 0;
        QTest::newRow("none could be opened") << Steps([](Manners& manners) {
            manners.beginProof(1, 4);
            manners.abandonProof();
        }) << 1u << 4u << 2;
    }
    void beginsAProofWhereThereIsSomethingToFindOut()
    {
        QFETCH(Steps, before);
        QFETCH(std::uint32_t, held);
        QFETCH(std::uint32_t, wanted);
        QFETCH(int, cap);
        Manners manners;
        before(manners);
        QVERIFY(manners.beginProof(held, wanted) == (cap ? Cap(static_cast<std::uint32_t>(cap)) : Cap()));
    }

    void aProofIsTakenOnceAndNotAlone()
    {
        Manners manners;
        QVERIFY(!manners.takeProof(2));
        manners.beginProof(1, 4);
        QVERIFY(manners.proving());
        QVERIFY(!manners.takeProof(1));
        QVERIFY(!manners.proving());
        manners.beginProof(1, 4);
        QVERIFY(manners.takeProof(2));
        QVERIFY(!manners.takeProof(2));
    }

    void waitsAsLongAsTheServerUsuallyTakes()
    {
        Manners manners;
        QCOMPARE(manners.ask(std::nullopt), Duration(Manners::kProofMin));
        QCOMPARE(manners.ask(20ms), Duration(Manners::kProofMin));
        QCOMPARE(manners.ask(200ms), Duration(2s));
        QCOMPARE(manners.ask(10s), Duration(Manners::kProofMax));
    }

    void sendsAgainOnlyWhatCannotDoHarmTwice_data()
    {
        QTest::addColumn<ExchangeFailure>("failure");
        QTest::addColumn<QString>("method");
        QTest::addColumn<bool>("replaySafe");
        QTest::addColumn<bool>("again");
        QTest::addColumn<Resend>("expected");
        const ExchangeFailure raced{true, false, false, false, true, true};
        const auto with = [](ExchangeFailure failure, const std::function<void(ExchangeFailure&)>& change) {
            change(failure);
            return failure;
        };
        QTest::newRow("GET, kept connection closed") << raced << "GET" << false << false << Resend::Raced;
        QTest::newRow("POST, kept connection closed") << raced << "POST" << false << false << Resend::No;
        QTest::newRow("POST marked replay-safe") << raced << "POST" << true << false << Resend::Raced;
        QTest::newRow("POST, nothing was sent")
            << with(raced, [](auto& failure) { failure.unsent = true; }) << "POST" << false << false << Resend::Raced;
        QTest::newRow("GET, a second time") << raced << "GET" << false << true << Resend::No;
        QTest::newRow("GET, fresh connection")
            << with(raced, [](auto& failure) { failure.reused = false; }) << "GET" << false << false << Resend::No;
        QTest::newRow("GET, after bytes of the answer")
            << with(raced, [](auto& failure) { failure.sawBytes = true; }) << "GET" << false << false << Resend::No;
        QTest::newRow("GET, timed out") << with(raced, [](auto& failure) { failure.transport = false; }) << "GET"
                                        << false << false << Resend::No;
        QTest::newRow("GET, its stream alone failed")
            << with(raced, [](auto& failure) { failure.lostConnection = false; }) << "GET" << false << false
            << Resend::No;
        const ExchangeFailure refused{true, false, true, true, false, false};
        QTest::newRow("POST, refused by the server") << refused << "POST" << false << false << Resend::Refused;
        QTest::newRow("POST, refused twice") << refused << "POST" << false << true << Resend::No;
    }
    void sendsAgainOnlyWhatCannotDoHarmTwice()
    {
        QFETCH(ExchangeFailure, failure);
        QFETCH(QString, method);
        QFETCH(bool, replaySafe);
        QFETCH(bool, again);
        QFETCH(Resend, expected);
        HttpRequest request;
        request.method = method.toStdString();
        request.replaySafe = replaySafe;
        QVERIFY(resend(failure, request, again) == expected);
    }
};

QTEST_GUILESS_MAIN(TestManners)
#include "tst_manners.moc"
