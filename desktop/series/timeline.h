// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "series/annotations.h"
#include "series/series_store.h"
#include "series/time_view.h"

#include <QtCore/QObject>
#include <QtCore/QPointer>
#include <QtQml/qqmlregistration.h>

#include <optional>

namespace millrace::desktop {

/// The data of charts: the series of one engine, the visible span, and the annotations.
///
/// Owner: App, as its Session, which fills it.  Thread: GUI.  Bound: series and annotations are bounded rings.
/// shownSeries() and shownAnnotations() may refer to other objects (live data, or the engine's history) after
/// shownChanged() or the time's rangeChanged(): callers keep no references.
class Timeline : public QObject {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the session is one")
    Q_PROPERTY(millrace::desktop::TimeView* time READ time CONSTANT FINAL)
    Q_PROPERTY(bool loading READ isLoading NOTIFY shownChanged FINAL)   ///< the engine's history was requested
    Q_PROPERTY(QString problem READ problem NOTIFY shownChanged FINAL)  ///< why it did not come; empty: nothing
public:
    using QObject::QObject;

    SeriesStore& series() { return series_; }
    const SeriesStore& series() const { return series_; }
    TimeView* time() { return &time_; }
    const AnnotationLog& annotations() const { return annotations_; }

    virtual const SeriesStore& shownSeries() const { return series_; }
    virtual const AnnotationLog& shownAnnotations() const { return annotations_; }
    virtual bool isLoading() const { return false; }
    virtual QString problem() const { return {}; }
    /// False: its newest moment is not now, for nothing arrives.
    virtual bool isLive() const { return true; }

    /// Replaces the timeline that `follower` draws, and disconnects it from the previous one. False: unchanged. The
    /// caller then connects it to the new one.
    static bool follow(QPointer<Timeline>& followed, Timeline* next, const QObject* follower)
    {
        if (next == followed) return false;
        if (followed) {
            followed->disconnect(follower);
            followed->time()->disconnect(follower);
        }
        followed = next;
        return true;
    }

Q_SIGNALS:
    void shownChanged();

protected:
    SeriesStore series_;
    TimeView time_;
    AnnotationLog annotations_;
};

}  // namespace millrace::desktop
