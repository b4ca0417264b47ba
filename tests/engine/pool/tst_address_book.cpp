// SPDX-License-Identifier: GPL-3.0-or-later
// The book of a name's addresses: where the next connection goes, and which are to end.
#include "pool/address_book.h"

#include <QtTest>

#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <sstream>
#include <string>

using namespace millrace;
using namespace millrace::pool;

namespace {

constexpr TimePoint kStart = TimePoint() + 1h;
constexpr Duration kGrace = 15s;

/// 'a' is 127.0.0.1, 'b' 127.0.0.2 …
Address at(char letter)
{
    return boost::asio::ip::tcp::endpoint(
        boost::asio::ip::address_v4(0x7f000001u + static_cast<unsigned>(letter - 'a')), 80);
}

std::vector<Address> all(const std::string& letters)
{
    std::vector<Address> addresses;
    for (const char letter : letters) addresses.push_back(at(letter));
    return addresses;
}

std::string letters(const std::vector<Address>& addresses)
{
    std::string out;
    for (const Address& address : addresses)
        for (char letter = 'a'; letter <= 'z'; ++letter)
            if (at(letter) == address) out += letter;
    return out;
}

std::string numbers(const std::vector<ConnectionId>& ids)
{
    std::string out;
    for (const ConnectionId id : ids) out += (out.empty() ? "" : " ") + std::to_string(id.value);
    return out;
}

/// A name with the addresses of `found`, connections to those of `open`, and failures at those of `failed`.
AddressBook bookOf(const std::string& found, const std::string& open, const std::string& failed)
{
    AddressBook book;
    auto addresses = all(found);
    book.found(addresses, kStart);
    std::uint64_t id = 0;
    for (const char letter : open) book.tries(ConnectionId{++id}, at(letter));
    for (const char letter : failed) book.failed(at(letter), kStart);
    return book;
}

}  // namespace

class TestAddressBook : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theNextConnectionGoesWhereTheFewestLead_data()
    {
        QTest::addColumn<std::string>("found");
        QTest::addColumn<std::string>("open");
        QTest::addColumn<std::string>("failed");
        QTest::addColumn<int>("later");
        QTest::addColumn<std::string>("order");
        const auto row = [](const char* name, const char* found, const char* open, const char* failed, int later,
                            const char* order) {
            QTest::newRow(name) << std::string(found) << std::string(open) << std::string(failed) << later
                                << std::string(order);
        };
        row("as the name's server says", "cab", "", "", 0, "cab");
        row("the empty one first", "abc", "ab", "", 0, "cab");
        row("fewer before more", "abc", "aaabbc", "", 0, "cba");
        row("equal ones keep their order", "abcd", "aabb", "", 0, "cdab");
        row("one that failed comes last", "abc", "bbc", "a", 0, "cba");
        row("all failed: fewest first", "abc", "aab", "abc", 0, "cba");
        row("a failure is forgotten", "abc", "bbc", "a", 30, "acb");
        row("not before", "abc", "bbc", "a", 29, "cba");
        row("connections elsewhere do not count", "ab", "xxxx", "", 0, "ab");
        row("one address", "a", "aaaa", "a", 0, "a");
    }
    void theNextConnectionGoesWhereTheFewestLead()
    {
        QFETCH(std::string, found);
        QFETCH(std::string, open);
        QFETCH(std::string, failed);
        QFETCH(int, later);
        QFETCH(std::string, order);
        AddressBook book = bookOf(found, open, failed);
        auto addresses = all(found);
        book.order(addresses, kStart + std::chrono::seconds(later));
        QCOMPARE(letters(addresses), order);
    }

    void whoseAddressIsGoneEnds_data()
    {
        QTest::addColumn<std::string>("lookups");  // one each 10 s; "-": it failed
        QTest::addColumn<std::string>("open");
        QTest::addColumn<std::string>("gone");
        const auto row = [](const char* name, const char* lookups, const char* open, const char* gone) {
            QTest::newRow(name) << std::string(lookups) << std::string(open) << std::string(gone);
        };
        row("all are there", "ab ab ab", "abab", "");
        row("missed once", "ab a", "abab", "");
        row("missed twice", "ab a a", "abab", "2 4");
        row("missed now and then", "ab a ab a ab a", "abab", "");
        row("all others", "ab cd cd", "abab", "1 2 3 4");
        row("lookups that fail say nothing", "ab - - - -", "abab", "");
        row("missed, a failure, missed", "ab a - a", "abab", "2 4");
        row("the answer comes back whole", "ab - - - - ab", "abab", "");
        row("a part of many each time", "abc bc ca ab bc ca ab", "abc", "");
    }
    void whoseAddressIsGoneEnds()
    {
        QFETCH(std::string, lookups);
        QFETCH(std::string, open);
        QFETCH(std::string, gone);
        AddressBook book;
        TimePoint now = kStart;
        std::string ended;
        bool first = true;
        std::istringstream words(lookups);
        for (std::string word; words >> word; now += 10s) {
            if (word == "-") continue;
            auto addresses = all(word);
            book.found(addresses, now);
            if (std::exchange(first, false)) {
                std::uint64_t id = 0;
                for (const char letter : open) book.tries(ConnectionId{++id}, at(letter));
            }
            const std::string some = numbers(book.gone(now, kGrace));
            if (!some.empty()) ended += (ended.empty() ? "" : " ") + some;
            QCOMPARE(numbers(book.gone(now, kGrace)), std::string());  // each is named once
        }
        QCOMPARE(ended, gone);
    }

    void loadIsSpreadAnew_data()
    {
        QTest::addColumn<std::string>("found");
        QTest::addColumn<std::string>("open");
        QTest::addColumn<std::string>("failed");
        QTest::addColumn<std::string>("surplus");
        const auto row = [](const char* name, const char* found, const char* open, const char* failed,
                            const char* surplus) {
            QTest::newRow(name) << std::string(found) << std::string(open) << std::string(failed)
                                << std::string(surplus);
        };
        row("even", "ab", "aabb", "", "");
        row("one more is even", "ab", "aaabb", "", "");
        row("two more are not", "ab", "aaaabb", "", "1");
        row("a new one", "abc", "abababab", "", "1 2");
        row("a new one beside the oldest", "ab", "aaaaaaaa", "", "1 2");
        row("a quarter of all at a time", "ab", "aaaaaaaaaaaaaaaaaaaa", "", "1 2 3 4 5");
        row("no more than makes it even", "ab", "aaaaabb", "", "1");
        row("one that cannot be reached gets none", "ab", "aaaa", "b", "");
        row("another one does", "abc", "aaaa", "b", "1");
        row("fewer connections than addresses", "abcd", "ab", "", "");
        row("nothing was found", "", "aaaa", "", "");
        row("nothing is open", "abc", "", "", "");
    }
    void loadIsSpreadAnew()
    {
        QFETCH(std::string, found);
        QFETCH(std::string, open);
        QFETCH(std::string, failed);
        QFETCH(std::string, surplus);
        AddressBook book = bookOf(found, open, failed);
        QCOMPARE(numbers(book.surplus()), surplus);
    }

    /// A new address that refuses everybody costs a quarter of the connections once, not each time.
    void anAddressThatRefusesIsTriedOnce()
    {
        AddressBook book;
        auto addresses = all("ab");
        book.found(addresses, kStart);
        for (std::uint64_t id = 1; id <= 8; ++id) book.tries(ConnectionId{id}, at('a'));
        QCOMPARE(book.surplus().size(), std::size_t(2));
        book.failed(at('b'), kStart);
        for (TimePoint now = kStart; now < kStart + 1h; now += 10s) {
            book.found(addresses, now);
            QVERIFY(book.surplus().empty());
        }
        // Somebody who was sent there when the failure was old got through.
        book.tries(ConnectionId{20}, at('b'));
        book.reached(ConnectionId{20});
        QCOMPARE(book.surplus().size(), std::size_t(2));
    }

    void theBookIsBounded()
    {
        AddressBook book;
        for (int round = 0; round < 50; ++round) {
            std::vector<Address> many;
            for (unsigned i = 0; i < 1000; ++i)
                many.push_back(boost::asio::ip::tcp::endpoint(
                    boost::asio::ip::address_v4(0x0a000000u + static_cast<unsigned>(round) * 1000 + i), 80));
            book.found(many, kStart);
            QCOMPARE(many.size(), AddressBook::kAddressesMax);
            for (const Address& address : many) book.failed(address, kStart);
        }
        QCOMPARE(book.addresses(), AddressBook::kAddressesMax);
    }

    /// Whatever happens: counts are what is open, and dialling again what ended comes to rest with an even spread.
    void whateverHappensItComesToRest()
    {
        std::mt19937 random(20261128);
        for (int round = 0; round < 200; ++round) {
            AddressBook book;
            std::map<ConnectionId, Address> open;
            std::uint64_t last = 0;
            TimePoint now = kStart;
            std::string names = "ab";
            const auto dial = [&](std::vector<Address> addresses) {
                book.order(addresses, now);
                const ConnectionId id{++last};
                book.tries(id, addresses.front());
                book.reached(id);
                open.emplace(id, addresses.front());
            };
            for (int step = 0; step < 40; ++step, now += 10s) {
                if (random() % 6 == 0) {
                    names.clear();
                    for (char letter = 'a'; letter < 'h'; ++letter)
                        if (random() % 2 == 0) names += letter;
                    if (names.empty()) names = "a";
                }
                auto addresses = all(names);
                book.found(addresses, now);
                std::size_t again = 0;
                for (const auto& ids : {book.gone(now, kGrace), book.surplus()})
                    for (const ConnectionId id : ids) {
                        QVERIFY(open.erase(id) == 1);
                        ++again;
                    }
                for (; again > 0 || open.size() < 12; again -= again > 0 ? 1 : 0) dial(addresses);
                std::map<Address, std::size_t> counts;
                for (const auto& [id, address] : open) ++counts[address];
                for (char letter = 'a'; letter < 'h'; ++letter)
                    QCOMPARE(book.connections(at(letter)), counts[at(letter)]);
            }
            for (int step = 0; step < 12; ++step, now += 10s) {
                auto addresses = all(names);
                book.found(addresses, now);
                std::size_t again = 0;
                for (const auto& ids : {book.gone(now, kGrace), book.surplus()})
                    for (const ConnectionId id : ids) again += open.erase(id);
                for (; again > 0; --again) dial(addresses);
            }
            std::size_t least = open.size(), most = 0, sum = 0;
            for (const char letter : names) {
                least = std::min(least, book.connections(at(letter)));
                most = std::max(most, book.connections(at(letter)));
                sum += book.connections(at(letter));
            }
            QCOMPARE(sum, open.size());
            QVERIFY(most <= least + 1);
            QVERIFY(book.surplus().empty());
        }
    }
};

QTEST_GUILESS_MAIN(TestAddressBook)
#include "tst_address_book.moc"
