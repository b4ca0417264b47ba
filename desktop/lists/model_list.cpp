// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/model_list.h"

#include "format/natural_order.h"

#include <algorithm>
#include <array>

namespace millrace::desktop {
namespace {

using Of = Field<ModelRow>;
constexpr std::array kFields = {
    Of{"name", [](const ModelRow& row) -> QVariant { return row.name; }},
    Of{"backend", [](const ModelRow& row) -> QVariant { return row.backend; }},
    Of{"kind", [](const ModelRow& row) -> QVariant { return row.kind; }},
    Of{"stateText", [](const ModelRow& row) -> QVariant { return row.state; }},
    Of{"level", [](const ModelRow& row) -> QVariant { return row.level; }},
    Of{"pinned", [](const ModelRow& row) -> QVariant { return row.pinned; }},
    Of{"preloads", [](const ModelRow& row) -> QVariant { return row.preloads; }},
    Of{"ruleTag", [](const ModelRow& row) -> QVariant { return row.ruleTag; }},
    Of{"rules", [](const ModelRow& row) -> QVariant { return row.rules; }},
    Of{"rulesFixed", [](const ModelRow& row) -> QVariant { return row.rulesFixed; }},
    Of{"unloads", [](const ModelRow& row) -> QVariant { return row.unloads; }},
    Of{"unloadsMs", [](const ModelRow& row) { return valueOf(row.unloadsMs); }},
    Of{"loadable", [](const ModelRow& row) -> QVariant { return row.loadable; }},
    Of{"canLoad", [](const ModelRow& row) -> QVariant { return row.canLoad; }},
    Of{"canUnload", [](const ModelRow& row) -> QVariant { return row.canUnload; }},
    Of{"bytes", [](const ModelRow& row) -> QVariant { return row.bytes > 0 ? QVariant(row.bytes) : QVariant(); }},
    Of{"loadMs", [](const ModelRow& row) { return valueOf(row.loadMs); }},
    Of{"usedMs", [](const ModelRow& row) -> QVariant { return row.usedMs > 0 ? QVariant(row.usedMs) : QVariant(); }},
    Of{"nextPercent", [](const ModelRow& row) -> QVariant { return row.nextPercent; }},
    Of{"memory", [](const ModelRow& row) -> QVariant { return row.memory; }},
    Of{"load", [](const ModelRow& row) -> QVariant { return row.load; }},
    Of{"used", [](const ModelRow& row) -> QVariant { return row.used; }},
    Of{"next", [](const ModelRow& row) -> QVariant { return row.next; }},
    Of{"nextText", [](const ModelRow& row) -> QVariant { return row.nextText; }},
    Of{"why", [](const ModelRow& row) -> QVariant { return row.why; }},
    Of{"whyBad", [](const ModelRow& row) -> QVariant { return row.whyBad; }},
    Of{"trend", [](const ModelRow& row) { return QVariant::fromValue(row.trend); }},
};

}  // namespace

ModelList::ModelList(QObject* parent) : FieldList(kFields, parent) {}

LoadableModels::LoadableModels(ModelList& models, QObject* parent)
    : FilteredRows(models, Qt::AscendingOrder, parent), models_(models)
{}

QString LoadableModels::nameAt(int at) const
{
    return at >= 0 && at < rowCount() ? row(mapToSource(index(at, 0))).name : QString();
}

bool LoadableModels::filterAcceptsRow(int at, const QModelIndex& /*parent*/) const
{
    const ModelRow& model = models_.rows().at(at);
    return model.canLoad && matches(model);
}

QString LoadableModels::loadedMatch() const
{
    const auto& rows = models_.rows();
    const auto found = std::find_if(rows.begin(), rows.end(), [this](const ModelRow& model) {
        return model.loadable && !model.canLoad && matches(model);
    });
    return words().isEmpty() || found == rows.end() ? QString() : found->name;
}

bool LoadableModels::matches(const ModelRow& model) const
{
    return std::all_of(words().begin(), words().end(), [&](const QString& word) {
        return model.name.contains(word, Qt::CaseInsensitive) || model.backend.contains(word, Qt::CaseInsensitive);
    });
}

bool LoadableModels::lessThan(const QModelIndex& left, const QModelIndex& right) const
{
    return format::compareNatural(row(left).name, row(right).name) < 0;
}

}  // namespace millrace::desktop
