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
            if (active_ && !session_.time()->isPaused()) refresh();
        });
        connect(session_.time(), &TimeView::pausedChanged, this, [this] {
            if (active_ && !session_.time()->isPaused()) refresh();
        });
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
    Session& session_;
    bool active_ = false;
};

}  // namespace millrace::desktop
