// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/field_list.h"

#include <QtQml/qqmlregistration.h>

#include <optional>

namespace millrace::desktop {

struct StreamRow {
    quint64 id = 0;
    double requestId = 0;
    QString client;
    QString name;  ///< model
    QString protocol;
    QString rate;
    double bytesPerSecond = 0;
    double bytesOut = 0;
    double chunkBytes = 0;
    double pausedSeconds = 0;  ///< now, and before by its client
    double startedMs = 0;
    std::optional<double> ratio;
    QString sent;
    double fill = -1;  ///< of its window; < 0: it has none
    QString fillText;
    QString state;
    int level = 0;  ///< StreamList::Level
    QString chunk;
    QString compression;
    QList<double> trend;  ///< how its main figure went lately
    quint64 key() const { return id; }
    bool operator==(const StreamRow&) const = default;
};

/// Answers on their way.
class StreamList : public FieldList<StreamRow> {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the streams page has one")
public:
    enum Level { Flowing, Waiting, Paused, Finishing };
    Q_ENUM(Level)
    explicit StreamList(QObject* parent = nullptr);
};

}  // namespace millrace::desktop
