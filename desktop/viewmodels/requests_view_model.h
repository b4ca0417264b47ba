// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/model_metadata.h"
#include "format/event_words.h"
#include "lists/phase_list.h"
#include "lists/request_view.h"
#include "viewmodels/page_view_model.h"

namespace millrace::desktop {

/// The live table of requests and, for the chosen one, why it took as long as it did.
class RequestsViewModel : public millrace::desktop::PageViewModel {  // whole name: moc passes it on as written
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the shell has one")
    Q_PROPERTY(millrace::desktop::RequestView* requests READ requests CONSTANT FINAL)
    Q_PROPERTY(millrace::desktop::PhaseList* phases READ phases CONSTANT FINAL)
    Q_PROPERTY(bool follow READ isFollowing WRITE setFollowing NOTIFY followChanged FINAL)
    Q_PROPERTY(bool any READ hasAny NOTIFY changed FINAL)  ///< any request at all, whatever the query
    // Why none is shown: a query that none matches; else, where there are some, what is said of them.
    Q_PROPERTY(bool filtered READ isFiltered NOTIFY changed FINAL)
    Q_PROPERTY(QString emptyTitle READ emptyTitle NOTIFY changed FINAL)
    Q_PROPERTY(QString emptyText READ emptyText NOTIFY changed FINAL)
    Q_PROPERTY(QString countText READ countText NOTIFY changed FINAL)
    Q_PROPERTY(double chosenId READ chosenId NOTIFY chosenChanged FINAL)  ///< 0: none (ids fit a double's 53 bits)
    Q_PROPERTY(QString chosenModel READ chosenModel NOTIFY chosenChanged FINAL)
    Q_PROPERTY(QString chosenText READ chosenText NOTIFY chosenChanged FINAL)
    Q_PROPERTY(QString chosenReason READ chosenReason NOTIFY chosenChanged FINAL)
    Q_PROPERTY(QStringList chosenDecisions READ chosenDecisions NOTIFY chosenChanged FINAL)
    Q_PROPERTY(QList<double> tickPlaces READ tickPlaces NOTIFY chosenChanged FINAL)  ///< of the waterfall's ruler, 0..1
    // What Millrace added, within the waterfall: pieces of 0..1, and how long together.
    Q_PROPERTY(QList<double> addedBegins READ addedBegins NOTIFY chosenChanged FINAL)
    Q_PROPERTY(QList<double> addedEnds READ addedEnds NOTIFY chosenChanged FINAL)
    Q_PROPERTY(QString addedText READ addedText NOTIFY chosenChanged FINAL)
    // What bounds that where its time went; what would help the next one.
    Q_PROPERTY(
        bool pinOffered READ isPinOffered NOTIFY causesChanged FINAL)  ///< it waited for a model that may be pinned
    Q_PROPERTY(QStringList causeTexts READ causeTexts NOTIFY causesChanged FINAL)  ///< verbs
    Q_PROPERTY(QStringList causePages READ causePages NOTIFY causesChanged FINAL)  ///< as ShellViewModel::openPage
    Q_PROPERTY(QStringList tickTexts READ tickTexts NOTIFY chosenChanged FINAL)
    Q_PROPERTY(QString chosenCurl READ chosenCurl NOTIFY chosenChanged FINAL)   ///< empty: none can be made
    Q_PROPERTY(double chosenBatch READ chosenBatch NOTIFY chosenChanged FINAL)  ///< 0: not batched
    Q_PROPERTY(QString limitText READ limitText NOTIFY changed FINAL)  ///< how far back the table reaches; what is held
    Q_PROPERTY(bool cancellable READ isCancellable NOTIFY chosenChanged FINAL)
public:
    explicit RequestsViewModel(Session& session, QObject* parent = nullptr);

    RequestView* requests() { return &requests_; }
    ModelMetadata& metadata() { return metadata_; }
    PhaseList* phases() { return &phases_; }
    bool isFollowing() const { return follow_; }
    void setFollowing(bool follow);
    bool hasAny() const;
    bool isFiltered() const { return !requests_.query().trimmed().isEmpty(); }
    QString emptyTitle() const;
    QString emptyText() const;
    QString countText() const;
    double chosenId() const { return static_cast<double>(chosen_.id); }
    QString chosenModel() const { return chosen_.model; }
    QString chosenText() const;
    QString chosenReason() const { return format::quoted(chosen_.reason); }
    QStringList chosenDecisions() const { return chosen_.decisions; }
    QList<double> tickPlaces() const { return tickPlaces_; }
    QStringList tickTexts() const { return tickTexts_; }
    QList<double> addedBegins() const { return addedBegins_; }
    QList<double> addedEnds() const { return addedEnds_; }
    QString addedText() const { return addedText_; }
    bool isPinOffered() const { return causes_.pin; }
    QStringList causeTexts() const { return causes_.texts; }
    QStringList causePages() const { return causes_.pages; }
    static constexpr double kCauseShare = 0.25;  ///< of its time, from which on a wait is a cause
    static constexpr double kCauseMs = 5;
    QString chosenCurl() const;
    double chosenBatch() const { return static_cast<double>(RequestList::engineId(chosen_.batchId)); }
    QString limitText() const;
    bool isCancellable() const;
    void refresh() override;

    Q_INVOKABLE void choose(double id);
    Q_INVOKABLE void cancel();
    Q_INVOKABLE void pinChosen();  ///< the model of the chosen one
    Q_INVOKABLE QString csv() const { return requests_.csv(); }

    static QString openCount(const Session& session);  ///< for the rail
    static QString openTip(const Session& session);

Q_SIGNALS:
    void followChanged();
    void changed();
    void chosenChanged();
    void causesChanged();
    void pinRequested(const QString& model);

private:
    struct Causes {
        bool pin = false;
        QStringList texts;
        QStringList pages;
        bool operator==(const Causes&) const = default;
    };
    bool reachesBack() const;  ///< the list, to the moment that the time bar shows
    void refreshChosen();
    void placeAdded();
    Causes causesOf(const RequestList::Row& row) const;

    RequestView requests_;
    PhaseList phases_;
    RequestList::Row chosen_;
    ModelMetadata metadata_;
    QList<double> tickPlaces_;
    QStringList tickTexts_;
    QList<double> addedBegins_;
    QList<double> addedEnds_;
    QString addedText_;
    Causes causes_;
    bool follow_ = true;
    bool asked_ = false;
};

}  // namespace millrace::desktop
