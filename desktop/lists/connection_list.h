// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/field_list.h"

#include <QtQml/qqmlregistration.h>

#include <optional>

namespace millrace::desktop {

struct ConnectionRow {
    QString id;  ///< pool and the engine's number
    QString backend;
    QString protocol;
    QString state;
    int kind = 0;  ///< as PoolRow::kinds
    QString age;
    double ageMs = 0;
    QString uses;
    double usesValue = 0;
    QString unused;  ///< of an idle one, for how long
    std::optional<double> unusedMs;
    QString calls;  ///< gRPC: in flight
    double callsValue = 0;
    const QString& key() const { return id; }
    bool operator==(const ConnectionRow&) const = default;
};

/// Every open connection to a backend. Bound: the engine sends the first ones of each pool.
class ConnectionList : public FieldList<ConnectionRow> {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the connections page has one")
public:
    explicit ConnectionList(QObject* parent = nullptr);
};

}  // namespace millrace::desktop
