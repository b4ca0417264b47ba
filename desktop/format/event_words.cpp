// SPDX-License-Identifier: GPL-3.0-or-later
#include "format/event_words.h"

#include <QtCore/QCoreApplication>

#include <algorithm>
#include <iterator>

namespace millrace::desktop::format {
namespace {

struct Named {
    const char* kind;
    const char* words;
};
constexpr Named kKinds[] = {
    {"accept_failed", QT_TRANSLATE_NOOP("EventKind", "accept failed")},
    {"backend_down", QT_TRANSLATE_NOOP("EventKind", "backend down")},
    {"backend_draining", QT_TRANSLATE_NOOP("EventKind", "backend draining")},
    {"backend_ejected", QT_TRANSLATE_NOOP("EventKind", "backend ejected")},
    {"backend_key_invalid", QT_TRANSLATE_NOOP("EventKind", "backend key invalid")},
    {"backend_key_missing", QT_TRANSLATE_NOOP("EventKind", "backend key missing")},
    {"backend_refused", QT_TRANSLATE_NOOP("EventKind", "backend not created")},
    {"backend_replaced", QT_TRANSLATE_NOOP("EventKind", "backend replaced")},
    {"backend_resumed", QT_TRANSLATE_NOOP("EventKind", "backend resumed")},
    {"backend_up", QT_TRANSLATE_NOOP("EventKind", "backend up")},
    {"backpressure_limit", QT_TRANSLATE_NOOP("EventKind", "stream buffer limit")},
    {"batch_limit", QT_TRANSLATE_NOOP("EventKind", "batch size limit")},
    {"clients_refused", QT_TRANSLATE_NOOP("EventKind", "clients refused")},
    {"clock_jumped", QT_TRANSLATE_NOOP("EventKind", "clock jumped")},
    {"config_applied", QT_TRANSLATE_NOOP("EventKind", "revision applied")},
    {"config_file_missing", QT_TRANSLATE_NOOP("EventKind", "configuration file missing")},
    {"config_kept", QT_TRANSLATE_NOOP("EventKind", "revision kept")},
    {"config_not_judged", QT_TRANSLATE_NOOP("EventKind", "revision not judged")},
    {"config_not_reverted", QT_TRANSLATE_NOOP("EventKind", "revision not reverted")},
    {"config_reverted", QT_TRANSLATE_NOOP("EventKind", "revision reverted")},
    {"connections_evicted", QT_TRANSLATE_NOOP("EventKind", "connections evicted")},
    {"control_socket_lost", QT_TRANSLATE_NOOP("EventKind", "control socket lost")},
    {"control_socket_restored", QT_TRANSLATE_NOOP("EventKind", "control socket restored")},
    {"drain_timeout", QT_TRANSLATE_NOOP("EventKind", "drain timeout")},
    {"engine_started", QT_TRANSLATE_NOOP("EventKind", "engine started")},
    {"engine_stopped", QT_TRANSLATE_NOOP("EventKind", "engine stopped")},
    {"engine_stopping", QT_TRANSLATE_NOOP("EventKind", "engine stopping")},
    {"front_failed", QT_TRANSLATE_NOOP("EventKind", "listener failed")},
    {"internal_error", QT_TRANSLATE_NOOP("EventKind", "internal error")},
    {"listing_empty", QT_TRANSLATE_NOOP("EventKind", "model list empty")},
    {"listing_read", QT_TRANSLATE_NOOP("EventKind", "model list read")},
    {"listing_unreadable", QT_TRANSLATE_NOOP("EventKind", "model list unreadable")},
    {"load_state_unread", QT_TRANSLATE_NOOP("EventKind", "load state not read")},
    {"loop_stalled", QT_TRANSLATE_NOOP("EventKind", "engine stalled")},
    {"model_evicted", QT_TRANSLATE_NOOP("EventKind", "model evicted")},
    {"model_idle_ttl_changed", QT_TRANSLATE_NOOP("EventKind", "model time to live")},
    {"model_load_failed", QT_TRANSLATE_NOOP("EventKind", "model load failed")},
    {"model_loaded", QT_TRANSLATE_NOOP("EventKind", "model loaded")},
    {"model_pinned", QT_TRANSLATE_NOOP("EventKind", "model pinned")},
    {"model_preload_off", QT_TRANSLATE_NOOP("EventKind", "model preloads off")},
    {"model_preload_on", QT_TRANSLATE_NOOP("EventKind", "model preloads on")},
    {"model_preloaded", QT_TRANSLATE_NOOP("EventKind", "model preloaded")},
    {"model_unloaded", QT_TRANSLATE_NOOP("EventKind", "model unloaded")},
    {"model_unpinned", QT_TRANSLATE_NOOP("EventKind", "model unpinned")},
    {"runtime_restarted", QT_TRANSLATE_NOOP("EventKind", "runtime restarted")},
    {"state_set_aside", QT_TRANSLATE_NOOP("EventKind", "state file set aside")},
    {"state_write_failed", QT_TRANSLATE_NOOP("EventKind", "state write failed")},
    {"state_write_recovered", QT_TRANSLATE_NOOP("EventKind", "state write recovered")},
    {"stream_broken", QT_TRANSLATE_NOOP("EventKind", "stream broken")},
};

}  // namespace

QString eventKindText(const QString& kind)
{
    const auto found = std::find_if(std::begin(kKinds), std::end(kKinds),
                                    [&](const Named& named) { return kind == QLatin1String(named.kind); });
    if (found != std::end(kKinds)) return QCoreApplication::translate("EventKind", found->words);
    return QString(kind).replace(u'_', u' ');
}

QStringList eventKinds()
{
    QStringList out;
    for (const Named& named : kKinds) out.append(QString::fromLatin1(named.kind));
    return out;
}

QString quoted(const QString& text)
{
    QString words = text.simplified();
    if (words.endsWith(u'.') && !words.endsWith(QStringLiteral(".."))) words.chop(1);
    return words.isEmpty() ? words : QCoreApplication::translate("Format", "“%1”").arg(words);
}

}  // namespace millrace::desktop::format
