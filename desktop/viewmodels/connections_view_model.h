// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/connection_list.h"
#include "lists/pool_list.h"
#include "lists/stage_list.h"
#include "series/row_trends.h"
#include "viewmodels/page_figures.h"
#include "viewmodels/page_view_model.h"

namespace millrace::desktop {

/// What is open to each backend, what is reused, and why it closes.
class ConnectionsViewModel : public millrace::desktop::PageViewModel {  // whole name: moc passes it on as written
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the shell has one")
    Q_PROPERTY(millrace::desktop::PoolList* pools READ pools CONSTANT FINAL)
    Q_PROPERTY(millrace::desktop::ConnectionList* connections READ connections CONSTANT FINAL)  ///< while `listing`
    Q_PROPERTY(bool listing READ isListing WRITE setListing NOTIFY listingChanged FINAL)        ///< they are shown
    Q_PROPERTY(millrace::desktop::KpiList* kpis READ kpis CONSTANT FINAL)
    Q_PROPERTY(double reuseGoal READ reuseGoal CONSTANT FINAL)
    Q_PROPERTY(bool any READ hasAny NOTIFY changed FINAL)                    ///< an upstream is known
    Q_PROPERTY(bool anyOpen READ hasAnyOpen NOTIFY changed FINAL)            ///< a connection is open
    Q_PROPERTY(QString noneOpenText READ noneOpenText NOTIFY changed FINAL)  ///< while none is
    Q_PROPERTY(QStringList closeReasons READ closeReasons NOTIFY changed FINAL)
    Q_PROPERTY(QList<double> closeCounts READ closeCounts NOTIFY changed FINAL)
    Q_PROPERTY(QStringList closeHints READ closeHints NOTIFY changed FINAL)
public:
    explicit ConnectionsViewModel(Session& session, QObject* parent = nullptr);

    PoolList* pools() { return &pools_; }
    ConnectionList* connections() { return &connections_; }
    bool isListing() const { return listing_; }
    void setListing(bool listing);
    KpiList* kpis() { return &kpis_; }
    double reuseGoal() const;
    bool hasAny() const { return pools_.rowCount() > 0; }
    bool hasAnyOpen() const { return anyOpen_; }
    QString noneOpenText() const;
    QStringList closeReasons() const { return closeReasons_; }
    QList<double> closeCounts() const { return closeCounts_; }
    QStringList closeHints() const { return closeHints_; }
    void refresh() override;

    Q_INVOKABLE void probe(const QString& backend);
    Q_INVOKABLE void evictIdle(const QString& backend, const QString& protocol);
    Q_INVOKABLE void drain(const QString& backend, bool draining);

    /// Where the limit of a pool is set, as ShellViewModel::openPage takes it.
    Q_INVOKABLE static QString limitPage(const QString& protocol);

    static QString healthWord(control::BackendHealth health);
    static QString openCount(const Session& session);  ///< for the rail
    static QString openTip(const Session& session);

Q_SIGNALS:
    void changed();
    void listingChanged();

private:
    void gatherTrends();
    void refreshKpis();
    void refreshPools();
    void refreshConnections();
    void refreshCloses();
    void note(const QString& subject, const QString& text, bool bad);
    void askToDrain(const QString& backend, bool draining, bool undoable);

    PoolList pools_;
    ConnectionList connections_;
    bool listing_ = false;
    RowTrends trends_;
    KpiList kpis_;
    ActionNotes notes_;
    bool anyOpen_ = false;
    QStringList closeReasons_;
    QList<double> closeCounts_;
    QStringList closeHints_;
};

}  // namespace millrace::desktop
