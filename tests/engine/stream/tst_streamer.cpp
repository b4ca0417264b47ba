// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/chunk_codec.h"
#include "stream/chunk_sizer.h"
#include "stream/event_stream.h"
#include "stream/gzip_writer.h"
#include "stream/streamer.h"
#include "support/manual_clock.h"
#include "support/stream_fakes.h"

#include <QtTest>

#include <atomic>
#include <cstdio>
#include <dlfcn.h>
#include <functional>
#include <malloc.h>
#include <memory>
#include <optional>
#include <stdexcept>
#include <unwind.h>
#include <utility>

namespace {
std::atomic<int> raised = 0;  // exceptions of this process
}

/// libstdc++'s way into the unwinder.
extern "C" _Unwind_Reason_Code _Unwind_RaiseException(_Unwind_Exception* exception)
{
    ++raised;
    static const auto real =
        reinterpret_cast<decltype(&_Unwind_RaiseException)>(::dlsym(RTLD_NEXT, "_Unwind_RaiseException"));
    return real(exception);
}

using namespace millrace;
using namespace millrace::stream;
using namespace millrace::testing;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kHeapIsOurs = false;  // the sanitizer keeps freed memory and its own books; sizes say nothing then
#else
constexpr bool kHeapIsOurs = true;
#endif

std::string prose(std::size_t bytes)
{
    static constexpr std::array kWords{"wheel", "water", "mill", "stone", "grain", "sluice", "flour", "race"};
    std::uint32_t random = 7;
    std::string text;
    while (text.size() < bytes) {
        random = random * 1664525 + 1013904223;
        text += kWords[(random >> 16) % kWords.size()];
        text += ' ';
    }
    text.resize(bytes);
    return text;
}

std::string noise(std::size_t bytes)
{
    std::string text(bytes, '\0');
    std::uint64_t random = 88172645463325252ull;
    for (auto& letter : text) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        letter = static_cast<char>(random >> 32);
    }
    return text;
}

std::string tokenEvent(std::size_t number)
{
    return "data: {\"id\":\"chatcmpl-7f3a\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":"
           "\"scribe\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word" +
           std::to_string(number) + "\"},\"finish_reason\":null}]}\n\n";
}

std::string errorEvent(const Status& status)
{
    return "data: {\"error\":{\"message\":\"" + text(status) + "\"}}\n\n";
}

/// Bytes that the heap holds for us, zlib's included.
std::size_t heapBytes()
{
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/// The most that the process has had resident since the last call of resetPeak().
std::size_t peakResidentBytes()
{
    std::size_t kilobytes = 0;
    if (std::FILE* file = std::fopen("/proc/self/status", "r")) {
        char line[256];
        while (std::fgets(line, sizeof line, file)) {
            if (std::sscanf(line, "VmHWM: %zu kB", &kilobytes) == 1) break;
        }
        std::fclose(file);
    }
    return kilobytes * 1024;
}

void resetPeak()
{
    if (std::FILE* file = std::fopen("/proc/self/clear_refs", "w")) {
        std::fputs("5", file);
        std::fclose(file);
    }
}

/// A streamer with its clock and its books.
struct Bench {
    explicit Bench(Options optionsIn = {}) : options(optionsIn), clock(io), eventLog(clock, 100)
    {
        streamer.emplace(io.get_executor(), clock, registry, eventLog, options);
    }

    Plan plan(bool events) const
    {
        Plan made;
        made.client = "test · 1";
        made.model = "scribe";
        made.eventStream = events;
        made.contentType = events ? "text/event-stream" : "application/json";
        return made;
    }
    CallContext context() const
    {
        CallContext made;
        made.cancel = source.token();
        made.trace = trace;
        return made;
    }
    /// Opens; the call itself must not have to wait.
    StatusOr<std::unique_ptr<Stream>> open(Plan given, FakeUpstream& upstream)
    {
        auto running = start(io, streamer->open(std::move(given), upstream.body(), context()));
        if (!running.done()) return internal("open() waits");
        return running.take();
    }
    std::vector<StreamSnapshot> shots()
    {
        std::vector<StreamSnapshot> taken;
        onStrand(io, [&] { taken = streamer->streams(); });
        return taken;
    }
    std::map<std::string, double> pausedSeconds()
    {
        std::map<std::string, double> taken;
        onStrand(io, [&] { taken = streamer->pausedSecondsByClient(); });
        return taken;
    }
    void cancel(const std::string& reason)
    {
        onStrand(io, [&] { source.cancel(reason); });
    }
    void apply(Options changed)
    {
        onStrand(io, [&] { streamer->apply(changed); });
    }
    std::uint64_t counter(const std::string& name, const Labels& labels = {}) const
    {
        return registry.counterTotal("millrace_stream_" + name, labels);
    }
    double gauge(const std::string& name, const Labels& labels = {}) const
    {
        return registry.gaugeTotal("millrace_stream_" + name, labels);
    }
    QString decisions() const
    {
        QString all;
        for (const Decision& decision : trace->decisions) all += QString::fromStdString(decision.text()) + '\n';
        return all;
    }
    /// Nothing is left behind and the books balance.
    bool settled()
    {
        return streamer->bufferedBytes() == 0 && shots().empty() &&
               counter("pauses_total") == counter("resumes_total") && gauge("buffered_bytes") == 0 &&
               gauge("streams") == 0;
    }

    Options options;
    net::io_context io;
    ManualClock clock;
    Registry registry;
    EventLog eventLog;
    CancelSource source;
    std::shared_ptr<Trace> trace = std::make_shared<Trace>();
    std::optional<Streamer> streamer;
};

/// A stream of events that runs.
struct LiveEvents {
    explicit LiveEvents(const std::function<void(Plan&)>& change = {})
    {
        Plan plan = bench.plan(true);
        plan.errorEvent = errorEvent;
        if (change) change(plan);
        opened = *bench.open(plan, upstream);
        running.emplace(start(bench.io, opened->run(sink)));
    }
    void sticksInAHeartbeat()
    {
        sink.stuck = true;
        bench.clock.advance(10s);
        QVERIFY(sink.writing());
    }

    Bench bench;
    FakeUpstream upstream;
    FakeSink sink{bench.clock};
    std::unique_ptr<Stream> opened;
    std::optional<Running<Status>> running;
};

}  // namespace

class TestStreamer : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // ---- the seed's eight ----

    void chunkEncoding()
    {
        const std::string raw = prose(10'000) + noise(3000);
        std::vector<std::string> frames;
        ChunkEncoder encoder(
            [&frames](std::string_view frame) {
                frames.emplace_back(frame);
                return absl::OkStatus();
            },
            4096, {.enabled = true});
        QVERIFY(encoder.write(std::string_view(raw).substr(0, 5000)).ok());
        QCOMPARE(frames.size(), std::size_t(1));
        QVERIFY(encoder.write(std::string_view(raw).substr(5000)).ok());
        QVERIFY(encoder.finish().ok());
        QVERIFY(!encoder.write("more").ok());
        QCOMPARE(frames.size(), std::size_t(4));
        QCOMPARE(encoder.chunks(), 4u);
        QCOMPARE(encoder.crc32(), crc32Of(raw));
        // The layout, byte by byte, of the last one: 712 bytes, too small to be packed.
        const std::string& last = frames.back();
        const auto byte = [&last](std::size_t at) { return static_cast<unsigned char>(last[at]); };
        QCOMPARE(last.substr(0, 4), "MRC1");
        QCOMPARE(byte(4), 2);
        QCOMPARE(byte(8), 3);
        QCOMPARE(byte(16) | byte(17) << 8, 712);
        QCOMPARE(byte(20) | byte(21) << 8, 712);
        QCOMPARE(last.substr(kChunkHeadBytes), raw.substr(raw.size() - 712));
        const std::uint32_t crc = byte(24) | byte(25) << 8 | byte(26) << 16 | std::uint32_t(byte(27)) << 24;
        QCOMPARE(crc, crc32Of(raw.substr(raw.size() - 712)));
        // Prose was packed, noise was not.
        QCOMPARE(int(frames[0][4]), 1);
        QVERIFY(frames[0].size() < 3000);
    }

    void chunkDecoding()
    {
        const std::string raw = prose(100'000) + noise(3000);
        for (const bool compress : {false, true}) {
            std::string frames;
            ChunkEncoder encoder(
                [&frames](std::string_view frame) {
                    frames += frame;
                    return absl::OkStatus();
                },
                8192, {.enabled = compress});
            QVERIFY(encoder.write(raw).ok() && encoder.finish().ok());
            for (const std::size_t piece : {std::size_t{1}, std::size_t{33}, std::size_t{5000}, frames.size()}) {
                std::string_view left = frames;
                ChunkDecoder decoder([&left, piece]() -> StatusOr<std::string> {
                    std::string next(left.substr(0, piece));
                    left.remove_prefix(next.size());
                    return next;
                });
                std::string back;
                for (;;) {
                    auto chunk = decoder.next();
                    QVERIFY2(chunk.ok(), text(chunk.status()).c_str());
                    if (!*chunk) break;
                    back += **chunk;
                }
                QVERIFY(back == raw);
                QCOMPARE(decoder.position(), std::uint64_t(frames.size()));
            }
            // An end before the last chunk is no end.
            std::string_view cut = std::string_view(frames).substr(0, frames.size() - 1);
            ChunkDecoder decoder([&cut]() -> StatusOr<std::string> { return std::string(std::exchange(cut, {})); });
            StatusOr<std::optional<std::string>> chunk = std::optional<std::string>();
            do chunk = decoder.next();
            while (chunk.ok() && *chunk);
            QCOMPARE(chunk.status().code(), absl::StatusCode::kUnavailable);
        }
    }

    void largeResponse100MB()
    {
        constexpr std::uint64_t kBytes = 100ull << 20;
        constexpr std::size_t kPiece = 64u << 10;
        Bench bench;
        FakeUpstream upstream;
        std::uint64_t made = 0;
        std::uint32_t crc = 0;
        upstream.generate([&] {
            std::string piece(std::min<std::uint64_t>(kPiece, kBytes - made),
                              static_cast<char>('a' + made / kPiece % 26));
            made += piece.size();
            crc = crc32Of(piece, crc);
            return piece;
        });
        FakeSink sink(bench.clock);
        sink.bytesPerSecond = 50e6;
        sink.keep = false;
        Plan plan = bench.plan(false);
        plan.length = kBytes;
        auto opened = bench.open(std::move(plan), upstream);
        QVERIFY(opened.ok());
        QCOMPARE((*opened)->contentLength(), std::optional<std::uint64_t>(kBytes));

        resetPeak();
        const std::size_t residentBefore = peakResidentBytes();
        const std::size_t heapBefore = heapBytes();
        std::uint64_t bufferedMost = 0;
        std::size_t heapMost = 0;
        sink.onWrite = [&] {
            bufferedMost = std::max(bufferedMost, bench.streamer->bufferedBytes());
            heapMost = std::max(heapMost, heapBytes());
        };
        auto running = start(bench.io, (*opened)->run(sink));
        for (int i = 0; i < 400 && !running.done(); ++i) bench.clock.advance(10ms);
        QVERIFY(running.done());
        const Status status = running.take();
        QVERIFY2(status.ok(), text(status).c_str());
        QCOMPARE(sink.taken(), kBytes);
        QCOMPARE(sink.crc32(), crc);
        QVERIFY(!sink.overlapped());

        QVERIFY2(bufferedMost <= bench.options.windowBytes + kPiece, qPrintable(QString::number(bufferedMost)));
        QVERIFY(bufferedMost > bench.options.windowBytes / 2);
        const auto pauses = bench.counter("pauses_total", {{"by", "client"}});
        QVERIFY2(pauses > 10, qPrintable(QString::number(pauses)));
        if (kHeapIsOurs) {
            const std::size_t heap = heapMost - heapBefore;
            QVERIFY2(heap <= 2u << 20, qPrintable(QString::number(heap)));
            const std::size_t resident = peakResidentBytes() - residentBefore;
            QVERIFY2(resident <= 6u << 20, qPrintable(QString::number(resident)));
        }
        // 50 MB/s lets chunks grow to what the window allows.
        QVERIFY(bench.decisions().contains("chunks of 512 KiB"));
        QVERIFY(bench.decisions().contains("the client read slowly"));
        opened->reset();
        QVERIFY(bench.settled());
    }

    void backpressureHandling()
    {
        Bench bench;
        FakeUpstream upstream;
        upstream.generate([] { return std::string(65536, 'x'); });  // without an end
        FakeSink sink(bench.clock);
        sink.stuck = true;
        sink.onWrite = [&] {  // as a connection does at the first byte
            if (!bench.trace->answering()) bench.trace->enter(Phase::Streaming, bench.clock.now());
        };
        auto opened = bench.open(bench.plan(false), upstream);
        QVERIFY(opened.ok());
        QVERIFY(!(*opened)->contentLength());
        auto running = start(bench.io, (*opened)->run(sink));

        // Stuck with its first chunk: it reads until the window is full, and not one piece further.
        const auto full = bench.streamer->bufferedBytes();
        QVERIFY(full >= bench.options.windowBytes && full < bench.options.windowBytes + 65536);
        const auto readThen = upstream.bytesRead();
        bench.clock.advance(1400ms);
        QCOMPARE(upstream.bytesRead(), readThen);
        auto shot = bench.shots().at(0);
        QCOMPARE(shot.state, Progress::Paused);
        QCOMPARE(shot.pausedBy, Backpressure::By::Client);
        QCOMPARE(shot.paused, Duration(1400ms));
        QCOMPARE(shot.pauses, 1u);
        QCOMPARE(shot.buffered, full);
        QCOMPARE(bench.gauge("streams", {{"state", "paused"}}), 1.0);
        QCOMPARE(bench.gauge("buffered_bytes"), double(full));
        QCOMPARE(bench.counter("pauses_total", {{"by", "client"}}), 1u);
        QCOMPARE(bench.counter("resumes_total"), 0u);
        QCOMPARE(bench.pausedSeconds().at("test · 1"), 1.4);
        // Nothing is read for it meanwhile: that is its client's time, and used to be counted as the answer's.
        QCOMPARE(bench.trace->phase(), Phase::ClientReads);
        QCOMPARE(bench.trace->at(bench.clock.now()).spent(Phase::ClientReads), Duration(1400ms));

        // Above half of the window it stays paused; at half it reads again.
        while (upstream.bytesRead() == readThen) {
            const auto before = bench.streamer->bufferedBytes();
            QVERIFY(before > bench.options.windowBytes / 2);
            sink.unstickOnce();
            poll(bench.io);
            QVERIFY(upstream.bytesRead() > readThen || bench.streamer->bufferedBytes() < before);
        }
        QVERIFY(upstream.bytesRead() > readThen);
        QCOMPARE(bench.counter("resumes_total"), 1u);
        QVERIFY(bench.streamer->bufferedBytes() < bench.options.windowBytes + 65536);

        upstream.generate([] { return std::string(); });
        sink.unstick();
        poll(bench.io);
        QVERIFY(running.done() && running.take().ok());
        QCOMPARE(sink.taken(), upstream.bytesRead());
        QVERIFY2(bench.decisions().contains("paused 1.4 s in"), qPrintable(bench.decisions()));
        opened->reset();
        QVERIFY(bench.settled());
        QCOMPARE(bench.pausedSeconds().at("test · 1"), 1.4);
    }

    void compressionEnabled()
    {
        // A whole answer: packed once, with its new length.
        Bench bench;
        FakeUpstream upstream;
        const std::string raw = prose(20'000);
        upstream.push(raw.substr(0, 7000));
        upstream.push(raw.substr(7000));
        upstream.end();
        Plan plan = bench.plan(false);
        plan.acceptGzip = true;
        plan.length = raw.size();
        auto opened = bench.open(plan, upstream);
        QVERIFY(opened.ok());
        QCOMPARE((*opened)->contentEncoding(), "gzip");
        FakeSink sink(bench.clock);
        QVERIFY(start(bench.io, (*opened)->run(sink)).take().ok());
        QCOMPARE((*opened)->contentLength(), std::optional<std::uint64_t>(sink.taken()));
        QCOMPARE(sink.writes.size(), std::size_t(1));
        GzipReader reader;
        QVERIFY(reader.feed(sink.text) == raw && reader.ended());
        QVERIFY(sink.taken() < raw.size() / 2);
        QCOMPARE(bench.counter("compressed_raw_bytes_total"), raw.size());
        QCOMPARE(bench.counter("compressed_sent_bytes_total"), sink.taken());

        // Bulk: sampled, packed as it goes, the length unknown.
        const std::string large = prose(2'000'000);
        FakeUpstream bulk;
        for (std::size_t at = 0; at < large.size(); at += 60'000) bulk.push(large.substr(at, 60'000));
        bulk.end();
        plan.length = large.size();
        auto second = bench.open(plan, bulk);
        QVERIFY(second.ok());
        QCOMPARE((*second)->contentEncoding(), "gzip");
        QVERIFY(!(*second)->contentLength());
        FakeSink bulkSink(bench.clock);
        QVERIFY(start(bench.io, (*second)->run(bulkSink)).take().ok());
        GzipReader bulkReader;
        QVERIFY(bulkReader.feed(bulkSink.text) == large && bulkReader.ended());
        QVERIFY(bulkSink.taken() < large.size() / 2);
        QVERIFY(bench.decisions().contains("gzip saved"));

        // Unknown length but short: it turns out to be whole.
        FakeUpstream shortOne;
        shortOne.push(raw);
        shortOne.end();
        plan.length.reset();
        auto third = bench.open(plan, shortOne);
        QVERIFY(third.ok());
        FakeSink shortSink(bench.clock);
        QVERIFY(start(bench.io, (*third)->run(shortSink)).take().ok());
        GzipReader shortReader;
        QVERIFY(shortReader.feed(shortSink.text) == raw && shortReader.ended());

        // Events: each can be read when it arrives.
        FakeUpstream events;
        Plan eventPlan = bench.plan(true);
        eventPlan.acceptGzip = true;
        auto fourth = bench.open(eventPlan, events);
        QVERIFY(fourth.ok());
        QCOMPARE((*fourth)->contentEncoding(), "gzip");
        FakeSink eventSink(bench.clock);
        auto running = start(bench.io, (*fourth)->run(eventSink));
        GzipReader eventReader;
        std::size_t seen = 0;
        for (std::size_t i = 0; i < 100; ++i) {
            events.push(tokenEvent(i));
            poll(bench.io);
            QCOMPARE(eventReader.feed(std::string_view(eventSink.text).substr(seen)), tokenEvent(i));
            seen = eventSink.text.size();
        }
        const auto shot = bench.shots().back();
        QVERIFY(shot.compressionRatio && *shot.compressionRatio > 3);
        QCOMPARE(shot.events, 100u);
        events.end();
        poll(bench.io);
        QVERIFY(running.done() && running.take().ok());
        eventReader.feed(std::string_view(eventSink.text).substr(seen));
        QVERIFY(eventReader.ended());
        opened->reset();
        second->reset();
        third->reset();
        fourth->reset();
        QVERIFY(bench.settled());
    }

    void compressionDisabled_data()
    {
        QTest::addColumn<QString>("reason");
        QTest::newRow("the client does not allow it") << "client";
        QTest::newRow("switched off") << "off";
        QTest::newRow("packed already") << "type";
        QTest::newRow("too small") << "small";
        QTest::newRow("a sample saves too little") << "saving";
        QTest::newRow("too small, as events") << "small events";
        QTest::newRow("a sample saves too little, as events") << "saving events";
        QTest::newRow("a sample saves too little, in bulk") << "saving bulk";
    }
    void compressionDisabled()
    {
        QFETCH(QString, reason);
        const bool events = reason.endsWith("events");
        const bool bulk = reason.endsWith("bulk");
        reason = reason.section(' ', 0, 0);
        Options options;
        options.compression = reason != "off";
        Bench bench(options);
        FakeUpstream upstream;
        std::string raw = reason == "small"    ? prose(1024)
                          : reason == "saving" ? noise(bulk ? 500'000 : 5000)
                                               : prose(5000);
        if (events) {  // one event of it
            std::replace_if(
                raw.begin(), raw.end(), [](char letter) { return letter == '\n' || letter == '\r'; }, ' ');
            raw.replace(raw.size() - 2, 2, "\n\n");
        }
        for (std::size_t at = 0; at < raw.size(); at += 5000) upstream.push(raw.substr(at, 5000));
        upstream.end();
        Plan plan = bench.plan(events);
        plan.acceptGzip = reason != "client";
        if (reason == "type") plan.contentType = "image/png";
        if (!events) plan.length = raw.size();
        auto opened = bench.open(plan, upstream);
        QVERIFY(opened.ok());
        FakeSink sink(bench.clock);
        QVERIFY(start(bench.io, (*opened)->run(sink)).take().ok());
        if (events) {
            // Announced before the first byte, but what goes out is the text itself.
            GzipReader reader;
            QVERIFY(reader.feed(sink.text) == raw && reader.ended());
            QVERIFY(sink.text.find(raw) != std::string::npos);
        } else {
            QCOMPARE((*opened)->contentEncoding(), "");
            QCOMPARE((*opened)->contentLength(), std::optional<std::uint64_t>(raw.size()));
            QVERIFY(sink.text == raw);
        }
        QCOMPARE(bench.counter("compression_skipped_bytes_total", {{"reason", reason.toStdString()}}), raw.size());
        QCOMPARE(bench.counter("compression_skipped_bytes_total"), raw.size());
        QCOMPARE(bench.counter("compressed_raw_bytes_total"), 0u);
        if (reason == "saving" && !events) QVERIFY(bulk == bench.decisions().contains("not compressed"));
    }

    void streamInterruption_data()
    {
        QTest::addColumn<bool>("events");
        QTest::addColumn<QString>("how");
        for (const bool events : {true, false}) {
            for (const char* how : {"client fails", "cancelled while reading", "cancelled while writing",
                                    "cancelled while reading, body does not notice", "cancelled before",
                                    "backend breaks off", "backend sends too little"}) {
                QTest::addRow("%s: %s", events ? "events" : "bulk", how) << events << QString(how);
            }
        }
    }
    void streamInterruption()
    {
        QFETCH(bool, events);
        QFETCH(QString, how);
        Bench bench;
        FakeUpstream upstream;
        Plan plan = bench.plan(events);
        plan.errorEvent = errorEvent;
        if (how == "backend sends too little") plan.length = 1'000'000;
        if (how == "cancelled while reading, body does not notice") upstream.beStubborn();
        auto opened = bench.open(plan, upstream);
        QVERIFY(opened.ok());
        FakeSink sink(bench.clock);
        if (how == "cancelled before") bench.cancel("the client disconnected");
        auto running = start(bench.io, (*opened)->run(sink));
        QCOMPARE(running.done(), how == "cancelled before");

        const std::string sent = events ? tokenEvent(1) : std::string(200'000, 'x');
        if (how != "cancelled before") {
            for (std::size_t at = 0; at < sent.size(); at += 65536) upstream.push(sent.substr(at, 65536));
            poll(bench.io);
            QVERIFY(sink.text == sent);
            QVERIFY(upstream.waiting());
            QCOMPARE(bench.shots().at(0).state, Progress::Streaming);
        }
        // Whatever happens, the backend knows before the clock moves on by a tick.
        absl::StatusCode code = absl::StatusCode::kUnavailable;
        std::string by = "client";
        if (how == "client fails") {
            sink.failAfter = sink.taken();
            upstream.push(tokenEvent(2));
            poll(bench.io);
        } else if (how.startsWith("cancelled while reading")) {
            bench.cancel("the client disconnected");
            code = absl::StatusCode::kCancelled;
        } else if (how == "cancelled while writing") {
            sink.stuck = true;
            upstream.push(tokenEvent(2));
            poll(bench.io);
            QVERIFY(sink.writing());
            bench.cancel("the client disconnected");
            code = absl::StatusCode::kCancelled;
        } else if (how == "cancelled before") {
            code = absl::StatusCode::kCancelled;
        } else if (how == "backend breaks off") {
            upstream.fail(unavailable("connection reset by the backend"));
            poll(bench.io);
            by = "backend";
        } else {
            upstream.end();
            poll(bench.io);
            by = "backend";
        }
        QVERIFY(running.done());
        const Status status = running.take();
        QCOMPARE(status.code(), code);
        QVERIFY(!sink.overlapped());
        QCOMPARE(bench.counter("interrupted_total", {{"by", by}}), 1u);
        QCOMPARE(bench.counter("interrupted_total"), 1u);
        if (how.endsWith("does not notice")) {
            // The stream is over all the same; the body goes with the next thing it hears.
            QVERIFY(!upstream.released());
            opened->reset();
            upstream.push("late");
            poll(bench.io);
        }
        QVERIFY(upstream.released());
        QVERIFY(!upstream.destroyedUnderRead());
        // In-band only where the client can understand it.
        const bool told = sink.text.find("\"error\"") != std::string::npos;
        QCOMPARE(told, events && (by == "backend" || how.startsWith("cancelled while reading")));
        if (by == "backend") {
            QVERIFY(bench.decisions().contains("the backend stopped after"));
            QCOMPARE(bench.eventLog.after(0, 10).size(), std::size_t(1));
        } else if (how != "cancelled before") {
            QVERIFY2(bench.decisions().contains("stopped after"), qPrintable(bench.decisions()));
        }
        opened->reset();
        QVERIFY(bench.settled());
    }

    void memoryEfficiency_data()
    {
        QTest::addColumn<bool>("gzip");
        QTest::newRow("as they are") << false;
        QTest::newRow("packed") << true;
    }
    void memoryEfficiency()
    {
        QFETCH(bool, gzip);
        constexpr std::size_t kStreams = 1000;
        Bench bench;
        std::vector<FakeUpstream> upstreams(kStreams);
        std::vector<std::unique_ptr<FakeSink>> sinks;
        std::vector<std::unique_ptr<Stream>> streams;
        std::vector<Running<Status>> running;
        for (std::size_t i = 0; i < kStreams; ++i) {
            sinks.push_back(std::make_unique<FakeSink>(bench.clock));
            sinks.back()->keep = false;
            sinks.back()->writes.reserve(16);
        }
        streams.reserve(kStreams);
        running.reserve(kStreams);
        const std::size_t before = heapBytes();
        for (std::size_t i = 0; i < kStreams; ++i) {
            Plan plan = bench.plan(true);
            plan.acceptGzip = gzip;
            auto opened = bench.open(std::move(plan), upstreams[i]);
            QVERIFY(opened.ok());
            streams.push_back(*std::move(opened));
            running.push_back(start(bench.io, streams.back()->run(*sinks[i])));
            // Enough for the packer to be at work.
            for (std::size_t number = 0; number < 10; ++number) upstreams[i].push(tokenEvent(number));
        }
        poll(bench.io);
        const std::size_t each = (heapBytes() - before) / kStreams;
        QCOMPARE(bench.shots().size(), kStreams);
        QCOMPARE(bench.streamer->bufferedBytes(), 0u);
        QCOMPARE(bench.gauge("streams", {{"state", "streaming"}}), double(kStreams));
        // One sleeper gives heartbeats to all of them.
        QCOMPARE(bench.clock.sleepers(), std::size_t(1));
        if (kHeapIsOurs) {
            qInfo("%zu bytes a stream", each);
            QVERIFY2(each < (gzip ? 50u << 10 : 16u << 10), qPrintable(QString::number(each)));
        }
        for (auto& upstream : upstreams) upstream.end();
        poll(bench.io);
        for (auto& one : running) QVERIFY(one.done() && one.take().ok());
        streams.clear();
        QVERIFY(bench.settled());
        bench.clock.advance(bench.options.heartbeat);
        QCOMPARE(bench.clock.sleepers(), std::size_t(0));  // it wakes once more, and finds nobody
    }

    // ---- beyond ----

    void streamThrowsNothing()
    {
        Bench bench;
        const auto before = raised.load();
        for (int i = 0; i < 3; ++i) {
            FakeUpstream upstream;
            FakeSink sink(bench.clock);
            auto opened = bench.open(bench.plan(true), upstream);
            QVERIFY(opened.ok());
            auto running = start(bench.io, (*opened)->run(sink));
            for (std::size_t number = 0; number < 3; ++number) {
                upstream.push(tokenEvent(number));
                poll(bench.io);
            }
            upstream.end();
            poll(bench.io);
            QVERIFY(running.done() && running.take().ok());
            bench.clock.advance(10ms);
        }
        QCOMPARE(raised.load(), before);
        QCOMPARE(bench.clock.sleepers(), std::size_t(1));  // that of the heartbeats is kept for the next stream
        bench.clock.advance(bench.options.heartbeat);
        QCOMPARE(bench.clock.sleepers(), std::size_t(0));
        try {
            throw std::runtime_error("counted");
        } catch (const std::exception&) {
        }
        QCOMPARE(raised.load(), before + 1);
    }

    void smallAnswerGoesInOneWrite()
    {
        Bench bench;
        FakeUpstream upstream;
        upstream.push("{\"a\":");
        upstream.push("1}");
        upstream.end();
        Plan plan = bench.plan(false);
        plan.length = 7;
        auto opened = bench.open(plan, upstream);
        QVERIFY(opened.ok());
        // The backend's connection is free before the client has a byte.
        QVERIFY(upstream.released());
        QCOMPARE((*opened)->contentLength(), std::optional<std::uint64_t>(7));
        FakeSink sink(bench.clock);
        QVERIFY(start(bench.io, (*opened)->run(sink)).take().ok());
        QCOMPARE(sink.text, "{\"a\":1}");
        QCOMPARE(sink.writes.size(), std::size_t(1));
        QVERIFY(bench.trace->decisions.empty());
        QCOMPARE(bench.counter("bytes_in_total"), 7u);
        QCOMPARE(bench.counter("bytes_out_total"), 7u);
        opened->reset();
        QVERIFY(bench.settled());
    }

    /// Its connection is needed by nobody before the answer is out, and by others as soon as the client lets it wait.
    void aBodyThatIsReadGoesBehindTheAnswer_data()
    {
        QTest::addColumn<bool>("takes");
        QTest::newRow("the client takes it at once") << true;
        QTest::newRow("the client lets it wait") << false;
    }
    void aBodyThatIsReadGoesBehindTheAnswer()
    {
        struct Read final : pool::HttpBody {
            explicit Read(bool& goneIn) : gone(goneIn) {}
            ~Read() override { gone = true; }
            net::awaitable<StatusOr<std::string>> read() override { co_return std::string(); }
            std::optional<std::string> takeWhole() override { return "answer"; }
            bool& gone;
        };
        struct Taking final : Sink {
            explicit Taking(bool& goneIn) : gone(goneIn) {}
            net::awaitable<Status> write(std::string_view) override { co_return absl::OkStatus(); }
            std::optional<Status> writeNow(std::string_view) override
            {
                early = gone;
                return absl::OkStatus();
            }
            bool& gone;
            bool early = false;
        };
        QFETCH(const bool, takes);
        Bench bench;
        bool gone = false;
        std::unique_ptr<Stream> stream;
        onStrand(bench.io, [&] {
            Plan plan = bench.plan(false);
            plan.length = 6;
            std::unique_ptr<pool::HttpBody> body = std::make_unique<Read>(gone);
            auto opened = bench.streamer->openNow(plan, body, bench.context());
            QVERIFY(opened && opened->ok() && !body);
            stream = **std::move(opened);
        });
        QVERIFY(!gone);
        FakeSink slow(bench.clock);
        slow.stuck = true;
        if (takes) {
            Taking sink(gone);
            onStrand(bench.io, [&] { QVERIFY(stream->runNow(sink) == absl::OkStatus()); });
            QVERIFY(!sink.early);
            onStrand(bench.io, [&] { stream.reset(); });
            QVERIFY(gone);
        } else {
            auto running = start(bench.io, stream->run(slow));
            QVERIFY(slow.writing());
            QVERIFY(gone);
            onStrand(bench.io, [&] { slow.unstick(); });
            QVERIFY(running.done() && running.take().ok());
            onStrand(bench.io, [&] { stream.reset(); });
        }
        QVERIFY(bench.settled());
    }

    void smallAnswerThatBreaksOffFailsBeforeTheFirstByte()
    {
        // So that the request may still be answered by another backend.
        for (const bool cut : {false, true}) {
            Bench bench;
            FakeUpstream upstream;
            upstream.push("{\"a\":");
            if (cut)
                upstream.end();
            else
                upstream.fail(unavailable("reset"));
            Plan plan = bench.plan(false);
            plan.length = 7;
            const auto opened = bench.open(plan, upstream);
            QCOMPARE(opened.status().code(), absl::StatusCode::kUnavailable);
            QVERIFY(upstream.released());
            QVERIFY(bench.settled());
        }
    }

    void emptyAnswerWritesNothing()
    {
        Bench bench;
        FakeUpstream upstream;
        upstream.end();
        Plan plan = bench.plan(false);
        plan.length = 0;
        auto opened = bench.open(plan, upstream);
        FakeSink sink(bench.clock);
        QVERIFY(start(bench.io, (*opened)->run(sink)).take().ok());
        QVERIFY(sink.writes.empty());
    }

    void eventsPassAtOnce()
    {
        Bench bench;
        FakeUpstream upstream;
        bench.trace->enter(Phase::Running, bench.clock.now());
        auto opened = bench.open(bench.plan(true), upstream);
        FakeSink sink(bench.clock);
        auto running = start(bench.io, (*opened)->run(sink));
        QCOMPARE(bench.trace->phase(), Phase::Running);  // the backend has sent nothing yet
        QCOMPARE(bench.shots().at(0).state, Progress::Waiting);
        bench.clock.advance(300ms);
        // Each event at once, however it came; of an unfinished one nothing.
        std::string all, whole;
        for (const char* piece : {"data: a\n\nda", "ta: \xE6", "\xB0\xB4\r", "\n\r\n"}) {
            all += piece;
            upstream.push(piece);
            poll(bench.io);
            whole = all.substr(0, all.size() < 20 ? 9 : all.size());
            QCOMPARE(sink.text, whole);
            bench.clock.advance(100ms);
        }
        QCOMPARE(sink.writes.size(), std::size_t(2));
        const auto shot = bench.shots().at(0);
        QCOMPARE(shot.events, 2u);
        QCOMPARE(bench.trace->events, std::uint64_t{2});
        QCOMPARE(shot.chunkBytes, 0u);
        QCOMPARE(shot.firstByte, std::optional<Duration>(300ms));
        QVERIFY(shot.eventsPerSecond > 1);
        QVERIFY(shot.bytesPerSecond > 10);
        upstream.end();
        poll(bench.io);
        QVERIFY(running.done() && running.take().ok());
        QCOMPARE(bench.trace->phase(), Phase::ClientReads);
        QCOMPARE(bench.trace->spent(Phase::Running), Duration(300ms));
        QCOMPARE(bench.trace->at(bench.clock.now()).spent(Phase::Streaming), Duration(400ms));
        QCOMPARE(bench.registry.histogramTotal("millrace_stream_gap_seconds").count, 1u);
        QVERIFY2(bench.decisions().contains("forwarded 2 events"), qPrintable(bench.decisions()));
    }

    void heartbeatsFillSilenceBetweenEvents()
    {
        LiveEvents live;
        auto& [bench, upstream, sink, opened, running] = live;
        // Before the first byte: a long prefill.
        bench.clock.advance(9999ms);
        QCOMPARE(sink.text, "");
        bench.clock.advance(1ms);
        QCOMPARE(sink.text, ": heartbeat\n");
        upstream.push("data: a\n\n");
        bench.clock.advance(9s);
        upstream.push("data: b\n\ndata: half");
        sink.text.clear();
        poll(bench.io);
        // The half event is held back: for the client this is between two events.
        bench.clock.advance(10s);
        QCOMPARE(sink.text, "data: b\n\n: heartbeat\n");
        upstream.push("\n\n");
        poll(bench.io);
        QCOMPARE(sink.text, "data: b\n\n: heartbeat\ndata: half\n\n");
        sink.text.clear();
        // Of one that is too large to hold back a part has been written: there is no place within it.
        upstream.push("data: " + std::string(EventStream::kHeldMax, 'x'));
        poll(bench.io);
        QCOMPARE(sink.text.size(), EventStream::kHeldMax + 6);
        sink.text.clear();
        bench.clock.advance(60s);
        QCOMPARE(sink.text, "");
        upstream.push("\r\n\r");  // half a line's end: a line written here would make its other half an empty one
        poll(bench.io);
        bench.clock.advance(60s);
        QCOMPARE(sink.text, "\r\n\r");
        upstream.push("\n");
        poll(bench.io);
        sink.text.clear();
        bench.clock.advance(9s);
        QCOMPARE(sink.text, "");
        bench.clock.advance(11s);
        QCOMPARE(sink.text, ": heartbeat\n: heartbeat\n");
        upstream.end();
        poll(bench.io);
        QVERIFY(running->done() && running->take().ok());
        bench.clock.advance(bench.options.heartbeat);
        QCOMPARE(bench.clock.sleepers(), std::size_t(0));
        QVERIFY(bench.decisions().contains("4 heartbeats"));
    }

    void heartbeatsAreNotForOtherFormats()
    {
        Options off;
        off.heartbeat = 0s;
        for (const bool lines : {true, false}) {
            Bench bench(lines ? Options{} : off);
            FakeUpstream upstream;
            Plan plan = bench.plan(true);
            if (lines) plan.contentType = "application/x-ndjson";
            auto opened = bench.open(plan, upstream);
            FakeSink sink(bench.clock);
            auto running = start(bench.io, (*opened)->run(sink));
            bench.clock.advance(60s);
            QCOMPARE(sink.text, "");
            upstream.end();
            poll(bench.io);
            QVERIFY(running.done());
        }
    }

    void heartbeatAndEventDoNotOverlap()
    {
        LiveEvents live;
        live.sticksInAHeartbeat();
        auto& [bench, upstream, sink, opened, running] = live;
        upstream.push("data: a\n\n");
        upstream.end();
        poll(bench.io);
        QCOMPARE(sink.text, "");
        sink.unstick();
        poll(bench.io);
        QCOMPARE(sink.text, ": heartbeat\ndata: a\n\n");
        QVERIFY(!sink.overlapped());
        QVERIFY(running->done() && running->take().ok());
    }

    void heartbeatThatFailsStopsTheBackend()
    {
        for (const bool stubborn : {false, true}) {
            Bench bench;
            FakeUpstream upstream;
            if (stubborn) upstream.beStubborn();
            auto opened = bench.open(bench.plan(true), upstream);
            FakeSink sink(bench.clock);
            sink.failAfter = 0;
            auto running = start(bench.io, (*opened)->run(sink));
            bench.clock.advance(10s);
            QVERIFY(running.done());
            QCOMPARE(running.take().code(), absl::StatusCode::kUnavailable);
            QCOMPARE(upstream.released(), !stubborn);
            opened->reset();
            upstream.fail(unavailable("at last"));
            poll(bench.io);
            QVERIFY(upstream.released() && !upstream.destroyedUnderRead());
            QVERIFY(bench.settled());
        }
    }

    void cancelEndsAHeartbeatThatIsStuck()
    {
        LiveEvents live;
        live.sticksInAHeartbeat();
        auto& [bench, upstream, sink, opened, running] = live;
        bench.cancel("from the console");
        poll(bench.io);
        QVERIFY(running->done());
        QCOMPARE(running->take().code(), absl::StatusCode::kCancelled);
        QVERIFY(upstream.released());
    }

    void tornEventIsDropped_data()
    {
        QTest::addColumn<QString>("newline");
        QTest::addColumn<bool>("lines");
        QTest::newRow("LF") << "\n" << false;
        QTest::newRow("CRLF") << "\r\n" << false;
        QTest::newRow("CR") << "\r" << false;
        QTest::newRow("lines") << "\n" << true;
    }
    void tornEventIsDropped()
    {
        QFETCH(QString, newline);
        QFETCH(bool, lines);
        const std::string end = newline.toStdString();
        std::vector<std::string> events;
        if (lines) {
            events = {"{\"a\":1}" + end, "{\"b\":2}" + end, "{\"c\":3}" + end};
        } else {
            events = {"data: {\"a\":1}" + end + end, ": a comment" + end,
                      "event: x" + end + "id: 7" + end + "data: b" + end + "data: c" + end + end,
                      "data: \xE6\xB0\xB4" + end + end};
        }
        std::string all;
        for (const auto& event : events) all += event;
        const Status gone = unavailable("gone");
        // Torn at each byte, and having come in pieces of each size.
        for (std::size_t cut = 0; cut <= all.size(); ++cut) {
            for (const std::size_t piece : {std::size_t(1), std::size_t(2), std::size_t(5), all.size()}) {
                LiveEvents live([&](Plan& plan) {
                    if (lines) plan.contentType = "application/x-ndjson";
                });
                auto& [bench, upstream, sink, opened, running] = live;
                for (std::size_t at = 0; at < cut; at += piece)
                    upstream.push(all.substr(at, std::min(piece, cut - at)));
                upstream.fail(gone);
                poll(bench.io);
                QVERIFY(running->done());
                QCOMPARE(running->take(), gone);
                QVERIFY(opened->reportedInBand());
                // The events that came whole, perhaps without the LF of their last CRLF, and then ours.
                std::string whole;
                for (const auto& event : events) {
                    if (whole.size() + event.size() > cut + (end.size() - 1)) break;
                    whole += event;
                }
                if (whole.size() > cut) whole.resize(cut);
                if (!lines && sink.text != whole + errorEvent(gone)) {
                    // A CR may be the whole end of a line.
                    QVERIFY2(sink.text == all.substr(0, cut) + errorEvent(gone) && end != "\n" && all[cut - 1] == '\r',
                             ("cut at " + std::to_string(cut) + ": " + sink.text).c_str());
                }
                if (lines) QCOMPARE(sink.text, whole + errorEvent(gone));
                opened.reset();
                QVERIFY(bench.settled());
            }
        }
    }

    void eventTooLargeToHoldIsCutOffWhenItIsTorn()
    {
        LiveEvents live;
        auto& [bench, upstream, sink, opened, running] = live;
        const std::string large = "data: " + std::string(200'000, 'x');
        for (std::size_t at = 0; at < large.size(); at += 10'000) upstream.push(large.substr(at, 10'000));
        poll(bench.io);
        QCOMPARE(sink.text, large);
        upstream.fail(unavailable("gone"));
        poll(bench.io);
        QVERIFY(running->done() && !running->take().ok());
        QCOMPARE(sink.text, large);  // nothing that would seem to end it
        QVERIFY(!opened->reportedInBand());
        opened.reset();
        QVERIFY(bench.settled());
    }

    void afterItsEndNothingMoreIsSaid_data()
    {
        QTest::addColumn<QByteArray>("last");    // what says that the stream is over
        QTest::addColumn<QByteArray>("behind");  // what comes after that
        QTest::addColumn<QByteArray>("passed");  // of it
        QTest::newRow("done") << QByteArray("data: [DONE]\n\n") << QByteArray() << QByteArray();
        QTest::newRow("CRLF") << QByteArray("data:[DONE]\r\n\r\n") << QByteArray() << QByteArray();
        QTest::newRow("bytes behind") << QByteArray("data: [DONE]\n\n") << QByteArray("data: {\"late\":1}\n\n")
                                      << QByteArray();
        QTest::newRow("half an event behind")
            << QByteArray("data: [DONE]\n\n") << QByteArray("data: {\"la") << QByteArray();
        QTest::newRow("without its empty line") << QByteArray("data: [DONE]") << QByteArray() << QByteArray();
        QTest::newRow("without its second line end") << QByteArray("data: [DONE]\n") << QByteArray() << QByteArray();
        QTest::newRow("Anthropic") << QByteArray("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
                                   << QByteArray() << QByteArray();
        QTest::newRow("Responses") << QByteArray("event: response.completed\ndata: {}\n\n") << QByteArray()
                                   << QByteArray();
        QTest::newRow("Responses, then done") << QByteArray("event: response.completed\ndata: {}\n\n")
                                              << QByteArray("data: [DONE]\n\n") << QByteArray("data: [DONE]\n\n");
        QTest::newRow("an error in the stream")
            << QByteArray("data: {\"error\":{\"message\":\"m\"}}\n\n") << QByteArray() << QByteArray();
    }
    void afterItsEndNothingMoreIsSaid()
    {
        QFETCH(QByteArray, last);
        QFETCH(QByteArray, behind);
        QFETCH(QByteArray, passed);
        const std::string event = tokenEvent(1);
        for (const int how : {0, 1, 2, 3}) {
            LiveEvents live([&](Plan& plan) { plan.untilClose = how == 3; });
            auto& [bench, upstream, sink, opened, running] = live;
            const std::string all = event + last.toStdString() + behind.toStdString();
            if (how == 2)  // byte by byte
                for (const char letter : all) upstream.push(std::string(1, letter));
            else
                upstream.push(all);
            if (how == 1 || how == 2)
                upstream.fail(unavailable("closed within a chunk"));
            else
                upstream.end();
            poll(bench.io);
            QVERIFY(running->done());
            const Status status = running->take();
            QVERIFY2(status.ok(), text(status).c_str());
            QCOMPARE(sink.text, event + last.toStdString() + passed.toStdString());
            QCOMPARE(bench.counter("interrupted_total"), 0u);
            opened.reset();
            QVERIFY(bench.settled());
        }
    }

    void endWithoutDone_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<bool>("untilClose");
        QTest::addColumn<bool>("whole");
        const QByteArray events = "data: a\n\ndata: b\n\n";
        QTest::newRow("framed: as the backend ended it") << events << false << true;
        QTest::newRow("framed, without a last empty line") << events + "data: c\n" << false << true;
        QTest::newRow("closed") << events << true << false;
        QTest::newRow("closed within an event") << events + "data: {\"c" << true << false;
        QTest::newRow("closed within the first event") << QByteArray("data: {\"c") << true << false;
        QTest::newRow("closed before the first event") << QByteArray() << true << false;
        QTest::newRow("closed, but no events at all") << QByteArray("{\"an\":\"object\"}") << true << true;
    }
    void endWithoutDone()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(bool, untilClose);
        QFETCH(bool, whole);
        LiveEvents live([&](Plan& plan) { plan.untilClose = untilClose; });
        auto& [bench, upstream, sink, opened, running] = live;
        if (!bytes.isEmpty()) upstream.push(bytes.toStdString());
        upstream.end();
        poll(bench.io);
        QVERIFY(running->done());
        const Status status = running->take();
        QCOMPARE(status.ok(), whole);
        const std::string events =
            bytes.toStdString().substr(0, bytes.lastIndexOf("\n\n") < 0 ? 0 : bytes.lastIndexOf("\n\n") + 2);
        QCOMPARE(sink.text, whole ? bytes.toStdString() : events + errorEvent(status));
        opened.reset();
        QVERIFY(bench.settled());
    }

    void whatWasAskedForDecidesNotTheLabel_data()
    {
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<bool>("events");
        QTest::newRow("data") << QByteArray("data: a\n\n") << true;
        QTest::newRow("half a field's name") << QByteArray("dat") << true;
        QTest::newRow("comment") << QByteArray(": hello\n\n") << true;
        QTest::newRow("event") << QByteArray("\n\nevent: x\n") << true;
        QTest::newRow("object") << QByteArray("{\"data\":1}") << false;
        QTest::newRow("page") << QByteArray("<html>") << false;
        QTest::newRow("words") << QByteArray("database is locked") << false;
    }
    void whatWasAskedForDecidesNotTheLabel()
    {
        QFETCH(QByteArray, first);
        QFETCH(bool, events);
        Bench bench;
        FakeUpstream upstream;
        Plan plan = bench.plan(true);
        plan.contentType = "text/plain";
        plan.acceptGzip = true;
        upstream.push(first.toStdString());
        auto opening = start(bench.io, bench.streamer->open(plan, upstream.body(), bench.context()));
        if (!events) upstream.end();  // its encoding is chosen by a sample
        poll(bench.io);
        QVERIFY(opening.done());
        auto opened = opening.take();
        QVERIFY(opened.ok());
        QCOMPARE((*opened)->passesEvents(), events);
        FakeSink sink(bench.clock);
        auto running = start(bench.io, (*opened)->run(sink));
        if (events) {
            upstream.push(tokenEvent(1));
            poll(bench.io);
            GzipReader reader;
            QVERIFY(!reader.feed(sink.text).empty());  // at once, packed or not
            upstream.end();
            poll(bench.io);
        }
        QVERIFY(running.done() && running.take().ok());
    }

    void answerThatMayNotBeTransformedIsNotPacked()
    {
        for (const bool events : {true, false}) {
            Bench bench;
            FakeUpstream upstream;
            Plan plan = bench.plan(events);
            plan.acceptGzip = plan.noTransform = true;
            const std::string all = "data: " + prose(100'000) + "\n\n";
            upstream.push(all);
            upstream.end();
            auto opened = bench.open(plan, upstream);
            QVERIFY(opened.ok());
            QCOMPARE((*opened)->contentEncoding(), "");
            FakeSink sink(bench.clock);
            auto running = start(bench.io, (*opened)->run(sink));
            poll(bench.io);
            QVERIFY(running.done() && running.take().ok());
            QCOMPARE(sink.text, all);
        }
    }

    void errorReachesAClientThatReadsGzip()
    {
        LiveEvents live([&](Plan& plan) { plan.acceptGzip = true; });
        auto& [bench, upstream, sink, opened, running] = live;
        std::string sent;
        for (std::size_t i = 0; i < 20; ++i) sent += tokenEvent(i);
        upstream.push(sent);
        poll(bench.io);
        bench.clock.advance(10s);  // a heartbeat in between, packed too
        upstream.fail(unavailable("gone"));
        poll(bench.io);
        QVERIFY(running->done());
        GzipReader reader;
        QCOMPARE(reader.feed(sink.text), sent + ": heartbeat\n" + errorEvent(unavailable("gone")));
        QVERIFY(reader.ended());
    }

    void whatArrivedIsSentBeforeABulkAnswerBreaksOff()
    {
        Bench bench;
        FakeUpstream upstream;
        Plan plan = bench.plan(false);
        plan.length = 1'000'000;
        auto opened = bench.open(plan, upstream);
        FakeSink sink(bench.clock);
        sink.stuck = true;
        auto running = start(bench.io, (*opened)->run(sink));
        for (int i = 0; i < 5; ++i) upstream.push(std::string(50'000, 'x'));
        upstream.fail(unavailable("reset"));
        poll(bench.io);
        QVERIFY(!running.done());
        QCOMPARE(bench.shots().at(0).state, Progress::Finishing);
        QVERIFY(upstream.released());
        sink.unstick();
        poll(bench.io);
        QVERIFY(running.done());
        QCOMPARE(running.take().code(), absl::StatusCode::kUnavailable);
        QCOMPARE(sink.taken(), 250'000u);
    }

    /// The latency of an answer used to run until a slow client had taken its last byte.
    void whatOnlyTheClientReadsIsItsOwn_data()
    {
        QTest::addColumn<int>("bytes");
        QTest::addColumn<bool>("announced");
        QTest::newRow("whole") << 5000 << true;
        QTest::newRow("in chunks, all of it here") << 300'000 << true;
        QTest::newRow("of unknown length") << 300'000 << false;
    }
    void whatOnlyTheClientReadsIsItsOwn()
    {
        QFETCH(int, bytes);
        QFETCH(bool, announced);
        Bench bench;
        FakeUpstream upstream;
        upstream.push(std::string(static_cast<std::size_t>(bytes), 'x'));
        upstream.end();
        auto plan = bench.plan(false);
        if (announced) plan.length = bytes;
        FakeSink sink(bench.clock);
        sink.stuck = true;
        sink.onWrite = [&] {
            if (!bench.trace->answering()) bench.trace->enter(Phase::Streaming, bench.clock.now());
        };
        bench.trace->enter(Phase::Running, bench.clock.now());
        bench.clock.advance(30ms);
        auto opened = bench.open(plan, upstream);
        QVERIFY(opened.ok());
        auto running = start(bench.io, (*opened)->run(sink));
        bench.clock.advance(60s);
        QCOMPARE(bench.trace->phase(), Phase::ClientReads);
        sink.unstick();
        poll(bench.io);
        QVERIFY(running.done() && running.take().ok());
        const auto trace = bench.trace->at(bench.clock.now());
        QCOMPARE(trace.spent(Phase::ClientReads), Duration(60s));
        QCOMPARE(trace.spent(Phase::Streaming), Duration{});
        QCOMPARE(trace.spent(Phase::Running), Duration(30ms));
        QCOMPARE(trace.added(), Duration{});
    }

    void slowEventClientShowsAsPaused()
    {
        LiveEvents live;
        auto& [bench, upstream, sink, opened, running] = live;
        upstream.push(tokenEvent(1));
        poll(bench.io);
        QCOMPARE(bench.trace->phase(), Phase::Streaming);
        sink.stuck = true;
        upstream.push(tokenEvent(2));
        upstream.push(tokenEvent(3));
        bench.clock.advance(2s);
        QCOMPARE(bench.trace->phase(), Phase::ClientReads);
        // Nothing is read for a client that does not take what there is.
        QCOMPARE(upstream.reads(), 2u);
        auto shot = bench.shots().at(0);
        QCOMPARE(shot.state, Progress::Paused);
        QCOMPARE(shot.pausedBy, Backpressure::By::Client);
        QCOMPARE(shot.paused, Duration(2s));
        QCOMPARE(shot.buffered, tokenEvent(2).size());
        // The sleeper for heartbeats comes by and counts it.
        bench.clock.advance(8s);
        QCOMPARE(bench.counter("pauses_total", {{"by", "client"}}), 1u);
        QCOMPARE(bench.gauge("streams", {{"state", "paused"}}), 1.0);
        sink.unstick();
        poll(bench.io);
        QCOMPARE(bench.shots().at(0).state, Progress::Streaming);
        QCOMPARE(bench.trace->phase(), Phase::Streaming);
        QCOMPARE(bench.trace->spent(Phase::ClientReads), Duration(10s));
        QCOMPARE(bench.counter("resumes_total"), 1u);
        upstream.end();
        poll(bench.io);
        QVERIFY(running->done() && running->take().ok());
        QCOMPARE(bench.pausedSeconds().at("test · 1"), 10.0);
        QVERIFY2(bench.decisions().contains("paused 10 s in 1 pause: the client read slowly"),
                 qPrintable(bench.decisions()));
    }

    void limitPausesAllButTheEmpty()
    {
        Options options;
        options.backpressureBytesMax = 256u << 10;
        Bench bench(options);
        std::vector<FakeUpstream> upstreams(3);
        std::vector<std::unique_ptr<FakeSink>> sinks;
        std::vector<std::unique_ptr<Stream>> streams;
        std::vector<Running<Status>> running;
        for (auto& upstream : upstreams) {
            auto produced = std::make_shared<int>(0);
            upstream.generate([produced] { return ++*produced <= 20 ? std::string(65536, 'x') : std::string(); });
            Plan plan = bench.plan(false);
            plan.length = 20 * 65536;
            streams.push_back(*bench.open(std::move(plan), upstream));
            sinks.push_back(std::make_unique<FakeSink>(bench.clock));
            sinks.back()->stuck = true;
            running.push_back(start(bench.io, streams.back()->run(*sinks.back())));
        }
        // The first took the limit; the others one piece each, which nobody can deny them.
        QCOMPARE(bench.streamer->bufferedBytes(), 256u * 1024 + 2 * 65536);
        for (const auto& shot : bench.shots()) {
            QCOMPARE(shot.state, Progress::Paused);
            QCOMPARE(shot.pausedBy, Backpressure::By::Limit);
        }
        QCOMPARE(bench.counter("pauses_total", {{"by", "limit"}}), 3u);
        QCOMPARE(bench.eventLog.after(0, 10).size(), std::size_t(1));
        QCOMPARE(bench.eventLog.after(0, 10).at(0).kind, "backpressure_limit");
        // One client alone is served to its end while the others do not move at all.
        sinks[2]->unstick();
        poll(bench.io);
        QVERIFY(running[2].done() && running[2].take().ok());
        QVERIFY(!running[0].done() && !running[1].done());
        // A higher limit lets them go on at once.
        options.backpressureBytesMax = 10u << 20;
        bench.apply(options);
        QCOMPARE(bench.streamer->bufferedBytesMax(), 10u << 20);
        poll(bench.io);
        QVERIFY(bench.streamer->bufferedBytes() > 1u << 20);
        sinks[0]->unstick();
        sinks[1]->unstick();
        poll(bench.io);
        QVERIFY(running[0].done() && running[1].done());
        streams.clear();
        QVERIFY(bench.settled());
    }

    void switchedOffHoldsTheWholeAnswer()
    {
        Options options;
        options.enabled = false;
        Bench bench(options);
        FakeUpstream upstream;
        auto opening = start(bench.io, bench.streamer->open(bench.plan(true), upstream.body(), bench.context()));
        for (std::size_t i = 0; i < 100; ++i) upstream.push(tokenEvent(i));
        poll(bench.io);
        QVERIFY(!opening.done());
        QVERIFY(bench.streamer->bufferedBytes() > 10'000);
        upstream.end();
        poll(bench.io);
        auto opened = opening.take();
        QVERIFY(opened.ok());
        FakeSink sink(bench.clock);
        QVERIFY(start(bench.io, (*opened)->run(sink)).take().ok());
        QCOMPARE(sink.writes.size(), std::size_t(1));
        QCOMPARE((*opened)->contentLength(), std::optional<std::uint64_t>(sink.taken()));
        opened->reset();
        QVERIFY(bench.settled());
    }

    void shortAnswerOfUnknownLengthNeedsNoReadAhead()
    {
        Bench bench;
        FakeUpstream upstream;
        upstream.push("{\"a\":");
        upstream.push("1}");
        upstream.end();
        auto opened = bench.open(bench.plan(false), upstream);
        FakeSink sink(bench.clock);
        QVERIFY(start(bench.io, (*opened)->run(sink)).take().ok());
        QCOMPARE(sink.text, "{\"a\":1}");
        QCOMPARE(sink.writes.size(), std::size_t(2));
    }

    void slowClientGetsSmallChunks()
    {
        Bench bench;
        FakeUpstream upstream;
        auto produced = std::make_shared<int>(0);
        upstream.generate([produced] { return ++*produced <= 10 ? std::string(65536, 'x') : std::string(); });
        Plan plan = bench.plan(false);
        plan.length = 655360;
        auto opened = bench.open(plan, upstream);
        FakeSink sink(bench.clock);
        sink.bytesPerSecond = 50e3;
        auto running = start(bench.io, (*opened)->run(sink));
        for (int i = 0; i < 2000 && !running.done(); ++i) bench.clock.advance(10ms);
        QVERIFY(running.done() && running.take().ok());
        QCOMPARE(sink.taken(), 655360u);
        QCOMPARE(sink.writes.front().bytes, std::size_t(65536));
        QCOMPARE(sink.writes.back().bytes, std::size_t(4096));
        QVERIFY(bench.decisions().contains("chunks of 4.0 KiB"));
    }

    void settingsChangeForTheNextRequest()
    {
        Bench bench;
        FakeUpstream first;
        auto before = bench.open(bench.plan(false), first);
        Options options;
        options.windowBytes = 8192;
        options.chunkBytes = 4096;
        bench.apply(options);
        FakeUpstream second;
        auto after = bench.open(bench.plan(false), second);
        const auto shots = bench.shots();
        QCOMPARE(shots.at(0).window, 1u << 20);
        QCOMPARE(shots.at(0).chunkBytes, 65536u);
        QCOMPARE(shots.at(1).window, 8192u);
        QCOMPARE(shots.at(1).chunkBytes, 4096u);
    }

    void brokenStreamsAreNotedOnceForMany()
    {
        Bench bench;
        for (int round = 0; round < 2; ++round) {
            for (int i = 0; i < 20; ++i) {
                FakeUpstream upstream;
                auto opened = bench.open(bench.plan(true), upstream);
                FakeSink sink(bench.clock);
                auto running = start(bench.io, (*opened)->run(sink));
                upstream.fail(unavailable("the backend has gone"));
                poll(bench.io);
                QVERIFY(running.done());
            }
            bench.clock.advance(11s);
        }
        const auto events = bench.eventLog.after(0, 100);
        QCOMPARE(events.size(), std::size_t(2));
        QVERIFY(events.at(1).text.english().find("19 streams before") != std::string::npos);
        QCOMPARE(bench.counter("interrupted_total"), 40u);
    }

    void pausedClientsAreBounded()
    {
        Bench bench;
        for (int i = 0; i < 50; ++i) {
            FakeUpstream upstream;
            Plan plan = bench.plan(true);
            plan.client = "client " + std::to_string(i);
            auto opened = bench.open(plan, upstream);
            FakeSink sink(bench.clock);
            sink.stuck = true;
            auto running = start(bench.io, (*opened)->run(sink));
            upstream.push(tokenEvent(1));
            upstream.end();
            bench.clock.advance(std::chrono::milliseconds(100 + 10 * i));
            sink.unstick();
            poll(bench.io);
            QVERIFY(running.done());
        }
        const auto seconds = bench.pausedSeconds();
        QCOMPARE(seconds.size(), std::size_t(32));
        QVERIFY(seconds.contains("client 49"));
        QVERIFY(!seconds.contains("client 0"));
    }

    void streamNeverRunLetsItsBackendGo()
    {
        Bench bench;
        FakeUpstream upstream;
        auto opened = bench.open(bench.plan(true), upstream);
        QVERIFY(!upstream.released());
        opened->reset();
        QVERIFY(upstream.released());
        QVERIFY(bench.settled());
    }

    void streamMayOutliveItsStreamer()
    {
        LiveEvents live;
        auto& [bench, upstream, sink, opened, running] = live;
        bench.streamer.reset();
        upstream.push("data: a\n\n");
        upstream.end();
        poll(bench.io);
        QVERIFY(running->done() && running->take().ok());
        QCOMPARE(sink.text, "data: a\n\n");
    }
};

QTEST_GUILESS_MAIN(TestStreamer)
#include "tst_streamer.moc"
