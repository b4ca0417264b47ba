// SPDX-License-Identifier: GPL-3.0-or-later
// What a connection of HTTP/1.1 decides without its socket.
#include "base/check.h"
#include "http/body_reader.h"
#include "http/client_presence.h"

#include <QtTest>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

using namespace millrace;
using namespace millrace::http;

using Look = ClientPresence::Look;
using Watch = ClientPresence::Watch;
using Step = BodyReader::Step;

namespace {

void receive(InBuffer& in, std::string_view bytes)
{
    const auto room = in.prepare(1u << 20);
    std::memcpy(room.data(), bytes.data(), std::min(room.size(), bytes.size()));
    in.commit(bytes.size());
}

/// A body that arrives behind its head.
struct Arrival {
    BodyBudget budget;
    BodyBytes held{budget};
    InBuffer in;
    RequestParser parser;
    RequestHead head;
    BodyReader body;

    explicit Arrival(const std::string& fields, std::uint64_t bytesMax = 1u << 20, std::uint64_t heldMax = 4u << 20)
    {
        parser.reset(65536);
        const auto fed = parser.head("POST / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n", head);
        MR_CHECK(fed.step == RequestParser::Step::Done);
        body.begin(head, bytesMax, held, heldMax);
    }
    /// As a connection does it: what is there, then room for more. At most `atOnce` bytes arrive with each read.
    Step feed(std::string_view bytes, std::size_t atOnce)
    {
        Step step = body.take(in, parser);
        while (step == Step::NeedMore && !bytes.empty()) {
            net::mutable_buffer room;
            step = body.prepare(in, 65536, room);
            if (step != Step::NeedMore) return step;
            const std::size_t count = std::min({room.size(), bytes.size(), atOnce});
            std::memcpy(room.data(), bytes.data(), count);
            bytes.remove_prefix(count);
            body.commit(in, count);
            step = body.take(in, parser);
        }
        return step;
    }
};

std::string inChunks(std::string_view body, std::size_t each)
{
    std::string text;
    char line[20];
    while (!body.empty()) {
        const auto piece = body.substr(0, each);
        std::snprintf(line, sizeof line, "%zx\r\n", piece.size());
        text += line;
        text += piece;
        text += "\r\n";
        body.remove_prefix(piece.size());
    }
    return text + "0\r\n\r\n";
}

}  // namespace

class TestHttp1Parts : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void presence_data()
    {
        QTest::addColumn<bool>("ticks");
        QTest::addColumn<bool>("lastRequest");
        QTest::addColumn<QString>("events");    // E: the end of its bytes, L: a look
        QTest::addColumn<QString>("verdicts");  // of E: l left, s stays; of L: F first, - nothing, A ask, L left
        const auto row = [](const char* name, bool ticks, bool last, const char* events, const char* verdicts) {
            QTest::newRow(name) << ticks << last << events << verdicts;
        };
        row("nobody looks: its end is its leaving", false, false, "E", "l");
        row("nobody looks: of a last request, too", false, true, "E", "l");
        row("it stays", true, false, "LLLL", "F---");
        row("it stays with its last request", true, true, "LLLL", "F---");
        row("it ends before the first look, and has left", true, false, "ELL", "sFL");
        row("it ends between looks, and has left", true, false, "LE", "Fl");
        row("it ends much later, and has left", true, false, "LLLE", "F--l");
        row("its last request: it waits, and is asked about again and again", true, true, "ELLL", "sFAA");
        row("its last request: it waits from later on", true, true, "LLLEL", "F--sA");
    }

    void presence()
    {
        QFETCH(const bool, ticks);
        QFETCH(const bool, lastRequest);
        QFETCH(const QString, events);
        ClientPresence presence;
        for (int request = 0; request < 2; ++request) {  // the one before leaves nothing behind
            presence.begin(ticks ? Watch::Ticks : Watch::Events, lastRequest);
            QString verdicts;
            for (const QChar event : events) {
                if (event == u'E') {
                    verdicts += presence.end() ? u'l' : u's';
                    continue;
                }
                switch (presence.look()) {
                    case Look::First:
                        verdicts += u'F';
                        break;
                    case Look::Nothing:
                        verdicts += u'-';
                        break;
                    case Look::Ask:
                        verdicts += u'A';
                        break;
                    case Look::Left:
                        verdicts += u'L';
                        break;
                }
            }
            QTEST(verdicts, "verdicts");
        }
    }

    void aBodyIsWhatWasSent_data()
    {
        QTest::addColumn<int>("bytes");
        QTest::addColumn<int>("chunk");  // 0: its length is known
        QTest::addColumn<int>("atOnce");
        for (const int bytes : {0, 1, 15, 16, 4096, 300'000, 1'000'000})
            for (const int chunk : {0, 7, 65'536})
                for (const int atOnce : {1, 1000, 1 << 20}) {
                    if (atOnce == 1 && bytes > 5000) continue;
                    if (chunk == 7 && bytes > 5000) continue;
                    QTest::addRow("%d bytes, chunks of %d, %d at once", bytes, chunk, atOnce)
                        << bytes << chunk << atOnce;
                }
    }

    void aBodyIsWhatWasSent()
    {
        QFETCH(const int, bytes);
        QFETCH(const int, chunk);
        QFETCH(const int, atOnce);
        std::string sent;
        for (int i = 0; i < bytes; ++i) sent += static_cast<char>('a' + i % 23);
        const std::string fields = chunk > 0 ? std::string("Transfer-Encoding: chunked\r\n")
                                             : "Content-Length: " + std::to_string(bytes) + "\r\n";
        const std::string wire = chunk > 0 ? inChunks(sent, static_cast<std::size_t>(chunk)) : sent;
        Arrival arrival(fields);
        QCOMPARE(arrival.feed(wire, static_cast<std::size_t>(atOnce)), Step::Done);
        QVERIFY(arrival.body.text() == sent);
        QVERIFY2(arrival.budget.held() >= sent.size(), qPrintable(QString::number(arrival.budget.held())));
        QVERIFY(arrival.body.takeText() == sent);
    }

    /// What all may have is asked before the string grows, not after.
    void memoryIsCountedBeforeItIsTaken_data()
    {
        QTest::addColumn<QByteArray>("fields");
        QTest::newRow("length known") << QByteArray("Content-Length: 900000\r\n");
        QTest::newRow("chunks") << QByteArray("Transfer-Encoding: chunked\r\n");
    }

    void memoryIsCountedBeforeItIsTaken()
    {
        QFETCH(const QByteArray, fields);
        const bool chunked = fields.startsWith('T');
        Arrival arrival(fields.toStdString(), 1u << 20, 500'000);
        const std::string sent(900'000, 'x');
        QCOMPARE(arrival.feed(chunked ? inChunks(sent, 10'000) : sent, 16'384), Step::NoMemory);
        QVERIFY(arrival.body.text().capacity() <= 500'000);
        QVERIFY(arrival.budget.held() >= arrival.body.text().capacity());
        QVERIFY(arrival.budget.held() <= 500'000);
        arrival.body.release();
        arrival.held.release();
        QCOMPARE(arrival.budget.held(), std::uint64_t(0));
    }

    /// A client that announces a large body and sends little of it costs little.
    void announcingCostsNothing()
    {
        Arrival arrival("Content-Length: 1000000\r\n");
        QCOMPARE(arrival.body.take(arrival.in, arrival.parser), Step::NeedMore);
        QVERIFY(arrival.budget.held() < 100);
        receive(arrival.in, "x");
        QCOMPARE(arrival.body.take(arrival.in, arrival.parser), Step::NeedMore);
        QVERIFY(arrival.budget.held() <= BodyReader::kAtOnce);
    }

    void chunksThatMakeNoSenseAreRefused()
    {
        Arrival endless("Transfer-Encoding: chunked\r\n");
        QCOMPARE(endless.feed("5;" + std::string(200'000, 'e'), 65'536), Step::Failed);
        Arrival broken("Transfer-Encoding: chunked\r\n");
        QCOMPARE(broken.feed("zzzzzzzz\r\n", 100), Step::Failed);
        QVERIFY(!broken.parser.problem().ok());
        Arrival large("Transfer-Encoding: chunked\r\n", 1000);
        QCOMPARE(large.feed(inChunks(std::string(2000, 'x'), 100), 1000), Step::Failed);
        QCOMPARE(toHttp(large.parser.problem()), 413u);
    }

    void frames()
    {
        Arrival arrival("Content-Length: 600000\r\n", 600'000, 700'000);
        const std::string piece(16'384, 'f');
        std::size_t sent = 0;
        for (; sent + piece.size() <= 600'000; sent += piece.size())
            QCOMPARE(arrival.body.append(piece), Step::NeedMore);
        QCOMPARE(arrival.body.received(), std::uint64_t(sent));
        QCOMPARE(arrival.body.append(piece), Step::Failed);
        QCOMPARE(arrival.body.text().size(), sent);

        Arrival unknown("", 600'000, 100'000);
        Step step = Step::NeedMore;
        for (int i = 0; i < 40 && step == Step::NeedMore; ++i) step = unknown.body.append(piece);
        QCOMPARE(step, Step::NoMemory);
        QVERIFY(unknown.budget.held() <= 100'000 && unknown.body.text().capacity() <= 100'000);
    }

    /// The whole must come on, whatever the signs of life.
    void bodiesHaveADeadline_data()
    {
        QTest::addColumn<int>("afterMs");
        QTest::addColumn<int>("bytes");
        QTest::addColumn<int>("deadlineMs");
        QTest::newRow("nothing yet") << 0 << 0 << 10'000;
        QTest::newRow("a byte after a while") << 5000 << 1 << 10'000;
        QTest::newRow("trickling") << 9000 << 4000 << 11'000;
        QTest::newRow("coming on") << 9000 << 4'000'000 << 19'000;
    }

    void bodiesHaveADeadline()
    {
        QFETCH(const int, afterMs);
        QFETCH(const int, bytes);
        QFETCH(const int, deadlineMs);
        const TimePoint began = TimePoint{} + 1h;
        const TimePoint at =
            bodyDeadline(began, began + std::chrono::milliseconds(afterMs), 10s, static_cast<std::uint64_t>(bytes));
        QCOMPARE(std::chrono::duration_cast<std::chrono::milliseconds>(at - began).count(), deadlineMs);
    }
};

QTEST_GUILESS_MAIN(TestHttp1Parts)
#include "tst_http1_parts.moc"
