// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/grpc_message.h"
#include "http/grpc_text.h"
#include "support/grpc_bytes.h"
#include "support/packed.h"

#include <QtTest>

#include <string>
#include <vector>

using namespace millrace;
using namespace millrace::testing;
using namespace millrace::http;

class TestGrpcWire : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void messagesAreFoundHoweverTheyAreCut_data()
    {
        QTest::addColumn<int>("piece");
        for (const int piece : {1, 2, 4, 5, 6, 7, 13, 100, 1 << 20}) QTest::addRow("pieces of %d", piece) << piece;
    }
    void messagesAreFoundHoweverTheyAreCut()
    {
        QFETCH(int, piece);
        const std::vector<std::string> all = {"a", "", std::string(300, 'b'), "short", "", "ten bytes."};
        std::string bytes;
        for (const auto& each : all) bytes += framed(each);
        GrpcMessageReader reader;
        std::vector<std::string> seen;
        for (std::size_t i = 0; i < bytes.size(); i += static_cast<std::size_t>(piece)) {
            auto part = std::string_view(bytes).substr(i, static_cast<std::size_t>(piece));
            while (!part.empty()) {
                const std::size_t before = part.size();
                auto next = reader.next(part, 300);
                QVERIFY(next.ok());
                QVERIFY(part.size() < before);
                if (*next) seen.emplace_back((*next)->bytes());
            }
        }
        QVERIFY(seen == all);
        QVERIFY(!reader.midway());
    }

    void aWholeMessageIsNotCopied()
    {
        const std::string bytes = framed("lies as it is");
        std::string_view part(bytes);
        GrpcMessageReader reader;
        auto next = reader.next(part, 100);
        QVERIFY(next.ok() && *next);
        QCOMPARE(static_cast<const void*>((*next)->bytes().data()),
                 static_cast<const void*>(bytes.data() + kGrpcPrefix));
        (*next)->keep();
        QVERIFY((*next)->bytes().data() != bytes.data() + kGrpcPrefix);
        QCOMPARE((*next)->bytes(), std::string_view("lies as it is"));
        const auto moved = std::move(**next);  // short texts lie within their string
        QCOMPARE(moved.bytes(), std::string_view("lies as it is"));
    }

    void messagesAreBoundedBeforeTheyAreKept()
    {
        GrpcMessageReader reader;
        const std::string head("\0\xff\xff\xff\xff", 5);
        std::string_view part(head);
        const auto next = reader.next(part, 1u << 20);
        QVERIFY(absl::IsResourceExhausted(next.status()));
        QCOMPARE(reader.announced(), std::uint64_t(0xffffffff));
        QCOMPARE(reader.held(), std::size_t(0));
        // What is announced is not reserved before it comes.
        GrpcMessageReader large;
        const std::string begun = std::string("\0\x3f\xff\xff\xff", 5) + "abc";
        part = begun;
        QVERIFY(large.next(part, 1ull << 32).ok());
        QVERIFY(large.midway());
        QCOMPARE(large.held(), std::size_t(3));
    }

    void packedMessages_data()
    {
        QTest::addColumn<int>("encoding");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("most");
        QTest::addColumn<QString>("result");  // a text, or the code of an error
        const auto row = [](const char* name, GrpcEncoding encoding, const std::string& bytes, int most,
                            const QString& result) {
            QTest::newRow(name) << static_cast<int>(encoding) << QByteArray::fromStdString(bytes) << most << result;
        };
        std::string text;
        for (int i = 0; i < 20; ++i) text += "some text ";
        const std::string gzip = packed(text, 31), zlib = packed(text, 15),
                          bomb = packed(std::string(10 << 20, '\0'), 31);
        const QString good = QString::fromStdString(text);
        row("gzip", GrpcEncoding::Gzip, framed(gzip, true), 1000, good);
        row("deflate", GrpcEncoding::Deflate, framed(zlib, true), 1000, good);
        row("not packed though it might be", GrpcEncoding::Gzip, framed(text), 1000, good);
        row("packed without saying how", GrpcEncoding::Identity, framed(gzip, true), 100, "InvalidArgument");
        row("neither packed nor not", GrpcEncoding::Gzip, "\x02" + framed(gzip).substr(1), 100, "InvalidArgument");
        row("nothing, packed as nothing", GrpcEncoding::Gzip, framed("", true), 100, "");
        row("nothing, packed", GrpcEncoding::Gzip, framed(packed("", 31), true), 100, "");
        row("cut off", GrpcEncoding::Gzip, framed(gzip.substr(0, gzip.size() - 3), true), 1000, "InvalidArgument");
        row("no gzip", GrpcEncoding::Gzip, framed("what is this", true), 100, "InvalidArgument");
        row("something behind it", GrpcEncoding::Gzip, framed(gzip + "x", true), 1000, "InvalidArgument");
        row("as much as allowed", GrpcEncoding::Gzip, framed(gzip, true), static_cast<int>(text.size()), good);
        row("one byte more than allowed", GrpcEncoding::Gzip, framed(gzip, true), static_cast<int>(text.size()) - 1,
            "ResourceExhausted");
        row("packed already more than allowed", GrpcEncoding::Gzip, framed(gzip, true), 20, "ResourceExhausted");
        row("a bomb", GrpcEncoding::Gzip, framed(bomb, true), 1 << 20, "ResourceExhausted");
    }
    void packedMessages()
    {
        QFETCH(int, encoding);
        QFETCH(QByteArray, bytes);
        QFETCH(int, most);
        QFETCH(QString, result);
        for (const std::size_t piece : {std::size_t(1) << 30, std::size_t(1)}) {
            GrpcMessageReader reader(static_cast<GrpcEncoding>(encoding));
            const std::string all = bytes.toStdString();
            QString seen;
            for (std::size_t i = 0; i < all.size(); i += std::min(piece, all.size() - i)) {
                auto part = std::string_view(all).substr(i, piece);
                auto next = reader.next(part, static_cast<std::uint64_t>(most));
                if (next.ok() && !*next) continue;
                seen = QString::fromStdString(next.ok() ? std::string((*next)->bytes()) : codeName(next.status()));
                break;
            }
            QCOMPARE(seen, result);
        }
    }

    void encodingsByName()
    {
        QVERIFY(parseGrpcEncoding("") == GrpcEncoding::Identity);
        QVERIFY(parseGrpcEncoding("identity") == GrpcEncoding::Identity);
        QVERIFY(parseGrpcEncoding("gzip") == GrpcEncoding::Gzip);
        QVERIFY(parseGrpcEncoding("deflate") == GrpcEncoding::Deflate);
        QVERIFY(!parseGrpcEncoding("snappy") && !parseGrpcEncoding("GZIP "));
    }

    void timeouts_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<qint64>("ns");  // -1: none
        QTest::newRow("hours") << "2H" << qint64(7'200'000'000'000);
        QTest::newRow("minutes") << "3M" << qint64(180'000'000'000);
        QTest::newRow("seconds") << "5S" << qint64(5'000'000'000);
        QTest::newRow("milliseconds") << "250m" << qint64(250'000'000);
        QTest::newRow("microseconds") << "99999999u" << qint64(99'999'999'000);
        QTest::newRow("nanoseconds") << "1n" << qint64(1);
        QTest::newRow("nothing left") << "0n" << qint64(0);
        QTest::newRow("more than there is") << "99999999H" << std::numeric_limits<qint64>::max();
        for (const auto* text : {"", "S", "5", "5s", "-5S", "+5S", " 5S", "5 S", "123456789S", "1.5S", "0x5S", "5SS"})
            QTest::addRow("no time: '%s'", text) << text << qint64(-1);
    }
    void timeouts()
    {
        QFETCH(QString, text);
        QFETCH(qint64, ns);
        const auto parsed = parseGrpcTimeout(text.toStdString());
        QCOMPARE(parsed.has_value(), ns >= 0);
        if (parsed) QCOMPARE(std::chrono::nanoseconds(*parsed).count(), ns);
    }
    void timeoutsAreWrittenRoundedUp()
    {
        QCOMPARE(formatGrpcTimeout(Duration(0)), std::string("0n"));
        QCOMPARE(formatGrpcTimeout(-5s), std::string("0n"));
        QCOMPARE(formatGrpcTimeout(50ms), std::string("50000000n"));
        QCOMPARE(formatGrpcTimeout(100ms), std::string("100000u"));
        QCOMPARE(formatGrpcTimeout(100ms + Duration(1)), std::string("100001u"));
        QCOMPARE(formatGrpcTimeout(Duration::max()), std::string("2562048H"));
        QCOMPARE(formatCoarseGrpcTimeout(9999ms), formatGrpcTimeout(9999ms));
        QCOMPARE(formatCoarseGrpcTimeout(10s), std::string("10S"));
        QCOMPARE(formatCoarseGrpcTimeout(299s + Duration(1)), std::string("300S"));
        QCOMPARE(formatCoarseGrpcTimeout(Duration::max()), std::string("2562048H"));
        for (const auto each : {Duration(1), Duration(123'456'789), Duration(98'765'432'101'234)}) {
            const auto again = parseGrpcTimeout(formatGrpcTimeout(each));
            QVERIFY(again && *again >= each && *again <= each + each / 100'000);
        }
    }

    void messagesOfErrors_data()
    {
        QTest::addColumn<QString>("plain");
        QTest::addColumn<QString>("coded");
        QTest::newRow("plain") << "all is well"
                               << "all is well";
        QTest::newRow("percent") << "100%"
                                 << "100%25";
        QTest::newRow("line break") << "a\nb"
                                    << "a%0Ab";
        QTest::newRow("letters") << QString::fromUtf8("größer") << "gr%C3%B6%C3%9Fer";
        QTest::newRow("nothing") << ""
                                 << "";
    }
    void messagesOfErrors()
    {
        QFETCH(QString, plain);
        QFETCH(QString, coded);
        QCOMPARE(percentEncoded(plain.toStdString()), coded.toStdString());
        QCOMPARE(percentDecoded(coded.toStdString()), plain.toStdString());
    }
    void whatIsNotPercentCodedStays()
    {
        QCOMPARE(percentDecoded("100%"), std::string("100%"));
        QCOMPARE(percentDecoded("%4"), std::string("%4"));
        QCOMPARE(percentDecoded("%zz%41"), std::string("%zzA"));
        QCOMPARE(percentDecoded("%%41"), std::string("%A"));
        QCOMPARE(percentDecoded("%c3%b6"), std::string("\xc3\xb6"));
    }

    void contentTypes()
    {
        for (const auto* good : {"application/grpc", "application/grpc+proto", "application/grpc;charset=utf-8",
                                 "Application/GRPC", "application/grpc+proto; x=y", "application/grpc ;a"})
            QVERIFY2(isGrpcContent(good), good);
        for (const auto* bad : {"", "application/grpc+json", "application/grpc-web", "application/grpc-web+proto",
                                "application/json", "application/grp", "text/plain;application/grpc"})
            QVERIFY2(!isGrpcContent(bad), bad);
    }

    void statuses()
    {
        QCOMPARE(parseGrpcStatus("0"), 0);
        QCOMPARE(parseGrpcStatus("16"), 16);
        for (const auto* bad : {"", "17", "-1", "x", "1x", " 1", "99999999999999"}) QCOMPARE(parseGrpcStatus(bad), 2);
        QCOMPARE(grpcStatusOfHttp(401), 16);
        QCOMPARE(grpcStatusOfHttp(404), 12);
        QCOMPARE(grpcStatusOfHttp(503), 14);
        QCOMPARE(grpcStatusOfHttp(200), 2);
    }
};

QTEST_GUILESS_MAIN(TestGrpcWire)
#include "tst_grpc_wire.moc"
