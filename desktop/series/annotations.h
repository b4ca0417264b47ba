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
    enum class Kind { Config, Model, Backend, Engine };
    qint64 timeMs;
    Kind kind;
    QString text;
    bool bad;  ///< a backend went down, something failed
};

/// The annotations of every kind, each by time and with a bound of its own: a storm of model loads pushes out no
/// configuration. Pure.
class AnnotationLog {
public:
    static constexpr int kKinds = 4;
    static constexpr std::array<int, kKinds> kMax = {200, 4000, 500, 300};  ///< in the order of Annotation::Kind

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
    bool bad;
    int count = 1;
    bool operator==(const PlotMark&) const = default;
};

/// Configuration, backends and engine as single marks, by time. Those that fall into the same of `columns` places
/// become one, of the kind that matters most.
QList<PlotMark> marksOf(const AnnotationLog& log, const TimeSpan& span, int columns);

/// Models as one row: how many loads and evictions fall into each of `columns` places. Only places that have some.
QList<PlotMark> modelMarksOf(const AnnotationLog& log, const TimeSpan& span, int columns);

}  // namespace millrace::desktop
