// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/stage_list.h"
#include "lists/stream_list.h"
#include "series/row_trends.h"
#include "viewmodels/page_view_model.h"

namespace millrace::desktop {

/// Answers on their way, and who holds them up.
class StreamsViewModel : public millrace::desktop::PageViewModel {  // whole name: moc passes it on as written
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the shell has one")
    Q_PROPERTY(millrace::desktop::StreamList* streams READ streams CONSTANT FINAL)
    Q_PROPERTY(millrace::desktop::KpiList* kpis READ kpis CONSTANT FINAL)
    Q_PROPERTY(bool any READ hasAny NOTIFY changed FINAL)                 ///< a stream is open
    Q_PROPERTY(double bufferPause READ bufferPause NOTIFY changed FINAL)  ///< bytes; 0: unknown
    Q_PROPERTY(QStringList slowClients READ slowClients NOTIFY changed FINAL)
    Q_PROPERTY(QList<double> slowSeconds READ slowSeconds NOTIFY changed FINAL)
    Q_PROPERTY(QStringList slowTexts READ slowTexts NOTIFY changed FINAL)
    Q_PROPERTY(QStringList slowHints READ slowHints NOTIFY changed FINAL)
public:
    static constexpr int kSlowMax = 8;

    explicit StreamsViewModel(Session& session, QObject* parent = nullptr);

    StreamList* streams() { return &streams_; }
    KpiList* kpis() { return &kpis_; }
    bool hasAny() const { return streams_.rowCount() > 0; }
    double bufferPause() const { return bufferPause_; }
    QStringList slowClients() const { return slowClients_; }
    QList<double> slowSeconds() const { return slowSeconds_; }
    QStringList slowTexts() const { return slowTexts_; }
    QStringList slowHints() const { return slowHints_; }
    void refresh() override;

    Q_INVOKABLE void cancel(double requestId);  ///< of a StreamRow

    static QString openCount(const Session& session);  ///< for the rail
    static QString openTip(const Session& session);

Q_SIGNALS:
    void changed();

private:
    void gatherTrends();
    void refreshKpis();
    void refreshStreams();
    void refreshSlow();

    StreamList streams_;
    RowTrends trends_;
    KpiList kpis_;
    double bufferPause_ = 0;
    QStringList slowClients_;
    QList<double> slowSeconds_;
    QStringList slowTexts_;
    QStringList slowHints_;
};

}  // namespace millrace::desktop
