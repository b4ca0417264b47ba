// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "format/numbers.h"
#include "lists/stage_list.h"
#include "series/goal_evaluator.h"
#include "viewmodels/session.h"

#include <QtCore/QHash>

#include <algorithm>
#include <cmath>
#include <optional>

namespace millrace::desktop {

/// The figures of one moment, as the pages' key figures and tables write them.
class PageFigures {
public:
    using Maybe = std::optional<double>;
    static constexpr qint64 kLatelyMs = 10'000;
    explicit PageFigures(Session& session)
        : PageFigures(session.shownSeries(), session.time()->endMs(), session.time()->isPast())
    {}
    /// Of the newest moment, whatever the time bar shows.
    static PageFigures ofNewest(const Session& session)
    {
        return {session.series(), session.series().newestMs(), false};
    }

    Maybe at(const char* name) const { return series_.at(QString::fromLatin1(name), when_); }
    format::Figure figure(const char* name, format::Unit unit) const { return format::figure(at(name), unit); }
    QString text(const char* name, format::Unit unit) const { return format::text(at(name), unit); }
    QString whole(const char* name) const
    {
        const Maybe value = at(name);
        return value ? format::count(std::round(*value)) : format::kNone;
    }
    /// A share without decimals, for narrow places.
    QString percent(const char* name) const
    {
        const Maybe value = at(name);
        return value ? format::share(std::round(100 * *value) / 100) : format::kNone;
    }
    /// Mean of the last kLatelyMs: for figures that jump from second to second, or have none in most of them.
    Maybe lately(const char* name) const
    {
        const auto& points = series_.points(QString::fromLatin1(name));
        const qint64 lately = std::max(kLatelyMs, series_.stepMs());
        double sum = 0;
        int count = 0;
        for (auto point = points.rbegin(); point != points.rend() && point->timeMs > when_ - lately; ++point) {
            if (point->timeMs > when_) continue;
            sum += point->value;
            ++count;
        }
        return count > 0 ? Maybe(sum / count) : std::nullopt;
    }
    GoalState state(const goals::Goal& goal) const { return evaluate(goal, series_, when_); }
    /// Beside a figure: it is neither met nor missed while there is no figure, and not called met while the figure
    /// itself is out of it, though not long enough to be missed.
    int verdict(const goals::Goal& goal) const { return verdict(goal, at(goal.series)); }
    int verdict(const goals::Goal& goal, Maybe shown) const
    {
        switch (state(goal)) {
            case GoalState::Met:
                return shown && goal.isMet(*shown) ? KpiList::Met : KpiList::None;
            case GoalState::Missed:
                return shown ? KpiList::Missed : KpiList::None;
            case GoalState::NeedsLoad:
                return KpiList::NeedsLoad;
            case GoalState::None:
                break;
        }
        return KpiList::None;
    }
    /// What is shown below a key figure: its goal, or what is missing for it to be meant.
    QString note(const goals::Goal& goal, const QString& text) const
    {
        return state(goal) == GoalState::NeedsLoad ? goal.needsText() : text;
    }
    qint64 when() const { return when_; }
    bool isPast() const { return past_; }
    /// What only the newest frame knows: left out while the time bar shows the past, so that a key figure is of one
    /// moment.
    QString ofNow(const QString& text) const { return past_ ? QString() : text; }
    /// A goal, and what else belongs to the figure.
    static QString joined(const QStringList& parts)
    {
        QStringList said = parts;
        said.removeAll(QString());
        return said.join(QStringLiteral(" · "));
    }

private:
    PageFigures(const SeriesStore& series, qint64 when, bool past) : series_(series), when_(when), past_(past) {}

    const SeriesStore& series_;
    qint64 when_;
    bool past_;
};

/// Where a key figure is explained: "page#figure", as ShellViewModel::openFigure takes it.
struct FigureTarget {
    const char* id;  ///< of the key figure
    const char* target;
};

template <std::size_t N>
QList<KpiRow> withTargets(QList<KpiRow> rows, const FigureTarget (&targets)[N])
{
    for (KpiRow& row : rows) {
        const auto found = std::find_if(std::begin(targets), std::end(targets), [&row](const FigureTarget& target) {
            return row.id == QLatin1String(target.id);
        });
        if (found != std::end(targets)) row.target = QString::fromLatin1(found->target);
    }
    return rows;
}

/// What became of an action, shown where it was requested until it is old.
class ActionNotes {
public:
    static constexpr qint64 kShownMs = 12'000;
    struct Note {
        QString text;
        bool bad = false;
        qint64 timeMs = 0;
    };

    void put(const QString& key, const QString& text, bool bad, qint64 nowMs)
    {
        notes_.insert(key, {text, bad, nowMs});
    }
    void clear(const QString& key) { notes_.remove(key); }
    /// Null: nothing to say. Failures stay until another action on the same subject.
    const Note* of(const QString& key, qint64 nowMs)
    {
        const auto found = notes_.find(key);
        if (found == notes_.end()) return nullptr;
        if (!found->bad && nowMs - found->timeMs > kShownMs) {
            notes_.erase(found);
            return nullptr;
        }
        return &*found;
    }

private:
    QHash<QString, Note> notes_;  // bounded by the subjects there are
};

}  // namespace millrace::desktop
