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

/// A queue of generated text, from the workers that produce it to the session that sends it.
///
/// Thread: push() from workers, the rest on the session's executor.
/// Bound:  push() returns false beyond `most` pieces, which pauses generation; take() resumes it.
class PieceQueue : public std::enable_shared_from_this<PieceQueue> {
public:
    struct Entry {
        std::size_t choice = 0;
        Piece piece;
    };

    PieceQueue(boost::asio::any_io_executor executor, std::size_t most) : executor_(std::move(executor)), most_(most) {}

    bool push(std::size_t choice, Piece piece);
    /// Waits for at least one piece and returns all; empty: closed.
    boost::asio::awaitable<std::vector<Entry>> take();
    void writes(std::shared_ptr<Generation> text) { texts_.push_back(std::move(text)); }
    /// The reader is gone: stops generation.
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

/// Approximate bytes of text in one part of a large embedding, which limits the delay of other requests.
inline constexpr std::size_t kEmbedBytesOfAPart = 32 << 10;

/// Checks that the texts are within the model's limit. InvalidArgument with the text's `field`, and the limit.
Status checkTexts(const LoadedModel& model, const std::vector<std::string>& texts, const std::string& field);

/// Checks that the prompts are within the model's limit. Errors as above.
Status checkPrompts(const LoadedModel& model, const std::vector<GenerationRequest>& texts, const std::string& field);

/// Embeds all texts in parts, limited by the model's largest batch and kEmbedBytesOfAPart; each part is queued behind
/// other requests. `done` is called once, on a worker. `gone` (may be empty) returns true if nobody waits any more.
void embedAll(Workers& workers, ModelShare model, std::vector<std::string> texts, std::function<bool()> gone,
              std::function<void(StatusOr<std::vector<std::vector<float>>>)> done);

}  // namespace millrace::runtime
