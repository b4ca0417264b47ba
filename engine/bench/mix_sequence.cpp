// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/mix_sequence.h"

#include <algorithm>

namespace millrace::bench {

/// Begins with the end of a stay, at the model that was called last: a short time to warm up in. The agent's first
/// model comes next; each was called once before, so that it is the one that LRU has evicted, and engines that load on
/// demand are in their steady state from the start.
MixSequence::MixSequence(const MixOptions& options)
    : options_(options),
      random_(options.seed),
      place_(options.agentModels - 1),
      model_(place_),
      left_(options.stayRequests / 2),
      texts_(options.editorTexts),
      stays_(true)
{}

/// What comes after the step or the stay that is over. False: its answers are not all there.
bool MixSequence::begins()
{
    if (!stays_ && burst_ == options_.burstSteps) {
        stays_ = true;
        burst_ = texts_ = 0;
        left_ = options_.stayRequests;
        return true;
    }
    if (inFlight_ > 0 || writing_ > 0) return false;
    stays_ = false;
    ++burst_;
    ++steps_;
    // Evenly spread, since a slow engine sees a few dozen steps; the loop goes on where it was left.
    if ((stray_ += options_.strayShare) >= 1) {
        stray_ -= 1;
        model_ = static_cast<unsigned>(random_() % options_.agentModels);
    } else {
        model_ = place_ = (place_ + 1) % options_.agentModels;
    }
    left_ = std::max(1u, static_cast<unsigned>(options_.stepRequests * (0.75 + 0.5 * uniform())));
    return true;
}

std::optional<MixSequence::Item> MixSequence::next()
{
    // One of the editor's takes as long as hundreds of others: evenly spread over the first half of a stay.
    const unsigned done = options_.stayRequests - left_;
    if (stays_ && texts_ < options_.editorTexts && 2 * done * options_.editorTexts >= texts_ * options_.stayRequests) {
        ++texts_;
        ++writing_;
        return Item{Program::Editor, 0};
    }
    const double which = uniform();
    if (which < options_.sorterShare) return Item{Program::Sorter, 0};
    if (which < options_.sorterShare + options_.indexerShare) return Item{Program::Indexer, 0};
    const bool stayed = stays_;
    if (left_ == 0 && !begins()) return std::nullopt;
    --left_;
    ++inFlight_;
    return Item{Program::Agent, model_, stayed && !stays_};
}

bool MixSequence::answered(const Item& item)
{
    if (item.program == Program::Agent) --inFlight_;
    if (item.program == Program::Editor) --writing_;
    return left_ == 0 && inFlight_ == 0 && writing_ == 0;
}

}  // namespace millrace::bench
