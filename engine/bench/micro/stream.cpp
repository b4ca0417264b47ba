// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/check.h"
#include "bench/micro/suites.h"
#include "stream/backpressure.h"
#include "stream/chunk_codec.h"
#include "stream/chunk_sizer.h"
#include "stream/deflater.h"
#include "stream/gzip_writer.h"
#include "stream/sse_splitter.h"

#include <benchmark/benchmark.h>
#include <deque>
#include <random>
#include <string>
#include <vector>

namespace millrace::bench::micro {

namespace {

using namespace millrace::stream;

constexpr TimePoint kStart = TimePoint{} + 1h;
constexpr std::size_t kChunk = 64 * 1024;
constexpr ChunkCompression kGzip{.enabled = true};

std::string event(std::uint64_t number)
{
    return R"(data: {"id":"chatcmpl-8f3a","object":"chat.completion.chunk","created":1700000000,"model":"scribe",)"
           R"("choices":[{"index":0,"delta":{"content":" word)" +
           std::to_string(number) + R"("},"finish_reason":null}]})" + "\n\n";
}

/// Numbers as JSON: what answers with tensors are made of, and what gzip halves.
std::string numbers(std::size_t bytes)
{
    std::mt19937 random(7);
    std::string out;
    while (out.size() < bytes) out += std::to_string(random() % 1'000'000) + ",";
    out.resize(bytes);
    return out;
}

std::string noise(std::size_t bytes)
{
    std::mt19937 random(7);
    std::string out(bytes, '\0');
    for (char& byte : out) byte = static_cast<char>(random());
    return out;
}

void crc(benchmark::State& state)
{
    const std::string bytes = noise(kChunk);
    for (auto _ : state) benchmark::DoNotOptimize(crc32Of(bytes));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kChunk));
}

void encode(benchmark::State& state, const std::string& raw, const ChunkCompression& compression)
{
    std::size_t framed = 0;
    ChunkEncoder encoder(
        [&](std::string_view frame) {
            framed += frame.size();
            return absl::OkStatus();
        },
        kChunk, compression);
    for (auto _ : state) MR_CHECK(encoder.write(raw).ok());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(raw.size()));
    state.counters["saved"] =
        1 - static_cast<double>(framed) / (static_cast<double>(state.iterations()) * static_cast<double>(raw.size()));
}

/// Each round a new stream: 16 chunks of 64 KiB.
void decode(benchmark::State& state, const std::string& raw, const ChunkCompression& compression)
{
    constexpr int kChunks = 16;
    std::vector<std::string> frames;
    ChunkEncoder encoder(
        [&](std::string_view frame) {
            frames.emplace_back(frame);
            return absl::OkStatus();
        },
        kChunk, compression);
    for (int i = 0; i < kChunks; ++i) MR_CHECK(encoder.write(raw).ok());
    MR_CHECK(encoder.finish().ok());
    for (auto _ : state) {
        std::size_t at = 0;
        ChunkDecoder decoder(
            [&]() -> StatusOr<std::string> { return at < frames.size() ? frames[at++] : std::string(); });
        for (;;) {
            const auto chunk = decoder.next();
            MR_CHECK(chunk.ok());
            if (!chunk->has_value()) break;
        }
    }
    state.SetItemsProcessed(state.iterations() * kChunks);
    state.SetBytesProcessed(state.iterations() * kChunks * static_cast<std::int64_t>(raw.size()));
}

/// A read and its write, of one of that many open streams.
void backpressure(benchmark::State& state)
{
    Backpressure gate(10u << 20);
    std::deque<Backpressure::Account> accounts(static_cast<std::size_t>(state.range(0)));
    for (auto& account : accounts) account.window = 1u << 20;
    std::size_t next = 0;
    for (auto _ : state) {
        auto& account = accounts[next];
        next = next + 1 == accounts.size() ? 0 : next + 1;
        benchmark::DoNotOptimize(gate.mayRead(account, kStart));
        gate.onRead(account, kChunk);
        benchmark::DoNotOptimize(gate.onWritten(account, kChunk, kStart));
    }
    for (auto& account : accounts) gate.close(account, kStart);
}

/// A client that is slow: its stream is stopped at the window and goes on at half of it.
void pauseResume(benchmark::State& state)
{
    Backpressure gate(10u << 20);
    Backpressure::Account account;
    account.window = kChunk;
    for (auto _ : state) {
        gate.onRead(account, kChunk);
        benchmark::DoNotOptimize(gate.mayRead(account, kStart));
        benchmark::DoNotOptimize(gate.onWritten(account, kChunk, kStart));
    }
    gate.close(account, kStart);
}

void sizer(benchmark::State& state)
{
    ChunkSizer chunks(kChunk);
    std::uint32_t round = 0;
    for (auto _ : state) {
        chunks.sent(chunks.bytes(), ++round % 64 < 32 ? 1ms : 200ms);  // fast for a while, slow for a while
        benchmark::DoNotOptimize(chunks.bytes());
    }
}

void sseEvent(benchmark::State& state)
{
    const std::string piece = event(1);
    SseSplitter splitter;
    for (auto _ : state) benchmark::DoNotOptimize(splitter.feed(piece));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(piece.size()));
}

void ssePieces(benchmark::State& state)
{
    std::string piece;
    std::int64_t events = 0;
    while (piece.size() < kChunk) piece += event(static_cast<std::uint64_t>(events++));
    SseSplitter splitter;
    for (auto _ : state) benchmark::DoNotOptimize(splitter.feed(piece));
    state.SetItemsProcessed(state.iterations() * events);
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(piece.size()));
}

/// An event packed and flushed, as it goes to a client that accepts gzip.
void gzipEvent(benchmark::State& state)
{
    GzipWriter writer(kEventShape);
    std::string out;
    std::uint64_t number = 0;
    for (auto _ : state) {
        out.clear();
        writer.write(event(++number), true, out);
        benchmark::DoNotOptimize(out.data());
    }
}

}  // namespace

void addStream()
{
    using benchmark::RegisterBenchmark;
    RegisterBenchmark("stream/crc32/64KiB", crc);
    const auto codec = [](const char* encoded, const char* decoded, const std::string& raw, ChunkCompression how) {
        RegisterBenchmark(encoded, [raw, how](benchmark::State& state) { encode(state, raw, how); });
        RegisterBenchmark(decoded, [raw, how](benchmark::State& state) { decode(state, raw, how); });
    };
    codec("stream/encode/plain_64KiB", "stream/decode/plain_64KiB", noise(kChunk), {});
    codec("stream/encode/gzip_numbers_64KiB", "stream/decode/gzip_numbers_64KiB", numbers(kChunk), kGzip);
    codec("stream/encode/gzip_noise_64KiB", "stream/decode/gzip_noise_64KiB", noise(kChunk), kGzip);
    RegisterBenchmark("stream/backpressure/read_write", backpressure)->Arg(1)->Arg(1000);
    RegisterBenchmark("stream/backpressure/pause_resume", pauseResume);
    RegisterBenchmark("stream/sizer/sent", sizer);
    RegisterBenchmark("stream/sse/event", sseEvent);
    RegisterBenchmark("stream/sse/piece_64KiB", ssePieces);
    RegisterBenchmark("stream/gzip/event", gzipEvent);
}

}  // namespace millrace::bench::micro
