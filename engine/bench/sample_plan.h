// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

/// What the made-up programs of the sample load do, and when: without sockets, clocks or threads.
namespace millrace::bench {

/// One thing that a program does.
struct SampleAction {
    enum class Kind {
        Infer,         ///< tensors of `rows` rows
        Embed,         ///< `rows` texts
        Chat,          ///< a streamed answer of `tokens` tokens
        Burst,         ///< Infer on `parallel` connections, begun within `spread`
        SlowRead,      ///< an answer for `rows` texts, read at `bytesPerSecond`
        UnknownModel,  ///< refused: there is no such model
        TooLarge,      ///< refused: its body would be larger than the engine takes
    };
    Kind kind = Kind::Infer;
    std::string model;
    unsigned rows = 1;
    unsigned tokens = 0;
    unsigned parallel = 1;
    Duration spread{};
    double bytesPerSecond = 0;
    Duration after{};  ///< pause before it, since the end of the one before
};

/// A model that a program works with before it goes on to the next: `fewest` to `most` actions in a row.
struct SampleStage {
    SampleAction action;  ///< `after` is not used
    unsigned fewest = 1;
    unsigned most = 1;
    Duration think{};  ///< between its actions; 0: as the program's
};

/// A made-up program. It goes through its stages from the first to the last, again and again.
struct SampleProgram {
    std::string name;        ///< as it introduces itself: User-Agent
    unsigned instances = 1;  ///< that run at the same time, each at its own place
    std::vector<SampleStage> stages;
    Duration start{};    ///< of the first instance
    Duration stagger{};  ///< between the starts of two instances
    Duration think{};    ///< between actions, 25 % more or less
    double strays = 0;   ///< share of actions that are of another stage, as people leave their habits
};

/// The programs of the sample load. Together they use the seven sample models. Five have to be in memory within any few
/// seconds: three that others use all the time, and of those an agent goes through in turns the one it is at and the
/// next, which can be learned.
std::vector<SampleProgram> samplePrograms();

/// What one instance of a program does next. The same for the same seed. Pure core; thread: one.
class SamplePlan {
public:
    /// `program` must outlive it. `instance`: from 0.
    SamplePlan(const SampleProgram& program, unsigned instance, std::uint64_t seed);
    SampleAction next();

private:
    double between(double least, double most);
    Duration jittered(Duration mean, double part);
    Duration thinkOf(const SampleStage& stage) const;
    unsigned runLength(const SampleStage& stage);

    const SampleProgram& program_;
    std::mt19937_64 random_;
    Duration pause_;         // before the next action
    std::size_t stage_ = 0;  // index into the program's stages
    unsigned left_;          // actions of the stage
};

}  // namespace millrace::bench
