// SPDX-License-Identifier: GPL-3.0-or-later
#include "format/event_words.h"

#include "control.pb.h"
#include "format/enum_words.h"

#include <QtCore/QCoreApplication>

namespace millrace::desktop::format {
QString eventKindText(int kind, const QString& name)
{
    switch (static_cast<control::EventKind>(kind)) {
        case control::EVENT_KIND_ACCEPT_FAILED:
            return QCoreApplication::translate("EventKind", "accept failed");
        case control::EVENT_KIND_BACKEND_DOWN:
            return QCoreApplication::translate("EventKind", "backend down");
        case control::EVENT_KIND_BACKEND_DRAINING:
            return QCoreApplication::translate("EventKind", "backend draining");
        case control::EVENT_KIND_BACKEND_EJECTED:
            return QCoreApplication::translate("EventKind", "backend ejected");
        case control::EVENT_KIND_BACKEND_KEY_INVALID:
            return QCoreApplication::translate("EventKind", "backend key invalid");
        case control::EVENT_KIND_BACKEND_KEY_MISSING:
            return QCoreApplication::translate("EventKind", "backend key missing");
        case control::EVENT_KIND_BACKEND_REFUSED:
            return QCoreApplication::translate("EventKind", "backend not created");
        case control::EVENT_KIND_BACKEND_REPLACED:
            return QCoreApplication::translate("EventKind", "backend replaced");
        case control::EVENT_KIND_BACKEND_RESUMED:
            return QCoreApplication::translate("EventKind", "backend resumed");
        case control::EVENT_KIND_BACKEND_UP:
            return QCoreApplication::translate("EventKind", "backend up");
        case control::EVENT_KIND_BACKPRESSURE_LIMIT:
            return QCoreApplication::translate("EventKind", "stream buffer limit");
        case control::EVENT_KIND_BATCH_LIMIT:
            return QCoreApplication::translate("EventKind", "batch size limit");
        case control::EVENT_KIND_CLIENTS_REFUSED:
            return QCoreApplication::translate("EventKind", "clients refused");
        case control::EVENT_KIND_CLOCK_JUMPED:
            return QCoreApplication::translate("EventKind", "clock jumped");
        case control::EVENT_KIND_CONFIG_APPLIED:
            return QCoreApplication::translate("EventKind", "revision applied");
        case control::EVENT_KIND_CONFIG_FILE_MISSING:
            return QCoreApplication::translate("EventKind", "configuration file missing");
        case control::EVENT_KIND_CONFIG_KEPT:
            return QCoreApplication::translate("EventKind", "revision kept");
        case control::EVENT_KIND_CONFIG_NOT_JUDGED:
            return QCoreApplication::translate("EventKind", "revision not judged");
        case control::EVENT_KIND_CONFIG_NOT_REVERTED:
            return QCoreApplication::translate("EventKind", "revision not reverted");
        case control::EVENT_KIND_CONFIG_REVERTED:
            return QCoreApplication::translate("EventKind", "revision reverted");
        case control::EVENT_KIND_CONNECTIONS_EVICTED:
            return QCoreApplication::translate("EventKind", "connections evicted");
        case control::EVENT_KIND_CONTROL_SOCKET_LOST:
            return QCoreApplication::translate("EventKind", "control socket lost");
        case control::EVENT_KIND_CONTROL_SOCKET_RESTORED:
            return QCoreApplication::translate("EventKind", "control socket restored");
        case control::EVENT_KIND_DRAIN_TIMEOUT:
            return QCoreApplication::translate("EventKind", "drain timeout");
        case control::EVENT_KIND_ENGINE_STARTED:
            return QCoreApplication::translate("EventKind", "engine started");
        case control::EVENT_KIND_ENGINE_STOPPED:
            return QCoreApplication::translate("EventKind", "engine stopped");
        case control::EVENT_KIND_ENGINE_STOPPING:
            return QCoreApplication::translate("EventKind", "engine stopping");
        case control::EVENT_KIND_FRONT_FAILED:
            return QCoreApplication::translate("EventKind", "listener failed");
        case control::EVENT_KIND_INTERNAL_ERROR:
            return QCoreApplication::translate("EventKind", "internal error");
        case control::EVENT_KIND_LISTING_EMPTY:
            return QCoreApplication::translate("EventKind", "model list empty");
        case control::EVENT_KIND_LISTING_READ:
            return QCoreApplication::translate("EventKind", "model list read");
        case control::EVENT_KIND_LISTING_UNREADABLE:
            return QCoreApplication::translate("EventKind", "model list unreadable");
        case control::EVENT_KIND_LOAD_STATE_UNREAD:
            return QCoreApplication::translate("EventKind", "load state not read");
        case control::EVENT_KIND_LOOP_STALLED:
            return QCoreApplication::translate("EventKind", "engine stalled");
        case control::EVENT_KIND_MODEL_EVICTED:
            return QCoreApplication::translate("EventKind", "model evicted");
        case control::EVENT_KIND_MODEL_IDLE_TTL_CHANGED:
            return QCoreApplication::translate("EventKind", "model time to live");
        case control::EVENT_KIND_MODEL_LOAD_FAILED:
            return QCoreApplication::translate("EventKind", "model load failed");
        case control::EVENT_KIND_MODEL_LOADED:
            return QCoreApplication::translate("EventKind", "model loaded");
        case control::EVENT_KIND_MODEL_PINNED:
            return QCoreApplication::translate("EventKind", "model pinned");
        case control::EVENT_KIND_MODEL_PRELOAD_OFF:
            return QCoreApplication::translate("EventKind", "model preloads off");
        case control::EVENT_KIND_MODEL_PRELOAD_ON:
            return QCoreApplication::translate("EventKind", "model preloads on");
        case control::EVENT_KIND_MODEL_PRELOADED:
            return QCoreApplication::translate("EventKind", "model preloaded");
        case control::EVENT_KIND_MODEL_UNLOADED:
            return QCoreApplication::translate("EventKind", "model unloaded");
        case control::EVENT_KIND_MODEL_UNPINNED:
            return QCoreApplication::translate("EventKind", "model unpinned");
        case control::EVENT_KIND_RUNTIME_RESTARTED:
            return QCoreApplication::translate("EventKind", "runtime restarted");
        case control::EVENT_KIND_STATE_SET_ASIDE:
            return QCoreApplication::translate("EventKind", "state file set aside");
        case control::EVENT_KIND_STATE_WRITE_FAILED:
            return QCoreApplication::translate("EventKind", "state write failed");
        case control::EVENT_KIND_STATE_WRITE_RECOVERED:
            return QCoreApplication::translate("EventKind", "state write recovered");
        case control::EVENT_KIND_STREAM_BROKEN:
            return QCoreApplication::translate("EventKind", "stream broken");
        case control::EVENT_KIND_UNSPECIFIED:
            MILLRACE_NEWER_VALUES(EventKind);
    }
    return kind != 0 || name.isEmpty() ? unknownText(kind) : QString(name).replace(u'_', u' ');
}

QString eventKindName(const control::Event& event)
{
    constexpr qsizetype kPrefix = sizeof("EVENT_KIND_") - 1;
    if (event.kind() == control::EVENT_KIND_UNSPECIFIED) return QString::fromStdString(event.kind_name());
    if (!control::EventKind_IsValid(event.kind())) return QString::number(event.kind());
    return QString::fromStdString(control::EventKind_Name(event.kind())).mid(kPrefix).toLower();
}

QString quoted(const QString& text)
{
    QString words = text.simplified();
    if (words.endsWith(u'.') && !words.endsWith(QStringLiteral(".."))) words.chop(1);
    return words.isEmpty() ? words : QCoreApplication::translate("Format", "“%1”").arg(words);
}

}  // namespace millrace::desktop::format
