// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/revision_list.h"
#include "lists/setting_list.h"
#include "viewmodels/json_view_model.h"
#include "viewmodels/page_view_model.h"
#include "viewmodels/revisions_view_model.h"

#include <QtCore/QMap>

#include <memory>

namespace millrace::desktop {

class ConfigDraft;
class ServerState;
class SettingsForm;

/// The settings as a form made from the engine's schema: edit, validate, look at the difference, apply, undo.
///
/// Edits are pending (ConfigDraft) until they are applied; the engine validates them (a dry run) and says what is
/// wrong, field by field. They survive a reconnect, a change of page and a crash: each engine has its own (Preferences,
/// by its state folder), a demo none. What another client applies meanwhile is merged below them. How rows are made:
/// SettingsForm. Loading, validating, applying: ConfigLoader, ConfigValidator, ConfigApplier. JSON: JsonViewModel. What
/// was applied, and what it did: RevisionsViewModel.
class SettingsViewModel : public millrace::desktop::PageViewModel {  // whole name: moc passes it on as written
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the shell has one")
    Q_PROPERTY(Phase phase READ phase NOTIFY changed FINAL)
    Q_PROPERTY(QString problem READ problem NOTIFY changed FINAL)  ///< why loading or applying failed
    Q_PROPERTY(millrace::desktop::GroupList* groups READ groups CONSTANT FINAL)
    Q_PROPERTY(millrace::desktop::SettingList* settings READ settings CONSTANT FINAL)
    Q_PROPERTY(millrace::desktop::ChangeList* pending READ pending CONSTANT FINAL)
    Q_PROPERTY(millrace::desktop::RevisionsViewModel* history READ history CONSTANT FINAL)
    Q_PROPERTY(millrace::desktop::JsonViewModel* json READ json CONSTANT FINAL)
    Q_PROPERTY(bool asJson READ isAsJson WRITE setAsJson NOTIFY changed FINAL)
    Q_PROPERTY(QString group READ group WRITE setGroup NOTIFY changed FINAL)
    Q_PROPERTY(QString groupTitle READ groupTitle NOTIFY changed FINAL)
    Q_PROPERTY(QString groupHelp READ groupHelp NOTIFY changed FINAL)
    Q_PROPERTY(int groupStage READ groupStage NOTIFY changed FINAL)  ///< Stage.Value
    Q_PROPERTY(QString query READ query WRITE setQuery NOTIFY queryChanged FINAL)
    Q_PROPERTY(bool onlyModified READ isOnlyModified WRITE setOnlyModified NOTIFY queryChanged FINAL)
    Q_PROPERTY(int pendingCount READ pendingCount NOTIFY changed FINAL)
    Q_PROPERTY(int problemCount READ problemCount NOTIFY changed FINAL)
    Q_PROPERTY(bool applicable READ isApplicable NOTIFY changed FINAL)
    Q_PROPERTY(QString whyNot READ whyNot NOTIFY changed FINAL)  ///< why Apply is off; empty: it is on
    Q_PROPERTY(bool conflict READ hasConflict NOTIFY changed FINAL)
    Q_PROPERTY(bool canUndo READ canUndo NOTIFY changed FINAL)
    Q_PROPERTY(bool canRedo READ canRedo NOTIFY changed FINAL)
    Q_PROPERTY(QString undoApplyText READ undoApplyText NOTIFY changed FINAL)  ///< empty: nothing to undo
    Q_PROPERTY(int revealedRow READ revealedRow NOTIFY revealed FINAL)         ///< of the latest reveal(); -1: none yet
    Q_PROPERTY(QStringList backendPresets READ backendPresets CONSTANT FINAL)
public:
    enum Phase { Loading, Ready, Failed };
    Q_ENUM(Phase)

    explicit SettingsViewModel(Session& session, QObject* parent = nullptr);
    ~SettingsViewModel() override;

    Phase phase() const { return phase_; }
    QString problem() const;
    GroupList* groups() { return &groups_; }
    SettingList* settings() { return &settings_; }
    ChangeList* pending() { return &pending_; }
    RevisionsViewModel* history() { return &history_; }
    JsonViewModel* json() { return &json_; }
    bool isAsJson() const { return asJson_; }
    void setAsJson(bool asJson);
    QString group() const { return group_; }
    void setGroup(const QString& group);
    QString groupTitle() const;
    QString groupHelp() const;
    int groupStage() const;
    QString query() const { return query_; }
    void setQuery(const QString& query);
    bool isOnlyModified() const;
    void setOnlyModified(bool only);
    int pendingCount() const;
    int problemCount() const { return static_cast<int>(problems_.size()); }
    bool isValidated() const;  ///< the engine has validated what is pending
    bool isApplicable() const;
    QString whyNot() const;
    bool hasConflict() const { return !conflict_.isEmpty(); }
    bool canUndo() const;
    bool canRedo() const;
    QString undoApplyText() const;
    int revealedRow() const { return revealedRow_; }
    static QStringList backendPresets();
    void refresh() override;

    /// Has the engine validate what is pending; called automatically when typing pauses.
    void validate();

    Q_INVOKABLE void edit(const QString& path, const QString& text);
    Q_INVOKABLE void revert(const QString& path);  ///< of a pending row: a setting, or a backend added or removed
    Q_INVOKABLE void reset(const QString& path);   ///< to the default
    Q_INVOKABLE void discard();
    Q_INVOKABLE void undo();
    Q_INVOKABLE void redo();
    Q_INVOKABLE void apply(bool guarded);
    Q_INVOKABLE void undoApply();
    Q_INVOKABLE void rollBack(double revision);
    Q_INVOKABLE void addBackend(int preset);
    Q_INVOKABLE void removeBackend(int slot);
    Q_INVOKABLE void restoreBackend(int slot);
    Q_INVOKABLE void testBackend(int slot);
    /// Opens the group of a setting and points at its field; also before the settings are there.
    Q_INVOKABLE void reveal(const QString& path);

    struct Named {
        QString path;
        QString title;
    };
    QList<Named> all() const;  ///< for the palette

Q_SIGNALS:
    void changed();
    void queryChanged();
    void revealed(int row);  ///< of `settings`: scroll there and give it the focus; a page made later reads revealedRow

private:
    void load();
    void onLoaded(const control::ConfigState& state);
    void onValidated(const control::ApplyConfigReply& reply);
    void onRefused(const control::ApplyConfigReply& reply);
    void onActive(quint64 revision);
    void onDraftChanged();
    control::ApplyConfigRequest request(bool dryRun) const;
    SettingsForm form() const;
    void rebuild();
    void saveDraft();
    void restoreDraft();
    void showReveal();
    const GroupRow* shownGroup() const;

    struct Core;  // what the engine has, what is pending on top of it, and the engine's validation of that
    std::unique_ptr<Core> core_;
    ServerState& server_;
    ConfigDraft& draft_;
    Phase phase_ = Loading;
    QString group_;
    QString query_;
    bool asJson_ = false;
    QString reveal_;  // shown as soon as it can be
    int revealedRow_ = -1;
    QMap<QString, QString> problems_;  // path of the draft -> the engine's words
    QString problem_;
    QString conflict_;  // another client applied something first; shown until applied or discarded
    GroupList groups_;
    SettingList settings_;
    ChangeList pending_;
    JsonViewModel json_;
    RevisionsViewModel history_;
};

}  // namespace millrace::desktop
