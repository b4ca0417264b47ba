// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/field_list.h"

#include <QtCore/QStringList>
#include <QtQml/qqmlregistration.h>

#include <optional>

namespace millrace::desktop {

struct PoolRow {
    QString id;  ///< backend and protocol
    QString backend;
    QString protocol;
    QString address;
    int level = 0;         ///< PoolList::Level
    QList<double> shares;  ///< busy, idle, connecting, draining of the limit
    QString counts;
    QString limit;
    QString headroom;  ///< requests that could still come before one has to wait
    QString limitTip;  ///< the limit, its use and its headroom, in words
    QString waiting;
    QString sharesText;  ///< "16 of 50 open"
    double openCount = 0;
    double busyCount = 0;
    double limitValue = 0;
    double headroomValue = 0;
    double waitingValue = 0;
    std::optional<double> reusedValue;
    std::optional<double> waitMs;
    std::optional<double> createMs;
    QString reused;
    QString wait;
    QString create;
    QString health;
    QString latest;
    bool latestBad = false;
    bool draining = false;
    QList<int> kinds;  ///< of each connection
    QList<double> strengths;
    QStringList hints;
    QList<double> trend;  ///< how its main figure went lately
    const QString& key() const { return id; }
    bool operator==(const PoolRow&) const = default;
};

/// Upstreams with their connections.
class PoolList : public FieldList<PoolRow> {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the connections page has one")
public:
    enum Level { Good, Unsure, Bad, Off };
    Q_ENUM(Level)
    explicit PoolList(QObject* parent = nullptr);
};

}  // namespace millrace::desktop
