// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/filtered_rows.h"
#include "lists/request_list.h"

#include <optional>

namespace millrace::desktop {

/// The requests that match a query, newest first; grouped, a line for each batch that can be unfolded.
///
/// A query is words: `model:embed client:agent phase:stream slow:>200ms id:41 batch:7`; a word without a colon is
/// looked for everywhere. A word that is not understood is looked for as it stands, so that typing never empties the
/// table by surprise.
class RequestView : public millrace::desktop::FrozenRows {  // whole name: moc passes it on as written
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the requests page has one")
    Q_PROPERTY(bool ownShown READ isOwnShown WRITE setOwnShown NOTIFY queryChanged FINAL)
    Q_PROPERTY(bool grouped READ isGrouped WRITE setGrouped NOTIFY queryChanged FINAL)
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

    bool isOwnShown() const { return ownShown_; }
    void setOwnShown(bool shown) { set(ownShown_, shown); }
    bool isGrouped() const { return grouped_; }
    void setGrouped(bool grouped);
    Q_INVOKABLE void toggleBatch(double batchId);
    Q_INVOKABLE void setFolded(double batchId, bool folded);
    QVariant data(const QModelIndex& index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;

    static constexpr int kUnfoldedRole = Qt::UserRole + 100;  ///< of a batch's first request: the others are shown
    static constexpr int kMemberRole = kUnfoldedRole + 1;     ///< one of those others

    QString csv() const;

protected:
    bool matches(int row) const override;
    qint64 timeMsOf(int row) const override { return list_.row(row).timeMs; }
    bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;
    void parse(const QString& query) override { parsed_ = Query::parse(query); }
    quint64 positionOf(int row) const override { return list_.row(row).id; }
    quint64 newest() const override { return list_.newestId(); }
    void freezeList(quint64 position) override { list_.setFrozen(position != 0); }

private:
    quint64 placeOf(const RequestList::Row& row) const;  ///< id of the request that it is shown beside

    RequestList& list_;
    Query parsed_;
    bool ownShown_ = false;
    bool grouped_ = false;
    QSet<quint64> unfolded_;
};

}  // namespace millrace::desktop
