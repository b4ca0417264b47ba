// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/field_list.h"

#include <QtQml/qqmlregistration.h>

namespace millrace::desktop {

struct ProblemRow {
    QString id;
    int level;
    QString title;
    QString text;
    QString verb;  ///< of the button; empty: none
    const QString& key() const { return id; }
    bool operator==(const ProblemRow&) const = default;
};

/// What is wrong now, worst first.
class ProblemList : public FieldList<ProblemRow> {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the health line has one")
public:
    explicit ProblemList(QObject* parent = nullptr);
};

}  // namespace millrace::desktop
