// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/synced_list.h"

#include <QtCore/QStringList>
#include <QtQml/qqmlregistration.h>

namespace millrace::desktop {

struct SettingRow {
    QString path;     ///< as the engine knows it, list indices filled in
    QString section;  ///< heading above it: an entry of a list, or the group while searching
    QString title;
    QString help;
    QString type;  ///< integer, number, switch, text, choice, list
    QString unit;
    QString value;    ///< staged, else in force
    QString note;     ///< "was 128 · allowed 1 – 4,096"
    QString problem;  ///< the engine's words
    QString effect;   ///< when a change begins to count
    QStringList choices;
    bool staged = false;
    bool modified = false;  ///< in force, and not the default
    bool restart = false;
    const QString& key() const { return path; }
    bool operator==(const SettingRow&) const = default;
};

/// The settings of the open group, or those that answer the search.
class SettingList : public SyncedList<SettingRow> {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the settings page has one")
public:
    enum Role {
        PathRole = Qt::UserRole + 1,
        SectionRole,
        TitleRole,
        HelpRole,
        TypeRole,
        UnitRole,
        ValueRole,
        NoteRole,
        ProblemRole,
        EffectRole,
        ChoicesRole,
        StagedRole,
        ModifiedRole,
        RestartRole
    };
    using SyncedList::SyncedList;
    QVariant data(const QModelIndex& index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;
};

struct GroupRow {
    QString id;
    QString title;
    QString help;
    QString stage;
    int staged = 0;
    int problems = 0;
    const QString& key() const { return id; }
    bool operator==(const GroupRow&) const = default;
};

class GroupList : public SyncedList<GroupRow> {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the settings page has one")
public:
    enum Role { IdRole = Qt::UserRole + 1, TitleRole, HelpRole, StageRole, StagedRole, ProblemsRole };
    using SyncedList::SyncedList;
    QVariant data(const QModelIndex& index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;
};

/// Before and after of one thing: a pending change, or a figure around a revision.
struct ChangeRow {
    QString id;
    QString title;
    QString before;
    QString after;
    QString detail;   ///< when it takes effect
    int verdict = 0;  ///< figures: 1 better, 2 worse, 0 neither
    const QString& key() const { return id; }
    bool operator==(const ChangeRow&) const = default;
};

class ChangeList : public SyncedList<ChangeRow> {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the settings page has some")
public:
    enum Role { IdRole = Qt::UserRole + 1, TitleRole, BeforeRole, AfterRole, DetailRole, VerdictRole };
    using SyncedList::SyncedList;
    QVariant data(const QModelIndex& index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;
};

struct RevisionRow {
    quint64 revision = 0;
    QString timeText;
    QString author;
    QString text;  ///< what it changed
    bool inForce = false;
    bool chosen = false;
    quint64 key() const { return revision; }
    bool operator==(const RevisionRow&) const = default;
};

class RevisionList : public SyncedList<RevisionRow> {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the settings page has one")
public:
    enum Role { RevisionRole = Qt::UserRole + 1, TimeTextRole, AuthorRole, TextRole, InForceRole, ChosenRole };
    using SyncedList::SyncedList;
    QVariant data(const QModelIndex& index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;
};

}  // namespace millrace::desktop
