// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/phase_list.h"

namespace millrace::desktop {

QVariant PhaseList::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const PhaseRow& row = rows().at(index.row());
    switch (role) {
        case PhaseRole:
            return row.phase;
        case Qt::DisplayRole:
        case TitleRole:
            return row.title;
        case TextRole:
            return row.text;
        case ShareRole:
            return row.share;
        case BeginRole:
            return row.begin;
        case EndRole:
            return row.end;
        case RunningRole:
            return row.running;
        default:
            return {};
    }
}

QHash<int, QByteArray> PhaseList::roleNames() const
{
    return {{PhaseRole, "phase"}, {TitleRole, "title"}, {TextRole, "durationText"}, {ShareRole, "share"},
            {BeginRole, "begin"}, {EndRole, "end"},     {RunningRole, "running"}};
}

}  // namespace millrace::desktop
