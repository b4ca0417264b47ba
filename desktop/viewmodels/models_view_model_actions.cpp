// SPDX-License-Identifier: GPL-3.0-or-later
// What is done with a model: load, unload, pin, its time to live and preloads, each with its undo.
#include "control.pb.h"
#include "viewmodels/model_rules.h"
#include "viewmodels/models_view_model.h"

#include <algorithm>

namespace millrace::desktop {
namespace {

using Model = control::ModelState;

}  // namespace

void ModelsViewModel::note(const QString& model, const QString& text, bool bad)
{
    notes_.put(model, text, bad, session().nowMs());
    refreshModels();
    Q_EMIT changed();
}

void ModelsViewModel::refused(const QString& model, const QString& text)
{
    note(model, text, true);
    Q_EMIT session().notice(model + QStringLiteral(": ") + text, true);
}

void ModelsViewModel::load(const QString& model)
{
    askToLoad(model, true, true);
}

void ModelsViewModel::unload(const QString& model)
{
    askToLoad(model, false, true);
}

void ModelsViewModel::pin(const QString& model, bool pinned)
{
    askToPin(model, pinned, true);
}

void ModelsViewModel::askToLoad(const QString& model, bool load, bool undoable)
{
    note(model, load ? tr("load requested …") : tr("unload requested …"), false);
    auto ended = [this, model, load, undoable](const Outcome<control::ModelReply>& outcome) {
        if (!outcome.ok()) {
            note(model, (load ? tr("not loaded: %1") : tr("not unloaded: %1")).arg(outcome.problem), true);
            Q_EMIT session().notice(
                (load ? tr("%1 was not loaded: %2") : tr("%1 was not unloaded: %2")).arg(model, outcome.problem), true);
            return;
        }
        notes_.clear(model);
        refreshModels();
        Q_EMIT changed();
        if (undoable) {
            Q_EMIT session().undoable((load ? tr("Loading %1") : tr("%1 unloaded")).arg(model),
                                      [this, model, load] { askToLoad(model, !load, false); });
        }
    };
    if (load)
        session().client().loadModel(model, this, std::move(ended));
    else
        session().client().unloadModel(model, this, std::move(ended));
}

void ModelsViewModel::askToPin(const QString& model, bool pinned, bool undoable)
{
    session().client().pinModel(
        model, pinned, this, [this, model, pinned, undoable](const Outcome<control::ModelReply>& outcome) {
            if (!outcome.ok())
                return refused(model, (pinned ? tr("not pinned: %1") : tr("not unpinned: %1")).arg(outcome.problem));
            note(model, pinned ? tr("pinned: stays in memory") : tr("unpinned: may be evicted again"), false);
            if (undoable) {
                Q_EMIT session().undoable(pinned ? tr("%1 pinned").arg(model) : tr("%1 unpinned").arg(model),
                                          [this, model, pinned] { askToPin(model, !pinned, false); });
            }
        });
}

const control::ModelState* ModelsViewModel::find(const QString& model) const
{
    const auto& models = session().frame().models().models();
    const std::string name = model.toStdString();
    const auto found =
        std::find_if(models.begin(), models.end(), [&](const Model& entry) { return entry.model() == name; });
    return found == models.end() ? nullptr : &*found;
}

void ModelsViewModel::editIdleTtl(const QString& model)
{
    const Model* state = find(model);
    if (!state) return;
    const auto& section = session().frame().models();
    idleTtl_.open(model, modelRules(*state, section).text,
                  state->has_idle_ttl_ms() ? IdleTtlEditor::Ttl(state->idle_ttl_ms()) : std::nullopt,
                  section.has_idle_ttl_ms() ? IdleTtlEditor::Ttl(section.idle_ttl_ms()) : std::nullopt);
}

void ModelsViewModel::setIdleTtl(const QString& model, IdleTtlEditor::Ttl ttl)
{
    const Model* state = find(model);
    if (!state) return;
    const auto request = [model](IdleTtlEditor::Ttl wanted) {
        control::SetModelPolicyRequest out;
        out.set_model(model.toStdString());
        if (wanted)
            out.set_idle_ttl_ms(*wanted);
        else
            out.set_idle_ttl_default(true);
        return out;
    };
    const auto said = [](IdleTtlEditor::Ttl wanted) {
        return wanted ? idleTtlText(wanted) : tr("unloaded when unused as the settings say");
    };
    const IdleTtlEditor::Ttl before =
        state->has_idle_ttl_ms() ? IdleTtlEditor::Ttl(state->idle_ttl_ms()) : std::nullopt;
    if (before == ttl) return;
    askForPolicy(request(ttl), said(ttl),
                 [this, request, said, before] { askForPolicy(request(before), said(before), nullptr); });
}

void ModelsViewModel::setPreload(const QString& model, bool preload)
{
    const auto request = [model](bool wanted) {
        control::SetModelPolicyRequest out;
        out.set_model(model.toStdString());
        out.set_preload(wanted);
        return out;
    };
    const auto said = [](bool wanted) {
        return wanted ? tr("may be preloaded") : tr("never preloaded: loaded only when it is requested");
    };
    askForPolicy(request(preload), said(preload),
                 [this, request, said, preload] { askForPolicy(request(!preload), said(!preload), nullptr); });
}

void ModelsViewModel::askForPolicy(const control::SetModelPolicyRequest& request, const QString& done,
                                   std::function<void()> undo)
{
    const QString model = QString::fromStdString(request.model());
    session().client().setModelPolicy(
        request, this, [this, model, done, undo = std::move(undo)](const Outcome<control::ModelReply>& outcome) {
            if (!outcome.ok()) return refused(model, tr("not changed: %1").arg(outcome.problem));
            note(model, done, false);
            if (undo) Q_EMIT session().undoable(model + QStringLiteral(": ") + done, undo);
        });
}

void ModelsViewModel::unloadIdle()
{
    const QStringList names = idleNames_;
    for (const QString& name : names) askToLoad(name, false, false);
    if (names.isEmpty()) {
        Q_EMIT session().notice(tr("No model in memory is idle: each is pinned, in use, or managed by its server."),
                                false);
    } else {
        Q_EMIT session().undoable(names.size() == 1
                                      ? tr("Unloading %1").arg(names.constFirst())
                                      : tr("Unloading %Ln idle model(s)", nullptr, static_cast<int>(names.size())),
                                  [this, names] {
                                      for (const QString& name : names) askToLoad(name, true, false);
                                  });
    }
}

}  // namespace millrace::desktop
