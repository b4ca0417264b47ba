// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/stream_metrics.h"

namespace millrace::stream {

const char* textOf(CompressionSkipReason reason)
{
    switch (reason) {
        case CompressionSkipReason::Off:
            return "off";
        case CompressionSkipReason::Client:
            return "client";
        case CompressionSkipReason::Type:
            return "type";
        case CompressionSkipReason::Small:
            return "small";
        case CompressionSkipReason::Saving:
            return "saving";
        case CompressionSkipReason::Size:
            return "size";
    }
    return "";
}

StreamMetrics::StreamMetrics(Registry& registry)
    : chunksSent(registry.counter("millrace_stream_chunks_sent_total", "Chunks or events sent to clients.")),
      events(registry.counter("millrace_stream_events_total",
                              "Events of streams forwarded to clients; other responses have none.")),
      chunksReceived(registry.counter("millrace_stream_chunks_received_total", "Chunks read from backends.")),
      bytesIn(registry.counter("millrace_stream_bytes_in_total", "Bytes read from backends.")),
      bytesOut(registry.counter("millrace_stream_bytes_out_total", "Bytes sent to clients.")),
      compressedRaw(registry.counter("millrace_stream_compressed_raw_bytes_total",
                                     "Bytes that were compressed, before compression.")),
      compressedSent(registry.counter("millrace_stream_compressed_sent_bytes_total",
                                      "Bytes that were compressed, after compression.")),
      interruptedByClient(registry.counter("millrace_stream_interrupted_total",
                                           "Streams interrupted by the client or the backend.", {{"by", "client"}})),
      interruptedByBackend(registry.counter("millrace_stream_interrupted_total",
                                            "Streams interrupted by the client or the backend.", {{"by", "backend"}})),
      chunkBytes(
          registry.histogram("millrace_stream_chunk_bytes", "Size in bytes of the chunks sent.", buckets::bytes())),
      chunkSeconds(registry.histogram("millrace_stream_chunk_seconds", "Seconds to process a chunk.",
                                      buckets::latencySeconds())),
      gapSeconds(registry.histogram("millrace_stream_gap_seconds", "Seconds between two events of a stream.",
                                    buckets::latencySeconds())),
      streaming_(registry.gauge("millrace_stream_streams", "Open streams by state.", {{"state", "streaming"}})),
      paused_(registry.gauge("millrace_stream_streams", "Open streams by state.", {{"state", "paused"}})),
      buffered_(registry.gauge("millrace_stream_buffered_bytes", "Bytes of responses that are buffered.")),
      bufferedMax_(registry.gauge("millrace_stream_buffered_bytes_max",
                                  "Bytes of responses that may be buffered (streamer.backpressure_bytes_max).")),
      pausesByClient_(registry.counter(
          "millrace_stream_pauses_total",
          "Times that reading from a backend was paused, by the client or the common limit (backpressure).",
          {{"by", "client"}})),
      pausesByLimit_(registry.counter(
          "millrace_stream_pauses_total",
          "Times that reading from a backend was paused, by the client or the common limit (backpressure).",
          {{"by", "limit"}})),
      resumes_(registry.counter("millrace_stream_resumes_total", "Times that reading from a backend was resumed."))
{
    for (std::size_t i = 0; i < kSkipReasonCount; ++i) {
        plain.at(i) =
            &registry.counter("millrace_stream_compression_skipped_bytes_total", "Bytes sent without compression.",
                              {{"reason", textOf(static_cast<CompressionSkipReason>(i))}});
    }
}

void StreamMetrics::show(const Backpressure& pressure, std::size_t open)
{
    const auto bring = [](Counter& counter, std::uint64_t now) {
        if (const auto shown = counter.value(); now > shown) counter.add(now - shown);
    };
    bring(pausesByClient_, pressure.pauses(Backpressure::By::Client));
    bring(pausesByLimit_, pressure.pauses(Backpressure::By::Limit));
    bring(resumes_, pressure.resumes());
    const auto paused = static_cast<double>(pressure.pausedNow());
    paused_.set(paused);
    streaming_.set(static_cast<double>(open) - paused);
    buffered_.set(static_cast<double>(pressure.buffered()));
    bufferedMax_.set(static_cast<double>(pressure.limit()));
}

}  // namespace millrace::stream
