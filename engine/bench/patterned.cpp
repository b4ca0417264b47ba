// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/patterned.h"

#include <random>

namespace millrace::bench {
namespace {

constexpr std::size_t kSteps = 4000;
constexpr double kStrays = 0.05;

/// What an agent does again and again.
const std::vector<std::string> kLoop{"plan", "search", "read", "write", "test", "review"};

/// How the requests of one step lie.
struct Shape {
    const char* name;
    std::uint32_t fewest, most;      ///< requests of a step
    double holdSeconds;              ///< of a request
    double pauseLeast, pauseMost;    ///< between steps, in seconds, from the start of the request before
    double withinLeast, withinMost;  ///< between the requests of a step
};

ModelSequence sequenceOf(const Shape& shape, std::uint64_t seed)
{
    std::mt19937_64 random(seed);
    const auto between = [&](double least, double most) {
        return least + (most - least) * static_cast<double>(random() >> 11) * 0x1p-53;
    };
    ModelSequence sequence;
    sequence.name = shape.name;
    sequence.models = kLoop;
    sequence.clients = {"agent"};
    sequence.timed = sequence.closedLoop = true;
    sequence.holdSeconds = shape.holdSeconds;
    const auto models = static_cast<std::uint32_t>(kLoop.size());
    // Who knows the loop and the lengths that runs can have guesses "the same" until a run must be over: every length
    // is as likely, so that going on is at least as likely as the end before.
    std::size_t foreseen = 0;
    std::uint32_t last = 0, run = 0;
    for (std::size_t step = 0; step < kSteps; ++step) {
        const auto due = static_cast<std::uint32_t>(step % models);
        std::uint32_t model = due;
        if (between(0, 1) < kStrays) model = static_cast<std::uint32_t>((due + 1 + random() % (models - 1)) % models);
        const auto length = shape.fewest + static_cast<std::uint32_t>(random() % (shape.most - shape.fewest + 1));
        for (std::uint32_t request = 0; request < length; ++request) {
            const std::uint32_t guess = run < shape.most ? last : due;
            if (!sequence.arrivals.empty() && guess == model) ++foreseen;
            const double pause = request == 0 ? between(shape.pauseLeast, shape.pauseMost)
                                              : between(shape.withinLeast, shape.withinMost);
            sequence.arrivals.push_back({model, 0, pause});
            last = model;
            run = request + 1;
        }
    }
    sequence.best = static_cast<double>(foreseen) / static_cast<double>(sequence.arrivals.size() - 1);
    return sequence;
}

}  // namespace

std::vector<ModelSequence> patternedSequences(std::uint64_t seed)
{
    return {
        sequenceOf({"agent_steps", 1, 1, 0.2, 0.4, 1.2, 0, 0}, seed),
        sequenceOf({"agent_runs", 3, 8, 0.1, 0.2, 0.6, 0.12, 0.3}, seed),
    };
}

}  // namespace millrace::bench
