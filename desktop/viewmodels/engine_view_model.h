// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "viewmodels/session.h"

#include <QtCore/QObject>
#include <QtQml/qqmlregistration.h>

namespace millrace::desktop {

/// The engine in words: the pill of the top bar, the status bar, and what to say and do while it is away.
class EngineViewModel : public QObject {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the shell has one")
    Q_PROPERTY(Mood mood READ mood NOTIFY changed FINAL)
    Q_PROPERTY(QString phaseText READ phaseText NOTIFY changed FINAL)  ///< "Connected", "No engine"
    Q_PROPERTY(QString headline READ headline NOTIFY changed FINAL)    ///< "local engine · up 3 h 12 m · rev 41"
    Q_PROPERTY(QString problem READ problem NOTIFY changed FINAL)      ///< empty while connected
    Q_PROPERTY(QString advice READ advice NOTIFY changed FINAL)        ///< what to do about it
    Q_PROPERTY(QString action READ action NOTIFY changed FINAL)        ///< verb of the button; empty: none
    Q_PROPERTY(bool connected READ isConnected NOTIFY changed FINAL)
    Q_PROPERTY(QString requestsText READ requestsText NOTIFY changed FINAL)
    Q_PROPERTY(QString latencyText READ latencyText NOTIFY changed FINAL)
    Q_PROPERTY(QString loadText READ loadText NOTIFY changed FINAL)  ///< "engine 212 MB · 1.4 cores"
    Q_PROPERTY(QString revisionText READ revisionText NOTIFY changed FINAL)
    Q_PROPERTY(QString endpoint READ endpoint NOTIFY changed FINAL)  ///< "127.0.0.1:11500"; empty: unknown
    Q_PROPERTY(QString grpcEndpoint READ grpcEndpoint NOTIFY changed FINAL)
    Q_PROPERTY(QString curl READ curl NOTIFY changed FINAL)  ///< a ready call of a model that exists
    Q_PROPERTY(QString python READ python NOTIFY changed FINAL)
    Q_PROPERTY(QString stopQuestion READ stopQuestion NOTIFY changed FINAL)
public:
    enum Mood { Good, Busy, Warning, Bad };
    Q_ENUM(Mood)

    EngineViewModel(Session& session, bool mayStart, QObject* parent = nullptr);

    Mood mood() const;
    QString phaseText() const;
    QString headline() const;
    QString problem() const;
    QString advice() const;
    QString action() const;
    bool isConnected() const;
    QString requestsText() const;
    QString latencyText() const;
    QString loadText() const;
    QString revisionText() const;
    QString endpoint() const;
    QString grpcEndpoint() const;
    QString curl() const;
    QString python() const;
    QString stopQuestion() const;

    Q_INVOKABLE void act();   ///< what `action` says
    Q_INVOKABLE void stop();  ///< asks the engine to drain and end

Q_SIGNALS:
    void changed();

private:
    QString model() const;

    Session& session_;
    bool mayStart_;
};

}  // namespace millrace::desktop
