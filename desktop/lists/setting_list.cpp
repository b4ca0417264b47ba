// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/setting_list.h"

#include <array>

namespace millrace::desktop {
namespace {

using Of = Field<SettingRow>;
constexpr std::array kFields = {
    Of{"title", [](const SettingRow& row) -> QVariant { return row.title; }},
    Of{"rowKind", [](const SettingRow& row) -> QVariant { return row.rowKind; }},
    Of{"path", [](const SettingRow& row) -> QVariant { return row.path; }},
    Of{"help", [](const SettingRow& row) -> QVariant { return row.help; }},
    Of{"type", [](const SettingRow& row) -> QVariant { return row.type; }},
    Of{"unit", [](const SettingRow& row) -> QVariant { return row.unit; }},
    Of{"value", [](const SettingRow& row) -> QVariant { return row.value; }},
    Of{"typed", [](const SettingRow& row) -> QVariant { return row.typed; }},
    Of{"display", [](const SettingRow& row) -> QVariant { return row.display; }},
    Of{"normal", [](const SettingRow& row) -> QVariant { return row.normal; }},
    Of{"info", [](const SettingRow& row) -> QVariant { return row.info; }},
    Of{"note", [](const SettingRow& row) -> QVariant { return row.note; }},
    Of{"problem", [](const SettingRow& row) -> QVariant { return row.problem; }},
    Of{"choices", [](const SettingRow& row) -> QVariant { return row.choices; }},
    Of{"pending", [](const SettingRow& row) -> QVariant { return row.pending; }},
    Of{"modified", [](const SettingRow& row) -> QVariant { return row.modified; }},
    Of{"restart", [](const SettingRow& row) -> QVariant { return row.restart; }},
    Of{"locked", [](const SettingRow& row) -> QVariant { return row.locked; }},
    Of{"slot", [](const SettingRow& row) -> QVariant { return row.slot; }},
    Of{"backendState", [](const SettingRow& row) -> QVariant { return row.state; }},
    Of{"testState", [](const SettingRow& row) -> QVariant { return row.testState; }},
    Of{"testText", [](const SettingRow& row) -> QVariant { return row.testText; }},
    Of{"testable", [](const SettingRow& row) -> QVariant { return row.testable; }},
    Of{"removable", [](const SettingRow& row) -> QVariant { return row.removable; }},
    Of{"healthy", [](const SettingRow& row) -> QVariant { return row.healthy; }},
};

using OfGroup = Field<GroupRow>;
constexpr std::array kGroupFields = {
    OfGroup{"title", [](const GroupRow& row) -> QVariant { return row.title; }},
    OfGroup{"groupId", [](const GroupRow& row) -> QVariant { return row.id; }},
    OfGroup{"help", [](const GroupRow& row) -> QVariant { return row.help; }},
    OfGroup{"stage", [](const GroupRow& row) -> QVariant { return row.stage; }},
    OfGroup{"pending", [](const GroupRow& row) -> QVariant { return row.pending; }},
    OfGroup{"problems", [](const GroupRow& row) -> QVariant { return row.problems; }},
};

}  // namespace

SettingList::SettingList(QObject* parent) : FieldList(kFields, parent) {}

int SettingList::indexOf(const QString& path) const
{
    for (int i = 0; i < rows().size(); ++i) {
        if (rows().at(i).rowKind == Field && rows().at(i).path == path) return i;
    }
    return -1;
}

GroupList::GroupList(QObject* parent) : FieldList(kGroupFields, parent) {}

}  // namespace millrace::desktop
