// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/event_view.h"
#include "viewmodels/page_view_model.h"

namespace millrace::desktop {

/// What happened, newest first; a row leads the charts to its moment.
class EventsViewModel : public millrace::desktop::PageViewModel {  // whole name: moc passes it on as written
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the shell has one")
    Q_PROPERTY(millrace::desktop::EventView* events READ events CONSTANT FINAL)
    Q_PROPERTY(bool follow READ isFollowing WRITE setFollowing NOTIFY followChanged FINAL)
    Q_PROPERTY(bool any READ hasAny NOTIFY changed FINAL)
    Q_PROPERTY(QString limitText READ limitText NOTIFY changed FINAL)  ///< what is held
    Q_PROPERTY(QString countText READ countText NOTIFY changed FINAL)
public:
    explicit EventsViewModel(Session& session, QObject* parent = nullptr);

    EventView* events() { return &events_; }
    bool isFollowing() const { return follow_; }
    void setFollowing(bool follow);
    bool hasAny() const;
    QString countText() const;
    QString limitText() const;
    void refresh() override;

    Q_INVOKABLE void showMoment(double timeMs);  ///< pauses all charts around it
    Q_INVOKABLE QString csv() const { return events_.csv(); }

    static QString warningCount(const Session& session);  ///< for the rail: what was not seen
    static QString warningTip(const Session& session);

Q_SIGNALS:
    void followChanged();
    void changed();

private:
    EventView events_;
    bool follow_ = true;
};

}  // namespace millrace::desktop
