// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"

#include <QtCore/QAbstractListModel>
#include <QtCore/QHash>
#include <QtCore/QSet>
#include <QtQml/qqmlregistration.h>

#include <array>
#include <deque>

namespace millrace::desktop {

/// Requests, oldest first: finished ones as frames bring them, and open ones as the page polls them.
/// Bound: kMost rows (kMostFrozen while held); the oldest leave.   Thread: GUI.
class RequestList : public QAbstractListModel {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the session has one")
public:
    static constexpr int kMost = 5'000;
    static constexpr int kMostFrozen = 20'000;  ///< while rows are shown that would be dropped
    /// Where the time of a request goes, in the order of its way; together they are its whole time.
    enum Phase {
        Receiving,
        Processing,
        Queued,
        WaitingForModel,
        Batching,
        Connecting,
        Running,
        Streaming,
        ClientReads  ///< nothing comes from the backend while its client takes the answer
    };
    static constexpr int kPhases = 9;
    enum Role {
        IdRole = Qt::UserRole + 1,
        TimeTextRole,
        ClientRole,
        ModelRole,
        RouteRole,
        PhaseRole,
        OutcomeRole,
        TotalTextRole,
        SharesRole,
        OutTextRole,
        BatchTextRole,
        ConnectionTextRole,
        OpenRole,
        OwnRole,
        ReasonRole,
        TimeMsRole,  ///< when it began
        TotalMsRole,
        OutValueRole,    ///< events, or bytes
        BatchIdRole,     ///< 0: not batched
        BatchCountRole,  ///< of the first request of a batch: how many of the list were in it; else 0
        BatchNameRole,   ///< the engine's number of the batch
        BatchRowsRole,
        WaitsForModelRole
    };
    enum class Outcome { Open, Done, Failed, Cancelled, Refused, Rejected };  ///< as the engine's
    Q_ENUM(Outcome)
    struct Row {
        quint64 id = 0;  ///< unique in the list; the engine's own number is engineId(id)
        qint64 timeMs = 0;
        QString client;
        QString model;
        QString route;
        Phase phase = Receiving;  ///< the one in progress, or the last one
        Outcome outcome = Outcome::Done;
        double totalMs = 0;
        std::array<double, kPhases> phasesMs{};
        double addedMs = 0;  ///< by Millrace, up to the first byte
        double loadMs = 0;   ///< of the wait for its model: while the backend was loading
        quint64 bytesOut = 0;
        quint64 eventsOut = 0;
        quint32 batchRows = 0;
        quint64 batchId = 0;
        bool reused = false;
        bool own = false;
        int status = 0;
        QString reason;
        QStringList decisions;
        bool operator==(const Row&) const = default;
    };

    using QAbstractListModel::QAbstractListModel;

    /// Another engine process: its numbers begin anew. What was open ended with the one before.
    void beginBoot();
    static constexpr quint64 engineId(quint64 id) { return id & kIdMask; }
    void take(const google::protobuf::RepeatedPtrField<control::RequestRecord>& records);
    /// The open ones, whole: those no longer in it ended between two polls and are dropped.
    void takeOpen(const google::protobuf::RepeatedPtrField<control::RequestRecord>& records);

    void setNowMs(qint64 now);  ///< the engine's time, by which a time of another day has its date

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;
    const Row& row(int index) const { return rows_[static_cast<std::size_t>(index)]; }
    const Row* find(quint64 id) const;
    /// While frozen, what is listed stays although more arrive.
    void setFrozen(bool frozen);
    quint64 newestId() const { return newestId_; }
    /// Of the requests of a batch that are listed: the first of them, and how many there are.
    struct BatchGroup {
        quint64 first = 0;
        int count = 0;
    };
    BatchGroup batchOf(const Row& row) const { return row.batchId == 0 ? BatchGroup() : batches_.value(row.batchId); }

    static QString phaseText(int phase);
    static QString endText(const Row& row);
    /// How it ended; of one in flight, its phase.
    static QString stateText(const Row& row);
    /// The same in English, whatever the console's language: for files and filters.
    static QString stateName(const Row& row);

private:
    // Ids go through QML as doubles, which hold 53 bits: 13 of them count the engines seen.
    static constexpr int kIdBits = 40;
    static constexpr quint64 kIdMask = (quint64(1) << kIdBits) - 1;
    Row toRow(const control::RequestRecord& record) const;
    bool update(Row row);
    void forget(const Row& row);
    void remember(const Row& row);
    void trim();
    void append(QList<Row> fresh);

    std::deque<Row> rows_;
    QSet<quint64> known_;  // ids of rows_
    QSet<quint64> open_;   // those of them in flight
    QHash<quint64, BatchGroup> batches_;
    quint64 newestId_ = 0;
    bool frozen_ = false;
    qint64 nowMs_ = 0;
    quint64 boot_ = 0;
};

}  // namespace millrace::desktop
