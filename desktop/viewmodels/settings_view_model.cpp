// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/settings_view_model.h"

#include "format/said.h"
#include "format/setting_text.h"
#include "viewmodels/backend_presets.h"
#include "viewmodels/settings_core.h"
#include "viewmodels/settings_form.h"

#include <QtCore/QJsonObject>

#include <cmath>
#include <optional>

namespace millrace::desktop {
namespace {

QString str(const std::string& text)
{
    return QString::fromStdString(text);
}

}  // namespace

SettingsViewModel::SettingsViewModel(Session& session, QObject* parent)
    : PageViewModel(session, parent),
      core_(std::make_unique<Core>(session,
                                   [this]() -> std::optional<control::ApplyConfigRequest> {
                                       if (draft_.isEmpty() || phase_ != Ready) return std::nullopt;
                                       return request(true);
                                   })),
      server_(core_->server),
      draft_(core_->draft),
      history_(session, core_->server)
{
    connect(&core_->validator, &ConfigValidator::failed, this, [this](const QString& problem) {
        problem_ = tr("The engine could not validate the changes: %1").arg(problem);
        rebuild();
    });
    connect(&core_->validator, &ConfigValidator::validated, this, [this](const control::ApplyConfigReply& reply) {
        problem_.clear();
        onValidated(reply);
        rebuild();
    });
    connect(&core_->loader, &ConfigLoader::schemaLoaded, this,
            [this](const control::Schema& schema) { server_.setSchema(schema); });
    connect(&core_->loader, &ConfigLoader::loaded, this, &SettingsViewModel::onLoaded);
    connect(&core_->loader, &ConfigLoader::failed, this, [this](const QString& problem) {
        problem_ = tr("The settings could not be loaded: %1").arg(problem);
        if (phase_ != Ready) phase_ = Failed;
        Q_EMIT changed();
    });
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
        core_->loader.forgetSchema();
        history_.forget();
        QMetaObject::invokeMethod(this, &SettingsViewModel::load, Qt::QueuedConnection);
    });
    connect(&session, &Session::ticked, this, [this] {
        // Not loaded yet, or another client applied something: show it, and validate again what is pending here.
        const bool outdated = phase_ == Ready && this->session().frame().revision() != server_.revision();
        if ((outdated || phase_ == Loading || !core_->loader.hasSchema()) && !core_->loader.isWaiting()) load();
    });
    const ConfigApplier& applier = core_->applier;
    connect(&applier, &ConfigApplier::applied, this, [this](quint64 revision) {
        draft_.forget();
        json_.revert();
        conflict_.clear();
        problem_.clear();
        onDraftChanged();
        onActive(revision);
    });
    connect(&applier, &ConfigApplier::rolledBack, this, &SettingsViewModel::onActive);
    connect(&applier, &ConfigApplier::refused, this, &SettingsViewModel::onRefused);
    connect(&applier, &ConfigApplier::failed, this, [this](const QString& problem) {
        problem_ = tr("Nothing was changed: %1").arg(problem);
        rebuild();
    });
    connect(&applier, &ConfigApplier::notRolledBack, this, [this](const QString& problem) {
        const QString why = problem.isEmpty() ? tr("that configuration is already active") : problem;
        Q_EMIT this->session().notice(tr("Nothing was rolled back: %1").arg(why), true);
    });
    connect(&core_->tests, &BackendTests::changed, this, &SettingsViewModel::rebuild);
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
    core_->loader.load();
}

void SettingsViewModel::onLoaded(const control::ConfigState& state)
{
    server_.setConfig(state);
    phase_ = Ready;
    problem_.clear();
    if (!core_->store.isOfThisEngine()) restoreDraft();
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
    if (draft_.isEmpty()) {
        problems_.clear();
        core_->changes.clear();
        core_->validator.clear();
    } else {
        core_->validator.schedule();
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
    return presetTitles();
}

void SettingsViewModel::addBackend(int index)
{
    const BackendPreset* preset = backendPreset(index);
    if (!preset) return;
    QStringList taken;
    for (int slot = 0; slot < draft_.backends().size(); ++slot)
        taken.append(SettingsForm::backendTitle(server_, draft_, slot));
    QMap<QString, QString> fields{{QStringLiteral("kind"), QString::fromLatin1(preset->kind)}};
    if (*preset->address != '\0') fields.insert(QStringLiteral("address"), QString::fromLatin1(preset->address));
    const int slot = draft_.addBackend(freeName(*preset, taken), fields);
    if (slot < 0) {
        Q_EMIT session().notice(tr("There are %1 backends already.").arg(ConfigDraft::kBackendsMax), true);
        return;
    }
    onDraftChanged();
    const bool asks = preset->asksForAddress();
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
    if (session().isWritable()) core_->tests.run(draft_.backend(server_, slot));
}

// ---- validating and applying ----

control::ApplyConfigRequest SettingsViewModel::request(bool dryRun) const
{
    auto request = draft_.request(server_);
    request.set_base_revision(server_.revision());
    request.set_dry_run(dryRun);
    request.set_author(control::AUTHOR_CONSOLE);
    return request;
}

void SettingsViewModel::validate()
{
    core_->validator.validate();
}

bool SettingsViewModel::isValidated() const
{
    return core_->validator.isValidated();
}

void SettingsViewModel::onValidated(const control::ApplyConfigReply& reply)
{
    problems_.clear();
    for (const auto& problem : reply.problems()) {
        QString path = draft_.draftPath(str(problem.path()));
        if (path.isEmpty()) path = str(problem.path());
        // Of an entry of a list: the field is the list. The message has the value.
        if (const QString list = path.left(path.lastIndexOf(u'[')); path.endsWith(u']') && server_.find(list))
            path = list;
        if (!problems_.contains(path)) problems_.insert(path, format::said(problem.words(), problem.message()));
    }
    core_->changes.assign(reply.changes().begin(), reply.changes().end());
    json_.setProblem(reply.problems().empty() ? nullptr : &reply.problems(0));
    if (reply.conflict()) {
        core_->validator.invalidate();
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
    if (!isValidated()) return tr("The engine is validating the changes.");
    if (core_->changes.empty()) return tr("This configuration is already active.");
    return {};
}

void SettingsViewModel::apply(bool guarded)
{
    if (!isApplicable()) return;
    auto wanted = request(false);
    wanted.set_guarded(guarded);
    core_->applier.apply(wanted);
}

void SettingsViewModel::onRefused(const control::ApplyConfigReply& reply)
{
    onValidated(reply);
    if (!reply.conflict()) problem_ = tr("Nothing was changed: the engine found problems.");
    rebuild();
}

void SettingsViewModel::onActive(quint64 revision)
{
    history_.choose(0);
    Q_EMIT session().notice(tr("Revision %1 is active").arg(revision), false);
    load();
}

QString SettingsViewModel::undoApplyText() const
{
    return core_->applier.canUndo(server_.revision()) ? tr("Undo revision %1").arg(server_.revision()) : QString();
}

void SettingsViewModel::undoApply()
{
    core_->applier.undo(server_.revision());
}

void SettingsViewModel::rollBack(double revision)
{
    core_->applier.rollBack(static_cast<quint64>(std::llround(revision)), server_.revision());
}

// ---- keeping ----

void SettingsViewModel::saveDraft()
{
    core_->store.save(draft_, json_);
}

void SettingsViewModel::restoreDraft()
{
    DraftStore& store = core_->store;
    if (store.isOfAnother()) {
        store.leave();
        draft_ = {};
        json_.revert();
        core_->applier.forget();
        conflict_.clear();
    }
    const QJsonObject kept = store.load();
    if (kept.isEmpty()) return;
    draft_ = ConfigDraft::fromJson(kept);
    draft_.rebase(server_);
    json_.follow(draft_.config(server_));
    if (const QString typed = DraftStore::jsonOf(kept); !typed.isNull()) json_.restore(typed);
}

}  // namespace millrace::desktop
