// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/buffers.h"
#include "support/seed.h"

#include <QtTest>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>

using namespace millrace;
using namespace millrace::http;

namespace {

void put(InBuffer& buffer, net::mutable_buffer room, std::string_view bytes)
{
    std::memcpy(room.data(), bytes.data(), bytes.size());
    buffer.commit(bytes.size());
}

}  // namespace

class TestBuffers : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// The buffer used to be cut to the smaller limit, and the room behind its end became nearly 2^64 bytes.
    void aSmallerLimitLeavesWhatIsHeld()
    {
        constexpr std::size_t kLarge = 1u << 20;
        InBuffer buffer;
        const std::string sent(300'000, 'a');
        for (std::size_t at = 0; at < sent.size();) {
            const auto room = buffer.prepare(kLarge);
            QVERIFY(room.size() > 0);
            const std::size_t part = std::min(room.size(), sent.size() - at);
            put(buffer, room, std::string_view(sent).substr(at, part));
            at += part;
        }
        QCOMPARE(buffer.prepare(65536).size(), std::size_t(0));
        QVERIFY(buffer.view() == sent);

        const auto room = buffer.prepare(sent.size() + 3);
        QVERIFY(room.size() > 0 && room.size() <= 3);
        put(buffer, room, "b");
        QVERIFY(buffer.view() == sent + "b");
    }

    void aFullBufferHasNoRoom()
    {
        InBuffer buffer;
        const auto first = buffer.prepare(InBuffer::kStart);
        QCOMPARE(first.size(), InBuffer::kStart);
        put(buffer, first, std::string(InBuffer::kStart, 'x'));
        QCOMPARE(buffer.prepare(InBuffer::kStart).size(), std::size_t(0));
        buffer.consume(10);
        QCOMPARE(buffer.prepare(InBuffer::kStart).size(), std::size_t(10));
    }

    void holdsWhatCameInUnderAnyLimits()
    {
        const auto seed = testSeed();
        std::mt19937 random(seed);
        const auto upTo = [&](std::size_t most) { return std::uniform_int_distribution<std::size_t>(0, most)(random); };
        for (int round = 0; round < 50; ++round) {
            InBuffer buffer;
            std::string model;
            char next = 'a';
            for (int step = 0; step < 400; ++step) {
                switch (upTo(5)) {
                    case 0: {
                        const std::size_t count = upTo(model.size());
                        buffer.consume(count);
                        model.erase(0, count);
                        break;
                    }
                    case 1:
                        buffer.release();
                        break;
                    case 2:
                        buffer.consume(model.size());
                        model.clear();
                        break;
                    default: {
                        const std::size_t most = std::size_t(1) << upTo(18);
                        const auto room = buffer.prepare(most);
                        QVERIFY2(model.size() + room.size() <= std::max(most, model.size()),
                                 qPrintable(QString("seed %1").arg(seed)));
                        QVERIFY2((room.size() == 0) == (model.size() >= most),
                                 qPrintable(QString("seed %1").arg(seed)));
                        const std::string bytes(upTo(room.size()), next);
                        put(buffer, room, bytes);
                        model += bytes;
                        next = next == 'z' ? 'a' : static_cast<char>(next + 1);
                    }
                }
                QVERIFY2(buffer.view() == model, qPrintable(QString("seed %1").arg(seed)));
                QVERIFY(buffer.capacity() <= std::max<std::size_t>(InBuffer::kStart, 1u << 18));
            }
        }
    }

    void piecesAreConsumedInOrder()
    {
        Pieces pieces;
        pieces.add("head");
        pieces.add("");
        pieces.add("body");
        QCOMPARE(pieces.left(), std::size_t(8));
        pieces.consume(5);
        QCOMPARE(pieces.left(), std::size_t(3));
        QCOMPARE(pieces.all[2].size(), std::size_t(3));
        pieces.consume(3);
        QCOMPARE(pieces.left(), std::size_t(0));
    }
};

QTEST_GUILESS_MAIN(TestBuffers)
#include "tst_buffers.moc"
