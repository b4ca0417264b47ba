// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/connections_view_model.h"

#include "control.pb.h"
#include "format/enum_words.h"
#include "format/event_words.h"
#include "format/said.h"
#include "goals.h"
#include "viewmodels/connection_words.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace millrace::desktop {

using namespace connection_words;

namespace {

using format::Unit;

// A connection of this age or older is drawn at full strength.
constexpr double kOldMs = 600'000;

QString idOf(const control::PoolState& pool)
{
    return QString::fromStdString(pool.backend()) + u'/' + protocolWord(pool.protocol()).toLower();
}

// Where each key figure is explained.
constexpr FigureTarget kTargets[] = {
    {"reuse", "connections#connection_reuse"},
    {"open", "connections#connections_active"},
    {"create", "connections#connection_create_p99_ms"},
    {"health", "connections#health_p99_ms"},
    {"waiters", "connections#backends"},
};

}  // namespace

ConnectionsViewModel::ConnectionsViewModel(Session& session, QObject* parent) : PageViewModel(session, parent)
{
    connect(&session, &Session::ticked, this, &ConnectionsViewModel::gatherTrends);
    connect(session.time(), &TimeView::rangeChanged, this, [this] {
        if (isActive() && this->session().time()->isPaused()) refreshKpis();
    });
}

void ConnectionsViewModel::gatherTrends()
{
    const qint64 now = session().nowMs();
    if (!trends_.beginRound(now)) return;
    for (const auto& pool : session().frame().pools().pools()) trends_.add(idOf(pool), now, pool.active());
}

double ConnectionsViewModel::reuseGoal() const
{
    return goals::kReuseMin;
}

QString ConnectionsViewModel::healthWord(control::BackendHealth health)
{
    switch (health) {
        case control::BACKEND_HEALTH_HEALTHY:
            return tr("healthy");
        case control::BACKEND_HEALTH_PROBING:
            return tr("probing");
        case control::BACKEND_HEALTH_EJECTED:
            return tr("ejected");
        case control::BACKEND_HEALTH_DRAINING:
            return tr("draining");
        case control::BACKEND_HEALTH_DISABLED:
            return tr("disabled");
        case control::BACKEND_HEALTH_UNKNOWN:
            return tr("not checked yet");
        case control::BACKEND_HEALTH_UNSPECIFIED:
            MILLRACE_NEWER_VALUES(BackendHealth);
    }
    return format::unknownText(health);
}

QString ConnectionsViewModel::limitPage(const QString& protocol)
{
    return protocol.compare(QStringLiteral("grpc"), Qt::CaseInsensitive) == 0
               ? QStringLiteral("settings/pool.grpc_size_max")
               : QStringLiteral("settings/pool.http_size_max");
}

QString ConnectionsViewModel::openCount(const Session& session)
{
    const auto& pools = session.frame().pools().pools();
    if (pools.empty()) return {};
    double open = 0;
    for (const auto& pool : pools) open += pool.active() + pool.idle() + pool.draining();
    return format::count(open);
}

QString ConnectionsViewModel::openTip(const Session& session)
{
    const QString open = openCount(session);
    return open.isEmpty() ? open : tr("%1 open to backends").arg(open);
}

void ConnectionsViewModel::refresh()
{
    refreshKpis();
    refreshPools();
    refreshConnections();
    refreshCloses();
    Q_EMIT changed();
}

void ConnectionsViewModel::refreshKpis()
{
    const PageFigures now(session());
    const auto stage = Stage::Connections;
    double limit = 0, passed = 0, failed = 0, reused = 0, created = 0;
    for (const auto& pool : session().frame().pools().pools()) {
        limit += pool.size_max();
        passed += static_cast<double>(pool.health_passed_total());
        failed += static_cast<double>(pool.health_failed_total());
        reused += static_cast<double>(pool.reused_total());
        created += static_cast<double>(pool.created_total());
    }
    QList<KpiRow> rows;
    const auto reuse = now.figure("connection_reuse", Unit::Share);
    rows.append({QStringLiteral("reuse"), tr("Reused"), reuse.value, reuse.unit,
                 PageFigures::joined({tr("goal ≥ %1").arg(format::share(goals::kReuseMin)),
                                      now.ofNow(tr("%1 opened since start").arg(format::count(created)))}),
                 now.verdict(goals::kReuse), QStringLiteral("connection_reuse"), stage});
    rows.append(
        {QStringLiteral("open"), tr("Open"), now.whole("connections_open"),
         limit > 0 ? now.ofNow(tr("of %1").arg(format::count(limit))) : QString(),
         tr("%1 busy · %2 idle · %3 connecting")
             .arg(now.whole("connections_active"), now.whole("connections_idle"), now.whole("connections_connecting")),
         KpiList::None, QStringLiteral("connections_open"), stage});
    const auto create = now.figure("connection_create_p99_ms", Unit::Milliseconds);
    rows.append({QStringLiteral("create"), tr("Connect"), create.value, tr("%1 p99").arg(create.unit),
                 now.at("connection_create_p99_ms")
                     ? tr("goal ≤ %1").arg(format::milliseconds(goals::kCreateMsMax))
                     : tr("goal ≤ %1 · none opened recently").arg(format::milliseconds(goals::kCreateMsMax)),
                 now.verdict(goals::kCreate), QStringLiteral("connection_create_p99_ms"), stage});
    const auto check = now.figure("health_p99_ms", Unit::Milliseconds);
    rows.append(
        {QStringLiteral("health"), tr("Health check"), check.value, tr("%1 p99").arg(check.unit),
         PageFigures::joined(
             {now.note(goals::kHealth, tr("goal ≤ %1").arg(format::milliseconds(goals::kHealthMsMax))),
              now.ofNow(failed > 0 ? tr("%1 of %2 failed").arg(format::count(failed), format::count(passed + failed))
                                   : tr("%1 passed").arg(format::count(passed)))}),
         now.verdict(goals::kHealth), QStringLiteral("health_p99_ms"), stage});
    rows.append({QStringLiteral("waiters"), tr("Waiting"), now.whole("connection_waiters"), tr("requests"),
                 tr("wait p99 %1").arg(now.text("connection_wait_p99_ms", Unit::Milliseconds)), KpiList::None,
                 QStringLiteral("connection_waiters"), stage});
    kpis_.sync(withTargets(rows, kTargets));
}

void ConnectionsViewModel::refreshPools()
{
    const qint64 now = session().nowMs();
    anyOpen_ = false;
    QList<PoolRow> rows;
    for (const auto& pool : session().frame().pools().pools()) {
        PoolRow row;
        row.backend = QString::fromStdString(pool.backend());
        row.protocol = protocolWord(pool.protocol());
        row.id = idOf(pool);
        row.address = QString::fromStdString(pool.address());
        row.level = levelOf(pool.health());
        const double limit = std::max(1U, pool.size_max());
        row.shares = {pool.active() / limit, pool.idle() / limit, pool.connecting() / limit, pool.draining() / limit};
        row.counts =
            QStringLiteral("%1 / %2 / %3")
                .arg(format::count(pool.active()), format::count(pool.idle()), format::count(pool.connecting()));
        row.limit = format::count(pool.size_max());
        row.headroom = format::count(static_cast<double>(pool.headroom()));
        row.limitTip = tr("%1 of the limit are busy; %2 more requests get a connection at once")
                           .arg(format::share(pool.utilisation()), row.headroom);
        row.waiting = format::count(pool.waiters());
        row.trend = trends_.of(row.id);
        row.openCount = pool.active() + pool.idle() + pool.draining();
        row.busyCount = pool.active();
        row.limitValue = pool.size_max();
        row.headroomValue = static_cast<double>(pool.headroom());
        row.waitingValue = pool.waiters();
        row.sharesText = tr("%1 of %2 open").arg(format::count(row.openCount), row.limit);
        if (pool.has_reuse_rate()) row.reusedValue = pool.reuse_rate();
        if (pool.has_wait_p99_ms()) row.waitMs = pool.wait_p99_ms();
        if (pool.has_create_p99_ms()) row.createMs = pool.create_p99_ms();
        row.reused = format::text(row.reusedValue, Unit::Share);
        row.wait = format::text(row.waitMs, Unit::Milliseconds);
        row.create = format::text(row.createMs, Unit::Milliseconds);
        row.health = healthWord(pool.health());
        row.draining = pool.health() == control::BACKEND_HEALTH_DRAINING;
        // The newest thing worth knowing: the action requested last, why it is unhealthy, what was learned, the last
        // check.
        const ActionNotes::Note* note = notes_.of(row.id, now);
        if (!note) note = notes_.of(row.backend, now);
        if (note) {
            row.latest = note->text;
            row.latestBad = note->bad;
        } else if (row.level != PoolList::Good && !pool.health_reason().empty()) {
            row.latest = format::said(pool.health_words(), pool.health_reason());
        } else if (!pool.idle_limit_why().empty() && pool.idle_limit_why() != "configured") {
            row.latest = format::said(pool.idle_limit_words(), pool.idle_limit_why());
        } else if (pool.has_health_latency_ms()) {
            row.latest = tr("check %1, %2")
                             .arg(format::milliseconds(pool.health_latency_ms()),
                                  format::ago(std::max<qint64>(0, now - pool.health_checked_ms())));
        } else {
            row.latest = format::kNone;
        }
        for (const auto& connection : pool.connections()) {
            row.kinds.append(kindOf(connection.state()));
            // In coarse steps, so that a second more of age does not repaint.
            const double share = std::log1p(static_cast<double>(connection.age_ms())) / std::log1p(kOldMs);
            row.strengths.append(std::round(std::clamp(share * share, 0.0, 1.0) * 12) / 12);
            QString words =
                tr("%1 · open %2 · %3 uses")
                    .arg(stateWord(connection.state()), format::span(static_cast<qint64>(connection.age_ms())),
                         format::count(static_cast<double>(connection.uses())));
            if (connection.calls() > 0)
                words += tr(" · %Ln call(s) in flight", nullptr, static_cast<int>(connection.calls()));
            if (connection.state() == control::CONNECTION_PHASE_IDLE) {
                words += tr(" · unused for %1").arg(format::milliseconds(static_cast<double>(connection.idle_ms())));
            }
            row.hints.append(words);
        }
        anyOpen_ = anyOpen_ || !row.kinds.isEmpty();
        rows.append(row);
    }
    pools_.sync(rows);
}

QString ConnectionsViewModel::noneOpenText() const
{
    const auto& pools = session().frame().pools().pools();
    const bool taken = std::any_of(pools.begin(), pools.end(), [](const control::PoolState& pool) {
        return pool.health() != control::BACKEND_HEALTH_DRAINING && pool.health() != control::BACKEND_HEALTH_DISABLED &&
               pool.health() != control::BACKEND_HEALTH_EJECTED;
    });
    return taken ? tr("no connection is open: the first request opens one")
                 : tr("no connection is open: no backend takes requests");
}

void ConnectionsViewModel::setListing(bool listing)
{
    if (listing == listing_) return;
    listing_ = listing;
    refreshConnections();
    Q_EMIT listingChanged();
}

void ConnectionsViewModel::refreshConnections()
{
    QList<ConnectionRow> rows;
    if (!listing_) {
        connections_.sync(rows);
        return;
    }
    for (const auto& pool : session().frame().pools().pools()) {
        for (const auto& connection : pool.connections()) {
            ConnectionRow row;
            row.id = QStringLiteral("%1#%2").arg(idOf(pool)).arg(connection.id());
            row.backend = QString::fromStdString(pool.backend());
            row.protocol = connection.http2() && pool.protocol() == control::POOL_PROTOCOL_HTTP
                               ? QStringLiteral("HTTP/2")
                               : protocolWord(pool.protocol());
            row.kind = kindOf(connection.state());
            row.state = stateWord(connection.state());
            row.ageMs = static_cast<double>(connection.age_ms());
            row.age = format::span(static_cast<qint64>(connection.age_ms()));
            row.usesValue = static_cast<double>(connection.uses());
            row.uses = format::count(row.usesValue);
            if (connection.state() == control::CONNECTION_PHASE_IDLE)
                row.unusedMs = static_cast<double>(connection.idle_ms());
            row.unused = format::text(row.unusedMs, Unit::Milliseconds);
            row.callsValue = connection.calls();
            row.calls = connection.calls() > 0 ? format::count(row.callsValue) : format::kNone;
            rows.append(row);
        }
    }
    connections_.sync(rows);
}

void ConnectionsViewModel::refreshCloses()
{
    std::map<control::CloseReason, double> totals;
    for (const auto& pool : session().frame().pools().pools()) {
        for (const auto& closed : pool.closed_total()) totals[closed.reason()] += static_cast<double>(closed.count());
    }
    std::vector<std::pair<control::CloseReason, double>> sorted(totals.begin(), totals.end());
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    closeReasons_.clear();
    closeCounts_.clear();
    closeHints_.clear();
    for (const auto& [reason, count] : sorted) {
        if (count <= 0) continue;
        closeReasons_.append(closeWord(reason));
        closeCounts_.append(count);
        const QString help = closeHelp(reason);
        closeHints_.append(help.isEmpty() ? tr("%1: %2").arg(closeWord(reason), format::count(count))
                                          : tr("%1: %2, %3").arg(closeWord(reason), format::count(count), help));
    }
}

void ConnectionsViewModel::note(const QString& subject, const QString& text, bool bad)
{
    notes_.put(subject, text, bad, session().nowMs());
    refreshPools();
    Q_EMIT changed();
}

void ConnectionsViewModel::probe(const QString& backend)
{
    note(backend, tr("probing …"), false);
    session().client().probeBackend(backend, this, [this, backend](const Outcome<control::ProbeReply>& outcome) {
        if (!outcome.ok()) {
            note(backend, tr("could not be probed: %1").arg(outcome.problem), true);
        } else if (outcome.reply->healthy()) {
            note(backend, tr("probed: answers in %1").arg(format::milliseconds(outcome.reply->latency_ms())), false);
        } else {
            note(backend, tr("probed: %1").arg(format::said(outcome.reply->reason_words(), outcome.reply->reason())),
                 true);
        }
    });
}

void ConnectionsViewModel::evictIdle(const QString& backend, const QString& protocol)
{
    const QString subject = backend + u'/' + protocol.toLower();
    control::ConnectionsRequest request;
    request.set_backend(backend.toStdString());
    for (const auto known : {control::POOL_PROTOCOL_HTTP, control::POOL_PROTOCOL_GRPC})
        if (protocol.compare(protocolWord(known), Qt::CaseInsensitive) == 0) request.set_protocol(known);
    session().client().evictConnections(
        request, this, [this, subject](const Outcome<control::ConnectionsReply>& outcome) {
            if (!outcome.ok()) {
                note(subject, tr("not evicted: %1").arg(outcome.problem), true);
                Q_EMIT session().notice(tr("%1: not evicted: %2").arg(subject, outcome.problem), true);
            } else {
                const QString text =
                    tr("%Ln idle connection(s) closed", nullptr, static_cast<int>(outcome.reply->count()));
                note(subject, text, false);
                // Closed connections are opened again by the next requests: nothing to undo.
                Q_EMIT session().notice(subject + QStringLiteral(": ") + text, false);
            }
        });
}

void ConnectionsViewModel::drain(const QString& backend, bool draining)
{
    askToDrain(backend, draining, true);
}

void ConnectionsViewModel::askToDrain(const QString& backend, bool draining, bool undoable)
{
    session().client().drainBackend(
        backend, draining, this,
        [this, backend, draining, undoable](const Outcome<control::ConnectionsReply>& outcome) {
            if (!outcome.ok()) {
                const QString text =
                    draining ? tr("not drained: %1").arg(outcome.problem) : tr("not resumed: %1").arg(outcome.problem);
                note(backend, text, true);
                Q_EMIT session().notice(backend + QStringLiteral(": ") + text, true);
                return;
            }
            note(backend, draining ? tr("draining: takes no new requests") : tr("takes requests again"), false);
            if (undoable) {
                Q_EMIT session().undoable(draining ? tr("%1 is draining: it takes no new requests").arg(backend)
                                                   : tr("%1 takes requests again").arg(backend),
                                          [this, backend, draining] { askToDrain(backend, !draining, false); });
            }
        });
}

}  // namespace millrace::desktop
