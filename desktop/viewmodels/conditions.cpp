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
        control::EventKind begins;
        control::EventKind ends = control::EVENT_KIND_UNSPECIFIED;  // none: it is a problem for kMomentMs
    };
    static constexpr Span kSpans[] = {
        {control::EVENT_KIND_STATE_WRITE_FAILED, control::EVENT_KIND_STATE_WRITE_RECOVERED},
        {control::EVENT_KIND_LISTING_UNREADABLE, control::EVENT_KIND_LISTING_READ},
        {control::EVENT_KIND_LISTING_EMPTY, control::EVENT_KIND_LISTING_READ},
        {control::EVENT_KIND_CONTROL_SOCKET_LOST, control::EVENT_KIND_CONTROL_SOCKET_RESTORED},
        {control::EVENT_KIND_STATE_SET_ASIDE},
        {control::EVENT_KIND_LOOP_STALLED},
        {control::EVENT_KIND_CLIENTS_REFUSED},
        {control::EVENT_KIND_CONFIG_NOT_REVERTED},
        {control::EVENT_KIND_CONFIG_REVERTED},
        {control::EVENT_KIND_BACKEND_REFUSED},
        {control::EVENT_KIND_BACKEND_KEY_MISSING},
        {control::EVENT_KIND_BACKEND_KEY_INVALID},
        {control::EVENT_KIND_INTERNAL_ERROR},
    };
    const QString subject = str(event.subject());
    for (const Span& span : kSpans) {
        const QString key = QString::number(span.begins) + u'/' + subject;
        const bool begins = event.kind() == span.begins;
        const bool ends = span.ends != control::EVENT_KIND_UNSPECIFIED && event.kind() == span.ends;
        if (!begins && !ends) continue;
        if (!conditions_.contains(key) && conditions_.size() >= kMost) continue;
        Condition& condition = conditions_[key];
        condition.kind = span.begins;
        condition.subject = subject;
        if (ends) condition.ended = std::max<quint64>(condition.ended, event.sequence());
        if (begins && event.sequence() >= condition.began) {
            condition.began = event.sequence();
            condition.text = format::said(event.words(), event.text());
            condition.timeMs = event.time_ms();
        }
    }
}

QList<Problem> Conditions::problems(qint64 nowMs) const
{
    struct Title {
        control::EventKind kind;
        const char* title;
        bool lasts;
    };
    static constexpr Title kTitles[] = {
        {control::EVENT_KIND_STATE_WRITE_FAILED, QT_TRANSLATE_NOOP("Health", "State cannot be saved"), true},
        {control::EVENT_KIND_LISTING_UNREADABLE, QT_TRANSLATE_NOOP("Health", "Model list cannot be read"), true},
        {control::EVENT_KIND_LISTING_EMPTY, QT_TRANSLATE_NOOP("Health", "A backend has no models"), true},
        {control::EVENT_KIND_CONTROL_SOCKET_LOST, QT_TRANSLATE_NOOP("Health", "The control socket was lost"), true},
        {control::EVENT_KIND_STATE_SET_ASIDE, QT_TRANSLATE_NOOP("Health", "A damaged file was set aside"), false},
        {control::EVENT_KIND_LOOP_STALLED, QT_TRANSLATE_NOOP("Health", "The engine stalled"), false},
        {control::EVENT_KIND_CLIENTS_REFUSED, QT_TRANSLATE_NOOP("Health", "Clients were refused"), false},
        {control::EVENT_KIND_CONFIG_NOT_REVERTED, QT_TRANSLATE_NOOP("Health", "A revision could not be reverted"),
         false},
        {control::EVENT_KIND_CONFIG_REVERTED, QT_TRANSLATE_NOOP("Health", "A revision was reverted"), false},
        {control::EVENT_KIND_BACKEND_REFUSED, QT_TRANSLATE_NOOP("Health", "A backend could not be created"), false},
        {control::EVENT_KIND_BACKEND_KEY_MISSING, QT_TRANSLATE_NOOP("Health", "A backend's key is missing"), false},
        {control::EVENT_KIND_BACKEND_KEY_INVALID, QT_TRANSLATE_NOOP("Health", "A backend's key is invalid"), false},
        {control::EVENT_KIND_INTERNAL_ERROR, QT_TRANSLATE_NOOP("Health", "Internal error"), false},
    };
    QList<Problem> out;
    for (const Condition& condition : conditions_) {
        if (condition.began <= condition.ended) continue;
        for (const Title& title : kTitles) {
            if (condition.kind != title.kind) continue;
            if (!title.lasts && nowMs - condition.timeMs > kMomentMs) continue;
            const QString text =
                condition.subject.isEmpty() || condition.subject == u"engine" || condition.subject == u"configuration"
                    ? condition.text
                    : QStringLiteral("%1: %2").arg(condition.subject, condition.text);
            out.append(
                {QStringLiteral("event-%1/").arg(condition.kind) + condition.subject,
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
