// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/load_log.h"

#include <string_view>

namespace millrace::load {

const char* name(Cause cause)
{
    switch (cause) {
        case Cause::Demand:
            return "demand";
        case Cause::Preload:
            return "preload";
        case Cause::Manual:
            return "manual";
        case Cause::Pin:
            return "pin";
    }
    return "";
}

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
    record->outcome = "loading";
}

void LoadLog::ended(Position at, const char* outcome, const Sentence& why, TimePoint now)
{
    LoadRecord* record = find(at);
    if (!record) return;
    record->outcome = outcome;
    record->ended = now;
    if (!why.empty()) record->why = Sentence::joined(record->why, why);
}

void LoadLog::unloaded(Position at, const Sentence& why, TimePoint now)
{
    LoadRecord* record = find(at);
    if (!record || record->unloaded) return;
    record->unloaded = now;
    record->unloadedWhy = why;
}

void LoadLog::notUnloaded(Position at)
{
    LoadRecord* record = find(at);
    if (!record) return;
    record->unloaded.reset();
    record->unloadedWhy.clear();
}

void LoadLog::judged(Position at, EntryId entry, const char* verdict)
{
    const std::string_view what = verdict;
    ++(what == "hit" ? hits_ : what == "late" ? late_ : wasted_);
    if (LoadRecord* record = find(at)) record->verdict = verdict;
    emit(Judged{entry, verdict});
}

}  // namespace millrace::load
