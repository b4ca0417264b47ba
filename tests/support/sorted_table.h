// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/sorted_rows.h"
#include "lists/table_columns.h"

/// A table of one column, as DataTable has it: its heading sorts the rows.
struct SortedTable {
    SortedTable(QAbstractItemModel& list, const char* role, const char* sortRole = "")
    {
        column.role = QString::fromLatin1(role);
        column.sortRole = QString::fromLatin1(sortRole);
        column.descendingFirst = !column.sortRole.isEmpty();
        QQmlListProperty<millrace::desktop::TableColumn> declared = columns.columns();
        declared.append(&declared, &column);
        sorted.setSourceModel(&list);
        sorted.setColumns(&columns);
    }
    void sort() { columns.sortBy(&column); }

    millrace::desktop::TableColumns columns;
    millrace::desktop::TableColumn column;
    millrace::desktop::SortedRows sorted;
};
