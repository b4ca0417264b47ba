// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/revision_list.h"
#include "viewmodels/session.h"

#include <QtCore/QObject>
#include <QtQml/qqmlregistration.h>

namespace millrace::desktop {

class ServerState;

/// Applied configurations: which there were, what each one did to the figures, and how a guarded one is getting on.
///
/// The engine evaluates a guarded revision after 30 s and has the figures of a minute after 60 s; this polls when that
/// is due and notifies the user (Session::notice) what came of it.
class RevisionsViewModel : public QObject {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the settings page has one")
    Q_PROPERTY(millrace::desktop::RevisionList* revisions READ revisions CONSTANT FINAL)
    Q_PROPERTY(millrace::desktop::ChangeList* effect READ effect CONSTANT FINAL)
    Q_PROPERTY(QString effectTitle READ effectTitle NOTIFY changed FINAL)
    Q_PROPERTY(
        QString effectNote READ effectNote NOTIFY changed FINAL)  ///< "measuring, 24 s left"; empty: all is there
    Q_PROPERTY(QString plotTitle READ plotTitle NOTIFY plotChanged FINAL)  ///< of the figure in the plot; empty: none
    Q_PROPERTY(QString plotSummary READ plotSummary NOTIFY plotChanged FINAL)      ///< its means, in words
    Q_PROPERTY(QList<double> plotBefore READ plotBefore NOTIFY plotChanged FINAL)  ///< each second of kMeasureMs
    Q_PROPERTY(QList<double> plotAfter READ plotAfter NOTIFY plotChanged FINAL)
    Q_PROPERTY(double plotBeforeMean READ plotBeforeMean NOTIFY plotChanged FINAL)  ///< as in the table; NaN: none
    Q_PROPERTY(double plotAfterMean READ plotAfterMean NOTIFY plotChanged FINAL)
    Q_PROPERTY(QStringList plotHints READ plotHints NOTIFY plotChanged FINAL)
    Q_PROPERTY(bool measuring READ isMeasuring NOTIFY changed FINAL)  ///< a guarded revision waits for its evaluation
    Q_PROPERTY(int secondsLeft READ secondsLeft NOTIFY changed FINAL)
    Q_PROPERTY(double progress READ progress NOTIFY changed FINAL)  ///< 0 … 1 of the 30 s
    Q_PROPERTY(QString guardText READ guardText NOTIFY changed FINAL)
    Q_PROPERTY(QString outcome READ outcome NOTIFY changed FINAL)  ///< of the newest guarded one, while it is news
    Q_PROPERTY(bool outcomeBad READ isOutcomeBad NOTIFY changed FINAL)
public:
    static constexpr qint64 kGuardMs = 30'000;  ///< as the engine's RevisionImpact
    static constexpr qint64 kMeasureMs = 60'000;
    static constexpr qint64 kLateMs = 15'000;  ///< how long after that polling continues
    static constexpr qint64 kAskEveryMs = 1'000;
    static constexpr qint64 kNewsMs = 60'000;

    RevisionsViewModel(Session& session, const ServerState& server, QObject* parent = nullptr);
    ~RevisionsViewModel() override;

    RevisionList* revisions() { return &revisions_; }
    ChangeList* effect() { return &effect_; }
    QString effectTitle() const;
    QString effectNote() const;
    QString plotTitle() const { return plotTitle_; }
    QString plotSummary() const { return plotSummary_; }
    QList<double> plotBefore() const { return plotBefore_; }
    QList<double> plotAfter() const { return plotAfter_; }
    double plotBeforeMean() const { return plotBeforeMean_; }
    double plotAfterMean() const { return plotAfterMean_; }
    QStringList plotHints() const { return plotHints_; }
    bool isMeasuring() const { return measured_ != 0; }
    int secondsLeft() const;
    double progress() const;
    QString guardText() const;
    QString outcome() const { return outcome_; }
    bool isOutcomeBad() const { return outcomeBad_; }

    void load();    ///< requests the list from the engine
    void show();    ///< anew: another revision may be active
    void forget();  ///< another engine: nothing that was seen before counts
    Q_INVOKABLE void choose(double revision);
    QString setBy(const QString& path) const;  ///< the newest revision that set it, as text; empty: none that is kept

Q_SIGNALS:
    void changed();
    void plotChanged();
    void listChanged();

private:
    void tick();
    void take(const control::Revisions& revisions);
    void notifyOutcome(const control::Revision& revision);
    void showEffect(const control::Revision& revision);
    void showPlot();
    const control::Revision* shown() const;
    QString changeText(const control::Revision& revision) const;
    QString revertText(const control::Revision& revision) const;
    const control::Revision* newest() const;
    const control::Revision* find(quint64 revision) const;
    qint64 msLeft(qint64 span) const;
    const control::GuardedApply* guard() const;
    qint64 guardLeftMs() const;
    bool isSettled() const;

    Session& session_;
    const ServerState& server_;
    std::unique_ptr<control::Revisions> all_;
    RevisionList revisions_;
    ChangeList effect_;
    QString plotTitle_;
    QString plotSummary_;
    QList<double> plotBefore_;
    QList<double> plotAfter_;
    double plotBeforeMean_ = 0;
    double plotAfterMean_ = 0;
    QStringList plotHints_;
    quint64 chosen_ = 0;      // 0: the newest
    quint64 measured_ = 0;    // the guarded revision that is being measured; 0: none
    qint64 requestedMs_ = 0;  // the engine's clock
    qint64 shownMs_ = 0;      // when the list was made
    int secondsShown_ = -1;
    bool loading_ = false;
    QString outcome_;
    bool outcomeBad_ = false;
    qint64 outcomeMs_ = 0;
};

}  // namespace millrace::desktop
