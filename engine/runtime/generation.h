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

/// A part of a text as it leaves. The last one has a finish, and the counts are whole then.
struct Piece {
    std::string text;
    Finish finish = Finish::None;
    std::int64_t promptTokens = 0;
    std::int64_t tokens = 0;  // so far
    Status problem;           // Failed
};

/// One text being written by a model: a token a turn, each turn at the end of the workers' queue, so that texts
/// interleave and runs of other models pass between.
///
/// Owner:  whoever reads; the workers hold a share while a turn waits.
/// Thread: any. The sink is called from one worker at a time, and not after cancel() returned and its turn ended.
/// Bound:  the sink returns false when its reader is behind; then nothing is written until resume().
/// Stop:   cancel(): the next turn never happens.
class Generation : public std::enable_shared_from_this<Generation> {
public:
    using Sink = std::function<bool(Piece piece)>;

    /// ResourceExhausted when `openMax` texts are being written.
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
    /// The next token and what of it may leave.
    Piece step();
    void again();

    Workers& workers_;
    const GenerationRequest request_;
    std::atomic<bool> cancelled_{false};
    Mutex mutex_;
    bool waiting_ MILLRACE_GUARDED_BY(mutex_) = false;  // no turn is queued: the reader is behind
    bool resumed_ MILLRACE_GUARDED_BY(mutex_) = false;  // resume() came before the turn ended

    // the turn's only
    ModelShare model_;
    Sink sink_;
    std::unique_ptr<Writing> writing_;
    StopFilter stops_;
    std::int64_t tokens_ = 0;
    std::chrono::steady_clock::time_point began_;
};

}  // namespace millrace::runtime
