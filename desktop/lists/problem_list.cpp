// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/problem_list.h"

#include <array>

namespace millrace::desktop {
namespace {

using Of = Field<ProblemRow>;
constexpr std::array kFields = {
    Of{"problemId", [](const ProblemRow& row) -> QVariant { return row.id; }},
    Of{"level", [](const ProblemRow& row) -> QVariant { return row.level; }},
    Of{"title", [](const ProblemRow& row) -> QVariant { return row.title; }},
    Of{"text", [](const ProblemRow& row) -> QVariant { return row.text; }},
    Of{"verb", [](const ProblemRow& row) -> QVariant { return row.verb; }},
};

}  // namespace

ProblemList::ProblemList(QObject* parent) : FieldList(kFields, parent) {}

}  // namespace millrace::desktop
