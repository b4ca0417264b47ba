// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/call_context.h"
#include "base/cancel.h"
#include "base/cancellable_task.h"
#include "base/error.h"
#include "base/event_log.h"
#include "base/file_health.h"
#include "base/file_lock.h"
#include "base/format.h"
#include "base/gate.h"
#include "base/letters.h"
#include "base/loopback.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "base/number.h"
#include "base/one_shot.h"
#include "base/ring.h"
#include "base/shared_text.h"
#include "base/text.h"
#include "support/seed.h"

#include <QtTest>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>

Q_DECLARE_METATYPE(absl::StatusCode)

using namespace millrace;

namespace {

class StillClock final : public Clock {
public:
    TimePoint now() const override { return TimePoint{1h}; }
    std::int64_t unixMs() const override { return 1000; }
    net::awaitable<void> sleepUntil(TimePoint) override { co_return; }
};

net::awaitable<void> waitInto(OneShot<std::unique_ptr<int>> shot, int* out)
{
    *out = *(co_await shot.wait());
}

net::awaitable<void> untilEmpty(Gate& gate, bool* out)
{
    co_await gate.emptied();
    *out = true;
}

/// Holds, as its argument, the only thing that could cancel it, and ends without a wait.
net::awaitable<void> endAtOnce(std::shared_ptr<CancellableTask> own)
{
    own.reset();
    co_return;
}

/// The same, but drops it in the middle of its work.
net::awaitable<void> endLater(std::shared_ptr<CancellableTask> own)
{
    co_await net::post(co_await net::this_coro::executor, net::use_awaitable);
    own.reset();
    co_await net::post(co_await net::this_coro::executor, net::use_awaitable);
}

net::awaitable<void> waitFor(net::steady_timer& timer, std::shared_ptr<CancellableTask> own)
{
    own.reset();
    co_await timer.async_wait(net::use_awaitable);
}

}  // namespace

class TestBase : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// Eight characters are looked at together.
    void eachCharacterIsWashedWhereverItStands()
    {
        for (int c = 0; c < 256; ++c) {
            const bool plain = c >= 0x20 && c < 0x7f;
            for (std::size_t at = 0; at < 20; ++at) {
                std::string text(20, '~');
                text[at] = static_cast<char>(c);
                QCOMPARE(isWashed(text), plain);
                QCOMPARE(washed(text) == text, plain);
            }
        }
    }

    void aFileIsLockedOnce()
    {
        QTemporaryDir folder;
        const std::string path = folder.filePath("lock").toStdString();
        FileLock first = FileLock::tryTake(path);
        QVERIFY(first.held());
        QVERIFY((QFile::permissions(QString::fromStdString(path)) & (QFile::ReadGroup | QFile::ReadOther)) == 0);
        const FileLock second = FileLock::tryTake(path);
        QVERIFY(!second.held() && second.isHeldElsewhere());
        first.setNote("a long note");
        first.setNote("short");
        QCOMPARE(FileLock::noteOf(path), std::string("short"));

        // Removed, it would be another process's for the taking.
        QVERIFY(QFile::remove(QString::fromStdString(path)));
        QVERIFY(first.renew());
        QVERIFY(FileLock::tryTake(path).isHeldElsewhere());
        QVERIFY(QFile::remove(QString::fromStdString(path)));
        FileLock faster = FileLock::tryTake(path);
        QVERIFY(!first.renew());
        FileLock moved = std::move(faster);
        QVERIFY(moved.held() && !faster.held());  // NOLINT(bugprone-use-after-move)
        moved = FileLock();
        QVERIFY(first.renew());
    }
    void aLockThatCannotBeTakenSaysWhy()
    {
        QTemporaryDir folder;
        QVERIFY(QFile::link(folder.filePath("elsewhere"), folder.filePath("link")));
        QCOMPARE(FileLock::tryTake(folder.filePath("link").toStdString()).error(), ELOOP);
        QVERIFY(!QFile::exists(folder.filePath("elsewhere")));
        const FileLock lost = FileLock::tryTake(folder.filePath("none/lock").toStdString());
        QVERIFY(!lost.held() && !lost.isHeldElsewhere());
        QCOMPARE(lost.error(), ENOENT);
        QCOMPARE(FileLock::noteOf(folder.filePath("none/lock").toStdString()), std::string());
    }
    /// Asio looks at the signal's memory after the coroutine has returned (AddressSanitizer sees it where it is gone).
    void aTaskMayOutliveWhatCancelsIt_data()
    {
        QTest::addColumn<bool>("atOnce");
        QTest::newRow("ends without a wait") << true;
        QTest::newRow("ends after a wait") << false;
    }
    void aTaskMayOutliveWhatCancelsIt()
    {
        QFETCH(bool, atOnce);
        net::io_context io;
        int ended = 0;
        for (int round = 0; round < 100; ++round) {
            net::post(io, [&] {
                auto task = std::make_shared<CancellableTask>();
                auto* bare = task.get();
                bare->start(io.get_executor(), atOnce ? endAtOnce(std::move(task)) : endLater(std::move(task)),
                            [&](const std::exception_ptr& thrown) { ended += thrown ? 100 : 1; });
            });
        }
        io.run();
        QCOMPARE(ended, 100);
    }

    void cancellingATaskEndsWhatItWaitsFor()
    {
        net::io_context io;
        net::steady_timer timer(io, net::steady_timer::time_point::max());
        auto task = std::make_shared<CancellableTask>();
        task->cancel();  // never started: nothing
        std::exception_ptr thrown;
        task->start(io.get_executor(), waitFor(timer, task), [&](const std::exception_ptr& why) { thrown = why; });
        io.poll();
        QVERIFY(!thrown);
        net::post(io, [&] { task->cancel(); });
        io.restart();
        io.poll();
        QVERIFY(thrown);
        QVERIFY_EXCEPTION_THROWN(std::rethrow_exception(thrown), boost::system::system_error);
        task->cancel();  // ended: nothing
    }

    void numbersAreWholeTexts_data()
    {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<std::optional<int>>("whole");
        QTest::addColumn<std::optional<std::uint16_t>>("small");
        QTest::addColumn<std::optional<double>>("fraction");
        const auto row = [](const char* text, std::optional<int> whole, std::optional<std::uint16_t> small,
                            std::optional<double> fraction) {
            QTest::newRow(*text ? text : "nothing") << std::string(text) << whole << small << fraction;
        };
        const std::nullopt_t none = std::nullopt;
        row("", none, none, none);
        row("0", 0, 0, 0);
        row("65535", 65535, 65535, 65535);
        row("65536", 65536, none, 65536);
        row("-1", -1, none, -1);
        row("007", 7, 7, 7);
        row("0.5", none, none, 0.5);
        row("1e3", none, none, 1000);
        row("1e999", none, none, none);
        row("99999999999", none, none, 99999999999.0);
        for (const char* text : {"+1", " 1", "1 ", "1x", "0x10", "-", ".", "1,5", "e3"}) row(text, none, none, none);
        QTest::newRow("a zero byte behind it") << std::string("1\0", 2) << std::optional<int>()
                                               << std::optional<std::uint16_t>() << std::optional<double>();
    }
    void numbersAreWholeTexts()
    {
        QFETCH(const std::string, text);
        QTEST(readNumber<int>(text), "whole");
        QTEST(readNumber<std::uint16_t>(text), "small");
        QTEST(readNumber<double>(text), "fraction");
    }

    void wordsAreTrimmed()
    {
        QCOMPARE(trimmed(" \t a b\t"), std::string_view("a b"));
        QCOMPARE(trimmed("\na\r"), std::string_view("\na\r"));
        QCOMPARE(trimmed("\na\r", " \n\r"), std::string_view("a"));
        QCOMPARE(trimmed(" \t"), std::string_view());
        QCOMPARE(trimmed(""), std::string_view());
        QCOMPARE(trimmed("a"), std::string_view("a"));
    }

    void textsFromOutsideAreWashed_data()
    {
        QTest::addColumn<QByteArray>("given");
        QTest::addColumn<int>("most");
        QTest::addColumn<QByteArray>("washed");
        QTest::newRow("plain") << QByteArray("digits-s") << 256 << QByteArray("digits-s");
        QTest::newRow("other scripts") << QByteArray("ünï 模型 🙂") << 256 << QByteArray("ünï 模型 🙂");
        QTest::newRow("no UTF-8") << QByteArray(
                                         "a\xff\xfe"
                                         "b")
                                  << 256
                                  << QByteArray(
                                         "a\xEF\xBF\xBD\xEF\xBF\xBD"
                                         "b");
        QTest::newRow("Latin-1") << QByteArray("caf\xe9 x") << 256 << QByteArray("caf\xEF\xBF\xBD x");
        QTest::newRow("torn at its end") << QByteArray("a\xe6\xa8") << 256 << QByteArray("a\xEF\xBF\xBD");
        QTest::newRow("surrogate") << QByteArray("\xed\xa0\x80") << 256 << QByteArray("\xEF\xBF\xBD");
        QTest::newRow("escapes") << QByteArray("\x1b[2J") << 256 << QByteArray("\xEF\xBF\xBD[2J");
        QTest::newRow("lines") << QByteArray("a\r\nb\tc") << 256 << QByteArray("a  b c");
        QTest::newRow("NUL") << QByteArray("a\0b", 3) << 256
                             << QByteArray(
                                    "a\xEF\xBF\xBD"
                                    "b");
        QTest::newRow("right to left") << QByteArray(
                                              "a\xE2\x80\xAE"
                                              "b")
                                       << 256
                                       << QByteArray(
                                              "a\xEF\xBF\xBD"
                                              "b");
        QTest::newRow("as long as may be") << QByteArray("abcdef") << 6 << QByteArray("abcdef");
        QTest::newRow("longer") << QByteArray("abcdefg") << 6 << QByteArray("abc…");
        QTest::newRow("cut between characters") << QByteArray("ab模型模型") << 8 << QByteArray("ab模…");
        QTest::newRow("empty") << QByteArray() << 256 << QByteArray();
    }
    void textsFromOutsideAreWashed()
    {
        QFETCH(QByteArray, given);
        QFETCH(int, most);
        const auto out = washed(given.toStdString(), static_cast<std::size_t>(most));
        QTEST(QByteArray::fromStdString(out), "washed");
        QVERIFY(out.size() <= static_cast<std::size_t>(most));
        QVERIFY(isWashed(out, static_cast<std::size_t>(most)));
    }

    void figuresHaveAUnitAndFewDigits()
    {
        QCOMPARE(formatBytes(0), "0 B");
        QCOMPARE(formatBytes(812), "812 B");
        QCOMPARE(formatBytes(1536), "1.5 KiB");
        QCOMPARE(formatBytes(49152), "48 KiB");
        QCOMPARE(formatBytes(1023 * 1024), "1.0 MiB");  // never four digits
        QCOMPARE(formatBytes(10 << 20), "10 MiB");
        QCOMPARE(formatBytes(1.5 * 1024 * 1024 * 1024), "1.5 GiB");
        QCOMPARE(formatCount(0, "pause", "pauses"), "0 pauses");
        QCOMPARE(formatCount(1, "pause", "pauses"), "1 pause");
        QCOMPARE(formatCount(3, "pause", "pauses"), "3 pauses");
        QCOMPARE(formatPercent(0), "0 %");
        QCOMPARE(formatPercent(0.00004), "< 0.01 %");
        QCOMPARE(formatPercent(0.0004), "0.04 %");
        QCOMPARE(formatPercent(0.005), "0.5 %");
        QCOMPARE(formatPercent(0.042), "4.2 %");
        QCOMPARE(formatPercent(0.0996), "10 %");
        QCOMPARE(formatPercent(0.724), "72 %");
        QCOMPARE(formatPercent(0.9912), "99 %");
        QCOMPARE(formatPercent(0.995), "99.5 %");
        QCOMPARE(formatPercent(0.9995), "99.95 %");
        QCOMPARE(formatPercent(0.99997), "> 99.99 %");
        QCOMPARE(formatPercent(1), "100 %");
        QCOMPARE(formatMs(0), "0 ms");
        QCOMPARE(formatMs(400us), "0.40 ms");
        QCOMPARE(formatMs(9.5), "9.5 ms");
        QCOMPARE(formatMs(320ms), "320 ms");
        QCOMPARE(formatMs(999.7), "1.0 s");
        QCOMPARE(formatMs(1400ms), "1.4 s");
        QCOMPARE(formatMs(60s), "60 s");
        QCOMPARE(formatMs(5min), "5 min");
        QCOMPARE(formatMs(3h), "3.0 h");
    }

    void noBytesGetPastTheDoor()
    {
        const auto seed = testSeed();
        std::mt19937 random(seed);
        for (int round = 0; round < 20000; ++round) {
            std::string text(random() % 60, '\0');
            for (char& c : text) c = static_cast<char>(random() % 3 ? random() : "abc\xe6\xa8\xa1"[random() % 6]);
            const std::size_t most = 4 + random() % 40;
            const auto out = washed(text, most);
            QVERIFY(out.size() <= most);
            QVERIFY(isWashed(out, most));
            QVERIFY(QString::fromStdString(out).toStdString() == out);
        }
    }

    void anEventHasOneTime()
    {
        const SystemClock clock, other;
        const auto later = [](TimePoint than) {  // the system's time has moved on
            while (std::chrono::steady_clock::now() <= than) {
            }
        };
        const TimePoint before = clock.now();
        later(before);
        QVERIFY(clock.now() > before);
        {
            const LoopTime event;
            const TimePoint now = clock.now();
            QVERIFY(now > before);  // not that of an event before
            later(now);
            QCOMPARE(clock.now(), now);
            QCOMPARE(other.now(), now);
            {
                const LoopTime within;
                QCOMPARE(clock.now(), now);
            }
            QCOMPARE(clock.now(), now);
            TimePoint elsewhere;
            std::thread([&] { elsewhere = clock.now(); }).join();
            QVERIFY(elsewhere > now);
            const TimePoint moved = clock.update();
            QVERIFY(moved > now);
            QCOMPARE(clock.now(), moved);
            LoopTime::exactFor(LoopTime::kLargeBytes - 1);
            later(moved);
            QCOMPARE(clock.now(), moved);
            LoopTime::exactFor(LoopTime::kLargeBytes);
            QVERIFY(clock.now() > moved);
            const LoopTime inner;  // begins anew, and ends with itself
            const TimePoint anew = clock.now();
            later(anew);
            QCOMPARE(clock.now(), anew);
        }
        const TimePoint after = clock.now();
        later(after);
        QVERIFY(clock.now() > after);
    }

    void eventsAndDecisionsAreWashed()
    {
        SystemClock clock;
        EventLog eventLog(clock, 4);
        eventLog.append(Severity::Info, "kind", std::string(10000, 'm'), "a\nb\xff");
        const auto held = eventLog.after(0, 4);
        QCOMPARE(held.front().subject.size(), kNameBytesMax);
        QCOMPARE(held.front().text.english(), std::string("a b\xEF\xBF\xBD"));
        Trace trace;
        trace.addDecision("model \x1b[2J");
        QCOMPARE(trace.decisions.front().text(), std::string("model \xEF\xBF\xBD[2J"));
        trace.addDecision([] { return std::string(10000, 's') + "\n"; });
        QVERIFY(isWashed(trace.decisions.back().text()));
    }

    void aFailureSaysWhetherAnythingWasSent()
    {
        QVERIFY(!isUnsent(unavailable("x")));
        QVERIFY(isUnsent(withUnsent(unavailable("x"))));
        QCOMPARE(text(withUnsent(unavailable("x"))), std::string("x"));
    }

    void errorsKeepTheirFieldRetryAndHttpStatus()
    {
        auto status = withRetryAfter(withField(resourceExhausted("full"), "model"), 1500ms);
        QCOMPARE(fieldOf(status), std::string("model"));
        QCOMPARE(*retryAfterOf(status), 1500ms);
        QCOMPARE(toHttp(status), 429u);
        QCOMPARE(toHttp(withHttpStatus(status, 418)), 418u);
        QVERIFY(!fieldOf(internal("x")));
    }

    void httpAndGrpcCodesGoBothWays_data()
    {
        QTest::addColumn<unsigned>("http");
        QTest::addColumn<int>("grpc");
        QTest::newRow("bad request") << 400u << 3;
        QTest::newRow("not found") << 404u << 5;
        QTest::newRow("load it first") << 409u << 9;
        QTest::newRow("back off") << 429u << 8;
        QTest::newRow("left") << 499u << 1;
        QTest::newRow("bug") << 500u << 13;
        QTest::newRow("not built") << 501u << 12;
        QTest::newRow("elsewhere") << 503u << 14;
        QTest::newRow("too slow") << 504u << 4;
    }
    void httpAndGrpcCodesGoBothWays()
    {
        QFETCH(unsigned, http);
        QFETCH(int, grpc);
        QCOMPARE(toGrpc(fromHttp(http, "m")), grpc);
        QCOMPARE(toHttp(fromGrpc(grpc, "m")), http);
    }

    void aSharedTextIsHeldOnce()
    {
        const SharedText one(std::string(1000, 'x'));
        const SharedText other = one;
        QCOMPARE(&one.str(), &other.str());
        QVERIFY(one == other);
        QVERIFY(one == SharedText(std::string(1000, 'x')));
        QVERIFY(SharedText() == SharedText(""));
        QVERIFY(SharedText().empty() && SharedText("").empty() && SharedText().str().empty());
        QVERIFY(!(one == SharedText()));
    }

    void aRingKeepsTheNewestAndTheirPositions()
    {
        Ring<int> ring(3);
        for (int i = 0; i < 5; ++i) ring.push(i * 10);
        QCOMPARE(ring.begin(), std::uint64_t{2});
        QCOMPARE(ring.end(), std::uint64_t{5});
        QCOMPARE(ring.at(2), 20);
        QCOMPARE(ring.newest(), 40);
        ring.resize(1);
        QCOMPARE(ring.at(ring.begin()), 40);
    }

    /// Beside a queue that does the same plainly; sizes around those at which its memory grows, shrunk in between.
    void aRingIsAQueueWithoutItsOldest()
    {
        std::mt19937 random(11);
        for (const std::size_t capacity : {0, 1, 7, 8, 9, 16, 100}) {
            Ring<std::shared_ptr<int>> ring(capacity);
            std::deque<std::shared_ptr<int>> plain;
            std::size_t most = std::max<std::size_t>(capacity, 1);
            std::uint64_t pushed = 0;
            for (int i = 0; i < 500; ++i) {
                if (random() % 50 == 0) {
                    most = 1 + random() % 40;
                    ring.resize(most);
                } else {
                    plain.push_back(std::make_shared<int>(i));
                    QCOMPARE(ring.push(plain.back()), pushed++);
                }
                while (plain.size() > most) plain.pop_front();
                QCOMPARE(ring.size(), plain.size());
                QCOMPARE(ring.begin(), pushed - plain.size());
                QVERIFY(std::equal(plain.begin(), plain.end(), ring.values().begin(), ring.values().end()));
                for (const auto& value : plain) QCOMPARE(value.use_count(), 2);  // what is dropped is let go
            }
        }
    }

    void cancelRunsEachCallbackOnceAndForgottenOnesNever()
    {
        CancelSource source;
        int first = 0, second = 0, forgotten = 0;
        auto token = source.token();
        CancelToken::Registration other;
        auto a = token.onCancel([&] {
            ++first;
            other = {};  // takes back a callback that has not run yet
        });
        other = token.onCancel([&] { ++forgotten; });
        auto b = token.onCancel([&] { ++second; });
        QVERIFY(token.status().ok());
        source.cancel("enough");
        source.cancel("again");
        QCOMPARE(first, 1);
        QCOMPARE(second, 1);
        QCOMPARE(forgotten, 0);
        QCOMPARE(text(token.status()), std::string("enough"));
        int late = 0;
        auto c = token.onCancel([&] { ++late; });
        QCOMPARE(late, 1);
    }

    void aOneShotMayLetItsWaiterGoOnAtOnce()
    {
        net::io_context io;
        int got = 0;
        const OneShot<std::unique_ptr<int>> later, now;
        net::co_spawn(io, waitInto(later, &got), net::detached);
        io.poll();
        QVERIFY(later.set(std::make_unique<int>(1)));
        QCOMPARE(got, 0);
        io.poll();
        QCOMPARE(got, 1);

        net::co_spawn(io, waitInto(now, &got), net::detached);
        io.restart();
        io.poll();
        QVERIFY(now.setInline(std::make_unique<int>(2)));
        QCOMPARE(got, 2);
        QVERIFY(!now.setInline(std::make_unique<int>(3)));
    }

    /// Its waiter used to wait indefinitely, with all that its coroutine held.
    void aOneShotThatNobodyCanSetAnyMoreLetsItsWaiterGoOn()
    {
        net::io_context io;
        std::optional<Status> ended;
        const auto waits = [](OneShot<Status> shot, std::optional<Status>* out) -> net::awaitable<void> {
            *out = co_await shot.wait();
        };
        const auto waitFor = [&](OneShot<Status> shot) {
            ended.reset();
            net::co_spawn(io, waits(std::move(shot), &ended), net::detached);
            io.restart();
            io.poll();
        };
        {
            OneShot<Status> setter;
            waitFor(setter);
            auto second = std::make_unique<OneShot<Status>>(setter);
            setter = OneShot<Status>();
            io.poll();
            QVERIFY(!ended);
            OneShot<Status> moved = std::move(*second);
            second.reset();
            io.poll();
            QVERIFY(!ended);
        }
        QVERIFY(!ended);  // it goes on by its executor, not within the destructor
        io.poll();
        QVERIFY(ended && absl::IsInternal(*ended));

        // Nobody was there from the beginning.
        waitFor(OneShot<Status>());
        QVERIFY(ended && absl::IsInternal(*ended));

        // Who sets before it ends has set.
        {
            const OneShot<Status> setter;
            waitFor(setter);
            setter.set(unavailable("later"));
        }
        io.poll();
        QVERIFY(ended && absl::IsUnavailable(*ended));
    }

    /// A member is set by the object that holds it, and through no copy.
    void aOneShotOfAnObjectIsWaitedForUntilThatEnds()
    {
        net::io_context io;
        struct Owner {
            OneShot<bool> shot;
            static net::awaitable<void> wait(const Owner* owner, std::optional<bool>* out)
            {
                *out = co_await owner->shot.waitForOwner();
            }
        };
        std::optional<bool> ended;
        auto owner = std::make_unique<Owner>();
        net::co_spawn(io, Owner::wait(owner.get(), &ended), net::detached);
        io.poll();
        {
            const OneShot<bool> copy = owner->shot;
            QVERIFY(!copy.ready());
        }
        io.poll();
        QVERIFY(!ended);
        owner.reset();
        io.poll();
        QCOMPARE(ended, std::optional(false));
    }

    void whoListensStaysOnThisMachine_data()
    {
        QTest::addColumn<absl::StatusCode>("code");
        QTest::addColumn<std::string>("host");
        QTest::addColumn<int>("port");
        const auto row = [](const char* text, absl::StatusCode code, const char* host = "", int port = 0) {
            QTest::newRow(text) << code << std::string(host) << port;
        };
        row("127.0.0.1:11500", absl::StatusCode::kOk, "127.0.0.1", 11500);
        row("127.9.8.7:0", absl::StatusCode::kOk, "127.9.8.7", 0);
        row("[::1]:80", absl::StatusCode::kOk, "::1", 80);
        row("LocalHost:65535", absl::StatusCode::kOk, "localhost", 65535);
        for (const char* text : {"127.evil.example:80", "127.0.0.1.evil.example:80", "0.0.0.0:80", "[::]:80",
                                 "10.0.0.1:80", "[127.0.0.1]:80", "[::ffff:10.0.0.1]:80", "[localhost]:80"})
            row(text, absl::StatusCode::kFailedPrecondition);
        for (const char* text : {"127.0.0.1", "127.0.0.1:", ":80", "::1:80", "127.0.0.1:65536", "127.0.0.1:-1",
                                 "127.0.0.1:80x", "127.0.0.1: 80"})
            row(text, absl::StatusCode::kInvalidArgument);
        QTest::newRow("") << absl::StatusCode::kInvalidArgument << std::string() << 0;
    }
    void whoListensStaysOnThisMachine()
    {
        QFETCH(absl::StatusCode, code);
        QFETCH(std::string, host);
        QFETCH(int, port);
        const auto address = parseLoopback(QTest::currentDataTag());
        QCOMPARE(address.status().code(), code);
        if (!address.ok()) return;
        QCOMPARE(address->host, host);
        QCOMPARE(int(address->port), port);
    }

    void aOneShotReachesItsWaiterSetBeforeOrAfter_data()
    {
        QTest::addColumn<bool>("before");
        QTest::newRow("set before") << true;
        QTest::newRow("set after") << false;
    }
    void aOneShotReachesItsWaiterSetBeforeOrAfter()
    {
        QFETCH(bool, before);
        net::io_context io;
        OneShot<std::unique_ptr<int>> shot;
        int got = 0;
        if (before) QVERIFY(shot.set(std::make_unique<int>(7)));
        net::co_spawn(io, waitInto(shot, &got), net::detached);
        io.poll();
        if (!before) {
            QCOMPARE(got, 0);
            QVERIFY(shot.set(std::make_unique<int>(7)));
            io.restart();
            io.poll();
        }
        QCOMPARE(got, 7);
        QVERIFY(!shot.set(std::make_unique<int>(8)));
    }

    void aGateLetsNothingInOnceClosedAndEndsWhenEmpty()
    {
        net::io_context io;
        Gate gate;
        auto pass = gate.enter();
        QVERIFY(pass);
        gate.close();
        QVERIFY(!gate.enter());
        bool empty = false;
        net::co_spawn(io, untilEmpty(gate, &empty), net::detached);
        io.poll();
        QVERIFY(!empty);
        pass = {};
        io.restart();
        io.poll();
        QVERIFY(empty);
    }

    void quantilesAreInterpolatedAndTakeDifferences()
    {
        Histogram histogram({1, 2, 4});
        for (int i = 0; i < 100; ++i) histogram.observe(1.5);
        const auto before = histogram.read();
        QVERIFY(*before.quantile(0.5) > 1 && *before.quantile(0.5) <= 2);
        QCOMPARE(*before.mean(), 1.5);
        histogram.observe(3);
        histogram.observe(100);
        const auto late = histogram.read().since(before);
        QCOMPARE(late.count, std::uint64_t{2});
        QCOMPARE(*late.quantile(1), 4.0);  // beyond the last bound: the bound is all that is known
        QVERIFY(!histogram.read().since(histogram.read()).quantile(0.5));
    }

    void metricsAreDeclaredOnceAndSummedOverLabels()
    {
        Registry registry;
        auto& a = registry.counter("x_total", "help", {{"who", "a"}});
        QCOMPARE(&registry.counter("x_total", "help", {{"who", "a"}}), &a);
        a.add(2);
        registry.counter("x_total", "help", {{"who", "b"}}).add(3);
        QCOMPARE(registry.counterTotal("x_total"), std::uint64_t{5});
        QCOMPARE(registry.counterTotal("x_total", {{"who", "b"}}), std::uint64_t{3});
        QCOMPARE(registry.counterTotal("unknown"), std::uint64_t{0});
        QCOMPARE(registry.collect().size(), std::size_t{1});
    }

    void countingFromManyThreadsLosesNothing()
    {
        Counter counter;
        Gauge gauge;
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 10000; ++i) {
                    counter.add();
                    gauge.add(1);
                }
            });
        for (auto& thread : threads) thread.join();
        QCOMPARE(counter.value(), std::uint64_t{40000});
        QCOMPARE(gauge.value(), 40000.0);
    }

    void oneThreadAtATimeHasAMutex()
    {
        struct Shared {
            Mutex mutex;
            CondVar changed;
            int value MILLRACE_GUARDED_BY(mutex) = 0;
            int arrived MILLRACE_GUARDED_BY(mutex) = 0;
        } shared;
        constexpr int kThreads = 4, kRounds = 5000;
        std::vector<std::thread> threads;
        for (int t = 0; t < kThreads; ++t)
            threads.emplace_back([&shared] {
                for (int i = 0; i < kRounds; ++i) {
                    MutexLock lock(shared.mutex);
                    const int before = shared.value;
                    shared.value = before + 1;
                    lock.unlock();
                    lock.lock();  // held again, and given back once
                }
                const MutexLock lock(shared.mutex);
                ++shared.arrived;
                shared.changed.notifyOne();
            });
        int value = 0;
        {
            const MutexLock lock(shared.mutex);
            while (shared.arrived < kThreads) shared.changed.wait(shared.mutex);
            value = shared.value;
            // Nobody says anything any more: the time ends it.
            while (shared.changed.waitUntil(shared.mutex, std::chrono::steady_clock::now())) {
            }
        }
        for (auto& thread : threads) thread.join();
        QCOMPARE(value, kThreads * kRounds);
    }

    void theEventLogNumbersItsEventsAndForgetsTheOldest()
    {
        StillClock clock;
        EventLog eventLog(clock, 3);
        int heard = 0;
        eventLog.onEvent([&](const Event&) { ++heard; });
        for (int i = 0; i < 5; ++i) eventLog.append(Severity::Info, "k", "s", std::to_string(i));
        QCOMPARE(heard, 5);
        const auto held = eventLog.after(0, 100);
        QCOMPARE(held.size(), std::size_t{3});
        QCOMPARE(held.front().sequence, std::uint64_t{3});
        QCOMPARE(held.back().text.english(), std::string("4"));
        QCOMPARE(eventLog.after(4, 100).size(), std::size_t{1});
        QCOMPARE(eventLog.after(0, 2).front().sequence, std::uint64_t{4});
        eventLog.resize(2);
        QCOMPARE(eventLog.after(0, 100).front().sequence, std::uint64_t{4});
        eventLog.resize(50);
        for (int i = 0; i < 60; ++i) eventLog.append(Severity::Info, "k", "s", "t");
        QCOMPARE(eventLog.after(0, 100).size(), std::size_t{50});
    }

    void aFilesHealthIsReportedOncePerChange()
    {
        StillClock clock;
        EventLog eventLog(clock, 10);
        Registry registry;
        FileHealth health(registry, eventLog, "history.db");
        const auto writable = [&] { return registry.gaugeTotal("millrace_state_writable"); };
        health.report(absl::OkStatus());
        QVERIFY(eventLog.after(0, 10).empty());
        QCOMPARE(writable(), 1.0);
        for (int i = 0; i < 3; ++i) health.report(unavailable("database or disk is full"));
        QCOMPARE(writable(), 0.0);
        for (int i = 0; i < 3; ++i) health.report(absl::OkStatus());
        QCOMPARE(writable(), 1.0);
        const auto events = eventLog.after(0, 10);
        QCOMPARE(events.size(), std::size_t{2});
        QCOMPARE(events[0].kind, std::string("state_write_failed"));
        QVERIFY(events[0].text.english().find("disk is full") != std::string::npos);
        QCOMPARE(events[1].kind, std::string("state_write_recovered"));
    }
};

QTEST_GUILESS_MAIN(TestBase)
#include "tst_base.moc"
