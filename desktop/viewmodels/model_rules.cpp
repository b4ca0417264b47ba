// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/model_rules.h"

#include "control.pb.h"
#include "format/numbers.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QStringList>

namespace millrace::desktop {
namespace {

/// lupdate finds the words of this file in this context.
struct Words {
    Q_DECLARE_TR_FUNCTIONS(ModelRules)
};

const QString kJoint = QStringLiteral(" · ");

}  // namespace

QString idleTtlText(std::optional<quint64> ms)
{
    if (!ms) return {};
    return *ms == 0 ? Words::tr("not unloaded for being unused")
                    : Words::tr("unloaded after %1 unused").arg(format::milliseconds(static_cast<double>(*ms)));
}

ModelRules modelRules(const control::ModelState& model, const control::ModelSection& section)
{
    ModelRules rules;
    if (!model.loadable()) {
        rules.fixed = rules.text = Words::tr("loaded and unloaded by its own server");
        rules.unloads = format::kNone;
        return rules;
    }
    const bool own = model.has_idle_ttl_ms();
    const bool known = own || section.has_idle_ttl_ms();
    const quint64 ttl = own ? model.idle_ttl_ms() : section.idle_ttl_ms();
    const QString span = format::milliseconds(static_cast<double>(ttl));
    if (!section.has_idle_ttl_ms()) rules.fixed = Words::tr("needs a newer engine");

    QStringList tags, texts;
    if (model.pinned()) {
        tags.append(Words::tr("pinned"));
        texts.append(Words::tr("pinned: stays in memory"));
    }
    if (own) tags.append(ttl == 0 ? Words::tr("TTL ∞") : Words::tr("TTL %1").arg(span));
    if (known) texts.append(idleTtlText(ttl) + kJoint + (own ? Words::tr("own rule") : Words::tr("by the setting")));
    if (model.never_preloaded()) {
        tags.append(Words::tr("no preloads"));
        texts.append(Words::tr("never preloaded") + kJoint + Words::tr("own rule"));
    }
    rules.tag = tags.join(kJoint);
    rules.text = texts.join(QStringLiteral("\n"));
    rules.unloads = model.pinned() || (known && ttl == 0) ? Words::tr("never") : known ? span : format::kNone;
    if (own && !model.pinned()) rules.unloads += kJoint + Words::tr("own");
    if (known && ttl > 0 && !model.pinned()) rules.unloadsMs = static_cast<double>(ttl);
    return rules;
}

}  // namespace millrace::desktop
