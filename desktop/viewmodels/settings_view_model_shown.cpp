// SPDX-License-Identifier: GPL-3.0-or-later
// What the page of settings shows: group or matches, and the rows of them.
#include "format/said.h"
#include "format/translation.h"
#include "viewmodels/connections_view_model.h"
#include "viewmodels/settings_core.h"
#include "viewmodels/settings_form.h"

#include <utility>

namespace millrace::desktop {
namespace {

const QString kModified = QStringLiteral("@modified");

QString str(const std::string& text)
{
    return QString::fromStdString(text);
}

}  // namespace

void SettingsViewModel::setAsJson(bool asJson)
{
    if (asJson == asJson_) return;
    asJson_ = asJson;
    Q_EMIT changed();
}

void SettingsViewModel::setGroup(const QString& group)
{
    if (group == group_ && query_.isEmpty() && !asJson_) return;
    group_ = group;
    asJson_ = false;
    if (!query_.isEmpty()) {
        query_.clear();
        Q_EMIT queryChanged();
    }
    rebuild();
}

void SettingsViewModel::setQuery(const QString& query)
{
    if (query == query_) return;
    query_ = query;
    if (!query_.isEmpty()) asJson_ = false;
    Q_EMIT queryChanged();
    rebuild();
}

bool SettingsViewModel::isOnlyModified() const
{
    return query_.contains(kModified);
}

void SettingsViewModel::setOnlyModified(bool only)
{
    if (only == isOnlyModified()) return;
    QString rest = query_;
    rest.remove(kModified);
    setQuery(only ? (kModified + u' ' + rest).trimmed() : rest.trimmed());
}

void SettingsViewModel::reveal(const QString& path)
{
    reveal_ = path;
    showReveal();
}

void SettingsViewModel::showReveal()
{
    if (reveal_.isEmpty() || phase_ != Ready) return;
    QString path = std::exchange(reveal_, QString());
    const auto* setting = server_.find(path);
    if (!setting) return;
    setGroup(str(setting->group()));
    if (path.contains(u"[]")) {  // of any entry: the first one that has it
        for (const SettingRow& row : settings_.rows()) {
            if (ServerState::general(row.path) != path) continue;
            path = row.path;
            break;
        }
    }
    revealedRow_ = settings_.indexOf(path);
    if (revealedRow_ >= 0) Q_EMIT revealed(revealedRow_);
}

const GroupRow* SettingsViewModel::shownGroup() const
{
    if (!query_.isEmpty()) return nullptr;
    for (const GroupRow& row : groups_.rows()) {
        if (row.id == group_) return &row;
    }
    return nullptr;
}

QString SettingsViewModel::groupTitle() const
{
    if (!query_.isEmpty()) {
        int count = 0;
        for (const SettingRow& row : settings_.rows()) count += row.rowKind == SettingList::Field ? 1 : 0;
        return tr("%Ln match(es)", nullptr, count);
    }
    const auto* row = shownGroup();
    return row ? row->title : QString();
}

QString SettingsViewModel::groupHelp() const
{
    const auto* row = shownGroup();
    return row ? row->help : QString();
}

int SettingsViewModel::groupStage() const
{
    const auto* row = shownGroup();
    return row ? row->stage : Stage::None;
}

SettingsForm SettingsViewModel::form() const
{
    const auto health = [this](const QString& name) {
        for (const auto& pool : session().frame().pools().pools()) {
            if (str(pool.backend()) != name) continue;
            SettingsForm::Health out{ConnectionsViewModel::healthWord(pool.health()),
                                     pool.health() == control::BACKEND_HEALTH_HEALTHY};
            if (!out.good && !pool.health_reason().empty())
                out.words += QStringLiteral(": ") + format::said(pool.health_words(), pool.health_reason());
            return out;
        }
        return SettingsForm::Health();
    };
    return SettingsForm{server_,
                        draft_,
                        problems_,
                        core_->changes,
                        isValidated(),
                        [this](const QString& path) { return history_.setBy(path); },
                        [this](int slot) { return core_->tests.of(draft_.backend(server_, slot)); },
                        health,
                        session().client().address()};
}

void SettingsViewModel::rebuild()
{
    if (phase_ == Ready) {
        const SettingsForm rows = form();
        groups_.sync(rows.groups());
        settings_.sync(rows.rows(group_, query_));
        pending_.sync(rows.pending());
    }
    Q_EMIT changed();
}

QList<SettingsViewModel::Named> SettingsViewModel::all() const
{
    QList<Named> out;
    for (const auto& setting : server_.schema().settings())
        out.append({str(setting.path()), translatedSetting(setting.title())});
    return out;
}

}  // namespace millrace::desktop
