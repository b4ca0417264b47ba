// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/config_draft.h"
#include "config/server_state.h"
#include "lists/revision_list.h"
#include "lists/setting_list.h"

#include <QtCore/QMap>
#include <QtCore/QString>

#include <functional>
#include <span>

namespace millrace::desktop {

/// What came of testing a backend, of the address and key it had then.
struct BackendTest {
    int state = SettingList::Untested;
    QString text;
};

/// The rows of the settings page, made from what the engine has and what is pending. Pure functions of these.
class SettingsForm {
public:
    struct Health {
        QString words;  ///< "healthy", "ejected: …"; empty: not known
        bool good = false;
    };
    using Problems = QMap<QString, QString>;  // path of the draft -> the engine's words

    const ServerState& server;
    const ConfigDraft& draft;
    const Problems& problems;
    std::span<const control::ConfigChange> changes;     ///< as the engine sees them
    bool validated = false;                             ///< `changes` are of this draft, not of one before
    std::function<QString(const QString& path)> setBy;  ///< a revision's number; empty: none
    std::function<BackendTest(int slot)> test;
    std::function<Health(const QString& backend)> health;
    QString controlSocket;  ///< in use; what an empty setting stands for

    QList<GroupRow> groups() const;
    /// Of a group; or of all those that match a query, with `@modified` for what is not as by default.
    QList<SettingRow> rows(const QString& group, const QString& query) const;
    QList<ChangeRow> pending() const;
    /// What the engine finds wrong that no field can show.
    QString generalProblem() const;

    static QString backendTitle(const ServerState& server, const ConfigDraft& draft, int slot);

private:
    SettingRow field(const control::SettingSchema& setting, const QString& path) const;
    SettingRow backendRow(int slot) const;
    QList<SettingRow> backendRows(const std::function<bool(const control::SettingSchema&, const QString&)>& shown,
                                  bool all) const;
    QString sourceText(const QString& path) const;
    bool isModified(const control::SettingSchema& setting, const QString& path) const;
    QString activePath(const QString& path) const;
};

}  // namespace millrace::desktop
