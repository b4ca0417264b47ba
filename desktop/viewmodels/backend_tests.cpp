// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/backend_tests.h"

#include "config.pb.h"
#include "control.pb.h"
#include "format/event_words.h"
#include "format/numbers.h"
#include "viewmodels/session.h"

#include <QtCore/QCoreApplication>

namespace millrace::desktop {
namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(BackendTests)
};

}  // namespace

QByteArray BackendTests::keyOf(const config::v1::Backend& backend)
{
    return QByteArray::fromStdString(backend.SerializeAsString());
}

BackendTest BackendTests::of(const config::v1::Backend& backend) const
{
    return results_.value(keyOf(backend));
}

void BackendTests::run(const config::v1::Backend& backend)
{
    const QByteArray key = keyOf(backend);
    if (results_.size() >= kKept) results_.clear();
    results_.insert(key, {SettingList::Testing, Words::tr("Testing …")});
    Q_EMIT changed();
    control::TestBackendRequest wanted;
    *wanted.mutable_backend() = backend;
    session_.client().testBackend(wanted, this, [this, key](const Outcome<control::TestBackendReply>& outcome) {
        results_.insert(key, toTest(outcome));
        Q_EMIT changed();
    });
}

BackendTest BackendTests::toTest(const Outcome<control::TestBackendReply>& outcome)
{
    if (!outcome.ok()) return {SettingList::Unreachable, outcome.problem};
    const auto& reply = *outcome.reply;
    const QString reason = QString::fromStdString(reply.reason());
    if (!reply.reachable()) return {SettingList::Unreachable, Words::tr("No answer: %1").arg(format::quoted(reason))};
    QStringList names;
    for (const auto& model : reply.models()) names.append(QString::fromStdString(model));
    const auto count = names.size() + reply.models_left_out();
    QString text = Words::tr("Answers in %1").arg(format::milliseconds(reply.latency_ms()));
    if (count > 0) {
        text += QStringLiteral(" · ") + Words::tr("%Ln model(s): ", nullptr, static_cast<int>(count)) +
                names.mid(0, 8).join(QStringLiteral(", ")) + (count > 8 ? QStringLiteral(" …") : QString());
    }
    if (reason.isEmpty()) return {SettingList::Reachable, text};
    return {SettingList::Unreachable, text + QStringLiteral(" · ") + reason};
}

}  // namespace millrace::desktop
