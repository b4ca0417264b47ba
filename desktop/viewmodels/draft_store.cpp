// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/draft_store.h"

#include "config/config_draft.h"
#include "control.pb.h"
#include "viewmodels/json_view_model.h"
#include "viewmodels/preferences.h"
#include "viewmodels/session.h"

#include <QtCore/QCryptographicHash>
#include <QtCore/QJsonDocument>

namespace millrace::desktop {
namespace {

const QString kJsonKey = QStringLiteral("json");

}  // namespace

QString DraftStore::key() const
{
    // An engine is known by its state folder: only one at a time can use it.
    const QString of = session_.client().address() + u'\n' + QString::fromStdString(session_.status().state_dir());
    const QByteArray hash = QCryptographicHash::hash(of.toUtf8(), QCryptographicHash::Sha1).toHex().left(16);
    return QStringLiteral("draft_") + QString::fromLatin1(hash);
}

QJsonObject DraftStore::load()
{
    of_ = key();
    Preferences* preferences = session_.preferences();
    if (!preferences || session_.isDemo()) return {};
    return QJsonDocument::fromJson(preferences->text(of_).toUtf8()).object();
}

void DraftStore::save(const ConfigDraft& draft, const JsonViewModel& json) const
{
    Preferences* preferences = session_.preferences();
    if (!preferences || session_.isDemo() || of_.isEmpty() || !isOfThisEngine()) return;
    if (draft.isEmpty() && !json.isDirty()) return preferences->keep(of_, QVariant());
    QJsonObject object = draft.toJson();
    if (json.isDirty()) object.insert(kJsonKey, json.text());
    preferences->keep(of_, QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact)));
}

QString DraftStore::jsonOf(const QJsonObject& kept)
{
    return kept.value(kJsonKey).toString();
}

}  // namespace millrace::desktop
