// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <random>

namespace millrace::bench {

/// The traffic of `millrace-bench ablation`: several programs of a workstation together.
/// An agent goes through its models in a loop, with some dozens of requests for each. A step builds on what the one
/// before found: it begins once all answers of that are there. After some steps the agent stays with its model, and a
/// person at an editor asks for continuations, disconnects once the first words are read, and then lets the agent go
/// on. A sorter classifies single digits; an indexer embeds single texts.
struct MixOptions {
    unsigned clients = 64;         ///< requests in flight, closed loop
    unsigned agentModels = 12;     ///< copies of digits-m and digits-s, alternating, under other names
    unsigned places = 11;          ///< of them that may be in memory
    unsigned loadMs = 170;         ///< what loading one takes at least: a slow disk
    unsigned stepRequests = 500;   ///< of a step on average; ± a quarter
    unsigned burstSteps = 4;       ///< steps of the agent, then it stays with its model
    unsigned stayRequests = 2000;  ///< meanwhile
    double strayShare = 0.03;      ///< steps that leave the loop for a model at random
    double indexerShare = 0.05;    ///< of the requests
    double sorterShare = 0.02;     ///< of the requests
    unsigned editorTexts = 2;      ///< in the first half of a stay
    unsigned editorTokens = 360;   ///< asked for
    unsigned editorReads = 4;      ///< read before it disconnects
    std::uint64_t seed = 1;
};

/// Which request comes next, from the seed and from what has been answered. Pure.
class MixSequence {
public:
    enum class Program : std::uint8_t { Agent, Sorter, Indexer, Editor };
    struct Item {
        Program program = Program::Agent;
        unsigned model = 0;  ///< of the agent's
        bool turns = false;  ///< the agent begins anew: it has been through its steps and stayed
    };
    explicit MixSequence(const MixOptions& options);
    /// Empty: the caller waits for answers in flight, and calls again when some have come.
    std::optional<Item> next();
    /// True: those who wait may ask again.
    bool answered(const Item& item);
    std::uint64_t steps() const { return steps_; }  ///< the agent's so far

private:
    bool begins();
    double uniform() { return std::uniform_real_distribution<double>(0, 1)(random_); }

    const MixOptions options_;
    std::mt19937_64 random_;
    unsigned place_ = 0;  // in the agent's loop
    unsigned model_ = 0;
    unsigned left_ = 0;      // requests of the step, or of the stay
    unsigned burst_ = 0;     // steps of the agent since it last stayed
    unsigned texts_ = 0;     // the editor's in this stay
    unsigned inFlight_ = 0;  // of the agent
    unsigned writing_ = 0;   // the same of the editor
    bool stays_ = false;
    double stray_ = 0.5;  // 1: the next step leaves the loop
    std::uint64_t steps_ = 0;
};

}  // namespace millrace::bench
