// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"
#include "series/time_window.h"

#include <QtCore/QList>
#include <QtCore/QString>

#include <array>
#include <deque>
#include <optional>

namespace millrace::desktop {

/// A moment that explains what charts show.
struct Annotation {
    enum class Kind { Config, Model, Backend, Engine, Client, Stream };
    enum class Level { Info, Warning, Error };  ///< Error: requests fail from here on, or may
    qint64 timeMs;
    Kind kind;
    QString text;
    Level level = Level::Info;
    /// Explains every chart, and stands on it as a line. The others come in numbers and concern some charts only: there
    /// they are a row of places below the curves.
    bool line = false;
};

/// Whether what happens to the one is seen in the other: loads in resident models, not in bytes of streams.
bool concerns(Annotation::Kind kind, const QString& series);

/// The annotations of every kind, each by time and with a separate bound: a storm of model loads pushes out no
/// configuration. Pure.
class AnnotationLog {
public:
    static constexpr int kKinds = 6;
    static constexpr std::array<int, kKinds> kMax = {200, 4000, 500,
                                                     300, 500,  500};  ///< in the order of Annotation::Kind

    void add(Annotation annotation);
    void clear();
    const std::deque<Annotation>& of(Annotation::Kind kind) const { return kinds_[static_cast<std::size_t>(kind)]; }
    qsizetype size() const;

    /// What of the engine's events is worth one; warnings are, whatever their kind.
    static std::optional<Annotation> from(const control::Event& event);

private:
    std::array<std::deque<Annotation>, kKinds> kinds_;
};

/// What is drawn of them.
struct PlotMark {
    double at;  ///< 0..1 of the span
    qint64 timeMs;
    Annotation::Kind kind;
    QString text;  ///< of all that fall onto the same place
    Annotation::Level level;
    int count = 1;
    bool operator==(const PlotMark&) const = default;
};

/// Those that are lines, by time. Those that fall into the same of `columns` places become one, of the worst level.
QList<PlotMark> linesOf(const AnnotationLog& log, const TimeSpan& span, int columns);

/// The others of some kinds as one row: how many fall into each of `columns` places. Only places that have some.
QList<PlotMark> rowOf(const AnnotationLog& log, const TimeSpan& span, int columns,
                      const QList<Annotation::Kind>& kinds);

}  // namespace millrace::desktop
