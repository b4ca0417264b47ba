// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"

#include <QtCore/QAbstractListModel>
#include <QtCore/QHash>
#include <QtCore/QSet>
#include <QtQml/qqmlregistration.h>

#include <deque>

namespace millrace::desktop {

/// The events of every start of the engine by time, newest last. Repeats within kRepeatMs are one row with a count,
/// which has the time and the text of the newest: of an info event the same kind and subject are a repeat, of the
/// others only the same text. Bound: kMost rows, and as many keys; the oldest leave.   Thread: GUI.
class EventList : public QAbstractListModel {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the session has one")
public:
    /// As control::Severity counts them.
    enum Severity { Info, Notice, Warning, Error };
    Q_ENUM(Severity)
    static constexpr int kMost = 100'000;
    static constexpr qint64 kRepeatMs = 60'000;
    static constexpr int kRepeatRows = 200;  ///< how far back a repeat is looked for
    enum Role {
        TimeRole = Qt::UserRole + 1,
        TimeTextRole,
        SeverityRole,  ///< Severity
        SeverityTextRole,
        KindRole,
        KindTextRole,
        SubjectRole,
        TextRole,
        CountRole,
        FirstTimeRole
    };
    struct Row {
        qint64 timeMs;  ///< of the newest repeat
        int severity;
        int kind;          ///< control::EventKind
        QString kindName;  ///< its name, the same in every language
        QString subject;
        QString text;
        int count;
        qint64 firstMs;  ///< of the oldest repeat
    };

    using QAbstractListModel::QAbstractListModel;

    /// False: it is known already. Boot ID and sequence name an event; sequence 0 names none.
    bool take(const control::Event& event);
    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;
    const Row& row(int index) const { return rows_[static_cast<std::size_t>(index)]; }
    /// Rows up to then do not change any more: later repeats get separate rows. 0: not frozen.
    void setFrozenMs(qint64 until) { frozenMs_ = until; }
    quint64 warnings() const { return warnings_; }  ///< warnings and errors so far
    /// Warnings and errors later than what was seen.
    int unseen() const { return static_cast<int>(unseen_.size()); }
    void setSeenMs(qint64 until);  ///< what is older is not news, whenever it arrives
    void setAllSeen();
    void setNowMs(qint64 now);  ///< the engine's time, by which a time of another day has its date

    static QString severityText(int severity);

private:
    struct Key {
        quint32 boot;
        quint64 sequence;
        qint64 timeMs;  ///< only where the boot is unknown
        bool operator==(const Key&) const = default;
        friend size_t qHash(const Key& key, size_t seed = 0)
        {
            return qHashMulti(seed, key.boot, key.sequence, key.timeMs);
        }
    };
    bool remember(const control::Event& event);
    int findRepeat(const Row& row, int end) const;

    QHash<QByteArray, quint32> boots_;
    QSet<Key> known_;
    std::deque<Key> keys_;  // of known_, in the order they came
    std::deque<Row> rows_;
    quint64 warnings_ = 0;
    std::deque<qint64> unseen_;  // their times; at most kMost
    qint64 seenMs_ = 0;
    qint64 nowMs_ = 0;
    qint64 frozenMs_ = 0;
};

}  // namespace millrace::desktop
