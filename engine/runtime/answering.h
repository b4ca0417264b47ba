// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/one_shot.h"
#include "runtime/generation.h"

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace millrace::runtime {

/// The pieces of an answer's texts on their way from the workers to the session that writes them.
///
/// Thread: push() from workers, the rest on the session's executor.
/// Bound:  push() says no more beyond `most`; take() lets the texts go on.
class PieceQueue : public std::enable_shared_from_this<PieceQueue> {
public:
    struct Entry {
        std::size_t choice = 0;
        Piece piece;
    };

    PieceQueue(boost::asio::any_io_executor executor, std::size_t most) : executor_(std::move(executor)), most_(most) {}

    bool push(std::size_t choice, Piece piece);
    /// All that has come, at least one; empty once closed.
    boost::asio::awaitable<std::vector<Entry>> take();
    void writes(std::shared_ptr<Generation> text) { texts_.push_back(std::move(text)); }
    /// Nobody reads any more: the texts stop.
    void close();

private:
    void wake();

    boost::asio::any_io_executor executor_;
    const std::size_t most_;
    std::atomic<std::size_t> under_way_{0};
    std::vector<std::shared_ptr<Generation>> texts_;
    std::deque<Entry> entries_;
    OneShot<bool> waiter_;
    bool waiting_ = false;
    bool closed_ = false;
};

/// Approximate bytes of text in one part of a large embedding: the longest that other requests wait for it.
inline constexpr std::size_t kEmbedBytesOfAPart = 32 << 10;

/// Whether the model reads texts of that length. Errors: InvalidArgument naming the text by `field` and the limit.
Status checkTexts(const LoadedModel& model, const std::vector<std::string>& texts, const std::string& field);

/// Whether the model takes prompts of that length, before anything is done with them. Errors as above.
Status checkPrompts(const LoadedModel& model, const std::vector<GenerationRequest>& texts, const std::string& field);

/// Vectors for all texts, in parts of the model's largest batch and of kEmbedBytesOfAPart; each part queues again
/// behind what others sent meanwhile. `done` runs on a worker, once. `gone` (may be empty): nobody waits any more.
void embedAll(Workers& workers, ModelShare model, std::vector<std::string> texts, std::function<bool()> gone,
              std::function<void(StatusOr<std::vector<std::vector<float>>>)> done);

}  // namespace millrace::runtime
