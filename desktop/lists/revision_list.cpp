// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/revision_list.h"

#include <algorithm>
#include <array>

namespace millrace::desktop {
namespace {

using OfChange = Field<ChangeRow>;
constexpr std::array kChangeFields = {
    OfChange{"title", [](const ChangeRow& row) -> QVariant { return row.title; }},
    OfChange{"changeId", [](const ChangeRow& row) -> QVariant { return row.id; }},
    OfChange{"before", [](const ChangeRow& row) -> QVariant { return row.before; }},
    OfChange{"after", [](const ChangeRow& row) -> QVariant { return row.after; }},
    OfChange{"detail", [](const ChangeRow& row) -> QVariant { return row.detail; }},
    OfChange{"problem", [](const ChangeRow& row) -> QVariant { return row.problem; }},
    OfChange{"mine", [](const ChangeRow& row) -> QVariant { return row.mine; }},
    OfChange{"trend", [](const ChangeRow& row) -> QVariant { return row.trend; }},
};

using OfRevision = Field<RevisionRow>;
constexpr std::array kRevisionFields = {
    OfRevision{"text", [](const RevisionRow& row) -> QVariant { return row.text; }},
    OfRevision{"revision", [](const RevisionRow& row) -> QVariant { return static_cast<double>(row.revision); }},
    OfRevision{"timeText", [](const RevisionRow& row) -> QVariant { return row.timeText; }},
    OfRevision{"author", [](const RevisionRow& row) -> QVariant { return row.author; }},
    OfRevision{"outcome", [](const RevisionRow& row) -> QVariant { return row.outcome; }},
    OfRevision{"bad", [](const RevisionRow& row) -> QVariant { return row.bad; }},
    OfRevision{"isActive", [](const RevisionRow& row) -> QVariant { return row.active; }},
    OfRevision{"chosen", [](const RevisionRow& row) -> QVariant { return row.chosen; }},
};

}  // namespace

ChangeList::ChangeList(QObject* parent) : FieldList(kChangeFields, parent)
{
    connect(this, &QAbstractItemModel::rowsInserted, this, &ChangeList::update);
    connect(this, &QAbstractItemModel::rowsRemoved, this, &ChangeList::update);
    connect(this, &QAbstractItemModel::dataChanged, this, &ChangeList::update);
}

void ChangeList::update()
{
    const auto any = [this](QString ChangeRow::*text) {
        return std::any_of(rows().begin(), rows().end(), [&](const auto& row) { return !(row.*text).isEmpty(); });
    };
    const bool problem = any(&ChangeRow::problem), detail = any(&ChangeRow::detail);
    if (problem == hasProblem_ && detail == hasDetail_) return;
    hasProblem_ = problem;
    hasDetail_ = detail;
    Q_EMIT linesChanged();
}

RevisionList::RevisionList(QObject* parent) : FieldList(kRevisionFields, parent) {}

}  // namespace millrace::desktop
