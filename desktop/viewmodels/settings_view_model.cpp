// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/settings_view_model.h"

#include "config/config_draft.h"
#include "config/server_state.h"
#include "format/event_words.h"
#include "format/numbers.h"
#include "format/setting_text.h"
#include "format/translation.h"
#include "viewmodels/connections_view_model.h"
#include "viewmodels/preferences.h"
#include "viewmodels/settings_form.h"

#include <QtCore/QCryptographicHash>
#include <QtCore/QHash>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>

#include <cmath>

namespace millrace::desktop {
namespace {

constexpr int kValidateAfterMs = 250;  // while typing, the engine is asked when the typing pauses
constexpr int kLoadAgainMs = 2'000;
constexpr int kTestsKept = 64;
const QString kModified = QStringLiteral("@modified");
const QString kJsonKey = QStringLiteral("json");

QString str(const std::string& text)
{
    return QString::fromStdString(text);
}

/// What one adds most often, with the port it listens on by itself.
struct Preset {
    const char* title;
    const char* name;
    const char* kind;
    const char* address;
};
constexpr Preset kPresets[] = {
    {"Ollama", "ollama", "openai", "http://127.0.0.1:11434"},
    {"llama-server", "llama", "openai", "http://127.0.0.1:8080"},
    {"LM Studio", "lmstudio", "openai", "http://127.0.0.1:1234"},
    {"vLLM", "vllm", "openai", "http://127.0.0.1:8000"},
    {QT_TRANSLATE_NOOP("SettingsViewModel", "Other (OpenAI API)"), "backend", "openai", ""},
    {QT_TRANSLATE_NOOP("SettingsViewModel", "Embedded runtime"), "runtime", "runtime", ""},
};

/// A test is of a backend as it was then: once its address is another one, it says nothing.
QByteArray testKey(const ServerState& server, const ConfigDraft& draft, int slot)
{
    return QByteArray::fromStdString(draft.backend(server, slot).SerializeAsString());
}

}  // namespace

struct SettingsViewModel::Core {
    ServerState server;
    ConfigDraft draft;
    std::vector<control::ConfigChange> changes;  // as the engine sees them
    QHash<QByteArray, BackendTest> tests;        // by what was tested; kTestsKept at most
};

SettingsViewModel::SettingsViewModel(Session& session, QObject* parent)
    : PageViewModel(session, parent),
      core_(std::make_unique<Core>()),
      server_(core_->server),
      draft_(core_->draft),
      history_(session, core_->server)
{
    validateTimer_.setSingleShot(true);
    validateTimer_.setInterval(kValidateAfterMs);
    connect(&validateTimer_, &QTimer::timeout, this, &SettingsViewModel::validate);
    loadTimer_.setSingleShot(true);
    loadTimer_.setInterval(kLoadAgainMs);
    connect(&loadTimer_, &QTimer::timeout, this, &SettingsViewModel::load);
    json_.onAccepted([this](const config::v1::Config& from, const config::v1::Config& to) {
        draft_.merge(server_, from, to);
        onDraftChanged();
    });
    connect(&json_, &JsonViewModel::changed, this, &SettingsViewModel::saveDraft);
    connect(&json_, &JsonViewModel::imported, this, [this](bool added) {
        if (!added) setAsJson(true);
        Q_EMIT this->session().notice(added ? tr("Imported: see the pending changes") : json_.problem(), !added);
    });
    connect(&session.client(), &EngineClient::attached, this, [this] {
        hasSchema_ = false;  // perhaps another version of the engine
        history_.forget();
        QMetaObject::invokeMethod(this, &SettingsViewModel::load, Qt::QueuedConnection);
    });
    connect(&session, &Session::ticked, this, [this] {
        // Not loaded yet, or somebody else applied something: show it, and validate again what is pending here.
        const bool outdated = phase_ == Ready && this->session().frame().revision() != server_.revision();
        if ((outdated || phase_ == Loading || !hasSchema_) && !loadTimer_.isActive()) load();
    });
    connect(&history_, &RevisionsViewModel::listChanged, this, &SettingsViewModel::rebuild);
    connect(&session, &Session::staleChanged, this, &SettingsViewModel::changed);
}

SettingsViewModel::~SettingsViewModel() = default;

// ---- the engine's side ----

void SettingsViewModel::refresh()
{
    if (phase_ != Ready) return load();
    // Health of the backends is all that changes by itself.
    if (group_ == u"backends" || !query_.isEmpty()) settings_.sync(form().rows(group_, query_));
}

void SettingsViewModel::load()
{
    if (loading_ || !session().isWritable()) return;
    loading_ = true;
    const auto failed = [this](const QString& problem) {
        loading_ = false;
        problem_ = tr("The settings could not be loaded: %1").arg(problem);
        if (phase_ != Ready) phase_ = Failed;
        loadTimer_.start();
        Q_EMIT changed();
    };
    const auto config = [this, failed] {
        session().client().getConfig(this, [this, failed](const Outcome<control::ConfigState>& outcome) {
            if (!outcome.ok()) return failed(outcome.problem);
            loading_ = false;
            onLoaded(*outcome.reply);
        });
    };
    if (hasSchema_) return config();
    session().client().getSchema(this, [this, failed, config](const Outcome<control::Schema>& outcome) {
        if (!outcome.ok()) return failed(outcome.problem);
        server_.setSchema(*outcome.reply);
        hasSchema_ = true;
        config();
    });
}

void SettingsViewModel::onLoaded(const control::ConfigState& state)
{
    server_.setConfig(state);
    phase_ = Ready;
    problem_.clear();
    if (draftOf_ != draftKey()) restoreDraft();
    const QStringList lost = draft_.rebase(server_);
    if (!lost.isEmpty()) {
        conflict_ =
            tr("Another client removed %1 in the meantime: edits to it were dropped, all others are still pending.")
                .arg(lost.join(QStringLiteral(", ")));
    }
    if (group_.isEmpty() && server_.schema().settings_size() > 0) group_ = str(server_.schema().settings(0).group());
    history_.show();
    history_.load();
    onDraftChanged();
    showReveal();
}

// ---- pending edits ----

int SettingsViewModel::pendingCount() const
{
    return draft_.count();
}

bool SettingsViewModel::canUndo() const
{
    return draft_.canUndo();
}

bool SettingsViewModel::canRedo() const
{
    return draft_.canRedo();
}

void SettingsViewModel::onDraftChanged()
{
    ++version_;
    if (draft_.isEmpty()) {
        problems_.clear();
        core_->changes.clear();
        validated_ = true;
        validateTimer_.stop();
    } else {
        scheduleValidation();
    }
    json_.follow(draft_.config(server_));
    saveDraft();
    rebuild();
}

void SettingsViewModel::edit(const QString& path, const QString& text)
{
    const auto* setting = server_.find(path);
    if (!setting) return;
    draft_.set(server_, path, setting_text::ungrouped(*setting, text));
    if (!draft_.isEdited(path)) problems_.remove(path);
    onDraftChanged();
}

void SettingsViewModel::revert(const QString& path)
{
    const int slot = ServerState::entryOf(path);
    if (slot >= 0 && path.endsWith(u']')) {
        if (draft_.backends().value(slot).removed) return restoreBackend(slot);
        return removeBackend(slot);
    }
    draft_.revert(path);
    problems_.remove(path);
    onDraftChanged();
}

void SettingsViewModel::reset(const QString& path)
{
    draft_.reset(server_, path);
    problems_.remove(path);
    onDraftChanged();
}

void SettingsViewModel::discard()
{
    draft_.clear();
    json_.revert();
    conflict_.clear();
    problem_.clear();
    onDraftChanged();
}

void SettingsViewModel::undo()
{
    draft_.undo();
    onDraftChanged();
}

void SettingsViewModel::redo()
{
    draft_.redo();
    onDraftChanged();
}

QStringList SettingsViewModel::backendPresets()
{
    QStringList out;
    for (const Preset& preset : kPresets) out.append(tr(preset.title));
    return out;
}

void SettingsViewModel::addBackend(int preset)
{
    if (preset < 0 || preset >= static_cast<int>(std::size(kPresets))) return;
    const Preset& chosen = kPresets[preset];
    QStringList names;
    for (int slot = 0; slot < draft_.backends().size(); ++slot)
        names.append(SettingsForm::backendTitle(server_, draft_, slot));
    QString name = QString::fromLatin1(chosen.name);
    for (int number = 2; names.contains(name); ++number)
        name = QStringLiteral("%1-%2").arg(QString::fromLatin1(chosen.name)).arg(number);
    QMap<QString, QString> fields{{QStringLiteral("kind"), QString::fromLatin1(chosen.kind)}};
    if (*chosen.address != '\0') fields.insert(QStringLiteral("address"), QString::fromLatin1(chosen.address));
    const int slot = draft_.addBackend(name, fields);
    if (slot < 0) {
        Q_EMIT session().notice(tr("There are %1 backends already.").arg(ConfigDraft::kBackendsMax), true);
        return;
    }
    onDraftChanged();
    const bool asks = *chosen.address == '\0' && std::string_view(chosen.kind) == "openai";
    reveal(QStringLiteral("backends[%1].%2").arg(slot).arg(asks ? QStringLiteral("address") : QStringLiteral("name")));
}

void SettingsViewModel::removeBackend(int slot)
{
    draft_.removeBackend(slot);
    problems_.clear();  // of other slots than they were
    onDraftChanged();
}

void SettingsViewModel::restoreBackend(int slot)
{
    draft_.restoreBackend(slot);
    problems_.clear();
    onDraftChanged();
}

void SettingsViewModel::testBackend(int slot)
{
    if (!session().isWritable()) return;
    const QByteArray key = testKey(server_, draft_, slot);
    if (core_->tests.size() >= kTestsKept) core_->tests.clear();
    core_->tests.insert(key, {SettingList::Testing, tr("Testing …")});
    rebuild();
    control::TestBackendRequest wanted;
    *wanted.mutable_backend() = draft_.backend(server_, slot);
    session().client().testBackend(wanted, this, [this, key](const Outcome<control::TestBackendReply>& outcome) {
        BackendTest result;
        if (!outcome.ok()) {
            result = {SettingList::Unreachable, outcome.problem};
        } else if (!outcome.reply->reachable()) {
            result = {SettingList::Unreachable, tr("No answer: %1").arg(format::quoted(str(outcome.reply->reason())))};
        } else {
            QStringList names;
            for (const auto& model : outcome.reply->models()) names.append(str(model));
            const auto count = names.size() + outcome.reply->models_left_out();
            QString text = tr("Answers in %1").arg(format::milliseconds(outcome.reply->latency_ms()));
            if (count > 0) {
                text += QStringLiteral(" · ") + tr("%Ln model(s): ", nullptr, static_cast<int>(count)) +
                        names.mid(0, 8).join(QStringLiteral(", ")) + (count > 8 ? QStringLiteral(" …") : QString());
            }
            if (!outcome.reply->reason().empty()) text += QStringLiteral(" · ") + str(outcome.reply->reason());
            result = {outcome.reply->reason().empty() ? SettingList::Reachable : SettingList::Unreachable, text};
        }
        core_->tests.insert(key, result);
        rebuild();
    });
}

// ---- validating and applying ----

void SettingsViewModel::scheduleValidation()
{
    validated_ = false;
    validateTimer_.start();
}

control::ApplyConfigRequest SettingsViewModel::request(bool dryRun) const
{
    auto request = draft_.request(server_);
    request.set_base_revision(server_.revision());
    request.set_dry_run(dryRun);
    request.set_author("console");
    return request;
}

void SettingsViewModel::validate()
{
    validateTimer_.stop();
    if (draft_.isEmpty() || phase_ != Ready || !session().isWritable()) return;
    if (asking_) return validateTimer_.start();
    asking_ = true;
    session().client().applyConfig(
        request(true), this, [this, version = version_](const Outcome<control::ApplyConfigReply>& outcome) {
            asking_ = false;
            if (!outcome.ok()) {
                problem_ = tr("The engine could not validate the changes: %1").arg(outcome.problem);
                return rebuild();
            }
            if (version != version_) return validateTimer_.start();
            problem_.clear();
            validated_ = true;
            onValidated(*outcome.reply);
            rebuild();
        });
}

void SettingsViewModel::onValidated(const control::ApplyConfigReply& reply)
{
    problems_.clear();
    for (const auto& problem : reply.problems()) {
        const QString path = draft_.draftPath(str(problem.path()));
        problems_.insert(path.isEmpty() ? str(problem.path()) : path, str(problem.message()));
    }
    core_->changes.assign(reply.changes().begin(), reply.changes().end());
    json_.setProblem(reply.problems_size() > 0 ? str(reply.problems(0).path()) : QString(),
                     reply.problems_size() > 0 ? str(reply.problems(0).message()) : QString());
    if (reply.conflict()) {
        validated_ = false;
        conflict_ =
            tr("Another client changed the settings in the meantime. Your changes are still pending: check the "
               "difference and apply again.");
        load();
    }
}

QString SettingsViewModel::problem() const
{
    if (!conflict_.isEmpty()) return conflict_;
    return problem_.isEmpty() && phase_ == Ready ? form().generalProblem() : problem_;
}

bool SettingsViewModel::isApplicable() const
{
    return pendingCount() > 0 && whyNot().isEmpty();
}

QString SettingsViewModel::whyNot() const
{
    if (!session().isWritable()) return session().whyReadOnly();
    if (pendingCount() == 0) return tr("No changes are pending.");
    if (!problems_.isEmpty()) return tr("%Ln setting(s) cannot be applied as entered.", nullptr, problemCount());
    if (!validated_) return tr("The engine is validating the changes.");
    if (core_->changes.empty()) return tr("This configuration is already active.");
    return {};
}

void SettingsViewModel::apply(bool guarded)
{
    if (!isApplicable()) return;
    auto wanted = request(false);
    wanted.set_guarded(guarded);
    const quint64 before = server_.revision();
    session().client().applyConfig(wanted, this, [this, before](const Outcome<control::ApplyConfigReply>& outcome) {
        if (!outcome.ok()) {
            problem_ = tr("Nothing was changed: %1").arg(outcome.problem);
            return rebuild();
        }
        onApplied(*outcome.reply, before);
    });
}

void SettingsViewModel::onApplied(const control::ApplyConfigReply& reply, quint64 before)
{
    if (!reply.applied()) {
        onValidated(reply);
        if (!reply.conflict()) problem_ = tr("Nothing was changed: the engine found problems.");
        return rebuild();
    }
    undoTo_ = before;
    undoOf_ = reply.revision();
    history_.choose(0);
    draft_.forget();
    json_.revert();
    conflict_.clear();
    problem_.clear();
    onDraftChanged();
    Q_EMIT session().notice(tr("Revision %1 is active").arg(reply.revision()), false);
    load();
}

QString SettingsViewModel::undoApplyText() const
{
    return undoOf_ != 0 && undoOf_ == server_.revision() ? tr("Undo revision %1").arg(undoOf_) : QString();
}

void SettingsViewModel::undoApply()
{
    rollBack(static_cast<double>(undoTo_));
}

void SettingsViewModel::rollBack(double revision)
{
    control::RollbackRequest wanted;
    wanted.set_revision(static_cast<quint64>(std::llround(revision)));
    wanted.set_author("console");
    const quint64 before = server_.revision();
    session().client().rollback(wanted, this, [this, before](const Outcome<control::ApplyConfigReply>& outcome) {
        if (!outcome.ok() || !outcome.reply->applied()) {
            QString why = outcome.problem;
            if (outcome.ok() && outcome.reply->problems_size() > 0) why = str(outcome.reply->problems(0).message());
            Q_EMIT session().notice(
                tr("Nothing was rolled back: %1").arg(why.isEmpty() ? tr("that configuration is already active") : why),
                true);
            return;
        }
        undoTo_ = before;
        undoOf_ = outcome.reply->revision();
        history_.choose(0);
        Q_EMIT session().notice(tr("Revision %1 is active").arg(outcome.reply->revision()), false);
        load();
    });
}

// ---- what is shown ----

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
    if (const int row = settings_.indexOf(path); row >= 0) Q_EMIT revealed(row);
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

QString SettingsViewModel::groupStage() const
{
    const auto* row = shownGroup();
    return row ? row->stage : QString();
}

SettingsForm SettingsViewModel::form() const
{
    const auto health = [this](const QString& name) {
        for (const auto& pool : session().frame().pools().pools()) {
            if (str(pool.backend()) != name) continue;
            SettingsForm::Health out{ConnectionsViewModel::healthWord(pool.health()), pool.health() == "healthy"};
            if (!out.good && !pool.health_reason().empty())
                out.words += QStringLiteral(": ") + str(pool.health_reason());
            return out;
        }
        return SettingsForm::Health();
    };
    return SettingsForm{server_,
                        draft_,
                        problems_,
                        core_->changes,
                        validated_,
                        [this](const QString& path) { return history_.setBy(path); },
                        [this](int slot) { return core_->tests.value(testKey(server_, draft_, slot)); },
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

// ---- keeping ----

QString SettingsViewModel::draftKey() const
{
    // An engine is known by its state folder: only one at a time can use it.
    const QString of = session().client().address() + u'\n' + str(session().status().state_dir());
    const QByteArray hash = QCryptographicHash::hash(of.toUtf8(), QCryptographicHash::Sha1).toHex().left(16);
    return QStringLiteral("draft_") + QString::fromLatin1(hash);
}

void SettingsViewModel::saveDraft()
{
    Preferences* preferences = session().preferences();
    if (!preferences || session().isDemo() || draftOf_.isEmpty() || draftOf_ != draftKey()) return;
    if (draft_.isEmpty() && !json_.isDirty()) return preferences->keep(draftOf_, QVariant());
    QJsonObject object = draft_.toJson();
    if (json_.isDirty()) object.insert(kJsonKey, json_.text());
    preferences->keep(draftOf_, QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact)));
}

void SettingsViewModel::restoreDraft()
{
    if (!draftOf_.isEmpty()) {  // of another engine
        draftOf_.clear();       // nothing is saved while it changes
        draft_ = {};
        json_.revert();
        undoOf_ = 0;
        conflict_.clear();
    }
    const QString key = draftKey();
    Preferences* preferences = session().preferences();
    if (preferences && !session().isDemo()) {
        const QJsonObject kept = QJsonDocument::fromJson(preferences->text(key).toUtf8()).object();
        draft_ = ConfigDraft::fromJson(kept);
        draft_.rebase(server_);
        json_.follow(draft_.config(server_));
        if (kept.contains(kJsonKey)) json_.restore(kept.value(kJsonKey).toString());
    }
    draftOf_ = key;
}

}  // namespace millrace::desktop
