// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/problem_list.h"
#include "viewmodels/engine_view_model.h"
#include "viewmodels/health.h"

#include <QtCore/QObject>
#include <QtQml/qqmlregistration.h>

namespace millrace::desktop {

/// The health line: the worst of engine, backends, failures and goals as one pill, with what is wrong and what to do.
///
/// Owner: the shell.   Thread: GUI.
class HealthViewModel : public QObject {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the shell has one")
    Q_PROPERTY(Level level READ level NOTIFY changed FINAL)
    Q_PROPERTY(QString text READ text NOTIFY changed FINAL)  ///< of the pill: "Healthy", "50 % of requests fail"
    Q_PROPERTY(QString more READ more NOTIFY changed FINAL)  ///< "+2": how many more problems there are; empty: none
    Q_PROPERTY(QString description READ description NOTIFY changed FINAL)  ///< all of it, for those who listen
    Q_PROPERTY(bool any READ hasAny NOTIFY changed FINAL)                  ///< there is something in `problems`
    Q_PROPERTY(millrace::desktop::ProblemList* problems READ problems CONSTANT FINAL)
    // The banner: while no request can succeed.
    Q_PROPERTY(QString outage READ outage NOTIFY changed FINAL)  ///< empty: none
    Q_PROPERTY(Level outageLevel READ outageLevel NOTIFY changed FINAL)
    Q_PROPERTY(QString outageAction READ outageAction NOTIFY changed FINAL)
    Q_PROPERTY(QString outageOtherAction READ outageOtherAction NOTIFY changed FINAL)
public:
    enum Level { Good, Info, Busy, Warning, Critical };  // as HealthLevel
    Q_ENUM(Level)

    HealthViewModel(Session& session, EngineViewModel& engine, QObject* parent = nullptr);

    Level level() const { return static_cast<Level>(worstLevel(found_)); }
    QString text() const;
    QString more() const;
    QString description() const;
    bool hasAny() const { return !found_.isEmpty(); }
    ProblemList* problems() { return &problems_; }
    const QList<Problem>& found() const { return found_; }
    QString outage() const;
    Level outageLevel() const;
    QString outageAction() const;
    QString outageOtherAction() const;

    Q_INVOKABLE void fix(int row);  ///< what the button of that problem says
    Q_INVOKABLE void fixOutage();
    Q_INVOKABLE void fixOutageOtherwise();

Q_SIGNALS:
    void changed();
    void pageRequested(const QString& key);
    void requestsRequested(const QString& query);

private:
    void refresh();
    void carryOut(const Remedy& remedy);
    const Problem* outageProblem() const;

    Session& session_;
    EngineViewModel& engine_;
    FailureWindow window_;
    SilenceWatch silence_;
    Conditions conditions_;
    QList<Problem> found_;
    ProblemList problems_;
};

}  // namespace millrace::desktop
