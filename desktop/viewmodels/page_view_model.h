// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "viewmodels/session.h"

#include <QtCore/QObject>
#include <QtQml/qqmlregistration.h>

namespace millrace::desktop {

/// What every page's view-model has: the session, whether its page is seen, and refresh() when there is news to show.
///
/// refresh() runs once a tick while the page is seen and the view is not paused, and once when the page is opened. It
/// reads session().frame() and updates properties (compare before you emit) and lists (SyncedList::sync).
/// A paused view is of one moment. In the past (TimeView::isPast) series go back and what the frame has cannot: it
/// shows now, continues to be refreshed, and its panel says so.
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
