// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/table_columns.h"

#include <QtCore/QObject>
#include <QtCore/QPointer>
#include <QtQml/qqmlregistration.h>

namespace millrace::desktop {

/// Of a cell or a heading: reports to its column in which width its text is whole, as long as it is there.
///
/// Thread: GUI.
class ColumnFit : public QObject {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(millrace::desktop::TableColumn* column READ column WRITE setColumn NOTIFY changed FINAL REQUIRED)
    Q_PROPERTY(double width READ width WRITE setWidth NOTIFY changed FINAL)  ///< 0: it is not seen
public:
    using QObject::QObject;
    ~ColumnFit() override { report(0); }

    TableColumn* column() const { return column_; }
    void setColumn(TableColumn* column);
    double width() const { return width_; }
    void setWidth(double width);

Q_SIGNALS:
    void changed();

private:
    void report(int width);

    QPointer<TableColumn> column_;
    double width_ = 0;
    int reported_ = 0;
};

}  // namespace millrace::desktop
