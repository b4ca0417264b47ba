// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/program_runs.h"

#include <algorithm>
#include <cmath>

namespace millrace::load {
namespace {

constexpr double kLater = 0.6;             ///< what the change after the next one weighs against the next
constexpr double kLaterInTime = 0.1;       ///< the same of a model that can be loaded between the two
constexpr double kRunsLast = 2;            ///< for that, runs must last this many times as long as the load
constexpr double kRunsShort = 0.5;         ///< of a load; more changes are looked at, then
constexpr double kLeastPart = 4;           ///< of its average, that a run lasts at least
constexpr double kSureMin = 0.05;          ///< of a step beyond the first kPath: less is not a way on
constexpr std::uint32_t kOverlapPart = 8;  ///< stragglers come while a run is shorter than this part of the last
constexpr double kSilent = 8;              ///< usual gaps after which a program may have ended
constexpr double kGapRate = 1.0 / 16, kRunRate = 1.0 / 4;
constexpr double kTrustKept = 0.95;  ///< a change

/// What a change weighs against the one before it.
double laterWeight(double lastsMs, std::optional<Duration> load)
{
    if (!load || lastsMs <= 0) return kLater;
    const double loads = lastsMs / std::max(toMs(*load), 1e-3);
    if (loads >= kRunsLast) return kLaterInTime;
    // What comes while a model is loaded is about as urgent as the next one.
    return loads < kRunsShort ? std::pow(kLater, loads / kRunsShort) : kLater;
}

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

bool ProgramRuns::advance(std::uint64_t key, Program& program, Symbol model, TokenBucket& allowance, TimePoint now)
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
    if (!program.since) return;
    const double lasted = std::max(toMs(now - *program.since), 1e-3);
    if (program.lastsMs > 0) program.spreadMs += kRunRate * (std::abs(lasted - program.lastsMs) - program.spreadMs);
    follow(program.lastsMs, lasted);
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
    const auto onTheWay = [&](Symbol model) {
        return model == program.current || std::any_of(program.path.begin(), program.path.end(),
                                                       [&](const Step& step) { return step.model == model; });
    };
    while (program.path.size() < kPathMax) {
        const Step next = follower(key, last, previous, earlier);
        if (next.model == kNoSymbol) return;
        if (program.path.size() >= kPath && (sure * next.probability * trust < kSureMin || onTheWay(next.model)))
            return;
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
    double left = distributeMass(three_.find(programKey(key, last, previous, earlier)), 1, shares);
    left = distributeMass(two_.find(programKey(key, last, previous)), left, shares);
    distributeMass(one_.find(programKey(key, last)), left, shares);
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

std::optional<Duration> ProgramRuns::lastsOf(std::uint64_t key, bool least) const
{
    const auto place = programs_.find(key);
    if (place == programs_.end() || place->second.lastsMs <= 0) return std::nullopt;
    const Program& program = place->second;
    return fromMs(least ? std::max(program.lastsMs - program.spreadMs, program.lastsMs / kLeastPart) : program.lastsMs);
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
        const double later = laterWeight(program.lastsMs, load);
        double comes = 0, weight = 1;
        std::size_t left = reach(fromMs(program.lastsMs), load);
        for (const Step& step : program.path) {
            if (left-- == 0) break;
            if (step.model == model) comes += weight * step.probability;
            weight *= later;
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

std::size_t ProgramRuns::reach(std::optional<Duration> lasts, std::optional<Duration> load)
{
    const bool isShort = lasts && load && *lasts > Duration::zero() && toMs(*lasts) < kRunsShort * toMs(*load);
    return isShort ? kPathMax : kPath;
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
    const bool namesProgram = programs_.size() > 2 && !program.name.empty();
    return cameNext(one_.find(programKey(key, program.current)), names[program.current],
                    longer ? two_.find(programKey(key, program.current, program.previous)) : nullptr,
                    longer ? names[program.previous] : std::string(), model, names[model],
                    namesProgram ? program.name : std::string());
}

}  // namespace millrace::load
