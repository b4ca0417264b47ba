// SPDX-License-Identifier: GPL-3.0-or-later
#include "series/annotations.h"

#include "control.pb.h"
#include "format/enum_words.h"
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

/// Where an event belongs. Without a level it is marked only if its severity says that it should be.
struct Marked {
    Kind what;
    std::optional<Level> level{};
    bool line = false;
};

Marked markedAs(control::EventKind kind)
{
    switch (kind) {
        case control::EVENT_KIND_CONFIG_APPLIED:
            return {Kind::Config, Level::Info, true};
        case control::EVENT_KIND_CONFIG_REVERTED:
            return {Kind::Config, Level::Warning, true};
        case control::EVENT_KIND_CONFIG_NOT_REVERTED:
            return {Kind::Config, Level::Error, true};
        case control::EVENT_KIND_MODEL_LOADED:
        case control::EVENT_KIND_MODEL_PRELOADED:
        case control::EVENT_KIND_MODEL_UNLOADED:
        case control::EVENT_KIND_MODEL_EVICTED:
            return {Kind::Model, Level::Info, false};
        case control::EVENT_KIND_MODEL_LOAD_FAILED:
            return {Kind::Model, Level::Error, false};
        case control::EVENT_KIND_BACKEND_DRAINING:
            return {Kind::Backend, Level::Warning, true};
        case control::EVENT_KIND_BACKEND_RESUMED:
        case control::EVENT_KIND_BACKEND_UP:
            return {Kind::Backend, Level::Info, true};
        case control::EVENT_KIND_BACKEND_DOWN:
        case control::EVENT_KIND_BACKEND_EJECTED:
        case control::EVENT_KIND_RUNTIME_RESTARTED:
            return {Kind::Backend, Level::Error, true};
        case control::EVENT_KIND_ENGINE_STARTED:
        case control::EVENT_KIND_ENGINE_STOPPED:
            return {Kind::Engine, Level::Info, true};
        case control::EVENT_KIND_ACCEPT_FAILED:
        case control::EVENT_KIND_CLIENTS_REFUSED:
        case control::EVENT_KIND_FRONT_FAILED:
            return {Kind::Client};
        case control::EVENT_KIND_BACKEND_KEY_INVALID:
        case control::EVENT_KIND_BACKEND_KEY_MISSING:
        case control::EVENT_KIND_BACKEND_REFUSED:
        case control::EVENT_KIND_BACKEND_REPLACED:
        case control::EVENT_KIND_LISTING_EMPTY:
        case control::EVENT_KIND_LISTING_READ:
        case control::EVENT_KIND_LISTING_UNREADABLE:
            return {Kind::Backend};
        case control::EVENT_KIND_BACKPRESSURE_LIMIT:
        case control::EVENT_KIND_STREAM_BROKEN:
            return {Kind::Stream};
        case control::EVENT_KIND_CONFIG_FILE_MISSING:
        case control::EVENT_KIND_CONFIG_KEPT:
        case control::EVENT_KIND_CONFIG_NOT_JUDGED:
            return {Kind::Config};
        case control::EVENT_KIND_LOAD_STATE_UNREAD:
        case control::EVENT_KIND_MODEL_IDLE_TTL_CHANGED:
        case control::EVENT_KIND_MODEL_PINNED:
        case control::EVENT_KIND_MODEL_PRELOAD_OFF:
        case control::EVENT_KIND_MODEL_PRELOAD_ON:
        case control::EVENT_KIND_MODEL_UNPINNED:
            return {Kind::Model};
        case control::EVENT_KIND_BATCH_LIMIT:
        case control::EVENT_KIND_CLOCK_JUMPED:
        case control::EVENT_KIND_CONNECTIONS_EVICTED:
        case control::EVENT_KIND_CONTROL_SOCKET_LOST:
        case control::EVENT_KIND_CONTROL_SOCKET_RESTORED:
        case control::EVENT_KIND_DRAIN_TIMEOUT:
        case control::EVENT_KIND_ENGINE_STOPPING:
        case control::EVENT_KIND_INTERNAL_ERROR:
        case control::EVENT_KIND_LOOP_STALLED:
        case control::EVENT_KIND_STATE_SET_ASIDE:
        case control::EVENT_KIND_STATE_WRITE_FAILED:
        case control::EVENT_KIND_STATE_WRITE_RECOVERED:
        case control::EVENT_KIND_UNSPECIFIED:
            MILLRACE_NEWER_VALUES(EventKind);
    }
    return {Kind::Engine};
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
        QStringLiteral("%1 · %2").arg(format::eventKindText(event.kind(), format::eventKindName(event)), subject);
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
    const Marked marked = markedAs(event.kind());
    if (marked.level) return Annotation{event.time_ms(), marked.what, text, *marked.level, marked.line};
    if (event.severity() < control::SEVERITY_WARNING) return std::nullopt;
    const bool error = event.severity() >= control::SEVERITY_ERROR;
    return Annotation{event.time_ms(), marked.what, text, error ? Level::Error : Level::Warning, error};
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
