// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/connection_list.h"

#include <array>

namespace millrace::desktop {
namespace {

using Of = Field<ConnectionRow>;
constexpr std::array kFields = {
    Of{"connectionId", [](const ConnectionRow& row) -> QVariant { return row.id; }},
    Of{"backend", [](const ConnectionRow& row) -> QVariant { return row.backend; }},
    Of{"protocol", [](const ConnectionRow& row) -> QVariant { return row.protocol; }},
    Of{"state", [](const ConnectionRow& row) -> QVariant { return row.state; }},
    Of{"kind", [](const ConnectionRow& row) -> QVariant { return row.kind; }},
    Of{"age", [](const ConnectionRow& row) -> QVariant { return row.age; }},
    Of{"ageMs", [](const ConnectionRow& row) -> QVariant { return row.ageMs; }},
    Of{"uses", [](const ConnectionRow& row) -> QVariant { return row.uses; }},
    Of{"usesValue", [](const ConnectionRow& row) -> QVariant { return row.usesValue; }},
    Of{"unused", [](const ConnectionRow& row) -> QVariant { return row.unused; }},
    Of{"unusedMs", [](const ConnectionRow& row) { return valueOf(row.unusedMs); }},
    Of{"calls", [](const ConnectionRow& row) -> QVariant { return row.calls; }},
    Of{"callsValue", [](const ConnectionRow& row) -> QVariant { return row.callsValue; }},
};

}  // namespace

ConnectionList::ConnectionList(QObject* parent) : FieldList(kFields, parent) {}

}  // namespace millrace::desktop
