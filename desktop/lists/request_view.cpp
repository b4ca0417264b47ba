// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/request_view.h"

#include "format/numbers.h"

#include <utility>

namespace millrace::desktop {
namespace {

std::optional<double> milliseconds(QString text)
{
    double factor = 1;
    if (text.endsWith(u"ms")) {
        text.chop(2);
    } else if (text.endsWith(u's')) {
        text.chop(1);
        factor = 1000;
    }
    bool ok = false;
    const double value = text.toDouble(&ok);
    return ok ? std::optional(value * factor) : std::nullopt;
}

bool has(const QString& text, const QString& part)
{
    return text.contains(part, Qt::CaseInsensitive);
}

}  // namespace

RequestView::Query RequestView::Query::parse(const QString& text)
{
    Query query;
    for (const QString& word : text.split(u' ', Qt::SkipEmptyParts)) {
        const qsizetype colon = word.indexOf(u':');
        const QString key = word.left(colon).toLower();
        QString value = colon < 0 ? QString() : word.mid(colon + 1);
        bool number = false;
        if (key == u"model" && !value.isEmpty()) {
            query.model = value;
        } else if (key == u"client" && !value.isEmpty()) {
            query.client = value;
        } else if ((key == u"phase" || key == u"is") && !value.isEmpty()) {
            query.phase = value;
        } else if (key == u"slow" && !value.isEmpty()) {
            if (value.startsWith(u'>')) value.remove(0, 1);
            query.slowerThanMs = milliseconds(value);
        } else if (const quint64 id = value.toULongLong(&number); number && (key == u"id" || key == u"batch")) {
            (key == u"id" ? query.id : query.batch) = id;
        } else if (colon < 0) {
            query.words.append(word);
        } else if (!value.isEmpty()) {
            query.words.append(word);
        }
    }
    return query;
}

bool RequestView::Query::accepts(const RequestList::Row& row) const
{
    if (!model.isEmpty() && !has(row.model, model)) return false;
    if (!client.isEmpty() && !has(row.client, client)) return false;
    if (!phase.isEmpty() && !has(row.phase, phase)) return false;
    if (slowerThanMs && row.totalMs <= *slowerThanMs) return false;
    if (id && row.id != *id) return false;
    if (batch && row.batchId != *batch) return false;
    for (const QString& word : words) {
        if (!has(row.model, word) && !has(row.client, word) && !has(row.route, word) && !has(row.phase, word) &&
            !has(row.reason, word)) {
            return false;
        }
    }
    return true;
}

RequestView::RequestView(RequestList& list, QObject* parent) : QSortFilterProxyModel(parent), list_(list)
{
    setSourceModel(&list);
    setDynamicSortFilter(true);
    sort(0, Qt::DescendingOrder);
}

void RequestView::setQuery(const QString& query)
{
    if (query == query_) return;
    query_ = query;
    parsed_ = Query::parse(query);
    invalidateFilter();
    Q_EMIT queryChanged();
}

void RequestView::setOwnShown(bool shown)
{
    if (shown == ownShown_) return;
    ownShown_ = shown;
    invalidateFilter();
    Q_EMIT queryChanged();
}

void RequestView::setOrder(Order order)
{
    if (order == order_) return;
    order_ = order;
    invalidate();
    Q_EMIT queryChanged();
}

void RequestView::setUntilMs(qint64 until)
{
    if (until == untilMs_) return;
    untilMs_ = until;
    invalidateFilter();
}

bool RequestView::filterAcceptsRow(int row, const QModelIndex& /*parent*/) const
{
    const RequestList::Row& held = list_.row(row);
    if (held.own && !ownShown_) return false;
    if (untilMs_ > 0 && held.timeMs > untilMs_) return false;
    return parsed_.accepts(held);
}

bool RequestView::lessThan(const QModelIndex& left, const QModelIndex& right) const
{
    const RequestList::Row& a = list_.row(left.row());
    const RequestList::Row& b = list_.row(right.row());
    // Descending: what is "greater" stands above. Names run from A, so they compare the other way round.
    switch (order_) {
        case SlowestFirst:
            if (a.totalMs != b.totalMs) return a.totalMs < b.totalMs;
            break;
        case ByModel:
            if (a.model != b.model) return a.model > b.model;
            break;
        case ByClient:
            if (a.client != b.client) return a.client > b.client;
            break;
        case NewestFirst:
            break;
    }
    return std::pair(a.timeMs, a.id) < std::pair(b.timeMs, b.id);
}

QString RequestView::csv() const
{
    QString out = QStringLiteral(
        "time_ms,id,client,model,route,phase,status,total_ms,queued_ms,model_ms,batch_ms,connect_ms,run_ms,stream_ms,"
        "bytes_out,events_out,batch_rows,batch_id,connection_reused,reason\n");
    for (int i = 0; i < rowCount(); ++i) {
        const RequestList::Row& row = list_.row(mapToSource(index(i, 0)).row());
        QStringList cells{
            QString::number(row.timeMs), QString::number(row.id),     row.client, row.model, row.route, row.phase,
            QString::number(row.status), QString::number(row.totalMs)};
        for (const double ms : row.phasesMs) cells.append(QString::number(ms));
        cells << QString::number(row.bytesOut) << QString::number(row.eventsOut) << QString::number(row.batchRows)
              << QString::number(row.batchId) << QString::number(row.reused ? 1 : 0) << row.reason;
        for (QString& cell : cells) cell = format::csvCell(cell);
        out += cells.join(u',') + u'\n';
    }
    return out;
}

}  // namespace millrace::desktop
