// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/load_log.h"

namespace millrace::load {

LoadRecord* LoadLog::find(Position at)
{
    if (!at || *at < records_.begin()) return nullptr;
    return &records_.at(*at);
}

void LoadLog::started(Position at, TimePoint now)
{
    LoadRecord* record = find(at);
    if (!record) return;
    record->started = now;
    record->outcome = LoadOutcome::Loading;
}

void LoadLog::ended(Position at, LoadOutcome outcome, const Sentence& why, TimePoint now)
{
    LoadRecord* record = find(at);
    if (!record) return;
    record->outcome = outcome;
    record->ended = now;
    if (!why.empty()) record->why = Sentence::joined(record->why, why);
}

void LoadLog::unloaded(Position at, UnloadReason reason, const Sentence& why, TimePoint now)
{
    LoadRecord* record = find(at);
    if (!record || record->unloaded) return;
    record->unloaded = now;
    record->unloadedFor = reason;
    record->unloadedWhy = why;
}

void LoadLog::notUnloaded(Position at)
{
    LoadRecord* record = find(at);
    if (!record) return;
    record->unloaded.reset();
    record->unloadedFor.reset();
    record->unloadedWhy.clear();
}

void LoadLog::recordOutcome(Position at, EntryId entry, Verdict verdict)
{
    ++(verdict == Verdict::Hit ? hits_ : verdict == Verdict::Late ? late_ : wasted_);
    if (LoadRecord* record = find(at)) record->verdict = verdict;
    emit(Judged{entry, verdict});
}

}  // namespace millrace::load
