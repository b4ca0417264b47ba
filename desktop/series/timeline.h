// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "series/series_store.h"
#include "series/time_view.h"

#include <QtCore/QObject>
#include <QtQml/qqmlregistration.h>

#include <deque>

namespace millrace::desktop {

/// A moment worth a mark on every chart.
struct Annotation {
    enum class Kind { Config, Model, Backend, Engine };
    qint64 timeMs;
    Kind kind;
    QString text;
    bool bad;  ///< a backend went down, something failed
};

/// What charts draw: the series of one engine, the range that is shown of them, and the annotations.
///
/// Owner: App, as its Session, which fills it.  Thread: GUI.  Bound: series and annotations are bounded rings.
class Timeline : public QObject {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the session is one")
    Q_PROPERTY(millrace::desktop::TimeView* time READ time CONSTANT FINAL)
public:
    using QObject::QObject;

    SeriesStore& series() { return series_; }
    const SeriesStore& series() const { return series_; }
    TimeView* time() { return &time_; }
    const std::deque<Annotation>& annotations() const { return annotations_; }

protected:
    SeriesStore series_;
    TimeView time_;
    std::deque<Annotation> annotations_;
};

}  // namespace millrace::desktop
