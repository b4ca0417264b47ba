// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/conditions.h"

#include "control.pb.h"
#include "format/said.h"

#include <QtCore/QCoreApplication>

#include <algorithm>

namespace millrace::desktop {

namespace {

QString str(const std::string& text)
{
    return QString::fromStdString(text);
}

}  // namespace

void Conditions::take(const control::Event& event)
{
    struct Span {
        const char* begins;
        const char* ends;  // null: it is a problem for kMomentMs
    };
    static constexpr Span kSpans[] = {
        {"state_write_failed", "state_write_recovered"},
        {"listing_unreadable", "listing_read"},
        {"listing_empty", "listing_read"},
        {"control_socket_lost", "control_socket_restored"},
        {"state_set_aside", nullptr},
        {"loop_stalled", nullptr},
        {"clients_refused", nullptr},
        {"config_not_reverted", nullptr},
        {"config_reverted", nullptr},
        {"backend_refused", nullptr},
        {"backend_key_missing", nullptr},
        {"backend_key_invalid", nullptr},
        {"internal_error", nullptr},
    };
    const QString subject = str(event.subject());
    for (const Span& span : kSpans) {
        const QString key = QLatin1String(span.begins) + u'/' + subject;
        const bool begins = event.kind() == span.begins;
        const bool ends = span.ends && event.kind() == span.ends;
        if (!begins && !ends) continue;
        if (!held_.contains(key) && held_.size() >= kMost) continue;
        Held& held = held_[key];
        held.kind = QLatin1String(span.begins);
        held.subject = subject;
        if (ends) held.ended = std::max<quint64>(held.ended, event.sequence());
        if (begins && event.sequence() >= held.began) {
            held.began = event.sequence();
            held.text = format::said(event.words(), event.text());
            held.timeMs = event.time_ms();
        }
    }
}

QList<Problem> Conditions::problems(qint64 nowMs) const
{
    struct Title {
        const char* kind;
        const char* title;
        bool lasts;
    };
    static constexpr Title kTitles[] = {
        {"state_write_failed", QT_TRANSLATE_NOOP("Health", "State cannot be saved"), true},
        {"listing_unreadable", QT_TRANSLATE_NOOP("Health", "Model list cannot be read"), true},
        {"listing_empty", QT_TRANSLATE_NOOP("Health", "A backend has no models"), true},
        {"control_socket_lost", QT_TRANSLATE_NOOP("Health", "The control socket was lost"), true},
        {"state_set_aside", QT_TRANSLATE_NOOP("Health", "A damaged file was set aside"), false},
        {"loop_stalled", QT_TRANSLATE_NOOP("Health", "The engine stalled"), false},
        {"clients_refused", QT_TRANSLATE_NOOP("Health", "Clients were refused"), false},
        {"config_not_reverted", QT_TRANSLATE_NOOP("Health", "A revision could not be reverted"), false},
        {"config_reverted", QT_TRANSLATE_NOOP("Health", "A revision was reverted"), false},
        {"backend_refused", QT_TRANSLATE_NOOP("Health", "A backend could not be created"), false},
        {"backend_key_missing", QT_TRANSLATE_NOOP("Health", "A backend's key is missing"), false},
        {"backend_key_invalid", QT_TRANSLATE_NOOP("Health", "A backend's key is invalid"), false},
        {"internal_error", QT_TRANSLATE_NOOP("Health", "Internal error"), false},
    };
    QList<Problem> out;
    for (const Held& held : held_) {
        if (held.began <= held.ended) continue;
        for (const Title& title : kTitles) {
            if (held.kind != QLatin1String(title.kind)) continue;
            if (!title.lasts && nowMs - held.timeMs > kMomentMs) continue;
            const QString text = held.subject.isEmpty() || held.subject == u"engine" || held.subject == u"configuration"
                                     ? held.text
                                     : QStringLiteral("%1: %2").arg(held.subject, held.text);
            out.append(
                {held.kind + u'/' + held.subject,
                 HealthLevel::Warning,
                 QCoreApplication::translate("Health", title.title),
                 text,
                 {Remedy::Kind::ShowPage, QCoreApplication::translate("Health", "Events"), {QStringLiteral("events")}},
                 false});
        }
    }
    return out;
}

}  // namespace millrace::desktop
