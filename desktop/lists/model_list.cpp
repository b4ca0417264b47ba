// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/model_list.h"

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
    Of{"loadable", [](const ModelRow& row) -> QVariant { return row.loadable; }},
    Of{"canLoad", [](const ModelRow& row) -> QVariant { return row.canLoad; }},
    Of{"canUnload", [](const ModelRow& row) -> QVariant { return row.canUnload; }},
    Of{"memory", [](const ModelRow& row) -> QVariant { return row.memory; }},
    Of{"load", [](const ModelRow& row) -> QVariant { return row.load; }},
    Of{"used", [](const ModelRow& row) -> QVariant { return row.used; }},
    Of{"next", [](const ModelRow& row) -> QVariant { return row.next; }},
    Of{"nextText", [](const ModelRow& row) -> QVariant { return row.nextText; }},
    Of{"why", [](const ModelRow& row) -> QVariant { return row.why; }},
    Of{"whyBad", [](const ModelRow& row) -> QVariant { return row.whyBad; }},
};

}  // namespace

ModelList::ModelList(QObject* parent) : FieldList(kFields, parent) {}

}  // namespace millrace::desktop
