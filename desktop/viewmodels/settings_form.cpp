// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/settings_form.h"

#include "format/enum_words.h"
#include "format/numbers.h"
#include "format/setting_text.h"
#include "format/translation.h"

#include <QtCore/QCoreApplication>

#include <algorithm>

namespace millrace::desktop {
namespace {

using control::SettingSchema;

const QString kModified = QStringLiteral("@modified");

struct Words {
    Q_DECLARE_TR_FUNCTIONS(SettingsForm)
};

QString str(const std::string& text)
{
    return QString::fromStdString(text);
}

bool isOfBackend(const SettingSchema& setting)
{
    return setting.path().starts_with("backends[].");
}

QString backendPath(int slot, const char* field)
{
    return QStringLiteral("backends[%1].%2").arg(slot).arg(QLatin1String(field));
}

QString groupOf(const QString& path)
{
    return path.left(path.indexOf(path.contains(u'[') ? u'[' : u'.'));
}

SettingList::Editor editorOf(config::v1::SettingType type)
{
    switch (type) {
        case config::v1::SETTING_TYPE_SWITCH:
            return SettingList::Switch;
        case config::v1::SETTING_TYPE_CHOICE:
            return SettingList::Choice;
        case config::v1::SETTING_TYPE_INTEGER:
        case config::v1::SETTING_TYPE_NUMBER:
        case config::v1::SETTING_TYPE_TEXT:
        case config::v1::SETTING_TYPE_LIST:
        case config::v1::SETTING_TYPE_UNSPECIFIED:
        case config::v1::SettingType_INT_MIN_SENTINEL_DO_NOT_USE_:
        case config::v1::SettingType_INT_MAX_SENTINEL_DO_NOT_USE_:
            break;
    }
    return SettingList::Line;
}

bool isTextual(const SettingSchema& setting)
{
    return setting.type() == config::v1::SETTING_TYPE_TEXT || setting.type() == config::v1::SETTING_TYPE_LIST;
}

}  // namespace

QString SettingsForm::backendTitle(const ServerState& server, const ConfigDraft& draft, int slot)
{
    const QString name = draft.text(server, backendPath(slot, "name"));
    return name.isEmpty() ? Words::tr("Backend without a name") : name;
}

/// Where the value of a field is in the engine's configuration; empty: nowhere yet.
QString SettingsForm::activePath(const QString& path) const
{
    const int slot = ServerState::entryOf(path);
    if (slot < 0) return path;
    if (slot >= draft.backends().size() || draft.backends().at(slot).base < 0) return {};
    return ServerState::withEntry(path, draft.backends().at(slot).base);
}

QString SettingsForm::sourceText(const QString& path) const
{
    const QString at = activePath(path);
    if (at.isEmpty()) return {};
    switch (server.source(at)) {
        case control::VALUE_SOURCE_DEFAULT:
            return {};
        case control::VALUE_SOURCE_FILE:
            return Words::tr("from the configuration file");
        case control::VALUE_SOURCE_ENVIRONMENT:
            return Words::tr("given by an environment variable");
        case control::VALUE_SOURCE_FLAG:
            return Words::tr("given by a command-line flag");
        case control::VALUE_SOURCE_APPLIED:
        case control::VALUE_SOURCE_UNSPECIFIED:
            MILLRACE_NEWER_VALUES(ValueSource);
    }
    const QString revision = setBy(at);
    return revision.isEmpty() ? Words::tr("set in an earlier revision") : Words::tr("set in revision %1").arg(revision);
}

bool SettingsForm::isModified(const SettingSchema& setting, const QString& path) const
{
    const QString at = activePath(path);
    return !at.isEmpty() && !isOfBackend(setting) && server.text(at) != str(setting.default_text());
}

SettingRow SettingsForm::field(const SettingSchema& setting, const QString& path) const
{
    SettingRow row;
    row.rowKind = SettingList::Field;
    row.path = path;
    row.title = translatedSetting(setting.title());
    row.help = translatedSetting(setting.help());
    row.type = editorOf(setting.type());
    row.unit = translatedSetting(setting.unit());
    row.restart = setting.takes_effect() == config::v1::EFFECT_RESTART;
    for (const auto& choice : setting.choices()) row.choices.append(str(choice));
    row.slot = ServerState::entryOf(path);
    const bool added = row.slot >= 0 && draft.backends().value(row.slot).base < 0;
    row.value = draft.text(server, path);
    row.typed = setting_text::typed(setting, row.value);
    row.display = setting_text::grouped(setting, row.value);
    row.normal = setting_text::grouped(setting, str(setting.default_text()));
    // Its default is made from the environment of the engine, which no schema knows.
    if (row.normal.isEmpty() && path == u"endpoints.control") row.normal = controlSocket;
    row.pending = draft.isEdited(path) && !added;
    row.modified = isModified(setting, path);
    row.problem = problems.value(path);
    const QString at = activePath(path);
    const auto source = at.isEmpty() ? control::VALUE_SOURCE_UNSPECIFIED : server.source(at);
    row.locked = source == control::VALUE_SOURCE_ENVIRONMENT || source == control::VALUE_SOURCE_FLAG;

    QStringList info;
    if (const QString range = setting_text::range(setting); !range.isEmpty()) info.append(range);
    const QString words = setting_text::inWords(setting, row.value);
    if (!words.isEmpty()) info.prepend(QStringLiteral("= ") + words);
    // "default –" says nothing; of a backend only what every one has.
    if (!setting.default_text().empty() && (!isOfBackend(setting) || !isTextual(setting))) {
        QString standard = Words::tr("default %1").arg(setting_text::shown(setting, str(setting.default_text())));
        if (!isTextual(setting)) standard.replace(u' ', QChar(0x00A0));  // a line breaks between facts, not within one
        info.append(standard);
    }
    if (const QString from = sourceText(path); !from.isEmpty()) info.append(from);
    row.info = info.join(QStringLiteral(" · "));
    if (row.pending) {
        row.note =
            Words::tr("was %1 · %2")
                .arg(setting_text::shown(setting, server.text(at)), setting_text::effect(setting.takes_effect()));
    }
    return row;
}

SettingRow SettingsForm::backendRow(int slot) const
{
    const ConfigDraft::Slot& entry = draft.backends().at(slot);
    SettingRow row;
    row.rowKind = SettingList::Backend;
    row.path = QStringLiteral("backends[%1]").arg(slot);
    row.slot = slot;
    row.title = backendTitle(server, draft, slot);
    const QString kind = draft.text(server, backendPath(slot, "kind"));
    const QString address = draft.text(server, backendPath(slot, "address"));
    const bool runtime = kind == u"runtime";
    row.help = runtime || address.isEmpty() ? kind : QStringLiteral("%1 · %2").arg(kind, address);
    row.state = entry.removed ? SettingList::Removed : entry.base < 0 ? SettingList::Added : SettingList::Active;
    if (entry.removed) {
        row.note = Words::tr("will be removed");
    } else if (entry.base < 0) {
        row.note = Words::tr("will be added");
    } else {
        const Health now = health(entry.name);
        row.note = now.words;
        row.healthy = now.good;
    }
    int staying = 0;
    for (const auto& other : draft.backends()) staying += other.removed ? 0 : 1;
    row.removable = !entry.removed && staying > 1;
    row.testable = !runtime && !entry.removed && !address.isEmpty();
    const BackendTest tested = test(slot);
    row.testState = tested.state;
    row.testText = tested.text;
    row.problem = problems.value(row.path);
    return row;
}

QList<SettingRow> SettingsForm::backendRows(const std::function<bool(const SettingSchema&, const QString&)>& shown,
                                            bool all) const
{
    QList<SettingRow> rows;
    for (int slot = 0; slot < draft.backends().size(); ++slot) {
        QList<SettingRow> fields;
        const QString kind = draft.text(server, backendPath(slot, "kind"));
        for (const auto& setting : server.schema().settings()) {
            if (!isOfBackend(setting) || draft.backends().at(slot).removed) continue;
            const QString path = ServerState::withEntry(str(setting.path()), slot);
            // What belongs to another kind is not shown, unless it has a problem.
            const bool fits = !setting.has_for_kind() ||
                              str(config::v1::BackendKind_Name(setting.for_kind())).endsWith(u'_' + kind.toUpper());
            if ((fits || problems.contains(path)) && shown(setting, path)) fields.append(field(setting, path));
        }
        if (fields.isEmpty() && !all) continue;
        rows.append(backendRow(slot));
        rows.append(fields);
    }
    return rows;
}

QList<SettingRow> SettingsForm::rows(const QString& group, const QString& query) const
{
    const QString words = query.trimmed();
    if (words.isEmpty()) {
        if (group == u"backends") return backendRows([](const auto&, const auto&) { return true; }, true);
        QList<SettingRow> out;
        for (const auto& setting : server.schema().settings()) {
            if (str(setting.group()) == group) out.append(field(setting, str(setting.path())));
        }
        return out;
    }
    const bool onlyModified = words.contains(kModified);
    const QStringList parts = QString(words).remove(kModified).split(u' ', Qt::SkipEmptyParts);
    const auto matches = [&](const SettingSchema& setting, const QString& path) {
        if (onlyModified && !draft.isEdited(path) && !isModified(setting, path)) return false;
        const int slot = ServerState::entryOf(path);
        const QString owner = slot < 0 ? translatedSetting(setting.group_title()) : backendTitle(server, draft, slot);
        // Found by the words that are shown, and by the English ones that docs and configuration files have.
        const QString all = QStringList{translatedSetting(setting.title()), translatedSetting(setting.help()), path,
                                        owner, str(setting.title())}
                                .join(u'\n');
        return std::all_of(parts.begin(), parts.end(),
                           [&all](const QString& part) { return all.contains(part, Qt::CaseInsensitive); });
    };
    QList<SettingRow> out;
    QString heading;
    for (const auto& setting : server.schema().settings()) {
        if (isOfBackend(setting)) {
            // All of them where the first one stands.
            if (heading == u"backends") continue;
            heading = QStringLiteral("backends");
            out.append(backendRows(matches, false));
            continue;
        }
        const QString path = str(setting.path());
        if (!matches(setting, path)) continue;
        if (heading != str(setting.group())) {
            heading = str(setting.group());
            SettingRow row;
            row.rowKind = SettingList::Heading;
            row.path = heading;
            row.title = translatedSetting(setting.group_title());
            row.help = translatedSetting(setting.group_help());
            out.append(row);
        }
        out.append(field(setting, path));
    }
    return out;
}

QList<GroupRow> SettingsForm::groups() const
{
    QList<GroupRow> out;
    for (const auto& setting : server.schema().settings()) {
        const QString id = str(setting.group());
        if (out.isEmpty() || out.last().id != id) {
            out.append({id, translatedSetting(setting.group_title()), translatedSetting(setting.group_help()),
                        Stage::of(setting.stage()), 0, 0});
        }
    }
    const QList<ChangeRow> rows = pending();
    for (GroupRow& group : out) {
        for (const ChangeRow& row : rows) group.pending += row.mine && groupOf(row.id) == group.id ? 1 : 0;
        for (auto it = problems.begin(); it != problems.end(); ++it)
            group.problems += groupOf(it.key()) == group.id ? 1 : 0;
    }
    return out;
}

QList<ChangeRow> SettingsForm::pending() const
{
    QList<ChangeRow> out;
    const auto changeOf = [this](const QString& path) {
        for (const auto& change : changes) {
            if (draft.draftPath(str(change.path())) == path) return &change;
        }
        return static_cast<const control::ConfigChange*>(nullptr);
    };
    const auto owner = [this](const SettingSchema& setting, const QString& path) {
        const int slot = ServerState::entryOf(path);
        return slot < 0 ? translatedSetting(setting.group_title()) : backendTitle(server, draft, slot);
    };
    for (int slot = 0; slot < draft.backends().size(); ++slot) {
        const ConfigDraft::Slot& entry = draft.backends().at(slot);
        if (entry.base >= 0 && !entry.removed) continue;
        ChangeRow row;
        row.id = QStringLiteral("backends[%1]").arg(slot);
        row.title = Words::tr("Backend %1").arg(backendTitle(server, draft, slot));
        row.before = entry.removed ? Words::tr("active") : format::kNone;
        row.after = entry.removed ? Words::tr("removed") : Words::tr("added");
        row.detail = backendRow(slot).help;
        for (auto it = problems.begin(); it != problems.end() && row.problem.isEmpty(); ++it) {
            if (it.key() == row.id || it.key().startsWith(row.id + u'.')) row.problem = it.value();
        }
        out.append(row);
    }
    if (out.isEmpty() && draft.changesBackends()) {
        ChangeRow row;
        row.id = QStringLiteral("backends");
        row.title = Words::tr("Order of the backends");
        row.before = format::kNone;
        row.after = Words::tr("changed");
        out.append(row);
    }
    for (auto it = draft.edits().begin(); it != draft.edits().end(); ++it) {
        const int slot = ServerState::entryOf(it.key());
        if (slot >= 0 && (draft.backends().value(slot).base < 0 || draft.backends().value(slot).removed)) continue;
        const auto* setting = server.find(it.key());
        if (!setting) continue;
        const auto* change = changeOf(it.key());
        ChangeRow row;
        row.id = it.key();
        row.title = translatedSetting(setting->title());
        row.before = setting_text::shown(*setting, server.text(activePath(it.key())));
        // What the engine makes of it ("64KB" are 65,536), once it has said so.
        row.after =
            setting_text::shown(*setting, change && validated ? str(change->after()) : draft.text(server, it.key()));
        row.detail = owner(*setting, it.key()) + QStringLiteral(" · ") + setting_text::effect(setting->takes_effect());
        row.problem = problems.value(it.key());
        out.append(row);
    }
    // What changes along with it, such as a first size that gives way to a smaller largest one.
    for (const auto& change : changes) {
        const QString path = draft.draftPath(str(change.path()));
        const auto* setting = server.find(path);
        if (!setting || isOfBackend(*setting) || draft.isEdited(path)) continue;
        ChangeRow row;
        row.id = path;
        row.title = translatedSetting(setting->title());
        row.before = setting_text::shown(*setting, str(change.before()));
        row.after = setting_text::shown(*setting, str(change.after()));
        row.detail = Words::tr("%1 · adjusted automatically").arg(translatedSetting(setting->group_title()));
        row.mine = false;
        out.append(row);
    }
    if (draft.isEmpty()) out.clear();
    return out;
}

QString SettingsForm::generalProblem() const
{
    for (auto it = problems.begin(); it != problems.end(); ++it) {
        const int slot = ServerState::entryOf(it.key());
        const bool shown = server.find(it.key()) != nullptr && (slot < 0 || slot < draft.backends().size());
        const bool entry = slot >= 0 && slot < draft.backends().size() && !it.key().contains(u'.');
        if (!shown && !entry)
            return it.key().isEmpty() ? it.value() : QStringLiteral("%1: %2").arg(it.key(), it.value());
    }
    return {};
}

}  // namespace millrace::desktop
