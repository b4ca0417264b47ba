// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QObject>
#include <QtCore/QStringList>
#include <QtQml/qqmlregistration.h>

namespace millrace::desktop {

/// The one time bar of all pages: how much is shown, up to when, and where the shared crosshair stands.
///
/// Owner: Session.  Thread: GUI.  Times are the engine's Unix milliseconds, never this machine's own clock.
class TimeView : public QObject {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the session has one")
    Q_PROPERTY(qint64 windowMs READ windowMs NOTIFY rangeChanged FINAL)
    Q_PROPERTY(int windowIndex READ windowIndex WRITE setWindowIndex NOTIFY rangeChanged FINAL)
    Q_PROPERTY(QString windowText READ windowText NOTIFY rangeChanged FINAL)
    Q_PROPERTY(QStringList windowTexts READ windowTexts CONSTANT FINAL)
    Q_PROPERTY(qint64 endMs READ endMs NOTIFY rangeChanged FINAL)
    Q_PROPERTY(bool paused READ isPaused NOTIFY pausedChanged FINAL)
    Q_PROPERTY(bool past READ isPast NOTIFY rangeChanged FINAL)
    Q_PROPERTY(int missed READ missed NOTIFY missedChanged FINAL)  ///< samples that arrived while paused
    Q_PROPERTY(QString stateText READ stateText NOTIFY rangeChanged FINAL)
    Q_PROPERTY(qint64 crosshairMs READ crosshairMs WRITE setCrosshairMs NOTIFY crosshairChanged FINAL)  ///< 0: none
public:
    using QObject::QObject;

    qint64 windowMs() const;
    int windowIndex() const { return windowIndex_; }
    void setWindowIndex(int index);
    QString windowText() const;
    QStringList windowTexts() const;
    qint64 endMs() const { return paused_ ? frozenMs_ : newestMs_; }
    qint64 beginMs() const { return endMs() - windowMs(); }
    bool isPaused() const { return paused_; }
    bool isPast() const { return paused_ && frozenMs_ < newestMs_ - windowMs() / 4; }
    int missed() const { return missed_; }
    QString stateText() const;
    qint64 crosshairMs() const { return crosshairMs_; }
    void setCrosshairMs(qint64 when);

    void setNewestMs(qint64 when);  ///< a new sample
    void setOldestMs(qint64 when) { oldestMs_ = when; }

    Q_INVOKABLE void togglePause();
    Q_INVOKABLE void goLive();
    Q_INVOKABLE void pan(int steps);           ///< by quarters of the window; negative: back
    Q_INVOKABLE void showMoment(qint64 when);  ///< paused, with `when` in the middle and the crosshair on it

Q_SIGNALS:
    void rangeChanged();
    void pausedChanged();
    void missedChanged();
    void crosshairChanged();

private:
    void pauseAt(qint64 endMs);

    int windowIndex_ = 2;
    bool paused_ = false;
    int missed_ = 0;
    qint64 newestMs_ = 0;
    qint64 oldestMs_ = 0;
    qint64 frozenMs_ = 0;
    qint64 crosshairMs_ = 0;
};

}  // namespace millrace::desktop
