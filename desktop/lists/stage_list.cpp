// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/stage_list.h"

#include <array>

namespace millrace::desktop {
namespace {

constexpr std::array kStageFields = {
    Field<StageRow>{"title", [](const StageRow& row) -> QVariant { return row.title; }},
    Field<StageRow>{"stage", [](const StageRow& row) -> QVariant { return row.stage; }},
    Field<StageRow>{"value", [](const StageRow& row) -> QVariant { return row.value; }},
    Field<StageRow>{"unit", [](const StageRow& row) -> QVariant { return row.unit; }},
    Field<StageRow>{"labels", [](const StageRow& row) -> QVariant { return row.labels; }},
    Field<StageRow>{"values", [](const StageRow& row) -> QVariant { return row.values; }},
    Field<StageRow>{"bottleneck", [](const StageRow& row) -> QVariant { return row.bottleneck; }},
    Field<StageRow>{"why", [](const StageRow& row) -> QVariant { return row.why; }},
};

constexpr std::array kKpiFields = {
    Field<KpiRow>{"title", [](const KpiRow& row) -> QVariant { return row.title; }},
    Field<KpiRow>{"kpiId", [](const KpiRow& row) -> QVariant { return row.id; }},
    Field<KpiRow>{"value", [](const KpiRow& row) -> QVariant { return row.value; }},
    Field<KpiRow>{"unit", [](const KpiRow& row) -> QVariant { return row.unit; }},
    Field<KpiRow>{"note", [](const KpiRow& row) -> QVariant { return row.note; }},
    Field<KpiRow>{"verdict", [](const KpiRow& row) -> QVariant { return row.verdict; }},
    Field<KpiRow>{"series", [](const KpiRow& row) -> QVariant { return row.series; }},
    Field<KpiRow>{"stage", [](const KpiRow& row) -> QVariant { return row.stage; }},
    Field<KpiRow>{"target", [](const KpiRow& row) -> QVariant { return row.target; }},
};

}  // namespace

StageList::StageList(QObject* parent) : FieldList(kStageFields, parent) {}

KpiList::KpiList(QObject* parent) : FieldList(kKpiFields, parent) {}

}  // namespace millrace::desktop
