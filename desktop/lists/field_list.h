// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/synced_list.h"

#include <optional>
#include <span>

namespace millrace::desktop {

/// A role of a list: its name in QML, and how to get it from a row.
template <class Row>
struct Field {
    const char* name;
    QVariant (*of)(const Row&);
};

/// For optional values; missing ones sort last.
inline QVariant valueOf(const std::optional<double>& value)
{
    return value ? QVariant(*value) : QVariant();
}

/// A SyncedList whose roles are defined by a table:
///
///     constexpr Field<LaneRow> kFields[] = {{"model", [](const LaneRow& row) { return QVariant(row.model); }}};
///     LaneList::LaneList(QObject* parent) : FieldList(kFields, parent) {}
///
/// REQUIRES: the table outlives the list.
template <class Row>
class FieldList : public SyncedList<Row> {
public:
    explicit FieldList(std::span<const Field<Row>> fields, QObject* parent = nullptr)
        : SyncedList<Row>(parent), fields_(fields)
    {}

    QVariant data(const QModelIndex& index, int role) const override
    {
        if (!index.isValid() || index.row() >= this->rowCount()) return {};
        const int field = role == Qt::DisplayRole ? 0 : role - Qt::UserRole - 1;
        if (field < 0 || field >= static_cast<int>(fields_.size())) return {};
        return fields_[static_cast<std::size_t>(field)].of(this->rows().at(index.row()));
    }
    QHash<int, QByteArray> roleNames() const override
    {
        QHash<int, QByteArray> names;
        for (std::size_t i = 0; i < fields_.size(); ++i) {
            names.insert(Qt::UserRole + 1 + static_cast<int>(i), fields_[i].name);
        }
        return names;
    }

private:
    std::span<const Field<Row>> fields_;
};

}  // namespace millrace::desktop
