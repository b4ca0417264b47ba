// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/mutex.h"
#include "runtime/model.h"
#include "runtime/repository.h"
#include "runtime/stop_filter.h"
#include "runtime/workers.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace millrace::runtime {

struct GenerationRequest {
    WritingOptions writing;
    std::int64_t tokensMax = 128;
    std::vector<std::string> stop;
};

enum class Finish { None, Stop, Length, Failed };

/// A piece of generated text. The last one has a finish reason and the final counts.
struct Piece {
    std::string text;
    Finish finish = Finish::None;
    std::int64_t promptTokens = 0;
    std::int64_t tokens = 0;  // so far
    Status problem;           // Failed
};

/// The generation of one text: one token per turn, each turn at the end of the workers' queue, so that texts interleave
/// with each other and with runs of other models.
///
/// Owner:  the reader; the workers hold a share while a turn is queued.
/// Thread: any. The sink is called by one worker at a time, and not after cancel() has returned and the current turn
///         ended.
/// Bound:  if the sink returns false (its reader is behind), generation pauses until resume().
/// Stop:   cancel(): no further turn starts.
class Generation : public std::enable_shared_from_this<Generation> {
public:
    using Sink = std::function<bool(Piece piece)>;

    /// ResourceExhausted: `openMax` texts are in progress.
    static StatusOr<std::shared_ptr<Generation>> start(Workers& workers, ModelShare model, GenerationRequest request,
                                                       Sink sink);
    ~Generation();

    void resume();
    void cancel();

    static constexpr std::int64_t kOpenMax = 4096;
    static std::int64_t open();

private:
    Generation(Workers& workers, ModelShare model, GenerationRequest request, Sink sink);
    void turn();
    /// Generates a token, and passes on what the stop filter releases.
    Piece step();
    void again();

    Workers& workers_;
    const GenerationRequest request_;
    std::atomic<bool> cancelled_{false};
    Mutex mutex_;
    bool waiting_ MILLRACE_GUARDED_BY(mutex_) = false;  // paused: the reader is behind
    bool resumed_ MILLRACE_GUARDED_BY(mutex_) = false;  // resume() was called before the turn ended

    // used by the current turn only
    ModelShare model_;
    Sink sink_;
    std::unique_ptr<Writing> writing_;
    StopFilter stops_;
    std::int64_t tokens_ = 0;
    std::chrono::steady_clock::time_point began_;
};

}  // namespace millrace::runtime
