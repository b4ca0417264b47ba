// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/field_list.h"

#include <QtQml/qqmlregistration.h>

namespace millrace::desktop {

struct ModelRow {
    QString name;
    QString backend;
    QString kind;
    QString state;
    int level = 0;  ///< ModelList::Level
    bool pinned = false;
    bool loadable = false;
    bool canLoad = false;
    bool canUnload = false;
    QString memory;
    QString load;
    QString used;
    double next = 0;
    QString nextText;
    QString why;
    bool whyBad = false;
    const QString& key() const { return name; }
    bool operator==(const ModelRow&) const = default;
};

/// Models: what is in memory, and what will be asked for next.
class ModelList : public FieldList<ModelRow> {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the models page has one")
public:
    enum Level { Cold, Warm, Moving, Failed };
    Q_ENUM(Level)
    explicit ModelList(QObject* parent = nullptr);
};

}  // namespace millrace::desktop
