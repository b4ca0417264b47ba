// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/field_list.h"
#include "lists/stage.h"

#include <QtCore/QStringList>
#include <QtQml/qqmlregistration.h>

namespace millrace::desktop {

struct StageRow {
    Stage::Value stage = Stage::None;
    QString title;
    QString value;
    QString unit;
    QStringList labels;
    QStringList values;
    bool bottleneck = false;
    QString why;
    int key() const { return stage; }
    bool operator==(const StageRow&) const = default;
};

/// The stages of the pipeline, in the order of a request.
class StageList : public FieldList<StageRow> {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the flow page has one")
public:
    explicit StageList(QObject* parent = nullptr);
};

struct KpiRow {
    QString id;
    QString title;
    QString value;
    QString unit;
    QString note;                      ///< the goal, or what else belongs to it
    int verdict = 0;                   ///< KpiList::Verdict
    QString series;                    ///< of its sparkline
    Stage::Value stage = Stage::None;  ///< whose colour it has
    QString target{};                  ///< where it is explained, as ShellViewModel::openFigure takes it
    const QString& key() const { return id; }
    bool operator==(const KpiRow&) const = default;
};

/// A row of key figures; every page may have one.
class KpiList : public FieldList<KpiRow> {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("pages have theirs")
public:
    enum Verdict {
        None,  ///< no goal, or nothing measured
        Met,
        Missed,    ///< for ten seconds
        NeedsLoad  ///< the goal is meant for more load than there is; the note says how much
    };
    Q_ENUM(Verdict)
    explicit KpiList(QObject* parent = nullptr);
};

}  // namespace millrace::desktop
