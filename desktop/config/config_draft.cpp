// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/config_draft.h"

#include "control/configuration.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonObject>
#include <QtCore/QJsonValue>

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>

namespace millrace::desktop {
namespace {

using config::v1::Backend;
using config::v1::Config;

QString backendPath(int slot, const QString& field)
{
    return QStringLiteral("backends[%1].%2").arg(slot).arg(field);
}

/// The settings that a configuration carries itself, by path.
QMap<QString, QString> valuesSet(const Config& config)
{
    QMap<QString, QString> out;
    for (const auto& [path, text] : config::valuesSet(config))
        out.insert(QString::fromStdString(path), QString::fromStdString(text));
    return out;
}

bool sameBackends(const Config& left, const Config& right)
{
    if (left.backends_size() != right.backends_size()) return false;
    for (int i = 0; i < left.backends_size(); ++i) {
        if (!google::protobuf::util::MessageDifferencer::Equals(left.backends(i), right.backends(i))) return false;
    }
    return true;
}

}  // namespace

int ConfigDraft::count() const
{
    int out = 0;
    for (const Slot& slot : now_.backends) out += slot.removed || slot.base < 0 ? 1 : 0;
    for (auto it = now_.edits.begin(); it != now_.edits.end(); ++it) {
        const int slot = ServerState::entryOf(it.key());
        // What belongs to an added or removed backend is counted with it.
        const bool own = slot < 0 || slot >= now_.backends.size() ||
                         (now_.backends.at(slot).base >= 0 && !now_.backends.at(slot).removed);
        out += own ? 1 : 0;
    }
    if (out == 0 && changesBackends()) return 1;  // moved only
    return out;
}

bool ConfigDraft::changesBackends() const
{
    for (int i = 0; i < now_.backends.size(); ++i) {
        if (now_.backends.at(i).removed || now_.backends.at(i).base != i) return true;
    }
    return false;
}

QString ConfigDraft::text(const ServerState& server, const QString& path) const
{
    const auto* setting = server.find(path);
    const QString normal = setting ? QString::fromStdString(setting->default_text()) : QString();
    const auto edit = now_.edits.find(path);
    if (edit != now_.edits.end()) return edit->reset ? normal : edit->text;
    const int slot = ServerState::entryOf(path);
    if (slot < 0 || slot >= now_.backends.size()) return server.text(path);
    const int base = now_.backends.at(slot).base;
    return base < 0 ? normal : server.text(ServerState::withEntry(path, base));
}

void ConfigDraft::step(const QString& key)
{
    redo_.clear();
    if (!key.isEmpty() && key == lastKey_ && !undo_.isEmpty()) return;
    lastKey_ = key;
    undo_.append(now_);
    if (undo_.size() > kUndoMax) undo_.removeFirst();
}

void ConfigDraft::put(const ServerState& server, const QString& path, const Edit& edit)
{
    const int slot = ServerState::entryOf(path);
    const bool added = slot >= 0 && slot < now_.backends.size() && now_.backends.at(slot).base < 0;
    const QString at =
        slot >= 0 && slot < now_.backends.size() ? ServerState::withEntry(path, now_.backends.at(slot).base) : path;
    const auto* setting = server.find(path);
    const QString wanted = edit.reset && setting ? QString::fromStdString(setting->default_text()) : edit.text;
    // What is active already is not an edit.
    if (!added && (wanted == server.text(at) || (edit.reset && server.source(at) == control::VALUE_SOURCE_DEFAULT))) {
        now_.edits.remove(path);
    } else {
        now_.edits.insert(path, edit);
    }
}

void ConfigDraft::set(const ServerState& server, const QString& path, const QString& text)
{
    if (this->text(server, path) == text) return;
    step(path);
    put(server, path, {text, false});
}

void ConfigDraft::reset(const ServerState& server, const QString& path)
{
    step();
    put(server, path, {{}, true});
}

void ConfigDraft::revert(const QString& path)
{
    if (!now_.edits.contains(path)) return;
    step();
    now_.edits.remove(path);
}

int ConfigDraft::addBackend(const QString& name, const QMap<QString, QString>& fields)
{
    if (now_.backends.size() >= kBackendsMax) return -1;
    step();
    const int slot = static_cast<int>(now_.backends.size());
    now_.backends.append({name, -1, false});
    now_.edits.insert(backendPath(slot, QStringLiteral("name")), {name, false});
    for (auto it = fields.begin(); it != fields.end(); ++it)
        now_.edits.insert(backendPath(slot, it.key()), {*it, false});
    return slot;
}

void ConfigDraft::removeBackend(int slot)
{
    if (slot < 0 || slot >= now_.backends.size()) return;
    step();
    if (now_.backends.at(slot).base >= 0) {
        now_.backends[slot].removed = true;
        return;
    }
    now_.backends.removeAt(slot);
    QMap<QString, Edit> kept;
    for (auto it = now_.edits.begin(); it != now_.edits.end(); ++it) {
        const int at = ServerState::entryOf(it.key());
        if (at != slot) kept.insert(at > slot ? ServerState::withEntry(it.key(), at - 1) : it.key(), it.value());
    }
    now_.edits = kept;
}

void ConfigDraft::restoreBackend(int slot)
{
    if (slot < 0 || slot >= now_.backends.size() || !now_.backends.at(slot).removed) return;
    step();
    now_.backends[slot].removed = false;
}

void ConfigDraft::merge(const ServerState& server, const Config& from, const Config& to)
{
    step();
    const auto before = valuesSet(from);
    const auto after = valuesSet(to);
    for (const auto& setting : server.schema().settings()) {
        const QString path = QString::fromStdString(setting.path());
        if (path.contains(u'[') ||
            (before.contains(path) == after.contains(path) && before.value(path) == after.value(path)))
            continue;
        put(server, path, after.contains(path) ? Edit{after.value(path), false} : Edit{{}, true});
    }
    if (!sameBackends(from, to)) mergeBackends(server, to);
    if (!undo_.isEmpty() && undo_.last() == now_) undo_.removeLast();
}

/// The list is taken as it is written: entries are known by their name, the others are new.
void ConfigDraft::mergeBackends(const ServerState& server, const Config& to)
{
    Config wanted = to;
    // Nothing is written: the one that stands for an empty list.
    if (wanted.backends_size() == 0) *wanted.mutable_backends() = config::effective({}).backends();
    const auto given = valuesSet(wanted);
    QList<Slot> next;
    QMap<QString, Edit> edits;
    for (auto it = now_.edits.begin(); it != now_.edits.end(); ++it) {
        if (ServerState::entryOf(it.key()) < 0) edits.insert(it.key(), it.value());
    }
    const auto used = [&next](int base) {
        return std::any_of(next.begin(), next.end(), [base](const Slot& slot) { return slot.base == base; });
    };
    const QStringList names = server.backendNames();
    now_.edits = edits;
    for (const auto& backend : wanted.backends()) {
        const QString name = QString::fromStdString(backend.name());
        int base = static_cast<int>(names.indexOf(name));
        if (base >= 0 && used(base)) base = -1;
        next.append({name, base, false});
    }
    for (int base = 0; base < names.size(); ++base) {
        if (!used(base)) next.append({names.at(base), base, true});
    }
    now_.backends = next;
    for (int slot = 0; slot < wanted.backends_size(); ++slot) {
        for (const auto& setting : server.schema().settings()) {
            const QString path = QString::fromStdString(setting.path());
            if (!path.startsWith(u"backends[].")) continue;
            const QString at = ServerState::withEntry(path, slot);
            if (next.at(slot).base < 0 && !given.contains(at)) continue;
            put(server, at, given.contains(at) ? Edit{given.value(at), false} : Edit{{}, true});
        }
    }
}

void ConfigDraft::clear()
{
    State clean;
    for (const Slot& slot : now_.backends) {
        if (slot.base >= 0) clean.backends.append({slot.name, slot.base, false});
    }
    std::sort(clean.backends.begin(), clean.backends.end(),
              [](const Slot& left, const Slot& right) { return left.base < right.base; });
    if (clean == now_) return;
    step();
    now_ = clean;
}

void ConfigDraft::forget()
{
    clear();
    undo_.clear();
    redo_.clear();
    lastKey_.clear();
}

void ConfigDraft::undo()
{
    if (undo_.isEmpty()) return;
    redo_.append(now_);
    now_ = undo_.takeLast();
    lastKey_.clear();
}

void ConfigDraft::redo()
{
    if (redo_.isEmpty()) return;
    undo_.append(now_);
    now_ = redo_.takeLast();
    lastKey_.clear();
}

QStringList ConfigDraft::rebase(const ServerState& server)
{
    const QStringList names = server.backendNames();
    QStringList lost;
    const auto carry = [&](State& state, bool reportsLost) {
        QList<Slot> next;
        QMap<int, int> moved;  // slot before -> slot now
        QList<int> taken;
        for (int base = 0; base < names.size(); ++base) {
            Slot slot{names.at(base), base, false};
            for (int old = 0; old < state.backends.size(); ++old) {
                const Slot& was = state.backends.at(old);
                if (was.base < 0 || was.name != names.at(base) || taken.contains(old)) continue;
                taken.append(old);
                moved.insert(old, base);
                slot.removed = was.removed;
                break;
            }
            next.append(slot);
        }
        for (int old = 0; old < state.backends.size(); ++old) {
            const Slot& was = state.backends.at(old);
            if (was.base >= 0) continue;
            moved.insert(old, static_cast<int>(next.size()));
            next.append(was);
        }
        QMap<QString, Edit> edits;
        for (auto it = state.edits.begin(); it != state.edits.end(); ++it) {
            const int slot = ServerState::entryOf(it.key());
            if (slot < 0) {
                if (server.find(it.key()) || server.schema().settings_size() == 0) edits.insert(it.key(), it.value());
            } else if (moved.contains(slot)) {
                edits.insert(ServerState::withEntry(it.key(), moved.value(slot)), it.value());
            } else if (reportsLost && slot < state.backends.size() && !lost.contains(state.backends.at(slot).name)) {
                lost.append(state.backends.at(slot).name);
            }
        }
        state.backends = next;
        state.edits = edits;
    };
    carry(now_, true);
    for (State& state : undo_) carry(state, false);
    for (State& state : redo_) carry(state, false);
    // What has become active meanwhile is no longer an edit.
    const auto edits = now_.edits;
    for (auto it = edits.begin(); it != edits.end(); ++it) put(server, it.key(), it.value());
    return lost;
}

int ConfigDraft::slotOf(int entry) const
{
    for (int slot = 0; slot < now_.backends.size(); ++slot) {
        if (now_.backends.at(slot).removed) continue;
        if (entry-- == 0) return slot;
    }
    return -1;
}

QString ConfigDraft::draftPath(const QString& enginePath) const
{
    const int entry = ServerState::entryOf(enginePath);
    if (entry < 0) return enginePath;
    const int slot = slotOf(entry);
    return slot < 0 ? QString() : ServerState::withEntry(enginePath, slot);
}

control::ApplyConfigRequest ConfigDraft::request(const ServerState& server) const
{
    control::ApplyConfigRequest request;
    const bool whole = changesBackends();
    if (whole) {
        Config& config = *request.mutable_config();
        config = server.given();
        config.clear_backends();
        for (const Slot& slot : now_.backends) {
            if (slot.removed) continue;
            Backend& entry = *config.add_backends();
            if (slot.base >= 0 && slot.base < server.backends().size()) entry = server.backends().Get(slot.base);
        }
    }
    int entry = 0;
    QMap<int, int> entries;
    for (int slot = 0; slot < now_.backends.size(); ++slot) {
        if (!now_.backends.at(slot).removed) entries.insert(slot, entry++);
    }
    for (auto it = now_.edits.begin(); it != now_.edits.end(); ++it) {
        const int slot = ServerState::entryOf(it.key());
        if (slot >= 0 && !entries.contains(slot)) continue;
        const QString path = slot < 0 ? it.key() : ServerState::withEntry(it.key(), entries.value(slot));
        (*request.mutable_set())[path.toStdString()] = it->reset ? std::string() : it->text.toStdString();
    }
    return request;
}

Config ConfigDraft::config(const ServerState& server) const
{
    const auto wanted = request(server);
    Config out = wanted.has_config() ? wanted.config() : server.given();
    (void)config::set(out, {wanted.set().begin(), wanted.set().end()});
    return out;
}

Backend ConfigDraft::backend(const ServerState& server, int slot) const
{
    if (slot < 0 || slot >= now_.backends.size()) return {};
    Config only;
    only.add_backends();
    for (const auto& setting : server.schema().settings()) {
        const QString path = QString::fromStdString(setting.path());
        if (!path.startsWith(u"backends[].")) continue;
        const QString value = text(server, ServerState::withEntry(path, slot));
        (void)config::set(only, ServerState::withEntry(path, 0).toStdString(), value.toStdString());
    }
    return only.backends(0);
}

QJsonObject ConfigDraft::toJson() const
{
    QJsonObject edits;
    for (auto it = now_.edits.begin(); it != now_.edits.end(); ++it) {
        edits.insert(it.key(), it->reset ? QJsonValue() : QJsonValue(it->text));
    }
    QJsonArray backends;
    for (const Slot& slot : now_.backends) {
        backends.append(QJsonObject{{QStringLiteral("name"), slot.name},
                                    {QStringLiteral("base"), slot.base},
                                    {QStringLiteral("removed"), slot.removed}});
    }
    return {{QStringLiteral("edits"), edits}, {QStringLiteral("backends"), backends}};
}

ConfigDraft ConfigDraft::fromJson(const QJsonObject& object)
{
    ConfigDraft draft;
    const QJsonObject edits = object.value(QStringLiteral("edits")).toObject();
    for (auto it = edits.begin(); it != edits.end(); ++it) {
        draft.now_.edits.insert(it.key(), {it->toString(), it->isNull()});
    }
    for (const QJsonValue& value : object.value(QStringLiteral("backends")).toArray()) {
        if (draft.now_.backends.size() >= kBackendsMax) break;
        const QJsonObject slot = value.toObject();
        draft.now_.backends.append({slot.value(QStringLiteral("name")).toString(),
                                    slot.value(QStringLiteral("base")).toInt(-1),
                                    slot.value(QStringLiteral("removed")).toBool()});
    }
    return draft;
}

}  // namespace millrace::desktop
