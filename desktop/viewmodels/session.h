// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/engine_client.h"
#include "lists/event_list.h"
#include "lists/request_list.h"
#include "series/history_loader.h"
#include "series/timeline.h"

#include <QtCore/QObject>
#include <QtQml/qqmlregistration.h>

#include <functional>
#include <memory>
#include <optional>

namespace millrace::desktop {

class Preferences;

/// The console's model of the engine: the newest frame with every section, the last hour of each series, events and
/// requests. Pages read it and never keep a copy.
///
///     connect(&session, &Session::ticked, this, [this] { showModels(session_.frame().models()); });
///     if (session.isWritable())
///         session.client().loadModel(name, this, [](const Outcome<control::ModelReply>& outcome) { … });
///
/// Owner:  App.   Thread: GUI.
/// Bound:  series, events, requests and annotations are bounded rings; the frame's lists by MergeLimits.
class Session : public millrace::desktop::Timeline {  // whole name: moc passes it on as written
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the application has one")
    Q_PROPERTY(bool hasData READ hasData NOTIFY ticked FINAL)
    Q_PROPERTY(bool stale READ isStale NOTIFY staleChanged FINAL)  ///< no frame arrives; the data is that of asOf
    Q_PROPERTY(bool writable READ isWritable NOTIFY staleChanged FINAL)
    Q_PROPERTY(QString asOf READ asOf NOTIFY staleChanged FINAL)
    Q_PROPERTY(QString whyReadOnly READ whyReadOnly NOTIFY staleChanged FINAL)
    Q_PROPERTY(bool demo READ isDemo CONSTANT FINAL)
public:
    explicit Session(std::unique_ptr<EngineClient> client, QObject* parent = nullptr);
    ~Session() override;

    EngineClient& client() const { return *client_; }
    const control::Frame& frame() const { return *frame_; }
    const control::Status& status() const { return *status_; }
    EventList& events() { return events_; }
    const EventList& events() const { return events_; }
    RequestList& requests() { return requests_; }

    // Of the shown span: the console's own seconds, or the engine's history.
    const SeriesStore& shownSeries() const override;
    const AnnotationLog& shownAnnotations() const override;
    bool isLoading() const override { return history_->isLoading(); }
    QString problem() const override { return history_->problem(); }

    Preferences* preferences() const { return preferences_; }  ///< null: nothing is remembered
    void setPreferences(Preferences* preferences) { preferences_ = preferences; }

    bool hasData() const { return hasData_; }
    bool isStale() const;
    bool isLive() const override { return !isStale(); }
    bool isWritable() const;
    QString asOf() const;
    QString whyReadOnly() const;
    bool isDemo() const { return client_->isDemo(); }
    qint64 nowMs() const;  ///< the engine's clock, as of the newest frame

Q_SIGNALS:
    void ticked();  ///< a frame has arrived; lists and series are already up to date
    void staleChanged();
    void eventTaken(const millrace::control::v1::Event& event);  ///< a new event; may be older than others
    void restarted();                                            ///< the frames come from another engine process
    /// A message to show to the user at once.
    void notice(const QString& text, bool bad);
    /// An action that can be undone by calling `undo`, which is valid as long as the view-model that emitted it.
    void undoable(const QString& text, const std::function<void()>& undo);

private:
    void onFrame(const control::Frame& frame);
    void takeEvent(const control::Event& event);

    std::unique_ptr<EngineClient> client_;
    std::unique_ptr<control::Frame> frame_;
    std::unique_ptr<control::Status> status_;
    EventList events_;
    RequestList requests_;
    std::unique_ptr<HistoryLoader> history_;
    bool hasData_ = false;
    Preferences* preferences_ = nullptr;
};

}  // namespace millrace::desktop
