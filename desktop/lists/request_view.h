// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/request_list.h"

#include <QtCore/QSortFilterProxyModel>

#include <optional>

namespace millrace::desktop {

/// The requests that answer a query, newest or slowest first.
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
    Q_PROPERTY(Order order READ order WRITE setOrder NOTIFY queryChanged FINAL)
public:
    enum Order { NewestFirst, SlowestFirst, ByModel, ByClient };
    Q_ENUM(Order)

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
    Order order() const { return order_; }
    void setOrder(Order order);
    void setUntilMs(qint64 until);  ///< 0: no end; a paused view shows nothing later

    QString csv() const;

Q_SIGNALS:
    void queryChanged();

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
    bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

private:
    RequestList& list_;
    QString query_;
    Query parsed_;
    bool ownShown_ = false;
    Order order_ = NewestFirst;
    qint64 untilMs_ = 0;
};

}  // namespace millrace::desktop
