// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/engine_client.h"
#include "series/annotations.h"
#include "series/history_plan.h"
#include "series/series_store.h"
#include "series/time_view.h"

#include <QtCore/QObject>

namespace millrace::desktop {

/// Requests from the engine's history the spans of which the console has no seconds itself, and keeps the reply.
///
/// Owner:  Session.   Thread: GUI.
/// Bound:  one call at a time, one reply kept (HistoryPlan::kPointsMax points a series).
/// Errors: what went wrong is problem(), until a later answer comes; what is held stays.
class HistoryLoader : public QObject {
    Q_OBJECT
public:
    HistoryLoader(EngineClient& client, TimeView& time, const SeriesStore& held, QObject* parent = nullptr);

    void begin(qint64 engineNowMs);               ///< the engine is there (again): how far back does its history reach?
    void check();                                 ///< requests it if what is shown needs it
    void addEvent(const Annotation& annotation);  ///< of now: a shown span may reach up to it

    bool isShown() const;  ///< what is shown comes from here
    bool isLoading() const { return loading_; }
    QString problem() const { return isShown() ? problem_ : QString(); }
    const SeriesStore& series() const { return series_; }
    const AnnotationLog& annotations() const { return annotations_; }

Q_SIGNALS:
    void changed();

private:
    void take(const Outcome<control::History>& outcome);
    void setReach(qint64 when);

    EngineClient& client_;
    TimeView& time_;
    const SeriesStore& held_;
    HistoryPlan plan_;
    SeriesStore series_;
    AnnotationLog annotations_;
    QString problem_;
    bool loading_ = false;
    quint64 generation_ = 0;  // replies of another engine are dropped
    qint64 reachMs_ = 0;
};

}  // namespace millrace::desktop
