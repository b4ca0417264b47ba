// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "viewmodels/session.h"

#include <QtCore/QObject>
#include <QtQml/qqmlregistration.h>

namespace millrace::desktop {

/// Base of the pages' view-models: the session, whether the page is visible, and refresh().
///
///     void LanesViewModel::refresh()
///     {
///         lanes_.sync(rowsOf(session().frame().batches()));
///         Q_EMIT changed();
///     }
///
/// refresh() is called once per tick while the page is visible and the view is not paused, and when the page is opened.
/// A paused view shows one moment. In the past (TimeView::isPast) only series can be shown; what comes from the frame
/// shows the present, is refreshed, and labelled so.
///
/// Owner: the shell.   Thread: GUI.
class PageViewModel : public QObject {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the shell has one for each page")
    Q_PROPERTY(millrace::desktop::Session* session READ sessionPointer CONSTANT FINAL)
    Q_PROPERTY(bool active READ isActive WRITE setActive NOTIFY activeChanged FINAL)
public:
    explicit PageViewModel(Session& session, QObject* parent = nullptr) : QObject(parent), session_(session)
    {
        connect(&session_, &Session::ticked, this, [this] {
            if (active_ && isMoving()) refresh();
        });
        for (const auto signal : {&TimeView::pausedChanged, &TimeView::pastChanged}) {
            connect(session_.time(), signal, this, [this] {
                if (active_ && isMoving()) refresh();
            });
        }
    }

    Session* sessionPointer() const { return &session_; }
    bool isActive() const { return active_; }
    void setActive(bool active)
    {
        if (active == active_) return;
        active_ = active;
        if (active_) refresh();
        Q_EMIT activeChanged();
    }

    virtual void refresh() {}

Q_SIGNALS:
    void activeChanged();

protected:
    Session& session() const { return session_; }

private:
    bool isMoving() const { return !session_.time()->isPaused() || session_.time()->isPast(); }

    Session& session_;
    bool active_ = false;
};

}  // namespace millrace::desktop
