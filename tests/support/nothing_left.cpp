// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/nothing_left.h"

#include "support/metric_text.h"
#include "support/raw_client.h"

#include <QDeadlineTimer>
#include <QFile>
#include <QSet>
#include <QTest>

namespace nothing_left {

namespace {

struct Gauge {
    const char* name;
    const char* label;
    double atRest;
};

/// What must be back at its value at rest. The scraper itself is the one client.
constexpr Gauge kGauges[] = {
    {"millrace_admission_permits", "", 0},
    {"millrace_admission_waiters", "", 0},
    {"millrace_model_leases", "", 0},
    {"millrace_requests_in_flight", "", 0},
    {"millrace_pool_connections", "state=\"active\"", 0},
    {"millrace_pool_waiters", "", 0},
    {"millrace_batch_queue", "", 0},
    {"millrace_batch_in_flight", "", 0},
    {"millrace_load_queue", "", 0},
    {"millrace_load_loading", "", 0},
    {"millrace_stream_streams", "", 0},
    {"millrace_stream_buffered_bytes", "", 0},
    {"millrace_front_connections", "", 1},
    {"millrace_control_connections", "", 0},
    {"millrace_front_body_bytes", "", 0},
};

/// Connections that the other end has closed and the engine has not.
int halfOpen(EngineProcess& engine)
{
    QSet<QByteArray> own;
    const QDir folder(QStringLiteral("/proc/%1/fd").arg(engine.pid()));
    for (const auto& entry : folder.entryList(QDir::AllEntries | QDir::System | QDir::NoDotAndDotDot)) {
        const auto target = QFile::symLinkTarget(folder.filePath(entry));
        const auto at = target.indexOf("socket:[");
        if (at >= 0) own << target.mid(at + 8).chopped(1).toUtf8();
    }
    int count = 0;
    QFile table(QStringLiteral("/proc/net/tcp"));
    if (!table.open(QIODevice::ReadOnly)) return 0;
    for (const auto& line : table.readAll().split('\n')) {
        const auto parts = line.simplified().split(' ');
        constexpr int kCloseWait = 8;
        if (parts.size() > 9 && parts.at(3).toInt(nullptr, 16) == kCloseWait && own.contains(parts.at(9))) ++count;
    }
    return count;
}

int pooledOf(const QHash<QString, double>& metrics)
{
    return static_cast<int>(sum(metrics, QStringLiteral("millrace_pool_connections")));
}

QString leftoverNow(EngineProcess& engine, const Rest& before)
{
    const auto now = metrics(engine);
    if (now.isEmpty()) return QStringLiteral("/metrics has no answer");
    for (const auto& gauge : kGauges) {
        const auto value = sum(now, gauge.name, gauge.label);
        if (value != gauge.atRest)
            return QStringLiteral("%1{%2} is %3, not %4").arg(gauge.name, gauge.label).arg(value).arg(gauge.atRest);
    }
    const auto offered = sum(now, "millrace_requests_offered_total"), ended = sum(now, "millrace_requests_total");
    if (offered != ended) return QStringLiteral("%1 requests were offered, %2 have ended").arg(offered).arg(ended);
    if (const int left = halfOpen(engine); left > 0)
        return QStringLiteral("%1 sockets whose other end has closed are still open").arg(left);
    const int descriptors = engine.descriptors() - pooledOf(now), expected = before.descriptors - before.pooled;
    if (descriptors > expected)
        return QStringLiteral("%1 descriptors beside pooled connections, %2 before").arg(descriptors).arg(expected);
    const auto children = engine.children();
    if (children.size() != before.children)
        return QStringLiteral("%1 child processes, %2 before").arg(children.size()).arg(before.children);
    return {};
}

}  // namespace

QHash<QString, double> metrics(EngineProcess& engine)
{
    RawClient client(engine.http());
    if (!client.ask("GET", "/metrics")) return {};
    const auto answer = client.answer(10000);
    if (answer.status != 200 || !answer.whole) return {};
    return millrace::testing::metricsOf(answer.body);
}

double sum(const QHash<QString, double>& metrics, const QString& name, const QString& label)
{
    return millrace::testing::metricSum(metrics, name, label).value_or(0);
}

Rest restOf(EngineProcess& engine)
{
    engine.closeIdle();
    QTest::qWait(1);
    Rest rest;
    rest.pooled = pooledOf(metrics(engine));
    rest.descriptors = engine.descriptors();
    rest.children = engine.children().size();
    return rest;
}

QString leftover(EngineProcess& engine, const Rest& before, int withinMs)
{
    engine.closeIdle();
    QDeadlineTimer deadline(withinMs);
    QString left;
    do {
        left = leftoverNow(engine, before);
        if (left.isEmpty()) return {};
        QTest::qWait(50);
    } while (!deadline.hasExpired());
    return left;
}

}  // namespace nothing_left
