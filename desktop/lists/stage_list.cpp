// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/stage_list.h"

namespace millrace::desktop {

QVariant StageList::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const StageRow& row = rows().at(index.row());
    switch (role) {
        case StageRole:
            return row.stage;
        case Qt::DisplayRole:
        case TitleRole:
            return row.title;
        case ValueRole:
            return row.value;
        case UnitRole:
            return row.unit;
        case LabelsRole:
            return row.labels;
        case ValuesRole:
            return row.values;
        case NarrowestRole:
            return row.narrowest;
        case WhyRole:
            return row.why;
        default:
            return {};
    }
}

QHash<int, QByteArray> StageList::roleNames() const
{
    return {{StageRole, "stage"},   {TitleRole, "title"},   {ValueRole, "value"},         {UnitRole, "unit"},
            {LabelsRole, "labels"}, {ValuesRole, "values"}, {NarrowestRole, "narrowest"}, {WhyRole, "why"}};
}

QVariant KpiList::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const KpiRow& row = rows().at(index.row());
    switch (role) {
        case IdRole:
            return row.id;
        case Qt::DisplayRole:
        case TitleRole:
            return row.title;
        case ValueRole:
            return row.value;
        case UnitRole:
            return row.unit;
        case NoteRole:
            return row.note;
        case VerdictRole:
            return row.verdict;
        case SeriesRole:
            return row.series;
        case StageRole:
            return row.stage;
        case TargetRole:
            return row.target;
        default:
            return {};
    }
}

QHash<int, QByteArray> KpiList::roleNames() const
{
    return {{IdRole, "kpiId"},      {TitleRole, "title"}, {ValueRole, "value"},
            {UnitRole, "unit"},     {NoteRole, "note"},   {VerdictRole, "verdict"},
            {SeriesRole, "series"}, {StageRole, "stage"}, {TargetRole, "target"}};
}

}  // namespace millrace::desktop
