// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/backpressure.h"
#include "stream/chunk_codec.h"
#include "stream/chunk_sizer.h"
#include "stream/gzip_writer.h"
#include "stream/rate_meter.h"
#include "stream/sse_splitter.h"
#include "support/seed.h"
#include "support/stream_fakes.h"

#include <QtTest>

#include <random>

using namespace millrace;
using namespace millrace::stream;
using millrace::testing::GzipReader;

namespace {

constexpr TimePoint kStart = TimePoint{} + 1h;

std::string noise(std::size_t bytes, std::uint64_t seed)
{
    std::mt19937_64 random(seed);
    std::string text(bytes, '\0');
    for (auto& letter : text) letter = static_cast<char>(random());
    return text;
}

std::string prose(std::size_t bytes)
{
    static constexpr std::array kWords{"wheel", "water", "mill", "stone", "grain", "sluice", "flour", "race"};
    std::mt19937 random(7);
    std::string text;
    while (text.size() < bytes) {
        text += kWords[random() % kWords.size()];
        text += ' ';
    }
    text.resize(bytes);
    return text;
}

std::string tokenEvent(std::size_t number)
{
    return "data: {\"id\":\"chatcmpl-7f3a\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":"
           "\"scribe\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word" +
           std::to_string(number) + "\"},\"finish_reason\":null}]}\n\n";
}

std::string encoded(std::string_view raw, std::size_t size, ChunkCompression compression)
{
    std::string frames;
    ChunkEncoder encoder(
        [&frames](std::string_view frame) {
            frames += frame;
            return absl::OkStatus();
        },
        size, compression);
    const Status written = encoder.write(raw);
    const Status finished = encoder.finish();
    if (!written.ok() || !finished.ok()) qFatal("encoding failed");
    return frames;
}

/// Decodes what arrives in pieces; an error is what stopped it.
StatusOr<std::string> decoded(std::string_view frames, std::size_t pieceBytes)
{
    ChunkDecoder decoder([&frames, pieceBytes]() -> StatusOr<std::string> {
        std::string piece(frames.substr(0, pieceBytes));
        frames.remove_prefix(piece.size());
        return piece;
    });
    std::string all;
    for (;;) {
        auto chunk = decoder.next();
        if (!chunk.ok()) return chunk.status();
        if (!*chunk) return all;
        all += **chunk;
    }
}

}  // namespace

class TestStreamCores : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // ---- decoder ----

    void decoderNeverAcceptsAMutatedChunk()
    {
        const auto seed = testSeed();
        std::mt19937 random(seed);
        const std::string raw = prose(9000) + noise(3000, 5);
        const std::vector<std::string> originals{
            encoded(raw, 4096, {}),
            encoded(raw, 4096, {.enabled = true}),
            encoded("one small chunk", 4096, {}),
            encoded("", 4096, {}),
        };
        const std::vector<std::string> raws{raw, raw, "one small chunk", ""};
        int refused = 0;
        for (int round = 0; round < 20000; ++round) {
            const std::size_t which = random() % originals.size();
            std::string frames = originals[which];
            const std::size_t at = random() % frames.size();
            switch (random() % 6) {
                case 0:
                    frames[at] = static_cast<char>(frames[at] ^ (1 << (random() % 8)));
                    break;
                case 1:
                    frames[at] = static_cast<char>(frames[at] + 1 + static_cast<char>(random() % 255));
                    break;
                case 2:
                    frames.resize(at);
                    break;
                case 3:
                    frames.insert(at, noise(1 + random() % 64, random()));
                    break;
                case 4:
                    frames.erase(at, 1 + random() % 64);
                    break;
                case 5:
                    frames += noise(1 + random() % 64, random());
                    break;
            }
            if (frames == originals[which]) continue;
            const auto result = decoded(frames, 1 + random() % 5000);
            if (result.ok()) {
                QFAIL(qPrintable(
                    QStringLiteral("a mutated stream was accepted; MILLRACE_SEED=%1 round %2").arg(seed).arg(round)));
            }
            ++refused;
        }
        QVERIFY(refused > 15000);
    }

    void decoderSurvivesNoise()
    {
        const auto seed = testSeed();
        std::mt19937 random(seed);
        for (int round = 0; round < 2000; ++round) {
            std::string bytes = noise(random() % 300, random());
            if (round % 2 == 0) bytes.insert(0, "MRC1");
            QVERIFY2(!decoded(bytes, 1 + random() % 64).ok(), qPrintable(QString::number(seed)));
        }
    }

    void decompressorRefuses_data()
    {
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("says");
        QTest::newRow("bomb") << int(absl::StatusCode::kResourceExhausted) << "decompresses to more than";
        QTest::newRow("bomb that announces its size") << int(absl::StatusCode::kResourceExhausted) << "at most 1048576";
        QTest::newRow("too much data") << int(absl::StatusCode::kResourceExhausted) << "carries 1050000 bytes";
        QTest::newRow("out of order") << int(absl::StatusCode::kInvalidArgument) << "chunk 1 came where chunk 0";
        QTest::newRow("empty in the middle") << int(absl::StatusCode::kInvalidArgument) << "is empty";
        QTest::newRow("size that does not fit") << int(absl::StatusCode::kInvalidArgument) << "carries 5 bytes, not";
        QTest::newRow("wrong checksum") << int(absl::StatusCode::kInvalidArgument) << "wrong CRC-32";
        QTest::newRow("gzip cut short") << int(absl::StatusCode::kInvalidArgument) << "damaged";
        QTest::newRow("gzip with bytes behind it") << int(absl::StatusCode::kInvalidArgument) << "bytes follow";
        QTest::newRow("gzip of less than announced") << int(absl::StatusCode::kInvalidArgument) << "not the 2001";
        QTest::newRow("not gzip") << int(absl::StatusCode::kInvalidArgument) << "damaged";
    }
    void decompressorRefuses()
    {
        QFETCH(int, code);
        QFETCH(QString, says);
        const std::string row = QTest::currentDataTag();
        const auto gzip = [](const std::string& raw) {
            std::string packed;
            Deflater(Deflater::Format::Gzip, kBulkShape).run(raw, Deflater::Flush::Finish, packed);
            return packed;
        };
        const std::string zeros(8u << 20, '\0');
        ChunkHead head;
        std::string data = "hello";
        head.rawBytes = 5;
        head.crc32 = crc32Of(data);
        if (row == "bomb") {
            head.compressed = true;
            head.rawBytes = 1000;
            data = gzip(zeros);
        } else if (row == "bomb that announces its size") {
            head.compressed = true;
            head.rawBytes = static_cast<std::uint32_t>(zeros.size());
            data = gzip(zeros);
        } else if (row == "too much data") {
            data.assign(1050000, 'x');
            head.rawBytes = 1u << 20;
        } else if (row == "out of order") {
            head.sequence = 1;
        } else if (row == "empty in the middle") {
            data.clear();
            head.rawBytes = 0;
            head.crc32 = 0;
        } else if (row == "size that does not fit") {
            head.rawBytes = 6;
        } else if (row == "wrong checksum") {
            head.crc32 ^= 1;
        } else {
            const std::string raw = prose(2000);
            head.compressed = true;
            head.rawBytes = 2000;
            head.crc32 = crc32Of(raw);
            data = gzip(raw);
            if (row == "gzip cut short") data.resize(data.size() - 3);
            if (row == "gzip with bytes behind it") data += "more";
            if (row == "gzip of less than announced") head.rawBytes = 2001;
            if (row == "not gzip") data = raw;
        }
        ChunkDecompressor decompressor;
        const auto result = decompressor.decompress(head, data);
        QVERIFY(!result.ok());
        QCOMPARE(int(result.status().code()), code);
        QVERIFY2(QString::fromStdString(text(result.status())).contains(says), text(result.status()).c_str());
        // It stays with the first error, whatever comes.
        ChunkHead good;
        good.last = true;
        QCOMPARE(text(decompressor.decompress(good, "").status()), text(result.status()));
        QCOMPARE(text(decompressor.ended()), text(result.status()));
    }

    void decoderRefusesAHugeFrameBeforeItHoldsIt()
    {
        std::string head = encoded("x", 1, {}).substr(0, kChunkHeadBytes);
        head[20] = head[21] = head[22] = '\xff';
        head[23] = '\x7f';
        std::uint64_t given = 0;
        ChunkDecoder decoder([&]() -> StatusOr<std::string> {
            given += given == 0 ? head.size() : 65536;
            return given == head.size() ? head : std::string(65536, 'x');
        });
        const auto chunk = decoder.next();
        QCOMPARE(chunk.status().code(), absl::StatusCode::kResourceExhausted);
        QCOMPARE(given, std::uint64_t(head.size()));
    }

    void encoderStopsAtTheWritersError()
    {
        int calls = 0;
        ChunkEncoder encoder(
            [&calls](std::string_view) {
                ++calls;
                return unavailable("the disk is full");
            },
            4096);
        QVERIFY(!encoder.write(std::string(10000, 'x')).ok());
        QVERIFY(!encoder.write("more").ok());
        QVERIFY(!encoder.finish().ok());
        QCOMPARE(calls, 1);
    }

    // ---- gate ----

    void gateKeepsItsInvariants()
    {
        const auto seed = testSeed();
        std::mt19937 random(seed);
        constexpr std::uint64_t kRead = 65536;
        for (int run = 0; run < 60; ++run) {
            const std::uint64_t limit = 200'000 + random() % 2'000'000;
            Backpressure gate(limit);
            std::uint64_t limitNow = limit;
            std::vector<std::unique_ptr<Backpressure::Account>> accounts;
            std::map<Backpressure::Account*, bool> waits;
            std::uint64_t overshoot = 0;
            TimePoint now = kStart;
            const auto wake = [&](const Backpressure::Resumed& resumed) {
                for (auto* account : resumed) {
                    if (!waits[account]) QFAIL(qPrintable(QString("woke one that does not wait, seed %1").arg(seed)));
                    waits[account] = false;
                }
            };
            for (int step = 0; step < 2000; ++step) {
                now += std::chrono::microseconds(random() % 5000);
                const auto choice = random() % 100;
                if (accounts.empty() || (choice < 5 && accounts.size() < 40)) {
                    accounts.push_back(std::make_unique<Backpressure::Account>());
                    accounts.back()->window = 4096 + random() % 500'000;
                    continue;
                }
                auto& account = *accounts[random() % accounts.size()];
                if (choice < 55) {
                    if (waits[&account]) continue;
                    const std::uint64_t before = gate.buffered();
                    const bool empty = account.buffered == 0;
                    if (gate.mayRead(account, now)) {
                        QVERIFY(empty || account.buffered < account.window);
                        QVERIFY(empty || before < limitNow);
                        const std::size_t bytes = 1 + random() % kRead;
                        gate.onRead(account, bytes);
                        QVERIFY(account.buffered <= account.window + kRead);
                    } else {
                        QVERIFY(!empty);
                        waits[&account] = true;
                    }
                } else if (choice < 95) {
                    if (account.buffered == 0) continue;
                    wake(gate.onWritten(account, 1 + random() % account.buffered, now));
                    QVERIFY(account.pausedBy != Backpressure::By::Client || account.buffered > account.window / 2);
                } else if (choice < 97) {
                    limitNow = 100'000 + random() % 2'000'000;
                    wake(gate.setLimit(limitNow, now));
                } else {
                    const auto it = std::find_if(accounts.begin(), accounts.end(),
                                                 [&account](const auto& held) { return held.get() == &account; });
                    wake(gate.close(account, now));
                    waits.erase(&account);
                    accounts.erase(it);
                }
                std::uint64_t buffered = 0;
                std::uint64_t paused = 0;
                for (const auto& held : accounts) {
                    buffered += held->buffered;
                    const bool isPaused = held->pausedBy != Backpressure::By::Nobody;
                    paused += isPaused ? 1 : 0;
                    QCOMPARE(isPaused, waits[held.get()]);
                    if (held->pausedBy == Backpressure::By::Limit) QVERIFY(held->buffered > 0);
                    if (held->pausedBy == Backpressure::By::Limit) QVERIFY(gate.buffered() > limitNow / 2);
                }
                overshoot = std::max(overshoot, gate.buffered() > limit ? gate.buffered() - limit : 0);
                const auto pauses = gate.pauses(Backpressure::By::Client) + gate.pauses(Backpressure::By::Limit);
                if (buffered != gate.buffered() || pauses != gate.resumes() + gate.pausedNow() ||
                    paused != gate.pausedNow()) {
                    QFAIL(qPrintable(QStringLiteral("the books do not balance; MILLRACE_SEED=%1 run %2 step %3")
                                         .arg(seed)
                                         .arg(run)
                                         .arg(step)));
                }
            }
            for (auto& account : accounts) gate.close(*account, now);
            QCOMPARE(gate.buffered(), 0u);
            QCOMPARE(gate.pausedNow(), 0u);
        }
    }

    void gateNamesWhoPausedAndForHowLong()
    {
        Backpressure gate(1000);
        Backpressure::Account slow;
        Backpressure::Account other;
        slow.window = 800;
        other.window = 800;
        QVERIFY(gate.mayRead(slow, kStart));
        gate.onRead(slow, 850);
        QVERIFY(!gate.mayRead(slow, kStart));
        QCOMPARE(slow.pausedBy, Backpressure::By::Client);
        QVERIFY(gate.mayRead(other, kStart));
        gate.onRead(other, 200);
        QVERIFY(!gate.mayRead(other, kStart));
        QCOMPARE(other.pausedBy, Backpressure::By::Limit);

        // Above its low mark nothing goes on; at it the slow one does, and the total being low too, so does the other.
        QVERIFY(gate.onWritten(slow, 449, kStart + 1s).empty());
        const auto resumed = gate.onWritten(slow, 101, kStart + 2s);
        QCOMPARE(resumed, (Backpressure::Resumed{&slow, &other}));
        QCOMPARE(slow.pausedByClient, Duration(2s));
        QCOMPARE(other.pausedByLimit, Duration(2s));
        QCOMPARE(gate.resumes(), 2u);
    }

    void gateLetsAnEmptyStreamReadWhenOthersFillTheLimit()
    {
        Backpressure gate(1000);
        Backpressure::Account stalled;
        Backpressure::Account lively;
        stalled.window = lively.window = 5000;
        gate.onRead(stalled, 1500);
        QVERIFY(gate.mayRead(lively, kStart));
        gate.onRead(lively, 10);
        QVERIFY(!gate.mayRead(lively, kStart));
        // Its own bytes being out is enough, though the stalled client still holds all of the limit.
        QCOMPARE(gate.onWritten(lively, 10, kStart), Backpressure::Resumed{&lively});
    }

    void gateTakesALowerLimitAtOnce()
    {
        Backpressure gate(10'000);
        Backpressure::Account account;
        account.window = 100'000;
        gate.onRead(account, 5000);
        QVERIFY(gate.mayRead(account, kStart));
        QVERIFY(gate.setLimit(4000, kStart).empty());
        QVERIFY(!gate.mayRead(account, kStart));
        QCOMPARE(gate.setLimit(10'000, kStart), Backpressure::Resumed{&account});
    }

    // ---- sizer ----

    void sizerFollowsTheBandwidth_data()
    {
        QTest::addColumn<double>("bytesPerSecond");
        QTest::addColumn<quint32>("least");
        QTest::addColumn<quint32>("most");
        QTest::newRow("modem: the smallest") << 20e3 << 4096u << 4096u;
        QTest::newRow("slow line") << 400e3 << 12288u << 32768u;
        QTest::newRow("where it starts") << 1.3e6 << 65536u << 65536u;
        QTest::newRow("fast line") << 8e6 << 262144u << 602112u;
        QTest::newRow("loopback: the largest") << 1e9 << 1048576u << 1048576u;
    }
    void sizerFollowsTheBandwidth()
    {
        QFETCH(double, bytesPerSecond);
        QFETCH(quint32, least);
        QFETCH(quint32, most);
        ChunkSizer sizer(65536);
        QCOMPARE(sizer.bytes(), 65536u);
        QCOMPARE(sizer.reason(), ChunkSizer::SizeReason::Start);
        for (int i = 0; i < 20; ++i) {
            const auto before = sizer.bytes();
            sizer.sent(before, fromMs(before / bytesPerSecond * 1000));
            QVERIFY(sizer.bytes() <= before * 2 && sizer.bytes() >= before / 2);
            QCOMPARE(sizer.bytes() % 4096, 0u);
        }
        QVERIFY2(sizer.bytes() >= least && sizer.bytes() <= most, qPrintable(QString::number(sizer.bytes())));
        QCOMPARE(sizer.reason(), ChunkSizer::SizeReason::Steady);
        QVERIFY(std::abs(sizer.bytesPerSecond() / bytesPerSecond - 1) < 0.01);
    }

    void sizerTurnsWhenTheClientDoes()
    {
        ChunkSizer sizer(65536);
        for (int i = 0; i < 10; ++i) sizer.sent(sizer.bytes(), 1ms);
        QCOMPARE(sizer.bytes(), ChunkSizer::kBytesMax);
        sizer.sent(sizer.bytes(), 2s);
        QCOMPARE(sizer.reason(), ChunkSizer::SizeReason::Slower);
        for (int i = 0; i < 20; ++i) sizer.sent(sizer.bytes(), 500ms);
        QCOMPARE(sizer.bytes(), ChunkSizer::kBytesMin);
    }

    void sizerDoesNotFlutter()
    {
        ChunkSizer sizer(65536);
        const double bandwidth = 65536 / 0.05;
        for (int i = 0; i < 200; ++i) {
            const double noisy = bandwidth * (i % 2 == 0 ? 0.8 : 1.25);
            sizer.sent(sizer.bytes(), fromMs(sizer.bytes() / noisy * 1000));
            QCOMPARE(sizer.bytes(), 65536u);
        }
    }

    void sizerKeepsToItsLimits()
    {
        ChunkSizer fixed(10000, false);
        for (int i = 0; i < 10; ++i) fixed.sent(10000, 1us);
        QCOMPARE(fixed.bytes(), 10000u);
        QCOMPARE(fixed.reason(), ChunkSizer::SizeReason::Fixed);

        ChunkSizer narrow(65536, true, 131072);
        for (int i = 0; i < 10; ++i) narrow.sent(narrow.bytes(), 0us);
        QCOMPARE(narrow.bytes(), 131072u);
        QCOMPARE(ChunkSizer(1).bytes(), ChunkSizer::kBytesMin);
        QCOMPARE(ChunkSizer(1u << 30).bytes(), ChunkSizer::kBytesMax);
        QCOMPARE(ChunkSizer(65536, true, 0).bytes(), ChunkSizer::kBytesMin);
    }

    // ---- splitter ----

    void splitterCountsEvents_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("events");
        QTest::addColumn<bool>("boundary");
        QTest::newRow("nothing yet") << QByteArray() << 0 << true;
        QTest::newRow("LF") << QByteArray("data: a\n\ndata: b\n\n") << 2 << true;
        QTest::newRow("CRLF") << QByteArray("data: a\r\n\r\ndata: b\r\n\r\n") << 2 << true;
        QTest::newRow("CR alone") << QByteArray("data: a\r\rdata: b\r\r") << 2 << true;
        QTest::newRow("ends of all kinds") << QByteArray("data: a\r\n\ndata: b\n\r\ndata: c\r\r\n") << 3 << true;
        QTest::newRow("within a line") << QByteArray("data: a\n\ndata: b") << 1 << false;
        QTest::newRow("within an event") << QByteArray("data: a\n\ndata: b\n") << 1 << false;
        QTest::newRow("several data lines") << QByteArray("data: a\ndata: b\ndata\n\n") << 1 << true;
        QTest::newRow("no space after the colon") << QByteArray("data:a\n\n") << 1 << true;
        QTest::newRow("event and id") << QByteArray("event: x\nid: 1\ndata: a\n\n") << 1 << true;
        QTest::newRow("without data it is none") << QByteArray("event: x\n\n") << 0 << true;
        QTest::newRow("retry alone") << QByteArray("retry: 10\n") << 0 << false;
        QTest::newRow("comment") << QByteArray(": still here\n\n") << 0 << true;
        QTest::newRow("comment without its empty line") << QByteArray(": still here\n") << 0 << true;
        QTest::newRow("half a comment") << QByteArray(": sti") << 0 << false;
        QTest::newRow("comment within an event") << QByteArray("data: a\n: x\n") << 0 << false;
        QTest::newRow("data in another name") << QByteArray("database: a\n\n") << 0 << true;
        QTest::newRow("blank lines") << QByteArray("\n\n\ndata: a\n\n\n\n") << 1 << true;
        QTest::newRow("byte order mark") << QByteArray(
                                                "\xEF\xBB\xBF"
                                                "data: a\n\n")
                                         << 1 << true;
        QTest::newRow("characters of many bytes") << QByteArray("data: \xE6\xB0\xB4\xF0\x9F\x8C\x8A\n\n") << 1 << true;
        QTest::newRow("done") << QByteArray("data: {}\n\ndata: [DONE]\n\n") << 2 << true;
    }
    void splitterCountsEvents()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(int, events);
        QFETCH(bool, boundary);
        const std::string all = bytes.toStdString();
        // However it is cut, also within CRLF and within a character.
        for (std::size_t cut = 1; cut <= std::max<std::size_t>(all.size(), 1); ++cut) {
            SseSplitter splitter;
            std::uint64_t counted = 0;
            for (std::size_t at = 0; at < all.size(); at += cut) counted += splitter.feed(all.substr(at, cut));
            QCOMPARE(counted, std::uint64_t(events));
            QCOMPARE(splitter.events(), std::uint64_t(events));
            QCOMPARE(splitter.atBoundary(), boundary);
        }
    }

    void splitterSaysWhatIsWhole_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("whole");  // bytes, had they come in one piece
        QTest::addColumn<bool>("done");
        QTest::addColumn<bool>("finished");
        QTest::newRow("nothing") << QByteArray() << 0 << false << false;
        QTest::newRow("all") << QByteArray("data: a\n\n") << 9 << false << false;
        QTest::newRow("half") << QByteArray("data: a\n\ndata: b\n") << 9 << false << false;
        QTest::newRow("comment") << QByteArray("data: a\n\n: x\n") << 13 << false << false;
        QTest::newRow("comment within") << QByteArray("data: a\n: x\n") << 0 << false << false;
        QTest::newRow("done, and more") << QByteArray("data: [DONE]\n\ndata: b\n\n") << 14 << true << true;
        QTest::newRow("done and CRLF") << QByteArray("data: [DONE]\r\n\r\nx") << 16 << true << true;
        QTest::newRow("done with an id") << QByteArray("id: 3\ndata: [DONE]\n\n") << 20 << true << true;
        QTest::newRow("not quite done") << QByteArray("data: [DONE]!\n\n") << 15 << false << false;
        QTest::newRow("done among other lines") << QByteArray("data: a\ndata: [DONE]\n\n") << 22 << false << false;
        QTest::newRow("done, then another line") << QByteArray("data: [DONE]\ndata: a\n\n") << 22 << false << false;
        QTest::newRow("done without its end") << QByteArray("data: [DONE]\n") << 0 << false << false;
        QTest::newRow("message_stop") << QByteArray("event: message_stop\ndata: {}\n\n") << 30 << false << true;
        QTest::newRow("response.incomplete")
            << QByteArray("event: response.incomplete\ndata: {}\n\n") << 37 << false << true;
        QTest::newRow("an event of another name")
            << QByteArray("event: message_stopped\ndata: {}\n\n") << 33 << false << false;
        QTest::newRow("an error") << QByteArray("data: {\"error\":{}}\n\n") << 20 << false << true;
    }
    void splitterSaysWhatIsWhole()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(int, whole);
        QFETCH(bool, done);
        QFETCH(bool, finished);
        const std::string all = bytes.toStdString();
        for (std::size_t cut = 1; cut <= std::max<std::size_t>(all.size(), 1); ++cut) {
            SseSplitter splitter;
            std::size_t reached = 0;
            for (std::size_t at = 0; at < all.size(); at += cut) {
                const bool before = splitter.done();
                splitter.feed(all.substr(at, cut));
                if (splitter.whole() > 0) reached = at + splitter.whole();
                QVERIFY(!before || splitter.whole() == 0 || (splitter.whole() == 1 && all[at] == '\n'));
            }
            QCOMPARE(reached, static_cast<std::size_t>(whole));
            QCOMPARE(splitter.done(), done);
            QCOMPARE(splitter.finished(), finished);
        }
    }

    void splitterCountsLines()
    {
        SseSplitter splitter(SseSplitter::Kind::Lines);
        QCOMPARE(splitter.feed("{\"a\":1}\n{\"b\""), 1u);
        QVERIFY(!splitter.atBoundary());
        QCOMPARE(splitter.feed(":2}\n\n"), 1u);
        QVERIFY(splitter.atBoundary());
    }

    // ---- gzip ----

    void gzipHoldsNoEventBack()
    {
        // A middleware that packs without a flush keeps small events until kilobytes have come together.
        GzipWriter writer(GzipRule{1024, 0.2}, kEventShape);
        GzipReader reader;
        std::size_t sent = 0;
        std::size_t raw = 0;
        for (std::size_t i = 0; i < 200; ++i) {
            std::string packed;
            writer.write(tokenEvent(i), true, packed);
            QCOMPARE(reader.feed(packed), tokenEvent(i));
            sent += packed.size();
            raw += tokenEvent(i).size();
            QCOMPARE(writer.state(), raw > 1024 ? GzipWriter::State::Compressing : GzipWriter::State::Undecided);
        }
        std::string end;
        writer.finish(end);
        QCOMPARE(reader.feed(end), std::string());
        QVERIFY(reader.ended() && reader.good());
        QVERIFY2(sent < raw / 3, qPrintable(QStringLiteral("%1 of %2").arg(sent).arg(raw)));
    }

    void gzipStoresWhatDoesNotShrink()
    {
        GzipWriter writer(GzipRule{1024, 0.2}, kEventShape);
        GzipReader reader;
        std::string all;
        for (std::uint32_t i = 0; i < 20; ++i) {
            const std::string piece = noise(i == 7 ? 200'000 : 500, i);
            std::string packed;
            writer.write(piece, true, packed);
            QVERIFY(packed.size() > piece.size() && packed.size() < piece.size() + 64);
            QCOMPARE(reader.feed(packed), piece);
        }
        std::string end;
        writer.finish(end);
        reader.feed(end);
        QVERIFY(reader.ended());
        QCOMPARE(writer.state(), GzipWriter::State::Storing);
    }

    void gzipOfNothingIsWhole()
    {
        GzipWriter writer(GzipRule{}, kEventShape);
        GzipReader reader;
        std::string end;
        writer.finish(end);
        QCOMPARE(reader.feed(end), std::string());
        QVERIFY(reader.ended());
    }

    void gzipReadsBackWhateverThePieces()
    {
        const auto seed = testSeed();
        std::mt19937 random(seed);
        for (int round = 0; round < 60; ++round) {
            GzipWriter writer =
                round % 3 == 0 ? GzipWriter(kBulkShape) : GzipWriter(GzipRule{random() % 6000, 0.2}, kEventShape);
            GzipReader reader;
            std::string raw;
            std::string back;
            for (int i = 0; i < 40; ++i) {
                const std::size_t bytes = random() % 3000;
                const std::string piece = random() % 3 == 0 ? noise(bytes, random()) : prose(bytes);
                std::string packed;
                const bool flush = random() % 2 == 0;
                writer.write(piece, flush, packed);
                raw += piece;
                back += reader.feed(packed);
                if (flush) QVERIFY2(back == raw, qPrintable(QString::number(seed)));
            }
            std::string end;
            writer.finish(end);
            back += reader.feed(end);
            QVERIFY2(back == raw && reader.ended() && reader.good(), qPrintable(QString::number(seed)));
        }
    }

    void compressedTypesAreLeftAlone_data()
    {
        QTest::addColumn<bool>("packed");
        for (const char* type : {"image/png", "IMAGE/JPEG", "audio/mpeg", "video/mp4", "application/gzip",
                                 "application/zip ; x=y", "application/pdf"}) {
            QTest::newRow(type) << true;
        }
        for (const char* type : {"application/json", "text/event-stream; charset=utf-8", "image/svg+xml", "audio/wav",
                                 "application/octet-stream", ""}) {
            QTest::newRow(*type ? type : "no type") << false;
        }
    }
    void compressedTypesAreLeftAlone()
    {
        QFETCH(bool, packed);
        const std::string tag = QTest::currentDataTag();
        QCOMPARE(isCompressedType(tag == "no type" ? "" : tag), packed);
    }

    // ---- figures ----

    void rateFadesWithoutATimer()
    {
        RateMeter rate(kStart);
        for (int i = 1; i <= 100; ++i) rate.add(10, kStart + i * 100ms);
        QVERIFY(std::abs(rate.perSecond(kStart + 10s) - 100) < 6);
        QVERIFY(rate.perSecond(kStart + 20s) < 1);
        RateMeter young(kStart);
        for (int i = 1; i <= 5; ++i) young.add(10, kStart + i * 100ms);
        QVERIFY(std::abs(young.perSecond(kStart + 500ms) - 100) < 15);
    }
};

QTEST_GUILESS_MAIN(TestStreamCores)
#include "tst_stream_cores.moc"
