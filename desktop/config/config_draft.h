// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/server_state.h"

#include <QtCore/QList>
#include <QtCore/QMap>
#include <QtCore/QString>

QT_FORWARD_DECLARE_CLASS(QJsonObject)

namespace millrace::desktop {

/// Pending edits on top of the engine's configuration: values by path, added and removed backends, with undo and redo.
/// Values are validated by the engine, not here.
///
///     draft.set(server, "batcher.size_max", "64");
///     client.applyConfig(draft.request(server), this, …);
///     draft.forget();                                          // once applied
///
/// A backend has a slot, which is stable while it is edited: "backends[2].name" in a draft is the name of the backend
/// in slot 2, whatever its index will be once others are removed.
/// Pure. Thread: one. Bound: kUndoMax steps; kBackendsMax slots.
class ConfigDraft {
public:
    static constexpr int kUndoMax = 100;
    static constexpr int kBackendsMax = 256;

    struct Edit {
        QString text;
        bool reset = false;  ///< to the default; false: `text`, as typed
        bool operator==(const Edit&) const = default;
    };
    struct Slot {
        QString name;   ///< in the engine, or when it was added
        int base = -1;  ///< index in the engine's list; -1: added
        bool removed = false;
        bool operator==(const Slot&) const = default;
    };

    // ---- queries ----

    bool isEmpty() const { return count() == 0; }
    int count() const;  ///< edits, added and removed backends
    const QMap<QString, Edit>& edits() const { return now_.edits; }
    bool isEdited(const QString& path) const { return now_.edits.contains(path); }
    /// The field's text: as typed, or the default if reset, or the active value.
    QString text(const ServerState& server, const QString& path) const;
    const QList<Slot>& backends() const { return now_.backends; }
    bool changesBackends() const;  ///< added, removed or moved

    // ---- edits; each is an undo step, and typing in one field is a single step ----

    void set(const ServerState& server, const QString& path, const QString& text);
    void reset(const ServerState& server, const QString& path);
    void revert(const QString& path);
    /// Returns the slot; -1: too many.
    int addBackend(const QString& name, const QMap<QString, QString>& fields);
    void removeBackend(int slot);  ///< drops an added backend, marks others as removed
    void restoreBackend(int slot);
    /// Adds the differences between two configurations, such as one edited as JSON.
    void merge(const ServerState& server, const config::v1::Config& from, const config::v1::Config& to);
    void clear();
    void forget();  ///< clear() without undo: everything was applied

    bool canUndo() const { return !undo_.isEmpty(); }
    bool canRedo() const { return !redo_.isEmpty(); }
    void undo();
    void redo();

    // ---- the engine ----

    /// Carries the edits over to a changed configuration of the engine, matching backends by name. Returns the names of
    /// backends with edits that no longer exist.
    QStringList rebase(const ServerState& server);
    /// Without base revision, author and kind of call.
    control::ApplyConfigRequest request(const ServerState& server) const;
    /// The resulting configuration, as far as the texts can be parsed.
    config::v1::Config config(const ServerState& server) const;
    /// The resulting backend, with defaults filled in.
    config::v1::Backend backend(const ServerState& server, int slot) const;
    /// The slot and path in the draft for an entry and path of the engine; -1 and empty: unknown.
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
    /// Adds an undo step, unless `key` equals that of the previous change.
    void step(const QString& key = {});
    void put(const ServerState& server, const QString& path, const Edit& edit);
    void mergeBackends(const ServerState& server, const config::v1::Config& to);

    State now_;
    QList<State> undo_;
    QList<State> redo_;
    QString lastKey_;
};

}  // namespace millrace::desktop
