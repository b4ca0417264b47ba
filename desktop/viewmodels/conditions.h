// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"
#include "viewmodels/problem.h"

#include <QtCore/QList>
#include <QtCore/QMap>

namespace millrace::desktop {

/// What lasts from one event to another, such as a state file that cannot be written. The events of one engine, in any
/// order: history may come after what is live.
class Conditions {
public:
    static constexpr qint64 kMomentMs = 60'000;  ///< how long a single event that has no end is a problem
    static constexpr int kMost = 64;
    void take(const control::Event& event);
    void clear() { conditions_.clear(); }
    QList<Problem> problems(qint64 nowMs) const;

private:
    struct Condition {
        int kind = 0;  ///< control::EventKind that begins it
        QString subject;
        QString text;
        qint64 timeMs = 0;
        quint64 began = 0;  ///< sequence of the newest event that begins it
        quint64 ended = 0;  ///< and of the newest that ends it
    };
    QMap<QString, Condition> conditions_;  // by kind and subject
};

}  // namespace millrace::desktop
