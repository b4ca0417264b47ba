// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/setting_list.h"

namespace millrace::desktop {

QVariant SettingList::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const SettingRow& row = rows().at(index.row());
    switch (role) {
        case PathRole:
            return row.path;
        case SectionRole:
            return row.section;
        case Qt::DisplayRole:
        case TitleRole:
            return row.title;
        case HelpRole:
            return row.help;
        case TypeRole:
            return row.type;
        case UnitRole:
            return row.unit;
        case ValueRole:
            return row.value;
        case NoteRole:
            return row.note;
        case ProblemRole:
            return row.problem;
        case EffectRole:
            return row.effect;
        case ChoicesRole:
            return row.choices;
        case StagedRole:
            return row.staged;
        case ModifiedRole:
            return row.modified;
        case RestartRole:
            return row.restart;
        default:
            return {};
    }
}

QHash<int, QByteArray> SettingList::roleNames() const
{
    return {{PathRole, "path"},         {SectionRole, "section"}, {TitleRole, "title"},     {HelpRole, "help"},
            {TypeRole, "type"},         {UnitRole, "unit"},       {ValueRole, "value"},     {NoteRole, "note"},
            {ProblemRole, "problem"},   {EffectRole, "effect"},   {ChoicesRole, "choices"}, {StagedRole, "staged"},
            {ModifiedRole, "modified"}, {RestartRole, "restart"}};
}

QVariant GroupList::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const GroupRow& row = rows().at(index.row());
    switch (role) {
        case IdRole:
            return row.id;
        case Qt::DisplayRole:
        case TitleRole:
            return row.title;
        case HelpRole:
            return row.help;
        case StageRole:
            return row.stage;
        case StagedRole:
            return row.staged;
        case ProblemsRole:
            return row.problems;
        default:
            return {};
    }
}

QHash<int, QByteArray> GroupList::roleNames() const
{
    return {{IdRole, "groupId"},  {TitleRole, "title"},   {HelpRole, "help"},
            {StageRole, "stage"}, {StagedRole, "staged"}, {ProblemsRole, "problems"}};
}

QVariant ChangeList::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const ChangeRow& row = rows().at(index.row());
    switch (role) {
        case IdRole:
            return row.id;
        case Qt::DisplayRole:
        case TitleRole:
            return row.title;
        case BeforeRole:
            return row.before;
        case AfterRole:
            return row.after;
        case DetailRole:
            return row.detail;
        case VerdictRole:
            return row.verdict;
        default:
            return {};
    }
}

QHash<int, QByteArray> ChangeList::roleNames() const
{
    return {{IdRole, "changeId"}, {TitleRole, "title"},   {BeforeRole, "before"},
            {AfterRole, "after"}, {DetailRole, "detail"}, {VerdictRole, "verdict"}};
}

QVariant RevisionList::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const RevisionRow& row = rows().at(index.row());
    switch (role) {
        case RevisionRole:
            return static_cast<double>(row.revision);
        case TimeTextRole:
            return row.timeText;
        case AuthorRole:
            return row.author;
        case Qt::DisplayRole:
        case TextRole:
            return row.text;
        case InForceRole:
            return row.inForce;
        case ChosenRole:
            return row.chosen;
        default:
            return {};
    }
}

QHash<int, QByteArray> RevisionList::roleNames() const
{
    return {{RevisionRole, "revision"}, {TimeTextRole, "timeText"}, {AuthorRole, "author"},
            {TextRole, "text"},         {InForceRole, "inForce"},   {ChosenRole, "chosen"}};
}

}  // namespace millrace::desktop
