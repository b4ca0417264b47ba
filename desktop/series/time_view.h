// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "series/time_window.h"

#include <QtCore/QObject>
#include <QtCore/QStringList>
#include <QtQml/qqmlregistration.h>

namespace millrace::desktop {

/// The one time bar of all pages: what is shown (TimeWindow), where the shared crosshair is, and the two cursors.
///
/// Owner: Session.  Thread: GUI.  Times are the engine's Unix milliseconds, never this machine's own clock.
class TimeView : public QObject {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the session has one")
    Q_PROPERTY(qint64 windowMs READ windowMs NOTIFY rangeChanged FINAL)  ///< length of what is shown
    Q_PROPERTY(int windowIndex READ windowIndex WRITE setWindowIndex NOTIFY windowChanged FINAL)
    Q_PROPERTY(QString windowText READ windowText NOTIFY windowChanged FINAL)
    Q_PROPERTY(QStringList windowTexts READ windowTexts CONSTANT FINAL)
    Q_PROPERTY(bool custom READ isCustom NOTIFY windowChanged FINAL)  ///< zoomed to a span that is none of the windows
    Q_PROPERTY(qint64 endMs READ endMs NOTIFY rangeChanged FINAL)
    Q_PROPERTY(bool paused READ isPaused NOTIFY pausedChanged FINAL)
    Q_PROPERTY(bool past READ isPast NOTIFY pastChanged FINAL)  ///< what is not a series cannot follow, and shows now
    Q_PROPERTY(bool canGoBack READ canGoBack NOTIFY windowChanged FINAL)
    Q_PROPERTY(int missed READ missed NOTIFY missedChanged FINAL)               ///< samples that arrived while paused
    Q_PROPERTY(QString stateText READ stateText NOTIFY stateChanged FINAL)      ///< "until 02:12:44 · 2 min ago"
    Q_PROPERTY(QString cursorText READ cursorText NOTIFY cursorsChanged FINAL)  ///< times of A and B, and between them
    Q_PROPERTY(qint64 crosshairMs READ crosshairMs WRITE setCrosshairMs NOTIFY crosshairChanged FINAL)  ///< 0: none
    Q_PROPERTY(bool pinned READ isPinned NOTIFY cursorsChanged FINAL)        ///< cursor A is set
    Q_PROPERTY(qint64 cursorAMs READ cursorAMs NOTIFY cursorsChanged FINAL)  ///< 0: none
    Q_PROPERTY(qint64 cursorBMs READ cursorBMs NOTIFY cursorsChanged FINAL)
public:
    using QObject::QObject;

    const TimeWindow& window() const { return window_; }
    TimeSpan span() const { return window_.span(); }
    qint64 windowMs() const { return span().lengthMs(); }
    int windowIndex() const { return window_.windowIndex(); }
    void setWindowIndex(int index);
    QString windowText() const;
    QStringList windowTexts() const;
    bool isCustom() const { return window_.isCustom(); }
    qint64 endMs() const { return span().endMs; }
    qint64 beginMs() const { return span().beginMs; }
    bool isPaused() const { return window_.isFixed(); }
    bool isPast() const { return window_.isPast(); }
    bool canGoBack() const { return window_.canGoBack(); }
    int missed() const { return missed_; }
    QString stateText() const { return stateText_; }
    QString cursorText() const;
    qint64 crosshairMs() const { return crosshairMs_; }
    void setCrosshairMs(qint64 when);
    bool isPinned() const { return cursorAMs_ != 0; }
    qint64 cursorAMs() const { return cursorAMs_; }
    qint64 cursorBMs() const { return cursorBMs_; }
    void setCursors(qint64 a, qint64 b);

    void setNewestMs(qint64 when);  ///< a new sample
    void setOldestMs(qint64 when);  ///< first sample that is held here
    void setReachMs(qint64 when);   ///< first that the engine's history has

    Q_INVOKABLE void togglePause();
    Q_INVOKABLE void goLive();
    Q_INVOKABLE void pan(int steps);           ///< by quarters of the span; negative: back
    Q_INVOKABLE void showMoment(qint64 when);  ///< paused, with `when` in the middle and cursor A on it
    Q_INVOKABLE bool zoomBack();
    void zoomTo(const TimeSpan& span);
    void scale(qint64 at, int steps);  ///< the wheel
    /// A click: the first pins A, the second B, the third begins again.
    void pin(qint64 when);
    Q_INVOKABLE void clearCursors() { setCursors(0, 0); }

Q_SIGNALS:
    void rangeChanged();
    void windowChanged();
    void pausedChanged();
    void pastChanged();
    void missedChanged();
    void stateChanged();
    void crosshairChanged();
    void cursorsChanged();

private:
    template <class Change>
    void change(const Change& change);  // emits what came of it
    void updateState();

    TimeWindow window_;
    int missed_ = 0;
    QString stateText_;
    qint64 crosshairMs_ = 0;
    qint64 cursorAMs_ = 0;
    qint64 cursorBMs_ = 0;
};

}  // namespace millrace::desktop
