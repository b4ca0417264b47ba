// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "viewmodels/session.h"

#include <QtCore/QObject>
#include <QtCore/QProcess>
#include <QtQml/qqmlregistration.h>

#include <memory>

namespace millrace::desktop {

/// Made-up programs that send requests to the engine, so that there is something to see: `millrace-bench sample` as a
/// child of the console.
///
/// Owner: the shell.   Thread: GUI.   Bound: one child.
/// Stop:  stop(), and with the console, however that ends.
class SampleLoad : public QObject {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the shell has one")
    Q_PROPERTY(State state READ state NOTIFY changed FINAL)
    Q_PROPERTY(bool running READ isRunning NOTIFY changed FINAL)
    Q_PROPERTY(bool startable READ isStartable NOTIFY changed FINAL)
    Q_PROPERTY(bool wanted READ isWanted NOTIFY changed FINAL)  ///< nothing was served yet: the offer to start it
    Q_PROPERTY(QString text READ text NOTIFY changed FINAL)
public:
    enum State { Unavailable, Stopped, Running, Failed };
    Q_ENUM(State)

    /// `program` empty: there is none. `arguments` come before the address.
    SampleLoad(Session& session, QString program, QStringList arguments = {QStringLiteral("sample")},
               QObject* parent = nullptr);
    ~SampleLoad() override;

    State state() const { return state_; }
    bool isRunning() const { return state_ == Running; }
    bool isStartable() const;
    bool isWanted() const { return wanted_; }
    QString text() const;

    Q_INVOKABLE void start();
    void startWhenReady() { again_ = true; }  ///< as soon as an engine is connected
    Q_INVOKABLE void stop();
    Q_INVOKABLE void restart();

Q_SIGNALS:
    void changed();

private:
    void setState(State state);
    void onFinished();
    void refresh();
    void end();

    Session& session_;
    const QString program_;
    const QStringList arguments_;
    std::unique_ptr<QProcess> process_;
    State state_;
    QString address_;  // what the child sends to
    QString problem_;
    bool wanted_ = false;
    bool anyModel_ = true;  // a model that could answer
    bool again_ = false;    // as soon as the engine is connected
};

}  // namespace millrace::desktop
