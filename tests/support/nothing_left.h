// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "support/engine_process.h"

#include <QHash>
#include <QString>

#include <cstdint>

/// Proof that an engine is at rest: no request, permit, lease, connection in use, waiter, batch, load, stream, byte,
/// descriptor or process is left over. Read from its registry and from /proc, so that whatever the drill did, the
/// engine itself must say that it is over.
namespace nothing_left {

/// What an engine at rest has, taken before the drill.
struct Rest {
    int descriptors = 0;
    int pooled = 0;  ///< connections that pools keep: those are no leftovers
    qsizetype children = 0;
};

Rest restOf(EngineProcess& engine);

/// Empty as soon as nothing is left over, else what still is when the time is up.
QString leftover(EngineProcess& engine, const Rest& before, int withinMs = 15000);

/// /metrics by name with labels ("millrace_pool_waiters{backend=\"a\",…}").
QHash<QString, double> metrics(EngineProcess& engine);
/// Sum over the label sets that contain `label`; 0 when there is none.
double sum(const QHash<QString, double>& metrics, const QString& name, const QString& label = {});

}  // namespace nothing_left
