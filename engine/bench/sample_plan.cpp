// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/sample_plan.h"

#include <algorithm>

namespace millrace::bench {
namespace {

using Kind = SampleAction::Kind;

constexpr double kThinkJitter = 0.25;

SampleStage infer(const char* model, unsigned fewest, unsigned most, Duration think = {})
{
    return {{.kind = Kind::Infer, .model = model}, fewest, most, think};
}

SampleStage chat(const char* model, unsigned tokens, unsigned fewest = 1, unsigned most = 1)
{
    return {{.kind = Kind::Chat, .model = model, .tokens = tokens}, fewest, most};
}

}  // namespace

std::vector<SampleProgram> samplePrograms()
{
    std::vector<SampleProgram> programs;
    // Always three answers being written, at the speed of a small model on a laptop.
    programs.push_back({.name = "chat-window/1.2",
                        .instances = 3,
                        .stages = {chat("synthetic-slow", 90)},
                        .start = 200ms,
                        .stagger = 2300ms,
                        .think = 600ms});
    // The chain to learn: its three models do not fit beside those that others use.
    programs.push_back({.name = "code-agent/0.9",
                        .stages = {infer("digits-m", 3, 5), chat("scribe", 12, 3, 5), infer("digits-l", 3, 5)},
                        .start = 500ms,
                        .think = 400ms,
                        .strays = 0.005});
    programs.push_back({.name = "indexer/2.1",
                        .stages = {{{.kind = Kind::Embed, .model = "embed-mini", .rows = 8}}},
                        .start = 900ms,
                        .think = 2300ms});
    // A reading now and then, and for a few seconds all that was gathered: many small requests at once. Pauses that are
    // no whole part of a second, so that samples of a second do not beat with them.
    programs.push_back(
        {.name = "sensor-hub/3.4",
         .stages = {infer("synthetic-fast", 6, 12, 1100ms),
                    {{.kind = Kind::Burst, .model = "synthetic-fast", .rows = 4, .parallel = 128, .spread = 12ms},
                     8,
                     16}},
         .start = 700ms,
         .think = 310ms});
    // Reads a long answer slower than it comes, so that reading from the backend pauses: one or the other of the two is
    // still held back by its window.
    programs.push_back(
        {.name = "slow-notebook/1.0",
         .instances = 2,
         .stages = {{{.kind = Kind::SlowRead, .model = "embed-mini", .rows = 700, .bytesPerSecond = 16e3}}},
         .start = 4s,
         .stagger = 59s,
         .think = 3s});
    // Asks for what is not to be had, and seldom for a model that nobody else uses.
    const SampleStage unknown{{.kind = Kind::UnknownModel, .model = "digits-xl"}};
    const SampleStage tooLarge{{.kind = Kind::TooLarge, .model = "embed-mini"}};
    programs.push_back({.name = "old-script/0.3",
                        .stages = {unknown, tooLarge, unknown, tooLarge, infer("digits-s", 1, 1)},
                        .start = 6s,
                        .think = 17s});
    return programs;
}

SamplePlan::SamplePlan(const SampleProgram& program, unsigned instance, std::uint64_t seed)
    : program_(program), random_(seed + instance), pause_(program.start + instance * program.stagger)
{
    left_ = runLength(program_.stages.front());
}

SampleAction SamplePlan::next()
{
    const bool stray = between(0, 1) < program_.strays;
    SampleAction action = program_.stages[stray ? random_() % program_.stages.size() : stage_].action;
    action.after = pause_;
    pause_ = jittered(thinkOf(program_.stages[stage_]), kThinkJitter);
    if (--left_ > 0) return action;
    stage_ = (stage_ + 1) % program_.stages.size();
    left_ = runLength(program_.stages[stage_]);
    return action;
}

double SamplePlan::between(double least, double most)
{
    // By hand: the distributions of the standard library differ between libraries, a plan must not.
    return least + (most - least) * static_cast<double>(random_() >> 11) * 0x1p-53;
}

Duration SamplePlan::jittered(Duration mean, double part)
{
    return std::chrono::duration_cast<Duration>(mean * between(1 - part, 1 + part));
}

Duration SamplePlan::thinkOf(const SampleStage& stage) const
{
    return stage.think > Duration::zero() ? stage.think : program_.think;
}

unsigned SamplePlan::runLength(const SampleStage& stage)
{
    return stage.fewest + static_cast<unsigned>(random_() % (stage.most - stage.fewest + 1));
}

}  // namespace millrace::bench
