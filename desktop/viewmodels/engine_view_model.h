// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "viewmodels/sample_call.h"
#include "viewmodels/session.h"

#include <QtCore/QObject>
#include <QtQml/qqmlregistration.h>

namespace millrace::desktop {

/// The engine in words: the status bar, what to say and do while it is away, and a first call to copy.
class EngineViewModel : public QObject {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the shell has one")
    Q_PROPERTY(QString phaseText READ phaseText NOTIFY changed FINAL)  ///< "Connected", "No engine"
    Q_PROPERTY(QString headline READ headline NOTIFY changed FINAL)    ///< "local engine · up 3 h 12 m · rev 41"
    Q_PROPERTY(QString upText READ upText NOTIFY changed FINAL)    ///< "up 3 h 12 m · rev 41"; empty: not connected
    Q_PROPERTY(QString problem READ problem NOTIFY changed FINAL)  ///< empty while connected
    Q_PROPERTY(QString advice READ advice NOTIFY changed FINAL)    ///< what to do about it
    Q_PROPERTY(QString action READ action NOTIFY changed FINAL)    ///< verb of the button; empty: none
    Q_PROPERTY(QString otherAction READ otherAction NOTIFY changed FINAL)  ///< a second way out; empty: none
    Q_PROPERTY(bool startable READ isStartable NOTIFY changed FINAL)       ///< none runs, and one can be started
    Q_PROPERTY(bool restartable READ isRestartable NOTIFY changed FINAL)
    Q_PROPERTY(bool connected READ isConnected NOTIFY changed FINAL)
    Q_PROPERTY(QString requestsText READ requestsText NOTIFY changed FINAL)
    Q_PROPERTY(QString latencyText READ latencyText NOTIFY changed FINAL)
    Q_PROPERTY(QString loadText READ loadText NOTIFY changed FINAL)  ///< "engine 212 MB · 1.4 cores"
    Q_PROPERTY(QString revisionText READ revisionText NOTIFY changed FINAL)
    Q_PROPERTY(QString endpoint READ endpoint NOTIFY changed FINAL)  ///< "127.0.0.1:11500"; empty: unknown
    Q_PROPERTY(QString curl READ curl NOTIFY changed FINAL)          ///< a ready call of a model that exists
    Q_PROPERTY(QString python READ python NOTIFY changed FINAL)
    Q_PROPERTY(
        QString runningText READ runningText NOTIFY changed FINAL)  ///< "3 requests in flight, 1 of them streaming."
    Q_PROPERTY(QString stopQuestion READ stopQuestion NOTIFY changed FINAL)
    Q_PROPERTY(QString restartQuestion READ restartQuestion NOTIFY changed FINAL)
public:
    explicit EngineViewModel(Session& session, QObject* parent = nullptr);

    QString phaseText() const;
    QString headline() const;
    QString upText() const;
    QString problem() const;
    QString advice() const;
    QString action() const;
    QString otherAction() const;
    bool isStartable() const;
    bool isRestartable() const;
    bool isStartedHere() const;  ///< by this console
    bool isConnected() const;
    QString requestsText() const;
    QString latencyText() const;
    QString loadText() const;
    QString revisionText() const;
    QString endpoint() const;
    QString curl() const;
    QString python() const;
    QString runningText() const;
    QString stopQuestion() const;
    QString restartQuestion() const;

    Q_INVOKABLE void act();       ///< what `action` says
    Q_INVOKABLE void actOther();  ///< what `otherAction` says
    Q_INVOKABLE void start();
    Q_INVOKABLE void stop();  ///< requests that the engine drains and exits
    Q_INVOKABLE void restart();

Q_SIGNALS:
    void changed();

private:
    void shutdown(bool again);
    void askMetadata();

    Session& session_;
    ModelMetadata metadata_;
    SampleCall call_;
};

}  // namespace millrace::desktop
