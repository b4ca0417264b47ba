// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/engine_client.h"
#include "lists/request_list.h"
#include "series/series_store.h"
#include "viewmodels/conditions.h"
#include "viewmodels/failure_window.h"
#include "viewmodels/problem.h"
#include "viewmodels/silence_watch.h"

#include <QtCore/QList>
#include <QtCore/QString>

/// What is wrong now, in words, with what can be done about it. Pure core: no signals, no clock.
///
/// Rules: the worst problem is the state of the whole. While the engine is away nothing else is judged, for nothing
/// else is known. What stops every request is an outage. Nothing is called healthy while requests fail.
namespace millrace::desktop {

/// Whom it met most, and why: of requests that were refused, or of those that were rejected.
struct Unserved {
    QString client;   ///< program; empty: not known
    QString reason;   ///< of the newest
    QString setting;  ///< path of the limit that the reason names; empty: none
    bool operator==(const Unserved&) const = default;
};
/// Of the requests that ended since `sinceMs` with that outcome. Bound: the newest kUnservedLooked requests.
inline constexpr int kUnservedLooked = 500;
/// Path of the limit that a reason names; empty: none.
QString limitNamedIn(const QString& reason);

Unserved unservedOf(const RequestList& requests, RequestList::Outcome outcome, qint64 sinceMs);

/// A goal that is missed where it is meant (series/goal_evaluator.h).
struct MissedGoal {
    QString id;     ///< name of the series
    QString title;  ///< "Latency p99 of tensor calls"
    QString text;   ///< "… is 23 ms; the goal is at most 10 ms."
    QString page;   ///< where it is explained
};
QList<MissedGoal> missedGoals(const SeriesStore& series, qint64 whenMs);

struct HealthInput {
    EngineClient::Phase phase = EngineClient::Phase::NoEngine;
    QString engineProblem;  ///< while it is away, in words
    QString engineTitle;
    bool mayStart = false;
    bool portTaken = false;
    const control::Frame* frame = nullptr;
    Ended ended;  ///< in the failure window
    Unserved refused;
    Unserved rejected;
    SilenceWatch silence;
    QList<Problem> conditions;
    QList<MissedGoal> missedGoals;
    qint64 nowMs = 0;
};

/// Worst first.
QList<Problem> evaluateHealth(const HealthInput& input);
HealthLevel worstLevel(const QList<Problem>& problems);

}  // namespace millrace::desktop
