// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"

#include <QtCore/QAbstractListModel>
#include <QtQml/qqmlregistration.h>

#include <deque>

namespace millrace::desktop {

/// The engine's events, newest last; repeats of the same kind, subject and text in a row are one row with a count.
/// Bound: kMost rows; the oldest leave.   Thread: GUI.
class EventList : public QAbstractListModel {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the session has one")
public:
    static constexpr int kMost = 100'000;
    enum Role {
        TimeRole = Qt::UserRole + 1,
        TimeTextRole,
        SeverityRole,
        SeverityTextRole,
        KindRole,
        KindTextRole,
        SubjectRole,
        TextRole,
        CountRole
    };
    struct Row {
        qint64 timeMs;
        int severity;
        QString kind;
        QString subject;
        QString text;
        int count;
    };

    using QAbstractListModel::QAbstractListModel;

    void take(const control::Event& event);
    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;
    const Row& row(int index) const { return rows_[static_cast<std::size_t>(index)]; }
    quint64 warnings() const { return warnings_; }  ///< warnings and errors seen so far

    static QString severityText(int severity);

private:
    std::deque<Row> rows_;
    quint64 warnings_ = 0;
};

}  // namespace millrace::desktop
