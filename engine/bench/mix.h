// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "bench/recorder.h"
#include "bench/scrape.h"
#include "bench/workload.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace millrace::bench {

/// The traffic of `millrace-bench seed`: what several programs of a workstation ask together.
/// An agent goes through its models in a loop and asks each some hundred times; after a few such steps it stays with
/// one for as many requests. A sorter classifies single digits; an indexer embeds single texts. While the agent stays,
/// an editor asks for continuations and hangs up once it has read the first words: apart from the loads, since texts
/// under way would fill the time that others wait for a model, and the two would hide each other.
struct MixOptions {
    unsigned clients = 64;        ///< requests under way, closed loop
    unsigned agentModels = 12;    ///< copies of digits-l under names of their own
    unsigned places = 11;         ///< of them that may be in memory
    unsigned loadMs = 170;        ///< what loading one takes at least: a slow disk
    unsigned stepRequests = 145;  ///< requests of a step on average; ± a quarter
    unsigned burstSteps = 4;      ///< steps of the agent, then it stays with a model for as many requests
    double strayShare = 0.05;     ///< steps that leave the loop for a model at random
    double indexerShare = 0.05;   ///< of the requests
    double sorterShare = 0.02;    ///< of the requests
    double editorShare = 0.014;   ///< of the requests in the first half of the agent's stay
    unsigned editorTokens = 130;  ///< asked for
    unsigned editorReads = 4;     ///< read before it hangs up
    std::uint64_t seed = 1;
};

/// Which request comes next, from the seed alone. Pure.
class MixSequence {
public:
    enum class Program : std::uint8_t { Agent, Sorter, Indexer, Editor };
    struct Item {
        Program program = Program::Agent;
        unsigned model = 0;  ///< of the agent's
        bool turns = false;  ///< the agent begins anew: it has been through its steps and stayed
    };
    explicit MixSequence(const MixOptions& options);
    Item next();
    std::uint64_t steps() const { return steps_; }  ///< the agent's so far

private:
    const MixOptions options_;
    std::mt19937_64 random_;
    unsigned place_ = 0;  // in the agent's loop
    unsigned model_ = 0;
    unsigned left_ = 0;   // requests of the step
    unsigned burst_ = 0;  // steps of the agent since it last stayed
    bool stays_ = false;  // meanwhile the editor is at work
    double editor_ = 0;   // 1: the editor's next request is due
    double stray_ = 0.5;  // 1: the next step leaves the loop
    std::uint64_t steps_ = 0;
};

/// Makes the model repository of the mix below `folder`: links to the sample models in `samples`, and the agent's.
Status makeMixRepository(const MixOptions& options, const std::filesystem::path& samples,
                         const std::filesystem::path& folder);

/// What a run of the mix gave.
struct MixResult {
    Recorder recorder;
    double seconds = 0;
    std::uint64_t steps = 0;      ///< the agent's, while it counted
    std::uint64_t idleBytes = 0;  ///< of the engine, at rest, having served a thousand requests, four at a time
    std::uint64_t meanBytes = 0;  ///< while it ran
    std::uint64_t peakBytes = 0;
    /// How much a metric grew in between, over its label sets that contain `label`.
    double grew(const std::string& metric, const std::string& label = {}) const
    {
        return sum(after, metric, label) - sum(before, metric, label);
    }
    Figures before, after;                            ///< /metrics around what counts
    std::uint64_t streamPayload = 0, streamWire = 0;  ///< bytes of streamed bodies without and with their framing
};

/// Runs the mix against `http`: each kind, one at a time, then `warmupSeconds`, then `seconds` that count. Both end
/// where the agent begins anew: runs of a slow engine would otherwise hold more of its steps, or more of its staying.
/// `resident` tells the engine's memory.
StatusOr<MixResult> runMix(const MixOptions& options, const std::string& http, double warmupSeconds, double seconds,
                           const std::function<std::uint64_t()>& resident);

}  // namespace millrace::bench
