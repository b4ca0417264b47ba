// SPDX-License-Identifier: GPL-3.0-or-later
#include "series/annotations.h"

#include "control.pb.h"

#include <QtCore/QCoreApplication>

#include <algorithm>
#include <numeric>

namespace millrace::desktop {
namespace {

constexpr int kLinesMax = 3;  // of the text of one mark

struct Marked {
    const char* kind;
    Annotation::Kind what;
    bool bad;
};
constexpr Marked kMarked[] = {
    {"config_applied", Annotation::Kind::Config, false},     {"config_reverted", Annotation::Kind::Config, true},
    {"config_not_reverted", Annotation::Kind::Config, true}, {"model_loaded", Annotation::Kind::Model, false},
    {"model_preloaded", Annotation::Kind::Model, false},     {"model_unloaded", Annotation::Kind::Model, false},
    {"model_evicted", Annotation::Kind::Model, false},       {"model_load_failed", Annotation::Kind::Model, true},
    {"backend_draining", Annotation::Kind::Backend, true},   {"backend_resumed", Annotation::Kind::Backend, false},
    {"backend_up", Annotation::Kind::Backend, false},        {"backend_down", Annotation::Kind::Backend, true},
    {"backend_ejected", Annotation::Kind::Backend, true},    {"runtime_restarted", Annotation::Kind::Backend, true},
    {"engine_started", Annotation::Kind::Engine, false},     {"engine_stopped", Annotation::Kind::Engine, false},
};

// Of what the list does not have: by the family that its kind begins with.
Annotation::Kind familyOf(const std::string& kind)
{
    const auto begins = [&kind](const char* family) { return kind.rfind(family, 0) == 0; };
    if (begins("config")) return Annotation::Kind::Config;
    if (begins("model") || begins("load")) return Annotation::Kind::Model;
    if (begins("backend") || begins("runtime") || begins("listing")) return Annotation::Kind::Backend;
    return Annotation::Kind::Engine;
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
    if (more.bad && !mark.bad) {
        mark.bad = true;
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
    const QString text = QString::fromStdString(event.text());
    for (const Marked& marked : kMarked) {
        if (event.kind() == marked.kind) return Annotation{event.time_ms(), marked.what, text, marked.bad};
    }
    if (event.severity() < control::SEVERITY_WARNING) return std::nullopt;
    return Annotation{event.time_ms(), familyOf(event.kind()), text, true};
}

QList<PlotMark> marksOf(const AnnotationLog& log, const TimeSpan& span, int columns)
{
    QList<const Annotation*> all;
    for (const auto kind : {Annotation::Kind::Config, Annotation::Kind::Backend, Annotation::Kind::Engine})
        within(log.of(kind), span, [&](const Annotation& note) { all.append(&note); });
    std::stable_sort(all.begin(), all.end(),
                     [](const Annotation* a, const Annotation* b) { return a->timeMs < b->timeMs; });
    QList<PlotMark> out;
    int column = -1;
    for (const Annotation* note : std::as_const(all)) {
        const int here = columnOf(span, note->timeMs, columns);
        if (here == column) {
            join(out.last(), *note);
            continue;
        }
        if (!out.isEmpty()) closeText(out.last());
        column = here;
        out.append({placeOf(span, note->timeMs), note->timeMs, note->kind, note->text, note->bad});
    }
    if (!out.isEmpty()) closeText(out.last());
    return out;
}

QList<PlotMark> modelMarksOf(const AnnotationLog& log, const TimeSpan& span, int columns)
{
    QList<PlotMark> out;
    int column = -1;
    within(log.of(Annotation::Kind::Model), span, [&](const Annotation& note) {
        const int here = columnOf(span, note.timeMs, columns);
        if (here == column) {
            join(out.last(), note);
            return;
        }
        if (!out.isEmpty()) closeText(out.last());
        column = here;
        out.append({(here + 0.5) / columns, note.timeMs, note.kind, note.text, note.bad});
    });
    if (!out.isEmpty()) closeText(out.last());
    return out;
}

}  // namespace millrace::desktop
