// SPDX-License-Identifier: GPL-3.0-or-later
#include "series/annotations.h"

#include "control.pb.h"
#include "format/event_words.h"
#include "format/said.h"

#include <QtCore/QCoreApplication>

#include <algorithm>
#include <numeric>

namespace millrace::desktop {
namespace {

constexpr int kLinesMax = 3;  // of the text of one mark

using Kind = Annotation::Kind;
using Level = Annotation::Level;

struct Marked {
    const char* kind;
    Kind what;
    Level level;
    bool line;
};
constexpr Marked kMarked[] = {
    {"config_applied", Kind::Config, Level::Info, true},       {"config_reverted", Kind::Config, Level::Warning, true},
    {"config_not_reverted", Kind::Config, Level::Error, true}, {"model_loaded", Kind::Model, Level::Info, false},
    {"model_preloaded", Kind::Model, Level::Info, false},      {"model_unloaded", Kind::Model, Level::Info, false},
    {"model_evicted", Kind::Model, Level::Info, false},        {"model_load_failed", Kind::Model, Level::Error, false},
    {"backend_draining", Kind::Backend, Level::Warning, true}, {"backend_resumed", Kind::Backend, Level::Info, true},
    {"backend_up", Kind::Backend, Level::Info, true},          {"backend_down", Kind::Backend, Level::Error, true},
    {"backend_ejected", Kind::Backend, Level::Error, true},    {"runtime_restarted", Kind::Backend, Level::Error, true},
    {"engine_started", Kind::Engine, Level::Info, true},       {"engine_stopped", Kind::Engine, Level::Info, true},
};

// Of what the list does not have: by the family that its kind begins with.
Kind familyOf(const std::string& kind)
{
    const auto begins = [&kind](const char* family) { return kind.rfind(family, 0) == 0; };
    if (begins("config")) return Kind::Config;
    if (begins("model") || begins("load_")) return Kind::Model;
    if (begins("backend_") || begins("runtime") || begins("listing")) return Kind::Backend;
    if (begins("stream") || begins("backpressure")) return Kind::Stream;
    if (begins("client") || begins("accept") || begins("front")) return Kind::Client;
    return Kind::Engine;
}

int columnOf(const TimeSpan& span, qint64 when, int columns)
{
    const double at =
        static_cast<double>(when - span.beginMs) / static_cast<double>(std::max<qint64>(1, span.lengthMs()));
    return std::clamp(static_cast<int>(at * columns), 0, columns - 1);
}

double placeOf(const TimeSpan& span, qint64 when)
{
    return static_cast<double>(when - span.beginMs) / static_cast<double>(std::max<qint64>(1, span.lengthMs()));
}

/// What happened to whom, and why: "manually" alone names no model. The engine and its configuration there are once.
QString textOf(const control::Event& event)
{
    const QString subject = QString::fromStdString(event.subject());
    const QString text = format::said(event.words(), event.text());
    if (subject.isEmpty() || subject == QLatin1String("engine") || subject == QLatin1String("configuration"))
        return text;
    const QString what =
        QStringLiteral("%1 · %2").arg(format::eventKindText(QString::fromStdString(event.kind())), subject);
    return text.isEmpty() ? what : what + QStringLiteral(": ") + text;
}

template <class Each>
void within(const std::deque<Annotation>& log, const TimeSpan& span, const Each& each)
{
    auto it = std::lower_bound(log.begin(), log.end(), span.beginMs,
                               [](const Annotation& a, qint64 when) { return a.timeMs < when; });
    for (; it != log.end() && it->timeMs <= span.endMs; ++it) each(*it);
}

void join(PlotMark& mark, const Annotation& more)
{
    ++mark.count;
    if (mark.count <= kLinesMax) mark.text += u'\n' + more.text;
    if (more.level > mark.level) {
        mark.level = more.level;
        mark.kind = more.kind;
    }
}

void closeText(PlotMark& mark)
{
    if (mark.count > kLinesMax)
        mark.text += u'\n' + QCoreApplication::translate("Annotations", "and %1 more").arg(mark.count - kLinesMax);
}

}  // namespace

void AnnotationLog::add(Annotation annotation)
{
    auto& log = kinds_[static_cast<std::size_t>(annotation.kind)];
    const auto place = std::upper_bound(log.begin(), log.end(), annotation.timeMs,
                                        [](qint64 when, const Annotation& held) { return when < held.timeMs; });
    // The same comes twice where live frames and the history overlap.
    for (auto it = place; it != log.begin() && std::prev(it)->timeMs == annotation.timeMs; --it) {
        if (std::prev(it)->text == annotation.text) return;
    }
    const auto most = static_cast<std::size_t>(kMax[static_cast<std::size_t>(annotation.kind)]);
    if (log.size() >= most && place == log.begin()) return;  // older than all that is kept
    log.insert(place, std::move(annotation));
    if (log.size() > most) log.pop_front();
}

void AnnotationLog::clear()
{
    for (auto& log : kinds_) log.clear();
}

qsizetype AnnotationLog::size() const
{
    return std::accumulate(kinds_.begin(), kinds_.end(), qsizetype(0),
                           [](qsizetype sum, const auto& log) { return sum + static_cast<qsizetype>(log.size()); });
}

std::optional<Annotation> AnnotationLog::from(const control::Event& event)
{
    const QString text = textOf(event);
    for (const Marked& marked : kMarked) {
        if (event.kind() == marked.kind)
            return Annotation{event.time_ms(), marked.what, text, marked.level, marked.line};
    }
    if (event.severity() < control::SEVERITY_WARNING) return std::nullopt;
    const bool error = event.severity() >= control::SEVERITY_ERROR;
    return Annotation{event.time_ms(), familyOf(event.kind()), text, error ? Level::Error : Level::Warning, error};
}

bool concerns(Annotation::Kind kind, const QString& series)
{
    const auto begins = [&series](std::initializer_list<const char*> families) {
        return std::any_of(families.begin(), families.end(),
                           [&series](const char* family) { return series.startsWith(QLatin1String(family)); });
    };
    switch (kind) {
        case Kind::Config:
            return true;
        case Kind::Model:
            return begins({"load", "resident", "preload", "prediction", "change_accuracy", "waited", "lru", "warm"});
        case Kind::Backend:
            return begins({"connection", "health"});
        case Kind::Stream:
            return begins({"stream", "backpressure", "compression", "first_byte"});
        case Kind::Client:
            return begins({"offered", "served", "failed", "refused", "error"});
        case Kind::Engine:
            return begins({"latency", "added", "engine", "loop", "served", "memory"});
    }
    return false;
}

namespace {

QList<PlotMark> placed(const QList<const Annotation*>& notes, const TimeSpan& span, int columns, bool onColumn)
{
    QList<PlotMark> out;
    int column = -1;
    for (const Annotation* note : notes) {
        const int here = columnOf(span, note->timeMs, columns);
        if (here == column) {
            join(out.last(), *note);
            continue;
        }
        if (!out.isEmpty()) closeText(out.last());
        column = here;
        out.append({onColumn ? (here + 0.5) / columns : placeOf(span, note->timeMs), note->timeMs, note->kind,
                    note->text, note->level});
    }
    if (!out.isEmpty()) closeText(out.last());
    return out;
}

QList<const Annotation*> gathered(const AnnotationLog& log, const TimeSpan& span, const QList<Kind>& kinds, bool lines)
{
    QList<const Annotation*> all;
    for (const Kind kind : kinds) {
        within(log.of(kind), span, [&](const Annotation& note) {
            if (note.line == lines) all.append(&note);
        });
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const Annotation* a, const Annotation* b) { return a->timeMs < b->timeMs; });
    return all;
}

}  // namespace

QList<PlotMark> linesOf(const AnnotationLog& log, const TimeSpan& span, int columns)
{
    static const QList<Kind> kAll{Kind::Config, Kind::Model, Kind::Backend, Kind::Engine, Kind::Client, Kind::Stream};
    return placed(gathered(log, span, kAll, true), span, columns, false);
}

QList<PlotMark> rowOf(const AnnotationLog& log, const TimeSpan& span, int columns, const QList<Annotation::Kind>& kinds)
{
    return placed(gathered(log, span, kinds, false), span, columns, true);
}

}  // namespace millrace::desktop
