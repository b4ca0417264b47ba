// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/field_list.h"
#include "lists/stage.h"

#include <QtCore/QStringList>
#include <QtQml/qqmlregistration.h>

namespace millrace::desktop {

struct SettingRow {
    int rowKind = 0;  ///< SettingList::RowKind
    QString path;     ///< as the draft knows it, the slot of a list filled in; of a heading the group or the entry
    QString title;
    QString help;  ///< what it does; of a backend its kind and address
    int type = 0;  ///< SettingList::Editor
    QString unit;
    QString value;    ///< pending, else active; as the engine writes it
    QString typed;    ///< the same while it is being edited: with the language's decimal sign
    QString display;  ///< the same while it is not being edited: with thousands separators
    QString normal;   ///< the default, shown where nothing is typed
    QString info;     ///< "1 – 4,096 rows · default 200 · set in revision 12"
    QString note;     ///< of a pending one "was 128"
    QString problem;  ///< the engine's words
    QStringList choices;
    bool pending = false;
    bool modified = false;  ///< active, and not the default
    bool restart = false;   ///< counts once the engine was started again
    bool locked = false;    ///< given by the environment or a flag: cannot be changed here
    // of a backend
    int slot = -1;
    int state = 0;      ///< SettingList::BackendState
    int testState = 0;  ///< SettingList::TestState
    QString testText;
    bool testable = false;
    bool removable = false;
    bool healthy = false;

    QString key() const { return QString::number(rowKind) + path; }
    bool operator==(const SettingRow&) const = default;
};

/// The settings of the open group, or those that match the search, with headings between them.
class SettingList : public FieldList<SettingRow> {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the settings page has one")
public:
    enum RowKind { Field, Heading, Backend };
    Q_ENUM(RowKind)
    enum Editor { Line, Switch, Choice };  ///< what a field is edited with
    Q_ENUM(Editor)
    enum BackendState { Active, Added, Removed };
    Q_ENUM(BackendState)
    enum TestState { Untested, Testing, Reachable, Unreachable };
    Q_ENUM(TestState)
    explicit SettingList(QObject* parent = nullptr);
    int indexOf(const QString& path) const;  ///< of a field; -1: it is not shown
};

struct GroupRow {
    QString id;
    QString title;
    QString help;
    Stage::Value stage = Stage::None;
    int pending = 0;
    int problems = 0;
    const QString& key() const { return id; }
    bool operator==(const GroupRow&) const = default;
};

/// The groups of settings, each with the number of pending edits and of problems in it: what one chooses from beside
/// the form.
class GroupList : public FieldList<GroupRow> {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the settings page has one")
public:
    explicit GroupList(QObject* parent = nullptr);
};

}  // namespace millrace::desktop
