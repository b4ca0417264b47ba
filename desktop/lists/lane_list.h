// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/field_list.h"

#include <QtQml/qqmlregistration.h>

#include <optional>

namespace millrace::desktop {

struct LaneRow {
    QString id;  ///< model and signature
    QString name;
    QString signature;
    QString waiting;
    double waitingValue = 0;
    std::optional<double> oldestMs;
    std::optional<double> averageValue;
    std::optional<double> costPerRow;
    std::optional<double> rateValue;
    QString oldest;
    QString average;
    QString limit;     ///< in force
    QString limitMax;  ///< configured
    QString limitWhy;
    QString cost;
    QString rate;
    QString last;
    const QString& key() const { return id; }
    bool operator==(const LaneRow&) const = default;
};

/// Queues of requests that may share a batch.
class LaneList : public FieldList<LaneRow> {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the batches page has one")
public:
    explicit LaneList(QObject* parent = nullptr);
};

}  // namespace millrace::desktop
