// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/settings_view_model.h"

#include "config/config_json.h"
#include "config/config_text.h"
#include "control.pb.h"
#include "format/numbers.h"
#include "format/series_words.h"
#include "viewmodels/preferences.h"

#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>

#include <cmath>

namespace millrace::desktop {
namespace {

constexpr int kJudgeAfterMs = 250;  // while typing, the engine is asked when the typing pauses
const QString kStagedKey = QStringLiteral("staged_settings");
const QString kStagedJsonKey = QStringLiteral("staged_json");

QString str(const std::string& text)
{
    return QString::fromStdString(text);
}

QString effectText(const QString& effect)
{
    if (effect == u"live") return SettingsViewModel::tr("at once");
    if (effect == u"next_request") return SettingsViewModel::tr("next request");
    if (effect == u"next_batch") return SettingsViewModel::tr("next batch");
    if (effect == u"new_connections") return SettingsViewModel::tr("new connections");
    return SettingsViewModel::tr("after a restart");
}

QString rangeText(const control::SettingSchema& setting)
{
    const auto bound = [&](double value) {
        if (setting.unit() == "bytes" && value >= 1000) return format::bytes(value);
        return format::count(value);
    };
    if (setting.has_min() && setting.has_max())
        return SettingsViewModel::tr("allowed %1 – %2").arg(bound(setting.min()), bound(setting.max()));
    if (setting.has_min()) return SettingsViewModel::tr("at least %1").arg(bound(setting.min()));
    return {};
}

// "backends[2].name" -> "backends[].name", 2
QString general(const QString& path, int* entry = nullptr)
{
    const qsizetype open = path.indexOf(u'[');
    const qsizetype close = path.indexOf(u']');
    if (entry) *entry = -1;
    if (open < 0 || close < open) return path;
    if (entry) *entry = path.mid(open + 1, close - open - 1).toInt();
    return path.left(open + 1) + path.mid(close);
}

}  // namespace

struct SettingsViewModel::Held {
    control::Schema schema;
    control::ConfigState config;
    control::Revisions revisions;
    QMap<QString, QString> inForce;  // path -> text, every setting
    std::vector<control::ConfigChange> changes;

    const control::SettingSchema* find(const QString& path) const
    {
        const std::string wanted = general(path).toStdString();
        for (const auto& setting : schema.settings()) {
            if (setting.path() == wanted) return &setting;
        }
        return nullptr;
    }
};

SettingsViewModel::SettingsViewModel(Session& session, QObject* parent)
    : PageViewModel(session, parent), held_(std::make_unique<Held>())
{
    judgeTimer_.setSingleShot(true);
    judgeTimer_.setInterval(kJudgeAfterMs);
    connect(&judgeTimer_, &QTimer::timeout, this, &SettingsViewModel::judge);
    restoreStaged();
    connect(&session.client(), &EngineClient::attached, this, [this] { load(); });
    connect(&session, &Session::ticked, this, [this] {
        // Somebody else applied something: show it, and judge again what is staged here.
        if (phase_ == Ready && this->session().frame().revision() != held_->config.revision()) load();
    });
    connect(&session, &Session::staleChanged, this, &SettingsViewModel::changed);
}

SettingsViewModel::~SettingsViewModel() = default;

void SettingsViewModel::refresh()
{
    if (phase_ != Ready) load();
}

void SettingsViewModel::load()
{
    if (loading_ || !session().isWritable()) {
        // attached() comes before the phase changes; the first tick asks again.
        if (!loading_ && session().client().phase() != EngineClient::Phase::NoEngine) {
            QTimer::singleShot(EngineClient::kTickMs * 2, this, [this] {
                if (!loading_ && session().isWritable()) load();
            });
        }
        return;
    }
    loading_ = true;
    const auto failed = [this](const QString& problem) {
        loading_ = false;
        problem_ = tr("The settings could not be read: %1").arg(problem);
        if (phase_ != Ready) phase_ = Failed;
        Q_EMIT changed();
    };
    session().client().getSchema(this, [this, failed](const Outcome<control::Schema>& outcome) {
        if (!outcome.ok()) return failed(outcome.problem);
        held_->schema = *outcome.reply;
        session().client().getConfig(this, [this, failed](const Outcome<control::ConfigState>& config) {
            if (!config.ok()) return failed(config.problem);
            loading_ = false;
            takeConfig(*config.reply);
            session().client().listRevisions(this, [this](const Outcome<control::Revisions>& revisions) {
                if (revisions.ok()) takeRevisions(*revisions.reply);
            });
        });
    });
}

void SettingsViewModel::takeConfig(const control::ConfigState& state)
{
    held_->config = state;
    held_->inForce.clear();
    config_text::forEach(state.effective(), [this](const std::string& path, const std::string& text) {
        held_->inForce.insert(str(path), str(text));
    });
    phase_ = Ready;
    problem_.clear();
    if (group_.isEmpty() && held_->schema.settings_size() > 0) group_ = str(held_->schema.settings(0).group());
    rebuild();
    Q_EMIT jsonChanged();
    if (stagedCount() > 0) judgeSoon();
}

QString SettingsViewModel::inForce(const QString& path) const
{
    return held_->inForce.value(path);
}

int SettingsViewModel::stagedCount() const
{
    if (!wholeJson_.isEmpty()) return std::max(1, static_cast<int>(held_->changes.size()));
    return static_cast<int>(staged_.size());
}

void SettingsViewModel::stage(const QString& path, const QString& text)
{
    if (staged_.contains(path) ? staged_.value(path) == text : inForce(path) == text) return;
    if (inForce(path) == text && !problems_.contains(path)) {
        unstage(path);
        return;
    }
    staged_.insert(path, text);
    judgeSoon();
}

void SettingsViewModel::unstage(const QString& path)
{
    if (staged_.remove(path) == 0) return;
    problems_.remove(path);
    judgeSoon();
}

void SettingsViewModel::resetToDefault(const QString& path)
{
    const auto* setting = held_->find(path);
    if (!setting) return;
    if (inForce(path) == str(setting->default_text())) {
        unstage(path);
        return;
    }
    staged_.insert(path, QString());
    judgeSoon();
}

void SettingsViewModel::discard()
{
    staged_.clear();
    wholeJson_.clear();
    jsonProblem_.clear();
    problems_.clear();
    held_->changes.clear();
    conflictText_.clear();
    judged_ = true;
    judgeTimer_.stop();
    keepStaged();
    rebuild();
    Q_EMIT jsonChanged();
}

void SettingsViewModel::judgeSoon()
{
    judged_ = false;
    keepStaged();
    rebuild();
    judgeTimer_.start();
}

control::ApplyConfigRequest SettingsViewModel::request(bool dryRun) const
{
    control::ApplyConfigRequest request;
    request.set_base_revision(held_->config.revision());
    request.set_dry_run(dryRun);
    request.set_author("console");
    if (!wholeJson_.isEmpty()) {
        config_json::read(wholeJson_, *request.mutable_config());
        // Single edits on top of a whole one.
        for (auto it = staged_.begin(); it != staged_.end(); ++it) {
            config_text::setPath(*request.mutable_config(), it.key().toStdString(), it.value().toStdString());
        }
        return request;
    }
    for (auto it = staged_.begin(); it != staged_.end(); ++it) {
        (*request.mutable_set())[it.key().toStdString()] = it.value().toStdString();
    }
    return request;
}

void SettingsViewModel::judge()
{
    if (staged_.isEmpty() && wholeJson_.isEmpty()) {
        problems_.clear();
        held_->changes.clear();
        judged_ = true;
        rebuild();
        return;
    }
    if (!session().isWritable() || asking_) {
        if (asking_) judgeTimer_.start();
        return;
    }
    asking_ = true;
    const auto askedFor = staged_;
    const QString askedWhole = wholeJson_;
    session().client().applyConfig(
        request(true), this, [this, askedFor, askedWhole](const Outcome<control::ApplyConfigReply>& outcome) {
            asking_ = false;
            if (!outcome.ok()) {
                problem_ = tr("The engine could not judge the changes: %1").arg(outcome.problem);
                rebuild();
                return;
            }
            problem_.clear();
            judged_ = askedFor == staged_ && askedWhole == wholeJson_;
            takeVerdict(*outcome.reply);
            rebuild();
            if (!judged_) judgeTimer_.start();
        });
}

void SettingsViewModel::takeVerdict(const control::ApplyConfigReply& reply)
{
    problems_.clear();
    for (const auto& problem : reply.problems()) problems_.insert(str(problem.path()), str(problem.message()));
    held_->changes.assign(reply.changes().begin(), reply.changes().end());
    if (reply.conflict()) {
        conflictText_ =
            tr("Somebody else changed the settings meanwhile. Yours are still staged: look at the difference and apply "
               "again.");
        load();
    }
}

bool SettingsViewModel::isApplicable() const
{
    return stagedCount() > 0 && whyNot().isEmpty();
}

QString SettingsViewModel::whyNot() const
{
    if (!session().isWritable()) return session().whyReadOnly();
    if (stagedCount() == 0) return tr("Nothing is changed.");
    if (!problems_.isEmpty())
        return problems_.size() == 1 ? tr("One setting cannot be applied as it is.")
                                     : tr("%1 settings cannot be applied as they are.").arg(problems_.size());
    if (!judged_) return tr("The engine is looking at the changes.");
    return {};
}

void SettingsViewModel::apply(bool guarded)
{
    if (!isApplicable()) return;
    auto wanted = request(false);
    wanted.set_guarded(guarded);
    const quint64 before = held_->config.revision();
    session().client().applyConfig(wanted, this, [this, before](const Outcome<control::ApplyConfigReply>& outcome) {
        if (!outcome.ok()) {
            problem_ = tr("Nothing was changed: %1").arg(outcome.problem);
            rebuild();
            return;
        }
        afterApply(*outcome.reply, before);
    });
}

void SettingsViewModel::afterApply(const control::ApplyConfigReply& reply, quint64 before)
{
    if (!reply.applied()) {
        takeVerdict(reply);
        if (!reply.conflict()) problem_ = tr("Nothing was changed: the engine found problems.");
        rebuild();
        return;
    }
    undoTo_ = before;
    undoOf_ = reply.revision();
    chosenRevision_ = reply.revision();
    discard();
    Q_EMIT session().notice(tr("Revision %1 is in force").arg(reply.revision()), false);
    load();
}

QString SettingsViewModel::undoText() const
{
    return undoOf_ != 0 && undoOf_ == held_->config.revision() ? tr("Undo rev %1").arg(undoOf_) : QString();
}

void SettingsViewModel::undo()
{
    rollBack(static_cast<double>(undoTo_));
}

void SettingsViewModel::rollBack(double revision)
{
    control::RollbackRequest wanted;
    wanted.set_revision(static_cast<quint64>(std::llround(revision)));
    wanted.set_author("console");
    const quint64 before = held_->config.revision();
    session().client().rollback(wanted, this, [this, before](const Outcome<control::ApplyConfigReply>& outcome) {
        if (!outcome.ok() || !outcome.reply->applied()) {
            QString why = outcome.problem;
            if (outcome.ok() && outcome.reply->problems_size() > 0) why = str(outcome.reply->problems(0).message());
            Q_EMIT session().notice(tr("Nothing was rolled back: %1")
                                        .arg(why.isEmpty() ? tr("that configuration is already in force") : why),
                                    true);
            return;
        }
        afterApply(*outcome.reply, before);
    });
}

void SettingsViewModel::setGroup(const QString& group)
{
    if (group == group_ && query_.isEmpty()) return;
    group_ = group;
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
    Q_EMIT queryChanged();
    rebuild();
}

void SettingsViewModel::reveal(const QString& path)
{
    const auto* setting = held_->find(path);
    if (!setting) return;
    setGroup(str(setting->group()));
    setQuery(str(setting->title()));
}

QString SettingsViewModel::groupTitle() const
{
    if (!query_.isEmpty()) return tr("%n match(es)", nullptr, settings_.rowCount());
    for (const GroupRow& row : groups_.rows()) {
        if (row.id == group_) return row.title;
    }
    return {};
}

QString SettingsViewModel::groupHelp() const
{
    if (!query_.isEmpty()) return {};
    for (const GroupRow& row : groups_.rows()) {
        if (row.id == group_) return row.help;
    }
    return {};
}

QString SettingsViewModel::groupStage() const
{
    if (!query_.isEmpty()) return {};
    for (const GroupRow& row : groups_.rows()) {
        if (row.id == group_) return row.stage;
    }
    return {};
}

void SettingsViewModel::rebuild()
{
    QList<GroupRow> groups;
    for (const auto& setting : held_->schema.settings()) {
        const QString id = str(setting.group());
        if (groups.isEmpty() || groups.last().id != id) {
            groups.append({id, str(setting.group_title()), str(setting.group_help()), str(setting.stage()), 0, 0});
        }
    }
    const auto ofGroup = [](const QString& path, const QString& id) {
        return path.startsWith(id) &&
               (path.size() == id.size() || path.at(id.size()) == u'.' || path.at(id.size()) == u'[');
    };
    for (GroupRow& group : groups) {
        for (auto it = staged_.begin(); it != staged_.end(); ++it) group.staged += ofGroup(it.key(), group.id) ? 1 : 0;
        for (auto it = problems_.begin(); it != problems_.end(); ++it)
            group.problems += ofGroup(it.key(), group.id) ? 1 : 0;
    }
    groups_.sync(groups);
    rebuildSettings();

    QList<ChangeRow> pending;
    for (const auto& change : held_->changes) {
        const auto* setting = held_->find(str(change.path()));
        const QString unit = setting && !setting->unit().empty() ? QChar(0x00A0) + str(setting->unit()) : QString();
        const auto shown = [&](const std::string& value) { return value.empty() ? format::kNone : str(value) + unit; };
        pending.append({str(change.path()), str(change.path()), shown(change.before()), shown(change.after()),
                        effectText(str(change.takes_effect())), 0});
    }
    // What the engine has not judged yet is still seen.
    for (auto it = staged_.begin(); it != staged_.end(); ++it) {
        const bool known =
            std::any_of(pending.begin(), pending.end(), [&](const ChangeRow& row) { return row.id == it.key(); });
        if (known) continue;
        const auto* setting = held_->find(it.key());
        pending.append({it.key(), it.key(), inForce(it.key()).isEmpty() ? format::kNone : inForce(it.key()),
                        it.value().isEmpty() && setting ? str(setting->default_text()) : it.value(),
                        problems_.contains(it.key()) ? tr("not possible") : QString(), 0});
    }
    if (staged_.isEmpty() && wholeJson_.isEmpty()) pending.clear();
    pending_.sync(pending);
    Q_EMIT changed();
}

void SettingsViewModel::rebuildSettings()
{
    QList<SettingRow> rows;
    const auto add = [&](const control::SettingSchema& setting, const QString& path, const QString& section) {
        SettingRow row;
        row.path = path;
        row.section = section;
        row.title = str(setting.title());
        row.help = str(setting.help());
        row.type = str(setting.type());
        row.unit = str(setting.unit());
        row.effect = effectText(str(setting.takes_effect()));
        row.restart = setting.takes_effect() == "restart";
        for (const auto& choice : setting.choices()) row.choices.append(str(choice));
        const QString held = inForce(path);
        const QString normal = str(setting.default_text());
        row.staged = staged_.contains(path);
        row.modified = held != normal && !path.contains(u'[');
        const QString staged = staged_.value(path);
        row.value = !row.staged ? held : staged.isEmpty() && row.type != u"text" ? normal : staged;
        row.problem = problems_.value(path);
        const QString range = rangeText(setting);
        if (row.staged) {
            row.note = tr("was %1").arg(held.isEmpty() ? format::kNone : held);
            if (!range.isEmpty()) row.note += QStringLiteral(" · ") + range;
        } else if (row.modified) {
            row.note = tr("default %1").arg(normal.isEmpty() ? format::kNone : normal);
        } else if (row.unit == u"bytes" && held.toDouble() >= 1000) {
            row.note = format::bytes(held.toDouble());
        }
        rows.append(row);
    };
    const QString words = query_.trimmed();
    const bool onlyModified = words.contains(u"@modified");
    const QString rest = QString(words).remove(QStringLiteral("@modified")).trimmed();
    for (const auto& setting : held_->schema.settings()) {
        const QString path = str(setting.path());
        if (words.isEmpty() && str(setting.group()) != group_) continue;
        if (!rest.isEmpty() && !str(setting.title()).contains(rest, Qt::CaseInsensitive) &&
            !path.contains(rest, Qt::CaseInsensitive) && !str(setting.help()).contains(rest, Qt::CaseInsensitive)) {
            continue;
        }
        const QString section = words.isEmpty() ? QString() : str(setting.group_title());
        if (!path.contains(u"[]")) {
            const bool modified = staged_.contains(path) || inForce(path) != str(setting.default_text());
            if (!onlyModified || modified) add(setting, path, section);
            continue;
        }
        if (onlyModified) continue;
        for (int entry = 0; entry < held_->config.effective().backends_size(); ++entry) {
            const QString name = str(held_->config.effective().backends(entry).name());
            QString at = path;
            at.replace(QStringLiteral("[]"), QStringLiteral("[%1]").arg(entry));
            add(setting, at, name.isEmpty() ? tr("Backend %1").arg(entry + 1) : name);
        }
    }
    // Entry by entry, not setting by setting.
    std::stable_sort(rows.begin(), rows.end(), [](const SettingRow& a, const SettingRow& b) {
        int left = -1, right = -1;
        general(a.path, &left);
        general(b.path, &right);
        return left < right;
    });
    settings_.sync(rows);
}

void SettingsViewModel::takeRevisions(const control::Revisions& revisions)
{
    held_->revisions = revisions;
    if (chosenRevision_ == 0 && revisions.revisions_size() > 0) chosenRevision_ = revisions.revisions(0).revision();
    QList<RevisionRow> rows;
    QList<ChangeRow> figures;
    for (const auto& revision : revisions.revisions()) {
        RevisionRow row;
        row.revision = revision.revision();
        row.timeText = format::clock(revision.time_ms());
        row.author = str(revision.author());
        QStringList changes;
        for (const auto& change : revision.changes()) {
            const QString name = str(change.path()).section(u'.', -1);
            changes.append(QStringLiteral("%1 %2 → %3")
                               .arg(name, change.before().empty() ? format::kNone : str(change.before()),
                                    change.after().empty() ? format::kNone : str(change.after())));
        }
        row.text = changes.isEmpty() ? str(revision.comment()) : changes.join(QStringLiteral(", "));
        if (row.text.isEmpty()) row.text = tr("no difference");
        row.inForce = revision.revision() == held_->config.revision();
        row.chosen = revision.revision() == chosenRevision_;
        rows.append(row);
        if (!row.chosen) continue;
        for (const auto& [series, before] : revision.before()) {
            const auto after = revision.after().find(series);
            const QString name = str(series);
            const auto* words = format::seriesWords(name);
            if (!words) continue;  // of an older engine
            const auto unit = words->unit;
            ChangeRow figure{name,
                             words->title,
                             format::text(before, unit),
                             after == revision.after().end() ? format::kNone : format::text(after->second, unit),
                             {},
                             0};
            const int way = words->better;
            if (after != revision.after().end() && way != 0 &&
                std::abs(after->second - before) > 0.03 * std::abs(before)) {
                figure.verdict = (after->second > before) == (way > 0) ? 1 : 2;
            }
            figures.append(figure);
        }
        std::sort(figures.begin(), figures.end(), [](const ChangeRow& a, const ChangeRow& b) { return a.id < b.id; });
    }
    revisions_.sync(rows);
    effect_.sync(figures);
    Q_EMIT changed();
}

QString SettingsViewModel::effectTitle() const
{
    return chosenRevision_ == 0 ? QString() : tr("Effect of rev %1").arg(chosenRevision_);
}

void SettingsViewModel::chooseRevision(double revision)
{
    chosenRevision_ = static_cast<quint64>(std::llround(revision));
    takeRevisions(control::Revisions(held_->revisions));
    // The figures after a change grow while it is in force.
    session().client().listRevisions(this, [this](const Outcome<control::Revisions>& outcome) {
        if (outcome.ok()) takeRevisions(*outcome.reply);
    });
}

QString SettingsViewModel::json() const
{
    if (!wholeJson_.isEmpty()) return wholeJson_;
    config::v1::Config config = held_->config.config();
    for (auto it = staged_.begin(); it != staged_.end(); ++it) {
        config_text::setPath(config, it.key().toStdString(), it.value().toStdString());
    }
    return config_json::write(config);
}

void SettingsViewModel::stageJson(const QString& text)
{
    config::v1::Config config;
    jsonProblem_ = config_json::read(text, config);
    if (!jsonProblem_.isEmpty()) {
        Q_EMIT jsonChanged();
        return;
    }
    staged_.clear();
    wholeJson_ = config_json::write(config) == config_json::write(held_->config.config()) ? QString() : text;
    Q_EMIT jsonChanged();
    judgeSoon();
}

void SettingsViewModel::addBackend()
{
    config::v1::Config config;
    config_json::read(json(), config);
    if (config.backends_size() == 0) *config.mutable_backends() = held_->config.effective().backends();
    auto& backend = *config.add_backends();
    backend.set_name("backend-" + std::to_string(config.backends_size()));
    backend.set_kind(config::v1::BACKEND_KIND_OPENAI);
    backend.set_address("http://127.0.0.1:8080");
    stageJson(config_json::write(config));
}

QList<SettingsViewModel::Named> SettingsViewModel::all() const
{
    QList<Named> out;
    for (const auto& setting : held_->schema.settings()) out.append({str(setting.path()), str(setting.title())});
    return out;
}

void SettingsViewModel::keepStaged()
{
    Preferences* preferences = session().preferences();
    if (!preferences) return;
    QJsonObject object;
    for (auto it = staged_.begin(); it != staged_.end(); ++it) object.insert(it.key(), it.value());
    preferences->keep(kStagedKey, QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact)));
    preferences->keep(kStagedJsonKey, wholeJson_);
}

void SettingsViewModel::restoreStaged()
{
    Preferences* preferences = session().preferences();
    if (!preferences) return;
    const QJsonObject object = QJsonDocument::fromJson(preferences->text(kStagedKey).toUtf8()).object();
    for (auto it = object.begin(); it != object.end(); ++it) staged_.insert(it.key(), it.value().toString());
    wholeJson_ = preferences->text(kStagedJsonKey);
    judged_ = staged_.isEmpty() && wholeJson_.isEmpty();
}

}  // namespace millrace::desktop
