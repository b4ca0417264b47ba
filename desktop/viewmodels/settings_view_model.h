// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/setting_list.h"
#include "viewmodels/page_view_model.h"

#include <QtCore/QMap>
#include <QtCore/QTimer>

#include <memory>

namespace millrace::desktop {

/// The settings as a form made from the engine's schema: change, have it judged, see the difference, apply, undo.
///
/// What is changed here is staged as text by path; the engine judges it (a dry run) and says what is wrong, field by
/// field. Staged edits survive a reconnect, a change of page and a crash (Preferences). A configuration edited as JSON
/// is staged whole.
class SettingsViewModel : public millrace::desktop::PageViewModel {  // whole name: moc passes it on as written
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the shell has one")
    Q_PROPERTY(Phase phase READ phase NOTIFY changed FINAL)
    Q_PROPERTY(QString problem READ problem NOTIFY changed FINAL)  ///< why loading or applying failed
    Q_PROPERTY(millrace::desktop::GroupList* groups READ groups CONSTANT FINAL)
    Q_PROPERTY(millrace::desktop::SettingList* settings READ settings CONSTANT FINAL)
    Q_PROPERTY(millrace::desktop::ChangeList* pending READ pending CONSTANT FINAL)
    Q_PROPERTY(millrace::desktop::RevisionList* revisions READ revisions CONSTANT FINAL)
    Q_PROPERTY(millrace::desktop::ChangeList* effect READ effect CONSTANT FINAL)
    Q_PROPERTY(QString effectTitle READ effectTitle NOTIFY changed FINAL)
    Q_PROPERTY(QString group READ group WRITE setGroup NOTIFY changed FINAL)
    Q_PROPERTY(QString groupTitle READ groupTitle NOTIFY changed FINAL)
    Q_PROPERTY(QString groupHelp READ groupHelp NOTIFY changed FINAL)
    Q_PROPERTY(QString groupStage READ groupStage NOTIFY changed FINAL)
    Q_PROPERTY(QString query READ query WRITE setQuery NOTIFY queryChanged FINAL)
    Q_PROPERTY(int stagedCount READ stagedCount NOTIFY changed FINAL)
    Q_PROPERTY(int problemCount READ problemCount NOTIFY changed FINAL)
    Q_PROPERTY(bool applicable READ isApplicable NOTIFY changed FINAL)
    Q_PROPERTY(QString whyNot READ whyNot NOTIFY changed FINAL)  ///< why Apply is off; empty: it is on
    Q_PROPERTY(bool conflict READ hasConflict NOTIFY changed FINAL)
    Q_PROPERTY(QString undoText READ undoText NOTIFY changed FINAL)  ///< "Undo rev 42"; empty: nothing to undo
    Q_PROPERTY(QString json READ json NOTIFY jsonChanged FINAL)
    Q_PROPERTY(QString jsonProblem READ jsonProblem NOTIFY jsonChanged FINAL)
public:
    enum Phase { Loading, Ready, Failed };
    Q_ENUM(Phase)

    explicit SettingsViewModel(Session& session, QObject* parent = nullptr);
    ~SettingsViewModel() override;

    Phase phase() const { return phase_; }
    QString problem() const { return conflictText_.isEmpty() ? problem_ : conflictText_; }
    GroupList* groups() { return &groups_; }
    SettingList* settings() { return &settings_; }
    ChangeList* pending() { return &pending_; }
    RevisionList* revisions() { return &revisions_; }
    ChangeList* effect() { return &effect_; }
    QString effectTitle() const;
    QString group() const { return group_; }
    void setGroup(const QString& group);
    QString groupTitle() const;
    QString groupHelp() const;
    QString groupStage() const;
    QString query() const { return query_; }
    void setQuery(const QString& query);
    int stagedCount() const;
    int problemCount() const { return static_cast<int>(problems_.size()); }
    bool isApplicable() const;
    QString whyNot() const;
    bool hasConflict() const { return !conflictText_.isEmpty(); }
    QString undoText() const;
    QString json() const;
    QString jsonProblem() const { return jsonProblem_; }
    void refresh() override;

    /// Asks the engine about what is staged; by itself when the typing pauses.
    void judge();

    Q_INVOKABLE void stage(const QString& path, const QString& text);
    Q_INVOKABLE void unstage(const QString& path);
    Q_INVOKABLE void resetToDefault(const QString& path);
    Q_INVOKABLE void discard();
    Q_INVOKABLE void apply(bool guarded);
    Q_INVOKABLE void undo();
    Q_INVOKABLE void rollBack(double revision);
    Q_INVOKABLE void chooseRevision(double revision);
    Q_INVOKABLE void stageJson(const QString& text);
    Q_INVOKABLE void addBackend();
    Q_INVOKABLE void reveal(const QString& path);  ///< opens the group it is in

    struct Named {
        QString path;
        QString title;
    };
    QList<Named> all() const;  ///< for the palette

Q_SIGNALS:
    void changed();
    void queryChanged();
    void jsonChanged();

private:
    struct Held;  // schema, configuration, revisions as the engine sent them

    void load();
    void takeConfig(const control::ConfigState& state);
    void takeRevisions(const control::Revisions& revisions);
    void judgeSoon();
    void takeVerdict(const control::ApplyConfigReply& reply);
    control::ApplyConfigRequest request(bool dryRun) const;
    void afterApply(const control::ApplyConfigReply& reply, quint64 before);
    void rebuild();
    void rebuildSettings();
    void keepStaged();
    void restoreStaged();
    QString inForce(const QString& path) const;

    std::unique_ptr<Held> held_;
    Phase phase_ = Loading;
    QString problem_;
    QString group_;
    QString query_;
    QMap<QString, QString> staged_;    // path -> text; empty text: back to the default
    QString wholeJson_;                // not empty: the whole configuration as JSON is staged
    QMap<QString, QString> problems_;  // path -> the engine's words
    bool judged_ = true;               // the verdict is of what is staged now
    QString conflictText_;             // somebody else applied something first; said until applied or discarded
    bool asking_ = false;
    bool loading_ = false;
    quint64 undoTo_ = 0;
    quint64 undoOf_ = 0;
    quint64 chosenRevision_ = 0;
    QString jsonProblem_;
    QTimer judgeTimer_;
    GroupList groups_;
    SettingList settings_;
    ChangeList pending_;
    ChangeList effect_;
    RevisionList revisions_;
};

}  // namespace millrace::desktop
