// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/synced_list.h"

#include <QtQml/qqmlregistration.h>

namespace millrace::desktop {

struct PhaseRow {
    int phase = 0;  ///< index of RequestList::phaseText
    QString title;
    QString text;  ///< how long, or "–"
    double share = 0;
    double begin = 0;  ///< of the request's time, 0..1
    double end = 0;
    bool running = false;
    int key() const { return phase; }
    bool operator==(const PhaseRow&) const = default;
};

/// Where one request's time went, phase by phase.
class PhaseList : public SyncedList<PhaseRow> {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the requests page has one")
public:
    enum Role { PhaseRole = Qt::UserRole + 1, TitleRole, TextRole, ShareRole, BeginRole, EndRole, RunningRole };
    using SyncedList::SyncedList;
    QVariant data(const QModelIndex& index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;
};

}  // namespace millrace::desktop
