// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/target_addresses.h"
#include "support/manual_clock.h"
#include "support/named_addresses.h"

#include <QtTest>

#include <string>
#include <vector>

using namespace millrace;
using namespace millrace::pool;
using namespace millrace::testing;

namespace {

constexpr Duration kInterval = 10s;

Address at(char letter)
{
    return boost::asio::ip::tcp::endpoint(boost::asio::ip::make_address(NamedAddresses::host(letter)), 80);
}

std::vector<Address> all(const std::string& letters)
{
    std::vector<Address> addresses;
    for (const char letter : letters) addresses.push_back(at(letter));
    return addresses;
}

/// A pool without connections: it hears what of the addresses concerns it.
struct Stage : TargetAddresses::Owner {
    explicit Stage(const std::string& letters = "ab", Duration interval = kInterval)
        : named(letters), addresses(io.get_executor(), clock, *this, interval)
    {
        named.serve(80);
    }
    void addressesChanged(TimePoint) override { ++changed; }
    void addressesRenewed(TimePoint, const std::vector<ConnectionId>& lost,
                          const std::vector<ConnectionId>& tooMany) override
    {
        ++renewed;
        gone = lost;
        surplus = tooMany;
    }
    void addressesDueAt(TimePoint when) override { dueAt = when; }

    /// As a dial does.
    std::vector<Address> dial(const std::string& letters)
    {
        auto found = all(letters);
        static_cast<Dial::Guide&>(addresses).found({"many.example", "80", false}, found);
        return found;
    }
    void connect(std::uint64_t id, char letter)
    {
        static_cast<Dial::Guide&>(addresses).tries(ConnectionId{id}, at(letter));
        addresses.reached(ConnectionId{id});
    }
    /// Time has come to lookUpAt(). False: no answer came.
    bool lookUp(const std::string& letters, bool wanted = true)
    {
        named.has(letters);
        const int before = renewed;
        if (addresses.lookUpAt() > clock.now() && addresses.lookUpAt() != TimePoint::max())
            clock.advance(addresses.lookUpAt() - clock.now());
        dueAt = TimePoint::max();
        addresses.lookUp(clock.now(), wanted);
        return runUntil(
            io, [&] { return renewed > before || dueAt != TimePoint::max(); }, 2s);
    }

    net::io_context io;
    ManualClock clock{io};
    NamedAddresses named;
    int changed = 0, renewed = 0;
    std::vector<ConnectionId> gone, surplus;
    TimePoint dueAt = TimePoint::max();
    TargetAddresses addresses;
};

}  // namespace

/// When a name is looked up; which addresses are taken is AddressBook's (tst_address_book).
class TestTargetAddresses : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aDialIsGuidedAndAskedForAgain_data()
    {
        QTest::addColumn<int>("intervalMs");
        QTest::addColumn<bool>("again");
        QTest::newRow("looked up each 10 s") << 10'000 << true;
        QTest::newRow("never again") << 0 << false;
    }

    void aDialIsGuidedAndAskedForAgain()
    {
        QFETCH(const int, intervalMs);
        QFETCH(const bool, again);
        Stage stage("ab", std::chrono::milliseconds(intervalMs));
        QCOMPARE(stage.addresses.count(), 0u);
        QVERIFY(stage.dial("ab") == all("ab"));
        QCOMPARE(stage.addresses.count(), 2u);
        QCOMPARE(stage.changed, 1);
        stage.connect(1, 'a');
        QVERIFY(stage.dial("ab") == all("ba"));  // where fewer lead
        QCOMPARE(stage.changed, 1);
        const TimePoint due = again ? stage.clock.now() + kInterval : TimePoint::max();
        QCOMPARE(stage.addresses.lookUpAt(), due);
        QCOMPARE(stage.dueAt, due);
    }

    void anAddressThatFailedComesLast()
    {
        Stage stage;
        stage.dial("ab");
        static_cast<Dial::Guide&>(stage.addresses).failedAt(at('a'));
        QVERIFY(stage.dial("ab") == all("ba"));
        stage.connect(1, 'b');
        stage.addresses.failed(ConnectionId{1}, stage.clock.now());  // who listens there is another one
        stage.addresses.ended(ConnectionId{1});
        stage.clock.advance(AddressBook::kFailedFor);
        QVERIFY(stage.dial("ab") == all("ab"));
    }

    void connectionsToAnAddressThatLeftEnd()
    {
        Stage stage;
        stage.dial("ab");
        stage.connect(1, 'a');
        stage.connect(2, 'b');
        QVERIFY(stage.lookUp("a"));
        QCOMPARE(stage.renewed, 1);
        QVERIFY(stage.gone.empty());  // an answer may hold but some of them
        QVERIFY(stage.lookUp("a"));
        QCOMPARE(stage.renewed, 2);
        QVERIFY(stage.gone == std::vector{ConnectionId{2}});
        QCOMPARE(stage.addresses.lookUpAt(), stage.clock.now() + kInterval);
    }

    /// The name's server may be away: what was known counts on.
    void aLookupThatFailsSaysNothing()
    {
        Stage stage;
        stage.dial("ab");
        stage.connect(1, 'a');
        for (int i = 0; i < 3; ++i) {
            QVERIFY(stage.lookUp(""));
            QCOMPARE(stage.renewed, 0);
            QCOMPARE(stage.addresses.count(), 2u);
            QCOMPARE(stage.addresses.lookUpAt(), stage.clock.now() + kInterval);
        }
    }

    void withoutConnectionsItIsNotLookedUp()
    {
        Stage stage;
        stage.dial("ab");
        stage.addresses.lookUp(stage.clock.now(), false);
        poll(stage.io);
        QCOMPARE(stage.renewed, 0);
        QCOMPARE(stage.addresses.lookUpAt(), TimePoint::max());
        stage.dial("ab");  // the next dial begins it again
        QCOMPARE(stage.addresses.lookUpAt(), stage.clock.now() + kInterval);
        Stage nothing;
        nothing.addresses.lookUp(nothing.clock.now(), true);  // no name was found yet
        poll(nothing.io);
        QCOMPARE(nothing.renewed, 0);
    }

    void theIntervalMayChange()
    {
        Stage stage;
        stage.addresses.apply(5s, stage.clock.now());
        QCOMPARE(stage.addresses.lookUpAt(), TimePoint::max());  // no name yet
        stage.dial("ab");
        QCOMPARE(stage.addresses.lookUpAt(), stage.clock.now() + 5s);
        stage.addresses.apply(20s, stage.clock.now());
        QCOMPARE(stage.addresses.lookUpAt(), stage.clock.now() + 20s);
        stage.addresses.apply(Duration{}, stage.clock.now());
        QCOMPARE(stage.addresses.lookUpAt(), TimePoint::max());
    }

    /// What is looked up for a target that it is no more is heard by nobody.
    void aLookupInFlightMayBeAbandoned_data()
    {
        QTest::addColumn<bool>("forgotten");
        QTest::newRow("another target") << true;
        QTest::newRow("the pool closes") << false;
    }

    void aLookupInFlightMayBeAbandoned()
    {
        QFETCH(const bool, forgotten);
        Stage stage;
        stage.dial("ab");
        stage.connect(1, 'a');
        stage.clock.advance(kInterval);
        stage.addresses.lookUp(stage.clock.now(), true);
        if (forgotten)
            stage.addresses.forget();
        else
            stage.addresses.close();
        runUntil(
            stage.io, [] { return false; }, 100ms);
        QCOMPARE(stage.renewed, 0);
        if (!forgotten) return;
        QCOMPARE(stage.addresses.count(), 0u);
        QCOMPARE(stage.addresses.lookUpAt(), TimePoint::max());
    }
};

QTEST_GUILESS_MAIN(TestTargetAddresses)
#include "tst_target_addresses.moc"
