// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/server_state.h"

#include <QtCore/QList>
#include <QtCore/QMap>
#include <QtCore/QString>

QT_FORWARD_DECLARE_CLASS(QJsonObject)

namespace millrace::desktop {

/// Pending edits of a configuration, on top of what the engine has: values by path, backends added and removed, with
/// undo and redo. Pure core: no engine, no clock; the engine validates values.
///
/// A backend has a slot, which stays the same while it is edited: "backends[2].name" of a draft is the name of the
/// backend in slot 2, whatever place it will have in the list once others are removed.
/// Bound: kUndoMax steps; kBackendsMax slots.
class ConfigDraft {
public:
    static constexpr int kUndoMax = 100;
    static constexpr int kBackendsMax = 256;

    struct Edit {
        QString text;
        bool reset = false;  ///< back to the default; else `text` as it was typed
        bool operator==(const Edit&) const = default;
    };
    struct Slot {
        QString name;   ///< as the engine has it; of an added one: as it was added
        int base = -1;  ///< its place in the engine's list; -1: added
        bool removed = false;
        bool operator==(const Slot&) const = default;
    };

    // ---- what there is ----

    bool isEmpty() const { return count() == 0; }
    int count() const;  ///< edits, added and removed backends
    const QMap<QString, Edit>& edits() const { return now_.edits; }
    bool isEdited(const QString& path) const { return now_.edits.contains(path); }
    /// What the field shows: as typed, else as it is active; of a reset one the default.
    QString text(const ServerState& server, const QString& path) const;
    const QList<Slot>& backends() const { return now_.backends; }
    bool changesBackends() const;  ///< some were added, removed or moved

    // ---- changes; each one is a step of undo, typing in one field a single one ----

    void set(const ServerState& server, const QString& path, const QString& text);
    void reset(const ServerState& server, const QString& path);
    void revert(const QString& path);
    /// Returns its slot; -1: there are too many.
    int addBackend(const QString& name, const QMap<QString, QString>& fields);
    void removeBackend(int slot);  ///< an added one is dropped, another one is marked
    void restoreBackend(int slot);
    /// What was changed between two whole configurations, such as one edited as JSON.
    void merge(const ServerState& server, const config::v1::Config& from, const config::v1::Config& to);
    void clear();
    void forget();  ///< clear() that cannot be undone: all of it has been applied

    bool canUndo() const { return !undo_.isEmpty(); }
    bool canRedo() const { return !redo_.isEmpty(); }
    void undo();
    void redo();

    // ---- the engine ----

    /// The engine has another configuration: edits are carried over to it, of backends by their name. Returns what
    /// could not be: names of backends that no longer exist.
    QStringList rebase(const ServerState& server);
    /// Without base revision, author and kind of call.
    control::ApplyConfigRequest request(const ServerState& server) const;
    /// The whole configuration, as far as the texts can be read.
    config::v1::Config config(const ServerState& server) const;
    /// A backend as it would be, every setting filled in as far as it is known.
    config::v1::Backend backend(const ServerState& server, int slot) const;
    /// Paths of the engine count the backends that stay; -1 and empty: there is no such one.
    int slotOf(int entry) const;
    QString draftPath(const QString& enginePath) const;

    // ---- keeping ----

    QJsonObject toJson() const;
    static ConfigDraft fromJson(const QJsonObject& object);

private:
    struct State {
        QMap<QString, Edit> edits;
        QList<Slot> backends;
        bool operator==(const State&) const = default;
    };
    /// Remembers what was, unless `key` says that the change continues the one before.
    void step(const QString& key = {});
    void put(const ServerState& server, const QString& path, const Edit& edit);
    void mergeBackends(const ServerState& server, const config::v1::Config& to);

    State now_;
    QList<State> undo_;
    QList<State> redo_;
    QString lastKey_;
};

}  // namespace millrace::desktop
