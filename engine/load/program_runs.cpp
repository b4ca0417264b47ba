// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/program_runs.h"

#include <algorithm>
#include <cmath>

namespace millrace::load {
namespace {

constexpr double kLater = 0.6;             ///< what the change after the next one weighs against the next
constexpr double kLaterInTime = 0.1;       ///< the same of a model that can be loaded between the two
constexpr double kRunsLast = 2;            ///< for that, runs must last so many times as long as the load
constexpr std::uint32_t kOverlapPart = 8;  ///< stragglers come while a run is shorter than this part of the last
constexpr double kSilent = 8;              ///< usual gaps after which a program may have ended
constexpr double kGapRate = 1.0 / 16, kRunRate = 1.0 / 4;
constexpr double kTrustKept = 0.95;  ///< a change

}  // namespace

bool ProgramRuns::seen(std::uint64_t key, std::string_view name, Symbol model, TimePoint now)
{
    if (model == kNoSymbol) return false;
    ++requests_;
    now_ = now;
    advance(kAll, programs_[kAll], model, ofAll_, now);
    asking_ = key == kAll ? 1 : key;
    auto place = programs_.find(asking_);
    if (place == programs_.end()) {
        if (programs_.size() >= kProgramsMax) {
            const auto oldest = std::min_element(programs_.begin(), programs_.end(), [](const auto& a, const auto& b) {
                return a.second.at < b.second.at;
            });
            programs_.erase(oldest);
        }
        place = programs_.emplace(asking_, Program{}).first;
        place->second.name = name;
    }
    const bool changed = advance(asking_, place->second, model, ofPrograms_, now);
    changes_ += changed ? 1 : 0;
    return changed;
}

bool ProgramRuns::advance(std::uint64_t key, Program& program, Symbol model, Allowance& allowance, TimePoint now)
{
    const bool first = program.current == kNoSymbol;
    if (!first) program.gap += kGapRate * (static_cast<double>(requests_ - program.at) - program.gap);
    program.at = requests_;
    if (program.askedAt) {
        const double gapMs = toMs(now - *program.askedAt);
        program.gapMs += program.gapMs > 0 ? kGapRate * (gapMs - program.gapMs) : gapMs;
    }
    program.askedAt = now;
    if (model == program.current) {
        ++program.run;
        program.back = 0;
        return false;
    }
    if (model == program.previous && program.run * kOverlapPart < program.before && ++program.back < kStragglers)
        return false;
    const bool learns = allowance.take(now);
    if (learns && !first) learn(key, program, model, now);
    program.earlier = program.previous;
    program.previous = program.current;
    program.before = program.run;
    program.current = model;
    program.run = 1;
    program.back = 0;
    program.since = now;
    program.path.clear();
    if (learns) lookAhead(key, program);
    return learns && !first;
}

void ProgramRuns::learn(std::uint64_t key, Program& program, Symbol model, TimePoint now)
{
    if (!program.path.empty()) {
        program.claimed = program.claimed * kTrustKept + program.claim;
        program.came = program.came * kTrustKept + (program.path.front().model == model ? 1 : 0);
    }
    one_.add(programKey(key, program.current), model);
    two_.add(programKey(key, program.current, program.previous), model);
    three_.add(programKey(key, program.current, program.previous, program.earlier), model);
    const auto follow = [](double& average, double value) {
        average = average > 0 ? average + kRunRate * (value - average) : value;
    };
    follow(program.length, program.run);
    if (program.since) follow(program.lastsMs, std::max(toMs(now - *program.since), 1e-3));
}

void ProgramRuns::pause()
{
    for (auto& [key, program] : programs_) {
        program.since.reset();
        program.askedAt.reset();
    }
}

/// Follows the likeliest way from change to change.
void ProgramRuns::lookAhead(std::uint64_t key, Program& program) const
{
    program.claim = 0;
    const double trust = program.trust();
    Symbol last = program.current, previous = program.previous, earlier = program.earlier;
    double sure = 1;
    while (program.path.size() < kPath) {
        const Step next = follower(key, last, previous, earlier);
        if (next.model == kNoSymbol) return;
        if (program.path.empty()) program.claim = next.probability;
        sure *= next.probability * trust;
        program.path.push_back({next.model, sure});
        earlier = previous;
        previous = last;
        last = next.model;
    }
}

ProgramRuns::Step ProgramRuns::follower(std::uint64_t key, Symbol last, Symbol previous, Symbol earlier) const
{
    SparseShares shares;
    double left = dealOut(three_.find(programKey(key, last, previous, earlier)), 1, shares);
    left = dealOut(two_.find(programKey(key, last, previous)), left, shares);
    dealOut(one_.find(programKey(key, last)), left, shares);
    Step best;
    for (const auto& [model, share] : shares)
        if (share > best.probability) best = {model, share};
    return best;
}

const ProgramRuns::Path& ProgramRuns::pathOf(std::uint64_t key) const
{
    static const Path none;
    const auto place = programs_.find(key);
    return place == programs_.end() ? none : place->second.path;
}

std::optional<Duration> ProgramRuns::lastsOf(std::uint64_t key) const
{
    const auto place = programs_.find(key);
    if (place == programs_.end() || place->second.lastsMs <= 0) return std::nullopt;
    return fromMs(place->second.lastsMs);
}

std::optional<Duration> ProgramRuns::lasts() const
{
    return lastsOf(asking_);
}

/// Silent is who lets both go by, other programs' requests and time: a burst of one program silences no other, and a
/// pause of all is nobody's silence.
double ProgramRuns::alive(const Program& program) const
{
    double silent = static_cast<double>(requests_ - program.at) / program.gap;
    if (program.askedAt && program.gapMs > 0) silent = std::min(silent, toMs(now_ - *program.askedAt) / program.gapMs);
    return std::exp(-silent / kSilent);
}

double ProgramRuns::need(Symbol model, std::optional<Duration> load) const
{
    const auto asking = programs_.find(asking_);
    if (asking == programs_.end()) return 0;
    // Until the asking program goes on, in requests of all.
    const double horizon = asking->second.runLength() * asking->second.gap;
    double most = 0;
    for (const auto& [key, program] : programs_) {
        const double goesOn = program.current == model ? 1 - 1 / std::max(program.runLength(), 1.0) : 0;
        const bool inTime = load && program.lastsMs >= kRunsLast * toMs(*load) && program.lastsMs > 0;
        double comes = 0, weight = 1;
        for (const Step& step : program.path) {
            if (step.model == model) comes += weight * step.probability;
            weight *= inTime ? kLaterInTime : kLater;
        }
        if (goesOn + comes <= most) continue;
        double need = goesOn + comes;
        if (key != asking_ && key != kAll) {
            need = alive(program) *
                   (goesOn * (1 - std::exp(-horizon / program.gap)) +
                    comes * (1 - std::exp(-horizon / (program.gap * std::max(program.runLength(), 1.0)))));
        }
        most = std::max(most, need);
    }
    return most;
}

Sentence ProgramRuns::explain(const std::vector<std::string>& names, Symbol model, bool all) const
{
    const std::uint64_t key = all ? kAll : asking_;
    const auto place = programs_.find(key);
    if (place == programs_.end()) return {};
    const Program& program = place->second;
    if (program.current >= names.size() || model >= names.size()) return {};
    const bool longer = program.previous < names.size();
    // With one program alone its name says nothing.
    const bool tells = programs_.size() > 2 && !program.name.empty();
    return cameNext(one_.find(programKey(key, program.current)), names[program.current],
                    longer ? two_.find(programKey(key, program.current, program.previous)) : nullptr,
                    longer ? names[program.previous] : std::string(), model, names[model],
                    tells ? program.name : std::string());
}

}  // namespace millrace::load
