// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/engine_client.h"
#include "lists/request_list.h"
#include "series/series_store.h"

#include <QtCore/QList>
#include <QtCore/QMap>
#include <QtCore/QString>

#include <deque>
#include <optional>

/// What is wrong now, in words, with what can be done about it. Pure core: no signals, no clock.
///
/// Rules: the worst problem is the state of the whole. While the engine is away nothing else is judged, for nothing
/// else is known. What stops every request is an outage. Nothing is called healthy while requests fail.
namespace millrace::desktop {

enum class HealthLevel { Good, Info, Busy, Warning, Critical };

/// What a problem's button does.
struct Remedy {
    enum class Kind {
        None,
        StartEngine,
        StartOnFreePorts,
        Retry,
        Resume,        ///< subjects: backends that drain
        Probe,         ///< subjects: backends to health-check
        ShowRequests,  ///< subjects: query of the requests page
        ShowPage       ///< subjects: key of a page
    };
    Kind kind = Kind::None;
    QString verb;  ///< text of the button
    QStringList subjects;
    bool operator==(const Remedy&) const = default;
};

struct Problem {
    QString id;  ///< stable while it lasts
    HealthLevel level = HealthLevel::Info;
    QString title;  ///< a few words: "1 backend draining"
    QString text;   ///< a sentence with the values met
    Remedy remedy;
    bool outage = false;  ///< no request can succeed
    const QString& key() const { return id; }
    bool operator==(const Problem&) const = default;
};

/// Requests that ended, by how; totals that only grow, or what was added to them.
struct Ended {
    quint64 all = 0;
    quint64 failed = 0;
    quint64 refused = 0;   ///< met a limit
    quint64 rejected = 0;  ///< were at fault themselves
};

/// The requests that ended in the last kSpanMs.
class FailureWindow {
public:
    static constexpr qint64 kSpanMs = 10'000;
    void add(qint64 timeMs, const Ended& totals);
    void clear() { points_.clear(); }
    Ended ended() const;

private:
    struct Point {
        qint64 timeMs;
        Ended totals;
    };
    std::deque<Point> points_;
};

/// Whether requests wait while nothing comes from any backend. Not those that wait for their client, nor for a model
/// that is being loaded. A backend that only computes is silent, too: it is told, not judged.
class SilenceWatch {
public:
    static constexpr qint64 kToldMs = 10'000;
    void add(qint64 timeMs, const control::Frame& frame);
    void clear() { *this = {}; }
    int waiting() const { return waiting_; }
    qint64 silentMs() const { return waiting_ > 0 ? latestMs_ - sinceMs_ : 0; }

private:
    int waiting_ = 0;
    quint64 ended_ = 0;
    quint64 bytes_ = 0;
    qint64 sinceMs_ = 0;
    qint64 latestMs_ = 0;
};

/// Whom it met most, and why: of requests that were refused, or of those that were rejected.
struct Unserved {
    QString client;   ///< program; empty: not known
    QString reason;   ///< of the newest
    QString setting;  ///< path of the limit that the reason names; empty: none
    bool operator==(const Unserved&) const = default;
};
/// Of the requests that ended since `sinceMs` with that outcome. Bound: the newest kUnservedLooked requests.
inline constexpr int kUnservedLooked = 500;
Unserved unservedOf(const RequestList& requests, RequestList::Outcome outcome, qint64 sinceMs);

/// What lasts from one event to another, such as a state file that cannot be written. The events of one engine, in any
/// order: history may come after what is live.
class Conditions {
public:
    static constexpr qint64 kMomentMs = 60'000;  ///< how long a single event that has no end is a problem
    static constexpr int kMost = 64;
    void take(const control::Event& event);
    void clear() { held_.clear(); }
    QList<Problem> problems(qint64 nowMs) const;

private:
    struct Held {
        QString kind;
        QString subject;
        QString text;
        qint64 timeMs = 0;
        quint64 began = 0;  ///< sequence of the newest event that begins it
        quint64 ended = 0;  ///< and of the newest that ends it
    };
    QMap<QString, Held> held_;  // by kind and subject
};

/// A goal that is missed where it is meant (series/goal_judge.h).
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
QList<Problem> judgeHealth(const HealthInput& input);
HealthLevel worstLevel(const QList<Problem>& problems);

}  // namespace millrace::desktop
