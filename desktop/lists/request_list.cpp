// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/request_list.h"

#include "control.pb.h"
#include "format/enum_words.h"
#include "format/event_words.h"
#include "format/numbers.h"

#include <algorithm>

namespace millrace::desktop {
namespace {

constexpr int kLookBack = 2'000;  // requests of one batch end within a moment of each other

constexpr std::array kPhaseNames{
    QT_TRANSLATE_NOOP("millrace::desktop::RequestList", "receiving"),
    QT_TRANSLATE_NOOP("millrace::desktop::RequestList", "processing"),
    QT_TRANSLATE_NOOP("millrace::desktop::RequestList", "queued"),
    QT_TRANSLATE_NOOP("millrace::desktop::RequestList", "waiting for model"),
    QT_TRANSLATE_NOOP("millrace::desktop::RequestList", "batching"),
    QT_TRANSLATE_NOOP("millrace::desktop::RequestList", "connecting"),
    QT_TRANSLATE_NOOP("millrace::desktop::RequestList", "running"),
    QT_TRANSLATE_NOOP("millrace::desktop::RequestList", "streaming"),
    QT_TRANSLATE_NOOP("millrace::desktop::RequestList", "client reads"),
};
static_assert(kPhaseNames.size() == RequestList::kPhases);

/// In the order of RequestList::Outcome, of which the first has its phase instead.
constexpr std::array kOutcomeNames{
    "",
    QT_TRANSLATE_NOOP("millrace::desktop::RequestList", "done"),
    QT_TRANSLATE_NOOP("millrace::desktop::RequestList", "failed"),
    QT_TRANSLATE_NOOP("millrace::desktop::RequestList", "cancelled"),
    QT_TRANSLATE_NOOP("millrace::desktop::RequestList", "refused"),
    QT_TRANSLATE_NOOP("millrace::desktop::RequestList", "rejected"),
};

const char* nameOf(const RequestList::Row& row)
{
    if (row.outcome == RequestList::Outcome::Open) return kPhaseNames[static_cast<std::size_t>(row.phase)];
    return kOutcomeNames[static_cast<std::size_t>(row.outcome)];
}

RequestList::Phase phaseOf(control::RequestPhase phase)
{
    switch (phase) {
        case control::REQUEST_PHASE_PROCESSING:
            return RequestList::Processing;
        case control::REQUEST_PHASE_QUEUED:
            return RequestList::Queued;
        case control::REQUEST_PHASE_WAITING_FOR_MODEL:
            return RequestList::WaitingForModel;
        case control::REQUEST_PHASE_BATCHING:
            return RequestList::Batching;
        case control::REQUEST_PHASE_CONNECTING:
            return RequestList::Connecting;
        case control::REQUEST_PHASE_RUNNING:
            return RequestList::Running;
        case control::REQUEST_PHASE_STREAMING:
            return RequestList::Streaming;
        case control::REQUEST_PHASE_CLIENT_READS:
            return RequestList::ClientReads;
        case control::REQUEST_PHASE_RECEIVING:
        case control::REQUEST_PHASE_UNSPECIFIED:
            return RequestList::Receiving;
            MILLRACE_NEWER_VALUES(RequestPhase);
    }
    return RequestList::Processing;  // a part of it that is not known here
}

RequestList::Outcome outcomeOf(control::RequestOutcome outcome)
{
    switch (outcome) {
        case control::REQUEST_OUTCOME_OK:
            return RequestList::Outcome::Done;
        case control::REQUEST_OUTCOME_FAILED:
            return RequestList::Outcome::Failed;
        case control::REQUEST_OUTCOME_CANCELLED:
            return RequestList::Outcome::Cancelled;
        case control::REQUEST_OUTCOME_REFUSED:
            return RequestList::Outcome::Refused;
        case control::REQUEST_OUTCOME_REJECTED:
            return RequestList::Outcome::Rejected;
        case control::REQUEST_OUTCOME_UNSPECIFIED:
            return RequestList::Outcome::Open;
            MILLRACE_NEWER_VALUES(RequestOutcome);
    }
    return RequestList::Outcome::Failed;  // it has ended, and not with success: that has a separate number
}

}  // namespace

RequestList::Row RequestList::toRow(const control::RequestRecord& record) const
{
    Row row;
    row.id = boot_ << kIdBits | (record.id() & kIdMask);
    row.timeMs = record.time_ms();
    row.client = QString::fromStdString(record.client());
    row.model = QString::fromStdString(record.model());
    row.route = QString::fromStdString(record.route());
    row.phase = phaseOf(record.phase());
    row.totalMs = record.total_ms();
    row.phasesMs = {record.receive_ms(), record.processing_ms(), record.queued_ms(),
                    record.model_ms(),   record.batch_ms(),      record.connect_ms(),
                    record.run_ms(),     record.stream_ms(),     record.client_reads_ms()};
    row.addedMs = record.added_ms();
    row.loadMs = record.load_ms();
    row.bytesOut = record.bytes_out();
    row.eventsOut = record.events_out();
    row.batchRows = record.batch_rows();
    row.batchId = record.batch_id() == 0 ? 0 : boot_ << kIdBits | (record.batch_id() & kIdMask);
    row.reused = record.connection_reused();
    row.own = record.own();
    row.status = record.status();
    row.reason = QString::fromStdString(record.reason());
    for (const auto& line : record.decisions()) row.decisions.append(format::quoted(QString::fromStdString(line)));
    row.outcome = outcomeOf(record.outcome());
    return row;
}

void RequestList::beginBoot()
{
    for (int i = 0; i < static_cast<int>(rows_.size()) && !open_.isEmpty(); ++i) {
        Row& row = rows_[static_cast<std::size_t>(i)];
        if (!open_.remove(row.id)) continue;
        row.outcome = Outcome::Failed;
        row.reason = tr("the engine exited");
        Q_EMIT dataChanged(index(i), index(i));
    }
    boot_ = (boot_ + 1) & 0x1fff;
}

/// How it ended, with the status that its client saw; while it is in flight its phase.
QString RequestList::endText(const Row& row)
{
    if (row.status == 0) return stateText(row);
    switch (row.outcome) {
        case Outcome::Failed:
            return tr("failed %1").arg(row.status);
        case Outcome::Refused:
            return tr("refused %1").arg(row.status);
        case Outcome::Rejected:
            return tr("rejected %1").arg(row.status);
        default:
            return stateText(row);
    }
}

QString RequestList::phaseText(int phase)
{
    return tr(kPhaseNames[static_cast<std::size_t>(phase)]);
}

QString RequestList::stateText(const Row& row)
{
    return tr(nameOf(row));
}

QString RequestList::stateName(const Row& row)
{
    return QString::fromLatin1(nameOf(row));
}

void RequestList::take(const google::protobuf::RepeatedPtrField<control::RequestRecord>& records)
{
    QList<Row> fresh;
    for (const auto& record : records) {
        Row row = toRow(record);
        if (!update(row)) fresh.append(std::move(row));
    }
    append(std::move(fresh));
}

void RequestList::takeOpen(const google::protobuf::RepeatedPtrField<control::RequestRecord>& records)
{
    QSet<quint64> open;
    QList<Row> fresh;
    for (const auto& record : records) {
        Row row = toRow(record);
        if (row.outcome == Outcome::Open) open.insert(row.id);
        if (!update(row)) fresh.append(std::move(row));
    }
    append(std::move(fresh));
    for (int i = static_cast<int>(rows_.size()) - 1; i >= 0 && !open_.isEmpty(); --i) {
        const Row& held = rows_[static_cast<std::size_t>(i)];
        if (held.outcome != Outcome::Open || open.contains(held.id)) continue;
        beginRemoveRows({}, i, i);
        forget(held);
        rows_.erase(rows_.begin() + i);
        endRemoveRows();
    }
}

bool RequestList::update(Row row)
{
    // Only open ones change: a finished one that is known came twice, which a full frame may do.
    if (!known_.contains(row.id)) return false;
    if (!open_.contains(row.id)) return true;
    for (int i = static_cast<int>(rows_.size()) - 1; i >= 0; --i) {
        Row& held = rows_[static_cast<std::size_t>(i)];
        if (held.id != row.id) continue;
        if (row.outcome != Outcome::Open) open_.remove(row.id);
        row.timeMs = held.timeMs;  // it began when it began: rounded anew it would hop among its neighbours
        if (!(held == row)) {
            if (held.batchId != row.batchId) {
                forget(held);
                held = row;
                remember(held);
            } else {
                held = row;
            }
            Q_EMIT dataChanged(index(i), index(i));
        }
        return true;
    }
    return false;
}

void RequestList::append(QList<Row> fresh)
{
    if (fresh.isEmpty()) return;
    if (fresh.size() > kMost) fresh = fresh.last(kMost);
    const int at = static_cast<int>(rows_.size());
    beginInsertRows({}, at, at + static_cast<int>(fresh.size()) - 1);
    QSet<quint64> touched;
    for (Row& row : fresh) {
        remember(row);
        if (row.batchId != 0) touched.insert(row.batchId);
        rows_.push_back(std::move(row));
    }
    endInsertRows();
    // The first one of a batch counts the others; most often it came with them.
    for (int i = at - 1; i >= std::max(0, at - kLookBack) && !touched.isEmpty(); --i) {
        const Row& row = rows_[static_cast<std::size_t>(i)];
        if (!touched.contains(row.batchId) || batches_.value(row.batchId).first != row.id) continue;
        touched.remove(row.batchId);
        Q_EMIT dataChanged(index(i), index(i), {BatchCountRole});
    }
    trim();
}

void RequestList::remember(const Row& row)
{
    known_.insert(row.id);
    newestId_ = std::max(newestId_, row.id);
    if (row.outcome == Outcome::Open) open_.insert(row.id);
    if (row.batchId == 0) return;
    BatchGroup& batch = batches_[row.batchId];
    if (batch.count == 0) batch.first = row.id;
    ++batch.count;
}

void RequestList::forget(const Row& row)
{
    known_.remove(row.id);
    open_.remove(row.id);
    const auto batch = batches_.find(row.batchId);
    if (batch == batches_.end()) return;
    if (--batch->count <= 0) {
        batches_.erase(batch);
    } else if (batch->first == row.id) {
        batch->first = 0;  // the others are about to leave too, and stand for themselves until then
    }
}

void RequestList::setFrozen(bool frozen)
{
    frozen_ = frozen;
    trim();
}

void RequestList::trim()
{
    const int excess = static_cast<int>(rows_.size()) - (frozen_ ? kMostFrozen : kMost);
    if (excess <= 0) return;
    beginRemoveRows({}, 0, excess - 1);
    for (int i = 0; i < excess; ++i) forget(rows_[static_cast<std::size_t>(i)]);
    rows_.erase(rows_.begin(), rows_.begin() + excess);
    endRemoveRows();
}

const RequestList::Row* RequestList::find(quint64 id) const
{
    const auto found = std::find_if(rows_.rbegin(), rows_.rend(), [id](const Row& row) { return row.id == id; });
    return found == rows_.rend() ? nullptr : &*found;
}

void RequestList::setNowMs(qint64 now)
{
    const bool another = !format::isSameDay(now, nowMs_);
    nowMs_ = now;
    if (another && !rows_.empty()) Q_EMIT dataChanged(index(0), index(rowCount() - 1), {TimeTextRole});
}

int RequestList::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

QVariant RequestList::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const Row& row = rows_[static_cast<std::size_t>(index.row())];
    switch (role) {
        case IdRole:
            return row.id;
        case TimeTextRole:
            return format::dayClockMillis(row.timeMs, nowMs_);
        case ClientRole:
            return row.client.isEmpty() ? format::kNone : row.client;
        case Qt::DisplayRole:
        case ModelRole:
            return row.model.isEmpty() ? format::kNone : row.model;
        case RouteRole:
            return row.route;
        case PhaseRole:
            return endText(row);
        case OutcomeRole:
            return QVariant::fromValue(row.outcome);
        case TotalTextRole:
            return format::milliseconds(row.totalMs);
        case SharesRole: {
            QList<double> shares;
            const double whole = std::max(row.totalMs, 1e-9);
            for (const double ms : row.phasesMs) shares.append(std::clamp(ms / whole, 0.0, 1.0));
            return QVariant::fromValue(shares);
        }
        case OutTextRole:
            if (row.eventsOut > 0) return tr("%Ln event(s)", nullptr, static_cast<int>(row.eventsOut));
            return row.bytesOut > 0 ? format::bytes(static_cast<double>(row.bytesOut)) : format::kNone;
        case BatchTextRole:
            return row.batchRows > 0 ? format::count(row.batchRows) : format::kNone;
        case ConnectionTextRole:
            if (row.phasesMs[Connecting] <= 0 && row.phasesMs[Running] <= 0)
                return format::kNone;  // it never got as far
            return row.reused ? tr("reused") : tr("new");
        case OpenRole:
            return row.outcome == Outcome::Open;
        case OwnRole:
            return row.own;
        case ReasonRole:
            return row.reason;
        case TimeMsRole:
            return static_cast<double>(row.timeMs);
        case TotalMsRole:
            return row.totalMs;
        case OutValueRole:
            return static_cast<double>(row.eventsOut > 0 ? row.eventsOut : row.bytesOut);
        case BatchIdRole:
            return static_cast<double>(row.batchId);
        case BatchNameRole:
            return QString::number(engineId(row.batchId));
        case BatchRowsRole:
            return row.batchRows;
        case WaitsForModelRole:
            return row.outcome == Outcome::Open && row.phase == WaitingForModel;
        case BatchCountRole: {
            const BatchGroup batch = batchOf(row);
            return batch.first == row.id ? batch.count : 0;
        }
        default:
            return {};
    }
}

QHash<int, QByteArray> RequestList::roleNames() const
{
    return {{IdRole, "requestId"},
            {TimeTextRole, "timeText"},
            {ClientRole, "client"},
            {ModelRole, "model"},
            {RouteRole, "route"},
            {PhaseRole, "phase"},
            {OutcomeRole, "outcome"},
            {TotalTextRole, "totalText"},
            {SharesRole, "shares"},
            {OutTextRole, "outText"},
            {BatchTextRole, "batchText"},
            {ConnectionTextRole, "connectionText"},
            {OpenRole, "open"},
            {OwnRole, "own"},
            {ReasonRole, "reason"},
            {TimeMsRole, "timeMs"},
            {TotalMsRole, "totalMs"},
            {OutValueRole, "outValue"},
            {BatchIdRole, "batchId"},
            {BatchCountRole, "batchCount"},
            {BatchNameRole, "batchName"},
            {BatchRowsRole, "batchRows"},
            {WaitsForModelRole, "waitsForModel"}};
}

}  // namespace millrace::desktop
