// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/request_list.h"

#include <QtCore/QSortFilterProxyModel>

#include <optional>

namespace millrace::desktop {

/// The requests that match a query, newest first; held, those that there were when it was held; grouped, a line for
/// each batch that can be unfolded.
///
/// A query is words: `model:embed client:agent phase:stream slow:>200ms id:41 batch:7`; a word without a colon is
/// looked for everywhere. A word that is not understood is looked for as it stands, so that typing never empties the
/// table by surprise.
class RequestView : public QSortFilterProxyModel {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the requests page has one")
    Q_PROPERTY(QString query READ query WRITE setQuery NOTIFY queryChanged FINAL)
    Q_PROPERTY(bool ownShown READ isOwnShown WRITE setOwnShown NOTIFY queryChanged FINAL)
    Q_PROPERTY(bool grouped READ isGrouped WRITE setGrouped NOTIFY queryChanged FINAL)
    Q_PROPERTY(bool held READ isHeld NOTIFY queryChanged FINAL)
public:
    struct Query {
        QString model, client, phase;
        QStringList words;
        std::optional<double> slowerThanMs;
        std::optional<quint64> id, batch;
        static Query parse(const QString& text);
        bool accepts(const RequestList::Row& row) const;
    };

    explicit RequestView(RequestList& list, QObject* parent = nullptr);

    QString query() const { return query_; }
    void setQuery(const QString& query);
    bool isOwnShown() const { return ownShown_; }
    void setOwnShown(bool shown);
    bool isGrouped() const { return grouped_; }
    void setGrouped(bool grouped);
    bool isHeld() const { return heldId_ != 0; }
    void setHeld(bool held);
    int newerCount() const;  ///< that arrived since it is held
    Q_INVOKABLE void toggleBatch(double batchId);
    Q_INVOKABLE void setFolded(double batchId, bool folded);
    QVariant data(const QModelIndex& index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;
    void setUntilMs(qint64 until);  ///< 0: no end; a paused view shows nothing later

    static constexpr int kUnfoldedRole = Qt::UserRole + 100;  ///< of a batch's first request: the others are shown
    static constexpr int kMemberRole = kUnfoldedRole + 1;     ///< one of those others

    QString csv() const;

Q_SIGNALS:
    void queryChanged();

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
    bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

private:
    quint64 placeOf(const RequestList::Row& row) const;  ///< id of the request that it stands beside

    RequestList& list_;
    QString query_;
    Query parsed_;
    bool ownShown_ = false;
    bool grouped_ = false;
    quint64 heldId_ = 0;  // 0: not held
    QSet<quint64> unfolded_;
    qint64 untilMs_ = 0;
};

}  // namespace millrace::desktop
