// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/request_view.h"

#include "format/numbers.h"

#include <cmath>
#include <utility>

namespace millrace::desktop {
namespace {

std::optional<double> milliseconds(QString text)
{
    struct Unit {
        QStringView name;
        double ms;
    };
    // "ms" before the "s" that it ends with.
    static constexpr Unit kUnits[] = {{u"µs", 0.001}, {u"us", 0.001}, {u"ms", 1}, {u"min", 60'000}, {u"s", 1000}};
    double factor = 1;
    for (const Unit& unit : kUnits) {
        if (!text.endsWith(unit.name)) continue;
        text.chop(unit.name.size());
        factor = unit.ms;
        break;
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
    if (!phase.isEmpty() && !has(RequestList::stateName(row), phase) && !has(RequestList::stateText(row), phase))
        return false;
    if (slowerThanMs && row.totalMs <= *slowerThanMs) return false;
    if (id && RequestList::engineId(row.id) != *id) return false;
    if (batch && RequestList::engineId(row.batchId) != *batch) return false;
    for (const QString& word : words) {
        if (!has(row.model, word) && !has(row.client, word) && !has(row.route, word) &&
            !has(RequestList::stateName(row), word) && !has(RequestList::stateText(row), word) &&
            !has(row.reason, word)) {
            return false;
        }
    }
    return true;
}

RequestView::RequestView(RequestList& list, QObject* parent) : FrozenRows(list, parent), list_(list) {}

void RequestView::setGrouped(bool grouped)
{
    if (grouped == grouped_) return;
    grouped_ = grouped;
    unfolded_.clear();
    invalidate();
    Q_EMIT queryChanged();
}

void RequestView::toggleBatch(double batchId)
{
    const auto id = static_cast<quint64>(std::llround(batchId));
    if (!grouped_ || id == 0) return;
    if (!unfolded_.remove(id)) unfolded_.insert(id);
    invalidateFilter();
    for (int i = 0; i < rowCount(); ++i) {
        if (list_.row(mapToSource(index(i, 0)).row()).batchId == id) Q_EMIT dataChanged(index(i, 0), index(i, 0));
    }
}

void RequestView::setFolded(double batchId, bool folded)
{
    if (unfolded_.contains(static_cast<quint64>(std::llround(batchId))) == folded) toggleBatch(batchId);
}

QVariant RequestView::data(const QModelIndex& at, int role) const
{
    if (role == kUnfoldedRole || role == kMemberRole) {
        const QModelIndex source = mapToSource(at);
        if (!grouped_ || !source.isValid()) return false;
        const RequestList::Row& row = list_.row(source.row());
        const bool open = unfolded_.contains(row.batchId);
        const bool first = list_.batchOf(row).first == row.id;
        return role == kUnfoldedRole ? open && first : open && !first && row.batchId != 0;
    }
    if (role == RequestList::BatchCountRole && !grouped_) return 0;
    return FrozenRows::data(at, role);
}

QHash<int, QByteArray> RequestView::roleNames() const
{
    QHash<int, QByteArray> names = list_.roleNames();
    names.insert(kUnfoldedRole, "unfolded");
    names.insert(kMemberRole, "member");
    return names;
}

quint64 RequestView::placeOf(const RequestList::Row& row) const
{
    const quint64 first = list_.batchOf(row).first;
    return first != 0 ? first : row.id;
}

bool RequestView::matches(int row) const
{
    const RequestList::Row& request = list_.row(row);
    if (request.own && !ownShown_) return false;
    if (grouped_ && request.batchId != 0 && !unfolded_.contains(request.batchId)) {
        const RequestList::BatchGroup batch = list_.batchOf(request);
        if (batch.first != 0 && batch.first != request.id) return false;
    }
    return parsed_.accepts(request);
}

bool RequestView::lessThan(const QModelIndex& left, const QModelIndex& right) const
{
    const RequestList::Row& a = list_.row(left.row());
    const RequestList::Row& b = list_.row(right.row());
    if (grouped_) {
        // The requests of a batch stand together, where its first one stands, and that one at their head.
        const quint64 placeA = placeOf(a);
        const quint64 placeB = placeOf(b);
        if (placeA != placeB) return placeA < placeB;
        if (a.id == placeA || b.id == placeB) return b.id == placeB && a.id != placeA;
        return a.id < b.id;
    }
    return std::pair(a.timeMs, a.id) < std::pair(b.timeMs, b.id);
}

QString RequestView::csv() const
{
    QString out = QStringLiteral(
        "time_ms,id,client,model,route,phase,status,total_ms,receive_ms,processing_ms,queued_ms,model_ms,batch_ms,"
        "connect_ms,run_ms,stream_ms,client_reads_ms,"
        "bytes_out,events_out,batch_rows,batch_id,connection_reused,reason\n");
    for (int i = 0; i < rowCount(); ++i) {
        const RequestList::Row& row = list_.row(mapToSource(index(i, 0)).row());
        QStringList cells{QString::number(row.timeMs),
                          QString::number(RequestList::engineId(row.id)),
                          row.client,
                          row.model,
                          row.route,
                          RequestList::stateName(row),
                          QString::number(row.status),
                          QString::number(row.totalMs)};
        for (const double ms : row.phasesMs) cells.append(QString::number(ms));
        cells << QString::number(row.bytesOut) << QString::number(row.eventsOut) << QString::number(row.batchRows)
              << QString::number(RequestList::engineId(row.batchId)) << QString::number(row.reused ? 1 : 0)
              << row.reason;
        for (QString& cell : cells) cell = format::csvCell(cell);
        out += cells.join(u',') + u'\n';
    }
    return out;
}

}  // namespace millrace::desktop
