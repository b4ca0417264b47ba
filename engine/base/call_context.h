// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/cancel.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/text.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace millrace {

/// Where the time of one request went, and the decisions it met. Rooms write their own part as it passes.
/// Thread: the strand. Bound: kStoryMax sentences of kSentenceBytesMax bytes, washed.
struct Trace {
    static constexpr std::size_t kStoryMax = 32;

    Duration queued{};            ///< waited for admission
    Duration model{};             ///< waited for its model to be loaded
    Duration batching{};          ///< waited for its batch to leave
    Duration connect{};           ///< waited for a connection
    Duration run{};               ///< at the backend, up to the first byte of the answer (batches: to the whole answer)
    Duration stream{};            ///< first to last byte
    std::uint32_t batchRows = 0;  ///< of the whole batch; 0: not batched
    BatchId batch;
    bool connectionReused = false;
    std::string phase = "queued";  ///< queued, waiting for model, batching, running, streaming
    std::vector<std::string> story;

    void tell(std::string sentence)
    {
        if (story.size() < kStoryMax) story.push_back(washed(std::move(sentence)));
    }
};

/// What every room needs to know of the request it works for. Cheap to copy.
struct CallContext {
    RequestId id;
    std::string client;                     ///< who asks, as people know it: "openai-node · 51422"
    int priority = 0;                       ///< higher leaves first; 0 is ordinary
    TimePoint deadline = TimePoint::max();  ///< of the first byte of the answer, and of every wait before it
    Duration silenceMax = Duration::max();  ///< after the first byte: how long its answer may stand still
    CancelToken cancel;
    std::shared_ptr<Trace> trace = std::make_shared<Trace>();
};

}  // namespace millrace
