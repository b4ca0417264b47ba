// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/streams_view_model.h"

#include "control.pb.h"
#include "format/enum_words.h"
#include "goals.h"
#include "viewmodels/page_figures.h"

#include <algorithm>
#include <cmath>

namespace millrace::desktop {
namespace {

using format::Unit;
using Stream = control::StreamState;

QString protocolWord(control::StreamProtocol protocol)
{
    switch (protocol) {
        case control::STREAM_PROTOCOL_SSE:
            return QStringLiteral("SSE");
        case control::STREAM_PROTOCOL_HTTP:
            return QStringLiteral("HTTP");
        case control::STREAM_PROTOCOL_UNSPECIFIED:
            MILLRACE_NEWER_VALUES(StreamProtocol);
    }
    return format::unknownText(protocol);
}

int levelOf(const Stream& stream)
{
    switch (stream.state()) {
        case control::STREAM_PHASE_PAUSED:
            return StreamList::Paused;
        case control::STREAM_PHASE_WAITING:
            return StreamList::Waiting;
        case control::STREAM_PHASE_FINISHING:
            return StreamList::Finishing;
        case control::STREAM_PHASE_STREAMING:
        case control::STREAM_PHASE_UNSPECIFIED:
            MILLRACE_NEWER_VALUES(StreamPhase);
    }
    return StreamList::Flowing;
}

QString pausedText(const Stream& stream)
{
    const QString time = format::milliseconds(stream.paused_ms());
    switch (stream.paused_by()) {
        case control::PAUSED_BY_CLIENT:
            return StreamsViewModel::tr("client is not reading · %1").arg(time);
        case control::PAUSED_BY_LIMIT:
            return StreamsViewModel::tr("buffer limit reached · %1").arg(time);
        case control::PAUSED_BY_UNSPECIFIED:
            MILLRACE_NEWER_VALUES(PausedBy);
    }
    return StreamsViewModel::tr("paused %1").arg(time);
}

QString stateWords(const Stream& stream, qint64 nowMs)
{
    if (!control::StreamPhase_IsValid(stream.state())) return format::unknownText(stream.state());
    switch (levelOf(stream)) {
        case StreamList::Paused:
            return pausedText(stream);
        case StreamList::Waiting:
            return StreamsViewModel::tr("waiting for the first byte · %1")
                .arg(format::milliseconds(static_cast<double>(std::max<qint64>(0, nowMs - stream.started_ms()))));
        case StreamList::Finishing:
            return StreamsViewModel::tr("finishing");
        default:
            if (stream.pauses() == 0) return StreamsViewModel::tr("streaming");
            return stream.pauses() == 1 ? StreamsViewModel::tr("streaming · paused once")
                                        : StreamsViewModel::tr("streaming · paused %1 times")
                                              .arg(format::count(static_cast<double>(stream.pauses())));
    }
}

// What it is sent in: events of streams that pass each at once, chunks of others.
QString sentIn(const PageFigures& now)
{
    QStringList parts;
    if (const auto events = now.at("stream_events_per_second"); events && *events > 0)
        parts.append(StreamsViewModel::tr("%1 events/s")
                         .arg(*events < 1 ? format::number(*events, 1) : format::count(std::round(*events))));
    if (now.at("stream_chunk_bytes_average").value_or(0) > 0)
        parts.append(StreamsViewModel::tr("%1 / chunk").arg(now.text("stream_chunk_bytes_average", Unit::Bytes)));
    if (!parts.isEmpty()) return PageFigures::joined(parts);
    return now.at("stream_bytes_out_per_second").value_or(0) > 0 ? QString()
                                                                 : StreamsViewModel::tr("nothing sent at the moment");
}

// Where each key figure is explained.
constexpr FigureTarget kTargets[] = {
    {"open", "streams#streams"},
    {"sent", "streams#stream_bytes_out_per_second"},
    {"buffered", "streams#stream_buffered_bytes"},
    {"pressure", "streams#slow"},
    {"first", "requests#requests"},
    {"compression", "streams#streams"},
};

}  // namespace

StreamsViewModel::StreamsViewModel(Session& session, QObject* parent) : PageViewModel(session, parent)
{
    connect(&session, &Session::ticked, this, &StreamsViewModel::gatherTrends);
    connect(session.time(), &TimeView::rangeChanged, this, [this] {
        if (isActive() && this->session().time()->isPaused()) refreshKpis();
    });
}

void StreamsViewModel::gatherTrends()
{
    const qint64 now = session().nowMs();
    if (!trends_.beginRound(now)) return;
    for (const Stream& stream : session().frame().streams().streams())
        trends_.add(QString::number(stream.id()), now, stream.bytes_per_second());
}

QString StreamsViewModel::openCount(const Session& session)
{
    const int open = session.frame().streams().streams_size();
    return open > 0 ? format::count(open) : QString();
}

QString StreamsViewModel::openTip(const Session& session)
{
    const QString open = openCount(session);
    return open.isEmpty() ? open : tr("%1 open").arg(open);
}

void StreamsViewModel::refresh()
{
    bufferPause_ = static_cast<double>(session().frame().streams().buffered_bytes_max());
    refreshKpis();
    refreshStreams();
    refreshSlow();
    Q_EMIT changed();
}

void StreamsViewModel::refreshKpis()
{
    const PageFigures now(session());
    const auto stage = Stage::Streams;
    QList<KpiRow> rows;

    const auto paused = now.at("streams_paused");
    rows.append({QStringLiteral("open"), tr("Streams"), now.whole("streams_open"), tr("open"),
                 paused && *paused > 0 ? tr("%1 of them paused").arg(now.whole("streams_paused")) : tr("none paused"),
                 KpiList::None, QStringLiteral("streams_open"), stage});

    const auto sent = now.figure("stream_bytes_out_per_second", Unit::BytesPerSecond);
    rows.append({QStringLiteral("sent"), tr("Sent"), sent.value, sent.unit, sentIn(now), KpiList::None,
                 QStringLiteral("stream_bytes_out_per_second"), stage});

    const auto held = now.figure("stream_buffered_bytes", Unit::Bytes);
    rows.append(
        {QStringLiteral("buffered"), tr("Buffered"), held.value,
         bufferPause_ > 0 && !now.isPast() ? tr("%1 of %2").arg(held.unit, format::bytes(bufferPause_)) : held.unit,
         now.ofNow(tr("pauses at %1").arg(bufferPause_ > 0 ? format::bytes(bufferPause_) : format::kNone)),
         KpiList::None, QStringLiteral("stream_buffered_bytes"), stage});

    // The rate is over chunks that were sent; a client that reads nothing at all adds none to it, yet is held back.
    const auto pressure = now.figure("backpressure_rate", Unit::Share);
    const auto open = now.at("streams_open");
    const bool someHeld = paused && *paused > 0 && open && *open > 0;
    rows.append({QStringLiteral("pressure"), tr("Backpressure"), pressure.value, tr("%1 of chunks").arg(pressure.unit),
                 someHeld ? tr("%1 of %2 paused by clients").arg(now.whole("streams_paused"), now.whole("streams_open"))
                          : tr("goal ≤ %1").arg(format::share(goals::kBackpressureMax)),
                 someHeld ? static_cast<int>(KpiList::None) : now.verdict(goals::kBackpressure),
                 QStringLiteral("backpressure_rate"), stage});

    const auto first = now.figure("first_byte_p50_ms", Unit::Milliseconds);
    rows.append({QStringLiteral("first"), tr("Time to first byte"), first.value, tr("%1 p50").arg(first.unit),
                 tr("p99 %1").arg(now.text("first_byte_p99_ms", Unit::Milliseconds)), KpiList::None,
                 QStringLiteral("first_byte_p50_ms"), stage});

    const auto ratio = now.at("compression_ratio");
    rows.append({QStringLiteral("compression"), tr("Compression"), ratio ? format::number(*ratio, 1) : format::kNone,
                 ratio ? QStringLiteral("×") : QString(),
                 ratio && *ratio > 0
                     ? tr("saves %1 of what is compressed").arg(format::share(std::max(0.0, 1 - 1 / *ratio)))
                     : tr("nothing compressed at the moment"),
                 KpiList::None, QStringLiteral("compression_ratio"), stage});
    kpis_.sync(withTargets(rows, kTargets));
}

void StreamsViewModel::refreshStreams()
{
    const qint64 now = session().nowMs();
    const auto& section = session().frame().streams();
    std::vector<const Stream*> sorted;
    for (const Stream& stream : section.streams()) sorted.push_back(&stream);
    const auto held = [&section](const Stream& stream) {
        const auto found = section.paused_seconds_by_client().find(stream.client());
        return found == section.paused_seconds_by_client().end() ? 0.0 : found->second;
    };
    // Oldest first: a new one is added at the end, and none moves.
    std::stable_sort(sorted.begin(), sorted.end(), [](const Stream* a, const Stream* b) {
        return a->started_ms() != b->started_ms() ? a->started_ms() < b->started_ms() : a->id() < b->id();
    });
    QList<StreamRow> rows;
    for (const Stream* stream : sorted) {
        StreamRow row;
        row.id = stream->id();
        row.requestId = static_cast<double>(stream->request_id());
        row.client = stream->client().empty() ? tr("unnamed") : QString::fromStdString(stream->client());
        row.name = QString::fromStdString(stream->model());
        row.protocol = protocolWord(stream->protocol());
        row.level = levelOf(*stream);
        row.rate = row.level == StreamList::Waiting ? format::kNone
                   : stream->events() > 0
                       ? tr("%1 events/s").arg(format::count(std::round(stream->events_per_second())))
                       : format::text(stream->bytes_per_second(), Unit::BytesPerSecond);
        row.bytesPerSecond = stream->bytes_per_second();
        row.trend = trends_.of(QString::number(row.id));
        row.bytesOut = static_cast<double>(stream->bytes_out());
        row.chunkBytes = stream->chunk_bytes();
        row.startedMs = static_cast<double>(stream->started_ms());
        row.pausedSeconds = held(*stream) + (row.level == StreamList::Paused ? stream->paused_ms() / 1000 : 0);
        if (stream->has_compression_ratio()) row.ratio = stream->compression_ratio();
        row.sent = format::bytes(static_cast<double>(stream->bytes_out()));
        if (stream->window_bytes() > 0) {
            const double share =
                static_cast<double>(stream->buffered_bytes()) / static_cast<double>(stream->window_bytes());
            row.fill = std::round(std::clamp(share, 0.0, 1.0) * 200) / 200;
            row.fillText = tr("%1 of %2")
                               .arg(format::bytes(static_cast<double>(stream->buffered_bytes())),
                                    format::bytes(static_cast<double>(stream->window_bytes())));
        } else {
            row.fillText = format::bytes(static_cast<double>(stream->buffered_bytes()));
        }
        row.state = stateWords(*stream, now);
        row.chunk = stream->chunk_bytes() > 0 ? format::bytes(stream->chunk_bytes()) : tr("per event");
        row.compression = stream->has_compression_ratio()
                              ? format::number(stream->compression_ratio(), 1) + QStringLiteral(" ×")
                              : format::kNone;
        rows.append(row);
    }
    streams_.sync(rows);
}

void StreamsViewModel::cancel(double requestId)
{
    const auto id = static_cast<quint64>(std::llround(requestId));
    if (id == 0) return;
    session().client().cancelRequest(id, this, [this](const Outcome<control::CancelRequestReply>& outcome) {
        if (!outcome.ok()) {
            Q_EMIT session().notice(tr("The stream was not cancelled: %1").arg(outcome.problem), true);
        } else {
            Q_EMIT session().notice(outcome.reply->cancelled() ? tr("Stream cancelled") : tr("The stream had ended"),
                                    false);
        }
    });
}

void StreamsViewModel::refreshSlow()
{
    std::vector<std::pair<double, QString>> sorted;
    for (const auto& [client, seconds] : session().frame().streams().paused_seconds_by_client()) {
        if (seconds <= 0) continue;
        sorted.emplace_back(seconds, client.empty() ? tr("unnamed") : QString::fromStdString(client));
    }
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    slowClients_.clear();
    slowSeconds_.clear();
    slowTexts_.clear();
    slowHints_.clear();
    for (const auto& [seconds, client] : sorted) {
        if (slowClients_.size() >= kSlowMax) break;
        slowClients_.append(client);
        slowSeconds_.append(seconds);
        slowTexts_.append(format::milliseconds(1000 * seconds));
        slowHints_.append(tr("%1 paused its streams for %2").arg(client, format::milliseconds(1000 * seconds)));
    }
}

}  // namespace millrace::desktop
