// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/field_list.h"
#include "lists/filtered_rows.h"

#include <QtQml/qqmlregistration.h>

#include <optional>

namespace millrace::desktop {

struct ModelRow {
    QString name;
    QString backend;
    QString kind;
    QString state;
    int level = 0;  ///< ModelList::Level
    bool pinned = false;
    bool preloads = true;  ///< may be preloaded
    QString ruleTag;       ///< ModelRules, as are the next ones
    QString rules;
    QString rulesFixed;
    QString unloads;
    std::optional<double> unloadsMs;
    bool loadable = false;
    bool canLoad = false;
    bool canUnload = false;
    double bytes = 0;
    std::optional<double> loadMs;
    double usedMs = 0;  ///< when, engine's time; larger: later
    int nextPercent = 0;
    QString memory;
    QString load;
    QString used;
    double next = 0;
    QString nextText;
    QString why;
    bool whyBad = false;
    QList<double> trend;  ///< how its main figure went lately
    const QString& key() const { return name; }
    bool operator==(const ModelRow&) const = default;
};

/// Models: what is in memory, and what is predicted to be needed next.
class ModelList : public FieldList<ModelRow> {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the models page has one")
public:
    enum Level { Cold, Warm, Moving, Failed };
    Q_ENUM(Level)
    explicit ModelList(QObject* parent = nullptr);
};

/// Those models that can be loaded now and whose name or backend holds the words looked for, in natural order.
class LoadableModels : public millrace::desktop::FilteredRows {  // whole name: moc passes it on as written
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the models page has one")
public:
    explicit LoadableModels(ModelList& models, QObject* parent = nullptr);
    Q_INVOKABLE QString nameAt(int row) const;  ///< empty: there is none
    /// One that matches the query and cannot be loaded, since it is loaded or is being; empty: none does.
    Q_INVOKABLE QString loadedMatch() const;

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
    bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

private:
    bool matches(const ModelRow& model) const;
    const ModelRow& row(const QModelIndex& index) const { return models_.rows().at(index.row()); }

    ModelList& models_;
};

}  // namespace millrace::desktop
