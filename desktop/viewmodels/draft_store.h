// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QJsonObject>
#include <QtCore/QString>

namespace millrace::desktop {

class ConfigDraft;
class JsonViewModel;
class Session;

/// Where pending edits are kept while the console is away: in the preferences, for each engine its own; those of a demo
/// are not.
class DraftStore {
public:
    explicit DraftStore(Session& session) : session_(session) {}

    bool isOfThisEngine() const { return of_ == key(); }  ///< what was loaded is of the engine that is attached
    bool isOfAnother() const { return !of_.isEmpty() && !isOfThisEngine(); }
    void leave() { of_.clear(); }  ///< nothing is saved until the next load()
    QJsonObject load();            ///< from now on save() writes there
    void save(const ConfigDraft& draft, const JsonViewModel& json) const;

    static QString jsonOf(const QJsonObject& kept);  ///< the text that was typed; null: none

private:
    QString key() const;

    Session& session_;
    QString of_;  // whose draft this is (key()); empty: none was loaded yet
};

}  // namespace millrace::desktop
